//! Runs one after the other: what is new, what is known and since when, and what is resolved only where it was seen to be.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use simulator::{Call, Fault, Simulator, World};

use crate::support::{Audit, Ended, error, fault, inventory, inventory_of, serve, world, world_of};

/// The days of the runs.
const DAYS: [&str; 4] = [
    "2026-11-01T03:00:00Z",
    "2026-11-02T03:00:00Z",
    "2026-11-03T03:00:00Z",
    "2026-11-04T03:00:00Z",
];

/// Runs over a folder that keeps its reports.
struct Cron(Audit);

impl Cron {
    fn of(inventory: &str) -> Self {
        Self(Audit::of(inventory))
    }

    /// From now on the inventory is that.
    fn write(&self, inventory: &str) {
        fs::write(self.0.folder().join("inventory.yaml"), inventory).expect("the folder is writable");
    }

    fn run(&self, day: usize, world: World, arguments: &[&str]) -> Ended {
        self.run_at(day, &serve(world), arguments)
    }

    fn run_at(&self, day: usize, simulator: &Simulator, arguments: &[&str]) -> Ended {
        let id = format!("day-{day}");
        let mut command = self.0.command(Some(&simulator.endpoint()));
        command.args(["--at", DAYS[day], "--run-id", &id]).args(arguments);
        self.0.ended(command.output().expect("the binary starts"))
    }
}

/// The world of these repositories, where some of them have no rule.
fn lacking(all: &[&str], without_rule: &[&str]) -> World {
    let mut world = world(all);
    for name in without_rule {
        world.repository("prod", name).rules.clear();
    }
    world
}

/// `repository status day`, of each finding.
fn findings(ended: &Ended) -> Vec<String> {
    told(&ended.json()["findings"], "status")
}

/// `repository how day`.
fn resolved(ended: &Ended) -> Vec<String> {
    told(&ended.json()["resolved"], "how")
}

/// `repository status day`, as the run before had them.
fn carried(ended: &Ended) -> Vec<String> {
    told(&ended.json()["carried"], "status")
}

fn told(entries: &Value, word: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let day = |entry: &Value| DAYS.iter().position(|day| *day == text(&entry["firstSeen"]));
    let entries = entries.as_array().expect("a list").iter();
    entries
        .map(|entry| {
            let day = day(entry).map_or("never".to_owned(), |day| day.to_string());
            format!("{} {} {day}", text(&entry["repository"]), text(&entry[word]))
        })
        .collect()
}

#[test]
fn three_runs_tell_new_from_known_and_resolved() {
    let all = ["api", "web"];
    let cron = Cron::of(&inventory(&all));
    let first = cron.run(0, lacking(&all, &["api", "web"]), &[]);
    assert_eq!(findings(&first), ["api new 0", "web new 0"]);
    assert_eq!(first.json()["run"]["baseline"], Value::Null);

    let second = cron.run(1, lacking(&all, &["web"]), &[]);
    assert_eq!(findings(&second), ["web known 0"]);
    assert_eq!(resolved(&second), ["api fixed 0"]);
    let baseline = &second.json()["run"]["baseline"];
    assert_eq!(
        *baseline,
        json!({ "id": "day-0", "startedAt": DAYS[0], "lastCompleteAt": DAYS[0] })
    );
    let counts = &second.json()["summary"]["findings"];
    assert_eq!(
        ["new", "known", "resolved"].map(|key| counts[key].as_u64()),
        [0, 1, 1].map(Some)
    );
    let row = &second.drift()[1];
    assert_eq!(
        (&*row["repository"], &*row["status"], &*row["first_seen"]),
        ("api", "resolved", DAYS[0])
    );

    let third = cron.run(2, lacking(&all, &["api"]), &[]);
    assert_eq!(findings(&third), ["api new 2"], "what came back is new");
    assert_eq!(resolved(&third), ["web fixed 0"]);
    assert_eq!(carried(&third), Vec::<String>::new());
}

