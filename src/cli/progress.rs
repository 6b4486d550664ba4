//! Progress on stderr: drawn on a terminal, silent in a pipe.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::face::Face;

fn bar(face: Face, template: &str, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::no_length();
    if face.quiet || !face.terminal {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    // The templates are ours; should one be wrong, the plain bar will do.
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(what);
    bar
}

/// Bytes done of bytes in all, with rate and time left.
pub fn bytes(face: Face, what: &'static str) -> ProgressBar {
    bar(face, "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left", what)
}

/// Things done of things in all, with rate and time left.
pub fn things(face: Face, what: &'static str) -> ProgressBar {
    bar(face, "{msg} {wide_bar} {pos}/{len} {per_sec}, {eta} left", what)
}
