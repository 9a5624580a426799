//! Which patterns say in the fewest lines what the repositories of a namespace are under.
//!
//! Names suggest groups: folders (`team/**`), words in front (`web-*`, `web-*/**`), and words at the end (`**/web`, `*-db`).
//! The groups of one namespace make a tree: of two that share a name, one holds the other. So no two patterns ever compete,
//! whichever are chosen, and with the narrower first each means what it says. That is also why a folder is parted by what
//! names begin with or by what they end with, and never by both.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::policies::Seen;

/// Fewer repositories than that are better named than described.
const SUPPORT: usize = 3;
/// How many repositories a pattern has to stand for with each line that is an exception to it.
const FOR_EACH_EXCEPTION: usize = 2;

/// A repository that was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member<'n> {
    pub name: &'n str,
    pub seen: Seen,
}

/// What is not said by what stands around it.
#[derive(Debug, Default)]
pub(super) struct Chosen<'n> {
    /// In order.
    pub names: Vec<Member<'n>>,
    /// The narrower before those that hold them.
    pub patterns: Vec<(String, Seen)>,
}

/// The entries for these repositories where all else is under `main`, with no more than so many patterns.
pub(super) fn choose<'n>(members: &[Member<'n>], main: Seen, most_patterns: usize) -> Chosen<'n> {
    let mut worth = 1;
    loop {
        let mut chosen = Chosen::default();
        Terms { worth }.all(members, main).collect(main, &mut chosen);
        if chosen.patterns.len() <= most_patterns {
            chosen.names.sort_unstable_by_key(|member| member.name);
            return chosen;
        }
        // Too many: those that save the least have to go.
        worth *= 2;
    }
}

/// Repositories that a pattern could stand for.
#[derive(Debug)]
struct Group<'n> {
    pattern: String,
    form: Form,
    parts: Vec<Group<'n>>,
    /// Those that are in none of the parts.
    members: Vec<Member<'n>>,
    /// What the pattern is under, where it is worth a line.
    own: Option<Seen>,
    /// How many lines it takes, whatever stands around it.
    lines: usize,
    /// Where it takes fewer, or as many without a pattern: by what stands around it.
    under: HashMap<Seen, Share>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Share {
    /// Lines that are not needed.
    saved: usize,
    /// Those of which it is true.
    repositories: usize,
}

/// What a pattern takes for a part of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// All in a folder.
    Folder,
    /// Folders that begin so.
    Folders,
    /// Names that begin so.
    Beginning,
    /// Names that end so.
    End,
    /// A name, in whatever folder.
    Name,
}

/// When a pattern is chosen.
#[derive(Clone, Copy)]
struct Terms {
    /// How many lines a pattern has to save beside its own.
    worth: usize,
}

