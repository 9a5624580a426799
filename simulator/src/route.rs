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
    /// `GET /v2/manage/namespaces/{namespace}/repos/{repository}`
    Repository,
    /// `GET /v2/manage/namespaces/{namespace}`
    Namespace,
    /// `GET /v2/manage/repos`
    Repositories,
    /// `GET /v2/manage/namespaces`
    Namespaces,
}

/// A call with its subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub call: Call,
    /// Empty where the call has none.
    pub namespace: String,
    /// The real name, with `/`. Empty where the call has none.
    pub repository: String,
}

impl Route {
    /// `None`: the API has no such call. So it is for any other method, an empty segment, and for
    /// more segments than a call has, which is what a forgotten `$` makes of a repository's name.
    pub(crate) fn of(method: &Method, path: &str, query: &str) -> Option<Route> {
        if *method != Method::GET {
            return None;
        }
        let segments: Vec<&str> = path.strip_prefix("/v2/manage/")?.split('/').collect();
        let route = |call, namespace: String, repository: String| {
            Some(Route {
                call,
                namespace,
                repository,
            })
        };
        match *segments.as_slice() {
            ["namespaces"] => route(Call::Namespaces, String::new(), String::new()),
            // A listing of one organization is under that organization.
            ["repos"] => route(
                Call::Repositories,
                parameter(query, "namespace").unwrap_or_default(),
                String::new(),
            ),
            ["namespaces", namespace] => route(Call::Namespace, name(namespace)?, String::new()),
            ["namespaces", namespace, "repos", repository] => {
                route(Call::Repository, name(namespace)?, real(&name(repository)?))
            }
            ["namespaces", namespace, "repos", repository, "sync_repo"] => {
                route(Call::Rules, name(namespace)?, real(&name(repository)?))
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
        ] {
            assert_eq!(get(path), None, "{path}");
        }
        assert_eq!(Route::of(&Method::POST, "/v2/manage/namespaces", ""), None);
        assert_eq!(Route::of(&Method::HEAD, "/v2/manage/namespaces", ""), None);
    }

    #[test]
    fn a_listing_of_one_organization_is_under_it() {
        let route = Route::of(&Method::GET, "/v2/manage/repos", "limit=1&namespace=prod&offset=0").expect("a call");
        assert!(route.is_under("prod"));
        assert!(
            !Route::of(&Method::GET, "/v2/manage/repos", "")
                .expect("a call")
                .is_under("")
        );
    }
}
