//! The table: what goes wrong, and what has to come of it.

use std::time::Duration;

use simulator::{Encoding, ErrorAnswer, Misbehaviour, RawAnswer, SlowBody};

use super::raw::{Piece, Spoil};
use super::{Again, Case, How, Told};
use crate::support::{error, raw};

const SERVER: Told = Told::Unknown("server-error");
const THROTTLED: Told = Told::Unknown("throttled");
const UNREACHABLE: Told = Told::Unknown("unreachable");
const TIMEOUT: Told = Told::Unknown("timeout");
const BAD: Told = Told::Unknown("bad-response");
const DENIED: Told = Told::Unknown("access-denied");

/// Every row.
pub(super) fn cases() -> Vec<Case> {
    let parts = [statuses(), bodies(), throttles(), connections(), heads(), lengths()];
    parts.into_iter().flatten().collect()
}

fn case(name: &'static str, how: How, told: Told, again: Again) -> Case {
    Case {
        name,
        how,
        told,
        again,
        wait: Duration::ZERO,
        is_slow: false,
    }
}

fn asked_again(name: &'static str, answer: Misbehaviour, told: Told) -> Case {
    case(name, How::Simulated(answer), told, Again::Yes)
}

fn asked_once(name: &'static str, answer: Misbehaviour, told: Told) -> Case {
    case(name, How::Simulated(answer), told, Again::No)
}

fn spoilt(name: &'static str, spoil: Spoil, told: Told) -> Case {
    case(name, How::Spoilt(spoil), told, Again::Yes)
}

/// It takes as long as it is allowed to.
fn slow(case: Case) -> Case {
    Case { is_slow: true, ..case }
}

/// An error that says when to come back.
fn comes_back(name: &'static str, status: u16, code: &str, told: Told) -> Case {
    let answer = Misbehaviour::Error(ErrorAnswer {
        status,
        code: code.to_owned(),
        headers: [("Retry-After".to_owned(), "1".to_owned())].into(),
        ..ErrorAnswer::default()
    });
    Case {
        wait: Duration::from_secs(1),
        ..asked_again(name, answer, told)
    }
}

fn with_header(name: &str, value: &str) -> Misbehaviour {
    Misbehaviour::Error(ErrorAnswer {
        status: 503,
        headers: [(name.to_owned(), value.to_owned())].into(),
        ..ErrorAnswer::default()
    })
}

fn html(status: u16) -> Misbehaviour {
    Misbehaviour::Raw(RawAnswer {
        status,
        body: "<!DOCTYPE html><html><body>Please log in</body></html>".to_owned(),
        content_type: "text/html".to_owned(),
        headers: [("Set-Cookie".to_owned(), "HWWAFSESID=73; path=/".to_owned())].into(),
        ..RawAnswer::default()
    })
}

fn statuses() -> Vec<Case> {
    vec![
        asked_again("500", Misbehaviour::Error(ErrorAnswer::default()), SERVER),
        asked_again("502 in HTML", Misbehaviour::Html502, SERVER),
        asked_again("503", error(503, "APIGW.0613"), SERVER),
        comes_back("503, come back in a second", 503, "APIGW.0613", SERVER),
        asked_again(
            "503, come back yesterday",
            with_header("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"),
            SERVER,
        ),
        asked_again(
            "503, come back when you like",
            with_header("Retry-After", "soon"),
            SERVER,
        ),
        asked_again("504", error(504, "APIGW.0203"), SERVER),
        asked_once("501", error(501, "APIGW.0605"), SERVER),
        asked_once("400", error(400, "SVCSTG.SWR.4001008"), BAD),
        asked_once("405", raw(405, ""), BAD),
        asked_once("204", raw(204, ""), BAD),
        asked_once("206", raw(206, "[]"), BAD),
        asked_once(
            "404 of the gateway",
            Misbehaviour::GatewayNotFound,
            Told::Unknown("unsupported"),
        ),
        asked_once("404 of nobody", html(404), BAD),
        asked_once("404 of SWR", error(404, "SVCSTG.SWR.4040113"), Told::Absent),
        asked_once("404 of SWR for the URL", error(404, "SVCSTG.SWR.4040083"), BAD),
        asked_once("401", Misbehaviour::BadSignature, Told::Refused),
        asked_once("401, expired", Misbehaviour::ExpiredToken, Told::Refused),
        asked_once("401 in HTML", html(401), Told::Refused),
        asked_once("400 about the token", error(400, "SVCSTG.SWR.4001048"), Told::Refused),
        asked_once("401, somebody else's image", error(401, "SVCSTG.SWR.4011044"), DENIED),
        asked_once("403", error(403, "SVCSTG.SWR.4030170"), DENIED),
        asked_once("403 in HTML", html(403), DENIED),
        asked_once(
            "a redirect",
            Misbehaviour::Redirect("/v2/manage/namespaces".to_owned()),
            BAD,
        ),
    ]
}

