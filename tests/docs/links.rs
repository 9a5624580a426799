//! Links from page to page lead somewhere.

use super::page::all;

/// The anchor that a heading gets.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_link_leads_somewhere() {
    for page in all() {
        for link in page.text.split("](").skip(1) {
            let link = link.split(')').next().unwrap_or_default();
            if link.contains("://") {
                continue;
            }
            let (file, wanted) = link.split_once('#').unwrap_or((link, ""));
            let folder = page.path().parent().expect("a page is in a folder");
            let target = if file.is_empty() {
                page.path().to_owned()
            } else {
                folder.join(file)
            };
            assert!(target.exists(), "{}: {link}", page.path().display());
            if !wanted.is_empty() {
                let text = std::fs::read_to_string(&target).expect("a page");
                let headings = text.lines().filter(|line| line.starts_with('#'));
                let mut anchors = headings.map(|line| anchor(line.trim_start_matches('#').trim()));
                assert!(
                    anchors.any(|anchor| anchor == wanted),
                    "{}: {link}",
                    page.path().display()
                );
            }
        }
    }
}
