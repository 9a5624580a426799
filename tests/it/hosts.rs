//! No request of any kind leaves for a host that nobody named.
//!
//! Every host but this machine itself is asked through a proxy here, which notes each name and answers in its place, so
//! that whole runs, with logins and renewals, come to their end. It would not see a request that goes around the proxy,
//! nor a name that is resolved and not asked; `tests/arrows.rs` holds that connections are made in two places alone, both
//! of which follow the route. Nor does it see the link-local address of the metadata service, which is never asked
//! through a proxy: its place is set to this machine.

use simulator::{AccessKey, AccountCalls, Fault, Server, Simulator, User, World};

use crate::gate::Gate;
use crate::support::{Audit, Ended, binary, error, fault, serve, world};

const ACCESS_KEY: &str = "HOSTSACCESSKEY012345";
const SECRET_KEY: &str = "hosts-secret-key-0123456789";
const SECURITY_TOKEN: &str = "hosts-security-token-0123456789";
const TOKEN: &str = "hosts-ready-token-0123456789";
const PASSWORD: &str = "hosts-password-0123456789";

/// A source, the host that its questions are for, and the host that its login is for; `None`: a login may go nowhere.
struct Place {
    source: &'static str,
    swr: &'static str,
    iam: Option<&'static str>,
}

/// Written out by hand: who is asked of the source, and nobody else.
const PLACES: [Place; 9] = [
    Place {
        source: "region: cn-north-4",
        swr: "swr-api.cn-north-4.myhuaweicloud.com:443",
        iam: Some("iam.cn-north-4.myhuaweicloud.com:443"),
    },
    Place {
        source: "region: eu-west-101",
        swr: "swr-api.eu-west-101.myhuaweicloud.eu:443",
        iam: Some("iam.eu-west-101.myhuaweicloud.eu:443"),
    },
    Place {
        source: "region: cn-north-4, iamEndpoint: 'https://iam.corp.example:5000'",
        swr: "swr-api.cn-north-4.myhuaweicloud.com:443",
        iam: Some("iam.corp.example:5000"),
    },
    Place {
        source: "region: corp-1, endpoint: 'https://swr.corp.example:8443', iamEndpoint: 'https://iam.corp.example'",
        swr: "swr.corp.example:8443",
        iam: Some("iam.corp.example:443"),
    },
    Place {
        source: "region: corp-1, endpoint: 'https://swr.corp.example:8443'",
        swr: "swr.corp.example:8443",
        iam: None,
    },
    Place {
        source: "region: eu-de, cloud: otc.t-systems.com",
        swr: "swr-api.eu-de.otc.t-systems.com:443",
        iam: Some("iam.eu-de.otc.t-systems.com:443"),
    },
    Place {
        source: "region: eu-ch2, cloud: sc.otc.t-systems.com",
        swr: "swr-api.eu-ch2.sc.otc.t-systems.com:443",
        iam: Some("iam-pub.eu-ch2.sc.otc.t-systems.com:443"),
    },
    Place {
        source: "region: eu-west-0, endpoint: 'https://swr.corp.example', cloud: prod-cloud-ocb.orange-business.com",
        swr: "swr.corp.example:443",
        iam: Some("iam.eu-west-0.prod-cloud-ocb.orange-business.com:443"),
    },
    Place {
        source: "region: corp-1, cloud: cloud.corp.example",
        swr: "swr-api.corp-1.cloud.corp.example:443",
        iam: None,
    },
];

/// How the tool comes by a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Key,
    TemporaryKey,
    Token,
    TerraformLogin,
    OpenStackLogin,
    /// A login whose variable names IAM, whatever the source says of clouds.
    LoginAt(&'static str),
    CredentialsFile,
    NamedProfile,
    KooCli,
    Metadata,
}

