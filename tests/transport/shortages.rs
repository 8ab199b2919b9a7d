//! A machine that lacks descriptors or threads: an error of kind `Io` with the system's number,
//! retryable, with nothing on standard error, and afterwards the same handles work.

use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, mpsc};
use std::{env, thread};

use atlas_webhook::{Error, ErrorKind};
use rustix::process::{Resource, Rlimit, geteuid, getrlimit, setrlimit};

use crate::broken_peers::{Row, table};
use crate::faults::{Shortage, tls};
use crate::support::request;
use crate::{FAULTS, folder, is_child, patient, run_again, run_again_as, soon};

const EMFILE: i32 = rustix::io::Errno::MFILE.raw_os_error();
const EAGAIN: i32 = rustix::io::Errno::AGAIN.raw_os_error();

/// A user without privileges, whom `RLIMIT_NPROC` binds.
const NOBODY: u32 = 65534;

/// Runs `work` under a lower limit, and sets the old one again.
fn limited<T>(resource: Resource, limit: u64, work: impl FnOnce() -> T) -> T {
    let before = getrlimit(resource);
    let current = Some(limit);
    setrlimit(resource, Rlimit { current, maximum: before.maximum }).unwrap();
    let result = work();
    setrlimit(resource, before).unwrap();
    result
}

/// Runs `work` with so many descriptors left.
fn with_descriptors<T>(left: u64, work: impl FnOnce() -> T) -> T {
    let lowest_free = File::open("/dev/null").unwrap().as_raw_fd();
    limited(Resource::Nofile, u64::try_from(lowest_free).unwrap() + left, work)
}

/// Runs `work` without memory for the stack of another thread.
fn without_stacks<T>(work: impl FnOnce() -> T) -> T {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap();
    let kilobytes: u64 = size.trim().trim_end_matches(" kB").parse().unwrap();
    limited(Resource::As, kilobytes * 1024 + 1024 * 1024, || {
        // Stacks of threads that ended may be used again.
        let (end, ended) = mpsc::channel::<()>();
        let ended = Arc::new(Mutex::new(ended));
        let wait = || {
            let ended = Arc::clone(&ended);
            move || drop(ended.lock().map(|ended| ended.recv()))
        };
        while thread::Builder::new().spawn(wait()).is_ok() {}
        let result = work();
        drop(end);
        result
    })
}

#[track_caller]
fn assert_shortage(error: &Error, number: i32) {
    let found = (error.kind(), error.os_error(), error.retryable());
    assert_eq!(found, (ErrorKind::Io, Some(number), true), "{error}");
    let system = std::io::Error::from_raw_os_error(number).to_string();
    assert!(error.message().ends_with(&system), "{error}");
}

fn variable(name: &str) -> String {
    env::var(name).unwrap()
}

/// The URL of the fault server by its name.
fn by_name(url: &str) -> String {
    url.replace("127.0.0.1", "localhost")
}

/// A folder with several certificates, as a distribution has it.
fn store(ca: &Path) -> PathBuf {
    let store = folder().join("store");
    fs::create_dir_all(&store).unwrap();
    fs::copy(ca, store.join("0.pem")).unwrap();
    for n in 1..4 {
        tls::Authority::new(&format!("CA {n}")).write(&store, &format!("{n}.pem")).unwrap();
    }
    store
}

#[test]
fn every_shortage_of_the_table_gives_its_error() {
    if is_child() {
        return meet(&variable("TEST_NAME"), &variable("TEST_URL"), &variable("TEST_SHORTAGE"));
    }
    let shortages: Vec<_> =
        FAULTS.list().iter().filter(|fault| fault.shortage != Shortage::None).collect();
    assert!(!shortages.is_empty());
    for fault in shortages {
        let ca = fault.ca.as_ref().map_or("/nowhere", |ca| ca.to_str().unwrap());
        run_again(
            "shortages::every_shortage_of_the_table_gives_its_error",
            &[
                ("TEST_NAME", &fault.name),
                ("TEST_URL", &fault.url),
                ("TEST_SHORTAGE", &fault.shortage.to_string()),
                ("SSL_CERT_FILE", ca),
            ],
        );
    }
}

