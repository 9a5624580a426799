//! Which patterns express the policies of a namespace's repositories in the fewest lines.
//!
//! Names suggest groups: folders (`team/**`), words in front (`web-*`, `web-*/**`), and words at the end (`**/web`, `*-db`).
//! The groups of one namespace make a tree: of two that share a name, one contains the other. So the patterns that are chosen
//! never compete, as long as the narrower one comes first. That is also why a folder is split by what names begin with or by
//! what they end with, and never by both.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::policies::RuleSetId;

/// Fewer repositories than this are listed by name.
const SUPPORT: usize = 3;
/// How many repositories a pattern has to cover for each exception from it.
const FOR_EACH_EXCEPTION: usize = 2;

/// A repository whose rules were read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member<'n> {
    pub name: &'n str,
    pub rules: RuleSetId,
}

/// The exceptions from the policy of the namespace.
#[derive(Debug, Default)]
pub(super) struct Exceptions<'n> {
    /// In order.
    pub names: Vec<Member<'n>>,
    /// The narrower before the wider.
    pub patterns: Vec<(String, RuleSetId)>,
}

/// The exceptions among these repositories where the policy of the namespace expects `main`, with at most so many patterns.
pub(super) fn choose<'n>(members: &[Member<'n>], main: RuleSetId, most_patterns: usize) -> Exceptions<'n> {
    let mut worth = 1;
    loop {
        let mut chosen = Exceptions::default();
        Grouping { worth }.all(members, main).collect(main, &mut chosen);
        if chosen.patterns.len() <= most_patterns {
            chosen.names.sort_unstable_by_key(|member| member.name);
            return chosen;
        }
        // Too many: drop those that save the least.
        worth *= 2;
    }
}

/// Repositories that a pattern could cover.
#[derive(Debug)]
struct Group<'n> {
    pattern: String,
    form: PatternForm,
    parts: Vec<Group<'n>>,
    /// Repositories in none of the parts.
    members: Vec<Member<'n>>,
    /// The rules of the pattern, where it is worth a line.
    own: Option<RuleSetId>,
    /// How many lines it takes, whatever the rules around it.
    lines: usize,
    /// The rules around it with which it takes fewer lines, or as many without a pattern.
    savings: HashMap<RuleSetId, Saving>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Saving {
    /// Lines that are not needed.
    lines: usize,
    /// Repositories that have those rules.
    repositories: usize,
}

/// Which part of a name a pattern fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum PatternForm {
    /// One folder: `team/**`.
    Folder,
    /// The beginning of a folder: `web-*/**`.
    Folders,
    /// The beginning of a name: `web-*`.
    Beginning,
    /// The end of a name: `*-db`.
    End,
    /// The last segment, in any folder: `**/web`.
    Name,
}

/// How repositories are grouped.
#[derive(Clone, Copy)]
struct Grouping {
    /// How many lines a pattern has to save beside its own.
    worth: usize,
}

