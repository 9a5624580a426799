//! Keeps our own credentials out of what is kept of answers.
//!
//! Error texts of the gateway repeat the access key (recorded: `ak ... not exist`), and a proxy may echo whole requests,
//! signatures among them. What reaches a journal or a report must not hold them, nor what would be read as one later: JSON
//! writers escape `/` and `=`, which tokens are full of, and characters that nobody sees are dropped from every text before
//! it is shown. A secret is found as it is, with JSON escapes, percent-encoded, in base64 or base64url wherever it begins,
//! with JSON escapes around these, in UTF-16, and in each of them across white space, characters that [`plain`] drops and
//! bytes that are no text: a header is folded at any place, and cleaning changes what is in between. Nothing deeper is searched.
//!
//! Bodies are redacted and never cleaned. Texts are cleaned first, and then redacted: [`Redaction::text`] is the only way
//! from foreign words to a text.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};

use super::lossless;
use crate::model::{Credential, is_unseen};
use crate::swr::wire::plain::plain;

const MARK: &str = "***";

/// Shorter text is no secret that anything could be searched for. White space does not count.
const SHORTEST: usize = 4;

/// In a 200 answer a short test key may be an honest name. Real keys and tokens are 20 characters and longer.
const SHORTEST_IN_CONTENT: usize = 16;

/// So many credentials are looked for in an answer: the current one and those before it. One lives for hours, an answer
/// for seconds.
const REMEMBERED: usize = 4;

/// In front of a signature's hexadecimal digits.
const SIGNATURE: &str = "Signature=";

/// So many hexadecimal digits are a whole signature.
const SIGNATURE_DIGITS: usize = 64;

/// What must not be kept.
pub(in crate::swr) struct Redaction {
    /// By credential, the newest first.
    credentials: Vec<Vec<SecretString>>,
    /// For answers other than 200, and for texts.
    all: Needles,
    /// For answers with 200.
    in_content: Needles,
}

/// A body, and whether it held anything that it must not hold.
pub(in crate::swr) struct Redacted {
    pub(in crate::swr) body: Vec<u8>,
    pub(in crate::swr) held_secret: bool,
}

impl Redaction {
    /// Of a credential, and of secrets that whoever stands on the way to the service was shown.
    pub(in crate::swr) fn new(credential: &Credential, beside: &[SecretString]) -> Self {
        Self::of_secrets([&secrets_of(credential), beside].concat())
    }

    /// Of secrets that are no credential of the service.
    pub(in crate::swr) fn of_secrets(secrets: Vec<SecretString>) -> Self {
        Self::of(vec![secrets])
    }

    /// This one, remembering those before it.
    pub(in crate::swr) fn after(self, before: &Self) -> Self {
        let mut credentials = self.credentials;
        credentials.extend(before.credentials.iter().cloned());
        credentials.truncate(REMEMBERED);
        Self::of(credentials)
    }

    fn of(credentials: Vec<Vec<SecretString>>) -> Self {
        let needles = |shortest| {
            let secrets = credentials.iter().flatten().map(SecretString::expose_secret);
            let secrets = secrets.filter(|secret| secret.len() >= shortest);
            Needles::of(secrets.flat_map(spellings).filter(|needle| needle.len() >= shortest))
        };
        Self {
            all: needles(SHORTEST),
            in_content: needles(SHORTEST_IN_CONTENT),
            credentials,
        }
    }

    /// The body without the credential, should it echo it.
    pub(in crate::swr) fn body(&self, status: u16, body: Vec<u8>) -> Redacted {
        let needles = if status == 200 { &self.in_content } else { &self.all };
        if let Ok(text) = std::str::from_utf8(&body) {
            let redacted = needles.replace(text);
            return Redacted {
                held_secret: redacted.is_some(),
                body: redacted.map_or(body, String::into_bytes),
            };
        }
        let Some(redacted) = needles.replace(&lossless::text(&body)) else {
            return Redacted {
                body,
                held_secret: false,
            };
        };
        let mut body = lossless::bytes(&redacted);
        // What is not UTF-8 is not JSON, and must not become it by being changed.
        if std::str::from_utf8(&body).is_ok() {
            body.push(b'\xff');
        }
        Redacted {
            body,
            held_secret: true,
        }
    }