#[test]
fn what_could_not_be_read_is_carried_and_not_resolved() {
    let all = ["api", "web"];
    let cron = Cron::of(&inventory(&all));
    cron.run(0, lacking(&all, &["api", "web"]), &[]);
    let mut denied = lacking(&all, &["api"]);
    denied.faults.push(fault("prod/web", error(403, "SVCSTG.SWR.4030001")));
    let second = cron.run(1, denied, &[]);
    assert_eq!(second.code, 6, "{}", second.stderr);
    assert_eq!(findings(&second), ["api known 0"]);
    assert_eq!(
        (resolved(&second), carried(&second)),
        (vec![], vec!["web new 0".to_owned()])
    );
    let unknown = &second.json()["unknown"][0];
    assert_eq!(
        (&unknown["class"], &unknown["firstSeen"]),
        (&json!("access-denied"), &json!(DAYS[1]))
    );

    let third = cron.run(2, lacking(&all, &["web"]), &[]);
    assert_eq!(findings(&third), ["web known 0"]);
    assert_eq!(resolved(&third), ["api fixed 0"]);
    assert_eq!(
        third.json()["run"]["baseline"]["lastCompleteAt"],
        DAYS[0],
        "the second was not complete"
    );
}

#[test]
fn a_narrower_run_carries_the_rest_and_the_next_one_finds_it() {
    let all = ["api", "web"];
    let cron = Cron::of(&inventory(&all));
    cron.run(0, lacking(&all, &["api", "web"]), &[]);
    let narrow = cron.run(1, lacking(&all, &[]), &["--only", "prod/api"]);
    assert_eq!(resolved(&narrow), ["api fixed 0"]);
    assert_eq!(carried(&narrow), ["web new 0"]);
    let whole = cron.run(2, lacking(&all, &["web"]), &[]);
    assert_eq!(findings(&whole), ["web known 0"]);
    assert_eq!(whole.json()["run"]["baseline"]["id"], "day-1");
}

#[test]
fn what_leaves_the_inventory_or_is_skipped_is_not_called_fixed() {
    let all = ["api", "job", "web"];
    let cron = Cron::of(&inventory(&all));
    cron.run(0, lacking(&all, &all), &[]);
    let skipping = inventory(&["web"]) + "      - { name: job, skip: true, reason: retired }\n";
    cron.write(&skipping);
    let second = cron.run(1, lacking(&all, &[]), &[]);
    assert_eq!(
        resolved(&second),
        ["api not-expected 0", "job skipped 0", "web fixed 0"]
    );
}

#[test]
fn a_target_that_the_policy_drops_is_not_expected_any_more() {
    let cron = Cron::of(&inventory(&["web"]));
    cron.run(0, lacking(&["web"], &["web"]), &[]);
    cron.write(&inventory(&["web"]).replace(
        "    targets:\n      - { region: cn-east-3, namespace: prod-dr, override: false, syncAuto: true }",
        "    targets: []",
    ));
    let second = cron.run(1, lacking(&["web"], &["web"]), &[]);
    assert_eq!(resolved(&second), ["web not-expected 0"], "{}", second.stderr);
}

/// Two repositories write one; the one that cannot be read may still do so.
#[test]
fn a_race_is_carried_while_one_of_its_writers_cannot_be_read() {
    let names: [(&str, &[&str]); 2] = [("prod", &["web"]), ("shop", &["web"])];
    let wanted = inventory_of(&names).replace("override: false", "override: true");
    let racing = || {
        let mut world = world_of(&names);
        for namespace in ["prod", "shop"] {
            world.repository(namespace, "web").rules[0].overwrite = true;
        }
        world
    };
    let cron = Cron::of(&wanted);
    let first = cron.run(0, racing(), &[]);
    assert_eq!(findings(&first), ["web new 0"], "{}", first.stderr);
    assert_eq!(first.json()["findings"][0]["code"], "overwrite-race");
    let mut half = racing();
    half.faults.push(fault("shop/web", error(403, "SVCSTG.SWR.4030001")));
    let second = cron.run(1, half, &[]);
    assert_eq!(
        (resolved(&second), carried(&second)),
        (vec![], vec!["web new 0".to_owned()])
    );
    let third = cron.run(2, racing(), &[]);
    assert_eq!(findings(&third), ["web known 0"]);
}

