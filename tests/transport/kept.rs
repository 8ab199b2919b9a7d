//! Kept connections: closed by the server at every moment, and over TLS.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use atlas_webhook::{ErrorKind, Request, Transport};
use rustls::version::{TLS12, TLS13};
use rustls::{HandshakeKind, ServerConfig};

use crate::faults::tls::{self, Authority, TlsStream, VALID};
use crate::faults::{listen, read_request};
use crate::support::request;
use crate::{LONG, kind, patient, soon};

const OK: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n{\"status\":0,\"msg\":\"success\"}";

/// The time at which the first connection ends, counted from its second request.
#[derive(Clone, Copy, Debug)]
enum Moment {
    BeforeTheRequest,
    /// After so many bytes of it.
    WithinTheRequest(usize),
    BeforeTheResponse,
    /// After so many bytes of it.
    WithinTheResponse(usize),
}

impl Moment {
    fn all(request: &Request) -> Vec<Self> {
        let length = request.bytes().len();
        let mut all = vec![Self::BeforeTheRequest, Self::BeforeTheResponse];
        all.extend([1, length / 2, length - 1].map(Self::WithinTheRequest));
        all.extend((1..OK.len()).map(Self::WithinTheResponse));
        all
    }
}

/// Counts what comes.
#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    requests: AtomicUsize,
}

impl Counts {
    fn get(&self) -> (usize, usize) {
        (self.connections.load(Ordering::SeqCst), self.requests.load(Ordering::SeqCst))
    }
}

/// Responds to one request. Whether there was one.
fn answer(stream: &mut (impl Read + Write), counts: &Counts) -> io::Result<bool> {
    if read_request(stream)?.is_empty() {
        return Ok(false);
    }
    counts.requests.fetch_add(1, Ordering::SeqCst);
    stream.write_all(OK)?;
    stream.flush()?;
    Ok(true)
}

/// Serves a connection, which ends at `moment` if it is the first.
fn serve(stream: &mut (impl Read + Write), moment: Moment, counts: &Counts) -> io::Result<()> {
    let is_first = counts.connections.fetch_add(1, Ordering::SeqCst) == 0;
    if !is_first {
        while answer(stream, counts)? {}
        return Ok(());
    }
    answer(stream, counts)?;
    match moment {
        Moment::BeforeTheRequest => return Ok(()),
        Moment::WithinTheRequest(n) => return stream.read_exact(&mut vec![0; n]),
        Moment::BeforeTheResponse | Moment::WithinTheResponse(_) => drop(read_request(stream)?),
    }
    counts.requests.fetch_add(1, Ordering::SeqCst);
    if let Moment::WithinTheResponse(n) = moment {
        stream.write_all(&OK[..n])?;
        stream.flush()?;
    }
    Ok(())
}

#[track_caller]
fn judge(transport: &Transport, request: &Request, moment: Moment, counts: &Counts) {
    soon(|| transport.send(request)).unwrap();
    let result = soon(|| transport.send(request));
    match moment {
        Moment::BeforeTheRequest | Moment::WithinTheRequest(_) => {
            assert_eq!(result.unwrap().attempts(), 1, "{moment:?}");
            assert_eq!(counts.get(), (2, 2), "{moment:?}");
        }
        Moment::BeforeTheResponse => {
            assert_eq!(result.unwrap().attempts(), 1);
            assert_eq!(counts.get(), (2, 3), "sent once more");
        }
        Moment::WithinTheResponse(_) => {
            assert_eq!(kind(&result), Some(ErrorKind::ClosedEarly), "{moment:?}: {result:?}");
            assert_eq!(result.unwrap_err().attempts(), 1);
            assert_eq!(counts.get(), (1, 2), "{moment:?}: never sent once more");
        }
    }
}

#[test]
fn a_kept_connection_may_end_at_any_moment() {
    for moment in Moment::all(&request("http://127.0.0.1:1")) {
        let counts = Arc::new(Counts::default());
        let address = listen(Ipv4Addr::LOCALHOST.into(), {
            let counts = Arc::clone(&counts);
            move |mut socket| serve(&mut socket, moment, &counts)
        });
        let request = request(&format!("http://{}", address.unwrap()));
        judge(&patient(), &request, moment, &counts);
    }
}

#[test]
fn a_kept_connection_with_tls_may_end_at_any_moment() {
    let (config, ca) = certified(&[&TLS12, &TLS13]);
    for says_so in [false, true] {
        for moment in Moment::all(&request("http://127.0.0.1:1")) {
            let counts = Arc::new(Counts::default());
            let address = over_tls(Arc::clone(&config), {
                let counts = Arc::clone(&counts);
                move |stream| {
                    serve(stream, moment, &counts)?;
                    if says_so {
                        stream.conn.send_close_notify();
                        stream.flush()?;
                    }
                    stream.sock.shutdown(Shutdown::Write)
                }
            });
            let mut transport = patient();
            transport.set_ca_pem(&ca).unwrap();
            judge(&transport, &request(&format!("https://{address}")), moment, &counts);
        }
    }
}

