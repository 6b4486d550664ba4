//! Making segments on every core: what one thread makes, out of captures that begin a bundle or that go on with a segment, and
//! putting it down. Nothing that is made here counts yet: see `seal` for that.

use std::num::NonZero;
use std::panic::resume_unwind;

use chaffinch_warc::{Dictionary, Span};

use crate::snapshot::value::{CaptureId, Role};
use crate::store::archive::{Archive, new_id};
use crate::store::bundle::{self, Taken};
use crate::store::error::{Error, Result};
use crate::store::ledger::Segment;
use crate::store::medium::read_all;
use crate::store::merkle::sha256_hex;
use crate::store::names;
use crate::store::report::SealOptions;
use crate::store::segment::{Built, build, frames_of};

/// What one thread makes.
pub(crate) enum Job {
    /// Captures whose pages have their dictionary in a segment.
    GoOn(Segment, Vec<Taken>),
    /// Captures that begin a bundle.
    Begin(Vec<Taken>),
}

/// What came of it.
#[derive(Default)]
struct Made {
    built: Vec<Built>,
    /// The segment whose frames the one built begins with, and where they began in it.
    goes_on: Option<(Segment, u64)>,
    /// What is to begin a bundle after all.
    left: Vec<Taken>,
}

/// A segment that has been put down.
pub(crate) struct Sealed {
    pub(crate) segment: Segment,
    /// By how much the archive grew.
    pub(crate) grown: u64,
    /// Which record of which capture lies where.
    pub(crate) moved: Vec<(CaptureId, Role, Span)>,
    /// The segment that it takes the place of.
    pub(crate) goes_on: Option<Segment>,
    /// How far the frames of that were moved.
    pub(crate) shift: i64,
}

impl Archive {
    /// Does jobs on as many cores as the options allow, and puts down what comes of them.
    pub(crate) fn work(&self, jobs: Vec<Job>, options: &SealOptions, left: &mut Vec<Taken>) -> Result<Vec<Sealed>> {
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(options.at_once_max.max(1));
        let mut sealed = Vec::new();
        let mut jobs = jobs.into_iter().peekable();
        while jobs.peek().is_some() {
            let some: Vec<Job> = jobs.by_ref().take(threads).collect();
            let made: Vec<Result<Made>> = std::thread::scope(|scope| {
                let working: Vec<_> = some.into_iter().map(|job| scope.spawn(|| self.make(job, options))).collect();
                working.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
            });
            for made in made {
                let made = made?;
                left.extend(made.left);
                for built in made.built {
                    sealed.push(self.put_down(built, made.goes_on.as_ref())?);
                }
            }
        }
        Ok(sealed)
    }

    fn make(&self, job: Job, options: &SealOptions) -> Result<Made> {
        match job {
            Job::GoOn(segment, captures) => self.go_on(segment, captures, options),
            Job::Begin(captures) => {
                let whole = self.load(&captures)?;
                let built = bundle::make(&whole, &options.making(), &|| new_id(options.now));
                let what = |what| Error::Encode { url: captures[0].url.clone(), what };
                Ok(Made { built: built.map_err(what)?, ..Made::default() })
            }
        }
    }

    /// Puts captures behind the frames of the segment that holds their pages. A segment that is not what the ledger says is
    /// left to `repair`.
    fn go_on(&self, segment: Segment, captures: Vec<Taken>, options: &SealOptions) -> Result<Made> {
        let key = names::segment(&segment.id);
        let before = read_all(&*self.medium, &key).map_err(Self::read_failed(&key))?;
        let sound = sha256_hex(&before) == segment.sha256;
        let (dictionary, kept) = match (Dictionary::from_frame(&before), frames_of(&before)) {
            (Ok(dictionary), Some(kept)) if sound => (dictionary, kept),
            _ => return Ok(Made { left: captures, ..Made::default() }),
        };
        let mut made = Made::default();
        let mut whole = Vec::new();
        let what = |what: String| Error::Encode { url: key.clone(), what };
        for capture in captures {
            let loaded = self.load_one(&capture)?;
            if bundle::is_like_before(&loaded, &dictionary, options.level).map_err(what)? {
                whole.push(loaded);
            } else {
                made.left.push(capture);
            }
        }
        if whole.is_empty() {
            return Ok(made);
        }
        let records: Vec<_> = whole.iter().flat_map(|capture| &capture.records).collect();
        let (id, site) = (new_id(options.now), segment.site.clone());
        let mut built = build(id, site, kept, &records, &dictionary, &options.making()).map_err(what)?;
        built.segment.level = segment.level.min(Some(options.dictionary_level));
        made.built.push(built);
        made.goes_on = Some((segment, (before.len() - kept.len()) as u64));
        Ok(made)
    }

    pub(crate) fn put_down(&self, built: Built, goes_on: Option<&(Segment, u64)>) -> Result<Sealed> {
        self.put_segment(&built)?;
        let before = goes_on.map_or(0, |(segment, _)| {
            let beside = names::parity(&names::segment(&segment.id));
            segment.length + self.medium.length(&beside).unwrap_or(0)
        });
        Ok(Sealed {
            grown: (built.segment.length + built.parity.len() as u64).saturating_sub(before),
            segment: built.segment,
            moved: built.moved,
            goes_on: goes_on.map(|(segment, _)| segment.clone()),
            shift: goes_on.map_or(0, |(_, at)| built.kept_at as i64 - *at as i64),
        })
    }

    /// Puts a segment down, its parity file first.
    pub(crate) fn put_segment(&self, built: &Built) -> Result<()> {
        let parity = names::parity(&built.key);
        self.medium.put(&parity, &built.parity).map_err(Self::write_failed(&parity))?;
        self.medium.put(&built.key, &built.bytes).map_err(Self::write_failed(&built.key))
    }
}
