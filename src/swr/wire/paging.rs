//! From pages to a list: which pages to ask for, and whether what came is the list. No I/O, and no order in which the
//! answers have to come.
//!
//! The service gives a part of a list that may change meanwhile, and a total. A list is believed where one pass over it
//! holds together: every page has the total and the length that it should have, there are as many different names as the
//! total tells, and each page begins with the name that the one before ended with. Without that overlap, a name that is
//! deleted between two pages would move another one from behind their border to before it, unseen, and a new name
//! elsewhere would keep the total as it was. And where the last page is a full one, there is nothing behind it: a total that
//! is too small would end there as well. A pass that does not hold together is begun again, a few times.
//!
//! What an earlier pass showed stays evidence: its names are listed as superseded, for others to ask for, and its total
//! counts as long as no later pass gives one.

use std::collections::{BTreeMap, BTreeSet};

use super::call::Page;
use super::exchange::Exchange;
use crate::model::{Evidence, Failure, Listing, NamespaceName, RepositoryName, UnknownClass};

/// Documented: the most that a page can have.
const LARGEST: u32 = 1000;
/// Documented: what a page has unasked. No service that has pages refuses that.
const SMALLER: u32 = 100;
const PASSES: u32 = 3;
/// Pages of one pass, so that neither a hostile total nor a list without end costs more requests than that.
const MOST_PAGES: u32 = 10_000;

/// What one page brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageAnswer {
    /// A part of the list.
    Names {
        /// As they came.
        names: Vec<RepositoryName>,
        /// How many there are in all, where the service says so.
        total: Option<u32>,
    },
    /// SWR itself says that there is nothing such.
    Absent,
    /// The service does not take the question; perhaps for the size of the page.
    Refused(Failure),
    /// Not known.
    Failed(Failure),
    /// Not asked, and nothing more will be.
    GivenUp(Failure),
}

/// The way through the list of one namespace.
#[derive(Debug)]
pub struct Paging {
    /// The size of a pass's first page.
    limit: u32,
    pass: Pass,
    /// The names of earlier passes.
    earlier: BTreeSet<RepositoryName>,
    /// The last total of earlier passes.
    earlier_total: Option<u32>,
    end: Option<End>,
    /// Of those pages that came, the last one's place, and how it was come by.
    last: Option<(Page, Evidence)>,
}

#[derive(Debug)]
enum End {
    /// The last pass is the list.
    Complete,
    /// All names are what is known of it.
    Gap(Failure),
}

/// Once over the list.
#[derive(Debug)]
struct Pass {
    number: u32,
    course: Course,
    /// Pages that were given out.
    asked: u32,
    /// Those of them that are not answered.
    awaited: u32,
    /// What the first page tells of the others.
    counted: Option<Counted>,
    /// The total that any page gave.
    total: Option<u32>,
    names: BTreeSet<RepositoryName>,
    /// All elements, those that came twice as well.
    came: u32,
    /// The ends of each page, by its place.
    edges: BTreeMap<u32, Edges>,
    /// The first page, by its place, that does not fit, and why.
    doubt: Option<(u32, String)>,
    /// The first page, by its place, that failed.
    failure: Option<(u32, Failure)>,
    /// Whether SWR says that there is no such list.
    is_called_absent: bool,
}

#[derive(Clone, Copy, Debug)]
struct Counted {
    total: u32,
    /// Of every page but the last.
    size: u32,
}

/// The ends of a page.
#[derive(Debug)]
struct Edges {
    first: RepositoryName,
    last: RepositoryName,
    length: u32,
}

impl Counted {
    const fn step(self) -> u32 {
        step(self.size)
    }
}

/// From the beginning of one page to that of the next: they have one name in common, unless one is all that a page holds.
const fn step(length: u32) -> u32 {
    if length > 1 { length - 1 } else { 1 }
}

