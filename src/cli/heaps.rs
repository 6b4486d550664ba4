//! How the allocator keeps memory. glibc gives every thread that allocates a heap of its own, up to eight a core, and gives little of
//! them back: a crawl that parses on two threads at a time takes twice the memory it needs.

/// Two heaps for all threads, where the C library is glibc. To be called before the first thread is started.
#[allow(unsafe_code)]
pub fn keep_few() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: it sets a number within the allocator, and no other thread runs yet. Whether it took is no matter.
        unsafe { libc::mallopt(libc::M_ARENA_MAX, 2) };
    }
}
