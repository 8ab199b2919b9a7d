//! Transport: the bundled HTTP client.

#[cfg(unix)]
extern crate std;

use alloc::boxed::Box;
use core::ffi::{c_char, c_void};
use core::time::Duration;

use super::{ATLAS_WEBHOOK_OK, Changeable, Handle, Poison};
use super::{
    atlas_webhook_cancel, atlas_webhook_error, atlas_webhook_reply, atlas_webhook_request,
    atlas_webhook_status,
};
use super::{bytes, exclusive, free, get, guard, optional_text, output, report, shared};
use crate::error::{Error, ErrorKind};
#[cfg(feature = "transport")]
use crate::transport::Transport;

/// The bundled blocking transport: HTTP/1.1 over TCP and TLS. It trusts the platform's certificate
/// store, which the environment variables SSL_CERT_FILE and SSL_CERT_DIR can replace. It follows no
/// redirects and uses a proxy only if you set one. It starts a thread for each name resolution,
/// which ends with the resolution, and no other thread.
///
/// Any number of threads may send over one transport at the same time. In a build without the
/// transport, every function of it that has an error parameter returns UNSUPPORTED.
pub struct atlas_webhook_transport {
    transport: Transport,
    poison: Poison,
}

impl Handle for atlas_webhook_transport {
    const NAME: &'static str = "the transport";

    fn is_poisoned(&self) -> bool {
        self.poison.is_set()
    }
}

impl Changeable for atlas_webhook_transport {
    fn poison(&self) -> &Poison {
        &self.poison
    }
}

#[cfg(not(feature = "transport"))]
use left_out::Transport;

/// The transport of a build without it. No value of this type exists, so no method is called.
#[cfg(not(feature = "transport"))]
mod left_out {
    use core::time::Duration;

    use super::super::cancel::Cancel;
    use super::{Error, without_transport};
    use crate::register::reply::Reply;
    use crate::register::request::Request;

    pub(super) enum Transport {}

    impl Transport {
        pub(super) fn new() -> Result<Self, Error> {
            Err(without_transport())
        }

        pub(super) fn set_timeout(&mut self, _: Duration) -> Result<&mut Self, Error> {
            match *self {}
        }

        pub(super) fn set_connect_timeout(&mut self, _: Duration) -> Result<&mut Self, Error> {
            match *self {}
        }

        pub(super) fn set_proxy(&mut self, _: &str) -> Result<&mut Self, Error> {
            match *self {}
        }

        pub(super) fn clear_proxy(&mut self) -> &mut Self {
            match *self {}
        }

        pub(super) fn use_env_proxy(&mut self) -> Result<&mut Self, Error> {
            match *self {}
        }

        pub(super) fn set_ca_file(&mut self, _: super::Path<'_>) -> Result<&mut Self, Error> {
            match *self {}
        }

        pub(super) fn set_ca_pem(&mut self, _: &[u8]) -> Result<&mut Self, Error> {
            match *self {}
        }

        pub(super) fn close_idle(&self) {
            match *self {}
        }

        pub(super) fn set_retries(&mut self, _: u32) -> &mut Self {
            match *self {}
        }

        pub(super) fn send(&self, _: &Request) -> Result<Reply, Error> {
            match *self {}
        }

        pub(super) fn send_cancellable(&self, _: &Request, _: &Cancel) -> Result<Reply, Error> {
            match *self {}
        }
    }
}

#[cfg(unix)]
type Path<'a> = &'a std::ffi::OsStr;
#[cfg(not(unix))]
type Path<'a> = &'a str;

/// A path from C.
///
/// # Safety
///
/// As [`text`](super::text).
#[cfg(unix)]
unsafe fn file_path<'a>(path: *const c_char) -> Result<Path<'a>, Error> {
    use std::os::unix::ffi::OsStrExt;

    use super::convert::{MODIFIED_NUL, contains_nul};

    if path.is_null() {
        return Err(super::is_null("the path"));
    }
    // SAFETY: not NULL, and NUL-terminated by this function's contract.
    let path = unsafe { core::ffi::CStr::from_ptr(path) }.to_bytes();
    // The C++ header ends a path like this at its NUL. No file has such a path, because of the slash.
    match path.strip_suffix(b"/").and_then(|path| path.strip_suffix(MODIFIED_NUL)) {
        Some(before) => Err(contains_nul("the path", before.len())),
        None => Ok(std::ffi::OsStr::from_bytes(path)),
    }
}

