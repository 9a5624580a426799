//! Random small estates: few names, so that patterns collide, and every kind of trouble often.

use fastrand::Rng;
use simulator::{Access, EmptyList, ManualRules, Namespace, Repository, Rule, World};

use super::plain::{
    Broken, Call, Down, Entry, Estate, LAST_NEAR_DAY, Policy, Repo, Skip, Source, TODAY, Target, Waiver,
};

const NAMESPACES: [&str; 4] = ["p", "q", "r", "s"];
const NAMES: [&str; 6] = ["a", "b", "ab", "a/b", "b/a", "a/b/c"];
const PATTERNS: [&str; 16] = [
    "*",
    "**",
    "a*",
    "a/*",
    "a/**",
    "**/b",
    "?",
    "[ab]",
    "[!a]*",
    "{a,b}",
    "{a,b}/*",
    "a/{b,c}/**",
    "c*",
    // Choices of nothing.
    "a{,b}",
    "{,a/}b",
    "b{/{a,},}",
];
/// The first two are those of the sources; the last one is where nothing may go.
const REGIONS: [&str; 4] = ["cn-north-4", "cn-east-3", "cn-south-1", "eu-west-101"];
const SCOPES: [&str; 14] = [
    "p",
    "p/**",
    "p/a*",
    "q/*",
    "*/b",
    "*/**",
    "{p,q}/a",
    "r/**",
    "s",
    "p/a",
    "q/**/b",
    "[rs]",
    "p{,q}/{,a}b",
    "{q,}/a{,/b}",
];
const CODES: [&str; 16] = [
    "missing-rule",
    "target-region-mismatch",
    "target-namespace-mismatch",
    "override-mismatch",
    "unexpected-rule",
    "duplicate-rule",
    "forbidden-target",
    "replication-loop",
    "overwrite-race",
    "missing-repo",
    "missing-namespace",
    "unlisted-repo",
    "unlisted-namespace",
    "empty-pattern",
    "expired-skip",
    "sync-auto-mismatch",
];
const WORDS: [&str; 3] = ["deny", "warn", "allow"];

/// Draws with names for what it draws.
struct Draw<'a>(&'a mut Rng);

impl Draw<'_> {
    /// Whether it is one of so many in a hundred.
    fn percent(&mut self, part: u8) -> bool {
        self.0.u8(0..100) < part
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.0.usize(0..of.len())]
    }

    fn maybe<T>(&mut self, part: u8, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.percent(part).then(|| make(self))
    }
}

/// The estate of a number.
pub(super) fn estate(number: u64) -> Estate {
    let mut random = Rng::with_seed(number);
    let mut draw = Draw(&mut random);
    let is_two = draw.percent(50);
    let mut sources = vec![source(&mut draw, "a", REGIONS[0])];
    if is_two {
        // One that claims the first one's region id is of another cloud.
        let region = draw.one(&[REGIONS[1], REGIONS[1], REGIONS[1], REGIONS[0]]);
        sources.push(source(&mut draw, "b", region));
    }
    let part = if is_two { 8 } else { 3 };
    for one in &mut sources {
        one.down = draw.maybe(part, |draw| {
            draw.one(&[Down::NoCredential, Down::Refused, Down::Unreachable])
        });
        if one.down.is_some() {
            // A fault would answer before the credential is looked at.
            one.broken.clear();
        }
    }
    let repositories = || sources.iter().flat_map(|source| &source.world.namespaces);
    let changes = repositories()
        .flat_map(|namespace| &namespace.repositories)
        .any(|repository| repository.listed != simulator::Listed::default());
    let serving: &[&str] = &["a:p/**", "b:*/**", "*/a", "a:q", "*/**"];
    let waivers = (0..draw.0.usize(0..3))
        .map(|at| waiver(&mut draw, format!("z-{at}"), serving))
        .collect();
    let is_whole = draw.percent(70);
    let mut only = Vec::new();
    if !is_whole && draw.percent(60) {
        let selected: &[&str] = &[
            "p", "q/a*", "*/b", "a:", "p/a", "r/**", "p/ab", "{p,q}", "s/a/b", "p/a{,b}", "q/c*", "r/a/*", "*/x",
            "b:*/a",
        ];
        only.extend((0..draw.0.usize(0..3)).map(|_| draw.one(selected)));
        let excluded: &[&str] = &[
            "!p/a",
            "!q",
            "!*/b",
            "!r/**",
            "!b:",
            "!q{,r}/{,a/}b",
            "!*/a/**",
            "!p/{a,b}*",
            "!*",
        ];
        only.extend(draw.maybe(40, |draw| draw.one(excluded)));
    }
    let shard = (!is_whole && draw.percent(50)).then(|| draw.one(&[(1, 2), (2, 2), (1, 3), (3, 3)]));
    Estate {
        is_one_by_one: changes || draw.percent(50),
        sources,
        waivers,
        only,
        shard,
    }
}

