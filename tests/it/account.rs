//! `accountId`: whose credential a source has to be asked with, and what becomes of one of another account.

use serde_json::{Value, json};
use simulator::{AccountCalls, Call, Fault, Misbehaviour, Simulator, User, World};

use crate::merge::{Stage, runs};
use crate::support::{Audit, Ended, error, fault, inventory, names, paths, serve, texts, world};

const MINE: &str = "0123456789abcdef0123456789abcdef";
const OTHER: &str = "fedcba9876543210fedcba9876543210";
const OVERVIEW: &str = "/v2/manage/overview";
const DOMAINS: &str = "/v3/auth/domains";

/// The inventory of `prod/web` and two more, which has to be asked with a credential of that account.
fn wanted(account: &str, rest: &str) -> String {
    let source = format!("{{ name: main, region: cn-north-4, accountId: \"{account}\"{rest} }}");
    inventory(&["api", "mail", "web"]).replace("{ name: main, region: cn-north-4 }", &source)
}

fn service() -> World {
    world(&["api", "mail", "web"])
}

fn without(overview: bool, domains: bool) -> World {
    let mut world = service();
    world.behaviour.account_calls = AccountCalls {
        overview,
        domains,
        ..AccountCalls::default()
    };
    world
}

fn account(ended: &Ended) -> Value {
    ended.json()["run"]["sources"][0]["account"].clone()
}

fn limits(report: &Value) -> Vec<(String, String)> {
    let limits = report["limits"].as_array().expect("a list");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let all = limits
        .iter()
        .map(|limit| (text(&limit["source"]), text(&limit["code"])));
    all.filter(|(_, code)| code == "account-unconfirmed").collect()
}

/// How often each of these paths was asked for.
fn times(simulator: &Simulator, path: &str) -> usize {
    paths(simulator).iter().filter(|asked| *asked == path).count()
}

#[test]
fn the_right_account_is_confirmed_by_one_request_which_is_the_first() {
    let simulator = serve(service());
    let ended = Audit::of(&wanted(MINE, "")).against(&simulator.endpoint());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(paths(&simulator)[0], OVERVIEW);
    assert_eq!(times(&simulator, OVERVIEW), 1);
    assert_eq!(account(&ended), MINE);
    assert_eq!(limits(&ended.json()), []);
    assert!(ended.stderr.contains(&format!("account {MINE}\n")), "{}", ended.stderr);
}

