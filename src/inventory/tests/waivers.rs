//! Waivers: what they mean, and what none can say.

use super::*;
use crate::model::{Code, Severity, WaivedTarget};

const HEAD: &str = "apiVersion: swr-audit/v1\nsource: { name: prod, region: cn-north-4 }\n";
const WAIVER: &str = "id: CHG-1, repo: prod/web, reason: r, owner: o, expires: 2026-12-31";

/// A document with one waiver, with one thing of [`WAIVER`] changed.
fn with(from: &str, to: &str) -> String {
    assert_eq!(WAIVER.matches(from).count(), 1, "{from}");
    format!("{HEAD}waivers:\n- {{ {} }}\n", WAIVER.replacen(from, to, 1))
}

#[test]
fn a_waiver_is_read_with_all_that_it_says() {
    let inventory = sound(&format!("{WIDE}severity: {{ missing-rule: low }}\n").replace(
        "severity: {",
        "---\napiVersion: swr-audit/v1\nsource: { region: cn-north-4 }\nseverity: { unused-waiver: high }\nwaivers: [{ id: A, repo: prod, reason: r, owner: o, expires: 2026-01-01 }]\n---\napiVersion: swr-audit/v1\nsource: { region: cn-north-4 }\nseverity: {",
    ));
    let ids: Vec<&str> = inventory.waivers.iter().map(|waiver| &*waiver.id).collect();
    assert_eq!(ids, ["A", "CHG-1042", "CHG-7"]);
    let [first, second, third] = &inventory.waivers[..] else {
        panic!("{ids:?}")
    };
    assert_eq!(first.source.as_deref(), Some("cn-north-4"));
    // Over, and still no problem of the inventory.
    assert!(first.has_expired(TERMS.today));
    assert_eq!(first.severities.of(Code::UnusedWaiver, Severity::Low), Severity::High);
    assert_eq!((second.source.as_deref(), third.source.as_deref()), (Some("eu"), None));
    assert_eq!(
        second.findings.as_deref(),
        Some(&[Code::MissingRule, Code::OverrideMismatch][..])
    );
    assert_eq!(
        second.target,
        Some(WaivedTarget {
            region: "cn-east-3".into(),
            namespace: Some("prod".into())
        })
    );
    assert_eq!(
        (second.scope.as_str(), &*second.reason, &*second.owner),
        ("prod/team-a/legacy-*", "frozen", "team-batch")
    );
    assert_eq!(second.place.to_string(), "a.yaml:21:5");
    assert_eq!((third.findings.as_ref(), third.target.as_ref()), (None, None));
}

#[test]
fn what_a_waiver_must_say() {
    let missing = |field: &str, remedy: &str| format!("a.yaml:4:3: the waiver has no `{field}` -> {remedy}");
    for (from, field, remedy) in [
        (
            "id: CHG-1, ",
            "id",
            "write `id:` with a name of its own, as in `CHG-1042`",
        ),
        (
            "repo: prod/web, ",
            "repo",
            "write `repo:` with namespace and repository, patterns allowed, as in `prod/legacy-*`",
        ),
        (
            "reason: r, ",
            "reason",
            "write `reason:`, for those who read the report",
        ),
        ("owner: o, ", "owner", "write `owner:` with whoever answers for it"),
        (
            ", expires: 2026-12-31",
            "expires",
            "write `expires:` with the last day on which it holds, as in `2027-03-31`",
        ),
    ] {
        assert_eq!(problems(&with(from, "")), [missing(field, remedy)]);
    }
    let told = problems(&format!("{HEAD}waivers:\n- {{ id: CHG-1 }}\n"));
    assert_eq!(told.len(), 4, "{told:?}");
}

