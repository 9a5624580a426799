//! What to do where the service refused who asked, or what was asked: by the code of its answer and, where one code stands
//! for several reasons, by its words.
//!
//! The vendor's pages warn that only codes are stable. Nothing rests on the words but this advice: what an answer means for
//! an audit is decided without them.

use super::wording::distance;
use crate::model::{Failure, IssuerKind, Obstacle};

/// What was denied, as far as it has a permission of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// The rules of a repository.
    Rules,
    /// A list of names.
    List,
    /// A list of names that matters for the repositories in it, which can be named instead.
    Names,
}

/// Why a credential was refused, as its answer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    /// Too many refusals went before.
    LockedKey,
    /// There is no such key.
    UnknownKey,
    /// The signature is not the one that the secret key makes.
    WrongSecretKey,
    /// The signature's time is too far off.
    LateSignature,
    /// The token of a temporary key is none.
    WrongSecurityToken,
    /// The token was good once.
    ExpiredToken,
    /// The token is none of this service.
    UnknownToken,
    /// The request came without any of them.
    NothingArrived,
    /// A page for browsers, which the service does not send.
    Page,
    /// It does not say.
    NotTold,
}

/// By the words of an answer, in lower case; the first that fits. From recorded answers and the signing guide.
const BY_WORDS: [(&str, Refused); 6] = [
    ("failed to reach the limit", Refused::LockedKey),
    ("not exist", Refused::UnknownKey),
    ("signature expired", Refused::LateSignature),
    ("security token", Refused::WrongSecurityToken),
    ("decrypt token", Refused::UnknownToken),
    ("signature", Refused::WrongSecretKey),
];

/// By the number at the end of a code, where that says enough.
const BY_CODE: [(&str, Refused); 6] = [
    ("0303", Refused::WrongSecretKey),
    ("0307", Refused::ExpiredToken),
    ("4010000", Refused::ExpiredToken),
    ("4001048", Refused::ExpiredToken),
    ("4031043", Refused::ExpiredToken),
    ("4019000", Refused::NothingArrived),
];

impl Refused {
    fn of(failure: &Failure) -> Self {
        if failure.is_page {
            return Self::Page;
        }
        let words = failure.detail.to_lowercase();
        let by_words = BY_WORDS.iter().find(|(sign, _)| words.contains(sign));
        let by_code = || BY_CODE.iter().find(|(number, _)| number_of(failure) == *number);
        by_words.or_else(by_code).map_or(Self::NotTold, |(_, refused)| *refused)
    }

    /// Whether a clock that is off can be the reason.
    const fn may_be_the_clock(self) -> bool {
        match self {
            Self::WrongSecretKey | Self::LateSignature | Self::NotTold => true,
            Self::LockedKey
            | Self::UnknownKey
            | Self::WrongSecurityToken
            | Self::ExpiredToken
            | Self::UnknownToken
            | Self::NothingArrived
            | Self::Page => false,
        }
    }

    /// Whether another credential of the same kind is all that it takes.
    const fn is_mended_by_renewal(self) -> bool {
        match self {
            Self::ExpiredToken | Self::WrongSecurityToken | Self::NotTold => true,
            Self::LockedKey
            | Self::UnknownKey
            | Self::WrongSecretKey
            | Self::LateSignature
            | Self::UnknownToken
            | Self::NothingArrived
            | Self::Page => false,
        }
    }

    /// Whether who asked did so with a key: a token has no time.
    const fn is_of_a_key(self) -> bool {
        match self {
            Self::LockedKey
            | Self::UnknownKey
            | Self::WrongSecretKey
            | Self::LateSignature
            | Self::WrongSecurityToken
            | Self::NotTold => true,
            Self::ExpiredToken | Self::UnknownToken | Self::NothingArrived | Self::Page => false,
        }
    }

    const fn step(self) -> &'static str {
        match self {
            Self::LockedKey => {
                "the key may be locked: wait five minutes, and see to it that no other job uses a wrong key, which is what \
                 locks it"
            }
            Self::UnknownKey => {
                "the service knows no such access key: check its id, that it was not deleted or disabled, and that it is a \
                 key of this cloud"
            }
            Self::WrongSecretKey => {
                "check the key or token: the secret key is not that of this access key, so copy both again from one pair; \
                 more than five refusals in a row lock a key for five minutes"
            }
            Self::LateSignature => {
                "set the clock of this machine (NTP): a signature that is more than 15 min off is refused"
            }
            Self::WrongSecurityToken => {
                "the security token ran out, or is not that of this temporary key: get access key, secret key and security \
                 token anew, all three at once"
            }
            Self::ExpiredToken => {
                "the token ran out or was revoked: get a new one, or give a key or a user and password, from which tokens \
                 are renewed"
            }
            Self::UnknownToken => {
                "the token is none of this service: get one from the IAM of the source's region and cloud, for the project \
                 of that region"
            }
            Self::NothingArrived => {
                "no credential reached the service: something on the way removes the header Authorization or X-Auth-Token; \
                 have the endpoint let through unchanged, or ask it directly (NO_PROXY)"
            }
            Self::Page => GATEWAY,
            Self::NotTold => {
                "check the key or token, the clock of this machine, and that no other job uses a wrong key: more than five \
                 refusals in a row lock a key for five minutes"
            }
        }
    }
}