    /// Foreign words as they may be shown: cleaned, without the credential, and no longer than that. Cut last: a part of a
    /// secret could not be found any more.
    pub(in crate::swr) fn text(&self, text: &str, limit: usize) -> String {
        let cleaned = plain(text, usize::MAX);
        match self.all.replace(&cleaned) {
            Some(redacted) => plain(&redacted, limit),
            None => plain(&cleaned, limit),
        }
    }
}

fn secrets_of(credential: &Credential) -> Vec<SecretString> {
    match credential {
        Credential::Keys(keys) => {
            let access_key = SecretString::from(keys.access_key.to_string());
            let mut secrets = vec![keys.secret_key.clone(), access_key];
            secrets.extend(keys.security_token.clone());
            secrets
        }
        Credential::Token(token) => vec![token.clone()],
    }
}

/// The texts that are looked for: each secret in each of its encodings.
struct Needles {
    /// By their first character, the longest first: one may be part of another.
    by_first: BTreeMap<char, Vec<SecretString>>,
    /// Finds, in one pass, how any of them begins, and signatures; `None` where they are too many for it.
    beginnings: Option<AhoCorasick>,
}

/// How much of a needle is enough to suspect it.
const BEGINNING: usize = 12;

impl Needles {
    fn of(needles: impl Iterator<Item = String>) -> Self {
        let mut needles: Vec<String> = needles.collect();
        needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
        let beginning = |needle: &String| needle[..needle.floor_char_boundary(BEGINNING)].to_owned();
        let beginnings = needles.iter().map(beginning).chain([SIGNATURE.to_owned()]);
        // With matches of the usual kind it steps through every byte; for those of this kind it has vector instructions.
        let mut builder = AhoCorasick::builder();
        let beginnings = builder.match_kind(MatchKind::LeftmostFirst).build(beginnings).ok();
        let mut by_first: BTreeMap<char, Vec<SecretString>> = BTreeMap::new();
        for needle in needles {
            let first = needle.chars().next().expect("no secret is empty");
            by_first.entry(first).or_default().push(needle.into());
        }
        Self { by_first, beginnings }
    }

    /// `None` where there is nothing to hide: the common case costs a search and no copy.
    fn replace(&self, text: &str) -> Option<String> {
        if !self.is_suspect(text) {
            return None;
        }
        let mut kept = String::with_capacity(text.len());
        let mut has_found = false;
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let hidden = self.hidden(rest);
            has_found |= hidden.is_some();
            match hidden {
                Some(_) => kept.push_str(MARK),
                None => kept.push(next),
            }
            rest = &rest[hidden.unwrap_or(next.len_utf8())..];
        }
        has_found.then_some(kept)
    }

    /// Whether one may be in the text: as it is, with white space within, or behind an escape or a character that is dropped.
    fn is_suspect(&self, text: &str) -> bool {
        if has(text, |byte| {
            !matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t') || matches!(byte, b'\\' | b'%')
        }) {
            return true;
        }
        // A set that is too large for it is searched for the slow way.
        let Some(beginnings) = &self.beginnings else {
            return true;
        };
        // The service writes no white space between the values of its lists: mostly there is nothing to copy.
        if has(text, |byte| byte.is_ascii_whitespace()) {
            let unbroken: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
            return beginnings.is_match(&unbroken);
        }
        beginnings.is_match(text)
    }

    /// How much of the front of the text is not to be kept.
    fn hidden(&self, text: &str) -> Option<usize> {
        let first = text.chars().next()?;
        // Nearly all characters end here, and a list of repositories has millions.
        if !matches!(first, '\\' | '%') && !SIGNATURE.starts_with(first) && !self.by_first.contains_key(&first) {
            return None;
        }
        Spelling::ALL.into_iter().find_map(|spelling| {
            let (first, _) = spelling.read(text)?;
            let mut needles = self.by_first.get(&first).into_iter().flatten();
            let secret = needles.find_map(|needle| spelling.front(text, needle.expose_secret()));
            secret.or_else(|| spelling.signature(text))
        })
    }
}

