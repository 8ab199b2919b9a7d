//! hyper's client on one connection that is kept, over a pipe in memory. hyper shows neither its
//! encoder nor its parser alone, so only whole calls can be measured.

use std::cell::RefCell;
use std::hint::black_box;
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cases::Case;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::rt::{Read, ReadBufCursor, Write};

use crate::api;

/// The server: once a request was written it gives a response, piece by piece.
#[derive(Default)]
struct Pipe {
    asked: bool,
    answer: Vec<u8>,
    given: usize,
    step: usize,
}

#[derive(Clone, Default)]
struct Connection(Rc<RefCell<Pipe>>);

impl Read for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut pipe = self.0.borrow_mut();
        let rest = &pipe.answer[pipe.given..];
        if !pipe.asked || rest.is_empty() {
            return Poll::Pending;
        }
        let n = rest.len().min(pipe.step).min(buffer.remaining());
        buffer.put_slice(&rest[..n]);
        pipe.given += n;
        Poll::Ready(Ok(()))
    }
}

impl Write for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.borrow_mut().asked = true;
        Poll::Ready(Ok(black_box(bytes).len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Both by turns, until `wanted` has come.
fn drive<T>(connection: Pin<&mut impl Future>, wanted: impl Future<Output = T>) -> T {
    let mut connection = connection;
    let mut wanted = pin!(wanted);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(result) = wanted.as_mut().poll(&mut context) {
            return result;
        }
        let over = connection.as_mut().poll(&mut context).is_ready();
        assert!(!over, "the connection stays open");
    }
}

pub fn work(case: Case, n: u64) -> Option<Duration> {
    if matches!(case, Case::Build | Case::ParseLength | Case::ParseChunked) {
        return None;
    }
    let ours = Connection::default();
    let mut context = Context::from_waker(Waker::noop());
    let handshake = pin!(http1::handshake(ours.clone()));
    let Poll::Ready(Ok((mut sender, connection))) = handshake.poll(&mut context) else {
        panic!("nothing to wait for");
    };
    let mut connection = pin!(connection);

    Some(case.run(n, |answer, step| {
        {
            let mut pipe = ours.0.borrow_mut();
            pipe.asked = false;
            pipe.given = 0;
            pipe.step = step;
            pipe.answer.clear();
            pipe.answer.extend_from_slice(answer);
        }
        drive(connection.as_mut(), sender.ready()).unwrap();
        let request = api::fields(hyper::Request::post(cases::PATH))
            .header("Host", cases::HOST)
            .body(Full::new(Bytes::from(api::json())))
            .unwrap();
        let response = drive(connection.as_mut(), sender.send_request(request)).unwrap();
        assert_eq!(response.status(), 200);
        let body = drive(connection.as_mut(), response.into_body().collect()).unwrap().to_bytes();
        if case.is_json() {
            black_box(api::reply(&body));
        } else {
            black_box(&body);
        }
    }))
}
