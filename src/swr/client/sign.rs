//! `SDK-HMAC-SHA256`, the request signature of the vendor's API gateway, stage by stage as values.
//!
//! Follows the vendor's API signing guide and was compared with the Python SDK's signer: every stage has recorded vectors
//! in `tests/signing_vectors.json`. Knows nothing of clocks, sockets or this service's calls.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode, utf8_percent_encode};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use crate::model::Keys;

const ALGORITHM: &str = "SDK-HMAC-SHA256";
const DATE_HEADER: &str = "x-sdk-date";
const PAYLOAD_HEADER: &str = "x-sdk-content-sha256";
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// The SHA-256 of nothing, which is the body of every GET.
const EMPTY_PAYLOAD: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: &AsciiSet = &NAME.remove(b'/');

/// A request as it will go over the wire, without what the signature adds.
#[derive(Clone, Copy, Debug)]
pub(in crate::swr) struct Unsigned<'a> {
    /// In upper case.
    pub(in crate::swr) method: &'a str,
    /// As sent, percent-encoded.
    pub(in crate::swr) path: &'a str,
    /// Names and values before encoding.
    pub(in crate::swr) query: &'a [(&'a str, &'a str)],
    /// The headers to sign, in any order and case.
    pub(in crate::swr) headers: &'a [(&'a str, &'a str)],
    /// Empty where there is none.
    pub(in crate::swr) body: &'a [u8],
}

impl Unsigned<'_> {
    /// Bodies that are not JSON are not hashed: the SDKs say so in a header, which is then signed.
    fn has_unsigned_payload(&self) -> bool {
        self.headers.iter().any(|(name, value)| {
            let value = value.trim();
            name.eq_ignore_ascii_case("content-type")
                && !value.starts_with("application/json")
                && !value.starts_with("application/bson")
        })
    }
}

/// The first stage: the request in its one canonical spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::swr) struct CanonicalRequest {
    text: String,
    signed_headers: String,
}

impl CanonicalRequest {
    /// `date` is the value of `X-Sdk-Date`.
    pub(in crate::swr) fn new(request: &Unsigned<'_>, date: &str) -> Self {
        let headers = canonical_headers(request, date);
        let signed_headers = headers
            .iter()
            .map(|(name, _)| name.as_ref())
            .collect::<Vec<_>>()
            .join(";");
        let mut text = String::with_capacity(512);
        text.push_str(request.method);
        text.push('\n');
        push_path(&mut text, request.path);
        text.push('\n');
        push_query(&mut text, request.query);
        text.push('\n');
        for (name, value) in &headers {
            text.push_str(name);
            text.push(':');
            text.push_str(value);
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&signed_headers);
        text.push('\n');
        // The Python signer hashes an empty body even where the header says that the body is not signed.
        if request.body.is_empty() {
            text.push_str(EMPTY_PAYLOAD);
        } else if request.has_unsigned_payload() {
            text.push_str(UNSIGNED_PAYLOAD);
        } else {
            text.push_str(&in_hex(Sha256::digest(request.body).as_ref()));
        }
        Self { text, signed_headers }
    }
}

/// The SHA-256 of a canonical request, in hex.
fn hash(canonical: &str) -> String {
    in_hex(Sha256::digest(canonical.as_bytes()).as_ref())
}

/// Lower-case names in byte order, values without outer white space. Names with `_` are sent and not signed.
fn canonical_headers<'a>(request: &Unsigned<'a>, date: &'a str) -> Vec<(Cow<'a, str>, &'a str)> {
    let added = [
        Some((DATE_HEADER, date)),
        request
            .has_unsigned_payload()
            .then_some((PAYLOAD_HEADER, UNSIGNED_PAYLOAD)),
    ];
    let mut headers: Vec<_> = request
        .headers
        .iter()
        .copied()
        .chain(added.into_iter().flatten())
        .filter(|(name, _)| !name.contains('_'))
        .map(|(name, value)| (lower_case(name), value.trim()))
        .collect();
    headers.sort_unstable();
    headers
}

fn lower_case(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// Decoded, then encoded: an encoded slash becomes a real one, as in the Python signer. The slash at the end stands in
/// the canonical text only, never on the wire.
fn push_path(text: &mut String, path: &str) {
    if path.bytes().all(is_plain) {
        text.push_str(path);
    } else {
        let decoded: Cow<'_, [u8]> = percent_decode_str(path).into();
        text.extend(percent_encode(&decoded, PATH));
    }
    if !text.ends_with('/') {
        text.push('/');
    }
}

/// Whether it stands for itself in a path, encoded or not.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/')
}

/// Sorted by name, then by value; an empty value keeps its `=`.
fn push_query(text: &mut String, query: &[(&str, &str)]) {
    let mut query = query.to_vec();
    query.sort_unstable();
    for (index, (name, value)) in query.into_iter().enumerate() {
        if index > 0 {
            text.push('&');
        }
        text.extend(utf8_percent_encode(name, NAME));
        text.push('=');
        text.extend(utf8_percent_encode(value, NAME));
    }
}

