//! What an answer means, from its status, its error code, and whose headers it has.
//!
//! The texts beside the codes are never looked at: the vendor's pages warn that only the codes are stable.

use crate::model::UnknownClass;

/// What a status with a code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::swr) enum Meaning {
    /// The body holds what was asked for.
    Found,
    /// SWR itself says that what was asked for does not exist.
    Absent,
    /// What is true is not known.
    Unknown(UnknownClass),
}

/// Reads a status, the error code beside it, and whether the headers are a registry's. A registry knows nothing of
/// namespaces and rules, so its refusals say nothing of them, nor of the credential.
pub(in crate::swr) fn classify(status: u16, code: Option<&str>, by_registry: bool) -> Meaning {
    let code = code.unwrap_or_default();
    let class = match status {
        200 => return Meaning::Found,
        _ if by_registry => UnknownClass::Unsupported,
        404 if is_absence(code) => return Meaning::Absent,
        404 if is_gateways(code) => UnknownClass::Unsupported,
        // Two answers about one's rights on somebody else's image: the credential itself is fine.
        401 if is_service(code, &["4011044", "4011064"]) => UnknownClass::AccessDenied,
        401 => UnknownClass::Unauthenticated,
        // "Failed to get Token from Context" and "bad JWT": the error code page gives them odd statuses, but both say
        // that the token is no good, and asking on with it may lock the account.
        400 if is_service(code, &["4001048"]) => UnknownClass::Unauthenticated,
        403 if is_service(code, &["4031043"]) => UnknownClass::Unauthenticated,
        403 if is_service(code, &["4031032", "4031042"]) => UnknownClass::Throttled,
        403 => UnknownClass::AccessDenied,
        409 if is_service(code, &["4090023"]) => UnknownClass::Throttled,
        429 => UnknownClass::Throttled,
        500..=599 => UnknownClass::ServerError,
        // Other 2xx as well: this call answers 200, and a 204 is no word about rules.
        _ => UnknownClass::BadResponse,
    };
    Meaning::Unknown(class)
}

/// `SVCSTG.SWR.404` and four digits: something of SWR's was not found. 4040083 alone speaks of the URL itself.
fn is_absence(code: &str) -> bool {
    service_number(code).is_some_and(|number| {
        number.len() == 7
            && number.starts_with("404")
            && number.bytes().all(|digit| digit.is_ascii_digit())
            && number != "4040083"
    })
}

/// The gateway's codes: `APIG.` in its documentation, `APIGW.` in recorded answers.
fn is_gateways(code: &str) -> bool {
    code.starts_with("APIGW.") || code.starts_with("APIG.")
}

fn is_service(code: &str, numbers: &[&str]) -> bool {
    service_number(code).is_some_and(|number| numbers.contains(&number))
}

fn service_number(code: &str) -> Option<&str> {
    code.strip_prefix("SVCSTG.SWR.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use UnknownClass as Class;

    #[test]
    fn absence_is_believed_from_swr_alone() {
        for code in ["4040058", "4041061", "4040010", "4040113", "4040009", "4049999"] {
            assert_eq!(
                classify(404, Some(&format!("SVCSTG.SWR.{code}")), false),
                Meaning::Absent,
                "{code}"
            );
        }
        let others = [
            (Some("SVCSTG.SWR.4040083"), Class::BadResponse),
            (Some("APIGW.0101"), Class::Unsupported),
            (Some("APIG.0101"), Class::Unsupported),
            (Some("APIGW.9999"), Class::Unsupported),
            (Some("SVCSTG.SWR.404005"), Class::BadResponse),
            (Some("SVCSTG.SWR.40400581"), Class::BadResponse),
            (Some("SVCSTG.SWR.404abcd"), Class::BadResponse),
            (Some("SVCSTG.SWR.4000014"), Class::BadResponse),
            (Some("svcstg.swr.4040058"), Class::BadResponse),
            (Some("SWR.4040058"), Class::BadResponse),
            (Some(""), Class::BadResponse),
            (None, Class::BadResponse),
        ];
        for (code, class) in others {
            assert_eq!(classify(404, code, false), Meaning::Unknown(class), "{code:?}");
        }
        // The code alone is not enough.
        for status in [400, 401, 403, 410, 500] {
            assert_ne!(
                classify(status, Some("SVCSTG.SWR.4040113"), false),
                Meaning::Absent,
                "{status}"
            );
        }
    }

    #[test]
    fn every_other_answer_has_its_class() {
        let cases = [
            (400, Some("SVCSTG.SWR.4001008"), Class::BadResponse),
            (400, Some("SVCSTG.SWR.4001048"), Class::Unauthenticated),
            (401, Some("APIGW.0301"), Class::Unauthenticated),
            (401, Some("APIGW.0307"), Class::Unauthenticated),
            (401, Some("SVCSTG.SWR.4010000"), Class::Unauthenticated),
            (401, Some("SVCSTG.S2I.4019000"), Class::Unauthenticated),
            (401, None, Class::Unauthenticated),
            (401, Some("SVCSTG.SWR.4011044"), Class::AccessDenied),
            (401, Some("SVCSTG.SWR.4011064"), Class::AccessDenied),
            (403, Some("SVCSTG.SWR.4030170"), Class::AccessDenied),
            (403, Some("APIGW.0302"), Class::AccessDenied),
            (403, None, Class::AccessDenied),
            (403, Some("SVCSTG.SWR.4031032"), Class::Throttled),
            (403, Some("SVCSTG.SWR.4031042"), Class::Throttled),
            (403, Some("SVCSTG.SWR.4031043"), Class::Unauthenticated),
            (409, Some("SVCSTG.SWR.4090023"), Class::Throttled),
            (409, Some("SVCSTG.SWR.4090006"), Class::BadResponse),
            (429, Some("APIGW.0308"), Class::Throttled),
            (429, None, Class::Throttled),
            (500, Some("SVCSTG.SWR.5001101"), Class::ServerError),
            (502, None, Class::ServerError),
            (503, Some("APIGW.0613"), Class::ServerError),
            (504, None, Class::ServerError),
            (201, None, Class::BadResponse),
            (204, None, Class::BadResponse),
            (206, None, Class::BadResponse),
            (302, None, Class::BadResponse),
            (405, None, Class::BadResponse),
            (410, None, Class::BadResponse),
            (600, None, Class::BadResponse),
        ];
        for (status, code, class) in cases {
            assert_eq!(
                classify(status, code, false),
                Meaning::Unknown(class),
                "{status} {code:?}"
            );
        }
        assert_eq!(classify(200, None, false), Meaning::Found);
    }

    /// Its 401 asks for its own token. It was taken for a refused credential, and ended the run.
    #[test]
    fn a_registry_refuses_no_credential_and_knows_no_absence() {
        for (status, code) in [
            (401, None),
            (401, Some("SVCSTG.SWR.4010000")),
            (403, None),
            (404, Some("SVCSTG.SWR.4040113")),
            (429, None),
            (503, None),
            (302, None),
        ] {
            let meaning = Meaning::Unknown(Class::Unsupported);
            assert_eq!(classify(status, code, true), meaning, "{status} {code:?}");
        }
    }
}
