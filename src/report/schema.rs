//! The JSON Schema of `report.json`: derived from the document's types, the words from the model.
//!
//! Two promises, both stated in the schema's description. Objects are open: a later version adds keys, and its report is
//! still valid here. Words are closed: one that is not listed comes from a later version. So that the newest schema accepts
//! every report of its form, a key that is added after the first release must be left out of `required`.

use schemars::generate::SchemaSettings;
use schemars::transform::{RestrictFormats, Transform as _};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::assemble::{API_VERSION, ID, KIND, LEVEL};
use super::document::Report;
use super::verdict::{DRIFT, INCOMPLETE, NO_AUDIT, NOTHING_TO_AUDIT, OK, SIGINT, SIGTERM};
use crate::model::{Code, Severity};

const DESCRIPTION: &str = "What one run of swr-audit found: the file `report.json`. Every key is always there; docs/reports.md \
    describes each. Versions only ever add keys, so objects are open: ignore the keys that you do not know. Lists of \
    words are closed: a word that is not in them was added by a later version, which `run.toolVersion` names; take the \
    schema of that version. The newest schema accepts every report that has the same `$schema`.";

/// The schema of the document.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut derived = settings.into_generator().into_root_schema_for::<Report>();
    // The deriving adds formats like `uint64` that no draft knows, and some validators refuse.
    RestrictFormats::default().transform(&mut derived);
    let derived = derived.to_value();
    let mut schema = json!({
        "$schema": derived["$schema"],
        "$id": ID,
        "title": "swr-audit report",
        "description": DESCRIPTION,
    });
    if let (Value::Object(schema), Value::Object(derived)) = (&mut schema, derived) {
        for (key, part) in derived {
            schema.entry(key).or_insert(part);
        }
    }
    schema
}

/// A word of a closed list.
fn words(words: impl IntoIterator<Item = &'static str>) -> Schema {
    json_schema!({ "type": "string", "enum": words.into_iter().collect::<Vec<_>>() })
}

pub(super) fn identity(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "const": ID })
}

pub(super) fn api_version(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "const": API_VERSION })
}

pub(super) fn kind(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "const": KIND })
}

pub(super) fn level(_: &mut SchemaGenerator) -> Schema {
    words([LEVEL])
}

pub(super) fn exit_code(_: &mut SchemaGenerator) -> Schema {
    let sum = DRIFT + INCOMPLETE;
    json_schema!({ "enum": [OK, NO_AUDIT, DRIFT, INCOMPLETE, sum, NOTHING_TO_AUDIT, SIGINT, SIGTERM] })
}

/// Each severity is named; there will be no others.
pub(super) fn by_severity(generator: &mut SchemaGenerator) -> Schema {
    let count = generator.subschema_for::<usize>();
    let names = Severity::ALL.map(Severity::name);
    let properties: serde_json::Map<String, Value> =
        names.into_iter().map(|name| (name.to_owned(), json!(count))).collect();
    json_schema!({ "type": "object", "required": names, "properties": properties, "additionalProperties": false })
}

/// Each code is named; a version with fewer of them named fewer.
pub(super) fn by_code(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "propertyNames": generator.subschema_for::<Code>(),
        "additionalProperties": generator.subschema_for::<usize>(),
    })
}

pub(super) fn instant(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "date-time", "pattern": INSTANT })
}

pub(super) fn instant_or_null(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "format": "date-time", "pattern": INSTANT })
}

/// RFC 3339 in UTC.
const INSTANT: &str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z$";

pub(super) fn day(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "date", "pattern": DAY })
}

const DAY: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";

pub(super) fn day_or_null(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "format": "date", "pattern": DAY })
}

pub(super) fn sha256(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
}

pub(super) fn fingerprint(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^f[0-9a-f]{15}$" })
}
