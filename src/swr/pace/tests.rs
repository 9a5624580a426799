//! The pace against simulated services, in simulated time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use proptest::prelude::*;

use super::*;

/// What a service counts with.
#[derive(Clone, Copy, Debug)]
enum Counter {
    /// So many requests a second come free, up to so many.
    Bucket { rate: f64, burst: f64 },
    /// So many in each window of so many seconds; the first began so long ago.
    Window { limit: u32, seconds: f64, age: f64 },
    /// It takes whatever comes.
    Nothing,
}

/// Refusals that have nothing to do with a pace.
#[derive(Clone, Copy, Debug)]
enum Strays {
    /// That share of all requests, at random.
    Share(f64),
    /// Each request's first two attempts.
    FirstAttempts,
}

const NONE: Strays = Strays::Share(0.0);

/// What a service counts with, from which second on.
type Schedule<'a> = &'a [(f64, Counter)];

/// A service whose counter changes at given seconds.
struct Service {
    schedule: Vec<(f64, Counter)>,
    strays: Strays,
    random: fastrand::Rng,
    /// Tokens left, or requests counted in the window.
    level: f64,
    at: f64,
    window: f64,
}

impl Service {
    fn new(schedule: Schedule<'_>, strays: Strays, seed: u64) -> Self {
        let level = match schedule[0].1 {
            Counter::Bucket { burst, .. } => burst,
            Counter::Window { .. } | Counter::Nothing => 0.0,
        };
        Self {
            schedule: schedule.to_vec(),
            strays,
            random: fastrand::Rng::with_seed(!seed),
            level,
            at: 0.0,
            window: -1.0,
        }
    }

    fn accepts(&mut self, now: f64, attempt: u32) -> bool {
        match self.strays {
            Strays::Share(share) => self.random.f64() >= share && self.counts(now),
            Strays::FirstAttempts => attempt > 2 && self.counts(now),
        }
    }

    fn counts(&mut self, now: f64) -> bool {
        let (_, counter) = *self
            .schedule
            .iter()
            .rfind(|(since, _)| *since <= now)
            .expect("one from the start");
        match counter {
            Counter::Nothing => true,
            Counter::Bucket { rate, burst } => {
                self.level = (self.level + (now - self.at).max(0.0) * rate).min(burst);
                self.at = now;
                let accepts = self.level >= 1.0;
                self.level -= f64::from(u8::from(accepts));
                accepts
            }
            Counter::Window { limit, seconds, age } => {
                let window = ((now + age) / seconds).floor();
                if window > self.window {
                    (self.window, self.level) = (window, 0.0);
                }
                self.level += 1.0;
                self.level <= f64::from(limit)
            }
        }
    }
}

/// A run: how many requests, at most how many in flight, how long an answer takes at most.
#[derive(Clone, Copy, Debug)]
struct Load {
    requests: usize,
    in_flight: usize,
    seconds: f64,
    /// Whether all answers take the same time, to the millisecond, and those of one moment come in any order. Else they
    /// are spread.
    in_batches: bool,
    /// So many are sent one after the other before the rest, as lists are.
    lists: usize,
}

#[derive(Debug)]
struct Outcome {
    seconds: f64,
    refused: usize,
    most_attempts: u32,
    /// Requests that needed more attempts than a run has by default.
    unread: usize,
}

impl Outcome {
    #[expect(clippy::cast_precision_loss, reason = "a share of a test")]
    fn share_refused(&self, load: Load) -> f64 {
        self.refused as f64 / load.requests as f64
    }
}