impl Terms {
    /// The whole namespace. What stands around it is known, and so no pattern stands for all of it.
    fn all<'n>(self, members: &[Member<'n>], main: Seen) -> Group<'n> {
        let by_beginning = self.by_beginning(0, members);
        let by_end = self.by_end("", members);
        if by_end.lines_under(main) < by_beginning.lines_under(main) {
            by_end
        } else {
            by_beginning
        }
    }

    /// A folder, or what begins with the same words.
    fn part<'n>(self, beginning: &'n str, form: Form, members: &[Member<'n>]) -> Group<'n> {
        let rest = match form {
            Form::Folder => "**",
            Form::Folders => "*/**",
            Form::Beginning | Form::End | Form::Name => "*",
        };
        let pattern = format!("{beginning}{rest}");
        let by_beginning = self.settled(self.by_beginning(beginning.len(), members), pattern, form);
        if form != Form::Folder || by_beginning.lines <= SUPPORT {
            return by_beginning;
        }
        let pattern = by_beginning.pattern.clone();
        let by_end = self.settled(self.by_end(beginning, members), pattern, form);
        if by_end.lines < by_beginning.lines {
            by_end
        } else {
            by_beginning
        }
    }

    /// Parted by the next words or folders; all have the same up to there.
    fn by_beginning<'n>(self, at: usize, members: &[Member<'n>]) -> Group<'n> {
        let next = |member: &Member<'n>| {
            let name = member.name;
            let end = at + name[at..].find(is_mark)? + 1;
            let form = if name[..end].ends_with('/') {
                Form::Folder
            } else if name[end..].contains('/') {
                Form::Folders
            } else {
                Form::Beginning
            };
            Some((&name[..end], form))
        };
        parted(members, next, |beginning, form, members| {
            self.part(beginning, form, members)
        })
    }

    /// Parted by the last words of names, as far as they stand in one segment.
    fn by_end<'n>(self, folder: &str, members: &[Member<'n>]) -> Group<'n> {
        let is_flat = members.iter().all(|member| !member.name[folder.len()..].contains('/'));
        self.by_words_before(&Place { folder, is_flat }, 0, members)
    }

    /// The same of those that have so many of the last bytes in common.
    fn by_words_before<'n>(self, place: &Place<'_>, length: usize, members: &[Member<'n>]) -> Group<'n> {
        let next = |member: &Member<'n>| {
            let name = member.name;
            let segment = name.rfind('/').map_or(0, |slash| slash + 1);
            match name[segment..name.len() - length].rfind(is_mark) {
                Some(mark) => Some((&name[segment + mark..], Form::End)),
                None if place.is_flat => None,
                None => Some((&name[segment..], Form::Name)),
            }
        };
        parted(members, next, |end, form, members| {
            let inside = match form {
                Form::Name => Group::of(Vec::new(), members.to_vec()),
                Form::Folder | Form::Folders | Form::Beginning | Form::End => {
                    self.by_words_before(place, end.len(), members)
                }
            };
            self.settled(inside, place.pattern(end, form), form)
        })
    }

    /// With a pattern where that is shorter, whatever stands around it.
    fn settled(self, mut group: Group<'_>, pattern: String, form: Form) -> Group<'_> {
        if group.members.is_empty() && group.parts.len() == 1 {
            return group.parts.remove(0).widened(pattern, form);
        }
        group.pattern = pattern;
        group.form = form;
        let is_common = |share: &Share| {
            let exceptions = group.lines - share.saved;
            share.repositories >= SUPPORT.max(FOR_EACH_EXCEPTION * exceptions)
        };
        let common = group.under.iter().filter(|(_, share)| is_common(share));
        let best = common.max_by_key(|(seen, share)| (share.saved, share.repositories, Reverse(**seen)));
        let Some((&own, &Share { saved, .. })) = best.filter(|(_, share)| share.saved > self.worth) else {
            return group;
        };
        let lines = group.lines - saved + self.worth;
        let before = group.lines;
        group.under.retain(|_, share| before - share.saved <= lines);
        for share in group.under.values_mut() {
            share.saved = lines - (before - share.saved);
        }
        group.own = Some(own);
        group.lines = lines;
        group
    }
}

/// Where names that end in the same way stand.
struct Place<'f> {
    folder: &'f str,
    /// Whether there is no folder in it.
    is_flat: bool,
}

impl Place<'_> {
    fn pattern(&self, end: &str, form: Form) -> String {
        let folders = if self.is_flat { "" } else { "**/" };
        let words = if form == Form::Name { "" } else { "*" };
        format!("{}{folders}{words}{end}", self.folder)
    }
}

