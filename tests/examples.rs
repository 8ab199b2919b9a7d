//! The example programs, run in the way of a user.
//!
//! They are found where `cargo test` builds them; a run of this file alone (`--test examples`) takes
//! them as the last such build left them.

#[path = "support/encodings.rs"]
mod encodings;
mod support;

use std::env;
use std::process::{Command, Output};

use atlas_webhook_cli::{Content, Options, Response, Sandbox};
use support::{CID, CLIENT_SECRET, TOKEN, WEBHOOK};

/// An example program, without the environment variables that it reads.
fn example(name: &str) -> Command {
    let deps = env::current_exe().unwrap();
    let profile = deps.parent().and_then(|deps| deps.parent()).unwrap();
    let program = profile.join("examples").join(name).with_extension(env::consts::EXE_EXTENSION);
    assert!(program.exists(), "{name} is not built: run `cargo test` without `--test`");
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        let name_text = name.to_string_lossy().to_ascii_lowercase();
        if name_text.starts_with("atlas_") || name_text.ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command
}

struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs to the end, and holds whatever was printed to the promise about secrets.
fn run(command: &mut Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let ran = Ran { code: status.code(), stdout: text(stdout), stderr: text(stderr) };
    assert_no_secret(&ran.stdout);
    assert_no_secret(&ran.stderr);
    ran
}

fn assert_no_secret(printed: &str) {
    for secret in [TOKEN, CLIENT_SECRET] {
        assert!(!printed.contains(secret), "{secret} in: {printed}");
    }
}

#[cfg(feature = "transport")]
#[test]
fn the_example_of_both_halves_registers_and_receives() {
    let ran = run(&mut example("register"));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert_eq!(
        ran.stdout,
        "registered: HTTP status 200\n\
         order.ticketed TESTA20260815180326173: new\n\
         order.schedulechange EXMPA20261101083000001: new\n\
         order.schedulechange EXMPA20261101083000001: a duplicate\n\
         rejected: the target is not the path and query of a registered URL\n"
    );
}

const OWN_WAYS: [&str; 3] = ["own_socket", "own_stack", "tokio"];

#[test]
fn each_own_way_registers() {
    for name in OWN_WAYS {
        for answer in [Response::default(), Response { gzip: true, ..Response::default() }] {
            let sandbox = Sandbox::start(Options::responding(answer)).unwrap();
            let ran = run(example(name).args([&sandbox.url(), WEBHOOK, CID]));
            assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{name}");
            assert!(ran.stdout.contains("registered: HTTP status 200"), "{name}: {}", ran.stdout);
            let body = format!(r#"{{"cid":"{CID}","url":"{WEBHOOK}"}}"#);
            assert_eq!(sandbox.requests()[0].body, body.as_bytes(), "{name}");
        }
    }
}

#[test]
fn each_example_prints_a_refusal_and_exits_with_1() {
    let answer =
        Response { content: Content::Status(901, format!("no {WEBHOOK}")), ..Response::default() };
    for name in OWN_WAYS {
        let sandbox = Sandbox::start(Options::responding(answer.clone())).unwrap();
        let ran = run(example(name).args([&sandbox.url(), WEBHOOK]));
        assert_eq!(ran.code, Some(1), "{name}");
        for part in ["status 901", "retryable: false", "kind: Refused"] {
            assert!(ran.stderr.contains(part), "{name}: {part} is not in: {}", ran.stderr);
        }
    }
}

#[test]
fn no_example_prints_a_secret_that_the_server_repeats() {
    let path_and_query = &WEBHOOK["https://example.com".len()..];
    for (encoding, encode) in encodings::ENCODINGS {
        for status in [0, 901] {
            let text = format!("{} {}", encode(path_and_query), encode(CLIENT_SECRET));
            let content = Content::Status(status, text.clone());
            let answer =
                Response { content, request_id: Some(text.clone()), ..Response::default() };
            let sandbox = Sandbox::start(Options::responding(answer)).unwrap();
            let mut programs: Vec<Command> = Vec::new();
            for name in OWN_WAYS {
                programs.push(example(name));
                programs.last_mut().unwrap().args([&sandbox.url(), WEBHOOK, CID]);
            }
            for mut program in programs {
                let ran = run(&mut program);
                assert_eq!(ran.code == Some(0), status == 0, "{encoding}: {}", ran.stderr);
                let printed = (ran.stdout + &ran.stderr).to_ascii_lowercase();
                for (secret, length) in [(path_and_query, 8), (CLIENT_SECRET, 8), (&text, 16)] {
                    let secret = secret.to_ascii_lowercase();
                    for part in secret.as_bytes().windows(length) {
                        let part = str::from_utf8(part).unwrap();
                        assert!(!printed.contains(part), "{encoding}: {part} in: {printed}");
                    }
                }
            }
        }
    }
}

#[test]
fn each_example_prints_its_usage() {
    for name in OWN_WAYS {
        let ran = run(&mut example(name));
        assert_eq!(ran.code, Some(1), "{name}");
        assert!(ran.stderr.contains(&format!("usage: {name} ENDPOINT URL [CID]")), "{name}");
    }
}

#[test]
fn an_own_socket_does_not_send_a_tls_request_in_plaintext() {
    for name in ["own_socket", "tokio"] {
        let ran = run(example(name).args(["https://127.0.0.1:1", WEBHOOK]));
        assert_eq!(ran.code, Some(1), "{name}");
        assert!(ran.stderr.contains("https needs"), "{name}: {}", ran.stderr);
    }
}

/// Over a socket every case has the result of the exchange, and an invalid case fails.
#[cfg(feature = "transport")]
#[test]
fn the_conformance_program_sends_each_case_over_a_socket() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = folder.join(format!("conformance-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let run_cases = |lines: &str| {
        std::fs::write(folder.join("cases.jsonl"), lines).unwrap();
        run(example("conformance").arg("--transport").arg(&folder))
    };
    // "HTTP/1.1 200 OK\r\n\r\n{}", cut short and whole.
    let cases = r#"{"kind":"http-response","method":"POST","bytes_b64":"SFRUUC8xLjEgMjAwIE9L"}
{"kind":"http-response","method":"POST","bytes_b64":"SFRUUC8xLjEgMjAwIE9LDQoNCnt9"}
{"kind":"http-response","method":"HEAD","bytes_b64":"SFRUUC8xLjEgMjAwIE9LDQoNCg=="}
{"kind":"json-text","bytes_b64":"eyJzdGF0dXMiOjB9"}"#;
    let ran = run_cases(cases);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    let total = ran.stdout.lines().find(|line| line.starts_with("total")).unwrap();
    let counts: Vec<&str> = total.split_whitespace().skip(1).take(5).collect();
    assert_eq!(counts, ["4", "3", "0", "0", "1"], "cases, held, failed, policy, skipped");
    assert_eq!(run_cases(r#"{"kind":"http-response","bytes_b64":"?"}"#).code, Some(1));
}
