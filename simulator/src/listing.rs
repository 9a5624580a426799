//! The lists that can be narrowed: what is selected, in which order, and which part of it.

use jiff::Timestamp;

use crate::{
    behaviour::UnpagedTags,
    query::{BadQuery, Direction, Page, Terms},
    route::parameter,
    state::{Located, State, access},
    world::{Access, Namespace, SyncJob, Tag, World},
};

const NAMESPACE_TERMS: [&str; 2] = ["namespace", "mode"];

/// Accepted by the live service according to one observer. `updated_at`, which is documented, is not.
const REPOSITORY_COLUMNS: [&str; 5] = ["updated_time", "name", "tag_count", "namespace", "is_public"];
const REPOSITORY_TERMS: [&str; 8] = [
    "namespace",
    "name",
    "category",
    "limit",
    "offset",
    "order_column",
    "order_type",
    "is_public",
];

/// Documented.
const TAG_COLUMNS: [&str; 2] = ["updated_at", "tag"];
const TAG_TERMS: [&str; 5] = ["limit", "offset", "order_column", "order_type", "tag"];
const JOB_TERMS: [&str; 3] = ["limit", "offset", "order"];
const SHARED_TERMS: [&str; 7] = [
    "center",
    "namespace",
    "name",
    "limit",
    "offset",
    "order_column",
    "order_type",
];

/// One page.
pub(crate) struct Found<T> {
    pub page: Vec<T>,
    pub offset: usize,
    pub total: usize,
}

impl<T> Found<T> {
    fn part(all: impl IntoIterator<Item = T>, part: Page) -> Found<T> {
        let mut found = Found {
            page: Vec::new(),
            offset: part.offset,
            total: 0,
        };
        for one in all {
            if found.total >= part.offset && found.page.len() < part.limit {
                found.page.push(one);
            }
            found.total += 1;
        }
        found
    }

    /// Documented: offset, number of records on this page, total; unlike RFC 9110's header of that name.
    pub(crate) fn content_range(&self) -> String {
        format!("{}-{}/{}", self.offset, self.page.len(), self.total)
    }
}

/// Documented: those granted; with `mode::visible` also those where only a repository is. They have no pages. Inferred:
/// the direct parameter counts where the filter does not name an organization.
pub(crate) fn namespaces<'a>(
    world: &'a World,
    query: &str,
) -> Result<impl Iterator<Item = (usize, &'a Namespace)>, BadQuery> {
    let terms = match parameter(query, "filter") {
        Some(_) => Terms::filtered(query, &NAMESPACE_TERMS)?,
        None => Terms::default(),
    };
    let visible = match terms.text("mode") {
        None => false,
        Some("visible") => true,
        Some(_) => return Err(BadQuery::Filter),
    };
    let name = terms.text("namespace").map(str::to_owned);
    let name = name.or_else(|| parameter(query, "namespace").filter(|name| !name.is_empty()));
    Ok(world.namespaces.iter().enumerate().filter(move |(_, namespace)| {
        let named = name.as_deref().is_none_or(|name| name == namespace.name);
        let mut inside = namespace.repositories.iter().map(|one| access(namespace, one));
        named && (namespace.access == Access::Granted || visible && inside.any(|access| access == Access::Granted))
    }))
}

/// In the order of the world, whatever order is asked for.
pub(crate) fn repositories<'a>(state: &'a State, query: &str) -> Result<Found<Located<'a>>, BadQuery> {
    let terms = Terms::of(query, &REPOSITORY_TERMS)?;
    terms.order(&REPOSITORY_COLUMNS)?;
    let behaviour = &state.world().behaviour;
    let mut part = terms.page()?.unwrap_or(Page::FIRST);
    if part.limit > behaviour.largest_page {
        return Err(BadQuery::PageSize);
    }
    part.limit = part.limit.min(behaviour.page_cap);
    let namespace = terms.text("namespace");
    let pages = namespace.map_or(0, |namespace| state.page(namespace));
    // Every repository of the simulator is of this one category, and private.
    let none = terms.text("category").is_some_and(|category| category != "other")
        || terms.text("is_public").is_some_and(|public| public != "false");
    let all = state.repositories(namespace).filter(|located| {
        let part = terms.text("name").unwrap_or_default();
        let is_listed = located.repository.listed.holds_after(pages);
        !none && is_listed && located.repository.name.contains(part)
    });
    let mut found = Found::part(all, part);
    found.total = found.total.saturating_add_signed(behaviour.listing_total.more);
    Ok(found)
}

