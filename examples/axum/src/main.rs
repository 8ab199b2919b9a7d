//! Receives deliveries with axum, and stores them with SQLite:
//! `ATLAS_WEBHOOK_URL=https://example.com/atlas/8f3c cargo run -- PORT FILE`.
//!
//! ATLAS_WEBHOOK_URL is the registered URL. The program listens on 127.0.0.1, behind a proxy that terminates TLS.
//! It prints no target, since that contains the token. SIGTERM ends it in order.

use std::env;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use atlas_webhook::{Delivery, Receiver};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use http_body_util::BodyExt as _;
use rusqlite::{Connection, TransactionBehavior, params};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// For a body. Of a larger one a byte more is kept, so that it gets 413.
const LIMIT: usize = 1024 * 1024;
/// The most that is read and dropped of a larger one.
const DROPPED: usize = 16 * LIMIT;
/// For a body to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

struct Inbox {
    receiver: Receiver,
    database: Mutex<Connection>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let ([port, path], Ok(url)) = (&arguments[..], env::var("ATLAS_WEBHOOK_URL")) else {
        return Err("usage: ATLAS_WEBHOOK_URL=URL atlas-webhook-axum PORT FILE".into());
    };
    let inbox = Inbox { receiver: Receiver::new(&url)?, database: Mutex::new(open(path)?) };
    let app = Router::new().fallback(receive).with_state(Arc::new(inbox));
    let listener = TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    let mut terminate = signal(SignalKind::terminate())?;
    axum::serve(listener, app)
        .with_graceful_shutdown(async move {
            terminate.recv().await;
        })
        .await?;
    Ok(())
}

/// Accepts every path and method; the library checks them.
async fn receive(State(inbox): State<Arc<Inbox>>, request: Request) -> StatusCode {
    let (head, body) = request.into_parts();
    let body = match timeout(PATIENCE, read(body)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return StatusCode::BAD_REQUEST,
        Err(_) => return StatusCode::REQUEST_TIMEOUT,
    };
    let request = Request::from_parts(head, body);
    let status = spawn_blocking(move || inbox.receive(&request)).await.unwrap_or(503);
    StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
}

/// At most LIMIT + 1 bytes of a body.
async fn read(mut body: Body) -> Result<Vec<u8>, axum::Error> {
    let (mut read, mut received) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        received += data.len();
        read.extend_from_slice(&data[..data.len().min(LIMIT + 1 - read.len())]);
        if received > DROPPED {
            break;
        }
    }
    Ok(read)
}

impl Inbox {
    /// The response status: 200 only once the event is stored.
    fn receive(&self, request: &Request<Vec<u8>>) -> u16 {
        let body = request.body();
        // axum does not change path and query of the URI.
        let (stored, status) = match self.receiver.read(&Delivery::from(request)) {
            Ok(event) => (self.store(&event.dedupe_key(), event.json().as_bytes(), None), 200),
            Err(error) => {
                let status = error.response_status();
                // It came to the registered URL, so it is kept although it cannot be read.
                let kept = !matches!(status, 404 | 405) && body.len() <= LIMIT;
                let keep = || self.store(&key_of(body), body, Some(error.message()));
                (if kept { keep() } else { Ok(()) }, status)
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

    /// Returns once the body is on the disk, also if it was there already.
    fn store(&self, key: &str, body: &[u8], problem: Option<&str>) -> rusqlite::Result<()> {
        let mut database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // An event whose key has no id can come again after an hour, with the same bytes: an airline that
        // becomes active, inactive and active again.
        transaction.execute(
            "UPDATE deliveries SET dedupe_key = NULL WHERE dedupe_key = ?1 AND dedupe_key NOT LIKE 'id:%'
             AND received_at < strftime('%s', 'now') - 3600",
            [key],
        )?;
        transaction.execute(
            "INSERT INTO deliveries (dedupe_key, body, problem, received_at)
             VALUES (?1, ?2, ?3, CAST(strftime('%s', 'now') AS INTEGER))
             ON CONFLICT (dedupe_key) DO NOTHING",
            params![key, body, problem],
        )?;
        transaction.commit()
    }
}

/// The key of a body that is not an event.
fn key_of(body: &[u8]) -> String {
    format!("body:{}", body.escape_ascii())
}

fn open(path: &str) -> rusqlite::Result<Connection> {
    let database = Connection::open(path)?;
    database.busy_timeout(Duration::from_secs(10))?;
    database.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         CREATE TABLE IF NOT EXISTS deliveries (id INTEGER PRIMARY KEY, dedupe_key TEXT UNIQUE,
             body BLOB NOT NULL, problem TEXT, received_at INTEGER NOT NULL)",
    )?;
    Ok(database)
}
