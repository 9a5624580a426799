//! Every fault, at every position of a run: what is told of the repository that it meets, how often that one is asked, and
//! that no other is harmed.
//!
//! A run has eight repositories, of which one meets the fault, as a rule once or for ever. Each row of the table says
//! what has to come of it; the positions are the same for all.

mod outages;
mod raw;
mod redirects;
mod table;
mod tls;
mod tunnel;

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use simulator::{Fault, Misbehaviour, World};

use self::raw::{Plan, Proxy, Spoil};
use self::table::cases;
use crate::agreed::assert_agreed;
use crate::support::{Audit, Ended, error, fault, inventory, names, namespace_path, rules_path, serve, texts, world};

const REPOSITORIES: usize = 8;

/// Runs side by side: most of them wait.
const THREADS: usize = 24;

/// A fault, and what has to come of it.
pub(crate) struct Case {
    name: &'static str,
    how: How,
    told: Told,
    again: Again,
    /// No attempt is repeated earlier.
    wait: Duration,
    /// Whether it takes as long as it is allowed to: such runs are few, and have a short time limit.
    is_slow: bool,
}

/// Who does it.
enum How {
    /// The service itself.
    Simulated(Misbehaviour),
    /// Something between the service and the audit, byte by byte.
    Spoilt(Spoil),
}

/// What is told of the repository whose last answer it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// What is so.
    Truth,
    /// `unknown`, in that class.
    Unknown(&'static str),
    /// That it is absent, since SWR itself says so.
    Absent,
    /// `unknown`, and with it everything that was not answered before: the credential is refused.
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    Yes,
    No,
}

/// Whom it meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    /// The first request of all, which goes alone.
    Probe,
    /// The first after it.
    Second,
    Middle,
    Last,
    /// The second attempt of one whose first met another fault.
    Retry,
}

impl Position {
    const ALL: [Self; 5] = [Self::Probe, Self::Second, Self::Middle, Self::Last, Self::Retry];

    const fn repository(self) -> usize {
        match self {
            Self::Probe => 0,
            Self::Second => 1,
            Self::Middle | Self::Retry => 4,
            Self::Last => REPOSITORIES - 1,
        }
    }

    /// Attempts before the one that meets it.
    const fn earlier(self) -> usize {
        match self {
            Self::Retry => 1,
            Self::Probe | Self::Second | Self::Middle | Self::Last => 0,
        }
    }
}

/// One run of one case.
struct Run<'a> {
    case: &'a Case,
    position: Position,
    /// Whether it meets one attempt, or each from then on.
    passes: bool,
}

/// A request as the side saw it that was asked.
struct Asked {
    path: String,
    at: Instant,
}

#[test]
fn at_every_position_it_is_reported_and_harms_nobody_else() {
    let cases = cases();
    let mut runs = Vec::new();
    for case in &cases {
        for position in Position::ALL {
            let both = [true, false].map(|passes| Run { case, position, passes });
            // A slow one takes its time limit with each attempt: one of the two will do at each position.
            let is_left_out = |run: &Run<'_>| {
                case.is_slow && run.passes != matches!(position, Position::Probe | Position::Middle | Position::Retry)
            };
            runs.extend(both.into_iter().filter(|run| !is_left_out(run)));
        }
    }
    // The longest first, so that none of them begins when all others are over.
    runs.sort_by_key(|run| (!run.case.is_slow, run.case.wait.is_zero()));
    let runs = Mutex::new(runs.into_iter());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let next = runs.lock().expect("nobody panics with it").next();
                    let Some(run) = next else { return };
                    run.go();
                }
            });
        }
    });
}

#[test]
#[should_panic(expected = "repo-004: 500, always, Middle")]
fn a_wrong_row_is_noticed() {
    let mut cases = cases();
    let case = &mut cases[0];
    case.told = Told::Unknown("throttled");
    let position = Position::Middle;
    Run {
        case,
        position,
        passes: false,
    }
    .go();
}

