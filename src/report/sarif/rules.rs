//! The rules: one for each code, and one for what is unknown, with the words of `docs/findings.md`.

use std::collections::BTreeSet;

use super::super::manual;
use super::log::{Configuration, Help, Message, Rule, RuleProperties, level};
use crate::model::{Code, Severity, visible};

/// The rule of what could not be determined.
pub(super) const UNKNOWN: &str = "unknown";
/// As long as a description may be.
const LONGEST: usize = 1_024;

/// The rules of a log, in one order for all of its runs.
pub(super) struct Rules(Vec<Rule>);

impl Rules {
    /// All codes of this version, and those of another one that a report has.
    pub(super) fn of<'a>(codes: impl Iterator<Item = &'a str>) -> Self {
        let mut rules: Vec<Rule> = Code::ALL.iter().map(|code| of_code(*code)).collect();
        rules.push(unknown());
        let strangers: BTreeSet<&str> = codes
            .filter(|code| *code != UNKNOWN && Code::from_name(code).is_none())
            .collect();
        rules.extend(strangers.into_iter().map(of_another_version));
        Self(rules)
    }

    pub(super) fn descriptors(&self) -> Vec<Rule> {
        self.0.clone()
    }

    /// Where the rule of a code stands.
    pub(super) fn index(&self, code: &str) -> usize {
        let shown = visible(code);
        let found = self.0.iter().position(|rule| rule.id == *shown);
        found.expect("every code of the report has a rule")
    }
}

fn of_code(code: Code) -> Rule {
    let severity = default_severity(code);
    let paragraphs = manual::paragraphs(code.name());
    // The first one names the severity.
    rule(code.name(), &paragraphs[1..], Some(severity))
}

/// Where it depends on what differs, the gravest: the score is the rule's, and no result may look better than it is.
fn default_severity(code: Code) -> Severity {
    code.fixed_severity().unwrap_or(Severity::High)
}

fn unknown() -> Rule {
    let text = "Something could not be determined: nothing is known of it, neither that it is as expected nor that it differs. \
                The message has the class that says why. An unknown cannot be waived: put its cause right, or skip what it \
                concerns with a reason.";
    Rule {
        // A name that repeats the id says nothing.
        name: "NotDetermined".to_owned(),
        ..rule(UNKNOWN, &[text.to_owned()], None)
    }
}

fn of_another_version(code: &str) -> Rule {
    let text = format!("Another version of swr-audit found this, and its documentation has the code {code}.");
    rule(&visible(code), &[visible(&text).into_owned()], None)
}

fn rule(id: &str, paragraphs: &[String], severity: Option<Severity>) -> Rule {
    let first = paragraphs.first().map_or(id, |first| first);
    let sentence = first.split_once(". ").map_or(first, |(sentence, _)| sentence);
    let sentence = sentence.trim_end_matches('.');
    Rule {
        id: id.to_owned(),
        name: in_pascal_case(id),
        short_description: cut(&format!("{sentence}.")),
        full_description: cut(first),
        help: Help {
            text: paragraphs.join("\n\n"),
            markdown: paragraphs.join("\n\n"),
        },
        default_configuration: Configuration {
            level: level(severity.unwrap_or(Severity::Medium)),
        },
        properties: RuleProperties {
            tags: vec!["container-images", "replication"],
            precision: "very-high",
            problem_severity: match severity {
                Some(Severity::Critical | Severity::High) => "error",
                Some(Severity::Medium) | None => "warning",
                Some(Severity::Low | Severity::Info) => "recommendation",
            },
            security_severity: severity.and_then(score),
        },
    }
}

/// In the middle of the range that code scanning calls by the same word; what is only worth knowing is no matter of security.
const fn score(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.0"),
        Severity::Info => None,
    }
}

fn cut(text: &str) -> Message {
    let text = match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some(_) => text.chars().take(LONGEST - 1).chain(['…']).collect(),
    };
    Message { text }
}

fn in_pascal_case(code: &str) -> String {
    code.split('-')
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}
