//! Receives deliveries in tokio, over sockets of your own:
//! `cargo run --example serve_tokio -- ADDRESS URL FOLDER`.
//!
//! ADDRESS is where a proxy that terminates TLS sends them, `127.0.0.1:8080`, say. URL is the one that was
//! registered. Each event becomes a file in FOLDER before 200 is sent. A body that is not an event is kept there
//! too. SIGTERM ends the program in order.

use std::env;
use std::error::Error;
use std::hash::{DefaultHasher, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use atlas_webhook::{Event, Receiver, ServerConnection, ServerState};
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// Connections at once; more wait until one ends.
const CONNECTIONS: u32 = 1_000;
/// How long a connection without a request is kept.
const IDLE: Duration = Duration::from_secs(75);
/// How long a request may take, and its response.
const REQUEST: Duration = Duration::from_secs(10);
/// How long a peer that is still sending is read before the connection is closed.
const LINGER: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [address, url, folder] = &arguments[..] else {
        return Err("usage: serve_tokio ADDRESS URL FOLDER".into());
    };
    let (receiver, folder) = (Receiver::new(url)?, Arc::new(PathBuf::from(folder)));
    let places = Arc::new(Semaphore::new(CONNECTIONS as usize));
    let (stop, stopping) = watch::channel(false);
    let mut terminated = std::pin::pin!(terminated());
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let accepted = tokio::select! {
            _ = &mut terminated => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Ok((stream, place)) = accepted else {
            // No descriptor is free, or the peer is gone already.
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (receiver, folder, stopping) = (receiver.clone(), folder.clone(), stopping.clone());
        tokio::spawn(async move {
            if let Err(error) = serve(stream, &receiver, &folder, stopping).await {
                eprintln!("connection lost: {error}");
            }
            drop(place);
        });
    }
    drop(listener);
    stop.send(true)?;
    let _all = places.acquire_many(CONNECTIONS).await?;
    println!("stopped");
    Ok(())
}

/// Waits for a place first, so that what cannot be served stays in the backlog.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    Ok((listener.accept().await?.0, place))
}

#[cfg(unix)]
async fn terminated() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    signal(SignalKind::terminate())?.recv().await;
    Ok(())
}

/// There is no SIGTERM.
#[cfg(not(unix))]
async fn terminated() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

async fn serve(
    mut stream: TcpStream,
    receiver: &Receiver,
    folder: &Path,
    mut stopping: watch::Receiver<bool>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut connection = ServerConnection::new(receiver);
    let mut buffer = vec![0; 16 * 1024];
    let (mut was_idle, mut deadline) = (true, Instant::now() + IDLE);
    let mut stops = false;
    loop {
        if connection.idle() != was_idle {
            was_idle = !was_idle;
            deadline = Instant::now() + if was_idle { IDLE } else { REQUEST };
        }
        match connection.state() {
            ServerState::WantReceive => {
                let read = timeout_at(deadline, stream.read(&mut buffer));
                let read = tokio::select! {
                    read = read => read,
                    _ = stopping.wait_for(|stop| *stop), if !stops => {
                        stops = true;
                        connection.close();
                        continue;
                    }
                };
                match read {
                    Ok(Ok(0)) => drop(connection.received_eof().map_err(io::Error::other)?),
                    Ok(Ok(n)) => drop(connection.received(&buffer[..n]).map_err(io::Error::other)?),
                    Ok(Err(error)) => return Err(error),
                    Err(_) => drop(connection.timed_out()),
                }
            }
            ServerState::WantResponse => {
                let status = receive(&mut connection, folder).await;
                connection.respond(status).map_err(io::Error::other)?;
            }
            ServerState::WantSend => {
                match timeout(REQUEST, stream.write(connection.to_send())).await {
                    Ok(n) => drop(connection.sent(n?).map_err(io::Error::other)?),
                    Err(_) => drop(connection.timed_out()),
                }
            }
            ServerState::WantClose => break,
        }
    }
    if let Some(rejection) = connection.rejection() {
        eprintln!("{}: {rejection}", rejection.response_status());
    }
    // RFC 9112 section 9.6: closed at once, a peer that is still sending would lose the response.
    stream.shutdown().await?;
    let drained = async {
        while stream.read(&mut buffer).await? > 0 {}
        Ok(())
    };
    timeout(LINGER, drained).await.unwrap_or(Ok(()))
}

/// The status to respond with, once the event or the body is stored; 503 if it cannot be.
async fn receive(connection: &mut ServerConnection, folder: &Path) -> u16 {
    let (stored, status) = match connection.take_event() {
        Ok(event) => (store(folder, &event).await, 200),
        Err(error) => {
            eprintln!("no event: {error}");
            // It came to the registered URL, so it is kept although it cannot be read.
            let body = connection.delivery().map(|delivery| delivery.body()).unwrap_or_default();
            (keep(folder, body).await, error.response_status())
        }
    };
    match stored {
        Ok(()) => status,
        Err(error) => {
            eprintln!("not stored: {error}");
            503
        }
    }
}

/// Stores an event under its deduplication key.
async fn store(folder: &Path, event: &Event) -> io::Result<()> {
    let name: String = event
        .dedupe_key()
        .bytes()
        .map(|b| match b {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' => char::from(b).to_string(),
            _ => format!("%{b:02X}"),
        })
        .collect();
    write(folder, &(name + ".json"), event.json().as_bytes()).await
}

/// Stores a body that is not an event, as it was sent, under its hash.
async fn keep(folder: &Path, body: &[u8]) -> io::Result<()> {
    let mut hasher = DefaultHasher::new();
    hasher.write(body);
    write(folder, &format!("{:016x}.body", hasher.finish()), body).await
}

/// Returns once the file is on the disk, also if it was there already.
async fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let path = folder.join(name);
    if !fs::try_exists(&path).await? {
        let part = folder.join(format!("{:?}.part", tokio::task::id()));
        let mut file = File::create(&part).await?;
        file.write_all(bytes).await?;
        file.sync_all().await?;
        fs::rename(part, path).await?;
    }
    // Without this a crash can lose the name of the file.
    #[cfg(unix)]
    File::open(folder).await?.sync_all().await?;
    Ok(())
}
