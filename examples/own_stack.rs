//! Registers a webhook with an HTTP stack of your own, here attohttpc:
//! `cargo run --example own_stack -- ENDPOINT URL [CID]`.
//!
//! The stack sends the [`Request`]. Its response becomes a [`Response`].

use std::env;
use std::error::Error;
use std::io::Read;
use std::process::ExitCode;
use std::time::Duration;

use atlas_webhook::{Endpoint, Registration, Reply, Request, Response};
use attohttpc::header::HeaderName;

const TIMEOUT: Duration = Duration::from_secs(15);

fn main() -> ExitCode {
    match register() {
        Ok(reply) => {
            println!("registered: HTTP status {}", reply.http_status());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("not registered: {error}");
            if let Some(error) = error.downcast_ref::<atlas_webhook::Error>() {
                eprintln!("retryable: {}; {error:?}", error.retryable());
            }
            ExitCode::FAILURE
        }
    }
}

fn register() -> Result<Reply, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (endpoint, url, cid) = match &arguments[..] {
        [endpoint, url] => (endpoint, url, None),
        [endpoint, url, cid] => (endpoint, url, Some(cid)),
        _ => return Err("usage: own_stack ENDPOINT URL [CID]".into()),
    };
    let mut registration = Registration::new(url)?;
    if let Some(cid) = cid {
        registration.set_cid(cid)?;
    }
    let endpoint = Endpoint::new(endpoint)?;
    let request = Request::registration(&endpoint, &registration)?;

    let mut outgoing = attohttpc::post(request.url())
        .timeout(TIMEOUT)
        // The headers contain the credentials, so a redirect must not be followed.
        .follow_redirects(false)
        .bytes(request.body());
    for (name, value) in request.headers() {
        outgoing = outgoing.try_header(name.parse::<HeaderName>()?, value)?;
    }
    let (status, headers, body) = outgoing.send()?.split();
    // One byte more than allowed, so that the library sees when there is too much.
    let mut bytes = Vec::new();
    body.take(endpoint.limits().body as u64 + 1).read_to_end(&mut bytes)?;

    let response = Response::new(status.as_u16(), &headers, bytes)?;
    Ok(request.reply(&response)?)
}
