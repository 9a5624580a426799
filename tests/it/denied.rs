//! Refusals by permission: one 403 closes nothing, and a closed namespace is one entry and few requests.

use simulator::{Access, Call, Denied, Fault};

use crate::support::{
    Audit, Ended, error, fault, inventory, inventory_of, names, namespace_path, requests_for, serve, texts, world,
    world_of,
};

/// `(attempts, repositories)` of every entry of `unknown` in that namespace.
fn entries(ended: &Ended, namespace: &str) -> Vec<(u64, Vec<String>)> {
    let report = ended.json();
    let entries = report["unknown"].as_array().expect("a list");
    let of = |entry: &serde_json::Value| {
        let names = entry["repositories"].as_array().expect("a list").iter();
        let names: Vec<String> = names.filter_map(|name| name.as_str().map(str::to_owned)).collect();
        assert_eq!(entry["count"], names.len());
        assert_eq!(entry["class"], "access-denied");
        (entry["attempts"].as_u64().expect("a number"), names)
    };
    entries
        .iter()
        .filter(|entry| entry["namespace"] == namespace)
        .map(of)
        .collect()
}

/// A namespace that is closed to the last repository: few requests, and every repository in exactly one entry.
fn assert_closed(ended: &Ended, namespace: &str, names: &[String], sent: usize) {
    let entries = entries(ended, namespace);
    // Each has the attempts of the refusal that it rests on.
    assert!(entries.iter().all(|(attempts, _)| *attempts == 1), "{entries:?}");
    let (unasked, asked): (Vec<_>, Vec<_>) = entries.iter().partition(|(_, names)| names.len() > 1);
    assert_eq!(asked.len(), sent, "those that were asked have their own entry");
    assert_eq!(unasked.len(), 1, "{entries:?}");
    let mut told: Vec<&String> = entries.iter().flat_map(|(_, names)| names).collect();
    told.sort();
    assert_eq!(told, names.iter().collect::<Vec<_>>(), "each in exactly one entry");
    let rows = ended.drift();
    let groups: Vec<_> = rows
        .iter()
        .filter(|row| row["namespace"] == namespace && row["repository"].is_empty())
        .collect();
    assert_eq!(groups.len(), 1);
    assert!(
        groups[0]["message"].contains(&unasked[0].1.len().to_string()),
        "{}",
        groups[0]["message"]
    );
}

#[test]
fn a_closed_namespace_costs_few_requests() {
    for denied in [Denied::D, Denied::A] {
        let names = names("repo", 200);
        let mut world = world_of(&[("closed", &texts(&names)), ("open", &["web"])]);
        world.behaviour.denied = denied;
        world.namespaces[0].access = Access::Denied;
        let simulator = serve(world);
        let wanted = inventory_of(&[("closed", &texts(&names)), ("open", &["web"])]);
        let ended = Audit::of(&wanted)
            .with(&["--concurrency", "8"])
            .against(&simulator.endpoint());
        assert_eq!(ended.code, 4, "{}", ended.stderr);
        let (sent, looks) = (
            simulator.requests().len() - 1,
            requests_for(&simulator, &namespace_path("closed")),
        );
        assert_eq!(looks.len(), 1);
        assert!(sent <= 8 + 4, "{sent}");
        assert_closed(&ended, "closed", &names, sent - 1);
        let repos = &ended.json()["summary"]["repos"];
        assert_eq!(
            (&repos["expected"], &repos["unknown"], &repos["ok"]),
            (&201.into(), &200.into(), &1.into())
        );
        let unknown = ended
            .repos()
            .iter()
            .filter(|row| row["unknown_class"] == "access-denied")
            .count();
        assert_eq!(unknown, 200);
    }
}

/// The rows of what was not asked say so; the entry is about the refusal, and support wants its request id.
#[test]
fn the_entry_of_a_closed_namespace_has_the_request_of_its_refusal() {
    let names = names("repo", 10);
    let mut world = world(&texts(&names));
    world.namespaces[0].access = Access::Denied;
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&texts(&names))).with(&["--concurrency", "1"]);
    let ended = audit.against(&simulator.endpoint());
    let report = ended.json();
    let entries = report["unknown"].as_array().expect("a list");
    let rest = entries.iter().find(|entry| entry["count"] == 7).expect("of seven");
    assert_eq!(
        (&rest["httpStatus"], &rest["attempts"]),
        (&403.into(), &1.into()),
        "{rest}"
    );
    let id = rest["requestId"].as_str().expect("the look's");
    assert!(
        ended
            .drift()
            .iter()
            .any(|row| row["repository"].is_empty() && row["request_id"] == id)
    );
    let attempts: Vec<String> = ended.repos().iter().map(|row| row["attempts"].clone()).collect();
    assert_eq!(attempts, ["1", "1", "1", "0", "0", "0", "0", "0", "0", "0"]);
}

