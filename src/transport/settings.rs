//! What the agents of a transport have in common: TLS, proxy, timeouts.

extern crate std;

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use std::net::Ipv6Addr;
use std::path::Path;
use std::time::Instant;
use std::{env, fs};

use rustls::RootCertStore;
use rustls::crypto::{CryptoProvider, KeyProvider};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::SigningKey;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Proxy, http};

use crate::error::{Error, ErrorKind};

/// How much of an answer ureq holds at a time, in bytes.
const INPUT_BUFFER: usize = 128 * 1024;

/// The longest head that ureq can read, whatever the limits of the request; a buffer that is full
/// looks to it like the end of the connection.
pub(super) const LONGEST_HEAD: usize = INPUT_BUFFER - 1;

const LONGEST_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// The variables that name a proxy, the first of them first.
const PROXY_VARIABLES: [&str; 6] =
    ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

pub(super) struct Settings {
    timeout: Duration,
    connect_timeout: Duration,
    proxy: Option<Proxy>,
    tls: TlsConfig,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(15),
            connect_timeout: Duration::from_secs(5),
            proxy: None,
            tls: tls(RootCerts::PlatformVerifier),
        }
    }
}

impl Settings {
    pub(super) fn set_timeout(&mut self, timeout: Duration) -> Result<(), Error> {
        self.timeout = bounded(timeout)?;
        Ok(())
    }

    pub(super) fn set_connect_timeout(&mut self, timeout: Duration) -> Result<(), Error> {
        self.connect_timeout = bounded(timeout)?;
        Ok(())
    }

    pub(super) fn set_proxy(&mut self, url: &str) -> Result<(), Error> {
        let proxy = parse(url).ok_or_else(|| {
            Error::argument("the proxy is not http://[user:password@]host[:port]")
        })?;
        self.proxy = Some(supported(proxy)?);
        Ok(())
    }

    pub(super) fn clear_proxy(&mut self) {
        self.proxy = None;
    }

    pub(super) fn use_env_proxy(&mut self) -> Result<(), Error> {
        let mut first = None;
        for variable in PROXY_VARIABLES {
            let Some(value) = env::var_os(variable).filter(|value| !value.is_empty()) else {
                continue;
            };
            // Also when it is not the first: a setting that was meant must not be lost in silence.
            let Some(proxy) = value.to_str().and_then(parse) else {
                return Err(Error::argument(format!("{variable} is not the URL of a proxy")));
            };
            first = first.or(Some(proxy));
        }
        self.proxy = first.map(|proxy| except(&supported(proxy)?)).transpose()?;
        Ok(())
    }

    pub(super) fn set_ca_file(&mut self, path: &Path) -> Result<(), Error> {
        let pem = fs::read(path).map_err(|error| {
            Error::argument(format!("the CA file cannot be read: {}", error.kind()))
        })?;
        let mut store = RootCertStore::empty();
        let mut certificates = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate =
                certificate.map_err(|_| Error::argument("the CA file is not sound PEM"))?;
            store.add(certificate.clone()).map_err(|_| {
                Error::argument("the CA file holds a certificate that cannot be used as a CA")
            })?;
            certificates.push(Certificate::from_der(&certificate).to_owned());
        }
        if certificates.is_empty() {
            return Err(Error::argument("the CA file holds no certificate"));
        }
        self.tls = tls(RootCerts::Specific(Arc::new(certificates)));
        Ok(())
    }

    /// When a send that starts now must be over.
    pub(super) fn deadline(&self) -> Instant {
        let now = Instant::now();
        // The timeout is at most a day.
        now.checked_add(self.timeout).unwrap_or(now)
    }

    /// Whether that URL goes through a proxy, and `NO_PROXY` does not except it.
    pub(super) fn is_proxied(&self, url: &http::Uri) -> bool {
        self.proxy.as_ref().is_some_and(|proxy| !proxy.is_no_proxy(url))
    }

    pub(super) fn agent(&self) -> Agent {
        Agent::config_builder()
            .tls_config(self.tls.clone())
            // Also where there is none: ureq would take one from the environment.
            .proxy(self.proxy.clone())
            // What a proxy sees; the request has its own.
            .user_agent(concat!("atlas-webhook/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_idle_connections(1)
            // The transport forgets it before.
            .max_idle_age(super::KEPT_FOR.saturating_mul(2))
            .input_buffer_size(INPUT_BUFFER)
            .timeout_connect(Some(self.connect_timeout))
            .build()
            .new_agent()
    }
}

/// With ring's provider named, since ureq would panic without one.
fn tls(roots: RootCerts) -> TlsConfig {
    let provider =
        CryptoProvider { key_provider: &NoKeys, ..rustls::crypto::ring::default_provider() };
    TlsConfig::builder()
        .root_certs(roots)
        .unversioned_rustls_crypto_provider(Arc::new(provider))
        .build()
}

/// There are no client certificates here, so what would sign with their keys is not linked.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(
        &self,
        _: PrivateKeyDer<'static>,
    ) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General(String::from("client certificates are not supported")))
    }
}

/// Without what ureq takes and reads in its own way: no host, and a port that is none.
fn parse(url: &str) -> Option<Proxy> {
    let proxy = Proxy::new(url).ok()?;
    let authority = proxy.uri().authority()?;
    let host = authority.host();
    let says_port = !authority.as_str().ends_with(host);
    let is_sound = !host.is_empty() && says_port == authority.port_u16().is_some();
    is_sound.then_some(proxy)
}

fn supported(proxy: Proxy) -> Result<Proxy, Error> {
    match proxy.protocol() {
        ureq::ProxyProtocol::Http | ureq::ProxyProtocol::Https => Ok(proxy),
        _ => Err(Error::new(ErrorKind::Unsupported, "a SOCKS proxy is not supported")),
    }
}

/// The proxy with the exceptions of `NO_PROXY`, read as curl reads it: a name stands for itself and all
/// below it, and spaces do not count.
fn except(proxy: &Proxy) -> Result<Proxy, Error> {
    let mut builder = Proxy::builder(proxy.protocol()).host(proxy.host()).port(proxy.port());
    if let Some(username) = proxy.username() {
        builder = builder.username(username);
    }
    if let Some(password) = proxy.password() {
        builder = builder.password(password);
    }
    let exceptions = ["NO_PROXY", "no_proxy"].into_iter().find_map(env::var_os).unwrap_or_default();
    let exceptions = exceptions.to_string_lossy();
    for entry in exceptions.split([',', ' ']).filter(|entry| !entry.is_empty()) {
        builder = builder.no_proxy(entry).no_proxy(&format!(".{entry}"));
        // ureq compares with the host as the URL has it.
        if let Ok(address) = entry.parse::<Ipv6Addr>() {
            builder = builder.no_proxy(&format!("[{address}]"));
        }
    }
    builder.build().map_err(|_| Error::argument("the proxy in the environment cannot be used"))
}

fn bounded(timeout: Duration) -> Result<Duration, Error> {
    if timeout.is_zero() || timeout > LONGEST_TIMEOUT {
        return Err(Error::argument("a timeout must be longer than zero and at most a day"));
    }
    Ok(timeout)
}

/// No proxy URL, which may hold a password.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("has_proxy", &self.proxy.is_some())
            .finish_non_exhaustive()
    }
}
