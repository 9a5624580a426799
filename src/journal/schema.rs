//! The JSON Schema of one line of the journal, derived from the lines' types.
//!
//! As in the report, objects are open and words are closed.

use schemars::generate::SchemaSettings;
use schemars::transform::{RestrictFormats, Transform as _};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::line::{
    CallerLine, DoubtedLine, EndLine, GivenUpLine, Header, Line, NAMESPACE, NAMESPACES, OVERVIEW, REPOS, RULES,
    ResumedLine,
};
use super::{LEVEL, RunEnd, VERSION};
use crate::model::{IssuerKind, UnknownClass};

/// The identity of the schema.
const ID: &str = "urn:swr-audit:journal:v1";

const DESCRIPTION: &str = "One line of the file `journal.ndjson`: the header, which is the first line, what came of one \
    call, that an answer above is not believed any more, a repository that was given up, who asks a source, that a run is \
    gone on with, or how the asking ended, which is the \
    last line of a whole run. Keys of an answer that have nothing to say are left out. Versions only ever add keys, so \
    objects are open: ignore the keys that you do not know. Lists of words are closed: a word that is not in them was added by a later \
    version, which the header names. The newest schema accepts the journals of all versions before it.";

/// The schema of one line.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let lines = [
        generator.subschema_for::<Header<'_>>(),
        generator.subschema_for::<Line<'_>>(),
        generator.subschema_for::<DoubtedLine<'_>>(),
        generator.subschema_for::<GivenUpLine<'_>>(),
        generator.subschema_for::<CallerLine<'_>>(),
        generator.subschema_for::<ResumedLine>(),
        generator.subschema_for::<EndLine<'_>>(),
    ];
    let mut schema = json_schema!({
        "$schema": generator.settings().meta_schema.clone(),
        "$id": ID,
        "title": "a line of the journal of swr-audit",
        "description": DESCRIPTION,
        "oneOf": lines,
        "$defs": generator.take_definitions(true),
    });
    // The deriving adds formats like `uint32` that no draft knows, and some validators refuse.
    RestrictFormats::default().transform(&mut schema);
    schema.to_value()
}

pub(super) fn version(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "const": VERSION })
}

pub(super) fn level(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": [LEVEL] })
}

pub(super) fn call(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": [RULES, NAMESPACE, REPOS, NAMESPACES, OVERVIEW] })
}

pub(super) fn class(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = UnknownClass::ALL.iter().map(|class| class.name()).collect();
    json_schema!({ "type": "string", "enum": names })
}

pub(super) fn issuer(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": IssuerKind::ALL.map(IssuerKind::name) })
}

pub(super) fn ending(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": RunEnd::NAMES })
}

pub(super) fn hex(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^(?:[0-9a-f]{2})*$" })
}

pub(super) fn digest(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^[0-9a-f]{16}$" })
}

pub(super) fn instant(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "format": "date-time",
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z$",
    })
}

/// The deriving leaves out the word that says which line it is.
fn tag(line: &mut Schema, kind: &str) {
    if let Some(properties) = line.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(
            "kind".to_owned(),
            json!({ "description": "Which line this is.", "const": kind }),
        );
    }
    if let Some(required) = line.get_mut("required").and_then(Value::as_array_mut) {
        required.push(json!("kind"));
    }
}

/// Journals from before there was a second level do not name theirs.
pub(super) fn header(line: &mut Schema) {
    tag(line, "header");
    if let Some(required) = line.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|key| key != "level");
    }
}

pub(super) fn given_up(line: &mut Schema) {
    tag(line, "givenUp");
}

pub(super) fn doubted(line: &mut Schema) {
    tag(line, "doubted");
    subjects(line);
}

/// One way to ask, and no other beside it.
pub(super) fn caller(line: &mut Schema) {
    tag(line, "caller");
    let ways = ["key", "user", "token"].map(|way| json!({ "required": [way] }));
    line.insert("oneOf".to_owned(), json!(ways));
}

/// Journals from before answers had an age do not say when the whole of it started.
pub(super) fn resumed(line: &mut Schema) {
    tag(line, "resumed");
    if let Some(required) = line.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|key| key != "startedAt");
    }
}

pub(super) fn end(line: &mut Schema) {
    tag(line, "end");
}

/// A body with its status, or a failure without.
pub(super) fn answer(line: &mut Schema) {
    tag(line, "answer");
    let answered = |body: &str| json!({ "required": [body], "properties": { "status": { "type": "integer" } } });
    let replies = json!([
        answered("body"),
        answered("bodyHex"),
        { "required": ["failure"], "properties": { "status": { "type": "null" } } },
    ]);
    line.insert("oneOf".to_owned(), replies);
    subjects(line);
}

/// Of what each call is.
fn subjects(line: &mut Schema) {
    let of = |call: &str, keys: &[&str]| {
        json!({
            "if": { "properties": { "call": { "const": call } } },
            "then": { "required": keys },
        })
    };
    let subjects = json!([
        of(RULES, &["namespace", "repository"]),
        of(NAMESPACE, &["namespace"]),
        of(REPOS, &["namespace", "offset", "limit", "pass"]),
    ]);
    line.insert("allOf".to_owned(), subjects);
}
