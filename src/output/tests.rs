//! Folders and files as they are left by runs that end well, and by those that do not.

use std::os::unix::fs::PermissionsExt;

use super::*;

fn hello(out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"hello")
}

fn content<'a>(render: &'a Render<'a>) -> Content<'a> {
    Content {
        readers: Readers::Group,
        render,
    }
}

fn write_journal(output: &Output) {
    let write = |mut file: File| file.write_all(b"{}\n");
    let written = output.journal(JournalStart::New, write).expect("it is writable");
    assert!(written.is_some(), "there is a folder");
}

#[test]
fn a_run_is_partial_until_it_is_complete() {
    let root = tempfile::tempdir().expect("a folder for the test");
    let output = prepare(Some(root.path()), "r1", &[]).expect("an empty folder takes a run");
    write_journal(&output);
    assert!(root.path().join(".partial-r1/journal.ndjson").exists());
    assert!(!root.path().join("r1").exists());

    let folder = output
        .publish(&[("a.txt", content(&hello))], &[], true)
        .expect("it can be completed");
    assert_eq!(folder, Some(root.path().join("r1")));
    assert_eq!(
        fs::read(root.path().join("latest/a.txt")).expect("the link leads there"),
        b"hello"
    );
    assert!(root.path().join("r1/journal.ndjson").exists());
    assert!(!root.path().join(".partial-r1").exists());
    let mode = fs::metadata(root.path().join("r1/a.txt"))
        .expect("it exists")
        .permissions()
        .mode();
    assert_eq!(
        mode & 0o137,
        0,
        "nobody but owner and group reads, nobody runs: {mode:o}"
    );
}

#[test]
fn a_failed_run_does_not_move_latest() {
    let root = tempfile::tempdir().expect("a folder for the test");
    for (id, is_latest) in [("good", true), ("failed", false)] {
        let output = prepare(Some(root.path()), id, &[]).expect("the folder is free");
        output
            .publish(&[("a.txt", content(&hello))], &[], is_latest)
            .expect("it can be completed");
    }
    assert_eq!(
        fs::read_link(root.path().join("latest")).expect("a link"),
        Path::new("good")
    );
}

#[test]
fn the_second_run_on_a_folder_learns_who_holds_it() {
    let root = tempfile::tempdir().expect("a folder for the test");
    let first = prepare(Some(root.path()), "first", &[]).expect("the folder is free");
    let refused = prepare(Some(root.path()), "second", &[]).expect_err("the first run holds the folder");
    assert!(refused.to_string().contains("run first, process"), "{refused}");
    drop(first);
    prepare(Some(root.path()), "second", &[]).expect("the lock goes with its holder");
}

#[test]
fn an_id_is_used_once() {
    let root = tempfile::tempdir().expect("a folder for the test");
    prepare(Some(root.path()), "r", &[])
        .expect("free")
        .publish(&[], &[], true)
        .expect("complete");
    assert!(matches!(
        prepare(Some(root.path()), "r", &[]),
        Err(OutputError::RunExists(_))
    ));
}

#[test]
fn a_bad_extra_place_is_found_before_the_audit() {
    let root = tempfile::tempdir().expect("a folder for the test");
    let inside = Place::File(root.path().join("no/such/folder/drift.csv"));
    assert!(matches!(prepare(None, "r", &[inside]), Err(OutputError::Write { .. })));
    let folder = Place::File(root.path().to_owned());
    assert!(matches!(prepare(None, "r", &[folder]), Err(OutputError::Write { .. })));
}

#[test]
fn where_one_report_cannot_be_written_none_is_published() {
    let root = tempfile::tempdir().expect("a folder for the test");
    let path = root.path().join("extra.csv");
    let output = prepare(Some(root.path()), "r", &[Place::File(path.clone())]).expect("it is writable");
    let fails = |_: &mut dyn Write| Err(io::Error::other("no"));
    output
        .publish(&[("a.txt", content(&hello))], &[content(&fails)], true)
        .expect_err("the extra report cannot be made");
    assert!(!path.exists() && !root.path().join("r").exists() && !root.path().join("latest").exists());
    assert!(
        root.path().join(".partial-r/a.txt").exists(),
        "what was written is kept"
    );
}

