//! The Indexed Job: what its pods run is a command line of this version, and what they write can be merged as it says.

use super::page::{Page, root};
use super::stage::{Stage, TWO, ended, serve, two, with_key};

/// As Kubernetes writes one.
const UID: &str = "0b6a1f0c-4d1e-4a5c-9d7e-2f8b6c3a9e10";

#[test]
fn the_shards_of_the_job_merge_to_the_whole() {
    let text = std::fs::read_to_string(root().join("deploy/kubernetes/indexed-job.yaml")).expect("there is a job");
    let (_, after) = text.split_once("- >-\n").expect("the arguments are folded lines");
    let lines: Vec<&str> = after
        .lines()
        .take_while(|line| !line.trim_start().starts_with("env:"))
        .map(str::trim)
        .collect();
    let script = lines
        .join(" ")
        .replace("/inventory", "inventory.yaml")
        .replace("/reports/", "reports/");
    let simulator = serve(two());
    let stage = Stage::with_inventory(TWO);
    for index in 0..8 {
        let mut shard = stage.shell(&script);
        with_key(&mut shard)
            .env("SWR_AUDIT_ENDPOINT", simulator.endpoint())
            .env("JOB_COMPLETION_INDEX", index.to_string())
            .env("JOB_UID", UID);
        let shard = ended(&mut shard);
        assert_eq!(shard.code, 0, "{index}: {}", shard.stderr);
    }
    let (_, merge) = text.split_once('`').expect("it says how they are merged");
    let (merge, _) = merge.split_once('`').expect("the command ends");
    let merge = merge
        .replace("/reports", "reports")
        .replace("/inventory", "inventory.yaml");
    let merged = ended(stage.shell(&merge).env("JOB_UID", UID));
    assert_eq!(merged.code, 0, "{}", merged.stderr);
    assert!(merged.stderr.contains("2 repositories: 2 ok\n"), "{}", merged.stderr);
}

#[test]
fn the_page_and_the_job_speak_of_as_many_shards() {
    let page = Page::read("docs/tasks.md");
    let job = std::fs::read_to_string(root().join("deploy/kubernetes/indexed-job.yaml")).expect("there is a job");
    assert!(page.text.contains("--shard 1/8") && page.text.contains("runs eight shards"));
    for line in ["completions: 8", "parallelism: 8", "+ 1))/8\""] {
        assert!(job.contains(line), "{line}");
    }
}
