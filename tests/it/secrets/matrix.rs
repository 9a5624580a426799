//! Every secret, from whoever may give it back, in every place of an answer and in every disguise, against all that every
//! command leaves behind.
//!
//! One server speaks for the service, for IAM and for the metadata service. It gives back what nobody would have to send
//! it as well (the secret key, the proxy's password): whoever stands between may have seen them elsewhere. What it does
//! is in the names that it is asked for, so that one run meets every cell of the table.

use std::process::Output;

use serde_json::json;

use super::echo::{Cell, DISGUISES, Disguise, ECHOES, Echo, serve};
use super::search::Search;
use super::{ACCESS_KEY, PASSWORD, SECRET_KEY, SECURITY_TOKEN, TOKEN};
use crate::gate::Gate;
use crate::support::{Audit, binary};

const ISSUED_TOKEN: &str = "marked-issued-token/0123456789+abcdef==";
const ISSUED_ACCESS_KEY: &str = "ISSUEDACCESSKEY01234";
const ISSUED_SECRET_KEY: &str = "marked-issued-secret/0123456789+abcdef=";
const ISSUED_SECURITY_TOKEN: &str = "marked-issued-security-token/0123456789+abcdef==";
const METADATA_TOKEN: &str = "marked-metadata-token/0123456789+abcdef==";
const PROXY_PASSWORD: &str = "marked-proxy-password/0123456789+abcdef==";
/// As a URL has it.
const PROXY_LOGIN: &str = "proxy-user:marked-proxy-password%2F0123456789%2Babcdef%3D%3D@";
/// With no character that an error code could not have.
const PASSWORD_LIKE_A_CODE: &str = "marked-password.0123456789_abcdef";

/// How the tool comes by what it asks with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Key,
    TemporaryKey,
    Token,
    Login,
    Metadata,
}

const KINDS: [Kind; 5] = [Kind::Key, Kind::TemporaryKey, Kind::Token, Kind::Login, Kind::Metadata];

impl Kind {
    /// What the service gives back.
    const fn secrets(self) -> &'static [&'static str] {
        match self {
            Self::Key => &[SECRET_KEY, ACCESS_KEY],
            Self::TemporaryKey => &[SECURITY_TOKEN, SECRET_KEY, ACCESS_KEY],
            Self::Token => &[TOKEN],
            Self::Login => &[ISSUED_TOKEN, PASSWORD],
            Self::Metadata => &[ISSUED_SECURITY_TOKEN, ISSUED_SECRET_KEY, ISSUED_ACCESS_KEY],
        }
    }

    fn variables(self, issuer: &str) -> Vec<(&'static str, String)> {
        let key = [
            ("HUAWEICLOUD_SDK_AK", ACCESS_KEY.to_owned()),
            ("HUAWEICLOUD_SDK_SK", SECRET_KEY.to_owned()),
        ];
        match self {
            Self::Key => key.to_vec(),
            Self::TemporaryKey => {
                let token = ("HUAWEICLOUD_SDK_SECURITY_TOKEN", SECURITY_TOKEN.to_owned());
                [key.to_vec(), vec![token]].concat()
            }
            Self::Token => vec![("SWR_AUDIT_TOKEN", TOKEN.to_owned())],
            Self::Login => login(PASSWORD, issuer),
            Self::Metadata => vec![("SWR_AUDIT_METADATA", issuer.to_owned())],
        }
    }
}

