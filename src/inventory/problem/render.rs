//! Problems as text for people, in the manner of rustc.

use std::fmt;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::excerpt::{Excerpt, WIDTH};
use super::problems::{Problem, Problems, Weight};
use super::words::counted;
use crate::model::{Place, visible, visible_lines};

impl Problems {
    /// The text for people: each problem with its lines, and the count at the end.
    pub fn render(&self, colour: bool) -> String {
        render(self, colour)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}

/// All problems, and the count at the end; nothing where there are none.
fn render(problems: &Problems, colour: bool) -> String {
    if problems.total() == 0 {
        return String::new();
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(2 * WIDTH);
    let (level, one, many) = match problems.weight() {
        Weight::Error => (Level::ERROR, "problem", "problems"),
        Weight::Warning => (Level::WARNING, "warning", "warnings"),
    };
    let mut text = String::new();
    for problem in problems.shown() {
        text.push_str(&render_one(problem, level.clone(), &renderer));
        text.push_str("\n\n");
    }
    let count = counted(problems.total(), one, many);
    let rest = problems.total() - problems.shown().len();
    let summary = if rest > 0 {
        format!("{count} in the inventory, {rest} of them not shown")
    } else {
        format!("{count} in the inventory")
    };
    text.push_str(&renderer.render(&[Group::with_title(level.primary_title(summary))]));
    text
}

fn render_one(problem: &Problem, level: Level<'_>, renderer: &Renderer) -> String {
    let mut group = Group::with_title(level.primary_title(visible(problem.message())));
    if let Some(place) = problem.place() {
        let annotated = problem
            .excerpt()
            .map(|excerpt| (excerpt, AnnotationKind::Primary.span(excerpt.span.clone())));
        group = show(group, place, annotated);
    }
    for related in problem.related() {
        let annotated = related.excerpt().map(|excerpt| {
            let annotation = AnnotationKind::Context.span(excerpt.span.clone());
            (excerpt, annotation.label(visible(related.text())))
        });
        group = show(group, related.place(), annotated);
    }
    renderer.render(&[group.element(Level::HELP.message(visible_lines(problem.remedy())))])
}

/// Adds a place with its lines.
fn show<'p>(group: Group<'p>, place: &'p Place, annotated: Option<(&'p Excerpt, Annotation<'p>)>) -> Group<'p> {
    let path = || visible(&place.file);
    let origin = Origin::path(path())
        .line(place.line as usize)
        .char_column(place.column as usize);
    let Some((excerpt, annotation)) = annotated else {
        return group.element(origin);
    };
    let snippet = Snippet::source(&*excerpt.text)
        .line_start(excerpt.first_line)
        .fold(false)
        .annotation(annotation);
    // A snippet tells its place by its own columns, which shift where a secret or the front of a line is cut out.
    if excerpt.column == place.column as usize {
        group.element(snippet.path(path()))
    } else {
        group.element(origin).element(snippet)
    }
}
