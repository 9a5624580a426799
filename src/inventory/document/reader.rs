//! Files into raw documents: which fields a document has, and which kinds of documents there are.

use std::sync::Arc;

use super::codes::read_severities;
use super::fields::{Fields, Schema};
use super::policy::{OTHERS, PolicyReader};
use super::raw::{RawDefaults, RawDocument};
use super::registers::Registers;
use super::value::{Given, Value};
use super::{namespace, region_ids, source, waiver};
use crate::inventory::files::{FILE_LIMIT, InputFile, Unreadable};
use crate::inventory::problem::{Draft, Log, Spot, quoted};
use crate::inventory::terms::Endpoints;
use crate::inventory::yaml::{Budget, Kind, Node, Tree, Trees};

/// What `apiVersion` has to say.
pub(crate) const API_VERSION: &str = "swr-audit/v1";

pub(crate) const DOCUMENT: Schema = Schema {
    what: "a document",
    known: &[
        "apiVersion",
        "source",
        "defaults",
        "policies",
        "namespaces",
        "extraRegions",
        "otherNamespaces",
        "severity",
        "waivers",
    ],
};

pub(crate) const DEFAULTS: Schema = Schema {
    what: "`defaults`",
    known: &["override", "syncAuto", "policy"],
};

/// Reads all documents of all files. `endpoints` stand in for the sources' own.
pub(crate) fn read_all(files: &[InputFile], endpoints: Endpoints<'_>, log: &mut Log) -> Vec<RawDocument> {
    let mut reading = Reading {
        endpoints,
        ..Reading::default()
    };
    for (index, file) in (0..).zip(files) {
        match file.text() {
            Some(text) => {
                if !read_file(text, index, &mut reading, log) {
                    log.report(Spot::whole_file(index), || {
                        Draft::new(
                            format!("{} holds no document", quoted(&file.name)),
                            "write an inventory, or remove the file",
                        )
                    });
                }
            }
            None => unreadable(file, index, log),
        }
    }
    reading.documents
}

/// What goes from one document to the next.
#[derive(Default)]
struct Reading<'e> {
    endpoints: Endpoints<'e>,
    documents: Vec<RawDocument>,
    registers: Registers,
    budget: Budget,
}

/// Reads one file. Returns whether there was anything in it.
fn read_file(text: &str, file: u32, reading: &mut Reading<'_>, log: &mut Log) -> bool {
    let mut trees = Trees::new(text, file);
    let mut has_document = false;
    while let Some(tree) = trees.next(&mut reading.budget, log) {
        match tree {
            Tree::Lost => log.is_partial = true,
            Tree::Whole(root) if matches!(root.seen().kind, Kind::Empty) => continue,
            Tree::Whole(root) => {
                let document = read_document(&root, reading, log);
                reading.documents.extend(document);
            }
        }
        has_document = true;
    }
    has_document
}

/// `None`: not one of ours, or not even a mapping.
fn read_document(root: &Node<'_>, reading: &mut Reading<'_>, log: &mut Log) -> Option<RawDocument> {
    let value = Value {
        name: "document",
        key: root.spot,
        node: root,
    };
    if value.is_map() && is_foreign(root, log) {
        log.is_partial = true;
        return None;
    }
    let Reading {
        endpoints, registers, ..
    } = reading;
    let endpoints = *endpoints;
    let Some(fields) = value.fields(DOCUMENT, log) else {
        log.is_partial = true;
        return None;
    };
    fields.required("apiVersion", "the document", "write `apiVersion: swr-audit/v1`", log);
    let source = fields.given("source", |value| source::read(value, endpoints, log));
    let source_spots = fields.get("source").map_or_else(Vec::new, source::spots);
    let defaults = read_defaults(&fields, &mut registers.policies, log);
    if let Some(value) = fields.get("policies") {
        registers.policies.read_named(value, log);
    }
    let (severities, severity_spots) = fields
        .get("severity")
        .map(|value| read_severities(value, log))
        .unwrap_or_default();
    let namespaces = match fields.get("namespaces") {
        Some(value) => namespace::read_list(value, registers, log),
        None => Vec::new(),
    };
    let extra_regions = match fields.get("extraRegions") {
        Some(value) => region_ids::read_extra(value, log),
        None => Vec::new(),
    };
    let other_namespaces = fields.given("otherNamespaces", |value| value.word(&OTHERS, log));
    let waivers = match fields.get("waivers") {
        Some(value) => waiver::read_list(value, &mut registers.waivers, log),
        None => Vec::new(),
    };
    if source.is_absent() {
        for field in ["namespaces", "otherNamespaces", "severity"] {
            homeless(&fields, field, log);
        }
    }
    Some(RawDocument {
        is_built_in: matches!(&source, Given::Is(found) if source::is_built_in(&found.value, &source_spots)),
        source,
        source_spots,
        extra_regions,
        defaults,
        policies: registers.policies.take(),
        namespaces,
        other_namespaces,
        severities: Arc::new(severities),
        severity_spots,
        waivers,
    })
}

