//! What the answers to listing calls mean. Pure, as all decoding is.

use super::call::Page;
use super::classify::{Meaning, classify};
use super::error_body::ErrorBody;
use super::exchange::{Content, Exchange, Reply};
use super::paging::PageAnswer;
use super::{NamespacePage, RepositoryPage, namespaces, repositories, repository_count};
use crate::model::{Failure, NamespaceListing, NamespaceName, UnknownClass};

impl Exchange {
    /// Reads the answer to a [`Call::Repositories`](super::call::Call::Repositories) of that page of that namespace.
    pub fn page(&self, asked: &NamespaceName, page: Page) -> PageAnswer {
        if let (0, Reply::Broken(failure)) = (self.attempts, &self.reply) {
            return PageAnswer::GivenUp(failure.clone());
        }
        let range = self.content_range.as_deref();
        match self.content(|body| repositories(body, range, asked, page.limit)) {
            Content::Found(RepositoryPage { names, total }) => PageAnswer::Names { names, total },
            Content::Absent => PageAnswer::Absent,
            Content::Failed(failure) if is_about_the_question(&self.reply) => PageAnswer::Refused(failure),
            Content::Failed(failure) => PageAnswer::Failed(failure),
        }
    }

    /// Reads the answer to a [`Call::Namespaces`](super::call::Call::Namespaces). That something is absent says nothing of a
    /// list that every account has.
    pub fn namespaces(self) -> NamespaceListing {
        let (range, evidence) = (self.content_range.as_deref(), self.evidence());
        match self.content(|body| namespaces(body, range)) {
            Content::Found(NamespacePage { names, hints_at_more }) => NamespaceListing {
                names,
                gap: hints_at_more.then(|| Failure {
                    evidence: evidence.clone(),
                    ..cut_short()
                }),
                account_repositories: None,
                account: None,
                evidence,
            },
            Content::Absent => NamespaceListing::unread(Failure {
                http_status: Some(404),
                detail: "SWR calls the list of namespaces absent".to_owned(),
                evidence,
                ..Failure::unasked(UnknownClass::BadResponse)
            }),
            Content::Failed(failure) => NamespaceListing::unread(failure),
        }
    }

    /// Reads the answer to a [`Call::Overview`](super::call::Call::Overview): the number of repositories, where it is given.
    pub fn account_repositories(self) -> Option<u64> {
        match self.content(|body| Ok(repository_count(body))) {
            Content::Found(count) => count,
            Content::Absent | Content::Failed(_) => None,
        }
    }
}

/// The call has no pages: what an answer without all of it leaves out cannot be asked for.
fn cut_short() -> Failure {
    Failure {
        http_status: Some(200),
        detail: "the answer hints at more namespaces than it holds".to_owned(),
        ..Failure::unasked(UnknownClass::Truncated)
    }
}

