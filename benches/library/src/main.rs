//! `library [CASE N]`: each case done by the library.

use std::hint::black_box;
use std::time::Duration;

use atlas_webhook::{Endpoint, Exchange, Registration, Request, State};
use cases::Case;

fn endpoint() -> Endpoint {
    let mut endpoint = Endpoint::new(cases::BASE_URL).unwrap();
    endpoint.set_credentials(cases::CLIENT_ID, cases::CLIENT_SECRET).unwrap();
    endpoint
}

fn build(endpoint: &Endpoint) -> Request {
    let mut registration = Registration::new(black_box(cases::WEBHOOK)).unwrap();
    Request::registration(endpoint, registration.set_cid(black_box(cases::CID)).unwrap()).unwrap()
}

fn receive(request: &Request, answer: &[u8], step: usize) -> Exchange {
    let mut exchange = Exchange::new(request);
    exchange.sent(black_box(exchange.to_send()).len()).unwrap();
    for piece in answer.chunks(step) {
        exchange.received(black_box(piece)).unwrap();
    }
    exchange
}

fn work(case: Case, n: u64) -> Duration {
    let endpoint = endpoint();
    let request = build(&endpoint);
    case.run(n, |answer, step| match case {
        Case::Build => drop(black_box(build(black_box(&endpoint)))),
        _ if case.builds() => {
            let request = build(black_box(&endpoint));
            let mut exchange = receive(&request, answer, step);
            black_box(exchange.take_reply().unwrap());
        }
        Case::Body | Case::BodyReads => {
            let exchange = receive(&request, answer, step);
            assert_eq!(black_box(exchange.state()), State::Done);
        }
        _ => {
            let mut exchange = receive(&request, answer, step);
            black_box(exchange.take_reply().unwrap());
        }
    })
}

fn main() {
    cases::serve(&cases::arguments(), |case, n| Some(work(case, n)));
}
