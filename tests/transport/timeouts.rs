//! When a timeout ends a send: no earlier, and not much later.

use std::io::Write;
use std::net::Ipv4Addr;
use std::thread;
use std::time::{Duration, Instant};

use atlas_webhook::{ErrorKind, Transport};

use crate::calls::Stuck;
use crate::faults::{listen, read_request};
use crate::proxies::{Does, Proxy};
use crate::support::request;
use crate::{FAULTS, LONG, patient};

const TIMEOUT: Duration = Duration::from_secs(2);

/// Less than twice the timeout, with a margin for a busy machine.
const LATEST: Duration = Duration::from_millis(3500);

/// The resolution of the system's waits.
const EARLY: Duration = Duration::from_millis(20);

/// A send must last as long as the timeout, and end with it.
#[track_caller]
fn assert_times_out(transport: &Transport, url: &str) {
    let start = Instant::now();
    let error = transport.send(&request(url)).unwrap_err();
    let took = start.elapsed();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{url}: {error}");
    assert!((TIMEOUT - EARLY..LATEST).contains(&took), "{url} took {took:?}");
}

fn with_timeout() -> Transport {
    let mut transport = patient();
    transport.set_timeout(TIMEOUT).unwrap();
    transport
}

fn with_connect_timeout() -> Transport {
    let mut transport = patient();
    transport.set_connect_timeout(TIMEOUT).unwrap();
    transport
}

fn by_a_silent_proxy(mut transport: Transport, proxy: &Proxy) -> Transport {
    transport.set_proxy(&proxy.url()).unwrap();
    transport
}

#[test]
fn the_whole_timeout_ends_a_send_in_every_phase() {
    let stuck = Stuck::new();
    let proxy = Proxy::new(Does::Silent);
    let fine = &FAULTS.named("fine").url;
    thread::scope(|scope| {
        for url in [&stuck.url(), &FAULTS.named("tls-silent").url, &FAULTS.named("silent").url] {
            let url = url.clone();
            scope.spawn(move || assert_times_out(&with_timeout(), &url));
        }
        scope.spawn(|| assert_times_out(&by_a_silent_proxy(with_timeout(), &proxy), fine));
    });
}

#[test]
fn the_connect_timeout_ends_connecting_in_every_phase() {
    let stuck = Stuck::new();
    let proxy = Proxy::new(Does::Silent);
    let fine = &FAULTS.named("fine").url;
    thread::scope(|scope| {
        for url in [&stuck.url(), &FAULTS.named("tls-silent").url] {
            let url = url.clone();
            scope.spawn(move || assert_times_out(&with_connect_timeout(), &url));
        }
        scope.spawn(|| assert_times_out(&by_a_silent_proxy(with_connect_timeout(), &proxy), fine));
    });
}

/// Each attempt lasts more than half of the timeout, so that the second one is over too late.
#[test]
fn all_attempts_share_the_timeout() {
    let address = listen(Ipv4Addr::LOCALHOST.into(), |mut socket| {
        while !read_request(&mut socket)?.is_empty() {
            thread::sleep(TIMEOUT * 5 / 8);
            socket.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")?;
        }
        Ok(())
    });
    let url = format!("http://{}", address.unwrap());
    let mut transport = with_timeout();
    transport.set_retries(u32::MAX);
    assert_times_out(&transport, &url);
}

/// The wait that would end behind the timeout is not begun, so that the send ends before it.
#[test]
fn waits_share_the_timeout_too() {
    let address = listen(Ipv4Addr::LOCALHOST.into(), |mut socket| {
        while !read_request(&mut socket)?.is_empty() {
            socket.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")?;
        }
        Ok(())
    });
    let url = format!("http://{}", address.unwrap());
    let mut transport = with_timeout();
    transport.set_retries(u32::MAX);
    let start = Instant::now();
    let error = transport.send(&request(&url)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ServerError, "{error}");
    assert!(start.elapsed() < TIMEOUT, "{error:?} took {:?}", start.elapsed());
    // The waits are at most 0.25, 0.5 and 1 s.
    assert!((3..=5).contains(&error.attempts()), "{error:?}");
}

#[test]
fn the_connect_timeout_does_not_end_a_response() {
    let address = listen(Ipv4Addr::LOCALHOST.into(), |mut socket| {
        read_request(&mut socket)?;
        thread::sleep(Duration::from_millis(1500));
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"status\":0}")
    });
    let mut transport = patient();
    transport.set_timeout(LONG).unwrap();
    transport.set_connect_timeout(Duration::from_millis(750)).unwrap();
    transport.send(&request(&format!("http://{}", address.unwrap()))).unwrap();
}