fn source(draw: &mut Draw<'_>, name: &'static str, region: &'static str) -> Source {
    let policies: Vec<Policy> = (0..3).map(|at| policy(draw, format!("{name}{at}"), region)).collect();
    let (shows, lists_manual_rules) = draw.one(&[(false, false), (false, false), (true, true), (true, false)]);
    let mut world = world(draw, region, &policies);
    if shows {
        world.behaviour.manual_rules = ManualRules::Shown;
    }
    let mut entries = Vec::new();
    for namespace in NAMESPACES {
        entries.extend(draw.maybe(65, |draw| entry(draw, namespace)));
    }
    if entries.is_empty() {
        entries.push(entry(draw, "p"));
    }
    let severities = [
        "missing-rule",
        "unlisted-repo",
        "empty-pattern",
        "expired-waiver",
        "replication-loop",
    ];
    let severities = severities.map(|code| (code, draw.maybe(8, |draw| draw.one(&["info", "low", "critical"]))));
    let waivers = (0..draw.0.usize(0..4))
        .map(|at| waiver(draw, format!("{name}-{at}"), &SCOPES))
        .collect();
    let mut broken: Vec<(Call, Broken)> = Vec::new();
    if draw.percent(45) {
        for _ in 0..draw.0.usize(1..4) {
            let one = fault(draw);
            if broken.iter().all(|(call, _)| *call != one.0) {
                broken.push(one);
            }
        }
    }
    Source {
        name,
        region,
        lists_manual_rules,
        down: None,
        default_policy: draw.0.usize(0..3),
        policies,
        other_namespaces: draw.maybe(60, |draw| draw.one(&WORDS)),
        severities: severities
            .into_iter()
            .filter_map(|(code, severity)| Some((code, severity?)))
            .collect(),
        waivers,
        entries,
        world,
        broken,
    }
}

/// No target is the source's own region, so that none is the source itself.
fn policy(draw: &mut Draw<'_>, name: String, region: &str) -> Policy {
    let regions: Vec<&'static str> = REGIONS[..3].iter().copied().filter(|other| *other != region).collect();
    let count = draw.one(&[0, 1, 1, 1, 2, 2]);
    let namespace = draw.maybe(70, |draw| draw.one(&NAMESPACES));
    let targets = (0..count).map(|at| Target {
        region: regions[at],
        namespace,
        overrides: draw.one(&[Some(false), Some(false), Some(true), None]),
        sync_auto: draw.one(&[Some(true), Some(true), Some(true), Some(true), Some(false), None]),
    });
    let targets = targets.collect();
    Policy {
        name,
        targets,
        other_rules: draw.one(&WORDS),
        allowed_regions: draw.maybe(25, |draw| draw.one(&["cn-*", "{cn,ap}-*", "cn-*{,t}-?"])),
        denied_regions: draw.maybe(15, |draw| draw.one(&["eu-*", "eu-west-1{,01}"])),
    }
}

fn world(draw: &mut Draw<'_>, region: &'static str, policies: &[Policy]) -> World {
    let mut world = World {
        region: region.to_owned(),
        ..World::default()
    };
    let behaviour = &mut world.behaviour;
    behaviour.empty_list = draw.one(&[EmptyList::Array, EmptyList::JsonNull, EmptyList::Nothing]);
    behaviour.page_cap = draw.one(&[1, 2, 3, 1000]);
    behaviour.listing_total.more = if draw.percent(10) { draw.one(&[-2, -1, 1, 2]) } else { 0 };
    (behaviour.listing_total.in_header, behaviour.listing_total.in_elements) =
        draw.one(&[(true, true), (true, true), (true, false), (false, true), (false, false)]);
    behaviour.overview_repositories = draw.maybe(15, |draw| draw.0.usize(0..30));
    let changes = draw.percent(20);
    for name in NAMESPACES {
        if draw.percent(20) {
            continue;
        }
        let access = if draw.percent(8) {
            Access::Denied
        } else {
            Access::Granted
        };
        let mut repositories = Vec::new();
        let part = draw.one(&[0, 30, 60, 60, 90]);
        for repository in NAMES {
            repositories.extend(draw.maybe(part, |draw| Repository {
                name: repository.to_owned(),
                access: draw.maybe(8, |draw| draw.one(&[Access::Denied, Access::Granted])),
                rules: rules(draw, (region, name), policies),
                ..Repository::default()
            }));
        }
        draw.0.shuffle(&mut repositories);
        for one in repositories.iter_mut().filter(|_| changes) {
            if draw.percent(20) {
                one.listed.after_pages = draw.0.u64(0..6);
            }
            if draw.percent(20) {
                one.listed.until_pages = Some(draw.0.u64(0..9));
            }
        }
        world.namespaces.push(Namespace {
            name: name.to_owned(),
            access,
            repositories,
        });
    }
    world
}

