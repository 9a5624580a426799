//! The environment in the place of options: which variable stands for which option, and how its text is read.
//!
//! The only place that ties the two. It walks the whole command line, so that no option is left out: `--fail-on` is
//! `SWR_AUDIT_FAIL_ON`, unless the option names another. An empty variable is unset, and so is a switch that says no. What
//! an option would not take is refused, whoever sets it, and so is what this version does not have.

use std::env;
use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, Error};

use super::refused;
use crate::commands::Failure;
use crate::credentials;
use crate::inventory::nearest;
use crate::model::visible;

/// What the name of each variable begins with.
const PREFIX: &str = "SWR_AUDIT_";

/// How the variables end that hold a key. The inventory may choose what they begin with.
const KEYS: [&str; 3] = ["_AK", "_SK", "_SECURITY_TOKEN"];

/// The command with a variable for each of its options.
pub(super) fn named(command: Command) -> Command {
    let named = |option: Arg| match option.get_long() {
        Some(long) if option.get_env().is_none() => {
            let name = variable(long);
            option.env(name)
        }
        Some(_) | None => option,
    };
    let read_alike = |option: Arg| match option.get_action() {
        ArgAction::SetTrue => option.value_parser(switch),
        _ => option,
    };
    command
        .mut_args(named)
        .mut_args(read_alike)
        .mut_subcommands(self::named)
}

/// The command without the variables that say nothing.
pub(super) fn without_unset(command: Command) -> Command {
    let kept = |option: Arg| {
        let value = option.get_env().and_then(env::var_os);
        let is_switch = matches!(option.get_action(), ArgAction::SetTrue);
        // CI systems set variables that have no value to nothing. A switch that is off excludes no other option.
        let says_nothing = |text: &str| text.is_empty() || is_switch && is_off(text);
        if value.as_deref().and_then(OsStr::to_str).is_some_and(says_nothing) {
            option.env(None::<&str>)
        } else {
            option
        }
    };
    command.mut_args(kept).mut_subcommands(without_unset)
}

/// The variable of an option.
fn variable(long: &str) -> String {
    format!("{PREFIX}{}", long.replace('-', "_").to_uppercase())
}

/// Whether the variable says anything.
fn is_set(name: impl AsRef<OsStr>) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// How a switch is read, everywhere.
fn switch(text: &str) -> Result<bool, String> {
    match text {
        "1" | "true" | "yes" | "on" => Ok(true),
        _ if is_off(text) => Ok(false),
        _ => Err("write 1, true, yes or on, or 0, false, no or off".to_owned()),
    }
}

fn is_off(text: &str) -> bool {
    matches!(text, "0" | "false" | "no" | "off")
}

/// What the environment asks for and no option of its own refuses: what comes later, and texts of blanks alone.
pub(super) fn check(command: &Command, matches: &ArgMatches) -> Result<(), Failure> {
    let later = refused::LATER_OPTIONS.iter().find(|long| is_set(variable(long)));
    if let Some(long) = later {
        let text = format!(
            "`--{long}` is not supported yet\nhint: unset {}, or leave it empty",
            variable(long)
        );
        return Err(Failure::Usage(text));
    }
    check_blanks(command, matches)
}

/// A path or a name of blanks would be taken as it is, and nobody means one.
fn check_blanks(command: &Command, matches: &ArgMatches) -> Result<(), Failure> {
    for option in command.get_arguments().filter(|option| option.get_env().is_some()) {
        let id = option.get_id().as_str();
        if matches.value_source(id) != Some(ValueSource::EnvVariable) {
            continue;
        }
        let is_blank = |value: &OsStr| value.to_str().is_some_and(|text| text.trim().is_empty());
        if matches.get_raw(id).into_iter().flatten().any(is_blank) {
            let name = option.get_env().unwrap_or_default().to_string_lossy();
            let text = format!("{name} holds nothing but blanks\nhint: give it a value, or leave it empty");
            return Err(Failure::Usage(text));
        }
    }
    match matches.subcommand() {
        Some((name, matches)) => match command.find_subcommand(name) {
            Some(command) => check_blanks(command, matches),
            None => Ok(()),
        },
        None => Ok(()),
    }
}

