//! An archive's files in memory, for tests: what was synced is told apart from what would be lost in a power cut.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::store::medium::{Journal, Medium, Objects};

/// Files in memory; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<String, File>,
    locked: BTreeSet<String>,
}

#[derive(Debug, Clone, Default)]
struct File {
    bytes: Vec<u8>,
    durable: usize,
}

impl Memory {
    /// What a power cut would leave, with so many bytes of every journal's unsynced end by luck on the disk.
    #[must_use]
    pub fn after_power_cut(&self, luck: usize) -> Self {
        let mut state = State::default();
        for (key, file) in &self.state().files {
            let kept = file.bytes.len().min(file.durable + luck);
            state.files.insert(key.clone(), File { bytes: file.bytes[..kept].to_vec(), durable: kept });
        }
        Self(Arc::new(Mutex::new(state)))
    }

    /// Flips one bit of a file, as a bad disk would. Says whether there is such a byte.
    pub fn flip(&self, key: &str, offset: usize) -> bool {
        let mut state = self.state();
        let byte = state.files.get_mut(key).and_then(|file| file.bytes.get_mut(offset));
        byte.is_some_and(|byte| {
            *byte ^= 0x10;
            true
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl Objects for Memory {
    fn put(&self, key: &str, bytes: &[u8]) -> io::Result<()> {
        self.state().files.insert(key.to_owned(), File { bytes: bytes.to_vec(), durable: bytes.len() });
        Ok(())
    }

    fn read(&self, key: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let state = self.state();
        let bytes = &state.files.get(key).ok_or_else(missing)?.bytes;
        let start = bytes.len().min(offset as usize);
        let end = bytes.len().min(start.saturating_add(length));
        Ok(bytes[start..end].to_vec())
    }

    fn length(&self, key: &str) -> io::Result<u64> {
        self.state().files.get(key).map(|file| file.bytes.len() as u64).ok_or_else(missing)
    }

    fn list(&self, prefix: &str) -> io::Result<Vec<(String, u64)>> {
        let state = self.state();
        let found = state.files.iter().filter(|(key, _)| key.starts_with(prefix));
        Ok(found.map(|(key, file)| (key.clone(), file.bytes.len() as u64)).collect())
    }

    fn delete(&self, key: &str) -> io::Result<()> {
        self.state().files.remove(key);
        Ok(())
    }
}

impl Medium for Memory {
    fn journal(&self, key: &str) -> io::Result<Option<Box<dyn Journal>>> {
        let mut state = self.state();
        if !state.locked.insert(key.to_owned()) {
            return Ok(None);
        }
        state.files.entry(key.to_owned()).or_default();
        drop(state);
        Ok(Some(Box::new(Growing { memory: self.clone(), key: key.to_owned() })))
    }
}

struct Growing {
    memory: Memory,
    key: String,
}

impl Journal for Growing {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.memory.state().files.entry(self.key.clone()).or_default().bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.memory.state();
        let file = state.files.entry(self.key.clone()).or_default();
        file.durable = file.bytes.len();
        Ok(())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let mut state = self.memory.state();
        let file = state.files.entry(self.key.clone()).or_default();
        file.bytes.truncate(length as usize);
        file.durable = file.bytes.len();
        Ok(())
    }

    fn length(&self) -> u64 {
        self.memory.length(&self.key).unwrap_or(0)
    }
}

impl Drop for Growing {
    fn drop(&mut self) {
        self.memory.state().locked.remove(&self.key);
    }
}
