//! What of the document's JSON Schema its types do not say: constants, patterns of texts and closed lists.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::verdict::{DRIFT, INCOMPLETE, NO_AUDIT, NOTHING_TO_AUDIT, OK, SIGINT, SIGTERM};
use crate::model::{Code, Severity};

/// The identity of the document's schema.
pub(super) const ID: &str = "urn:swr-audit:report:v2";
pub(super) const API_VERSION: &str = "swr-audit/v1";
pub(super) const KIND: &str = "AuditReport";
/// What this version checks.
pub(super) const LEVEL: &str = "rules";

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

pub(super) fn cause(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": CAUSE })
}

pub(super) fn cause_or_null(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "pattern": CAUSE })
}

const CAUSE: &str = "^c[0-9a-f]{12}$";
