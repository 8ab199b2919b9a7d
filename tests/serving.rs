//! The example programs that serve deliveries, with real clients: `tests/serving.py` has the checks.
#![cfg(unix)]

use std::env;
use std::path::Path;
use std::process::Command;

fn serves(example: &str) {
    let deps = env::current_exe().unwrap();
    let profile = deps.parent().and_then(Path::parent).unwrap();
    let program = profile.join("examples").join(example);
    assert!(program.exists(), "{example} is not built: run `cargo test` without `--test`");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/serving.py");
    let mut command = Command::new("python3");
    command.arg(script);
    if cfg!(not(feature = "gzip")) {
        command.arg("--no-gzip");
    }
    let output = command.arg(program).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn the_example_with_threads_serves_real_clients_and_stores_what_it_acknowledges() {
    serves("serve");
}

#[test]
fn the_example_with_tokio_serves_real_clients_and_stores_what_it_acknowledges() {
    serves("serve_tokio");
}
