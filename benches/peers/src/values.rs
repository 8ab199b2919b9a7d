//! serde_json's `Value` of a delivery, and five of its fields.

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::Value;

const CAPTURED: &str = include_str!("../../receiving/captured.json");

pub fn work(n: u64) -> Duration {
    let started = Instant::now();
    for _ in 0..n {
        let event: Value = serde_json::from_str(black_box(CAPTURED)).unwrap();
        let passenger = &event["data"]["paxTicketInfos"][0];
        black_box(event["type"].as_str());
        black_box(event["cid"].as_str());
        black_box(event["data"]["orderNo"].as_str());
        black_box(passenger["name"].as_str());
        black_box(passenger["ticketNos"][0].as_str());
    }
    started.elapsed()
}