/// In the order of the world unless another one is asked for.
pub(crate) fn tags<'a>(
    located: Located<'a>,
    unpaged: UnpagedTags,
    query: &str,
) -> Result<Found<(usize, &'a Tag)>, BadQuery> {
    let terms = Terms::of(query, &TAG_TERMS)?;
    let part = terms.page()?.unwrap_or(match unpaged {
        UnpagedTags::First => Page::FIRST,
        UnpagedTags::All => Page::WHOLE,
    });
    let named = |tag: &Tag| terms.text("tag").is_none_or(|name| name == tag.tag);
    let all = located.repository.tags.iter().enumerate();
    let mut all: Vec<_> = all.filter(|(_, tag)| named(tag)).collect();
    if let Some((column, direction)) = terms.order(&TAG_COLUMNS)? {
        match column {
            "tag" => all.sort_by_key(|(_, tag)| &tag.tag),
            _ => all.sort_by_key(|(_, tag)| tag.updated()),
        }
        if direction == Direction::Descending {
            all.reverse();
        }
    }
    Ok(Found::part(all, part))
}

/// By creation, the newest first. Documented: how to ask for an order; inferred: which one comes unasked.
pub(crate) fn jobs<'a>(located: Located<'a>, query: &str) -> Result<Found<&'a SyncJob>, BadQuery> {
    let terms = Terms::filtered(query, &JOB_TERMS)?;
    let part = terms.page()?.ok_or(BadQuery::Unpaired)?;
    let direction = terms.direction("order")?.unwrap_or(Direction::Descending);
    let age = |job: &&SyncJob| (job.created_at.unwrap_or(Timestamp::UNIX_EPOCH), job.id);
    let mut all: Vec<&SyncJob> = located.repository.sync_jobs.iter().collect();
    all.sort_by_key(age);
    if direction == Direction::Descending {
        all.reverse();
    }
    Ok(Found::part(all, part))
}

/// Nobody shares anything with anybody here.
pub(crate) fn shared<'a>(query: &str) -> Result<Found<Located<'a>>, BadQuery> {
    let terms = Terms::of(query, &SHARED_TERMS)?;
    match terms.text("center") {
        Some("self" | "thirdparty") => Ok(Found::part([], terms.page()?.unwrap_or(Page::FIRST))),
        Some(_) => Err(BadQuery::Filter),
        None => Err(BadQuery::Missing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::World;

    #[test]
    fn pages_join_to_the_whole() {
        let mut world = World::default();
        for name in ["team/a", "team/b", "c", "team/d", "team/e"] {
            world.repository("prod", name);
        }
        world.repository("test", "team/x");
        let state = State::new(world);
        let range = |query| {
            let found = repositories(&state, query).expect("well-formed");
            found.content_range()
        };
        let mut names = Vec::new();
        for (offset, range) in [(0, "0-2/4"), (2, "2-2/4"), (4, "4-0/4")] {
            let query = format!("namespace=prod&name=team&limit=2&offset={offset}");
            let found = repositories(&state, &query).expect("well-formed");
            assert_eq!(found.content_range(), range);
            names.extend(found.page.iter().map(|located| located.repository.name.clone()));
        }
        assert_eq!(names, ["team/a", "team/b", "team/d", "team/e"]);
        assert_eq!(range(""), "0-6/6");
        assert_eq!(range("namespace=none"), "0-0/0");
        assert_eq!(range("category=database"), "0-0/0");
        assert_eq!(range("is_public=true"), "0-0/0");
        assert_eq!(range("is_public=false"), "0-6/6");
    }

    #[test]
    fn the_documented_column_is_refused_for_repositories_and_taken_for_tags() {
        let mut world = World::default();
        world.repository("prod", "web");
        let state = State::new(world);
        let query = "order_column=updated_at&order_type=desc";
        let refused = repositories(&state, query).map(|found| found.total);
        assert_eq!(refused, Err(BadQuery::OrderColumn));
        let located = state.repository("prod", "web").expect("it is there");
        let taken = tags(located, UnpagedTags::First, query).map(|found| found.total);
        assert_eq!(taken, Ok(0));
    }
}
