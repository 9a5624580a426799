//! The lines around a place, ready to be shown, without secrets.

use std::ops::Range;

use super::mask;
use super::spot::Spot;
use crate::model::{MASK, visible};

/// Lines shown above and below the place.
const AROUND: usize = 2;

/// A longer line is not shown at all: it is no text that a person wrote, and hiding its secrets costs too much.
const LINE_LIMIT: usize = 16 << 10;

/// The most characters that are shown of one line.
pub(super) const WIDTH: usize = 160;

/// How far up secrets are looked for that reach into the lines shown.
const LOOK_BACK: usize = 50;

/// The lines around a place, ready to be shown.
#[derive(Debug)]
pub(super) struct Excerpt {
    pub(crate) text: String,
    pub(super) first_line: usize,
    /// The bytes of `text` to underline; never empty.
    pub(crate) span: Range<usize>,
    /// The column of the span in its line as it is shown.
    pub(crate) column: usize,
}

impl Excerpt {
    /// `hidden` are the values of this file that are known to be secrets, in order, none overlapping. `None` where there is nothing fit to be shown.
    pub(super) fn cut(text: &str, hidden: &[Spot], spot: Spot) -> Option<Self> {
        if spot.line == 0 {
            return None;
        }
        let start = text.floor_char_boundary(spot.start as usize);
        let line = line_around(text, start)?;
        let end = text
            .floor_char_boundary(spot.end as usize)
            .clamp(start, line.end.max(start));
        let above = lines_above(text, line.start);
        let below = lines_below(text, line.end);

        let mut masks = mask::Lines::default();
        let (context, shown) = above.split_at(above.len().saturating_sub(AROUND));
        for line in context {
            masks.hidden(&text[line.clone()]);
        }
        let mut excerpt = Self {
            text: String::new(),
            first_line: (spot.line as usize).saturating_sub(shown.len()).max(1),
            span: 0..0,
            column: 0,
        };
        for other in shown {
            excerpt.push(text, other, hidden, &mut masks, None);
        }
        excerpt.push(text, &line, hidden, &mut masks, Some(start..end));
        for other in &below {
            excerpt.push(text, other, hidden, &mut masks, None);
        }
        Some(excerpt)
    }

    fn push(
        &mut self,
        text: &str,
        line: &Range<usize>,
        hidden: &[Spot],
        masks: &mut mask::Lines,
        span: Option<Range<usize>>,
    ) {
        let mut ranges: Vec<Range<usize>> = masks
            .hidden(&text[line.clone()])
            .into_iter()
            .map(|range| range.start + line.start..range.end + line.start)
            .collect();
        let first = hidden.partition_point(|spot| spot.end as usize <= line.start);
        let on_line = hidden[first..]
            .iter()
            .take_while(|spot| (spot.start as usize) < line.end);
        ranges.extend(on_line.map(|spot| line.start.max(spot.start as usize)..line.end.min(spot.end as usize)));
        ranges.sort_by_key(|range| range.start);
        let is_place = span.is_some();
        let (shown, span) = masked(text, line, &ranges, span.unwrap_or(line.start..line.start));
        let (shown, span) = shortened(&shown, span);
        let (mut shown, span) = spelled_out(&shown, span);
        let start = self.text.len() + span.start;
        if is_place {
            self.column = shown[..span.start].chars().count() + 1;
            if span.start >= shown.len() {
                shown.push(' ');
            }
            self.span = start
                ..(self.text.len() + span.end)
                    .max(start + shown[span.start..].chars().next().map_or(1, char::len_utf8));
        }
        self.text.push_str(&shown);
        self.text.push('\n');
    }
}

/// A line without its secrets, and where the span went.
fn masked(text: &str, line: &Range<usize>, ranges: &[Range<usize>], span: Range<usize>) -> (String, Range<usize>) {
    let mut shown = String::with_capacity(line.len());
    let mut from = line.start;
    let mut moved = span.start.saturating_sub(line.start)..span.end.saturating_sub(line.start);
    for range in ranges {
        let range = range.start.max(from)..range.end;
        if range.start >= range.end {
            continue;
        }
        shown.push_str(&text[from..range.start]);
        let at = shown.len();
        shown.push_str(MASK);
        from = range.end;
        if span.start >= range.end {
            moved.start = shown.len() + (span.start - range.end);
        } else if span.start > range.start {
            moved.start = at;
        }
        if span.end >= range.end {
            moved.end = shown.len() + (span.end - range.end);
        } else if span.end > range.start {
            moved.end = shown.len();
        }
    }
    shown.push_str(&text[from..line.end]);
    (shown, moved)
}

/// The part of a long line around the span.
fn shortened(line: &str, span: Range<usize>) -> (String, Range<usize>) {
    if line.len() <= WIDTH {
        return (line.to_owned(), span);
    }
    let from = line.floor_char_boundary(span.start.saturating_sub(WIDTH / 3));
    let to = line.ceil_char_boundary((from + WIDTH).min(line.len()));
    let before = if from > 0 { "..." } else { "" };
    let after = if to < line.len() { "..." } else { "" };
    let shift = |at: usize| at.clamp(from, to) - from + before.len();
    (
        format!("{before}{}{after}", &line[from..to]),
        shift(span.start)..shift(span.end),
    )
}

/// What would not be seen in its place. Tabs stay: the renderer shows each as blanks, and keeps the columns right.
fn spelled_out(line: &str, span: Range<usize>) -> (String, Range<usize>) {
    let shown = |part: &str| part.split('\t').map(visible).collect::<Vec<_>>().join("\t");
    let (start, end) = (span.start.min(line.len()), span.end.min(line.len()));
    let (before, within) = (shown(&line[..start]), shown(&line[start..end]));
    let behind = shown(&line[end..]);
    let moved = before.len()..before.len() + within.len();
    (before + &within + &behind, moved)
}

const BREAKS: [char; 2] = ['\n', '\r'];

/// The line that holds a byte, without its break.
fn line_around(text: &str, at: usize) -> Option<Range<usize>> {
    let floor = text.ceil_char_boundary(at.saturating_sub(LINE_LIMIT));
    let ceiling = text.floor_char_boundary((at + LINE_LIMIT).min(text.len()));
    let start = match text[floor..at].rfind(BREAKS) {
        Some(found) => floor + found + 1,
        None if floor == 0 => 0,
        None => return None,
    };
    let end = match text[at..ceiling].find(BREAKS) {
        Some(found) => at + found,
        None if ceiling == text.len() => ceiling,
        None => return None,
    };
    Some(start..end)
}

/// Some lines above the line that starts there, the top one first.
fn lines_above(text: &str, mut start: usize) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    while lines.len() < LOOK_BACK && start > 0 {
        let end = start - if text[..start].ends_with("\r\n") { 2 } else { 1 };
        let Some(line) = line_around(text, end) else { break };
        start = line.start;
        lines.push(line);
    }
    lines.reverse();
    lines
}

/// The lines below the line that ends there.
fn lines_below(text: &str, mut end: usize) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    while lines.len() < AROUND && end < text.len() {
        let start = end + if text[end..].starts_with("\r\n") { 2 } else { 1 };
        let Some(line) = line_around(text, start) else { break };
        if start == text.len() {
            break;
        }
        end = line.end;
        lines.push(line);
    }
    lines
}
