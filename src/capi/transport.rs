//! Transport: the library sends by itself; and cancel, which stops it.

#[cfg(unix)]
extern crate std;

use alloc::boxed::Box;
use core::ffi::{c_char, c_void};
use core::time::Duration;

use super::{ATLAS_WEBHOOK_OK, Changeable, Handle, Poison};
use super::{
    atlas_webhook_error, atlas_webhook_reply, atlas_webhook_request, atlas_webhook_status,
};
use super::{bytes, exclusive, free, get, guard, optional_text, output, report, shared};
use crate::error::{Error, ErrorKind};
#[cfg(feature = "transport")]
use crate::transport::{Cancel, Transport};

/// The bundled blocking transport: HTTP/1.1 over TCP and TLS. Trust is the platform's store, which
/// SSL_CERT_FILE and SSL_CERT_DIR in the environment may name. No redirect is followed, and no proxy
/// is used unless asked. It starts a thread for name resolution, which ends with the resolution, and
/// no other thread.
///
/// Threads may share one and send at the same time; its setters are exclusive. In a build without
/// it, every function of it that can fail gives UNSUPPORTED.
pub struct atlas_webhook_transport {
    transport: Transport,
    poison: Poison,
}

/// A way to stop calls of a transport from another thread. Threads share it: all its functions but
/// its free may be called at the same time.
pub struct atlas_webhook_cancel {
    cancel: Cancel,
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

impl Handle for atlas_webhook_cancel {
    const NAME: &'static str = "the cancel";
}

#[cfg(not(feature = "transport"))]
use left_out::{Cancel, Transport};

/// What stands where the transport was left out. There is never one, so nothing of it is ever called.
#[cfg(not(feature = "transport"))]
mod left_out {
    use core::time::Duration;

    use super::{Error, without_transport};
    use crate::register::reply::Reply;
    use crate::register::request::Request;

    pub(super) enum Transport {}

    pub(super) struct Cancel;

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

    impl Cancel {
        pub(super) fn new() -> Self {
            Self
        }

        pub(super) fn cancel(&self) {}
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

