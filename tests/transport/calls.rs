//! Timeouts, kept connections, retries, and threads that share a transport.

use std::io::{self, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use atlas_webhook::{Endpoint, Error, ErrorKind, Limits, Registration, Request, Transport};
use socket2::{Domain, Socket, Type};

use crate::faults::{listen, read_request};
use crate::support::request;
use crate::{FAULTS, LONG, kind, patient, soon};
use atlas_webhook_cli::{Content, Framing, Options, Response, Sandbox};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n{\"status\":0,\"msg\":\"success\"}";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[test]
fn a_timeout_is_longer_than_zero_and_at_most_a_day() {
    let mut transport = Transport::new().unwrap();
    for timeout in [Duration::ZERO, DAY + Duration::from_nanos(1), Duration::MAX] {
        let error = transport.set_timeout(timeout).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{timeout:?}");
        let error = transport.set_connect_timeout(timeout).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{timeout:?}");
    }
    for timeout in [DAY, Duration::from_nanos(1)] {
        transport.set_timeout(timeout).unwrap().set_connect_timeout(timeout).unwrap();
    }
    // The shortest expires before anything is done, and does not panic.
    let result = transport.send(&request(&FAULTS.named("fine").url));
    assert_eq!(kind(&result), Some(ErrorKind::Timeout));
}

/// An address at which connections are neither made nor refused: nobody accepts, and the queue is full.
pub(crate) struct Stuck {
    listener: Socket,
    _queue: Vec<Socket>,
}

impl Stuck {
    pub(crate) fn new() -> Self {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let queue = (0..8).map(|_| {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            socket.set_nonblocking(true).unwrap();
            // In progress, for ever; or done, for the first.
            let _ = socket.connect(&address);
            socket
        });
        let queue = queue.collect();
        Self { listener, _queue: queue }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.listener.local_addr().unwrap().as_socket().unwrap())
    }
}

#[test]
fn connecting_has_a_timeout_of_its_own() {
    let stuck = Stuck::new();
    for url in [&stuck.url(), &FAULTS.named("tls-silent").url] {
        let mut transport = patient();
        transport.set_connect_timeout(Duration::from_millis(300)).unwrap();
        let error = soon(|| transport.send(&request(url))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{url}");
        assert!(error.to_string().contains("connection"), "{error}");
    }
}

#[test]
fn the_whole_timeout_bounds_connecting_and_retries_too() {
    let stuck = Stuck::new();
    for url in [&stuck.url(), &FAULTS.named("tls-silent").url, &FAULTS.named("silent").url] {
        let mut transport = Transport::new().unwrap();
        transport.set_timeout(Duration::from_millis(300)).unwrap();
        transport.set_retries(100);
        let error = soon(|| transport.send(&request(url))).unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 1), "{url}");
    }
}

#[test]
fn an_error_of_connecting_names_host_and_port() {
    let url = &FAULTS.named("refuse").url;
    let error = patient().send(&request(url)).unwrap_err();
    let address = url.strip_prefix("http://").unwrap();
    assert_eq!(error.message(), format!("{address} refused the connection"));
    assert!(error.os_error().is_some());
}

