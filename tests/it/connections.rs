//! Connections that several questions share over HTTP/1.1: an answer belongs to a question by its place alone.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::support::{Audit, Ended, inventory, namespace_path, rules_path};

/// What a server writes for a request, given the number of its connection and its path with the query.
type Say = dyn Fn(usize, &str) -> Vec<u8> + Send + Sync;

/// A server that writes what it is told to, and keeps its connections open.
struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<(usize, String)>>>,
}

impl Server {
    fn start(say: impl Fn(usize, &str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, say): (_, Arc<Say>) = (Arc::clone(&asked), Arc::new(say));
        thread::spawn(move || {
            for (number, client) in listener.incoming().enumerate() {
                let (client, log, say) = (client.expect("a client"), Arc::clone(&log), Arc::clone(&say));
                // A client that has gone is no matter.
                thread::spawn(move || serve(client, number, &log, &*say));
            }
        });
        Self { address, asked }
    }

    fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Number of the connection and path of every request, in the order in which they came.
    fn asked(&self) -> Vec<(usize, String)> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The connections by which that was asked.
    fn connections_of(&self, path: &str) -> Vec<usize> {
        let asked = self.asked().into_iter();
        asked.filter(|(_, one)| one == path).map(|(number, _)| number).collect()
    }
}

fn serve(mut client: TcpStream, number: usize, log: &Mutex<Vec<(usize, String)>>, say: &Say) -> io::Result<()> {
    loop {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            if client.read(&mut byte)? == 0 {
                return Ok(());
            }
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head);
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        log.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((number, path.clone()));
        client.write_all(&say(number, &path))?;
    }
}

fn answer(status: u16, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// The rule of a repository of `prod`, as expected.
fn rules(repository: &str) -> Vec<u8> {
    answer(
        200,
        &format!(
            r#"[{{"id":1,"namespace":"prod","repoName":"{repository}","remoteRegionId":"cn-east-3",
                "remoteNamespace":"prod-dr","override":false,"syncAuto":true}}]"#
        ),
    )
}

fn path(repository: &str) -> String {
    rules_path("prod", repository)
}

/// The right answer to a question for rules.
fn right(path: &str) -> Vec<u8> {
    let repository = path.split('/').nth_back(1).expect("a path to rules");
    rules(repository)
}

fn audit(inventory: &str) -> Audit {
    Audit::of(inventory).with(&["--concurrency", "1", "--retries", "0"])
}

/// The same answers, read again.
fn replayed(ended: &Ended, inventory: &str) -> Ended {
    let journal = ended.report.join("journal.ndjson");
    let journal = journal.to_str().expect("a path in text");
    Audit::of(inventory).with(&["--replay", journal]).run()
}

#[test]
fn bytes_behind_an_answer_in_the_same_write_close_the_connection() {
    let server = Server::start(|number, path| {
        let smuggled = if number == 0 { answer(200, "[]") } else { Vec::new() };
        [right(path), smuggled].concat()
    });
    let ended = audit(&inventory(&["a", "b", "c"])).against(&server.endpoint());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let expected = [(0, path("a")), (1, path("b")), (1, path("c"))];
    assert_eq!(server.asked(), expected);
}

/// An answer that nobody asked for comes behind the request for `b`, and moves all that follow.
fn moved(stray: Vec<u8>) -> Server {
    Server::start(move |number, asked| match (number, asked) {
        (0, asked) if asked == path("b") => stray.clone(),
        (0, asked) if asked == path("c") => rules("b"),
        (0, asked) if asked == path("d") => rules("c"),
        (_, asked) => right(asked),
    })
}

#[test]
fn what_was_empty_before_an_answer_about_another_repository_is_asked_again_alone() {
    let absent = r#"{"errors":[{"errorCode":"SVCSTG.SWR.4040113","errorMessage":"no"}]}"#;
    let unsigned = r#"[{"id":1,"remoteRegionId":"cn-south-1","remoteNamespace":"x","override":true,"syncAuto":true}]"#;
    let wanted = inventory(&["a", "b", "c", "d", "e"]);
    for stray in [
        answer(200, "[]"),
        answer(200, "null"),
        answer(404, absent),
        answer(200, unsigned),
    ] {
        let server = moved(stray);
        let ended = audit(&wanted).against(&server.endpoint());
        let outcomes = ["a ok", "b ok", "c unknown", "d ok", "e ok"];
        assert_eq!(ended.outcomes(), outcomes, "{}", ended.stderr);
        assert_eq!(ended.told(), ["c unknown:bad-response"]);
        assert_eq!(ended.code, 4);
        let words = "each request has a connection of its own";
        assert_eq!(ended.stderr.matches(words).count(), 1, "{}", ended.stderr);
        // Whatever is asked from then on has a connection of its own.
        let asked = server.asked();
        let shared: Vec<&str> = asked
            .iter()
            .filter(|(number, _)| *number == 0)
            .map(|(_, path)| &**path)
            .collect();
        let before: Vec<&str> = shared
            .iter()
            .copied()
            .filter(|path| *path != namespace_path("prod"))
            .collect();
        assert_eq!(before, [path("a"), path("b"), path("c")]);
        let (first, again) = (
            server.connections_of(&path("b"))[0],
            server.connections_of(&path("b"))[1],
        );
        assert_eq!((first, server.connections_of(&path("b")).len()), (0, 2));
        let others = asked
            .iter()
            .filter(|(number, one)| *number == again && *one != path("b"));
        assert_eq!(others.count(), 0, "{asked:?}");
        let replayed = replayed(&ended, &wanted);
        assert_eq!(replayed.outcomes(), outcomes, "{}", replayed.stderr);
    }
}