fn login(password: &str, iam: &str) -> Vec<(&'static str, String)> {
    [
        ("HW_USER_NAME", "auditor"),
        ("HW_USER_PASSWORD", password),
        ("HW_DOMAIN_NAME", "example"),
        ("HW_AUTH_URL", iam),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

/// What is asked for a credential, and how it is answered by whoever means it well; `None`: it is something else.
fn honestly(request: &str) -> Option<Vec<u8>> {
    let (head, body) = if request.starts_with("POST /v3/auth/tokens") {
        let body = json!({"token": {"expires_at": "2099-01-01T00:00:00Z", "issued_at": "2026-01-01T00:00:00Z"}});
        (
            format!("201 Created\r\nX-Subject-Token: {ISSUED_TOKEN}"),
            body.to_string(),
        )
    } else if request.starts_with("PUT /meta-data/latest/api/token") {
        ("200 OK".to_owned(), METADATA_TOKEN.to_owned())
    } else if request.starts_with("GET /openstack/latest/securitykey") {
        let key = json!({
            "access": ISSUED_ACCESS_KEY, "secret": ISSUED_SECRET_KEY, "securitytoken": ISSUED_SECURITY_TOKEN,
            "expires_at": "2099-01-01T00:00:00Z",
        });
        ("200 OK".to_owned(), json!({ "credential": key }).to_string())
    } else {
        return None;
    };
    Some(whole(&head, &body))
}

fn whole(head: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").into()
}

/// As the name of a repository or a namespace.
fn name(number: usize) -> String {
    format!("cell-{number:04}")
}

/// What every question about a cell's name is answered with; all other questions honestly.
fn answer(cells: &[Cell], text: &str, request: &str) -> Vec<u8> {
    let first = request.lines().next().unwrap_or_default();
    if let Some((_, rest)) = first.split_once("cell-") {
        let number: usize = rest[..4].parse().expect("its number");
        return cells[number].answer(text);
    }
    if let Some(answer) = honestly(request) {
        return answer;
    }
    let names = (0..cells.len()).map(name);
    if first.contains("/v2/manage/namespaces?") {
        // Some cells are namespaces as well.
        let names = names.step_by(NAMESPACES).chain(["prod".to_owned()]);
        let list: Vec<_> = names.map(|name| json!({ "name": name })).collect();
        whole("200 OK", &json!({ "namespaces": list }).to_string())
    } else if first.contains("/v2/manage/repos?") {
        let names: Vec<String> = names.chain(["web".to_owned()]).collect();
        let element = |name: &String| json!({"name": name, "namespace": "prod", "total_range": names.len()});
        let list: Vec<_> = names.iter().map(element).collect();
        whole("200 OK", &json!(list).to_string())
    } else if first.ends_with("/namespaces/prod HTTP/1.1") {
        whole("200 OK", r#"{"name":"prod"}"#)
    } else if first.contains("/overview") {
        let cell = Cell {
            status: 500,
            echo: Echo::Message,
            disguise: Disguise::Nothing,
        };
        cell.answer(text)
    } else {
        whole(
            "200 OK",
            r#"[{"remoteRegionId":"cn-east-3","remoteNamespace":"prod-dr","override":false,"syncAuto":true}]"#,
        )
    }
}

/// Of so many cells one is asked for as a namespace, too.
const NAMESPACES: usize = 7;

fn inventory(cells: usize, source: &str) -> String {
    let repositories: Vec<String> = (0..cells).map(|number| format!("      - {}\n", name(number))).collect();
    let namespaces = (0..cells).step_by(NAMESPACES);
    let namespaces: Vec<String> = namespaces
        .map(|number| format!("  - {{ name: {}, policy: dr }}\n", name(number)))
        .collect();
    format!(
        "apiVersion: swr-audit/v1
source: {{ name: main, {source} }}
policies:
  dr:
    targets:
      - {{ region: cn-east-3, namespace: prod-dr, override: false, syncAuto: true }}
namespaces:
  - name: prod
    policy: dr
    otherRepos: deny
    repos:
      - web
{}{}",
        repositories.concat(),
        namespaces.concat()
    )
}

/// A folder with an inventory in which commands run one after the other, and are searched.
struct Stage {
    audit: Audit,
    search: Search,
    what: String,
}

impl Stage {
    fn say(&self, arguments: &[&str]) -> Output {
        let known = self.audit.command(None);
        let variables = known.get_envs().filter_map(|(name, value)| Some((name, value?)));
        let mut command = binary(self.audit.folder());
        let output = command.args(arguments).arg("-vv").envs(variables).output();
        let output = output.expect("the binary starts");
        let what = format!("{}, {arguments:?}", self.what);
        let said = [("stdout", &output.stdout[..]), ("stderr", &output.stderr[..])];
        assert!(output.status.code().is_some_and(|code| code < 64), "{what}: {output:?}");
        for (name, bytes) in said {
            self.search.assert_not_in(name, bytes, &what);
        }
        output
    }

    /// Searches every file that the commands have left.
    fn assert_files_are_clean(&self) {
        self.search.assert_not_below(self.audit.folder(), &self.what);
    }

    /// One run, searched whole: its exit code.
    fn run(&self) -> i32 {
        let output = self.say(&RUN);
        self.assert_files_are_clean();
        output.status.code().expect("it was not killed")
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.audit.folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

fn stage(kind: Kind, cells: Vec<Cell>) -> Stage {
    let text = kind.secrets().join(" ");
    let count = cells.len();
    let endpoint = serve(move |request| answer(&cells, &text, request));
    let source = format!("region: cn-north-4, endpoint: '{endpoint}'");
    let audit = Audit::of(&inventory(count, &source)).without_environment();
    let variables = kind.variables(&endpoint).into_iter();
    let audit = variables.fold(audit, |audit, (name, value)| audit.setting(name, &value));
    Stage {
        audit,
        search: Search::of(&[kind.secrets(), &[METADATA_TOKEN]].concat()),
        what: format!("{kind:?}"),
    }
}

const RUN: [&str; 6] = ["run", "inventory.yaml", "--retries", "0", "--format", "all"];

#[test]
fn no_secret_is_in_what_any_command_leaves_behind() {
    // A 401 would end the run: it has a test of its own.
    let stage = stage(Kind::TemporaryKey, Cell::all(&[200, 404]));
    stage.say(&[&RUN[..], &["--run-id", "a", "-o", "json=-"]].concat());
    let journal = stage.file("reports/a/journal.ndjson");
    assert!(journal.contains("***") && stage.file("reports/a/report.json").contains("***"));
    stage.say(&[&RUN[..], &["--resume", "a", "--all-unknown", "-o", "csv=-"]].concat());
    let replay = ["--run-id", "b", "--replay", "reports/a/journal.ndjson", "-o", "repos=-"];
    stage.say(&[&RUN[..], &replay].concat());
    stage.say(&[&RUN[..], &["--run-id", "c", "--log-format", "json"]].concat());
    for shard in ["1", "2"] {
        let of = format!("{shard}/2");
        stage.say(&[&RUN[..], &["--run-id", "s", "--out", shard, "--shard", &of]].concat());
    }
    stage.say(&[
        "merge",
        "1/s",
        "2/s",
        "inventory.yaml",
        "--out",
        "merged",
        "--format",
        "all",
        "-o",
        "csv=-",
    ]);
    stage.say(&["check", "inventory.yaml", "--live", "--retries", "0"]);
    stage.say(&[
        "check",
        "inventory.yaml",
        "--live",
        "--retries",
        "0",
        "--format",
        "json",
    ]);
    let written = stage.say(&["snapshot", "inventory.yaml", "--retries", "0"]);
    assert!(String::from_utf8_lossy(&written.stdout).contains("cell-"));
    stage.say(&["snapshot", "inventory.yaml", "--retries", "0", "-o", "snapshot.yaml"]);
    assert!(stage.file("snapshot.yaml").contains("cell-"));
    stage.assert_files_are_clean();
}

#[test]
fn no_secret_of_any_kind_is_in_what_a_run_leaves_behind() {
    for kind in KINDS {
        stage(kind, Cell::all(&[200, 403])).run();
        stage(kind, Cell::all(&[302, 500])).run();
    }
}

#[test]
fn a_refusal_that_echoes_is_not_repeated() {
    std::thread::scope(|scope| {
        for echo in ECHOES {
            scope.spawn(move || {
                for disguise in DISGUISES {
                    let cell = Cell {
                        status: 401,
                        echo,
                        disguise,
                    };
                    let kind = Kind::TemporaryKey;
                    let endpoint = serve(move |_| cell.answer(&kind.secrets().join(" ")));
                    let source = format!("region: cn-north-4, endpoint: '{endpoint}'");
                    let audit = Audit::of(&inventory(0, &source)).without_environment();
                    let variables = kind.variables("").into_iter();
                    let stage = Stage {
                        audit: variables.fold(audit, |audit, (name, value)| audit.setting(name, &value)),
                        search: Search::of(kind.secrets()),
                        what: format!("{cell:?}"),
                    };
                    // A head that is no HTTP is no refusal.
                    let code = stage.run();
                    assert!(matches!(code, 1 | 4), "{cell:?}: {code:?}");
                }
            });
        }
    });
}

/// Those that are no answers of the service's own.
const ECHOES_OF_ISSUERS: [Echo; 9] = [
    Echo::Plain,
    Echo::Message,
    Echo::Code,
    Echo::Id,
    Echo::Escaped,
    Echo::Title,
    Echo::Bytes,
    Echo::Reason,
    Echo::Headers,
];

/// Whoever issues a credential is never quoted: what it says may be the credential, under whatever status.
#[test]
fn an_issuer_that_echoes_is_not_repeated() {
    std::thread::scope(|scope| {
        for echo in ECHOES_OF_ISSUERS {
            scope.spawn(move || {
                for (number, status) in [200, 201, 203, 206, 401, 500].into_iter().enumerate() {
                    // Each status meets some of them, and all statuses together meet each.
                    for disguise in DISGUISES.into_iter().skip(number).step_by(6) {
                        issuers_that_echo(Cell { status, echo, disguise });
                    }
                }
            });
        }
    });
}

fn issuers_that_echo(cell: Cell) {
    let issued = [ISSUED_TOKEN, ISSUED_SECRET_KEY, ISSUED_SECURITY_TOKEN, METADATA_TOKEN];
    let audit = |variables: Vec<(&'static str, String)>| {
        let source = "region: cn-north-4, endpoint: 'http://127.0.0.1:1'";
        let audit = Audit::of(&inventory(0, source)).without_environment();
        let variables = variables.into_iter();
        variables.fold(audit, |audit, (name, value)| audit.setting(name, &value))
    };
    let is_short = matches!(cell.echo, Echo::Code | Echo::Id | Echo::Headers);
    for password in [PASSWORD, PASSWORD_LIKE_A_CODE]
        .into_iter()
        .take(1 + usize::from(is_short))
    {
        // The one alone, so that it could be a code.
        let text = if password == PASSWORD {
            [&[PASSWORD], &issued[..]].concat().join(" ")
        } else {
            password.to_owned()
        };
        let iam = serve(move |_| cell.answer(&text));
        let stage = Stage {
            audit: audit(login(password, &iam)),
            search: Search::of(&[&[password], &issued[..]].concat()),
            what: format!("IAM {cell:?}"),
        };
        assert_eq!(stage.run(), 1, "{}", stage.what);
    }
    for echoes_at_once in [true, false] {
        let text = issued.join(" ");
        let metadata = serve(move |request| {
            let is_first = request.starts_with("PUT ");
            if is_first != echoes_at_once {
                return honestly(request).expect("it asks for nothing else");
            }
            cell.answer(&text)
        });
        let stage = Stage {
            audit: audit(vec![("SWR_AUDIT_METADATA", metadata)]),
            search: Search::of(&issued),
            what: format!("the metadata service {cell:?}"),
        };
        assert_eq!(stage.run(), 1, "{}", stage.what);
    }
}

/// It was shown the password of the proxy, and a gateway that ends TLS saw everything else.
#[test]
fn a_gateway_that_echoes_is_not_repeated() {
    for kind in [Kind::Token, Kind::Login] {
        let secrets = [&[PROXY_PASSWORD], kind.secrets()].concat();
        let encoded = Disguise::Base64(0).of(&format!("proxy-user:{PROXY_PASSWORD}"));
        let text = format!("{} Basic {encoded}", secrets.join(" "));
        let cells = Cell::all(&[200, 403]);
        let count = cells.len();
        let gate = Gate::answering(move |request| {
            let body = String::from_utf8_lossy(&request.body);
            answer(&cells, &text, &format!("{}\r\n\r\n{body}", request.head.join("\r\n")))
        });
        let source = "region: corp-1, endpoint: 'https://swr.corp.example'";
        let audit = gate.before(Audit::of(&inventory(count, source)).without_environment(), PROXY_LOGIN);
        let variables = kind.variables("https://iam.corp.example").into_iter();
        let audit = variables.fold(audit, |audit, (name, value)| audit.setting(name, &value));
        let search = Search::of(&[&secrets[..], &[&*encoded]].concat());
        let what = format!("a gateway, {kind:?}");
        Stage { audit, search, what }.run();
        assert!(gate.requests().len() > count);
    }
}

#[test]
fn a_proxy_that_opens_no_way_and_echoes_is_not_repeated() {
    // As long as a token may be, and no two parts of it the same.
    let parts = (0..300).map(|number| format!("marked/{number:04}-"));
    let long = parts.collect::<Vec<_>>().concat();
    let login = format!("proxy-user:{}@", long.replace('/', "%2F"));
    let basic = Disguise::Base64(0).of(&format!("proxy-user:{PROXY_PASSWORD}"));
    let text = format!("{PROXY_PASSWORD} Basic {basic}");
    for (number, disguise) in DISGUISES.into_iter().enumerate() {
        let status = [200, 302, 403, 407, 502][number % 5];
        proxy_that_echoes(status, disguise, PROXY_LOGIN, &text, "\r\n");
        proxy_that_echoes(407, disguise, PROXY_LOGIN, &text, "\r\n");
        proxy_that_echoes(407, disguise, &login, &long, "\r\n");
    }
    // What is shown is cleaned, and so is what is looked for.
    for password in [
        "marked  proxy pass\tword",
        "marked\u{a0}proxy\u{200b}pass\u{fffd}word  ",
    ] {
        let percent = Disguise::Percent.of(password);
        proxy_that_echoes(
            403,
            Disguise::Nothing,
            &format!("proxy-user:{percent}@"),
            password,
            "\r\n",
        );
    }
    // A name alone is a secret as well.
    let alone = PROXY_LOGIN.replace("proxy-user:", "");
    proxy_that_echoes(407, Disguise::Nothing, &alone, PROXY_PASSWORD, "\r\n");
    // One line without an end.
    proxy_that_echoes(407, Disguise::Nothing, &login, &long, "");
}

fn proxy_that_echoes(status: u16, disguise: Disguise, login: &str, text: &str, end: &str) {
    let hidden = disguise.of(text);
    let line: String = hidden.chars().filter(|c| !matches!(c, '\0' | '\r' | '\n')).collect();
    let answer = format!(
        "HTTP/1.1 {status} {line}{end}Proxy-Authenticate: Basic realm=\"{line}\"{end}Server: {line}{end}{end}{hidden}"
    );
    let proxy = serve(move |_| answer.clone().into_bytes());
    let address = proxy.trim_start_matches("http://");
    let audit = Audit::of(&inventory(0, "region: corp-1, endpoint: 'https://swr.corp.example'"));
    let password = text.split(" Basic ").next().expect("it is first");
    let stage = Stage {
        audit: audit.setting("HTTPS_PROXY", &format!("http://{login}{address}")),
        search: Search::of(&[password]),
        what: format!("a proxy, {status} {disguise:?}"),
    };
    assert_eq!(stage.run(), 1, "{}", stage.what);
}

/// A list of exceptions that is the proxy's URL by mistake.
#[test]
fn an_unclear_entry_of_no_proxy_shows_no_password() {
    for (text, shown) in [("", "***@proxy.example:3128/"), (";more", "http://***")] {
        let source = "region: cn-north-4, endpoint: 'http://127.0.0.1:1'";
        let url = format!("http://proxy-user:{PROXY_PASSWORD}{text}@proxy.example:3128/");
        let stage = Stage {
            audit: Audit::of(&inventory(0, source)).setting("NO_PROXY", &url),
            search: Search::of(&[PROXY_PASSWORD]),
            what: "NO_PROXY".to_owned(),
        };
        let said = String::from_utf8(stage.say(&RUN).stderr).expect("text");
        assert!(
            said.contains(&format!("the entry `{shown}` of NO_PROXY is not understood")),
            "{said}"
        );
    }
}

/// The table would find what it looks for: each cell really gives everything back.
#[test]
fn the_search_sees_every_cell() {
    let search = Search::of(&[TOKEN]);
    for cell in Cell::all(&[200, 404]) {
        assert!(search.find(&cell.answer(&format!("x {TOKEN} y"))).is_some(), "{cell:?}");
        assert!(search.find(&cell.answer("x *** y")).is_none(), "{cell:?}");
    }
    let hex = format!("{{\"bodyHex\":\"{}\"}}\n", hex::encode(TOKEN));
    assert!(search.find(hex.as_bytes()).is_some());
}