/// Something that happens: at which nanosecond, the how manieth, to which request, sent when; the service decides, and
/// half the time later the answer is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Decision {
        at: u64,
        number: u64,
        request: usize,
        sent: u64,
    },
    Answer {
        at: u64,
        number: u64,
        request: usize,
        sent: u64,
        accepted: bool,
    },
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "seconds of a test"
)]
const fn nanos(seconds: f64) -> u64 {
    (seconds * 1e9) as u64
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a test")]
const fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

/// A run under way. It does as the limiter does: what was refused stands in line again behind at most one that was not
/// sent yet, waits for itself from its second refusal on, and stands back while the service is used up.
struct Run {
    start: Instant,
    load: Load,
    random: fastrand::Rng,
    service: Service,
    pace: Pace,
    /// By request.
    attempts: Vec<u32>,
    line: VecDeque<usize>,
    /// Refused requests, by when they stand in line again.
    waiting: BinaryHeap<Reverse<(u64, usize)>>,
    events: BinaryHeap<Reverse<(u64, Event)>>,
    now: u64,
    fresh: usize,
    in_flight: usize,
    allowed: usize,
    sent: u64,
    done: usize,
    refused: usize,
}

impl Run {
    fn moment(&self, nanos: u64) -> Instant {
        self.start + Duration::from_nanos(nanos)
    }

    /// Lets requests go until something has to be waited for; returns until when, if it is not an answer.
    fn send(&mut self) -> Option<u64> {
        loop {
            self.line_up();
            if self.line.is_empty() {
                return self.waiting.peek().map(|Reverse((due, _))| *due);
            }
            let wanted = if self.done < self.load.lists {
                1
            } else {
                self.load.in_flight
            };
            if self.in_flight >= self.allowed.min(wanted) {
                return None;
            }
            let newcomer = self.line.iter().position(|&request| self.attempts[request] == 0);
            let first = newcomer.filter(|_| self.pace.is_blocked()).unwrap_or(0);
            match self.pace.admit(self.moment(self.now), self.in_flight) {
                Admission::Now => self.let_go(first),
                Admission::At(at) => {
                    // As coarse as the runtime's timers.
                    let at = u64::try_from((at - self.start).as_nanos()).expect("within the test");
                    return Some((at / 1_000_000 + 1) * 1_000_000);
                }
                Admission::AfterAnswer => return None,
            }
        }
    }

    fn line_up(&mut self) {
        while let Some(Reverse((_, request))) = self.waiting.pop_if_due(self.now) {
            self.line.push_back(request);
        }
        let has_newcomer = self.line.iter().any(|&request| self.attempts[request] == 0);
        if self.fresh < self.load.requests && !has_newcomer {
            self.line.push_back(self.fresh);
            self.fresh += 1;
        }
    }

    fn let_go(&mut self, first: usize) {
        let request = self.line.remove(first).expect("it stands there");
        self.attempts[request] += 1;
        self.in_flight += 1;
        self.sent += 1;
        let spread = if self.load.in_batches {
            1.0
        } else {
            0.7 + 0.3 * self.random.f64()
        };
        let way = nanos(self.load.seconds * spread + 0.00005) / 2;
        let number = if self.load.in_batches {
            self.random.u64(..)
        } else {
            self.sent
        };
        let (at, sent) = (self.now + way, self.now);
        let event = Event::Decision {
            at,
            number,
            request,
            sent,
        };
        self.events.push(Reverse((at, event)));
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Decision {
                at,
                number,
                request,
                sent,
            } => {
                let accepted = self.service.accepts(seconds(at), self.attempts[request]);
                let mut at = at + (at - sent);
                if self.load.in_batches {
                    at = at.next_multiple_of(1_000_000);
                }
                let event = Event::Answer {
                    at,
                    number,
                    request,
                    sent,
                    accepted,
                };
                self.events.push(Reverse((at, event)));
            }
            Event::Answer {
                request,
                sent,
                accepted,
                ..
            } => self.answer(request, sent, accepted),
        }
    }

    fn answer(&mut self, request: usize, sent: u64, accepted: bool) {
        let (sent, now) = (self.moment(sent), self.moment(self.now));
        self.in_flight -= 1;
        self.allowed += 1;
        if accepted {
            self.pace.accepted(sent, now);
            self.done += 1;
            return;
        }
        let is_busy = self.in_flight + 1 >= self.load.in_flight - self.load.in_flight / 4;
        self.pace.refused(sent, now, is_busy, None);
        self.refused += 1;
        let longest = match self.attempts[request] {
            1 => 0.0,
            again if self.pace.explains_refusals() => {
                0.0625 * 4_f64.powi(i32::try_from(again.min(4)).expect("few") - 2)
            }
            again => 0.5 * 2_f64.powi(i32::try_from(again.min(4)).expect("few") - 2),
        };
        let due = self.now + nanos(self.random.f64() * longest);
        self.waiting.push(Reverse((due, request)));
    }
}

