//! The check of `SDK-HMAC-SHA256` signatures, from the header list that the client itself gives.
//!
//! The rules are those of the API signing guide, verified against vectors made with the vendor's
//! own signer. It does not know whose key it is or whether the clock is right: see the gate.

use hyper::{HeaderMap, header::HOST};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use ring::{digest, hmac};

use crate::percent;

const ALGORITHM: &str = "SDK-HMAC-SHA256";
const DATE: &str = "x-sdk-date";

/// A request as it came in, as far as a signature covers it.
pub(crate) struct Signed<'a> {
    pub method: &'a str,
    /// As on the wire.
    pub path: &'a str,
    /// As on the wire, without the question mark.
    pub query: &'a str,
    pub headers: &'a HeaderMap,
    /// Stands for the `Host` header, which HTTP/2 does not send.
    pub authority: Option<&'a str>,
    pub body: &'a [u8],
}

/// What an `Authorization` header claims.
pub(crate) struct Claim<'a> {
    pub ak: &'a str,
    pub signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Claim<'a> {
    /// `SDK-HMAC-SHA256 Access=.., SignedHeaders=..;.., Signature=..`
    pub(crate) fn of(authorization: &'a str) -> Option<Claim<'a>> {
        let (mut ak, mut signed_headers, mut signature) = (None, None, None);
        for part in authorization.strip_prefix(ALGORITHM)?.strip_prefix(' ')?.split(',') {
            match part.trim().split_once('=')? {
                ("Access", value) => ak = Some(value),
                ("SignedHeaders", value) => signed_headers = Some(value),
                ("Signature", value) => signature = Some(value),
                (_, _) => return None,
            }
        }
        Some(Claim {
            ak: ak?,
            signed_headers: signed_headers?,
            signature: signature?,
        })
    }

    pub(crate) fn covers(&self, header: &str) -> bool {
        self.signed_headers.split(';').any(|name| name == header)
    }

    /// Whether the secret key makes this signature of the request. Compared in constant time.
    pub(crate) fn holds(&self, request: &Signed<'_>, sk: &str) -> bool {
        // Only this header is mandatory (signing guide): the text to sign has it outside the list, too.
        if !self.covers(DATE) || self.signature.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return false;
        }
        let Ok(signature) = hex::decode(self.signature) else {
            return false;
        };
        let Some(date) = request.header(DATE) else { return false };
        let key = hmac::Key::new(hmac::HMAC_SHA256, sk.as_bytes());
        request.payload_hashes().iter().any(|payload| {
            request
                .canonical(self.signed_headers, payload)
                .is_some_and(|canonical| {
                    let mut text = format!("{ALGORITHM}\n").into_bytes();
                    text.extend_from_slice(date);
                    text.push(b'\n');
                    text.extend_from_slice(sha256(&canonical).as_bytes());
                    hmac::verify(&key, &text, &signature).is_ok()
                })
        })
    }
}

impl Signed<'_> {
    /// The moment in `X-Sdk-Date`.
    pub(crate) fn date(&self) -> Option<Timestamp> {
        let text = std::str::from_utf8(self.header(DATE)?).ok()?;
        let date = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
        TimeZone::UTC.to_timestamp(date).ok()
    }

    /// The value of a header, trimmed on the outside only.
    pub(crate) fn header(&self, name: &str) -> Option<&[u8]> {
        let value = self.headers.get(name).map(|value| value.as_bytes().trim_ascii());
        value.or_else(|| {
            if name == HOST.as_str() {
                self.authority.map(str::as_bytes)
            } else {
                None
            }
        })
    }

    /// `None`: a header of the list did not come along.
    fn canonical(&self, signed_headers: &str, payload: &[u8]) -> Option<Vec<u8>> {
        let mut text = format!(
            "{}\n{}\n{}\n",
            self.method,
            canonical_path(self.path),
            canonical_query(self.query)
        )
        .into_bytes();
        for name in signed_headers.split(';') {
            text.extend_from_slice(name.as_bytes());
            text.push(b':');
            text.extend_from_slice(self.header(name)?);
            text.push(b'\n');
        }
        text.push(b'\n');
        text.extend_from_slice(signed_headers.as_bytes());
        text.push(b'\n');
        text.extend_from_slice(payload);
        Some(text)
    }

    /// What may stand in the last line. For an empty body with `X-Sdk-Content-Sha256` the vendor's
    /// signers disagree: Python's hashes nothing, Go's takes the header's value. Both are accepted.
    fn payload_hashes(&self) -> Vec<Vec<u8>> {
        let hashed = || sha256(self.body).into_bytes();
        match self.header("x-sdk-content-sha256") {
            Some(given) if self.body.is_empty() => vec![hashed(), given.to_vec()],
            Some(given) => vec![given.to_vec()],
            None => vec![hashed()],
        }
    }
}

