//! An explanation as text: one value a line, with its place and whose word it is.

use super::document::PlaceEntry;
use super::explain::{Explanation, PolicyEntry, SkipEntry, TargetEntry, Valued, WaiverEntry};
use super::wording::{counted, plain};

/// Widest column of values and of places; a longer one pushes its own line.
const WIDTH: usize = 36;

/// `label  value  place  whose word`.
struct Row {
    label: String,
    value: String,
    place: String,
    note: String,
}

impl Explanation {
    /// The same as text for people.
    pub fn render(&self) -> String {
        render(self)
    }
}

fn render(explanation: &Explanation) -> String {
    let rows = rows(explanation);
    let width = |cell: fn(&Row) -> &str| {
        let widths = rows.iter().map(|row| cell(row).chars().count());
        widths.filter(|width| *width <= WIDTH).max().unwrap_or_default()
    };
    let label = width(|row| &row.label);
    let (value, place) = (width(|row| &row.value), width(|row| &row.place));
    let mut text = format!("{}\n\n", headline(explanation));
    for row in &rows {
        let line = format!(
            "{:label$}  {:value$}  {:place$}  {}",
            row.label, row.value, row.place, row.note
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if !explanation.not_seen.is_empty() {
        text.push_str("\nnot seen on this source:\n");
        for line in &explanation.not_seen {
            text.extend(["  ", line, "\n"]);
        }
    }
    text
}

fn headline(explanation: &Explanation) -> String {
    let name = format!(
        "{}/{}",
        explanation.namespace.value,
        plain(&explanation.repository.value)
    );
    let policy = match explanation.policy.as_ref().map(|policy| policy.name.value.as_deref()) {
        Some(Some(policy)) => format!("under the policy `{}`", plain(policy)),
        Some(None) => "under an inline policy".to_owned(),
        None => "under no policy".to_owned(),
    };
    let until = |skip: &SkipEntry| skip.until.as_ref().map(|until| until.value.clone());
    match &explanation.skip {
        None => format!("{name} is audited, {policy}"),
        Some(skip) if explanation.audited => {
            let until = until(skip).unwrap_or_default();
            format!("{name} is audited, {policy}: its skip ended on {until}, and an expired-skip is found")
        }
        Some(skip) => {
            let whole = if skip.skip.from == "namespace" {
                " with its whole namespace"
            } else {
                ""
            };
            let until = until(skip).map_or_else(String::new, |until| format!(", until {until}"));
            let then = if explanation.policy.is_some() {
                format!("; afterwards it is audited {policy}")
            } else {
                String::new()
            };
            format!("{name} is skipped{whole}{until}{then}")
        }
    }
}

fn rows(explanation: &Explanation) -> Vec<Row> {
    let source = &explanation.source;
    let mut rows = vec![
        valued("source", &source.name, &source.name.value, ""),
        valued("  region", &source.region, &source.region.value, ""),
        valued("  endpoint", &source.endpoint, &source.endpoint.value, ""),
    ];
    if let Some(cloud) = &source.cloud {
        rows.push(valued("  cloud", cloud, &cloud.value, ""));
    }
    if let Some(account) = &source.account_id {
        rows.push(valued("  accountId", account, &account.value, ""));
    }
    rows.extend([
        valued(
            "  listsManualRules",
            &source.lists_manual_rules,
            &source.lists_manual_rules.value.to_string(),
            "",
        ),
        valued("namespace", &explanation.namespace, &explanation.namespace.value, ""),
    ]);
    if let Some(owner) = &explanation.owner {
        rows.push(valued("owner", owner, &owner.value, ""));
    }
    let decides = match (explanation.repository.from, explanation.skip.is_some()) {
        ("namespace", _) => "not named: its namespace decides",
        ("pattern", true) => "not named: the first pattern that matches decides: a skip",
        ("pattern", false) => "not named: the first pattern that matches decides",
        (_, true) => "its own entry decides: a skip",
        (_, false) => "its own entry decides",
    };
    rows.push(valued(
        "repository",
        &explanation.repository,
        &explanation.repository.value,
        decides,
    ));
    if let Some(pattern) = &explanation.pattern {
        rows.push(valued("  pattern", pattern, &pattern.value, ""));
    }
    if let Some(skip) = &explanation.skip {
        let state = if skip.holds { "holds" } else { "is over" };
        rows.push(valued("skip", &skip.skip, "true", state));
        rows.push(valued("  reason", &skip.reason, &skip.reason.value, ""));
        match &skip.until {
            Some(until) => rows.push(valued("  until", until, &until.value, "the last day, UTC")),
            None => rows.push(row("  until", "for ever", None, "no `until` is written")),
        }
    }
    if let Some(policy) = &explanation.policy {
        policy_rows(policy, explanation.repository.from, &mut rows);
    }
    for (code, severity) in &explanation.severity {
        rows.push(valued(&format!("severity {code}"), severity, severity.value, ""));
    }
    rows.extend(explanation.waivers.iter().map(waiver_row));
    rows
}

fn waiver_row(waiver: &WaiverEntry) -> Row {
    let until = if waiver.holds { "until" } else { "ended on" };
    let what = match &waiver.finding {
        Some(codes) => codes.join(", "),
        None => "any finding".to_owned(),
    };
    let toward = waiver
        .target
        .as_ref()
        .map_or_else(String::new, |target| format!(" toward {}", plain(target)));
    row(
        &format!("waiver {}", plain(&waiver.id)),
        &format!("{until} {}", waiver.expires),
        Some(&waiver.place),
        &format!("{what}{toward}"),
    )
}

/// `entry` is whose word decides on the repository.
fn policy_rows(policy: &PolicyEntry, entry: &str, rows: &mut Vec<Row>) {
    let name = policy.name.value.as_deref().unwrap_or("(inline)");
    let chosen = match policy.name.from {
        "repository" => "the repository's own `policy`",
        "pattern" => "the pattern's own `policy`",
        "namespace" if entry == "namespace" => "the namespace's `policy`",
        "namespace" if entry == "pattern" => "the namespace's `policy`; the pattern has none",
        "namespace" => "the namespace's `policy`; the repository has none",
        _ if entry == "namespace" => "the `policy` in `defaults`; the namespace has none",
        _ if entry == "pattern" => "the `policy` in `defaults`; pattern and namespace have none",
        _ => "the `policy` in `defaults`; repository and namespace have none",
    };
    rows.push(valued("policy", &policy.name, name, chosen));
    let count = counted(policy.targets.len(), "target", "targets");
    rows.push(row("  written", &count, Some(&policy.place), ""));
    for target in &policy.targets {
        target_rows(target, rows);
    }
    rows.push(valued(
        "  otherRules",
        &policy.other_rules,
        policy.other_rules.value,
        "",
    ));
    let allowed = match &policy.allowed_regions.value {
        None => "no limit".to_owned(),
        Some(none) if none.is_empty() => "[] (nowhere)".to_owned(),
        Some(patterns) => patterns.join(" "),
    };
    rows.push(valued("  allowedRegions", &policy.allowed_regions, &allowed, ""));
    let denied = match &policy.denied_regions.value[..] {
        [] => "none".to_owned(),
        patterns => patterns.join(" "),
    };
    rows.push(valued("  deniedRegions", &policy.denied_regions, &denied, ""));
}

fn target_rows(target: &TargetEntry, rows: &mut Vec<Row>) {
    let name = format!("{}/{}", target.region.value, target.namespace.value);
    rows.push(row("  target", &name, Some(&target.place), ""));
    rows.push(valued("    region", &target.region, &target.region.value, ""));
    let namespace = &target.namespace;
    let implied = if namespace.place.is_none() {
        "not written: the repository's own namespace"
    } else {
        ""
    };
    rows.push(valued("    namespace", namespace, &namespace.value, implied));
    rows.push(valued("    override", &target.r#override, &target.r#override.value, ""));
    rows.push(valued("    syncAuto", &target.sync_auto, &target.sync_auto.value, ""));
}

/// A row of a value; without a note of its own it says what is not written where it holds.
fn valued<T>(label: &str, valued: &Valued<T>, value: &str, note: &str) -> Row {
    let note = match (note, valued.from) {
        ("", "defaults") => "from `defaults` of the policy's document",
        ("", "default") => "not written: the default",
        ("", "cloud") => "made from the region and `cloud`",
        ("", "option") => "given by `--endpoint`",
        (note, _) => note,
    };
    row(label, value, valued.place.as_ref(), note)
}

fn row(label: &str, value: &str, place: Option<&PlaceEntry>, note: &str) -> Row {
    Row {
        label: label.to_owned(),
        value: plain(value),
        place: place.map_or_else(
            || "-".to_owned(),
            |place| format!("{}:{}", plain(&place.file), place.line),
        ),
        note: note.to_owned(),
    }
}
