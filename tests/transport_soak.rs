//! Ten thousand registrations over one transport, with a server that does not always behave, leave
//! nothing behind. It counts what the process holds, so it has a process of its own.
#![cfg(all(feature = "transport", target_os = "linux"))]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicIsize, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use atlas_webhook::{Cancel, Endpoint, ErrorKind, Registration, Request, Transport};
use support::WEBHOOK;

const REGISTRATIONS: usize = 10_000;
const THREADS: usize = 8;

/// With every so many requests the server closes the connection.
const CLOSED: usize = 10;

const OK: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n{\"status\":0,\"msg\":\"success\"}";

/// Of every so many registrations one is cancelled at some moment.
const CANCELLED: usize = 50;

/// Bytes of the heap that may be left over: less than one for each call.
const SLACK: isize = 8 * 1024;

/// Bytes of the heap in use.
static IN_USE: AtomicIsize = AtomicIsize::new(0);

struct Counting;

fn count(freed: usize, allocated: usize) {
    IN_USE.fetch_add(allocated as isize - freed as isize, Ordering::Relaxed);
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        // SAFETY: as promised to us.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        // SAFETY: as promised to us.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(layout.size(), size);
        // SAFETY: as promised to us.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        count(layout.size(), 0);
        // SAFETY: as promised to us.
        unsafe { System.dealloc(old, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static REQUESTS: AtomicUsize = AtomicUsize::new(0);

/// How many connections were closed behind a response, and instead of one.
static CLOSED_BEHIND: AtomicUsize = AtomicUsize::new(0);
static CLOSED_INSTEAD: AtomicUsize = AtomicUsize::new(0);

/// How often each registration was responded to, by the number in its cid.
static ANSWERED: [AtomicU8; REGISTRATIONS] = [const { AtomicU8::new(0) }; REGISTRATIONS];

/// A server that says yes to whatever comes, each connection in a thread.
fn start() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            thread::spawn(move || serve(socket));
        }
    });
    Ok(address)
}

/// Every [`CLOSED`]th request is responded to and its connection closed without a word about it; or, in
/// turn, it is not even responded to, as long as it is not the first on its connection: that one would
/// not be sent again.
fn serve(mut socket: TcpStream) -> io::Result<()> {
    let mut answered = 0;
    while let Some(number) = read_request(&mut socket)? {
        let n = REQUESTS.fetch_add(1, Ordering::Relaxed) + 1;
        let closes = n % CLOSED == 0;
        if closes && n % (2 * CLOSED) == 0 && answered > 0 {
            CLOSED_INSTEAD.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        ANSWERED[number].fetch_add(1, Ordering::Relaxed);
        socket.write_all(OK)?;
        answered += 1;
        if closes {
            CLOSED_BEHIND.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
    }
    Ok(())
}

/// The number in its cid; nothing when there is no request. The body ends with the only brace in it.
fn read_request(socket: &mut TcpStream) -> io::Result<Option<usize>> {
    let mut input = Vec::new();
    let mut buffer = [0; 4096];
    while !input.ends_with(b"}") {
        match socket.read(&mut buffer)? {
            0 => return Ok(None),
            n => input.extend_from_slice(&buffer[..n]),
        }
    }
    let text = String::from_utf8_lossy(&input);
    let (_, cid) = text.split_once("\"cid\":\"").unwrap();
    Ok(cid.split('"').next().unwrap().parse().ok())
}

/// Makes this many registrations and returns which of them were cancelled.
fn register(times: usize, address: SocketAddr) -> Vec<usize> {
    let transport = Transport::new().unwrap();
    let endpoint = Endpoint::new(&format!("http://{address}")).unwrap();
    let (next, cancelled) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let (to_cancel, cancels) = mpsc::channel::<Cancel>();
    thread::scope(|scope| {
        scope.spawn(move || cancels.iter().for_each(|cancel| cancel.cancel()));
        for _ in 0..THREADS {
            let to_cancel = to_cancel.clone();
            scope.spawn(|| {
                let to_cancel = to_cancel;
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= times {
                        return;
                    }
                    let cid = number.to_string();
                    let mut registration = Registration::new(WEBHOOK).unwrap();
                    registration.set_cid(&cid).unwrap();
                    let request = Request::registration(&endpoint, &registration).unwrap();
                    if number % CANCELLED != 0 {
                        assert_eq!(transport.send(&request).unwrap().attempts(), 1);
                        continue;
                    }
                    let cancel = Cancel::new();
                    to_cancel.send(cancel.clone()).unwrap();
                    if let Err(error) = transport.send_cancellable(&request, &cancel) {
                        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
                        cancelled.lock().unwrap().push(number);
                    }
                }
            });
        }
        drop(to_cancel);
    });
    cancelled.into_inner().unwrap()
}

#[derive(Clone, Copy, Debug)]
struct Held {
    descriptors: usize,
    threads: usize,
    bytes: isize,
}

impl Held {
    fn now() -> Self {
        Self {
            descriptors: fs::read_dir("/proc/self/fd").unwrap().count(),
            threads: fs::read_dir("/proc/self/task").unwrap().count(),
            bytes: IN_USE.load(Ordering::Relaxed),
        }
    }

    fn is_no_more_than(self, before: Self) -> bool {
        self.descriptors <= before.descriptors
            && self.threads <= before.threads
            && self.bytes <= before.bytes + SLACK
    }
}

#[test]
fn ten_thousand_registrations_are_each_made_once_and_leave_nothing_behind() {
    let address = start().unwrap();
    let before = Held::now();
    // What is made once and stays, by std and by the libraries, is made here.
    register(THREADS, address);
    ANSWERED.iter().for_each(|answered| answered.store(0, Ordering::Relaxed));
    let cancelled = register(REGISTRATIONS, address);
    for (number, answered) in ANSWERED.iter().enumerate() {
        let answered = answered.load(Ordering::Relaxed);
        let is_cancelled = cancelled.contains(&number);
        assert!(answered == 1 || is_cancelled && answered == 0, "{number}: {answered}");
    }
    assert!(!cancelled.is_empty());
    let closed = [&CLOSED_BEHIND, &CLOSED_INSTEAD].map(|count| count.load(Ordering::Relaxed));
    assert!(closed.into_iter().all(|closed| closed > REGISTRATIONS / CLOSED / 4), "{closed:?}");

    drop(cancelled);
    // The threads of the server end in their own time.
    let deadline = Instant::now() + Duration::from_secs(10);
    while !Held::now().is_no_more_than(before) {
        assert!(Instant::now() < deadline, "{:?} and before {before:?}", Held::now());
        thread::sleep(Duration::from_millis(10));
    }
}
