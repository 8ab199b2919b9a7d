//! Transport: the library sends by itself; and cancel, which stops it.

use alloc::boxed::Box;
use core::ffi::{c_char, c_int};
use core::time::Duration;

use super::{ATLAS_WEBHOOK_OK, Changeable, Handle, Poison};
use super::{
    atlas_webhook_error, atlas_webhook_reply, atlas_webhook_request, atlas_webhook_status,
};
use super::{exclusive, free, guard, optional_text, output, report, shared, text};
use crate::error::{Error, ErrorKind};
#[cfg(feature = "transport")]
use crate::transport::{Cancel, Transport};

/// The bundled blocking transport: HTTP/1.1 over TCP and TLS. Trust is the platform's store, which
/// SSL_CERT_FILE and SSL_CERT_DIR in the environment may name. No redirect is followed, and no proxy
/// is used unless asked. It may start a thread for a moment, to look a host name up in time.
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

        pub(super) fn set_ca_file(&mut self, _: &str) -> Result<&mut Self, Error> {
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

/// Asked before the arguments are, so that every call gives `UNSUPPORTED` where nothing can work.
fn available() -> Result<(), Error> {
    if cfg!(feature = "transport") { Ok(()) } else { Err(without_transport()) }
}

fn without_transport() -> Error {
    Error::new(ErrorKind::Unsupported, "this build of the library has no transport")
}

/// atlas_webhook_transport_available gives 1 when this build has the transport, else 0.
#[unsafe(no_mangle)]
pub extern "C" fn atlas_webhook_transport_available() -> c_int {
    c_int::from(available().is_ok())
}

/// atlas_webhook_transport_new makes a transport with a timeout of 15 seconds for a whole send and
/// of 5 seconds for connecting.
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
/// request and answer together, and tries where more than one is allowed. At most a day.
///
/// Errors: ARGUMENT for 0 and for more; UNSUPPORTED.
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

/// atlas_webhook_transport_set_connect_timeout_ms bounds connecting within one try, a proxy and TLS
/// included and name resolution not. At most a day.
///
/// Errors: ARGUMENT for 0 and for more; UNSUPPORTED.
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
/// port may be left out, and so may user and password. NULL means no proxy, the default.
///
/// Errors: ARGUMENT for any other text; UNSUPPORTED, for SOCKS too.
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

/// atlas_webhook_transport_use_env_proxy takes the proxy from the environment of the process, as it
/// is now: the first of ALL_PROXY, HTTPS_PROXY and HTTP_PROXY, in capitals or small letters, with
/// the exceptions of NO_PROXY. Without any of them no proxy is used.
///
/// Errors: ARGUMENT when one of them is set and is not the URL of a proxy; UNSUPPORTED.
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
/// others. The file is read now.
///
/// Errors: ARGUMENT when it cannot be read, or holds no certificate that can be used; UNSUPPORTED.
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
        handle.transport.set_ca_file(unsafe { text(path, "the path") }?)?;
        Ok(ATLAS_WEBHOOK_OK)
    });
    // SAFETY: by the rules.
    unsafe { report(error, outcome) }
}

/// atlas_webhook_transport_set_retries allows so many tries more, within the timeout, after an
/// error that atlas_webhook_error_retryable calls worth it: after a wait that doubles from a quarter
/// of a second to four seconds, shortened at random by up to half, and is never shorter than the
/// server asks for. 0 unless set.
///
/// Errors: ARGUMENT when transport is NULL; UNSUPPORTED.
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

/// atlas_webhook_transport_send sends request and says what the answer means. It blocks the calling
/// thread until then, for at most the timeout. cancel may be NULL; else another thread may end the
/// call by atlas_webhook_cancel_now. None of the three is kept or changed.
///
/// *out is yours: free it with atlas_webhook_reply_free.
///
/// Errors: all. RESOLVE to CANCELLED are this function's own; the others are those of an exchange
/// and of atlas_webhook_request_reply.
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
/// CANCELLED, at once, or where a name is being resolved or a connection made, when that is over.
/// The request may have reached the server. Any thread may call it at any time, but not a signal
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