/// The system rejects a broadcast address in the call that connects, not in a later event of the socket.
#[cfg(target_os = "linux")]
#[test]
fn an_address_that_the_system_rejects_is_an_error_of_connecting() {
    let error = soon(|| patient().send(&request("https://255.255.255.255"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert_eq!(error.os_error(), Some(rustix::io::Errno::NETUNREACH.raw_os_error()), "{error}");
    assert!(error.message().starts_with("255.255.255.255:443 cannot be reached: "), "{error}");
}

/// A server that accepts, until `ends` returns that the connection ends instead. Its arguments are
/// the numbers of the connection and of the request on it, from 1.
struct Counting {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Counting {
    fn new(ends: impl Fn(usize, usize) -> bool + Send + Sync + 'static) -> Self {
        Self::on(Ipv4Addr::LOCALHOST, ends)
    }

    fn on(address: Ipv4Addr, ends: impl Fn(usize, usize) -> bool + Send + Sync + 'static) -> Self {
        let connections = Arc::new(AtomicUsize::new(0));
        let requests = Arc::new(AtomicUsize::new(0));
        let address = listen(address.into(), {
            let (connections, requests) = (Arc::clone(&connections), Arc::clone(&requests));
            move |mut socket| {
                let connection = connections.fetch_add(1, Ordering::SeqCst) + 1;
                for request in 1.. {
                    if read_request(&mut socket)?.is_empty() {
                        break;
                    }
                    requests.fetch_add(1, Ordering::SeqCst);
                    if ends(connection, request) {
                        break;
                    }
                    socket.write_all(OK.as_bytes())?;
                }
                Ok(())
            }
        });
        Self { address: address.unwrap(), connections, requests }
    }

    fn request(&self) -> Request {
        request(&format!("http://{}", self.address))
    }

    /// The numbers of connections and of requests.
    fn came(&self) -> (usize, usize) {
        (self.connections.load(Ordering::SeqCst), self.requests.load(Ordering::SeqCst))
    }
}

#[test]
fn a_connection_is_kept_until_a_setting_changes() {
    let server = Counting::new(|_, _| false);
    let mut transport = patient();
    let send_twice = |transport: &Transport| {
        for _ in 0..2 {
            soon(|| transport.send(&server.request())).unwrap();
        }
        server.came().0
    };
    assert_eq!(send_twice(&transport), 1);
    transport.set_timeout(LONG).unwrap();
    assert_eq!(send_twice(&transport), 2);
    transport.set_connect_timeout(LONG).unwrap();
    assert_eq!(send_twice(&transport), 3);
    transport.set_ca_file(FAULTS.named("tls-1.3").ca.as_ref().unwrap()).unwrap();
    assert_eq!(send_twice(&transport), 4);
    // One that concerns no connection.
    transport.set_retries(1);
    assert_eq!(send_twice(&transport), 4);
}

#[test]
fn a_kept_connection_is_used_for_its_port_and_scheme_alone() {
    let connections = Arc::new(AtomicUsize::new(0));
    let address = listen(Ipv4Addr::LOCALHOST.into(), {
        let connections = Arc::clone(&connections);
        move |mut socket| {
            if connections.fetch_add(1, Ordering::SeqCst) == 0 {
                while !read_request(&mut socket)?.is_empty() {
                    socket.write_all(OK.as_bytes())?;
                }
            }
            Ok(())
        }
    });
    let address = address.unwrap();
    let transport = patient();
    soon(|| transport.send(&request(&format!("http://{address}")))).unwrap();
    let elsewhere = Counting::new(|_, _| false);
    soon(|| transport.send(&elsewhere.request())).unwrap();
    assert_eq!(elsewhere.came(), (1, 1));
    soon(|| transport.send(&request(&format!("https://{address}")))).unwrap_err();
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[test]
fn a_kept_connection_that_the_server_closed_is_replaced_in_silence() {
    // Closed on the second request, as by a server whose idle timeout has just expired.
    let server = Counting::new(|connection, request| connection == 1 && request == 2);
    let transport = patient();
    for _ in 0..3 {
        soon(|| transport.send(&server.request())).unwrap();
    }
    assert_eq!(server.came(), (2, 4), "one request went out twice");
}

#[test]
fn a_kept_connection_that_was_closed_long_ago_is_noticed_before_sending() {
    let connections = Arc::new(AtomicUsize::new(0));
    let lost = Arc::new(AtomicUsize::new(0));
    let address = listen(Ipv4Addr::LOCALHOST.into(), {
        let (connections, lost) = (Arc::clone(&connections), Arc::clone(&lost));
        move |mut socket| {
            connections.fetch_add(1, Ordering::SeqCst);
            read_request(&mut socket)?;
            socket.write_all(OK.as_bytes())?;
            socket.shutdown(Shutdown::Write)?;
            // A request now would be sent again over another connection.
            let n = io::copy(&mut socket, &mut io::sink())?;
            lost.fetch_add(usize::try_from(n).unwrap(), Ordering::SeqCst);
            Ok(())
        }
    });
    let request = request(&format!("http://{}", address.unwrap()));
    let transport = patient();
    for sent in 1..=3 {
        soon(|| transport.send(&request)).unwrap();
        assert_eq!(connections.load(Ordering::SeqCst), sent);
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(lost.load(Ordering::SeqCst), 0);
}

/// RFC 9112 section 9.6: the server announces that it reads no further request.
#[test]
fn a_connection_that_the_response_closes_is_not_kept() {
    for field in ["Connection: close", "connection: x, Close", "Connection: keep-alive, close"] {
        let connections = Arc::new(AtomicUsize::new(0));
        let address = listen(Ipv4Addr::LOCALHOST.into(), {
            let connections = Arc::clone(&connections);
            move |mut socket| {
                connections.fetch_add(1, Ordering::SeqCst);
                // It would serve a second request all the same.
                while !read_request(&mut socket)?.is_empty() {
                    let response = OK.replacen("\r\n", &format!("\r\n{field}\r\n"), 1);
                    socket.write_all(response.as_bytes())?;
                }
                Ok(())
            }
        });
        let request = request(&format!("http://{}", address.unwrap()));
        let transport = patient();
        for sent in 1..=3 {
            soon(|| transport.send(&request)).unwrap();
            assert_eq!(connections.load(Ordering::SeqCst), sent, "{field}");
        }
    }
}

#[test]
fn the_replacing_connection_is_not_replaced() {
    let server = Counting::new(|connection, request| (connection, request) != (1, 1));
    let transport = patient();
    soon(|| transport.send(&server.request())).unwrap();
    let error = soon(|| transport.send(&server.request())).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::ClosedEarly, 1));
    assert_eq!(server.came(), (2, 3));
}

#[test]
fn a_fresh_connection_that_is_closed_is_an_error() {
    let server = Counting::new(|_, _| true);
    let transport = patient();
    for came in 1..3 {
        let error = soon(|| transport.send(&server.request())).unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::ClosedEarly, 1));
        assert_eq!(server.came(), (came, came));
    }
}

#[test]
fn a_body_that_ends_with_its_connection_leaves_none_to_replace() {
    let connections = Arc::new(AtomicUsize::new(0));
    let address = listen(Ipv4Addr::LOCALHOST.into(), {
        let connections = Arc::clone(&connections);
        move |mut socket| {
            read_request(&mut socket)?;
            match connections.fetch_add(1, Ordering::SeqCst) {
                // Without announcing the close.
                0 => write!(socket, "HTTP/1.1 200 OK\r\n\r\n{{\"status\":0}}"),
                _ => Ok(()),
            }
        }
    });
    let request = request(&format!("http://{}", address.unwrap()));
    let transport = patient();
    soon(|| transport.send(&request)).unwrap();
    let error = soon(|| transport.send(&request)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ClosedEarly);
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[test]
fn the_connections_kept_are_the_youngest_and_not_too_many() {
    const MORE_THAN_KEPT: u8 = 40;
    let server = Counting::on(Ipv4Addr::UNSPECIFIED, |_, _| false);
    let transport = patient();
    // Each address of this machine is another host.
    let send = |to: u8| {
        let request = request(&format!("http://127.0.0.{}:{}", to + 1, server.address.port()));
        soon(|| transport.send(&request)).unwrap();
        server.came().0
    };
    for to in 0..MORE_THAN_KEPT {
        assert_eq!(send(to), usize::from(to) + 1);
    }
    assert_eq!(send(MORE_THAN_KEPT - 1), usize::from(MORE_THAN_KEPT));
    assert_eq!(send(0), usize::from(MORE_THAN_KEPT) + 1);
}

#[test]
fn endpoints_of_one_host_and_port_share_a_connection() {
    let server = Counting::new(|_, _| false);
    let transport = patient();
    for path in ["", "/a", "/b"] {
        let request = request(&format!("http://{}{path}", server.address));
        soon(|| transport.send(&request)).unwrap();
    }
    assert_eq!(server.came(), (1, 3));
}

#[test]
fn close_idle_closes_the_kept_connections() {
    let server = Counting::new(|_, _| false);
    let transport = patient();
    for connections in 1..3 {
        soon(|| transport.send(&server.request())).unwrap();
        assert_eq!(server.came().0, connections);
        transport.close_idle();
    }
}

#[test]
fn threads_share_a_transport_and_each_has_its_connection() {
    let server = Counting::new(|_, _| false);
    let transport = patient();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    soon(|| transport.send(&server.request())).unwrap();
                }
            });
        }
    });
    let (connections, requests) = server.came();
    assert!(connections <= 8, "{connections}");
    assert_eq!(requests, 80);
}

