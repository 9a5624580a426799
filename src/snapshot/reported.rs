//! What an audit of the snapshot will report: only a change of the rules themselves can fix it.

use super::draft::{DraftInventory, Note};
use super::unreported::{self, Few};
use crate::model::{Code, RepoId, Tangle, visible};

/// How many loops, and how many races, have a line each.
const TANGLES: usize = 5;

/// Loops and races, each with its repositories.
pub(super) fn tangles(tangles: &[Tangle], is_only_source: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for code in [Code::ReplicationLoop, Code::OverwriteRace] {
        let of_code = || tangles.iter().filter(|tangle| tangle.is_certain && tangle.code == code);
        lines.extend(of_code().take(TANGLES).map(|tangle| line(tangle, is_only_source)));
        match of_code().count().saturating_sub(TANGLES) {
            0 => {}
            more => lines.push(format!("{}: {more} more", code.name())),
        }
    }
    let possible = || tangles.iter().filter(|tangle| !tangle.is_certain);
    lines.extend(
        possible()
            .take(TANGLES)
            .map(|tangle| format!("unknown, not ruled out: {}", line(tangle, is_only_source))),
    );
    match possible().count().saturating_sub(TANGLES) {
        0 => {}
        more => lines.push(format!("unknown, not ruled out: {more} more")),
    }
    lines
}

/// `overwrite-race at cn-east-3/copies/web: a/web, b/web`.
fn line(tangle: &Tangle, is_only_source: bool) -> String {
    let mut few = Few::default();
    let name = |id: &RepoId| unreported::name(id, is_only_source);
    for id in &tangle.members {
        few.add(|| name(id));
    }
    let contested = match (tangle.code, &tangle.target, tangle.members.first()) {
        (Code::OverwriteRace, Some(target), Some(first)) => {
            format!(" at {}", plain(&format!("{target}/{}", first.repository)))
        }
        _ => String::new(),
    };
    format!("{}{contested}: {few}", tangle.code.name())
}

/// Text of the service, cut and on one line, so that a comment stays a comment.
fn plain(text: &str) -> String {
    const LIMIT: usize = 200;
    let end = text.char_indices().nth(LIMIT).map_or(text.len(), |(at, _)| at);
    visible(&text[..end]).into_owned()
}

/// All of it: loops and races line by line, and how many repositories have other findings. Comments name these.
pub(super) fn all(draft: &DraftInventory) -> Vec<String> {
    let (mut twice, mut odd) = (0, 0);
    for namespace in draft.documents.iter().flat_map(|document| &document.namespaces) {
        for note in &namespace.notes {
            match note {
                Note::Duplicates(names) => twice += names.len(),
                Note::Odd(names) => odd += names.len(),
                Note::Empty
                | Note::Part
                | Note::NotListed(_)
                | Note::NotAllListed(_)
                | Note::Unread(..)
                | Note::OddAsInfo(_)
                | Note::MayBeCut(_) => {}
            }
        }
    }
    let counted = [(Code::DuplicateRule, twice), (Code::UnexpectedRule, odd)];
    let counted = counted
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(code, count)| match count {
            1 => format!("{}: 1 repository", code.name()),
            many => format!("{}: {many} repositories", code.name()),
        });
    draft.tangles.iter().cloned().chain(counted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{NamespaceName, RepositoryName, Target};

    fn tangle(code: Code, namespace: &str) -> Tangle {
        let member = |source: &str| RepoId {
            source: source.into(),
            namespace: NamespaceName::parse("prod").expect("a legal namespace"),
            repository: RepositoryName::parse("web").expect("a legal repository"),
        };
        Tangle {
            code,
            members: vec![member("one"), member("two")],
            target: Some(Target {
                region: "cn-east-3".into(),
                namespace: namespace.into(),
            }),
            is_certain: true,
        }
    }

    #[test]
    fn members_name_their_source_where_there_are_several() {
        let lines = |is_only_source| tangles(&[tangle(Code::ReplicationLoop, "prod")], is_only_source);
        assert_eq!(lines(false), ["replication-loop: one:prod/web, two:prod/web"]);
        assert_eq!(lines(true), ["replication-loop: prod/web, prod/web"]);
    }

    #[test]
    fn a_possible_loop_comes_after_a_certain_race() {
        let certain = tangle(Code::OverwriteRace, "prod");
        let possible = Tangle {
            is_certain: false,
            ..tangle(Code::ReplicationLoop, "prod")
        };
        assert_eq!(
            tangles(&[possible, certain], true),
            [
                "overwrite-race at cn-east-3/prod/web: prod/web, prod/web",
                "unknown, not ruled out: replication-loop: prod/web, prod/web"
            ]
        );
    }

    /// The service may list any text as a target, and a comment has to stay a comment.
    #[test]
    fn a_line_break_in_a_target_begins_no_line() {
        let lines = tangles(&[tangle(Code::OverwriteRace, "x\nnamespaces: []\u{2028}\u{85}")], true);
        assert_eq!(
            lines,
            ["overwrite-race at cn-east-3/x\\nnamespaces: []\\u2028\\u0085/web: prod/web, prod/web"]
        );
    }
}