/// A 400 that may be about the size of the page: with a code of the families that speak of parameters, or with none.
fn is_about_the_question(reply: &Reply) -> bool {
    let Reply::Answered { status: 400, body, .. } = reply else {
        return false;
    };
    let code = ErrorBody::read(body, false).code;
    let is_of_parameters = code.as_deref().is_none_or(|code| {
        let number = code.strip_prefix("SVCSTG.SWR.").unwrap_or_default();
        ["4000", "4001", "4009"].iter().any(|family| number.starts_with(family))
    });
    // The 400 of a token that is no good has a class of its own.
    is_of_parameters && classify(400, code.as_deref(), false) == Meaning::Unknown(UnknownClass::BadResponse)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    const PAGE: Page = Page {
        pass: 0,
        offset: 0,
        limit: 1000,
    };

    fn exchange(status: u16, body: &str) -> Exchange {
        Exchange {
            attempts: 1,
            observed_at: Timestamp::UNIX_EPOCH,
            request_id: None,
            clock_skew: None,
            content_range: Some("0-1/5".to_owned()),
            reply: Reply::Answered {
                status,
                body: body.into(),
                by_registry: false,
                is_html: false,
            },
        }
    }

    fn page(status: u16, body: &str) -> PageAnswer {
        let asked = NamespaceName::parse("prod").expect("a legal namespace");
        exchange(status, body).page(&asked, PAGE)
    }

    #[test]
    fn a_page_is_names_with_the_total_of_the_head() {
        let answer = page(200, r#"[{"name":"web","namespace":"prod"}]"#);
        assert!(
            matches!(&answer, PageAnswer::Names { names, total: Some(5) } if names.len() == 1),
            "{answer:?}"
        );
    }

    #[test]
    fn absence_and_failures_keep_their_meanings() {
        let absent = r#"{"errorCode":"SVCSTG.SWR.4040058","errorMessage":"no"}"#;
        assert_eq!(page(404, absent), PageAnswer::Absent);
        for (status, body, class) in [
            (200, "{}", UnknownClass::BadResponse),
            (404, "", UnknownClass::BadResponse),
            (404, r#"{"error_code":"APIGW.0101"}"#, UnknownClass::Unsupported),
            (403, "", UnknownClass::AccessDenied),
            (401, "", UnknownClass::Unauthenticated),
            (
                400,
                r#"{"errorCode":"SVCSTG.SWR.4001048"}"#,
                UnknownClass::Unauthenticated,
            ),
            (400, r#"{"errorCode":"APIGW.0106"}"#, UnknownClass::BadResponse),
            (503, "", UnknownClass::ServerError),
        ] {
            let answer = page(status, body);
            assert!(
                matches!(&answer, PageAnswer::Failed(failure) if failure.class == class && failure.http_status == Some(status)),
                "{status} {body}: {answer:?}"
            );
        }
    }

    #[test]
    fn a_400_about_parameters_may_be_about_the_size() {
        for body in [
            "",
            r#"{"errorCode":"SVCSTG.SWR.4000056","errorMessage":"page size"}"#,
            r#"[{"errorCode":"SVCSTG.SWR.4001024"}]"#,
            r#"{"errorCode":"SVCSTG.SWR.4009014"}"#,
        ] {
            assert!(matches!(page(400, body), PageAnswer::Refused(_)), "{body}");
        }
    }

    #[test]
    fn what_was_never_asked_is_given_up() {
        let asked = NamespaceName::parse("prod").expect("a legal namespace");
        let page =
            |attempts| Exchange::given_up(Failure::unasked(UnknownClass::Interrupted), attempts).page(&asked, PAGE);
        assert!(matches!(page(0), PageAnswer::GivenUp(_)));
        assert!(matches!(page(1), PageAnswer::Failed(_)));
    }

    #[test]
    fn namespaces_are_listed_or_not_known() {
        let uncounted = |body| Exchange {
            content_range: None,
            ..exchange(200, body)
        };
        let list = uncounted(r#"{"namespaces":[{"name":"prod"}]}"#).namespaces();
        assert_eq!((list.names.len(), list.gap), (1, None));
        for (status, body, class) in [
            (200, "[]", UnknownClass::BadResponse),
            (404, r#"{"errorCode":"SVCSTG.SWR.4040058"}"#, UnknownClass::BadResponse),
            (403, "", UnknownClass::AccessDenied),
        ] {
            let failed = exchange(status, body).namespaces().gap.expect("no list");
            assert_eq!((failed.class, failed.http_status), (class, Some(status)), "{body}");
        }
    }

    #[test]
    fn a_list_of_namespaces_that_hints_at_more_is_truncated_and_keeps_its_names() {
        // The header says that there are five.
        let list = exchange(200, r#"{"namespaces":[{"name":"prod"}]}"#).namespaces();
        assert_eq!(list.names.len(), 1);
        assert_eq!(list.gap.map(|gap| gap.class), Some(UnknownClass::Truncated));
    }

    #[test]
    fn an_overview_is_a_number_or_nothing() {
        assert_eq!(exchange(200, r#"{"repo_num":3}"#).account_repositories(), Some(3));
        assert_eq!(exchange(200, "[]").account_repositories(), None);
        assert_eq!(exchange(403, r#"{"repo_num":3}"#).account_repositories(), None);
    }
}
