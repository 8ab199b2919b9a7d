//! The bundled transport with network faults. `docs/transport.md` describes it for users; its table
//! of faults is read here.
#![cfg(all(feature = "transport", feature = "gzip"))]

mod broken_peers;
mod calls;
mod cancelling;
#[path = "../support/faults.rs"]
mod faults;
mod kept;
mod proxies;
#[cfg(target_os = "linux")]
mod shortages;
#[path = "../support/mod.rs"]
mod support;
mod timeouts;
mod trust;

use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use atlas_webhook::{Error, ErrorKind, Reply, Transport};
use faults::Faults;

/// A timeout that never expires in a test.
const LONG: Duration = Duration::from_secs(30);

/// Well below [`LONG`], and enough for a busy machine.
const SOON: Duration = Duration::from_secs(10);

static FAULTS: LazyLock<Faults> = LazyLock::new(|| Faults::start(&folder()).unwrap());

/// A folder in which this process may write.
fn folder() -> PathBuf {
    let name = format!("transport-{}", std::process::id());
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A transport whose timeouts do not expire.
fn patient() -> Transport {
    let mut transport = Transport::new().unwrap();
    transport.set_timeout(LONG).unwrap();
    transport.set_connect_timeout(LONG).unwrap();
    transport
}

/// The result of a send, which must end soon.
#[track_caller]
fn soon(send: impl FnOnce() -> Result<Reply, Error>) -> Result<Reply, Error> {
    let start = Instant::now();
    let result = send();
    let took = start.elapsed();
    assert!(took < SOON, "took {took:?}: {result:?}");
    result
}

#[track_caller]
fn kind(result: &Result<Reply, Error>) -> Option<ErrorKind> {
    result.as_ref().err().map(Error::kind)
}

/// Set in the processes that [`run_again`] starts.
const CHILD: &str = "ATLAS_WEBHOOK_TEST_CHILD";

fn is_child() -> bool {
    env::var_os(CHILD).is_some()
}

/// The environment belongs to the process, so what depends on it runs in a process of its own: the
/// test of that name once more, alone, with these variables and no other that a transport could
/// read. It finds itself to be a [child](is_child), and does what it has to do there.
#[track_caller]
fn run_again(test: &str, variables: &[(&str, &str)]) {
    run_again_as(Command::new(env::current_exe().unwrap()), test, variables);
}

/// The same by another command. Nothing may come on standard error.
#[track_caller]
fn run_again_as(mut child: Command, test: &str, variables: &[(&str, &str)]) {
    assert!(!is_child());
    for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"] {
        child.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    child.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
    child.args(["--exact", test, "--nocapture"]).env(CHILD, "").envs(variables.iter().copied());
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed") && output.stderr.is_empty(),
        "with {variables:?}:\n{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
