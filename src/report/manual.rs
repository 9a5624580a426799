//! `docs/findings.md`, heading by heading: what reports say of a code is what the page says.

use std::borrow::Cow;

/// The page.
const PAGE: &str = include_str!("../../docs/findings.md");

/// What stands under a heading, without the heading.
pub(super) fn section(word: &str) -> Option<&'static str> {
    let mut sections = PAGE.split("\n### ").skip(1);
    let found = sections.find_map(|section| section.strip_prefix(word)?.strip_prefix('\n'))?;
    // The last one of a part ends where the next part begins.
    let end = found.find("\n## ").unwrap_or(found.len());
    Some(found[..end].trim())
}

/// The same as one text without line breaks inside of paragraphs and without links: they lead from page to page.
pub(super) fn paragraphs(word: &str) -> Vec<String> {
    let section = section(word).unwrap_or_default();
    let paragraphs = section.split("\n\n").filter(|paragraph| !paragraph.is_empty());
    paragraphs
        .map(|paragraph| without_links(&paragraph.replace('\n', " ")).into_owned())
        .collect()
}

/// `[words](target)` becomes `words`.
fn without_links(text: &str) -> Cow<'_, str> {
    let Some((before, rest)) = text.split_once('[') else {
        return text.into();
    };
    let parts = rest
        .split_once("](")
        .and_then(|(words, rest)| Some((words, rest.split_once(')')?.1)));
    match parts {
        Some((words, after)) => format!("{before}{words}{}", without_links(after)).into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Code, LimitCode, UnknownClass};

    #[test]
    fn every_word_of_a_report_has_its_section() {
        let codes = Code::ALL.iter().map(|code| code.name());
        let classes = UnknownClass::ALL.iter().map(|class| class.name());
        let limits = LimitCode::ALL.iter().map(|limit| limit.name());
        for word in codes.chain(classes).chain(limits) {
            let text = paragraphs(word).join("\n");
            assert!(
                text.len() > 40 && !text.contains("](") && !text.contains("## "),
                "{word}: {text}"
            );
        }
        assert_eq!(section("no-such-word"), None);
    }

    #[test]
    fn links_leave_their_words() {
        assert_eq!(
            without_links("of [clouds](a.md#b) and [rules](c)"),
            "of clouds and rules"
        );
        assert_eq!(without_links("`[...]` stays"), "`[...]` stays");
    }
}
