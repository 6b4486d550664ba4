//! How the allocator keeps memory. glibc gives every thread that allocates a heap of its own, up to eight a core, and gives little of
//! them back: a crawl that parses on two threads at a time takes twice the memory it needs. And once megabytes were freed, it
//! takes the next megabytes out of its heaps, which they leave in shreds: a server that unpacks dictionaries takes twice its memory.

/// What takes so many bytes is mapped for itself, and given back when it is freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MAPPED_BYTES_MIN: i32 = 1 << 20;

/// So much may lie loose at the end of a heap: what answers need again and again is not asked of the system each time.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LOOSE_BYTES_MAX: i32 = 16 << 20;

/// Two heaps for all threads, and none for what is large, where the C library is glibc. To be called before the first thread is
/// started.
#[allow(unsafe_code)]
pub fn keep_few() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let settings = [
            (libc::M_ARENA_MAX, 2),
            (libc::M_MMAP_THRESHOLD, MAPPED_BYTES_MIN),
            (libc::M_TRIM_THRESHOLD, LOOSE_BYTES_MAX),
        ];
        for (name, value) in settings {
            // SAFETY: it sets a number within the allocator, and no other thread runs yet. Whether it took is no matter.
            unsafe { libc::mallopt(name, value) };
        }
    }
}
