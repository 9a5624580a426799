//! The list is held by a script that may change it between pages, and lie.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn name(number: usize) -> RepositoryName {
    RepositoryName::parse(&format!("r{number:05}")).expect("a legal repository")
}

fn names(numbers: impl IntoIterator<Item = usize>) -> Vec<RepositoryName> {
    numbers.into_iter().map(name).collect()
}

fn failed(class: UnknownClass) -> Failure {
    Failure {
        http_status: Some(500),
        ..Failure::unasked(class)
    }
}

/// A list that is asked for by pages.
#[derive(Clone, Debug)]
struct Service {
    list: Vec<usize>,
    /// The most that comes on one page, whatever was asked.
    cap: u32,
    /// Larger pages are refused.
    refused_above: u32,
    /// What is told of the total: so much more than there is.
    lie: i32,
    tells_total: bool,
    ignores_offset: bool,
    /// What becomes of the list before the request of that number.
    changes: Vec<(usize, Change)>,
    /// Requests that fail, by their number.
    failing: Vec<usize>,
    /// Every state of the list, every name that a page showed, and the pages asked for.
    states: Vec<BTreeSet<RepositoryName>>,
    shown: BTreeSet<RepositoryName>,
    asked: Vec<Page>,
}

#[derive(Clone, Debug)]
enum Change {
    InsertFirst,
    DeleteFirst,
    DeleteLast,
    Reverse,
    Empty,
}

impl Default for Service {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            cap: 1000,
            refused_above: 1000,
            lie: 0,
            tells_total: true,
            ignores_offset: false,
            changes: Vec::new(),
            failing: Vec::new(),
            states: Vec::new(),
            shown: BTreeSet::new(),
            asked: Vec::new(),
        }
    }
}

impl Service {
    fn of(count: usize) -> Self {
        Self {
            list: (0..count).collect(),
            ..Self::default()
        }
    }

    fn answer(&mut self, page: Page) -> PageAnswer {
        let number = self.asked.len();
        self.asked.push(page);
        for (_, change) in self.changes.iter().filter(|(at, _)| *at == number) {
            match change {
                Change::InsertFirst => self.list.insert(0, 10_000 + number),
                Change::DeleteFirst => drop(self.list.drain(..self.list.len().min(1))),
                Change::DeleteLast => drop(self.list.pop()),
                Change::Reverse => self.list.reverse(),
                Change::Empty => self.list.clear(),
            }
        }
        self.states.push(self.list.iter().copied().map(name).collect());
        if self.failing.contains(&number) {
            return PageAnswer::Failed(failed(UnknownClass::ServerError));
        }
        if page.limit > self.refused_above {
            return PageAnswer::Refused(failed(UnknownClass::BadResponse));
        }
        let offset = if self.ignores_offset { 0 } else { page.offset as usize };
        let length = page.limit.min(self.cap) as usize;
        let total = u32::try_from(self.list.len()).expect("a short list");
        let names = names(self.list.iter().copied().skip(offset).take(length));
        self.shown.extend(names.iter().cloned());
        PageAnswer::Names {
            names,
            total: self.tells_total.then(|| total.saturating_add_signed(self.lie)),
        }
    }

    /// The listing, where answers come in an order that `choose` makes.
    fn listed_by(&mut self, mut choose: impl FnMut(usize) -> usize) -> Listing {
        let mut paging = Paging::default();
        let mut waiting = Vec::new();
        loop {
            waiting.extend(std::iter::from_fn(|| paging.next_page()));
            if waiting.is_empty() {
                assert!(paging.is_over());
                return paging.into_listing();
            }
            let page = waiting.swap_remove(choose(waiting.len()));
            let answer = self.answer(page);
            paging.take(page, answer);
        }
    }

    fn listed(&mut self) -> Listing {
        self.listed_by(|_| 0)
    }

    fn offsets(&self, pass: u32) -> Vec<u32> {
        let pages = self.asked.iter().filter(|page| page.pass == pass);
        let mut offsets: Vec<_> = pages.map(|page| page.offset).collect();
        offsets.sort_unstable();
        offsets
    }
}

/// The list as it is believed.
fn believed(listing: &Listing) -> Vec<RepositoryName> {
    let names = listing.names.iter().filter(|name| !listing.is_superseded(name));
    names.cloned().collect()
}

