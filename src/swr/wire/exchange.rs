//! What came of one call: the evidence that a journal keeps, and its meaning.
//!
//! Decoding is pure, so that a recorded exchange means tomorrow what it meant on the wire.

use jiff::Timestamp;

use super::classify::{Meaning, classify};
use super::error_body::ErrorBody;
use crate::model::{Answer, Evidence, Failure, Look, NamespaceName, Observation, RepoId, UnknownClass};
use crate::swr::wire;

/// What came of one call, after all attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Requests that were sent.
    pub attempts: u32,
    /// When the last answer, or the last failure, came.
    pub observed_at: Timestamp,
    /// `X-Request-Id` of the last answer: what the vendor's support asks for.
    pub request_id: Option<String>,
    /// Seconds by which this machine's clock was ahead of the service's (negative: behind) when the last answer refused
    /// the credential; `None` where that is a matter of minutes, or of no matter.
    pub clock_skew: Option<i64>,
    /// `Content-Range` of the last answer, several joined by commas: how many elements a list has in all.
    pub content_range: Option<String>,
    /// The last answer.
    pub reply: Reply,
}

/// The last answer of an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A whole answer, whatever it says.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The body as it came, but for our own credentials, should it echo them.
        body: Vec<u8>,
        /// Whether its headers are a registry's: images are pushed there and pulled, and rules are not known.
        by_registry: bool,
        /// Whether its headers call it a page for browsers.
        is_html: bool,
    },
    /// No whole answer, or one whose body cannot be read.
    Broken(Failure),
}

impl Exchange {
    /// Of a call that was given up for that reason before there was an answer, after so many requests.
    pub fn given_up(failure: Failure, attempts: u32) -> Self {
        Self {
            attempts,
            observed_at: Timestamp::now(),
            request_id: None,
            clock_skew: None,
            content_range: None,
            reply: Reply::Broken(failure),
        }
    }

    /// In which class of unknown it ended, from its status and its error code alone; `None`: the service said what is
    /// there, or that nothing is.
    pub fn class(&self) -> Option<UnknownClass> {
        self.reply.failure().map(|failure| failure.class)
    }

    /// The id of the account that it names: the owner of the rules, or of the account's numbers.
    pub fn account(&self) -> Option<String> {
        match &self.reply {
            Reply::Answered { status: 200, body, .. } => wire::account(body),
            Reply::Answered { .. } | Reply::Broken(_) => None,
        }
    }

    /// Reads the answer to a [`Call::Rules`](super::call::Call::Rules) of that repository.
    pub fn observation(self, asked: &RepoId) -> Observation {
        let range = self.content_range.as_deref();
        let content = self.content(|body| wire::rules(body, range, &asked.namespace, &asked.repository));
        Observation {
            answer: match content {
                Content::Found(rules) => Answer::Rules(rules),
                Content::Absent => Answer::Absent,
                Content::Failed(failure) => Answer::Failed(failure),
            },
            evidence: self.evidence(),
        }
    }

    /// Reads the answer to a [`Call::Namespace`](super::call::Call::Namespace) of that namespace.
    pub fn look(self, asked: &NamespaceName) -> Look {
        match self.content(|body| wire::namespace(body, asked)) {
            Content::Found(()) => Look::Present,
            Content::Absent => Look::Absent,
            Content::Failed(failure) => Look::Failed(failure),
        }
    }

    /// Why there is no content; `None`: there is, or the service calls it absent. Content itself is not looked at.
    pub fn failure(&self) -> Option<Failure> {
        self.content(|_| Ok(())).failure()
    }

    /// How it was come by. Some gateways give the request's id in the body alone.
    pub fn evidence(&self) -> Evidence {
        Evidence {
            attempts: self.attempts,
            // What was never asked was not observed either.
            observed_at: (self.attempts > 0).then_some(self.observed_at),
            request_id: self.request_id.clone().or_else(|| self.reply.request_id()),
        }
    }

    /// What it says, read with that decoder. The only place where an answer becomes a failure, so that each has all that is
    /// known: class, status, code, words, and how it was come by.
    pub(in crate::swr) fn content<T>(&self, decode: impl FnOnce(&[u8]) -> Result<T, String>) -> Content<T> {
        match self.reply.content(decode) {
            // It says how an earlier question was answered.
            Content::Failed(failure) if failure.evidence != Evidence::default() => Content::Failed(failure),
            Content::Failed(failure) => Content::Failed(Failure {
                clock_skew: self.clock_skew.filter(|_| failure.is_refusal()),
                evidence: self.evidence(),
                ..failure
            }),
            content @ (Content::Found(_) | Content::Absent) => content,
        }
    }
}

