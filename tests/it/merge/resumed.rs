//! A shard that was stopped is gone on with as that shard, and replayed as that shard.

use serde_json::json;

use super::{Stage, runs};
use crate::support::{inventory_of, serve, world_of};

const NAMES: &[&str] = &["api", "batch", "cart", "mail", "search", "web"];

#[test]
fn another_shard_or_selection_goes_on_with_no_run() {
    let simulator = serve(world_of(&[("prod", NAMES)]));
    let stage = Stage::new(&inventory_of(&[("prod", NAMES)]), simulator.endpoint());
    let ended = stage.run(
        "runs",
        &[
            "--run-id", "r", "--shard", "1/2", "--only", "prod/*", "--only", "!prod/x",
        ],
    );
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    // As a kill leaves it: the journal without its last line.
    let journal = std::fs::read_to_string(stage.path().join("runs/r/journal.ndjson")).expect("a journal");
    let header: serde_json::Value = serde_json::from_str(journal.lines().next().expect("a line")).expect("JSON");
    assert_eq!(
        (&header["shard"], &header["selection"]),
        (&json!("1/2"), &json!(["prod/*", "!prod/x"]))
    );
    let kept: Vec<&str> = journal.lines().filter(|line| !line.contains("\"end\"")).collect();
    let partial = stage.path().join("stopped/.partial-r");
    std::fs::create_dir_all(&partial).expect("the folder is writable");
    std::fs::write(partial.join("journal.ndjson"), kept.join("\n") + "\n").expect("the folder is writable");

    for (arguments, why) in [
        (
            &["--only", "prod/*", "--only", "!prod/x"][..],
            "it was shard 1/2, and this run would be the whole",
        ),
        (
            &["--shard", "2/2", "--only", "prod/*", "--only", "!prod/x"],
            "it was shard 1/2, and this run would be shard 2/2",
        ),
        (
            &["--shard", "1/2"],
            "it audited --only 'prod/* !prod/x', and this run would audit everything",
        ),
    ] {
        let ended = stage.run("stopped", &[&["--resume", "r"], arguments].concat());
        assert_eq!(ended.code, 65, "{}", ended.stderr);
        assert!(ended.stderr.contains(why), "{}", ended.stderr);
        assert!(partial.exists(), "it stays as it is");
    }
    let asked = simulator.requests().len();
    let same = [
        "--resume", "r", "--shard", "1/2", "--only", "!prod/x", "--only", "prod/*",
    ];
    let ended = stage.run("stopped", &same);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(simulator.requests().len(), asked, "everything was known");
    let (expected, actual) = (stage.report("runs/r"), stage.report("stopped/r"));
    assert_eq!(expected["summary"], actual["summary"]);
    assert_eq!(actual["run"]["shard"], "1/2");
}

#[test]
fn replayed_shards_are_merged_with_each_other_alone() {
    let simulator = serve(world_of(&[("prod", NAMES)]));
    let stage = Stage::new(&inventory_of(&[("prod", NAMES)]), simulator.endpoint());
    stage.shards(2, &[]);
    let mut replayed = Vec::new();
    for index in 1..=2 {
        let (journal, shard) = (format!("shard-{index}/r/journal.ndjson"), format!("{index}/2"));
        let id = format!("again-{index}");
        let ended = stage.run("again", &["--replay", &journal, "--shard", &shard, "--run-id", &id]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        replayed.push(format!("again/{id}"));
    }
    assert_eq!(stage.merge("replayed", &replayed, &[]).code, 0);
    let report = stage.report("merged/replayed");
    assert_eq!(report["run"]["replayOf"], "r");
    assert!(
        !stage.path().join("merged/latest").exists(),
        "old answers are not the newest run"
    );
    let mixed = [replayed[0].clone(), runs(2)[1].clone()];
    assert_eq!(stage.merge("mixed", &mixed, &[]).code, 65);
}
