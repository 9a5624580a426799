//! The inventory that the shards had, wherever it is now, and no other.

use std::fs;

use super::{Stage, runs};
use crate::support::{inventory_of, serve, world_of};

const NAMES: &[&str] = &["a", "api", "b", "cart", "mail", "web"];

fn stage() -> (Stage, simulator::Simulator) {
    let mut world = world_of(&[("prod", NAMES)]);
    world.repository("prod", "web").rules.clear();
    let simulator = serve(world);
    let stage = Stage::new(&inventory_of(&[("prod", NAMES)]), simulator.endpoint());
    stage.shards(2, &[]);
    (stage, simulator)
}

#[test]
fn an_inventory_that_moved_is_accepted_and_named_as_for_the_shards() {
    let (stage, _simulator) = stage();
    fs::create_dir(stage.path().join("elsewhere")).expect("the folder is writable");
    fs::rename(
        stage.path().join("inventory.yaml"),
        stage.path().join("elsewhere/other.yaml"),
    )
    .expect("it is there");
    let ended = stage.merge_with("r", &runs(2), &["elsewhere"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    let report = stage.report("merged/r");
    assert_eq!(report["run"]["inventory"][0]["file"], "inventory.yaml");
    assert_eq!(report["findings"][0]["inventory"]["file"], "inventory.yaml");
    // It is protected where it is.
    let before = stage.bytes("elsewhere/other.yaml");
    let ended = stage.merge_with("z", &runs(2), &["elsewhere", "-o", "json=elsewhere/other.yaml"]);
    assert_eq!(ended.code, 64, "{}", ended.stderr);
    assert!(ended.stderr.contains("is a file of the inventory"), "{}", ended.stderr);
    assert_eq!(stage.bytes("elsewhere/other.yaml"), before);
    let ended = stage.merge_with("z", &runs(2), &["elsewhere", "-o", "json=inventory.yaml"]);
    assert_eq!(ended.code, 2, "nothing is there any more: {}", ended.stderr);
}

#[test]
fn an_inventory_that_changed_is_refused() {
    let (stage, _simulator) = stage();
    let path = stage.path().join("inventory.yaml");
    let text = fs::read_to_string(&path).expect("it is there");
    for (change, said) in [
        (format!("{text}# another\n"), "'inventory.yaml' has changed"),
        (text.replace("- web", "- www"), "'inventory.yaml' has changed"),
    ] {
        fs::write(&path, change).expect("it is writable");
        let ended = stage.merge("r", &runs(2), &[]);
        assert_eq!(ended.code, 65, "{}", ended.stderr);
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    fs::write(&path, text).expect("it is writable");
    fs::write(stage.path().join("more.yaml"), "apiVersion: swr-audit/v1\n").expect("the folder is writable");
    let ended = stage.merge("r", &runs(2), &["more.yaml"]);
    assert_eq!(ended.code, 65, "{}", ended.stderr);
    assert!(ended.stderr.contains("'more.yaml' is new"), "{}", ended.stderr);
    assert!(!stage.path().join("merged").exists(), "nothing is written");
}

#[test]
fn without_an_inventory_it_is_the_folder_policies() {
    let (stage, _simulator) = stage();
    let ended = stage.merge_with("r", &runs(2), &[]);
    assert_eq!(ended.code, 65, "{}", ended.stderr);
    assert!(ended.stderr.contains("policies"), "{}", ended.stderr);
    fs::create_dir(stage.path().join("policies")).expect("the folder is writable");
    fs::copy(
        stage.path().join("inventory.yaml"),
        stage.path().join("policies/i.yaml"),
    )
    .expect("it is there");
    let ended = stage.merge_with("r", &runs(2), &[]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
}