#[test]
fn two_cron_jobs_in_one_folder_do_not_take_each_other_for_their_past() {
    let cron = Cron::of(&inventory(&["api"]));
    let other = cron.0.folder().join("other.yaml");
    fs::write(&other, inventory(&["web"])).expect("the folder is writable");
    cron.run(0, lacking(&["api"], &["api"]), &[]);
    let run_other = |day: usize| {
        let simulator = serve(lacking(&["web"], &["web"]));
        let id = format!("other-{day}");
        let mut command = cron.0.command(Some(&simulator.endpoint()));
        let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        let mut binary = crate::support::binary(cron.0.folder());
        binary.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        binary.args(arguments.iter().map(|argument| {
            if argument == "inventory.yaml" {
                "other.yaml".into()
            } else {
                argument.clone()
            }
        }));
        binary.args(["--at", DAYS[day], "--run-id", &id]);
        command = binary;
        cron.0.ended(command.output().expect("the binary starts"))
    };
    let first = run_other(1);
    assert_eq!(first.json()["run"]["baseline"], Value::Null, "{}", first.stderr);
    assert_eq!(resolved(&first), Vec::<String>::new());
    let again = cron.run(2, lacking(&["api"], &["api"]), &[]);
    assert_eq!(findings(&again), ["api known 0"]);
    assert_eq!(again.json()["run"]["baseline"]["id"], "day-0");
    assert_eq!(findings(&run_other(3)), ["web known 1"]);
}

/// An inventory of two sources, at those services.
fn of_sources(sources: &[(&str, &str)]) -> String {
    let document = |(name, endpoint): &(&str, &str)| {
        inventory(&["web"]).replace(
            "source: { name: main, region: cn-north-4 }",
            &format!("source: {{ name: {name}, region: cn-north-4, endpoint: \"{endpoint}\" }}"),
        )
    };
    let documents: Vec<String> = sources.iter().map(document).collect();
    documents
        .iter()
        .enumerate()
        .map(|(at, document)| {
            // Policies serve all documents.
            let policies = "policies:\n  dr:\n    targets:\n      - { region: cn-east-3, namespace: prod-dr, override: false, syncAuto: true }\n";
            if at == 0 { document.clone() } else { document.replace(policies, "") }
        })
        .collect::<Vec<_>>()
        .join("---\n")
}

#[test]
fn a_source_that_goes_is_carried_and_is_known_when_it_comes_again() {
    let drifting = serve(lacking(&["web"], &["web"]));
    let endpoint = drifting.endpoint();
    let (one, both) = (
        of_sources(&[("a", &endpoint)]),
        of_sources(&[("a", &endpoint), ("b", &endpoint)]),
    );
    let cron = Cron::of(&both);
    let run = |day: usize| {
        let id = format!("day-{day}");
        let mut command = cron.0.command(None);
        command.args(["--at", DAYS[day], "--run-id", &id]);
        cron.0.ended(command.output().expect("the binary starts"))
    };
    assert_eq!(findings(&run(0)), ["web new 0", "web new 0"]);
    cron.write(&one);
    let without = run(1);
    assert_eq!(
        (findings(&without), carried(&without)),
        (vec!["web known 0".to_owned()], vec!["web new 0".to_owned()])
    );
    assert_eq!(without.json()["carried"][0]["source"], "b");
    cron.write(&both);
    let again = run(2);
    assert_eq!(findings(&again), ["web known 0", "web known 0"]);
    assert_eq!(carried(&again), Vec::<String>::new());
}

#[test]
fn an_accepted_state_in_git_lets_only_new_findings_fail() {
    let all = ["api", "web"];
    let cron = Cron::of(&inventory(&all));
    let place = cron.0.folder().join("accepted.json").display().to_string();
    let adopt = cron.run(0, lacking(&all, &["api"]), &["-o", &format!("baseline={place}")]);
    assert_eq!(adopt.code, 2);
    let gate = ["--baseline", &place, "--fail-on-new", "--out", "none", "-o", "json=-"];
    let same = cron.run(1, lacking(&all, &["api"]), &gate);
    let report: Value = serde_json::from_str(&same.stdout).expect("the report is JSON");
    assert_eq!(
        (same.code, &report["verdict"]["drift"]),
        (0, &json!(false)),
        "{}",
        same.stderr
    );
    assert_eq!(told(&report["findings"], "status"), ["api known 0"], "it is shown");
    assert_eq!(
        report["verdict"]["reason"],
        "no new finding at or over low, and 1 known"
    );
    let worse = cron.run(2, lacking(&all, &["api", "web"]), &gate);
    assert_eq!(worse.code, 2, "{}", worse.stderr);
    let report: Value = serde_json::from_str(&worse.stdout).expect("the report is JSON");
    assert_eq!(report["verdict"]["reason"], "1 new finding at or over low, and 1 known");
    let without: Vec<&str> = gate
        .iter()
        .filter(|argument| **argument != "--fail-on-new")
        .copied()
        .collect();
    assert_eq!(
        cron.run(3, lacking(&all, &["api"]), &without).code,
        2,
        "known findings count otherwise"
    );
}

