//! Nodes to documents as they are written: each sound in itself, not yet held against the others. Functions record a problem
//! and go on.

mod codes;
mod fields;
mod names;
mod namespace;
mod patterns;
mod placeholder;
mod policy;
mod raw;
mod reader;
mod region_ids;
mod registers;
mod repository;
mod skip;
mod source;
mod value;
mod waiver;

pub(super) use self::codes::LATER_CODES;
pub(super) use self::fields::Schema;
pub(super) use self::namespace::NAMESPACE;
pub(super) use self::patterns::LENGTH_LIMIT;
pub(super) use self::policy::{OTHERS, PATTERN_LENGTH_LIMIT, PATTERN_LIMIT, POLICY, TARGET, TARGET_LIMIT};
pub(super) use self::raw::{
    PolicyRef, RawContents, RawDefaults, RawDocument, RawEntry, RawListed, RawNamespace, RawPattern, RawPolicy,
    RawSkip, RawSource, RawTarget, RawWaiver,
};
pub(super) use self::reader::{API_VERSION, DEFAULTS, DOCUMENT, read_all};
pub(super) use self::region_ids::EXTRA_LIMIT;
pub(super) use self::repository::REPOSITORY;
pub(super) use self::source::{CREDENTIALS, SOURCE};
pub(super) use self::value::{Found, Given};
pub(super) use self::waiver::{ID_LIMIT, SCOPE_LIMIT, WAIVER};
