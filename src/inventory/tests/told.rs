//! How problems are told: in order, at once, as text for people, without secrets.

use super::*;

#[test]
fn what_stands_where_a_credential_is_named_may_be_the_credential() {
    for credentials in [
        "{ env: hunter2+/== }",
        "{ profile: \"hunter2 hunter2\" }",
        "hunter2",
        "[hunter2]",
    ] {
        let to = format!("  region: cn-north-4\n  credentials: {credentials}\n");
        let problems = read(&changed("  region: cn-north-4\n", &to)).expect_err("no name");
        assert!(!problems.to_string().contains("hunter2"), "{problems}");
    }
}

#[test]
fn secrets_are_refused_and_never_shown() {
    for (from, to) in [
        ("  region: cn-north-4\n", "  region: cn-north-4\n  secretKey: hunter2\n"),
        (
            "  region: cn-north-4\n",
            "  region: cn-north-4\n  credentials: { ak: hunter2, sk: hunter2 }\n",
        ),
        (
            "  region: cn-north-4\n",
            "  region: cn-north-4\n  token: |\n    hunter2\n    hunter2\n",
        ),
        (
            "  region: cn-north-4\n",
            "  region: cn-north-4\n  password:\n    - hunter2\n    - hunter2\n",
        ),
        (
            "  region: cn-north-4\n",
            "  region: cn-north-4\n  endpoint: https://me:hunter2@host\n",
        ),
        (
            "  region: cn-north-4\n",
            "  region: cn-north-4\n  endpoint: \"me:hunter2@host\"\n",
        ),
        (
            "  region: cn-north-4\n",
            "  region: cn-north-4\n  endpoint: https://host/?securityToken=hunter2\n",
        ),
        ("  policy: dr\n", "  policy: dr\nvault:\n  - keys: { ak: hunter2 }\n"),
        ("description: Every", "description: see https://me:hunter2@wiki"),
        (
            "  - name: tools\n",
            "  - name: tools\n    SECRET_ACCESS_KEY: \"hunter2\n      hunter2\"\n",
        ),
    ] {
        let problems = read(&changed(from, to)).expect_err("a secret");
        let text = problems.to_string();
        assert!(
            text.contains("secrets do not belong") || text.contains("is no URL"),
            "{text}"
        );
        assert!(!text.contains("hunter2"), "{text}");
        assert!(!format!("{problems:?}").contains("hunter2"), "{problems:?}");
    }
}

#[test]
fn secrets_of_neighbouring_lines_are_not_shown_either() {
    for text in [
        // A comment, a broken document, a value over several lines.
        "apiVersion: swr-audit/v1\n# password: hunter2\nsorce: x\n",
        "apiVersion: swr-audit/v1\nsecret: hunter2\nsource: [\n",
        "apiVersion: swr-audit/v1\nsecret: \"hunter2\n",
        "secret: |\n  hunter2\n  hunter2\n\n\tx: [",
        "{\"secret\":\n\"hunter2\",\n\"apiVersion\": swr-audit/v2}",
        "apiVersion: swr-audit/v1\nx: &x hunter2\nsecret: *x\n",
        "apiVersion: swr-audit/v1\nsource:\n  credential: hunter2\n",
        "apiVersion: swr-audit/v1\nsource:\n  credentials: hunter2\n  bad: [\n",
        "apiVersion: swr-audit/v1\nsource:\n  endpoint: h.example/hunter2\n  nope: 1\n",
        "apiVersion: swr-audit/v1\nsource: { region: x, iamEndpoint: //h/hunter2, nope: 1 }\n",
        "apiVersion: swr-audit/v1\nsource:\n  cloud: x/hunter2\n bad: [\n",
        "apiVersion: swr-audit/v1\nnamespaces:\n  - owner: \"Bearer hunter2\"\n    nope: 1\n",
    ] {
        let shown = read(text).expect_err("wrong").to_string();
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn all_problems_of_all_files_in_order_and_at_once() {
    let one = changed("policy: none", "policy: nnoe").replace("override: true", "override: yes");
    let two =
        "apiVersion: swr-audit/v1\npolices: {}\n---\napiVersion: swr-audit/v1\ndefaults: { override: on }\n---\na: [\n";
    let found = problems_of(&[file("one.yaml", one), file("two.yaml", two)]);
    let places: Vec<&str> = found
        .iter()
        .map(|line| line.split(": ").next().unwrap_or_default())
        .collect();
    assert_eq!(
        places,
        ["one.yaml:15:19", "two.yaml:2:1", "two.yaml:5:23", "two.yaml:7:4"]
    );
    let found = problems_of(&[
        file("one.yaml", changed("policy: none", "policy: nnoe")),
        file("two.yaml", "apiVersion: swr-audit/v1\npolices: {}\n"),
    ]);
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn text_that_is_no_text() {
    let utf16: Vec<u8> = "\u{feff}a: b".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(
        problems_of(&[file("a.yaml", utf16)]),
        ["`a.yaml` is UTF-16, not UTF-8 -> save it as UTF-8"]
    );
    assert_eq!(
        problems_of(&[file("a.yaml", b"a: b\nc: \xc3\xa4\xff".to_vec())]),
        ["a.yaml:2:5: from here on the file is no UTF-8 text -> save it as UTF-8"]
    );
    assert_eq!(
        problems("# nothing\n"),
        ["`a.yaml` holds no document -> write an inventory, or remove the file"]
    );
}

#[test]
fn the_text_for_people() {
    let text = read(&changed("name: sandbox", "name: web"))
        .expect_err("wrong")
        .to_string();
    let expected = "\
error: the repository `web` is named twice
  --> a.yaml:26:15
   |
24 |     repos:
25 |       - web
26 |       - name: web
   |               ^^^
27 |         policy: none
28 |       - name: legacy/batch
   |
  ::: a.yaml:25:9
   |
23 |     owner: team-payments
24 |     repos:
25 |       - web
   |         --- first here
26 |       - name: web
27 |         policy: none
   |
   = help: remove one of them

error: 1 problem in the inventory";
    assert_eq!(text, expected);
    let colourful = read("a: b").expect_err("wrong").render(true);
    assert!(colourful.contains("\u{1b}["), "{colourful}");
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let padding = "x".repeat(500);
    let text = format!(
        "{{apiVersion: swr-audit/v1, source: {{region: cn-north-4}}, defaults: {{override: any}}, policies: {{none: {{description: {padding}, targets: nowhere}}}}}}\n"
    );
    let shown = read(&text).expect_err("wrong").to_string();
    assert!(shown.contains("targets: nowhere") && shown.contains("..."), "{shown}");
    assert!(shown.contains("a.yaml:1:627"), "{shown}");
    assert!(shown.lines().all(|line| line.len() < 250), "{shown}");
}
