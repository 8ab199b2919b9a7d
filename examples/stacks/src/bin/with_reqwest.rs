//! Registers a webhook with an HTTP stack of your own, here reqwest, by the conversions of the feature
//! `http`:
//! `cargo run --manifest-path examples/stacks/Cargo.toml --bin with_reqwest -- ENDPOINT URL CID`.
//!
//! The credentials are read from ATLAS_CLIENT_ID and ATLAS_CLIENT_SECRET if these are set.

use std::env;
use std::error::Error;
use std::mem;
use std::process::ExitCode;
use std::time::Duration;

use atlas_webhook::{Endpoint, Registration, Reply, Request, Response};
use reqwest::Client;
use reqwest::redirect::Policy;

const TIMEOUT: Duration = Duration::from_secs(15);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match register().await {
        Ok(reply) => {
            println!("registered: HTTP status {}", reply.http_status());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("not registered: {}", with_causes(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// reqwest names the reason of a failure, a certificate for example, only in the causes.
fn with_causes(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", with_causes(cause)),
        None => error.to_string(),
    }
}

async fn register() -> Result<Reply, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [endpoint, url, cid] = &arguments[..] else {
        return Err("usage: with_reqwest ENDPOINT URL CID".into());
    };
    let mut account = Endpoint::new(endpoint)?;
    if let (Ok(id), Ok(secret)) = (env::var("ATLAS_CLIENT_ID"), env::var("ATLAS_CLIENT_SECRET")) {
        account.set_credentials(&id, &secret)?;
    }
    let mut registration = Registration::new(url)?;
    registration.set_cid(cid)?;
    let request = Request::registration(&account, &registration)?;
    send(&request, account.limits().body).await
}

async fn send(request: &Request, limit: usize) -> Result<Reply, Box<dyn Error>> {
    // The credentials are in the headers: never send them to where a redirect points.
    let client = Client::builder().redirect(Policy::none()).timeout(TIMEOUT).build()?;
    let outgoing = http::Request::try_from(request)?;
    let mut incoming = client.execute(outgoing.try_into()?).await?;
    let mut response = http::Response::new(Vec::new());
    *response.status_mut() = incoming.status();
    *response.headers_mut() = mem::take(incoming.headers_mut());
    while let Some(piece) = incoming.chunk().await? {
        response.body_mut().extend_from_slice(&piece);
        // The library rejects a body over the limit, so the rest need not be received.
        if response.body().len() > limit {
            break;
        }
    }
    Ok(request.reply(&Response::try_from(&response)?)?)
}
