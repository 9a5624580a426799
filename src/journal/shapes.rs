//! What of the lines' JSON Schema their types do not say: patterns of texts, and which keys stand together.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::{LEVEL, VERSION};

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
