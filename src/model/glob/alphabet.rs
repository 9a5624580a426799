//! The characters that names are made of, and how they may follow each other: `model::name` as an automaton.

/// A set of characters: 26 letters, ten digits, `.`, `/`, `_`, `-`, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Symbols(u64);

const LETTERS: Symbols = Symbols((1 << 26) - 1);
const DIGITS: Symbols = Symbols(((1 << 10) - 1) << 26);
const DOT: Symbols = Symbols(1 << 36);
const SLASH: Symbols = Symbols(1 << 37);
const UNDERSCORE: Symbols = Symbols(1 << 38);
const HYPHEN: Symbols = Symbols(1 << 39);

/// The kinds of characters that the rules for names tell apart; together all of them.
pub(super) const CLASSES: [Symbols; 6] = [LETTERS, DIGITS, DOT, SLASH, UNDERSCORE, HYPHEN];

impl Symbols {
    pub(super) const ALL: Self = Self((1 << 40) - 1);
    /// What stays within a segment.
    pub(super) const SEGMENT: Self = Self(Self::ALL.0 & !SLASH.0);

    /// A character that no name holds is none.
    pub(super) fn of(c: char) -> Self {
        match c {
            'a'..='z' => Self(1 << (u32::from(c) - u32::from('a'))),
            '0'..='9' => Self(1 << (26 + u32::from(c) - u32::from('0'))),
            '.' => DOT,
            '/' => SLASH,
            '_' => UNDERSCORE,
            '-' => HYPHEN,
            _ => Self(0),
        }
    }

    /// All from one to the other; only those that names hold are looked at.
    pub(super) fn range(from: char, to: char) -> Self {
        let within = Self::known().filter(|c| (from..=to).contains(c));
        within.fold(Self(0), |symbols, c| symbols.or(Self::of(c)))
    }

    fn known() -> impl Iterator<Item = char> {
        ('-'..='9').chain(['_']).chain('a'..='z')
    }

    /// The only one in it.
    pub(super) fn character(self) -> Option<char> {
        Self::known()
            .find(|c| Self::of(*c) == self)
            .filter(|_| !self.is_empty())
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// One by one.
    pub(super) fn each(self) -> impl Iterator<Item = Self> {
        (0..40)
            .map(|bit| Self(1 << bit))
            .filter(move |one| !one.and(self).is_empty())
    }
}

/// Whose names are spoken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Namespace,
    Repository,
}

impl Kind {
    /// The longest name.
    pub(super) const fn longest(self) -> usize {
        match self {
            Self::Namespace => 64,
            Self::Repository => 128,
        }
    }
}

/// What stands before, as far as it matters for what may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Before {
    Nothing,
    /// A letter or a digit: the only one that a name may end with.
    Word,
    /// A `.` or a `/`.
    Mark,
    Underscore,
    Underscores,
    Hyphens,
}

impl Before {
    /// After one more character of one of [`CLASSES`]; `None` where no name goes on so.
    pub(super) fn then(self, class: Symbols, kind: Kind) -> Option<Self> {
        let is_mark = class == DOT || class == SLASH && kind == Kind::Repository;
        if class == LETTERS || class == DIGITS {
            let is_bad_start = self == Self::Nothing && class == DIGITS && kind == Kind::Namespace;
            return (!is_bad_start).then_some(Self::Word);
        }
        match self {
            Self::Word if is_mark => Some(Self::Mark),
            Self::Word if class == UNDERSCORE => Some(Self::Underscore),
            Self::Underscore if class == UNDERSCORE => Some(Self::Underscores),
            Self::Word | Self::Hyphens if class == HYPHEN => Some(Self::Hyphens),
            Self::Nothing | Self::Word | Self::Mark | Self::Underscore | Self::Underscores | Self::Hyphens => None,
        }
    }
}
