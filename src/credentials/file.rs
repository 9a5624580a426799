//! The SDKs' credentials file: sections and `key = value` or `key: value` lines, without escapes, quotes or continuation.
//!
//! Own code because INI libraries read a backslash as an escape, which keys may hold, and tell no line numbers.

use std::fmt;

/// What a section says about an access key.
#[derive(Default)]
pub(super) struct Section {
    /// `ak`.
    pub(super) access_key: Option<String>,
    /// `sk`.
    pub(super) secret_key: Option<String>,
    /// `security_token`.
    pub(super) security_token: Option<String>,
}

/// A file, with the section that was asked for.
pub(super) struct Contents {
    /// `None`: there is no section of that name.
    pub(super) section: Option<Section>,
    /// The names of all sections, in their order.
    pub(super) sections: Vec<String>,
}

/// What is wrong with a line. Never shows it: it may hold a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileProblem {
    /// Bytes that are no UTF-8.
    NotText,
    /// Neither `[section]`, nor `key = value`, nor a comment.
    NoEntry,
    /// `key = value` before any section.
    NoSection,
    /// The same key a second time.
    Twice,
}

impl FileProblem {
    /// What to do about it.
    pub(super) const fn hint(self) -> &'static str {
        match self {
            Self::NotText => "save the file as UTF-8",
            Self::NoEntry => "write [basic], and below it a line 'ak = ...' and a line 'sk = ...'",
            Self::NoSection => "write [basic] above the first key, or [NAME] for a profile",
            Self::Twice => "remove one of the two",
        }
    }
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotText => "is not UTF-8 text",
            Self::NoEntry => "is neither '[section]' nor 'key = value' nor 'key: value'",
            Self::NoSection => "stands before any '[section]'",
            Self::Twice => "gives a key a second time",
        })
    }
}

/// Reads a file for one of its sections. Errors carry the line, from 1.
pub(super) fn read_section(bytes: &[u8], wanted: &str) -> Result<Contents, (usize, FileProblem)> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let read = &bytes[..error.valid_up_to()];
        let line = read.split(|&byte| byte == b'\n').count();
        (line, FileProblem::NotText)
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut section = None;
    let mut sections: Vec<String> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let at = |problem| (index + 1, problem);
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(inner) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sections.push(inner.trim().to_owned());
            if inner.trim() == wanted {
                section.get_or_insert_with(Section::default);
            }
            continue;
        }
        let (key, value) = line.split_once(['=', ':']).ok_or(at(FileProblem::NoEntry))?;
        let name = sections.last().ok_or(at(FileProblem::NoSection))?;
        let Some(section) = section.as_mut().filter(|_| name == wanted) else {
            continue;
        };
        let slot = match key.trim().to_ascii_lowercase().as_str() {
            "ak" => &mut section.access_key,
            "sk" => &mut section.secret_key,
            "security_token" => &mut section.security_token,
            // project_id, domain_id, iam_endpoint and others are the SDKs' own.
            _ => continue,
        };
        let value = value.trim();
        if slot.is_some() {
            return Err(at(FileProblem::Twice));
        }
        if !value.is_empty() {
            *slot = Some(value.to_owned());
        }
    }
    Ok(Contents { section, sections })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, section: &str) -> Result<[Option<String>; 3], (usize, FileProblem)> {
        let Section {
            access_key,
            secret_key,
            security_token,
        } = read_section(text.as_bytes(), section)?.section.unwrap_or_default();
        Ok([access_key, secret_key, security_token])
    }

    #[test]
    fn a_section_is_read_as_it_stands() {
        let text = "\u{feff}; made by hand\r\n[global]\r\nak=other\r\n\r\n[ basic ]\r\n# comment\r\nAK = key \r\n\
                    sk = a=b\\n/+# \"q\" \r\nproject_id = 1\r\nsecurity_token =\r\n";
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(read(text, "basic"), Ok([some("key"), some("a=b\\n/+# \"q\""), None]));
        assert_eq!(read(text, "global"), Ok([some("other"), None, None]));
        assert_eq!(read(text, "none"), Ok([None, None, None]));
    }

    #[test]
    fn a_colon_stands_for_an_equals_sign() {
        let some = |text: &str| Some(text.to_owned());
        let text = "[basic]\nak: key\nsk : a=b:c\n";
        assert_eq!(read(text, "basic"), Ok([some("key"), some("a=b:c"), None]));
    }

    #[test]
    fn the_sections_of_a_file_are_known_by_their_names() {
        let contents = read_section(b"[default]\nak = a\n[ prod ]\n", "basic").expect("it is sound");
        assert!(contents.section.is_none());
        assert_eq!(contents.sections, ["default", "prod"]);
        assert!(
            read_section(b"[basic]\n", "basic")
                .expect("it is sound")
                .section
                .is_some()
        );
    }

    #[test]
    fn a_wrong_line_is_named_by_its_number() {
        for (text, line, problem) in [
            ("[basic]\nak", 2, FileProblem::NoEntry),
            ("\nak = x\n", 2, FileProblem::NoSection),
            ("[basic]\nak = x\n\nak = y\n", 4, FileProblem::Twice),
            ("[basic\nak = x", 1, FileProblem::NoEntry),
        ] {
            assert_eq!(read(text, "basic"), Err((line, problem)), "{text:?}");
        }
        let not_text = read_section(b"[basic]\nak = \xff\n", "basic");
        assert!(matches!(not_text, Err((2, FileProblem::NotText))));
    }

    proptest! {
        #[test]
        fn no_file_is_too_strange(text in any::<Vec<u8>>(), section in "[a-z]{0,3}") {
            let _ = read_section(&text, &section);
        }
    }
}