#[test]
fn another_account_is_asked_nothing() {
    let simulator = serve(service());
    let audit = Audit::of(&wanted(OTHER, ""));
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(
        paths(&simulator),
        [OVERVIEW],
        "no repository, no list, no second question"
    );
    let report = ended.json();
    assert_eq!(report["status"], "failed");
    assert_eq!(account(&ended), MINE, "whose it is");
    assert_eq!(report["findings"], json!([]));
    for row in ended.repos() {
        assert_eq!(
            (&*row["outcome"], &*row["unknown_class"]),
            ("unknown", "unauthenticated")
        );
    }
    assert_eq!(report["unknown"].as_array().map(Vec::len), Some(1), "one entry for all");
    let message = report["unknown"][0]["message"].as_str().expect("a text");
    assert!(message.contains(MINE) && message.contains(OTHER), "{message}");
    let step = report["unknown"][0]["remediation"][0]["text"].as_str().expect("a text");
    assert!(step.contains("accountId"), "{step}");
    let reason = report["verdict"]["reason"].as_str().expect("a text");
    assert!(reason.contains("another account"), "{reason}");
    assert!(
        ended.stderr.contains(OTHER) || ended.stderr.contains("another account"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_list_of_another_account_is_not_read_either() {
    let simulator = serve(service());
    let wanted = wanted(OTHER, "").replace("    otherRepos: allow\n", "") + "otherNamespaces: deny\n";
    let ended = Audit::of(&wanted).against(&simulator.endpoint());
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(paths(&simulator), [OVERVIEW]);
    let report = ended.json();
    let classes = report["unknown"].as_array().expect("a list").iter();
    assert!(classes.clone().count() > 0);
    for entry in classes {
        assert_eq!(entry["class"], "unauthenticated", "{entry}");
        assert!(
            entry["message"].as_str().is_some_and(|text| text.contains(OTHER)),
            "{entry}"
        );
    }
}

#[test]
fn an_account_that_nobody_names_is_a_limit_and_no_more() {
    let denied = |status, code| Fault {
        call: Some(Call::Overview),
        ..fault("*", error(status, code))
    };
    let mut refused = service();
    refused.faults.push(denied(403, "SVCSTG.SWR.4030170"));
    let mut broken = service();
    broken.faults.push(denied(500, "SVCSTG.SWR.5000007"));
    // Nobody waits for it as long as for an answer that the run needs.
    let mut silent = service();
    silent.faults.push(Fault {
        call: Some(Call::Overview),
        ..fault("*", Misbehaviour::Hang)
    });
    for world in [without(false, false), refused, broken, silent] {
        let simulator = serve(world);
        let audit = Audit::of(&wanted(MINE, "")).with(&["--timeout", "5m", "--deadline", "1m"]);
        let ended = audit.against(&simulator.endpoint());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert_eq!(
            limits(&ended.json()),
            [("main".to_owned(), "account-unconfirmed".to_owned())]
        );
        assert_eq!(times(&simulator, OVERVIEW), 1, "once is enough");
        // The rules name it all the same: for people, and not for the comparison.
        assert_eq!(account(&ended), MINE);
    }
}

#[test]
fn iam_is_asked_where_swr_does_not_say() {
    for (expected, code) in [(MINE, 0), (OTHER, 1)] {
        let simulator = serve(without(false, true));
        let iam = format!(", iamEndpoint: \"{}\"", simulator.endpoint());
        let ended = Audit::of(&wanted(expected, &iam)).against(&simulator.endpoint());
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert_eq!(paths(&simulator)[..2], [OVERVIEW, DOMAINS]);
        assert_eq!(paths(&simulator).len() > 2, code == 0);
        assert_eq!((limits(&ended.json()), account(&ended)), (vec![], json!(MINE)));
    }
}

/// The key is signed for IAM's host, and a ready token goes as it is.
#[test]
fn a_ready_token_is_asked_about_as_well() {
    let mut world = without(false, true);
    world.credentials.access_keys.clear();
    world.credentials.tokens = vec!["a-ready-token".into()];
    let simulator = serve(world);
    let iam = format!(", iamEndpoint: \"{}\"", simulator.endpoint());
    let audit = Audit::of(&wanted(OTHER, &iam)).without_environment();
    let ended = audit
        .setting("SWR_AUDIT_TOKEN", "a-ready-token")
        .against(&simulator.endpoint());
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(paths(&simulator), [OVERVIEW, DOMAINS]);
}

#[test]
fn a_login_names_its_account_by_the_way() {
    let mut world = service();
    world.credentials.users.push(User {
        name: "auditor".to_owned(),
        password: "a-password-of-IAM+1".into(),
        domain: "example".to_owned(),
        ..User::default()
    });
    for (expected, code) in [(MINE, 0), (OTHER, 1)] {
        let simulator = serve(world.clone());
        let iam = format!(", iamEndpoint: \"{}\"", simulator.endpoint());
        let audit = Audit::of(&wanted(expected, &iam)).without_environment();
        let audit = audit
            .setting("HW_USER_NAME", "auditor")
            .setting("HW_DOMAIN_NAME", "example");
        let ended = audit
            .setting("HW_USER_PASSWORD", "a-password-of-IAM+1")
            .against(&simulator.endpoint());
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert_eq!(account(&ended), MINE);
        assert_eq!(times(&simulator, OVERVIEW), 0, "the token's answer says it");
        assert_eq!(times(&simulator, DOMAINS), 0);
    }
}

/// Two sources with keys of their own: `main` of this account, `other` of another one.
fn two(endpoints: [&str; 2], accounts: [&str; 2]) -> String {
    let document = |name: &str, endpoint: &str, account: &str| {
        format!(
            "---\napiVersion: swr-audit/v1\nsource: {{ name: {name}, region: cn-north-4, endpoint: \"{endpoint}\", accountId: \
             \"{account}\" }}\ndefaults: {{ policy: dr }}\nnamespaces:\n  - {{ name: prod, otherRepos: allow, repos: [api, web] \
             }}\n"
        )
    };
    format!(
        "apiVersion: swr-audit/v1\npolicies: {{ dr: {{ targets: [{{ region: cn-east-3, namespace: prod-dr, override: false, \
         syncAuto: true }}] }} }}\n{}{}",
        document("main", endpoints[0], accounts[0]),
        document("other", endpoints[1], accounts[1])
    )
}

#[test]
fn a_source_of_another_account_ends_alone() {
    let (one, two_) = (serve(service()), serve(service()));
    let endpoints = [&*one.endpoint(), &*two_.endpoint()];
    let ended = Audit::of(&two(endpoints, [MINE, OTHER])).run();
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert_eq!(paths(&two_), [OVERVIEW]);
    let told: Vec<(String, String)> = ended
        .repos()
        .iter()
        .map(|row| (row["source"].clone(), row["outcome"].clone()))
        .collect();
    let row = |source: &str, outcome: &str| (source.to_owned(), outcome.to_owned());
    assert_eq!(
        told,
        [
            row("main", "ok"),
            row("main", "ok"),
            row("other", "unknown"),
            row("other", "unknown")
        ]
    );
    // Both of another one: nobody is left.
    let ended = Audit::of(&two(endpoints, [OTHER, OTHER])).run();
    assert_eq!(ended.code, 1, "{}", ended.stderr);
}

#[test]
fn a_refused_key_is_refused_by_that_question_and_sent_to_nobody_else() {
    let mut world = service();
    world.credentials.access_keys[0].sk = "another-secret-0123456789".into();
    let simulator = serve(world);
    let iam = format!(", iamEndpoint: \"{}\"", simulator.endpoint());
    let ended = Audit::of(&wanted(MINE, &iam)).against(&simulator.endpoint());
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(paths(&simulator), [OVERVIEW], "one refusal, and no more");
}

#[test]
fn a_key_that_iam_refuses_goes_to_no_other_registrar_and_is_used_all_the_same() {
    let mut world = without(false, true);
    world.faults.push(Fault {
        call: Some(Call::Domains),
        ..fault("*", error(401, "IAM.0001"))
    });
    let simulator = serve(world);
    let endpoint = simulator.endpoint();
    let iam = |text: String| text.replace("accountId:", &format!("iamEndpoint: \"{endpoint}\", accountId:"));
    let ended = Audit::of(&iam(two([&*endpoint, &*endpoint], [MINE, MINE]))).run();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(
        times(&simulator, DOMAINS),
        1,
        "two sources share what IAM said of their key"
    );
    assert_eq!(limits(&ended.json()).len(), 2);
}

#[test]
fn without_account_id_no_request_is_spent_on_it_and_the_rules_name_it() {
    let simulator = serve(service());
    let audit = Audit::of(&inventory(&["api", "mail", "web"]));
    let ended = audit.against(&simulator.endpoint());
    assert_eq!((ended.code, times(&simulator, OVERVIEW)), (0, 0), "{}", ended.stderr);
    assert_eq!(account(&ended), MINE);
    // Nothing names it where there are no rules.
    simulator.change(|world| {
        for repository in &mut world.namespaces[0].repositories {
            repository.rules.clear();
        }
    });
    assert_eq!(account(&audit.against(&simulator.endpoint())), Value::Null);
}

#[test]
fn a_replay_agrees_with_its_run_and_refuses_answers_to_another_account() {
    let simulator = serve(service());
    let replay = |ended: &Ended, account: &str| {
        let journal = ended.report.join("journal.ndjson");
        let journal = journal.to_str().expect("a path").to_owned();
        Audit::of(&wanted(account, "")).with(&["--replay", &journal]).run()
    };
    let right = Audit::of(&wanted(MINE, "")).against(&simulator.endpoint());
    let again = replay(&right, MINE);
    assert_eq!((again.code, account(&again)), (0, json!(MINE)), "{}", again.stderr);
    assert_eq!(limits(&again.json()), []);
    // The inventory says another one by now.
    let other = replay(&right, OTHER);
    assert_eq!(other.code, 1, "{}", other.stderr);
    assert_eq!(other.json()["unknown"][0]["class"], "unauthenticated");

    let wrong = Audit::of(&wanted(OTHER, "")).against(&simulator.endpoint());
    let again = replay(&wrong, OTHER);
    assert_eq!((wrong.code, again.code), (1, 1), "{}", again.stderr);
    assert_eq!(
        again.json()["unknown"][0]["message"],
        wrong.json()["unknown"][0]["message"]
    );

    let unconfirmed = serve(without(false, false));
    let run = Audit::of(&wanted(MINE, "")).against(&unconfirmed.endpoint());
    assert_eq!(limits(&replay(&run, MINE).json()), limits(&run.json()));
}

#[test]
fn a_merge_of_shards_knows_whose_credential_theirs_was() {
    let simulator = serve(service());
    let stage = Stage::new(&wanted(MINE, ""), simulator.endpoint());
    for shard in stage.shards(2, &[]) {
        assert_eq!(shard.code, 0, "{}", shard.stderr);
    }
    let merged = stage.merge("m", &runs(2), &[]);
    assert_eq!(merged.code, 0, "{}", merged.stderr);
    let report = stage.report("merged/m");
    assert_eq!(report["run"]["sources"][0]["account"], MINE);
    assert_eq!(limits(&report), []);
}

#[test]
fn names_are_not_compared_with_another_account_either() {
    let simulator = serve(service());
    let apps = names("app", 3);
    let text = inventory(&texts(&apps)).replace(
        "region: cn-north-4",
        &format!("region: cn-north-4, accountId: \"{OTHER}\""),
    );
    let audit = Audit::of(&text);
    let mut command = crate::support::binary(audit.folder());
    command
        .args(["check", "inventory.yaml", "--live", "--endpoint", &simulator.endpoint()])
        .env("HUAWEICLOUD_SDK_AK", crate::support::ACCESS_KEY)
        .env("HUAWEICLOUD_SDK_SK", crate::support::SECRET_KEY);
    let output = command.output().expect("the binary starts");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(paths(&simulator), [OVERVIEW]);
}

#[test]
fn the_price_of_a_run_includes_that_request() {
    let audit = Audit::of(&wanted(MINE, "")).with(&["--dry-run"]);
    let ended = audit.run();
    assert!(ended.stdout.contains("account     1 request"), "{}", ended.stdout);
    assert!(ended.stdout.contains("at least 4 requests"), "{}", ended.stdout);
}
