//! `demo`: the whole job against the built-in simulator. A handful of things is broken on purpose, and the audit has to
//! find exactly these.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use simulator::{Access, AccessKey, ManualRules, Namespace, Repository, Rule, Simulator, World};

use super::begin::{Job, Origin};
use super::clock::Clock;
use super::run::audit;
use super::{Failure, Process, ReportSettings, RunSettings, history};
use crate::credentials::Surroundings;
use crate::inventory::{self, Endpoints, Terms};
use crate::model::{
    Code, DAYS_AHEAD, Endpoint, Expectation, ExpectedFlag, Inventory, Listings, Selection, UnknownClass,
};
use crate::plan;
use crate::report::Report;
use crate::report::verdict::{SIGINT, SIGTERM};

const FILE: &str = "policies/demo.yaml";
const INVENTORY: &str = include_str!("../../policies/demo.yaml");
const ACCESS_KEY: &str = "DEMOACCESSKEY";
/// The last day of the one skip in the inventory that has one.
const SKIPPED_UNTIL: Date = date(2025, 12, 31);
/// The last day of the one waiver that still holds something.
const TRIAL_UNTIL: Date = date(2026, 12, 1);

/// Plays the demo: 0 when the audit found what was broken and nothing else.
pub fn demo(reports: ReportSettings, process: Process<'_>) -> Result<u8, Failure> {
    let talk = process.talk;
    let clock = Clock::start(reports.at);
    let expected = load(clock, None)?;
    let secret = clock.new_run_id()?;
    let simulator = Simulator::start(broken(&expected, clock, &secret)).map_err(|source| Failure::System {
        doing: "start the simulator",
        source,
    })?;
    let endpoint = Endpoint::parse(&simulator.endpoint()).expect("the simulator is on loopback");
    let inventory = load(clock, Some(&endpoint))?;
    talk.say(&format!(
        "demo: a simulated SWR at {}, with {} things broken\n\n",
        simulator.endpoint(),
        SCRIPT.iter().filter(|act| act.has_happened(clock)).count()
    ));

    let variable = |name: &str| match name {
        "HUAWEICLOUD_SDK_AK" => Some(OsString::from(ACCESS_KEY)),
        "HUAWEICLOUD_SDK_SK" => Some(OsString::from(&secret)),
        // Where it is a step of a workflow, it shows what a run would show there.
        name if name.starts_with("GITHUB_") => (process.surroundings.variable)(name),
        _ => None,
    };
    let no_file = |_: &std::path::Path| Err(io::Error::from(io::ErrorKind::NotFound));
    let surroundings = Surroundings {
        variable: &variable,
        home: None,
        read: &no_file,
    };
    let settings = RunSettings {
        is_demo: true,
        ..RunSettings::of(reports)
    };
    let baseline = history::baseline(&Origin::Asked, clock, &inventory, &settings, process)?;
    let job = Job {
        inventory: &inventory,
        warnings: &[],
        settings: &settings,
        baseline: &baseline,
        process: Process {
            surroundings: &surroundings,
            ..process
        },
    };
    let report = audit(job, clock, Origin::Asked)?;
    if matches!(report.exit_code, SIGINT | SIGTERM) {
        return Ok(report.exit_code);
    }

    hold_against_script(&report, clock)?;
    talk.say(&format!(
        "\ndemo: found what was broken and nothing else; `run` would have returned {}\n",
        report.exit_code
    ));
    Ok(0)
}

fn load(clock: Clock, endpoint: Option<&Endpoint>) -> Result<Inventory, Failure> {
    Ok(inventory::load_text(
        FILE,
        INVENTORY,
        Terms {
            today: clock.today(),
            endpoints: Endpoints::given(endpoint),
            max_waiver_days: None,
        },
    )?)
}

/// The world that the inventory expects, with the script played in it.
fn broken(expected: &Inventory, clock: Clock, secret: &str) -> World {
    let mut world = world_of(expected, clock);
    for act in SCRIPT {
        act.break_in(&mut world);
    }
    world.credentials.access_keys.push(AccessKey {
        ak: ACCESS_KEY.to_owned(),
        sk: secret.into(),
        security_token: None,
    });
    world
}