/// Responds with a status of HTTP.
fn http(http_status: u16) -> Response {
    Response {
        http_status: Some(http_status),
        content: Content::Body(b"{}".to_vec()),
        ..Response::default()
    }
}

/// Responds with a status of the API.
fn api(status: i64) -> Response {
    Response { content: Content::Status(status, "no".to_owned()), ..Response::default() }
}

fn asking(http_status: u16, retry_after: &str) -> Response {
    let headers = vec![("Retry-After".to_owned(), retry_after.to_owned())];
    Response { headers, ..http(http_status) }
}

/// The result with this many retries, and the number of requests. The attempts of the reply, or the
/// error; and the number of requests.
fn retried(retries: u32, responses: &[Response]) -> (Result<u32, Error>, usize) {
    let sandbox = Sandbox::start(Options { responses: responses.to_vec(), ..Options::default() });
    let sandbox = sandbox.unwrap();
    let mut transport = patient();
    transport.set_retries(retries);
    let result = soon(|| transport.send(&request(&sandbox.url())));
    let result = result.map(|reply| reply.attempts());
    (result, sandbox.requests().len())
}

#[test]
fn another_try_may_succeed() {
    let responses = [http(503), http(503), Response::default()];
    let (result, requests) = retried(2, &responses);
    assert_eq!(result.unwrap(), 3);
    assert_eq!(requests, 3);

    // One too few.
    let (result, requests) = retried(1, &responses);
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::ServerError, Some(503)));
    assert_eq!((error.attempts(), requests), (2, 2));

    // Default: no retries.
    let (result, requests) = retried(0, &responses);
    assert_eq!((result.unwrap_err().attempts(), requests), (1, 1));
}