/// A line for each variable that looks like one of ours and is none: a slip of the pen, or of another version.
pub(super) fn strangers(command: &Command) -> Vec<String> {
    let mut known = credentials::variables();
    collect(command, &mut known);
    let mut strangers: Vec<String> = env::vars_os()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, _)| name.to_string_lossy().into_owned())
        .filter(|name| name.starts_with(PREFIX) && !known.contains(name))
        .filter(|name| !KEYS.iter().any(|end| name.ends_with(end)))
        .collect();
    strangers.sort();
    let line = |name: &String| {
        let near = nearest(bare(name), known.iter().map(|name| bare(name)));
        let hint = near.map_or_else(
            || "nothing reads it".to_owned(),
            |near| format!("did you mean {PREFIX}{near}?"),
        );
        format!("warning: there is no variable {}: {hint}\n", visible(name))
    };
    strangers.iter().map(line).collect()
}

fn bare(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

fn collect(command: &Command, known: &mut Vec<String>) {
    let options = command.get_arguments();
    known.extend(options.filter_map(|option| Some(option.get_env()?.to_string_lossy().into_owned())));
    for command in command.get_subcommands() {
        collect(command, known);
    }
}

/// Names the variables among what an error speaks of: nobody looks for them where no option was given.
pub(super) fn explained(mut error: Error, command: &mut Command, arguments: &[OsString]) -> Error {
    // Only so do options know how messages show them.
    command.build();
    let mut named = Vec::new();
    for kind in [ContextKind::InvalidArg, ContextKind::PriorArg] {
        match error.get(kind) {
            Some(ContextValue::String(one)) => named.push(one.clone()),
            Some(ContextValue::Strings(several)) => named.extend(several.iter().cloned()),
            _ => {}
        }
    }
    let mut tips: Vec<_> = named
        .iter()
        .filter_map(|shown| {
            let option = find(command, shown)?;
            let name = option.get_env()?.to_str()?;
            let is_from_there = is_set(name) && !is_given(option, arguments);
            is_from_there.then(|| format!("'{shown}' has its value from {name}").into())
        })
        .collect();
    if !tips.is_empty() {
        if let Some(ContextValue::StyledStrs(others)) = error.remove(ContextKind::Suggested) {
            tips.extend(others);
        }
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    error
}

/// The option that messages show so.
fn find<'c>(command: &'c Command, shown: &str) -> Option<&'c Arg> {
    let own = command.get_arguments().find(|option| option.to_string() == shown);
    own.or_else(|| command.get_subcommands().find_map(|command| find(command, shown)))
}

/// Whether it stands in the command line.
fn is_given(option: &Arg, arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .filter_map(|argument| argument.to_str())
        .any(|argument| {
            let (name, _) = argument.split_once('=').unwrap_or((argument, ""));
            match name.strip_prefix("--") {
                Some(long) => option.get_long() == Some(long),
                None => name
                    .strip_prefix('-')
                    .is_some_and(|letters| option.get_short().is_some_and(|it| letters.contains(it))),
            }
        })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn whole() -> Command {
        let mut command = super::super::command();
        command.build();
        command
    }

    fn options(command: &Command) -> Vec<&Arg> {
        let deeper = command.get_subcommands().flat_map(options);
        command.get_arguments().chain(deeper).collect()
    }

    #[test]
    fn every_option_has_a_variable() {
        let command = whole();
        for option in options(&command) {
            let is_own = !matches!(option.get_action(), ArgAction::Help | ArgAction::Version);
            let is_option = is_own && !option.is_positional();
            assert_eq!(option.get_env().is_some(), is_option, "{option}");
        }
    }

    /// A variable that is meant for one command and means something else in another is worse than none.
    #[test]
    fn a_variable_means_the_same_in_every_command() {
        let command = whole();
        let mut meanings: BTreeMap<&OsStr, (String, &Arg)> = BTreeMap::new();
        for option in options(&command) {
            let Some(name) = option.get_env() else { continue };
            let meaning = format!("{option} {:?}", option.get_value_parser());
            let first = meanings.entry(name).or_insert_with(|| (meaning.clone(), option));
            assert_eq!(first.0, meaning, "{}", name.display());
        }
    }

    #[test]
    fn what_comes_later_is_not_there_yet() {
        let command = whole();
        for option in options(&command) {
            assert!(
                !refused::LATER_OPTIONS.contains(&option.get_long().unwrap_or_default()),
                "{option}"
            );
        }
        for command in command.get_subcommands() {
            assert!(
                !refused::LATER_COMMANDS.contains(&command.get_name()),
                "{}",
                command.get_name()
            );
        }
    }
}
