mod reach;

use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;

use super::*;
use crate::model::{Endpoint, Failure, IssuerKind, Place, UnknownClass};
use crate::swr::Retry;

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
        self.find_for(&source(choice.clone()))
    }

    fn find_for(&self, source: &Source) -> Result<Found, CredentialError> {
        find(
            source,
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
        let Found { way, origin } = self.find(choice).expect("there is one");
        let parts = match way {
            Way::Issued(Issuance::Login(login)) => login_parts(&login),
            Way::Issued(Issuance::Server { base, .. }) => base,
            Way::Ready(Credential::Token(token)) => token.expose_secret().to_owned(),
            Way::Ready(Credential::Keys(keys)) => {
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

fn source(credentials: CredentialChoice) -> Source {
    Source {
        name: "prod".into(),
        region: "eu-west-101".into(),
        endpoint: Endpoint::parse("https://swr-api.eu-west-101.myhuaweicloud.eu").expect("a legal endpoint"),
        is_redirected: false,
        cloud: None,
        iam_endpoint: None,
        project_id: None,
        account_id: None,
        lists_manual_rules: false,
        credentials,
        place: Place {
            file: "prod.yaml".into(),
            line: 1,
            column: 1,
        },
    }
}

fn login_parts(login: &Login) -> String {
    let password = login.password.expose_secret();
    format!(
        "{} {password} {} {:?} {}",
        login.user, login.domain, login.project, login.iam
    )
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
        ("HW_USER_NAME", "u6"),
        ("HW_USER_PASSWORD", "p6"),
        ("HW_DOMAIN_NAME", "d6"),
        ("OS_USERNAME", "u7"),
        ("OS_PASSWORD", "p7"),
        ("OS_DOMAIN_NAME", "d7"),
    ];
    let login = "with a token of IAM at https://iam.eu-west-101.myhuaweicloud.eu";
    let parts = "Name(\"eu-west-101\") https://iam.eu-west-101.myhuaweicloud.eu";
    let logins = [
        format!("environment (HW_USER_NAME), {login}: u6 p6 d6 {parts}"),
        format!("environment (OS_USERNAME), {login}: u7 p7 d7 {parts}"),
    ];
    for (from, found) in [
        (0, "environment (HUAWEICLOUD_SDK_AK): a1 s1 t1"),
        (3, "environment (CLOUD_SDK_AK): a2 s2 -"),
        (5, "environment (HW_ACCESS_KEY): a3 s3 t3"),
        (8, "environment (SWR_AUDIT_TOKEN): t4"),
        (9, "environment (OS_AUTH_TOKEN): t5"),
        (10, &logins[0]),
        (13, &logins[1]),
        (16, "/home/a/.huaweicloud/credentials [basic]: a8 s8 -"),
    ] {
        let world = World::new(&all[from..])
            .file(USUAL, "[basic]\nak = a8\nsk = s8\n")
            .file(KOOCLI, CLEAR);
        assert_eq!(world.found(&CHAIN), found);
    }
    let world = World::default().file(KOOCLI, CLEAR);
    assert_eq!(
        world.found(&CHAIN),
        "/home/a/.hcloud/config.json (profile default): A9 s9 -"
    );
    let server = "the metadata service at http://169.254.169.254: http://169.254.169.254";
    assert_eq!(World::default().found(&CHAIN), server);
}

const KOOCLI: &str = "/home/a/.hcloud/config.json";
const CLEAR: &str =
    r#"{"current":"default","profiles":[{"name":"default","mode":"AKSK","accessKeyId":"A9","secretAccessKey":"s9"}]}"#;
const LOGIN: [(&str, &str); 3] = [
    ("HW_USER_NAME", " user "),
    ("HW_USER_PASSWORD", " pass word \n"),
    ("HW_DOMAIN_NAME", "domain"),
];

#[test]
fn a_login_knows_its_project_and_where_iam_is() {
    let found = |variables: &[(&'static str, &'static str)], source: &Source| {
        let world = World::new(&[&LOGIN, variables].concat());
        match world.find_for(source).map(|found| found.way) {
            Ok(Way::Issued(Issuance::Login(login))) => login_parts(&login),
            other => panic!("{other:?}"),
        }
    };
    let usual = source(CHAIN);
    let told = Source {
        project_id: Some("0123".into()),
        iam_endpoint: Some(Endpoint::parse("https://iam.corp.example").expect("an endpoint")),
        ..usual.clone()
    };
    let own = "https://iam.eu-west-101.myhuaweicloud.eu";
    let url = [
        ("HW_AUTH_URL", "https://iam.other.example/v3"),
        ("OS_AUTH_URL", "https://no.example"),
    ];
    let sdk = [("HUAWEICLOUD_SDK_IAM_ENDPOINT", "https://iam.sdk.example/"), url[0]];
    let projects = [("HW_PROJECT_ID", "4567"), ("HW_PROJECT_NAME", "eu-west-101_sub")];
    for (variables, source, project, iam) in [
        (&[][..], &usual, "Name(\"eu-west-101\")", own),
        (&[], &told, "Id(\"0123\")", "https://iam.corp.example"),
        (&url, &usual, "Name(\"eu-west-101\")", "https://iam.other.example"),
        (&sdk, &usual, "Name(\"eu-west-101\")", "https://iam.sdk.example"),
        (&url, &told, "Id(\"0123\")", "https://iam.corp.example"),
        (&projects, &usual, "Id(\"4567\")", own),
        (&projects[1..], &usual, "Name(\"eu-west-101_sub\")", own),
        (&projects, &told, "Id(\"0123\")", "https://iam.corp.example"),
    ] {
        let expected = format!("user  pass word  domain {project} {iam}");
        assert_eq!(found(variables, source), expected, "{variables:?}");
    }
}

#[test]
fn a_password_is_not_sent_where_it_could_be_read() {
    for (url, why) in [
        ("http://10.0.0.1/v3", "would send the password in the clear"),
        ("http://iam.corp.example", "would send the password in the clear"),
        ("https://iam.corp.example/v3/auth", "goes on behind the host"),
        ("https://somebody:pass-word@iam.corp.example", "holds user information"),
        ("iam.corp.example", "is no URL"),
    ] {
        for name in ["HUAWEICLOUD_SDK_IAM_ENDPOINT", "HW_AUTH_URL", "OS_AUTH_URL"] {
            let message = World::new(&[&LOGIN[..], &[(name, url)]].concat()).error(&CHAIN);
            assert!(
                message.starts_with(&format!("environment variable {name} {why}")),
                "{message}"
            );
            assert!(!message.contains("corp") && !message.contains("pass-word"), "{message}");
        }
    }
}

#[test]
fn what_the_koocli_holds_is_taken_or_reported() {
    let off = [("SWR_AUDIT_METADATA", "off")];
    let encrypted = CLEAR.replace("A9", "q2V0+cGxlYXNl/A==");
    let encrypted: &'static str = encrypted.leak();
    for (file, told) in [
        (
            encrypted,
            "'/home/a/.hcloud/config.json' (its current profile is encrypted; \
             `hcloud configure set --cli-auth-encrypt=false` stores it in clear text)",
        ),
        (
            "{",
            "'/home/a/.hcloud/config.json' (it is no configuration of the KooCLI)",
        ),
        (
            r#"{"current":"default","profiles":[{"name":"default","mode":"SSO"}]}"#,
            "'/home/a/.hcloud/config.json' (the mode of its current profile is not AKSK)",
        ),
    ] {
        let message = World::new(&off).file(KOOCLI, file).error(&CHAIN);
        assert!(message.contains(told), "{message}");
    }
    let half = CLEAR.replace("s9", "");
    let message = World::new(&off).file(KOOCLI, half.leak()).error(&CHAIN);
    assert!(
        message.starts_with("'accessKeyId' in the current profile of '/home/a/.hcloud/config.json' is set, but"),
        "{message}"
    );
    let bad = CLEAR.replace("s9", "s 9");
    let message = World::new(&off).file(KOOCLI, bad.leak()).error(&CHAIN);
    assert!(
        message.starts_with("'secretAccessKey' in the current profile"),
        "{message}"
    );
    assert!(!message.contains("s 9"), "{message}");
}

#[test]
fn the_metadata_service_is_where_it_is_said_to_be() {
    let place = |place| World::new(&[("SWR_AUDIT_METADATA", place)]);
    let found = place("http://127.0.0.1:8080").found(&CHAIN);
    assert!(found.ends_with(": http://127.0.0.1:8080"), "{found}");
    let message = place("http://metadata.example").error(&CHAIN);
    assert!(
        message.starts_with("environment variable SWR_AUDIT_METADATA is neither"),
        "{message}"
    );
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
        "the inventory asks for the variables PROD_*, but PROD_AK and PROD_SK are not set\n\
         hint: set what is missing, or change `credentials` in the source"
    );
    assert_eq!(
        world.error(&profile),
        "the inventory asks for the profile 'dev', but '/home/a/.huaweicloud/credentials' has no section [dev], only [basic]\n\
         hint: set what is missing, or change `credentials` in the source"
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
    let file = "[basic]\nak = a6\nsk = s6\n";
    for (half, missing) in [
        (&[("HW_USER_NAME", "u")][..], "HW_USER_PASSWORD"),
        (&[("HW_USER_PASSWORD", "p")], "HW_USER_NAME"),
        (&[("HW_USER_PASSWORD", "p"), ("HW_DOMAIN_NAME", "d")], "HW_USER_NAME"),
        (&[("HW_USER_NAME", "u"), ("HW_USER_PASSWORD", "p")], "HW_DOMAIN_NAME"),
        (&[("OS_USERNAME", "u"), ("OS_PASSWORD", "\n")], "OS_PASSWORD"),
        (&[("OS_USERNAME", "u"), ("OS_PASSWORD", "p")], "OS_USER_DOMAIN_NAME"),
    ] {
        let message = World::new(half).file(USUAL, file).error(&CHAIN);
        assert!(message.contains(&format!("{missing} is not\n")), "{message}");
    }
    let world = World::new(&[("HW_DOMAIN_NAME", "d")]).file(USUAL, file);
    assert!(
        world.found(&CHAIN).contains("[basic]"),
        "a domain alone begins no login"
    );
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
    let before = "no credential found; looked at HUAWEICLOUD_SDK_AK/HUAWEICLOUD_SDK_SK, CLOUD_SDK_AK/CLOUD_SDK_SK, \
                  HW_ACCESS_KEY/HW_SECRET_KEY, SWR_AUDIT_TOKEN, OS_AUTH_TOKEN, HW_USER_NAME/HW_USER_PASSWORD, \
                  OS_USERNAME/OS_PASSWORD, '/home/a/.huaweicloud/credentials' [basic], '/home/a/.hcloud/config.json', ";
    let hint = "\nhint: set HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or SWR_AUDIT_TOKEN";
    assert_eq!(
        World::new(&[("SWR_AUDIT_METADATA", "off")]).error(&CHAIN),
        format!("{before}the metadata service (SWR_AUDIT_METADATA=off){hint}")
    );
    let Way::Issued(issuance) = World::default().find(&CHAIN).expect("a way to try").way else {
        panic!("nothing is ready");
    };
    let failure = Failure {
        detail: "the metadata service at http://169.254.169.254 could not be reached: no route".to_owned(),
        ..Failure::unasked(UnknownClass::Unauthenticated)
    };
    let error = IssueError::new(IssuerKind::Metadata, failure, Retry::No);
    let expected = format!("{before}{error}{hint}");
    assert_eq!(issuance.failed(error).to_string(), expected);
}

#[test]
fn a_named_file_has_to_be_there_and_wins_over_the_usual_one() {
    let named = [("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "/run/key")];
    let world = World::new(&named).file(USUAL, "[basic]\nak=a6\nsk=s6");
    assert_eq!(
        world.error(&CHAIN),
        "cannot read credentials file '/run/key'\n\
         hint: check its path and permissions; HUAWEICLOUD_SDK_CREDENTIALS_FILE names another one"
    );
    let world = world.file("/run/key", "[basic]\nak=a7\nsk=s7");
    assert_eq!(world.found(&CHAIN), "/run/key [basic]: a7 s7 -");
    let world = World::new(&named).file("/run/key", "[basic]\nsecret-without-a-name\n");
    assert_eq!(
        world.error(&CHAIN),
        "line 2 of credentials file '/run/key' is neither '[section]' nor 'key = value' nor 'key: value'\n\
         hint: write [basic], and below it a line 'ak = ...' and a line 'sk = ...'"
    );
}

#[test]
fn what_is_found_does_not_show_its_secrets() {
    let world = World::new(&[("CLOUD_SDK_AK", "a2"), ("CLOUD_SDK_SK", "very-secret")]);
    let found = world.find(&CHAIN).expect("there is one");
    assert!(!format!("{found:?}").contains("very-secret"));
}

#[test]
fn quotes_around_a_key_are_refused_by_the_place_where_they_stand() {
    for (secret, file) in [
        ("\"hush\"", "[basic]\nak = \"a1\"\nsk = s6\n"),
        ("'hush'", "[basic]\nak = 'a1'\nsk = s6\n"),
        ("`hush`", "[basic]\nak = `a1`\nsk = s6\n"),
        ("\"hush", "[basic]\nak = \"a1\nsk = s6\n"),
        ("hush'", "[basic]\nak = a1'\nsk = s6\n"),
    ] {
        let message = World::new(&[("HUAWEICLOUD_SDK_AK", "a1"), ("HUAWEICLOUD_SDK_SK", secret)]).error(&CHAIN);
        let start = "environment variable HUAWEICLOUD_SDK_SK has quotes around it";
        assert!(message.starts_with(start) && !message.contains("hush"), "{message}");
        let message = World::default().file(USUAL, file).error(&CHAIN);
        assert!(message.starts_with("'ak' in [basic] of '/home/a/"), "{message}");
        assert!(message.contains("has quotes around it"), "{message}");
    }
}

#[test]
fn a_placeholder_that_nothing_filled_in_is_refused_by_its_place() {
    for secret in ["${SECRET_SK}", "$SECRET_SK", "$(pass sk)", "{{hush}}", "a${SECRET_SK}"] {
        for name in ["HUAWEICLOUD_SDK_SK", "SWR_AUDIT_TOKEN"] {
            let message = World::new(&[("HUAWEICLOUD_SDK_AK", "a1"), (name, secret)]).error(&CHAIN);
            let said = format!("environment variable {name} is a placeholder, and nothing filled it in");
            // A key without its secret comes before any token.
            if name == "HUAWEICLOUD_SDK_SK" {
                assert!(message.starts_with(&said) && !message.contains(secret), "{message}");
            }
        }
        let message = World::new(&[("SWR_AUDIT_TOKEN", secret)]).error(&CHAIN);
        assert!(message.contains("SWR_AUDIT_TOKEN is a placeholder"), "{message}");
    }
}

/// Each wrong login counts, and a few of them lock the account.
#[test]
fn a_login_with_quotes_or_a_placeholder_is_not_tried() {
    let sound = [
        ("HW_USER_NAME", "auditor"),
        ("HW_USER_PASSWORD", "pw"),
        ("HW_DOMAIN_NAME", "example"),
        ("HW_PROJECT_ID", "p1"),
    ];
    assert!(World::new(&sound).find(&CHAIN).is_ok());
    let with = |name: &str, value: &'static str| {
        let changed = sound.map(|(other, usual)| (other, if other == name { value } else { usual }));
        World::new(&changed)
    };
    for (name, _) in sound {
        for (value, said) in [
            ("\"hush\"", "has quotes around it"),
            ("'hush'", "has quotes around it"),
            ("${HUSH}", "is a placeholder"),
        ] {
            let message = with(name, value).error(&CHAIN);
            assert!(
                message.starts_with(&format!("environment variable {name} {said}")),
                "{message}"
            );
            assert!(!message.to_lowercase().contains("hush"), "{message}");
        }
    }
    // Such characters may well belong to a password.
    for password in ["\"", "$ecret", "it's\"", "a${b}c"] {
        assert!(with("HW_USER_PASSWORD", password).find(&CHAIN).is_ok(), "{password}");
    }
}

#[test]
fn a_file_without_the_expected_section_is_named_with_those_it_has() {
    let file = "[default]\nak = a6\nsk = s6\n[prod]\n";
    let message = World::new(&[("SWR_AUDIT_METADATA", "off")])
        .file(USUAL, file)
        .error(&CHAIN);
    let said = "'/home/a/.huaweicloud/credentials' (no section [basic], only [default], [prod])";
    assert!(message.contains(said), "{message}");
    let profile = CredentialChoice::Profile("dev".into());
    let message = World::default().file(USUAL, file).error(&profile);
    assert!(
        message.contains("has no section [dev], only [default], [prod]"),
        "{message}"
    );
}