#[test]
fn only_retryable_errors_are_retried() {
    let json = |json: &str| Response { content: Content::Body(json.into()), ..Response::default() };
    let cut = Response { cut: Some(20), ..Response::default() };
    let rate_limit = Response { content: Content::RateLimit(0), ..Response::default() };
    for (answer, is_retried) in [
        (http(500), true),
        (http(502), true),
        (http(429), true),
        (rate_limit, true),
        (cut, true),
        (api(2), true),
        (api(-1), true),
        (api(9999), true),
        (api(1), false),
        (api(100), false),
        (api(900), false),
        (api(901), false),
        (http(302), false),
        (http(400), false),
        (http(401), false),
        (http(404), false),
        (json("<html>"), false),
        (
            Response { content: Content::Raw(b"garbage\r\n\r\n".to_vec()), ..Response::default() },
            false,
        ),
    ] {
        let (result, requests) = retried(1, &[answer.clone(), Response::default()]);
        assert_eq!((result.is_ok(), requests == 2), (is_retried, is_retried), "{answer:?}");
        if let Err(error) = result {
            assert_eq!((error.retryable(), error.attempts()), (false, 1), "{answer:?}");
        }
    }

    let attempts = |fault: &str| {
        let mut transport = patient();
        transport.set_retries(1);
        soon(|| transport.send(&request(&FAULTS.named(fault).url))).unwrap_err().attempts()
    };
    assert_eq!(attempts("refuse"), 2);
    assert_eq!(attempts("reset"), 2);
    assert_eq!(attempts("tls-unknown-ca"), 1);
}

