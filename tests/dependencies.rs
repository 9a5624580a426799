//! What the binary is built from: where it comes from, under which licences, and what must never be in it.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// Licences that ask for nothing but their own text.
const LICENCES: [&str; 11] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Second TLS stacks, and the YAML reader that its author gave up.
const UNWANTED: [&str; 6] = [
    "aws-lc-rs",
    "aws-lc-sys",
    "native-tls",
    "openssl",
    "openssl-sys",
    "serde_yaml",
];

/// Every package that is built for this machine, tests included.
fn packages() -> Vec<Value> {
    let version = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("the compiler is here, it built this test");
    let version = String::from_utf8(version.stdout).expect("it is text");
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("it names its host");
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--offline",
            "--filter-platform",
            host,
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo is here, it runs this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut metadata: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let in_use: BTreeSet<String> = metadata["resolve"]["nodes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|node| node["id"].as_str().expect("an id").to_owned())
        .collect();
    let all = metadata["packages"].as_array_mut().expect("a list");
    all.drain(..)
        .filter(|package| in_use.contains(package["id"].as_str().expect("an id")))
        .collect()
}

/// Whether one of the licences that `expression` leaves to choose is wanted, and so is every one that it demands.
fn is_permitted(expression: &str) -> bool {
    let expression = expression.replace(['(', ')'], "").replace('/', " OR ");
    let is_listed = |name: &str| {
        let name = name.split(" WITH ").next().unwrap_or_default().trim();
        LICENCES.contains(&name)
    };
    expression.split(" AND ").all(|part| part.split(" OR ").any(is_listed))
}

#[test]
fn licences_are_permissive_and_sources_are_the_registry() {
    let packages = packages();
    assert!(packages.len() > 100, "cargo named {} packages", packages.len());
    for package in &packages {
        let name = package["name"].as_str().expect("a name");
        let licence = package["license"].as_str().unwrap_or("none");
        assert!(is_permitted(licence), "{name} is under {licence}");
        let source = package["source"].as_str();
        assert!(
            source.is_none_or(|source| source.starts_with("registry+")),
            "{name} comes from {source:?}"
        );
        assert!(!UNWANTED.contains(&name), "{name} is in the tree");
    }
}

#[test]
fn the_reader_of_licences_reads() {
    for permitted in [
        "MIT",
        "MIT OR GPL-3.0",
        "MIT/Apache-2.0",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
    ] {
        assert!(is_permitted(permitted), "{permitted}");
    }
    for refused in ["GPL-3.0", "MIT AND GPL-3.0", "none", "MPL-2.0"] {
        assert!(!is_permitted(refused), "{refused}");
    }
}
