//! Cancelling a call from another thread, in every phase.

use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{panic, thread};

use atlas_webhook::{Cancel, Endpoint, Error, ErrorKind, Registration, Reply, Request, Transport};
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;

use crate::calls::Stuck;
use crate::faults::{listen, read_request};
use crate::support::{WEBHOOK, request};
use crate::{FAULTS, LONG, SOON, is_child, kind, patient, run_again, soon};
use atlas_webhook_cli::{Options, Response, Sandbox};

/// Signals that a server has reached the point at which the call is to be cancelled.
type Reached = mpsc::Sender<()>;

/// Sends to a server that runs `serve`, and cancels at its signal.
fn cancelled(
    transport: &Transport,
    scheme: &str,
    serve: impl Fn(TcpStream, &Reached) -> io::Result<()> + Send + Sync + 'static,
) -> Result<Reply, Error> {
    let (reached, wait) = mpsc::channel();
    let address = listen(Ipv4Addr::LOCALHOST.into(), move |socket| serve(socket, &reached));
    let url = format!("{scheme}://{}", address.unwrap());
    cancelled_at(transport, &url, wait)
}

/// Sends to `url`, and cancels at the signal of the channel.
fn cancelled_at(
    transport: &Transport,
    url: &str,
    wait: mpsc::Receiver<()>,
) -> Result<Reply, Error> {
    cancelled_request(transport, &request(url), wait)
}

/// Sends `request`, and cancels at the signal of the channel. The send must end then.
#[track_caller]
fn cancelled_request(
    transport: &Transport,
    request: &Request,
    wait: mpsc::Receiver<()>,
) -> Result<Reply, Error> {
    let cancel = &Cancel::new();
    thread::scope(|scope| {
        scope.spawn(move || {
            wait.recv_timeout(LONG).unwrap();
            // Long enough for the call to start to wait.
            thread::sleep(Duration::from_millis(50));
            cancel.cancel();
        });
        soon(|| transport.send_cancellable(request, cancel))
    })
}

/// A channel that signals at once that the call may be cancelled.
fn now() -> mpsc::Receiver<()> {
    let (reached, wait) = mpsc::channel();
    reached.send(()).unwrap();
    wait
}

/// Signals, and keeps the connection until the client closes.
fn hold(mut socket: TcpStream, reached: &Reached) -> io::Result<()> {
    reached.send(()).unwrap();
    io::copy(&mut socket, &mut io::sink()).map(drop)
}

#[track_caller]
fn assert_cancelled(result: &Result<Reply, Error>) {
    assert_eq!(kind(result), Some(ErrorKind::Cancelled), "{result:?}");
    let error = result.as_ref().unwrap_err();
    assert_eq!((error.attempts(), error.retryable()), (1, false));
}

#[test]
fn before_the_call() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let cancel = Cancel::new();
    assert!(!cancel.is_cancelled());
    cancel.cancel();
    cancel.cancel();
    assert!(cancel.clone().is_cancelled());
    let error = patient().send_cancellable(&request(&sandbox.url()), &cancel).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Cancelled, 0));
    assert!(sandbox.requests().is_empty());
}

/// A send without the cancel would fail with `Unsupported`.
#[test]
fn before_a_call_that_would_fail() {
    if is_child() {
        let mut transport = patient();
        transport.use_env_proxy().unwrap();
        let cancel = Cancel::new();
        cancel.cancel();
        let result = transport.send_cancellable(&request("https://host.invalid"), &cancel);
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Cancelled, 0), "{error}");
        return;
    }
    let variables = [("https_proxy", "socks5://127.0.0.1:1")];
    run_again("cancelling::before_a_call_that_would_fail", &variables);
}

/// The store is a pipe, which is empty: without the cancel the send would fail with `Tls`.
#[cfg(unix)]
#[test]
fn while_reading_a_certificate_store_without_certificates() {
    use std::env;
    use std::fs::File;
    use std::process::Command;

    if is_child() {
        let (transport, cancel) = (patient(), &Cancel::new());
        let request = request(&env::var("TEST_URL").unwrap());
        let result = thread::scope(|scope| {
            scope.spawn(|| {
                // Waits until the transport opens the pipe.
                let pipe = File::options().write(true).open(env::var("SSL_CERT_FILE").unwrap());
                cancel.cancel();
                drop(pipe.unwrap());
            });
            soon(|| transport.send_cancellable(&request, cancel))
        });
        return assert_cancelled(&result);
    }
    let pipe = crate::folder().join("empty-store-pipe.pem");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    run_again(
        "cancelling::while_reading_a_certificate_store_without_certificates",
        &[("SSL_CERT_FILE", pipe.to_str().unwrap()), ("TEST_URL", &FAULTS.named("tls-1.3").url)],
    );
}

