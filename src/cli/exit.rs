//! How a run ended, as the shell sees it. The table is part of the face: scripts and cron rely on it.

use std::process::ExitCode;

/// Exit codes, documented in docs/cli.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done; a deadline that was reached included.
    Done = 0,
    /// A URL or a whole source failed; not found; damage found.
    Failed = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// The archive cannot be read, or a newer version wrote it.
    Unreadable = 3,
    /// A write failed, or the disk is full.
    Unwritable = 4,
    /// A crawl of this archive is already running.
    Busy = 75,
    /// Interrupted (SIGINT): what was in flight was finished cleanly.
    Interrupted = 130,
    /// Terminated (SIGTERM): likewise.
    Terminated = 143,
}

/// Every code with its meaning, in the order of the codes.
pub const TABLE: &[(Exit, &str)] = &[
    (Exit::Done, "done (a deadline that was reached included: the summary says so)"),
    (Exit::Failed, "an archived URL or a whole source failed; not found; damage found"),
    (Exit::Usage, "usage or configuration"),
    (Exit::Unreadable, "the archive cannot be read, or is of a newer version"),
    (Exit::Unwritable, "a write failed, or the disk is full"),
    (Exit::Busy, "a crawl of this archive is already running (it says since when)"),
    (Exit::Interrupted, "interrupted: finished cleanly what was in flight"),
    (Exit::Terminated, "terminated: finished cleanly what was in flight"),
];

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_the_contract() {
        let codes: Vec<u8> = TABLE.iter().map(|(exit, _)| *exit as u8).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 75, 130, 143]);
    }
}