/// Pages that come one after the other, whatever is asked: numbers of names, and a total.
fn scripted(pages: &[(&[usize], Option<u32>)]) -> Listing {
    let mut paging = Paging::default();
    let mut pages = pages.iter();
    while let Some(page) = paging.next_page() {
        let (numbers, total) = *pages.next().expect("as many pages as are asked for");
        let names = names(numbers.iter().copied());
        paging.take(page, PageAnswer::Names { names, total });
    }
    assert_eq!(pages.len(), 0, "all pages are asked for");
    paging.into_listing()
}

fn class(listing: &Listing) -> Option<UnknownClass> {
    listing.gap.as_ref().map(|failure| failure.class)
}

#[test]
fn a_short_list_costs_one_request() {
    for count in [0, 1, 999] {
        let mut service = Service::of(count);
        let listing = service.listed();
        assert_eq!((listing.names.len(), listing.gap), (count, None));
        let only = Page {
            pass: 0,
            offset: 0,
            limit: 1000,
        };
        assert_eq!(service.asked, [only]);
    }
}

/// A total that was too small was believed where the last page was a full one: what is behind it was never asked for.
#[test]
fn what_is_behind_a_full_page_is_asked_for() {
    for (count, lie, cap, asked) in [
        (1000, 0, 1000, &[0, 999][..]),
        (1999, 0, 1000, &[0, 999, 1998]),
        (3, 0, 2, &[0, 1, 2]),
        (2, 0, 1, &[0, 1, 2]),
    ] {
        let mut service = Service {
            cap,
            lie,
            ..Service::of(count)
        };
        let listing = service.listed();
        assert_eq!((listing.names.len(), listing.gap), (count, None), "{count} by {cap}");
        assert_eq!(service.offsets(0), asked, "{count} by {cap}");
    }
    for (count, lie, cap) in [
        (1500, -500, 1000),
        (1001, -1, 1000),
        (2000, -1, 1000),
        (4, -1, 2),
        (3, -1, 1),
    ] {
        let mut service = Service {
            cap,
            lie,
            ..Service::of(count)
        };
        let listing = service.listed();
        assert_eq!(class(&listing), Some(UnknownClass::Truncated), "{count} by {cap}");
    }
}

#[test]
fn a_long_list_is_asked_for_as_far_as_its_total() {
    let mut service = Service::of(2500);
    let listing = service.listed();
    assert_eq!((listing.names, listing.gap), (names(0..2500), None));
    assert_eq!(service.offsets(0), [0, 999, 1998]);
}

#[test]
fn a_service_with_smaller_pages_is_asked_for_those() {
    let mut service = Service {
        cap: 50,
        ..Service::of(120)
    };
    let listing = service.listed();
    assert_eq!((listing.names.len(), listing.gap), (120, None));
    assert_eq!(service.offsets(0), [0, 49, 98]);
    assert!(service.asked[1..].iter().all(|page| page.limit == 50));
}

/// A thousand repositories with many tags each were longer than any body that is taken, for good.
#[test]
fn pages_that_cannot_be_read_are_made_smaller_once() {
    let unreadable = Failure {
        http_status: Some(200),
        ..failed(UnknownClass::BadResponse)
    };
    let mut service = Service::of(250);
    let mut paging = Paging::default();
    while let Some(page) = paging.next_page() {
        let answer = match page.limit {
            ..=100 => service.answer(page),
            _ => PageAnswer::Failed(unreadable.clone()),
        };
        paging.take(page, answer);
    }
    let listing = paging.into_listing();
    assert_eq!((listing.names.len(), listing.gap), (250, None));

    let mut paging = Paging::default();
    let mut limits = Vec::new();
    while let Some(page) = paging.next_page() {
        limits.push(page.limit);
        paging.take(page, PageAnswer::Failed(unreadable.clone()));
    }
    assert_eq!(limits, [1000, 100]);
    assert_eq!(class(&paging.into_listing()), Some(UnknownClass::BadResponse));
}

#[test]
fn a_size_that_is_refused_is_made_smaller_once() {
    let mut service = Service {
        refused_above: 100,
        ..Service::of(250)
    };
    let listing = service.listed();
    assert_eq!((listing.names.len(), listing.gap), (250, None));
    let limits: Vec<_> = service.asked.iter().map(|page| page.limit).collect();
    assert_eq!(limits, [1000, 100, 100, 100]);

    let mut strict = Service {
        refused_above: 10,
        ..Service::of(5)
    };
    let listing = strict.listed();
    assert_eq!(
        (class(&listing), strict.asked.len()),
        (Some(UnknownClass::BadResponse), 2)
    );
}

