//! How text gets into the page: nothing in it is markup, and nothing in it is unseen.

use std::fmt;

use askama::filters::{Escaper, Html};

use crate::model::visible;

/// The escaper of the page's parts (`askama.toml`): HTML's own, after [`visible`].
#[derive(Clone, Copy, Debug)]
pub(in crate::report) struct Seen;

impl Escaper for Seen {
    fn write_escaped_str<W: fmt::Write>(&self, dest: W, text: &str) -> fmt::Result {
        Html.write_escaped_str(dest, &visible(text))
    }
}
