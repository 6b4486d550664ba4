//! A disk so small that a test can fill it: a tmpfs of a few hundred kilobytes, where the machine lets us mount one.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A small file system that is unmounted after the test.
pub struct TinyDisk {
    folder: TempDir,
}

impl TinyDisk {
    /// A disk of so many KiB, or `None`, said aloud, where mounting is not permitted.
    pub fn mount(kib: u64) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let options = format!("size={kib}k");
        let done = run(Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder.path()));
        if done {
            return Some(Self { folder });
        }
        eprintln!("skipped: this machine does not let us mount a small disk");
        None
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Makes it read-only from now on.
    pub fn make_read_only(&self) -> bool {
        run(Command::new("mount").args(["-o", "remount,ro"]).arg(self.folder.path()))
    }

    /// A file that takes up so many KiB.
    pub fn fill(&self, kib: usize) -> PathBuf {
        let path = self.folder.path().join("ballast");
        std::fs::write(&path, vec![7; kib << 10]).unwrap();
        path
    }
}

impl Drop for TinyDisk {
    fn drop(&mut self) {
        run(Command::new("umount").arg("-l").arg(self.folder.path()));
    }
}

fn run(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

/// Copies a folder and everything in it.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}
