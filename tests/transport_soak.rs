//! Ten thousand registrations over one transport, with a server that does not always behave, leave
//! nothing behind. It counts what the process holds, so it has a process of its own.
#![cfg(all(feature = "transport", target_os = "linux"))]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use atlas_webhook::Transport;
use support::request;

const REGISTRATIONS: usize = 10_000;
const THREADS: usize = 8;

/// With every so many requests the server closes the connection.
const CLOSED: usize = 10;

const OK: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n{\"status\":0,\"msg\":\"success\"}";

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

/// How many connections were closed behind an answer, and instead of one.
static CLOSED_BEHIND: AtomicUsize = AtomicUsize::new(0);
static CLOSED_INSTEAD: AtomicUsize = AtomicUsize::new(0);

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

/// Every [`CLOSED`]th request is answered and its connection closed without a word about it; or, in
/// turn, it is not even answered, as long as it is not the first on its connection: that one would
/// not be sent again.
fn serve(mut socket: TcpStream) -> io::Result<()> {
    let mut answered = 0;
    while read_request(&mut socket)? {
        let n = REQUESTS.fetch_add(1, Ordering::Relaxed) + 1;
        let closes = n % CLOSED == 0;
        if closes && n % (2 * CLOSED) == 0 && answered > 0 {
            CLOSED_INSTEAD.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        socket.write_all(OK)?;
        answered += 1;
        if closes {
            CLOSED_BEHIND.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
    }
    Ok(())
}

/// False when there is none; the body of a request ends with the only brace in it.
fn read_request(socket: &mut TcpStream) -> io::Result<bool> {
    let mut buffer = [0; 4096];
    loop {
        match socket.read(&mut buffer)? {
            0 => return Ok(false),
            n if buffer[..n].ends_with(b"}") => return Ok(true),
            _ => {}
        }
    }
}

fn register(times: usize, address: SocketAddr) {
    let transport = Transport::new().unwrap();
    let request = request(&format!("http://{address}"));
    let left = AtomicUsize::new(times);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let another = |left: usize| left.checked_sub(1);
                while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, another).is_ok() {
                    transport.send(&request).unwrap();
                }
            });
        }
    });
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
fn ten_thousand_registrations_leave_nothing_behind() {
    let address = start().unwrap();
    let before = Held::now();
    // What is made once and stays, by std and by the libraries, is made here.
    register(THREADS, address);
    register(REGISTRATIONS, address);
    assert!(REQUESTS.load(Ordering::Relaxed) >= REGISTRATIONS + THREADS);
    let closed = [&CLOSED_BEHIND, &CLOSED_INSTEAD].map(|count| count.load(Ordering::Relaxed));
    assert!(closed.into_iter().all(|closed| closed > REGISTRATIONS / CLOSED / 4), "{closed:?}");

    // The threads of the server and of the look-ups end in their own time.
    let deadline = Instant::now() + Duration::from_secs(10);
    while !Held::now().is_no_more_than(before) {
        assert!(Instant::now() < deadline, "{:?} and before {before:?}", Held::now());
        thread::sleep(Duration::from_millis(10));
    }
}
