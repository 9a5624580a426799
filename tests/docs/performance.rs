//! `docs/performance.md`: the figures that `cargo bench` measures, and what it holds them to.

#[path = "../../benches/figures/goals.rs"]
mod goals;

use super::page::{Page, table};

#[test]
fn the_page_has_every_figure_with_its_goal() {
    let page = Page::read("docs/performance.md");
    let told: Vec<Vec<String>> = table(page.section("Figures"))
        .into_iter()
        .map(|mut row| {
            let measured = row.pop().expect("the last cell is what was measured");
            assert!(!measured.is_empty(), "{row:?}");
            row
        })
        .collect();
    let measured: Vec<Vec<String>> = goals::GOALS
        .iter()
        .map(|goal| vec![goal.name.to_owned(), goal.what.to_owned(), goal.to_reach()])
        .collect();
    assert_eq!(told, measured);
}
