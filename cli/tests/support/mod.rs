//! The command as a user runs it.

// Each test file uses its own part of it.
#![allow(dead_code)]

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};
#[cfg(unix)]
use std::{
    net::Shutdown,
    os::{fd::OwnedFd, unix::net::UnixStream},
};

pub(crate) const CLIENT_ID: &str = "client-5f2e";
pub(crate) const CLIENT_SECRET: &str = "secret-b81d9c";
pub(crate) const TOKEN: &str = "token-7733aa";
pub(crate) const WEBHOOK: &str = "https://example.com/atlas/webhook?token=token-7733aa";
pub(crate) const CID: &str = "XXXXXXXX";

/// `atlas-webhook` with these arguments, in an environment that sets nothing for it.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atlas-webhook"));
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy().to_ascii_lowercase();
        if text.starts_with("atlas_") || text.ends_with("_proxy") || text == "no_color" {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

/// An output that nobody reads. It is a socket, since a pipe may still have a reader when it is
/// dropped here: until its program is loaded, a command of another test holds all descriptors.
#[cfg(unix)]
pub(crate) fn unread() -> Stdio {
    let (reader, writer) = UnixStream::pair().unwrap();
    reader.shutdown(Shutdown::Both).unwrap();
    OwnedFd::from(writer).into()
}

/// Stops a process that waits, and lets it continue. Linux then ends each wait with a timeout. That
/// is done several times, since the process may not wait yet.
#[cfg(target_os = "linux")]
pub(crate) fn stop_and_continue(process: &Child) {
    let script = "for i in 1 2 3 4 5 6 7 8 9; do kill -STOP $0; kill -CONT $0; sleep 0.01; done";
    let mut shell = Command::new("sh");
    assert!(shell.args(["-c", script, &process.id().to_string()]).status().unwrap().success());
}

/// What a command that has ended left.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs to the end. Whatever is printed must hold no secret.
pub(crate) fn run(command: &mut Command) -> Ran {
    ran(command.output().unwrap())
}

pub(crate) fn ran(output: Output) -> Ran {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let Output { status, stdout, stderr } = output;
    let ran = Ran { code: status.code(), stdout: text(stdout), stderr: text(stderr) };
    assert_no_secret(&ran.stdout);
    assert_no_secret(&ran.stderr);
    ran
}

pub(crate) fn assert_no_secret(printed: &str) {
    for secret in [TOKEN, CLIENT_SECRET] {
        assert!(!printed.contains(secret), "{secret} in: {printed}");
    }
}

/// A command that serves until it is stopped.
pub(crate) struct Serving {
    process: Child,
    /// What its first line says.
    pub(crate) first_line: String,
}

impl Serving {
    /// Starts it, and waits for its first line on standard output.
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::start_with(command, Stdio::piped())
    }

    pub(crate) fn start_with(command: &mut Command, stderr: Stdio) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Self { process, first_line: line.trim_end().to_owned() }
    }

    /// Stops it, and returns what it printed on standard error.
    pub(crate) fn stop(mut self) -> String {
        self.process.kill().unwrap();
        let mut log = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        assert_no_secret(&log);
        log
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