#[test]
fn what_a_waiver_cannot_say() {
    for (from, to, expected) in [
        (
            "CHG-1",
            "\"a\\tb\"",
            "a.yaml:4:9: the waiver's id `a\\tb` holds control characters -> write a short name, as in `CHG-1042`",
        ),
        (
            "CHG-1",
            "1042",
            "a.yaml:4:9: `1042` is no text to every YAML reader -> write `\"1042\"`",
        ),
        (
            "reason: r",
            "reason: r, finding: override-mismatch",
            "a.yaml:4:52: `override-mismatch` is not a list for `finding` -> write a list of findings, as in `[override-mismatch]`, or remove it for any finding",
        ),
        (
            "reason: r",
            "reason: r, finding: []",
            "a.yaml:4:52: `finding` is empty, and a waiver without findings covers none -> name the findings, or remove it for any finding",
        ),
        (
            "reason: r",
            "reason: r, finding: [overide-mismatch]",
            "a.yaml:4:53: there is no finding `overide-mismatch` -> did you mean `override-mismatch`?",
        ),
        (
            "reason: r",
            "reason: r, finding: [unknown]",
            "a.yaml:4:53: `unknown` cannot be waived: nobody knows what it would accept -> fill in what keeps it unknown, or `skip` the repository with a `reason`",
        ),
        (
            "reason: r",
            "reason: r, finding: [expired-waiver]",
            "a.yaml:4:53: `expired-waiver` is said of waivers, and no waiver silences it -> remove it, and move the date of the waiver that it is about or remove that waiver",
        ),
        (
            "reason: r",
            "reason: r, finding: [failed-sync]",
            "a.yaml:4:53: this version does not report `failed-sync` yet, so there is nothing to waive -> remove it",
        ),
        (
            "reason: r",
            "reason: r, finding: [missing-rule, missing-repo, missing-rule]",
            "a.yaml:4:81: the finding `missing-rule` is named twice -> remove one of them | a.yaml:4:53 first here",
        ),
        (
            "reason: r",
            "reason: r, target: CN-east-3",
            "a.yaml:4:51: the region's id `CN-east-3` holds `C` -> did you mean `cn-east-3`? write lower-case letters and digits, parted by `-` or `_`, as in `cn-north-4`",
        ),
        (
            "reason: r",
            "reason: r, until: 2026-12-31",
            "a.yaml:4:43: unknown field `until` in a waiver -> did you mean `expires`?",
        ),
        (
            "2026-12-31",
            "31.12.2026",
            "a.yaml:4:62: `31.12.2026` is not a day for `expires` -> write a day as `2027-03-31`",
        ),
        (
            "prod/web",
            "prod/web:v1",
            "a.yaml:4:22: the waiver's `repo` `prod/web:v1` can match nothing: what stands before `:` is the name of a source, and holds no `/` -> write the image's name alone, without registry, tag and digest",
        ),
        (
            "prod/web",
            "Prod/web",
            "a.yaml:4:22: the waiver's `repo` `Prod/web` can match nothing: no namespace's name holds `P` -> did you mean `prod/web`?",
        ),
        (
            "prod/web",
            "prod/*-",
            "a.yaml:4:22: the waiver's `repo` `prod/*-` can match nothing: no repository can have such a name -> write lower-case letters and digits, with `*`, `?`, `[...]` or `{a,b}` within a segment, or `**` for any number of segments, as in `team-a/*`",
        ),
        (
            "reason: r",
            "reason: \"\"",
            "a.yaml:4:40: `reason` is empty -> write why it is accepted, for those who read the report",
        ),
        (
            "owner: o",
            "owner: ' '",
            "a.yaml:4:50: `owner` is empty -> write whoever answers for it",
        ),
        (
            "reason: r",
            "reason:",
            "a.yaml:4:32: `reason` has no value -> write a text",
        ),
        (
            "CHG-1",
            "''",
            "a.yaml:4:9: the waiver's id `` is empty -> write a short name, as in `CHG-1042`",
        ),
        (
            "2026-12-31",
            "''",
            "a.yaml:4:62: `` is not a day for `expires` -> write a day as `2027-03-31`",
        ),
        (
            "prod/web",
            "'{prod/web,lab/x}'",
            "a.yaml:4:22: the waiver's `repo` `{prod/web,lab/x}` cannot be read: the first `/` parts namespace from repository, and `{...}` cannot hold it -> write namespace and repository, patterns allowed, as in `prod/legacy-*`",
        ),
        (
            "prod/web",
            "eu:prod/web",
            "a.yaml:4:22: the waiver speaks of the source `eu`, and its document of the source `prod` -> move it to a document of that source, or to one without a `source`, whose waivers serve all | a.yaml:2:9 the document's source",
        ),
    ] {
        assert_eq!(problems(&with(from, to)), [expected]);
    }
    for to in [
        "p*:prod/web",
        "'prod:'",
        "prod",
        "prod/**",
        "'{prod,lab}/a/*'",
        "'prod/{a,b}/*'",
    ] {
        sound(&with("prod/web", to));
    }
    let told = problems(&with("CHG-1", &"x".repeat(129)));
    assert!(told[0].contains("is longer than 128 characters"), "{told:?}");
}

