//! What a run tells, as far as the oracle knows it as well: from the document, or from the oracle.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::Ended;

/// Everything that is compared. Lines of text, so that a difference can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) code: i32,
    /// `source:namespace/repository outcome class`
    pub(super) repositories: BTreeSet<String>,
    /// `code severity source:namespace/repository target field waiver members`
    pub(super) findings: Vec<String>,
    /// `class source:namespace/repository target field`, each repository for itself.
    pub(super) unknown: Vec<String>,
    pub(super) skipped: Vec<String>,
    /// `source code`
    pub(super) limits: BTreeSet<String>,
    pub(super) counts: BTreeMap<String, usize>,
}

/// One finding.
#[derive(Clone, Debug, Default)]
pub(super) struct Line<'a> {
    pub(super) code: &'a str,
    pub(super) severity: &'a str,
    pub(super) place: String,
    pub(super) target: &'a str,
    pub(super) field: &'a str,
    pub(super) waiver: &'a str,
    pub(super) members: &'a [String],
}

impl Line<'_> {
    pub(super) fn text(&self) -> String {
        let Self {
            code,
            severity,
            place,
            target,
            field,
            waiver,
            members,
        } = self;
        format!("{code} {severity} {place} to=[{target}] field=[{field}] waiver=[{waiver}] members={members:?}")
    }
}

/// `source:namespace/repository`, with what there is of it.
pub(super) fn place(source: &str, namespace: &str, repository: &str) -> String {
    format!("{source}:{namespace}/{repository}")
}

pub(super) fn unknown(class: &str, place: &str, target: &str, field: &str) -> String {
    format!("{class} {place} to=[{target}] field=[{field}]")
}

impl Told {
    pub(super) fn of(ended: &Ended) -> Self {
        let report = ended.json();
        let mut told = Self {
            code: ended.code,
            ..Self::default()
        };
        for one in list(&report, "repositories") {
            let (outcome, class) = (text(&one["outcome"]), text(&one["unknownClass"]));
            told.repositories.insert(format!("{} {outcome} {class}", place_of(one)));
        }
        told.findings = list(&report, "findings").iter().map(finding).collect();
        for one in list(&report, "unknown") {
            told.take_unknown(one);
        }
        for one in list(&report, "skipped") {
            let pattern = text(&one["pattern"]);
            told.skipped.push(format!("{} pattern=[{pattern}]", place_of(one)));
        }
        for one in list(&report, "limits") {
            told.limits
                .insert(format!("{} {}", text(&one["source"]), text(&one["code"])));
        }
        let summary = &report["summary"];
        for group in ["repos", "rules", "findings"] {
            told.count(group, &summary[group]);
        }
        told.count("severity", &summary["findings"]["bySeverity"]);
        told.count("code", &summary["findings"]["byCode"]);
        told.sort();
        told
    }

    /// The order of lines is the document's business, and tested elsewhere.
    pub(super) fn sort(&mut self) {
        self.findings.sort();
        self.unknown.sort();
        self.skipped.sort();
    }

    fn take_unknown(&mut self, one: &Value) {
        let names = list(one, "repositories").iter().map(text);
        let mut names: Vec<String> = names.collect();
        if names.is_empty() {
            names.push(String::new());
        }
        let (class, target, field) = (text(&one["class"]), target(one), text(&one["field"]));
        for name in names {
            let place = place(&text(&one["source"]), &text(&one["namespace"]), &name);
            self.unknown.push(unknown(&class, &place, &target, &field));
        }
    }

    /// Zeros are left out on both sides.
    fn count(&mut self, group: &str, counts: &Value) {
        for (key, value) in counts.as_object().expect("an object") {
            let count = value.as_u64().unwrap_or_default();
            self.add(
                &format!("{group} {key}"),
                usize::try_from(count).expect("a small world"),
            );
        }
    }

    pub(super) fn add(&mut self, key: &str, count: usize) {
        if count > 0 {
            *self.counts.entry(key.to_owned()).or_default() += count;
        }
    }
}

fn finding(one: &Value) -> String {
    let members: Vec<String> = list(one, "repositories").iter().map(text).collect();
    Line {
        code: &text(&one["code"]),
        severity: &text(&one["severity"]),
        place: place_of(one),
        target: &target(one),
        field: &text(&one["field"]),
        waiver: &text(&one["waiver"]),
        members: &members,
    }
    .text()
}

fn place_of(one: &Value) -> String {
    place(
        &text(&one["source"]),
        &text(&one["namespace"]),
        &text(&one["repository"]),
    )
}

fn target(one: &Value) -> String {
    match &one["target"] {
        Value::Null => String::new(),
        target => format!("{}/{}", text(&target["region"]), text(&target["namespace"])),
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().expect("a list")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