fn bodies() -> Vec<Case> {
    let other =
        r#"[{"namespace":"prod","repoName":"another","remoteRegionId":"cn-east-3","remoteNamespace":"prod-dr"}]"#;
    let gzip = Misbehaviour::Raw(RawAnswer {
        body: "[]".to_owned(),
        content_encoding: Some(Encoding::Gzip),
        ..RawAnswer::default()
    });
    let trickle = SlowBody { bytes_per_second: 1 };
    vec![
        asked_once("a login page", html(200), BAD),
        asked_once("an empty object", raw(200, "{}"), BAD),
        asked_once("half of a list", raw(200, "[{"), BAD),
        asked_once("a list and more", raw(200, "[] []"), BAD),
        asked_once("another repository's rules", raw(200, other), BAD),
        asked_once("compressed", gzip, BAD),
        asked_once("five mebibytes", Misbehaviour::Large(5 << 20), BAD),
        asked_once(
            "a hundred thousand lists in each other",
            Misbehaviour::Deep(100_000),
            BAD,
        ),
        asked_once("an error of ten thousand lists", raw(404, &"[".repeat(10_000)), BAD),
        slow(asked_again("a slow body", Misbehaviour::SlowBody(trickle), TIMEOUT)),
    ]
}

fn throttles() -> Vec<Case> {
    vec![
        asked_again("429", Misbehaviour::Throttled, THROTTLED),
        comes_back("429, come back in a second", 429, "APIGW.0308", THROTTLED),
        asked_again("403, too many requests", error(403, "SVCSTG.SWR.4031032"), THROTTLED),
        asked_again(
            "403, too many requests as well",
            error(403, "SVCSTG.SWR.4031042"),
            THROTTLED,
        ),
        asked_again("409, busy", error(409, "SVCSTG.SWR.4090023"), THROTTLED),
    ]
}

fn connections() -> Vec<Case> {
    let hints = Spoil::Trickle(continue_head(), early_hints());
    vec![
        asked_again("a reset of the service", Misbehaviour::Reset, UNREACHABLE),
        asked_again("a body cut by the service", Misbehaviour::CutBody, UNREACHABLE),
        slow(asked_again("no answer ever", Misbehaviour::Hang, TIMEOUT)),
        spoilt("a reset before it is read", Spoil::ResetUnread, UNREACHABLE),
        spoilt("closed before the head", Spoil::Cut(Piece::Nothing), UNREACHABLE),
        spoilt("closed in the head", Spoil::Cut(Piece::HalfTheHead), UNREACHABLE),
        spoilt("closed before the body", Spoil::Cut(Piece::TheHead), UNREACHABLE),
        spoilt("closed in the body", Spoil::Cut(Piece::HalfTheBody), UNREACHABLE),
        spoilt(
            "a reset before the head",
            Spoil::CutByReset(Piece::Nothing),
            UNREACHABLE,
        ),
        spoilt(
            "a reset in the head",
            Spoil::CutByReset(Piece::HalfTheHead),
            UNREACHABLE,
        ),
        spoilt(
            "a reset in the body",
            Spoil::CutByReset(Piece::HalfTheBody),
            UNREACHABLE,
        ),
        slow(spoilt(
            "half of a head, for ever",
            Spoil::Stall(Piece::HalfTheHead),
            TIMEOUT,
        )),
        slow(spoilt(
            "half of a body, for ever",
            Spoil::Stall(Piece::HalfTheBody),
            TIMEOUT,
        )),
        slow(spoilt("a head byte by byte", Spoil::Drip(Piece::Nothing), TIMEOUT)),
        slow(spoilt("a body byte by byte", Spoil::Drip(Piece::TheHead), TIMEOUT)),
        slow(spoilt("hints without end", hints, TIMEOUT)),
    ]
}