impl Reply {
    /// The request's id where the body of an error has it.
    pub(in crate::swr) fn request_id(&self) -> Option<String> {
        match self {
            Self::Answered { status: 200, .. } | Self::Broken(_) => None,
            Self::Answered { body, .. } => ErrorBody::read(body, false).request_id,
        }
    }

    /// The status, where one came.
    pub(in crate::swr) const fn status(&self) -> Option<u16> {
        match self {
            Self::Answered { status, .. } => Some(*status),
            Self::Broken(failure) => failure.http_status,
        }
    }

    /// Why it has no content.
    pub(in crate::swr) fn failure(&self) -> Option<Failure> {
        self.content(|_| Ok(())).failure()
    }

    pub(in crate::swr) fn content<T>(&self, decode: impl FnOnce(&[u8]) -> Result<T, String>) -> Content<T> {
        let (status, body, by_registry, is_html) = match self {
            Self::Answered {
                status: 200,
                body,
                is_html,
                ..
            } => {
                return match decode(body) {
                    Ok(found) => Content::Found(found),
                    Err(detail) => Content::Failed(not_believed(body, *is_html, detail)),
                };
            }
            Self::Answered {
                status,
                body,
                by_registry,
                is_html,
            } => (*status, body, *by_registry, *is_html),
            Self::Broken(failure) => return Content::Failed(failure.clone()),
        };
        let error = ErrorBody::read(body, is_html);
        match classify(status, error.code.as_deref(), by_registry) {
            Meaning::Absent => Content::Absent,
            // Only 200 is content, and that was taken above.
            Meaning::Found => Content::Failed(failure(status, &error, UnknownClass::BadResponse)),
            Meaning::Unknown(class) => Content::Failed(Failure {
                by_registry,
                ..failure(status, &error, class)
            }),
        }
    }
}

/// What an answer says.
pub(in crate::swr) enum Content<T> {
    Found(T),
    Absent,
    Failed(Failure),
}

impl<T> Content<T> {
    fn failure(self) -> Option<Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::Found(_) | Self::Absent => None,
        }
    }
}

fn failure(status: u16, error: &ErrorBody, class: UnknownClass) -> Failure {
    let detail = match status {
        300..=399 if error.code.is_none() => "a redirect, which is not followed".to_owned(),
        _ => error.message.clone(),
    };
    Failure {
        http_status: Some(status),
        error_code: error.shown_code(),
        detail,
        is_page: error.is_page,
        ..Failure::unasked(class)
    }
}

