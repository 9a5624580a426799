//! The clock of reports, and the names that runs are given by it.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Failure;

/// The clock of reports and expiry dates: the machine's, or one that stands still. Never used to sign or to wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// When the run started: of a resumed one, long ago.
    started_at: Timestamp,
    /// When this process took it up.
    taken_up_at: Timestamp,
    since: Instant,
    stands_still: bool,
}

impl Clock {
    /// Starts now; with `at` it stands still there.
    pub(super) fn start(at: Option<Timestamp>) -> Self {
        // Whole seconds: nobody needs more of a report, and every reader of a CSV takes them.
        let now = Timestamp::from_second(Timestamp::now().as_second()).expect("now is within the calendar");
        let now = at.unwrap_or(now);
        Self {
            started_at: now,
            taken_up_at: now,
            since: Instant::now(),
            stands_still: at.is_some(),
        }
    }

    /// Goes on with a run whose oldest answer that is used came then: expiry dates are held against that day, unless the
    /// clock was set.
    pub(super) fn resume(oldest: Timestamp, at: Option<Timestamp>) -> Self {
        let clock = Self::start(at);
        if clock.stands_still {
            return clock;
        }
        let started_at = Timestamp::from_second(oldest.as_second()).unwrap_or(oldest);
        Self { started_at, ..clock }
    }

    /// When the run started.
    pub(super) const fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// The time by this clock.
    pub(super) fn now(&self) -> Timestamp {
        let seconds = i64::try_from(self.elapsed().as_secs()).unwrap_or(i64::MAX);
        let second = self.taken_up_at.as_second().saturating_add(seconds);
        if self.stands_still {
            self.taken_up_at
        } else {
            Timestamp::from_second(second).unwrap_or(self.taken_up_at)
        }
    }

    /// How long this process has taken by this clock.
    pub(super) fn elapsed(&self) -> Duration {
        if self.stands_still {
            Duration::ZERO
        } else {
            self.since.elapsed()
        }
    }

    /// Whether durations are to be left out.
    pub(super) const fn stands_still(&self) -> bool {
        self.stands_still
    }

    /// The day on which it started, UTC: expiry dates are held against it.
    pub(super) fn today(&self) -> Date {
        TimeZone::UTC.to_datetime(self.started_at).date()
    }

    /// `20261124T031500Z-3f9a1c2b`: sorts by time, and is nobody else's.
    pub(super) fn new_run_id(&self) -> Result<String, Failure> {
        let mut random = [0; 4];
        getrandom::fill(&mut random).map_err(|error| Failure::System {
            doing: "make a run id",
            source: std::io::Error::other(error),
        })?;
        let time = self.started_at.strftime("%Y%m%dT%H%M%SZ");
        Ok(format!("{time}-{}", hex::encode(random)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_stands_still() {
        let at: Timestamp = "2026-11-24T03:15:00Z".parse().expect("a time");
        let clock = Clock::start(Some(at));
        assert_eq!((clock.now(), clock.elapsed()), (at, Duration::ZERO));
        assert_eq!(clock.today().to_string(), "2026-11-24");
        let id = clock.new_run_id().expect("the system has randomness");
        assert!(id.starts_with("20261124T031500Z-") && id.len() == 25, "{id}");
    }

    #[test]
    fn a_resumed_run_keeps_its_start_and_ends_now() {
        let started_at: Timestamp = "2025-11-24T03:15:00Z".parse().expect("a time");
        let clock = Clock::resume(started_at, None);
        assert_eq!(clock.started_at(), started_at);
        assert_eq!(clock.today().to_string(), "2025-11-24");
        assert!(clock.now() > started_at && !clock.stands_still());
        let at: Timestamp = "2026-11-24T03:15:00Z".parse().expect("a time");
        let clock = Clock::resume(started_at, Some(at));
        assert_eq!(
            (clock.started_at(), clock.now(), clock.elapsed()),
            (at, at, Duration::ZERO)
        );
    }
}
