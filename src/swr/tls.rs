//! TLS errors in words: what is wrong with the other side, and what to do about it.
//!
//! The libraries' own words name variants of enums. Knows nothing of the host: whoever tells of it names that.

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};

/// How many names of a certificate are shown; more are counted.
const NAMES: usize = 3;

/// What is wrong, in a fragment without a full stop.
pub(super) fn words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(problem) => certificate(problem),
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::MessageTooLarge
            | InvalidMessage::InvalidEmptyPayload,
        ) => "the server does not speak TLS on this port: check the port, https is on another one".to_owned(),
        Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "the server demands a client certificate, and swr-audit has none: ask for an endpoint that takes keys or tokens"
                .to_owned()
        }
        Error::AlertReceived(AlertDescription::HandshakeFailure | AlertDescription::BadCertificate) => {
            "the server refused the TLS handshake: it may demand a client certificate, which swr-audit has not, or older \
             ciphers"
                .to_owned()
        }
        Error::AlertReceived(AlertDescription::ProtocolVersion) | Error::PeerIncompatible(_) => {
            "the server speaks no version of TLS from 1.2 on, or no cipher in common: have it updated".to_owned()
        }
        Error::AlertReceived(AlertDescription::UnrecognisedName) => {
            "the server knows no host of this name: check the endpoint".to_owned()
        }
        Error::NoCertificatesPresented => "the server showed no certificate".to_owned(),
        other => format!("the TLS handshake failed: {other}"),
    }
}

fn certificate(problem: &CertificateError) -> String {
    match problem {
        CertificateError::UnknownIssuer => {
            "the server's certificate is signed by an authority that this machine does not know: \
                                            give that authority's certificate with --ca-cert"
                .to_owned()
        }
        CertificateError::Expired => "the server's certificate has expired: have it renewed".to_owned(),
        CertificateError::ExpiredContext { not_after, .. } => {
            format!(
                "the server's certificate expired on {}: have it renewed",
                date(*not_after)
            )
        }
        CertificateError::NotValidYet => {
            "the server's certificate is not valid yet: check the clock of this machine".to_owned()
        }
        CertificateError::NotValidYetContext { not_before, .. } => format!(
            "the server's certificate is valid from {} on: check the clock of this machine",
            date(*not_before)
        ),
        CertificateError::NotValidForName => {
            "the server's certificate is for another host: check the endpoint".to_owned()
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            format!(
                "the server's certificate is for {}: check the endpoint",
                hosts(presented)
            )
        }
        CertificateError::BadSignature => {
            "the server's certificate is not signed by the authority of that name that this machine \
                                           knows: give the one that signed it with --ca-cert"
                .to_owned()
        }
        CertificateError::Revoked => "the server's certificate was revoked: have it issued again".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the server's certificate is not one for servers: have it issued again for server authentication".to_owned()
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "the server's certificate is signed in a way that is not accepted, such as SHA-1: have it issued again"
                .to_owned()
        }
        CertificateError::Other(other) => match other.0.downcast_ref() {
            Some(webpki::Error::CaUsedAsEndEntity) => {
                "the server's certificate is marked as an authority (CA:TRUE), which no \
                                                       server may show: have it issued again as a server's"
                    .to_owned()
            }
            Some(webpki::Error::UnsupportedCertVersion) => {
                "the server's certificate is X.509 version 1, which is not accepted: have it issued again as version 3"
                    .to_owned()
            }
            Some(_) | None => UNVERIFIED.to_owned(),
        },
        _ => UNVERIFIED.to_owned(),
    }
}

const UNVERIFIED: &str =
    "the server's certificate cannot be verified: have it issued again, or give its authority with --ca-cert";

fn date(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    let time = Timestamp::from_second(seconds);
    time.map_or_else(
        |_| "a day beyond the calendar".to_owned(),
        |time| time.strftime("%Y-%m-%d").to_string(),
    )
}

/// `a.example, b.example and 4 more`. Each comes as `DnsName("a.example")`.
fn hosts(presented: &[String]) -> String {
    let bare = |name: &String| match name.split('"').nth(1) {
        Some(inner) => inner.to_owned(),
        None => name.clone(),
    };
    let shown: Vec<String> = presented.iter().take(NAMES).map(bare).collect();
    match presented.len() {
        0 => "no host at all".to_owned(),
        count if count > NAMES => format!("{} and {} more", shown.join(", "), count - NAMES),
        _ => shown.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::OtherError;
    use rustls::pki_types::ServerName;

    use super::*;

    #[test]
    fn every_error_that_private_clouds_show_has_words_of_its_own() {
        let time = |days: u64| UnixTime::since_unix_epoch(std::time::Duration::from_secs(days * 86_400));
        let other = |error| Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(error))));
        let certificate = Error::InvalidCertificate;
        for (error, start, advice) in [
            (
                Error::InvalidMessage(InvalidMessage::InvalidContentType),
                "the server does not speak TLS on this port",
                "check the port",
            ),
            (
                Error::AlertReceived(AlertDescription::CertificateRequired),
                "the server demands a client certificate",
                "takes keys or tokens",
            ),
            (
                certificate(CertificateError::UnknownIssuer),
                "the server's certificate is signed by an authority that this machine does not know",
                "--ca-cert",
            ),
            (
                certificate(CertificateError::ExpiredContext {
                    time: time(20_500),
                    not_after: time(20_454),
                }),
                "the server's certificate expired on 2026-01-01",
                "renewed",
            ),
            (
                certificate(CertificateError::NotValidYetContext {
                    time: time(20_000),
                    not_before: time(20_454),
                }),
                "the server's certificate is valid from 2026-01-01 on",
                "check the clock",
            ),
            (
                certificate(CertificateError::NotValidForNameContext {
                    expected: ServerName::try_from("swr.corp.example").expect("a name"),
                    presented: ["a", "b", "c", "d"]
                        .map(|name| format!("DnsName(\"{name}.example\")"))
                        .to_vec(),
                }),
                "the server's certificate is for a.example, b.example, c.example and 1 more",
                "check the endpoint",
            ),
            (
                other(webpki::Error::CaUsedAsEndEntity),
                "the server's certificate is marked as an authority (CA:TRUE)",
                "issued again",
            ),
            (
                other(webpki::Error::UnsupportedCertVersion),
                "the server's certificate is X.509 version 1",
                "issued again as version 3",
            ),
            (
                other(webpki::Error::BadDer),
                "the server's certificate cannot be verified",
                "issued again",
            ),
        ] {
            let words = words(&error);
            assert!(words.starts_with(start) && words.contains(advice), "{words}");
            assert!(
                !words.contains("Error") && !words.contains("Other("),
                "no Debug of a library: {words}"
            );
        }
    }
}
