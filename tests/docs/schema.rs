//! `docs/schema/`: what the command prints; what is sound, and what runs wrote, is valid; what is broken is not.
//! `UPDATE_SCHEMA=1` writes the files anew.

use std::fs;
use std::path::Path;

use jsonschema::Validator;
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::page::{Page, all, root};
use super::reports::{bytes, demo, logged_in, not_renewed, odd, skewed, unissued, with_token};
use super::stage::{Stage, TWO, ended, json, serve, two};

const DOCUMENTS: [&str; 3] = ["inventory", "report", "journal"];
/// The form that each is of.
const IDS: [&str; 3] = [
    "urn:swr-audit:inventory:v1",
    "urn:swr-audit:report:v2",
    "urn:swr-audit:journal:v1",
];

fn printed(document: &str) -> String {
    let ended = ended(&mut Stage::new().binary(&["schema", document]));
    assert_eq!((ended.code, &*ended.stderr), (0, ""));
    ended.stdout
}

fn schema(document: &str) -> Value {
    serde_json::from_str(&printed(document)).expect("a schema is JSON")
}

fn validator(document: &str) -> Validator {
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    options.build(&schema(document)).expect("a valid schema")
}

fn is_update() -> bool {
    std::env::var_os("UPDATE_SCHEMA").is_some_and(|value| value == "1")
}

#[test]
fn the_published_schemas_are_what_the_command_prints() {
    for (document, id) in DOCUMENTS.into_iter().zip(IDS) {
        let path = root().join(format!("docs/schema/{document}.json"));
        let actual = printed(document);
        if is_update() {
            fs::write(&path, &actual).expect("the folder is writable");
        }
        let published = fs::read_to_string(&path).expect("it is published");
        assert!(published == actual, "{}: UPDATE_SCHEMA=1", path.display());
        let schema = schema(document);
        assert_eq!(schema["$id"], id);
        jsonschema::meta::validate(&schema).expect("a schema of the draft that it names");
    }
    let files = fs::read_dir(root().join("docs/schema")).expect("a folder");
    assert_eq!(files.count(), DOCUMENTS.len());
}

#[test]
fn another_word_is_a_wrong_command_line() {
    for arguments in [
        &["schema"][..],
        &["schema", "waivers"],
        &["schema", "Report"],
        &["schema", "inventory", "report"],
    ] {
        let ended = ended(&mut Stage::new().binary(arguments));
        assert_eq!((ended.code, &*ended.stdout), (64, ""), "{arguments:?}");
    }
}

/// The documents of a YAML file.
fn documents(text: &str) -> Vec<Value> {
    let documents = yaml_serde::Deserializer::from_str(text);
    documents
        .map(|document| Value::deserialize(document).expect("valid YAML"))
        .filter(|document| !document.is_null())
        .collect()
}

fn hold(validator: &Validator, document: &Value, whence: &str) {
    let problems: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(problems.is_empty(), "{whence}: {problems:#?}");
}

#[test]
fn every_inventory_shown_is_valid_and_the_wrong_one_is_not() {
    let validator = validator("inventory");
    let mut count = 0;
    for page in all() {
        for document in page.blocks("yaml inventory").into_iter().flat_map(documents) {
            hold(&validator, &document, &page.path().display().to_string());
            count += 1;
        }
    }
    for file in fs::read_dir(root().join("policies")).expect("there are policies") {
        let path = file.expect("an entry").path();
        for document in documents(&fs::read_to_string(&path).expect("it is text")) {
            hold(&validator, &document, &path.display().to_string());
            count += 1;
        }
    }
    assert!(count >= 8, "{count}");
    for document in documents(Page::read("docs/inventory.md").block("yaml wrong")) {
        assert!(!validator.is_valid(&document));
    }
}

/// Broken in meaning, not in shape: every document of them has the form of an inventory.
const OF_GOOD_SHAPE: [&str; 4] = ["duplicate-keys", "no-policy", "target-is-source", "twice"];

#[test]
fn what_new_users_break_in_shape_is_not_valid() {
    let validator = validator("inventory");
    let mut judged = 0;
    for entry in fs::read_dir(root().join("tests/broken")).expect("there are some") {
        let folder = entry.expect("an entry").path();
        let name = folder
            .file_name()
            .expect("it has a name")
            .to_string_lossy()
            .into_owned();
        let Ok(text) = fs::read_to_string(folder.join("inventory.yaml")) else {
            continue;
        };
        // What is no YAML has no shape to judge.
        let documents: Result<Vec<Value>, _> = yaml_serde::Deserializer::from_str(&text)
            .map(Value::deserialize)
            .collect();
        let Ok(documents) = documents else { continue };
        let documents: Vec<Value> = documents.into_iter().filter(|document| !document.is_null()).collect();
        if documents.is_empty() {
            continue;
        }
        judged += 1;
        let is_valid = documents.iter().all(|document| validator.is_valid(document));
        assert_eq!(is_valid, OF_GOOD_SHAPE.contains(&&*name), "{name}");
    }
    assert!(judged >= 20, "{judged} folders hold YAML");
}

fn journal(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("journal.ndjson")).expect("there is a journal");
    let lines = text.lines().map(serde_json::from_str);
    lines.map(|line| line.expect("each line is JSON")).collect()
}

/// A run that found no credential.
fn failed() -> Stage {
    let stage = Stage::with_inventory(TWO);
    assert_eq!(ended(&mut stage.binary(&["run", "inventory.yaml"])).code, 1);
    stage
}

