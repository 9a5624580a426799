//! What is there: crowds that are as they should be, and the few that stand out.

use simulator::{Access, AccessKey, ManualRules, Namespace, Repository, Rule, World};

use crate::support::{ACCESS_KEY, SECRET_KEY};

/// A namespace, and so many repositories in it that are called `PREFIX000`, `PREFIX001` and so on, each with these rules.
type Crowd = (&'static str, &'static str, usize, &'static [&'static str]);

/// A namespace, a repository in it, and its rules. A rule is where it leads to, and what is special about it: that it
/// overwrites, that it copies by hand alone, its id.
type One = (&'static str, &'static str, &'static [&'static str]);

/// Fourteen namespaces with 2,871 repositories: 2,827 in crowds, and 44 that stand out.
const NORTH_CROWDS: [Crowd; 20] = [
    ("shop", "team-a/tools/app-", 20, &[]),
    ("shop", "team-a/app-", 200, &["cn-east-3/shop"]),
    ("shop", "team-b/deep/app-", 200, &["cn-east-3/shop"]),
    ("shop", "scratch/app-", 30, &[]),
    ("pay", "api-", 100, &["cn-east-3/pay", "cn-east-2/vault"]),
    ("pay", "web-", 100, &["cn-east-3/pay", "cn-east-2/vault override"]),
    ("core", "svc-", 150, &["cn-south-1/core"]),
    ("base", "os-", 50, &["cn-east-3/mirror override"]),
    ("vendor", "lib-", 50, &["cn-east-3/mirror override"]),
    ("games", "game-", 1_100, &["cn-east-3/games"]),
    ("media", "clip-", 300, &["cn-east-3/media", "cn-east-2/vault"]),
    ("data", "set-", 200, &[]),
    ("ops", "tmp/job-", 3, &[]),
    ("ops", "extra-", 2, &[]),
    ("lab", "try-", 100, &[]),
    ("attic", "box-", 100, &["cn-east-3/attic"]),
    ("sealed", "letter-", 50, &[]),
    ("nightly", "build-", 50, &[]),
    ("nightly", "keep/build-", 2, &[]),
    ("shadow", "copy-", 20, &[]),
];

const NORTH_ONES: [One; 44] = [
    ("shop", "checkout", &["cn-east-3/shop"]),
    ("shop", "cart", &[]),
    ("shop", "search", &["cn-east-2/shop"]),
    ("shop", "basket", &["cn-east-3/store"]),
    ("shop", "prices", &["cn-east-3/shop override"]),
    ("shop", "stock", &["cn-east-3/shop", "cn-east-2/stock"]),
    ("shop", "export", &["cn-east-3/shop", "cn-north-1/shop"]),
    ("shop", "abroad", &["cn-east-3/shop", "ap-southeast-1/shop override"]),
    ("shop", "twins", &["cn-east-3/shop 70003", "cn-east-3/shop 70004"]),
    (
        "shop",
        "rivals",
        &["cn-east-3/shop 70001", "cn-east-3/shop 70002 override"],
    ),
    ("shop", "old", &["cn-east-3/shop"]),
    ("shop", "frozen", &[]),
    ("shop", "misc", &[]),
    ("shop", "team-a/secret", &["cn-east-3/shop"]),
    ("shop", "team-a/tools/web", &["cn-east-3/shop", "cn-east-2/vault"]),
    ("shop", "team-a/tools/stray", &["cn-east-3/shop"]),
    ("shop", "team-b/legacy-1", &[]),
    ("shop", "team-b/legacy-2", &["cn-east-3/shop override"]),
    (
        "shop",
        "team-b/legacy-3",
        &["cn-east-3/shop override", "ap-southeast-1/shop"],
    ),
    ("shop", "team-c/app", &[]),
    ("pay", "ledger", &["cn-east-3/pay", "cn-east-2/vault", "cn-south-1/pay"]),
    ("pay", "batch", &[]),
    ("pay", "api-slow", &["cn-east-3/pay"]),
    ("pay", "web-old", &["cn-east-2/vault"]),
    ("pay", "web-bare", &[]),
    ("pay", "worker-1", &[]),
    ("pay", "worker-2", &[]),
    ("core", "auth", &["cn-south-1/core"]),
    ("core", "registry", &["cn-south-1/core"]),
    ("base", "alpine", &["cn-east-3/mirror override"]),
    ("base", "busybox", &["cn-east-3/mirror override"]),
    ("base", "debian", &["cn-east-3/mirror override"]),
    ("vendor", "alpine", &["cn-east-3/mirror override"]),
    ("vendor", "busybox", &["cn-east-3/mirror override"]),
    ("vendor", "frozen", &["cn-east-3/mirror"]),
    ("vendor", "pinned", &["cn-east-3/mirror"]),
    (
        "vendor",
        "anything",
        &["cn-east-3/mirror override", "cn-east-2/anything"],
    ),
    ("games", "retro", &[]),
    (
        "media",
        "trailer",
        &["cn-east-3/media", "cn-east-2/vault", "cn-southwest-2/media"],
    ),
    ("media", "poster", &["cn-east-3/media override", "cn-east-2/vault"]),
    ("data", "leak", &["cn-east-3/data"]),
    ("ops", "agent", &["cn-east-3/ops"]),
    ("ops", "probe", &["cn-east-3/ops"]),
    ("nightly", "build-latest", &[]),
];