fn heads() -> Vec<Case> {
    let many = "x-y: z\r\n".repeat(1000);
    let hints = [continue_head(), early_hints()].concat();
    let say = |text: &str| Spoil::Say(text.into());
    vec![
        spoilt(
            "a head without end",
            Spoil::Flood(b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'a'; 4096]),
            BAD,
        ),
        spoilt(
            "headers without end",
            Spoil::Flood(b"HTTP/1.1 200 OK\r\n".to_vec(), b"x: y\r\n".repeat(100)),
            BAD,
        ),
        spoilt(
            "a thousand headers",
            say(&format!("HTTP/1.1 200 OK\r\n{many}Content-Length: 2\r\n\r\n[]")),
            BAD,
        ),
        spoilt("another protocol", say("SSH-2.0-OpenSSH_9.9\r\n"), BAD),
        spoilt("HTTP/0.9", say("[]"), BAD),
        spoilt("no status", say("HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\n[]"), BAD),
        spoilt(
            "two lengths",
            say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\n[]  "),
            BAD,
        ),
        spoilt(
            "a broken header",
            say("HTTP/1.1 200 OK\r\nContent-\0Length: 2\r\n\r\n[]"),
            BAD,
        ),
        case(
            "switching protocols",
            How::Spoilt(say(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            )),
            BAD,
            Again::No,
        ),
        case(
            "a status of 999",
            How::Spoilt(say("HTTP/1.1 999 X\r\nContent-Length: 2\r\n\r\n[]")),
            BAD,
            Again::No,
        ),
        spoilt("hints, and then the answer", Spoil::Before(hints), Told::Truth),
        spoilt(
            "HTTP/1.0, to the end of the connection",
            Spoil::Head(b"HTTP/1.0 200 OK\r\n\r\n".to_vec()),
            Told::Truth,
        ),
        spoilt("a head of 64 KiB", Spoil::Head(wide_head()), Told::Truth),
    ]
}

fn continue_head() -> Vec<u8> {
    b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()
}

fn early_hints() -> Vec<u8> {
    b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".to_vec()
}

/// Long, and in order.
fn wide_head() -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nx: {}\r\n\r\n",
        "a".repeat(64 << 10)
    )
    .into_bytes()
}

fn lengths() -> Vec<Case> {
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let chunk = [&b"1000\r\n"[..], &[b' '; 0x1000], b"\r\n"].concat();
    let smuggled = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]".to_vec();
    let length = |length: &str| Spoil::Head(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into());
    let once = |name, spoil, told| case(name, How::Spoilt(spoil), told, Again::No);
    vec![
        spoilt("a longer body announced", length("9999"), UNREACHABLE),
        once("a shorter body announced", length("7"), BAD),
        once("a body over the limit announced", length("4194305"), BAD),
        spoilt("a length that is none", length("-1"), BAD),
        once("chunks without end", Spoil::Flood(chunked.clone(), chunk), BAD),
        slow(spoilt(
            "slow chunks without end",
            Spoil::Trickle(chunked.clone(), b"1\r\n \r\n".to_vec()),
            TIMEOUT,
        )),
        spoilt(
            "chunks that stop",
            Spoil::Say([&chunked[..], b"2\r\n[]\r\n"].concat()),
            UNREACHABLE,
        ),
        spoilt(
            "a chunk of no length",
            Spoil::Say([&chunked[..], b"[]\r\n"].concat()),
            UNREACHABLE,
        ),
        spoilt(
            "nothing, and nobody says that it ends",
            Spoil::Say(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
            UNREACHABLE,
        ),
        spoilt(
            "blanks, and nobody says that they end",
            Spoil::Say(b"HTTP/1.1 200 OK\r\n\r\n \n".to_vec()),
            UNREACHABLE,
        ),
        spoilt(
            "rubbish behind the answer",
            Spoil::Behind(b"\0\0rubbish\r\n\r\n".to_vec()),
            Told::Truth,
        ),
        spoilt("another answer behind the answer", Spoil::Behind(smuggled), Told::Truth),
    ]
}
