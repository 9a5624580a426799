//! From what was seen to what to write: which policy a namespace says, and what of it stands out.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::before::Kept;
use super::draft::{Contents, Document, Draft, Inline, Namespace, SharedPolicy, Under};
use super::entries;
use super::policies::{Seen, Sorted};
use super::reported;
use super::shape;
use crate::model::{Source, Survey, SurveyedNamespace, SurveyedSource};

pub(super) fn infer(survey: &Survey, kept: Kept<'_>) -> Draft {
    let sorted = Sorted::of(survey, kept);
    let mut next = 0;
    let mut documents = Vec::with_capacity(survey.sources.len());
    let namespaces = survey.sources.iter().map(|source| source.namespaces.len());
    let most_patterns = entries::most_patterns(namespaces.sum());
    for source in &survey.sources {
        let count = source.namespaces.iter().map(|namespace| namespace.repositories.len());
        let end = next + count.sum::<usize>();
        documents.push(document(
            source,
            &sorted.repositories[next..end],
            &sorted,
            most_patterns,
        ));
        next = end;
    }
    let used: BTreeSet<&Arc<str>> = documents.iter().flat_map(Document::names).collect();
    let policies = sorted.policies.iter().filter(|(name, _)| used.contains(name));
    Draft {
        policies: policies
            .map(|(name, policy)| (Arc::clone(name), policy.clone()))
            .collect(),
        documents,
        flags_not_told: sorted.flags_not_told,
        tangles: reported::tangles(&survey.tangles, survey.sources.len() == 1),
    }
}

/// One source; `seen` is what its repositories have, one after the other.
fn document(source: &SurveyedSource, seen: &[Option<Seen>], sorted: &Sorted, most_patterns: usize) -> Document {
    let mut document = Document {
        lists_manual_rules: source.source.lists_manual_rules || shows_manual_rules(source),
        source: Arc::clone(&source.source),
        default: None,
        namespaces: Vec::new(),
        gap: source.gap,
        is_part: source.is_part,
        hidden: source.hidden,
        left_out: Vec::new(),
    };
    let mut next = 0;
    let mut unread = Vec::new();
    let mut counts: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    for namespace in &source.namespaces {
        let end = next + namespace.repositories.len();
        let seen = &seen[next..end];
        next = end;
        let main = most_common(seen, sorted);
        let covered = covered(&source.source, namespace, seen, main, sorted, most_patterns);
        if matches!(&covered.contents, Contents::Part(entries) if entries.is_empty()) {
            document
                .left_out
                .extend(namespace.gap.map(|why| (namespace.name.clone(), why)));
            continue;
        }
        match (main, &covered.policy) {
            (Some(_), Under::Named(name)) => *counts.entry(Arc::clone(name)).or_default() += 1,
            (Some(_), Under::Inline(_)) => {}
            (None, _) => unread.push(document.namespaces.len()),
        }
        document.namespaces.push(covered);
    }
    let default = counts
        .into_iter()
        .max_by_key(|(name, count)| (*count, Reverse(Arc::clone(name))));
    document.default = default.map(|(name, _)| name);
    let default = document.default.as_ref();
    if let Some((name, policy)) = default.and_then(|name| sorted.policies.get_key_value(name)) {
        for index in unread {
            as_most_are(&mut document.namespaces[index], name, policy, &source.source);
        }
    }
    document
}

fn shows_manual_rules(source: &SurveyedSource) -> bool {
    let repositories = source.namespaces.iter().flat_map(|namespace| &namespace.repositories);
    repositories
        .flat_map(|repository| repository.rules.iter().flat_map(|list| &list.rules))
        .any(|rule| rule.flags.sync_auto == Some(false))
}

/// Of a namespace in which nothing was read nothing better is known than what the others have.
fn as_most_are(namespace: &mut Namespace, name: &Arc<str>, policy: &SharedPolicy, source: &Source) {
    if shape::fits(&policy.targets, source, &namespace.name) {
        namespace.policy = Under::Named(Arc::clone(name));
    }
}

/// What most of the repositories have; what is common elsewhere, too, where it is as many.
fn most_common(seen: &[Option<Seen>], sorted: &Sorted) -> Option<Seen> {
    let mut counts: BTreeMap<Seen, usize> = BTreeMap::new();
    for seen in seen.iter().flatten() {
        *counts.entry(*seen).or_default() += 1;
    }
    let best = counts
        .into_iter()
        .max_by_key(|(seen, count)| (*count, sorted.count_of(*seen), Reverse(*seen)));
    best.map(|(seen, _)| seen)
}

fn covered(
    source: &Source,
    namespace: &SurveyedNamespace,
    seen: &[Option<Seen>],
    main: Option<Seen>,
    sorted: &Sorted,
    most_patterns: usize,
) -> Namespace {
    let names = namespace.repositories.iter().map(|repository| &repository.name);
    let repositories: Vec<entries::Read<'_>> = names.zip(seen.iter().copied()).collect();
    Namespace {
        name: namespace.name.clone(),
        policy: main.map_or(Under::Inline(Inline::default()), |main| sorted.under(main).clone()),
        contents: entries::contents(&repositories, main, &namespace.extent, sorted, most_patterns),
        notes: shape::notes(source, namespace, |index| sorted.others(seen[index])),
    }
}
