//! What is held of a record, however long it is. The records are noise: of what went in and has not come out, every byte is held.

use std::cell::Cell;
use std::io::{self, Read, Write};

use chaffinch_warc::{Compression, Header, Reader, Record, RecordType, Writer, urn_uuid};

/// The length of the record, in bytes.
const LENGTH: u64 = 48 << 20;
/// More than every buffer together.
const BUFFERS: u64 = 2 << 20;
const WAYS: [Compression<'static>; 3] =
    [Compression::None, Compression::Gzip { level: 6 }, Compression::Zstd { level: 1, dictionary: None }];

fn header() -> Header {
    let record = Record::new(RecordType::Resource).id(&urn_uuid(1)).date("2026-03-01T12:00:00Z".parse().unwrap());
    record.target_uri("http://example.com/long").block("application/octet-stream", "").header
}

fn noise() -> impl Read {
    struct Noise(u64);
    impl Read for Noise {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            for byte in out.iter_mut() {
                self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                *byte = (self.0 >> 56) as u8;
            }
            Ok(out.len())
        }
    }
    Noise(1).take(LENGTH)
}

/// Calls back with the length of everything that passes.
struct Watched<T, F>(T, F);

impl<R: Read, F: FnMut(u64)> Read for Watched<R, F> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(out)?;
        (self.1)(count as u64);
        Ok(count)
    }
}

impl<W: Write, F: FnMut(u64)> Write for Watched<W, F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.0.write(bytes)?;
        (self.1)(count as u64);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[test]
fn a_writer_holds_no_more_than_a_buffer() {
    for way in WAYS {
        let written = Cell::new(0);
        let sink = Watched(io::sink(), |count| written.set(written.get() + count));
        let mut taken = 0;
        let block = Watched(noise(), |count| {
            taken += count;
            assert!(taken < written.get() + BUFFERS, "{way:?}: {taken} taken, {} written", written.get());
        });
        Writer::new(sink, way).unwrap().write_from(&header(), LENGTH, block).unwrap();
        assert_eq!(taken, LENGTH);
        assert!(written.get() > LENGTH, "{way:?}: noise takes no less room than it has");
    }
}

#[test]
fn a_reader_holds_no_more_than_a_buffer() {
    for way in WAYS {
        let mut writer = Writer::new(Vec::new(), way).unwrap();
        writer.write_from(&header(), LENGTH, noise()).unwrap();
        let file = writer.finish().unwrap();
        let read = Cell::new(0);
        let mut reader = Reader::new(Watched(&file[..], |count| read.set(read.get() + count)));
        let mut entry = reader.next_record().unwrap().unwrap();
        let mut given = 0;
        let sink = Watched(io::sink(), |count| {
            given += count;
            assert!(read.get() < given + BUFFERS, "{way:?}: {} read, {given} given", read.get());
        });
        io::copy(&mut entry, &mut { sink }).unwrap();
        entry.finish().unwrap();
        assert_eq!(given, LENGTH);
    }
}
