//! Fingerprints of real entries, each against `printf TEXT | sha256sum | cut -c1-15`.

use super::everything::{everything, facts, finding, namespace, planned, row, target};
use super::*;
use crate::model::{Entanglement, Judged, Outcome, Plan};

/// The hash, and the text that `printf` made it of.
const VECTORS: [(&str, &str); 9] = [
    ("f8b606aa838e5b8", r"v2\nmissing-namespace\nmain\ngone\n\n\n\n\n"),
    (
        "be74817afc2cb68",
        r"v2\nexpired-skip\nmain\nprod\nfinding-19\n\n\nweb\n",
    ),
    (
        "5b4ae2fa09378d3",
        r"v2\nempty-pattern\nmain\nprod\n\n\n\n=cmd|\047 /C calc\047!A0,\042\\n\033[31m\342\200\256x\n=cmd|\047 /C calc\047!A0,\042\\n\033[31m\342\200\256x",
    ),
    (
        "5d6d881c4d7a764",
        r"v2\nunused-waiver\n\n\n\n\n\n=cmd|\047 /C calc\047!A0,\042\\n\033[31m\342\200\256x\n=cmd|\047 /C calc\047!A0,\042\\n\033[31m\342\200\256x",
    ),
    (
        "bc6231c04cdf16a",
        r"v2\nreplication-loop\nmain\nprod\nfinding-10\n=cmd|\047 /C calc\047!A0,\042\\n\033[31m\342\200\256x\nprod-dr\n\nmain:prod/finding-10\\nmain:prod/finding-11",
    ),
    ("765d9e32be42dda", r"v2\nunknown/server-error\nmain\n\n\n\n\n\nlist"),
    ("b8ee23d88c5bfb8", r"v2\nunknown/truncated\nmain\ncut\n\n\n\n\nlist"),
    ("8f7c7a2be5f8b4c", r"v2\nunknown/access-denied\nmain\nprod\n\n\n\n\n"),
    (
        "403e0fc85e7eb1c",
        r"v2\nunknown/bad-response\nmain\nprod\nunknown\ncn-east-3\nprod-dr\noverride\n",
    ),
];

/// A race of the repositories `web` in these namespaces.
fn entangled(namespaces: &[&str]) -> Report {
    let mut plan = Plan::default();
    for (line, name) in (1..).zip(namespaces) {
        let mut planned = planned("web", line);
        planned.id.namespace = namespace(name);
        plan.repositories.push(planned);
    }
    let race = Difference::OverwriteRace {
        writers: plan.repositories.iter().map(|planned| planned.id.clone()).collect(),
    };
    let judged = Judged {
        repositories: namespaces
            .iter()
            .map(|_| row(Vec::new(), Vec::new(), Outcome::Drift))
            .collect(),
        entanglements: vec![Entanglement {
            finding: finding((race, Some(target("eu-de")))),
            members: (0..namespaces.len()).collect(),
            accepted_in_part: None,
        }],
        ..Judged::default()
    };
    Report::new(facts(&[]), &Past::default(), &plan, &judged)
}

fn fingerprints(report: &Report) -> BTreeSet<&str> {
    let findings = report.findings.iter().map(|finding| &*finding.fingerprint);
    findings
        .chain(report.unknown.iter().map(|entry| &*entry.fingerprint))
        .collect()
}

#[test]
fn each_code_has_the_subject_that_is_documented() {
    let report = everything();
    let all = fingerprints(&report);
    for (hash, text) in VECTORS {
        assert!(all.contains(&*format!("f{hash}")), "printf '{text}'");
    }
}

#[test]
fn no_two_entries_of_a_report_have_one_fingerprint() {
    let report = everything();
    let all = fingerprints(&report);
    assert_eq!(all.len(), report.findings.len() + report.unknown.len());
    assert!(all.iter().all(|one| one.len() == 16 && one.starts_with('f')));
}

/// `-` comes before `/` and `:`, so that rows of `a` stand before those of `a-b`, and the texts the other way round.
#[test]
fn members_are_sorted_as_texts_and_a_finding_stands_at_its_first_row() {
    let report = entangled(&["a", "a-b"]);
    let finding = &report.findings[0];
    let members: Vec<&str> = finding.repositories.iter().map(|name| &**name).collect();
    assert_eq!(members, ["main:a-b/web", "main:a/web"]);
    assert_eq!(&*finding.namespace, "a");
    // printf 'v2\noverwrite-race\nmain\na\nweb\neu-de\nprod-dr\n\nmain:a-b/web\\nmain:a/web'
    assert_eq!(finding.fingerprint, "f3722137f7c57862");
}
