//! Registers against a canned response, and receives a delivery, without the standard library. It links the C runtime only to be
//! started and to end.
#![no_std]
#![no_main]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ffi::{c_char, c_int};
use core::panic::PanicInfo;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

use atlas_webhook::{Endpoint, Error, Exchange, Receiver, Registration, Request};
use atlas_webhook::{ServerConnection, ServerState, State};

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n{\"status\":0,\"msg\":\"success\"}";

const DELIVERY: &[u8] = b"POST /atlas HTTP/1.1\r\nHost: example.com\r\nContent-Length: 39\r\n\r\n\
    {\"type\":\"order.void\",\"orderNo\":\"TEST1\"}";

fn register() -> Result<bool, Error> {
    let mut registration = Registration::new("https://example.com/atlas")?;
    registration.set_cid("XXXXXXXX")?;
    let request = Request::registration(&Endpoint::sandbox(), &registration)?;
    let mut exchange = Exchange::new(&request);
    exchange.sent(exchange.to_send().len())?;
    for byte in ANSWER {
        exchange.received(core::slice::from_ref(byte))?;
    }
    Ok(exchange.state() == State::Done && exchange.take_reply()?.message() == "success")
}

fn receive() -> Result<bool, Error> {
    let receiver = Receiver::new("https://example.com/atlas")?;
    let mut connection = ServerConnection::new(&receiver);
    for byte in DELIVERY {
        connection.received(core::slice::from_ref(byte))?;
    }
    let event = connection.take_event()?;
    connection.respond(200)?;
    connection.sent(connection.to_send().len())?;
    Ok(event.order_no() == Some("TEST1") && connection.state() == ServerState::WantReceive)
}

// What starts the program, and what the compiler calls to copy memory.
#[link(name = "c")]
unsafe extern "C" {}

#[unsafe(no_mangle)]
extern "C" fn main(_: c_int, _: *const *const c_char) -> c_int {
    match (register(), receive()) {
        (Ok(true), Ok(true)) => 0,
        (Ok(_), Ok(_)) => 1,
        _ => 2,
    }
}

/// Hands out a fixed arena and takes nothing back.
struct Arena {
    bytes: UnsafeCell<[u8; 1 << 20]>,
    used: AtomicUsize,
}

// SAFETY: the bytes are only handed out, in parts that do not overlap.
unsafe impl Sync for Arena {}

// SAFETY: each part lies within the arena, is aligned, and is handed out once.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let room = layout.size() + layout.align();
        let start = self.used.fetch_add(room, Ordering::Relaxed);
        if start + room > 1 << 20 {
            return ptr::null_mut();
        }
        let part = self.bytes.get().cast::<u8>().wrapping_add(start);
        part.wrapping_add(part.align_offset(layout.align()))
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ARENA: Arena = Arena { bytes: UnsafeCell::new([0; 1 << 20]), used: AtomicUsize::new(0) };

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    loop {}
}