const KINDS: [Kind; 10] = [
    Kind::Key,
    Kind::TemporaryKey,
    Kind::Token,
    Kind::TerraformLogin,
    Kind::OpenStackLogin,
    Kind::LoginAt("iam.named.example"),
    Kind::CredentialsFile,
    Kind::NamedProfile,
    Kind::KooCli,
    Kind::Metadata,
];

impl Kind {
    /// Everybody who may be asked of that place; nobody where its login may go nowhere.
    fn hosts(self, place: &Place) -> Vec<String> {
        let iam = match self {
            Self::TerraformLogin | Self::OpenStackLogin => match place.iam {
                Some(iam) => Some(iam.to_owned()),
                None => return Vec::new(),
            },
            // What the inventory says comes before a variable.
            Self::LoginAt(_) if place.source.contains("iamEndpoint") => place.iam.map(str::to_owned),
            Self::LoginAt(host) => Some(format!("{host}:443")),
            Self::Key
            | Self::TemporaryKey
            | Self::Token
            | Self::CredentialsFile
            | Self::NamedProfile
            | Self::KooCli
            | Self::Metadata => None,
        };
        let mut hosts: Vec<String> = iam.into_iter().chain([place.swr.to_owned()]).collect();
        hosts.sort();
        hosts
    }

    fn inventory(self, place: &Place) -> String {
        let profile = if self == Self::NamedProfile {
            ", credentials: { profile: prod }"
        } else {
            ""
        };
        format!(
            "apiVersion: swr-audit/v1\nsource: {{ name: main, {}{profile} }}\npolicies: {{ none: {{ targets: [] }} }}\n\
             namespaces: [{{ name: prod, policy: none }}]\n",
            place.source
        )
    }

    fn audit(self, place: &Place, simulator: &Simulator) -> Audit {
        let mut audit = Audit::of(&self.inventory(place)).without_environment();
        let login = |names: [&'static str; 3]| -> Vec<(&str, String)> {
            let values = ["auditor", PASSWORD, "example"];
            names.into_iter().zip(values.map(str::to_owned)).collect()
        };
        let terraform = ["HW_USER_NAME", "HW_USER_PASSWORD", "HW_DOMAIN_NAME"];
        let key = [("HUAWEICLOUD_SDK_AK", ACCESS_KEY), ("HUAWEICLOUD_SDK_SK", SECRET_KEY)];
        let key = key.map(|(name, value)| (name, value.to_owned()));
        let variables = match self {
            Self::Key => key.to_vec(),
            Self::TemporaryKey => {
                let token = ("HUAWEICLOUD_SDK_SECURITY_TOKEN", SECURITY_TOKEN.to_owned());
                [key.to_vec(), vec![token]].concat()
            }
            Self::Token => vec![("SWR_AUDIT_TOKEN", TOKEN.to_owned())],
            Self::TerraformLogin => login(terraform),
            Self::OpenStackLogin => login(["OS_USERNAME", "OS_PASSWORD", "OS_USER_DOMAIN_NAME"]),
            Self::LoginAt(host) => [login(terraform), vec![("HW_AUTH_URL", format!("https://{host}/v3"))]].concat(),
            Self::CredentialsFile | Self::NamedProfile => {
                let section = if self == Self::NamedProfile { "prod" } else { "basic" };
                let text =
                    format!("[{section}]\nak = {ACCESS_KEY}\nsk = {SECRET_KEY}\niam_endpoint = https://file.example\n");
                write(&audit, ".huaweicloud/credentials", &text);
                Vec::new()
            }
            Self::KooCli => {
                let text = format!(
                    r#"{{"current":"ci","profiles":[{{"name":"ci","mode":"AKSK","region":"cn-east-3",
                        "accessKeyId":"{ACCESS_KEY}","secretAccessKey":"{SECRET_KEY}"}}]}}"#
                );
                write(&audit, ".hcloud/config.json", &text);
                Vec::new()
            }
            Self::Metadata => vec![("SWR_AUDIT_METADATA", simulator.endpoint())],
        };
        for (name, value) in variables {
            audit = audit.setting(name, &value);
        }
        audit
    }

    fn world(self) -> World {
        let mut world = world(&["web"]);
        world.credentials.access_keys = vec![AccessKey {
            ak: ACCESS_KEY.to_owned(),
            sk: SECRET_KEY.into(),
            security_token: (self == Self::TemporaryKey).then(|| SECURITY_TOKEN.into()),
        }];
        world.credentials.tokens = vec![TOKEN.into()];
        world.credentials.users = vec![User {
            name: "auditor".to_owned(),
            password: PASSWORD.into(),
            domain: "example".to_owned(),
            // It dies before the run is over, so that a second login is seen as well.
            token_requests: Some(2),
            ..User::default()
        }];
        world.credentials.server = Some(Server {
            key_requests: Some(2),
            ..Server::default()
        });
        world
    }
}

