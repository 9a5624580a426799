//! What came of one call: the evidence that a journal keeps, and its meaning.
//!
//! Decoding is pure, so that a recorded exchange means tomorrow what it meant on the wire.

use jiff::Timestamp;

use super::classify::{Meaning, classify};
use super::error_body::ErrorBody;
use super::wire;
use crate::model::{Answer, Evidence, Failure, Look, NamespaceName, Observation, RepoId, UnknownClass};

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
    },
    /// No whole answer, or one whose body cannot be read.
    Broken(Failure),
}

impl Exchange {
    /// Of a call that was given up before there was an answer, after so many requests.
    pub fn given_up(class: UnknownClass, attempts: u32) -> Self {
        Self {
            attempts,
            observed_at: Timestamp::now(),
            request_id: None,
            clock_skew: None,
            content_range: None,
            reply: Reply::Broken(Failure::unasked(class)),
        }
    }

    /// In which class of unknown it ended, from its status and its error code alone; `None`: the service told what is
    /// there, or that nothing is.
    pub fn class(&self) -> Option<UnknownClass> {
        match &self.reply {
            Reply::Answered { status: 200, .. } => None,
            Reply::Answered {
                status,
                body,
                by_registry,
            } => match classify(*status, ErrorBody::read(body).code.as_deref(), *by_registry) {
                Meaning::Found | Meaning::Absent => None,
                Meaning::Unknown(class) => Some(class),
            },
            Reply::Broken(failure) => Some(failure.class),
        }
    }

    /// The id of the account that it names: the owner of the rules, or of the account's numbers.
    pub fn account(&self) -> Option<String> {
        match &self.reply {
            Reply::Answered { status: 200, body, .. } => wire::account(body),
            Reply::Answered { .. } | Reply::Broken(_) => None,
        }
    }

    /// Reads the answer to a [`Call::Rules`](super::Call::Rules) of that repository.
    pub fn observation(self, asked: &RepoId) -> Observation {
        let Self {
            attempts,
            observed_at,
            request_id,
            clock_skew,
            content_range,
            reply,
        } = self;
        let mut evidence = Evidence {
            attempts,
            // What was never asked was not observed either.
            observed_at: (attempts > 0).then_some(observed_at),
            request_id,
        };
        let answer = match meaning(&reply, &mut evidence.request_id) {
            Ok(body) => match wire::rules(body, content_range.as_deref(), &asked.namespace, &asked.repository) {
                Ok(rules) => Answer::Rules(rules),
                Err(detail) => Answer::Failed(not_believed(detail)),
            },
            Err(NoContent::Absent) => Answer::Absent,
            Err(NoContent::Failed(failure)) => Answer::Failed(Failure { clock_skew, ..failure }),
        };
        Observation { answer, evidence }
    }

    /// Reads the answer to a [`Call::Namespace`](super::Call::Namespace) of that namespace.
    pub fn look(self, asked: &NamespaceName) -> Look {
        let Self { clock_skew, reply, .. } = self;
        match meaning(&reply, &mut None) {
            Ok(body) => match wire::namespace(body, asked) {
                Ok(()) => Look::Present,
                Err(detail) => Look::Failed(not_believed(detail)),
            },
            Err(NoContent::Absent) => Look::Absent,
            Err(NoContent::Failed(failure)) => Look::Failed(Failure { clock_skew, ..failure }),
        }
    }
}

/// Why an answer holds nothing to decode.
pub(super) enum NoContent {
    Absent,
    Failed(Failure),
}

/// The body to decode, or what the answer says instead. Some gateways give the request's id in the body alone.
pub(super) fn meaning<'a>(reply: &'a Reply, request_id: &mut Option<String>) -> Result<&'a [u8], NoContent> {
    let (status, body, by_registry) = match reply {
        Reply::Answered { status: 200, body, .. } => return Ok(body),
        Reply::Answered {
            status,
            body,
            by_registry,
        } => (*status, body, *by_registry),
        Reply::Broken(failure) => return Err(NoContent::Failed(failure.clone())),
    };
    let error = ErrorBody::read(body);
    if request_id.is_none() {
        request_id.clone_from(&error.request_id);
    }
    Err(match classify(status, error.code.as_deref(), by_registry) {
        Meaning::Absent => NoContent::Absent,
        // Only 200 is content, and that was taken above.
        Meaning::Found => NoContent::Failed(failure(status, &error, UnknownClass::BadResponse)),
        Meaning::Unknown(class) => NoContent::Failed(Failure {
            by_registry,
            ..failure(status, &error, class)
        }),
    })
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
        ..Failure::unasked(class)
    }
}

/// A 200 that does not say what was asked.
pub(super) fn not_believed(detail: String) -> Failure {
    Failure {
        http_status: Some(200),
        detail,
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
    fn a_clock_that_is_off_is_told_of_the_refusal() {
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
    fn a_broken_reply_keeps_its_failure() {
        let failure = Failure {
            detail: "operation timed out".to_owned(),
            ..Failure::unasked(UnknownClass::Timeout)
        };
        let exchange = Exchange {
            reply: Reply::Broken(failure.clone()),
            ..answered(200, "")
        };
        assert_eq!(exchange.observation(&repository()).answer, Answer::Failed(failure));
    }
}
