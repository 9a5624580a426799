//! The one order in which findings and unknowns of a repository stand, however they were come by.
//!
//! By bytes: target, code, field; what is not there sorts as empty text. Source, namespace and repository are the
//! plan's order and not known here.

use crate::model::{Field, Finding, Target, Unknown};

pub(super) fn findings(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| finding_key(a).cmp(&finding_key(b)));
    // Kept until the report is written, for every repository that drifts.
    findings.shrink_to_fit();
}

pub(super) fn unknowns(unknowns: &mut Vec<Unknown>) {
    unknowns.sort_by(|a, b| unknown_key(a).cmp(&unknown_key(b)));
    unknowns.shrink_to_fit();
}

fn finding_key(finding: &Finding) -> (&str, &str, &str, &str) {
    let (region, namespace) = target_key(finding.target.as_ref());
    let field = finding.difference.code().field();
    (region, namespace, finding.difference.code().name(), field_key(field))
}

/// All of them have the code `unknown`; the class parts only what is equal in all else.
fn unknown_key(unknown: &Unknown) -> (&str, &str, &str, &str) {
    let (region, namespace) = target_key(unknown.target.as_ref());
    (region, namespace, field_key(unknown.field), unknown.class.name())
}

fn target_key(target: Option<&Target>) -> (&str, &str) {
    target.map_or(("", ""), |target| (&*target.region, &*target.namespace))
}

fn field_key(field: Option<Field>) -> &'static str {
    field.map_or("", Field::name)
}
