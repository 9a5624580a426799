//! Pages for browsers, where an answer of the service should be: named and never quoted.
//!
//! A gateway, a proxy or a portal writes them. Their text is of no use in a report, and is the whole layout of a login form;
//! their title mostly says who wrote them.

use super::plain::plain;

/// So much of a body is looked at. A title stands near the beginning.
const BEGINNING: usize = 64 * 1024;

/// The longest title that is shown, in characters.
const TITLE_LIMIT: usize = 80;

/// The roots of the XML that services of this kind send for an error: those are read like other words.
const XML_ERRORS: [&str; 4] = ["<error>", "<error ", "<errorresponse>", "<errorresponse "];

/// `an HTML page, titled "Access denied"`; `None` for any other body. `is_html`: its headers call it one. It has to be redacted
/// already.
///
/// Whatever begins with a tag is a page: a gateway's may be a single `<h1>`, or a script.
pub(in crate::swr) fn name(body: &[u8], is_html: bool) -> Option<String> {
    // Cleaned as a whole: one that is written in two bytes a character is a page, too.
    let text = plain(&String::from_utf8_lossy(&body[..body.len().min(BEGINNING)]), usize::MAX);
    let lower = text.to_ascii_lowercase();
    (is_html && !lower.is_empty() || is_page(&lower)).then(|| match title(&text, &lower) {
        Some(title) => format!("an HTML page, titled \"{title}\""),
        None => "an HTML page without a title".to_owned(),
    })
}

fn is_page(lower: &str) -> bool {
    let mut rest = lower.trim_start_matches(['\u{feff}', '\u{fffd}', ' ']);
    let is_markup = rest.starts_with('<');
    while let Some((_, behind)) = behind_comment(rest) {
        rest = behind.trim_start();
    }
    is_markup && !XML_ERRORS.iter().any(|root| rest.starts_with(root))
}

/// What a comment or an XML prologue holds, and what stands behind it.
fn behind_comment(text: &str) -> Option<(&str, &str)> {
    let ends = [("<!--", "-->"), ("<?xml", "?>")];
    ends.iter()
        .find_map(|(begin, end)| text.strip_prefix(begin)?.split_once(end))
}

/// The text between the tags, in one line; both have to be there, or it would be the page's text. Nothing in it is decoded: what
/// redaction did not see must not be made visible. A drawing has titles of its own.
fn title(text: &str, lower: &str) -> Option<String> {
    let begin = lower.find("<title")?;
    if lower[..begin].contains("<body") || lower[..begin].contains("<svg") {
        return None;
    }
    let begin = begin + lower[begin..].find('>')? + 1;
    let end = begin + lower[begin..].find("</title")?;
    let title = text[begin..end].trim();
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
            (
                "<html><title>T1 the text of it <body>",
                Some("an HTML page without a title"),
            ),
            (
                "<html><body><svg><title>icon</title>",
                Some("an HTML page without a title"),
            ),
            ("<h1>Forbidden</h1>", Some("an HTML page without a title")),
            (
                "\u{200b}\n<script>location=1</script>",
                Some("an HTML page without a title"),
            ),
            ("<meta http-equiv=refresh>", Some("an HTML page without a title")),
            ("<a href=x>Found</a>.", Some("an HTML page without a title")),
            ("<title>T1</title>text", Some("an HTML page, titled \"T1\"")),
            ("<html><title", Some("an HTML page without a title")),
            ("{\"html\":\"<html>\"}", None),
            ("<Error><Code>AccessDenied</Code></Error>", None),
            (
                "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>",
                None,
            ),
            ("the <html> of it", None),
            ("", None),
        ] {
            assert_eq!(name(body.as_bytes(), false).as_deref(), expected, "{body}");
        }
        let wide: Vec<u8> = "<html><title>Wide</title>".bytes().flat_map(|byte| [byte, 0]).collect();
        assert_eq!(name(&wide, false).as_deref(), Some("an HTML page, titled \"Wide\""));
        assert_eq!(
            name(b"Access denied <br>", true).as_deref(),
            Some("an HTML page without a title")
        );
        assert_eq!(name(b" ", true), None);
        let long = format!("<html><title>{}</title>", "long ".repeat(50));
        let shown = name(long.as_bytes(), false).expect("it is a page");
        assert!(shown.ends_with("long…\"") && shown.chars().count() < 110, "{shown}");
    }

    proptest! {
        #[test]
        fn no_page_is_too_strange(body in "(<html>)?(<title[ >]?)?[\u{0}-\u{24f}]{0,60}(</title>)?") {
            if let Some(name) = name(body.as_bytes(), false) {
                prop_assert!(name.chars().count() <= TITLE_LIMIT + 30);
            }
        }
    }
}
