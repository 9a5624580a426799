//! The same over HTTP/2, on one connection: what differs there is the `Host` header, which does not
//! exist, and the end of a request without an answer, which is the end of its stream alone.

use std::{future::poll_fn, pin::pin};

use hyper::{
    Request, Response,
    body::{Body as _, Incoming},
    client::conn::http2::{self, SendRequest},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use swr_audit_simulator::{Fault, Misbehaviour, Rule, Simulator, World};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    runtime,
};

use crate::gate::Vector;

const WEB: &str = "/v2/manage/namespaces/prod/repos/team$web/sync_repo";

/// Runs a test that waits.
pub(crate) fn run(test: impl Future<Output = ()>) {
    runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(test);
}

/// A client on a connection that is there.
pub(crate) async fn client(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> SendRequest<String> {
    let (client, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .expect("it speaks HTTP/2");
    tokio::spawn(connection);
    client
}

pub(crate) async fn get(client: &mut SendRequest<String>, url: &str) -> hyper::Result<Response<Incoming>> {
    client
        .send_request(Request::get(url).body(String::new()).expect("a request"))
        .await
}

pub(crate) async fn text(response: Response<Incoming>) -> hyper::Result<String> {
    let mut body = pin!(response.into_body());
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        bytes.extend_from_slice(&frame?.into_data().unwrap_or_default());
    }
    Ok(String::from_utf8(bytes).expect("text"))
}

async fn connect(simulator: &Simulator) -> SendRequest<String> {
    let endpoint = simulator.endpoint();
    let address = endpoint.strip_prefix("http://").expect("plain HTTP");
    client(TcpStream::connect(address).await.expect("the simulator listens")).await
}

fn start(faults: impl IntoIterator<Item = Fault>) -> Simulator {
    let mut world = World::default();
    world
        .repository("prod", "team/web")
        .rules
        .push(Rule::to("cn-east-3", "dr"));
    world.faults.extend(faults);
    Simulator::start(world).expect("a port is free")
}

#[test]
fn a_list_of_rules() {
    run(async {
        let simulator = start([]);
        let mut client = connect(&simulator).await;
        let response = get(&mut client, &(simulator.endpoint() + WEB))
            .await
            .expect("an answer");
        assert_eq!(response.status(), 200);
        let body: serde_json::Value = serde_json::from_str(&text(response).await.expect("whole")).expect("JSON");
        assert_eq!(body[0]["repoName"], "team/web");
        let request = &simulator.requests()[0];
        assert_eq!((&*request.path, request.status, request.http2), (WEB, Some(200), true));
    });
}

#[test]
fn a_signature_covers_the_authority_as_the_host() {
    run(async {
        let vector = Vector::named("get_sync_rules_minimal_headers");
        let simulator = Simulator::start(vector.world()).expect("a port is free");
        let mut client = connect(&simulator).await;
        for (host, expected) in [
            ("swr-api.cn-north-4.myhuaweicloud.com", 200),
            ("swr-api.example.com", 401),
        ] {
            let request = Request::get(format!("http://{host}{}", vector.request_target))
                .header("X-Sdk-Date", &vector.wire_headers_unsigned["X-Sdk-Date"])
                .header("Authorization", &vector.authorization)
                .body(String::new());
            let response = client
                .send_request(request.expect("a request"))
                .await
                .expect("an answer");
            assert_eq!(response.status(), expected, "{host}");
        }
    });
}

#[test]
fn a_fault_ends_its_stream_and_not_the_connection() {
    run(async {
        let once = |answer| Fault {
            times: Some(1),
            ..Fault::always(answer)
        };
        let simulator = start([once(Misbehaviour::Reset), once(Misbehaviour::CutBody)]);
        let mut client = connect(&simulator).await;
        let url = simulator.endpoint() + WEB;
        assert!(get(&mut client, &url).await.is_err());
        let cut = get(&mut client, &url).await.expect("a head");
        assert_eq!(cut.status(), 200);
        assert!(text(cut).await.is_err());
        let normal = get(&mut client, &url).await.expect("an answer");
        assert!(text(normal).await.is_ok());
        let statuses: Vec<_> = simulator.requests().iter().map(|request| request.status).collect();
        assert_eq!(statuses, [None, Some(200), Some(200)]);
    });
}

#[test]
fn streams_count_as_in_flight() {
    run(async {
        let simulator = start([]);
        let mut client = connect(&simulator).await;
        let url = simulator.endpoint() + WEB;
        for _ in 0..20 {
            let response = get(&mut client, &url).await.expect("an answer");
            text(response).await.expect("whole");
        }
        assert_eq!(simulator.most_in_flight(), 1);
    });
}
