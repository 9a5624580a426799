//! Who issues credentials: IAM, and the metadata service of a cloud server. What they are asked, and how they answer.
//!
//! The login and its answer are documented; the metadata service is known from the vendor's SDKs. How long what they
//! issue is good, is not theirs.

use hyper::{HeaderMap, StatusCode, body::Bytes};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use crate::{
    answer::{Answer, status},
    gate::Now,
    issued::Issued,
    secret::Secret,
    world::{Server, World},
};

#[derive(Deserialize)]
struct Login {
    auth: Auth,
}

#[derive(Deserialize)]
struct Auth {
    identity: Identity,
    scope: Option<Scope>,
}

#[derive(Deserialize)]
struct Identity {
    methods: Vec<String>,
    password: PasswordOf,
}

#[derive(Deserialize)]
struct PasswordOf {
    user: Asking,
}

#[derive(Deserialize)]
struct Asking {
    name: String,
    password: Secret,
    domain: Domain,
}

#[derive(Deserialize)]
struct Domain {
    name: String,
}

#[derive(Deserialize)]
struct Scope {
    project: Option<Project>,
}

#[derive(Deserialize)]
struct Project {
    id: Option<String>,
    name: Option<String>,
}

/// IAM's answer to a login.
pub(crate) fn token(world: &World, issued: &mut Issued, body: &[u8], now: Now) -> Answer {
    let Ok(Login { auth }) = serde_json::from_slice(body) else {
        return refused(StatusCode::BAD_REQUEST, "Request body is invalid.");
    };
    let Identity { methods, password } = auth.identity;
    let project = auth.scope.and_then(|scope| scope.project);
    let project = project.filter(|project| project.id.is_some() || project.name.is_some());
    let (true, Some(project)) = (methods == ["password"], project) else {
        return refused(StatusCode::BAD_REQUEST, "Request body is invalid.");
    };
    let asking = password.user;
    let user = world.credentials.users.iter().find(|user| {
        let names = (&user.name, &user.domain) == (&asking.name, &asking.domain.name);
        names && user.password == asking.password
    });
    let Some(user) = user else {
        return refused(StatusCode::UNAUTHORIZED, "The username or password is wrong.");
    };
    let (token, life) = issued.token(user, now.steady);
    let domain = json!({ "id": world.account.id, "name": user.domain });
    let body = json!({
        "token": {
            "expires_at": time(later(now.wall, life)),
            "issued_at": time(now.wall),
            "methods": ["password"],
            "project": {
                "id": project.id.unwrap_or("0123456789abcdef0123456789abcdef".to_owned()),
                "name": project.name.unwrap_or_else(|| world.region.clone()),
                "domain": domain,
            },
            "roles": [{ "id": "0", "name": "te_admin" }],
            "user": { "id": "0123456789abcdef0123456789abcdef", "name": user.name, "domain": domain },
            "catalog": [],
        }
    });
    let mut answer = Answer::json(StatusCode::CREATED, body.to_string());
    answer.set_text("x-subject-token", token.reveal());
    answer
}

/// The metadata service's token, which is what makes version 2 of it.
pub(crate) fn metadata_token(server: &Server, issued: &mut Issued, asked: &HeaderMap) -> Answer {
    if let Some(number) = server.version_one {
        return Answer::bare(status(number), Bytes::new());
    }
    if !asked.contains_key("x-metadata-token-ttl-seconds") {
        return Answer::bare(StatusCode::BAD_REQUEST, Bytes::new());
    }
    let token = issued.metadata_token();
    Answer::bare(StatusCode::OK, token.reveal().to_owned())
}

/// The temporary key of the agency that is bound to the server.
pub(crate) fn key(server: &Server, issued: &mut Issued, asked: &HeaderMap, now: Now) -> Answer {
    let token = asked.get("x-metadata-token");
    let is_known = token.is_some_and(|token| issued.knows_metadata_token(token.as_bytes()));
    if server.version_one.is_none() && !is_known {
        // Inferred: what is known of 401 is another reason.
        return Answer::bare(StatusCode::FORBIDDEN, Bytes::new());
    }
    if server.agency == Some(false) {
        return Answer::bare(StatusCode::UNAUTHORIZED, Bytes::new());
    }
    let (key, life) = issued.key_of(server, now.steady);
    let body = json!({
        "credential": {
            "access": key.ak,
            "secret": key.sk.reveal(),
            "securitytoken": key.security_token.as_ref().map(Secret::reveal),
            "expires_at": time(later(now.wall, life)),
        }
    });
    Answer::json(StatusCode::OK, body.to_string())
}

/// In the shape of IAM's errors.
fn refused(status: StatusCode, message: &str) -> Answer {
    let title = status.canonical_reason().unwrap_or_default();
    let body = json!({ "error": { "code": status.as_u16(), "message": message, "title": title } });
    Answer::json(status, body.to_string())
}

fn later(wall: Timestamp, life: std::time::Duration) -> Timestamp {
    let life = SignedDuration::try_from(life).unwrap_or(SignedDuration::MAX);
    wall.checked_add(life).unwrap_or(Timestamp::MAX)
}

/// Always six digits, as documented.
fn time(time: Timestamp) -> String {
    format!("{time:.6}")
}
