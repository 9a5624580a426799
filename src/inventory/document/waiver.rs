//! The `waivers` of a document.

use std::collections::HashMap;
use std::sync::Arc;

use super::codes::LATER_CODES;
use super::fields::{Fields, Schema};
use super::names::namespace_name;
use super::patterns;
use super::patterns::Refusal;
use super::placeholder::{is_placeholder, placeholder};
use super::raw::RawWaiver;
use super::region_ids::region_id;
use super::value::{Found, Given, Value};
use crate::inventory::problem::{Draft, Log, Spot, nearest, once, quoted};
use crate::model::{Code, NameKind, Scope, WaivedTarget};

pub(crate) const WAIVER: Schema = Schema {
    what: "a waiver",
    known: &["id", "repo", "finding", "target", "reason", "owner", "expires"],
};

/// How many waivers an inventory may have.
const WAIVER_LIMIT: usize = 10_000;
/// The longest id, in characters.
pub(crate) const ID_LIMIT: usize = 128;
/// The longest scope: a source, a namespace and a pattern.
pub(crate) const SCOPE_LIMIT: usize = 512;

/// What to write for a scope.
const SCOPE_REMEDY: &str = "write namespace and repository, patterns allowed, as in `prod/legacy-*`";

/// Reads the waivers of all documents.
#[derive(Debug, Default)]
pub(super) struct WaiverReader {
    count: usize,
    /// The ids so far, those of broken waivers too.
    ids: HashMap<Arc<str>, Spot>,
    /// Compiling patterns is dear, and many waivers speak of the same repositories.
    scopes: HashMap<Arc<str>, Scope>,
}

/// Reads the field `waivers`.
pub(super) fn read_list(value: Value<'_, '_>, reader: &mut WaiverReader, log: &mut Log) -> Vec<RawWaiver> {
    let remedy = "write a list of waivers, each beginning with `- id: ID`, or `[]`";
    let mut waivers = Vec::new();
    for item in value.list(remedy, log).into_iter().flatten() {
        reader.count += 1;
        if reader.count > WAIVER_LIMIT {
            if reader.count == WAIVER_LIMIT + 1 {
                log.report(item.key, || {
                    Draft::new(
                        format!("the inventory has more than {WAIVER_LIMIT} waivers"),
                        "write fewer, with patterns in `repo`, or another policy for what they cover",
                    )
                });
            }
            break;
        }
        let waiver = Value { name: "waiver", ..item };
        waivers.extend(read_waiver(waiver, reader, log));
    }
    waivers
}

fn read_waiver(value: Value<'_, '_>, reader: &mut WaiverReader, log: &mut Log) -> Option<RawWaiver> {
    let fields = value.fields(WAIVER, log)?;
    let id = required(
        &fields,
        "id",
        "write `id:` with a name of its own, as in `CHG-1042`",
        log,
    )
    .and_then(|value| read_id(value, log));
    if let Some(id) = &id {
        let what = || format!("the waiver {}", quoted(&id.value));
        once(&mut reader.ids, Arc::clone(&id.value), id.spot, what, log);
    }
    let remedy = "write `repo:` with namespace and repository, patterns allowed, as in `prod/legacy-*`";
    let scope = required(&fields, "repo", remedy, log).and_then(|value| reader.read_scope(value, log));
    let findings = fields.given("finding", |value| read_findings(value, log));
    let target = fields.given("target", |value| read_target(value, log));
    let reason = required(&fields, "reason", "write `reason:`, for those who read the report", log)
        .and_then(|value| value.prose_or("write why it is accepted, for those who read the report", log));
    let owner = required(&fields, "owner", "write `owner:` with whoever answers for it", log)
        .and_then(|value| value.prose_or("write whoever answers for it", log));
    let remedy = "write `expires:` with the last day on which it holds, as in `2027-03-31`";
    let expires = required(&fields, "expires", remedy, log).and_then(|value| value.date(log));
    Some(RawWaiver {
        spot: fields.spot,
        id: id?,
        scope: scope?,
        findings: optional(findings)?.map(|findings| findings.value),
        target: optional(target)?,
        reason: reason?.value,
        owner: owner?.value,
        expires: expires?,
    })
}

