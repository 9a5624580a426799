//! The inventory's rules, one by one: from literal files to the model, or to the words of the problems.

mod entries;
mod folders;
mod hostile;
mod lint;
mod meaning;
mod properties;
mod reach;
mod regions;
mod schema;
mod second_opinion;
mod sound;
mod sources;
mod told;
mod waivers;
mod wrong;

use std::fmt::Write as _;

use super::files::InputFile;
use super::*;

/// The day of every test.
const TERMS: Terms<'static> = Terms {
    today: jiff::civil::date(2026, 11, 24),
    endpoints: Endpoints::Written,
    max_waiver_days: None,
};

/// A sound inventory that uses most of the format. Tests break one thing of it.
const SOUND: &str = r#"apiVersion: swr-audit/v1
source:
  name: prod
  region: cn-north-4
defaults:
  override: false
  syncAuto: true
  policy: dr
policies:
  dr:
    description: Every production image is in Shanghai as well.
    targets:
      - region: cn-east-3
        namespace: prod-dr
        override: true
      - region: cn-south-1
    otherRules: deny
    allowedRegions: ["cn-*"]
  none:
    targets: []
namespaces:
  - name: prod
    owner: team-payments
    repos:
      - web
      - name: sandbox
        policy: none
      - name: legacy/batch
        policy:
          targets: [{ region: cn-south-1, override: any }]
      - name: scratch
        skip: true
        reason: throw-away images
        until: 2027-03-31
  # Skipped whole.
  - name: tools
    skip: true
    reason: built elsewhere
severity: { missing-rule: critical, sync-lag: low }
"#;

/// What [`SOUND`] leaves out: several sources, patterns, namespaces as a whole, words for what is not listed, waivers.
const WIDE: &str = r#"apiVersion: swr-audit/v1
source: { name: eu, region: eu-west-101 }
defaults: { override: false, syncAuto: true, policy: dr }
policies:
  dr: { targets: [{ region: cn-east-3 }] }
  none: { targets: [] }
namespaces:
  - name: prod
    otherRepos: deny
    repos:
      - web
      - name: team-a/legacy-*
        policy: none
      - "team-a/**"
      - { name: "{scratch,tmp}/**", skip: true, reason: throw-away, until: 2027-03-31 }
  - name: tools
    policy: none
  - { name: lab, skip: true, reason: experiments, until: 2027-03-31 }
otherNamespaces: warn
waivers:
  - id: CHG-1042
    repo: prod/team-a/legacy-*
    finding: [override-mismatch, missing-rule]
    target: cn-east-3/prod
    reason: frozen
    owner: team-batch
    expires: 2026-12-31
---
apiVersion: swr-audit/v1
source: { region: cn-north-4 }
namespaces:
  - { name: prod, policy: none, repos: [web, "*"], otherRepos: allow }
---
apiVersion: swr-audit/v1
waivers:
  - { id: CHG-7, repo: "eu:{prod,tools}/**", reason: moves, owner: team-b, expires: 2027-01-31 }
"#;

fn file(name: &str, bytes: impl Into<Vec<u8>>) -> InputFile {
    InputFile {
        name: name.into(),
        path: PathBuf::new(),
        content: Ok(bytes.into()),
    }
}

fn read(text: &str) -> Result<Inventory, Problems> {
    let read = read_documents(&[file("a.yaml", text)], TERMS);
    schema::hold(text, &read);
    read
}

fn sound(text: &str) -> Inventory {
    match read(text) {
        Ok(inventory) => inventory,
        Err(problems) => panic!("{problems}"),
    }
}

/// The warnings of a sound inventory, each as one line.
fn warnings_of(files: &[InputFile]) -> Vec<String> {
    match check_documents(files, TERMS) {
        Ok(checked) => lines(&checked.warnings),
        Err(problems) => panic!("{problems}"),
    }
}

fn warnings(text: &str) -> Vec<String> {
    warnings_of(&[file("a.yaml", text)])
}

/// [`SOUND`] with one thing changed.
fn changed(from: &str, to: &str) -> String {
    assert_eq!(SOUND.matches(from).count(), 1, "{from}");
    SOUND.replacen(from, to, 1)
}

/// Each problem as one line: `a.yaml:1:2: message -> remedy`, and `| a.yaml:3:4 text` for each other place.
fn lines(problems: &Problems) -> Vec<String> {
    let line = |problem: &Problem| {
        let place = problem.place().map(|place| format!("{place}: ")).unwrap_or_default();
        let mut line = format!("{place}{} -> {}", problem.message(), problem.remedy());
        for related in problem.related() {
            let _ = write!(line, " | {} {}", related.place(), related.text());
        }
        line
    };
    problems.shown().iter().map(line).collect()
}

fn problems(text: &str) -> Vec<String> {
    lines(&read(text).expect_err("the inventory is wrong"))
}

fn problems_of(files: &[InputFile]) -> Vec<String> {
    lines(&read_documents(files, TERMS).expect_err("the inventory is wrong"))
}

/// Checks that one change causes one problem, told so.
fn tells(from: &str, to: &str, expected: &str) {
    assert_eq!(problems(&changed(from, to)), [expected]);
}