/// What a policy expects, and then a little else.
fn rules(draw: &mut Draw<'_>, own: (&str, &str), policies: &[Policy]) -> Vec<Rule> {
    let policy = &policies[draw.0.usize(0..policies.len())];
    let as_expected = |target: &Target| Rule {
        overwrite: target.overrides.unwrap_or_default(),
        sync_auto: target.sync_auto.unwrap_or(true),
        ..Rule::to(target.region, target.namespace.unwrap_or(own.1))
    };
    let mut rules: Vec<Rule> = policy.targets.iter().map(as_expected).collect();
    if draw.percent(1) {
        // As many as the service lists.
        rules.extend((0..100).map(|at| Rule::to("cn-south-1", format!("n{at:03}"))));
    }
    for _ in 0..draw.one(&[0, 0, 1, 1, 2, 3]) {
        let rule = Rule {
            overwrite: draw.percent(40),
            sync_auto: draw.percent(85),
            ..Rule::to(draw.one(&REGIONS), draw.one(&NAMESPACES))
        };
        match draw.0.usize(0..=rules.len()) {
            at if at < rules.len() && draw.percent(50) => rules[at] = rule,
            at if at < rules.len() => rules.push(Rule {
                id: None,
                ..rules[at].clone()
            }),
            _ => rules.push(rule),
        }
    }
    rules.retain(|rule| (&*rule.region, &*rule.namespace) != own);
    rules
}

fn skip(draw: &mut Draw<'_>) -> Skip {
    Skip(draw.one(&[
        None,
        Some(TODAY),
        Some("2026-11-23"),
        Some("2026-01-01"),
        Some("2027-01-01"),
    ]))
}

fn entry(draw: &mut Draw<'_>, name: &'static str) -> Entry {
    let kind = draw.0.u8(0..10);
    let policy = draw.maybe(50, |draw| draw.0.usize(0..3));
    let nothing = Entry {
        name,
        policy: None,
        skip: None,
        repos: None,
        others: None,
    };
    match kind {
        0 => Entry {
            skip: Some(skip(draw)),
            ..nothing
        },
        1 | 2 => Entry { policy, ..nothing },
        _ => {
            let mut names: Vec<&str> = NAMES.into_iter().chain(PATTERNS).collect();
            draw.0.shuffle(&mut names);
            names.truncate(draw.0.usize(1..6));
            if kind == 3 {
                names.retain(|name| NAMES.contains(name));
                names.push("b/b");
            }
            let repos = names.into_iter().map(|name| {
                let skip = draw.maybe(15, skip);
                let policy = draw.maybe(40, |draw| draw.0.usize(0..3)).filter(|_| skip.is_none());
                Repo { name, policy, skip }
            });
            Entry {
                repos: Some(repos.collect()),
                others: draw.maybe(60, |draw| draw.one(&WORDS)),
                policy,
                ..nothing
            }
        }
    }
}

fn waiver(draw: &mut Draw<'_>, id: String, scopes: &[&'static str]) -> Waiver {
    let findings = if draw.percent(60) {
        let mut codes = vec![draw.one(&CODES), draw.one(&CODES)];
        codes.dedup();
        codes
    } else {
        Vec::new()
    };
    Waiver {
        id,
        repo: draw.one(scopes),
        findings,
        target: draw.maybe(20, |draw| {
            draw.one(&["cn-east-3", "cn-north-4", "cn-south-1/p", "cn-east-3/q"])
        }),
        expires: draw.one(&[
            "2027-06-30",
            "2027-06-30",
            "2026-12-09",
            LAST_NEAR_DAY,
            TODAY,
            "2026-11-23",
        ]),
    }
}

fn fault(draw: &mut Draw<'_>) -> (Call, Broken) {
    use Broken::{AccessDenied, BadResponse, Empty, ServerError, Unreachable, Unsupported, Vanished};
    let namespace = draw.one(&NAMESPACES);
    let any = [AccessDenied, BadResponse, ServerError, Unreachable, Unsupported];
    match draw.0.u8(0..12) {
        0..=2 => (Call::Page(namespace, draw.0.usize(0..4)), draw.one(&any)),
        3 | 4 => (Call::Look(namespace), draw.one(&any)),
        5 => (Call::Namespaces, draw.one(&any)),
        10 => (Call::Page(namespace, draw.one(&[0, 0, 1])), Vanished),
        11 => (Call::Namespaces, Empty),
        6 => (Call::Overview, draw.one(&any)),
        7 => (Call::Rules(namespace, draw.one(&NAMES)), draw.one(&any)),
        _ => (Call::Rules(namespace, draw.one(&NAMES)), Vanished),
    }
}

/// A namespace's name for as long as it is needed.
pub(super) fn namespace(name: &str) -> &'static str {
    NAMESPACES.into_iter().find(|one| *one == name).expect("one of them")
}
