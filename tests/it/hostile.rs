//! What the service says is text from outside: it must not run in a spreadsheet, nor move a terminal's cursor.

use simulator::{ErrorAnswer, Misbehaviour, Rule, World};

use crate::support::{Audit, Ended, fault, inventory, rows, serve, world};

/// Beginnings that spreadsheets take for a formula, or may strip before they look.
const BEGINNINGS: [&str; 11] = ["=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠"];

fn audit(world: World, arguments: &[&str]) -> Ended {
    let simulator = serve(world);
    let audit = Audit::of(&inventory(&["web"]))
        .with(&["--retries", "0"])
        .with(arguments);
    audit.against(&simulator.endpoint())
}

#[test]
fn no_cell_runs_in_a_spreadsheet() {
    let mut world = world(&["web"]);
    for (number, beginning) in BEGINNINGS.iter().enumerate() {
        let formula = format!("{beginning}cmd|'/C calc'!A{number}");
        let rules = &mut world.repository("prod", "web").rules;
        rules.push(Rule::to(formula.clone(), format!("ns-{number}")));
        rules.push(Rule::to(format!("cn-none-{number}"), formula));
    }
    let ended = audit(world, &["-o", "csv=-", "-o", "csv=plain.csv", "--csv-dialect", "excel"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    let rows = ended.drift();
    assert_eq!(rows.len(), 2 * BEGINNINGS.len());
    let mut guarded = 0;
    for cell in rows.iter().flat_map(std::collections::BTreeMap::values) {
        let first = cell.chars().next().unwrap_or(' ');
        assert!(!"=+-@＝＋－＠\t\r\n".contains(first), "{cell:?}");
        guarded += usize::from(cell.starts_with('\''));
    }
    assert_eq!(guarded, 2 * BEGINNINGS.len());
}

#[test]
fn a_program_reads_the_cell_without_a_guard_and_a_row_stays_one_line() {
    let mut world = world(&["web"]);
    let rules = &mut world.repository("prod", "web").rules;
    rules.push(Rule::to("=cmd|'/C calc'!A0", "line\nbreak,\"quoted\""));
    let ended = audit(world, &["-o", "csv=-"]);
    let mut reader = csv::Reader::from_reader(ended.stdout.as_bytes());
    let row: std::collections::BTreeMap<String, String> =
        reader.deserialize().next().expect("a row").expect("a whole one");
    assert_eq!(row["target_region"], "=cmd|'/C calc'!A0");
    assert_eq!(row["target_namespace"], r#"line\nbreak,"quoted""#);
    assert_eq!(ended.stdout.lines().count(), 2, "{}", ended.stdout);
    let target = &ended.json()["findings"][0]["target"];
    assert_eq!(target["region"], "=cmd|'/C calc'!A0");
    assert_eq!(target["namespace"], "line\nbreak,\"quoted\"");
    assert_eq!(
        rows(&ended.report.join("drift.csv"))[0]["target_region"],
        "'=cmd|'/C calc'!A0"
    );
}

/// Clears the screen, sets the title, turns the line around, hides, and rings.
const ESCAPES: &str = "a\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}b\u{200b}\u{9b}31mc\r\nexit 0  no finding";

fn assert_tame(ended: &Ended) {
    let wild = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{200b}\u{2066}\u{feff}".contains(c);
    assert!(!ended.stderr.contains(wild), "{:?}", ended.stderr);
    let forged = ended.stderr.lines().filter(|line| line.starts_with("exit 0")).count();
    assert_eq!(forged, 0, "{}", ended.stderr);
}

#[test]
fn escapes_in_rules_never_reach_the_console() {
    for arguments in [&[][..], &["-vv"], &["-vv", "--log-format", "json"]] {
        let mut world = world(&["web"]);
        let rules = &mut world.repository("prod", "web").rules;
        rules.push(Rule::to(ESCAPES, "ns"));
        rules.push(Rule::to("cn-east-3", ESCAPES));
        let ended = audit(world, arguments);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert_tame(&ended);
        assert!(ended.drift().iter().all(|row| !row["message"].contains('\u{1b}')));
    }
}

#[test]
fn escapes_in_errors_never_reach_the_console() {
    for arguments in [&[][..], &["-vv"], &["-vv", "--log-format", "json"]] {
        for status in [403, 404, 500] {
            let mut answer = ErrorAnswer {
                status,
                code: format!("X{ESCAPES}"),
                message: ESCAPES.to_owned(),
                ..ErrorAnswer::default()
            };
            answer
                .headers
                .insert("X-Request-Id".to_owned(), "id\u{9b}31m".to_owned());
            let mut world = world(&["web"]);
            world.faults.push(fault("*", Misbehaviour::Error(answer)));
            let ended = audit(world, arguments);
            assert!(matches!(ended.code, 1 | 4), "{}", ended.stderr);
            assert_tame(&ended);
        }
    }
}

#[test]
fn a_flood_of_rules_does_not_flood_the_console() {
    let mut world = world(&["web"]);
    let rules = &mut world.repository("prod", "web").rules;
    rules.extend((0..90).map(|number| Rule::to(format!("cn-none-{number}"), "x".repeat(5000))));
    let ended = audit(world, &[]);
    assert_eq!((ended.code, ended.drift().len()), (2, 90));
    assert!(ended.stderr.lines().count() < 40, "{}", ended.stderr);
    assert!(ended.stderr.len() < 16 * 1024, "{}", ended.stderr.len());
}
