//! Files and folders.

use std::fs;
use std::path::Path;

use super::*;

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("below the folder")).expect("written");
    fs::write(path, text).expect("written");
}

const POLICIES: &str = "apiVersion: swr-audit/v1\npolicies: { extra: { targets: [] } }\n";

#[test]
fn a_folder_with_all_that_is_below_it() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "eu/prod.yaml", SOUND);
    write(folder.path(), "a.yml", POLICIES);
    write(folder.path(), "README.md", "# not YAML");
    write(folder.path(), ".git/x.yaml", "not: ours");
    let inventory = load(&[folder.path().to_owned()], &Reader::default(), TERMS).expect("sound");
    let root = folder.path().display();
    let names: Vec<&str> = inventory.files.iter().map(|file| &*file.file).collect();
    assert_eq!(names, [format!("{root}/a.yml"), format!("{root}/eu/prod.yaml")]);
    assert_eq!(
        inventory.sources[0].place.to_string(),
        format!("{root}/eu/prod.yaml:3:3")
    );
    assert_eq!(
        inventory.files[0].sha256,
        hex::encode(Sha256::digest(POLICIES.as_bytes()))
    );
}

#[test]
fn a_file_that_is_reached_twice_is_read_once() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "prod.yaml", SOUND);
    let inputs = [
        folder.path().join("prod.yaml"),
        folder.path().to_owned(),
        folder.path().join("."),
    ];
    assert_eq!(load(&inputs, &Reader::default(), TERMS).expect("sound").files.len(), 1);
}

#[test]
fn a_link_back_is_no_circle() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "eu/prod.yaml", SOUND);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("eu/back")).expect("linked");
    assert_eq!(
        load(&[folder.path().to_owned()], &Reader::default(), TERMS)
            .expect("sound")
            .files
            .len(),
        1
    );
}

/// A link to a folder that was gone was left out in silence, and with it whatever the inventory said there.
#[test]
fn an_entry_that_cannot_be_looked_at_is_a_problem() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "prod.yaml", SOUND);
    let at = |name: &str| folder.path().join(name);
    symlink("gone", at("eu")).expect("linked");
    symlink("gone.yaml", at("us.yaml")).expect("linked");
    symlink("round", at("round")).expect("linked");
    // What an editor leaves behind is no part of an inventory.
    symlink("somebody@host.1", at(".#prod.yaml")).expect("linked");
    std::os::unix::net::UnixListener::bind(at("socket.yaml")).expect("bound");
    std::os::unix::net::UnixListener::bind(at("socket")).expect("bound");
    let root = folder.path().display();
    let gone = "No such file or directory (os error 2)";
    let circle = "Too many levels of symbolic links (os error 40)";
    let remedy = "remove it from the folder, or put right where it leads and its permissions";
    assert_eq!(
        lines(&load(&[folder.path().to_owned()], &Reader::default(), TERMS).expect_err("not whole")),
        [
            format!("cannot look at `{root}/eu`: {gone} -> {remedy}"),
            format!("cannot look at `{root}/round`: {circle} -> {remedy}"),
            format!("`{root}/socket.yaml` is no regular file -> remove it from the folder"),
            format!("cannot look at `{root}/us.yaml`: {gone} -> {remedy}"),
        ]
    );
}

/// Both were shown by one name, and the second took the place of the first.
#[test]
fn two_files_whose_names_are_shown_alike_are_both_read() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().expect("a folder");
    for (name, field) in [(&b"a\xff.yaml"[..], "one"), (b"a\xfe.yaml", "other")] {
        let text = format!("apiVersion: swr-audit/v1\npolicies: {{ {field}: {{}} }}\n");
        fs::write(folder.path().join(OsStr::from_bytes(name)), text).expect("written");
    }
    let problems = lines(&load(&[folder.path().to_owned()], &Reader::default(), TERMS).expect_err("wrong"));
    let names = |text: &str| problems.iter().filter(|line| line.contains(text)).count();
    assert_eq!(names("a\u{fffd}.yaml:2:"), 2, "{problems:?}");
}

#[test]
fn what_cannot_be_read_is_reported_with_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "empty/README.md", "");
    write(folder.path(), "wrong.yaml", "apiVersion: swr-audit/v1\npolices: {}\n");
    write(
        folder.path(),
        "large.yaml",
        &"# x\n".repeat((files::FILE_LIMIT / 4) as usize + 1),
    );
    let inputs = ["missing.yaml", "empty", "wrong.yaml", "large.yaml"].map(|name| folder.path().join(name));
    let root = folder.path().display();
    assert_eq!(
        lines(&load(&inputs, &Reader::default(), TERMS).expect_err("wrong")),
        [
            format!("there is no YAML file below `{root}/empty` -> name a folder that holds `*.yaml` or `*.yml`"),
            format!("`{root}/large.yaml` holds more than 32 MiB -> split the file"),
            format!(
                "cannot read `{root}/missing.yaml`: No such file or directory (os error 2) -> check the path and its permissions"
            ),
            format!("{root}/wrong.yaml:2:1: unknown field `polices` in a document -> did you mean `policies`?"),
        ]
    );
    assert_eq!(
        lines(&load(&[], &Reader::default(), TERMS).expect_err("nothing")),
        ["no inventory is given -> name a file or a folder"]
    );
}

#[test]
fn a_name_that_no_report_could_hold() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "a\u{1b}[31m.yaml", SOUND);
    assert_eq!(
        lines(&load(&[folder.path().to_owned()], &Reader::default(), TERMS).expect_err("odd")),
        [format!(
            "the name `{}/a\\u001b[31m.yaml` holds control characters -> rename the file",
            folder.path().display()
        )]
    );
}
