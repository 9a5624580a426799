//! A run that is a step of GitHub Actions: annotations on stderr, and the files of the step.

use std::fs;
use std::path::PathBuf;

use crate::support::{Audit, Ended, inventory, names, serve, texts, world};

/// So many repositories without their rules, audited in a step.
struct Step {
    audit: Audit,
    summary: PathBuf,
    outputs: PathBuf,
}

impl Step {
    fn new(arguments: &[&str], repositories: usize) -> Self {
        let names = names("repo", repositories);
        let audit = Audit::of(&inventory(&texts(&names))).with(arguments);
        let summary = audit.folder().join("summary");
        let outputs = audit.folder().join("outputs");
        let audit = audit
            .setting("GITHUB_ACTIONS", "true")
            .setting("GITHUB_WORKSPACE", &audit_folder(&summary))
            .setting("GITHUB_STEP_SUMMARY", &summary.to_string_lossy())
            .setting("GITHUB_OUTPUT", &outputs.to_string_lossy());
        Self {
            audit,
            summary,
            outputs,
        }
    }

    fn run(&self, repositories: usize) -> Ended {
        let names = names("repo", repositories);
        let mut world = world(&texts(&names));
        for name in &names {
            world.repository("prod", name).rules.clear();
        }
        self.audit.against(&serve(world).endpoint())
    }

    fn summary(&self) -> String {
        fs::read_to_string(&self.summary).unwrap_or_default()
    }

    /// Name and value of each output.
    fn outputs(&self) -> Vec<(String, String)> {
        let text = fs::read_to_string(&self.outputs).unwrap_or_default();
        let mut lines = text.lines();
        let mut outputs = Vec::new();
        while let Some((name, end)) = lines.next().and_then(|line| line.split_once("<<")) {
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
            outputs.push((name.to_owned(), value.join("\n")));
        }
        outputs
    }
}

fn audit_folder(file: &std::path::Path) -> String {
    file.parent().expect("it is in a folder").to_string_lossy().into_owned()
}

fn commands(ended: &Ended) -> Vec<&str> {
    ended.stderr.lines().filter(|line| line.starts_with("::")).collect()
}

#[test]
fn a_step_gets_annotations_a_summary_and_outputs() {
    let step = Step::new(&["-o", "csv=-", "--run-id", "r", "--path-prefix", "ops"], 2);
    fs::write(&step.summary, "from an earlier command").expect("it is writable");
    let ended = step.run(2);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(!ended.stdout.contains("::error"), "data alone: {}", ended.stdout);
    let commands = commands(&ended);
    assert_eq!(commands.len(), 2, "{}", ended.stderr);
    let first = commands[0];
    assert!(first.starts_with("::error file=ops/inventory.yaml,line="), "{first}");
    assert!(
        first.contains("title=high missing-rule%3A prod/repo-") && first.contains("::prod/repo-"),
        "{first}"
    );
    let report = fs::read_to_string(step.audit.folder().join("reports/r/summary.md")).expect("it was written");
    assert_eq!(step.summary(), format!("from an earlier command\n{report}"));
    let outputs = [
        ("exit-code", "2"),
        ("drift", "2"),
        ("unknown", "0"),
        ("report", "reports/r"),
    ];
    let outputs = outputs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(step.outputs(), outputs);
}

#[test]
fn there_are_ten_annotations_at_most_and_the_last_counts_the_rest() {
    let step = Step::new(&[], 10);
    assert_eq!(commands(&step.run(10)).len(), 10);
    let step = Step::new(&[], 14);
    let ended = step.run(14);
    let commands = commands(&ended);
    assert_eq!(commands.len(), 10, "{commands:?}");
    assert_eq!(
        commands[9],
        "::error title=swr-audit::and 5 more: see the summary of this step"
    );
}

#[test]
fn nothing_is_annotated_where_nobody_wants_it() {
    for arguments in [
        &["--annotate", "never"][..],
        &["--format", "csv,json"],
        &["--shard", "1/1"],
    ] {
        let step = Step::new(arguments, 1);
        let ended = step.run(1);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert!(commands(&ended).is_empty(), "{arguments:?}: {}", ended.stderr);
        assert!(!step.summary.exists() && !step.outputs.exists(), "{arguments:?}");
    }
    let step = Step::new(&[], 1);
    let elsewhere = Step {
        audit: step.audit.setting("GITHUB_ACTIONS", "1"),
        ..step
    };
    assert!(commands(&elsewhere.run(1)).is_empty());
}

#[test]
fn a_file_of_the_step_that_cannot_be_written_is_a_warning() {
    let step = Step::new(&[], 1);
    fs::create_dir(&step.outputs).expect("it is writable");
    fs::write(&step.summary, vec![b'x'; 1 << 20]).expect("it is writable");
    let ended = step.run(1);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert_eq!(commands(&ended).len(), 1);
    for what in ["the summary of the step", "the outputs of the step"] {
        assert!(ended.stderr.contains(what), "{what}: {}", ended.stderr);
    }
    assert_eq!(step.summary().len(), 1 << 20, "what stood there still does");
}