#[test]
fn debug_shows_whether_it_was_used() {
    let cancel = Cancel::new();
    assert_eq!(format!("{cancel:?}"), "Cancel { is_cancelled: false }");
    cancel.cancel();
    assert_eq!(format!("{cancel:?}"), "Cancel { is_cancelled: true }");
    assert_eq!(format!("{:?}", cancel.drop_guard()), "DropGuard { is_cancelled: true, .. }");
}

/// A cancel that outlives many sends keeps no connection of them.
#[test]
fn a_connection_is_closed_while_the_cancel_of_its_send_lives_on() {
    let (closed, wait) = mpsc::channel();
    let address = listen(Ipv4Addr::LOCALHOST.into(), move |mut socket| {
        read_request(&mut socket)?;
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"status\":0}")?;
        hold(socket, &closed)?;
        closed.send(()).unwrap();
        Ok(())
    });
    let cancel = Cancel::new();
    let transport = patient();
    let request = request(&format!("http://{}", address.unwrap()));
    transport.send_cancellable(&request, &cancel).unwrap();
    wait.recv_timeout(LONG).unwrap();
    transport.close_idle();
    wait.recv_timeout(LONG).unwrap();
    assert!(!cancel.is_cancelled());
}

#[test]
fn a_guard_cancels_when_it_is_dropped_unless_it_is_disarmed() {
    let cancel = Cancel::new();
    let disarmed = cancel.clone().drop_guard().disarm();
    assert!(!cancel.is_cancelled());
    drop(disarmed.drop_guard());
    assert!(cancel.is_cancelled(), "what disarm returns is the same cancel");

    let cancel = Cancel::new();
    let guard = cancel.clone().drop_guard();
    thread::spawn(move || panic::panic_any(format!("{guard:?}"))).join().unwrap_err();
    assert!(cancel.is_cancelled(), "a panic drops the guard");
}

#[test]
fn a_future_that_is_dropped_ends_its_send_on_another_thread() {
    let (reached, wait) = mpsc::channel();
    let address = listen(Ipv4Addr::LOCALHOST.into(), move |mut socket| {
        read_request(&mut socket)?;
        hold(socket, &reached)
    });
    let request = request(&format!("http://{}", address.unwrap()));
    let (ended, outcome) = mpsc::channel();
    let sending = async move {
        let cancel = Cancel::new();
        let _guard = cancel.clone().drop_guard();
        let send = move || ended.send(patient().send_cancellable(&request, &cancel));
        spawn_blocking(send).await.unwrap()
    };
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        tokio::select! {
            sent = sending => panic!("the server is silent, but the send ended: {sent:?}"),
            request = spawn_blocking(move || wait.recv_timeout(LONG)) => request.unwrap().unwrap(),
        }
    });
    // Otherwise a running send would delay the failure.
    runtime.shutdown_background();
    assert_cancelled(&outcome.recv_timeout(SOON).unwrap());
}

#[test]
fn while_the_server_is_silent() {
    let result = cancelled(&patient(), "http", |mut socket, reached| {
        read_request(&mut socket)?;
        hold(socket, reached)
    });
    assert_cancelled(&result);
}

#[test]
fn while_connecting() {
    let stuck = Stuck::new();
    assert_cancelled(&cancelled_at(&patient(), &stuck.url(), now()));
}

#[test]
fn while_connecting_to_the_proxy() {
    let stuck = Stuck::new();
    let mut transport = patient();
    transport.set_proxy(&stuck.url()).unwrap();
    assert_cancelled(&cancelled_at(&transport, &FAULTS.named("fine").url, now()));
}

/// More than fits into the buffers of the sockets.
fn large_request(url: &str) -> Request {
    let mut endpoint = Endpoint::new(url).unwrap();
    endpoint.set_header("X-Large", &"x".repeat(32 * 1024 * 1024)).unwrap();
    Request::registration(&endpoint, &Registration::new(WEBHOOK).unwrap()).unwrap()
}

#[test]
fn while_sending() {
    let (reached, wait) = mpsc::channel();
    let address = listen(Ipv4Addr::LOCALHOST.into(), move |socket| {
        reached.send(()).unwrap();
        // Reads nothing.
        thread::sleep(LONG);
        drop(socket);
        Ok(())
    });
    let request = large_request(&format!("http://{}", address.unwrap()));
    assert_cancelled(&cancelled_request(&patient(), &request, wait));
}

/// The response is read although the rest of the request was not sent: RFC 9112 section 9.5.
#[test]
fn an_early_response_ends_the_sending() {
    for closes in [false, true] {
        let address = listen(Ipv4Addr::LOCALHOST.into(), move |mut socket| {
            socket.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")?;
            if !closes {
                thread::sleep(LONG);
            }
            Ok(())
        });
        let request = large_request(&format!("http://{}", address.unwrap()));
        let error = soon(|| patient().send(&request)).unwrap_err();
        assert_eq!(error.http_status(), Some(413), "closes: {closes}: {error}");
    }
}

