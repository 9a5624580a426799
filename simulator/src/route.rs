//! From a method and a raw path to the call that is meant.
//!
//! The path is read as it is on the wire: a router that decodes first cannot tell `%2F` in a name
//! from a separator, and the gateway can. Whether the thing named is there, it does not know.

use hyper::Method;
use serde::Deserialize;

use crate::percent;

/// The calls that are simulated.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// `GET /v2/manage/namespaces/{namespace}/repos/{repository}/sync_repo`
    Rules,
    /// `GET /v2/manage/namespaces/{namespace}/repos/{repository}/sync_job`
    SyncJobs,
    /// `GET /v2/manage/namespaces/{namespace}/repos/{repository}/tags`
    Tags,
    /// `GET /v2/manage/namespaces/{namespace}/repos/{repository}/tags/{tag}`
    Tag,
    /// `GET /v2/manage/namespaces/{namespace}/repos/{repository}`
    Repository,
    /// `GET /v2/manage/namespaces/{namespace}`
    Namespace,
    /// `GET /v2/manage/repos`
    Repositories,
    /// `GET /v2/manage/namespaces`
    Namespaces,
    /// `GET /v2/manage/shared-repositories`
    SharedRepositories,
    /// `GET /v2/manage/regions`
    Regions,
    /// `GET /v2/manage/overview`
    Overview,
    /// `GET /v2/manage/projects/{project_id}/quotas`; whose project it is, nobody checks
    Quotas,
    /// `GET /v2/manage/projects/{project_id}/feature-gates`; whose project it is, nobody checks
    FeatureGates,
    /// `GET /v3/auth/domains` of IAM
    Domains,
    /// `GET /v5/caller-identity` of STS
    CallerIdentity,
    /// `POST /v3/auth/tokens` of IAM
    Login,
    /// `PUT /meta-data/latest/api/token` of the metadata service
    MetadataToken,
    /// `GET /openstack/latest/securitykey` of the metadata service
    SecurityKey,
}

/// A call with its subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub call: Call,
    /// Empty where the call has none.
    pub namespace: String,
    /// The real name, with `/`. Empty where the call has none.
    pub repository: String,
    /// Empty where the call has none.
    pub tag: String,
    /// Where the page begins that is asked for; only of a list of repositories.
    pub offset: Option<usize>,
}

impl Route {
    /// `None`: the API has no such call. So it is for any other method, an empty segment, and for
    /// more segments than a call has, which is what a forgotten `$` makes of a repository's name.
    pub(crate) fn of(method: &Method, path: &str, query: &str) -> Option<Route> {
        let about = |call, namespace| Route {
            call,
            namespace,
            repository: String::new(),
            tag: String::new(),
            offset: None,
        };
        let all = |call| Some(about(call, String::new()));
        match (method.as_str(), path) {
            ("POST", "/v3/auth/tokens") => return all(Call::Login),
            ("PUT", "/meta-data/latest/api/token") => return all(Call::MetadataToken),
            ("GET", "/openstack/latest/securitykey") => return all(Call::SecurityKey),
            ("GET", "/v3/auth/domains") => return all(Call::Domains),
            ("GET", "/v5/caller-identity") => return all(Call::CallerIdentity),
            ("GET", _) => {}
            (_, _) => return None,
        }
        let segments: Vec<&str> = path.strip_prefix("/v2/manage/")?.split('/').collect();
        match *segments.as_slice() {
            ["namespaces"] => all(Call::Namespaces),
            // A listing of one organization is under that organization.
            ["repos"] => Some(Route {
                offset: term(query, "offset").and_then(|offset| offset.parse().ok()),
                ..about(Call::Repositories, term(query, "namespace").unwrap_or_default())
            }),
            ["shared-repositories"] => all(Call::SharedRepositories),
            ["regions"] => all(Call::Regions),
            ["overview"] => all(Call::Overview),
            ["projects", project, "quotas"] if !project.is_empty() => all(Call::Quotas),
            ["projects", project, "feature-gates"] if !project.is_empty() => all(Call::FeatureGates),
            ["namespaces", namespace] => Some(about(Call::Namespace, name(namespace)?)),
            ["namespaces", namespace, "repos", repository, ref rest @ ..] => {
                let (call, tag) = match *rest {
                    [] => (Call::Repository, String::new()),
                    ["sync_repo"] => (Call::Rules, String::new()),
                    ["sync_job"] => (Call::SyncJobs, String::new()),
                    ["tags"] => (Call::Tags, String::new()),
                    ["tags", tag] => (Call::Tag, name(tag)?),
                    _ => return None,
                };
                Some(Route {
                    repository: real(&name(repository)?),
                    tag,
                    ..about(call, name(namespace)?)
                })
            }
            _ => None,
        }
    }