pub(super) const GATEWAY: &str = "a gateway or proxy on the way answered, and not SWR: have it let this machine through to the endpoint, \
                       or ask the endpoint directly (NO_PROXY)";

const GIVE_ONE: &str =
    "give a credential that the service accepts, in the environment or in ~/.huaweicloud/credentials";

/// What to do where there is no credential, or it was refused.
pub(super) fn of_refusal(failure: Option<&Failure>) -> Vec<String> {
    let Some(failure) = failure else {
        return vec![GIVE_ONE.to_owned()];
    };
    match failure.issuer {
        Some(issuer) => vec![of_issuer(issuer, failure)],
        None if failure.http_status.is_none() => vec![GIVE_ONE.to_owned()],
        None => match failure.renewal.as_deref() {
            None => of_answer(failure),
            // That it ran out is what a renewal is for.
            Some(renewal) if Refused::of(failure).is_mended_by_renewal() => of_refusal(Some(renewal)),
            Some(renewal) => [of_answer(failure), of_refusal(Some(renewal))].concat(),
        },
    }
}

/// What to do where no credential was issued, in one line.
pub fn unissued(failure: &Failure) -> String {
    of_refusal(Some(failure)).join("; ")
}

fn of_answer(failure: &Failure) -> Vec<String> {
    let refused = Refused::of(failure);
    let clock = failure.clock_skew.filter(|_| refused.is_of_a_key()).map(set_clock);
    // A clock that is off explains as much as that; beside anything else it is one thing more to mend.
    let own = (clock.is_none() || !refused.may_be_the_clock()).then(|| refused.step().to_owned());
    clock.into_iter().chain(own).collect()
}

fn set_clock(ahead: i64) -> String {
    format!(
        "set the clock of this machine (NTP), which is {} {}: a signature that is more than 15 min off is refused",
        distance(ahead.unsigned_abs()),
        if ahead < 0 { "behind" } else { "ahead" },
    )
}

/// What to do where no credential was issued: by what was said, and not by who was asked alone.
fn of_issuer(issuer: IssuerKind, failure: &Failure) -> String {
    let step = match issuer {
        IssuerKind::IamLogin if failure.is_page => IAM_GATEWAY,
        IssuerKind::IamLogin => {
            "check the user's name, password and domain, and that IAM is where it was asked (iamEndpoint); too many wrong \
             passwords lock an account"
        }
        IssuerKind::IamProject => {
            "check the project, not the password: `projectId` of the source, HW_PROJECT_ID or HW_PROJECT_NAME, and that the \
             account uses this region"
        }
        IssuerKind::Iam => of_iam(failure),
        IssuerKind::Metadata => {
            "give a credential in the environment or in ~/.huaweicloud/credentials; or, on a cloud server, bind an agency \
             that may read SWR to it"
        }
    };
    step.to_owned()
}

/// Where IAM said nothing of the password.
fn of_iam(failure: &Failure) -> &'static str {
    match failure.http_status {
        _ if failure.is_page => IAM_GATEWAY,
        None => failure.obstacle.map_or(
            "check that IAM is where it was asked (iamEndpoint, HUAWEICLOUD_SDK_IAM_ENDPOINT) and can be reached from here",
            of_obstacle,
        ),
        Some(429) => "IAM was asked too often: run again later",
        Some(500..=599) => "run again; if it stays, give the request id to the support of IAM",
        Some(400) => "check the domain and the project: IAM takes the question itself for wrong",
        Some(403) => "see in IAM that this user may log in by password, and from this machine's address",
        Some(_) => {
            "check where IAM is asked (iamEndpoint, HUAWEICLOUD_SDK_IAM_ENDPOINT): what answers there is something else"
        }
    }
}

const IAM_GATEWAY: &str = "a gateway or proxy on the way answered, and not IAM: have it let this machine through to IAM, or \
                           ask IAM directly (NO_PROXY)";

