//! The listing of repositories: which are asked for, and which page of them.

use crate::{
    percent,
    state::State,
    world::{Namespace, Repository},
};

/// Documented: 100 by default, 1000 at most.
const DEFAULT_LIMIT: usize = 100;
const MOST: usize = 1000;

/// Accepted by the live service according to one observer. `updated_at`, which is documented, is not.
const ORDER_COLUMNS: [&str; 5] = ["updated_time", "name", "tag_count", "namespace", "is_public"];

/// What is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    namespace: Option<String>,
    name: Option<String>,
    category: Option<String>,
    limit: Option<usize>,
    offset: Option<usize>,
    order_column: Option<String>,
    order_type: Option<String>,
}

/// Why a query is refused. Inferred: that it is, and does not silently mean something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadQuery {
    Filter,
    PageSize,
    /// Of `limit` and `offset`, or `order_column` and `order_type`, one came without the other.
    Unpaired,
    OrderColumn,
}

/// One page.
pub(crate) struct Found<'a> {
    pub page: Vec<(&'a Namespace, &'a Repository)>,
    pub offset: usize,
    pub total: usize,
}

impl Wanted {
    /// Documented: when `filter` is there, the direct parameters are ignored.
    pub(crate) fn of(query: &str) -> Result<Wanted, BadQuery> {
        let mut wanted = Wanted::default();
        let text = |bytes| String::from_utf8(bytes).map_err(|_| BadQuery::Filter);
        let parameters: Vec<(String, String)> = percent::pairs(query)
            .map(|(name, value)| Ok((text(name)?, text(value)?)))
            .collect::<Result<_, _>>()?;
        match parameters.iter().find(|(name, _)| name == "filter") {
            Some((_, filter)) => {
                for term in filter.split('|') {
                    let (name, value) = term.split_once("::").ok_or(BadQuery::Filter)?;
                    if !wanted.take(name, value)? {
                        return Err(BadQuery::Filter);
                    }
                }
            }
            None => {
                for (name, value) in &parameters {
                    wanted.take(name, value)?;
                }
            }
        }
        wanted.checked()
    }

    /// Whether there is a parameter of that name.
    fn take(&mut self, name: &str, value: &str) -> Result<bool, BadQuery> {
        let text = || Some(value.to_owned()).filter(|value| !value.is_empty());
        let number = || value.parse().map(Some).map_err(|_| BadQuery::PageSize);
        match name {
            "namespace" => self.namespace = text(),
            "name" => self.name = text(),
            "category" => self.category = text(),
            "limit" => self.limit = number()?,
            "offset" => self.offset = number()?,
            "order_column" => self.order_column = text(),
            "order_type" => self.order_type = text(),
            "is_public" => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn checked(self) -> Result<Wanted, BadQuery> {
        let paired =
            self.limit.is_some() == self.offset.is_some() && self.order_column.is_some() == self.order_type.is_some();
        if !paired {
            return Err(BadQuery::Unpaired);
        }
        if self.limit.is_some_and(|limit| limit == 0 || limit > MOST) {
            return Err(BadQuery::PageSize);
        }
        if self
            .order_column
            .as_deref()
            .is_some_and(|column| !ORDER_COLUMNS.contains(&column))
        {
            return Err(BadQuery::OrderColumn);
        }
        Ok(self)
    }

    /// In the order of the world, whatever order is asked for.
    pub(crate) fn find<'a>(&self, state: &'a State) -> Found<'a> {
        let offset = self.offset.unwrap_or(0);
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        let mut found = Found {
            page: Vec::new(),
            offset,
            total: 0,
        };
        // Every repository of the simulator is of this one category.
        let none = self.category.as_deref().is_some_and(|category| category != "other");
        let all = state.repositories(self.namespace.as_deref()).filter(|_| !none);
        for (namespace, repository) in all {
            if self.name.as_deref().is_some_and(|part| !repository.name.contains(part)) {
                continue;
            }
            if found.total >= offset && found.page.len() < limit {
                found.page.push((namespace, repository));
            }
            found.total += 1;
        }
        found
    }
}

impl Found<'_> {
    /// Documented: offset, number of records on this page, total; unlike RFC 9110's header of that name.
    pub(crate) fn content_range(&self) -> String {
        format!("{}-{}/{}", self.offset, self.page.len(), self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::World;

    #[test]
    fn a_filter_overrules_the_direct_parameters() {
        let direct = Wanted::of("namespace=prod&limit=10&offset=20").expect("well-formed");
        let filter = Wanted::of("filter=namespace%3A%3Aprod%7Climit::10|offset::20&namespace=other");
        assert_eq!(filter, Ok(direct));
    }

    #[test]
    fn what_is_refused() {
        for (query, expected) in [
            ("limit=10", BadQuery::Unpaired),
            ("offset=0", BadQuery::Unpaired),
            ("filter=limit::10", BadQuery::Unpaired),
            ("limit=0&offset=0", BadQuery::PageSize),
            ("limit=1001&offset=0", BadQuery::PageSize),
            ("limit=ten&offset=0", BadQuery::PageSize),
            ("filter=", BadQuery::Filter),
            ("filter=colour::blue", BadQuery::Filter),
            ("order_column=updated_at&order_type=desc", BadQuery::OrderColumn),
        ] {
            assert_eq!(Wanted::of(query), Err(expected), "{query}");
        }
    }

    #[test]
    fn pages_join_to_the_whole() {
        let mut world = World::default();
        for name in ["team/a", "team/b", "c", "team/d", "team/e"] {
            world.repository("prod", name);
        }
        world.repository("test", "team/x");
        let state = State::new(world);
        let mut names = Vec::new();
        for (offset, range) in [(0, "0-2/4"), (2, "2-2/4"), (4, "4-0/4")] {
            let wanted = Wanted::of(&format!("namespace=prod&name=team&limit=2&offset={offset}"));
            let found = wanted.expect("well-formed").find(&state);
            assert_eq!(found.content_range(), range);
            names.extend(found.page.iter().map(|(_, repository)| repository.name.clone()));
        }
        assert_eq!(names, ["team/a", "team/b", "team/d", "team/e"]);
        assert_eq!(
            Wanted::of("").expect("well-formed").find(&state).content_range(),
            "0-6/6"
        );
        assert_eq!(
            Wanted::of("namespace=none")
                .expect("well-formed")
                .find(&state)
                .content_range(),
            "0-0/0"
        );
    }
}
