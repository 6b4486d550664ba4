//! Group commit: everyone hands over snapshots and waits; one task stores whatever has gathered with one fsync and answers
//! each. The more arrive at once, the cheaper each becomes. It does not know what a snapshot holds.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::crawl::error::Error;
use crate::snapshot::value::Snapshot;
use crate::store::archive::Archive;
use crate::store::capture::Stored;

/// The most snapshots one fsync stands for: bounds what a failed write must be tried again for.
const GROUP_MAX: usize = 64;

struct Job {
    snapshots: Vec<Snapshot>,
    answer: oneshot::Sender<Result<Vec<Stored>, Arc<crate::store::error::Error>>>,
}

/// The hand that everyone shares; the task ends when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Writer(mpsc::Sender<Job>);

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Job({})", self.snapshots.len())
    }
}

impl Writer {
    /// Starts the task; to be called inside a runtime.
    pub fn start(archive: Arc<Archive>) -> Self {
        let (sender, mut jobs) = mpsc::channel::<Job>(GROUP_MAX);
        tokio::spawn(async move {
            while let Some(first) = jobs.recv().await {
                let mut group = vec![first];
                while group.iter().map(|job| job.snapshots.len()).sum::<usize>() < GROUP_MAX {
                    let Ok(job) = jobs.try_recv() else { break };
                    group.push(job);
                }
                let archive = Arc::clone(&archive);
                // Where the runtime ends, what is being stored is stored to its end all the same.
                let _ = tokio::task::spawn_blocking(move || store(&archive, group)).await;
            }
        });
        Self(sender)
    }

    /// Stores snapshots durably; what is answered is on disk.
    pub async fn store(&self, snapshots: Vec<Snapshot>) -> Result<Vec<Stored>, Error> {
        let (answer, stored) = oneshot::channel();
        self.0.send(Job { snapshots, answer }).await.map_err(|_| Error::Lost { what: "the archive's writer" })?;
        stored.await.map_err(|_| Error::Lost { what: "the archive's writer" })?.map_err(Error::Store)
    }
}

fn store(archive: &Archive, group: Vec<Job>) {
    let mut senders = Vec::with_capacity(group.len());
    let mut all = Vec::new();
    for job in group {
        senders.push((job.snapshots.len(), job.answer));
        all.extend(job.snapshots);
    }
    match archive.store(&all) {
        Ok(stored) => {
            let mut stored = stored.into_iter();
            for (count, answer) in senders {
                // Whoever asked may have gone away; what was stored stays stored.
                let _ = answer.send(Ok(stored.by_ref().take(count).collect()));
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for (_, answer) in senders {
                let _ = answer.send(Err(Arc::clone(&error)));
            }
        }
    }
}