fn required<'n, 't>(
    fields: &Fields<'n, 't>,
    field: &'static str,
    remedy: &str,
    log: &mut Log,
) -> Option<Value<'n, 't>> {
    fields.required(field, "the waiver", remedy, log)
}

/// `None`: broken.
#[expect(clippy::option_option, reason = "broken and left out are two things")]
fn optional<T>(given: Given<T>) -> Option<Option<Found<T>>> {
    match given {
        Given::Absent => Some(None),
        Given::Broken => None,
        Given::Is(found) => Some(Some(found)),
    }
}

fn read_id(value: Value<'_, '_>, log: &mut Log) -> Option<Found<Arc<str>>> {
    let text = value.text(log)?;
    let is_blank = text.value.trim().is_empty();
    let is_long = text.value.chars().nth(ID_LIMIT).is_some();
    if is_placeholder(text.value) {
        log.report(text.spot, || placeholder(text.value));
        return None;
    }
    if is_blank || is_long || text.value.chars().any(char::is_control) {
        log.report(text.spot, || {
            let why = match (is_blank, is_long) {
                (true, _) => "is empty".to_owned(),
                (false, true) => format!("is longer than {ID_LIMIT} characters"),
                (false, false) => "holds control characters".to_owned(),
            };
            Draft::new(
                format!("the waiver's id {} {why}", quoted(text.value)),
                "write a short name, as in `CHG-1042`",
            )
        });
        return None;
    }
    Some(Found {
        value: text.value.trim().into(),
        spot: text.spot,
    })
}

impl WaiverReader {
    fn read_scope(&mut self, value: Value<'_, '_>, log: &mut Log) -> Option<Found<Scope>> {
        let text = value.text(log)?;
        let scope = match self.scopes.get(text.value) {
            Some(scope) => Ok(scope.clone()),
            None => compile(text.value).map_err(|refusal| of_the_whole(text.value, refusal)),
        };
        match scope {
            Ok(value) => {
                self.scopes.insert(text.value.into(), value.clone());
                Some(Found { value, spot: text.spot })
            }
            Err(refusal) => {
                log.report(text.spot, || {
                    if is_placeholder(text.value) {
                        return placeholder(text.value);
                    }
                    Draft::new(
                        format!(
                            "the waiver's `repo` {} {}: {}",
                            quoted(text.value),
                            refusal.what(),
                            refusal.why
                        ),
                        refusal.remedy(),
                    )
                });
                None
            }
        }
    }
}

/// What was probably meant is shown as a whole scope: half of one, written alone, would be a namespace with all that is in
/// it. For the same reason nothing that names a repository, or half of one, is taken for a namespace.
fn of_the_whole(text: &str, refusal: Refusal) -> Refusal {
    let (source, rest) = parted(text);
    let tidied = patterns::tidied(rest);
    if tidied.is_empty() || rest.contains('/') && !tidied.contains('/') {
        let remedy = match rest.split_once('/') {
            Some((namespace, _)) if !namespace.is_empty() => {
                "write the repository after the `/`, patterns allowed, or `**` for all that the namespace holds"
            }
            Some(_) | None => SCOPE_REMEDY,
        };
        return Refusal {
            meant: None,
            remedy: remedy.to_owned(),
            ..refusal
        };
    }
    let whole = format!("{source}{tidied}");
    let meant = (whole != text && compile(&whole).is_ok()).then_some(whole);
    Refusal { meant, ..refusal }
}

/// The source with its `:`, and what stands behind it.
fn parted(text: &str) -> (&str, &str) {
    text.split_at(text.find(':').map_or(0, |colon| colon + 1))
}

