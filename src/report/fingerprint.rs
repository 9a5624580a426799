//! What makes two findings of two runs the same: never values, line numbers or rule ids.
//!
//! A fingerprint is a function of its entry and of nothing else, so that one can be computed anew for an entry that was read.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::document::{FindingEntry, TargetEntry, UnknownEntry};
use crate::model::Code;

/// What goes first into the hash: a change of the parts or of how they are joined is another version.
const VERSION: &str = "v2";
/// The hex digits of a fingerprint.
const DIGITS: usize = 15;
/// The subject of an entry about a list.
const LIST: &str = "list";

impl FindingEntry {
    pub(super) fn identified(mut self) -> Self {
        self.fingerprint = Identity {
            code: self.code.name(),
            source: &self.source,
            namespace: &self.namespace,
            repository: self.repository.as_deref().unwrap_or_default(),
            target: self.target.as_ref(),
            field: self.field.as_deref().unwrap_or_default(),
            subject: &self.subject(),
        }
        .fingerprint();
        self
    }

    fn subject(&self) -> Cow<'_, str> {
        // A code of another version has no subject that is known here.
        let Some(code) = self.code.known() else {
            return "".into();
        };
        match code {
            Code::EmptyPattern | Code::ExpiredWaiver | Code::UnusedWaiver | Code::ExpiringWaiver => {
                self.field.as_deref().unwrap_or_default().into()
            }
            Code::ReplicationLoop | Code::OverwriteRace => self.repositories.join("\n").into(),
            Code::MissingRule
            | Code::TargetRegionMismatch
            | Code::TargetNamespaceMismatch
            | Code::OverrideMismatch
            | Code::SyncAutoMismatch
            | Code::UnexpectedRule
            | Code::DuplicateRule
            | Code::ForbiddenTarget
            | Code::MissingRepo
            | Code::MissingNamespace
            | Code::UnlistedRepo
            | Code::UnlistedNamespace
            | Code::ExpiredSkip => "".into(),
        }
    }
}

impl UnknownEntry {
    pub(super) fn identified(mut self) -> Self {
        self.fingerprint = Identity {
            code: &format!("unknown/{}", self.class),
            source: &self.source,
            namespace: &self.namespace,
            repository: self.repository(),
            target: self.target.as_ref(),
            field: self.field.as_deref().unwrap_or_default(),
            subject: self.subject(),
        }
        .fingerprint();
        self
    }

    /// What is about no repository is about a list, which has no field, or about the pattern that stands in the field.
    fn subject(&self) -> &str {
        match self.count {
            0 => self.field.as_deref().unwrap_or(LIST),
            _ => "",
        }
    }
}

/// The parts of a fingerprint, in their order.
#[derive(Clone, Copy, Debug)]
struct Identity<'a> {
    /// The finding's code, or `unknown/CLASS`.
    code: &'a str,
    /// The source's name.
    source: &'a str,
    /// The namespace.
    namespace: &'a str,
    /// The repository; empty where it is about several.
    repository: &'a str,
    /// The target, where there is one.
    target: Option<&'a TargetEntry>,
    /// The field; empty where there is none.
    field: &'a str,
    /// The pattern, the waiver's id, the members of a loop or race, or `list`; else empty.
    subject: &'a str,
}

impl Identity<'_> {
    /// `f` and the first 15 hex digits of SHA-256 over the parts, each on a line of its own.
    fn fingerprint(self) -> String {
        let (region, namespace) = self
            .target
            .map_or(("", ""), |target| (&*target.region, &*target.namespace));
        let parts = [
            VERSION,
            self.code,
            self.source,
            self.namespace,
            self.repository,
            region,
            namespace,
            self.field,
            self.subject,
        ];
        format!("f{}", &digest(&parts)[..DIGITS])
    }
}

/// SHA-256 in hex digits over parts, each on a line of its own.
pub(super) fn digest(parts: &[&str]) -> String {
    let lines: Vec<Cow<'_, str>> = parts.iter().map(|part| on_one_line(part)).collect();
    hex::encode(Sha256::digest(lines.join("\n")))
}

