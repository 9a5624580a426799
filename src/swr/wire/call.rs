//! What can be asked of the service, as values without a socket.
//!
//! Every call is a GET without a body: the tool cannot change what it audits.

use crate::model::{NamespaceName, RepoId, RepositoryName};

/// One question to the service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// The auto-sync rules of one repository (`ListImageAutoSyncReposDetails`).
    Rules {
        /// The namespace.
        namespace: NamespaceName,
        /// The repository.
        repository: RepositoryName,
    },
    /// Whether a namespace exists (`ShowNamespace`).
    Namespace {
        /// The namespace.
        namespace: NamespaceName,
    },
    /// One page of the repositories of one namespace (`ListReposDetails`).
    Repositories {
        /// The namespace.
        namespace: NamespaceName,
        /// Which part of them.
        page: Page,
    },
    /// The namespaces of which anything can be seen (`ListNamespaces`). They have no pages.
    Namespaces,
    /// The numbers of the account (`ShowDomainOverview`).
    Overview,
}

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Page {
    /// Which time the list is gone through, from 0. The service does not see it.
    pub pass: u32,
    /// How many elements stand before it.
    pub offset: u32,
    /// How many it may have.
    pub limit: u32,
}

/// A hundred rules are some 30 KiB; nothing else that is asked for comes near this.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// A thousand repositories come with all their tags.
const LIST_BODY_LIMIT: usize = 32 * 1024 * 1024;

impl Call {
    /// The rules of that repository.
    pub fn rules(of: &RepoId) -> Self {
        Self::Rules {
            namespace: of.namespace.clone(),
            repository: of.repository.clone(),
        }
    }

    /// A look at that namespace.
    pub fn namespace(name: &NamespaceName) -> Self {
        Self::Namespace {
            namespace: name.clone(),
        }
    }

    /// The path as it goes over the wire.
    ///
    /// The API reference asks for `$` in place of each `/` of a repository's name; no SDK does it for its caller, and a
    /// forgotten one is answered by the gateway with a 404 that looks like a missing repository. `$` is in no legal name,
    /// so nothing is lost. Validated names hold no other character that a path would have to escape.
    pub fn path(&self) -> String {
        match self {
            Self::Rules { namespace, repository } => {
                let repository = repository.as_str().replace('/', "%24");
                format!("/v2/manage/namespaces/{namespace}/repos/{repository}/sync_repo")
            }
            Self::Namespace { namespace } => format!("/v2/manage/namespaces/{namespace}"),
            Self::Repositories { .. } => "/v2/manage/repos".to_owned(),
            Self::Namespaces => "/v2/manage/namespaces".to_owned(),
            Self::Overview => "/v2/manage/overview".to_owned(),
        }
    }

    /// Names and values of the query before they are encoded, sorted by name.
    ///
    /// Repositories are not asked for in an order: the documented column is one that the live service was seen to refuse.
    /// Their `limit` and `offset` count only together. Without the mode only those namespaces come that the caller has a
    /// grant on as a whole.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Rules { .. } | Self::Namespace { .. } | Self::Overview => Vec::new(),
            Self::Repositories { namespace, page } => vec![
                ("limit", page.limit.to_string()),
                ("namespace", namespace.to_string()),
                ("offset", page.offset.to_string()),
            ],
            Self::Namespaces => vec![("filter", "mode::visible".to_owned())],
        }
    }

    /// How many bytes of an answer are read.
    pub(in crate::swr) const fn body_limit(&self) -> usize {
        match self {
            Self::Rules { .. } | Self::Namespace { .. } | Self::Overview => BODY_LIMIT,
            Self::Repositories { .. } | Self::Namespaces => LIST_BODY_LIMIT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn namespace(name: &str) -> NamespaceName {
        NamespaceName::parse(name).expect("a legal namespace")
    }

    fn rules(name: &str) -> Call {
        Call::Rules {
            namespace: namespace("group"),
            repository: RepositoryName::parse(name).expect("a legal repository"),
        }
    }

    #[test]
    fn slashes_of_a_repository_become_dollars() {
        for (name, path) in [
            ("busybox", "/v2/manage/namespaces/group/repos/busybox/sync_repo"),
            (
                "team/app/api",
                "/v2/manage/namespaces/group/repos/team%24app%24api/sync_repo",
            ),
            ("x.y__z--1", "/v2/manage/namespaces/group/repos/x.y__z--1/sync_repo"),
        ] {
            assert_eq!(rules(name).path(), path);
        }
    }

    #[test]
    fn a_namespace_is_looked_at_by_its_name() {
        assert_eq!(
            Call::namespace(&namespace("a.b-c__d")).path(),
            "/v2/manage/namespaces/a.b-c__d"
        );
    }

    #[test]
    fn a_page_is_asked_for_by_direct_parameters() {
        let page = Page {
            pass: 2,
            offset: 300,
            limit: 100,
        };
        let call = Call::Repositories {
            namespace: namespace("group"),
            page,
        };
        assert_eq!(call.path(), "/v2/manage/repos");
        let query = call.query();
        let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(query, [("limit", "100"), ("namespace", "group"), ("offset", "300")]);
        assert!(query.is_sorted());
    }

    #[test]
    fn what_is_asked_of_the_account() {
        assert_eq!(Call::Namespaces.path(), "/v2/manage/namespaces");
        assert_eq!(Call::Namespaces.query(), [("filter", "mode::visible".to_owned())]);
        assert_eq!(Call::Overview.path(), "/v2/manage/overview");
        assert!(Call::Overview.query().is_empty());
    }
}
