//! What judges a changed C ABI for `tests/proof mutants_rust`, which prepares it and runs it: the tests in C, C++ and
//! Python, with the C library of this source. No other run of the tests includes it (`test = false`).
//!
//! `JUDGES` is a folder with the tests in C and C++, each as a program that is linked to the shared library, and
//! `JUDGES_PYTHON` the Python to run the tests of the package with.

use std::env;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Those that meet every function of C. The others start many programs.
const PYTHON_TESTS: [&str; 6] = ["errors", "events", "exchange", "register", "transport", "values"];

#[test]
fn the_tests_in_c_cpp_and_python_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = build(root);
    let folder = library.parent().unwrap();
    let _ = symlink(&library, folder.join("libatlas_webhook.so.1"));

    let mut programs: Vec<PathBuf> =
        variable("JUDGES").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    programs.sort();
    assert!(programs.len() > 10, "{programs:?}");
    for program in programs {
        run(Command::new(program).current_dir(root).env("LD_LIBRARY_PATH", folder));
    }

    let python = root.join("bindings/python");
    run(Command::new(variable("JUDGES_PYTHON"))
        .args(["-m", "pytest", "--quiet", "--exitfirst", "-p", "no:cacheprovider"])
        .args(PYTHON_TESTS.map(|name| format!("tests/test_{name}.py")))
        .current_dir(&python)
        .env("PYTHONPATH", python.join("src"))
        .env("ATLAS_WEBHOOK_LIBRARY", &library));
}

fn variable(name: &str) -> PathBuf {
    env::var_os(name).unwrap_or_else(|| panic!("{name} is set by tests/proof mutants_rust")).into()
}

/// The shared library of this source, built into the target folder of this test.
fn build(root: &Path) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    run(Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--package", "atlas-webhook-c", "--lib"])
        .arg("--target-dir")
        .arg(target)
        .current_dir(root));
    target.join("debug/libatlas_webhook.so")
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let (printed, told) = (&output.stdout, &output.stderr);
    let (printed, told) = (String::from_utf8_lossy(printed), String::from_utf8_lossy(told));
    assert!(output.status.success(), "{command:?} failed\n{printed}{told}");
}
