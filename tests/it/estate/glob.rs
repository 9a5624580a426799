//! Patterns as the inventory's page describes them, by trying every way.

/// Whether a name, or a region's id, matches.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let segments = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
    // Marked first: two choices of one star each do not make this.
    let pattern = pattern.replace("**", SEGMENTS);
    choices(&pattern)
        .iter()
        .any(|one| path(&segments(one), &segments(text)))
}

/// Stands for `**`.
const SEGMENTS: &str = "\u{1}";

/// Every text that is left when each `{a,b}` has chosen. A choice may be empty, and may hold others.
fn choices(pattern: &str) -> Vec<String> {
    let Some((before, rest)) = pattern.split_once('{') else {
        return vec![pattern.to_owned()];
    };
    let (mut depth, mut start, mut branches) = (1, 0, Vec::new());
    for (at, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || depth == 1 && c == ',' {
            branches.push(&rest[start..at]);
            start = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    assert_eq!(depth, 0, "patterns of these tests are whole: {pattern}");
    let one = |branch: &&str| choices(&format!("{before}{branch}{}", &rest[start..]));
    branches.iter().flat_map(one).collect()
}

fn path(pattern: &[String], text: &[String]) -> bool {
    match pattern {
        [] => text.is_empty(),
        // What stands last is not nothing: `a/**` is not `a`.
        [last] if last == SEGMENTS => !text.is_empty(),
        [first, rest @ ..] if first == SEGMENTS => (0..=text.len()).any(|at| path(rest, &text[at..])),
        [first, rest @ ..] => text
            .split_first()
            .is_some_and(|(one, others)| segment(first.as_bytes(), one.as_bytes()) && path(rest, others)),
    }
}

fn segment(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', rest @ ..] => (0..=text.len()).any(|at| segment(rest, &text[at..])),
        [b'[', rest @ ..] => {
            let end = rest.iter().position(|&byte| byte == b']').expect("patterns are whole");
            let (set, rest) = (&rest[..end], &rest[end + 1..]);
            text.split_first()
                .is_some_and(|(&one, others)| in_set(set, one) && segment(rest, others))
        }
        [first, rest @ ..] => text
            .split_first()
            .is_some_and(|(one, others)| (*first == b'?' || first == one) && segment(rest, others)),
    }
}

fn in_set(set: &[u8], byte: u8) -> bool {
    match set {
        [b'!', rest @ ..] => !in_set(rest, byte),
        [from, b'-', to] => (*from..=*to).contains(&byte),
        _ => set.contains(&byte),
    }
}

/// `[source:]namespace[/repository]`.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    text: &'a str,
    source: Option<&'a str>,
    namespace: &'a str,
    repository: Option<&'a str>,
}

impl<'a> Scope<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let (source, rest) = match text.split_once(':') {
            Some((source, rest)) => (Some(source), rest),
            None => (None, text),
        };
        let rest = if rest.is_empty() { "*" } else { rest };
        match rest.split_once('/') {
            Some((namespace, repository)) => Self {
                text,
                source,
                namespace,
                repository: Some(repository),
            },
            None => Self {
                text,
                source,
                namespace: rest,
                repository: None,
            },
        }
    }

    /// As it is written.
    pub(super) const fn text(&self) -> &'a str {
        self.text
    }

    /// The source that it names.
    pub(super) const fn source(&self) -> Option<&'a str> {
        self.source
    }

    /// The repositories that it names; `None`: all.
    pub(super) const fn repository(&self) -> Option<&'a str> {
        self.repository
    }

    pub(super) fn reaches_source(&self, source: &str) -> bool {
        self.source.is_none_or(|pattern| matches(pattern, source))
    }

    pub(super) fn reaches(&self, source: &str, namespace: &str) -> bool {
        self.reaches_source(source) && matches(self.namespace, namespace)
    }

    pub(super) fn holds(&self, source: &str, namespace: &str, repository: &str) -> bool {
        self.reaches(source, namespace) && self.repository.is_none_or(|pattern| matches(pattern, repository))
    }

    /// The namespace itself, and with it all of it.
    pub(super) fn holds_namespace(&self, source: &str, namespace: &str) -> bool {
        self.reaches(source, namespace) && matches!(self.repository, None | Some("**"))
    }
}