/// Whether such a byte is in the text. Looks at all of them, since there mostly is none: without a way out in between the
/// compiler takes many at a time.
fn has(text: &str, is_such: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(false, |has, byte| has | is_such(byte))
}

/// Whether a secret is looked for on both sides of a character: cleaning drops or changes it, or a reader would.
fn is_passed_over(c: char) -> bool {
    c.is_whitespace() || is_unseen(c) || c == char::REPLACEMENT_CHARACTER || lossless::is_byte(c)
}

/// A text without what is passed over in the other one: a secret may hold such characters itself.
fn bare(text: &str) -> String {
    text.chars().filter(|&c| !is_passed_over(c)).collect()
}

/// A secret as it is; as bytes of UTF-16 that are taken for another text; and what of its base64 does not depend on what
/// stands before and behind it, for each of the three places in a group at which it may begin.
fn spellings(secret: &str) -> Vec<String> {
    let mut spellings = vec![bare(secret)];
    if !secret.is_ascii() {
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = secret.encode_utf16().flat_map(order).collect();
            spellings.push(bare(&lossless::text(&bytes)));
        }
    }
    for before in 0..3 {
        let padded = [vec![0; before], secret.as_bytes().to_vec()].concat();
        let encoded = STANDARD.encode(&padded);
        // A character has six bits: those that hold a bit of what is before or behind are left out.
        let (start, end) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        let inner = &encoded[start..end];
        let for_urls = inner.replace('+', "-").replace('/', "_");
        if for_urls != inner {
            spellings.push(for_urls);
        }
        spellings.push(inner.to_owned());
    }
    spellings
}

/// How a text may be written down: as it is, with JSON's escapes, percent-encoded, or with JSON's escapes around that.
#[derive(Clone, Copy)]
struct Spelling {
    is_json: bool,
    is_percent: bool,
}

impl Spelling {
    const PLAIN: Self = Self::of(false, false);
    const ALL: [Self; 4] = [
        Self::PLAIN,
        Self::of(true, false),
        Self::of(false, true),
        Self::of(true, true),
    ];

    const fn of(is_json: bool, is_percent: bool) -> Self {
        Self { is_json, is_percent }
    }

    /// The first character as it is meant, and its length as it is written.
    fn read(self, text: &str) -> Option<(char, usize)> {
        let (first, length) = self.letter(text)?;
        if self.is_percent
            && first == '%'
            && let Some((meant, more)) = self.percent_escape(&text[length..])
        {
            return Some((meant, length + more));
        }
        Some((first, length))
    }

    /// The first character without a look at percent signs.
    fn letter(self, text: &str) -> Option<(char, usize)> {
        let first = text.chars().next()?;
        if self.is_json
            && first == '\\'
            && let Some((meant, more)) = json_escape(&text[1..])
        {
            return Some((meant, 1 + more));
        }
        Some((first, first.len_utf8()))
    }

    /// The first character that is not passed over, and where it ends. Such characters may stand within an escape, too.
    fn seen_letter(self, text: &str) -> Option<(char, usize)> {
        let mut end = 0;
        loop {
            let (letter, length) = self.letter(&text[end..])?;
            end += length;
            if !is_passed_over(letter) {
                return Some((letter, end));
            }
        }
    }

    /// How long `wanted` is at the front of the text, if it is there.
    fn front(self, text: &str, wanted: &str) -> Option<usize> {
        let mut length = 0;
        for expected in wanted.chars() {
            loop {
                let (actual, more) = self.read(&text[length..])?;
                if actual != expected && (length == 0 || !is_passed_over(actual)) {
                    return None;
                }
                length += more;
                if actual == expected {
                    break;
                }
            }
        }
        Some(length)
    }

