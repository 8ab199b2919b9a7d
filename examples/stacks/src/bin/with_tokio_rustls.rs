//! Registers a webhook over a socket of your own with TLS, here tokio and rustls:
//! `cargo run --manifest-path examples/stacks/Cargo.toml --bin with_tokio_rustls -- ENDPOINT URL CID`.
//!
//! The credentials are read from ATLAS_CLIENT_ID and ATLAS_CLIENT_SECRET if these are set. Trust is the
//! platform's store, which SSL_CERT_FILE may name.

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use atlas_webhook::{Endpoint, Exchange, Registration, Reply, Request, State};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

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
            ExitCode::FAILURE
        }
    }
}

async fn register() -> Result<Reply, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [endpoint, url, cid] = &arguments[..] else {
        return Err("usage: with_tokio_rustls ENDPOINT URL CID".into());
    };
    let mut account = Endpoint::new(endpoint)?;
    if let (Ok(id), Ok(secret)) = (env::var("ATLAS_CLIENT_ID"), env::var("ATLAS_CLIENT_SECRET")) {
        account.set_credentials(&id, &secret)?;
    }
    let mut registration = Registration::new(url)?;
    registration.set_cid(cid)?;
    let request = Request::registration(&account, &registration)?;
    timeout(TIMEOUT, send(&request)).await.map_err(|_| "no response within the timeout")?
}

async fn send(request: &Request) -> Result<Reply, Box<dyn Error>> {
    let socket = TcpStream::connect((request.host(), request.port())).await?;
    if !request.is_tls() {
        return exchange(request, socket).await;
    }
    let name = ServerName::try_from(request.host().to_owned())?;
    let stream = TlsConnector::from(Arc::new(tls()?)).connect(name, socket).await?;
    exchange(request, stream).await
}

async fn exchange<S>(request: &Request, mut stream: S) -> Result<Reply, Box<dyn Error>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut exchange = Exchange::new(request);
    let mut buffer = [0; 4096];
    loop {
        match exchange.state() {
            State::WantSend => {
                let n = stream.write(exchange.to_send()).await?;
                exchange.sent(n)?;
                // A TLS stream may keep what was written to it.
                stream.flush().await?;
            }
            // Over TLS 0 is a close_notify. A connection that ends without one was cut, perhaps by
            // somebody on the way: rustls returns the error UnexpectedEof, and the response is lost.
            State::WantReceive => match stream.read(&mut buffer).await? {
                0 => {
                    exchange.received_eof()?;
                }
                n => {
                    exchange.received(&buffer[..n])?;
                }
            },
            State::Done | State::Failed => break,
        }
    }
    // Sends our own close_notify. The response is complete, so its failure changes nothing.
    let _ = stream.shutdown().await;
    Ok(exchange.take_reply()?)
}

fn tls() -> Result<ClientConfig, Box<dyn Error>> {
    let mut trusted = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    trusted.add_parsable_certificates(found.certs);
    if trusted.is_empty() {
        return Err("there is no certificate to trust".into());
    }
    let mut config = ClientConfig::builder().with_root_certificates(trusted).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