#[test]
fn a_list_that_changes_is_gone_through_again() {
    for change in [Change::InsertFirst, Change::DeleteFirst, Change::DeleteLast] {
        let mut service = Service {
            cap: 10,
            changes: vec![(2, change.clone())],
            ..Service::of(45)
        };
        let listing = service.listed();
        assert_eq!(listing.gap, None, "{change:?}");
        let now: Vec<_> = service.states.last().expect("it was asked").iter().cloned().collect();
        assert_eq!(believed(&listing), now, "the second pass alone: {change:?}");
        let deleted: Vec<_> = service.shown.difference(&now.into_iter().collect()).cloned().collect();
        assert_eq!(listing.superseded, deleted, "{change:?}");
        assert!(service.offsets(1).len() >= 4 && service.offsets(2).is_empty());
    }
}

#[test]
fn a_list_that_never_holds_still_has_a_gap_and_all_names_that_came() {
    let mut service = Service {
        cap: 10,
        changes: (0..100).map(|at| (at, Change::InsertFirst)).collect(),
        ..Service::of(25)
    };
    let listing = service.listed();
    let gap = listing.gap.expect("it never held together");
    assert_eq!(gap.class, UnknownClass::Truncated);
    assert!(
        gap.detail
            .starts_with("the list did not hold together in 3 passes; in the last one the total was both"),
        "{}",
        gap.detail
    );
    assert!(listing.names.len() >= 25 && listing.names.is_sorted());
    assert_eq!(service.asked.iter().map(|page| page.pass).max(), Some(2));
}

/// A name is deleted before the border of two pages and another one comes behind it: the total stays, and the number of
/// different names would be right with one that moved over the border and was never listed.
#[test]
fn a_list_that_moves_under_its_total_is_found_out() {
    let before = names(0..30);
    let mut after = names(1..30);
    after.push(RepositoryName::parse("zzz").expect("a legal name"));
    let page = |list: &[RepositoryName], page: Page| PageAnswer::Names {
        names: list[page.offset as usize..].iter().take(10).cloned().collect(),
        total: Some(30),
    };
    let mut paging = Paging::default();
    let mut asked = 0;
    while let Some(next) = paging.next_page() {
        // Whatever is asked after the first two pages meets the list as it is then.
        let list = if asked < 2 { &before } else { &after };
        asked += 1;
        paging.take(next, page(list, next));
    }
    let listing = paging.into_listing();
    assert_eq!(listing.gap, None, "the second pass holds together");
    assert_eq!((believed(&listing), listing.superseded), (after, names(0..1)));
    assert!(asked > 4, "{asked}");
}

/// The second pass was believed, and what the first one had shown was forgotten.
#[test]
fn a_name_that_an_earlier_pass_showed_is_superseded_and_never_forgotten() {
    // Of six, five came; the second pass has three and agrees with itself.
    let listing = scripted(&[(&[0, 1, 2, 3, 4], Some(6)), (&[4], Some(6)), (&[0, 1, 2], Some(3))]);
    assert_eq!((class(&listing), &listing.superseded), (None, &names(3..5)));
    assert_eq!(listing.names, names(0..5));
}

/// Three of five came, then nothing, and a second pass without a total was empty: "it holds nothing".
#[test]
fn a_total_counts_until_another_one_comes() {
    let nothing: (&[usize], _) = (&[], None);
    let listing = scripted(&[(&[0, 1, 2], Some(5)), nothing, nothing, nothing, nothing]);
    let gap = listing.gap.expect("three of five");
    assert_eq!((gap.class, listing.names), (UnknownClass::Truncated, names(0..3)));
    assert!(
        gap.detail
            .ends_with("3 different names came of the 5 that were counted before"),
        "{}",
        gap.detail
    );
}

#[test]
fn a_list_without_any_total_is_uncounted() {
    for (total, is_uncounted) in [(Some(2), false), (None, true)] {
        let listing = scripted(match total {
            Some(_) => &[(&[0, 1], Some(2))],
            None => &[(&[0, 1], None), (&[1], None)],
        });
        assert_eq!((listing.is_uncounted, class(&listing)), (is_uncounted, None));
    }
}

#[test]
fn a_total_that_lies_is_found_out() {
    for (lie, detail) in [
        (3, "the page at 18 had 7 names, not 10"),
        (10, "the page at 18 had 7 names, not 10"),
        (-3, "the page at 18 had 7 names, not 4"),
        (-20, "10 different names came of 5"),
    ] {
        let mut service = Service {
            cap: 10,
            lie,
            ..Service::of(25)
        };
        let gap = service.listed().gap.expect("a total that lies");
        assert_eq!(gap.class, UnknownClass::Truncated);
        assert!(gap.detail.ends_with(detail), "{lie}: {}", gap.detail);
    }
    let mut none = Service {
        lie: 7,
        ..Service::default()
    };
    let gap = none.listed().gap.expect("a total that lies");
    assert!(gap.detail.ends_with("no name came of 7"), "{}", gap.detail);
}

