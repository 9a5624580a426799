//! What a refused command line is answered beyond clap's own words.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::model::{shown_url, visible};

/// Options that this version does not have yet: refused, also from the environment, and not taken for typing errors.
pub(super) const LATER_OPTIONS: [&str; 3] = ["group-by", "keep", "show"];

/// Commands likewise.
pub(super) const LATER_COMMANDS: [&str; 8] = [
    "completions",
    "diff",
    "doctor",
    "explain",
    "gate",
    "init",
    "list",
    "man",
];

/// Says of what comes later that it does, in place of proposing something that merely sounds alike.
pub(super) fn reported_as_later(error: clap::Error) -> clap::Error {
    let named = match error.kind() {
        ErrorKind::UnknownArgument => error.get(ContextKind::InvalidArg),
        ErrorKind::InvalidSubcommand => error.get(ContextKind::InvalidSubcommand),
        _ => None,
    };
    let Some(ContextValue::String(name)) = named else {
        return error;
    };
    let shown = name.split('=').next().unwrap_or_default();
    let comes_later = match shown.strip_prefix("--") {
        Some(long) => LATER_OPTIONS.contains(&long),
        None => LATER_COMMANDS.contains(&shown),
    };
    if comes_later {
        return clap::Error::raw(error.kind(), format!("`{shown}` is not supported yet\n"));
    }
    error
}

/// What was given may hold line breaks, and would begin a line of its own in the middle of a message.
pub(super) fn on_one_line(mut error: clap::Error) -> clap::Error {
    let tip = |tip: &StyledStr| StyledStr::from(tip.ansi().to_string().replace('\n', r"\n"));
    let shown = |value: &ContextValue| match value {
        ContextValue::String(text) => Some(ContextValue::String(visible(text).into_owned())),
        ContextValue::StyledStrs(tips) => Some(ContextValue::StyledStrs(tips.iter().map(tip).collect())),
        // The others are clap's own words, and the names of our options.
        _ => None,
    };
    let context: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| Some((kind, shown(value)?)))
        .collect();
    for (kind, value) in context {
        error.insert(kind, value);
    }
    error
}

/// Of a URL that is refused, the host alone is shown: the rest may be a secret, and the refusal ends in the logs of CI systems.
pub(super) fn without_secrets(mut error: clap::Error) -> clap::Error {
    let is_url = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(option)) => option.contains("<URL>"),
        _ => false,
    };
    let kind = ContextKind::InvalidValue;
    let Some(ContextValue::String(value)) = error.get(kind) else {
        return error;
    };
    if is_url || value.contains('@') || value.contains("://") {
        let shown = shown_url(value);
        error.insert(kind, ContextValue::String(shown));
    }
    error
}
