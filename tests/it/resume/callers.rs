//! Who asks: answers to somebody else are asked again, or refused where they are of another account.

use simulator::{AccessKey, User};

use super::*;
use crate::support::{ACCESS_KEY, SECRET_KEY};

const OTHER_KEY: &str = "OTHERACCESSKEY";
const OTHER_ACCOUNT: &str = "fedcba9876543210fedcba9876543210";

fn with_other_key(mut world: World) -> World {
    world.credentials.access_keys.push(AccessKey {
        ak: OTHER_KEY.to_owned(),
        sk: SECRET_KEY.into(),
        security_token: None,
    });
    world
}

fn callers(run: &Path) -> Vec<Value> {
    lines(run).into_iter().filter(|line| line["kind"] == "caller").collect()
}

#[test]
fn answers_to_another_key_are_asked_again() {
    let audit = Audit::of(&inventory(&["api", "bare", "web"])).with(&FIXED);
    let (simulator, audit) = killed(with_other_key(three()), audit);
    let first = callers(&partial(&audit));
    let audit = audit.with(&["--resume"]).setting("HUAWEICLOUD_SDK_AK", OTHER_KEY);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert_eq!(paths(&simulator).len(), 3, "all of it is asked");
    let note = "note: 2 answers of run same are asked for again: source main was asked with another credential";
    assert!(ended.stderr.contains(note), "{}", ended.stderr);
    let second = callers(&ended.report);
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first[0]["key"], second[0]["key"]);
    assert_eq!(answers(&ended.report), 3);
}

#[test]
fn a_journal_says_who_asked_and_no_secret() {
    let (simulator, audit) = killed_after_two();
    let caller = &callers(&partial(&audit))[0];
    // printf TESTACCESSKEY | sha256sum | cut -c1-16
    let expected = serde_json::json!({ "kind": "caller", "source": "main", "key": "99749a844663be73" });
    assert_eq!(*caller, expected);
    let ended = audit.with(&["--resume"]).against(&simulator.endpoint());
    assert_eq!(paths(&simulator), [rules_path("prod", "web")], "{}", ended.stderr);
    let text = journal_of(&ended.report);
    assert!(!text.contains(ACCESS_KEY) && !text.contains(SECRET_KEY));
}

#[test]
fn answers_to_nobody_knows_whom_are_asked_again() {
    let (simulator, audit) = killed_after_two();
    rewrite(&partial(&audit), |line| {
        if line["kind"] == "caller" {
            *line = Value::Null;
        }
    });
    let ended = audit.with(&["--resume"]).against(&simulator.endpoint());
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert_eq!(paths(&simulator).len(), 3, "a journal of before does not say who asked");
}

#[test]
fn another_key_of_one_source_leaves_the_answers_of_the_other() {
    let simulators = ["north", "south"].map(|_| {
        let mut world = with_other_key(world(&["api", "web"]));
        world.faults.push(fault("prod/web", Misbehaviour::Hang));
        serve(world)
    });
    let [north, south] = &simulators;
    let document = |name: &str, region: &str, simulator: &Simulator| {
        let source = format!(
            "source: {{ name: {name}, region: {region}, endpoint: \"{}\", credentials: {{ env: {} }} }}",
            simulator.endpoint(),
            name.to_uppercase()
        );
        let text = inventory(&["api", "web"]);
        let text = text.replace("source: { name: main, region: cn-north-4 }", &source);
        text.replace("  dr:", &format!("  dr-{name}:"))
            .replace("policy: dr\n", &format!("policy: dr-{name}\n"))
    };
    let inventory = document("north", "cn-north-4", north) + "---\n" + &document("south", "cn-south-1", south);
    let mut audit = Audit::of(&inventory).with(&FIXED);
    for name in ["NORTH", "SOUTH"] {
        audit = audit.setting(&format!("{name}_AK"), ACCESS_KEY);
        audit = audit.setting(&format!("{name}_SK"), SECRET_KEY);
    }
    let mut command = audit.command(None);
    let started = Started::of(&mut command);
    wait_until("an answer of each", || answers(&partial(&audit)) == 2);
    kill(started);
    simulators.iter().for_each(heal);
    let ended = audit.with(&["--resume"]).setting("SOUTH_AK", OTHER_KEY).run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!((paths(north).len(), paths(south).len()), (1, 2));
}

