//! The trust of TLS: the platform, or the certificates that the program set.

extern crate std;

use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use std::fs;
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

#[cfg(all(unix, not(target_vendor = "apple"), not(target_os = "android")))]
use self::files as store;
#[cfg(not(all(unix, not(target_vendor = "apple"), not(target_os = "android"))))]
use self::platform as store;
use super::failure;
use crate::error::{Error, ErrorKind};

#[derive(Clone, Default)]
pub(super) enum Trust {
    #[default]
    Platform,
    Only(Arc<Vec<CertificateDer<'static>>>),
}

impl Trust {
    pub(super) fn from_file(path: &Path) -> Result<Self, Error> {
        let what = format!("the CA file {path:?}");
        match fs::read(path) {
            Ok(pem) => Self::parse(&pem, &what),
            Err(error) => {
                let kind =
                    if failure::is_shortage(&error) { ErrorKind::Io } else { ErrorKind::Argument };
                Err(failure::of_system(kind, format!("{what} cannot be read"), error))
            }
        }
    }

    pub(super) fn from_pem(pem: &[u8]) -> Result<Self, Error> {
        Self::parse(pem, "the CA text")
    }

    fn parse(pem: &[u8], what: &str) -> Result<Self, Error> {
        let refuse = |why: &str| Error::argument(format!("{what} {why}"));
        let mut store = RootCertStore::empty();
        let mut certificates = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|_| refuse("is not valid PEM"))?;
            store
                .add(certificate.clone())
                .map_err(|_| refuse("contains a certificate that cannot be used as a CA"))?;
            certificates.push(certificate);
        }
        if certificates.is_empty() {
            return Err(refuse("contains no certificate"));
        }
        Ok(Self::Only(Arc::new(certificates)))
    }

    /// The certificates to trust. `None`: the platform itself decides.
    pub(super) fn certificates(&self) -> Result<Option<Arc<Vec<CertificateDer<'static>>>>, Error> {
        match self {
            Self::Platform => store::certificates().map(|store| store.map(Arc::new)),
            Self::Only(certificates) => Ok(Some(Arc::clone(certificates))),
        }
    }
}

/// For platforms whose certificate store consists of files.
#[cfg(all(unix, not(target_vendor = "apple"), not(target_os = "android")))]
mod files {
    use alloc::string::String;
    use std::env;
    use std::path::PathBuf;

    use openssl_probe::ProbeResult;
    use rustls_native_certs::{
        CertificateResult, ErrorKind as StoreError, load_certs_from_paths, load_native_certs,
    };

    use super::*;

    /// The variables that name the store in place of the system's. An empty one counts as unset.
    const FILE: &str = "SSL_CERT_FILE";
    const FOLDERS: &str = "SSL_CERT_DIR";

    /// If descriptors or memory are missing, a partly read store is an error.
    pub(super) fn certificates() -> Result<Option<Vec<CertificateDer<'static>>>, Error> {
        let file = variable(FILE);
        let found = load();
        let mut first = None;
        for error in found.errors {
            let StoreError::Io { inner, path } = error.kind else { continue };
            if failure::is_shortage(&inner) {
                let what = "the trust store cannot be read";
                return Err(failure::of_system(ErrorKind::Io, what, inner));
            }
            if file.as_ref() == Some(&path) {
                let what = format!("{FILE} cannot be read; correct it or set a CA file: {path:?}");
                return Err(failure::of_system(ErrorKind::Tls, what, inner));
            }
            first = first.or(Some((path, inner)));
        }
        if !found.certs.is_empty() {
            return Ok(Some(found.certs));
        }
        Err(match first {
            Some((path, error)) => {
                let what = format!("{}: {path:?}", correct());
                failure::of_system(ErrorKind::Tls, what, error)
            }
            None => empty(file),
        })
    }

    /// rustls-native-certs reads an empty `SSL_CERT_FILE` as a path. It is then passed the paths of the store.
    fn load() -> CertificateResult {
        if env::var_os(FILE).is_none_or(|file| !file.is_empty()) {
            return load_native_certs();
        }
        let store = match variable(FOLDERS) {
            Some(list) => {
                ProbeResult { cert_file: None, cert_dir: env::split_paths(&list).collect() }
            }
            None => openssl_probe::probe(),
        };
        let mut folders = store.cert_dir.iter().map(PathBuf::as_path);
        let mut found = load_certs_from_paths(store.cert_file.as_deref(), folders.next());
        for folder in folders {
            let more = load_certs_from_paths(None, Some(folder));
            found.certs.extend(more.certs);
            found.errors.extend(more.errors);
        }
        found
    }

    /// What there is of the store was read, and contains no certificate.
    fn empty(file: Option<PathBuf>) -> Error {
        let message = match file.or_else(|| variable(FOLDERS)) {
            Some(named) => format!("{}: {named:?} contains no certificate", correct()),
            None => "the system has no store of trusted certificates; set a CA file".into(),
        };
        Error::new(ErrorKind::Tls, message)
    }

    /// What to do about a store without certificates.
    fn correct() -> String {
        let correct = match (variable(FILE), variable(FOLDERS)) {
            (None, None) => "",
            (Some(_), None) => "correct SSL_CERT_FILE or ",
            (None, Some(_)) => "correct SSL_CERT_DIR or ",
            (Some(_), Some(_)) => "correct SSL_CERT_FILE or SSL_CERT_DIR, or ",
        };
        format!("no trusted certificates; {correct}set a CA file")
    }

    fn variable(name: &str) -> Option<PathBuf> {
        env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }
}

/// For platforms that check certificates themselves.
#[cfg(not(all(unix, not(target_vendor = "apple"), not(target_os = "android"))))]
mod platform {
    use super::*;

    pub(super) fn certificates() -> Result<Option<Vec<CertificateDer<'static>>>, Error> {
        Ok(None)
    }
}