/// The query as it goes over the wire, which is its canonical spelling: what is signed is what is sent.
pub(in crate::swr) fn wire_query(query: &[(&str, &str)]) -> String {
    let mut text = String::new();
    push_query(&mut text, query);
    text
}

/// The second stage: what the key signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::swr) struct StringToSign(String);

impl StringToSign {
    /// `hash` is that of the canonical request, `date` the value of `X-Sdk-Date`.
    pub(in crate::swr) fn new(hash: &str, date: &str) -> Self {
        Self([ALGORITHM, "\n", date, "\n", hash].concat())
    }
}

/// The first lines of a canonical GET.
const BEFORE_PATH: &str = "GET\n";

/// The parts of a signature that depend on the second and not on the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::swr) struct Stamp {
    /// The second for which it is good, from the Unix epoch.
    pub(in crate::swr) second: i64,
    /// `X-Sdk-Date`.
    pub(in crate::swr) date: String,
    /// The canonical request behind the query.
    after_query: String,
    before_signature: String,
}

/// What the signature adds to a request of any kind.
#[cfg(test)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::swr) struct Signed {
    /// `X-Sdk-Date`.
    pub(in crate::swr) date: String,
    /// `Authorization`.
    pub(in crate::swr) authorization: String,
}

/// An access key, ready to sign.
#[derive(Clone)]
pub(in crate::swr) struct Signer {
    access_key: Arc<str>,
    /// The secret after its key schedule, which is the same for every request.
    key: Hmac<Sha256>,
}

impl Signer {
    pub(in crate::swr) fn new(keys: &Keys) -> Self {
        let secret = keys.secret_key.expose_secret().as_bytes();
        Self {
            access_key: Arc::clone(&keys.access_key),
            key: Hmac::new_from_slice(secret).expect("HMAC takes keys of any length"),
        }
    }

    /// Signs any request as of `now`: the way through all stages that the recorded vectors hold. The gateway refuses a date
    /// that is more than 15 minutes off its own clock.
    ///
    /// For a body that is not JSON the caller also sends `X-Sdk-Content-Sha256: UNSIGNED-PAYLOAD`.
    #[cfg(test)]
    pub(in crate::swr) fn sign(&self, request: &Unsigned<'_>, now: Timestamp) -> Signed {
        let date = sdk_date(now);
        let canonical = CanonicalRequest::new(request, &date);
        let signature = self.signature(&StringToSign::new(&hash(&canonical.text), &date));
        Signed {
            authorization: self.authorization(&canonical, &signature),
            date,
        }
    }

    /// The third stage. The secret itself is the key; nothing is derived from date or region.
    fn signature(&self, text: &StringToSign) -> String {
        let mut mac = self.key.clone();
        mac.update(text.0.as_bytes());
        in_hex(mac.finalize().into_bytes().as_ref())
    }

    /// What all GETs that are sent in one second have in common.
    pub(in crate::swr) fn stamp(&self, headers: &[(&str, &str)], now: Timestamp) -> Stamp {
        let date = sdk_date(now);
        let request = Unsigned {
            method: "GET",
            path: "/",
            query: &[],
            headers,
            body: b"",
        };
        let canonical = CanonicalRequest::new(&request, &date);
        Stamp {
            after_query: canonical.text[BEFORE_PATH.len() + "/\n".len()..].to_owned(),
            before_signature: self.authorization(&canonical, ""),
            second: now.as_second(),
            date,
        }
    }

    /// The value of `Authorization` for a GET of that path, in the stamp's second. `query` as in [`Unsigned`].
    pub(in crate::swr) fn sign_get(&self, path: &str, query: &[(&str, &str)], stamp: &Stamp) -> String {
        let mut text = String::with_capacity(BEFORE_PATH.len() + path.len() + 2 + stamp.after_query.len());
        text.push_str(BEFORE_PATH);
        push_path(&mut text, path);
        text.push('\n');
        push_query(&mut text, query);
        text.push_str(&stamp.after_query);
        let signature = self.signature(&StringToSign::new(&hash(&text), &stamp.date));
        [&*stamp.before_signature, &*signature].concat()
    }

    fn authorization(&self, request: &CanonicalRequest, signature: &str) -> String {
        format!(
            "{ALGORITHM} Access={}, SignedHeaders={}, Signature={signature}",
            self.access_key, request.signed_headers
        )
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer([REDACTED])")
    }
}

/// Into a buffer of its own: [`hex::encode`] collects its text digit by digit, which for every request costs more than
/// hashing it.
fn in_hex(hash: &[u8]) -> String {
    let mut digits = vec![0; 2 * hash.len()];
    hex::encode_to_slice(hash, &mut digits).expect("two digits for every byte");
    String::from_utf8(digits).expect("digits are ASCII")
}

