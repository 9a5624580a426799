//! The way to a service that is not on this machine: by which proxy, and what is said where there is none.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::support::{Audit, Ended, inventory};

/// A proxy that gives every CONNECT this answer; and all first lines that came.
pub(crate) fn proxy(answer: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("it is bound");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&asked);
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.expect("a client");
            let mut reader = BufReader::new(connection.try_clone().expect("a handle")).lines();
            let head: Vec<String> = std::iter::from_fn(|| reader.next().and_then(Result::ok))
                .take_while(|line| !line.is_empty())
                .collect();
            lines.lock().expect("no panic").extend(head);
            drop(connection.write_all(answer.as_bytes()));
        }
    });
    (address.to_string(), asked)
}

fn audit(variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let mut audit = Audit::of(&inventory(&["web"]));
    for (name, value) in variables {
        audit = audit.setting(name, value);
    }
    audit
        .with(&["--retries", "0"])
        .with(arguments)
        .against("https://swr-api.corp.example")
}

#[test]
fn an_unreachable_service_is_reported_with_host_route_and_the_proxys_word() {
    for answer in [
        "HTTP/1.1 403 Forbidden\r\n\r\n",
        "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
    ] {
        let (address, asked) = proxy(answer);
        let url = format!("http://user:not-to-be-shown@{address}");
        let ended = audit(&[("HTTPS_PROXY", &url)], &["-v"]);
        assert_eq!(ended.code, 1, "{}", ended.stderr);
        assert_eq!(ended.told(), ["web unknown:unreachable"]);
        let said = format!(
            "swr-api.corp.example was asked through the proxy http://{address} (HTTPS_PROXY), the proxy answered '{}'",
            answer.trim_end()
        );
        let message = ended.json()["unknown"][0]["message"].as_str().expect("text").to_owned();
        assert!(message.contains(&said), "{message}");
        assert!(
            ended
                .stderr
                .contains(&format!("route=through the proxy http://{address} (HTTPS_PROXY)"))
        );
        let asked = asked.lock().expect("no panic");
        let connects = asked.iter().filter(|line| line.starts_with("CONNECT "));
        assert!(
            connects.clone().count() == 2,
            "the service's, and one question for the reason: {asked:?}"
        );
        assert!(
            connects
                .clone()
                .all(|line| *line == "CONNECT swr-api.corp.example:443 HTTP/1.1"),
            "{asked:?}"
        );
        for text in [ended.stderr.as_str(), &ended.json().to_string()] {
            assert!(!text.contains("not-to-be-shown"), "{text}");
        }
    }
}

#[test]
fn a_proxy_that_cannot_be_read_ends_the_run_before_anything_is_asked_or_written() {
    for (name, value) in [
        ("HTTPS_PROXY", " http://user:not-to-be-shown@127.0.0.1:9"),
        ("https_proxy", "${PROXY}"),
        ("ALL_PROXY", "http://DOMAIN\\user:not-to-be-shown@127.0.0.1:9"),
    ] {
        let audit = Audit::of(&inventory(&["web"])).setting(name, value);
        let mut command = audit.command(Some("https://swr-api.corp.example"));
        let output = command.output().expect("the binary starts");
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(64), "{said}");
        assert!(
            said.starts_with(&format!("error: {name} holds no usable proxy: ")),
            "{said}"
        );
        assert!(said.contains("\nhint: ") && !said.contains("not-to-be-shown"), "{said}");
        assert!(!audit.folder().join("reports").exists(), "{name}");
    }
}

#[test]
fn no_proxy_keeps_a_host_from_the_proxy_and_an_unclear_entry_is_named() {
    let (address, asked) = proxy("HTTP/1.1 403 Forbidden\r\n\r\n");
    let url = format!("http://{address}");
    let ended = audit(
        &[("HTTPS_PROXY", &url), ("NO_PROXY", "localhost; *.corp.example <local>")],
        &[],
    );
    assert_eq!(ended.told(), ["web unknown:unreachable"]);
    let message = ended.json()["unknown"][0]["message"].to_string();
    assert!(message.contains("swr-api.corp.example was asked directly"), "{message}");
    assert!(asked.lock().expect("no panic").is_empty());
    let note = "note: the entry `<local>` of NO_PROXY is not understood";
    assert!(ended.stderr.contains(note), "{}", ended.stderr);
}

