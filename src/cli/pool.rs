//! Many threads, one order: jobs are read one by one, worked on by every core, and their answers handed out in the order of
//! the jobs. At most a fixed number is under way at once, so memory stays the same however long the input is.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};

/// Parsing recurses a little; a page made to nest deeply must meet the parser's limits, not the end of the stack.
const STACK_BYTES: usize = 16 << 20;
/// Jobs under way for each thread: enough that a slow page does not idle the others.
const AHEAD: usize = 8;

/// Works on every job with `threads` threads; answers go to `take` in the order of the jobs. Ends early, with its error, where
/// `take` fails.
pub fn in_order<Job: Send, Answer: Send, Error>(
    threads: usize,
    jobs: impl Iterator<Item = Job> + Send,
    work: impl Fn(Job) -> Answer + Sync,
    mut take: impl FnMut(Answer) -> Result<(), Error>,
) -> Result<(), Error> {
    let threads = threads.max(1);
    let places = threads * AHEAD;
    // A token is put in for each job that is read and taken out for each answer that is handed on: no more than `places` jobs
    // are ever between reader and writer.
    let (token, tokens) = sync_channel::<()>(places);
    let (send_job, take_job) = sync_channel::<(u64, Job)>(places);
    let (send_answer, answers) = sync_channel::<(u64, Answer)>(places);
    let take_job = Mutex::new(take_job);
    std::thread::scope(|scope| {
        let (take_job, work) = (&take_job, &work);
        let _ = std::thread::Builder::new().spawn_scoped(scope, move || {
            for numbered in (0..).zip(jobs) {
                if token.send(()).is_err() || send_job.send(numbered).is_err() {
                    return;
                }
            }
        });
        for _ in 0..threads {
            let send_answer = send_answer.clone();
            let _ = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, move || {
                while let Some((number, job)) = next(take_job) {
                    if send_answer.send((number, work(job))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send_answer);
        let result = hand_out(&answers, &tokens, &mut take);
        // Whoever still works finds nobody listening and ends.
        drop((answers, tokens));
        result
    })
}

fn next<Job>(jobs: &Mutex<Receiver<Job>>) -> Option<Job> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn hand_out<Answer, Error>(
    answers: &Receiver<(u64, Answer)>,
    tokens: &Receiver<()>,
    take: &mut impl FnMut(Answer) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut early = BTreeMap::new();
    let mut wanted = 0;
    for (number, answer) in answers {
        early.insert(number, answer);
        while let Some(answer) = early.remove(&wanted) {
            take(answer)?;
            wanted += 1;
            let _ = tokens.recv();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn answers_come_in_the_order_of_the_jobs() {
        let mut answers = Vec::new();
        let spin = |job: u64| (0..(job % 7) * 10_000).fold(job, |a, b| std::hint::black_box(a ^ b ^ b));
        in_order(4, 0..500u64, spin, |answer| {
            answers.push(answer);
            Ok::<_, ()>(())
        })
        .unwrap();
        assert_eq!(answers, (0..500).collect::<Vec<_>>());
    }

    #[test]
    fn no_more_jobs_are_read_than_there_are_places() {
        let read = AtomicUsize::new(0);
        let jobs = (0..1000).inspect(|_| {
            read.fetch_add(1, Ordering::SeqCst);
        });
        let mut taken = 0;
        in_order(
            2,
            jobs,
            |job| job,
            |_| {
                taken += 1;
                assert!(read.load(Ordering::SeqCst) <= taken + 2 * AHEAD + 1);
                Ok::<_, ()>(())
            },
        )
        .unwrap();
        assert_eq!(taken, 1000);
    }

    #[test]
    fn an_error_of_the_taker_ends_the_work() {
        let result = in_order(2, 0.., |job: u64| job, |answer| if answer == 10 { Err("full") } else { Ok(()) });
        assert_eq!(result, Err("full"));
    }
}
