//! What judges a changed C ABI for `tests/proof mutants_rust`, which prepares it and runs it: the tests in C, C++ and
//! Python, with the C library of this source, and its own tests in Rust. The cheapest are first, and the first that
//! fails ends the judgement. No other run of the tests includes it (`test = false`).
//!
//! It is a test of the shim crate, so that cargo builds the library once for each change, and nothing of the crates
//! that the tests in Rust need.
//!
//! `JUDGES` is a folder with the tests in C and C++, each as a program that is linked to the shared library, and
//! `JUDGES_PYTHON` the Python to run the tests of the package with.

use std::env;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Those that meet every function of C. The others start many programs.
const PYTHON_TESTS: [&str; 6] = ["values", "exchange", "errors", "register", "events", "transport"];

#[test]
fn the_tests_of_the_c_abi_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    // What cargo set for this test would make it build crates anew: ring looks at all of these.
    let of_this_test = |name: &str| {
        name == "OUT_DIR" || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
    };
    let cargo = |command: &str, package: &str, arguments: &[&str]| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args([
            command,
            "--quiet",
            "--locked",
            "--profile=mutants",
            "--lib",
            "--package",
            package,
        ]);
        cargo.arg("--target-dir").arg(target).args(arguments).current_dir(&root);
        for (name, _) in env::vars().filter(|(name, _)| of_this_test(name)) {
            cargo.env_remove(name);
        }
        run(&mut cargo);
    };

    cargo("rustc", "atlas-webhook-c", &["--crate-type=cdylib"]);
    let folder = target.join("mutants");
    let library = folder.join("libatlas_webhook.so");
    let _ = symlink(&library, folder.join("libatlas_webhook.so.1"));

    let mut programs: Vec<PathBuf> =
        variable("JUDGES").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(programs.len() > 10, "{programs:?}");
    // Those of the settings wait for timeouts.
    programs
        .sort_by_key(|program| (program.to_string_lossy().ends_with("settings"), program.clone()));
    for program in programs {
        run(Command::new(program).current_dir(&root).env("LD_LIBRARY_PATH", &folder));
    }

    let python = root.join("bindings/python");
    run(Command::new(variable("JUDGES_PYTHON"))
        .args(["-m", "pytest", "--quiet", "--exitfirst", "-p", "no:cacheprovider"])
        .args(PYTHON_TESTS.map(|name| format!("tests/test_{name}.py")))
        .current_dir(&python)
        .env("PYTHONPATH", python.join("src"))
        .env("ATLAS_WEBHOOK_LIBRARY", &library));

    cargo("test", "atlas-webhook", &["--features=capi", "capi::"]);
}

fn variable(name: &str) -> PathBuf {
    env::var_os(name).unwrap_or_else(|| panic!("{name} is set by tests/proof mutants_rust")).into()
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let (printed, told) = (&output.stdout, &output.stderr);
    let (printed, told) = (String::from_utf8_lossy(printed), String::from_utf8_lossy(told));
    assert!(output.status.success(), "{command:?} failed\n{printed}{told}");
}
