//! Findings and gaps on the console, grouped by what they are about.

use std::fmt::{self, Write};

use super::super::document::{FindingEntry, Report, UnknownEntry};
use super::super::order::Order;
use super::super::wording::plain;
use super::paint::Paint;
use crate::model::visible;

/// Widest column of names; a longer name pushes its own row.
const NAME_WIDTH: usize = 36;

/// One thing to show under a repository or namespace.
enum Detail<'a> {
    Finding(&'a FindingEntry),
    Unknown(&'a UnknownEntry),
}

impl Detail<'_> {
    fn is_of_a_waiver(&self) -> bool {
        match self {
            Self::Finding(finding) => waiver_of(finding).is_some(),
            Self::Unknown(_) => false,
        }
    }

    /// `namespace/repository`, or as much of it as it is about; with the source in front where there are several. A waiver
    /// goes by its id, an empty selection by its pattern.
    fn heading(&self, has_several_sources: bool) -> String {
        visible(&self.name(has_several_sources)).into_owned()
    }

    fn name(&self, has_several_sources: bool) -> String {
        if let Self::Finding(finding) = self
            && let Some(id) = waiver_of(finding)
        {
            return format!("waiver {}", plain(id));
        }
        if let Self::Unknown(entry) = self
            && entry.is_of_the_selection()
        {
            return format!("--only {}", plain(entry.field.as_deref().unwrap_or_default()));
        }
        let (source, namespace, repository) = match self {
            Self::Finding(finding) => {
                let repository = finding.repository.as_deref().unwrap_or_default();
                (&finding.source, &finding.namespace, repository)
            }
            Self::Unknown(entry) => (&entry.source, &entry.namespace, entry.repository()),
        };
        let name = match (&**namespace, repository) {
            ("", _) => "",
            (namespace, "") => namespace,
            (namespace, repository) => &format!("{namespace}/{repository}"),
        };
        match (&**source, name) {
            ("", "") => "inventory".to_owned(),
            (source, "") => source.to_owned(),
            (source, name) if has_several_sources => format!("{source}:{name}"),
            (_, name) => name.to_owned(),
        }
    }

    fn told(&self, paint: Paint) -> String {
        match self {
            Self::Finding(finding) => {
                let target = finding
                    .target
                    .as_ref()
                    .map(|target| format!(" {}/{}", target.region, target.namespace));
                let target = plain(&target.unwrap_or_default());
                format!(
                    "{} {}{target}{}",
                    paint.severity(finding.severity),
                    finding.code,
                    sides(finding)
                )
            }
            Self::Unknown(entry) => {
                let target = entry
                    .target
                    .as_ref()
                    .map(|target| format!(" {}/{}", target.region, target.namespace));
                let told = match entry.message.split_once(": ") {
                    Some((_, told)) if !entry.is_of_a_list() => told,
                    // What the list is of is no name, and stands nowhere else.
                    Some(_) | None => &*entry.message,
                };
                format!(
                    "{} {}{}: {}{}",
                    paint.unknown(),
                    entry.class,
                    plain(&target.unwrap_or_default()),
                    visible(told),
                    entry.request()
                )
            }
        }
    }
}

/// The id of the waiver that a finding is about: no namespace is shown there, and the id stands for the field.
fn waiver_of(finding: &FindingEntry) -> Option<&str> {
    finding.field.as_deref().filter(|_| finding.namespace.is_empty())
}

/// Expected beside actual, where both or either is a value.
fn sides(finding: &FindingEntry) -> String {
    let field = finding
        .field
        .as_deref()
        .filter(|_| waiver_of(finding).is_none())
        .map(|field| format!(" {}", plain(field)))
        .unwrap_or_default();
    match (finding.expected.as_deref(), finding.actual.as_deref()) {
        (None, None) => field,
        (expected, actual) => {
            let side = |value: Option<&str>| value.map_or_else(|| "none".to_owned(), plain);
            format!("{field}: expected {}, actual {}", side(expected), side(actual))
        }
    }
}

/// What was found and what is unknown, as many rows of it as there is room for.
pub(super) fn write(
    out: &mut String,
    report: &Report,
    room: usize,
    details_in: Option<&str>,
    paint: Paint,
) -> fmt::Result {
    let unwaived = report.findings.iter().filter(|finding| !finding.is_waived());
    let mut details: Vec<Detail<'_>> = unwaived.map(Detail::Finding).collect();
    details.extend(report.unknown.iter().map(Detail::Unknown));
    if details.is_empty() {
        return Ok(());
    }
    // What is wrong comes before what is said of waivers.
    details.sort_by(|a, b| (a.is_of_a_waiver(), order(a)).cmp(&(b.is_of_a_waiver(), order(b))));
    let has_several_sources = report.run.sources.len() > 1;
    // Where one more is all there is, it takes the row that would count it.
    let shown = if details.len() > room + 1 {
        &details[..room]
    } else {
        &details[..]
    };
    let width = shown
        .iter()
        .map(|detail| detail.heading(has_several_sources).chars().count())
        .max()
        .unwrap_or_default()
        .min(NAME_WIDTH);
    let mut last = String::new();
    for detail in shown {
        let name = detail.heading(has_several_sources);
        // A repository's name stands once, over everything about it.
        let heading = if name == last { "" } else { &*name };
        writeln!(
            out,
            "{}  {}",
            paint.bold(&format!("{heading:<width$}")),
            detail.told(paint)
        )?;
        last = name;
    }
    if shown.len() < details.len() {
        let rest = details.len() - shown.len();
        match details_in {
            Some(file) => writeln!(out, "... and {rest} more, all of them in {file}")?,
            None => writeln!(out, "... and {rest} more")?,
        }
    }
    writeln!(out)
}

fn order<'a>(detail: &'a Detail<'_>) -> Order<'a> {
    match detail {
        Detail::Finding(finding) => finding.order(),
        Detail::Unknown(entry) => entry.order(),
    }
}
