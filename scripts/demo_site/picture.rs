//! Draws small PNG landscapes, so that the site has images without a file in the repository. It knows nothing of articles.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

const WIDTH: u32 = 320;
const HEIGHT: u32 = 180;

/// A sky, a sun and two hills; each seed has its own hour of the day.
pub fn landscape(seed: u32) -> Vec<u8> {
    let mut rows = Vec::with_capacity(((WIDTH * 3 + 1) * HEIGHT) as usize);
    for y in 0..HEIGHT {
        // Filter 0 of the PNG standard: the bytes as they are.
        rows.push(0);
        for x in 0..WIDTH {
            rows.extend(colour(seed, x, y));
        }
    }
    let mut size = Vec::new();
    size.extend(WIDTH.to_be_bytes());
    size.extend(HEIGHT.to_be_bytes());
    // Eight bits a channel, RGB, deflate, adaptive filtering, not interlaced.
    size.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, *b"IHDR", &size);
    chunk(&mut png, *b"IDAT", &deflate(&rows));
    chunk(&mut png, *b"IEND", &[]);
    png
}

fn colour(seed: u32, x: u32, y: u32) -> [u8; 3] {
    let hill = |base: u32, width: u32, shift: u32| {
        let at = (x + shift * 37) % width;
        base + at.abs_diff(width / 2) / 3
    };
    let (sun_x, sun_y) = (60 + seed * 29 % 200, 40 + seed * 11 % 40);
    if y > hill(118, 260, seed + 3) {
        [40, 90 + (seed * 13 % 60) as u8, 60]
    } else if y > hill(96, 180, seed) {
        [90, 130, 110 + (seed * 7 % 50) as u8]
    } else if x.abs_diff(sun_x).pow(2) + y.abs_diff(sun_y).pow(2) < 400 {
        [250, 214, 110]
    } else {
        [(150 + seed * 17 % 90) as u8, (180 - y / 3) as u8, 220]
    }
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    // Writing into a Vec does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn chunk(png: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    let mut crc = Crc::new();
    crc.update(&name);
    crc.update(data);
    png.extend((data.len() as u32).to_be_bytes());
    png.extend(name);
    png.extend(data);
    png.extend(crc.sum().to_be_bytes());
}