#[test]
fn a_total_that_would_take_too_many_pages_is_not_followed() {
    let mut service = Service {
        cap: 10,
        lie: 900_000,
        ..Service::of(25)
    };
    let listing = service.listed();
    assert_eq!(
        (class(&listing), service.asked.len(), listing.names.len()),
        (Some(UnknownClass::BadResponse), 1, 10)
    );
}

#[test]
fn without_a_total_the_list_ends_with_a_page_that_has_nothing_more() {
    for count in [0, 7, 45, 50] {
        let mut service = Service {
            cap: 10,
            tells_total: false,
            ..Service::of(count)
        };
        let listing = service.listed();
        assert_eq!((listing.names.len(), listing.gap), (count, None));
        // Each page but the first begins with what is known already.
        assert_eq!(service.asked.len(), count.saturating_sub(1).div_ceil(9) + 1);
    }
}

#[test]
fn a_service_without_pages_is_asked_a_few_times() {
    let mut endless = Service {
        tells_total: false,
        ignores_offset: true,
        ..Service::of(30)
    };
    let listing = endless.listed();
    assert_eq!(
        (class(&listing), listing.names.len()),
        (Some(UnknownClass::Truncated), 30)
    );
    assert_eq!(endless.asked.len(), 6);
    let mut repeated = Service {
        cap: 10,
        ignores_offset: true,
        ..Service::of(30)
    };
    let listing = repeated.listed();
    assert_eq!(
        (class(&listing), listing.names.len()),
        (Some(UnknownClass::Truncated), 10)
    );
    let gap = listing.gap.expect("it is not the whole");
    assert!(
        gap.detail.ends_with("the page at 27 had 10 names, not 3"),
        "{}",
        gap.detail
    );
}

#[test]
fn a_page_that_fails_leaves_a_gap_and_the_others_are_asked() {
    let mut service = Service {
        cap: 10,
        failing: vec![2],
        ..Service::of(45)
    };
    let listing = service.listed();
    assert_eq!(
        (class(&listing), listing.names.len()),
        (Some(UnknownClass::ServerError), 37)
    );
    assert_eq!((service.asked.len(), service.offsets(1)), (5, vec![]));
}

#[test]
fn after_a_refused_credential_nothing_is_asked() {
    for class_of_end in [UnknownClass::Unauthenticated, UnknownClass::Interrupted] {
        let mut service = Service {
            cap: 10,
            ..Service::of(45)
        };
        let mut paging = Paging::default();
        let first = paging.next_page().expect("a first page");
        let answer = service.answer(first);
        paging.take(first, answer);
        let second = paging.next_page().expect("a second page");
        let third = paging.next_page().expect("a third page");
        paging.take(second, PageAnswer::Failed(failed(class_of_end)));
        assert_eq!((paging.is_over(), paging.next_page()), (true, None));
        // It was under way.
        let answer = service.answer(third);
        paging.take(third, answer);
        let listing = paging.into_listing();
        assert_eq!((class(&listing), listing.names.len()), (Some(class_of_end), 20));
    }
}

#[test]
fn what_is_absent_is_empty_and_what_becomes_absent_is_in_doubt() {
    let mut paging = Paging::default();
    let first = paging.next_page().expect("a first page");
    paging.take(first, PageAnswer::Absent);
    let listing = paging.into_listing();
    assert!(listing.names.is_empty() && listing.gap.is_none() && listing.needs_look());

    for total in [Some(15), None] {
        let mut paging = Paging::default();
        let first = paging.next_page().expect("a first page");
        let came = PageAnswer::Names {
            names: names(0..10),
            total,
        };
        paging.take(first, came);
        let second = paging.next_page().expect("a second page");
        paging.take(second, PageAnswer::Absent);
        assert_eq!(paging.next_page().map(|page| page.pass), Some(1), "{total:?}");
    }
}

#[test]
fn one_that_is_not_over_is_reported_as_interrupted() {
    let listing = Paging::default().into_listing();
    assert_eq!(class(&listing), Some(UnknownClass::Interrupted));
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        Just(Change::InsertFirst),
        Just(Change::DeleteFirst),
        Just(Change::DeleteLast),
        Just(Change::Reverse),
        Just(Change::Empty),
    ]
}

