//! Pages for browsers, where an answer of the service should be: named and never quoted.
//!
//! A gateway, a proxy or a portal writes them. Their text is of no use in a report, and is the whole layout of a login form;
//! their title mostly says who wrote them.

use super::plain::plain;

/// So much of a body is looked at. A title stands near the beginning.
const BEGINNING: usize = 64 * 1024;

/// The longest title that is shown, in characters.
const TITLE_LIMIT: usize = 80;

/// How such a document begins, behind blanks, a prologue and comments.
const OPENINGS: [&str; 4] = ["<!doctype html", "<html", "<head", "<body"];

/// `an HTML page, titled "Access denied"`; `None` for any other body. It has to be redacted already.
pub(super) fn name(body: &[u8]) -> Option<String> {
    // Cleaned as a whole: one that is written in two bytes a character is a page, too.
    let text = plain(&String::from_utf8_lossy(&body[..body.len().min(BEGINNING)]), usize::MAX);
    let lower = text.to_ascii_lowercase();
    is_page(&lower).then(|| match title(&text, &lower) {
        Some(title) => format!("an HTML page, titled \"{title}\""),
        None => "an HTML page without a title".to_owned(),
    })
}

fn is_page(lower: &str) -> bool {
    let mut rest = lower.trim_start_matches(['\u{feff}', '\u{fffd}', ' ']);
    while let Some((_, behind)) = behind_comment(rest) {
        rest = behind.trim_start();
    }
    OPENINGS.iter().any(|opening| rest.starts_with(opening))
}

/// What a comment or an XML prologue holds, and what stands behind it.
fn behind_comment(text: &str) -> Option<(&str, &str)> {
    let ends = [("<!--", "-->"), ("<?xml", "?>")];
    ends.iter()
        .find_map(|(begin, end)| text.strip_prefix(begin)?.split_once(end))
}

/// The text between the tags, in one line. Nothing in it is decoded: what redaction did not see must not be made visible.
fn title(text: &str, lower: &str) -> Option<String> {
    let begin = lower.find("<title")?;
    let begin = begin + lower[begin..].find('>')? + 1;
    let title = &text[begin..];
    let end = lower[begin..].find("</title").unwrap_or(title.len());
    let title = title[..end].trim();
    let shown = plain(title, TITLE_LIMIT).replace('"', "'");
    let mark = if shown.len() < title.len() { "…" } else { "" };
    (!shown.is_empty()).then(|| format!("{shown}{mark}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_page_is_named_by_its_title() {
        for (body, expected) in [
            (
                "<!DOCTYPE html>\n<html><head><title>\n Access Denied \n</title></head>...",
                Some("an HTML page, titled \"Access Denied\""),
            ),
            (
                "\u{feff} <HTML><TITLE lang=en>403 \"Forbidden\"</TITLE>",
                Some("an HTML page, titled \"403 'Forbidden'\""),
            ),
            (
                "<?xml version=\"1.0\"?><!-- x --><html><title>&#x53;ign in</title>",
                Some("an HTML page, titled \"&#x53;ign in\""),
            ),
            ("<html><body>no</body></html>", Some("an HTML page without a title")),
            ("<html><title></title>", Some("an HTML page without a title")),
            ("<html><title>cut", Some("an HTML page, titled \"cut\"")),
            ("<html><title", Some("an HTML page without a title")),
            ("{\"html\":\"<html>\"}", None),
            ("<Error><Code>AccessDenied</Code></Error>", None),
            ("the <html> of it", None),
            ("", None),
        ] {
            assert_eq!(name(body.as_bytes()).as_deref(), expected, "{body}");
        }
        let wide: Vec<u8> = "<html><title>Wide</title>".bytes().flat_map(|byte| [byte, 0]).collect();
        assert_eq!(name(&wide).as_deref(), Some("an HTML page, titled \"Wide\""));
        let long = format!("<html><title>{}</title>", "long ".repeat(50));
        let shown = name(long.as_bytes()).expect("it is a page");
        assert!(shown.ends_with("long…\"") && shown.chars().count() < 110, "{shown}");
    }

    proptest! {
        #[test]
        fn no_page_is_too_strange(body in "(<html>)?(<title[ >]?)?[\u{0}-\u{24f}]{0,60}(</title>)?") {
            if let Some(name) = name(body.as_bytes()) {
                prop_assert!(name.chars().count() <= TITLE_LIMIT + 30);
            }
        }
    }
}
