//! Whom the transport trusts: the platform's store, or a CA file.

use std::error::Error as _;
use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::path::PathBuf;
#[cfg(unix)]
use std::process::Command;
use std::sync::mpsc;
#[cfg(unix)]
use std::thread;
#[cfg(unix)]
use std::time::Duration;
use std::{env, fs};

use atlas_webhook::{ErrorKind, Transport};

use crate::faults::listen;
use crate::faults::tls::Authority;
use crate::support::request;
use crate::{FAULTS, LONG, folder, is_child, kind, patient, run_again, soon};

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
fn the_error_names_the_check_of_the_certificate_that_failed() {
    for (name, word) in [
        ("tls-wrong-name", "another name"),
        ("tls-expired", "expired"),
        ("tls-not-yet-valid", "not valid yet"),
        ("tls-unknown-ca", "not from a trusted CA"),
        ("tls-client-only", "extended key usage"),
        ("tls-own-ca", "that of a CA"),
    ] {
        let fault = FAULTS.named(name);
        let mut transport = patient();
        transport.set_ca_file(fault.ca.as_ref().unwrap()).unwrap();
        let error = soon(|| transport.send(&request(&fault.url))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls, "{name}");
        assert!(error.message().starts_with("the server's certificate "), "{name}: {error}");
        assert!(error.message().contains(word), "{name}: {error}");
    }
}