/// The world in which everything is as the inventory expects it.
fn world_of(inventory: &Inventory, clock: Clock) -> World {
    let mut world = World::default();
    // Shown, so that a rule for manual copies can be told from none.
    world.behaviour.manual_rules = ManualRules::Shown;
    for planned in plan::resolve(inventory, &Listings::default(), &Selection::default(), clock.today()).repositories {
        let repository = world.repository(planned.id.namespace.as_str(), planned.id.repository.as_str());
        repository.rules = rules_of(&planned.expectation);
    }
    world
}

fn rules_of(expectation: &Expectation) -> Vec<Rule> {
    let is = |flag: ExpectedFlag, if_any: bool| match flag {
        ExpectedFlag::Is(value) => value,
        ExpectedFlag::Any => if_any,
    };
    let rule = |expected: &crate::model::ExpectedTarget| Rule {
        overwrite: is(expected.flags.overrides, false),
        sync_auto: is(expected.flags.sync_auto, true),
        ..Rule::to(&*expected.target.region, &*expected.target.namespace)
    };
    expectation.targets.iter().map(rule).collect()
}

/// One thing that is broken, and what the audit must say of it.
struct Act {
    namespace: &'static str,
    /// Empty: the namespace itself.
    repository: &'static str,
    deed: Deed,
    told_as: Told,
}

enum Deed {
    Change(fn(&mut Repository)),
    Remove,
    /// Made, without anybody having written it down.
    Add,
    /// It is in the inventory.
    Nothing,
    /// The calendar does it: from the day after that one on.
    After(Date),
    /// The calendar does it: in the two weeks up to that day.
    Before(Date),
}

#[derive(Clone, Copy)]
enum Told {
    Finding(Code),
    /// A finding about the waiver of that id.
    Waiver(Code, &'static str),
    Unknown(UnknownClass),
}

/// Each main finding once, and one thing that cannot be known.
const SCRIPT: &[Act] = &[
    Act::change("api", Told::Finding(Code::MissingRule), |api| {
        api.rules.retain(|rule| rule.region != "cn-south-1");
    }),
    Act::change("cart", Told::Finding(Code::TargetRegionMismatch), |cart| {
        each(cart, "cn-south-1", |rule| rule.region = "cn-southwest-2".into());
    }),
    Act::change("checkout", Told::Finding(Code::TargetNamespaceMismatch), |checkout| {
        each(checkout, "cn-east-3", |rule| rule.namespace = "shop".into());
    }),
    Act::change("images/resize", Told::Finding(Code::OverrideMismatch), |resize| {
        each(resize, "cn-east-3", |rule| rule.overwrite = true);
    }),
    Act::change("mail", Told::Finding(Code::SyncAutoMismatch), |mail| {
        each(mail, "cn-south-1", |rule| rule.sync_auto = false);
    }),
    Act::change("orders", Told::Finding(Code::UnexpectedRule), |orders| {
        orders.rules.push(Rule::to("cn-north-9", "shop"));
    }),
    Act::change("payments", Told::Finding(Code::DuplicateRule), |payments| {
        payments.rules.push(Rule {
            overwrite: true,
            ..Rule::to("cn-east-3", "shop-dr")
        });
    }),
    Act::change("search", Told::Finding(Code::ForbiddenTarget), |search| {
        search.rules.push(Rule::to("eu-west-101", "shop"));
    }),
    Act::change("vault", Told::Unknown(UnknownClass::AccessDenied), |vault| {
        vault.access = Some(Access::Denied);
    }),
    Act {
        namespace: "shop",
        repository: "wiki",
        deed: Deed::Remove,
        told_as: Told::Finding(Code::MissingRepo),
    },
    Act {
        namespace: "archive",
        repository: "",
        deed: Deed::Remove,
        told_as: Told::Finding(Code::MissingNamespace),
    },
    Act::calendar(
        "shop",
        "batch",
        Deed::After(SKIPPED_UNTIL),
        Told::Finding(Code::ExpiredSkip),
    ),
    Act::found("shop", "forgotten", Deed::Add, Code::UnlistedRepo),
    Act::found("intern", "", Deed::Add, Code::UnlistedNamespace),
    Act::found("tools", "", Deed::Nothing, Code::EmptyPattern),
    Act::found("team-a", "runtime", Deed::Nothing, Code::OverwriteRace),
    Act::found("blue", "canary", Deed::Add, Code::ReplicationLoop),
    Act::calendar(
        "",
        "",
        Deed::After(date(2025, 12, 31)),
        Told::Waiver(Code::ExpiredWaiver, "CHG-0712"),
    ),
    Act::calendar(
        "",
        "",
        Deed::Before(TRIAL_UNTIL),
        Told::Waiver(Code::ExpiringWaiver, "CHG-0817"),
    ),
    Act::calendar(
        "",
        "",
        Deed::After(TRIAL_UNTIL),
        Told::Waiver(Code::ExpiredWaiver, "CHG-0817"),
    ),
    Act::calendar("", "", Deed::Nothing, Told::Waiver(Code::UnusedWaiver, "CHG-0901")),
];

fn each(repository: &mut Repository, region: &str, change: impl Fn(&mut Rule)) {
    repository
        .rules
        .iter_mut()
        .filter(|rule| rule.region == region)
        .for_each(change);
}

impl Act {
    const fn change(repository: &'static str, told_as: Told, change: fn(&mut Repository)) -> Self {
        Self {
            namespace: "shop",
            repository,
            deed: Deed::Change(change),
            told_as,
        }
    }