    /// Whether this asks about `place`: a namespace, or a repository written `namespace/repository`.
    pub(crate) fn is_under(&self, place: &str) -> bool {
        match place.split_once('/') {
            Some((namespace, repository)) => self.namespace == namespace && self.repository == repository,
            None => self.namespace == place && !place.is_empty(),
        }
    }
}

/// A term of a listing of repositories, in either form of its query.
fn term(query: &str, name: &str) -> Option<String> {
    match parameter(query, "filter") {
        Some(filter) => {
            let mut terms = filter.split('|').filter_map(|term| term.split_once("::"));
            let (_, value) = terms.find(|(term, _)| *term == name)?;
            Some(value.to_owned())
        }
        None => parameter(query, name),
    }
}

/// The first value of a query parameter.
pub(crate) fn parameter(query: &str, name: &str) -> Option<String> {
    let value = percent::pairs(query).find(|(key, _)| key == name.as_bytes())?.1;
    String::from_utf8(value).ok()
}

fn name(segment: &str) -> Option<String> {
    let decoded = String::from_utf8(percent::decode(segment)).ok()?;
    (!decoded.is_empty() && !decoded.contains('/')).then_some(decoded)
}

/// Documented: each `/` of a repository's name is sent as `$`, which no name can contain.
fn real(sent: &str) -> String {
    sent.replace('$', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str) -> Option<Route> {
        Route::of(&Method::GET, path, "")
    }

    #[test]
    fn the_dollar_stands_for_a_slash_raw_and_encoded() {
        let expected = Route {
            call: Call::Rules,
            namespace: "prod".to_owned(),
            repository: "a/b/c".to_owned(),
            tag: String::new(),
            offset: None,
        };
        assert_eq!(
            get("/v2/manage/namespaces/prod/repos/a$b$c/sync_repo"),
            Some(expected.clone())
        );
        assert_eq!(
            get("/v2/manage/namespaces/prod/repos/a%24b%24c/sync_repo"),
            Some(expected)
        );
    }

    #[test]
    fn what_the_api_does_not_have() {
        for path in [
            "/",
            "/v2/manage/namespaces/",
            "/v2/manage/namespaces//repos/web/sync_repo",
            "/v2/manage/namespaces/prod/repos//sync_repo",
            "/v2/manage/namespaces/prod/repos/team/web/sync_repo",
            "/v2/manage/namespaces/prod/repos/team%2Fweb/sync_repo",
            "/v2/manage/namespaces/prod/repos/team%2fweb",
            "/v2/manage/namespaces/prod/repos/web/sync_repo/",
            "/v2/manage/namespaces/prod/repos/%ff/sync_repo",
            "/v2/manage/namespaces/prod/repos",
            "/v2/manage/namespaces/prod/repos/team/web/sync_job",
            "/v2/manage/namespaces/prod/repos/web/tags/",
            "/v2/manage/namespaces/prod/repos/web/tags/v1/more",
            "/v2/manage/namespaces/prod/repos/web/tags/v%2F1",
            "/v2/manage/namespaces/prod/repos/web/sync_images",
            "/v2/manage/projects//quotas",
            "/v2/manage/projects/0123/quotas/",
            "/v2/manage/projects/0123",
            "/v2/manage/regions/",
        ] {
            assert_eq!(get(path), None, "{path}");
        }
        assert_eq!(Route::of(&Method::POST, "/v2/manage/namespaces", ""), None);
        assert_eq!(Route::of(&Method::HEAD, "/v2/manage/namespaces", ""), None);
        assert_eq!(Route::of(&Method::GET, "/v3/auth/tokens", ""), None);
        assert_eq!(Route::of(&Method::PUT, "/openstack/latest/securitykey", ""), None);
    }

    #[test]
    fn a_tag_is_under_its_repository() {
        let route = get("/v2/manage/namespaces/prod/repos/a$b/tags/v1%2B").expect("a call");
        assert_eq!((route.call, &*route.tag), (Call::Tag, "v1+"));
        assert!(route.is_under("prod/a/b"));
    }

    #[test]
    fn a_listing_of_one_organization_is_under_it() {
        for query in [
            "limit=1&namespace=prod&offset=7",
            "filter=limit::1%7Cnamespace::prod|offset::7",
        ] {
            let route = Route::of(&Method::GET, "/v2/manage/repos", query).expect("a call");
            assert!(route.is_under("prod") && route.offset == Some(7), "{query}");
        }
        assert!(
            !Route::of(&Method::GET, "/v2/manage/repos", "")
                .expect("a call")
                .is_under("")
        );
    }
}