#[test]
fn a_proxy_that_is_not_there_is_named() {
    let ended = audit(&[("HTTPS_PROXY", "http://127.0.0.1:9")], &[]);
    let message = ended.json()["unknown"][0]["message"].to_string();
    assert!(
        message.contains("(HTTPS_PROXY), the proxy: Connection refused"),
        "{message}"
    );
    assert_eq!(message.matches("refused").count(), 1, "{message}");
}

#[test]
fn each_failure_of_a_proxy_has_the_remedy_of_its_reason() {
    for (answer, remedy) in [
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
            "write the proxy's user and password into its variable",
        ),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", "have the proxy let this host through"),
        (
            "HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n",
            "the proxy sends to another page",
        ),
        (
            "HTTP/1.1 502 Bad Gateway\r\n\r\n",
            "check the endpoint: the proxy does not get to it",
        ),
        ("SSH-2.0-OpenSSH_9.0\r\n", "check the port of the proxy, and its kind"),
    ] {
        let (address, _) = proxy(answer);
        let ended = audit(&[("HTTPS_PROXY", &format!("http://{address}"))], &[]);
        let entry = &ended.json()["unknown"][0];
        assert_eq!(entry["remediation"].as_array().map(Vec::len), Some(1), "{entry}");
        let step = entry["remediation"][0]["text"].as_str().expect("text");
        assert!(step.starts_with(remedy), "{answer}: {step}");
        let message = entry["message"].as_str().expect("text");
        assert!(
            message.contains("the connection failed (swr-api.corp.example was asked through the proxy"),
            "no words of a library: {message}"
        );
        let journal = ended.report.join("journal.ndjson");
        let again = Audit::of(&inventory(&["web"]))
            .with(&["--replay", journal.to_str().expect("text")])
            .run();
        assert_eq!(again.json()["unknown"][0]["remediation"], entry["remediation"]);
    }
    let (address, _) = proxy("HTTP/1.1 400 Bad Request\r\n\r\n");
    let ended = audit(&[("HTTPS_PROXY", &format!("https://{address}"))], &[]);
    let entry = ended.json()["unknown"][0].to_string();
    assert!(
        entry.contains("the proxy does not speak TLS on this port: write http:// in front of it"),
        "{entry}"
    );
    assert!(entry.contains("the endpoint was not asked yet"), "{entry}");
    let ended = audit(&[("HTTPS_PROXY", &format!("socks5h://{address}"))], &[]);
    let entry = ended.json()["unknown"][0].to_string();
    assert!(entry.contains("the proxy itself can be reached"), "{entry}");
}

#[test]
fn verbose_shows_the_route_of_each_host() {
    let (address, _) = proxy("HTTP/1.1 403 Forbidden\r\n\r\n");
    let audit = Audit::of(&inventory(&["web"]))
        .without_environment()
        .setting("HTTPS_PROXY", &format!("http://{address}"))
        .setting("NO_PROXY", "iam.corp.example")
        .setting("HW_AUTH_URL", "https://iam.corp.example")
        .setting("HW_USER_NAME", "auditor")
        .setting("HW_USER_PASSWORD", "example")
        .setting("HW_DOMAIN_NAME", "example")
        .with(&["--retries", "0", "-v"]);
    let ended = audit.against("https://swr-api.corp.example");
    for (host, route) in [
        (
            "https://swr-api.corp.example",
            format!("through the proxy http://{address} (HTTPS_PROXY)"),
        ),
        ("https://iam.corp.example", "directly".to_owned()),
    ] {
        let is_meant = |line: &&str| line.contains(&format!("endpoint={host} route={route}"));
        assert_eq!(
            ended.stderr.lines().filter(is_meant).count(),
            1,
            "{host}: {}",
            ended.stderr
        );
    }
}
