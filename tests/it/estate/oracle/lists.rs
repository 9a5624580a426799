//! What can be known of the lists of a source, page by page.

use std::collections::BTreeSet;

use simulator::{Access, Namespace, Repository};

use super::super::plain::{Broken, Call, Down, Source};

/// What a list of repositories brings.
#[derive(Clone, Debug, Default)]
pub(super) struct Listing {
    pub(super) names: BTreeSet<String>,
    /// Those that only a pass showed which did not hold together.
    pub(super) superseded: BTreeSet<String>,
    /// Whether nothing says how many there are.
    pub(super) is_uncounted: bool,
    /// Why it may be incomplete.
    pub(super) gap: Option<&'static str>,
    /// What the look at an empty namespace brought.
    pub(super) look: Option<Look>,
}

/// What the service says of a namespace itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Present,
    Absent,
    Failed(&'static str),
}

/// What is the same for every call to a source of which nothing is seen.
pub(super) fn blind(source: &Source) -> Option<&'static str> {
    source.down.map(|down| match down {
        Down::NoCredential | Down::Refused => "unauthenticated",
        Down::Unreachable => "unreachable",
    })
}

/// The class in which that call ends whatever there is.
pub(super) fn broken(source: &Source, call: &Call) -> Option<&'static str> {
    let fault = source.broken.iter().find(|(other, _)| other == call);
    blind(source).or(fault.map(|(_, broken)| broken.class()))
}

pub(super) fn look(source: &Source, namespace: &'static str) -> Look {
    if let Some(class) = broken(source, &Call::Look(namespace)) {
        return Look::Failed(class);
    }
    match find(source, namespace) {
        None => Look::Absent,
        Some(found) if found.access == Access::Denied => Look::Failed("access-denied"),
        Some(_) => Look::Present,
    }
}

pub(super) fn find<'a>(source: &'a Source, namespace: &str) -> Option<&'a Namespace> {
    source.world.namespaces.iter().find(|one| one.name == namespace)
}

pub(super) fn is_granted(namespace: &Namespace, repository: &Repository) -> bool {
    repository.access.unwrap_or(namespace.access) == Access::Granted
}

/// Three times over the list, if need be.
pub(super) fn repositories(source: &Source, namespace: &'static str) -> Listing {
    if let Some(class) = blind(source) {
        return Listing {
            gap: Some(class),
            ..Listing::default()
        };
    }
    let mut all = BTreeSet::new();
    let mut counted = None;
    let mut pages_before = 0;
    let mut is_smaller = false;
    for number in 0..3 {
        let pass = pass(source, namespace, &mut pages_before);
        all.extend(pass.names.iter().cloned());
        let falls_short = pass.total.is_none() && counted.is_some_and(|counted| counted > all.len());
        if pass.failure.is_none() && pass.is_whole && !falls_short {
            let look = all.is_empty().then(|| look(source, namespace));
            let gap = match look {
                Some(Look::Failed(class)) => Some(class),
                Some(Look::Present) if is_called_absent(source, namespace, 0) => Some("bad-response"),
                Some(Look::Present | Look::Absent) | None => None,
            };
            return Listing {
                superseded: all.difference(&pass.names).cloned().collect(),
                is_uncounted: pass.total.is_none(),
                names: all,
                gap,
                look,
            };
        }
        counted = pass.total.or(counted);
        if pass.failure == Some("bad-response") && !is_smaller && number < 2 {
            // The pages may be too large to be read.
            is_smaller = true;
            continue;
        }
        if pass.failure.is_some() {
            return Listing {
                names: all,
                gap: pass.failure,
                ..Listing::default()
            };
        }
    }
    Listing {
        names: all,
        gap: Some("truncated"),
        ..Listing::default()
    }
}

struct Pass {
    names: BTreeSet<String>,
    failure: Option<&'static str>,
    is_whole: bool,
    /// The first total that a page tells.
    total: Option<usize>,
}

