//! `peers PEER [CASE N]`: each case done by somebody else. `peers serde_json N` reads a delivery N times.

use std::time::Duration;

use cases::Case;

mod api;
mod client;
#[cfg(llhttp)]
mod llhttp;
mod pieces;
mod proto;
mod values;

/// None where the peer does not do that, or only together with something else.
fn work(peer: &str, case: Case, n: u64) -> Option<Duration> {
    match peer {
        "ureq-proto" => proto::work(case, n),
        "httparse" => Some(pieces::work(case, n)),
        "hyper" => client::work(case, n),
        #[cfg(llhttp)]
        "llhttp" => llhttp::work(case, n),
        #[cfg(not(llhttp))]
        "llhttp" => None,
        _ => panic!("ureq-proto, httparse, hyper or llhttp"),
    }
}

fn main() {
    let arguments = cases::arguments();
    let (peer, rest) = arguments.split_first().expect("a peer");
    if let ("serde_json", [n]) = (peer.as_str(), rest) {
        println!("{}", values::work(n.parse().expect("a number")).as_nanos());
        return;
    }
    cases::serve(rest, |case, n| work(peer, case, n));
}