fn compile(text: &str) -> Result<Scope, Refusal> {
    let refusal = |why: String| Refusal {
        is_broken: true,
        why,
        meant: None,
        remedy: SCOPE_REMEDY.to_owned(),
    };
    if text.len() > SCOPE_LIMIT {
        return Err(refusal(format!("it is longer than {SCOPE_LIMIT} characters")));
    }
    if let Some((source, _)) = text.split_once(':')
        && source.contains('/')
    {
        return Err(Refusal {
            is_broken: false,
            why: "what stands before `:` is the name of a source, and holds no `/`".to_owned(),
            meant: None,
            remedy: "write the image's name alone, without registry, tag and digest".to_owned(),
        });
    }
    // Said of the whole: half of `prod//web` begins with `/`, and it does not.
    if let Some(why) = patterns::empty_segment(parted(text).1) {
        return Err(Refusal {
            is_broken: false,
            ..refusal(why.to_owned())
        });
    }
    let scope = Scope::parse(text).map_err(refusal)?;
    patterns::compile(scope.namespace().as_str(), NameKind::Namespace)?;
    if let Some(repository) = scope.repository() {
        patterns::compile(repository.as_str(), NameKind::Repository)?;
    }
    Ok(scope)
}

fn read_findings(value: Value<'_, '_>, log: &mut Log) -> Option<Found<Vec<Code>>> {
    let remedy = "write a list of findings, as in `[override-mismatch]`, or remove it for any finding";
    let items = value.list(remedy, log)?;
    let mut codes: Vec<(Code, Spot)> = Vec::new();
    let (mut is_empty, mut is_broken) = (true, false);
    for item in items {
        is_empty = false;
        let Some(code) = read_finding(item, log) else {
            is_broken = true;
            continue;
        };
        if let Some((_, before)) = codes.iter().find(|(known, _)| *known == code.value) {
            log.report(code.spot, || {
                Draft::new(
                    format!("the finding `{}` is named twice", code.value.name()),
                    "remove one of them",
                )
                .and(*before, "first here")
            });
            is_broken = true;
            continue;
        }
        codes.push((code.value, code.spot));
    }
    if is_empty {
        log.report(value.spot(), || {
            Draft::new(
                "`finding` is empty, and a waiver without findings covers none",
                "name the findings, or remove it for any finding",
            )
        });
    }
    let mut value: Vec<Code> = codes.iter().map(|(code, _)| *code).collect();
    value.sort_unstable();
    let spot = codes.first().map(|(_, spot)| *spot)?;
    (!is_broken).then_some(Found { value, spot })
}

fn read_finding(value: Value<'_, '_>, log: &mut Log) -> Option<Found<Code>> {
    let text = value.text(log)?;
    if let Some(code) = Code::from_name(text.value).filter(|code| code.can_be_waived()) {
        return Some(Found {
            value: code,
            spot: text.spot,
        });
    }
    log.report(text.spot, || unwaivable(text.value));
    None
}

/// The words for what no waiver covers.
fn unwaivable(name: &str) -> Draft {
    let can_be_waived = || Code::ALL.iter().filter(|code| code.can_be_waived());
    if name == "unknown" {
        return Draft::new(
            "`unknown` cannot be waived: nobody knows what it would accept",
            "fill in what keeps it unknown, or `skip` the repository with a `reason`",
        );
    }
    if Code::from_name(name).is_some() {
        return Draft::new(
            format!("`{name}` is said of waivers, and no waiver silences it"),
            "remove it, and move the date of the waiver that it is about or remove that waiver",
        );
    }
    if LATER_CODES.contains(&name) {
        return Draft::new(
            format!("this version does not report `{name}` yet, so there is nothing to waive"),
            "remove it",
        );
    }
    let remedy = match nearest(name, can_be_waived().map(|code| code.name())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write the name of a finding, as in `missing-rule`".to_owned(),
    };
    Draft::new(format!("there is no finding {}", quoted(name)), remedy)
}

/// `region` or `region/namespace`, no patterns.
fn read_target(value: Value<'_, '_>, log: &mut Log) -> Option<Found<WaivedTarget>> {
    let text = value.text(log)?;
    let part = |value| Found { value, spot: text.spot };
    let (region, namespace) = match text.value.split_once('/') {
        Some((region, namespace)) => (region, Some(namespace)),
        None => (text.value, None),
    };
    let region = region_id(part(region), log);
    let namespace = match namespace {
        Some(namespace) => Some(namespace_name(part(namespace), log)?.value.shared()),
        None => None,
    };
    Some(Found {
        value: WaivedTarget {
            region: region?.value,
            namespace,
        },
        spot: text.spot,
    })
}