impl Grouping {
    /// The whole namespace. The rules around it are known, so it needs no pattern of its own.
    fn all<'n>(self, members: &[Member<'n>], main: RuleSetId) -> Group<'n> {
        let by_beginning = self.by_beginning(0, members);
        let by_end = self.by_end("", members);
        if by_end.lines_under(main) < by_beginning.lines_under(main) {
            by_end
        } else {
            by_beginning
        }
    }

    /// A folder, or names that begin with the same words.
    fn part<'n>(self, beginning: &'n str, form: PatternForm, members: &[Member<'n>]) -> Group<'n> {
        let rest = match form {
            PatternForm::Folder => "**",
            PatternForm::Folders => "*/**",
            PatternForm::Beginning | PatternForm::End | PatternForm::Name => "*",
        };
        let pattern = format!("{beginning}{rest}");
        let by_beginning = self.settled(self.by_beginning(beginning.len(), members), pattern, form);
        if form != PatternForm::Folder || by_beginning.lines <= SUPPORT {
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

    /// Split by the next word or folder; up to `at` all names are the same.
    fn by_beginning<'n>(self, at: usize, members: &[Member<'n>]) -> Group<'n> {
        let next = |member: &Member<'n>| {
            let name = member.name;
            let end = at + name[at..].find(is_mark)? + 1;
            let form = if name[..end].ends_with('/') {
                PatternForm::Folder
            } else if name[end..].contains('/') {
                PatternForm::Folders
            } else {
                PatternForm::Beginning
            };
            Some((&name[..end], form))
        };
        split(members, next, |beginning, form, members| {
            self.part(beginning, form, members)
        })
    }

    /// Split by the last words of names, within the last segment.
    fn by_end<'n>(self, folder: &str, members: &[Member<'n>]) -> Group<'n> {
        let is_flat = members.iter().all(|member| !member.name[folder.len()..].contains('/'));
        self.by_words_before(&FolderOfEnds { folder, is_flat }, 0, members)
    }

    /// The same where the last bytes are the same already: so many of them.
    fn by_words_before<'n>(self, place: &FolderOfEnds<'_>, length: usize, members: &[Member<'n>]) -> Group<'n> {
        let next = |member: &Member<'n>| {
            let name = member.name;
            let segment = name.rfind('/').map_or(0, |slash| slash + 1);
            match name[segment..name.len() - length].rfind(is_mark) {
                Some(mark) => Some((&name[segment + mark..], PatternForm::End)),
                None if place.is_flat => None,
                None => Some((&name[segment..], PatternForm::Name)),
            }
        };
        split(members, next, |end, form, members| {
            let inside = match form {
                PatternForm::Name => Group::of(Vec::new(), members.to_vec()),
                PatternForm::Folder | PatternForm::Folders | PatternForm::Beginning | PatternForm::End => {
                    self.by_words_before(place, end.len(), members)
                }
            };
            self.settled(inside, place.pattern(end, form), form)
        })
    }

    /// With a pattern where that saves lines, whatever the rules around it.
    fn settled(self, mut group: Group<'_>, pattern: String, form: PatternForm) -> Group<'_> {
        if group.members.is_empty() && group.parts.len() == 1 {
            return group.parts.remove(0).widened(pattern, form);
        }
        group.pattern = pattern;
        group.form = form;
        let is_common = |saving: &Saving| {
            let exceptions = group.lines - saving.lines;
            saving.repositories >= SUPPORT.max(FOR_EACH_EXCEPTION * exceptions)
        };
        let common = group.savings.iter().filter(|(_, saving)| is_common(saving));
        let best = common.max_by_key(|(rules, saving)| (saving.lines, saving.repositories, Reverse(**rules)));
        let Some((&own, &Saving { lines: saved, .. })) = best.filter(|(_, saving)| saving.lines > self.worth) else {
            return group;
        };
        let lines = group.lines - saved + self.worth;
        let before = group.lines;
        group.savings.retain(|_, saving| before - saving.lines <= lines);
        for saving in group.savings.values_mut() {
            saving.lines = lines - (before - saving.lines);
        }
        group.own = Some(own);
        group.lines = lines;
        group
    }
}

/// The folder of names that end in the same way.
struct FolderOfEnds<'f> {
    folder: &'f str,
    /// Whether it contains no folder.
    is_flat: bool,
}

impl FolderOfEnds<'_> {
    fn pattern(&self, end: &str, form: PatternForm) -> String {
        let folders = if self.is_flat { "" } else { "**/" };
        let words = if form == PatternForm::Name { "" } else { "*" };
        format!("{}{folders}{words}{end}", self.folder)
    }
}

impl<'n> Group<'n> {
    fn of(mut parts: Vec<Self>, members: Vec<Member<'n>>) -> Self {
        let lines = parts.iter().map(|part| part.lines).sum::<usize>() + members.len();
        // The largest map first, so that the smaller ones are copied into it.
        parts.sort_by_key(|part| Reverse(part.savings.len()));
        let mut savings: HashMap<RuleSetId, Saving> = HashMap::new();
        for part in &mut parts {
            let of_part = part.take_savings();
            if savings.is_empty() {
                savings = of_part;
                continue;
            }
            for (rules, saving) in of_part {
                let all = savings.entry(rules).or_default();
                all.lines += saving.lines;
                all.repositories += saving.repositories;
            }
        }
        for member in &members {
            let all = savings.entry(member.rules).or_default();
            all.lines += 1;
            all.repositories += 1;
        }
        parts.sort_by(|one, other| one.pattern.cmp(&other.pattern));
        Self {
            pattern: String::new(),
            form: PatternForm::Folder,
            parts,
            members,
            own: None,
            lines,
            savings,
        }
    }

    /// Its savings, for the group around it. A group without a pattern does not need them any more.
    fn take_savings(&mut self) -> HashMap<RuleSetId, Saving> {
        if self.own.is_some() {
            self.savings.clone()
        } else {
            std::mem::take(&mut self.savings)
        }
    }

