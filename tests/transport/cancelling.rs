//! Cancelling a call from another thread, in every phase.

use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use atlas_webhook::{Cancel, Error, ErrorKind, Reply, Transport};

use crate::faults::{listen, read_request};
use crate::sandbox::{Answer, Options, Sandbox};
use crate::support::request;
use crate::{FAULTS, LONG, kind, patient, soon};

/// What tells the test that a server came to the point where the call is to be cancelled.
type Reached = mpsc::Sender<()>;

/// Sends to a server that does what `serve` does, and cancels when it says so.
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

/// Sends to `url`, and cancels when something comes over the channel.
fn cancelled_at(
    transport: &Transport,
    url: &str,
    wait: mpsc::Receiver<()>,
) -> Result<Reply, Error> {
    let request = request(url);
    let cancel = &Cancel::new();
    thread::scope(|scope| {
        scope.spawn(move || {
            wait.recv_timeout(LONG).unwrap();
            // Long enough for the call to go on to wait.
            thread::sleep(Duration::from_millis(50));
            cancel.cancel();
        });
        soon(|| transport.send_cancellable(&request, cancel))
    })
}

/// Says that it has come so far, and holds the connection until the client goes.
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

#[test]
fn while_the_server_is_silent() {
    let result = cancelled(&patient(), "http", |mut socket, reached| {
        read_request(&mut socket)?;
        hold(socket, reached)
    });
    assert_cancelled(&result);
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

/// The shutdown looks to the reader like the end that makes such a body whole.
#[test]
fn a_body_that_the_cancelling_ends_is_no_success() {
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
    let sandbox = Sandbox::start(Options::answering(Answer { delay, ..Answer::default() }));
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
/// transport is none the worse.
#[test]
fn at_any_moment() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let transport = patient();
    let request = request(&sandbox.url());
    let mut outcomes = [0, 0];
    for round in 0..200_u64 {
        let cancel = Cancel::new();
        let result = thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_micros(round * 10));
                cancel.cancel();
            });
            soon(|| transport.send_cancellable(&request, &cancel))
        });
        match kind(&result) {
            None => outcomes[0] += 1,
            Some(ErrorKind::Cancelled) => outcomes[1] += 1,
            Some(_) => panic!("round {round}: {result:?}"),
        }
        soon(|| transport.send(&request)).unwrap();
    }
    assert_eq!(outcomes[0] + outcomes[1], 200);
}