#[test]
fn one_denied_repository_closes_nothing() {
    let names = names("repo", 40);
    let mut world = world(&texts(&names));
    world.repository("prod", "repo-000").access = Some(Access::Denied);
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&texts(&names))).with(&["--concurrency", "8"]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert_eq!(ended.told(), ["repo-000 unknown:access-denied"]);
    let repos = &ended.json()["summary"]["repos"];
    assert_eq!((&repos["ok"], &repos["unknown"]), (&39.into(), &1.into()));
    assert!(simulator.requests().len() <= 41);
}

#[test]
fn denied_repositories_beside_a_namespace_that_may_be_seen_are_all_asked() {
    let names = names("repo", 40);
    let mut world = world(&texts(&names));
    for name in &names {
        world.repository("prod", name).access = Some(Access::Denied);
    }
    let simulator = serve(world);
    let ended = Audit::of(&inventory(&texts(&names))).against(&simulator.endpoint());
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert!(
        entries(&ended, "prod")
            .iter()
            .all(|(attempts, names)| (*attempts, names.len()) == (1, 1))
    );
    assert_eq!(entries(&ended, "prod").len(), 40);
    assert_eq!(simulator.requests().len(), 41);
}

#[test]
fn a_granted_repository_keeps_its_closed_namespace_open() {
    let names = names("repo", 40);
    let mut world = world(&texts(&names));
    world.namespaces[0].access = Access::Denied;
    // The first one goes alone and is answered.
    world.repository("prod", "repo-000").access = Some(Access::Granted);
    world.repository("prod", "repo-039").access = Some(Access::Granted);
    let simulator = serve(world);
    let ended = Audit::of(&inventory(&texts(&names))).against(&simulator.endpoint());
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    let ok: Vec<String> = ended
        .outcomes()
        .into_iter()
        .filter(|row| row.ends_with(" ok"))
        .collect();
    assert_eq!(ok, ["repo-000 ok", "repo-039 ok"]);
    assert_eq!(entries(&ended, "prod").len(), 38);
}

#[test]
fn two_closed_namespaces_and_an_open_one() {
    let names = names("repo", 60);
    let texts = texts(&names);
    let estate: [(&str, &[&str]); 3] = [("closed-a", &texts), ("closed-b", &texts), ("open", &texts)];
    let mut world = world_of(&estate);
    world.namespaces[0].access = Access::Denied;
    world.namespaces[1].access = Access::Denied;
    world.repository("open", "repo-007").rules.clear();
    let simulator = serve(world);
    let ended = Audit::of(&inventory_of(&estate))
        .with(&["--concurrency", "4"])
        .against(&simulator.endpoint());
    assert_eq!(ended.code, 6, "{}", ended.stderr);
    for closed in ["closed-a", "closed-b"] {
        let under = format!("{}/", namespace_path(closed));
        let sent = simulator
            .requests()
            .iter()
            .filter(|request| request.path.starts_with(&under))
            .count();
        assert!(sent <= 4 + 3, "{closed}: {sent}");
        assert_eq!(requests_for(&simulator, &namespace_path(closed)).len(), 1);
        assert_closed(&ended, closed, &names, sent);
    }
    let repos = &ended.json()["summary"]["repos"];
    assert_eq!(
        (&repos["unknown"], &repos["ok"], &repos["drift"]),
        (&120.into(), &59.into(), &1.into())
    );
}

#[test]
fn only_status_403_closes_a_namespace() {
    let names = names("repo", 30);
    let mut world = world(&texts(&names));
    // Somebody else's image, says the service; and the namespace itself is denied.
    world.faults.push(Fault {
        call: Some(Call::Rules),
        ..fault("prod", error(401, "SVCSTG.SWR.4011044"))
    });
    world.namespaces[0].access = Access::Denied;
    let simulator = serve(world);
    let ended = Audit::of(&inventory(&texts(&names))).against(&simulator.endpoint());
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert_eq!(entries(&ended, "prod").len(), 30);
    assert_eq!(simulator.requests().len(), 30);
}