    /// How long a signature is at the front of the text, with its name.
    fn signature(self, text: &str) -> Option<usize> {
        let mut length = self.front(text, SIGNATURE)?;
        let (mut end, mut digits) = (length, 0);
        while digits < SIGNATURE_DIGITS
            && let Some((letter, more)) = self.read(&text[end..])
            && (letter.is_ascii_hexdigit() || is_passed_over(letter))
        {
            end += more;
            if letter.is_ascii_hexdigit() {
                digits += 1;
                length = end;
            }
        }
        (digits > 0).then_some(length)
    }

    /// What stands behind a percent sign, with its length: a character is as many bytes as its first one says.
    fn percent_escape(self, rest: &str) -> Option<(char, usize)> {
        let (first, mut end) = self.byte(rest)?;
        let mut bytes = vec![first];
        while bytes.len() < first.leading_ones() as usize {
            let ('%', sign) = self.seen_letter(&rest[end..])? else {
                return None;
            };
            let (byte, length) = self.byte(&rest[end + sign..])?;
            bytes.push(byte);
            end += sign + length;
        }
        let meant = std::str::from_utf8(&bytes).ok()?.chars().next()?;
        Some((meant, end))
    }

    fn byte(self, text: &str) -> Option<(u8, usize)> {
        let (number, end) = self.hex_digits(text, 2)?;
        Some((u8::try_from(number).ok()?, end))
    }

    /// The number that so many hexadecimal digits at the front are, and where they end.
    fn hex_digits(self, text: &str, count: usize) -> Option<(u32, usize)> {
        let (mut number, mut end) = (0, 0);
        for _ in 0..count {
            let (letter, length) = self.seen_letter(&text[end..])?;
            number = number * 16 + letter.to_digit(16)?;
            end += length;
        }
        Some((number, end))
    }
}

/// What stands behind a backslash, with its length.
fn json_escape(rest: &str) -> Option<(char, usize)> {
    let (kind, end) = Spelling::PLAIN.seen_letter(rest)?;
    let meant = match kind {
        '/' | '"' | '\\' => kind,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return utf16_escape(rest, end),
        _ => return None,
    };
    Some((meant, end))
}

