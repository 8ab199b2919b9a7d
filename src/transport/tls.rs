//! TLS by ureq's connector over rustls. This is the only module that uses ureq.
//!
//! ```text
//! Tls::establish ─► RustlsConnector ─► its stream ─► Layer ─► the channel below: TCP, or TLS to a proxy
//! ```
//!
//! ureq's interface cannot carry our deadlines, cancels and errors, so the stream above and the
//! layer below share a cell for them.

extern crate std;

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::Arc;
use core::fmt;
use std::io;
use std::sync::Mutex;

use rustls::pki_types::ServerName;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::time::Instant;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, RustlsConnector, Transport,
};

use super::cancel::{OwnedUntil, Until};
use super::channel::{Channel, Sent};
use super::crypto;
use super::failure::{self, Failure, Party};
use super::pool::Peer;
use super::trust::Trust;
use super::waiting::{Waiting, lock};
use crate::error::{Error, ErrorKind};

/// The plaintext of one TLS record is at most this long (RFC 8446 section 5.1).
const BUFFER: usize = 16 * 1024;

/// TLS of one transport: one configuration, so that sessions are resumed.
#[derive(Default)]
pub(super) struct Tls {
    trust: Trust,
    context: Mutex<Slot>,
}

#[derive(Default)]
enum Slot {
    #[default]
    Empty,
    /// A thread reads the certificate store.
    Reading(Waiting),
    Read(Arc<Context>),
}

/// Fails if the host of `peer` is not a valid name in TLS.
pub(super) fn check_host(peer: &Peer) -> Result<(), Error> {
    if peer.is_tls && ServerName::try_from(peer.host.as_str()).is_err() {
        return Err(Error::argument(format!("the host {} cannot be used with TLS", peer.host)));
    }
    Ok(())
}

/// The parts that are made once.
struct Context {
    connector: RustlsConnector,
    config: Config,
}

impl Tls {
    pub(super) fn trusting(trust: Trust) -> Self {
        Self { trust, context: Mutex::default() }
    }

    /// Does the handshake with `peer`, which is `party`, over `below`.
    pub(super) fn establish(
        &self,
        below: Box<dyn Channel>,
        peer: &Peer,
        party: Party,
        until: Until<'_>,
    ) -> Result<Box<dyn Channel>, Error> {
        let context = self.context(until, peer)?;
        let uri = Uri::builder().scheme("https").authority(format!("{peer}")).path_and_query("/");
        let uri = uri.build().map_err(|_| Error::argument("the host cannot be used with TLS"))?;
        let cell = Arc::new(Mutex::new(Cell { until: until.to_owned(), party, failure: None }));
        let layer =
            Layer { below, cell: Arc::clone(&cell), buffers: LazyBuffers::new(BUFFER, BUFFER) };
        let details = ConnectionDetails {
            uri: &uri,
            addrs: NoNames.empty(),
            config: &context.config,
            request_level: false,
            resolver: &NoNames,
            now: Instant::NotHappening,
            timeout: NextTimeout::default(),
            current_time: Arc::new(|| Instant::NotHappening),
            run_connector: Arc::new(|_| Err(ureq::Error::ConnectionFailed)),
            register_shutdown: Arc::new(|_| Ok(())),
        };
        match context.connector.connect(&details, Some(layer)) {
            Ok(Some(stream)) => Ok(Box::new(Stream { stream, cell })),
            Ok(None) => Err(Error::new(ErrorKind::Tls, "TLS could not be established")),
            Err(error) => Err(Cell::failure(&cell, error).in_handshake(peer)),
        }
    }

    /// The context, which the first caller makes. The others wait for it no longer than they may.
    fn context(&self, until: Until<'_>, peer: &Peer) -> Result<Arc<Context>, Error> {
        let made = until.wait_for(|| match &mut *lock(&self.context) {
            Slot::Read(context) => Some(Some(Arc::clone(context))),
            slot @ Slot::Empty => {
                *slot = Slot::Reading(Waiting::default());
                Some(None)
            }
            Slot::Reading(waiting) => {
                waiting.join();
                None
            }
        });
        if let Some(context) = made.map_err(|failure| failure.in_handshake(peer))? {
            return Ok(context);
        }
        let mut reading = Reading { slot: &self.context, context: None };
        let context = Arc::new(Context::new(&self.trust)?);
        reading.context = Some(Arc::clone(&context));
        Ok(context)
    }
}

/// Ends the reading of the certificate store. After a failure nothing is kept.
struct Reading<'a> {
    slot: &'a Mutex<Slot>,
    context: Option<Arc<Context>>,
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        let slot = self.context.take().map_or(Slot::Empty, Slot::Read);
        if let Slot::Reading(waiting) = core::mem::replace(&mut *lock(self.slot), slot) {
            waiting.wake();
        }
    }
}