/// What is to be asked next.
#[derive(Clone, Copy, Debug)]
enum Course {
    /// That page; the others follow from its answer.
    One(u32),
    /// That page and all behind it, in any order.
    From(u32, Counted),
    /// Nothing before an answer comes, if at all.
    Nothing,
}

impl Default for Paging {
    fn default() -> Self {
        Self {
            limit: LARGEST,
            pass: Pass::new(0),
            earlier: BTreeSet::new(),
            earlier_total: None,
            end: None,
            last: None,
        }
    }
}

impl Paging {
    /// A page to ask for now; `None`: there is none before another answer, or at all.
    pub fn next_page(&mut self) -> Option<Page> {
        if self.end.is_some() {
            return None;
        }
        self.pass.next(self.limit)
    }

    /// Whether nothing more is to be asked.
    pub const fn is_over(&self) -> bool {
        self.end.is_some()
    }

    /// Takes what came of asking for that page of that namespace.
    pub fn take_exchange(&mut self, namespace: &NamespaceName, page: Page, exchange: &Exchange) {
        if self.last.as_ref().is_none_or(|(last, _)| *last < page) {
            self.last = Some((page, exchange.evidence()));
        }
        self.take(page, exchange.page(namespace, page));
    }

    /// Takes what a page brought that was to be asked for.
    pub fn take(&mut self, page: Page, answer: PageAnswer) {
        let pass = &mut self.pass;
        if page.pass != pass.number {
            return;
        }
        pass.awaited = pass.awaited.saturating_sub(1);
        match answer {
            PageAnswer::Names { names, total } => pass.take(page, names, total),
            PageAnswer::Absent => {
                if page.offset > 0 {
                    pass.doubt_of(page, format!("the page at {} does not exist any more", page.offset));
                } else {
                    pass.is_called_absent = true;
                }
                pass.take(page, Vec::new(), None);
            }
            PageAnswer::Refused(_) if page.offset == 0 && self.limit > SMALLER => {
                self.limit = SMALLER;
                pass.course = Course::One(0);
            }
            PageAnswer::Refused(failure) | PageAnswer::Failed(failure) => {
                if ends_all(failure.class) {
                    self.stop(failure);
                } else {
                    pass.fail(page, failure);
                }
            }
            PageAnswer::GivenUp(failure) => self.stop(failure),
        }
        if self.end.is_none() && self.pass.is_over() {
            self.end_pass();
        }
    }

    /// What is known, with the look at the namespace still to be taken. One that is not over is interrupted.
    pub fn into_listing(mut self) -> Listing {
        let gap = match self.end {
            Some(End::Complete) => None,
            Some(End::Gap(failure)) => Some(failure),
            None => Some(Failure::unasked(UnknownClass::Interrupted)),
        };
        // Which pages had come by then depends on who was faster; whatever came first ended it.
        let evidence = match &gap {
            Some(failure) => failure.evidence.clone(),
            None => self.last.map(|(_, evidence)| evidence).unwrap_or_default(),
        };
        // Where there is a gap, no pass is believed more than another.
        let superseded = if gap.is_none() {
            self.earlier.difference(&self.pass.names).cloned().collect()
        } else {
            Vec::new()
        };
        self.pass.names.append(&mut self.earlier);
        Listing {
            disputed: Vec::new(),
            names: self.pass.names.into_iter().collect(),
            superseded,
            gap,
            is_uncounted: self.pass.total.is_none(),
            is_called_absent: self.pass.is_called_absent,
            look: None,
            evidence,
        }
    }

    fn stop(&mut self, failure: Failure) {
        self.end.get_or_insert(End::Gap(failure));
    }

    fn end_pass(&mut self) {
        let next = self.pass.number + 1;
        if let Some((_, failure)) = self.pass.failure.take() {
            if is_unreadable(&failure) && self.limit > SMALLER && next < PASSES {
                self.limit = SMALLER;
                self.begin(next);
            } else {
                self.end = Some(End::Gap(self.by_last_page(failure)));
            }
            return;
        }
        let Some(doubt) = self.pass.doubt().or_else(|| self.falls_short()) else {
            self.end = Some(End::Complete);
            return;
        };
        if next == PASSES {
            self.end = Some(End::Gap(self.by_last_page(Failure {
                http_status: Some(200),
                detail: format!("the list did not hold together in {PASSES} passes; in the last one {doubt}"),
                ..Failure::unasked(UnknownClass::Truncated)
            })));
        } else {
            self.begin(next);
        }
    }

