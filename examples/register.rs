//! Both halves in one program, on this machine: registers a URL in a sandbox, and receives what the sandbox
//! then delivers to it. `cargo run --example register`.

use std::collections::HashSet;
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};

use atlas_webhook::{
    Endpoint, Event, Receiver, Registration, Request, ServerConnection, ServerState, Transport,
    samples,
};
use atlas_webhook_cli::{Delivery, Options, Sandbox};

fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    // In production it is an https URL with a random token, because anyone who has it can post to it.
    let url = format!("http://{}/atlas/t0ken", listener.local_addr()?);

    let schedule_change = Delivery::new(samples::SCHEDULE_CHANGE);
    let deliveries = vec![
        Delivery::new(samples::TICKETED),
        schedule_change.clone(),
        schedule_change,
        Delivery { forged: true, ..Delivery::new(samples::TICKETED) },
    ];
    let count = deliveries.len();
    let sandbox = Sandbox::start(Options { deliveries, ..Options::default() })?;

    register(&sandbox.url(), &url)?;

    let receiver = Receiver::new(&url)?;
    let mut seen = HashSet::new();
    for connection in listener.incoming().take(count) {
        receive(&receiver, connection?, &mut seen)?;
    }
    Ok(())
}

/// The first half. For your account: the base URL that the vendor's console shows, and your credentials.
fn register(base_url: &str, url: &str) -> Result<(), atlas_webhook::Error> {
    let mut endpoint = Endpoint::new(base_url)?;
    endpoint.set_credentials("my-client", "my-secret")?;
    let mut registration = Registration::new(url)?;
    registration.set_cid("XXXXXXXX")?;
    let request = Request::registration(&endpoint, &registration)?;

    let reply = Transport::new()?.send(&request)?;
    println!("registered: HTTP status {}", reply.http_status());
    Ok(())
}

/// The second half: the deliveries of one connection. With an HTTP server of your own, pass what it received to
/// `Receiver::read`. `serve.rs` beside this file has the timeouts that a server needs.
fn receive(
    receiver: &Receiver,
    mut socket: TcpStream,
    seen: &mut HashSet<String>,
) -> Result<(), Box<dyn Error>> {
    let mut connection = ServerConnection::new(receiver);
    let mut buffer = [0; 4096];
    loop {
        match connection.state() {
            ServerState::WantReceive => match socket.read(&mut buffer)? {
                0 => drop(connection.received_eof()?),
                n => drop(connection.received(&buffer[..n])?),
            },
            ServerState::WantResponse => {
                let status = match connection.take_event() {
                    Ok(event) => {
                        store(&event, seen);
                        200
                    }
                    Err(error) => error.response_status(),
                };
                connection.respond(status)?;
            }
            ServerState::WantSend => {
                let n = socket.write(connection.to_send())?;
                connection.sent(n)?;
            }
            ServerState::WantClose => break,
        }
    }
    if let Some(rejection) = connection.rejection() {
        println!("rejected: {rejection}");
    }
    // The peer may still be sending. Closed at once, it would lose the response.
    socket.shutdown(std::net::Shutdown::Write)?;
    io::copy(&mut socket.take(64 * 1024), &mut io::sink())?;
    Ok(())
}

/// In place of a database, which would keep the key and the JSON.
fn store(event: &Event, seen: &mut HashSet<String>) {
    let state = if seen.insert(event.dedupe_key()) { "new" } else { "a duplicate" };
    println!("{} {}: {state}", event.type_name(), event.order_no().unwrap_or("-"));
}
