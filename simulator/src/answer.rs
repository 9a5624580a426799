//! An answer before it is sent: status, headers, body. What it means, it does not know.

use hyper::{
    HeaderMap, StatusCode,
    body::Bytes,
    header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, SERVER, SET_COOKIE},
};

use crate::gzip;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// In pieces, so that a long one may repeat a piece without a copy.
    pub body: Vec<Bytes>,
    /// Whether the length is told before. If not, HTTP/1.1 sends it in chunks.
    pub announced: bool,
}

/// 32 hexadecimal digits, another one for each request and the same in each run.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub String);

impl RequestId {
    pub(crate) fn number(count: u64) -> RequestId {
        RequestId(format!("{:016x}{count:016x}", mixed(count)))
    }
}

impl Answer {
    /// As the service answers, through the gateway.
    pub(crate) fn json(status: StatusCode, body: impl Into<Bytes>) -> Answer {
        let mut answer = Answer::bare(status, body);
        answer.set(CONTENT_TYPE, JSON);
        answer
    }

    pub(crate) fn bare(status: StatusCode, body: impl Into<Bytes>) -> Answer {
        let headers = HeaderMap::from_iter([(SERVER, HeaderValue::from_static("api-gateway"))]);
        Answer {
            status,
            headers,
            body: vec![body.into()],
            announced: true,
        }
    }

    /// As the gateway answers by itself. Recorded: such answers came through a web application
    /// firewall which sets cookies and does not tell the length.
    pub(crate) fn through_firewall(mut self, id: &RequestId) -> Answer {
        self.set(SERVER, HeaderValue::from_static("CloudWAF"));
        for (name, value) in [("HWWAFSESID", &id.0[..20]), ("HWWAFSESTIME", "1767225600000")] {
            self.headers
                .append(SET_COOKIE, text(&format!("{name}={value}; path=/")));
        }
        self.announced = false;
        self
    }

    /// Encodes the body for real.
    pub(crate) fn gzipped(mut self) -> Answer {
        self.body = vec![gzip::wrap(&self.body.concat()).into()];
        self.set(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        self
    }

    pub(crate) fn set(&mut self, name: HeaderName, value: HeaderValue) {
        self.headers.insert(name, value);
    }

    /// A header as a world has it. One that HTTP cannot carry is left out.
    pub(crate) fn set_text(&mut self, name: &str, value: &str) {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            self.set(name, value);
        }
    }
}

/// A status as a world has it. A number that is none becomes 500.
pub(crate) fn status(number: u16) -> StatusCode {
    StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).expect("made of visible characters")
}

/// The finishing step of splitmix64: spreads a counter over all digits.
fn mixed(count: u64) -> u64 {
    let mut digits = count.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    digits = (digits ^ digits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    digits = (digits ^ digits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    digits ^ digits >> 31
}