#[test]
fn the_requested_wait_is_respected() {
    let start = Instant::now();
    let (result, requests) = retried(1, &[asking(503, "1"), Response::default()]);
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(requests, 2);
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[test]
fn a_wait_beyond_the_timeout_is_not_started() {
    let rate_limit = Response { content: Content::RateLimit(60), ..Response::default() };
    let date = Response {
        headers: vec![
            ("Date".to_owned(), "Sun, 06 Nov 1994 08:48:37 GMT".to_owned()),
            ("Retry-After".to_owned(), "Sun, 06 Nov 1994 08:49:37 GMT".to_owned()),
        ],
        ..http(503)
    };
    for answer in [asking(503, "60"), asking(429, "60"), rate_limit, date] {
        let (result, requests) = retried(5, &[answer]);
        let error = result.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(60)), "{error:?}");
        assert_eq!((error.attempts(), requests), (1, 1), "{error:?}");
    }
}

#[test]
fn retries_end_with_the_timeout() {
    let sandbox = Sandbox::start(Options::responding(http(503))).unwrap();
    let mut transport = Transport::new().unwrap();
    transport.set_timeout(Duration::from_secs(1)).unwrap();
    transport.set_retries(u32::MAX);
    let error = soon(|| transport.send(&request(&sandbox.url()))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ServerError);
    // The waits are at least 0.125, 0.25, 0.5 and 1 s.
    assert!((2..=4).contains(&error.attempts()), "{error:?}");
    assert_eq!(sandbox.requests().len(), error.attempts() as usize);
}

/// A connection is kept if HTTP permits it.
#[test]
fn versions_and_framings_are_understood() {
    for http10 in [false, true] {
        for framing in [Framing::Length, Framing::Chunked, Framing::UntilClose] {
            // HTTP/1.0 has no chunks (RFC 9112 section 6.1).
            if http10 && framing == Framing::Chunked {
                continue;
            }
            for gzip in [false, true] {
                let answer = Response { http10, framing, gzip, ..Response::default() };
                let sandbox = Sandbox::start(Options::responding(answer)).unwrap();
                let transport = patient();
                for _ in 0..2 {
                    soon(|| transport.send(&request(&sandbox.url()))).unwrap();
                }
                let connections: Vec<_> =
                    sandbox.requests().iter().map(|request| request.connection).collect();
                let keeps = !http10 && framing != Framing::UntilClose;
                let expected = if keeps { [1, 1] } else { [1, 2] };
                assert_eq!(connections, expected, "{framing:?}, 1.0: {http10}, gzip: {gzip}");
            }
        }
    }
}

/// A head as long as the limit is read, and not mistaken for a closed connection.
#[test]
fn a_head_is_bounded_by_the_endpoint() {
    let head_of = |length: usize| {
        listen(Ipv4Addr::LOCALHOST.into(), move |mut socket: TcpStream| -> io::Result<()> {
            read_request(&mut socket)?;
            let filler = "x".repeat(length);
            let head = format!("HTTP/1.1 200 OK\r\nA: {filler}\r\nContent-Length: 12\r\n\r\n");
            socket.write_all(head.as_bytes())?;
            socket.write_all(br#"{"status":0}"#)?;
            read_request(&mut socket).map(drop)
        })
        .unwrap()
    };
    for (length, limit, expected) in [
        (15 * 1024, 16 * 1024, None),
        (17 * 1024, 16 * 1024, Some(ErrorKind::Limit)),
        (100 * 1024, 1024 * 1024, None),
        (200 * 1024, 1024 * 1024, None),
    ] {
        let url = format!("http://{}", head_of(length));
        let mut endpoint = Endpoint::new(&url).unwrap();
        let mut limits = Limits::default();
        limits.head = limit;
        endpoint.set_limits(limits);
        let registration = Registration::new("https://example.com/").unwrap();
        let request = Request::registration(&endpoint, &registration).unwrap();
        let result = soon(|| patient().send(&request));
        assert_eq!(kind(&result), expected, "{length} of {limit}");
    }
}
