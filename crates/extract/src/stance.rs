//! How strictly blocks are taken, by the kind of page. Scores are learnt block by block, but what stands together is right or
//! wrong together: of an article's doubtful blocks mostly none is content, of a list's mostly all. It knows kinds and scores, and
//! no page.

use crate::kind::Kinds;

/// How a likelihood is read: its log-odds times `slope`, and `shift` more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stance {
    /// Above 1 scores are taken to be surer than they say, below 1 less sure.
    pub slope: f32,
    /// Below 0 doubtful blocks are left out, above 0 taken.
    pub shift: f32,
}

impl Stance {
    /// Reads likelihoods as they are.
    pub const PLAIN: Self = Self { slope: 1.0, shift: 0.0 };

    /// The stance towards a page that may be of several kinds; `each` has one for every kind, and none is a plain one.
    pub(crate) fn between(each: &[Self], kinds: &Kinds) -> Self {
        let (mut slope, mut shift) = (0.0, 0.0);
        for (stance, likely) in each.iter().zip(kinds.all()) {
            slope += likely * stance.slope.max(0.01).ln();
            shift += likely * stance.shift;
        }
        Self { slope: slope.exp(), shift }
    }

    /// The likelihood that is meant by a score.
    pub(crate) fn read(self, score: f32) -> f32 {
        let score = score.clamp(1e-6, 1.0 - 1e-6);
        let odds = (score / (1.0 - score)).ln() * self.slope + self.shift;
        1.0 / (1.0 + (-odds).exp())
    }

    /// The score that is read as this likelihood.
    pub(crate) fn meant_by(self, likelihood: f32) -> f32 {
        let odds = ((likelihood / (1.0 - likelihood)).ln() - self.shift) / self.slope;
        1.0 / (1.0 + (-odds).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_stance_reads_what_is_written() {
        assert!((Stance::PLAIN.read(0.3) - 0.3).abs() < 1e-5);
        assert!((Stance::PLAIN.meant_by(0.3) - 0.3).abs() < 1e-5);
    }

    #[test]
    fn a_strict_stance_doubts_what_is_doubtful_and_keeps_what_is_sure() {
        let strict = Stance { slope: 1.5, shift: -1.0 };
        assert!(strict.read(0.5) < 0.3 && strict.read(0.95) > 0.95);
        assert!((strict.read(strict.meant_by(0.5)) - 0.5).abs() < 1e-5);
    }

    #[test]
    fn certain_scores_stay_numbers() {
        assert!(Stance { slope: 2.0, shift: 1.0 }.read(0.0).is_finite());
        assert!(Stance { slope: 2.0, shift: 1.0 }.read(1.0).is_finite());
    }
}