impl Run<'_> {
    fn go(&self) {
        let names = names("repo", REPOSITORIES);
        let (audit, target) = (self.audit(&texts(&names)), &names[self.position.repository()]);
        let times = self.passes.then_some(1);
        let mut world = world(&texts(&names));
        if self.position == Position::Retry {
            world.faults.push(Fault {
                times: Some(1),
                ..fault(&format!("prod/{target}"), error(503, "APIGW.0613"))
            });
        }
        let on = format!("prod/{target}");
        let (ended, asked) = match &self.case.how {
            How::Simulated(answer) => {
                world.faults.push(Fault {
                    times,
                    ..fault(&on, answer.clone())
                });
                self.directly(&audit, world)
            }
            How::Spoilt(spoil) => {
                let plan = Plan {
                    path: rules_path("prod", target),
                    after: self.position.earlier(),
                    times: self.passes.then_some(1),
                    spoil: spoil.clone(),
                };
                self.through_a_proxy(&audit, world, plan)
            }
        };
        self.assert_reported(&ended, &asked, &names);
    }

    fn directly(&self, audit: &Audit, world: World) -> (Ended, Vec<Asked>) {
        let simulator = serve(world);
        let ended = audit.against(&simulator.endpoint());
        let requests = simulator.requests();
        assert!(requests.iter().all(|one| one.cookie.is_none()), "{}", self.what());
        let asked = requests.into_iter().map(|request| Asked {
            path: request.path,
            at: request.at,
        });
        (ended, asked.collect())
    }

    fn through_a_proxy(&self, audit: &Audit, world: World, plan: Plan) -> (Ended, Vec<Asked>) {
        let simulator = serve(world);
        let proxy = Proxy::before(&simulator.endpoint(), plan);
        let ended = audit.against(&proxy.endpoint());
        let passed = proxy.passed();
        let has_cookie = |head: &str| head.to_ascii_lowercase().contains("\r\ncookie:");
        assert!(passed.iter().all(|one| !has_cookie(&one.head)), "{}", self.what());
        let asked = passed.into_iter().map(|one| Asked {
            path: one.path,
            at: one.at,
        });
        (ended, asked.collect())
    }

    fn audit(&self, names: &[&str]) -> Audit {
        let retries = (self.position.earlier() + 1).to_string();
        let timeout = if self.case.is_slow { "2s" } else { "30s" };
        Audit::of(&inventory(names)).with(&["--retries", &retries, "--timeout", timeout, "--concurrency", "4"])
    }

    fn what(&self) -> String {
        let often = if self.passes { "once" } else { "always" };
        format!("{}, {often}, {:?}", self.case.name, self.position)
    }

    /// How often its repository is asked for.
    fn attempts(&self) -> usize {
        let met = self.position.earlier() + 1;
        match (self.case.again, self.case.told) {
            (_, Told::Truth) | (Again::No, _) => met,
            (Again::Yes, _) => met + 1,
        }
    }

    fn assert_reported(&self, ended: &Ended, asked: &[Asked], names: &[String]) {
        let what = format!("{}: exit {}\n{}", self.what(), ended.code, ended.stderr);
        assert_agreed(ended, &what);
        assert_eq!(ended.repos().len(), REPOSITORIES, "nobody is lost: {what}");
        let target = &names[self.position.repository()];
        let of = |name: &str| {
            let path = rules_path("prod", name);
            let all = asked.iter().filter(|one| one.path == path).map(|one| one.at);
            all.collect::<Vec<_>>()
        };
        if self.case.told == Told::Refused {
            return self.assert_refused(ended, asked.len(), &what);
        }
        let is_over = self.passes && self.case.again == Again::Yes;
        let told = if is_over { Told::Truth } else { self.case.told };
        let (code, outcome, class, looks) = match told {
            Told::Truth => (0, "ok", "", 0),
            Told::Unknown("access-denied") if self.is_denial() => (4, "unknown", "access-denied", 1),
            Told::Unknown(class) => (4, "unknown", class, 0),
            Told::Absent => (2, "drift", "", 1),
            Told::Refused => unreachable!("told above"),
        };
        assert_eq!(ended.code, code, "{what}");
        for row in ended.repos() {
            let name = &*row["repository"];
            let sent = of(name).len();
            let (expected, attempts) = if name == target {
                ((outcome, class), self.attempts())
            } else {
                (("ok", ""), 1)
            };
            assert_eq!((&*row["outcome"], &*row["unknown_class"]), expected, "{name}: {what}");
            assert_eq!(sent, attempts, "requests for {name}: {what}");
            assert_eq!(row["attempts"], sent.to_string(), "{name}: {what}");
        }
        let looked = asked.iter().filter(|one| one.path == namespace_path("prod")).count();
        assert_eq!(looked, looks, "looks at the namespace: {what}");
        assert_eq!(asked.len(), REPOSITORIES - 1 + self.attempts() + looks, "{what}");
        let wire = &ended.json()["run"]["wire"]["requests"];
        assert_eq!(wire["sent"], asked.len(), "{what}");
        assert_eq!(wire["retried"], self.attempts() - 1, "{what}");
        self.assert_waits(&of(target), &what);
        // The first one goes alone until it is answered, or is to wait.
        assert_eq!(asked[0].path, rules_path("prod", &names[0]), "{what}");
    }

    fn assert_waits(&self, at: &[Instant], what: &str) {
        for pair in at[self.position.earlier()..].windows(2) {
            assert!(pair[1] - pair[0] >= self.case.wait, "{:?}: {what}", pair[1] - pair[0]);
        }
    }

    /// A lack of permission with status 403 leads to a look at the namespace; with 401 it speaks of one repository alone.
    fn is_denial(&self) -> bool {
        !matches!(&self.case.how, How::Simulated(Misbehaviour::Error(answer)) if answer.status == 401)
    }

    /// A refused credential stops the source: what was answered stays, nothing is asked twice, the rest is not known.
    fn assert_refused(&self, ended: &Ended, asked: usize, what: &str) {
        let rows = ended.repos();
        let target = &rows[self.position.repository()];
        assert_eq!(&*target["unknown_class"], "unauthenticated", "{what}");
        assert_eq!(target["attempts"], self.attempts().to_string(), "{what}");
        for row in &rows {
            let told = (&*row["outcome"], &*row["unknown_class"]);
            assert!(
                matches!(told, ("ok", "") | ("unknown", "unauthenticated")),
                "{told:?}: {what}"
            );
        }
        let ok = rows.iter().filter(|row| row["outcome"] == "ok").count();
        if self.position == Position::Probe {
            assert_eq!((ended.code, ok, asked), (1, 0, 1), "{what}");
        } else {
            assert!(ended.code == 4 && ok >= 1, "{ok} ok: {what}");
            assert!(asked < REPOSITORIES + self.attempts(), "{asked}: {what}");
        }
    }
}
