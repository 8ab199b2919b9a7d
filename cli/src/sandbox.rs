//! A server that stands in for the Atlas API: it serves the documented call,
//! `POST {prefix}/updateWebhookURL.do`, checks what the specification requires of the request, and
//! responds as the real one does, or as its options require.
//!
//! ```text
//! Sandbox ── accepts ──► Connection ── read ──► Received ── judge ──► Verdict ── render ──► bytes
//!                        one thread             what came             what it     as Response
//!                        each                                         deserves    sets
//! ```

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use atlas_webhook::samples;
use rustls::ServerConfig;

use crate::connection::Connection;
use crate::delivery::Delivery;
use crate::log::Entry;
use crate::received::Received;
use crate::response::Response;
use crate::tls;

/// How a [`Sandbox`] listens, what it requires, and how it responds.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address to listen on. Default: 127.0.0.1.
    pub bind: IpAddr,
    /// Whether the address may be another than a loopback address. Default: no, since the sandbox accepts any
    /// credentials.
    pub remote_allowed: bool,
    /// The port to listen on; 0, the default, takes a free one.
    pub port: u16,
    /// Whether to serve https, with a certificate made for this sandbox: see [`Sandbox::ca_pem`]. Default: http.
    pub tls: bool,
    /// The path before that of the call, without a slash at its end. Default: empty.
    pub prefix: String,
    /// The client id and secret that a request must have. Default: any, or none.
    pub credentials: Option<(String, String)>,
    /// Whether a request without `cid` is refused. The specification requires it, the real sandbox
    /// does not. Default: no.
    pub require_cid: bool,
    /// The n-th request gets the n-th response, and those after the last one get the last. The
    /// [default](Response::default) if empty.
    pub responses: Vec<Response>,
    /// What to post, one after the other, to an http URL of a loopback address that was registered.
    /// Default: one `order.ticketed`.
    pub deliveries: Vec<Delivery>,
    /// Called with each entry of the log. Default: none.
    pub log: Option<fn(&Entry<'_>)>,
}

impl Options {
    /// The default options with one response for all requests.
    pub fn responding(response: Response) -> Self {
        Self { responses: vec![response], ..Self::default() }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bind: Ipv4Addr::LOCALHOST.into(),
            remote_allowed: false,
            port: 0,
            tls: false,
            prefix: String::new(),
            credentials: None,
            require_cid: false,
            responses: Vec::new(),
            deliveries: vec![Delivery::new(samples::TICKETED)],
            log: None,
        }
    }
}

/// A running server. Dropping it closes every connection and waits for its threads to end.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    ca_pem: Option<String>,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) tls: Option<Arc<ServerConfig>>,
    requests: Mutex<Vec<Received>>,
    stopped: Mutex<bool>,
    stopping: Condvar,
}

impl Sandbox {
    /// Starts a server with its own threads.
    ///
    /// # Errors
    ///
    /// It cannot listen there, or the address is not a loopback address and [`Options::remote_allowed`] is not
    /// set.
    pub fn start(options: Options) -> io::Result<Self> {
        if !options.remote_allowed && !options.bind.is_loopback() {
            let what = format!("{} is not a loopback address", options.bind);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        let listener = TcpListener::bind((options.bind, options.port))?;
        let address = listener.local_addr()?;
        let (tls, ca_pem) = match options.tls {
            false => (None, None),
            true => {
                let (config, pem) = tls::server(names(options.bind))?;
                (Some(config), Some(pem))
            }
        };
        let shared = Arc::new(Shared {
            options,
            tls,
            requests: Mutex::default(),
            stopped: Mutex::default(),
            stopping: Condvar::new(),
        });
        let listening = thread::Builder::new().spawn({
            let shared = Arc::clone(&shared);
            move || listen(&listener, &shared)
        })?;
        Ok(Self { address, ca_pem, shared, listening: Some(listening) })
    }

    /// The base URL for an endpoint, with the prefix.
    pub fn url(&self) -> String {
        let scheme = if self.ca_pem.is_some() { "https" } else { "http" };
        format!("{scheme}://{}{}", self.address, self.shared.options.prefix)
    }

    /// The certificate to trust, as PEM, if it serves https.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// The requests that came in whole, in order of arrival.
    pub fn requests(&self) -> Vec<Received> {
        self.shared.requests()
    }

    /// Blocks for as long as it serves.
    pub fn serve(mut self) {
        if let Some(listening) = self.listening.take() {
            // It ends by a panic or not at all, and the panic was printed.
            let _ = listening.join();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        *lock(&self.shared.stopped) = true;
        self.shared.stopping.notify_all();
        // The listening thread sleeps in accept: a connection wakes it.
        let _ = TcpStream::connect(reachable(self.address));
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

impl Shared {
    /// Sleeps; fails as soon as the server stops.
    pub(crate) fn sleep(&self, duration: Duration) -> io::Result<()> {
        let running = lock(&self.stopped);
        let waited = self.stopping.wait_timeout_while(running, duration, |stopped| !*stopped);
        let (stopped, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if *stopped { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }

    pub(crate) fn requests(&self) -> Vec<Received> {
        lock(&self.requests).clone()
    }

    fn is_stopped(&self) -> bool {
        *lock(&self.stopped)
    }

    /// Keeps the request, and returns the response to it.
    pub(crate) fn record(&self, request: &Received) -> Response {
        let mut requests = lock(&self.requests);
        let responses = &self.options.responses;
        let response = responses.get(requests.len()).or(responses.last());
        let response = response.cloned().unwrap_or_default();
        requests.push(request.clone());
        response
    }

    pub(crate) fn log(&self, entry: &Entry<'_>) {
        if let Some(log) = self.options.log {
            log(entry);
        }
    }
}

/// The panic of another thread was printed, and is not a reason to stop.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the certificate is for.
fn names(bind: IpAddr) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if !bind.is_loopback() && !bind.is_unspecified() {
        names.push(bind.to_string());
    }
    names
}

/// How this machine reaches a socket that listens on `address`.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut connections: Vec<(JoinHandle<()>, Weak<TcpStream>)> = Vec::new();
    for number in 1.. {
        let accepted = listener.accept();
        if shared.is_stopped() {
            break;
        }
        connections.retain(|(thread, _)| !thread.is_finished());
        match accepted {
            Ok((socket, _)) => {
                let socket = Arc::new(socket);
                let weak = Arc::downgrade(&socket);
                let shared = Arc::clone(shared);
                // A client that goes away is not a fault of the server.
                let serve = move || {
                    drop(Connection::new(number, socket, shared).and_then(Connection::serve));
                };
                // Without a thread the connection is closed.
                if let Ok(thread) = thread::Builder::new().spawn(serve) {
                    connections.push((thread, weak));
                }
            }
            // Out of descriptors, mostly, which the end of other connections cures.
            Err(_) => drop(shared.sleep(Duration::from_millis(10))),
        }
    }
    for (thread, socket) in connections {
        if let Some(socket) = socket.upgrade() {
            let _ = socket.shutdown(Shutdown::Both);
        }
        let _ = thread.join();
    }
}
