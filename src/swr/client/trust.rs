//! The certificate authorities of a file: what `SSL_CERT_FILE` takes, `--ca-cert` takes.
//!
//! PEM with any text between its blocks. One damaged block does not spoil the others; a file of another format is refused with
//! the command that converts it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Certificate;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use thiserror::Error;

/// Authorities that a client can be given.
#[derive(Clone, Debug, Default)]
pub struct Authorities {
    /// In DER; each is one that certificates can be checked against.
    certificates: Vec<CertificateDer<'static>>,
    /// The blocks that are damaged, counted from 1.
    damaged: Vec<usize>,
}

/// Why a file holds no authorities. `{file}` in a hint stands for its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum AuthoritiesError {
    #[error("it holds no certificate")]
    None,
    #[error("no certificate in it can be read")]
    Damaged,
    #[error("it is DER, and not PEM")]
    Der,
    #[error("it is PKCS#7, and not PEM certificates")]
    Pkcs7 { is_der: bool },
    #[error("it is PKCS#12, a store of keys")]
    Pkcs12,
    #[error("it is UTF-16 text")]
    Utf16 { order: ByteOrder },
    #[error("its certificates are '{0}' and not 'CERTIFICATE'")]
    Label(&'static str),
}

/// How UTF-16 is to be named to a converter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ByteOrder {
    Marked,
    Little,
    Big,
}

impl AuthoritiesError {
    /// What to do about the file at that path.
    pub fn hint(self, path: &str) -> String {
        match self {
            Self::None | Self::Damaged => "give a PEM file with 'BEGIN CERTIFICATE' blocks".to_owned(),
            Self::Der => format!("convert it: openssl x509 -inform DER -in '{path}' -out ca.pem"),
            Self::Pkcs7 { is_der: true } => {
                format!("convert it: openssl pkcs7 -inform DER -in '{path}' -print_certs -out ca.pem")
            }
            Self::Pkcs7 { is_der: false } => format!("convert it: openssl pkcs7 -in '{path}' -print_certs -out ca.pem"),
            Self::Pkcs12 => format!("convert it: openssl pkcs12 -in '{path}' -cacerts -nokeys -out ca.pem"),
            Self::Utf16 { order } => {
                let from = match order {
                    ByteOrder::Marked => "UTF-16",
                    ByteOrder::Little => "UTF-16LE",
                    ByteOrder::Big => "UTF-16BE",
                };
                format!("convert it: iconv -f {from} -t UTF-8 '{path}' > ca.pem")
            }
            Self::Label(_) => format!("convert it: openssl x509 -in '{path}' -out ca.pem"),
        }
    }
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
/// The other names that OpenSSL knows for a certificate; the first has settings of its own behind it.
const LABELS: [(&str, &str); 2] = [
    ("-----BEGIN TRUSTED CERTIFICATE-----", "TRUSTED CERTIFICATE"),
    ("-----BEGIN X509 CERTIFICATE-----", "X509 CERTIFICATE"),
];
/// The object identifier of signed data, as DER has it near its beginning.
const SIGNED_DATA: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// The version with which PKCS#12 begins.
const STORE: [u8; 3] = [0x02, 0x01, 0x03];

impl Authorities {
    /// Reads a file's bytes.
    pub fn read(bytes: &[u8]) -> Result<Self, AuthoritiesError> {
        if let Some(order) = utf16(bytes) {
            return Err(AuthoritiesError::Utf16 { order });
        }
        if let Some(problem) = der(bytes) {
            return Err(problem);
        }
        // Comments between the blocks may be in any encoding.
        let text = String::from_utf8_lossy(bytes);
        if text.contains("-----BEGIN PKCS7-----") {
            return Err(AuthoritiesError::Pkcs7 { is_der: false });
        }
        let mut read = Self::default();
        for (number, block) in (1..).zip(text.split(BEGIN).skip(1)) {
            match block.split_once(END).and_then(|(body, _)| authority(body)) {
                Some(certificate) => read.certificates.push(certificate),
                None => read.damaged.push(number),
            }
        }
        match (read.certificates.is_empty(), read.damaged.is_empty()) {
            (true, true) => {
                let label = LABELS.iter().find(|(begin, _)| text.contains(begin));
                Err(label.map_or(AuthoritiesError::None, |(_, label)| AuthoritiesError::Label(label)))
            }
            (true, false) => Err(AuthoritiesError::Damaged),
            (false, _) => Ok(read),
        }
    }

    /// The blocks that could not be read, counted from 1.
    pub fn damaged(&self) -> &[usize] {
        &self.damaged
    }

    /// As the HTTP library wants them.
    pub(in crate::swr) fn certificates(&self) -> Result<Vec<Certificate>, reqwest::Error> {
        self.certificates.iter().map(|der| Certificate::from_der(der)).collect()
    }
}

/// Whether it is text of two bytes a character, with a mark in front or without one.
fn utf16(bytes: &[u8]) -> Option<ByteOrder> {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(ByteOrder::Marked),
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => Some(ByteOrder::Little),
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => Some(ByteOrder::Big),
        _ => None,
    }
}

