//! How many refusals are stray: those that no pace prevents.
//!
//! It knows their share, and not when they come: so many are expected, and what comes beyond them is a sign of a limit.

/// Refusals that are put down to chance at once, and before anything is known of strays.
const MOST_AT_ONCE: f64 = 5.0;
/// How many more than the average are put down to chance in the long run.
const CHANCE: f64 = 1.5;
/// More than every second refused is no stray but a service in trouble.
const LARGEST_SHARE: f64 = 0.5;

/// So many refusals in a row are a sign before anything is known of strays.
const RUN_AT_FIRST: usize = 8;
/// The same where there are hardly any strays, and where they are many.
const LEAST_RUN: f64 = 3.0;
const LONGEST_RUN: f64 = 17.0;
/// How rare it is to be that strays make such a run.
const RARE: f64 = 1e-5;

/// What is known of stray refusals.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strays {
    /// Of all requests; `None`: no trial has shown it yet.
    share: Option<f64>,
    /// Refusals that chance explains.
    expected: f64,
}

impl Default for Strays {
    fn default() -> Self {
        Self {
            share: None,
            expected: MOST_AT_ONCE,
        }
    }
}

impl Strays {
    /// Of all requests, as far as is known.
    pub(super) fn share(&self) -> f64 {
        self.share.unwrap_or(0.0)
    }

    /// An answer has come, whatever it was.
    pub(super) fn count_answer(&mut self) {
        self.expected = (self.expected + CHANCE * self.share()).min(MOST_AT_ONCE);
    }

    /// Whether a refusal was to be expected; if so, one less is from now on.
    pub(super) fn explain_one(&mut self) -> bool {
        let is_expected = self.expected >= 1.0;
        self.expected -= f64::from(u8::from(is_expected));
        is_expected
    }

    /// Strays do not make a run of so many refusals.
    pub(super) fn unexplained_run(&self) -> usize {
        let Some(share) = self.share else { return RUN_AT_FIRST };
        let run = (RARE.ln() / share.ln()).ceil().clamp(LEAST_RUN, LONGEST_RUN);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was clamped")]
        let run = run as usize;
        run
    }

    /// A trial has shown their share.
    pub(super) fn are(&mut self, share: f64) {
        self.share = Some(share.min(LARGEST_SHARE));
        self.expected = if share > 0.0 { MOST_AT_ONCE } else { 0.0 };
    }

    /// Of all requests of a stretch no more than that share was refused, stray or not.
    pub(super) fn are_at_most(&mut self, share: f64) {
        self.share = self.share.map(|before| before.min(share));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_refusals_are_no_sign_before_anything_is_known() {
        let mut strays = Strays::default();
        let explained = (0..100).take_while(|_| strays.explain_one()).count();
        assert_eq!(explained, 5);
        strays.count_answer();
        assert!(!strays.explain_one(), "none was seen to be stray");
    }

    #[test]
    fn where_every_tenth_is_stray_every_tenth_is_expected_and_every_fifth_is_not() {
        let explained = |every: u32| {
            let mut strays = Strays::default();
            strays.are(0.1);
            (0..1000).all(|answer| {
                strays.count_answer();
                answer % every > 0 || strays.explain_one()
            })
        };
        assert!(explained(10));
        assert!(!explained(5));
    }

    #[test]
    fn the_more_are_stray_the_longer_is_a_run_that_means_something() {
        let run = |share| {
            let mut strays = Strays::default();
            strays.are(share);
            strays.unexplained_run()
        };
        assert_eq!(Strays::default().unexplained_run(), 8);
        assert_eq!([0.0, 0.01, 0.1, 0.2, 0.5, 1.0].map(run), [3, 3, 6, 8, 17, 17]);
    }

    #[test]
    fn a_stretch_with_fewer_refusals_bounds_the_share_of_strays() {
        let mut strays = Strays::default();
        strays.are(0.1);
        strays.are_at_most(0.2);
        assert!((strays.share() - 0.1).abs() < 1e-9);
        strays.are_at_most(0.02);
        assert!((strays.share() - 0.02).abs() < 1e-9);
    }
}