/// `YYYYMMDDTHHMMSSZ`, in UTC.
fn sdk_date(now: Timestamp) -> String {
    let mut date = String::with_capacity(16);
    write!(date, "{}", now.strftime("%Y%m%dT%H%M%SZ")).expect("the format is valid and text takes everything");
    date
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

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
        ak: String,
        sk: String,
        x_sdk_date: String,
        method: String,
        wire_path: String,
        query: Vec<(String, String)>,
        headers_before_signing: BTreeMap<String, String>,
        wire_headers_unsigned: BTreeMap<String, String>,
        body: Option<String>,
        canonical_request: String,
        canonical_request_sha256: String,
        string_to_sign: String,
        signature: String,
        authorization: String,
    }

    impl Vector {
        /// What the caller gave, and what was on the wire beside it; without the two headers that signing itself adds.
        fn headers(&self) -> BTreeMap<&str, &str> {
            let wire = self.wire_headers_unsigned.iter();
            wire.chain(&self.headers_before_signing)
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .filter(|(name, _)| !matches!(*name, "X-Sdk-Date" | "X-Sdk-Content-Sha256"))
                .collect()
        }
    }

    fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
        pairs.into_iter().collect()
    }

    #[test]
    fn every_recorded_vector_agrees_at_every_stage() {
        let vectors: Vectors =
            serde_json::from_str(include_str!("../../../tests/signing_vectors.json")).expect("the vectors are valid");
        let mut checked = 0;
        for vector in vectors.vectors.iter().filter(|vector| vector.algorithm == ALGORITHM) {
            let name = &vector.name;
            let headers = pairs(vector.headers());
            let query = pairs(vector.query.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            let request = Unsigned {
                method: &vector.method,
                path: &vector.wire_path,
                query: &query,
                headers: &headers,
                body: vector.body.as_deref().unwrap_or_default().as_bytes(),
            };
            let signer = Signer::new(&Keys {
                access_key: vector.ak.as_str().into(),
                secret_key: vector.sk.clone().into(),
                security_token: None,
            });

            let canonical = CanonicalRequest::new(&request, &vector.x_sdk_date);
            assert_eq!(canonical.text, vector.canonical_request, "{name}: canonical request");
            let signed_query = vector.canonical_request.lines().nth(2);
            assert_eq!(Some(&*wire_query(&query)), signed_query, "{name}: query on the wire");
            assert_eq!(
                hash(&canonical.text),
                vector.canonical_request_sha256,
                "{name}: its hash"
            );
            let text = StringToSign::new(&hash(&canonical.text), &vector.x_sdk_date);
            assert_eq!(text.0, vector.string_to_sign, "{name}: string to sign");
            assert_eq!(signer.signature(&text), vector.signature, "{name}: signature");

            let now: Timestamp = vector.x_sdk_date.parse().expect("a date in the basic format");
            let added = signer.sign(&request, now);
            assert_eq!(added.date, vector.x_sdk_date, "{name}: date");
            assert_eq!(added.authorization, vector.authorization, "{name}: authorization");
            checked += 1;
        }
        assert_eq!(checked, 32, "all but the one of the derived algorithm");
    }

    #[test]
    fn a_stamped_signature_is_the_one_of_the_whole_way() {
        let signer = Signer::new(&Keys {
            access_key: "AccessKey".into(),
            secret_key: "SecretKey".to_owned().into(),
            security_token: None,
        });
        let headers = [
            ("content-type", "application/json"),
            ("host", "swr.example"),
            ("x-project-id", "0a"),
        ];
        let now: Timestamp = "2026-11-24T12:00:00.25Z".parse().expect("a time");
        let stamp = signer.stamp(&headers, now);
        for path in [
            "/",
            "/v2/manage/namespaces/a",
            "/v2/a-b_c~d.e/x%24y/z",
            "/a%2Fb",
            "/%e4/a b",
            "/a/",
        ] {
            for query in [&[][..], &[("limit", "10"), ("filter", "a::b|c")][..]] {
                let whole = Unsigned {
                    method: "GET",
                    path,
                    query,
                    headers: &headers,
                    body: b"",
                };
                let Signed { date, authorization } = signer.sign(&whole, now);
                let stamped = signer.sign_get(path, query, &stamp);
                assert_eq!((&*stamp.date, stamped), (&*date, authorization), "{path}");
            }
        }
    }

    #[test]
    fn a_signer_does_not_show_its_key() {
        let signer = Signer::new(&Keys {
            access_key: "AccessKey".into(),
            secret_key: "SecretKey".to_owned().into(),
            security_token: None,
        });
        assert_eq!(format!("{signer:?}"), "Signer([REDACTED])");
    }
}
