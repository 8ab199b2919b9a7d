//! Certificates made at run time, and TLS servers with them.

#![allow(dead_code)]

use std::fs;
use std::io;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

pub(crate) type TlsStream = StreamOwned<ServerConnection, TcpStream>;

/// Years within which a certificate is valid.
pub(crate) type Validity = (i32, i32);

pub(crate) const VALID: Validity = (2000, 2999);

/// A certificate authority.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate.
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Its certificate as a PEM file in `dir`.
    pub(crate) fn write(&self, dir: &Path, file: &str) -> io::Result<PathBuf> {
        let path = dir.join(file);
        fs::write(&path, &self.pem)?;
        Ok(path)
    }

    /// A server that is called `name`, a host name or an address.
    pub(crate) fn server(
        &self,
        name: &str,
        (from, to): Validity,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        self.server_by(&params, versions)
    }

    /// A server with a certificate for clients only.
    pub(crate) fn client_only(&self, name: &str) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
        self.server_by(&params, &[&rustls::version::TLS13])
    }

    fn server_by(
        &self,
        params: &CertificateParams,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        config(certificate, &key, versions)
    }
}

/// A server whose certificate is its own CA, as a PEM file in `dir`.
pub(crate) fn own_ca(
    name: &str,
    dir: &Path,
    file: &str,
) -> io::Result<(PathBuf, Arc<ServerConfig>)> {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let path = dir.join(file);
    fs::write(&path, certificate.pem())?;
    Ok((path, config(certificate, &key, &[&rustls::version::TLS13])))
}

fn config(
    certificate: Certificate,
    key: &KeyPair,
    versions: &[&'static SupportedProtocolVersion],
) -> Arc<ServerConfig> {
    let chain = vec![CertificateDer::from(certificate)];
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    Arc::new(config)
}

/// Ready to read from, which does the handshake.
pub(crate) fn accept(socket: TcpStream, config: &Arc<ServerConfig>) -> TlsStream {
    StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), socket)
}
