//! Registers a webhook in tokio, over a socket of your own:
//! `cargo run --example tokio -- ENDPOINT URL [CID]`.
//!
//! [`Exchange`] has no timer. To time out, drop the future that drives it.

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use atlas_webhook::{Endpoint, Exchange, Registration, Reply, Request, State};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const TIMEOUT: Duration = Duration::from_secs(15);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match register().await {
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

async fn register() -> Result<Reply, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (endpoint, url, cid) = match &arguments[..] {
        [endpoint, url] => (endpoint, url, None),
        [endpoint, url, cid] => (endpoint, url, Some(cid)),
        _ => return Err("usage: tokio ENDPOINT URL [CID]".into()),
    };
    let mut registration = Registration::new(url)?;
    if let Some(cid) = cid {
        registration.set_cid(cid)?;
    }
    let request = Request::registration(&Endpoint::new(endpoint)?, &registration)?;
    timeout(TIMEOUT, send(&request)).await.map_err(|_| "no answer within the timeout")?
}

async fn send(request: &Request) -> Result<Reply, Box<dyn Error>> {
    if request.is_tls() {
        return Err("https needs a TLS stream in place of the TcpStream; try an http URL".into());
    }
    let mut socket = TcpStream::connect((request.host(), request.port())).await?;
    let mut exchange = Exchange::new(request);
    let mut buffer = [0; 4096];
    loop {
        match exchange.state() {
            State::WantSend => {
                let n = socket.write(exchange.to_send()).await?;
                exchange.sent(n)?;
            }
            State::WantReceive => match socket.read(&mut buffer).await? {
                0 => {
                    exchange.received_eof()?;
                }
                n => {
                    exchange.received(&buffer[..n])?;
                }
            },
            State::Done | State::Failed => return Ok(exchange.take_reply()?),
        }
    }
}
