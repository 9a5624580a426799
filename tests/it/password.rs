//! To whom a user's password goes, and that it goes to nobody where nobody is named.

use std::process::Command;

use simulator::{Simulator, User, World};

use crate::support::{ACCESS_KEY, Audit, SECRET_KEY, binary, inventory, serve, world};
use crate::way::proxy;

const PASSWORD: &str = "a-password-of-IAM+1";
const LOGIN: [(&str, &str); 3] = [
    ("HW_USER_NAME", "auditor"),
    ("HW_USER_PASSWORD", PASSWORD),
    ("HW_DOMAIN_NAME", "example"),
];

/// A service that would take the login, and the key.
fn service() -> Simulator {
    let mut world: World = world(&["web"]);
    world.credentials.users.push(User {
        name: "auditor".to_owned(),
        password: PASSWORD.into(),
        domain: "example".to_owned(),
        ..User::default()
    });
    serve(world)
}

/// The inventory of [`inventory`], with that source.
fn of_source(source: &str) -> String {
    inventory(&["web"]).replace("{ name: main, region: cn-north-4 }", source)
}

/// Each command that asks a service, in a folder with that inventory.
fn commands(audit: &Audit) -> impl Iterator<Item = Command> + '_ {
    let all: [&[&str]; 4] = [
        &["run", "inventory.yaml"],
        &["run", "inventory.yaml", "--out", "none", "-o", "json=-"],
        &["check", "inventory.yaml", "--live"],
        &["snapshot", "inventory.yaml"],
    ];
    all.into_iter().map(|arguments| {
        let mut command = binary(audit.folder());
        command.args(arguments).envs(LOGIN);
        command
    })
}

#[test]
fn a_private_endpoint_without_a_named_iam_is_asked_nothing_and_gets_no_password() {
    let service = service();
    let endpoint = service.endpoint();
    for (source, options, code, place) in [
        (
            format!("{{ name: main, region: cn-north-4, endpoint: \"{endpoint}\" }}"),
            &[][..],
            65,
            endpoint.clone(),
        ),
        (
            "{ name: main, region: cn-north-4 }".to_owned(),
            &["--endpoint", &endpoint],
            64,
            format!("--endpoint {endpoint}"),
        ),
        // The cloud of the file is not that of the option.
        (
            "{ name: main, region: eu-de, cloud: otc.t-systems.com }".to_owned(),
            &["--endpoint", &endpoint],
            64,
            format!("--endpoint {endpoint}"),
        ),
        (
            "{ name: main, region: dc1, cloud: corp.example }".to_owned(),
            &[],
            65,
            "https://swr-api.dc1.corp.example".to_owned(),
        ),
    ] {
        let (proxy, asked) = proxy("HTTP/1.1 403 Forbidden\r\n\r\n");
        let audit = Audit::of(&of_source(&source));
        for mut command in commands(&audit) {
            let command = command.args(options).env("HTTPS_PROXY", format!("http://{proxy}"));
            let output = command.output().expect("the binary starts");
            let said = String::from_utf8(output.stderr).expect("text");
            assert_eq!(output.status.code(), Some(code), "{command:?}: {said}");
            let error = format!(
                "error: source 'main': HW_USER_NAME/HW_USER_PASSWORD are not sent: no IAM is known for {place}\n\
                 hint: write `iamEndpoint:` in the source, or set HUAWEICLOUD_SDK_IAM_ENDPOINT"
            );
            assert!(said.contains(&error), "{command:?}: {said}");
            assert!(!said.contains(PASSWORD), "{said}");
        }
        assert!(!audit.folder().join("reports").exists());
        assert_eq!(
            (service.requests().len(), asked.lock().expect("no panic").len()),
            (0, 0)
        );
    }
}

#[test]
fn a_named_iam_is_logged_in_at() {
    let service = service();
    let endpoint = service.endpoint();
    for (source, variables, options) in [
        (
            format!("{{ name: main, region: dc1, endpoint: \"{endpoint}\", iamEndpoint: \"{endpoint}\" }}"),
            &[][..],
            &[][..],
        ),
        (
            format!("{{ name: main, region: dc1, endpoint: \"{endpoint}\" }}"),
            &[("HW_AUTH_URL", format!("{endpoint}/v3"))],
            &[],
        ),
        (
            format!("{{ name: main, region: dc1, cloud: corp.example, iamEndpoint: \"{endpoint}\" }}"),
            &[],
            &["--endpoint", &endpoint],
        ),
    ] {
        let mut audit = Audit::of(&of_source(&source)).without_environment().with(options);
        for (name, value) in LOGIN {
            audit = audit.setting(name, value);
        }
        for (name, value) in variables {
            audit = audit.setting(name, value);
        }
        let ended = audit.run();
        assert_eq!(ended.code, 0, "{source}: {}", ended.stderr);
        assert_eq!(ended.outcomes(), ["web ok"]);
    }
    assert_eq!(service.requests().len(), 3 * 2, "a login and a question each");
}