impl<'n> Group<'n> {
    fn of(mut parts: Vec<Self>, members: Vec<Member<'n>>) -> Self {
        let lines = parts.iter().map(|part| part.lines).sum::<usize>() + members.len();
        // The widest first, so that most of what is known stays where it is.
        parts.sort_by_key(|part| Reverse(part.under.len()));
        let mut under: HashMap<Seen, Share> = HashMap::new();
        for part in &mut parts {
            let of_part = part.told();
            if under.is_empty() {
                under = of_part;
                continue;
            }
            for (seen, share) in of_part {
                let all = under.entry(seen).or_default();
                all.saved += share.saved;
                all.repositories += share.repositories;
            }
        }
        for member in &members {
            let all = under.entry(member.seen).or_default();
            all.saved += 1;
            all.repositories += 1;
        }
        parts.sort_by(|one, other| one.pattern.cmp(&other.pattern));
        Self {
            pattern: String::new(),
            form: Form::Folder,
            parts,
            members,
            own: None,
            lines,
            under,
        }
    }

    /// What the group around it has to know; without a pattern it is needed no more.
    fn told(&mut self) -> HashMap<Seen, Share> {
        if self.own.is_some() {
            self.under.clone()
        } else {
            std::mem::take(&mut self.under)
        }
    }

    /// Of two patterns for the same repositories the wider; but one that names all of a segment says more.
    fn widened(mut self, pattern: String, form: Form) -> Self {
        let is_named = matches!(
            (form, self.form),
            (Form::Folders, Form::Folder) | (Form::End, Form::Name)
        );
        if !is_named {
            self.pattern = pattern;
            self.form = form;
        }
        self
    }

    fn lines_under(&self, around: Seen) -> usize {
        self.lines - self.under.get(&around).map_or(0, |share| share.saved)
    }

    fn collect(&self, around: Seen, chosen: &mut Chosen<'n>) {
        let own = self.own.filter(|_| !self.under.contains_key(&around));
        let inside = own.unwrap_or(around);
        for part in &self.parts {
            part.collect(inside, chosen);
        }
        let stands_out = |member: &&Member<'n>| member.seen != inside;
        chosen.names.extend(self.members.iter().filter(stands_out));
        chosen.patterns.extend(own.map(|own| (self.pattern.clone(), own)));
    }
}

/// By what they have in common; what is too small for a pattern stays by itself.
fn parted<'n>(
    members: &[Member<'n>],
    next: impl Fn(&Member<'n>) -> Option<(&'n str, Form)>,
    part: impl Fn(&'n str, Form, &[Member<'n>]) -> Group<'n>,
) -> Group<'n> {
    let mut groups: BTreeMap<(&str, Form), Vec<Member<'n>>> = BTreeMap::new();
    let mut alone = Vec::new();
    for member in members {
        match next(member) {
            Some(common) => groups.entry(common).or_default().push(*member),
            None => alone.push(*member),
        }
    }
    let mut parts = Vec::new();
    for ((common, form), members) in groups {
        if members.len() < SUPPORT {
            alone.extend(members);
        } else {
            parts.push(part(common, form, &members));
        }
    }
    Group::of(parts, alone)
}