#[test]
fn in_the_tls_handshake() {
    assert_cancelled(&cancelled(&patient(), "https", hold));
}

#[test]
fn while_the_proxy_is_silent() {
    let (reached, wait) = mpsc::channel();
    let proxy = listen(Ipv4Addr::LOCALHOST.into(), move |socket| hold(socket, &reached)).unwrap();
    let mut transport = patient();
    transport.set_proxy(&format!("http://{proxy}")).unwrap();
    let result = cancelled_at(&transport, &FAULTS.named("fine").url, wait);
    assert_cancelled(&result);
}

#[test]
fn within_a_body() {
    let result = cancelled(&patient(), "http", |mut socket, reached| {
        read_request(&mut socket)?;
        write!(socket, "HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n{{\"status\":0")?;
        hold(socket, reached)
    });
    assert_cancelled(&result);
}

/// The shutdown looks to the reader like the end of such a body.
#[test]
fn a_body_that_a_cancel_ends_is_not_a_success() {
    let result = cancelled(&patient(), "http", |mut socket, reached| {
        read_request(&mut socket)?;
        write!(socket, "HTTP/1.1 200 OK\r\n\r\n{{\"status\":0,\"msg\":\"success\"}}")?;
        hold(socket, reached)
    });
    assert_cancelled(&result);
}

#[test]
fn in_the_wait_for_another_try() {
    let mut transport = patient();
    transport.set_retries(1);
    let result = cancelled(&transport, "http", |mut socket, reached| {
        read_request(&mut socket)?;
        let fields = "Retry-After: 20\r\nContent-Length: 0\r\n";
        write!(socket, "HTTP/1.1 503 Busy\r\n{fields}\r\n")?;
        hold(socket, reached)
    });
    assert_cancelled(&result);
}

#[test]
fn one_call_and_not_the_others() {
    let delay = Duration::from_millis(500);
    let sandbox = Sandbox::start(Options::responding(Response { delay, ..Response::default() }));
    let sandbox = sandbox.unwrap();
    let transport = patient();
    thread::scope(|scope| {
        let others: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| soon(|| transport.send(&request(&sandbox.url())))))
            .collect();
        assert_cancelled(&cancelled(&transport, "http", hold));
        for other in others {
            other.join().unwrap().unwrap();
        }
    });
    soon(|| transport.send(&request(&sandbox.url()))).unwrap();
    let fresh = sandbox.requests().iter().filter(|request| request.connection > 3).count();
    assert_eq!(fresh, 0, "the connections of the others were kept");
}

#[test]
fn all_calls_that_share_it() {
    let transport = patient();
    let cancel = Cancel::new();
    let (reached, wait) = mpsc::channel();
    let address = listen(Ipv4Addr::LOCALHOST.into(), move |socket| hold(socket, &reached));
    let request = request(&format!("http://{}", address.unwrap()));
    thread::scope(|scope| {
        let calls: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| soon(|| transport.send_cancellable(&request, &cancel))))
            .collect();
        for _ in 0..calls.len() {
            wait.recv_timeout(LONG).unwrap();
        }
        cancel.cancel();
        for call in calls {
            assert_cancelled(&call.join().unwrap());
        }
    });
}

/// Cancelled at any moment of a call that would succeed: either it did, or it was cancelled; and the
/// transport stays usable. The moments reach from the start to well behind the end.
#[test]
fn at_any_moment() {
    const ROUNDS: u32 = 200;
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let transport = patient();
    let request = request(&sandbox.url());
    let start = Instant::now();
    for _ in 0..5 {
        soon(|| transport.send(&request)).unwrap();
    }
    let longest = start.elapsed();
    let (mut successes, mut cancelled) = (0, 0);
    for round in 0..ROUNDS {
        let cancel = Cancel::new();
        let delay = longest * round / ROUNDS;
        let result = thread::scope(|scope| {
            if round == 0 {
                cancel.cancel();
            } else {
                scope.spawn(|| {
                    thread::sleep(delay);
                    cancel.cancel();
                });
            }
            soon(|| transport.send_cancellable(&request, &cancel))
        });
        match kind(&result) {
            None => successes += 1,
            Some(ErrorKind::Cancelled) => cancelled += 1,
            Some(_) => panic!("after {delay:?}: {result:?}"),
        }
        soon(|| transport.send(&request)).unwrap();
    }
    assert!(successes > 0 && cancelled > 0, "{successes} and {cancelled} within {longest:?}");
}
