//! TLS errors in words: what is wrong with the other side, and what to do about it.
//!
//! The libraries' own words name variants of enums. Knows nothing of the host: whoever tells of it names that.

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error};

use crate::swr::wire::plain::plain;

/// How many names of a certificate are shown; more are counted.
const NAMES: usize = 3;

/// The longest name of a certificate that is shown, in characters.
const NAME_LIMIT: usize = 100;

/// Whose handshake it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::swr) enum Peer {
    Server,
    Proxy,
}

impl Peer {
    const fn name(self) -> &'static str {
        match self {
            Self::Server => "the server",
            Self::Proxy => "the proxy",
        }
    }

    /// Where it is named.
    const fn place(self) -> &'static str {
        match self {
            Self::Server => "the endpoint",
            Self::Proxy => "the proxy's URL",
        }
    }
}

/// What is wrong, in a fragment without a full stop.
pub(in crate::swr) fn words(error: &Error, peer: Peer) -> String {
    let (name, place) = (peer.name(), peer.place());
    match error {
        Error::InvalidCertificate(problem) => format!("{name}'s certificate {}", certificate(problem, peer)),
        Error::InvalidMessage(_) => {
            let step = match peer {
                Peer::Server => "check the port, https is on another one",
                Peer::Proxy => "write http:// in front of it, or the port of its TLS",
            };
            format!("{name} does not speak TLS on this port: {step}")
        }
        Error::AlertReceived(alert) => of_alert(*alert, peer),
        Error::PeerIncompatible(_) => old(peer),
        Error::NoCertificatesPresented => format!("{name} showed no certificate: check {place}"),
        _ => format!("the TLS handshake with {name} failed: check {place}, and whether something else answers there"),
    }
}

fn old(peer: Peer) -> String {
    format!(
        "{} speaks no version of TLS from 1.2 on, or no cipher in common: have it updated",
        peer.name()
    )
}

fn of_alert(alert: AlertDescription, peer: Peer) -> String {
    let (name, place) = (peer.name(), peer.place());
    match alert {
        AlertDescription::CertificateRequired => {
            let step = match peer {
                Peer::Server => "ask for an endpoint that takes keys or tokens",
                Peer::Proxy => "ask for a proxy that takes a user and a password",
            };
            format!("{name} demands a client certificate, and swr-audit has none: {step}")
        }
        AlertDescription::HandshakeFailure
        | AlertDescription::BadCertificate
        | AlertDescription::InsufficientSecurity => {
            format!(
                "{name} refused the TLS handshake: it may demand a client certificate, which swr-audit has not, or older \
                 ciphers"
            )
        }
        AlertDescription::ProtocolVersion => old(peer),
        AlertDescription::UnrecognisedName => format!("{name} knows no host of this name: check {place}"),
        other => {
            let number = u8::from(other);
            let words = ALERTS.iter().find(|(known, _)| *known == number);
            let words = words.map_or_else(String::new, |(_, words)| format!(" '{words}'"));
            format!("{name} broke the TLS handshake off with alert {number}{words}: have its log looked at")
        }
    }
}

/// RFC 8446, section 6, and its predecessors: those that have no sentence of their own.
const ALERTS: [(u8, &str); 19] = [
    (0, "close notify"),
    (10, "unexpected message"),
    (20, "bad record MAC"),
    (22, "record overflow"),
    (43, "unsupported certificate"),
    (44, "certificate revoked"),
    (45, "certificate expired"),
    (46, "certificate unknown"),
    (47, "illegal parameter"),
    (48, "unknown CA"),
    (49, "access denied"),
    (50, "decode error"),
    (51, "decrypt error"),
    (80, "internal error"),
    (86, "inappropriate fallback"),
    (90, "user canceled"),
    (109, "missing extension"),
    (110, "unsupported extension"),
    (120, "no application protocol"),
];

/// What is wrong with a certificate: how the sentence goes on that begins with it.
fn certificate(problem: &CertificateError, peer: Peer) -> String {
    let place = peer.place();
    let words = match problem {
        CertificateError::ExpiredContext { not_after, .. } => {
            return format!("expired on {}: have it renewed", date(*not_after));
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            return format!(
                "is valid from {} on: check the clock of this machine",
                date(*not_before)
            );
        }
        CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            return format!("is for {}: check {place}", hosts(presented));
        }
        CertificateError::NotValidForName => return format!("is for another host: check {place}"),
        CertificateError::NotValidForNameContext { .. } => {
            "names no host (subjectAltName): have it issued again with this host in it"
        }
        CertificateError::UnknownIssuer => {
            "is signed by an authority that this machine does not know: give that authority's certificate with --ca-cert"
        }
        CertificateError::Expired => "has expired: have it renewed",
        CertificateError::NotValidYet => "is not valid yet: check the clock of this machine",
        CertificateError::BadSignature => {
            "is not signed by the authority of that name that this machine knows: give the one that signed it with \
             --ca-cert"
        }
        CertificateError::Revoked => "was revoked: have it issued again",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => NOT_FOR_SERVERS,
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "is signed in a way that is not accepted, such as SHA-1: have it issued again"
        }
        CertificateError::Other(other) => other.0.downcast_ref().map_or(NOT_FOR_SERVERS, beneath),
        _ => UNVERIFIED,
    };
    words.to_owned()
}