#[test]
fn an_answer_that_was_its_own_is_asked_again_and_stands() {
    let server = Server::start(|number, asked| match (number, asked) {
        (_, asked) if asked == path("b") => answer(200, "[]"),
        (0, asked) if asked == path("c") => rules("b"),
        (_, asked) => right(asked),
    });
    let ended = audit(&inventory(&["a", "b", "c"])).against(&server.endpoint());
    assert_eq!(
        ended.told(),
        ["b missing-rule", "c unknown:bad-response"],
        "{}",
        ended.stderr
    );
    assert_eq!(server.connections_of(&path("b")).len(), 2);
    assert_eq!(ended.json()["run"]["wire"]["requests"]["sent"], 4);
}

/// One namespace whose list comes first, and one whose repositories are named.
const LISTED: &str = "apiVersion: swr-audit/v1
source: { name: main, region: cn-north-4 }
defaults: { override: false, syncAuto: true, policy: dr }
policies: { dr: { targets: [{ region: cn-east-3, namespace: prod-dr }] } }
namespaces:
  - name: app
  - { name: prod, otherRepos: allow, repos: [a, b] }
";

#[test]
fn an_empty_list_before_an_answer_about_another_repository_is_asked_for_again() {
    for (again, gap) in [
        (r#"[{"name":"web","namespace":"app"}]"#, Some("bad-response")),
        ("[]", None),
    ] {
        let server = Server::start(move |number, asked| match (number, asked) {
            (0, asked) if asked.starts_with("/v2/manage/repos?") => answer(200, "[]"),
            (_, asked) if asked.starts_with("/v2/manage/repos?") => answer(200, again),
            (_, asked) if asked == namespace_path("app") => answer(200, r#"{"name":"app"}"#),
            (0, asked) if asked == path("a") => rules("z"),
            (_, asked) => right(asked),
        });
        let ended = audit(LISTED).against(&server.endpoint());
        let report = ended.json();
        let unknown = report["unknown"].as_array().expect("a list");
        let of_list = unknown.iter().find(|entry| entry["namespace"] == "app");
        assert_eq!(
            of_list.and_then(|entry| entry["class"].as_str()),
            gap,
            "{}",
            ended.stderr
        );
        assert_eq!(ended.outcomes(), ["a unknown", "b ok"]);
        assert_eq!(ended.code, 4);
        let replayed = replayed(&ended, LISTED);
        assert_eq!(replayed.code, 4, "{}", replayed.stderr);
    }
}

#[test]
fn a_list_of_another_namespace_makes_the_empty_one_before_it_suspect() {
    let wanted = LISTED.replace("otherRepos: allow, repos: [a, b]", "policy: dr");
    let server = Server::start(|number, asked| match (number, asked) {
        (0, asked) if asked.contains("namespace=app") => answer(200, "[]"),
        (0, asked) if asked.contains("namespace=prod") => {
            answer(200, r#"[{"name":"web","namespace":"app","total_range":1}]"#)
        }
        (_, asked) if asked.contains("namespace=app") => {
            answer(200, r#"[{"name":"web","namespace":"app","total_range":1}]"#)
        }
        (_, asked) if asked.contains("namespace=prod") => {
            answer(200, r#"[{"name":"a","namespace":"prod","total_range":1}]"#)
        }
        (_, asked) if asked == namespace_path("app") => answer(200, r#"{"name":"app"}"#),
        (_, asked) => right(asked),
    });
    let ended = audit(&wanted).against(&server.endpoint());
    let report = ended.json();
    let unknown = report["unknown"].as_array().expect("a list").iter();
    let unknown: Vec<(&str, &str)> = unknown
        .filter_map(|entry| Some((entry["namespace"].as_str()?, entry["class"].as_str()?)))
        .collect();
    assert_eq!(unknown, [("app", "bad-response")], "{}", ended.stderr);
    // The page that was another's is asked for in another size, and by a connection of its own.
    assert_eq!((ended.code, ended.outcomes()), (4, vec!["a ok".to_owned()]));
}
