//! What can be asked of the service, as values without a socket.
//!
//! Every call is a GET without a body: the tool cannot change what it audits.

use crate::model::{NamespaceName, RepoId, RepositoryName};

/// One question to the service.
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

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
}