/// A 200 that does not say what was asked.
fn not_believed(body: &[u8], is_html: bool, detail: String) -> Failure {
    let error = ErrorBody::read(body, is_html);
    Failure {
        http_status: Some(200),
        is_page: error.is_page,
        detail: if error.is_page { error.message } else { detail },
        ..Failure::unasked(UnknownClass::BadResponse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RepositoryName;

    fn answered(status: u16, body: &str) -> Exchange {
        Exchange {
            attempts: 2,
            observed_at: Timestamp::UNIX_EPOCH,
            request_id: None,
            clock_skew: None,
            content_range: None,
            reply: Reply::Answered {
                status,
                body: body.into(),
                by_registry: false,
                is_html: false,
            },
        }
    }

    fn repository() -> RepoId {
        RepoId {
            source: "prod".into(),
            namespace: NamespaceName::parse("group").expect("a legal namespace"),
            repository: RepositoryName::parse("web").expect("a legal repository"),
        }
    }

    fn failed(status: u16, body: &str) -> Failure {
        match answered(status, body).observation(&repository()).answer {
            Answer::Failed(failure) => failure,
            other => panic!("{status} {body}: {other:?}"),
        }
    }

    #[test]
    fn absence_in_every_documented_shape() {
        for body in [
            r#"[{"errorCode":"SVCSTG.SWR.4040113","errorMessage":"no","detail":""}]"#,
            r#"{"errors":[{"errorCode":"SVCSTG.SWR.4040113","errorMessage":"no"}]}"#,
            r#"{"errorCode":"SVCSTG.SWR.4040113","errorMessage":"no"}"#,
            r#"{"errors":[{"errorCode":"SVCSTG.SWR.4040113"}],"error_code":"SVCSTG.SWR.4040113","error_msg":"no"}"#,
        ] {
            assert_eq!(
                answered(404, body).observation(&repository()).answer,
                Answer::Absent,
                "{body}"
            );
            assert_eq!(answered(404, body).look(&repository().namespace), Look::Absent);
        }
    }

    #[test]
    fn a_gateways_404_is_not_absence() {
        let body = r#"{"error_code":"APIGW.0101","error_msg":"The API does not exist","request_id":"r1"}"#;
        let observation = answered(404, body).observation(&repository());
        assert_eq!(
            observation.answer,
            Answer::Failed(Failure {
                http_status: Some(404),
                error_code: Some("APIGW.0101".to_owned()),
                detail: "The API does not exist".to_owned(),
                evidence: observation.evidence.clone(),
                ..Failure::unasked(UnknownClass::Unsupported)
            })
        );
        assert_eq!(observation.evidence.request_id.as_deref(), Some("r1"));
        assert_eq!(observation.evidence.attempts, 2);
    }

    #[test]
    fn what_is_no_answer_is_never_no_rules() {
        for (status, body) in [
            (200, "{}"),
            (200, "<html>login</html>"),
            (201, "[]"),
            (204, ""),
            (302, ""),
            (404, ""),
            (404, "[]"),
            (405, ""),
        ] {
            let failure = failed(status, body);
            assert_eq!(failure.class, UnknownClass::BadResponse, "{status} {body}");
            assert_eq!(failure.http_status, Some(status));
        }
        assert_eq!(failed(302, "").detail, "a redirect, which is not followed");
    }

    #[test]
    fn a_look_believes_the_asked_name_alone() {
        let look = |status, body| answered(status, body).look(&repository().namespace);
        assert_eq!(look(200, r#"{"name":"group"}"#), Look::Present);
        for body in [r#"{"name":"other"}"#, "[]", ""] {
            assert!(
                matches!(look(200, body), Look::Failed(failure) if failure.class == UnknownClass::BadResponse),
                "{body}"
            );
        }
        assert!(matches!(look(403, ""), Look::Failed(failure) if failure.class == UnknownClass::AccessDenied));
    }

    #[test]
    fn a_refusal_says_that_the_clock_is_off() {
        let exchange = Exchange {
            clock_skew: Some(-1380),
            ..answered(401, "")
        };
        let skew = |failure: Failure| (failure.class, failure.clock_skew);
        let expected = (UnknownClass::Unauthenticated, Some(-1380));
        assert!(
            matches!(exchange.clone().look(&repository().namespace), Look::Failed(failure) if skew(failure.clone()) == expected)
        );
        assert!(
            matches!(exchange.observation(&repository()).answer, Answer::Failed(failure) if skew(failure.clone()) == expected)
        );
    }

    #[test]
    fn a_failure_has_the_evidence_of_its_exchange_or_that_of_an_earlier_one() {
        let earlier = failed(401, r#"{"error_code":"APIGW.0301","request_id":"r1"}"#);
        assert_eq!(
            (earlier.evidence.attempts, earlier.evidence.request_id.as_deref()),
            (2, Some("r1"))
        );
        for sent in [0, 1] {
            let given_up = Exchange::given_up(earlier.clone(), sent);
            assert_eq!(given_up.failure().as_ref(), Some(&earlier));
            let observation = given_up.observation(&repository());
            assert_eq!(observation.evidence.attempts, sent);
            assert!(observation.was_given_up());
            assert_eq!(observation.answer, Answer::Failed(earlier.clone()));
        }
    }

    #[test]
    fn a_broken_reply_keeps_its_failure() {
        let failure = Failure {
            detail: "operation timed out".to_owned(),
            ..Failure::unasked(UnknownClass::Timeout)
        };
        let exchange = Exchange {
            reply: Reply::Broken(failure.clone()),
            ..answered(200, "")
        };
        let failure = Failure {
            evidence: exchange.evidence(),
            ..failure
        };
        assert_eq!(exchange.observation(&repository()).answer, Answer::Failed(failure));
    }
}