/// Whether the document says that it is something else. Looked at before anything: of a document that is not ours,
/// every other word would be a problem.
fn is_foreign(root: &Node<'_>, log: &mut Log) -> bool {
    let Kind::Map(pairs) = &root.seen().kind else {
        return false;
    };
    let Some((key, node)) = pairs.iter().find(|(key, _)| key.as_text() == Some("apiVersion")) else {
        return false;
    };
    let version = Value {
        name: "apiVersion",
        key: key.spot,
        node,
    };
    match &node.seen().kind {
        Kind::Text { text, .. } if text == API_VERSION => false,
        Kind::Text { text, .. } => {
            log.report(version.spot(), || {
                Draft::new(
                    format!("{} is no inventory that this version reads", quoted(text)),
                    format!("write `apiVersion: {API_VERSION}`, or keep the document elsewhere"),
                )
            });
            true
        }
        Kind::Empty | Kind::List(_) | Kind::Map(_) | Kind::Shared(_) | Kind::Bad => {
            version.wrong("text", &format!("write `apiVersion: {API_VERSION}`"), log);
            false
        }
    }
}

fn homeless(fields: &Fields<'_, '_>, field: &str, log: &mut Log) {
    if let Some(value) = fields.get(field) {
        log.report(value.key, || {
            Draft::new(
                format!("`{field}` stands in a document without a `source`"),
                "write the `source` in this document too; without one, it may hold `defaults`, `policies`, \
                 `extraRegions` and `waivers`",
            )
        });
    }
}

fn read_defaults(fields: &Fields<'_, '_>, policies: &mut PolicyReader, log: &mut Log) -> RawDefaults {
    let defaults = fields.get("defaults").map(|value| value.fields(DEFAULTS, log));
    match defaults {
        Some(Some(defaults)) => RawDefaults {
            overrides: defaults.given("override", |value| value.flag(log)),
            sync_auto: defaults.given("syncAuto", |value| value.flag(log)),
            policy: defaults.given("policy", |value| policies.read_reference(value, log)),
        },
        None if fields.lacks("defaults") => RawDefaults {
            overrides: Given::Absent,
            sync_auto: Given::Absent,
            policy: Given::Absent,
        },
        Some(None) | None => RawDefaults {
            overrides: Given::Broken,
            sync_auto: Given::Broken,
            policy: Given::Broken,
        },
    }
}

fn unreadable(file: &InputFile, index: u32, log: &mut Log) {
    log.is_partial = true;
    let name = quoted(&file.name);
    let (message, remedy) = match &file.content {
        Ok(bytes) => return no_text(&name, bytes, index, log),
        Err(Unreadable::Failed(error)) => (
            format!("cannot read {name}: {error}"),
            "check the path and its permissions".to_owned(),
        ),
        Err(Unreadable::Unseen(error)) => (
            format!("cannot look at {name}: {error}"),
            "remove it from the folder, or put right where it leads and its permissions".to_owned(),
        ),
        Err(Unreadable::TooLarge) => (
            format!("{name} holds more than {} MiB", FILE_LIMIT >> 20),
            "split the file".to_owned(),
        ),
        Err(Unreadable::TooMuch) => (
            format!("the files before {name} fill all that one inventory may hold"),
            "give fewer files".to_owned(),
        ),
        Err(Unreadable::NoYaml) => (
            format!("there is no YAML file below {name}"),
            "name a folder that holds `*.yaml` or `*.yml`".to_owned(),
        ),
        Err(Unreadable::NoFile) => (
            format!("{name} is no regular file"),
            "remove it from the folder".to_owned(),
        ),
        Err(Unreadable::OddName) => (
            format!("the name {name} holds control characters"),
            "rename the file".to_owned(),
        ),
        Err(Unreadable::Nothing) => ("no inventory is given".to_owned(), "name a file or a folder".to_owned()),
    };
    log.report(Spot::whole_file(index), || Draft::new(message, remedy));
}

/// Bytes that are no UTF-8: the place of the first that is not.
fn no_text(name: &str, bytes: &[u8], file: u32, log: &mut Log) {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        log.report(Spot::whole_file(file), || {
            Draft::new(format!("{name} is UTF-16, not UTF-8"), "save it as UTF-8")
        });
        return;
    }
    let Err(error) = str::from_utf8(bytes) else { return };
    let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
    let start = Spot {
        line: 1,
        column: 1,
        ..Spot::whole_file(file)
    };
    let spot = start.behind(good.strip_prefix('\u{feff}').unwrap_or(&good));
    log.report(spot, || {
        Draft::new("from here on the file is no UTF-8 text", "save it as UTF-8")
    });
}
