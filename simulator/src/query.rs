//! What a listing is asked for: by direct parameters, or by terms in `filter`. Which names a listing
//! takes and what they select, it does not know.

use crate::percent;

/// Documented: 100 by default, 1000 at most.
pub(crate) const DEFAULT_LIMIT: usize = 100;
const MOST: usize = 1000;

/// Why a query is refused. Inferred: that it is, and does not silently mean something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadQuery {
    Filter,
    PageSize,
    /// Of `limit` and `offset`, or `order_column` and `order_type`, one came without the other.
    Unpaired,
    OrderColumn,
    /// A parameter without which there is no answer.
    Missing,
}

/// The terms of a query, those that say nothing left out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Terms(Vec<(String, String)>);

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub offset: usize,
    pub limit: usize,
}

/// Which end of a list comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

impl Terms {
    /// Documented: when `filter` is there, the direct parameters are ignored. A term that the listing
    /// does not know is refused, a direct parameter that it does not know is ignored.
    pub(crate) fn of(query: &str, known: &[&str]) -> Result<Terms, BadQuery> {
        let parameters = parameters(query)?;
        if parameters.iter().any(|(name, _)| name == "filter") {
            return Terms::filtered(query, known);
        }
        let known = parameters.into_iter().filter(|(name, _)| known.contains(&&**name));
        Ok(Terms::said(known))
    }

    /// For a listing that has no direct parameters: `filter` must be there.
    pub(crate) fn filtered(query: &str, known: &[&str]) -> Result<Terms, BadQuery> {
        let parameters = parameters(query)?;
        let filter = parameters.iter().find(|(name, _)| name == "filter");
        let (_, filter) = filter.ok_or(BadQuery::Filter)?;
        let terms = filter.split('|').map(|term| {
            let (name, value) = term.split_once("::").ok_or(BadQuery::Filter)?;
            if known.contains(&name) {
                Ok((name.to_owned(), value.to_owned()))
            } else {
                Err(BadQuery::Filter)
            }
        });
        Ok(Terms::said(terms.collect::<Result<Vec<_>, _>>()?))
    }

    fn said(terms: impl IntoIterator<Item = (String, String)>) -> Terms {
        Terms(terms.into_iter().filter(|(_, value)| !value.is_empty()).collect())
    }

    /// The last word on that name.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(term, _)| term == name);
        found.map(|(_, value)| &**value)
    }

    /// Documented: `limit` and `offset` come together.
    pub(crate) fn page(&self) -> Result<Option<Page>, BadQuery> {
        let number = |name| {
            let value = self.text(name).map(str::parse::<usize>).transpose();
            value.map_err(|_| BadQuery::PageSize)
        };
        match (number("limit")?, number("offset")?) {
            (None, None) => Ok(None),
            (Some(0), Some(_)) => Err(BadQuery::PageSize),
            (Some(limit), Some(_)) if limit > MOST => Err(BadQuery::PageSize),
            (Some(limit), Some(offset)) => Ok(Some(Page { offset, limit })),
            (Some(_), None) | (None, Some(_)) => Err(BadQuery::Unpaired),
        }
    }

    /// Documented: `order_column` and `order_type` come together.
    pub(crate) fn order(&self, columns: &[&str]) -> Result<Option<(&str, Direction)>, BadQuery> {
        match (self.text("order_column"), self.direction("order_type")?) {
            (None, None) => Ok(None),
            (Some(column), Some(direction)) if columns.contains(&column) => Ok(Some((column, direction))),
            (Some(_), Some(_)) => Err(BadQuery::OrderColumn),
            (Some(_), None) | (None, Some(_)) => Err(BadQuery::Unpaired),
        }
    }

    pub(crate) fn direction(&self, name: &str) -> Result<Option<Direction>, BadQuery> {
        match self.text(name) {
            None => Ok(None),
            Some("asc") => Ok(Some(Direction::Ascending)),
            Some("desc") => Ok(Some(Direction::Descending)),
            Some(_) => Err(BadQuery::OrderColumn),
        }
    }
}

impl Page {
    /// The first hundred.
    pub(crate) const FIRST: Page = Page {
        offset: 0,
        limit: DEFAULT_LIMIT,
    };
    pub(crate) const WHOLE: Page = Page {
        offset: 0,
        limit: usize::MAX,
    };
}

fn parameters(query: &str) -> Result<Vec<(String, String)>, BadQuery> {
    let text = |bytes| String::from_utf8(bytes).map_err(|_| BadQuery::Filter);
    percent::pairs(query)
        .map(|(name, value)| Ok((text(name)?, text(value)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 5] = ["namespace", "limit", "offset", "order_column", "order_type"];

    #[test]
    fn a_filter_overrules_the_direct_parameters() {
        let direct = Terms::of("namespace=prod&limit=10&offset=20&colour=blue", &KNOWN);
        let filter = Terms::of(
            "filter=namespace%3A%3Aprod%7Climit::10|offset::20&namespace=other",
            &KNOWN,
        );
        assert_eq!(filter, direct);
        let page = direct.expect("well-formed").page();
        assert_eq!(page, Ok(Some(Page { offset: 20, limit: 10 })));
    }

    #[test]
    fn what_is_no_filter() {
        for query in [
            "filter=",
            "filter=limit",
            "filter=colour::blue",
            "filter=limit::1||offset::0",
        ] {
            assert_eq!(Terms::of(query, &KNOWN), Err(BadQuery::Filter), "{query}");
        }
        assert_eq!(Terms::filtered("limit=10&offset=0", &KNOWN), Err(BadQuery::Filter));
    }

    #[test]
    fn what_is_no_page() {
        for (query, expected) in [
            ("limit=10", BadQuery::Unpaired),
            ("offset=0", BadQuery::Unpaired),
            ("filter=limit::10", BadQuery::Unpaired),
            ("limit=0&offset=0", BadQuery::PageSize),
            ("limit=1001&offset=0", BadQuery::PageSize),
            ("limit=ten&offset=0", BadQuery::PageSize),
            ("limit=10&offset=-1", BadQuery::PageSize),
        ] {
            let terms = Terms::of(query, &KNOWN).expect("well-formed");
            assert_eq!(terms.page(), Err(expected), "{query}");
        }
    }

    #[test]
    fn what_is_no_order() {
        for (query, expected) in [
            ("order_column=name", BadQuery::Unpaired),
            ("order_type=asc", BadQuery::Unpaired),
            ("order_column=size&order_type=asc", BadQuery::OrderColumn),
            ("order_column=name&order_type=up", BadQuery::OrderColumn),
        ] {
            let terms = Terms::of(query, &KNOWN).expect("well-formed");
            assert_eq!(terms.order(&["name"]), Err(expected), "{query}");
        }
        let terms = Terms::of("order_column=name&order_type=desc", &KNOWN).expect("well-formed");
        assert_eq!(terms.order(&["name"]), Ok(Some(("name", Direction::Descending))));
    }
}
