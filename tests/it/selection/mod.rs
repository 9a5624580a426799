//! `--only`: a part is audited, the rest is not asked for, and the report says what was left out.

mod empty;
mod outside;

use simulator::World;

use crate::support::{Audit, inventory_of, rules_path, serve, world_of};

fn estate() -> (String, World) {
    let namespaces: &[(&str, &[&str])] = &[("lab", &["bench"]), ("prod", &["api", "web"])];
    (inventory_of(namespaces), world_of(namespaces))
}

/// What is asked for, and what the limit says.
fn selected(arguments: &[&str]) -> (i32, Vec<String>, String, String) {
    let (inventory, world) = estate();
    let simulator = serve(world);
    let ended = Audit::of(&inventory).with(arguments).against(&simulator.endpoint());
    let asked = simulator
        .requests()
        .iter()
        .map(|request| request.path.clone())
        .collect();
    let report = ended.json();
    let limits = report["limits"].as_array().expect("a list");
    let left_out = limits.iter().find(|limit| limit["code"] == "outside-selection");
    let said = left_out.map_or_else(String::new, |limit| {
        limit["message"].as_str().unwrap_or_default().to_owned()
    });
    (ended.code, asked, said, ended.stderr)
}

#[test]
fn what_is_not_selected_is_not_asked_for() {
    for (arguments, asked, said) in [
        (
            &["--only", "prod/web"][..],
            vec![rules_path("prod", "web")],
            "1 repository and 1 namespace left out",
        ),
        (
            &["--only", "prod", "--only", "!prod/api"],
            vec![rules_path("prod", "web")],
            "1 repository and 1 namespace left out",
        ),
        (
            &["--only", "!lab"],
            vec![rules_path("prod", "api"), rules_path("prod", "web")],
            "1 namespace left out",
        ),
        (
            &["--only", "main:lab/b*"],
            vec![rules_path("lab", "bench")],
            "1 namespace left out",
        ),
    ] {
        let (code, requests, told, stderr) = selected(arguments);
        assert_eq!(code, 0, "{arguments:?}: {stderr}");
        assert_eq!(requests, asked, "{arguments:?}");
        assert!(told.starts_with(said), "{arguments:?}: {told}");
    }
}

#[test]
fn the_report_says_what_was_selected() {
    let (inventory, world) = estate();
    let simulator = serve(world);
    let arguments = ["--only", "prod", "--only", "!prod/api"];
    let ended = Audit::of(&inventory).with(&arguments).against(&simulator.endpoint());
    assert_eq!(
        ended.json()["run"]["selection"],
        serde_json::json!(["prod", "!prod/api"])
    );
}