/// The character whose digits begin there: one unit of UTF-16, or two with an escape each.
fn utf16_escape(rest: &str, start: usize) -> Option<(char, usize)> {
    let unit = |start: usize| {
        let (unit, length) = Spelling::PLAIN.hex_digits(&rest[start..], 4)?;
        Some((u16::try_from(unit).ok()?, start + length))
    };
    let (high, end) = unit(start)?;
    if let Some(character) = char::from_u32(high.into()) {
        return Some((character, end));
    }
    let ('\\', backslash) = Spelling::PLAIN.seen_letter(&rest[end..])? else {
        return None;
    };
    let ('u', u) = Spelling::PLAIN.seen_letter(&rest[end + backslash..])? else {
        return None;
    };
    let (low, end) = unit(end + backslash + u)?;
    let character = char::decode_utf16([high, low]).next()?.ok()?;
    Some((character, end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Keys;

    fn redaction(access_key: &str) -> Redaction {
        let keys = Keys {
            access_key: access_key.into(),
            secret_key: format!("{access_key}+secret").into(),
            security_token: Some("a-security-token".to_owned().into()),
        };
        Redaction::new(&Credential::Keys(keys), &[])
    }

    fn token(token: &str) -> Redaction {
        Redaction::new(&Credential::Token(token.to_owned().into()), &[])
    }

    fn body(redaction: &Redaction, status: u16, text: &str) -> String {
        let redacted = redaction.body(status, text.as_bytes().to_vec());
        let body = String::from_utf8(redacted.body).expect("text stays text");
        assert_eq!(redacted.held_secret, body != text, "{text}");
        body
    }

    /// With that behind each of its characters.
    fn spread(text: &str, between: &str) -> String {
        let mut spread = String::new();
        for character in text.chars() {
            spread.push(character);
            spread.push_str(between);
        }
        spread
    }

    #[test]
    fn echoed_credentials_are_replaced() {
        let redaction = redaction("HST3ACCESSKEY0123456");
        for (status, text, kept) in [
            (401, "ak HST3ACCESSKEY0123456 not exist", "ak *** not exist"),
            (400, "HST3ACCESSKEY0123456+secret a-security-token", "*** ***"),
            (200, "[\"HST3ACCESSKEY0123456\"]", "[\"***\"]"),
            (200, "[]", "[]"),
        ] {
            assert_eq!(body(&redaction, status, text), kept);
        }
        assert_eq!(redaction.text("bad a-security-token", 200), "bad ***");
        let not_text = redaction.body(502, b"\xff HST3ACCESSKEY0123456".to_vec());
        assert_eq!(not_text.body, b"\xff ***");
    }

    #[test]
    fn credentials_that_ran_out_are_replaced_for_a_while() {
        let numbered = |number| token(&format!("the-token-number-{number}"));
        let redaction = (1..=REMEMBERED).fold(numbered(0), |before, number| numbered(number).after(&before));
        for number in 1..=REMEMBERED {
            let text = format!("[\"the-token-number-{number}\"]");
            assert_eq!(body(&redaction, 200, &text), "[\"***\"]", "{number}");
        }
        assert_eq!(redaction.text("the-token-number-0", 200), "the-token-number-0");
    }

    #[test]
    fn echoed_signatures_are_replaced() {
        let redaction = redaction("HST3ACCESSKEY0123456");
        for (text, kept) in [
            ("SignedHeaders=host, Signature=0aF9 x", "SignedHeaders=host, *** x"),
            (r#""Signature\u003d0af9""#, r#""***""#),
            ("Signature%3D0af9", "***"),
            ("Signature=", "Signature="),
            ("Signature=\u{200b}0\u{200b}aF9 x", "*** x"),
            ("Signa\tture = 0a\n F9 x", "*** x"),
            (r"Signature=\u0030\u0061f9 x", "*** x"),
        ] {
            assert_eq!(body(&redaction, 200, text), kept);
        }
    }

    #[test]
    fn escapes_hide_nothing() {
        let redaction = token("token/with+signs\\and%41==");
        for (text, kept) in [
            (r#"["token\/with+signs\\and%41\u003d\u003D"]"#, r#"["***"]"#),
            (r#"["\u0074oken/with\u002bsigns\\and%41=="] \u00"#, r#"["***"] \u00"#),
            (r#"["\ntoken/with+signs\\and%41=="]"#, r#"["\n***"]"#),
            (r#"["\ud83d\x"]"#, r#"["\ud83d\x"]"#),
            ("token%2Fwith%2bsigns%5Cand%2541%3d%3D", "***"),
            ("token/with+signs\\and%41==", "***"),
            ("100 % of %zz %", "100 % of %zz %"),
        ] {
            assert_eq!(body(&redaction, 200, text), kept);
        }
    }

    /// Cleaning put together again what redaction had not seen.
    #[test]
    fn characters_that_are_dropped_hide_nothing() {
        let secret = "HST3-secret-token-0123";
        let redaction = token(secret);
        let with = |between: &str| spread(secret, between);
        for between in [
            "\0",
            "\u{200b}",
            "\u{7}",
            "\u{202e}",
            "\u{ad}",
            "\u{e0041}",
            "\u{200b}\u{200b}",
            "\\u0000",
            "\\u200B",
        ] {
            let text = format!("x {} y", with(between));
            let kept = body(&redaction, 401, &text);
            assert!(!plain(&kept, 1000).contains("secret"), "{between:?}: {kept}");
            assert!(kept.starts_with("x ***"), "{between:?}: {kept}");
            let shown = redaction.text(&text, 1000);
            assert!(!shown.contains("secret"), "{between:?}: {shown}");
        }
        let wide: Vec<u8> = secret.bytes().flat_map(|byte| [0, byte]).collect();
        assert_eq!(redaction.body(401, wide).body, b"\0***");
    }

    /// Folding wraps a long header, and a blank takes the place of each tab and line break in a text.
    #[test]
    fn white_space_within_a_secret_hides_nothing() {
        let secret = "HST3-secret-token-0123";
        let redaction = token(secret);
        let base64 = STANDARD.encode(secret);
        for between in [
            "\t", "\n", "\r\n ", " ", "  ", "\u{a0}", "\u{3000}", "\\n", "\\t", "%0d%0a",
        ] {
            let folded = format!("{}{between}{}", &secret[..5], &secret[5..]);
            for written in [&folded, &spread(secret, between), &spread(&base64, between)] {
                let text = format!("x {written}");
                assert!(body(&redaction, 403, &text).starts_with("x ***"), "{text:?}");
                assert!(redaction.text(&text, 1000).starts_with("x ***"), "{text:?}");
            }
        }
        for text in ["HST3-secret token-0123\n", "{\n  \"HST3\": \"secret-token\"\n}"] {
            assert_eq!(body(&redaction, 403, text), text);
        }
    }

    /// Texts are cleaned before they are searched: nothing that cleaning takes away may be expected there.
    #[test]
    fn a_secret_that_cleaning_changes_is_found() {
        for secret in [
            "my  secret pw",
            "my\tsecret pw",
            "my\u{a0}secret\u{a0}pw",
            "my\u{200b}secret\u{feff}pw",
            " my secret pw  ",
            "my\u{fffd}secret pw",
        ] {
            let redaction = token(secret);
            let percent = secret.bytes().map(|byte| format!("%{byte:02x}"));
            let percent = percent.collect::<Vec<_>>().concat();
            for written in [secret, &percent, &STANDARD.encode(secret)] {
                let shown = redaction.text(&format!("403 no {written}"), 1000);
                assert!(shown.contains(MARK) && !shown.contains("pw"), "{secret:?}: {shown}");
                let kept = body(&redaction, 403, &format!("no {written}."));
                assert!(kept.contains(MARK) && !kept.contains("pw"), "{secret:?}: {kept}");
            }
        }
    }

    #[test]
    fn secrets_of_any_letters_are_found_in_utf_16() {
        for secret in [
            "pA\"s/w\\0rd+x&\u{fc}",
            "p\u{e4}ssw\u{f6}rt",
            "\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}",
            "\u{5bc6}\u{7801}-\u{4e2d}\u{6587}-2026",
        ] {
            let redaction = token(secret);
            for order in [u16::to_le_bytes, u16::to_be_bytes] {
                let wide = |text: &str| text.encode_utf16().flat_map(order).collect::<Vec<_>>();
                let Redacted { body, held_secret } = redaction.body(403, wide(&format!("no {secret} end")));
                assert!(held_secret, "{secret}");
                let shown = plain(&String::from_utf8_lossy(&body), 1000);
                assert!(shown.starts_with("no ") && shown.contains(" end"), "{secret}: {shown}");
                let inner = wide(secret);
                assert!(!body.windows(6).any(|part| part == &inner[4..10]), "{secret}: {body:?}");
                let shown = redaction.text(&String::from_utf8_lossy(&wide(secret)), 1000);
                assert!(shown.contains(MARK), "{secret}: {shown}");
            }
        }
        let redaction = token("p\u{e4}ssw\u{f6}rt");
        assert_eq!(redaction.body(403, b"no p\xe4ssw\xf6rt.".to_vec()).body, b"no ***.\xff");
    }

    #[test]
    fn what_is_no_text_does_not_become_json() {
        let redaction = token("HST3-secret-token-0123");
        let kept = redaction.body(404, b"[\"HST3-\xffsecret\xff-token-0123\"]".to_vec());
        assert!(kept.held_secret);
        assert_eq!(kept.body, b"[\"***\"]\xff");
    }

    /// A writer of JSON spells out what nobody sees, and cleaning takes it away behind the decoder.
    #[test]
    fn an_escape_that_is_itself_spread_or_escaped_hides_nothing() {
        let secret = "HST3-secret-token-0123";
        let redaction = token(secret);
        let each = |write: fn(u8) -> String| secret.bytes().map(write).collect::<Vec<_>>().concat();
        let percent = each(|byte| format!("%{byte:02X}"));
        let json = each(|byte| format!("\\u{byte:04x}"));
        let base64 = STANDARD.encode(secret);
        for written in [&percent, &json, &base64] {
            for between in ["\u{200b}", "\u{7}", "\0\u{202e}"] {
                let text = format!("x {} y", spread(written, between));
                assert!(body(&redaction, 401, &text).starts_with("x ***"), "{text:?}");
                assert!(redaction.text(&text, 1000).starts_with("x ***"), "{text:?}");
            }
        }
        for written in [&percent, &base64] {
            for between in ["\\u200b", "\\u0000"] {
                let text = format!("x {} y", spread(written, between));
                assert!(body(&redaction, 401, &text).starts_with("x ***"), "{text:?}");
            }
        }
        let escaped_percent = percent.replace('%', "\\u0025");
        assert_eq!(body(&redaction, 401, &escaped_percent), "***");
    }

    #[test]
    fn a_percent_encoded_password_may_hold_any_character() {
        let redaction = token("p\u{e4}ssw\u{f6}rt-\u{955c}\u{1f680}");
        for text in [
            "p%C3%A4ssw%c3%b6rt-%E9%95%9C%F0%9F%9A%80",
            "p%C3%A4ssw%c3%b6rt-%E9%95%9C%F0\u{200b}%9F%9A%\u{200b}80",
        ] {
            assert_eq!(body(&redaction, 401, text), "***");
        }
        for text in ["p%C3", "p%C3%A4", "%FF%FF", "%80", "p%C3%", "p%F0%9F%9A"] {
            assert_eq!(body(&redaction, 401, text), text);
        }
    }

    #[test]
    fn base64_hides_nothing_wherever_it_begins() {
        let secret = "HST3?secret>token~0123";
        let redaction = token(secret);
        for before in 0..6 {
            for behind in 0..4 {
                let text = format!("{}{secret}{}", "b".repeat(before), "e".repeat(behind));
                let standard = STANDARD.encode(&text);
                let for_urls = standard.replace('+', "-").replace('/', "_");
                for encoded in [standard.clone(), for_urls, standard.replace('/', "\\/")] {
                    let kept = body(&redaction, 200, &format!("Basic {encoded}"));
                    assert!(kept.contains(MARK), "{before} {behind}: {kept}");
                    // At most the characters that hold a bit of what stands beside.
                    assert!(kept.len() < "Basic ".len() + 16, "{before} {behind}: {kept}");
                }
            }
        }
    }

    #[test]
    fn a_text_is_cut_after_its_secrets_are_gone() {
        let redaction = token("HST3-secret-token-0123");
        assert_eq!(redaction.text("bad HST3-secret-token-0123", 10), "bad ***");
        assert_eq!(redaction.text("bad token", 7), "bad tok");
    }

    #[test]
    fn a_short_test_key_does_not_change_content() {
        let redaction = redaction("test");
        let text = r#"[{"namespace":"test"}]"#;
        assert_eq!(body(&redaction, 200, text), text);
        assert_eq!(body(&redaction, 401, "ak test not exist"), "ak *** not exist");
    }

    proptest! {
        #[test]
        fn what_is_shown_of_any_text_holds_no_secret(text in ".{0,40}", at in 0_usize..40, between in "[\u{0}-\u{20}\u{a0}\u{200b}\u{202e}]{0,2}") {
            let secret = "HST3-secret-token-0123";
            let written = spread(secret, &between);
            let (front, back) = text.split_at(text.floor_char_boundary(at));
            let text = format!("{front}{written}{back}");
            let redaction = token(secret);
            let unbroken = |text: &str| plain(text, 1000).replace(' ', "");
            prop_assert!(!unbroken(&redaction.text(&text, 1000)).contains(secret));
            let kept = redaction.body(500, text.into_bytes()).body;
            prop_assert!(!unbroken(&String::from_utf8_lossy(&kept)).contains(secret));
        }
    }
}
