//! The JSON Schema of one line of the journal, derived from the lines' types.
//!
//! As in the report, objects are open and words are closed.

use schemars::generate::SchemaSettings;
use schemars::transform::{RestrictFormats, Transform as _};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::line::Line;
use super::{LEVEL, VERSION};

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
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut derived = settings.into_generator().into_root_schema_for::<Line<'_>>();
    // The deriving adds formats like `uint32` that no draft knows, and some validators refuse.
    RestrictFormats::default().transform(&mut derived);
    let derived = derived.to_value();
    let mut schema = json!({
        "$schema": derived["$schema"],
        "$id": ID,
        "title": "a line of the journal of swr-audit",
        "description": DESCRIPTION,
    });
    if let (Value::Object(schema), Value::Object(derived)) = (&mut schema, derived) {
        for (key, part) in derived {
            schema.entry(key).or_insert(part);
        }
    }
    schema
}

pub(super) fn version(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "const": VERSION })
}

pub(super) fn level(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": [LEVEL] })
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

/// Journals from before there was a second level do not name theirs.
pub(super) fn level_may_be_absent(line: &mut Schema) {
    may_be_absent(line, "level");
}

/// Journals from before answers had an age do not say when the whole of it started.
pub(super) fn start_may_be_absent(line: &mut Schema) {
    may_be_absent(line, "startedAt");
}

fn may_be_absent(line: &mut Schema, key: &str) {
    if let Some(required) = line.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name != key);
    }
}

/// One way to ask, and no other beside it.
pub(super) fn one_caller(line: &mut Schema) {
    let ways = ["key", "user", "token"].map(|way| json!({ "required": [way] }));
    line.insert("oneOf".to_owned(), json!(ways));
}

/// A body with its status, or a failure without.
pub(super) fn one_reply(line: &mut Schema) {
    let answered = |body: &str| json!({ "required": [body], "properties": { "status": { "type": "integer" } } });
    let replies = json!([
        answered("body"),
        answered("bodyHex"),
        { "required": ["failure"], "properties": { "status": { "type": "null" } } },
    ]);
    // The deriving has used `oneOf` for what was asked.
    line.insert("allOf".to_owned(), json!([{ "oneOf": replies }]));
}