impl Context {
    fn new(trust: &Trust) -> Result<Self, Error> {
        let roots = match trust.certificates()? {
            Some(certificates) => {
                let owned = |der| Certificate::from_der(der).to_owned();
                RootCerts::Specific(Arc::new(certificates.iter().map(|der| owned(der)).collect()))
            }
            None => RootCerts::PlatformVerifier,
        };
        let tls = TlsConfig::builder()
            .root_certs(roots)
            // Without a provider ureq panics.
            .unversioned_rustls_crypto_provider(Arc::new(crypto::provider()))
            .build();
        // ureq reads the proxy variables here. They are not used.
        let config = Config::builder()
            .tls_config(tls)
            .input_buffer_size(BUFFER)
            .output_buffer_size(BUFFER)
            .build();
        Ok(Self { connector: RustlsConnector::default(), config })
    }
}

/// ureq's own resolver would be linked otherwise.
#[derive(Debug)]
struct NoNames;

impl Resolver for NoNames {
    fn resolve(
        &self,
        _: &Uri,
        _: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Err(ureq::Error::HostNotFound)
    }
}

/// A channel with TLS.
struct Stream {
    stream: <RustlsConnector as Connector<Layer>>::Out,
    cell: Arc<Mutex<Cell>>,
}

/// The state that a [`Stream`] and the [`Layer`] below it share.
struct Cell {
    until: OwnedUntil,
    party: Party,
    /// The reason why the layer failed, which ureq's error does not contain.
    failure: Option<Failure>,
}

impl Cell {
    fn begin(&mut self, until: Until<'_>) {
        self.until = until.to_owned();
        self.failure = None;
    }

    /// Stores the reason why the layer failed. rustls passes the error on, or retries.
    fn fail(&mut self, failure: Failure) -> ureq::Error {
        self.failure = Some(failure);
        ureq::Error::Io(io::Error::from(io::ErrorKind::Other))
    }

    fn failure(cell: &Mutex<Self>, error: ureq::Error) -> Failure {
        let mut cell = lock(cell);
        if let Some(failure) = cell.failure.take() {
            return failure;
        }
        match error {
            ureq::Error::Rustls(error) => Failure::Tls(failure::tls(&error, cell.party)),
            ureq::Error::Io(error) => match failure::of_rustls(&error, cell.party) {
                Some(error) => Failure::Tls(error),
                None if error.kind() == io::ErrorKind::UnexpectedEof => Failure::Truncated,
                None => Failure::Io(error),
            },
            _ => Failure::Tls(Error::new(ErrorKind::Tls, "TLS could not be established")),
        }
    }
}

impl Stream {
    fn read(&mut self, until: Until<'_>) -> Result<&[u8], Failure> {
        lock(&self.cell).begin(until);
        let before = self.stream.buffers().input().len();
        self.stream.buffers().input_consume(before);
        match self.stream.await_input(NextTimeout::default()) {
            // Empty after the peer's close_notify.
            Ok(_) => Ok(self.stream.buffers().input()),
            Err(error) => Err(Cell::failure(&self.cell, error)),
        }
    }
}

impl Channel for Stream {
    /// Input does not end the wait, because TLS cannot be read while it is written.
    fn send(&mut self, bytes: &[u8], _: bool, until: Until<'_>) -> Result<Sent, Failure> {
        lock(&self.cell).begin(until);
        let output = self.stream.buffers().output();
        let length = copy(bytes, output);
        match self.stream.transmit_output(length, NextTimeout::default()) {
            Ok(()) => Ok(Sent::Bytes(length)),
            Err(error) => Err(Cell::failure(&self.cell, error)),
        }
    }

    fn receive(&mut self, until: Until<'_>) -> Result<&[u8], Failure> {
        self.read(until)
    }

    /// A waiting ticket is read. The channel stays usable.
    fn is_idle(&mut self) -> bool {
        matches!(self.read(Until::at_once()), Err(Failure::TimedOut))
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}

/// The layer below the TLS of ureq's connector.
struct Layer {
    below: Box<dyn Channel>,
    cell: Arc<Mutex<Cell>>,
    buffers: LazyBuffers,
}

impl Transport for Layer {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        let mut cell = lock(&self.cell);
        let mut rest = self.buffers.output().get(..amount).unwrap_or_default();
        while !rest.is_empty() {
            match self.below.send(rest, false, cell.until.borrow()) {
                Ok(Sent::Bytes(sent)) => rest = rest.get(sent..).unwrap_or_default(),
                // Bytes that the peer sent before it closed can still be read.
                Ok(Sent::Closed | Sent::InputWaits) => break,
                Err(failure) => return Err(cell.fail(failure)),
            }
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        let mut cell = lock(&self.cell);
        let received = self.below.receive(cell.until.borrow());
        match received {
            Ok(received) => {
                // The size of one receive of TCP.
                let length = copy(received, self.buffers.input_append_buf());
                self.buffers.input_appended(length);
                Ok(length > 0)
            }
            Err(failure) => Err(cell.fail(failure)),
        }
    }

    /// Only ureq's pool calls this, which is not used.
    fn is_open(&mut self) -> bool {
        false
    }
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layer").finish_non_exhaustive()
    }
}

/// Returns how many bytes fit.
fn copy(from: &[u8], to: &mut [u8]) -> usize {
    let length = from.len().min(to.len());
    if let (Some(from), Some(to)) = (from.get(..length), to.get_mut(..length)) {
        to.copy_from_slice(from);
    }
    length
}