/// An audit by a user who logs in at that IAM.
fn by_user(name: &str, iam: &str) -> Audit {
    let audit = Audit::of(&inventory(&["api", "bare", "web"]))
        .with(&FIXED)
        .without_environment();
    as_user(audit, name).setting("HW_AUTH_URL", iam)
}

fn as_user(audit: Audit, name: &str) -> Audit {
    audit
        .setting("HW_USER_NAME", name)
        .setting("HW_USER_PASSWORD", "example-password")
        .setting("HW_DOMAIN_NAME", "example")
}

fn user(name: &str) -> User {
    User {
        name: name.to_owned(),
        password: "example-password".into(),
        domain: "example".to_owned(),
        ..User::default()
    }
}

/// A run by the first of two users, killed like [`killed_after_two`].
fn killed_by_user() -> (Simulator, Audit) {
    let mut world = three();
    world.credentials.access_keys.clear();
    world.credentials.users = vec![user("first"), user("second")];
    world.faults.push(fault("prod/web", Misbehaviour::Hang));
    let simulator = serve(world);
    let audit = by_user("first", &simulator.endpoint());
    let started = audit.start(&simulator.endpoint());
    wait_until("two answers", || answers(&partial(&audit)) == 2);
    kill(started);
    heal(&simulator);
    (simulator, audit)
}

fn rules_asked(simulator: &Simulator) -> usize {
    paths(simulator)
        .iter()
        .filter(|path| path.ends_with("sync_repo"))
        .count()
}

#[test]
fn another_account_is_refused_and_the_run_stays_as_it_is() {
    let (simulator, audit) = killed_by_user();
    let caller = &callers(&partial(&audit))[0];
    let own = "0123456789abcdef0123456789abcdef";
    assert_eq!(
        (&caller["user"], &caller["account"]),
        (&"example/first".into(), &own.into())
    );
    simulator.change(|world| world.account.id = OTHER_ACCOUNT.to_owned());
    let before = journal_of(&partial(&audit));
    let audit = as_user(audit.with(&["--resume"]), "second");
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 65, "{}", ended.stderr);
    for part in ["the run 'same'", "the source 'main'", own, OTHER_ACCOUNT, "hint: "] {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
    assert_eq!(rules_asked(&simulator), 0);
    assert_eq!(journal_of(&partial(&audit)), before);
}

#[test]
fn another_user_of_the_same_account_goes_on() {
    let (simulator, audit) = killed_by_user();
    let ended = as_user(audit.with(&["--resume"]), "second").against(&simulator.endpoint());
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert_eq!(rules_asked(&simulator), 1, "only what was missing");
    let logins = paths(&simulator)
        .iter()
        .filter(|path| path.ends_with("/tokens"))
        .count();
    assert_eq!(logins, 1);
}

#[test]
fn another_user_without_a_known_account_asks_again() {
    let (simulator, audit) = killed_by_user();
    rewrite(&partial(&audit), |line| {
        if line["kind"] == "caller" {
            line["account"].take();
        }
        // Nor do the rules name it any more.
        if let Some(body) = line["body"].as_str() {
            line["body"] = body.replace("domainID", "domain").into();
        }
    });
    let again = as_user(audit.with(&["--resume"]), "second").against(&simulator.endpoint());
    assert_eq!(again.code, 2, "{}", again.stderr);
    assert_eq!(rules_asked(&simulator), 3);
}

#[test]
fn answers_to_another_token_are_asked_again() {
    for (token, asked) in [("one-token-0123456789", 1), ("two-token-0123456789", 3)] {
        let mut world = three();
        world.credentials.access_keys.clear();
        world.credentials.tokens = ["one-token-0123456789", "two-token-0123456789"].map(Into::into).into();
        let audit = Audit::of(&inventory(&["api", "bare", "web"]))
            .with(&FIXED)
            .without_environment();
        let (simulator, audit) = killed(world, audit.setting("SWR_AUDIT_TOKEN", "one-token-0123456789"));
        let ended = audit
            .with(&["--resume"])
            .setting("SWR_AUDIT_TOKEN", token)
            .against(&simulator.endpoint());
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert_eq!(rules_asked(&simulator), asked, "{token}");
        assert!(!journal_of(&ended.report).contains(token));
    }
}