/// Decoded, split at `/`, encoded again: so `%2F` turns into a separator here, as the Python signer
/// has it. The slash at the end is in this text only, never on the wire.
fn canonical_path(path: &str) -> String {
    let decoded = percent::decode(path);
    let mut text = String::with_capacity(decoded.len() + 8);
    for (at, segment) in decoded.split(|byte| *byte == b'/').enumerate() {
        if at > 0 {
            text.push('/');
        }
        percent::encode_into(&mut text, segment);
    }
    if !text.ends_with('/') {
        text.push('/');
    }
    text
}

/// Sorted by name, then value, in byte order of the decoded text.
fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<_> = percent::pairs(query).collect();
    pairs.sort();
    let mut text = String::with_capacity(query.len());
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        percent::encode_into(&mut text, &name);
        text.push('=');
        percent::encode_into(&mut text, &value);
    }
    text
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use hyper::header::{HeaderName, HeaderValue};
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Vectors {
        vectors: Vec<Vector>,
    }

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        algorithm: String,
        sk: String,
        method: String,
        request_target: String,
        wire_headers_unsigned: BTreeMap<String, String>,
        body: Option<String>,
        canonical_request: String,
        payload_hash: String,
        authorization: String,
    }

    impl Vector {
        fn headers(&self) -> HeaderMap {
            let value = |text: &String| HeaderValue::from_bytes(text.trim().as_bytes()).expect("recorded");
            let name = |text: &String| HeaderName::from_bytes(text.as_bytes()).expect("recorded");
            self.wire_headers_unsigned
                .iter()
                .map(|(key, text)| (name(key), value(text)))
                .collect()
        }
    }

    fn vectors() -> Vec<Vector> {
        let all: Vectors =
            serde_json::from_str(include_str!("../tests/signing_vectors.json")).expect("the recorded file is JSON");
        // Keys derived by region and date are of no use here.
        let ours: Vec<_> = all
            .vectors
            .into_iter()
            .filter(|vector| vector.algorithm == ALGORITHM)
            .collect();
        assert_eq!(ours.len(), 32);
        ours
    }

    fn holds(vector: &Vector, target: &str, headers: &HeaderMap, body: &[u8], authorization: &str, sk: &str) -> bool {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let request = Signed {
            method: &vector.method,
            path,
            query,
            headers,
            authority: None,
            body,
        };
        Claim::of(authorization).is_some_and(|claim| claim.holds(&request, sk))
    }

    #[test]
    fn every_recorded_signature_holds() {
        for vector in vectors() {
            let body = vector.body.as_deref().unwrap_or_default().as_bytes();
            let headers = vector.headers();
            let (path, query) = vector
                .request_target
                .split_once('?')
                .unwrap_or((&vector.request_target, ""));
            let request = Signed {
                method: &vector.method,
                path,
                query,
                headers: &headers,
                authority: None,
                body,
            };
            let claim = Claim::of(&vector.authorization).expect("recorded");
            let canonical = request.canonical(claim.signed_headers, vector.payload_hash.as_bytes());
            let canonical = canonical.expect("all headers are there");
            assert_eq!(
                String::from_utf8_lossy(&canonical),
                vector.canonical_request,
                "{}",
                vector.name
            );
            assert!(claim.holds(&request, &vector.sk), "{}", vector.name);
        }
    }

    #[test]
    fn one_byte_flipped_anywhere_and_none_holds() {
        for vector in vectors() {
            let body = vector.body.as_deref().unwrap_or_default().as_bytes();
            let headers = vector.headers();
            let (target, authorization, sk) = (&*vector.request_target, &*vector.authorization, &*vector.sk);
            let name = &vector.name;

            // Each digit of the signature.
            let start = authorization.find("Signature=").expect("recorded") + "Signature=".len();
            for at in start..authorization.len() {
                for flipped in flips(authorization, at) {
                    assert!(
                        !holds(&vector, target, &headers, body, &flipped, sk),
                        "{name}: {flipped}"
                    );
                }
            }
            // The secret key.
            for flipped in flips(sk, sk.len() / 2) {
                assert!(
                    !holds(&vector, target, &headers, body, authorization, &flipped),
                    "{name}"
                );
            }
            // The last letter of the path.
            let end = target.find('?').unwrap_or(target.len()) - 1;
            if target.as_bytes()[end] != b'/' {
                let other = format!("{}Z{}", &target[..end], &target[end + 1..]);
                assert!(
                    !holds(&vector, &other, &headers, body, authorization, sk),
                    "{name}: {other}"
                );
            }
            // A query that was not there.
            let longer = format!("{target}{}extra=1", if target.contains('?') { '&' } else { '?' });
            assert!(!holds(&vector, &longer, &headers, body, authorization, sk), "{name}");
            // Each signed header.
            let signed = Claim::of(authorization).expect("recorded").signed_headers;
            for header in signed.split(';') {
                let mut changed = headers.clone();
                let mut value = headers[header].as_bytes().to_vec();
                value.push(b'0');
                changed.insert(
                    HeaderName::from_bytes(header.as_bytes()).expect("recorded"),
                    HeaderValue::from_bytes(&value).expect("still a value"),
                );
                assert!(
                    !holds(&vector, target, &changed, body, authorization, sk),
                    "{name}: {header}"
                );
                let mut fewer = headers.clone();
                fewer.remove(header);
                assert!(
                    !holds(&vector, target, &fewer, body, authorization, sk),
                    "{name}: without {header}"
                );
            }
            // The body, where it is covered.
            if !headers.contains_key("x-sdk-content-sha256") {
                let longer = [body, b"x"].concat();
                assert!(!holds(&vector, target, &headers, &longer, authorization, sk), "{name}");
            }
        }
    }

    fn flips(text: &str, at: usize) -> impl Iterator<Item = String> {
        (0..7).filter_map(move |bit| {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            String::from_utf8(bytes).ok()
        })
    }

    #[test]
    fn the_date_must_be_among_the_signed_headers() {
        let headers = HeaderMap::from_iter([
            (HOST, HeaderValue::from_static("example")),
            (
                HeaderName::from_static(DATE),
                HeaderValue::from_static("20260115T083000Z"),
            ),
        ]);
        let request = Signed {
            method: "GET",
            path: "/",
            query: "",
            headers: &headers,
            authority: None,
            body: b"",
        };
        let canonical = request.canonical("host", sha256(b"").as_bytes()).expect("it is there");
        let text = format!("{ALGORITHM}\n20260115T083000Z\n{}", sha256(&canonical));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"sk"), text.as_bytes());
        let authorization = format!(
            "{ALGORITHM} Access=ak, SignedHeaders=host, Signature={}",
            hex::encode(tag)
        );
        assert!(!Claim::of(&authorization).expect("well-formed").holds(&request, "sk"));
    }

    #[test]
    fn what_is_no_claim_is_none() {
        assert!(Claim::of("Bearer x").is_none());
        assert!(Claim::of("SDK-HMAC-SHA256 Access=a, SignedHeaders=b").is_none());
        assert!(Claim::of("SDK-HMAC-SHA256Access=a, SignedHeaders=b, Signature=c").is_none());
        assert!(Claim::of("V11-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c").is_none());
    }
}