/// A heap of moments.
trait Due {
    fn pop_if_due(&mut self, now: u64) -> Option<Reverse<(u64, usize)>>;
}

impl Due for BinaryHeap<Reverse<(u64, usize)>> {
    fn pop_if_due(&mut self, now: u64) -> Option<Reverse<(u64, usize)>> {
        let is_due = self.peek().is_some_and(|Reverse((due, _))| *due <= now);
        if is_due { self.pop() } else { None }
    }
}

fn run(schedule: Schedule<'_>, load: Load, seed: u64) -> Outcome {
    run_with(schedule, NONE, load, seed)
}

fn run_with(schedule: Schedule<'_>, strays: Strays, load: Load, seed: u64) -> Outcome {
    let mut run = Run {
        start: Instant::now(),
        load,
        random: fastrand::Rng::with_seed(seed),
        service: Service::new(schedule, strays, seed),
        pace: Pace::new(None),
        attempts: vec![0; load.requests],
        line: VecDeque::new(),
        waiting: BinaryHeap::new(),
        events: BinaryHeap::new(),
        now: 0,
        fresh: 0,
        in_flight: 0,
        allowed: 1,
        sent: 0,
        done: 0,
        refused: 0,
    };
    while run.done < load.requests {
        let wake = run.send();
        let next = run.events.peek().map(|Reverse((at, _))| *at);
        if let Some(wake) = wake.filter(|wake| next.is_none_or(|next| *wake < next)) {
            run.now = run.now.max(wake);
        } else {
            let Reverse((at, event)) = run.events.pop().expect("something is in flight, or something waits");
            run.now = at;
            run.happen(event);
        }
    }
    Outcome {
        seconds: seconds(run.now),
        refused: run.refused,
        unread: run.attempts.iter().filter(|attempts| **attempts > 5).count(),
        most_attempts: run.attempts.into_iter().max().unwrap_or(0),
    }
}

const BUCKET: Counter = Counter::Bucket {
    rate: 200.0,
    burst: 20.0,
};
const HALF: Counter = Counter::Bucket {
    rate: 100.0,
    burst: 20.0,
};

const fn window(limit: u32, seconds: f64, age: f64) -> Counter {
    Counter::Window { limit, seconds, age }
}

/// Near the service on the wire, as the figures are measured, and as far as another region is.
fn loads(requests: usize) -> impl Iterator<Item = Load> {
    [(0.0005, 16), (0.0005, 32), (0.02, 16)]
        .into_iter()
        .map(move |(seconds, in_flight)| Load {
            requests,
            in_flight,
            seconds,
            in_batches: false,
            lists: 0,
        })
}

fn holds(what: &str, schedule: Schedule<'_>, load: Load, ideal: f64, most: f64, refused: f64) {
    for seed in 1..=5 {
        let outcome = run(schedule, load, seed);
        let share = outcome.share_refused(load);
        let told = format!("{what}, {load:?}, seed {seed}: {outcome:?}, ideal {ideal}");
        assert!(outcome.seconds <= ideal * most, "too slow: {told}");
        assert!(share <= refused, "too often refused: {told}");
        assert!(outcome.most_attempts <= 5, "given up: {told}");
    }
}

#[test]
fn an_unknown_bucket_is_used_to_its_last_token() {
    for load in loads(4000) {
        holds("bucket", &[(0.0, BUCKET)], load, 20.0, 1.02, 0.035);
    }
}

#[test]
fn unknown_windows_are_used_to_their_end() {
    for load in loads(4000) {
        for age in [0.0, 0.3, 0.7] {
            holds("window", &[(0.0, window(200, 1.0, age))], load, 20.0, 1.05, 0.06);
        }
    }
}