/// A run that had nothing to do.
fn empty() -> Stage {
    let head = "apiVersion: swr-audit/v1\nsource: { region: cn-north-4 }\n";
    let stage = Stage::with_inventory(&format!("{head}namespaces: []\n"));
    assert_eq!(ended(&mut stage.run(&serve(two()), &[])).code, 66);
    stage
}

/// A run that found everything as expected.
fn clean() -> Stage {
    let stage = Stage::with_inventory(TWO);
    assert_eq!(ended(&mut stage.run(&serve(two()), &[])).code, 0);
    stage
}

#[test]
fn what_runs_write_is_valid() {
    let (report, line) = (validator("report"), validator("journal"));
    let rare = [
        failed(),
        skewed(),
        unissued(),
        empty(),
        logged_in(),
        not_renewed(),
        with_token(),
    ];
    let stages = [demo(), odd(), bytes(), clean()]
        .into_iter()
        .chain(rare)
        .collect::<Vec<_>>();
    let folders = stages.iter().map(|stage| stage.run_folder().expect("there was a run"));
    for folder in folders.chain([root().join("reports/sample")]) {
        let document = json(&folder.join("report.json"));
        hold(&report, &document, &folder.display().to_string());
        assert_eq!(document["$schema"], schema("report")["$id"]);
        for document in journal(&folder) {
            hold(&line, &document, &document.to_string());
        }
    }
}

/// Keys of a journal that are left out where they have nothing to say.
const LEFT_OUT: [&str; 9] = [
    "/account",
    "/at",
    "/bodyCut",
    "/contentRange",
    "/deadlineMs",
    "/level",
    "/registry",
    "/replayOf",
    "/resumes",
];

/// Keys that may be absent: of the codes only the schema's own version names each.
fn may_be_absent(path: &str) -> bool {
    path.starts_with("/summary/findings/byCode/") || LEFT_OUT.contains(&path)
}

/// Every place in a document, as JSON pointers.
fn places(path: &str, value: &Value, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, field)| (key.clone(), field)).collect(),
        Value::Array(items) => (0..)
            .zip(items)
            .map(|(at, item): (usize, _)| (at.to_string(), item))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (key, child) in children {
        let path = format!("{path}/{key}");
        places(&path, child, found);
        found.push(path);
    }
}

/// Breaks a valid document in every place: a key away, a key renamed, a value of a wrong type.
fn break_everywhere(validator: &Validator, document: &Value) -> usize {
    assert!(validator.is_valid(document));
    let mut paths = Vec::new();
    places("", document, &mut paths);
    for path in &paths {
        let (parent, key) = path.rsplit_once('/').expect("a pointer");
        let mut wrong = document.clone();
        *wrong.pointer_mut(path).expect("it is there") = json!([[]]);
        assert!(!validator.is_valid(&wrong), "{path} of another type");
        let mut wrong = document.clone();
        let Some(Value::Object(fields)) = wrong.pointer_mut(parent) else {
            continue;
        };
        let value = fields.remove(key).expect("it is there");
        assert!(may_be_absent(path) || !validator.is_valid(&wrong), "{path} removed");
        if let Some(Value::Object(fields)) = wrong.pointer_mut(parent) {
            fields.insert(format!("{key}s"), value);
        }
        let is_left_out = LEFT_OUT.contains(&&**path);
        assert!(is_left_out || !validator.is_valid(&wrong), "{path} renamed");
    }
    paths.len()
}

#[test]
fn a_broken_report_is_not_valid() {
    let validator = validator("report");
    let sample = json(&root().join("reports/sample/report.json"));
    let count = break_everywhere(&validator, &sample);
    assert!(count > 500, "{count}");
    break_everywhere(
        &validator,
        &json(&odd().run_folder().expect("a run").join("report.json")),
    );

    let with = |path: &str, value: Value| {
        let mut report = sample.clone();
        *report.pointer_mut(path).expect("it is there") = value;
        validator.is_valid(&report)
    };
    for (path, value) in [
        ("/status", json!("done")),
        ("/exitCode", json!(3)),
        ("/kind", json!("Report")),
        ("/$schema", json!("urn:swr-audit:report:v1")),
        ("/findings/0/code", json!("missing-rules")),
        ("/findings/0/severity", json!("urgent")),
        ("/findings/0/fingerprint", json!("55ffb33b5e74c3dd")),
        ("/unknown/0/class", json!("none")),
        ("/repositories/0/outcome", json!("fine")),
        ("/repositories/0/findings", json!(-1)),
        ("/run/startedAt", json!("yesterday")),
        ("/limits/0/code", json!("blind")),
    ] {
        assert!(!with(path, value), "{path}");
    }
}

#[test]
fn a_later_versions_keys_are_no_reason_to_refuse_its_report() {
    let validator = validator("report");
    let mut report = json(&root().join("reports/sample/report.json"));
    report["history"] = json!({});
    report["findings"][0]["images"] = json!(7);
    report["carried"] = json!([report["findings"][0]]);
    hold(&validator, &report, "a later version");
}

#[test]
fn a_broken_journal_is_not_valid() {
    let validator = validator("journal");
    let mut kinds = [false; 4];
    for stage in [demo(), odd(), bytes(), logged_in(), with_token()] {
        for line in journal(&stage.run_folder().expect("there was a run")) {
            break_everywhere(&validator, &line);
            for (seen, key) in kinds.iter_mut().zip(["runId", "body", "bodyHex", "failure"]) {
                *seen |= line.get(key).is_some();
            }
        }
    }
    assert_eq!(kinds, [true; 4], "each kind of line was broken");
}
