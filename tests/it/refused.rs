//! Credentials that are refused, half there, or not there: one request at most, and never an audit.

use simulator::{ExpiredToken, Fault, Misbehaviour, RefusedSignature};

use crate::support::{ACCESS_KEY, Audit, Ended, SECRET_KEY, fault, inventory, names, serve, texts, world};

/// A failed run with a report in which everything is `unauthenticated`.
fn assert_failed(audit: &Audit, ended: &Ended, repositories: usize) {
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let report = ended.json();
    assert_eq!((&report["status"], &report["exitCode"]), (&"failed".into(), &1.into()));
    assert_eq!(report["summary"]["repos"]["unknown"], repositories);
    assert_eq!(report["findings"], serde_json::json!([]));
    let rows = ended.repos();
    assert_eq!(rows.len(), repositories);
    assert!(
        rows.iter()
            .all(|row| row["outcome"] == "unknown" && row["unknown_class"] == "unauthenticated")
    );
    assert!(
        ended
            .drift()
            .iter()
            .all(|row| row["unknown_class"] == "unauthenticated")
    );
    assert!(
        !audit.folder().join("reports/latest").exists(),
        "a failed run is not the latest"
    );
}

#[test]
fn a_wrong_secret_is_asked_with_once() {
    let names = names("repo", 40);
    for code in [RefusedSignature::Iam, RefusedSignature::App] {
        let mut world = world(&texts(&names));
        world.behaviour.bad_signature = code;
        let simulator = serve(world);
        let audit = Audit::of(&inventory(&texts(&names))).setting("HUAWEICLOUD_SDK_SK", "not-the-secret");
        let ended = audit.against(&simulator.endpoint());
        assert_eq!(simulator.requests().len(), 1, "more than five would lock the key");
        assert_failed(&audit, &ended, 40);
        assert!(ended.stderr.contains("credential was refused"), "{}", ended.stderr);
    }
}

#[test]
fn an_unknown_key_is_asked_with_once() {
    let simulator = serve(world(&["api", "web"]));
    let audit = Audit::of(&inventory(&["api", "web"])).setting("HUAWEICLOUD_SDK_AK", "NOBODYSACCESSKEY");
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(simulator.requests().len(), 1);
    assert_failed(&audit, &ended, 2);
}

#[test]
fn an_expired_token_is_asked_with_once() {
    for answer in [ExpiredToken::Gateway, ExpiredToken::Service, ExpiredToken::BadRequest] {
        let mut world = world(&["api", "web"]);
        world.behaviour.expired_token = answer;
        world.credentials.expired_tokens.push("a-token-of-yesterday".into());
        let simulator = serve(world);
        let audit = Audit::of(&inventory(&["api", "web"])).without_environment();
        let audit = audit.setting("SWR_AUDIT_TOKEN", "a-token-of-yesterday");
        let ended = audit.against(&simulator.endpoint());
        assert_eq!(simulator.requests().len(), 1, "{answer:?}");
        assert_failed(&audit, &ended, 2);
    }
}

#[test]
fn without_a_credential_nothing_is_sent() {
    let simulator = serve(world(&["api", "web"]));
    let audit = Audit::of(&inventory(&["api", "web"])).without_environment();
    let ended = audit.against(&simulator.endpoint());
    assert!(simulator.requests().is_empty());
    assert_failed(&audit, &ended, 2);
    for place in [
        "HUAWEICLOUD_SDK_AK",
        "CLOUD_SDK_AK",
        "HW_ACCESS_KEY",
        "SWR_AUDIT_TOKEN",
        ".huaweicloud/credentials",
    ] {
        assert!(ended.stderr.contains(place), "{place}: {}", ended.stderr);
    }
    assert_eq!(ended.json()["unknown"][0]["count"], 2, "one cause is one entry");
}