#[test]
fn a_link_is_followed_and_a_mode_is_kept() {
    let root = tempfile::tempdir().expect("a folder for the test");
    let (file, link) = (root.path().join("file"), root.path().join("link"));
    fs::write(&file, "old").expect("it is writable");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("it is ours");
    std::os::unix::fs::symlink("file", &link).expect("a link");
    let output = prepare(None, "r", &[Place::File(link.clone())]).expect("it is writable");
    output
        .publish(&[], &[content(&hello)], true)
        .expect("it can be written");
    assert!(fs::symlink_metadata(&link).expect("it exists").is_symlink());
    assert_eq!(fs::read(&file).expect("it exists"), b"hello");
    assert_eq!(
        fs::metadata(&file).expect("it exists").permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn what_is_called_latest_and_is_no_link_is_left_alone() {
    let root = tempfile::tempdir().expect("a folder for the test");
    fs::write(root.path().join("latest"), "mine").expect("it is writable");
    let output = prepare(Some(root.path()), "r", &[]).expect("the folder is free");
    output
        .publish(&[("a.txt", content(&hello))], &[], true)
        .expect("a run is not worse for it");
    assert_eq!(fs::read(root.path().join("latest")).expect("it exists"), b"mine");
}

#[test]
fn an_extra_place_is_complete_or_absent() {
    let root = tempfile::tempdir().expect("a folder for the test");
    let path = root.path().join("drift.csv");
    let output = prepare(None, "r", &[Place::File(path.clone())]).expect("it is writable");
    let fails = |_: &mut dyn Write| Err(io::Error::other("no"));
    output
        .publish(&[], &[content(&fails)], true)
        .expect_err("the report cannot be made");
    assert!(!path.exists());
    let output = prepare(None, "r", &[Place::File(path.clone())]).expect("it is writable");
    output
        .publish(&[], &[content(&hello)], true)
        .expect("it can be written");
    assert_eq!(fs::read(&path).expect("it exists"), b"hello");
    assert_eq!(
        fs::read_dir(root.path()).expect("a folder").count(),
        1,
        "nothing is left beside it"
    );
}

#[test]
fn an_unfinished_run_is_taken_over_with_its_journal_alone() {
    let root = tempfile::tempdir().expect("a folder for the test");
    let output = prepare(Some(root.path()), "r", &[]).expect("the folder is free");
    write_journal(&output);
    let fails = |_: &mut dyn Write| Err(io::Error::other("no"));
    output
        .publish(&[("stale.csv", content(&hello)), ("a.txt", content(&fails))], &[], true)
        .expect_err("a report cannot be made");
    let kept = kept(root.path()).expect("it is readable");
    assert_eq!(kept.len(), 1);
    assert!(kept[0].is_partial && kept[0].run_id == "r", "{kept:?}");
    assert!(matches!(
        prepare(Some(root.path()), "r", &[]),
        Err(OutputError::Unfinished(id)) if id == "r"
    ));

    fs::write(&kept[0].journal, "{}\n{\"torn").expect("it is ours");
    let lock = Lock::take(root.path(), "another").expect("nobody holds it");
    let output = take_over(lock, "r", &[]).expect("it is there");
    let append = |mut file: File| file.write_all(b"[]\n");
    output.journal(JournalStart::Append(3), append).expect("it is writable");
    let folder = output
        .publish(&[("a.txt", content(&hello))], &[], true)
        .expect("complete");
    let folder = folder.expect("there is a folder");
    assert_eq!(fs::read(folder.join(JOURNAL)).expect("it is there"), b"{}\n[]\n");
    assert!(!folder.join("stale.csv").exists() && folder.join("a.txt").exists());
}

#[test]
fn a_journal_is_replaced_once_the_next_one_has_begun() {
    let root = tempfile::tempdir().expect("a folder for the test");
    let output = prepare(Some(root.path()), "r", &[]).expect("the folder is free");
    write_journal(&output);
    drop(output);
    let journal = kept(root.path()).expect("it is readable").remove(0).journal;
    let before = fs::read(&journal).expect("it is there");
    let take = || {
        let lock = Lock::take(root.path(), "another").expect("nobody holds it");
        take_over(lock, "r", &[]).expect("it is there")
    };
    let full = |_: File| -> io::Result<()> { Err(io::Error::from(io::ErrorKind::StorageFull)) };
    let error = take()
        .journal(JournalStart::Replace, full)
        .expect_err("it takes no journal");
    assert!(error.to_string().contains(".partial-r/journal.ndjson"), "{error}");
    assert_eq!(fs::read(&journal).expect("it is there"), before);
    let next = |mut file: File| {
        file.write_all(b"next\n")?;
        assert_eq!(fs::read(&journal)?, before, "until now");
        Ok(())
    };
    take().journal(JournalStart::Replace, next).expect("it is writable");
    assert_eq!(fs::read(&journal).expect("it is there"), b"next\n");
    let names = fs::read_dir(root.path().join(".partial-r")).expect("a folder").count();
    assert_eq!(names, 1, "nothing is left beside it");
}

#[test]
fn a_run_that_never_began_leaves_nothing_and_is_in_nobodys_way() {
    let root = tempfile::tempdir().expect("a folder for the test");
    let full = |_: File| -> io::Result<()> { Err(io::Error::from(io::ErrorKind::StorageFull)) };
    let output = prepare(Some(root.path()), "r", &[]).expect("the folder is free");
    let error = output
        .journal(JournalStart::New, full)
        .expect_err("it takes no journal");
    assert!(error.to_string().contains(".partial-r/journal.ndjson"), "{error}");
    assert_eq!(kept(root.path()).expect("it is readable"), []);
    drop(output);
    // Killed between making the folder and the first line.
    for torn in [None, Some(r#"{"kind":"hea"#)] {
        fs::create_dir_all(root.path().join(".partial-r")).expect("it is writable");
        if let Some(torn) = torn {
            fs::write(root.path().join(".partial-r").join(JOURNAL), torn).expect("it is writable");
        }
        let output = prepare(Some(root.path()), "r", &[]).expect("there is nothing to lose");
        write_journal(&output);
        fs::remove_dir_all(root.path().join(".partial-r")).expect("it is ours");
    }
}

#[test]
fn the_link_latest_is_no_run_and_neither_is_what_is_hidden() {
    let root = tempfile::tempdir().expect("a folder for the test");
    for id in ["b", "a"] {
        let output = prepare(Some(root.path()), id, &[]).expect("the folder is free");
        output.publish(&[], &[], true).expect("complete");
    }
    fs::create_dir(root.path().join(".hidden")).expect("it is writable");
    let kept_runs = kept(root.path()).expect("it is readable");
    let ids: Vec<String> = kept_runs.into_iter().map(|kept| kept.run_id).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(kept(&root.path().join("nowhere")).expect("nothing is no problem"), []);
    // "There is no unfinished run" is no answer where nobody could look.
    fs::write(root.path().join("file"), "").expect("it is writable");
    kept(&root.path().join("file")).expect_err("it cannot be looked through");
}

#[test]
fn what_another_user_collects_is_for_everybody_and_never_seen_half_written() {
    let root = tempfile::tempdir().expect("a folder for the test");
    let open = |render| Content {
        readers: Readers::Everybody,
        render,
    };
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    let closed = root.path().join("closed.prom");
    fs::write(&closed, "").expect("it is writable");
    fs::set_permissions(&closed, PermissionsExt::from_mode(0o600)).expect("it is ours");
    let metrics = root.path().join("metrics.prom");
    let places = [&metrics, &closed].map(|path| Place::File(path.clone()));
    let output = prepare(Some(&root.path().join("runs")), "r1", &places).expect("all can be written");
    for entry in fs::read_dir(root.path()).expect("it is there") {
        let path = entry.expect("an entry").path();
        let is_collected = path.extension().is_some_and(|extension| extension == "prom");
        assert!(!is_collected || path == closed, "{}", path.display());
    }
    let folder = output
        .publish(&[("a.prom", open(&hello))], &[open(&hello), open(&hello)], true)
        .expect("it can be written");
    assert_eq!(mode(&folder.expect("there is one").join("a.prom")), 0o644);
    assert_eq!(mode(&metrics), 0o644);
    assert_eq!(mode(&closed), 0o600, "somebody closed it on purpose");
}