/// The patterns of the product beside these, in every place where it holds a name against one.
mod beside_the_product {
    use proptest::prelude::*;
    use swr_audit::model::{self, NamespaceName, RegionLimits, RepoId, RepositoryName, Selection};

    use super::{Scope, matches};

    const PIECES: [&str; 24] = [
        "a",
        "b",
        "ab",
        "-",
        "*",
        "?",
        "[ab]",
        "[!a]",
        "/",
        "/**/",
        "{a,b}",
        "{,a}",
        "{a,}",
        "{a,,b}",
        "{,-a}",
        "{}",
        "{,}",
        "{,{a,}b}",
        "{a,{,b}-}",
        "{a/,}",
        "{,/b}",
        "{a/**/,}b",
        "{*,a-?}",
        "{[ab],}",
    ];

    fn pieces(count: std::ops::Range<usize>, may_hold_slashes: bool) -> impl Strategy<Value = String> {
        let fits = move |piece: &&str| may_hold_slashes || !piece.contains('/');
        let pieces: Vec<&str> = PIECES.into_iter().filter(fits).collect();
        proptest::collection::vec(proptest::sample::select(pieces), count)
            .prop_map(|pieces| pieces.concat())
            // No name ends with a slash, so nothing is to be learnt from a pattern that does.
            .prop_filter("a pattern", |text| {
                !text.ends_with('/') && model::Pattern::parse(text).is_ok()
            })
    }

    fn name(may_hold_slashes: bool) -> impl Strategy<Value = String> {
        let names = if may_hold_slashes {
            "[ab]{1,2}([-/][ab]{1,2}){0,2}"
        } else {
            "[ab]{1,2}(-[ab]{1,2})?"
        };
        proptest::string::string_regex(names).expect("an expression")
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_entry_of_repos_matches_what_it_chooses(pattern in pieces(1..5, true), name in name(true)) {
            let product = model::Pattern::parse(&pattern).expect("a pattern");
            prop_assert_eq!(product.matches(&name), matches(&pattern, &name), "{} {}", pattern, name);
        }

        #[test]
        fn a_list_of_regions_matches_what_it_chooses(
            allowed in pieces(1..4, false), denied in pieces(1..4, false), region in name(false),
        ) {
            let parse = |text: &str| model::Pattern::parse(text).expect("a pattern");
            let limits = RegionLimits { allowed: Some(vec![parse(&allowed)]), denied: vec![parse(&denied)] };
            let expected = matches(&allowed, &region) && !matches(&denied, &region);
            prop_assert_eq!(limits.admit(&region), expected, "{} !{} {}", allowed, denied, region);
        }

        /// Scopes are what waivers cover and what `--only` selects.
        #[test]
        fn a_scope_covers_what_it_chooses(
            one in (name(false), pieces(1..4, false), pieces(1..4, true)),
            other in (name(false), pieces(1..4, false), pieces(1..4, true)),
            id in (name(false), name(false), name(true)),
        ) {
            let text = |(source, namespace, repository): &(String, String, String)| {
                format!("{{,{source}}}*:{namespace}/{repository}")
            };
            let (one, other) = (text(&one), text(&other));
            let scope = |text: &str| model::Scope::parse(text).expect("a scope");
            let (first, second) = (scope(&one), scope(&other));
            let selection = Selection { only: vec![first.clone()], except: vec![second], shard: None };
            let (source, namespace, repository) = &id;
            let repo = RepoId {
                source: source.as_str().into(),
                namespace: NamespaceName::parse(namespace).expect("a name"),
                repository: RepositoryName::parse(repository).expect("a name"),
            };
            let [is_in, is_out] = [&one, &other].map(|text| Scope::of(text).holds(source, namespace, repository));
            prop_assert_eq!(first.holds(&repo), is_in, "{} {:?}", &one, &id);
            prop_assert_eq!(selection.holds(&repo), is_in && !is_out, "{} !{} {:?}", &one, &other, &id);
        }
    }
}