/// A part without line feeds. Names of the service may hold any character: without this, two rules whose parts are `a\nb`
/// and `c`, and `a` and `b\nc`, would be one.
fn on_one_line(part: &str) -> Cow<'_, str> {
    if part.contains(['\\', '\n']) {
        part.replace('\\', r"\\").replace('\n', r"\n").into()
    } else {
        part.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(region: &str, namespace: &str) -> TargetEntry {
        TargetEntry {
            region: region.into(),
            namespace: namespace.into(),
        }
    }

    const PLAIN: Identity<'static> = Identity {
        code: "missing-repo",
        source: "prod",
        namespace: "prod",
        repository: "web",
        target: None,
        field: "",
        subject: "",
    };

    /// Each was computed by `printf TEXT | sha256sum | cut -c1-15`, with the text beside it.
    #[test]
    fn a_fingerprint_is_the_start_of_a_sha256_over_its_parts_line_by_line() {
        let to = target("cn-east-3", "prod-dr");
        for (identity, expected) in [
            // 'v2\nmissing-repo\nprod\nprod\nweb\n\n\n\n'
            (PLAIN, "f9b21fd2d9be618d"),
            // 'v2\nmissing-rule\nprod\nprod\nweb\ncn-east-3\nprod-dr\n\n'
            (
                Identity {
                    code: "missing-rule",
                    target: Some(&to),
                    ..PLAIN
                },
                "f104f524e481aa01",
            ),
            // 'v2\noverride-mismatch\nprod\nprod\nweb\ncn-east-3\nprod-dr\noverride\n'
            (
                Identity {
                    code: "override-mismatch",
                    target: Some(&to),
                    field: "override",
                    ..PLAIN
                },
                "f77ff70e6c7c34fd",
            ),
            // 'v2\nempty-pattern\nprod\nprod\n\n\n\nteam-a/*\nteam-a/*'
            (
                Identity {
                    code: "empty-pattern",
                    repository: "",
                    field: "team-a/*",
                    subject: "team-a/*",
                    ..PLAIN
                },
                "f87c988ae303c8de",
            ),
            // 'v2\nunused-waiver\n\n\n\n\n\nCHG-1\nCHG-1'
            (
                Identity {
                    code: "unused-waiver",
                    source: "",
                    namespace: "",
                    repository: "",
                    field: "CHG-1",
                    subject: "CHG-1",
                    ..PLAIN
                },
                "fd3617cd77e5f81d",
            ),
            // 'v2\nreplication-loop\nprod\nprod\nweb\ncn-east-3\nprod-dr\n\neast:prod-dr/web\\nprod:prod/web'
            (
                Identity {
                    code: "replication-loop",
                    target: Some(&to),
                    subject: "east:prod-dr/web\nprod:prod/web",
                    ..PLAIN
                },
                "fbacc77018392d74",
            ),
            // 'v2\nunknown/truncated\nprod\nprod\n\n\n\n\nlist'
            (
                Identity {
                    code: "unknown/truncated",
                    repository: "",
                    subject: "list",
                    ..PLAIN
                },
                "f8b77b651718ea39",
            ),
        ] {
            assert_eq!(identity.fingerprint(), expected, "{identity:?}");
        }
    }

    #[test]
    fn a_line_feed_in_a_name_does_not_make_two_rules_one() {
        let rule = |target| {
            Identity {
                code: "unexpected-rule",
                target: Some(&target),
                ..PLAIN
            }
            .fingerprint()
        };
        // 'v2\nunexpected-rule\nprod\nprod\nweb\na\\nb\nc\n\n'
        assert_eq!(rule(target("a\nb", "c")), "fbe477bff1932fc4");
        // 'v2\nunexpected-rule\nprod\nprod\nweb\na\nb\\nc\n\n'
        assert_eq!(rule(target("a", "b\nc")), "f9c96b30b2b45fe4");
        // What stands for a line feed is no line feed: 'v2\nunexpected-rule\nprod\nprod\nweb\na\\\\nb\nc\n\n'
        assert_eq!(rule(target(r"a\nb", "c")), "fb1de5d3337f8231");
    }
}
