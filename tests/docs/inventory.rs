//! Every inventory that a page shows, every file in `policies/`, and every field, through the real loader.

use super::page::{Page, all, root, table};
use super::stage::{AT, Ended, Stage, ended};

/// A run that has no credential: a sound inventory brings it to 1, before anything is sent.
fn load(stage: &Stage, input: &str) -> Ended {
    ended(&mut stage.binary(&["run", input, "--out", "none", "--at", AT]))
}

#[test]
fn every_inventory_shown_is_sound() {
    let mut count = 0;
    for page in all() {
        for text in page.blocks("yaml inventory") {
            let ended = load(&Stage::with_inventory(text), "inventory.yaml");
            assert_eq!(ended.code, 1, "{}: {}", page.path().display(), ended.stderr);
            count += 1;
        }
    }
    assert!(count >= 4, "{count}");
}

#[test]
fn every_policy_file_is_sound_alone_and_with_the_others() {
    let folder = root().join("policies");
    let files = std::fs::read_dir(&folder).expect("there are policies");
    let files = files.map(|entry| entry.expect("an entry").path());
    for path in files.chain([folder.clone()]) {
        let ended = load(&Stage::new(), &path.to_string_lossy());
        assert_eq!(ended.code, 1, "{}: {}", path.display(), ended.stderr);
    }
}

#[test]
fn a_wrong_inventory_is_reported_as_shown() {
    let page = Page::read("docs/inventory.md");
    let ended = load(&Stage::with_inventory(page.block("yaml wrong")), "inventory.yaml");
    assert_eq!(ended.code, 65, "{}", ended.stderr);
    page.hold_block("text problems", &format!("{}\n", ended.stderr.trim_end()));
}

/// Inventories with an unknown field in each kind of mapping.
const STRANGERS: [(&str, &str); 9] = [
    ("Document", "zzzzzzzz: 1"),
    ("Source", "source: { zzzzzzzz: 1 }"),
    (
        "Credentials",
        "source: { region: cn-north-4, credentials: { zzzzzzzz: 1 } }",
    ),
    ("Defaults", "defaults: { zzzzzzzz: 1 }"),
    ("Policy", "policies: { dr: { zzzzzzzz: 1 } }"),
    ("Target", "policies: { dr: { targets: [{ zzzzzzzz: 1 }] } }"),
    ("Namespace", "namespaces: [{ zzzzzzzz: 1 }]"),
    ("Repository", "namespaces: [{ repos: [{ zzzzzzzz: 1 }] }]"),
    ("Waiver", "waivers: [{ zzzzzzzz: 1 }]"),
];

#[test]
fn every_field_is_documented_and_no_other() {
    let page = Page::read("docs/inventory.md");
    for (heading, wrong) in STRANGERS {
        let stage = Stage::with_inventory(&format!("apiVersion: swr-audit/v1\n{wrong}\n"));
        let said = load(&stage, "inventory.yaml").stderr;
        let (_, known) = said.split_once("known here are ").expect(&said);
        let known = known.lines().next().unwrap_or_default();
        let known: Vec<&str> = known.split(", ").map(|field| field.trim_matches('`')).collect();
        let documented = table(page.section(heading));
        let documented: Vec<&str> = documented.iter().map(|row| &*row[0]).collect();
        assert_eq!(documented, known, "{heading}");
    }
}