fn write(audit: &Audit, path: &str, text: &str) {
    let path = audit.folder().join(path);
    std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder is writable");
    std::fs::write(path, text).expect("the folder is writable");
}

fn sorted(mut hosts: Vec<String>) -> Vec<String> {
    hosts.sort();
    hosts.dedup();
    hosts
}

/// One command after the other in one folder: all that asks, and all that must not.
struct Stage {
    audit: Audit,
    gate: Gate,
    simulator: Simulator,
}

impl Stage {
    fn new(kind: Kind, place: &Place) -> Self {
        Self::over(kind.world(), kind, place)
    }

    fn over(world: World, kind: Kind, place: &Place) -> Self {
        let simulator = serve(world);
        let gate = Gate::to(&simulator.endpoint());
        let audit = gate.before(kind.audit(place, &simulator), "").with(&["--retries", "0"]);
        Self { audit, gate, simulator }
    }

    /// The command with these arguments, with what the audit knows of its surroundings.
    fn say(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = binary(self.audit.folder());
        let known = self.audit.command(None);
        let variables = known.get_envs().filter_map(|(name, value)| Some((name, value?)));
        let output = command
            .args(arguments)
            .envs(variables)
            .output()
            .expect("the binary starts");
        let code = output.status.code().expect("it was not killed");
        (code, String::from_utf8(output.stderr).expect("text"))
    }

    fn asked(&self) -> Vec<String> {
        sorted(self.gate.connects())
    }

    /// Nothing that a command sends bears another host's name than the one that it went to.
    fn assert_at_home(&self, what: &str) {
        for request in self.gate.requests() {
            let named = request.header("host").expect("HTTP/1.1 has it");
            let usual = request.host.trim_end_matches(":443");
            assert_eq!(named, usual, "{what}");
            let is_login = request.line() == "POST /v3/auth/tokens?nocatalog=true";
            let is_question = request.line().starts_with("GET /v2/manage/");
            assert_eq!(is_login, request.host.starts_with("iam"), "{what}: {}", request.line());
            assert_ne!(is_login, is_question, "{what}: {}", request.line());
        }
    }
}

#[test]
fn no_request_leaves_for_a_host_that_nobody_named() {
    for kind in KINDS {
        for place in &PLACES {
            let stage = Stage::new(kind, place);
            let ended: Ended = stage.audit.run();
            let what = format!("{kind:?} {}: {}", place.source, ended.stderr);
            let hosts = kind.hosts(place);
            assert_eq!(stage.asked(), hosts, "{what}");
            if hosts.is_empty() {
                assert_eq!(ended.code, 65, "{what}");
                continue;
            }
            assert_eq!(ended.code, 2, "the rule is found, and not expected: {what}");
            stage.assert_at_home(&what);
            // Beside the hosts, this machine: the service itself has seen what came by the gate and the metadata alone.
            let metadata = |path: &str| path.contains("/meta-data/") || path.contains("/securitykey");
            let beside = stage
                .simulator
                .requests()
                .iter()
                .filter(|it| metadata(&it.path))
                .count();
            assert_eq!(beside > 0, kind == Kind::Metadata, "{what}");
            let all = stage.simulator.requests().len();
            assert_eq!(all - beside, stage.gate.requests().len(), "{what}");
        }
    }
}

