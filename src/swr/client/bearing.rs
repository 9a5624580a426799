//! Whether an answer shows to which question it belongs. Over HTTP/1.1 nothing else does: answers come in the order of the
//! questions, and one that nobody asked for moves all that follow on the connection.

use serde::Deserialize;

use crate::swr::wire::call::Call;
use crate::swr::wire::exchange::{Content, Reply};
use crate::swr::wire::json::{Loose, Object};

/// What an answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::swr) enum Bearing {
    /// It names what was asked for, or says nothing that is believed.
    Its,
    /// It says that there is nothing, of whatever it was asked for: no rules, no repositories, an absence. So do rules that
    /// do not say whose they are.
    Nameless,
    /// It names something else.
    Another,
}

/// What the answer to that call is about.
pub(in crate::swr) fn bearing(call: &Call, reply: &Reply) -> Bearing {
    match reply.content(|body| Ok(of_content(call, body))) {
        Content::Found(bearing) => bearing,
        Content::Absent => Bearing::Nameless,
        Content::Failed(_) => Bearing::Its,
    }
}

fn of_content(call: &Call, body: &[u8]) -> Bearing {
    match call {
        Call::Rules { repository, namespace } => of_list(
            body,
            [("repoName", repository.as_str()), ("namespace", namespace.as_str())],
        ),
        Call::Repositories { namespace, .. } => of_list(body, [("namespace", namespace.as_str())]),
        Call::Namespace { namespace } => of_namespace(body, namespace.as_str()),
        // Every account has one of each.
        Call::Namespaces | Call::Overview => Bearing::Its,
    }
}

/// The names in an element of any list, and in a namespace.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Names<'a> {
    #[serde(borrow, default)]
    repo_name: Loose<'a>,
    #[serde(borrow, default)]
    namespace: Loose<'a>,
    #[serde(borrow, default)]
    name: Loose<'a>,
}

/// The first of the fields is the one that says whose an element is.
fn of_list<const FIELDS: usize>(body: &[u8], asked: [(&str, &str); FIELDS]) -> Bearing {
    if asked.iter().all(|(field, name)| shows(body, field, name)) {
        return Bearing::Its;
    }
    let Ok(elements) = serde_json::from_slice::<Option<Vec<Object<Names<'_>>>>>(body) else {
        // What is no list is no answer. An empty body is one: it means an empty list.
        return if body.trim_ascii().is_empty() {
            Bearing::Nameless
        } else {
            Bearing::Its
        };
    };
    let elements = elements.unwrap_or_default();
    let names = |field: &str| {
        let field = field.to_owned();
        elements.iter().filter_map(move |Object(element)| element.text(&field))
    };
    let is_another = asked
        .iter()
        .any(|(field, asked)| names(field).any(|name| name != *asked));
    if is_another {
        Bearing::Another
    } else if names(asked[0].0).next().is_none() {
        Bearing::Nameless
    } else {
        Bearing::Its
    }
}

fn of_namespace(body: &[u8], asked: &str) -> Bearing {
    if shows(body, "name", asked) {
        return Bearing::Its;
    }
    match serde_json::from_slice::<Object<Names<'_>>>(body) {
        Ok(Object(names)) if names.text("name").is_some_and(|name| name != asked) => Bearing::Another,
        Ok(_) | Err(_) => Bearing::Its,
    }
}

impl Names<'_> {
    fn text(&self, field: &str) -> Option<&str> {
        let value = match field {
            "repoName" => &self.repo_name,
            "namespace" => &self.namespace,
            _ => &self.name,
        };
        match value {
            Loose::Text(text) => Some(text),
            Loose::Boolean(_) | Loose::Integer(_) | Loose::Other => None,
        }
    }
}

/// Whether it names that at a glance, in the spelling of the service: what it costs where all is well.
fn shows(body: &[u8], field: &str, name: &str) -> bool {
    let pair = ["\"", field, "\":\"", name, "\""].concat();
    std::str::from_utf8(body).is_ok_and(|body| body.contains(&pair))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{NamespaceName, RepositoryName};
    use crate::swr::Page;

    fn calls() -> [Call; 3] {
        let namespace = NamespaceName::parse("prod").expect("a legal namespace");
        let page = Page {
            pass: 0,
            offset: 0,
            limit: 100,
        };
        [
            Call::Rules {
                namespace: namespace.clone(),
                repository: RepositoryName::parse("team/web").expect("a legal repository"),
            },
            Call::Repositories {
                namespace: namespace.clone(),
                page,
            },
            Call::Namespace { namespace },
        ]
    }

    fn bearing_of(call: &Call, status: u16, body: &str) -> Bearing {
        let reply = Reply::Answered {
            status,
            body: body.into(),
            by_registry: false,
            is_html: false,
        };
        bearing(call, &reply)
    }

    #[test]
    fn an_answer_that_names_what_was_asked_for_is_its() {
        let [rules, page, look] = calls();
        for (call, body) in [
            (
                &rules,
                r#"[{"namespace":"prod","repoName":"team/web","remoteRegionId":"a"}]"#,
            ),
            (&rules, r#"[ { "repoName" : "team\/web" } ]"#),
            (&page, r#"[{"name":"a","namespace":"prod"}]"#),
            (&look, r#"{"name":"prod"}"#),
            (&look, r#"{ "name": "prod" }"#),
            // Nothing is believed of these.
            (&rules, "<html>"),
            (&rules, r#"{"errorCode":"x"}"#),
            (&look, "[]"),
            (&look, "{}"),
        ] {
            assert_eq!(bearing_of(call, 200, body), Bearing::Its, "{body}");
        }
    }

    #[test]
    fn nothing_at_all_is_said_of_anything() {
        let [rules, page, look] = calls();
        for body in ["[]", "null", "", " [ ] "] {
            assert_eq!(bearing_of(&rules, 200, body), Bearing::Nameless, "{body:?}");
            assert_eq!(bearing_of(&page, 200, body), Bearing::Nameless, "{body:?}");
        }
        let unsigned = r#"[{"namespace":"prod","remoteRegionId":"a","remoteNamespace":"b"}]"#;
        assert_eq!(bearing_of(&rules, 200, unsigned), Bearing::Nameless);
        let absent = r#"{"errorCode":"SVCSTG.SWR.4040113"}"#;
        for call in [&rules, &page, &look] {
            assert_eq!(bearing_of(call, 404, absent), Bearing::Nameless);
            assert_eq!(bearing_of(call, 404, ""), Bearing::Its);
            assert_eq!(bearing_of(call, 403, ""), Bearing::Its);
        }
    }

    #[test]
    fn an_answer_that_names_something_else_is_anothers() {
        let [rules, page, look] = calls();
        for (call, body) in [
            (&rules, r#"[{"namespace":"prod","repoName":"team/api"}]"#),
            (&rules, r#"[{"namespace":"other","repoName":"team/web"}]"#),
            (&rules, r#"[{"repoName":"team/web"},{"repoName":"web"}]"#),
            (&page, r#"[{"name":"a","namespace":"other"}]"#),
            (&look, r#"{"name":"other"}"#),
        ] {
            assert_eq!(bearing_of(call, 200, body), Bearing::Another, "{body}");
        }
    }
}