/// Sixteen namespaces, one of them without a repository, with 2,129: 2,112 in crowds, and 17 that stand out.
const SOUTH_CROWDS: [Crowd; 16] = [
    ("shop", "web/page-", 200, &["cn-east-3/shop"]),
    ("pay", "api-", 100, &[]),
    ("edge", "gate-", 50, &["cn-north-4/pay"]),
    ("core", "svc-", 150, &[]),
    ("images", "img-", 100, &["cn-east-3/mirror override"]),
    ("closed", "set-", 13, &["cn-east-3/closed"]),
    ("bulk", "job-", 50, &[]),
    ("docs", "page-", 100, &["cn-east-3/docs", "cn-east-2/vault"]),
    ("web", "site-", 200, &["cn-east-3/web"]),
    ("guests", "copy-", 30, &[]),
    ("visitors", "copy-", 10, &[]),
    ("lake", "drop-", 759, &["cn-east-3/lake"]),
    ("forge", "bin/x/app-", 100, &[]),
    ("forge", "tool-", 100, &["cn-east-3/forge"]),
    ("depot", "store-", 50, &[]),
    ("heap", "pile-", 100, &[]),
];

/// The seventeenth has as many rules as a list may have.
const SOUTH_ONES: [One; 16] = [
    ("shop", "orders", &["cn-east-3/shop manual"]),
    ("shop", "invoices", &[]),
    ("shop", "moved", &["cn-east-2/shop override manual"]),
    ("shop", "spare", &[]),
    ("pay", "ledger", &["cn-south-1/edge"]),
    ("edge", "ledger", &["cn-north-4/pay"]),
    ("core", "auth", &["cn-north-4/core override"]),
    ("core", "registry", &["cn-north-4/core"]),
    ("images", "alpine", &["cn-east-3/mirror override"]),
    ("images", "debian", &["cn-east-3/mirror override"]),
    ("web", "old-1", &["cn-east-3/web override"]),
    ("web", "old-2", &["cn-east-3/web override manual"]),
    ("web", "old-3", &["cn-east-3/web", "cn-east-2/web"]),
    ("forge", "src/main", &[]),
    ("depot", "noisy", &["cn-east-2/depot"]),
    ("heap", "set-003", &[]),
];

/// The source whose rules by hand nobody sees.
pub(super) fn north() -> World {
    let mut world = world("cn-north-4", &NORTH_CROWDS, &NORTH_ONES);
    namespace(&mut world, "sealed").access = Access::Denied;
    world.repository("shop", "team-a/secret").access = Some(Access::Denied);
    world
}

/// The source that lists every rule.
pub(super) fn south() -> World {
    let mut world = world("cn-south-1", &SOUTH_CROWDS, &SOUTH_ONES);
    world.behaviour.manual_rules = ManualRules::Shown;
    namespace(&mut world, "closed").access = Access::Denied;
    let elsewhere = (0..100).map(|number| Rule::to("cn-east-2", format!("n-{number:03}")));
    world.repository("bulk", "fan-out").rules.extend(elsewhere);
    world.namespaces.push(Namespace {
        name: "fresh".to_owned(),
        ..Namespace::default()
    });
    world
}

/// How many there are.
pub(super) struct Size {
    pub(super) namespaces: usize,
    pub(super) repositories: usize,
}

pub(super) fn size(world: &World) -> Size {
    let repositories = world.namespaces.iter().map(|namespace| namespace.repositories.len());
    Size {
        namespaces: world.namespaces.len(),
        repositories: repositories.sum(),
    }
}

/// Whether that is the name of one of a crowd.
pub(super) fn is_of_a_crowd(name: &str) -> bool {
    let is_number = |end: &str| end.len() >= 3 && end.bytes().all(|byte| byte.is_ascii_digit());
    name.rsplit_once('-').is_some_and(|(_, end)| is_number(end))
}

fn world(region: &str, crowds: &[Crowd], ones: &[One]) -> World {
    let mut world = World {
        region: region.to_owned(),
        ..World::default()
    };
    world.credentials.access_keys.push(AccessKey {
        ak: ACCESS_KEY.to_owned(),
        sk: SECRET_KEY.into(),
        security_token: None,
    });
    for (of, prefix, count, rules) in crowds {
        let crowd = (0..*count).map(|number| repository(&format!("{prefix}{number:03}"), rules));
        namespace(&mut world, of).repositories.extend(crowd);
    }
    for (of, name, rules) in ones {
        namespace(&mut world, of).repositories.push(repository(name, rules));
    }
    world
}

/// The namespace of that name, made if there is none.
fn namespace<'a>(world: &'a mut World, name: &str) -> &'a mut Namespace {
    let namespaces = &mut world.namespaces;
    let at = namespaces.iter().position(|one| one.name == name).unwrap_or_else(|| {
        namespaces.push(Namespace {
            name: name.to_owned(),
            ..Namespace::default()
        });
        namespaces.len() - 1
    });
    &mut namespaces[at]
}

fn repository(name: &str, rules: &[&str]) -> Repository {
    Repository {
        name: name.to_owned(),
        rules: rules.iter().copied().map(rule).collect(),
        ..Repository::default()
    }
}

fn rule(text: &str) -> Rule {
    let mut words = text.split(' ');
    let target = words.next().and_then(|target| target.split_once('/'));
    let (region, namespace) = target.expect("a rule begins with its target");
    let mut rule = Rule::to(region, namespace);
    for word in words {
        match word {
            "override" => rule.overwrite = true,
            "manual" => rule.sync_auto = false,
            id => rule.id = Some(id.parse().expect("what else is said is the id")),
        }
    }
    rule
}