#[test]
fn a_rate_that_halves_and_doubles_is_followed() {
    let ideal = 14.0 + (4000.0 - 7.0 * 200.0 - 7.0 * 100.0) / 200.0;
    for load in loads(4000) {
        let schedule = [(0.0, BUCKET), (7.0, HALF), (14.0, BUCKET)];
        holds("bucket", &schedule, load, ideal, 1.05, 0.065);
        let schedule = [(0.0, 200), (7.0, 100), (14.0, 200)].map(|(since, limit)| (since, window(limit, 1.0, 0.3)));
        holds("window", &schedule, load, ideal, 1.12, 0.07);
    }
}

#[test]
fn windows_of_minutes_cost_their_minutes_and_nobody_his_attempts() {
    let load = Load {
        requests: 1000,
        in_flight: 16,
        seconds: 0.02,
        in_batches: false,
        lists: 0,
    };
    // Five windows; the first is had at once, the last is spread over its time.
    holds("a minute", &[(0.0, window(200, 60.0, 10.0))], load, 290.0, 1.02, 0.1);
    holds(
        "five minutes",
        &[(0.0, window(200, 300.0, 50.0))],
        load,
        1450.0,
        1.02,
        0.12,
    );
}

/// Of several runs the one that took the median of the times.
fn median_run(schedule: Schedule<'_>, strays: Strays, load: Load) -> Outcome {
    let mut outcomes: Vec<Outcome> = (1..=9).map(|seed| run_with(schedule, strays, load, seed)).collect();
    outcomes.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
    outcomes.swap_remove(4)
}

const OPEN: Schedule<'static> = &[(0.0, Counter::Nothing)];

#[test]
fn stray_refusals_are_not_taken_for_a_rate() {
    for in_flight in [1, 4, 16, 32, 64] {
        for (seconds, in_batches, lists) in [(0.0005, false, 0), (0.02, false, 0), (0.02, true, 60), (0.2, true, 0)] {
            let load = Load {
                requests: 2000,
                in_flight,
                seconds,
                in_batches,
                lists,
            };
            let without = median_run(OPEN, NONE, load).seconds;
            // What is refused again and again waits up to a second, which matters where a run is over in less.
            for (share, most, more) in [
                (0.01, 1.1, 0.1),
                (0.02, 1.1, 0.2),
                (0.05, 1.15, 0.3),
                (0.1, 1.2, 0.5),
                (0.2, 1.4, 1.5),
            ] {
                let outcome = median_run(OPEN, Strays::Share(share), load);
                let bound = without * most + more;
                let told = format!("{share} stray, {load:?}: {outcome:?}, without {without}");
                assert!(outcome.seconds <= bound, "too slow: {told}");
                // One of a hundred thousand is refused five times.
                assert!(share > 0.1 || outcome.unread <= 1, "given up: {told}");
            }
        }
    }
}

#[test]
fn fifteen_repositories_that_are_each_refused_twice_cost_no_minutes() {
    for seconds in [0.0005, 0.02] {
        let load = Load {
            requests: 15,
            in_flight: 16,
            seconds,
            in_batches: false,
            lists: 0,
        };
        for seed in 1..=9 {
            let outcome = run_with(OPEN, Strays::FirstAttempts, load, seed);
            assert!(outcome.seconds < 15.0 && outcome.most_attempts <= 3, "{outcome:?}");
        }
    }
}

