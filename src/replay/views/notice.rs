//! What went wrong, or is not here, as a page.

use askama::Template;

/// What went wrong, or is not here.
#[derive(Debug, Template)]
#[template(path = "notice.html")]
pub struct Notice {
    /// What it is.
    pub heading: String,
    /// What happened, to what.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// The address on the live web, for a person to follow.
    pub live: String,
}

impl Notice {
    /// The live address as it may stand in single quotes on a command line: a page can link to what it likes, and people
    /// copy the command.
    pub fn quotable(&self) -> String {
        self.live.replace('\'', "%27")
    }
}

/// The same within the frame of a capture, where no style sheet of the interface reaches.
#[derive(Debug, Template)]
#[template(path = "frame.html")]
pub struct FrameNotice {
    /// What it is.
    pub heading: String,
    /// What happened, to what.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// The address on the live web.
    pub live: String,
}
