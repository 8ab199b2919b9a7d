//! A program in C that knows the header's rules and nothing else: any calls in any order, with any
//! arguments. Whatever the C ABI gives, the Rust library, called alike, gives too.
//!
//! The input is the program, one call a line: flags, a letter, handles, arguments between bars.
//!
//! ```text
//! e0https://api.example.com       c0id|secret       h0Name|value       l0which|limit     p0allowed
//! r00url|cid  endpoint, request   g0index           x00  request, exchange
//! s0count     * is all            i0bytes           o0                 t00  exchange, reply
//! y00http-status|field lines|body request, reply    a4  NULLs  u0timeout|text  kstatus
//! v0https://api.example.com/secret  w0url  receiver, another URL     m0which|limit
//! j000  exchange, request, reply: the response of the exchange as one of the request
//! d00method|target|field lines|body    receiver, event             n0json   b00json  receiver, event
//! q0name|name|...  event, fields by name
//! N00  receiver, server connection    I0bytes    S0count  * is all    O0  end of input    L0  time is over
//! T00  server connection, event       R0http-status       C0  close
//! fe0  frees: e, r, x, y, v, n, s or z, an error          !  no error wanted     -  no output wanted
//! ```
//!
//! A handle is a digit up to 3, and NULL for any other byte or if there is no such handle. `~` is NULL, and so
//! many bytes at NULL with a number behind it; `^` is a length of -1. `\n`, `\r`, `\0`, `\|`, `\xHH`.

#![no_main]

use std::ffi::{CStr, CString, c_char, c_void};
use std::fmt::Write;
use std::{mem, ptr, slice};

use atlas_webhook::capi::*;
use atlas_webhook::{
    Delivery, Endpoint, Error, ErrorKind, Event, EventKind, Exchange, Incident, Limits, Receiver,
    Registration, Reply, Request, Response, ServerConnection, ServerState, State, Value, ValueType,
};
use libfuzzer_sys::fuzz_target;

/// What stands in a secret where it must not be shown.
const MARK: &str = "s3cr3t";

/// Keeps the memory of one run small.
const BODY_LIMIT: usize = 64 * 1024;

fuzz_target!(|input: &[u8]| {
    let mut program = Program::default();
    for line in input.split(|&b| b == b'\n').take(64) {
        program.call(Line(line));
    }
    program.end();
});

/// A handle, and what the Rust library holds in its place.
struct Held<H, M> {
    handle: *mut H,
    model: M,
}

type Slots<H, M> = [Option<Held<H, M>>; 4];

#[derive(Default)]
struct Program {
    endpoints: Slots<atlas_webhook_endpoint, Endpoint>,
    requests: Slots<atlas_webhook_request, Asked>,
    exchanges: Slots<atlas_webhook_exchange, Asking>,
    replies: Slots<atlas_webhook_reply, Reply>,
    receivers: Slots<atlas_webhook_receiver, Receiving>,
    events: Slots<atlas_webhook_event, Event>,
    servers: Slots<atlas_webhook_server, ServerConnection>,
    errors: Slots<atlas_webhook_error, Failure>,
    failures: usize,
}

/// A request, and what it must not show.
#[derive(Clone)]
struct Asked {
    request: Request,
    secrets: Vec<String>,
}

struct Asking {
    exchange: Exchange,
    secrets: Vec<String>,
}

struct Receiving {
    receiver: Receiver,
    limits: Limits,
}

/// Why a call has to fail.
enum Failure {
    /// For an argument that only C can give: NULL, no UTF-8, a length of -1.
    Argument,
    /// As the Rust library fails.
    Alike(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Alike(error)
    }
}

/// What is left to read of a line.
struct Line<'a>(&'a [u8]);

impl<'a> Line<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    fn flag(&mut self, flag: u8) -> bool {
        let set = self.0.first() == Some(&flag);
        self.0 = &self.0[usize::from(set)..];
        set
    }

    /// `None` for a handle that is NULL.
    fn slot(&mut self) -> Option<usize> {
        self.byte().filter(|byte| (b'0'..=b'3').contains(byte)).map(|byte| usize::from(byte - b'0'))
    }

    /// One argument, as it is written.
    fn argument(&mut self) -> &'a [u8] {
        let mut escaped = false;
        let end = self.0.iter().position(|&b| {
            let found = b == b'|' && !escaped;
            escaped = b == b'\\' && !escaped;
            found
        });
        let (argument, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest.get(1..).unwrap_or_default();
        argument
    }

    fn number(&mut self) -> u64 {
        number(self.argument())
    }

    fn bytes(&mut self) -> Bytes {
        match self.argument() {
            [b'~', length @ ..] => Bytes { bytes: None, len: number(length) as usize },
            b"^" => Bytes { bytes: Some(Box::new([0])), len: usize::MAX },
            argument => {
                let bytes = unescape(argument).into_boxed_slice();
                Bytes { len: bytes.len(), bytes: Some(bytes) }
            }
        }
    }

    fn text(&mut self) -> Text {
        match self.argument() {
            b"~" => Text(None),
            argument => {
                let mut text = unescape(argument);
                // As C sees it.
                text.truncate(text.iter().position(|&b| b == 0).unwrap_or(text.len()));
                Text(Some(CString::new(text).expect("no NUL is left")))
            }
        }
    }
}

