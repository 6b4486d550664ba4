//! Everything that can go wrong while WARC records are read or written, each with the offset it concerns. It does not know
//! which file the bytes came from: whoever opened the file adds its path.

use std::io;

/// A failure to read or write WARC. Offsets are counted in bytes from where the reader or writer began.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The block is longer than what was allowed to be held in memory.
    #[error("the block of the record at offset {offset} is longer than {limit} bytes: stream it instead of loading it")]
    BlockTooLong {
        /// Where the record's member or frame begins.
        offset: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// Bytes that do not decompress, or whose checksum is wrong.
    #[error("damaged data in the member or frame at offset {offset}: {reason}; skip to the next record")]
    Damaged {
        /// Where the damaged member or frame begins.
        offset: u64,
        /// What the decoder found wrong.
        reason: String,
    },
    /// A dictionary that cannot be used, or could not be made.
    #[error("unusable dictionary: {reason}")]
    Dictionary {
        /// What is wrong with it.
        reason: String,
    },
    /// A dictionary id outside 32768..2^31.
    #[error("dictionary id {id} is reserved: use one from 32768 to 2147483647")]
    DictionaryId {
        /// The id that was asked for.
        id: u32,
    },
    /// A dictionary that other readers would refuse.
    #[error("the dictionary takes {bytes} bytes where {limit} are allowed: make it from less content")]
    DictionaryTooLarge {
        /// Its size in bytes.
        bytes: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A record header that breaks the grammar, or that the standard forbids.
    #[error("bad record header at offset {offset}: {reason}")]
    Header {
        /// Where the record's member or frame begins.
        offset: u64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A record header over the limit on bytes or on fields.
    #[error("the record header at offset {offset} exceeds {limit}")]
    HeaderTooLarge {
        /// Where the record's member or frame begins.
        offset: u64,
        /// The limit that was exceeded, in words.
        limit: String,
    },
    /// The reader or writer underneath failed.
    #[error("input or output failed: {source}")]
    Io {
        /// What it said.
        #[from]
        source: io::Error,
    },
    /// A block that was announced with another length than it turned out to have.
    #[error("the block was announced with {announced} bytes but has {found}")]
    Length {
        /// The length that was announced, in bytes.
        announced: u64,
        /// The length that was found, in bytes; where the block is longer, one more than announced.
        found: u64,
    },
    /// A frame that needs a dictionary the reader does not have.
    #[error("the frame at offset {offset} needs dictionary {id}: give it to the reader")]
    MissingDictionary {
        /// Where the frame begins.
        offset: u64,
        /// The dictionary's id.
        id: u32,
    },
    /// Bytes that are neither WARC nor gzip nor Zstandard.
    #[error("no WARC record, gzip member or Zstandard frame at offset {offset}")]
    NotWarc {
        /// Where something else was found.
        offset: u64,
    },
    /// Too few samples to make a dictionary from, or samples too much alike. The caller goes on without a dictionary.
    #[error("{samples} samples of {bytes} bytes in all do not make a dictionary: go on without one")]
    TooFewSamples {
        /// How many samples were given.
        samples: usize,
        /// Their length in all, in bytes.
        bytes: u64,
    },
    /// A write failed midway; what follows it in the file would not be readable.
    #[error("an earlier write failed at offset {offset}: cut the file there before going on")]
    Torn {
        /// Where the record that was cut short begins.
        offset: u64,
    },
    /// The file ends in the middle of a record.
    #[error("the file ends inside the record at offset {offset}")]
    Truncated {
        /// Where the last, incomplete record's member or frame begins.
        offset: u64,
    },
}

impl Error {
    /// Where in the file it happened, in bytes, where that is known.
    pub fn offset(&self) -> Option<u64> {
        match self {
            Self::BlockTooLong { offset, .. }
            | Self::Damaged { offset, .. }
            | Self::Header { offset, .. }
            | Self::HeaderTooLarge { offset, .. }
            | Self::MissingDictionary { offset, .. }
            | Self::NotWarc { offset }
            | Self::Torn { offset }
            | Self::Truncated { offset } => Some(*offset),
            _ => None,
        }
    }

    /// Whether reading may go on behind the damage with `Reader::skip_to_next`. False where the reader underneath failed.
    pub fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Damaged { .. }
                | Self::Header { .. }
                | Self::HeaderTooLarge { .. }
                | Self::MissingDictionary { .. }
                | Self::NotWarc { .. }
                | Self::Truncated { .. }
                | Self::Dictionary { .. }
                | Self::DictionaryTooLarge { .. }
        )
    }

    /// Takes this error out of an `io::Error` it was carried in through `Read`.
    pub(crate) fn from_io(source: io::Error) -> Self {
        match source.downcast::<Self>() {
            Ok(inner) => inner,
            Err(source) => Self::Io { source },
        }
    }

    /// Carries this error through `Read`.
    pub(crate) fn into_io(self) -> io::Error {
        match self {
            Self::Io { source } => source,
            Self::Truncated { .. } => io::Error::new(io::ErrorKind::UnexpectedEof, self),
            other => io::Error::new(io::ErrorKind::InvalidData, other),
        }
    }
}
