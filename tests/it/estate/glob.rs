//! Patterns as the inventory's page describes them, by trying every way.

/// Whether a name, or a region's id, matches.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let segments = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
    choices(pattern).iter().any(|one| path(&segments(one), &segments(text)))
}

/// What `{a,b}` chooses from; choices do not nest here.
fn choices(pattern: &str) -> Vec<String> {
    let Some((before, rest)) = pattern.split_once('{') else {
        return vec![pattern.to_owned()];
    };
    let (inside, after) = rest.split_once('}').expect("patterns of these tests are whole");
    let one = |choice: &str| choices(&format!("{before}{choice}{after}"));
    inside.split(',').flat_map(one).collect()
}

fn path(pattern: &[String], text: &[String]) -> bool {
    match pattern {
        [] => text.is_empty(),
        // What stands last is not nothing: `a/**` is not `a`.
        [last] if last == "**" => !text.is_empty(),
        [first, rest @ ..] if first == "**" => (0..=text.len()).any(|at| path(rest, &text[at..])),
        [first, rest @ ..] => text
            .split_first()
            .is_some_and(|(one, others)| segment(first.as_bytes(), one.as_bytes()) && path(rest, others)),
    }
}

fn segment(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', rest @ ..] => (0..=text.len()).any(|at| segment(rest, &text[at..])),
        [b'[', rest @ ..] => {
            let end = rest.iter().position(|&byte| byte == b']').expect("patterns are whole");
            let (set, rest) = (&rest[..end], &rest[end + 1..]);
            text.split_first()
                .is_some_and(|(&one, others)| in_set(set, one) && segment(rest, others))
        }
        [first, rest @ ..] => text
            .split_first()
            .is_some_and(|(one, others)| (*first == b'?' || first == one) && segment(rest, others)),
    }
}

fn in_set(set: &[u8], byte: u8) -> bool {
    match set {
        [b'!', rest @ ..] => !in_set(rest, byte),
        [from, b'-', to] => (*from..=*to).contains(&byte),
        _ => set.contains(&byte),
    }
}

/// `[source:]namespace[/repository]`.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    source: Option<&'a str>,
    namespace: &'a str,
    repository: Option<&'a str>,
}

impl<'a> Scope<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let (source, rest) = match text.split_once(':') {
            Some((source, rest)) => (Some(source), rest),
            None => (None, text),
        };
        let rest = if rest.is_empty() { "*" } else { rest };
        match rest.split_once('/') {
            Some((namespace, repository)) => Self {
                source,
                namespace,
                repository: Some(repository),
            },
            None => Self {
                source,
                namespace: rest,
                repository: None,
            },
        }
    }

    /// The repositories that it names; `None`: all.
    pub(super) const fn repository(&self) -> Option<&'a str> {
        self.repository
    }

    pub(super) fn reaches_source(&self, source: &str) -> bool {
        self.source.is_none_or(|pattern| matches(pattern, source))
    }

    pub(super) fn reaches(&self, source: &str, namespace: &str) -> bool {
        self.reaches_source(source) && matches(self.namespace, namespace)
    }

    pub(super) fn holds(&self, source: &str, namespace: &str, repository: &str) -> bool {
        self.reaches(source, namespace) && self.repository.is_none_or(|pattern| matches(pattern, repository))
    }

    /// The namespace itself, and with it all of it.
    pub(super) fn holds_namespace(&self, source: &str, namespace: &str) -> bool {
        self.reaches(source, namespace) && matches!(self.repository, None | Some("**"))
    }
}