/// TLS messages without data do not close a kept connection.
#[test]
fn session_tickets_after_a_response_keep_the_connection() {
    let (config, ca) = certified(&[&TLS13]);
    let mut config = Arc::unwrap_or_clone(config);
    config.send_tls13_tickets = 8;
    let counts = Arc::new(Counts::default());
    let address = over_tls(Arc::new(config), {
        let counts = Arc::clone(&counts);
        move |stream| {
            counts.connections.fetch_add(1, Ordering::SeqCst);
            while answer(stream, &counts)? {
                // A record of its own, as a session ticket is.
                stream.conn.refresh_traffic_keys().map_err(io::Error::other)?;
                stream.flush()?;
            }
            Ok(())
        }
    });
    let mut transport = patient();
    transport.set_ca_pem(&ca).unwrap();
    for _ in 0..3 {
        soon(|| transport.send(&request(&format!("https://{address}")))).unwrap();
        // Until it is there.
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(counts.get(), (1, 3));
}

#[test]
fn another_connection_of_a_transport_resumes_its_session() {
    for version in [&TLS12, &TLS13] {
        let (config, ca) = certified(&[version]);
        let resumed = Arc::new(AtomicUsize::new(0));
        let address = over_tls(config, {
            let resumed = Arc::clone(&resumed);
            move |stream| {
                // The client closes without close_notify, which is an error here.
                while let Ok(true) = answer(stream, &Counts::default()) {}
                if stream.conn.handshake_kind() == Some(HandshakeKind::Resumed) {
                    resumed.fetch_add(1, Ordering::SeqCst);
                }
                Ok(())
            }
        });
        let mut transport = patient();
        transport.set_ca_pem(&ca).unwrap();
        for _ in 0..3 {
            soon(|| transport.send(&request(&format!("https://{address}")))).unwrap();
            transport.close_idle();
        }
        let deadline = std::time::Instant::now() + crate::SOON;
        while resumed.load(Ordering::SeqCst) < 2 {
            assert!(std::time::Instant::now() < deadline, "{version:?}");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
}

/// Bytes over plain TCP without a request are not a response to the next request.
#[test]
fn bytes_behind_a_response_close_the_connection() {
    for behind in [OK, b"x"] {
        let counts = Arc::new(Counts::default());
        let address = listen(Ipv4Addr::LOCALHOST.into(), {
            let counts = Arc::clone(&counts);
            move |mut socket| {
                counts.connections.fetch_add(1, Ordering::SeqCst);
                while answer(&mut socket, &counts)? {
                    socket.write_all(behind)?;
                }
                Ok(())
            }
        });
        let request = request(&format!("http://{}", address.unwrap()));
        let transport = patient();
        for _ in 0..3 {
            soon(|| transport.send(&request)).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        assert_eq!(counts.get(), (3, 3));
    }
}

/// A record that comes after the response was read must not be the response to the next request.
#[test]
fn bytes_behind_a_response_close_the_connection_with_tls_too() {
    let (config, ca) = certified(&[&TLS13]);
    let counts = Arc::new(Counts::default());
    let ((go, start), (sent, wait)) = (mpsc::channel(), mpsc::channel());
    let start = Mutex::new(start);
    let address = over_tls(config, {
        let counts = Arc::clone(&counts);
        move |stream| {
            counts.connections.fetch_add(1, Ordering::SeqCst);
            while answer(stream, &counts)? {
                start.lock().unwrap().recv_timeout(LONG).map_err(io::Error::other)?;
                stream.write_all(OK)?;
                stream.flush()?;
                sent.send(()).unwrap();
            }
            Ok(())
        }
    });
    let request = request(&format!("https://{address}"));
    let mut transport = patient();
    transport.set_ca_pem(&ca).unwrap();
    for _ in 0..3 {
        soon(|| transport.send(&request)).unwrap();
        go.send(()).unwrap();
        wait.recv_timeout(LONG).unwrap();
        // Until it is there.
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(counts.get(), (3, 3));
}

/// Longer than the largest record and than one receive of TCP.
#[test]
fn a_long_response_is_read_with_tls() {
    const LENGTH: usize = 60_000;
    let (config, ca) = certified(&[&TLS12, &TLS13]);
    let address = over_tls(config, |stream| {
        read_request(stream)?;
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LENGTH}\r\n\r\n");
        let body = format!("{:LENGTH$}", r#"{"status":0}"#);
        stream.write_all(&[head.as_bytes(), body.as_bytes()].concat())?;
        stream.flush()
    });
    let mut transport = patient();
    transport.set_ca_pem(&ca).unwrap();
    soon(|| transport.send(&request(&format!("https://{address}")))).unwrap();
}

/// A server's configuration and the CA to trust.
fn certified(
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> (Arc<ServerConfig>, Vec<u8>) {
    let authority = Authority::new("The CA of kept connections");
    (authority.server("127.0.0.1", VALID, versions), authority.pem.into_bytes())
}

fn over_tls(
    config: Arc<ServerConfig>,
    serve: impl Fn(&mut TlsStream) -> io::Result<()> + Send + Sync + 'static,
) -> SocketAddr {
    listen(Ipv4Addr::LOCALHOST.into(), move |socket| serve(&mut tls::accept(socket, &config)))
        .unwrap()
}
