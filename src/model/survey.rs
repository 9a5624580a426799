//! What was seen of an account, before anybody said what should be there.

use std::sync::Arc;

use super::{
    Code, Extent, Failure, NamespaceName, RepoId, RepositoryName, RuleList, Scope, Source, Target, UnknownClass,
};

/// What was seen of all sources, in order of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// One for each source.
    pub sources: Vec<SurveyedSource>,
    /// Circles and races, in report order, and then what may be one.
    pub tangles: Vec<Tangle>,
    /// The patterns of `--only` that nothing is within, in their order.
    pub empty_selections: Vec<Scope>,
}

/// Rules of several repositories that are wrong together, whatever is expected of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tangle {
    /// What an audit reports it as.
    pub code: Code,
    /// The repositories, in report order.
    pub members: Vec<RepoId>,
    /// What they race for; of a circle, where its first step leads.
    pub target: Option<Target>,
    /// Whether an audit reports it as that, or each of them as `unknown`, since it cannot be ruled out.
    pub is_certain: bool,
}

/// What was seen of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyedSource {
    /// The source.
    pub source: Arc<Source>,
    /// Its namespaces, in order.
    pub namespaces: Vec<SurveyedNamespace>,
    /// Why these may not be all of them.
    pub gap: Option<Cause>,
    /// Whether only a part of it was to be seen.
    pub is_part: bool,
    /// How many repositories more the account counts than were listed.
    pub hidden: u64,
}

/// What was seen of one namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyedNamespace {
    /// Its name.
    pub name: NamespaceName,
    /// Its repositories, in order.
    pub repositories: Vec<SurveyedRepository>,
    /// Why these may not be all of them.
    pub gap: Option<Cause>,
    /// Whether the service left out how many there are.
    pub is_uncounted: bool,
    /// How much of it was to be seen.
    pub extent: Extent,
}

/// What was seen of one repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyedRepository {
    /// Its name.
    pub name: RepositoryName,
    /// Its rules, or why they are not known.
    pub rules: Result<RuleList, Cause>,
}

/// Why something was not seen: of a failure, what is the same whenever it is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// The kind of reason.
    pub class: UnknownClass,
    /// The HTTP status of the last answer, if one came.
    pub http_status: Option<u16>,
}

impl From<&Failure> for Cause {
    fn from(failure: &Failure) -> Self {
        Self {
            class: failure.class,
            http_status: failure.http_status,
        }
    }
}

impl SurveyedRepository {
    /// Whether the service may have more rules than it listed.
    pub fn may_be_cut(&self) -> bool {
        self.rules.as_ref().is_ok_and(|list| list.may_be_cut)
    }
}

/// How much of the sources was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Namespaces.
    pub namespaces: usize,
    /// Repositories.
    pub repositories: usize,
    /// Repositories whose rules could not be read.
    pub unread: usize,
    /// Repositories whose list of rules may be cut.
    pub cut: usize,
    /// Lists of repositories or namespaces that could not be read in full.
    pub gaps: usize,
    /// Lists of repositories that came without a total.
    pub uncounted: usize,
    /// Sources of which not even a namespace was seen.
    pub blind: usize,
    /// How many repositories more the accounts count than were listed.
    pub hidden: u64,
    /// Patterns of `--only` that nothing is within.
    pub empty_selections: usize,
}

impl Seen {
    /// Counts.
    pub fn of(survey: &Survey) -> Self {
        let mut seen = Self {
            empty_selections: survey.empty_selections.len(),
            ..Self::default()
        };
        for source in &survey.sources {
            seen.gaps += usize::from(source.gap.is_some());
            seen.blind += usize::from(source.gap.is_some() && source.namespaces.is_empty());
            seen.namespaces += source.namespaces.len();
            seen.hidden += source.hidden;
            for namespace in &source.namespaces {
                seen.gaps += usize::from(namespace.gap.is_some());
                seen.uncounted += usize::from(namespace.gap.is_none() && namespace.is_uncounted);
                seen.repositories += namespace.repositories.len();
                for repository in &namespace.repositories {
                    seen.unread += usize::from(repository.rules.is_err());
                    seen.cut += usize::from(repository.may_be_cut());
                }
            }
        }
        seen
    }

    /// Whether nothing was left unseen.
    pub const fn is_whole(self) -> bool {
        self.unread == 0 && self.gaps == 0 && self.cut == 0
    }

    /// Whether anything was seen at all: an empty account counts as seen.
    pub const fn is_anything(self) -> bool {
        self.is_whole() || self.namespaces > 0 && (self.repositories == 0 || self.unread < self.repositories)
    }
}
