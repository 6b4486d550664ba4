//! A medium that breaks at a call it was told, for tests: every call that writes can be made to fail in turn, with its work
//! undone, half done, or done and not told.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use crate::store::medium::{Journal, Medium, Objects};
use crate::store::memory::Memory;

/// Files in memory behind a door that breaks.
#[derive(Debug, Clone)]
pub struct Failing {
    memory: Memory,
    fuse: Arc<Fuse>,
}

#[derive(Debug)]
struct Fuse {
    /// Calls that still succeed.
    left: AtomicI64,
    /// Whether the call that fails has done its work.
    done: AtomicBool,
}

impl Fuse {
    /// Does the work of one call, or some of it and fails.
    fn call<T>(&self, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match self.left.fetch_sub(1, Ordering::SeqCst) {
            left if left > 0 => work(),
            0 if self.done.load(Ordering::SeqCst) => work().and_then(|_| Err(full())),
            _ => Err(full()),
        }
    }
}

fn full() -> io::Error {
    io::ErrorKind::StorageFull.into()
}

impl Failing {
    /// A medium that does not fail yet.
    pub fn new(memory: Memory) -> Self {
        Self { memory, fuse: Arc::new(Fuse { left: AtomicI64::new(i64::MAX), done: AtomicBool::new(false) }) }
    }

    /// After so many more writing calls, all of them fail; the first to fail has done its work or not.
    pub fn fail_at(&self, calls: i64, done: bool) {
        self.fuse.done.store(done, Ordering::SeqCst);
        self.fuse.left.store(calls, Ordering::SeqCst);
    }

    /// Whether a call has failed since.
    pub fn has_failed(&self) -> bool {
        self.fuse.left.load(Ordering::SeqCst) < 0
    }

    /// The files behind the door.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }
}

impl Objects for Failing {
    fn put(&self, key: &str, bytes: &[u8]) -> io::Result<()> {
        self.fuse.call(|| self.memory.put(key, bytes))
    }

    fn read(&self, key: &str, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.memory.read(key, offset, length)
    }

    fn length(&self, key: &str) -> io::Result<u64> {
        self.memory.length(key)
    }

    fn list(&self, prefix: &str) -> io::Result<Vec<(String, u64)>> {
        self.memory.list(prefix)
    }

    fn delete(&self, key: &str) -> io::Result<()> {
        self.fuse.call(|| self.memory.delete(key))
    }
}

impl Medium for Failing {
    fn journal(&self, key: &str) -> io::Result<Option<Box<dyn Journal>>> {
        let opened = self.fuse.call(|| self.memory.journal(key))?;
        Ok(opened.map(|inner| Box::new(Growing { inner, fuse: Arc::clone(&self.fuse) }) as Box<dyn Journal>))
    }
}

struct Growing {
    inner: Box<dyn Journal>,
    fuse: Arc<Fuse>,
}

impl Journal for Growing {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let result = self.fuse.call(|| self.inner.append(bytes));
        if result.is_err() && self.fuse.left.load(Ordering::SeqCst) == -1 && !self.fuse.done.load(Ordering::SeqCst) {
            self.inner.append(&bytes[..bytes.len() / 2])?;
        }
        result
    }

    fn sync(&mut self) -> io::Result<()> {
        self.fuse.call(|| self.inner.sync())
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.fuse.call(|| self.inner.cut(length))
    }

    fn length(&self) -> u64 {
        self.inner.length()
    }
}