/// Everything that a report of the first form lacks is left out of it.
fn to_first_form(report: &Path) {
    let mut first: Value = serde_json::from_slice(&fs::read(report).expect("it is there")).expect("it is JSON");
    first["$schema"] = json!("urn:swr-audit:report:v1");
    first["run"]["baseline"] = Value::Null;
    for key in ["causes", "warnings", "regions"] {
        first.as_object_mut().expect("an object").remove(key);
    }
    for finding in first["findings"].as_array_mut().expect("a list") {
        finding["fingerprint"] = json!("0123456789abcdef");
        finding["remediation"] = json!(["create the rule"]);
        for key in ["cause", "owners", "tags", "job"] {
            finding.as_object_mut().expect("an object").remove(key);
        }
    }
    fs::write(report, first.to_string()).expect("it is writable");
}

#[test]
fn a_baseline_of_the_first_form_is_understood() {
    let cron = Cron::of(&inventory(&["web"]));
    let first = cron.run(0, lacking(&["web"], &["web"]), &[]);
    to_first_form(&first.report.join("report.json"));
    let second = cron.run(1, lacking(&["web"], &["web"]), &[]);
    assert_eq!(findings(&second), ["web known 0"]);
}

#[test]
fn a_baseline_that_cannot_be_used_is_refused_before_anything_is_asked() {
    let cron = Cron::of(&inventory(&["web"]));
    let folder = cron.0.folder().to_owned();
    fs::write(folder.join("broken.json"), "{").expect("it is writable");
    let other = Cron::of(&inventory(&["web"]).replace("name: main", "name: eu"));
    let report = other.run(0, world(&["web"]), &[]).report.join("report.json");
    fs::copy(report, folder.join("eu.json")).expect("it is writable");
    for (file, reason) in [
        ("none.json", "cannot read the baseline"),
        ("broken.json", "it is no JSON"),
        ("eu.json", "have no source in common: the baseline has eu"),
    ] {
        let simulator = serve(world(&["web"]));
        let ended = cron.run_at(1, &simulator, &["--baseline", file]);
        assert_eq!(ended.code, 65, "{file}: {}", ended.stderr);
        assert!(ended.stderr.contains(reason), "{file}: {}", ended.stderr);
        assert!(simulator.requests().is_empty(), "{file}");
    }
}

#[test]
fn a_report_of_the_folder_that_cannot_be_read_is_named_and_no_past() {
    let cron = Cron::of(&inventory(&["web"]));
    let first = cron.run(0, lacking(&["web"], &["web"]), &[]);
    let report = first.report.join("report.json");
    let text = fs::read_to_string(&report).expect("it is there");
    fs::write(&report, &text[..text.len() - 200]).expect("it is writable");
    let second = cron.run(1, lacking(&["web"], &["web"]), &[]);
    assert_eq!(findings(&second), ["web new 1"]);
    assert!(second.stderr.contains("cannot read the baseline"), "{}", second.stderr);
}

#[test]
fn a_replay_is_compared_with_what_was_past_for_the_run_that_it_judges_again() {
    let all = ["api", "web"];
    let cron = Cron::of(&inventory(&all));
    cron.run(0, lacking(&all, &["api"]), &[]);
    let second = cron.run(1, lacking(&all, &["api", "web"]), &[]);
    cron.run(2, lacking(&all, &[]), &[]);
    let journal = second.report.join("journal.ndjson").display().to_string();
    let mut command = cron.0.command(None);
    command.args(["--replay", &journal, "--run-id", "again"]);
    let again = cron.0.ended(command.output().expect("the binary starts"));
    assert_eq!(findings(&again), findings(&second));
    assert_eq!(findings(&again), ["api known 0", "web new 1"]);
}

#[test]
fn warnings_of_check_are_said_by_a_run_and_stand_in_its_report() {
    let unused = inventory(&["web"]).replace("policies:\n", "policies:\n  spare: { targets: [] }\n");
    let cron = Cron::of(&unused);
    let ended = cron.run(0, world(&["web"]), &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("warning: inventory.yaml:4:3: "),
        "{}",
        ended.stderr
    );
    let warning = &ended.json()["warnings"][0];
    assert_eq!(warning["inventory"]["line"], 4);
    assert!(
        warning["message"]
            .as_str()
            .is_some_and(|message| message.contains("spare")),
        "{warning}"
    );
}

