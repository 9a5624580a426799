//! The JSON Schema of one line of the journal, derived from the lines' types.
//!
//! As in the report, objects are open and words are closed.

use schemars::generate::SchemaSettings;
use schemars::transform::{RestrictFormats, Transform as _};
use serde_json::{Value, json};

use super::line::Line;

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
