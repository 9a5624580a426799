//! The arrows between modules, as `src/lib.rs` draws them: a new one is a design change.
//!
//! Every mention counts: `use crate::a`, `use crate::{a, b::c}`, a fully qualified `crate::a::b()`, and `super::super::a`
//! that climbs out of a module. Inside a module no files depend on each other in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each module may mention, as it is drawn; `None`: everything.
fn drawn() -> BTreeMap<String, Option<BTreeSet<String>>> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("the drawing");
    let names = |list: &str| {
        list.split(',')
            .map(|name| name.trim().to_owned())
            .collect::<BTreeSet<_>>()
    };
    let arrows = text
        .lines()
        .filter_map(|line| line.strip_prefix("//!")?.split_once("->"));
    let mut drawn = BTreeMap::new();
    for (from, to) in arrows {
        let may = match to.trim() {
            "everything" => None,
            "nothing" => Some(BTreeSet::new()),
            list => Some(names(list)),
        };
        drawn.extend(names(from).into_iter().map(|module| (module, may.clone())));
    }
    drawn
}

/// Where crates of an outside format end, by the folder or file that may mention them.
const FENCES: [(&str, &[&str]); 7] = [
    ("reqwest", &["swr"]),
    ("granit_parser", &["inventory/yaml"]),
    ("clap", &["cli"]),
    ("csv", &["report/csv.rs"]),
    ("simulator", &["commands/demo.rs", "commands/simulate.rs"]),
    ("serde_yaml", &["commands/simulate.rs"]),
    (
        "schemars",
        &[
            "journal",
            "model/words.rs",
            "report/document.rs",
            "report/document",
            "report/schema.rs",
            "report/shapes.rs",
        ],
    ),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The code of a file, without comments and without white space, so that no line break hides a path.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file");
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines
        .collect::<Vec<_>>()
        .join(" ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// The first names behind a prefix like `crate::`, through one level of braces.
fn heads(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = code[at + prefix.len()..].trim_start();
        let parts = match rest.strip_prefix('{') {
            Some(inside) => top_level_parts(inside),
            None => vec![rest.to_owned()],
        };
        for part in parts {
            let name: String = part
                .trim_start()
                .chars()
                .take_while(|&c| c.is_alphanumeric() || c == '_')
                .collect();
            names.insert(name);
        }
    }
    names.remove("");
    names
}

/// The comma-separated parts of a brace's inside, up to its end.
fn top_level_parts(inside: &str) -> Vec<String> {
    let (mut parts, mut depth) = (vec![String::new()], 0_u32);
    for c in inside.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            _ => parts.last_mut().expect("never empty").push(c),
        }
    }
    parts
}

#[test]
fn arrows_go_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let drawn = drawn();
    let mut wrong = Vec::new();
    for path in &files {
        let inside = path.strip_prefix(&root).expect("below src");
        let first = inside
            .components()
            .next()
            .expect("a name")
            .as_os_str()
            .to_string_lossy();
        let module = first.replace(".rs", "");
        if module == "lib" {
            continue;
        }
        let may = drawn
            .get(&module)
            .unwrap_or_else(|| panic!("{module} has no arrows drawn"));
        let Some(may) = may else { continue };
        let code = code(path);
        let depth = inside.components().count() - usize::from(inside.ends_with("mod.rs"));
        let climb = "super::".repeat(depth);
        let mut mentioned = heads(&code, "crate::");
        mentioned.extend(heads(&code, "swr_audit::"));
        mentioned.extend(heads(&code, &climb));
        mentioned.remove(&*module);
        for to in mentioned {
            if !may.contains(&*to) {
                wrong.push(format!("{} mentions crate::{to}", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that are not drawn:\n{}", wrong.join("\n"));
    assert!(files.len() > 40, "the walk found {} files", files.len());
}

#[test]
fn outside_formats_end_where_they_are_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for (name, rooms) in FENCES {
        let mut found = 0;
        for path in &files {
            let inside = path
                .strip_prefix(&root)
                .expect("below src")
                .to_string_lossy()
                .into_owned();
            let code = code(path);
            let used = !heads(&code, &format!("{name}::")).is_empty() && !code.contains(&format!("mod {name}"));
            let is_ours = code.contains(&format!("super::{name}")) || code.contains(&format!("report::{name}"));
            if used && !is_ours {
                found += 1;
                let is_room = rooms
                    .iter()
                    .any(|room| inside == *room || inside.starts_with(&format!("{room}/")));
                assert!(is_room, "{inside} mentions {name}");
            }
        }
        assert!(found > 0, "nobody mentions {name}: the fence stands around nothing");
    }
}

#[test]
fn the_reader_of_arrows_sees_every_form() {
    let code = "use crate::{swr::Client, plan}; fn f() { crate::judge::g(); other_crate::x(); } use crate::model::A;";
    let seen: Vec<String> = heads(code, "crate::").into_iter().collect();
    assert_eq!(seen, ["judge", "model", "plan", "swr"]);
}

/// A name of a file can hold what a terminal obeys, as any other text from outside: `model::visible_path` spells it out.
#[test]
fn a_path_is_never_shown_as_it_is() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let is_test = |path: &PathBuf| path.iter().any(|part| part == "tests") || path.ends_with("tests.rs");
    for path in files.iter().filter(|path| !is_test(path)) {
        let text = code(path);
        let text = text.split("#[cfg(test)] mod tests {").next().unwrap_or_default();
        assert!(!text.contains(".display()"), "{}", path.display());
    }
}

/// The route of every request is decided in one place, so there is one place that makes clients, and one that asks a proxy
/// why it opens no way.
#[test]
fn connections_are_made_in_two_places() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let is_test = |path: &PathBuf| path.iter().any(|part| part == "tests") || path.ends_with("tests.rs");
    let makers = [
        "reqwest::Client",
        "reqwest::{Client",
        "ClientBuilder",
        "reqwest::get",
        "TcpStream",
        "TcpSocket",
        "UdpSocket",
        "UnixStream",
        "lookup_host",
        "to_socket_addrs",
        "ToSocketAddrs",
    ];
    let mut found = BTreeSet::new();
    for path in files.iter().filter(|path| !is_test(path)) {
        let text = code(path);
        let text = text.split("#[cfg(test)] mod tests {").next().unwrap_or_default();
        if makers.iter().any(|maker| text.contains(maker)) {
            found.insert(path.strip_prefix(&root).expect("it is below").to_owned());
        }
    }
    let expected = ["swr/client/connect.rs", "swr/client/tunnel.rs"].map(PathBuf::from);
    assert_eq!(found, BTreeSet::from(expected));
}

/// Folders with files that still depend on each other in a circle. One that has none any more leaves the list.
const FOLDERS_WITH_CIRCLES: [&str; 2] = ["credentials", "judge"];

/// The paths that a file mentions, written out: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for root in ["crate", "self", "super"] {
        for (at, _) in code.match_indices(&format!("{root}::")) {
            let before = code[..at].chars().next_back();
            if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                spread(&code[at..], &[], &mut paths);
            }
        }
    }
    paths
}

