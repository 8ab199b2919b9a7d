//! `events CASE N`: reads a delivery N times and prints the nanoseconds that took. `events` alone prints
//! for each case the MB/s and the most memory in bytes for each byte of the body.

use std::alloc::{GlobalAlloc, Layout, System};
use std::env;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use atlas_webhook::{Delivery, Details, Event, Receiver};

const URL: &str = "https://example.com/atlas/8f3c1d0a5b7e4c92";
const TARGET: &str = "/atlas/8f3c1d0a5b7e4c92";
const HEADERS: [(&str, &str); 6] = [
    ("Host", "example.com"),
    ("Content-Type", "application/json;charset=UTF-8"),
    ("Accept-Encoding", "gzip"),
    ("User-Agent", "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 Hutool"),
    ("Connection", "keep-alive"),
    ("Content-Length", "382"),
];
const MIB: usize = 1 << 20;

/// As the vendor's sandbox sent it.
const CAPTURED: &str = include_str!("../../receiving/captured.json");

const CASES: [&str; 8] =
    ["captured", "text", "string", "values", "escapes", "unicode", "keys", "prefix"];

fn body(case: &str) -> String {
    match case {
        "captured" => CAPTURED.to_owned(),
        // A target that is wrong: what it costs to reject.
        "early" | "late" => CAPTURED.to_owned(),
        "string" => format!(r#"{{"a":"{}"}}"#, "x".repeat(MIB - 8)),
        // Plain text of mails, in no ASCII.
        "text" => format!(r#"{{"a":"{}"}}"#, "Grüße über 航班 ".repeat(MIB / 24)),
        "values" => {
            format!(r#"{{"a":[{}]}}"#, vec![format!("\"{}\"", "v".repeat(49)); 19_998].join(","))
        }
        "escapes" => format!(r#"{{"a":"{}"}}"#, r"\n".repeat(MIB / 2 - 4)),
        "unicode" => format!(r#"{{"a":"{}"}}"#, r"\u00e9".repeat(MIB / 6 - 4)),
        "keys" => object(|i| format!("{:08x}", (i as u32).wrapping_mul(0x9E37_79B1))),
        "prefix" => object(|i| {
            format!("a name that all keys start with {:08x}", (i as u32).wrapping_mul(0x9E37_79B1))
        }),
        _ => panic!("no such case: {case}"),
    }
}

fn object(key: impl Fn(usize) -> String) -> String {
    let members: Vec<String> = (0..19_999).map(|i| format!("\"{}\":{i}", key(i))).collect();
    format!("{{{}}}", members.join(","))
}

fn read(receiver: &Receiver, target: &str, body: &str) -> Option<Event> {
    let delivery = Delivery::new("POST", black_box(target), HEADERS, black_box(body));
    receiver.read(&delivery).ok()
}

/// Type, cid, order number, two fields of a passenger.
fn five(event: &Event) {
    black_box(event.type_name());
    black_box(event.cid());
    black_box(event.order_no());
    if let Details::Ticketed(ticketed) = event.details()
        && let Some(passenger) = ticketed.passengers().next()
    {
        black_box(passenger.name());
        black_box(passenger.ticket_nos().next());
    }
}

fn run(case: &str, n: u32) -> Duration {
    let (case, key) = match case.strip_suffix("-key") {
        Some(case) => (case, true),
        None => (case, false),
    };
    let body = body(case);
    let receiver = Receiver::new(URL).unwrap();
    let target = match case {
        "early" => "/Atlas/8f3c1d0a5b7e4c92",
        "late" => "/atlas/8f3c1d0a5b7e4c93",
        _ => TARGET,
    };
    let started = Instant::now();
    for _ in 0..n {
        let event = read(&receiver, target, &body);
        if let Some(event) = &event {
            five(event);
            if key {
                black_box(event.dedupe_key());
            }
        }
        black_box(event);
    }
    started.elapsed()
}

/// The most that was allocated at once.
#[cfg_attr(not(feature = "peak"), expect(dead_code))]
struct Peak;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Peak {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Relaxed) + layout.size();
        MOST.fetch_max(now, Relaxed);
        // SAFETY: as promised to us.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as promised to us.
        unsafe { System.dealloc(old, layout) }
    }
}

#[cfg(feature = "peak")]
#[global_allocator]
static ALLOCATOR: Peak = Peak;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [case, n] = &arguments[..] {
        println!("{}", run(case, n.parse().unwrap()).as_nanos());
        return;
    }
    for case in CASES {
        let body = body(case);
        let n = u32::try_from((20 * MIB) / body.len()).unwrap().max(3);
        let speed = |case: &str| {
            let best = (0..5).map(|_| run(case, n)).min().unwrap();
            f64::from(n) * body.len() as f64 / best.as_secs_f64() / 1e6
        };
        print!("{case:<9} {:>9} bytes {:>7.0} MB/s", body.len(), speed(case));
        print!(" {:>7.0} MB/s with the key", speed(&format!("{case}-key")));
        if cfg!(feature = "peak") {
            let receiver = Receiver::new(URL).unwrap();
            let before = NOW.load(Relaxed);
            MOST.store(before, Relaxed);
            let event = read(&receiver, TARGET, &body).unwrap();
            let most = (MOST.load(Relaxed) - before) as f64 / body.len() as f64;
            let kept = (NOW.load(Relaxed) - before) as f64 / body.len() as f64;
            print!(" {most:>6.2} x at most, {kept:.2} x kept");
            drop(event);
        }
        println!();
    }
}
