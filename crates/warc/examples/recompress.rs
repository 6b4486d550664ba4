//! Reads a WARC file of any kind and writes it again as `.warc.gz`, a record at a time, never holding more than a buffer; tells how
//! long each took. Another path as the second argument keeps the copy.
//!
//! ```text
//! cargo run --release -p chaffinch-warc --example recompress -- file.warc.gz [copy.warc.gz]
//! ```

#![allow(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::fs::File;
use std::io::{BufReader, Write};
use std::time::Instant;

use chaffinch_warc::{Compression, Reader, Writer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("which file?")?;
    let open = || File::open(&path).map(|file| Reader::new(BufReader::with_capacity(1 << 16, file)));

    let begun = Instant::now();
    let (mut records, mut bytes) = (0, 0);
    let mut reader = open()?;
    while let Some(mut entry) = reader.next_record()? {
        bytes += std::io::copy(&mut entry, &mut std::io::sink())?;
        entry.finish()?;
        records += 1;
    }
    let reading = begun.elapsed().as_secs_f64();
    println!("read {records} records, {bytes} bytes in {reading:.2} s");

    let sink: Box<dyn Write> = match arguments.next() {
        Some(copy) => Box::new(File::create(copy)?),
        None => Box::new(std::io::sink()),
    };
    let mut writer = Writer::new(sink, Compression::Gzip { level: 9 })?;
    let begun = Instant::now();
    let mut reader = open()?;
    while let Some(mut entry) = reader.next_record()? {
        let (header, length) = (entry.header.clone(), entry.header.content_length().unwrap_or(0));
        writer.write_from(&header, length, &mut entry)?;
        entry.finish()?;
    }
    let written = writer.position();
    println!("read and written at level 9: {written} bytes in {:.2} s", begun.elapsed().as_secs_f64());
    writer.finish()?;
    Ok(())
}