prop_compose! {
    fn services()(
        count in 0_usize..60,
        cap in prop_oneof![Just(1000_u32), 1_u32..20],
        refused_above in prop_oneof![Just(1000_u32), Just(100_u32)],
        lie in prop_oneof![4 => Just(0), 1 => -20_i32..20],
        tells_total in any::<bool>(),
        ignores_offset in prop_oneof![5 => Just(false), 1 => Just(true)],
        changes in prop_oneof![Just(Vec::new()), proptest::collection::vec((0_usize..40, change()), 0..6)],
        failing in prop_oneof![3 => Just(Vec::new()), 1 => proptest::collection::vec(0_usize..30, 0..3)],
    ) -> Service {
        Service {
            cap, refused_above, lie, tells_total, ignores_offset, changes, failing,
            ..Service::of(count)
        }
    }
}

proptest! {
    #[test]
    fn a_list_that_is_believed_is_one_that_was_there(service in services(), seed in any::<u64>()) {
        let mut service = service;
        let mut random = fastrand::Rng::with_seed(seed);
        let listing = service.listed_by(|count| random.usize(..count));
        prop_assert!(listing.names.is_sorted_by(|a, b| a < b));
        // Three passes over a list that never has more than that, and a size that is refused.
        prop_assert!(service.asked.len() <= 3 * (60 + 20 + 6 + 2) + 1, "{}", service.asked.len());
        let ever: BTreeSet<_> = service.states.iter().flatten().cloned().collect();
        prop_assert!(listing.names.iter().all(|name| ever.contains(name)), "never a name that was not there");
        prop_assert!(listing.names.iter().eq(&service.shown), "every name that any page showed");
        let is_still = service.states.windows(2).all(|pair| pair[0] == pair[1]);
        if listing.gap.is_none() {
            prop_assert!(service.failing.iter().all(|&number| number >= service.asked.len()));
            let is_honest = service.lie == 0 || !service.tells_total;
            let came: BTreeSet<_> = believed(&listing).into_iter().collect();
            if is_honest && is_still {
                prop_assert!(service.states.contains(&came), "the list, exactly");
            }
            if is_still && service.tells_total {
                // Whatever the total: only one that ends with a first page which was cut cannot be seen through.
                let answered = service.asked.iter().filter(|page| page.limit <= service.refused_above);
                let is_cut = came.len() == service.cap as usize && answered.count() == 1;
                prop_assert!(is_cut || service.states.contains(&came), "{came:?}");
            }
            if is_honest && service.tells_total {
                // What changed while it was paged may have changed places, but is as much as there was at some moment.
                prop_assert!(service.states.iter().any(|state| state.len() == came.len()));
            }
        }
    }

    #[test]
    fn a_list_that_holds_still_is_listed_whole(
        count in 0_usize..60, cap in 1_u32..20, tells_total in any::<bool>(), seed in any::<u64>(),
    ) {
        let mut service = Service { cap, tells_total, ..Service::of(count) };
        let mut random = fastrand::Rng::with_seed(seed);
        let listing = service.listed_by(|count| random.usize(..count));
        prop_assert_eq!((listing.names, listing.gap), (names(0..count), None));
    }

    /// A journal is read in another order than the one in which the answers came.
    #[test]
    fn the_order_of_the_answers_makes_no_difference(service in services(), seed in any::<u64>(), salt in any::<u64>()) {
        let answer = |page: Page| {
            let mut random = fastrand::Rng::with_seed(salt ^ u64::from(page.pass * 1000 + page.offset));
            let mut at_that_time = Service { changes: Vec::new(), failing: Vec::new(), ..service.clone() };
            match random.u8(..12) {
                0 => PageAnswer::Failed(Failure { error_code: Some(page.offset.to_string()), ..failed(UnknownClass::Timeout) }),
                1 => PageAnswer::Absent,
                2 => { at_that_time.list.pop(); at_that_time.answer(page) }
                _ => at_that_time.answer(page),
            }
        };
        let listed = |choose: &mut dyn FnMut(usize) -> usize| {
            let mut paging = Paging::default();
            let mut waiting = Vec::new();
            loop {
                waiting.extend(std::iter::from_fn(|| paging.next_page()));
                if waiting.is_empty() {
                    return paging.into_listing();
                }
                let page = waiting.swap_remove(choose(waiting.len()));
                paging.take(page, answer(page));
            }
        };
        let mut random = fastrand::Rng::with_seed(seed);
        prop_assert_eq!(listed(&mut |_| 0), listed(&mut |count| random.usize(..count)));
    }
}