/// `x` alone would be a whole namespace: what is meant is told as the whole scope that it is, and never as a wider one.
#[test]
fn a_slash_too_many_is_taken_out_of_the_whole_scope() {
    let after = "write the repository after the `/`, patterns allowed, or `**` for all that the namespace holds";
    let both = "write namespace and repository, patterns allowed, as in `prod/legacy-*`";
    for (repo, why, remedy) in [
        ("p//x", "no name holds `//`", "did you mean `p/x`?"),
        ("p//X-*", "no name holds `//`", "did you mean `p/x-*`?"),
        ("p/x/", "it ends with `/`", "did you mean `p/x`?"),
        ("p/x//", "it ends with `/`", "did you mean `p/x`?"),
        ("/p/x", "it begins with `/`", "did you mean `p/x`?"),
        ("p/x//y", "no name holds `//`", "did you mean `p/x/y`?"),
        ("prod:p//x", "no name holds `//`", "did you mean `prod:p/x`?"),
        ("prod:/p/x", "it begins with `/`", "did you mean `prod:p/x`?"),
        ("p/", "it ends with `/`", after),
        ("p//", "it ends with `/`", after),
        ("/x", "it begins with `/`", both),
        ("/", "it begins with `/`", both),
    ] {
        let expected = format!("a.yaml:4:22: the waiver's `repo` `{repo}` can match nothing: {why} -> {remedy}");
        assert_eq!(problems(&with("prod/web", repo)), [expected]);
    }
    let told = problems(&with("prod/web", "''"));
    assert!(told[0].ends_with(&format!(" -> {both}")), "{told:?}");
}

#[test]
fn an_id_stands_once_in_all_files() {
    let document = with("CHG-1", "CHG-1");
    let other =
        "apiVersion: swr-audit/v1\nwaivers: [{ id: CHG-1, repo: lab, reason: r, owner: o, expires: 2027-01-01 }]\n";
    assert_eq!(
        problems_of(&[file("a.yaml", document), file("b.yaml", other)]),
        ["b.yaml:2:17: the waiver `CHG-1` is named twice -> remove one of them | a.yaml:4:9 first here"]
    );
}

#[test]
fn how_long_a_waiver_may_hold() {
    let read = |most, expires| {
        let terms = Terms {
            max_waiver_days: Some(most),
            ..TERMS
        };
        let text = with("2026-12-31", expires);
        read_documents(&[file("a.yaml", text)], terms)
            .map(|_| ())
            .map_err(|problems| lines(&problems))
    };
    assert_eq!(read(37, "2026-12-31"), Ok(()));
    assert_eq!(
        read(30, "2026-12-31"),
        Err(vec![
            "a.yaml:4:62: the waiver `CHG-1` holds 7 days longer than the 30 days that `--max-waiver-days` allows -> write `2026-12-24` or an earlier day, and renew it then"
                .to_owned()
        ])
    );
    assert_eq!(read(0, "2026-11-24"), Ok(()));
    assert!(read(0, "2026-11-25").is_err());
    assert_eq!(read(u32::MAX, "9999-12-31"), Ok(()));
    assert_eq!(read(30, "2020-01-01"), Ok(()));
}