/// A path from C.
///
/// # Safety
///
/// As [`text`](super::text).
#[cfg(not(unix))]
unsafe fn file_path<'a>(path: *const c_char) -> Result<Path<'a>, Error> {
    // SAFETY: the same contract.
    unsafe { super::text(path, "the path") }
}

/// Returns `UNSUPPORTED` in a build without the transport. Every function calls it before it checks its
/// arguments.
pub(super) fn available() -> Result<(), Error> {
    if cfg!(feature = "transport") { Ok(()) } else { Err(without_transport()) }
}

fn without_transport() -> Error {
    Error::new(ErrorKind::Unsupported, "this build of the library has no transport")
}

/// atlas_webhook_transport_new makes a transport with the default settings.
///
/// Errors: ARGUMENT if out is NULL. UNSUPPORTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_transport_new(
    out: *mut *mut atlas_webhook_transport,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        available()?;
        let out = output(out, "out")?;
        let handle =
            atlas_webhook_transport { transport: Transport::new()?, poison: Poison::default() };
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(Box::into_raw(Box::new(handle))) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_transport_set_timeout_ms sets the timeout of a whole send. It includes name
/// resolution, connecting, TLS, request, response, and all attempts and the waits between them.
///
/// Default: 15,000 (15 s).
///
/// Range: 1 to 86,400,000 (one day).
///
/// Errors: ARGUMENT if timeout_ms is out of range. UNSUPPORTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_transport_set_timeout_ms(
    transport: *mut atlas_webhook_transport,
    timeout_ms: u32,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        available()?;
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(transport) }?;
        handle.transport.set_timeout(Duration::from_millis(timeout_ms.into()))?;
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_transport_set_connect_timeout_ms sets the timeout for connecting within one
/// attempt. It includes the proxy and TLS, but not name resolution.
///
/// Default: 5,000 (5 s).
///
/// Range: 1 to 86,400,000 (one day).
///
/// Errors: ARGUMENT if timeout_ms is out of range. UNSUPPORTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_transport_set_connect_timeout_ms(
    transport: *mut atlas_webhook_transport,
    timeout_ms: u32,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        available()?;
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(transport) }?;
        handle.transport.set_connect_timeout(Duration::from_millis(timeout_ms.into()))?;
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_transport_set_proxy sends through the HTTP proxy at url. CONNECT is used for http
/// endpoints too. A proxy can read what is sent to an http endpoint. Therefore a send to an http
/// endpoint through a proxy on another machine fails with ARGUMENT, unless the endpoint allows
/// plaintext.
///
/// Default: no proxy.
///
/// Range: http://host:port, or NULL for no proxy. port is optional, and user:password@ may precede
/// host. user and password are percent-encoded. With https:// the connection to the proxy uses TLS.
///
/// Errors: ARGUMENT if url is out of range: without a scheme, with a path other than "/", or with
/// port 0.
/// UNSUPPORTED, also for a SOCKS proxy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_transport_set_proxy(
    transport: *mut atlas_webhook_transport,
    url: *const c_char,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        available()?;
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(transport) }?;
        // SAFETY: by the rules.
        match unsafe { optional_text(url, "the proxy URL") }? {
            Some(url) => handle.transport.set_proxy(url)?,
            None => handle.transport.clear_proxy(),
        };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_transport_use_env_proxy reads the proxies from the environment of the process now,
