//! `--resume [RUN]`: whether what follows is a run or an inventory.

use std::path::{Path, PathBuf};

use super::values;
use crate::commands::Which;
use crate::output;

/// The run to go on with, and the inputs. clap gives the option whatever word follows it, and in `--resume policies/` that
/// is an inventory: a word that is no run of the folder is one where such a file exists, or where it can name no run.
pub(super) fn run_or_input(
    given: Option<String>,
    mut inputs: Vec<PathBuf>,
    out: &Path,
) -> (Option<Which>, Vec<PathBuf>) {
    let Some(word) = given else {
        return (None, inputs);
    };
    if word.is_empty() {
        return (Some(Which::Newest), inputs);
    }
    // Whoever goes on with it says what is wrong with the folder.
    let is_run = || output::kept(out).is_ok_and(|runs| runs.iter().any(|kept| kept.run_id == word));
    let can_be_one = values::run_id(&word).is_ok();
    if can_be_one && (is_run() || !Path::new(&word).exists()) {
        return (Some(Which::Run(word)), inputs);
    }
    inputs.insert(0, word.into());
    (Some(Which::Newest), inputs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_the_folder_comes_before_a_file_and_a_file_before_a_run_that_is_not_there() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let out = folder.path().join("reports");
        std::fs::create_dir_all(out.join(".partial-r1")).expect("it is writable");
        let file = folder.path().join("policies.yaml").display().to_string();
        std::fs::write(&file, "").expect("it is writable");
        let read = |word: Option<&str>| run_or_input(word.map(str::to_owned), vec!["more".into()], &out);
        let more = || vec![PathBuf::from("more")];
        assert_eq!(read(None), (None, more()));
        assert_eq!(read(Some("")), (Some(Which::Newest), more()));
        // This very package has a folder of that name, and so may a user.
        std::fs::create_dir_all(out.join("src")).expect("it is writable");
        for id in ["r1", "src", "no-such-run"] {
            assert_eq!(read(Some(id)), (Some(Which::Run(id.to_owned())), more()), "{id}");
        }
        for input in [&*file, "tests", "no/such/file.yaml", "policies/"] {
            let inputs = vec![PathBuf::from(input), PathBuf::from("more")];
            assert_eq!(read(Some(input)), (Some(Which::Newest), inputs), "{input}");
        }
    }
}
