//! TLS on both sides: a server with a certificate of its own, and a client.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, OnceLock};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A client that trusts the certificates of the system. Without any it trusts nobody.
pub(crate) fn system_client() -> Arc<ClientConfig> {
    static CLIENT: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    let client = CLIENT.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        trusting(roots)
    });
    Arc::clone(client)
}

/// A client that trusts the certificates of this PEM text.
pub(crate) fn client(pem: &[u8]) -> io::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate.map_err(invalid)?).map_err(invalid)?;
    }
    if roots.is_empty() {
        return Err(invalid("there is no certificate in it"));
    }
    Ok(trusting(roots))
}

fn trusting(roots: RootCertStore) -> Arc<ClientConfig> {
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("ring has ciphers for the default versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// The socket with TLS; the handshake is done by what is sent first.
pub(crate) fn connect(
    config: &Arc<ClientConfig>,
    host: &str,
    socket: TcpStream,
) -> io::Result<impl Read + Write + use<>> {
    let name = ServerName::try_from(host.to_owned()).map_err(invalid)?;
    let connection = ClientConnection::new(Arc::clone(config), name).map_err(invalid)?;
    Ok(StreamOwned::new(connection, socket))
}

/// A server for `names` and the certificate of the authority that it is trusted by, as PEM.
pub(crate) fn server(names: Vec<String>) -> io::Result<(Arc<ServerConfig>, String)> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "atlas-webhook sandbox");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().map_err(invalid)?;
    let authority = params.self_signed(&key).map_err(invalid)?.pem();
    let issuer = Issuer::new(params, key);

    let params = CertificateParams::new(names).map_err(invalid)?;
    let key = KeyPair::generate().map_err(invalid)?;
    let certificate = params.signed_by(&key, &issuer).map_err(invalid)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(invalid)?;
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(invalid)?
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(certificate)], key)
        .map_err(invalid)?;
    Ok((Arc::new(config), authority))
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, error)
}

/// A connection of the sandbox. Another thread may shut the socket down.
pub(crate) enum Stream {
    Plain(Socket),
    Tls(Box<StreamOwned<ServerConnection, Socket>>),
}

/// A socket that several threads know.
pub(crate) struct Socket(pub(crate) Arc<TcpStream>);

impl Stream {
    pub(crate) fn new(
        socket: Arc<TcpStream>,
        config: Option<&Arc<ServerConfig>>,
    ) -> io::Result<Self> {
        let socket = Socket(socket);
        match config {
            None => Ok(Self::Plain(socket)),
            Some(config) => {
                let connection = ServerConnection::new(Arc::clone(config)).map_err(invalid)?;
                Ok(Self::Tls(Box::new(StreamOwned::new(connection, socket))))
            }
        }
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => &socket.0,
            Self::Tls(stream) => &stream.sock.0,
        }
    }

    /// Says that nothing more will be sent, so that the peer takes what it has for whole.
    pub(crate) fn close_notify(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(stream) => {
                stream.conn.send_close_notify();
                stream.flush()
            }
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self.0).flush()
    }
}