/// One that has a key could be asked; what is wrong with another one is said before that.
#[test]
fn every_source_without_an_iam_is_named_before_any_is_asked() {
    let service = service();
    let endpoint = service.endpoint();
    let source =
        |name: &str, rest: &str| format!("{{ name: {name}, region: cn-north-4, endpoint: \"{endpoint}\"{rest} }}");
    let with_key = of_source(&source("first", ", credentials: { env: KEY }"));
    let document = |name: &str| {
        format!(
            "---\napiVersion: swr-audit/v1\nsource: {}\nnamespaces: [{{ name: prod, policy: dr, repos: [web] }}]\n",
            source(name, "")
        )
    };
    let audit = Audit::of(&format!("{with_key}{}{}", document("second"), document("third")));
    for mut command in commands(&audit) {
        command.env("KEY_AK", ACCESS_KEY).env("KEY_SK", SECRET_KEY);
        let output = command.output().expect("the binary starts");
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(65), "{said}");
        for name in ["second", "third"] {
            let named = format!("source '{name}': HW_USER_NAME/HW_USER_PASSWORD are not sent");
            assert!(said.contains(&named), "{said}");
        }
        assert!(!said.contains("source 'first'"), "{said}");
    }
    assert!(service.requests().is_empty());
}

/// Seen at the proxy: the login is the first that is asked for, and nothing else is.
#[test]
fn a_login_goes_to_the_iam_of_the_endpoints_own_cloud_and_nowhere_else() {
    for (source, iam) in [
        ("region: cn-north-4", "iam.cn-north-4.myhuaweicloud.com"),
        ("region: eu-west-101", "iam.eu-west-101.myhuaweicloud.eu"),
        (
            "region: cn-new-1, cloud: myhuaweicloud.com",
            "iam.cn-new-1.myhuaweicloud.com",
        ),
        ("region: eu-de, cloud: otc.t-systems.com", "iam.eu-de.otc.t-systems.com"),
        (
            "region: eu-ch2, cloud: sc.otc.t-systems.com",
            "iam-pub.eu-ch2.sc.otc.t-systems.com",
        ),
        (
            "region: eu-west-0, cloud: prod-cloud-ocb.orange-business.com",
            "iam.eu-west-0.prod-cloud-ocb.orange-business.com",
        ),
        (
            "region: ru-moscow-1, cloud: hc.sbercloud.ru",
            "iam.ru-moscow-1.hc.sbercloud.ru",
        ),
    ] {
        let (proxy, asked) = proxy("HTTP/1.1 403 Forbidden\r\n\r\n");
        let mut audit = Audit::of(&of_source(&format!("{{ name: main, {source} }}")))
            .without_environment()
            .setting("HTTPS_PROXY", &format!("http://{proxy}"))
            .with(&["--retries", "0"]);
        for (name, value) in LOGIN {
            audit = audit.setting(name, value);
        }
        let ended = audit.run();
        assert_eq!(ended.code, 1, "{}", ended.stderr);
        let asked = asked.lock().expect("no panic");
        let connects: Vec<&String> = asked.iter().filter(|line| line.starts_with("CONNECT ")).collect();
        let expected = format!("CONNECT {iam}:443 HTTP/1.1");
        assert!(
            !connects.is_empty() && connects.iter().all(|line| **line == expected),
            "{connects:?}"
        );
    }
}

#[test]
fn what_asks_nobody_needs_no_iam() {
    let source = "{ name: main, region: cn-north-4, endpoint: \"http://127.0.0.1:9\" }";
    let audit = Audit::of(&of_source(source));
    for arguments in [
        &["check", "inventory.yaml"][..],
        &["run", "inventory.yaml", "--dry-run"],
    ] {
        let output = binary(audit.folder())
            .args(arguments)
            .envs(LOGIN)
            .output()
            .expect("the binary starts");
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    }
}