const TWELVE: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

/// The guard does not wear off: what it held back stays last seen present.
#[test]
fn what_was_there_and_is_gone_at_once_is_not_believed_on_any_day() {
    let cron = Cron::of(&inventory(&TWELVE));
    let first = cron.run(0, lacking(&TWELVE, &["a"]), &[]);
    assert_eq!(findings(&first), ["a new 0"]);
    for day in [1, 2] {
        let gone = cron.run(day, world(&["other"]), &[]);
        assert_eq!(gone.code, 4, "{}", gone.stderr);
        assert_eq!((findings(&gone), resolved(&gone)), (vec![], vec![]), "{}", gone.stderr);
        assert_eq!(carried(&gone), ["a new 0"]);
        assert_eq!(gone.json()["summary"]["repos"]["gone"], 12);
        let message = gone.json()["unknown"][0]["message"].to_string();
        assert!(
            message.contains("12 of the 12 repositories that the baseline saw"),
            "{message}"
        );
    }
    let real = cron.run(3, world(&["other"]), &["--allow-mass-change"]);
    assert_eq!(real.code, 2, "{}", real.stderr);
    assert_eq!(real.json()["summary"]["findings"]["byCode"]["missing-repo"], 12);
    assert_eq!(resolved(&real), ["a fixed 0"]);
}

#[test]
fn rules_that_are_gone_at_once_are_not_believed_to_be() {
    let cron = Cron::of(&inventory(&TWELVE));
    cron.run(0, world(&TWELVE), &[]);
    let without = cron.run(1, lacking(&TWELVE, &TWELVE), &[]);
    assert_eq!(without.code, 4, "{}", without.stderr);
    let some = cron.run(2, lacking(&TWELVE, &["a", "b", "c"]), &[]);
    assert_eq!(findings(&some), ["a new 2", "b new 2", "c new 2"], "{}", some.stderr);
}

/// What only a list can show stays open while the list cannot be read.
#[test]
fn a_list_that_cannot_be_read_resolves_nothing_that_only_it_could_show() {
    let wanted = inventory(&["web", "\"team/*\""]).replace("otherRepos: allow", "otherRepos: deny");
    let cron = Cron::of(&wanted);
    let codes = |ended: &Ended, list: &str| {
        let report = ended.json();
        let entries = report[list].as_array().expect("a list").iter();
        let codes = entries.map(|entry| entry["code"].as_str().expect("a text").to_owned());
        codes.collect::<Vec<_>>()
    };
    let both = ["empty-pattern", "unlisted-repo"];
    let first = cron.run(0, world(&["stray", "web"]), &[]);
    assert_eq!(codes(&first, "findings"), both, "{}", first.stderr);
    let mut unlistable = world(&["team/app", "web"]);
    unlistable.faults.push(Fault {
        call: Some(Call::Repositories),
        ..fault("*", error(403, "SVCSTG.SWR.4030001"))
    });
    let second = cron.run(1, unlistable, &[]);
    assert_eq!(second.code, 4, "{}", second.stderr);
    assert_eq!(
        (codes(&second, "carried"), resolved(&second)),
        (both.map(str::to_owned).into(), vec![])
    );
    let third = cron.run(2, world(&["team/app", "web"]), &[]);
    assert_eq!(third.code, 0, "{}", third.stderr);
    assert_eq!(
        (codes(&third, "resolved"), carried(&third)),
        (both.map(str::to_owned).into(), vec![])
    );
}

#[test]
fn a_waiver_that_ended_is_resolved_when_it_is_renewed_or_gone() {
    let waiver = |expires: &str| {
        let plain = inventory(&["web"]);
        format!("{plain}waivers:\n  - {{ id: W, repo: prod/web, reason: r, owner: o, expires: {expires} }}\n")
    };
    let cron = Cron::of(&waiver("2026-10-31"));
    assert_eq!(findings(&cron.run(0, world(&["web"]), &[])), [" new 0"]);
    let narrow = cron.run(1, world(&["web"]), &["--only", "prod/web"]);
    assert_eq!(findings(&narrow), [" known 0"], "{}", narrow.stderr);
    cron.write(&inventory(&["web"]));
    assert_eq!(resolved(&cron.run(2, world(&["web"]), &[])), [" not-expected 0"]);
}