/// The paths that begin with these names and go on with that text.
fn spread(text: &str, before: &[String], paths: &mut Vec<Vec<String>>) {
    let name: String = text.chars().take_while(|&c| c.is_alphanumeric() || c == '_').collect();
    // Behind the last comma of a list.
    if name.is_empty() {
        return;
    }
    let rest = &text[name.len()..];
    let path = [before, &[name]].concat();
    match rest.strip_prefix("::") {
        Some(rest) if rest.starts_with('{') => {
            for part in top_level_parts(&rest[1..]) {
                spread(part.trim_start(), &path, paths);
            }
        }
        Some(rest) => spread(rest, &path, paths),
        None => paths.push(path),
    }
}

/// The files of a top module, each by its path of modules: `[]` is the module's own file.
fn modules(top: &str) -> BTreeMap<Vec<String>, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    if root.join(top).is_dir() {
        sources(&root.join(top), &mut files);
    }
    files.extend(
        [root.join(format!("{top}.rs"))]
            .into_iter()
            .filter(|path| path.exists()),
    );
    let mut modules = BTreeMap::new();
    for path in files {
        let inside = path.strip_prefix(&root).expect("below src").with_extension("");
        let mut names: Vec<String> = inside.iter().map(|name| name.to_string_lossy().into_owned()).collect();
        if names.iter().any(|name| name == "tests") {
            continue;
        }
        names.retain(|name| name != "mod");
        let text = code(&path);
        let text = text.split("#[cfg(test)] mod tests {").next().unwrap_or_default();
        modules.insert(names[1..].to_vec(), text.to_owned());
    }
    modules
}

/// Which files of a top module each of them mentions. What a parent hands on is its file's who holds it.
fn mentions(top: &str) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let modules = modules(top);
    let absolute = |from: &[String], path: &[String]| -> Option<Vec<String>> {
        let ups = path.iter().take_while(|name| *name == "super").count();
        match &*path[0] {
            "crate" => (path.get(1)? == top).then(|| path[2..].to_vec()),
            "self" => Some([from, &path[1..]].concat()),
            _ => Some([from.get(..from.len().checked_sub(ups)?)?, &path[ups..]].concat()),
        }
    };
    let file = |path: &[String]| {
        let known = (0..=path.len())
            .rev()
            .find(|&length| modules.contains_key(&path[..length]));
        known.map(|length| path[..length].to_vec())
    };
    let mut handed_on = BTreeMap::new();
    for (module, code) in &modules {
        for (at, _) in code.match_indices("use ") {
            let mut found = Vec::new();
            spread(code[at + 4..].trim_start_matches("self::"), &[], &mut found);
            for path in found {
                let child = [&module[..], &path[..1]].concat();
                if path.len() > 1 && modules.contains_key(&child) {
                    let symbol = [&module[..], &path[path.len() - 1..]].concat();
                    handed_on.insert(symbol, child);
                }
            }
        }
    }
    let mut mentions = BTreeMap::new();
    for (module, code) in &modules {
        let targets = paths(code).into_iter().filter_map(|path| {
            let path = absolute(module, &path)?;
            let near = file(&path)?;
            let symbol = path.get(..=near.len()).and_then(|symbol| handed_on.get(symbol));
            Some(symbol.cloned().unwrap_or(near))
        });
        let targets: BTreeSet<_> = targets.filter(|target| target != module).collect();
        mentions.insert(module.clone(), targets);
    }
    mentions
}

/// The files that lead back to themselves.
fn in_circles(top: &str) -> Vec<String> {
    let mentions = mentions(top);
    let leads_back = |start: &Vec<String>| {
        let (mut seen, mut left) = (BTreeSet::new(), vec![start]);
        while let Some(next) = left.pop() {
            for target in mentions.get(next).into_iter().flatten() {
                if target == start {
                    return true;
                }
                if seen.insert(target) {
                    left.push(target);
                }
            }
        }
        false
    };
    let found = mentions.keys().filter(|module| leads_back(module));
    found.map(|module| format!("{top}/{}", module.join("/"))).collect()
}

#[test]
fn no_files_of_a_folder_depend_on_each_other_in_a_circle() {
    for top in drawn().keys() {
        let found = in_circles(top);
        let has_circles = FOLDERS_WITH_CIRCLES.contains(&&**top);
        assert_eq!(!found.is_empty(), has_circles, "{top}: {found:?}");
    }
}
