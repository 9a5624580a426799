//! Commands of the `KooCLI` (`hcloud`), spelled so that a person can paste them into a POSIX shell.
//!
//! Three traps of it: `/` of a repository is `$` in its path and so must stand in single quotes; `--cli-region` is the region
//! that is asked, not the rule's target; and it exits with 0 on errors, so that a look must follow each change.

use super::document::Step;
use super::wording::plain;
use crate::model::{Flags, Target, is_unseen};

/// A repository in its region.
#[derive(Clone, Copy)]
pub(super) struct Cloud<'a> {
    pub region: &'a str,
    pub namespace: &'a str,
    pub repository: &'a str,
}

/// Whether the target namespace is there: the call that makes a rule does not check it.
pub(super) fn look_at_target(target: &Target) -> Step {
    let text = format!("check that the namespace {} is there", plain(&target.to_string()));
    Step {
        text,
        command: command("ShowNamespace", &target.region, &[("namespace", &target.namespace)]),
    }
}

impl Cloud<'_> {
    pub(super) fn create(self, target: &Target, flags: Flags<bool>) -> Step {
        self.create_saying("create the rule", target, flags)
    }

    pub(super) fn create_at_once(self, target: &Target, flags: Flags<bool>) -> Step {
        self.create_saying("at once, create the rule", target, flags)
    }

    fn create_saying(self, what: &str, target: &Target, flags: Flags<bool>) -> Step {
        let set = format!(" --syncAuto={} --override={}", flags.sync_auto, flags.overrides);
        let command = self.command("CreateImageSyncRepo", Some(target));
        Step {
            text: format!("{what} (console: {})", self.page("Set Auto Sync")),
            command: command.map(|command| command + &set),
        }
    }

    pub(super) fn delete(self, target: &Target, what: &str) -> Step {
        Step {
            text: format!("{what} (console: {})", self.page("Set Auto Sync")),
            command: self.command("DeleteImageSyncRepo", Some(target)),
        }
    }

    /// By hand: which tags are to be copied, the report does not know.
    pub(super) fn copy(self, target: &Target) -> Step {
        Step::by_hand(format!(
            "copy the existing tags to {}: a rule copies only what is pushed after it was made (console: {})",
            plain(&target.to_string()),
            self.page("Sync")
        ))
    }

    pub(super) fn look(self) -> Step {
        self.look_for("look at the rules again (hcloud exits with 0 even on errors)")
    }

    pub(super) fn look_for(self, text: &str) -> Step {
        Step {
            text: text.to_owned(),
            command: self.command("ListImageAutoSyncReposDetails", None),
        }
    }

    /// The way through the console, by its menus of 2025.
    fn page(self, button: &str) -> String {
        format!(
            "My Images > {}/{} > {button}",
            plain(self.namespace),
            plain(self.repository)
        )
    }

    fn command(self, operation: &str, target: Option<&Target>) -> Option<String> {
        let repository = self.repository.replace('/', "$");
        let mut arguments = vec![("namespace", self.namespace), ("repository", &*repository)];
        if let Some(target) = target {
            arguments.push(("remoteRegionId", &target.region));
            arguments.push(("remoteNamespace", &target.namespace));
        }
        command(operation, self.region, &arguments)
    }
}

/// `None` where a value holds characters that nobody sees: nobody could check what they paste.
fn command(operation: &str, region: &str, arguments: &[(&str, &str)]) -> Option<String> {
    let arguments = || [("cli-region", region)].into_iter().chain(arguments.iter().copied());
    if arguments().any(|(_, value)| value.contains(is_unseen)) {
        return None;
    }
    let arguments: Vec<String> = arguments()
        .map(|(name, value)| format!("--{name}={}", quoted(value)))
        .collect();
    Some(format!("hcloud SWR {operation} {}", arguments.join(" ")))
}

/// In single quotes, where a shell expands nothing.
pub(super) fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOUD: Cloud<'static> = Cloud {
        region: "cn-north-4",
        namespace: "prod",
        repository: "team/app",
    };

    fn target(namespace: &str) -> Target {
        Target {
            region: "cn-east-3".into(),
            namespace: namespace.into(),
        }
    }

    #[test]
    fn a_slash_is_a_dollar_that_no_shell_expands() {
        let step = CLOUD.delete(&target("prod-dr"), "delete the rule");
        assert_eq!(
            step.command.as_deref(),
            Some(
                "hcloud SWR DeleteImageSyncRepo --cli-region='cn-north-4' --namespace='prod' \
                 --repository='team$app' --remoteRegionId='cn-east-3' --remoteNamespace='prod-dr'"
            )
        );
        assert_eq!(
            step.text,
            "delete the rule (console: My Images > prod/team/app > Set Auto Sync)"
        );
    }

    #[test]
    fn the_region_that_is_asked_is_the_targets_where_the_target_is_looked_at() {
        let command = look_at_target(&target("prod-dr")).command;
        let expected = "hcloud SWR ShowNamespace --cli-region='cn-east-3' --namespace='prod-dr'";
        assert_eq!(command.as_deref(), Some(expected));
    }

    #[test]
    fn no_text_of_the_service_leaves_its_quotes() {
        let command = CLOUD.delete(&target("x'; rm -rf / #$(id)`id`"), "delete").command;
        let command = command.expect("everything can be seen");
        assert!(
            command.ends_with(r"--remoteNamespace='x'\''; rm -rf / #$(id)`id`'"),
            "{command}"
        );
    }

    #[test]
    fn a_command_that_holds_what_nobody_sees_is_not_proposed() {
        for hidden in ["a\nb", "a\u{202e}b", "a\u{1b}[31m"] {
            assert_eq!(CLOUD.delete(&target(hidden), "delete").command, None, "{hidden:?}");
        }
    }
}
