//! What all of them read the same way: the JSON, by serde_json.

use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub struct Registration<'a> {
    pub cid: &'a str,
    pub url: &'a str,
}

#[derive(Deserialize)]
pub struct Reply {
    pub status: i64,
    #[serde(default)]
    pub msg: Option<String>,
    #[serde(default, rename = "requestId")]
    pub request_id: Option<String>,
}

pub fn json() -> Vec<u8> {
    let registration = Registration {
        cid: std::hint::black_box(cases::CID),
        url: std::hint::black_box(cases::WEBHOOK),
    };
    serde_json::to_vec(&registration).unwrap()
}

pub fn reply(body: &[u8]) -> Reply {
    let reply: Reply = serde_json::from_slice(body).unwrap();
    assert_eq!(reply.status, 0);
    std::hint::black_box((&reply.msg, &reply.request_id));
    reply
}

/// The fields that the library sends, for builders of the `http` crate.
pub fn fields(builder: http::request::Builder) -> http::request::Builder {
    builder
        .header("Content-Type", "application/json")
        .header("Accept", "application/json")
        .header("Accept-Encoding", "gzip")
        .header("x-atlas-client-id", cases::CLIENT_ID)
        .header("x-atlas-client-secret", cases::CLIENT_SECRET)
}