/// What to do about what stands in the way to a host.
pub(super) const fn of_obstacle(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::ProxyLogin => {
            "write the proxy's user and password into its variable, percent-encoded: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"
        }
        Obstacle::ProxyDenial => {
            "have the proxy let this host through, or name the host in NO_PROXY where it can be reached directly"
        }
        Obstacle::ProxyPortal => {
            "the proxy sends to another page, mostly one for signing in: have it let this machine through without"
        }
        Obstacle::ProxyOutage => {
            "check the endpoint: the proxy does not get to it; have the proxy's own way and DNS looked at, or name the host in \
             NO_PROXY"
        }
        Obstacle::ProxyAbsence => "check host and port of the proxy, and that it runs",
        Obstacle::ProxyTls => "mend TLS with the proxy: the endpoint was not asked yet",
        Obstacle::ProxyKind => {
            "check the port of the proxy, and its kind: http://, https:// or socks5h:// in front of the host"
        }
        Obstacle::Tls => "fix TLS as the message says, and run again",
        Obstacle::OtherAccount => {
            "give the credential of the account that `accountId` of the source names (which one was used: run with -v), or correct \
             `accountId`"
        }
    }
}

/// What to do where the credential is good, and what was asked is denied to it.
pub(super) fn of_denial(failure: Option<&Failure>, denied: Denied) -> Vec<String> {
    let grant = match denied {
        Denied::Rules => {
            "grant the credential read on this repository or namespace (action swr:repo:listAutoSyncRepoJobs), or skip it \
             with a reason"
        }
        Denied::List => {
            "grant the credential read on the namespace (actions swr:namespace:getNamespace, swr:namespace:listNamespaces \
             and swr:repo:listRepos)"
        }
        Denied::Names => {
            "grant the credential read on the namespace (actions swr:namespace:getNamespace, swr:namespace:listNamespaces \
             and swr:repo:listRepos), or name the repositories in the inventory"
        }
    };
    let Some(failure) = failure else {
        return vec![grant.to_owned()];
    };
    let step = match number_of(failure) {
        _ if failure.is_page => GATEWAY,
        "0802" => {
            "the user is forbidden in this region: check the region of the source, or have the region allowed to the user in \
             IAM"
        }
        "0310" => {
            "the project cannot be used: check `projectId` of the source, and in the console that it is not frozen"
        }
        "0401" | "0402" | "0404" => "the gateway refuses this machine's address: have it allowed, or run elsewhere",
        _ => grant,
    };
    let mut steps = vec![step.to_owned()];
    if failure.http_status.is_some() && failure.error_code.is_none() && !failure.is_page {
        steps.push(
            "the answer has no code, so it may not be SWR's: look at the gateways and proxies on the way".to_owned(),
        );
    }
    steps
}

