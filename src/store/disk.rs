//! An archive's files on a disk. An object is written beside its place, synced, renamed, and its folder synced; a journal is
//! locked by an advisory lock that the system gives back whatever becomes of the writer.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::store::medium::{Journal, Medium, Objects};

/// A folder.
#[derive(Debug, Clone)]
pub struct Disk {
    root: PathBuf,
}

impl Disk {
    /// The archive in a folder.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    /// Makes the folders above a file, each durably.
    fn make_folders(path: &Path) -> io::Result<()> {
        let Some(folder) = path.parent() else { return Ok(()) };
        if folder.is_dir() {
            return Ok(());
        }
        Self::make_folders(folder)?;
        match fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        sync_folder_of(folder)
    }
}

/// Makes the entry of a file or folder in the folder above it durable.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

impl Objects for Disk {
    fn put(&self, key: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(key);
        Self::make_folders(&path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // No two writers have the same file beside it, in one process or in several.
        let (process, thread) = (std::process::id(), std::thread::current().id());
        let beside = path.with_file_name(format!(".{name}.{process}-{thread:?}.new"));
        let written = File::create(&beside)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&beside, &path));
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written.and_then(|()| sync_folder_of(&path))
    }

    fn read(&self, key: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let file = File::open(self.path(key))?;
        let left = file.metadata()?.len().saturating_sub(offset);
        let mut bytes = vec![0; length.min(usize::try_from(left).unwrap_or(usize::MAX))];
        let mut filled = 0;
        while filled < bytes.len() {
            match file.read_at(&mut bytes[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }

    fn length(&self, key: &str) -> io::Result<u64> {
        Ok(fs::metadata(self.path(key))?.len())
    }

    fn list(&self, prefix: &str) -> io::Result<Vec<(String, u64)>> {
        let folder = prefix.rfind('/').map_or("", |slash| &prefix[..slash]);
        let mut found = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(self.path(&folder)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let key = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    folders.push(key);
                } else if kind.is_file() && !name.starts_with('.') && key.starts_with(prefix) {
                    found.push((key, entry.metadata()?.len()));
                }
            }
        }
        found.sort();
        Ok(found)
    }

    fn delete(&self, key: &str) -> io::Result<()> {
        let path = self.path(key);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(()) => sync_folder_of(&path),
        }
    }
}

impl Medium for Disk {
    fn journal(&self, key: &str) -> io::Result<Option<Box<dyn Journal>>> {
        let path = self.path(key);
        Self::make_folders(&path)?;
        // Who sealed a journal removes it while holding its lock; whoever waited at the door then holds a lock on a file that
        // has no name any more, and must look again.
        loop {
            let file = File::options().read(true).append(true).create(true).open(&path)?;
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {}
                Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
                Err(errno) => return Err(errno.into()),
            }
            let held = file.metadata()?;
            let named = fs::metadata(&path);
            if named.is_ok_and(|named| named.ino() == held.ino() && named.dev() == held.dev()) {
                if held.len() == 0 {
                    sync_folder_of(&path)?;
                }
                return Ok(Some(Box::new(Growing { file, length: held.len() })));
            }
        }
    }
}

struct Growing {
    file: File,
    length: u64,
}

impl Journal for Growing {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
        self.length = length;
        self.file.sync_all()
    }

    fn length(&self) -> u64 {
        self.length
    }
}