/// by the rules of curl. For an https endpoint it uses the first that is set of https_proxy,
/// HTTPS_PROXY, all_proxy and ALL_PROXY. For an http endpoint it uses the first of http_proxy,
/// all_proxy and ALL_PROXY. An empty variable counts as unset. A value without a scheme is an http
/// proxy. no_proxy or NO_PROXY lists the hosts to send to directly. If a SOCKS proxy applies to a
/// send, the send fails with UNSUPPORTED.
///
/// Errors: ARGUMENT if a variable that applies is not the URL of a proxy. UNSUPPORTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_transport_use_env_proxy(
    transport: *mut atlas_webhook_transport,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        available()?;
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(transport) }?;
        handle.transport.use_env_proxy()?;
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_transport_set_ca_file trusts only the certificates in the PEM file at path. The
/// file is read now. On Unix path is any bytes, on Windows UTF-8.
///
/// Default: the platform's certificate store.
///
/// Range: a file with at least one certificate.
///
/// Errors: ARGUMENT if the file cannot be read, contains no certificate, or contains one that
/// cannot be used. IO if the system lacks descriptors or memory. UNSUPPORTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_transport_set_ca_file(
    transport: *mut atlas_webhook_transport,
    path: *const c_char,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        available()?;
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(transport) }?;
        // SAFETY: by the rules.
        handle.transport.set_ca_file(unsafe { file_path(path) }?)?;
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_transport_set_ca_pem trusts only the certificates in the PEM text of len bytes.
///
/// Default: the platform's certificate store.
///
/// Range: a text with at least one certificate.
///
/// Errors: ARGUMENT if the text contains no certificate, or contains one that cannot be used.
/// UNSUPPORTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_transport_set_ca_pem(
    transport: *mut atlas_webhook_transport,
    pem: *const c_void,
    len: usize,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        available()?;
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(transport) }?;
        // SAFETY: by the rules.
        handle.transport.set_ca_pem(unsafe { bytes(pem, len, "pem") }?)?;
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_transport_set_retries sets how many retries follow a retryable error
/// (atlas_webhook_error_retryable), within the timeout. The wait before a retry doubles from 0.25 s
/// to 4 s and is shortened at random by up to half. It is never shorter than the wait that the
/// server requests.
///
/// Default: 0.
///
/// Range: 0 to UINT32_MAX.
///
/// Errors: ARGUMENT if transport is NULL. UNSUPPORTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_transport_set_retries(
    transport: *mut atlas_webhook_transport,
    retries: u32,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        available()?;
        // SAFETY: by the rules.
        let mut handle = unsafe { exclusive(transport) }?;
        handle.transport.set_retries(retries);
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_transport_send sends request and interprets the response. cancel may be NULL.
///
/// Errors: any. RESOLVE to CANCELLED are errors of this function. The others are those of an
/// exchange and of atlas_webhook_request_reply. ARGUMENT also if the host of an https URL cannot be
/// used with TLS.
///
/// Blocks: until the response is complete, the timeout expires, or another thread calls
/// atlas_webhook_cancel_now with cancel.
///
/// Ownership: you own *out. Free it with atlas_webhook_reply_free.
///
/// Threads: any number of threads may send at the same time, over one transport and with one
/// cancel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_transport_send(
    transport: *const atlas_webhook_transport,
    request: *const atlas_webhook_request,
    cancel: *mut atlas_webhook_cancel,
    out: *mut *mut atlas_webhook_reply,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        available()?;
        let out = output(out, "out")?;
        // SAFETY: by the rules.
        let handle = unsafe { shared(transport) }?;
        // SAFETY: by the rules.
        let request = unsafe { shared(request) }?;
        let reply = if cancel.is_null() {
            handle.transport.send(&request.request)?
        } else {
            // SAFETY: by the rules.
            let cancel = unsafe { shared(cancel) }?;
            handle.transport.send_cancellable(&request.request, &cancel.cancel)?
        };
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(atlas_webhook_reply::into_raw(&reply)) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_transport_close_idle closes the idle connections. Sends in flight continue. Call
/// it before a long pause: an idle connection that is older than 15 s is otherwise closed only by
/// the next send or with the transport. If transport is NULL, it does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_transport_close_idle(
    transport: *const atlas_webhook_transport,
) {
    // SAFETY: by the rules.
    unsafe { get(transport, (), |handle| handle.transport.close_idle()) }
}

/// atlas_webhook_transport_free frees a transport and closes its connections. No call on the
/// transport may be running.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_transport_free(transport: *mut atlas_webhook_transport) {
    // SAFETY: by the rules.
    unsafe { free(transport) };
}
