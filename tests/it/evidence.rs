//! What a run has seen once is evidence, and a hint that there is more forbids "whole": against services that list badly.

use crate::scripted::{Answer, Scripted};
use crate::support::{ACCESS_KEY, Audit, Ended, SECRET_KEY, binary};

/// One page of a list of repositories, with a total in each element.
fn page(names: &[&str], total_range: Option<u32>) -> Answer {
    let total = total_range.map_or(String::new(), |total| format!(r#","total_range":{total}"#));
    let element = |name: &&str| format!(r#"{{"name":"{name}","namespace":"prod"{total}}}"#);
    let elements: Vec<String> = names.iter().map(element).collect();
    Answer::of(&format!("[{}]", elements.join(",")))
}

/// A service that has these pages of the list of `prod`, one after the other, and then nothing more. Every repository of
/// those names has the expected rule; there is no other.
fn service(pages: Vec<Answer>, present: &[&str]) -> Scripted<impl FnMut(&str) -> Answer + Send + 'static + use<>> {
    let present: Vec<String> = present.iter().map(|&name| name.to_owned()).collect();
    let mut pages = pages.into_iter();
    Scripted::serve(move |target: &str| match target {
        "/v2/manage/namespaces?filter=mode%3A%3Avisible" => Answer::of(r#"{"namespaces":[{"name":"prod"}]}"#),
        "/v2/manage/namespaces/prod" => Answer::of(r#"{"name":"prod"}"#),
        "/v2/manage/overview" => Answer::of("{}"),
        _ if target.starts_with("/v2/manage/repos?") => pages.next().unwrap_or_else(|| Answer::of("[]")),
        _ => {
            let name = target.trim_start_matches("/v2/manage/namespaces/prod/repos/");
            let name = name.trim_end_matches("/sync_repo");
            if present.iter().any(|one| one == name) {
                Answer::of(&rule(name))
            } else {
                Answer::absent()
            }
        }
    })
}

fn rule(name: &str) -> String {
    format!(
        r#"[{{"id":1,"namespace":"prod","repoName":"{name}","remoteRegionId":"cn-east-3","remoteNamespace":"prod-dr","override":false,"syncAuto":true}}]"#
    )
}

fn inventory(namespace: &str) -> String {
    format!(
        "apiVersion: swr-audit/v1
source: {{ name: main, region: cn-north-4 }}
policies:
  dr:
    targets: [{{ region: cn-east-3, namespace: prod-dr, override: false, syncAuto: true }}]
defaults: {{ policy: dr }}
namespaces: [{{ name: prod{namespace} }}]
"
    )
}

fn audit(namespace: &str, pages: Vec<Answer>, present: &[&str]) -> Ended {
    let service = service(pages, present);
    Audit::of(&inventory(namespace))
        .with(&["--retries", "0"])
        .against(&service.endpoint())
}

/// The classes of entries about lists.
fn lists(ended: &Ended) -> Vec<String> {
    let report = ended.json();
    let entries = report["unknown"].as_array().expect("a list").iter();
    let of_lists = entries.filter(|entry| entry["count"] == 0);
    of_lists
        .map(|entry| format!("{} {}", entry["class"].as_str().expect("a class"), entry["message"]))
        .collect()
}

/// Three of five came, then nothing, and an empty second pass: that was exit 0, "it holds nothing".
fn three_of_five_and_then_nothing() -> Vec<Answer> {
    vec![page(&["r0", "r1", "r2"], Some(5))]
}

/// Five of six came; then a shorter pass that agrees with itself: that was exit 0 with three repositories.
fn five_of_six_and_then_three() -> Vec<Answer> {
    let counted =
        |names: &[&str], total| page(names, None).with("Content-Range", &format!("0-{}/{total}", names.len()));
    vec![
        counted(&["r0", "r1", "r2", "r3", "r4"], 6),
        counted(&["r4"], 6),
        counted(&["r0", "r1", "r2"], 3),
    ]
}

#[test]
fn names_that_one_pass_showed_are_asked_for_though_the_next_one_is_empty() {
    let ended = audit("", three_of_five_and_then_nothing(), &["r0", "r1", "r2"]);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert_eq!(ended.outcomes(), ["r0 ok", "r1 ok", "r2 ok"]);
    assert!(lists(&ended)[0].starts_with("truncated"), "{:?}", lists(&ended));
}

#[test]
fn names_that_only_an_earlier_pass_showed_are_asked_for() {
    let ended = audit("", five_of_six_and_then_three(), &["r0", "r1", "r2", "r3", "r4"]);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert_eq!(ended.outcomes(), ["r0 ok", "r1 ok", "r2 ok", "r3 ok", "r4 ok"]);
    assert!(lists(&ended)[0].starts_with("truncated"), "the list lacks what exists");

    let ended = audit("", five_of_six_and_then_three(), &["r0", "r1", "r2"]);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    let gone = ["r0 ok", "r1 ok", "r2 ok", "r3 unknown", "r4 unknown"];
    assert_eq!(ended.outcomes(), gone);
    assert_eq!(ended.told(), ["r3 unknown:vanished", "r4 unknown:vanished"]);
    assert_eq!(lists(&ended), [""; 0], "the list is what is left");
}

#[test]
fn a_name_that_only_an_earlier_pass_showed_and_nobody_asks_for_truncates_its_list() {
    for others in ["allow", "deny"] {
        let ended = audit(
            &format!(", otherRepos: {others}, repos: [\"r[0-2]\"]"),
            five_of_six_and_then_three(),
            &["r0", "r1", "r2"],
        );
        assert_eq!(ended.code, 4, "{others}: {}", ended.stderr);
        assert_eq!(ended.outcomes(), ["r0 ok", "r1 ok", "r2 ok"]);
        assert!(lists(&ended)[0].contains("'r3'"), "{:?}", lists(&ended));
    }
}

#[test]
fn a_named_repository_that_only_an_earlier_pass_showed_has_vanished_and_is_not_missing() {
    let ended = audit(
        ", repos: [r4, \"r?\"]",
        five_of_six_and_then_three(),
        &["r0", "r1", "r2"],
    );
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert_eq!(ended.told(), ["r3 unknown:vanished", "r4 unknown:vanished"]);
}

#[test]
fn check_live_and_snapshot_do_not_call_a_list_whole_that_lost_names() {
    for arguments in [
        &["check", "--live", "inventory.yaml", "--format", "json"][..],
        &["snapshot", "inventory.yaml", "-o", "now.yaml"],
    ] {
        let service = service(five_of_six_and_then_three(), &["r0", "r1", "r2"]);
        let folder = tempfile::tempdir().expect("a folder for the test");
        let inventory = inventory("") + "otherNamespaces: deny\n";
        std::fs::write(folder.path().join("inventory.yaml"), inventory).expect("the folder is writable");
        let output = binary(folder.path())
            .args(arguments)
            .args(["--retries", "0", "--endpoint", &service.endpoint()])
            .env("HUAWEICLOUD_SDK_AK", ACCESS_KEY)
            .env("HUAWEICLOUD_SDK_SK", SECRET_KEY)
            .output()
            .expect("the binary starts");
        assert_eq!(
            output.status.code(),
            Some(4),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let out = String::from_utf8(output.stdout).expect("text");
        if arguments[0] == "check" {
            assert!(out.contains("truncated") && out.contains("'r3'"), "{out}");
        } else {
            let written = std::fs::read_to_string(folder.path().join("now.yaml")).expect("it is written");
            assert!(
                written.contains("Not all of its repositories could be listed (truncated"),
                "{written}"
            );
        }
    }
}

#[test]
fn a_total_above_the_rules_that_came_truncates_them() {
    let counted = |body: &str, totals: &[&str]| {
        let with = |answer: Answer, total: &&str| answer.with("Content-Range", total);
        totals.iter().fold(Answer::of(body), with)
    };
    let one = rule("web");
    for (answer, code) in [
        (counted("[]", &["0-0/7"]), 4),
        (counted("", &["0-0/7"]), 4),
        (counted(&one, &["0-1/2"]), 4),
        (counted(&one, &["0-1/1", "0-1/2"]), 4),
        (counted(&one, &["0-1/2, 0-1/1"]), 4),
        (counted(&one.replace("\"id\":1", "\"id\":1,\"total_range\":2"), &[]), 4),
        (counted(&one, &["0-1/1"]), 0),
        (counted(&one, &[]), 0),
    ] {
        let said = format!("{answer:?}");
        let service = Scripted::serve(move |_: &str| answer.clone());
        let ended = Audit::of(&inventory(", otherRepos: allow, repos: [web]")).against(&service.endpoint());
        assert_eq!(ended.code, code, "{said}: {}", ended.stderr);
        let report = ended.json();
        if code == 4 {
            assert_eq!(ended.outcomes(), ["web unknown"], "{said}");
            assert_eq!(report["repositories"][0]["unknownClass"], "truncated", "{said}");
        }
        let limits = report["limits"].as_array().expect("a list");
        let is_limited = limits.iter().any(|limit| limit["code"] == "list-may-be-cut");
        assert_eq!(is_limited, code == 4, "{said}");
    }
}

#[test]
fn a_hint_at_more_namespaces_truncates_their_list() {
    for (answer, code) in [
        (
            Answer::of(r#"{"namespaces":[{"name":"prod"}]}"#).with("Content-Range", "0-1/50"),
            4,
        ),
        (Answer::of(r#"{"namespaces":[{"name":"prod"}],"total":50}"#), 4),
        (Answer::of(r#"{"namespaces":[{"name":"prod"}],"nextMarker":"q"}"#), 4),
        (Answer::of(r#"{"namespaces":[{"name":"prod"}],"has_more":true}"#), 4),
        (
            Answer::of(r#"{"namespaces":[{"name":"prod"}]}"#).with("Content-Range", "0-1/1"),
            0,
        ),
        (Answer::of(r#"{"namespaces":[{"name":"prod"}],"has_more":false}"#), 0),
    ] {
        let said = format!("{answer:?}");
        let service = Scripted::serve(move |target: &str| match target {
            "/v2/manage/namespaces?filter=mode%3A%3Avisible" => answer.clone(),
            "/v2/manage/overview" => Answer::of("{}"),
            _ => Answer::of(&rule("web")),
        });
        let inventory = inventory(", otherRepos: allow, repos: [web]") + "otherNamespaces: deny\n";
        let ended = Audit::of(&inventory).against(&service.endpoint());
        assert_eq!(ended.code, code, "{said}: {}", ended.stderr);
        assert_eq!(lists(&ended).len(), usize::from(code == 4), "{said}");
    }
}

#[test]
fn a_list_of_repositories_without_any_total_is_a_limit() {
    for (answer, is_limited) in [
        (page(&["r0"], None), true),
        (page(&["r0"], None).with("Content-Range", "0-1/*"), true),
        (page(&["r0"], Some(1)), false),
        (page(&["r0"], None).with("Content-Range", "0-1/1"), false),
    ] {
        let ended = audit("", vec![answer], &["r0"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let report = ended.json();
        let limits = report["limits"].as_array().expect("a list").iter();
        let messages: Vec<&str> = limits
            .filter(|limit| limit["code"] == "listing-unconfirmed")
            .map(|limit| limit["message"].as_str().expect("text"))
            .collect();
        assert_eq!(messages.len(), usize::from(is_limited), "{messages:?}");
    }
}

/// It said "everything that the service lists was seen", and nothing else.
#[test]
fn a_snapshot_of_a_list_without_any_total_says_so() {
    let service = service(vec![page(&["r0", "r1"], None), page(&["r1"], None)], &["r0", "r1"]);
    let folder = tempfile::tempdir().expect("a folder for the test");
    let output = binary(folder.path())
        .args(["snapshot", "--region", "cn-north-4", "-o", "now.yaml", "--endpoint"])
        .arg(service.endpoint())
        .env("HUAWEICLOUD_SDK_AK", ACCESS_KEY)
        .env("HUAWEICLOUD_SDK_SK", SECRET_KEY)
        .output()
        .expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let note = "note    1 list of repositories came without a total: only the last page says that a list ends there";
    assert!(said.contains(note), "{said}");
}
