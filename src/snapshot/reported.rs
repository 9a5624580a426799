//! What an audit reports of what was seen, whatever an inventory says: the rules themselves have to change.

use super::draft::{Draft, Note};
use super::untold::{self, Few};
use crate::model::{Code, RepoId, Tangle, visible};

/// Circles, and as many races, that are told one by one.
const TANGLES: usize = 5;

/// Circles and races, each with its repositories.
pub(super) fn tangles(tangles: &[Tangle], is_alone: bool) -> Vec<String> {
    let mut told = Vec::new();
    for code in [Code::ReplicationLoop, Code::OverwriteRace] {
        let of_code = || tangles.iter().filter(|tangle| tangle.is_certain && tangle.code == code);
        told.extend(of_code().take(TANGLES).map(|tangle| line(tangle, is_alone)));
        match of_code().count().saturating_sub(TANGLES) {
            0 => {}
            more => told.push(format!("{} {more} times more", code.name())),
        }
    }
    let possible = || tangles.iter().filter(|tangle| !tangle.is_certain);
    told.extend(
        possible()
            .take(TANGLES)
            .map(|tangle| format!("unknown, not ruled out: {}", line(tangle, is_alone))),
    );
    match possible().count().saturating_sub(TANGLES) {
        0 => {}
        more => told.push(format!("unknown, not ruled out: {more} more")),
    }
    told
}

/// `overwrite-race at cn-east-3/copies/web: a/web, b/web`.
fn line(tangle: &Tangle, is_alone: bool) -> String {
    let mut few = Few::default();
    let name = |id: &RepoId| untold::name(id, is_alone);
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

/// Text of the service, on one line and short, so that a comment stays one.
fn plain(text: &str) -> String {
    const LIMIT: usize = 200;
    let end = text.char_indices().nth(LIMIT).map_or(text.len(), |(at, _)| at);
    visible(&text[..end]).into_owned()
}

/// All of it: circles and races one by one, the rest by the number of its repositories, which comments name.
pub(super) fn all(draft: &Draft) -> Vec<String> {
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
                | Note::OddWithAWord(_)
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
    fn sources_are_called_where_there_are_several() {
        let told = |is_alone| tangles(&[tangle(Code::ReplicationLoop, "prod")], is_alone);
        assert_eq!(told(false), ["replication-loop: one:prod/web, two:prod/web"]);
        assert_eq!(told(true), ["replication-loop: prod/web, prod/web"]);
    }

    #[test]
    fn what_cannot_be_ruled_out_is_told_behind_what_is_certain() {
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

    /// The service lists targets that no name could be, and a comment has to stay one.
    #[test]
    fn a_target_that_holds_a_line_break_begins_no_line() {
        let told = tangles(&[tangle(Code::OverwriteRace, "x\nnamespaces: []\u{2028}\u{85}")], true);
        assert_eq!(
            told,
            ["overwrite-race at cn-east-3/x\\nnamespaces: []\\u2028\\u0085/web: prod/web, prod/web"]
        );
    }
}