/// What the library below knows, and the one above passes on as it is. The verifier of the platform hides one error there
/// behind a type of its own: the purpose.
const fn beneath(error: &webpki::Error) -> &'static str {
    match error {
        webpki::Error::CaUsedAsEndEntity => {
            "is marked as an authority (CA:TRUE), which no server may show: have it issued again as a server's"
        }
        webpki::Error::EndEntityUsedAsCa => {
            "is signed by a certificate that is no authority (CA:FALSE): have it issued again by an authority"
        }
        webpki::Error::UnsupportedCertVersion => {
            "is X.509 version 1, which is not accepted: have it issued again as version 3"
        }
        webpki::Error::NameConstraintViolation => {
            "is for a host that its authority may not sign for (name constraints): have it issued again by another one"
        }
        webpki::Error::PathLenConstraintViolated | webpki::Error::MaximumPathDepthExceeded => {
            "has more authorities above it than they allow (path length): have it issued again by a higher one"
        }
        webpki::Error::UnsupportedCriticalExtension => {
            "has a critical extension that is not understood: have it issued again without it"
        }
        _ => UNVERIFIED,
    }
}

const NOT_FOR_SERVERS: &str = "is not one for servers: have it issued again for server authentication";
const UNVERIFIED: &str = "cannot be verified: have it issued again";

fn date(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    let time = Timestamp::from_second(seconds);
    time.map_or_else(
        |_| "a day beyond the calendar".to_owned(),
        |time| time.strftime("%Y-%m-%d").to_string(),
    )
}

/// `a.example, 10.0.0.1 and 4 more`. They come as `DnsName("a.example")` and `IpAddress(10.0.0.1)`, and are anybody's.
fn hosts(presented: &[String]) -> String {
    let bare = |name: &String| {
        let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
        plain(inner.unwrap_or(name).trim_matches('"'), NAME_LIMIT)
    };
    let shown: Vec<String> = presented.iter().take(NAMES).map(bare).collect();
    match presented.len() {
        count if count > NAMES => format!("{} and {} more", shown.join(", "), count - NAMES),
        _ => shown.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::pki_types::ServerName;
    use rustls::{InvalidMessage, OtherError};

    use super::*;

    /// Words with capitals in them that people use.
    const PLAIN: [&str; 9] = [
        "URL",
        "TLS",
        "X.509",
        "SHA-1",
        "CA:TRUE",
        "CA:FALSE",
        "subjectAltName",
        "CA",
        "MAC",
    ];

    /// An error, how it is told of a server, and what to do.
    type Told = (Error, &'static str, &'static str);

    fn other(error: webpki::Error) -> Error {
        certificate(CertificateError::Other(OtherError(Arc::new(error))))
    }

    const fn certificate(error: CertificateError) -> Error {
        Error::InvalidCertificate(error)
    }

    fn time(days: u64) -> UnixTime {
        UnixTime::since_unix_epoch(std::time::Duration::from_secs(days * 86_400))
    }

    fn of_certificates() -> Vec<Told> {
        vec![
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
                    presented: [
                        "DnsName(\"a.example\")",
                        "IpAddress(10.0.0.1)",
                        "DnsName(\"*.c.example\")",
                        "DnsName(\"d\")",
                    ]
                    .map(str::to_owned)
                    .to_vec(),
                }),
                "the server's certificate is for a.example, 10.0.0.1, *.c.example and 1 more",
                "check the endpoint",
            ),
            (
                certificate(CertificateError::NotValidForNameContext {
                    expected: ServerName::try_from("swr.corp.example").expect("a name"),
                    presented: Vec::new(),
                }),
                "the server's certificate names no host",
                "issued again",
            ),
            (
                // As the platform's verifier hides it.
                certificate(CertificateError::Other(OtherError(Arc::new(std::fmt::Error)))),
                "the server's certificate is not one for servers",
                "issued again",
            ),
        ]
    }

    fn of_chains() -> Vec<Told> {
        vec![
            (
                other(webpki::Error::NameConstraintViolation),
                "the server's certificate is for a host that its authority may not sign for",
                "issued again",
            ),
            (
                other(webpki::Error::PathLenConstraintViolated),
                "the server's certificate has more authorities above it than they allow",
                "issued again",
            ),
            (
                other(webpki::Error::UnsupportedCriticalExtension),
                "the server's certificate has a critical extension",
                "issued again",
            ),
            (
                other(webpki::Error::EndEntityUsedAsCa),
                "the server's certificate is signed by a certificate that is no authority",
                "issued again",
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
        ]
    }

    fn of_handshakes() -> Vec<Told> {
        vec![
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
                Error::InvalidMessage(InvalidMessage::HandshakePayloadTooLarge),
                "the server does not speak TLS on this port",
                "check the port",
            ),
            (
                Error::AlertReceived(AlertDescription::InternalError),
                "the server broke the TLS handshake off with alert 80 'internal error'",
                "log",
            ),
            (
                Error::AlertReceived(AlertDescription::Unknown(99)),
                "the server broke the TLS handshake off with alert 99",
                "log",
            ),
            (
                Error::DecryptError,
                "the TLS handshake with the server failed",
                "check the endpoint",
            ),
        ]
    }

    #[test]
    fn every_error_that_private_clouds_show_has_words_of_its_own() {
        for (error, start, advice) in [of_certificates(), of_chains(), of_handshakes()].concat() {
            let of_server = words(&error, Peer::Server);
            assert!(
                of_server.starts_with(start) && of_server.contains(advice),
                "{of_server}"
            );
            let of_proxy = words(&error, Peer::Proxy);
            let start = start.replace("the server", "the proxy");
            assert!(
                of_proxy.starts_with(&start) && !of_proxy.contains("endpoint"),
                "{of_proxy}"
            );
            for words in [of_server, of_proxy] {
                let mut words_alone = words
                    .split(' ')
                    .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
                let is_debug =
                    words_alone.any(|word| word.chars().skip(1).any(char::is_uppercase) && !PLAIN.contains(&word));
                assert!(!is_debug && !words.contains(") ("), "no Debug of a library: {words}");
            }
        }
    }
}