    const fn found(namespace: &'static str, repository: &'static str, deed: Deed, code: Code) -> Self {
        Self {
            namespace,
            repository,
            deed,
            told_as: Told::Finding(code),
        }
    }

    const fn calendar(namespace: &'static str, repository: &'static str, deed: Deed, told_as: Told) -> Self {
        Self {
            namespace,
            repository,
            deed,
            told_as,
        }
    }

    fn break_in(&self, world: &mut World) {
        match self.deed {
            Deed::Change(change) => change(world.repository(self.namespace, self.repository)),
            Deed::Remove if self.repository.is_empty() => {
                world
                    .namespaces
                    .retain(|namespace: &Namespace| namespace.name != self.namespace);
            }
            Deed::Remove => {
                for namespace in world
                    .namespaces
                    .iter_mut()
                    .filter(|namespace| namespace.name == self.namespace)
                {
                    namespace
                        .repositories
                        .retain(|repository| repository.name != self.repository);
                }
            }
            Deed::Add if self.repository.is_empty() => {
                world.namespaces.push(Namespace {
                    name: self.namespace.to_owned(),
                    ..Namespace::default()
                });
            }
            // As its twin in the other namespace expects it.
            Deed::Add => {
                let repository = world.repository(self.namespace, self.repository);
                repository.rules = vec![Rule::to("cn-north-4", "green")];
            }
            Deed::Nothing | Deed::After(_) | Deed::Before(_) => {}
        }
    }

    /// With `--at`, the demo may be played on any day.
    fn has_happened(&self, clock: Clock) -> bool {
        let today = clock.today();
        match self.deed {
            Deed::Change(_) | Deed::Remove | Deed::Add | Deed::Nothing => true,
            Deed::After(day) => today > day,
            Deed::Before(day) => today <= day && day <= today.saturating_add(DAYS_AHEAD.days()),
        }
    }

    fn line(&self) -> String {
        match self.told_as {
            Told::Finding(code) => format!("{}/{} {}", self.namespace, self.repository, code.name()),
            Told::Waiver(code, id) => format!("waiver {id} {}", code.name()),
            Told::Unknown(class) => format!("{}/{} {}", self.namespace, self.repository, class.name()),
        }
    }
}

/// The report must tell every act, and nothing else.
fn hold_against_script(report: &Report, clock: Clock) -> Result<(), Failure> {
    let scripted: BTreeSet<String> = SCRIPT
        .iter()
        .filter(|act| act.has_happened(clock))
        .map(Act::line)
        .collect();
    let findings = report.findings.iter().map(|finding| {
        let repository = finding.repository.as_deref().unwrap_or_default();
        match (&*finding.namespace, &finding.field) {
            ("", Some(waiver)) => format!("waiver {waiver} {}", finding.code),
            (namespace, _) => format!("{namespace}/{repository} {}", finding.code),
        }
    });
    let unknown = report
        .unknown
        .iter()
        .map(|entry| format!("{}/{} {}", entry.namespace, entry.repository(), entry.class));
    let lines: Vec<String> = findings.chain(unknown).collect();
    let told: BTreeSet<String> = lines.iter().cloned().collect();
    // Nothing may be reported twice either.
    if told == scripted && lines.len() == scripted.len() {
        return Ok(());
    }
    let missed = scripted.difference(&told).map(|line| format!("  not found: {line}"));
    let extra = told.difference(&scripted).map(|line| format!("  not scripted: {line}"));
    Err(Failure::OffScript(missed.chain(extra).collect::<Vec<_>>().join("\n")))
}
