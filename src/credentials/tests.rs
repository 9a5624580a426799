use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;

use super::*;

/// An environment and files that exist nowhere else.
#[derive(Default)]
struct World {
    variables: BTreeMap<&'static str, &'static str>,
    files: BTreeMap<&'static str, &'static str>,
}

impl World {
    fn new(variables: &[(&'static str, &'static str)]) -> Self {
        Self {
            variables: variables.iter().copied().collect(),
            ..Self::default()
        }
    }

    fn file(mut self, path: &'static str, text: &'static str) -> Self {
        self.files.insert(path, text);
        self
    }

    fn find(&self, choice: &CredentialChoice) -> Result<Found, CredentialError> {
        find(
            choice,
            &Surroundings {
                variable: &|name| self.variables.get(name).map(OsString::from),
                home: Some("/home/a".into()),
                read: &|path| {
                    let text = path.to_str().and_then(|path| self.files.get(path));
                    text.map(|text| text.as_bytes().to_vec())
                        .ok_or_else(|| io::ErrorKind::NotFound.into())
                },
            },
        )
    }

    /// `origin`, then the secrets, in one line.
    fn found(&self, choice: &CredentialChoice) -> String {
        let Found { credential, origin } = self.find(choice).expect("there is one");
        let parts = match credential {
            Credential::Token(token) => token.expose_secret().to_owned(),
            Credential::Keys(keys) => {
                let token = keys.security_token.as_ref().map_or("-", |token| token.expose_secret());
                format!("{} {} {token}", keys.access_key, keys.secret_key.expose_secret())
            }
        };
        format!("{origin}: {parts}")
    }

    fn error(&self, choice: &CredentialChoice) -> String {
        self.find(choice).expect_err("there is none").to_string()
    }
}

const CHAIN: CredentialChoice = CredentialChoice::Chain;
const USUAL: &str = "/home/a/.huaweicloud/credentials";

#[test]
fn the_chain_takes_the_first_in_its_order() {
    let all = [
        ("HUAWEICLOUD_SDK_AK", "a1"),
        ("HUAWEICLOUD_SDK_SK", "s1"),
        ("HUAWEICLOUD_SDK_SECURITY_TOKEN", "t1"),
        ("CLOUD_SDK_AK", "a2"),
        ("CLOUD_SDK_SK", "s2"),
        ("HW_ACCESS_KEY", "a3"),
        ("HW_SECRET_KEY", "s3"),
        ("HW_SECURITY_TOKEN", "t3"),
        ("SWR_AUDIT_TOKEN", "t4"),
        ("OS_AUTH_TOKEN", "t5"),
    ];
    for (from, found) in [
        (0, "environment (HUAWEICLOUD_SDK_AK): a1 s1 t1"),
        (3, "environment (CLOUD_SDK_AK): a2 s2 -"),
        (5, "environment (HW_ACCESS_KEY): a3 s3 t3"),
        (8, "environment (SWR_AUDIT_TOKEN): t4"),
        (9, "environment (OS_AUTH_TOKEN): t5"),
        (10, "/home/a/.huaweicloud/credentials [basic]: a6 s6 -"),
    ] {
        let world = World::new(&all[from..]).file(USUAL, "[basic]\nak = a6\nsk = s6\n");
        assert_eq!(world.found(&CHAIN), found);
    }
}

#[test]
fn the_inventorys_choice_is_the_only_one() {
    let environment = CredentialChoice::Environment("PROD".into());
    let profile = CredentialChoice::Profile("dev".into());
    let world = World::new(&[
        ("HUAWEICLOUD_SDK_AK", "a1"),
        ("HUAWEICLOUD_SDK_SK", "s1"),
        ("PROD_AK", "a2"),
        ("PROD_SK", "s2"),
        ("PROD_SECURITY_TOKEN", "t2"),
    ])
    .file(USUAL, "[dev]\nak=a3\nsk=s3\nsecurity_token=t3\n");
    assert_eq!(world.found(&environment), "environment (PROD_AK): a2 s2 t2");
    assert_eq!(
        world.found(&profile),
        "/home/a/.huaweicloud/credentials [dev]: a3 s3 t3"
    );

    let world = World::new(&[("HUAWEICLOUD_SDK_AK", "a1"), ("HUAWEICLOUD_SDK_SK", "s1")]).file(USUAL, "[basic]\n");
    assert_eq!(
        world.error(&environment),
        "the inventory asks for the variables PROD_*, but PROD_AK and PROD_SK are not set"
    );
    assert_eq!(
        world.error(&profile),
        "the inventory asks for the profile 'dev', but '/home/a/.huaweicloud/credentials' has no key in a section [dev]"
    );
    assert!(
        World::default()
            .error(&profile)
            .starts_with("cannot read credentials file")
    );
}

