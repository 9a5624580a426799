//! The JSON Schema of `report.json`: derived from the document's types, the words from the model.
//!
//! Two promises, both stated in the schema's description. Objects are open: a later version adds keys, and its report is
//! still valid here. Words are closed: one that is not listed comes from a later version. So that the newest schema accepts
//! every report of its form, a key that is added after the first release must be left out of `required`.

use schemars::generate::SchemaSettings;
use schemars::transform::{RestrictFormats, Transform as _};
use serde_json::{Value, json};

use super::document::Report;
use super::shapes::ID;

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