    if path.is_null() {
        return Err(super::is_null("the path"));
    }
    // SAFETY: not NULL, and NUL-terminated by this function's contract.
    Ok(std::ffi::OsStr::from_bytes(unsafe { core::ffi::CStr::from_ptr(path) }.to_bytes()))
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

/// Asked before the arguments are, so that every call gives `UNSUPPORTED` where nothing can work.
fn available() -> Result<(), Error> {
    if cfg!(feature = "transport") { Ok(()) } else { Err(without_transport()) }
}

fn without_transport() -> Error {
    Error::new(ErrorKind::Unsupported, "this build of the library has no transport")
}

/// atlas_webhook_transport_new makes a transport. Its timeout is 15 s for a whole send and 5 s for
/// connecting.
///
/// *out is yours: free it with atlas_webhook_transport_free.
///
/// Errors: ARGUMENT when out is NULL; UNSUPPORTED.
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

/// atlas_webhook_transport_set_timeout_ms bounds a whole send: name resolution, connecting, TLS,
/// request and response together, and all attempts with their waits.
///
/// Default: 15,000.
///
/// Range: 1 to 86,400,000 (one day).
///
/// Errors: ARGUMENT if timeout_ms is out of range; UNSUPPORTED.
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

/// atlas_webhook_transport_set_connect_timeout_ms bounds connecting within one attempt. A proxy and
/// TLS are included, name resolution is not.
///
/// Default: 5,000.
///
/// Range: 1 to 86,400,000 (one day).
///
/// Errors: ARGUMENT if timeout_ms is out of range; UNSUPPORTED.
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

/// atlas_webhook_transport_set_proxy sends through the HTTP proxy at url, by CONNECT for http
/// endpoints too. url is http://user:password@host:port, with user and password percent-encoded; the
/// port may be left out, and so may user and password. https:// speaks TLS to the proxy. NULL means no
/// proxy, the default. A proxy reads what goes to an http endpoint: a send to one through a proxy on
/// another machine fails with ARGUMENT, unless the endpoint allows plaintext.
///
/// Default: no proxy.
///
/// Range: such a URL, or NULL.
///
/// Errors: ARGUMENT if url is not such a URL: without a scheme, with a path, or with port 0;
/// UNSUPPORTED, for SOCKS too.
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

/// atlas_webhook_transport_use_env_proxy uses the proxies that the environment of the process names
/// now, as curl reads it: for an https endpoint the first that is set of https_proxy, HTTPS_PROXY,
/// all_proxy and ALL_PROXY, for an http endpoint the first of http_proxy, all_proxy and ALL_PROXY. An
/// empty variable counts as unset, and a value without a scheme is an http proxy. no_proxy or NO_PROXY
/// lists the hosts to send to directly. If a SOCKS proxy applies to a send, the send fails with
/// UNSUPPORTED.
///
/// Errors: ARGUMENT if a variable that applies is not the URL of a proxy; UNSUPPORTED.
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

/// atlas_webhook_transport_set_ca_file trusts the certificates in the PEM file at path, and no
/// others. The file is read now. On Unix, path is any bytes; on Windows, UTF-8.
///
/// Default: the platform's store.
///
/// Range: a file with at least one certificate.
///
/// Errors: ARGUMENT if the file cannot be read, contains no certificate, or one that cannot be used;
/// IO if the system lacks descriptors or memory; UNSUPPORTED.
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

/// atlas_webhook_transport_set_ca_pem trusts the certificates in the PEM text of len bytes, and no
/// others. The text is copied.
///
/// Default: the platform's store.
///
/// Range: a text with at least one certificate.
///
/// Errors: ARGUMENT if the text contains no certificate, or one that cannot be used; UNSUPPORTED.
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
/// (atlas_webhook_error_retryable), within the timeout. The wait before a retry doubles from 0.25 s to
/// 4 s, is shortened at random by up to half, and is never shorter than the server asks for.
///
/// Default: 0.
///
/// Range: 0 to UINT32_MAX.
///
/// Errors: ARGUMENT if transport is NULL; UNSUPPORTED.
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
/// Errors: all. RESOLVE to CANCELLED are errors of this function; the others are those of an exchange
/// and of atlas_webhook_request_reply.
///
/// Blocks: until the response is complete, for at most the timeout, or until another thread calls
/// atlas_webhook_cancel_now with cancel.
///
/// Threads: any number of threads may send over one transport at the same time.
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

/// atlas_webhook_transport_close_idle closes the connections that are kept for later sends. Sends in
/// flight go on. Call it before a long pause: connections are kept for 15 s after their last use, and
/// closed by the next send or with the transport. If transport is NULL, it does nothing.
///
/// Threads: any thread may call it at any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_transport_close_idle(
    transport: *const atlas_webhook_transport,
) {
    // SAFETY: by the rules.
    unsafe { get(transport, (), |handle| handle.transport.close_idle()) }
}

/// atlas_webhook_transport_free frees a transport and closes its connections. No call on it may
/// still run. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_transport_free(transport: *mut atlas_webhook_transport) {
    // SAFETY: by the rules.
    unsafe { free(transport) };
}

/// atlas_webhook_cancel_new makes a cancel, to be given to atlas_webhook_transport_send.
///
/// *out is yours: free it with atlas_webhook_cancel_free.
///
/// Errors: ARGUMENT when out is NULL; UNSUPPORTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_cancel_new(
    out: *mut *mut atlas_webhook_cancel,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        available()?;
        let out = output(out, "out")?;
        let handle = atlas_webhook_cancel { cancel: Cancel::new() };
        // SAFETY: not NULL, and valid by the rules.
        unsafe { out.write(Box::into_raw(Box::new(handle))) };
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_cancel_now ends the calls that were given cancel, and all that will be: they give
/// CANCELLED, at once. Reading the trust store for the first TLS connection of a transport is not
/// interrupted; it lasts some milliseconds. The request may have reached the server. Any thread may call it at any time, but not a signal
/// handler.
///
/// Errors: ARGUMENT when cancel is NULL; UNSUPPORTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_cancel_now(
    cancel: *mut atlas_webhook_cancel,
    error: *mut *mut atlas_webhook_error,
) -> atlas_webhook_status {
    let outcome = guard(|| {
        available()?;
        // SAFETY: by the rules.
        unsafe { shared(cancel) }?.cancel.cancel();
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_cancel_free frees a cancel; no call that was given it may still run. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn atlas_webhook_cancel_free(cancel: *mut atlas_webhook_cancel) {
    // SAFETY: by the rules.
    unsafe { free(cancel) };
}