/// Once over the list: whole where each page has the total and the length that it should have, begins with the name that
/// the one before ended with (unless a page holds but one), and all names together are as many as the total.
fn pass(source: &Source, namespace: &'static str, pages_before: &mut u64) -> Pass {
    let mut pass = Pass {
        names: BTreeSet::new(),
        failure: None,
        is_whole: true,
        total: None,
    };
    let mut came = 0;
    let mut offset = 0;
    // The last name of the page before, and where that page began.
    let mut last: Option<(usize, usize, String)> = None;
    // Names that came again because pages have one in common.
    let mut shared = 0;
    // The length of the first page, told or not.
    let mut first_length = 0;
    // The total, and the length of every page but the last, where the first page tells them.
    let mut told: Option<(usize, usize)> = None;
    loop {
        let expected = told.map(|(total, size)| size.min(total - offset));
        match page(source, namespace, offset, pages_before) {
            Err(class) => {
                pass.failure.get_or_insert(class);
                if expected.is_none() {
                    return pass;
                }
                offset += step(told.map_or(0, |(_, size)| size));
            }
            Ok((names, total)) => {
                pass.total = pass.total.or(total);
                pass.is_whole &= offset == 0 || !is_called_absent(source, namespace, offset);
                let length = names.len();
                let before = pass.names.len();
                came += length;
                if let Some((began, size, name)) = &last
                    && *size > 1
                    && began + size - 1 == offset
                    && let Some(first) = names.first()
                {
                    shared += 1;
                    pass.is_whole &= first == name;
                }
                if let Some(name) = names.last() {
                    last = Some((offset, length, name.clone()));
                }
                if offset == 0 {
                    first_length = length;
                }
                pass.names.extend(names);
                let is_first = offset == 0;
                match (told, total) {
                    (None, Some(total)) if is_first => {
                        told = Some((total, length));
                        pass.is_whole &= length <= total && (length > 0 || total == 0);
                        if length == 0 || length >= total {
                            break;
                        }
                    }
                    (None, _) => {
                        let is_last = length == 1 && offset > 0 && first_length > 1;
                        let is_new = pass.names.len() > before || is_last;
                        pass.is_whole &= is_new || length == 0 && (offset == 0 || first_length <= 1);
                        if length == 0 || is_last || !is_new {
                            break;
                        }
                    }
                    (Some((first, _)), total) => {
                        pass.is_whole &= total.is_none_or(|total| total == first) && Some(length) == expected;
                    }
                }
                offset += step(told.map_or(length, |(_, size)| size));
            }
        }
        // Behind a full page there may be more, whatever the total says.
        if told.is_some_and(|(total, size)| offset + size - step(size) > total) {
            break;
        }
    }
    pass.is_whole &= came - shared == pass.names.len() && told.is_none_or(|(total, _)| total == pass.names.len());
    pass
}

/// From one page to the next: they have one name in common, unless one is all that a page holds.
const fn step(size: usize) -> usize {
    if size > 1 { size - 1 } else { 1 }
}

fn is_called_absent(source: &Source, namespace: &'static str, offset: usize) -> bool {
    source
        .broken
        .contains(&(Call::Page(namespace, offset), Broken::Vanished))
}

type Page = (Vec<String>, Option<usize>);

/// One page as the service gives it.
fn page(source: &Source, namespace: &'static str, offset: usize, before: &mut u64) -> Result<Page, &'static str> {
    if is_called_absent(source, namespace, offset) {
        return Ok((Vec::new(), None));
    }
    if let Some(class) = broken(source, &Call::Page(namespace, offset)) {
        return Err(class);
    }
    let pages = *before;
    *before += 1;
    let shown = find(source, namespace).into_iter().flat_map(|found| {
        let repositories = found.repositories.iter();
        repositories.filter(|one| {
            let is_on = pages >= one.listed.after_pages && one.listed.until_pages.is_none_or(|until| pages < until);
            is_granted(found, one) && is_on
        })
    });
    let shown: Vec<String> = shown.map(|one| one.name.clone()).collect();
    let behaviour = &source.world.behaviour;
    let names: Vec<String> = shown.iter().skip(offset).take(behaviour.page_cap).cloned().collect();
    let total = &behaviour.listing_total;
    let is_told = total.in_header || total.in_elements && !names.is_empty();
    Ok((names, is_told.then(|| shown.len().saturating_add_signed(total.more))))
}

/// The namespaces of the account, those in which anything is to be seen.
pub(super) fn namespaces(source: &Source) -> Result<Vec<String>, &'static str> {
    if source.broken.contains(&(Call::Namespaces, Broken::Empty)) && source.down.is_none() {
        return Ok(Vec::new());
    }
    if let Some(class) = broken(source, &Call::Namespaces) {
        return Err(class);
    }
    let is_seen = |one: &&Namespace| {
        one.access == Access::Granted || one.repositories.iter().any(|repository| is_granted(one, repository))
    };
    let seen = source.world.namespaces.iter().filter(is_seen);
    Ok(seen.map(|one| one.name.clone()).collect())
}

/// How many repositories the account has, where that can be had.
pub(super) fn overview(source: &Source) -> Option<usize> {
    let count = || source.world.namespaces.iter().map(|one| one.repositories.len()).sum();
    let behaviour = &source.world.behaviour;
    broken(source, &Call::Overview)
        .is_none()
        .then(|| behaviour.overview_repositories.unwrap_or_else(count))
}