#[test]
fn half_a_credential_is_none() {
    let simulator = serve(world(&["web"]));
    let secret = "half-a-secret-0123456789";
    let audit = Audit::of(&inventory(&["web"])).without_environment();
    // The whole key behind it in the chain is somebody else's: it must not be asked with instead.
    let audit = audit
        .setting("HUAWEICLOUD_SDK_SK", secret)
        .setting("HW_ACCESS_KEY", ACCESS_KEY)
        .setting("HW_SECRET_KEY", SECRET_KEY);
    let ended = audit.against(&simulator.endpoint());
    assert!(simulator.requests().is_empty());
    assert_failed(&audit, &ended, 1);
    assert!(ended.stderr.contains("HUAWEICLOUD_SDK_AK"), "{}", ended.stderr);
    assert!(!ended.stderr.contains(secret));
}

#[test]
fn the_credentials_file_is_found() {
    let simulator = serve(world(&["web"]));
    let audit = Audit::of(&inventory(&["web"])).without_environment();
    let folder = audit.folder().join(".huaweicloud");
    std::fs::create_dir(&folder).expect("the folder is writable");
    let text = format!("[basic]\nak = {ACCESS_KEY}\nsk = {SECRET_KEY}\n");
    std::fs::write(folder.join("credentials"), text).expect("the folder is writable");
    let ended = audit.with(&["-v"]).against(&simulator.endpoint());
    assert_eq!(
        (ended.code, ended.outcomes()),
        (0, vec!["web ok".to_owned()]),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains(".huaweicloud/credentials"),
        "said which: {}",
        ended.stderr
    );
    assert!(!ended.stderr.contains(SECRET_KEY));
}

/// Refused after so many answers, at one request at a time: exactly the order of the plan.
fn refused_in_mid_run(is_drifted: bool) -> Ended {
    let names = names("repo", 20);
    let mut world = world(&texts(&names));
    if is_drifted {
        world.repository("prod", "repo-003").rules.clear();
    }
    world.faults.push(Fault {
        after: 5,
        ..fault("*", Misbehaviour::BadSignature)
    });
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&texts(&names))).with(&["--concurrency", "1"]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(simulator.requests().len(), 6, "nothing is sent after the refusal");
    ended
}

#[test]
fn refused_in_mid_run_what_was_answered_stays() {
    for (is_drifted, code) in [(false, 4), (true, 6)] {
        let ended = refused_in_mid_run(is_drifted);
        assert_eq!(ended.code, code, "{}", ended.stderr);
        let report = ended.json();
        assert_eq!(report["status"], "incomplete");
        assert_eq!(report["summary"]["repos"]["audited"], 5);
        let rows = ended.repos();
        let fourth = if is_drifted { "drift" } else { "ok" };
        assert_eq!(rows[3]["outcome"], fourth);
        assert!(rows[5..].iter().all(|row| row["unknown_class"] == "unauthenticated"));
        // The one that was refused, and the rest of the namespace in one entry: that one answer is the reason of both.
        let entries = report["unknown"].as_array().expect("a list").iter();
        let counts = entries.map(|entry| (entry["attempts"].as_u64(), entry["count"].as_u64()));
        let mut counts: Vec<_> = counts.collect();
        counts.sort();
        assert_eq!(counts, [(Some(1), Some(1)), (Some(1), Some(14))]);
    }
}

#[test]
fn refused_in_mid_run_at_full_speed_stays_under_the_lock() {
    let names = names("repo", 100);
    let mut world = world(&texts(&names));
    world.faults.push(Fault {
        after: 30,
        ..fault("*", Misbehaviour::BadSignature)
    });
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&texts(&names))).with(&["--concurrency", "4"]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert!(simulator.requests().len() <= 30 + 4, "{}", simulator.requests().len());
    let repos = &ended.json()["summary"]["repos"];
    let (ok, unknown) = (
        repos["ok"].as_u64().expect("a number"),
        repos["unknown"].as_u64().expect("a number"),
    );
    assert_eq!(ok + unknown, 100);
    assert!((26..=30).contains(&ok), "{ok}");
}