/// What it is in DER, if it begins like that.
fn der(bytes: &[u8]) -> Option<AuthoritiesError> {
    let (0x30, length) = (*bytes.first()?, *bytes.get(1)?) else {
        return None;
    };
    let start = &bytes[..bytes.len().min(64)];
    // A long length says in how many bytes it follows.
    let content = 2 + if length < 0x80 { 0 } else { usize::from(length & 0x7f) };
    // A store may hold signed data, too.
    Some(
        if start.get(content..).is_some_and(|content| content.starts_with(&STORE)) {
            AuthoritiesError::Pkcs12
        } else if start.windows(SIGNED_DATA.len()).any(|part| part == SIGNED_DATA) {
            AuthoritiesError::Pkcs7 { is_der: true }
        } else {
            AuthoritiesError::Der
        },
    )
}

/// The certificate of a block, if it can be an authority.
fn authority(body: &str) -> Option<CertificateDer<'static>> {
    let base64: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    let der = CertificateDer::from(STANDARD.decode(base64).ok()?);
    RootCertStore::empty().add(der.clone()).ok()?;
    Some(der)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An authority of its own, valid for a century.
    const PEM: &str = include_str!("trust/authority.pem");

    #[test]
    fn what_ssl_cert_file_takes_is_taken() {
        let damaged = PEM.replacen("MII", "!!!", 1);
        for (text, count, damaged) in [
            (PEM.to_owned(), 1, &[][..]),
            (format!("\u{feff}{PEM}"), 1, &[]),
            (PEM.replace('\n', "\r\n"), 1, &[]),
            (format!("# our authority\n{PEM}\nsubject=CN = x\n{PEM}"), 2, &[]),
            (format!("{PEM}{damaged}{PEM}"), 2, &[2]),
            (format!("{damaged}{PEM}"), 1, &[1]),
            (format!("{PEM}{BEGIN}\nMIIB"), 1, &[2]),
        ] {
            let read = Authorities::read(text.as_bytes()).expect(&text);
            assert_eq!((read.certificates.len(), read.damaged()), (count, damaged), "{text}");
        }
        let latin1 = [b"# Beh\xf6rde\n", PEM.as_bytes()].concat();
        assert_eq!(Authorities::read(&latin1).expect("a comment").certificates.len(), 1);
    }

    #[test]
    fn another_format_is_refused_with_the_command_that_converts_it() {
        let body: String = PEM.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(body).expect("base64");
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain(PEM.encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        let pkcs7 = [&[0x30, 0x82, 0x03, 0x10][..], &SIGNED_DATA, &[0xa0]].concat();
        for (bytes, problem, hint) in [
            (
                der,
                AuthoritiesError::Der,
                "openssl x509 -inform DER -in 'ca.crt' -out ca.pem",
            ),
            (
                pkcs7,
                AuthoritiesError::Pkcs7 { is_der: true },
                "openssl pkcs7 -inform DER -in 'ca.crt' -print_certs",
            ),
            (
                b"-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n".to_vec(),
                AuthoritiesError::Pkcs7 { is_der: false },
                "openssl pkcs7 -in 'ca.crt' -print_certs",
            ),
            (
                utf16[2..].to_vec(),
                AuthoritiesError::Utf16 {
                    order: ByteOrder::Little,
                },
                "iconv -f UTF-16LE -t UTF-8 'ca.crt'",
            ),
            (
                PEM.encode_utf16().flat_map(u16::to_be_bytes).collect(),
                AuthoritiesError::Utf16 { order: ByteOrder::Big },
                "iconv -f UTF-16BE -t UTF-8 'ca.crt'",
            ),
            (
                utf16,
                AuthoritiesError::Utf16 {
                    order: ByteOrder::Marked,
                },
                "iconv -f UTF-16 -t UTF-8 'ca.crt'",
            ),
            (
                [&[0x30, 0x82, 0x03, 0x10][..], &STORE, &[0x30, 0x82], &SIGNED_DATA].concat(),
                AuthoritiesError::Pkcs12,
                "openssl pkcs12 -in 'ca.crt' -cacerts -nokeys -out ca.pem",
            ),
            (
                PEM.replace("CERTIFICATE", "TRUSTED CERTIFICATE").into_bytes(),
                AuthoritiesError::Label("TRUSTED CERTIFICATE"),
                "openssl x509 -in 'ca.crt' -out ca.pem",
            ),
            (Vec::new(), AuthoritiesError::None, "give a PEM file"),
            (b"not PEM".to_vec(), AuthoritiesError::None, "give a PEM file"),
            (
                format!("{BEGIN}\nAAAA\n{END}\n").into_bytes(),
                AuthoritiesError::Damaged,
                "give a PEM file",
            ),
        ] {
            let error = Authorities::read(&bytes).expect_err(hint);
            assert_eq!(error, problem);
            assert!(error.hint("ca.crt").contains(hint), "{}", error.hint("ca.crt"));
        }
    }
}