/// `APIG.0301` is `APIGW.0301` in other words.
fn number_of(failure: &Failure) -> &str {
    let code = failure.error_code.as_deref().unwrap_or_default();
    code.rsplit('.').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UnknownClass;

    fn refused(status: u16, code: &str, words: &str) -> Failure {
        Failure {
            http_status: Some(status),
            error_code: (!code.is_empty()).then(|| code.to_owned()),
            detail: words.to_owned(),
            ..Failure::unasked(UnknownClass::Unauthenticated)
        }
    }

    fn steps(failure: &Failure) -> String {
        of_refusal(Some(failure)).join(" | ")
    }

    #[test]
    fn every_refusal_has_the_remedy_of_its_reason() {
        const IAM: &str = "Incorrect IAM authentication information: ";
        for (status, code, words, remedy) in [
            (
                401,
                "APIGW.0301",
                "AK access failed to reach the limit,forbidden",
                "wait five minutes",
            ),
            (401, "APIG.0301", "ak TEST not exist", "knows no such access key"),
            (
                401,
                "APIGW.0301",
                "Get secretKey failed,ak:***,err:ak not exist",
                "knows no such access key",
            ),
            (
                401,
                "APIGW.0301",
                "ak access_key_id not exist",
                "knows no such access key",
            ),
            (401, "APIGW.0301", "verify aksk signature fail", "copy both again"),
            (401, "APIGW.0303", "", "copy both again"),
            (
                401,
                "APIGW.0301",
                "calc ak sk signature fail:signature expired",
                "set the clock",
            ),
            (401, "APIGW.0301", "decrypt security token fail", "all three at once"),
            (
                401,
                "APIGW.0301",
                "decrypt token fail",
                "the IAM of the source's region",
            ),
            (401, "APIGW.0307", "The token must be updated", "the token ran out"),
            (401, "SVCSTG.SWR.4010000", "authentication failed", "the token ran out"),
            (
                400,
                "SVCSTG.SWR.4001048",
                "Failed to get Token from Context",
                "the token ran out",
            ),
            (403, "SVCSTG.SWR.4031043", "bad JWT", "the token ran out"),
            (401, "SVCSTG.S2I.4019000", "no credential", "removes the header"),
            (401, "APIGW.0301", "Unauthorized", "check the key or token, the clock"),
            (401, "", "", "check the key or token, the clock"),
        ] {
            let told = steps(&refused(status, code, &format!("{IAM}{words}")));
            assert!(told.contains(remedy), "{code} {words}: {told}");
            assert!(!told.contains(" | "), "one reason is one step: {told}");
        }
    }

    #[test]
    fn a_clock_that_is_off_is_reported_with_how_much_beside_what_it_does_not_explain() {
        const CLOCK: &str = "set the clock of this machine (NTP), which is 23 min behind";
        for (words, other) in [
            ("signature expired", None),
            ("verify aksk signature fail", None),
            ("Unauthorized", None),
            ("ak TEST not exist", Some("knows no such access key")),
            ("AK access failed to reach the limit", Some("wait five minutes")),
        ] {
            let failure = Failure {
                clock_skew: Some(-1380),
                ..refused(401, "APIGW.0301", words)
            };
            let told = of_refusal(Some(&failure));
            assert!(told[0].starts_with(CLOCK), "{words}: {told:?}");
            match other {
                Some(other) => assert!(told[1].contains(other), "{words}: {told:?}"),
                None => assert_eq!(told.len(), 1, "{words}: {told:?}"),
            }
        }
        let of_a_token = Failure {
            clock_skew: Some(-1380),
            ..refused(401, "APIGW.0307", "The token must be updated")
        };
        assert!(!steps(&of_a_token).contains("clock"), "a token has no time");
    }

    #[test]
    fn no_credential_and_none_issued_are_no_refused_one() {
        let none = Failure {
            detail: "no credential found; looked at HUAWEICLOUD_SDK_AK".to_owned(),
            ..Failure::unasked(UnknownClass::Unauthenticated)
        };
        assert!(steps(&none).starts_with("give a credential"));
        for (issuer, remedy) in [
            (IssuerKind::IamLogin, "check the user's name"),
            (IssuerKind::IamProject, "check the project, not the password"),
            (IssuerKind::Iam, "can be reached from here"),
            (IssuerKind::Metadata, "bind an agency"),
        ] {
            let failure = Failure {
                issuer: Some(issuer),
                ..none.clone()
            };
            assert!(steps(&failure).contains(remedy), "{}", steps(&failure));
        }
    }

    #[test]
    fn nobody_is_sent_to_the_password_where_iam_said_nothing_of_it() {
        let of_iam = |failure: Failure| Failure {
            issuer: Some(IssuerKind::Iam),
            ..failure
        };
        let page = |status| Failure {
            is_page: true,
            ..refused(status, "", "")
        };
        let obstacle = |obstacle| Failure {
            obstacle: Some(obstacle),
            ..Failure::unasked(UnknownClass::Unauthenticated)
        };
        for (failure, remedy) in [
            (page(200), "have it let this machine through to IAM"),
            (page(403), "have it let this machine through to IAM"),
            (refused(302, "", ""), "what answers there is something else"),
            (refused(400, "", ""), "check the domain and the project"),
            (refused(403, "IAM.0102", ""), "may log in by password"),
            (refused(429, "", ""), "run again later"),
            (refused(500, "", ""), "run again"),
            (refused(503, "", ""), "run again"),
            (obstacle(Obstacle::ProxyDenial), "have the proxy let this host through"),
            (
                Failure::unasked(UnknownClass::Unauthenticated),
                "can be reached from here",
            ),
        ] {
            let told = steps(&of_iam(failure));
            assert!(told.contains(remedy), "{told}");
            assert!(!told.contains("user's name") && !told.contains("lock"), "{told}");
        }
        let login = Failure {
            issuer: Some(IssuerKind::IamLogin),
            ..page(401)
        };
        assert!(steps(&login).contains("and not IAM"), "{}", steps(&login));
    }

    #[test]
    fn a_page_is_no_permission_and_no_key() {
        let page = Failure {
            is_page: true,
            detail: "an HTML page, titled \"Access denied\"".to_owned(),
            ..refused(403, "", "")
        };
        for told in [
            of_refusal(Some(&page)),
            of_denial(Some(&page), Denied::Rules),
            of_denial(Some(&page), Denied::Names),
        ] {
            assert_eq!(told, [GATEWAY]);
        }
    }

    #[test]
    fn a_denial_is_a_grant_unless_its_code_says_otherwise() {
        for (code, remedy) in [
            ("SVCSTG.SWR.4030170", "swr:repo:listAutoSyncRepoJobs"),
            ("APIGW.0302", "swr:repo:listAutoSyncRepoJobs"),
            ("APIGW.0802", "forbidden in this region"),
            ("APIG.0310", "projectId"),
            ("APIGW.0401", "this machine's address"),
        ] {
            let told = of_denial(Some(&refused(403, code, "no")), Denied::Rules);
            assert!(told.len() == 1 && told[0].contains(remedy), "{code}: {told:?}");
        }
        let told = of_denial(Some(&refused(403, "", "Forbidden")), Denied::Rules);
        assert!(told[1].contains("has no code"), "{told:?}");
    }
}
