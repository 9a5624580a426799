//! How old an answer may be, and on which day a run takes place that goes on with it.

use super::*;

/// The run of [`killed_after_two`] by the machine's clock, with a waiver for what is wrong that ends so many days from now.
fn killed_with_waiver(days: i64) -> (Simulator, Audit) {
    let last_day = Timestamp::now() + SignedDuration::from_hours(24 * days);
    let waiver = format!(
        "waivers:\n  - {{ id: W, repo: prod/bare, reason: frozen, owner: x, expires: {} }}\n",
        &last_day.to_string()[..10]
    );
    let inventory = inventory(&["api", "bare", "web"]) + &waiver;
    killed(three(), Audit::of(&inventory).with(&["--run-id", "same"]))
}

/// Moves everything that the journal says of time.
fn shift_all(run: &Path, hours: i64) {
    rewrite(run, |line| {
        for key in ["startedAt", "observedAt"] {
            if !line[key].is_null() {
                shift(&mut line[key], hours);
            }
        }
    });
}

fn started_at(ended: &Ended) -> Timestamp {
    let report = ended.json();
    let text = report["run"]["startedAt"].as_str().expect("a time");
    text.parse().expect("a time")
}

const YEAR: i64 = 365 * 24;

/// They were ok, and a waiver that had lapsed since held.
#[test]
fn answers_of_a_year_ago_are_asked_again_and_held_against_todays_waivers() {
    let (simulator, audit) = killed_with_waiver(-300);
    shift_all(&partial(&audit), -YEAR);
    let before = Timestamp::now() - SignedDuration::from_secs(1);
    let ended = audit.with(&["--resume"]).against(&simulator.endpoint());
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert_eq!(ended.told(), ["bare missing-rule", " expired-waiver"]);
    assert_eq!(ended.outcomes(), ["api ok", "bare drift", "web ok"]);
    assert_eq!(paths(&simulator).len(), 3, "all of it is asked");
    assert!(started_at(&ended) >= before, "it is a run of today");
    let note = "note: 2 answers of run same are asked for again: older than 24h, or from the future";
    assert!(ended.stderr.contains(note), "{}", ended.stderr);
    assert_eq!(answers(&ended.report), 3, "what is not used is no evidence of this run");
}

#[test]
fn where_they_may_be_as_old_the_run_is_of_their_day() {
    let (simulator, audit) = killed_with_waiver(-300);
    shift_all(&partial(&audit), -YEAR);
    let audit = audit.with(&["--resume", "--max-age", "10000h"]);
    let ended = audit.against(&simulator.endpoint());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.outcomes(), ["api ok", "bare waived", "web ok"]);
    assert_eq!(paths(&simulator), [rules_path("prod", "web")]);
    let age = Timestamp::now().duration_since(started_at(&ended));
    assert_eq!(age.as_hours(), YEAR);
    // The journal says which day that was.
    let replay = audit.with(&["--out", "again"]);
    let mut command = binary(replay.folder());
    let journal = ended.report.join("journal.ndjson");
    command
        .args(["run", "inventory.yaml", "--out", "again", "--replay"])
        .arg(journal);
    let replayed = replay.ended(command.output().expect("the binary starts"));
    assert_eq!(replayed.code, 0, "{}", replayed.stderr);
}

#[test]
fn an_answer_that_is_too_old_or_from_the_future_is_asked_again_and_the_others_stand() {
    for hours in [-25, 1] {
        let (simulator, audit) = killed_with_waiver(30);
        shift_answer(&partial(&audit), "api", hours);
        shift_answer(&partial(&audit), "bare", -3);
        let ended = audit.with(&["--resume"]).against(&simulator.endpoint());
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let mut asked = paths(&simulator);
        asked.sort();
        assert_eq!(asked, ["api", "web"].map(|name| rules_path("prod", name)), "{hours}");
        let age = Timestamp::now().duration_since(started_at(&ended));
        assert_eq!(age.as_hours(), 3, "that of the oldest answer that is used");
        let note = "note: 1 answer of run same is asked for again: older than 24h";
        assert!(ended.stderr.contains(note), "{}", ended.stderr);
    }
}

#[test]
fn a_list_with_one_page_too_old_is_asked_whole() {
    let mut world = world(&["a", "b", "c", "d", "web"]);
    world.behaviour.page_cap = 2;
    let inventory = inventory(&["web"])
        .replace("    repos:\n      - web\n", "")
        .replace("    otherRepos: allow\n", "");
    let (simulator, audit) = {
        world.faults.push(fault("prod/web", Misbehaviour::Hang));
        let simulator = serve(world);
        let audit = Audit::of(&inventory).with(&["--run-id", "same"]);
        let started = audit.start(&simulator.endpoint());
        wait_until("every answer but one", || {
            lines(&partial(&audit))
                .iter()
                .filter(|line| line["call"] == "rules")
                .count()
                == 4
        });
        kill(started);
        heal(&simulator);
        (simulator, audit)
    };
    let pages = |run: &Path| lines(run).iter().filter(|line| line["call"] == "repos").count();
    let before = pages(&partial(&audit));
    assert!(before > 2, "several pages");
    rewrite(&partial(&audit), |line| {
        if line["call"] == "repos" && line["offset"] == 2 {
            shift(&mut line["observedAt"], -25);
        }
    });
    let ended = audit.with(&["--resume"]).against(&simulator.endpoint());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.json()["summary"]["repos"]["ok"], 5);
    let rules = paths(&simulator).into_iter().filter(|path| path.ends_with("sync_repo"));
    assert_eq!(rules.collect::<Vec<_>>(), [rules_path("prod", "web")]);
    assert_eq!(pages(&ended.report), before, "each page once, and none of before");
    assert_eq!(simulator.requests().len(), before + 1);
}

#[test]
fn an_age_is_a_duration() {
    let (simulator, audit) = killed_after_two();
    for text in ["24", "0h", "-1h", "day"] {
        let mut command = audit.command(Some(&simulator.endpoint()));
        command.args(["--resume", "--max-age", text]);
        let ended = audit.ended(command.output().expect("the binary starts"));
        assert_eq!(ended.code, 64, "{text}: {}", ended.stderr);
    }
    assert!(simulator.requests().is_empty());
}