    /// What no page says alone was known once the last one had come.
    fn by_last_page(&self, failure: Failure) -> Failure {
        let is_of_a_page = failure.evidence != Evidence::default();
        match &self.last {
            Some((_, evidence)) if !is_of_a_page => Failure {
                evidence: evidence.clone(),
                ..failure
            },
            Some(_) | None => failure,
        }
    }

    /// Why a pass without a total of its own is not the list: an earlier one counted more than was ever shown.
    fn falls_short(&self) -> Option<String> {
        let total = self.earlier_total.filter(|_| self.pass.total.is_none())?;
        let shown = self.earlier.union(&self.pass.names).count();
        (shown < total as usize)
            .then(|| format!("{shown} different names came of the {total} that were counted before"))
    }

    fn begin(&mut self, pass: u32) {
        let mut ended = std::mem::replace(&mut self.pass, Pass::new(pass));
        self.earlier.append(&mut ended.names);
        self.earlier_total = ended.total.or(self.earlier_total);
    }
}

impl Pass {
    const fn new(number: u32) -> Self {
        Self {
            number,
            course: Course::One(0),
            asked: 0,
            awaited: 0,
            counted: None,
            total: None,
            names: BTreeSet::new(),
            came: 0,
            edges: BTreeMap::new(),
            doubt: None,
            failure: None,
            is_called_absent: false,
        }
    }

    fn next(&mut self, limit: u32) -> Option<Page> {
        let (offset, limit) = match self.course {
            Course::One(offset) => {
                self.course = Course::Nothing;
                (offset, limit)
            }
            Course::From(offset, counted) => {
                self.course = if offset + counted.size <= counted.total {
                    Course::From(offset + counted.step(), counted)
                } else {
                    Course::Nothing
                };
                (offset, counted.size)
            }
            Course::Nothing => return None,
        };
        self.asked += 1;
        self.awaited += 1;
        Some(Page {
            pass: self.number,
            offset,
            limit,
        })
    }

    const fn is_over(&self) -> bool {
        self.awaited == 0 && matches!(self.course, Course::Nothing)
    }

    fn take(&mut self, page: Page, names: Vec<RepositoryName>, total: Option<u32>) {
        let length = u32::try_from(names.len()).unwrap_or(u32::MAX);
        let before = self.names.len();
        if let (Some(first), Some(last)) = (names.first(), names.last()) {
            let edges = Edges {
                first: first.clone(),
                last: last.clone(),
                length,
            };
            self.edges.insert(page.offset, edges);
        }
        self.names.extend(names);
        self.came = self.came.saturating_add(length);
        self.check_total(page, total);
        match self.counted {
            Some(counted) => self.check_length(page, length, counted),
            None if page.offset == 0 => match total {
                Some(total) => self.take_first(page, length, total),
                None => self.go_on_after(page, length),
            },
            None if length > 0 && self.names.len() == before && !(length == 1 && self.overlaps()) => {
                self.doubt_of(page, format!("the page at {} had nothing new", page.offset));
            }
            None => self.go_on_after(page, length),
        }
    }

    fn check_total(&mut self, page: Page, total: Option<u32>) {
        match (self.total, total) {
            (None, Some(total)) => self.total = Some(total),
            (Some(first), Some(other)) if first != other => {
                // Not which of them is the other one: that depends on the order in which they came.
                let (few, many) = (first.min(other), first.max(other));
                self.doubt_of(page, format!("the total was both {few} and {many}"));
            }
            (Some(_) | None, Some(_) | None) => {}
        }
    }