fn meet(name: &str, url: &str, shortage: &str) {
    let transport = patient();
    let send = || soon(|| transport.send(&request(url)));
    let result = match shortage.strip_prefix("descriptors-") {
        Some(left) => with_descriptors(left.parse().unwrap(), send),
        None => without_stacks(send),
    };
    assert_eq!(Some(&Row::of(&result)), table().get(name), "{name}: {result:?}");
    assert!(result.unwrap_err().os_error().is_some());
    send().unwrap();
}

#[test]
fn no_descriptor_is_left() {
    if is_child() {
        return without_descriptors();
    }
    let tls = FAULTS.named("tls-1.3");
    run_again(
        "shortages::no_descriptor_is_left",
        &[
            ("TEST_URL", &FAULTS.named("fine").url),
            ("TEST_TLS", &tls.url),
            ("TEST_CA", tls.ca.as_ref().unwrap().to_str().unwrap()),
            ("SSL_CERT_DIR", store(tls.ca.as_ref().unwrap()).to_str().unwrap()),
        ],
    );
}

fn without_descriptors() {
    let (url, tls) = (variable("TEST_URL"), variable("TEST_TLS"));
    let name = by_name(&url);
    // A socket alone, the folder of the store beside it, and not all of its files.
    for (url, left) in [(&url, 0), (&name, 0), (&tls, 0), (&tls, 1), (&tls, 2)] {
        let transport = patient();
        let request = request(url);
        let error = with_descriptors(left, || soon(|| transport.send(&request))).unwrap_err();
        assert_shortage(&error, EMFILE);
        assert_eq!(error.attempts(), 1);
        soon(|| transport.send(&request)).unwrap();
    }

    let mut transport = patient();
    transport.set_proxy(url.trim_end_matches("/fine")).unwrap();
    let error = with_descriptors(0, || transport.send(&request(&tls))).unwrap_err();
    assert_shortage(&error, EMFILE);

    let ca = variable("TEST_CA");
    let error = with_descriptors(0, || transport.set_ca_file(&ca).map(drop)).unwrap_err();
    assert_shortage(&error, EMFILE);
    transport.set_ca_file(&ca).unwrap();

    // A kept connection needs none.
    let transport = patient();
    soon(|| transport.send(&request(&url))).unwrap();
    with_descriptors(0, || soon(|| transport.send(&request(&url)))).unwrap();
}

#[test]
fn no_thread_can_be_started() {
    if is_child() {
        return no_thread(&variable("TEST_URL"), |work| without_stacks(work));
    }
    run_again("shortages::no_thread_can_be_started", &[("TEST_URL", &FAULTS.named("fine").url)]);
}

#[test]
fn the_user_has_as_many_threads_as_are_allowed() {
    if is_child() {
        return no_thread(&variable("TEST_URL"), |work| limited(Resource::Nproc, 0, work));
    }
    let test = "shortages::the_user_has_as_many_threads_as_are_allowed";
    let variables = [("TEST_URL", FAULTS.named("fine").url.as_str())];
    if !geteuid().is_root() {
        return run_again(test, &variables);
    }
    // The limit does not bind root; another user can run a copy.
    let copy = env::temp_dir().join(format!("atlas-webhook-test-{}", std::process::id()));
    fs::copy(env::current_exe().unwrap(), &copy).unwrap();
    let mut child = Command::new(&copy);
    child.uid(NOBODY).gid(NOBODY).current_dir("/");
    run_again_as(child, test, &variables);
    fs::remove_file(copy).unwrap();
}

/// A name needs a thread; an address and a kept connection need none.
fn no_thread(url: &str, limit: impl Fn(&mut dyn FnMut())) {
    let (transport, mut retried) = (patient(), patient());
    retried.set_retries(1);
    let (name, address) = (request(&by_name(url)), request(url));
    // Before any thread has run: the system keeps the stack of one that has ended for the next.
    limit(&mut || {
        assert_shortage(&soon(|| transport.send(&name)).unwrap_err(), EAGAIN);
        assert_eq!(soon(|| retried.send(&name)).unwrap_err().attempts(), 2);
        for _ in 0..10 {
            soon(|| transport.send(&address)).unwrap();
            transport.close_idle();
            soon(|| transport.send(&address)).unwrap();
        }
    });
    soon(|| transport.send(&name)).unwrap();
    soon(|| retried.send(&name)).unwrap();
}