/// Whose credential it is, is asked of the service, and then where a password might go, too: signed for each host.
#[test]
fn whose_a_credential_is_is_asked_where_a_password_may_go_and_nowhere_else() {
    const SWR: &str = "swr-api.cn-north-4.myhuaweicloud.com:443";
    const IAM: &str = "iam.cn-north-4.myhuaweicloud.com:443";
    const STS: &str = "sts.cn-north-4.myhuaweicloud.com:443";
    let public = "region: cn-north-4";
    let named = "region: corp-1, endpoint: 'https://swr.corp.example:8443', iamEndpoint: 'https://iam.corp.example'";
    let private = "region: corp-1, endpoint: 'https://swr.corp.example:8443'";
    let telekom = "region: eu-de, cloud: otc.t-systems.com";
    let telekoms = ["swr-api.eu-de.otc.t-systems.com:443", "iam.eu-de.otc.t-systems.com:443"];
    let corp = ["swr.corp.example:8443", "iam.corp.example:443"];
    for (source, overview, domains, hosts) in [
        (public, true, true, &[SWR][..]),
        (public, false, true, &[SWR, IAM]),
        (public, false, false, &[SWR, IAM, STS]),
        (named, false, false, &corp),
        (private, false, false, &corp[..1]),
        // No STS is known there.
        (telekom, false, false, &telekoms),
    ] {
        for kind in [Kind::Key, Kind::TemporaryKey, Kind::Token] {
            let source = format!("{source}, accountId: '0123456789abcdef0123456789abcdef'");
            let place = Place {
                source: Box::leak(source.into_boxed_str()),
                swr: hosts[0],
                iam: None,
            };
            let mut world = kind.world();
            world.behaviour.account_calls = AccountCalls {
                overview,
                domains,
                ..AccountCalls::default()
            };
            let stage = Stage::over(world, kind, &place);
            let ended = stage.audit.run();
            let what = format!("{kind:?} {} {overview} {domains}: {}", place.source, ended.stderr);
            assert_eq!(ended.code, 2, "the rule is found, and not expected: {what}");
            let mut asked = stage.gate.connects();
            asked.dedup();
            asked.truncate(hosts.len());
            assert_eq!(asked, hosts, "{what}");
            assert_eq!(
                stage.asked(),
                sorted(hosts.iter().map(|&host| host.to_owned()).collect()),
                "{what}"
            );
            let is_known = overview || hosts.len() > 1 && domains || hosts.len() == 3;
            assert_eq!(!ended.stderr.contains("account-unconfirmed"), is_known, "{what}");
        }
    }
}

/// The arguments, and whether the command has to ask.
const COMMANDS: [(&[&str], bool); 14] = [
    (&["check", "inventory.yaml"], false),
    (&["check", "inventory.yaml", "--explain", "prod/web"], false),
    (&["run", "inventory.yaml", "--dry-run"], false),
    (&["schema", "inventory"], false),
    (&["demo", "--out", "none"], false),
    (&["run", "inventory.yaml", "--run-id", "a"], true),
    (
        &[
            "run",
            "inventory.yaml",
            "--run-id",
            "b",
            "--replay",
            "reports/a/journal.ndjson",
        ],
        false,
    ),
    (&["run", "inventory.yaml", "--resume", "a"], true),
    (&["check", "inventory.yaml", "--live"], true),
    (&["snapshot", "inventory.yaml"], true),
    (&["snapshot", "inventory.yaml", "-o", "snapshot.yaml"], true),
    (
        &["run", "inventory.yaml", "--run-id", "s", "--out", "1", "--shard", "1/2"],
        true,
    ),
    (
        &["run", "inventory.yaml", "--run-id", "s", "--out", "2", "--shard", "2/2"],
        true,
    ),
    (&["merge", "1/s", "2/s", "inventory.yaml", "--out", "merged"], false),
];