    /// The service may give less than it was asked for, and then does so with every page.
    fn take_first(&mut self, page: Page, length: u32, total: u32) {
        // A full page is no end, whatever the total says: what is behind it is asked for.
        if length > total || length == total && length < page.limit {
            return;
        }
        if length == 0 {
            self.doubt_of(page, format!("no name came of {total}"));
            return;
        }
        let counted = Counted { total, size: length };
        let pages = total.div_ceil(counted.step());
        if pages > MOST_PAGES {
            self.fail(page, too_many_pages(&format!("{total} names by {length}")));
            return;
        }
        self.counted = Some(counted);
        self.course = Course::From(counted.step(), counted);
    }

    fn check_length(&mut self, page: Page, length: u32, counted: Counted) {
        let expected = counted.size.min(counted.total.saturating_sub(page.offset));
        if length != expected {
            let offset = page.offset;
            self.doubt_of(page, format!("the page at {offset} had {length} names, not {expected}"));
        }
    }

    /// Nobody tells where the list ends: it ends with a page that holds nothing but the name which the one before ended
    /// with; where pages hold one name each, with an empty one.
    fn go_on_after(&mut self, page: Page, length: u32) {
        let overlaps = self.overlaps();
        if length == 0 && page.offset > 0 && overlaps {
            self.doubt_of(page, format!("nothing was left at {}", page.offset));
        }
        if length == 0 || length == 1 && page.offset > 0 && overlaps {
            return;
        }
        if self.asked >= MOST_PAGES {
            self.fail(page, too_many_pages("a list without a total"));
        } else {
            self.course = Course::One(page.offset + step(length));
        }
    }

    /// Whether its pages hold more than one name, and so have one in common.
    fn overlaps(&self) -> bool {
        self.edges.get(&0).is_some_and(|first| first.length > 1)
    }

    fn doubt_of(&mut self, page: Page, why: String) {
        if self.doubt.as_ref().is_none_or(|(offset, _)| page.offset < *offset) {
            self.doubt = Some((page.offset, why));
        }
    }

    fn fail(&mut self, page: Page, failure: Failure) {
        if self.failure.as_ref().is_none_or(|(offset, _)| page.offset < *offset) {
            self.failure = Some((page.offset, failure));
        }
    }

    /// Why this pass is not the list.
    fn doubt(&mut self) -> Option<String> {
        let unique = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let pages = self.edges.iter().zip(self.edges.iter().skip(1));
        let overlaps =
            pages.filter(|((offset, one), (next, _))| one.length > 1 && **offset + step(one.length) == **next);
        let (mut shared, mut moved) = (0, None);
        for ((_, one), (next, other)) in overlaps {
            shared += 1;
            if one.last != other.first && moved.is_none() {
                moved = Some(format!("at {next} stood {}, and then {}", one.last, other.first));
            }
        }
        let came = self.came.saturating_sub(shared);
        let of_the_whole = match self.total {
            Some(total) if total != unique => Some(format!("{unique} different names came of {total}")),
            Some(_) | None if came != unique => Some(format!("{came} names came, {unique} of them different")),
            Some(_) | None => None,
        };
        let of_a_page = self.doubt.take().map(|(_, why)| why);
        of_a_page.or(moved).or(of_the_whole)
    }
}

/// It came, and could not be read. An element has all tags of its repository: a thousand of them may be longer than any
/// body that is taken, and a smaller page is not.
fn is_unreadable(failure: &Failure) -> bool {
    failure.class == UnknownClass::BadResponse && failure.http_status == Some(200)
}

/// Nothing is asked after it.
const fn ends_all(class: UnknownClass) -> bool {
    matches!(class, UnknownClass::Unauthenticated | UnknownClass::Interrupted)
}

/// What no one answer says.
fn too_many_pages(what: &str) -> Failure {
    Failure {
        detail: format!("{what} would take more than {MOST_PAGES} pages"),
        ..Failure::unasked(UnknownClass::BadResponse)
    }
}

#[cfg(test)]
mod tests;