fn number(digits: &[u8]) -> u64 {
    let (negative, digits) = match digits {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let number = digits
        .iter()
        .filter(|byte| byte.is_ascii_digit())
        .fold(0_u64, |n, digit| n.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')));
    if negative { number.wrapping_neg() } else { number }
}

fn unescape(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        let (byte, behind) = match (byte, behind) {
            (b'\\', [b'n', behind @ ..]) => (b'\n', behind),
            (b'\\', [b'r', behind @ ..]) => (b'\r', behind),
            (b'\\', [b'0', behind @ ..]) => (0, behind),
            (b'\\', [b'x', high, low, behind @ ..]) => {
                let digit = |b: u8| char::from(b).to_digit(16).unwrap_or_default() as u8;
                (digit(*high) << 4 | digit(*low), behind)
            }
            (b'\\', [byte, behind @ ..]) => (*byte, behind),
            plain => plain,
        };
        bytes.push(byte);
        rest = behind;
    }
    bytes
}

struct Text(Option<CString>);

impl Text {
    fn as_ptr(&self) -> *const c_char {
        self.0.as_ref().map_or(ptr::null(), |text| text.as_ptr())
    }

    fn get(&self) -> Result<&str, Failure> {
        self.optional()?.ok_or(Failure::Argument)
    }

    fn optional(&self) -> Result<Option<&str>, Failure> {
        let text = self.0.as_ref().map(|text| text.to_str()).transpose();
        text.map_err(|_| Failure::Argument)
    }
}

struct Bytes {
    bytes: Option<Box<[u8]>>,
    len: usize,
}

impl Bytes {
    fn as_ptr(&self) -> *const c_void {
        self.bytes.as_ref().map_or(ptr::null(), |bytes| bytes.as_ptr().cast())
    }

    fn get(&self) -> Result<&[u8], Failure> {
        match &self.bytes {
            _ if self.len == 0 => Ok(&[]),
            Some(bytes) if bytes.len() == self.len => Ok(bytes),
            _ => Err(Failure::Argument),
        }
    }
}

fn handle<H, M>(slots: &Slots<H, M>, slot: Option<usize>) -> *mut H {
    slot.and_then(|slot| slots[slot].as_ref()).map_or(ptr::null_mut(), |held| held.handle)
}

fn model<H, M>(slots: &mut Slots<H, M>, slot: Option<usize>) -> Result<&mut M, Failure> {
    let held = slot.and_then(|slot| slots[slot].as_mut());
    held.map(|held| &mut held.model).ok_or(Failure::Argument)
}

/// Where a call puts what it gives: here, or nowhere. What it must not touch is not NULL.
struct Output<T> {
    place: *mut T,
    wanted: bool,
}

impl<T> Output<T> {
    fn new(wanted: bool) -> Self {
        Self { place: ptr::dangling_mut(), wanted }
    }

    fn pointer(&mut self) -> *mut *mut T {
        if self.wanted { &raw mut self.place } else { ptr::null_mut() }
    }

    fn required(&self) -> Result<(), Failure> {
        if self.wanted { Ok(()) } else { Err(Failure::Argument) }
    }

    fn untouched(&self) -> bool {
        self.place == ptr::dangling_mut()
    }

    fn written(&self) -> *mut T {
        assert!(!self.untouched() && !self.place.is_null(), "an output was not written");
        self.place
    }
}

impl Program {
    fn call(&mut self, mut line: Line<'_>) {
        let mut error = Output::new(!line.flag(b'!'));
        let wanted = !line.flag(b'-');
        let Some(call) = line.byte() else { return };
        match call {
            b'e' => {
                let slot = line.slot().unwrap_or(0);
                let base_url = line.text();
                let mut out = Output::new(wanted);
                let status = unsafe {
                    atlas_webhook_endpoint_new(base_url.as_ptr(), out.pointer(), error.pointer())
                };
                let expected = out.required().and_then(|()| match base_url.optional()? {
                    Some(base_url) => Ok(Endpoint::new(base_url)?),
                    None => Ok(Endpoint::sandbox()),
                });
                if let Some(model) = self.outcome(status, &error, expected, |_| ATLAS_WEBHOOK_OK) {
                    self.free_endpoint(Some(slot));
                    self.endpoints[slot] = Some(Held { handle: out.written(), model });
                } else {
                    assert!(out.untouched());
                }
            }
            b'c' | b'h' => {
                let slot = line.slot();
                let (first, second) = (line.text(), line.text());
                let endpoint = handle(&self.endpoints, slot);
                let set = if call == b'c' {
                    atlas_webhook_endpoint_set_credentials
                } else {
                    atlas_webhook_endpoint_set_header
                };
                let status =
                    unsafe { set(endpoint, first.as_ptr(), second.as_ptr(), error.pointer()) };
                let set =
                    if call == b'c' { Endpoint::set_credentials } else { Endpoint::set_header };
                let expected = model(&mut self.endpoints, slot).and_then(|endpoint| {
                    Ok(set(endpoint, first.get()?, second.get()?).map(|_| ())?)
                });
                self.outcome(status, &error, expected, |()| ATLAS_WEBHOOK_OK);
            }
            b'l' => {
                let slot = line.slot();
                let (which, value) = (line.number() as u32, line.number());
                let endpoint = handle(&self.endpoints, slot);
                let status = unsafe {
                    atlas_webhook_endpoint_set_limit(endpoint, which, value, error.pointer())
                };
                let expected = model(&mut self.endpoints, slot)
                    .and_then(|endpoint| set_limit(endpoint, which, value));
                self.outcome(status, &error, expected, |_| ATLAS_WEBHOOK_OK);
                if which == ATLAS_WEBHOOK_LIMIT_BODY && value > BODY_LIMIT as u64 {
                    let (which, value) = (ATLAS_WEBHOOK_LIMIT_BODY, BODY_LIMIT as u64);
                    unsafe {
                        atlas_webhook_endpoint_set_limit(endpoint, which, value, ptr::null_mut());
                    }
                    let _ = model(&mut self.endpoints, slot)
                        .and_then(|endpoint| set_limit(endpoint, which, value));
                }
            }
            b'p' => {
                let slot = line.slot();
                let allowed = line.number() as i32;
                let endpoint = handle(&self.endpoints, slot);
                let status = unsafe {
                    atlas_webhook_endpoint_set_plaintext_allowed(endpoint, allowed, error.pointer())
                };
                let expected = model(&mut self.endpoints, slot).map(|endpoint| {
                    endpoint.set_plaintext_allowed(allowed != 0);
                });
                self.outcome(status, &error, expected, |()| ATLAS_WEBHOOK_OK);
            }
            b'r' => {
                let (from, slot) = (line.slot(), line.slot().unwrap_or(0));
                let (url, cid) = (line.text(), line.text());
                let mut out = Output::new(wanted);
                let endpoint = handle(&self.endpoints, from);
                let status = unsafe {
                    atlas_webhook_request_new_registration(
                        endpoint,
                        url.as_ptr(),
                        cid.as_ptr(),
                        out.pointer(),
                        error.pointer(),
                    )
                };
                let expected = out.required().and_then(|()| {
                    let endpoint = model(&mut self.endpoints, from)?;
                    let (url, cid) = (url.get()?, cid.optional()?);
                    let mut registration = Registration::new(url)?;
                    if let Some(cid) = cid {
                        registration.set_cid(cid)?;
                    }
                    let request = Request::registration(endpoint, &registration)?;
                    let values = request.headers().map(|(_, value)| value);
                    let path = url.match_indices('/').nth(2).map_or("", |(at, _)| &url[at..]);
                    let query = url.split_once('?').map_or("", |(_, query)| query);
                    let secrets = values.chain([url, path, query]).map(str::to_owned).collect();
                    Ok(Asked { request, secrets })
                });
                if let Some(model) = self.outcome(status, &error, expected, |_| ATLAS_WEBHOOK_OK) {
                    self.free_request(Some(slot));
                    self.requests[slot] = Some(Held { handle: out.written(), model });
                    self.check_request(slot);
                } else {
                    assert!(out.untouched());
                }
            }
            b'g' => {
                let slot = line.slot();
                let i = line.number() as usize;
                let request = handle(&self.requests, slot);
                let header = model(&mut self.requests, slot)
                    .ok()
                    .and_then(|asked| asked.request.headers().nth(i))
                    .map(|(name, value)| (name.to_owned(), value.to_owned()));
                unsafe {
                    let name = sized(|len| atlas_webhook_request_header_name(request, i, len));
                    let value = sized(|len| atlas_webhook_request_header_value(request, i, len));
                    let line = sized(|len| atlas_webhook_request_header_line(request, i, len));
                    match header {
                        Some(header) => {
                            assert_eq!((name, value), (&*header.0, &*header.1));
                            assert_eq!(line, format!("{}: {}", header.0, header.1));
                        }
                        None => assert_eq!((name, value, line), ("", "", "")),
                    }
                }
            }
            b'x' => {
                let (from, slot) = (line.slot(), line.slot().unwrap_or(0));
                let mut out = Output::new(wanted);
                let request = handle(&self.requests, from);
                let status =
                    unsafe { atlas_webhook_exchange_new(request, out.pointer(), error.pointer()) };
                let expected = out.required().and_then(|()| {
                    let Asked { request, secrets } = model(&mut self.requests, from)?.clone();
                    Ok(Asking { exchange: Exchange::new(&request), secrets })
                });
                if let Some(model) = self.outcome(status, &error, expected, |_| ATLAS_WEBHOOK_OK) {
                    self.free_exchange(Some(slot));
                    self.exchanges[slot] = Some(Held { handle: out.written(), model });
                } else {
                    assert!(out.untouched());
                }
                self.check_exchange(Some(slot));
            }
            b's' => {
                let slot = line.slot();
                let exchange = handle(&self.exchanges, slot);
                let n = match line.argument() {
                    b"*" => {
                        let mut left = 0;
                        unsafe { atlas_webhook_exchange_to_send(exchange, &raw mut left) };
                        left
                    }
                    digits => number(digits) as usize,
                };
                let status = unsafe { atlas_webhook_exchange_sent(exchange, n, error.pointer()) };
                let expected = model(&mut self.exchanges, slot)
                    .and_then(|asking| Ok(asking.exchange.sent(n)?));
                self.outcome(status, &error, expected, |state| in_c(*state));
                self.check_exchange(slot);
            }
            b'i' => {
                let slot = line.slot();
                let input = line.bytes();
                let exchange = handle(&self.exchanges, slot);
                let mut used = usize::MAX;
                let to = if wanted { &raw mut used } else { ptr::null_mut() };
                let status = unsafe {
                    atlas_webhook_exchange_received(
                        exchange,
                        input.as_ptr(),
                        input.len,
                        to,
                        error.pointer(),
                    )
                };
                let expected = model(&mut self.exchanges, slot).and_then(|asking| {
                    let used = asking.exchange.received(input.get()?)?;
                    Ok((used, asking.exchange.state()))
                });
                let taken = self.outcome(status, &error, expected, |(_, state)| in_c(*state));
                let expected = taken.filter(|_| wanted).map_or(usize::MAX, |(used, _)| used);
                assert_eq!(used, expected);
                self.check_exchange(slot);
            }
            b'o' => {
                let slot = line.slot();
                let exchange = handle(&self.exchanges, slot);
                let status =
                    unsafe { atlas_webhook_exchange_received_eof(exchange, error.pointer()) };
                let expected = model(&mut self.exchanges, slot)
                    .and_then(|asking| Ok(asking.exchange.received_eof()?));
                self.outcome(status, &error, expected, |state| in_c(*state));
                self.check_exchange(slot);
            }
            b't' => {
                let (from, slot) = (line.slot(), line.slot().unwrap_or(0));
                let mut out = Output::new(wanted);
                let exchange = handle(&self.exchanges, from);
                let status = unsafe {
                    atlas_webhook_exchange_take_reply(exchange, out.pointer(), error.pointer())
                };
                let mut secrets = Vec::new();
                let expected = out.required().and_then(|()| {
                    let asking = model(&mut self.exchanges, from)?;
                    secrets.clone_from(&asking.secrets);
                    Ok(asking.exchange.take_reply()?)
                });
                if let Some(model) = self.outcome(status, &error, expected, |_| ATLAS_WEBHOOK_OK) {
                    self.keep_reply(slot, out.written(), model);
                } else {
                    assert!(out.untouched());
                    if error.wanted {
                        hides(
                            &secrets,
                            sized(|len| unsafe { atlas_webhook_error_display(error.place, len) }),
                        );
                    }
                }
                self.check_exchange(from);
            }
            b'j' => {
                let (from, asked) = (line.slot(), line.slot());
                let slot = line.slot().unwrap_or(0);
                let mut out = Output::new(wanted);
                let exchange = handle(&self.exchanges, from);
                let status = unsafe {
                    atlas_webhook_exchange_take_response(exchange, out.pointer(), error.pointer())
                };
                let expected = out.required().and_then(|()| {
                    Ok(model(&mut self.exchanges, from)?.exchange.take_response()?)
                });
                match self.outcome(status, &error, expected, |_| ATLAS_WEBHOOK_OK) {
                    Some(response) => {
                        same_response(out.written(), &response);
                        self.reply_from(asked, out.written(), &response, slot);
                        unsafe { atlas_webhook_response_free(out.written()) };
                    }
                    None => assert!(out.untouched()),
                }
                self.check_exchange(from);
            }
            b'y' => {
                let (from, slot) = (line.slot(), line.slot().unwrap_or(0));
                let http_status = line.number() as u32;
                let (lines, body) = (line.bytes(), line.bytes());
                let request = handle(&self.requests, from);
                let mut out = Output::new(wanted);
                let status = unsafe {
                    atlas_webhook_request_reply(
                        request,
                        http_status,
                        lines.as_ptr(),
                        lines.len,
                        body.as_ptr(),
                        body.len,
                        out.pointer(),
                        error.pointer(),
                    )
                };
                let mut secrets = Vec::new();
                let expected = out.required().and_then(|()| {
                    let asked = model(&mut self.requests, from)?;
                    secrets.clone_from(&asked.secrets);
                    let http_status = u16::try_from(http_status).map_err(|_| Failure::Argument)?;
                    let (lines, body) = (lines.get()?, body.get()?);
                    let response = Response::from_field_lines(http_status, lines, body)?;
                    Ok(asked.request.reply(&response)?)
                });
                if let Some(model) = self.outcome(status, &error, expected, |_| ATLAS_WEBHOOK_OK) {
                    self.keep_reply(slot, out.written(), model);
                } else {
                    assert!(out.untouched());
                    if error.wanted {
                        hides(
                            &secrets,
                            sized(|len| unsafe { atlas_webhook_error_display(error.place, len) }),
                        );
                    }
                }
            }
            b'v' => {
                let slot = line.slot().unwrap_or(0);
                let url = line.text();
                let mut out = Output::new(wanted);
                let status = unsafe {
                    atlas_webhook_receiver_new(url.as_ptr(), out.pointer(), error.pointer())
                };
                let expected = out.required().and_then(|()| {
                    let receiver = Receiver::new(url.get()?)?;
                    Ok(Receiving { receiver, limits: Limits::default() })
                });
                if let Some(model) = self.outcome(status, &error, expected, |_| ATLAS_WEBHOOK_OK) {
                    self.free_receiver(Some(slot));
                    self.receivers[slot] = Some(Held { handle: out.written(), model });
                } else {
                    assert!(out.untouched());
                }
            }
            b'w' => {
                let slot = line.slot();
                let url = line.text();
                let receiver = handle(&self.receivers, slot);
                let status = unsafe {
                    atlas_webhook_receiver_add_url(receiver, url.as_ptr(), error.pointer())
                };
                let expected = model(&mut self.receivers, slot)
                    .and_then(|held| Ok(held.receiver.add_url(url.get()?).map(|_| ())?));
                self.outcome(status, &error, expected, |()| ATLAS_WEBHOOK_OK);
            }
            b'm' => {
                let slot = line.slot();
                let (which, value) = (line.number() as u32, line.number());
                let receiver = handle(&self.receivers, slot);
                let status = unsafe {
                    atlas_webhook_receiver_set_limit(receiver, which, value, error.pointer())
                };
                let expected = model(&mut self.receivers, slot).and_then(|held| {
                    change(&mut held.limits, which, value)?;
                    held.receiver.set_limits(held.limits);
                    Ok(())
                });
                self.outcome(status, &error, expected, |()| ATLAS_WEBHOOK_OK);
            }
            b'd' => {
                let (from, slot) = (line.slot(), line.slot().unwrap_or(0));
                let (method, target) = (line.bytes(), line.bytes());
                let (headers, body) = (line.bytes(), line.bytes());
                let mut out = Output::new(wanted);
                let receiver = handle(&self.receivers, from);
                let status = unsafe {
                    atlas_webhook_receiver_read(
                        receiver,
                        method.as_ptr(),
                        method.len,
                        target.as_ptr(),
                        target.len,
                        headers.as_ptr(),
                        headers.len,
                        body.as_ptr(),
                        body.len,
                        out.pointer(),
                        error.pointer(),
                    )
                };
                let expected = out.required().and_then(|()| {
                    let held = model(&mut self.receivers, from)?;
                    let (method, target) = (method.get()?, target.get()?);
                    let (headers, body) = (headers.get()?, body.get()?);
                    let delivery = Delivery::from_field_lines(method, target, headers, body);
                    Ok(held.receiver.read(&delivery)?)
                });
                self.keep_event(status, &error, expected, slot, &out);
            }
            b'n' => {
                let slot = line.slot().unwrap_or(0);
                let json = line.bytes();
                let mut out = Output::new(wanted);
                let status = unsafe {
                    atlas_webhook_event_parse(
                        json.as_ptr(),
                        json.len,
                        out.pointer(),
                        error.pointer(),
                    )
                };
                let expected = out.required().and_then(|()| Ok(Event::parse(json.get()?)?));
                self.keep_event(status, &error, expected, slot, &out);
            }
            b'b' => {
                let (from, slot) = (line.slot(), line.slot().unwrap_or(0));
                let json = line.bytes();
                let mut out = Output::new(wanted);
                let receiver = handle(&self.receivers, from);
                let status = unsafe {
                    atlas_webhook_receiver_parse(
                        receiver,
                        json.as_ptr(),
                        json.len,
                        out.pointer(),
                        error.pointer(),
                    )
                };
                let expected = out.required().and_then(|()| {
                    let limits = model(&mut self.receivers, from)?.limits;
                    Ok(Event::parse_within(json.get()?, limits)?)
                });
                self.keep_event(status, &error, expected, slot, &out);
            }
            b'N' => {
                let (from, slot) = (line.slot(), line.slot().unwrap_or(0));
                let mut out = Output::new(wanted);
                let receiver = handle(&self.receivers, from);
                let status =
                    unsafe { atlas_webhook_server_new(receiver, out.pointer(), error.pointer()) };
                let expected = out.required().and_then(|()| {
                    Ok(ServerConnection::new(&model(&mut self.receivers, from)?.receiver))
                });
                if let Some(model) = self.outcome(status, &error, expected, |_| ATLAS_WEBHOOK_OK) {
                    self.free_server(Some(slot));
                    self.servers[slot] = Some(Held { handle: out.written(), model });
                } else {
                    assert!(out.untouched());
                }
                self.check_server(Some(slot));
            }
            b'I' => {
                let slot = line.slot();
                let input = line.bytes();
                self.change_server(
                    slot,
                    &mut error,
                    |server, error| unsafe {
                        atlas_webhook_server_received(server, input.as_ptr(), input.len, error)
                    },
                    |server| Ok(server.received(input.get()?)?),
                );
            }
            b'O' => self.change_server(
                line.slot(),
                &mut error,
                |server, error| unsafe { atlas_webhook_server_received_eof(server, error) },
                |server| Ok(server.received_eof()?),
            ),
            b'L' => self.change_server(
                line.slot(),
                &mut error,
                |server, error| unsafe { atlas_webhook_server_timed_out(server, error) },
                |server| Ok(server.timed_out()),
            ),
            b'C' => self.change_server(
                line.slot(),
                &mut error,
                |server, error| unsafe { atlas_webhook_server_close(server, error) },
                |server| Ok(server.close()),
            ),
            b'S' => {
                let slot = line.slot();
                let server = handle(&self.servers, slot);
                let n = match line.argument() {
                    b"*" => bytes(|len| unsafe { atlas_webhook_server_to_send(server, len) }).len(),
                    digits => number(digits) as usize,
                };
                self.change_server(
                    slot,
                    &mut error,
                    |server, error| unsafe { atlas_webhook_server_sent(server, n, error) },
                    |server| Ok(server.sent(n)?),
                );
            }
            b'R' => {
                let slot = line.slot();
                let http_status = line.number() as u32;
                self.change_server(
                    slot,
                    &mut error,
                    |server, error| unsafe {
                        atlas_webhook_server_respond(server, http_status, error)
                    },
                    |server| {
                        let status = u16::try_from(http_status).map_err(|_| Failure::Argument)?;
                        Ok(server.respond(status)?)
                    },
                );
            }
            b'T' => {
                let (from, slot) = (line.slot(), line.slot().unwrap_or(0));
                let mut out = Output::new(wanted);
                let server = handle(&self.servers, from);
                let status = unsafe {
                    atlas_webhook_server_take_event(server, out.pointer(), error.pointer())
                };
                let expected =
                    out.required().and_then(|()| Ok(model(&mut self.servers, from)?.take_event()?));
                self.keep_event(status, &error, expected, slot, &out);
                self.check_server(from);
            }
            b'q' => {
                let Some(Held { handle, model }) =
                    line.slot().and_then(|i| self.events[i].as_ref())
                else {
                    return;
                };
                let name = line.text();
                let mut found = unsafe { atlas_webhook_event_get(*handle, name.as_ptr()) };
                let absent = model.root().at(usize::MAX);
                let mut value = name.get().map_or(absent, |name| model.get(name));
                for _ in 0..8 {
                    same_value(found, value, 1);
                    let name = line.text();
                    (found, value) = match name.get() {
                        Ok("") | Err(_) => {
                            (unsafe { atlas_webhook_value_at(found, 0) }, value.at(0))
                        }
                        Ok(text) => {
                            let by_name = unsafe { atlas_webhook_value_get(found, name.as_ptr()) };
                            let by_length = unsafe {
                                atlas_webhook_value_get_n(found, text.as_ptr().cast(), text.len())
                            };
                            assert_eq!(by_name, by_length);
                            (by_name, value.get(text))
                        }
                    };
                }
            }
            b'a' => absent(),
            b'u' => {
                let request = handle(&self.requests, line.slot());
                unsupported(request, line.number() as u32, &line.text(), error.wanted);
            }
            b'k' => {
                let status = line.number() as atlas_webhook_status;
                assert!(!text(atlas_webhook_status_text(status)).is_empty());
            }
            b'f' => match line.byte() {
                Some(b'e') => self.free_endpoint(line.slot()),
                Some(b'r') => self.free_request(line.slot()),
                Some(b'x') => self.free_exchange(line.slot()),
                Some(b'y') => self.free_reply(line.slot()),
                Some(b'v') => self.free_receiver(line.slot()),
                Some(b'n') => self.free_event(line.slot()),
                Some(b's') => self.free_server(line.slot()),
                _ => self.free_error(line.slot()),
            },
            _ => {}
        }
    }

    /// Holds a call to what it has to give, and keeps its error; gives what it gave.
    fn outcome<T>(
        &mut self,
        status: atlas_webhook_status,
        error: &Output<atlas_webhook_error>,
        expected: Result<T, Failure>,
        in_c: impl FnOnce(&T) -> atlas_webhook_status,
    ) -> Option<T> {
        match expected {
            Ok(value) => {
                assert_eq!(status, in_c(&value));
                assert_eq!(error.place.is_null(), error.wanted, "NULL on success, if wanted");
                Some(value)
            }
            Err(failure) => {
                let kind = match &failure {
                    Failure::Argument => ErrorKind::Argument,
                    Failure::Alike(error) => error.kind(),
                };
                assert_eq!(status, of(kind));
                if error.wanted {
                    let slot = self.failures % self.errors.len();
                    self.failures += 1;
                    self.free_error(Some(slot));
                    self.errors[slot] = Some(Held { handle: error.written(), model: failure });
                    self.check_error(slot);
                } else {
                    assert!(error.untouched());
                }
                None
            }
        }
    }

    /// A call that changes a server connection and returns its state.
    fn change_server(
        &mut self,
        slot: Option<usize>,
        error: &mut Output<atlas_webhook_error>,
        call: impl FnOnce(
            *mut atlas_webhook_server,
            *mut *mut atlas_webhook_error,
        ) -> atlas_webhook_status,
        alike: impl FnOnce(&mut ServerConnection) -> Result<ServerState, Failure>,
    ) {
        let status = call(handle(&self.servers, slot), error.pointer());
        let expected = model(&mut self.servers, slot).and_then(alike);
        self.outcome(status, error, expected, |state| server_in_c(*state));
        self.check_server(slot);
    }

    fn reply_from(
        &mut self,
        asked: Option<usize>,
        response: *const atlas_webhook_response,
        taken: &Response,
        slot: usize,
    ) {
        let (mut error, mut out) = (Output::new(true), Output::new(true));
        let request = handle(&self.requests, asked);
        let status = unsafe {
            atlas_webhook_request_reply_from(request, response, out.pointer(), error.pointer())
        };
        let expected =
            model(&mut self.requests, asked).and_then(|asked| Ok(asked.request.reply(taken)?));
        match self.outcome(status, &error, expected, |_| ATLAS_WEBHOOK_OK) {
            Some(model) => self.keep_reply(slot, out.written(), model),
            None => assert!(out.untouched()),
        }
    }

    fn keep_reply(&mut self, slot: usize, handle: *mut atlas_webhook_reply, model: Reply) {
        self.free_reply(Some(slot));
        self.replies[slot] = Some(Held { handle, model });
        self.check_reply(slot);
    }

    fn keep_event(
        &mut self,
        status: atlas_webhook_status,
        error: &Output<atlas_webhook_error>,
        expected: Result<Event, Failure>,
        slot: usize,
        out: &Output<atlas_webhook_event>,
    ) {
        if let Some(model) = self.outcome(status, error, expected, |_| ATLAS_WEBHOOK_OK) {
            self.free_event(Some(slot));
            self.events[slot] = Some(Held { handle: out.written(), model });
            self.check_event(slot);
        } else {
            assert!(out.untouched());
        }
    }

    fn check_event(&self, slot: usize) {
        let Some(Held { handle, model }) = &self.events[slot] else { return };
        let event = *handle;
        unsafe {
            assert_eq!(atlas_webhook_event_kind(event), kind_in_c(model.kind()));
            assert_eq!(sized(|len| atlas_webhook_event_type_name(event, len)), model.type_name());
            let order_no = model.order_no().unwrap_or_default();
            assert_eq!(sized(|len| atlas_webhook_event_order_no(event, len)), order_no);
            assert_eq!(sized(|len| atlas_webhook_event_cid(event, len)), model.cid().unwrap_or(""));
            let id = model.notification_id().unwrap_or_default();
            assert_eq!(sized(|len| atlas_webhook_event_notification_id(event, len)), id);
            assert_eq!(atlas_webhook_event_status(event), model.status().unwrap_or(i64::MIN));
            let incident = match model.incident() {
                Incident::Unconfirmed => ATLAS_WEBHOOK_INCIDENT_UNCONFIRMED,
                Incident::Confirmed => ATLAS_WEBHOOK_INCIDENT_CONFIRMED,
                _ => ATLAS_WEBHOOK_INCIDENT_NONE,
            };
            assert_eq!(atlas_webhook_event_incident(event), incident);
            let key = sized(|len| atlas_webhook_event_dedupe_key(event, len));
            assert_eq!(key, model.dedupe_key());
            let details = sized(|len| atlas_webhook_event_details(event, len));
            assert_eq!(details, model.details_json());
            let json = bytes(|len| atlas_webhook_event_json(event, len));
            assert_eq!(json, model.json().as_bytes());
            same_value(atlas_webhook_event_data(event), model.data(), 0);
            same_value(atlas_webhook_event_root(event), model.root(), 128);
        }
    }

    fn check_error(&self, slot: usize) {
        let Some(Held { handle, model }) = &self.errors[slot] else { return };
        let handle = *handle;
        unsafe {
            let message = sized(|len| atlas_webhook_error_message(handle, len));
            let display = sized(|len| atlas_webhook_error_display(handle, len));
            let api_message = sized(|len| atlas_webhook_error_api_message(handle, len));
            let request_id = sized(|len| atlas_webhook_error_request_id(handle, len));
            let mut told = String::new();
            write!(
                told,
                "{:?}",
                (
                    atlas_webhook_error_status(handle),
                    api_message,
                    request_id,
                    atlas_webhook_error_api_status(handle),
                    atlas_webhook_error_http_status(handle),
                    atlas_webhook_error_retryable(handle),
                    atlas_webhook_error_retry_after(handle),
                    atlas_webhook_error_attempts(handle),
                )
            )
            .expect("memory is there");
            assert!(!message.is_empty() && !message.contains(['\n', '\r']));
            assert!(!message.contains(MARK), "a secret is told: {message}");
            assert!(!display.contains(char::is_control));
            let offset = atlas_webhook_error_offset(handle);
            match model {
                Failure::Argument => {
                    assert_eq!(display, message);
                    let absent = ATLAS_WEBHOOK_ABSENT;
                    let argument = (ATLAS_WEBHOOK_ERR_ARGUMENT, "", "", absent, 0, 0, -1, 0);
                    assert_eq!(told, format!("{argument:?}"));
                }
                Failure::Alike(error) => {
                    assert_eq!(message, error.message());
                    assert_eq!(display, error.to_string());
                    assert_eq!(offset, error.offset().unwrap_or(u64::MAX));
                    let wait = error
                        .retry_after()
                        .map_or(-1, |wait| i64::try_from(wait.as_secs()).unwrap_or(i64::MAX));
                    let response_status = atlas_webhook_error_response_status(handle);
                    assert_eq!(response_status, error.response_status());
                    let alike = (
                        of(error.kind()),
                        error.api_message().unwrap_or_default(),
                        error.request_id().unwrap_or_default(),
                        error.api_status().unwrap_or(ATLAS_WEBHOOK_ABSENT),
                        error.http_status().unwrap_or_default(),
                        i32::from(error.retryable()),
                        wait,
                        error.attempts(),
                    );
                    assert_eq!(told, format!("{alike:?}"));
                }
            }
        }
    }

    fn check_request(&self, slot: usize) {
        let Some(Held { handle, model }) = &self.requests[slot] else { return };
        let (handle, request) = (*handle, &model.request);
        unsafe {
            assert_eq!(sized(|len| atlas_webhook_request_method(handle, len)), request.method());
            assert_eq!(sized(|len| atlas_webhook_request_url(handle, len)), request.url());
            assert_eq!(sized(|len| atlas_webhook_request_host(handle, len)), request.host());
            assert_eq!(atlas_webhook_request_port(handle), request.port());
            assert_eq!(atlas_webhook_request_is_tls(handle), i32::from(request.is_tls()));
            assert_eq!(atlas_webhook_request_header_count(handle), request.headers().count());
            assert_eq!(bytes(|len| atlas_webhook_request_body(handle, len)), request.body());
            assert_eq!(bytes(|len| atlas_webhook_request_bytes(handle, len)), request.bytes());
        }
    }

    fn check_exchange(&self, slot: Option<usize>) {
        let Some(held) = slot.and_then(|slot| self.exchanges[slot].as_ref()) else { return };
        let (handle, exchange) = (held.handle, &held.model.exchange);
        unsafe {
            let status = atlas_webhook_exchange_state(handle);
            match exchange.state() {
                State::Failed => assert!(
                    matches!(
                        status,
                        ATLAS_WEBHOOK_ERR_PROTOCOL
                            | ATLAS_WEBHOOK_ERR_LIMIT
                            | ATLAS_WEBHOOK_ERR_CLOSED_EARLY
                    ),
                    "{status}"
                ),
                state => assert_eq!(status, in_c(state)),
            }
            let left = bytes(|len| atlas_webhook_exchange_to_send(handle, len));
            assert_eq!(left, exchange.to_send());
            let http_status = exchange.http_status().unwrap_or(0);
            assert_eq!(atlas_webhook_exchange_http_status(handle), http_status);
            assert_eq!(atlas_webhook_exchange_reusable(handle), i32::from(exchange.reusable()));
        }
    }

    fn check_server(&self, slot: Option<usize>) {
        let Some(held) = slot.and_then(|slot| self.servers[slot].as_ref()) else { return };
        let (handle, server) = (held.handle, &held.model);
        unsafe {
            assert_eq!(atlas_webhook_server_state(handle), server_in_c(server.state()));
            assert_eq!(bytes(|len| atlas_webhook_server_to_send(handle, len)), server.to_send());
            assert_eq!(atlas_webhook_server_idle(handle), i32::from(server.idle()));
            let (target, body) = match server.delivery() {
                Some(delivery) => (delivery.target().to_vec(), delivery.body().to_vec()),
                None => (Vec::new(), Vec::new()),
            };
            assert_eq!(bytes(|len| atlas_webhook_server_delivery_target(handle, len)), target);
            assert_eq!(bytes(|len| atlas_webhook_server_delivery_body(handle, len)), body);
            let mut error = ptr::null_mut();
            let status = atlas_webhook_server_rejection(handle, &raw mut error);
            assert_eq!(status, server.rejection().map_or(ATLAS_WEBHOOK_OK, |told| of(told.kind())));
            if let Some(told) = server.rejection() {
                assert_eq!(sized(|len| atlas_webhook_error_message(error, len)), told.message());
                assert_eq!(atlas_webhook_error_offset(error), told.offset().unwrap_or(u64::MAX));
                let response_status = atlas_webhook_error_response_status(error);
                assert_eq!(response_status, told.response_status());
                assert!(!told.message().contains(MARK));
            } else {
                assert!(error.is_null());
            }
            atlas_webhook_error_free(error);
        }
    }

    fn check_reply(&self, slot: usize) {
        let Some(Held { handle, model }) = &self.replies[slot] else { return };
        let handle = *handle;
        unsafe {
            assert_eq!(sized(|len| atlas_webhook_reply_message(handle, len)), model.message());
            let request_id = model.request_id().unwrap_or_default();
            assert_eq!(sized(|len| atlas_webhook_reply_request_id(handle, len)), request_id);
            assert_eq!(atlas_webhook_reply_http_status(handle), model.http_status());
        }
    }

    // What lives until it is freed is there still, whatever was called and freed meanwhile.

    fn free_endpoint(&mut self, slot: Option<usize>) {
        unsafe { atlas_webhook_endpoint_free(taken(&mut self.endpoints, slot)) };
    }

    fn free_request(&mut self, slot: Option<usize>) {
        if let Some(slot) = slot {
            self.check_request(slot);
        }
        unsafe { atlas_webhook_request_free(taken(&mut self.requests, slot)) };
    }

    fn free_exchange(&mut self, slot: Option<usize>) {
        self.check_exchange(slot);
        unsafe { atlas_webhook_exchange_free(taken(&mut self.exchanges, slot)) };
    }

    fn free_reply(&mut self, slot: Option<usize>) {
        if let Some(slot) = slot {
            self.check_reply(slot);
        }
        unsafe { atlas_webhook_reply_free(taken(&mut self.replies, slot)) };
    }

    fn free_receiver(&mut self, slot: Option<usize>) {
        unsafe { atlas_webhook_receiver_free(taken(&mut self.receivers, slot)) };
    }

    fn free_event(&mut self, slot: Option<usize>) {
        if let Some(slot) = slot {
            self.check_event(slot);
        }
        unsafe { atlas_webhook_event_free(taken(&mut self.events, slot)) };
    }

    fn free_server(&mut self, slot: Option<usize>) {
        self.check_server(slot);
        unsafe { atlas_webhook_server_free(taken(&mut self.servers, slot)) };
    }

    fn free_error(&mut self, slot: Option<usize>) {
        if let Some(slot) = slot {
            self.check_error(slot);
        }
        unsafe { atlas_webhook_error_free(taken(&mut self.errors, slot)) };
    }

    fn end(&mut self) {
        for slot in (0..4).map(Some) {
            self.free_endpoint(slot);
            self.free_request(slot);
            self.free_exchange(slot);
            self.free_reply(slot);
            self.free_receiver(slot);
            self.free_event(slot);
            self.free_server(slot);
            self.free_error(slot);
        }
    }
}

fn taken<H, M>(slots: &mut Slots<H, M>, slot: Option<usize>) -> *mut H {
    let held = slot.and_then(|slot| mem::take(&mut slots[slot]));
    held.map_or(ptr::null_mut(), |held| held.handle)
}

/// A text that came from the library.
fn text<'a>(text: *const c_char) -> &'a str {
    assert!(!text.is_null());
    unsafe { CStr::from_ptr(text) }.to_str().expect("text is UTF-8")
}

/// A text that tells its length. With nowhere to tell it, it is the same.
fn sized<'a>(get: impl Fn(*mut usize) -> *const c_char) -> &'a str {
    let mut len = usize::MAX;
    let text = get(&raw mut len);
    assert_eq!(text, get(ptr::null_mut()));
    let bytes = unsafe { slice::from_raw_parts(text.cast(), len + 1) };
    let (nul, text) = bytes.split_last().expect("a NUL at least");
    assert_eq!(*nul, 0);
    str::from_utf8(text).expect("text is UTF-8")
}

fn bytes<'a>(get: impl Fn(*mut usize) -> *const c_void) -> &'a [u8] {
    let mut len = usize::MAX;
    let bytes = get(&raw mut len);
    assert!(!bytes.is_null());
    assert_eq!(bytes, get(ptr::null_mut()));
    unsafe { slice::from_raw_parts(bytes.cast(), len) }
}

fn same_response(found: *const atlas_webhook_response, response: &Response) {
    unsafe {
        assert_eq!(atlas_webhook_response_status(found), response.status());
        assert_eq!(atlas_webhook_response_header_count(found), response.headers().count());
        for (i, (name, value)) in response.headers().enumerate() {
            assert_eq!(sized(|len| atlas_webhook_response_header_name(found, i, len)), name);
            let text = |len| atlas_webhook_response_header_value(found, i, len).cast();
            assert_eq!(bytes(text), value);
            let name = CString::new(name).expect("a name has no NUL");
            let text = |len| atlas_webhook_response_header(found, name.as_ptr(), len).cast();
            assert_eq!(Some(bytes(text)), response.header(name.to_str().expect("a name is text")));
        }
        let coded = bytes(|len| atlas_webhook_response_coded_body(found, len));
        assert_eq!(coded, response.coded_body());
        for _ in 0..2 {
            let (mut body, mut len) = (ptr::null(), usize::MAX);
            let (body, len) = (&raw mut body, &raw mut len);
            let status = atlas_webhook_response_body(found, body, len, ptr::null_mut());
            match response.body() {
                Ok(expected) => {
                    assert_eq!(status, ATLAS_WEBHOOK_OK);
                    let body: *const u8 = (*body).cast();
                    assert_eq!(slice::from_raw_parts(body, *len), &*expected);
                }
                Err(error) => assert_eq!(status, of(error.kind())),
            }
        }
    }
}

/// What getters give for NULL, and that NULL may be freed.
fn absent() {
    unsafe {
        let error = ptr::null_mut();
        assert_eq!(atlas_webhook_error_status(error), ATLAS_WEBHOOK_ERR_ARGUMENT);
        assert_eq!(sized(|len| atlas_webhook_error_message(error, len)), "");
        assert_eq!(sized(|len| atlas_webhook_error_display(error, len)), "");
        assert_eq!(sized(|len| atlas_webhook_error_api_message(error, len)), "");
        assert_eq!(sized(|len| atlas_webhook_error_request_id(error, len)), "");
        assert_eq!(atlas_webhook_error_api_status(error), ATLAS_WEBHOOK_ABSENT);
        assert_eq!(atlas_webhook_error_http_status(error), 0);
        assert_eq!(atlas_webhook_error_offset(error), u64::MAX);
        assert_eq!(atlas_webhook_error_response_status(error), 500);
        assert_eq!(atlas_webhook_error_retryable(error), 0);
        assert_eq!(atlas_webhook_error_retry_after(error), -1);
        assert_eq!(atlas_webhook_error_attempts(error), 0);

        let request = ptr::null_mut();
        assert_eq!(sized(|len| atlas_webhook_request_method(request, len)), "");
        assert_eq!(sized(|len| atlas_webhook_request_url(request, len)), "");
        assert_eq!(sized(|len| atlas_webhook_request_host(request, len)), "");
        assert_eq!(atlas_webhook_request_port(request), 0);
        assert_eq!(atlas_webhook_request_is_tls(request), 0);
        assert_eq!(atlas_webhook_request_header_count(request), 0);
        assert_eq!(sized(|len| atlas_webhook_request_header_line(request, 0, len)), "");
        assert_eq!(bytes(|len| atlas_webhook_request_body(request, len)), b"");
        assert_eq!(bytes(|len| atlas_webhook_request_bytes(request, len)), b"");

        let reply = ptr::null_mut();
        assert_eq!(sized(|len| atlas_webhook_reply_message(reply, len)), "");
        assert_eq!(sized(|len| atlas_webhook_reply_request_id(reply, len)), "");
        assert_eq!(atlas_webhook_reply_http_status(reply), 0);

        let exchange = ptr::null_mut();
        assert_eq!(atlas_webhook_exchange_state(exchange), ATLAS_WEBHOOK_ERR_ARGUMENT);
        assert_eq!(bytes(|len| atlas_webhook_exchange_to_send(exchange, len)), b"");
        assert_eq!(atlas_webhook_exchange_http_status(exchange), 0);
        assert_eq!(atlas_webhook_exchange_reusable(exchange), 0);

        let server = ptr::null_mut();
        assert_eq!(atlas_webhook_server_state(server), ATLAS_WEBHOOK_ERR_ARGUMENT);
        assert_eq!(atlas_webhook_server_idle(server), 0);
        assert_eq!(bytes(|len| atlas_webhook_server_to_send(server, len)), b"");
        assert_eq!(bytes(|len| atlas_webhook_server_delivery_target(server, len)), b"");
        assert_eq!(bytes(|len| atlas_webhook_server_delivery_body(server, len)), b"");
        let status = atlas_webhook_server_rejection(server, ptr::null_mut());
        assert_eq!(status, ATLAS_WEBHOOK_ERR_ARGUMENT);
        atlas_webhook_server_free(server);

        atlas_webhook_endpoint_free(ptr::null_mut());
        atlas_webhook_request_free(request);
        atlas_webhook_exchange_free(exchange);
        let event = ptr::null_mut();
        assert_eq!(atlas_webhook_event_kind(event), ATLAS_WEBHOOK_EVENT_UNKNOWN);
        assert_eq!(sized(|len| atlas_webhook_event_type_name(event, len)), "");
        assert_eq!(sized(|len| atlas_webhook_event_dedupe_key(event, len)), "");
        assert_eq!(sized(|len| atlas_webhook_event_details(event, len)), "");
        assert_eq!(atlas_webhook_event_status(event), ATLAS_WEBHOOK_ABSENT);
        assert_eq!(bytes(|len| atlas_webhook_event_json(event, len)), b"");
        assert!(atlas_webhook_event_get(event, c"a".as_ptr()).is_null());
        let text = ATLAS_WEBHOOK_VALUE_STRING;
        assert!(atlas_webhook_event_get_as(event, c"a".as_ptr(), text).is_null());
        assert!(atlas_webhook_value_get_as(ptr::null(), c"a".as_ptr(), text).is_null());
        assert!(atlas_webhook_event_data(event).is_null());
        assert!(atlas_webhook_event_root(event).is_null());
        assert!(atlas_webhook_value_get(ptr::null(), c"a".as_ptr()).is_null());
        assert_eq!(sized(|len| atlas_webhook_value_name(ptr::null(), 0, len)), "");

        atlas_webhook_reply_free(reply);
        atlas_webhook_event_free(event);
        atlas_webhook_receiver_free(ptr::null_mut());
        atlas_webhook_error_free(error);
        atlas_webhook_transport_free(ptr::null_mut());
        atlas_webhook_cancel_free(ptr::null_mut());
    }
    assert_eq!(atlas_webhook_abi_version(), ATLAS_WEBHOOK_ABI_VERSION);
}

/// This build has no transport, and says so whatever it is asked.
fn unsupported(request: *mut atlas_webhook_request, number: u32, text: &Text, wants_error: bool) {
    assert_eq!(atlas_webhook_features() & ATLAS_WEBHOOK_FEATURE_TRANSPORT, 0);
    let check = |call: &dyn Fn(*mut *mut atlas_webhook_error) -> atlas_webhook_status| {
        let mut error = Output::new(wants_error);
        assert_eq!(call(error.pointer()), ATLAS_WEBHOOK_ERR_UNSUPPORTED);
        if wants_error {
            let error = error.written();
            unsafe {
                assert_eq!(atlas_webhook_error_status(error), ATLAS_WEBHOOK_ERR_UNSUPPORTED);
                let message = sized(|len| atlas_webhook_error_message(error, len));
                assert!(!message.is_empty() && !message.contains(MARK));
                atlas_webhook_error_free(error);
            }
        }
    };
    let (none, text) = (ptr::null_mut(), text.as_ptr());
    for wanted in [true, false] {
        check(&|error| {
            let mut out = Output::new(wanted);
            let status = unsafe { atlas_webhook_transport_new(out.pointer(), error) };
            assert!(out.untouched());
            status
        });
        check(&|error| {
            let mut out = Output::new(wanted);
            let status = unsafe { atlas_webhook_cancel_new(out.pointer(), error) };
            assert!(out.untouched());
            status
        });
        check(&|error| {
            let mut out = Output::new(wanted);
            let out_pointer = out.pointer();
            let status = unsafe {
                atlas_webhook_transport_send(none, request, ptr::null_mut(), out_pointer, error)
            };
            assert!(out.untouched());
            status
        });
    }
    check(&|error| unsafe { atlas_webhook_transport_set_timeout_ms(none, number, error) });
    check(&|error| unsafe { atlas_webhook_transport_set_connect_timeout_ms(none, number, error) });
    check(&|error| unsafe { atlas_webhook_transport_set_retries(none, number, error) });
    check(&|error| unsafe { atlas_webhook_transport_set_proxy(none, text, error) });
    check(&|error| unsafe { atlas_webhook_transport_use_env_proxy(none, error) });
    check(&|error| unsafe { atlas_webhook_transport_set_ca_file(none, text, error) });
    check(&|error| unsafe { atlas_webhook_cancel_now(ptr::null_mut(), error) });
}

/// A line to show holds no secret of its request. Where something was escaped, the escape and what
/// follows may by chance spell one.
fn hides(secrets: &[String], shown: &str) {
    for secret in secrets {
        if secret.contains(MARK) && !secret.contains('*') && !shown.contains('\\') {
            assert!(!shown.contains(secret), "{secret} is shown: {shown}");
        }
    }
}

fn set_limit(endpoint: &mut Endpoint, which: u32, value: u64) -> Result<(), Failure> {
    let mut limits = endpoint.limits();
    change(&mut limits, which, value)?;
    endpoint.set_limits(limits);
    Ok(())
}

fn change(limits: &mut Limits, which: u32, value: u64) -> Result<(), Failure> {
    let limit = match which {
        ATLAS_WEBHOOK_LIMIT_HEAD => &mut limits.head,
        ATLAS_WEBHOOK_LIMIT_FIELDS => &mut limits.fields,
        ATLAS_WEBHOOK_LIMIT_INTERIM => &mut limits.interim,
        ATLAS_WEBHOOK_LIMIT_BODY => &mut limits.body,
        ATLAS_WEBHOOK_LIMIT_CHUNK_OVERHEAD => &mut limits.chunk_overhead,
        ATLAS_WEBHOOK_LIMIT_VALUES => &mut limits.values,
        _ => return Err(Failure::Argument),
    };
    *limit = usize::try_from(value).map_err(|_| Failure::Argument)?;
    Ok(())
}

/// A value of C is that of Rust, and so are its members, so many levels down.
fn same_value(found: *const atlas_webhook_value, value: Value<'_>, levels: usize) {
    unsafe {
        assert_eq!(found.is_null(), value.value_type() == ValueType::Absent);
        let value_type = match value.value_type() {
            ValueType::Null => ATLAS_WEBHOOK_VALUE_NULL,
            ValueType::Boolean => ATLAS_WEBHOOK_VALUE_BOOLEAN,
            ValueType::Number => ATLAS_WEBHOOK_VALUE_NUMBER,
            ValueType::String => ATLAS_WEBHOOK_VALUE_STRING,
            ValueType::Array => ATLAS_WEBHOOK_VALUE_ARRAY,
            ValueType::Object => ATLAS_WEBHOOK_VALUE_OBJECT,
            _ => ATLAS_WEBHOOK_VALUE_ABSENT,
        };
        assert_eq!(atlas_webhook_value_type(found), value_type);
        assert_eq!(sized(|len| atlas_webhook_value_text(found, len)), value.text().unwrap_or(""));
        assert_eq!(atlas_webhook_value_number(found), value.number().unwrap_or(i64::MIN));
        assert_eq!(atlas_webhook_value_boolean(found), value.boolean().map_or(-1, i32::from));
        assert_eq!(bytes(|len| atlas_webhook_value_json(found, len)), value.json().as_bytes());
        assert_eq!(atlas_webhook_value_count(found), value.count());
        assert!(atlas_webhook_value_at(found, value.count()).is_null());
        if levels == 0 {
            return;
        }
        for i in 0..value.count() {
            let name = sized(|len| atlas_webhook_value_name(found, i, len));
            assert_eq!(name, value.name(i).unwrap_or_default());
            same_value(atlas_webhook_value_at(found, i), value.at(i), levels - 1);
        }
    }
}

fn kind_in_c(kind: EventKind) -> i32 {
    match kind {
        EventKind::Ticketed => ATLAS_WEBHOOK_EVENT_TICKETED,
        EventKind::ScheduleChange => ATLAS_WEBHOOK_EVENT_SCHEDULE_CHANGE,
        EventKind::EmailScheduleChange => ATLAS_WEBHOOK_EVENT_EMAIL_SCHEDULE_CHANGE,
        EventKind::AbnormalCancelled => ATLAS_WEBHOOK_EVENT_ABNORMAL_CANCELLED,
        EventKind::AirlineStatus => ATLAS_WEBHOOK_EVENT_AIRLINE_STATUS,
        EventKind::Email => ATLAS_WEBHOOK_EVENT_EMAIL,
        EventKind::Void => ATLAS_WEBHOOK_EVENT_VOID,
        EventKind::AddonComplete => ATLAS_WEBHOOK_EVENT_ADDON_COMPLETE,
        EventKind::RefundComplete => ATLAS_WEBHOOK_EVENT_REFUND_COMPLETE,
        EventKind::Cancelled => ATLAS_WEBHOOK_EVENT_CANCELLED,
        _ => ATLAS_WEBHOOK_EVENT_UNKNOWN,
    }
}

fn in_c(state: State) -> atlas_webhook_status {
    match state {
        State::WantSend => ATLAS_WEBHOOK_WANT_SEND,
        State::WantReceive => ATLAS_WEBHOOK_WANT_RECEIVE,
        State::Done => ATLAS_WEBHOOK_DONE,
        other => panic!("{other:?} is no success"),
    }
}

fn server_in_c(state: ServerState) -> atlas_webhook_status {
    match state {
        ServerState::WantReceive => ATLAS_WEBHOOK_WANT_RECEIVE,
        ServerState::WantResponse => ATLAS_WEBHOOK_WANT_RESPONSE,
        ServerState::WantSend => ATLAS_WEBHOOK_WANT_SEND,
        ServerState::WantClose => ATLAS_WEBHOOK_WANT_CLOSE,
    }
}

/// The status of every kind without the transport. A panic has no status here: it ends the run.
fn of(kind: ErrorKind) -> atlas_webhook_status {
    match kind {
        ErrorKind::Argument => ATLAS_WEBHOOK_ERR_ARGUMENT,
        ErrorKind::State => ATLAS_WEBHOOK_ERR_STATE,
        ErrorKind::Protocol => ATLAS_WEBHOOK_ERR_PROTOCOL,
        ErrorKind::Limit => ATLAS_WEBHOOK_ERR_LIMIT,
        ErrorKind::ClosedEarly => ATLAS_WEBHOOK_ERR_CLOSED_EARLY,
        ErrorKind::Encoding => ATLAS_WEBHOOK_ERR_ENCODING,
        ErrorKind::Redirect => ATLAS_WEBHOOK_ERR_REDIRECT,
        ErrorKind::Unauthorized => ATLAS_WEBHOOK_ERR_UNAUTHORIZED,
        ErrorKind::RateLimited => ATLAS_WEBHOOK_ERR_RATE_LIMITED,
        ErrorKind::ClientError => ATLAS_WEBHOOK_ERR_CLIENT_ERROR,
        ErrorKind::ServerError => ATLAS_WEBHOOK_ERR_SERVER_ERROR,
        ErrorKind::MalformedReply => ATLAS_WEBHOOK_ERR_MALFORMED_REPLY,
        ErrorKind::Refused => ATLAS_WEBHOOK_ERR_REFUSED,
        ErrorKind::Untrusted => ATLAS_WEBHOOK_ERR_UNTRUSTED,
        ErrorKind::MalformedDelivery => ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY,
        ErrorKind::Timeout => ATLAS_WEBHOOK_ERR_TIMEOUT,
        other => panic!("{other:?} is not documented of any function here"),
    }
}
