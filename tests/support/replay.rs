//! A replay server over a temporary archive, for as long as the value lives.

use crate::support::chaffinch::{Chaffinch, Running, TempArchive};

/// A server and its two origins.
pub struct Served {
    /// Lists, reader view, banner; without a slash at the end.
    pub interface: String,
    /// What was captured.
    pub captures: String,
    _server: Running,
}

impl Served {
    /// Serves an archive on free ports of loopback.
    pub fn over(kept: &TempArchive) -> Self {
        Self::by(Chaffinch::new().archive(kept))
    }

    /// The same by a program that was told more.
    pub fn by(chaffinch: Chaffinch) -> Self {
        let mut server = chaffinch.args(["--json", "replay", "--bind", "127.0.0.1:0"]).spawn();
        let told: serde_json::Value = serde_json::from_str(&server.line()).unwrap();
        let origin = |name: &str| format!("http://{}", told[name].as_str().unwrap());
        Self { interface: origin("interface"), captures: origin("captures"), _server: server }
    }

    /// An address of the interface.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.interface)
    }

    /// Both origins.
    pub fn origins(&self) -> [&str; 2] {
        [&self.interface, &self.captures]
    }
}