#[test]
fn the_error_names_the_refusal_of_the_server() {
    const HANDSHAKE_FAILURE: u8 = 40;
    const PROTOCOL_VERSION: u8 = 70;
    for (alert, says) in [
        (HANDSHAKE_FAILURE, "refused the TLS handshake"),
        (PROTOCOL_VERSION, "no TLS version or cipher in common"),
    ] {
        let address = listen(Ipv4Addr::LOCALHOST.into(), move |mut socket| {
            socket.read(&mut [0; 4096]).map(drop)?;
            // The record of a fatal alert (RFC 8446 section 6).
            socket.write_all(&[21, 3, 3, 0, 2, 2, alert])
        });
        let url = format!("https://{}", address.unwrap());
        let error = soon(|| patient().send(&request(&url))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
        assert!(error.message().contains(says), "{error}");
    }
}

/// The random numbers of two messages ClientHello.
#[test]
fn each_handshake_has_random_numbers_of_its_own() {
    let (sender, hellos) = mpsc::channel();
    let address = listen(Ipv4Addr::LOCALHOST.into(), move |mut socket| {
        // Behind the heads of the record and of the message, and the version.
        let mut hello = [0; 5 + 4 + 2 + 32];
        socket.read_exact(&mut hello)?;
        sender.send(hello[11..].to_vec()).unwrap();
        Ok(())
    });
    let url = format!("https://{}", address.unwrap());
    let randoms = [(); 2].map(|()| {
        soon(|| patient().send(&request(&url))).unwrap_err();
        hellos.recv_timeout(LONG).unwrap()
    });
    assert_ne!(randoms[0], randoms[1]);
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
fn a_second_ca_replaces_the_first() {
    let fault = FAULTS.named("tls-1.3");
    let ours = fs::read(fault.ca.as_ref().unwrap()).unwrap();
    let other = Authority::new("The second test CA").write(&folder(), "second-ca.pem").unwrap();
    let mut transport = patient();
    let send = |transport: &Transport| kind(&soon(|| transport.send(&request(&fault.url))));

    transport.set_ca_pem(&ours).unwrap();
    assert_eq!(send(&transport), None);
    transport.set_ca_file(&other).unwrap();
    assert_eq!(send(&transport), Some(ErrorKind::Tls), "a file replaces a text");
    transport.set_ca_pem(&ours).unwrap();
    assert_eq!(send(&transport), None);
    transport.set_ca_pem(fs::read(&other).unwrap()).unwrap();
    assert_eq!(send(&transport), Some(ErrorKind::Tls), "a text replaces a text");
}

#[test]
fn an_invalid_ca_file_is_rejected_and_changes_nothing() {
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
        assert!(error.to_string().contains(name), "{error}");
    }
    for (path, number) in [(folder.join("missing.pem"), 2), (folder, 21)] {
        let error = transport.set_ca_file(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
        assert_eq!(error.os_error(), Some(number), "{error}");
        let system = std::io::Error::from_raw_os_error(number).to_string();
        assert!(error.to_string().contains(&system), "{error}");
        assert_eq!(error.source().unwrap().to_string(), system);
    }
    assert_eq!(kind(&soon(|| transport.send(&request(&fault.url)))), None);
}

#[test]
fn certificates_from_memory_are_trusted_like_those_of_a_file() {
    let fault = FAULTS.named("tls-1.3");
    let pem = fs::read(fault.ca.as_ref().unwrap()).unwrap();
    let mut transport = patient();
    for wrong in [&b""[..], b"\0\xFF", &pem[..pem.len() / 2]] {
        let error = transport.set_ca_pem(wrong).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    }
    transport.set_ca_pem(&pem).unwrap();
    assert_eq!(kind(&soon(|| transport.send(&request(&fault.url)))), None);
}

#[cfg(unix)]
#[test]
fn the_path_of_a_ca_file_need_not_be_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let fault = FAULTS.named("tls-1.3");
    let path = folder().join(OsStr::from_bytes(b"ca-\xFF.pem"));
    fs::copy(fault.ca.as_ref().unwrap(), &path).unwrap();
    let mut transport = patient();
    transport.set_ca_file(&path).unwrap();
    assert_eq!(kind(&soon(|| transport.send(&request(&fault.url)))), None);
}

#[test]
fn without_a_platform_store_the_error_says_to_set_a_ca_file() {
    if is_child() {
        let error = soon(|| patient().send(&request(&variable("TEST_URL")))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls);
        for text in ["set a CA file", "SSL_CERT_FILE", &variable("SSL_CERT_FILE")] {
            assert!(error.to_string().contains(text), "{error}");
        }
        assert_eq!(error.os_error().map_or(String::new(), |n| n.to_string()), variable("TEST_OS"));
        return;
    }
    let empty = folder().join("empty-store.pem");
    fs::write(&empty, "").unwrap();
    for (store, number) in [(empty, ""), (folder().join("missing-store.pem"), "2")] {
        run_again(
            "trust::without_a_platform_store_the_error_says_to_set_a_ca_file",
            &[
                ("SSL_CERT_FILE", store.to_str().unwrap()),
                ("TEST_OS", number),
                ("TEST_URL", &FAULTS.named("tls-1.3").url),
            ],
        );
    }
}

/// Root can read every file, so a link to itself is the file that cannot be read.
#[cfg(unix)]
#[test]
fn an_empty_store_has_the_reason() {
    use std::os::unix::fs::symlink;

    if is_child() {
        let error = soon(|| patient().send(&request(&variable("TEST_URL")))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls);
        let (path, number) = (variable("TEST_PATH"), variable("TEST_OS"));
        let advice = format!("{} set a CA file: {path:?}", variable("TEST_CORRECT"));
        assert!(error.message().starts_with(&advice), "{error}");
        assert_eq!(error.os_error().map_or(String::new(), |n| n.to_string()), number, "{error}");
        let system = error.os_error().map(std::io::Error::from_raw_os_error);
        let source = error.source().map(ToString::to_string);
        assert_eq!(source, system.map(|system| system.to_string()));
        return;
    }
    let fault = FAULTS.named("tls-1.3");
    let folder = folder().join("stores");
    let [missing, empty, looping, good] =
        ["missing", "empty", "looping", "good"].map(|name| folder.join(name));
    for folder in [&empty, &looping, &good] {
        fs::create_dir_all(folder).unwrap();
    }
    fs::copy(fault.ca.as_ref().unwrap(), good.join("ca.pem")).unwrap();
    let no_certificate = folder.join("no-certificate.pem");
    fs::write(&no_certificate, "").unwrap();
    let link = looping.join("link.pem");
    symlink(&link, &link).unwrap();
    let eloop = rustix::io::Errno::LOOP.raw_os_error().to_string();
    let folders = "no trusted certificates; correct SSL_CERT_DIR or";
    let file_only = "SSL_CERT_FILE cannot be read; correct it or";
    let either = "no trusted certificates; correct SSL_CERT_FILE or SSL_CERT_DIR, or";
    for (file, store, path, number, correct) in [
        (None, &missing, &missing, "2", folders),
        (None, &empty, &empty, "", folders),
        (None, &looping, &link, &eloop, folders),
        (Some(&link), &empty, &link, &eloop, file_only),
        (Some(&link), &good, &link, &eloop, file_only),
        (Some(&no_certificate), &empty, &no_certificate, "", either),
        (Some(&PathBuf::new()), &missing, &missing, "2", folders),
    ] {
        let mut variables = vec![
            ("SSL_CERT_DIR", store.to_str().unwrap()),
            ("TEST_PATH", path.to_str().unwrap()),
            ("TEST_OS", number),
            ("TEST_CORRECT", correct),
            ("TEST_URL", &fault.url),
        ];
        variables.extend(file.map(|file| ("SSL_CERT_FILE", file.to_str().unwrap())));
        run_again("trust::an_empty_store_has_the_reason", &variables);
    }
}

#[test]
fn the_platform_store_is_trusted_unless_a_ca_file_is_given() {
    if is_child() {
        let request = request(&variable("TEST_URL"));
        let mut transport = patient();
        assert_eq!(kind(&soon(|| transport.send(&request))), None);
        transport.set_ca_file(variable("TEST_OTHER_CA")).unwrap();
        assert_eq!(kind(&soon(|| transport.send(&request))), Some(ErrorKind::Tls));
        return;
    }
    let fault = FAULTS.named("tls-1.3");
    let ca = fault.ca.as_ref().unwrap();
    let store = folder().join("store-of-one");
    fs::create_dir_all(&store).unwrap();
    fs::copy(ca, store.join("ca.pem")).unwrap();
    let other = Authority::new("Yet another test CA").write(&folder(), "other-ca.pem").unwrap();
    for (file, store) in [(ca.to_str().unwrap(), ""), ("", store.to_str().unwrap())] {
        run_again(
            "trust::the_platform_store_is_trusted_unless_a_ca_file_is_given",
            &[
                ("SSL_CERT_FILE", file),
                ("SSL_CERT_DIR", store),
                ("TEST_URL", &fault.url),
                ("TEST_OTHER_CA", other.to_str().unwrap()),
            ],
        );
    }
}

/// The message is that of the system's store, whether it exists or not.
#[test]
fn empty_variables_of_the_store_count_as_unset() {
    let test = "trust::empty_variables_of_the_store_count_as_unset";
    if is_child() {
        let error = soon(|| patient().send(&request(&variable("TEST_URL")))).unwrap_err();
        fs::write(variable("TEST_MESSAGE"), error.message()).unwrap();
        return;
    }
    let messages = [[].as_slice(), &[("SSL_CERT_FILE", ""), ("SSL_CERT_DIR", "")]].map(|unset| {
        let path = folder().join("message.txt");
        let mut variables = unset.to_vec();
        variables.push(("TEST_URL", &FAULTS.named("tls-1.3").url));
        variables.push(("TEST_MESSAGE", path.to_str().unwrap()));
        run_again(test, &variables);
        fs::read_to_string(path).unwrap()
    });
    assert_eq!(messages[0], messages[1]);
}

/// The store is a pipe, so that reading it lasts until it is written.
#[cfg(unix)]
#[test]
fn threads_that_wait_for_the_platform_store_are_woken() {
    if is_child() {
        let transport = patient();
        let request = request(&variable("TEST_URL"));
        thread::scope(|scope| {
            let sends: Vec<_> =
                (0..4).map(|_| scope.spawn(|| soon(|| transport.send(&request)))).collect();
            // Long enough for the others to wait for the thread that reads.
            thread::sleep(Duration::from_millis(200));
            fs::write(variable("SSL_CERT_FILE"), fs::read(variable("TEST_CA")).unwrap()).unwrap();
            for send in sends {
                assert_eq!(kind(&send.join().unwrap()), None);
            }
        });
        return;
    }
    let fault = FAULTS.named("tls-1.3");
    let pipe = folder().join("store-pipe.pem");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    run_again(
        "trust::threads_that_wait_for_the_platform_store_are_woken",
        &[
            ("SSL_CERT_FILE", pipe.to_str().unwrap()),
            ("TEST_CA", fault.ca.as_ref().unwrap().to_str().unwrap()),
            ("TEST_URL", &fault.url),
        ],
    );
}

fn variable(name: &str) -> String {
    env::var(name).unwrap()
}