#[test]
fn half_a_key_is_an_error_and_not_the_next_one() {
    let next = [("OS_AUTH_TOKEN", "t5")];
    for (half, missing) in [
        (&[("HUAWEICLOUD_SDK_AK", "a1")][..], "HUAWEICLOUD_SDK_SK"),
        (
            &[("HUAWEICLOUD_SDK_AK", "a1"), ("HUAWEICLOUD_SDK_SK", " \n")][..],
            "HUAWEICLOUD_SDK_SK",
        ),
        (&[("HUAWEICLOUD_SDK_SK", "s1")][..], "HUAWEICLOUD_SDK_AK"),
        (&[("HUAWEICLOUD_SDK_SECURITY_TOKEN", "t1")][..], "HUAWEICLOUD_SDK_AK"),
        (&[("CLOUD_SDK_AK", "a2")][..], "CLOUD_SDK_SK"),
        (&[("HW_SECRET_KEY", "s3")][..], "HW_ACCESS_KEY"),
    ] {
        let message = World::new(&[half, &next].concat()).error(&CHAIN);
        assert!(message.contains(&format!("{missing} is not\n")), "{message}");
    }
    let message = World::default().file(USUAL, "[basic]\nak = a6\nsk =\n").error(&CHAIN);
    assert!(
        message.contains("'sk' in [basic] of '/home/a/.huaweicloud/credentials' is not"),
        "{message}"
    );
}

#[test]
fn wholly_empty_variables_are_not_set() {
    let world = World::new(&[
        ("HUAWEICLOUD_SDK_AK", ""),
        ("HUAWEICLOUD_SDK_SK", " "),
        ("OS_AUTH_TOKEN", "t5"),
    ]);
    assert_eq!(world.found(&CHAIN), "environment (OS_AUTH_TOKEN): t5");
}

#[test]
fn white_space_around_is_trimmed_and_inside_is_an_error_without_the_value() {
    let world = World::new(&[("CLOUD_SDK_AK", " a2\r\n"), ("CLOUD_SDK_SK", "\ts2\n")]);
    assert_eq!(world.found(&CHAIN), "environment (CLOUD_SDK_AK): a2 s2 -");
    for bad in ["bad key", "bad\nkey", "bad\u{7f}key", "badkéy"] {
        let message = World::new(&[("CLOUD_SDK_AK", "a2"), ("CLOUD_SDK_SK", bad)]).error(&CHAIN);
        assert!(
            message.starts_with("environment variable CLOUD_SDK_SK holds a character"),
            "{message}"
        );
        assert!(!message.contains("bad"), "{message}");
    }
    let message = World::default()
        .file(USUAL, "[basic]\nak = a b\nsk = s\n")
        .error(&CHAIN);
    assert!(message.starts_with("'ak' in [basic] of '/home/a/"), "{message}");
}

#[test]
fn nothing_found_says_what_was_looked_at() {
    let message = World::default().error(&CHAIN);
    assert_eq!(
        message,
        "no credential found; looked at HUAWEICLOUD_SDK_AK/HUAWEICLOUD_SDK_SK, CLOUD_SDK_AK/CLOUD_SDK_SK, \
         HW_ACCESS_KEY/HW_SECRET_KEY, SWR_AUDIT_TOKEN, OS_AUTH_TOKEN, '/home/a/.huaweicloud/credentials' [basic]\n\
         hint: set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or SWR_AUDIT_TOKEN"
    );
    let message = World::new(&[("HW_USER_NAME", "somebody")]).error(&CHAIN);
    assert!(message.contains("(HW_USER_NAME is set, but IAM user names and passwords are not supported yet)"));
    assert!(!message.contains("somebody"));
}

#[test]
fn a_named_file_has_to_be_there_and_wins_over_the_usual_one() {
    let named = [("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "/run/key")];
    let world = World::new(&named).file(USUAL, "[basic]\nak=a6\nsk=s6");
    assert_eq!(world.error(&CHAIN), "cannot read credentials file '/run/key'");
    let world = world.file("/run/key", "[basic]\nak=a7\nsk=s7");
    assert_eq!(world.found(&CHAIN), "/run/key [basic]: a7 s7 -");
    let world = World::new(&named).file("/run/key", "[basic]\nsecret-without-a-name\n");
    assert_eq!(
        world.error(&CHAIN),
        "credentials file '/run/key', line 2: is neither '[section]' nor 'key = value'"
    );
}

#[test]
fn what_is_found_does_not_show_its_secrets() {
    let world = World::new(&[("CLOUD_SDK_AK", "a2"), ("CLOUD_SDK_SK", "very-secret")]);
    let found = world.find(&CHAIN).expect("there is one");
    assert!(!format!("{found:?}").contains("very-secret"));
}