    /// Of two patterns for the same repositories the wider one, unless the other fixes a whole segment, which says more.
    fn widened(mut self, pattern: String, form: PatternForm) -> Self {
        let is_named = matches!(
            (form, self.form),
            (PatternForm::Folders, PatternForm::Folder) | (PatternForm::End, PatternForm::Name)
        );
        if !is_named {
            self.pattern = pattern;
            self.form = form;
        }
        self
    }

    fn lines_under(&self, around: RuleSetId) -> usize {
        self.lines - self.savings.get(&around).map_or(0, |saving| saving.lines)
    }

    fn collect(&self, around: RuleSetId, chosen: &mut Exceptions<'n>) {
        let own = self.own.filter(|_| !self.savings.contains_key(&around));
        let inside = own.unwrap_or(around);
        for part in &self.parts {
            part.collect(inside, chosen);
        }
        let is_exception = |member: &&Member<'n>| member.rules != inside;
        chosen.names.extend(self.members.iter().filter(is_exception));
        chosen.patterns.extend(own.map(|own| (self.pattern.clone(), own)));
    }
}

/// Grouped by what they have in common; groups too small for a pattern are dissolved.
fn split<'n>(
    members: &[Member<'n>],
    next: impl Fn(&Member<'n>) -> Option<(&'n str, PatternForm)>,
    part: impl Fn(&'n str, PatternForm, &[Member<'n>]) -> Group<'n>,
) -> Group<'n> {
    let mut groups: BTreeMap<(&str, PatternForm), Vec<Member<'n>>> = BTreeMap::new();
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

/// A separator of words or segments.
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
            .map(|&(name, number)| Member {
                name,
                rules: RuleSetId::numbered(number),
            })
            .collect();
        let chosen = choose(&members, RuleSetId::numbered(main), 500);
        let names = chosen.names.iter().map(|member| (member.name.to_owned(), member.rules));
        let all = names.chain(chosen.patterns);
        all.map(|(text, rules)| format!("{text} {}", rules.number())).collect()
    }

    fn many(texts: &[String], number: usize) -> impl Iterator<Item = (&str, usize)> {
        texts.iter().map(move |text| (&**text, number))
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
    fn a_narrower_pattern_comes_before_the_wider_one() {
        let (outer, inner) = (texts(9, |n| format!("t/x{n}")), texts(9, |n| format!("t/in/x{n}")));
        for (inside, around) in [(2, 1), (0, 1)] {
            let members: Vec<_> = many(&outer, around).chain(many(&inner, inside)).collect();
            let expected = [format!("t/in/** {inside}"), format!("t/** {around}")];
            assert_eq!(chosen(&members, 0), expected);
        }
    }

    #[test]
    fn a_group_is_recognised_by_what_its_names_begin_or_end_with() {
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
    fn few_or_mixed_repositories_are_listed_by_name() {
        assert_eq!(chosen(&[("a-1", 1), ("a-2", 1), ("b", 0)], 0), ["a-1 1", "a-2 1"]);
        let mixed = [("a-1", 1), ("a-2", 1), ("a-3", 1), ("a-4", 0), ("a-5", 0), ("b", 0)];
        assert_eq!(chosen(&mixed, 0), ["a-1 1", "a-2 1", "a-3 1"]);
    }

    #[test]
    fn a_folder_of_its_own_gets_one_pattern() {
        let names = texts(5, |n| format!("team-a/x{n}"));
        let members: Vec<_> = many(&names, 1).chain([("b", 0)]).collect();
        assert_eq!(chosen(&members, 0), ["team-a/** 1"]);
    }

    #[test]
    fn the_patterns_that_save_most_stay_where_there_would_be_too_many() {
        let names: Vec<String> = (1..=20)
            .flat_map(|folder| (0..folder + 2).map(move |n| format!("f{folder:02}/x{n}")))
            .collect();
        let members: Vec<Member<'_>> = names
            .iter()
            .map(|name| Member {
                name,
                rules: RuleSetId::numbered(name[1..3].parse().expect("a number")),
            })
            .collect();
        assert_eq!(choose(&members, RuleSetId::numbered(0), 20).patterns.len(), 20);
        let few = choose(&members, RuleSetId::numbered(0), 7);
        assert!(few.patterns.len() <= 7 && !few.patterns.is_empty(), "{few:?}");
        assert!(few.patterns.iter().any(|(pattern, _)| pattern == "f20/**"));
    }
}
