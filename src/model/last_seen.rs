//! What an earlier run saw of each source: the repositories that were there. The mass-change guard compares with it.
//!
//! Packed: a hundred thousand repositories are one text and a few bytes each.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What an earlier run saw. A source without an entry has no baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastSeen {
    /// By the name of the source.
    pub sources: BTreeMap<Arc<str>, SeenSource>,
}

/// The repositories of one source that were there, in order of namespace and name, none twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenSource {
    /// `namespace/repository` of all of them, one behind the other.
    text: String,
    /// Where each ends in the text.
    ends: Vec<u32>,
    /// Whether each had rules.
    had_rules: Vec<bool>,
}

/// A repository that was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenRepository<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub repository: &'a str,
    /// Whether it had rules.
    pub had_rules: bool,
}

impl LastSeen {
    /// Nothing: no source has a baseline.
    pub const fn nothing() -> Self {
        Self {
            sources: BTreeMap::new(),
        }
    }
}

impl SeenSource {
    /// Those repositories, in order.
    pub fn iter(&self) -> impl Iterator<Item = SeenRepository<'_>> {
        let mut start = 0;
        self.ends.iter().zip(&self.had_rules).map(move |(&end, &had_rules)| {
            let name = &self.text[start..end as usize];
            start = end as usize;
            let (namespace, repository) = name.split_once('/').unwrap_or((name, ""));
            SeenRepository {
                namespace,
                repository,
                had_rules,
            }
        })
    }
}

impl SeenRepository<'_> {
    /// Where it stands in report order, whether or not it had rules.
    pub fn cmp_name(&self, namespace: &str, repository: &str) -> Ordering {
        (self.namespace, self.repository).cmp(&(namespace, repository))
    }
}

/// In any order. Of one that comes twice, rules that were seen once count.
impl<'a> FromIterator<SeenRepository<'a>> for SeenSource {
    fn from_iter<I: IntoIterator<Item = SeenRepository<'a>>>(repositories: I) -> Self {
        // No namespace holds a slash, whatever a file says.
        let all = repositories.into_iter().filter(|each| !each.namespace.contains('/'));
        let mut all: Vec<SeenRepository<'a>> = all.collect();
        all.sort_unstable_by(|a, b| {
            a.cmp_name(b.namespace, b.repository)
                .then(b.had_rules.cmp(&a.had_rules))
        });
        all.dedup_by(|later, kept| later.cmp_name(kept.namespace, kept.repository).is_eq());
        let mut seen = Self::default();
        for each in all {
            seen.text.push_str(each.namespace);
            seen.text.push('/');
            seen.text.push_str(each.repository);
            seen.ends
                .push(u32::try_from(seen.text.len()).expect("four gibibytes of names fit in no report"));
            seen.had_rules.push(each.had_rules);
        }
        seen.text.shrink_to_fit();
        seen.ends.shrink_to_fit();
        seen.had_rules.shrink_to_fit();
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen<'a>(namespace: &'a str, repository: &'a str, had_rules: bool) -> SeenRepository<'a> {
        SeenRepository {
            namespace,
            repository,
            had_rules,
        }
    }

    #[test]
    fn repositories_come_back_in_report_order_and_none_twice() {
        let source: SeenSource = [
            seen("a-b", "x", true),
            seen("a", "team/web", false),
            seen("a", "api", false),
            seen("a", "team/web", true),
            seen("a", "api", false),
        ]
        .into_iter()
        .collect();
        let all: Vec<SeenRepository<'_>> = source.iter().collect();
        assert_eq!(
            all,
            [
                seen("a", "api", false),
                seen("a", "team/web", true),
                seen("a-b", "x", true)
            ]
        );
        assert_eq!(SeenSource::default().iter().count(), 0);
    }

    #[test]
    fn a_hundred_thousand_repositories_fit_in_four_mebibytes() {
        let names: Vec<String> = (0..100_000).map(|number| format!("team-a/app-{number:06}")).collect();
        let source: SeenSource = names.iter().map(|name| seen("production", name, true)).collect();
        let bytes = source.text.capacity() + source.ends.capacity() * size_of::<u32>() + source.had_rules.capacity();
        assert!(bytes < 4 << 20, "{bytes} bytes");
        assert_eq!(
            source.iter().last(),
            Some(seen("production", "team-a/app-099999", true))
        );
    }
}