#[test]
fn a_limit_is_used_among_stray_refusals_too() {
    let windows = [(0.0, 200), (7.0, 100), (14.0, 200)].map(|(since, limit)| (since, window(limit, 1.0, 0.3)));
    let worlds: [(&str, Schedule<'_>, f64); 4] = [
        ("bucket", &[(0.0, BUCKET)], 20.0),
        ("window", &[(0.0, window(200, 1.0, 0.3))], 20.0),
        ("changing bucket", &[(0.0, BUCKET), (7.0, HALF), (14.0, BUCKET)], 23.5),
        ("changing window", &windows, 23.5),
    ];
    // The share of strays, how long it may take against the ideal without them, and how many may be refused.
    let bounds = [
        (0.01, 1.15, 0.1),
        (0.02, 1.25, 0.12),
        (0.05, 1.3, 0.17),
        (0.1, 1.4, 0.27),
    ];
    for (name, schedule, ideal) in worlds {
        for load in loads(4000) {
            for (share, slower, refused) in bounds {
                let outcome = median_run(schedule, Strays::Share(share), load);
                let told = format!("{share} stray, {name}, {load:?}: {outcome:?}, ideal {ideal}");
                assert!(outcome.seconds <= ideal * slower, "too slow: {told}");
                assert!(outcome.share_refused(load) <= refused, "too often refused: {told}");
                assert!(outcome.unread <= 4, "given up: {told}");
            }
        }
    }
}

#[test]
fn a_limit_that_goes_away_is_forgotten() {
    let load = Load {
        requests: 4000,
        in_flight: 16,
        seconds: 0.02,
        in_batches: false,
        lists: 0,
    };
    // Two hundred a second for seven seconds, and then as many as there are answers: nine hundred.
    let schedule = [(0.0, BUCKET), (7.0, Counter::Nothing)];
    for share in [0.0, 0.02, 0.05] {
        let outcome = median_run(&schedule, Strays::Share(share), load);
        assert!(outcome.seconds <= 13.0, "{share} stray: {outcome:?}");
    }
}

#[test]
fn what_is_never_refused_is_never_paced() {
    let mut pace = Pace::new(None);
    let now = Instant::now();
    for in_flight in 0..10_000 {
        assert_eq!(pace.admit(now, in_flight), Admission::Now);
        pace.accepted(now, now);
    }
    assert_eq!(pace.per_second(), None);
}

#[test]
fn what_the_user_allows_holds_after_a_block_too() {
    let mut pace = Pace::new(Some(100.0));
    let start = Instant::now();
    let millis = |millis: u64| start + Duration::from_millis(millis);
    for at in 0..300 {
        assert_eq!(pace.admit(millis(at * 10), 0), Admission::Now);
        pace.accepted(millis(at * 10), millis(at * 10 + 1));
    }
    used_up(&mut pace, millis(3000));
    for at in [3100, 3200, 5000] {
        pace.refused(millis(at), millis(at + 1), true, None);
    }
    assert!(pace.is_blocked());
    pace.accepted(millis(8000), millis(8001));
    let sent = (0..1000)
        .take_while(|_| pace.admit(millis(8001), 0) == Admission::Now)
        .count();
    assert!(sent <= 6, "{sent} at once");
}

/// So many refusals that they are no strays.
fn used_up(pace: &mut Pace, at: Instant) {
    for _ in 0..8 {
        pace.refused(at, at, true, None);
    }
    assert!(pace.is_blocked());
}

/// A pace that has measured about four hundred a second and tried that out, and when that was.
fn measured() -> (Pace, Instant) {
    let mut pace = Pace::new(None);
    let start = Instant::now();
    let millis = |millis: u64| start + Duration::from_millis(millis);
    let mut now = 1;
    for _ in 0..2 {
        used_up(&mut pace, millis(now));
        for _ in 0..40 {
            now += 5;
            pace.accepted(millis(now), millis(now));
            pace.accepted(millis(now), millis(now));
        }
        now += 1;
    }
    let rate = pace.per_second().expect("it was measured");
    assert!((300.0..500.0).contains(&rate), "{rate}");
    (pace, millis(now))
}

#[test]
fn a_pace_that_nobody_reaches_does_not_grow_for_ever() {
    let (mut pace, mut now) = measured();
    // A service that takes everything, over a line on which there are no more than a hundred a second.
    for _ in 0..400_000 {
        now += Duration::from_millis(10);
        assert_eq!(pace.admit(now, 1), Admission::Now);
        pace.accepted(now, now);
    }
    let rate = pace.per_second().expect("it was measured");
    assert!(rate < 3000.0, "{rate}");
}

#[test]
fn an_outage_is_no_part_of_a_measurement() {
    let (mut pace, now) = measured();
    let before = pace.per_second().expect("it was measured");
    pace.interrupted(now);
    // A minute later it answers again, and refuses again before long.
    let back = now + Duration::from_mins(1);
    let millis = |millis: u64| back + Duration::from_millis(millis);
    for at in 0..60 {
        pace.accepted(millis(at * 2), millis(at * 2 + 1));
    }
    pace.refused(millis(121), millis(122), true, None);
    pace.accepted(millis(123), millis(124));
    let after = pace.per_second().expect("it was measured");
    assert!(after > before * 0.8, "{after} after {before}");
}

#[test]
fn what_the_user_allows_is_kept_to_from_the_first_request_on() {
    let mut pace = Pace::new(Some(100.0));
    let start = Instant::now();
    let millis = |millis: u64| start + Duration::from_millis(millis);
    assert_eq!(pace.admit(start, 0), Admission::Now);
    assert_eq!(pace.admit(start, 1), Admission::At(millis(10)));
    assert_eq!(pace.admit(millis(10), 1), Admission::Now);
    // Late by a little: made up for. Late by much: not.
    assert_eq!(pace.admit(millis(35), 1), Admission::Now);
    assert_eq!(pace.admit(millis(35), 1), Admission::Now);
    assert_eq!(pace.admit(millis(35), 1), Admission::At(millis(40)));
    let sent = (0..1000)
        .take_while(|_| pace.admit(millis(10_000), 1) == Admission::Now)
        .count();
    assert!(sent <= 6, "{sent} at once after a long pause");
}

#[test]
fn the_services_own_word_is_heeded_once_a_probe_was_refused_as_well() {
    let mut pace = Pace::new(None);
    let start = Instant::now();
    let millis = |millis: u64| start + Duration::from_millis(millis);
    let minute = Some(Duration::from_mins(1));
    assert_eq!(pace.admit(start, 0), Admission::Now);
    for _ in 0..8 {
        pace.refused(start, millis(1), true, minute);
    }
    assert!(pace.is_blocked());
    assert_eq!(pace.admit(millis(1), 1), Admission::AfterAnswer, "one at a time");
    assert_eq!(
        pace.admit(millis(1), 0),
        Admission::At(millis(11)),
        "it may have meant that one alone"
    );
    assert_eq!(pace.admit(millis(11), 0), Admission::Now);
    pace.refused(millis(11), millis(12), true, minute);
    assert_eq!(pace.admit(millis(500), 0), Admission::At(millis(60_012)));
    assert_eq!(pace.admit(millis(60_012), 0), Admission::Now);
    pace.accepted(millis(60_012), millis(60_013));
    assert!(!pace.is_blocked());
}

#[test]
fn an_acceptance_from_before_a_refusal_ends_no_block() {
    let mut pace = Pace::new(None);
    let start = Instant::now();
    let millis = |millis: u64| start + Duration::from_millis(millis);
    assert_eq!(
        (pace.admit(start, 0), pace.admit(millis(1), 1)),
        (Admission::Now, Admission::Now)
    );
    used_up(&mut pace, millis(2));
    pace.accepted(start, millis(3));
    assert!(pace.is_blocked());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_a_service_counts_with_everything_is_read_in_time(
        rate in 20.0..2000.0_f64,
        burst in 2.0..100.0_f64,
        limit in 20_u32..500,
        length in 0.5..20.0_f64,
        is_window in any::<bool>(),
        in_flight in 2_usize..64,
        latency in 0.0..0.05_f64,
        seed in any::<u64>(),
    ) {
        let (counter, rate) = if is_window {
            (window(limit, length, 0.0), f64::from(limit) / length)
        } else {
            (Counter::Bucket { rate, burst }, rate)
        };
        let load = Load { requests: 2000, in_flight, seconds: latency, in_batches: false, lists: 0 };
        let outcome = run(&[(0.0, counter)], load, seed);
        #[expect(clippy::cast_precision_loss, reason = "a bound of a test")]
        let ideal = (2000.0 / rate).max(2000.0 * latency / in_flight as f64);
        prop_assert!(outcome.seconds <= ideal * 1.5 + 2.0 * length, "{outcome:?}, ideal {ideal}");
        prop_assert!(outcome.refused <= 600, "{outcome:?}");
    }
}
