//! Runs one verb; its outcome becomes the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    chaffinch::cli::heaps::keep_few();
    chaffinch::cli::run::run(std::env::args_os())
}
