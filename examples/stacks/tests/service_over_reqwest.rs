//! A service that registers its webhooks over one reqwest client, by the conversions of the feature
//! `http`.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use atlas_webhook::{Endpoint, ErrorKind, Registration, Reply, Request, Response};
use reqwest::Client;
use reqwest::redirect::Policy;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// How long a test may take.
const LONG: Duration = Duration::from_secs(30);
const CONCURRENT: usize = 100;

type Failure = Box<dyn Error + Send + Sync>;

/// The part of the service that calls Atlas. All tasks share it.
struct Atlas {
    client: Client,
    endpoint: Endpoint,
}

impl Atlas {
    fn new(base_url: &str) -> Result<Self, Failure> {
        let mut endpoint: Endpoint = base_url.parse()?;
        endpoint.set_credentials("my-client", "my-secret")?;
        let client = Client::builder().no_proxy().redirect(Policy::none()).timeout(LONG).build()?;
        Ok(Self { client, endpoint })
    }

    async fn register(&self, url: &str, cid: &str) -> Result<Reply, Failure> {
        let mut registration = Registration::new(url)?;
        let request = Request::registration(&self.endpoint, registration.set_cid(cid)?)?;
        let outgoing = http::Request::try_from(&request)?;
        let incoming = self.client.execute(outgoing.try_into()?).await?;
        let (parts, body) = http::Response::from(incoming).into_parts();
        // The example with_reqwest.rs also bounds the body.
        let body = reqwest::Response::from(http::Response::new(body)).bytes().await?;
        let response = http::Response::from_parts(parts, body);
        Ok(request.reply(&Response::try_from(&response)?)?)
    }
}

/// Reads one request, and returns its body.
async fn read_body(socket: &mut TcpStream) -> io::Result<String> {
    let mut received = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&received).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if length == Some(&*body.len().to_string()) {
                assert!(head.starts_with("post /updatewebhookurl.do http/1.1\r\n"), "{head}");
                assert!(head.contains("\r\nx-atlas-client-secret: my-secret"), "{head}");
                return Ok(body.into());
            }
        }
        if socket.read_buf(&mut received).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// A server that responds to nobody until `requests` requests are in, with the cid as the message. It
/// refuses the cid `unknown`.
async fn serve(requests: usize) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let all_are_in = Arc::new(Barrier::new(requests));
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let all_are_in = Arc::clone(&all_are_in);
            tokio::spawn(async move {
                let body = read_body(&mut socket).await.unwrap();
                all_are_in.wait().await;
                let cid = body.split('"').nth(3).unwrap();
                let status = if cid == "unknown" { 901 } else { 0 };
                let body = format!(r#"{{"status":{status},"msg":"{cid}"}}"#);
                let length = body.len();
                let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
                socket.write_all(response.as_bytes()).await.unwrap();
            });
        }
    });
    Ok(format!("http://{address}"))
}

#[tokio::test]
async fn registrations_are_concurrent_and_each_gets_its_own_reply() {
    let atlas = Arc::new(Atlas::new(&serve(CONCURRENT).await.unwrap()).unwrap());
    let mut registrations = JoinSet::new();
    for number in 0..CONCURRENT {
        let atlas = Arc::clone(&atlas);
        registrations.spawn(async move {
            let cid = format!("cid-{number}");
            let reply = atlas.register("https://example.com/atlas/t0ken", &cid).await.unwrap();
            assert_eq!((reply.http_status(), reply.message()), (200, &*cid));
        });
    }
    let all = async {
        while let Some(done) = registrations.join_next().await {
            done.unwrap()
        }
    };
    tokio::time::timeout(LONG, all).await.unwrap();
}

#[tokio::test]
async fn a_refusal_by_the_api_is_an_error_of_the_library() {
    let atlas = Atlas::new(&serve(1).await.unwrap()).unwrap();
    let failure = atlas.register("https://example.com/atlas/t0ken", "unknown").await.unwrap_err();
    let error = failure.downcast_ref::<atlas_webhook::Error>().unwrap();
    assert_eq!((error.kind(), error.api_status()), (ErrorKind::Refused, Some(901)));
}