#[test]
fn every_command_asks_the_hosts_of_its_source_or_nobody() {
    for kind in [Kind::Key, Kind::TerraformLogin, Kind::Metadata] {
        let place = &PLACES[3];
        let mut world = kind.world();
        // The first run leaves something to ask again.
        world.faults.push(Fault {
            times: Some(1),
            ..fault("prod/web", error(500, "SVCSTG.SWR.5000000"))
        });
        let stage = Stage::over(world, kind, place);
        let mut before = 0;
        for (arguments, asks) in COMMANDS {
            let with_retries = [arguments, &["--retries", "0"]].concat();
            let (code, said) = stage.say(if asks { &with_retries } else { arguments });
            let what = format!("{kind:?} {arguments:?}: {code} {said}");
            assert!(matches!(code, 0 | 2 | 4), "{what}");
            let connects = stage.gate.connects();
            assert_eq!(connects.len() > before, asks, "{what}");
            if asks {
                let allowed = kind.hosts(place);
                assert!(connects[before..].iter().all(|host| allowed.contains(host)), "{what}");
                assert!(connects[before..].iter().any(|host| host == place.swr), "{what}");
            }
            before = connects.len();
        }
        stage.assert_at_home(&format!("{kind:?}"));
    }
    // A region that stands in no file.
    let stage = Stage::new(Kind::TerraformLogin, &PLACES[0]);
    let (code, said) = stage.say(&["snapshot", "--region", "cn-north-4"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(stage.asked(), Kind::TerraformLogin.hosts(&PLACES[0]));
}

/// An option stands in for the source's endpoint, and takes nothing of its cloud along.
#[test]
fn an_endpoint_by_option_is_asked_and_no_login_goes_beside_it() {
    for (kind, hosts, code) in [
        (Kind::Key, &["swr.other.example:443"][..], 2),
        (Kind::TerraformLogin, &[], 64),
        (
            Kind::LoginAt("iam.named.example"),
            &["iam.named.example:443", "swr.other.example:443"],
            2,
        ),
    ] {
        for arguments in [
            &["run", "inventory.yaml"][..],
            &["check", "inventory.yaml", "--live"],
            &["snapshot", "inventory.yaml"],
        ] {
            let stage = Stage::new(kind, &PLACES[0]);
            let endpoint = ["--endpoint", "https://swr.other.example"];
            let (actual, said) = stage.say(&[arguments, &endpoint].concat());
            let expected = if arguments[0] != "run" && code == 2 { 0 } else { code };
            assert_eq!(actual, expected, "{kind:?} {arguments:?}: {said}");
            assert_eq!(stage.asked(), hosts, "{kind:?} {arguments:?}: {said}");
        }
    }
}

/// No command that asks gets further than to the question where its password could go.
#[test]
fn a_password_that_may_go_nowhere_stays_here_whatever_the_command() {
    for place in [&PLACES[4], &PLACES[8]] {
        let stage = Stage::new(Kind::OpenStackLogin, place);
        for (arguments, asks) in COMMANDS {
            if asks && !arguments.contains(&"--resume") {
                let (code, said) = stage.say(arguments);
                assert_eq!(code, 65, "{arguments:?}: {said}");
            }
        }
        assert_eq!(stage.asked(), Vec::<String>::new());
    }
}

#[test]
fn two_sources_ask_each_its_own_hosts() {
    let both = [&PLACES[0], &PLACES[1]];
    let stage = Stage::new(Kind::TerraformLogin, both[0]);
    let second = Kind::TerraformLogin
        .inventory(both[1])
        .replace("name: main", "name: other");
    write(
        &stage.audit,
        "other.yaml",
        &second.replace("policies: { none: { targets: [] } }\n", ""),
    );
    let (code, said) = stage.say(&["run", "inventory.yaml", "other.yaml"]);
    assert_eq!(code, 2, "{said}");
    assert_eq!(
        stage.asked(),
        sorted(
            both.iter()
                .flat_map(|place| Kind::TerraformLogin.hosts(place))
                .collect()
        )
    );
    stage.assert_at_home(&said);
}

#[test]
fn a_redirect_leads_to_no_other_host() {
    for status in [301, 302, 307, 308] {
        for kind in [Kind::TemporaryKey, Kind::TerraformLogin] {
            let place = &PLACES[3];
            let simulator = serve(kind.world());
            let gate = Gate::answering(move |_| {
                let head = format!("HTTP/1.1 {status} Elsewhere\r\nLocation: https://elsewhere.example/\r\n");
                let more = "Refresh: 0; url=https://elsewhere.example/\r\nLink: <https://elsewhere.example/>; rel=next\r\n\
                            Alt-Svc: h2=\"elsewhere.example:443\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                [head.as_bytes(), more.as_bytes()].concat()
            });
            let ended = gate
                .before(kind.audit(place, &simulator), "")
                .with(&["--retries", "1"])
                .run();
            let hosts = sorted(gate.connects());
            assert!(
                !hosts.is_empty() && hosts.iter().all(|host| kind.hosts(place).contains(host)),
                "{hosts:?}"
            );
            assert!(matches!(ended.code, 1 | 4), "{}", ended.stderr);
        }
    }
}

#[test]
fn a_url_with_user_information_is_refused_before_anything_is_asked() {
    let url = "https://user:hosts-password-in-a-url@swr.corp.example";
    let place = &PLACES[3];
    let in_inventory = |key: &str| {
        let source = format!("region: corp-1, endpoint: https://swr.corp.example, {key}: '{url}'");
        let source = if key == "endpoint" {
            format!("region: corp-1, endpoint: '{url}'")
        } else {
            source
        };
        Kind::Key.inventory(place).replace(place.source, &source)
    };
    let words = [
        "holds user information",
        "carries a secret",
        "leave user name and password out",
    ];
    let stage = |kind: Kind| Stage::new(kind, &PLACES[0]);
    let refuse = |stage: &Stage, arguments: &[&str], code: i32| {
        let (actual, said) = stage.say(arguments);
        assert_eq!(actual, code, "{arguments:?}: {said}");
        assert!(!said.contains("hosts-password-in-a-url"), "{said}");
        assert!(words.iter().any(|words| said.contains(words)), "{said}");
        assert_eq!(stage.asked(), Vec::<String>::new(), "{said}");
    };
    for key in ["endpoint", "iamEndpoint"] {
        let stage = stage(Kind::TerraformLogin);
        write(&stage.audit, "inventory.yaml", &in_inventory(key));
        for arguments in [
            &["run", "inventory.yaml"][..],
            &["check", "inventory.yaml"],
            &["check", "inventory.yaml", "--live"],
            &["snapshot", "inventory.yaml"],
        ] {
            refuse(&stage, arguments, 65);
        }
    }
    let key = stage(Kind::Key);
    for arguments in [
        &["run", "inventory.yaml", "--endpoint", url][..],
        &["check", "inventory.yaml", "--live", "--endpoint", url],
        &["snapshot", "inventory.yaml", "--endpoint", url],
    ] {
        refuse(&key, arguments, 64);
    }
    for (name, code) in [
        ("SWR_AUDIT_ENDPOINT", 64),
        ("HW_AUTH_URL", 1),
        ("OS_AUTH_URL", 1),
        ("HUAWEICLOUD_SDK_IAM_ENDPOINT", 1),
    ] {
        let mut stage = stage(Kind::TerraformLogin);
        stage.audit = stage.audit.setting(name, url);
        refuse(&stage, &["run", "inventory.yaml"], code);
    }
}
