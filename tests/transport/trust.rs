//! Whom the transport trusts: the platform's store, or a CA file.

use std::fs;

use atlas_webhook::{ErrorKind, Transport};

use crate::support::request;
use crate::{FAULTS, folder, in_child, kind, patient, soon};

#[test]
fn a_ca_file_decides_whether_a_server_is_trusted() {
    for name in ["tls-1.2", "tls-1.3", "tls-ipv6", "tls-name"] {
        let fault = FAULTS.named(name);
        let mut transport = patient();
        let request = request(&fault.url);
        assert_eq!(kind(&soon(|| transport.send(&request))), Some(ErrorKind::Tls), "{name}");
        transport.set_ca_file(fault.ca.as_ref().unwrap()).unwrap();
        // The second over the connection of the first.
        for _ in 0..2 {
            assert_eq!(kind(&soon(|| transport.send(&request))), None, "{name}");
        }
    }
}

#[test]
fn a_ca_file_may_hold_more_than_certificates_and_more_than_one() {
    let fault = FAULTS.named("tls-1.3");
    let ours = fs::read_to_string(fault.ca.as_ref().unwrap()).unwrap();
    let key = "-----BEGIN PRIVATE KEY-----\r\nAAAA\r\n-----END PRIVATE KEY-----\r\n";
    let bundle = folder().join("bundle.pem");
    fs::write(&bundle, format!("# A comment\r\n{key}{}", ours.replace('\n', "\r\n").repeat(2)))
        .unwrap();
    let mut transport = patient();
    transport.set_ca_file(&bundle).unwrap();
    assert_eq!(kind(&soon(|| transport.send(&request(&fault.url)))), None);
}

#[test]
fn a_ca_file_that_is_none_is_refused_and_changes_nothing() {
    let fault = FAULTS.named("tls-1.3");
    let mut transport = patient();
    transport.set_ca_file(fault.ca.as_ref().unwrap()).unwrap();

    let folder = folder();
    let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let no_base64 = "-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n";
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let no_end = "-----BEGIN CERTIFICATE-----\nAAAA\n";
    for (name, content) in [
        ("empty.pem", ""),
        ("key.pem", key),
        ("no-base64.pem", no_base64),
        ("no-certificate.pem", no_certificate),
        ("no-end.pem", no_end),
        ("garbage.pem", "\0\u{7F}garbage"),
    ] {
        let path = folder.join(name);
        fs::write(&path, content).unwrap();
        let error = transport.set_ca_file(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{name}: {error}");
        assert!(!error.to_string().contains(name), "{error}");
    }
    for path in [folder.join("missing.pem"), folder] {
        let error = transport.set_ca_file(path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    }
    assert_eq!(kind(&soon(|| transport.send(&request(&fault.url)))), None);
}

#[test]
fn without_a_platform_store_the_error_says_to_set_a_ca_file() {
    let empty = folder().join("empty-store.pem");
    fs::write(&empty, "").unwrap();
    let name = "trust::without_a_platform_store_the_error_says_to_set_a_ca_file";
    if in_child(name, &[("SSL_CERT_FILE", empty.to_str().unwrap())]) {
        let error = soon(|| patient().send(&request(&FAULTS.named("tls-1.3").url))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls);
        assert!(error.to_string().contains("set a CA file"), "{error}");
    }
}

#[test]
fn the_platform_store_is_trusted_unless_a_ca_file_is_given() {
    let fault = FAULTS.named("tls-1.3");
    let ca = fault.ca.as_ref().unwrap().to_str().unwrap();
    let name = "trust::the_platform_store_is_trusted_unless_a_ca_file_is_given";
    if in_child(name, &[("SSL_CERT_FILE", ca), ("TEST_URL", &fault.url)]) {
        let request = request(&std::env::var("TEST_URL").unwrap());
        let mut transport = patient();
        assert_eq!(kind(&soon(|| transport.send(&request))), None);
        // Another CA, that of this process; the store no longer counts.
        transport.set_ca_file(fault.ca.as_ref().unwrap()).unwrap();
        assert_eq!(kind(&soon(|| transport.send(&request))), Some(ErrorKind::Tls));
    }
}

/// So that a program finds out when it starts, and with a kind of its own.
#[test]
fn making_a_transport_needs_no_store() {
    assert!(Transport::new().is_ok());
}