/// What stands between words, or between segments.
const fn is_mark(c: char) -> bool {
    matches!(c, '/' | '-' | '_' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The entries, one by one: `name 1`, `pattern/** 2`.
    fn chosen(members: &[(&str, usize)], main: usize) -> Vec<String> {
        let members: Vec<Member<'_>> = members
            .iter()
            .map(|&(name, seen)| Member {
                name,
                seen: Seen::numbered(seen),
            })
            .collect();
        let chosen = choose(&members, Seen::numbered(main), 500);
        let names = chosen.names.iter().map(|member| (member.name.to_owned(), member.seen));
        let all = names.chain(chosen.patterns);
        all.map(|(text, seen)| format!("{text} {}", seen.number())).collect()
    }

    fn many(texts: &[String], seen: usize) -> impl Iterator<Item = (&str, usize)> {
        texts.iter().map(move |text| (&**text, seen))
    }

    fn texts(count: usize, text: impl Fn(usize) -> String) -> Vec<String> {
        (0..count).map(text).collect()
    }

    #[test]
    fn an_exception_does_not_cost_a_folder_its_pattern() {
        let (a, b) = (texts(30, |n| format!("a/r{n:02}")), texts(20, |n| format!("b/r{n:02}")));
        let mut members: Vec<_> = many(&a, 0).chain(many(&b, 1)).collect();
        assert_eq!(chosen(&members, 0), ["b/** 1"]);
        members[37].1 = 2;
        assert_eq!(chosen(&members, 0), ["b/r07 2", "b/** 1"]);
        members[38].1 = 0;
        assert_eq!(chosen(&members, 0), ["b/r07 2", "b/r08 0", "b/** 1"]);
    }

    #[test]
    fn a_narrower_pattern_stands_before_the_one_that_holds_it() {
        let (outer, inner) = (texts(9, |n| format!("t/x{n}")), texts(9, |n| format!("t/in/x{n}")));
        for (inside, around) in [(2, 1), (0, 1)] {
            let members: Vec<_> = many(&outer, around).chain(many(&inner, inside)).collect();
            let expected = [format!("t/in/** {inside}"), format!("t/** {around}")];
            assert_eq!(chosen(&members, 0), expected);
        }
    }

    #[test]
    fn names_are_told_apart_by_what_they_begin_or_end_with() {
        type Name = fn(&str, usize) -> String;
        let cases: [(Name, &str); 7] = [
            (|kind, n| format!("{kind}-{n}"), "db-* 1"),
            (|kind, n| format!("{kind}-{n}/x{n}"), "db-*/** 1"),
            (|kind, n| format!("in/{kind}_{n}"), "in/db_* 1"),
            (|kind, n| format!("svc{n}-{kind}"), "*-db 1"),
            (|kind, n| format!("t{n}/{kind}"), "**/db 1"),
            (|kind, n| format!("t{n}/x{n}.{kind}"), "**/*.db 1"),
            (|kind, n| format!("all/x{n}/{kind}"), "all/**/db 1"),
        ];
        for (name, expected) in cases {
            let (db, web) = (texts(20, |n| name("db", n)), texts(20, |n| name("web", n)));
            let other = texts(30, |n| format!("other{n}"));
            let members: Vec<_> = many(&db, 1).chain(many(&web, 0)).chain(many(&other, 0)).collect();
            assert_eq!(chosen(&members, 0), [expected]);
        }
    }

    #[test]
    fn few_and_mixed_ones_are_called_by_their_names() {
        assert_eq!(chosen(&[("a-1", 1), ("a-2", 1), ("b", 0)], 0), ["a-1 1", "a-2 1"]);
        let mixed = [("a-1", 1), ("a-2", 1), ("a-3", 1), ("a-4", 0), ("a-5", 0), ("b", 0)];
        assert_eq!(chosen(&mixed, 0), ["a-1 1", "a-2 1", "a-3 1"]);
    }

    #[test]
    fn a_folder_alone_is_called_by_its_name() {
        let names = texts(5, |n| format!("team-a/x{n}"));
        let members: Vec<_> = many(&names, 1).chain([("b", 0)]).collect();
        assert_eq!(chosen(&members, 0), ["team-a/** 1"]);
    }

    #[test]
    fn where_too_many_patterns_would_be_needed_those_that_save_most_stay() {
        let names: Vec<String> = (1..=20)
            .flat_map(|folder| (0..folder + 2).map(move |n| format!("f{folder:02}/x{n}")))
            .collect();
        let members: Vec<Member<'_>> = names
            .iter()
            .map(|name| Member {
                name,
                seen: Seen::numbered(name[1..3].parse().expect("a number")),
            })
            .collect();
        assert_eq!(choose(&members, Seen::numbered(0), 20).patterns.len(), 20);
        let few = choose(&members, Seen::numbered(0), 7);
        assert!(few.patterns.len() <= 7 && !few.patterns.is_empty(), "{few:?}");
        assert!(few.patterns.iter().any(|(pattern, _)| pattern == "f20/**"));
    }
}
