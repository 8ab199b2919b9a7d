//! The example programs, run as a user runs them.
//!
//! They are found where `cargo test` builds them; a run of this file alone (`--test examples`) takes
//! them as the last such build left them.

#[path = "support/encodings.rs"]
mod encodings;
mod support;

use std::env;
use std::process::{Command, Output};

use atlas_webhook_cli::{Content, Options, Response, Sandbox};
use support::{CID, CLIENT_ID, CLIENT_SECRET, TOKEN, WEBHOOK};

/// An example program, in an environment that says nothing to it.
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
    for secret in [TOKEN, CLIENT_SECRET, "pb7xq2mz41", "sample-secret"] {
        assert!(!printed.contains(secret), "{secret} in: {printed}");
    }
}

#[cfg(feature = "transport")]
mod register {
    use super::*;

    fn register(endpoint: &str) -> Command {
        let mut command = example("register");
        command.args(["--endpoint", endpoint, "--url", WEBHOOK, "--cid", CID]);
        command.args(["--client-id", CLIENT_ID]).env("ATLAS_CLIENT_SECRET", CLIENT_SECRET);
        command
    }

    #[test]
    fn without_an_argument_it_registers_a_sample_in_a_sandbox_of_its_own() {
        let ran = run(&mut example("register"));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        for part in [
            "POST http://127.0.0.1:",
            "/updateWebhookURL.do\n",
            "x-atlas-client-secret: ***\n",
            r#"{"cid":"XXXXXXXX","url":"https://example.com/***"}"#,
            "HTTP 200, status 0, msg of 7 bytes",
        ] {
            assert!(ran.stdout.contains(part), "{part} is not in: {}", ran.stdout);
        }
    }

    #[test]
    fn what_it_is_told_is_what_it_sends() {
        let credentials = Some((CLIENT_ID.to_owned(), CLIENT_SECRET.to_owned()));
        let options = Options { credentials, require_cid: true, ..Options::default() };
        let sandbox = Sandbox::start(options).unwrap();
        let ran = run(register(&sandbox.url()).args(["--timeout", "60"]));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        let body = format!(r#"{{"cid":"{CID}","url":"{WEBHOOK}"}}"#);
        assert_eq!(sandbox.requests()[0].body, body.as_bytes());
    }

    #[test]
    fn its_exit_code_says_who_failed_and_whether_to_try_again() {
        let says = |content| Response { content, ..Response::default() };
        let status = |status| says(Content::Status(status, format!("{WEBHOOK} {CLIENT_SECRET}\n")));
        let http = |http_status| Response {
            http_status: Some(http_status),
            ..says(Content::RateLimit(7))
        };
        let cases = [
            (status(0), 0, ""),
            (status(100), 3, "status 100"),
            (status(2), 13, "status 2"),
            (says(Content::Body(b"<html>".to_vec())), 3, "MalformedReply"),
            (http(302), 4, "Redirect"),
            (http(401), 4, "Unauthorized"),
            (http(429), 14, "7 s"),
            (http(503), 14, "ServerError"),
            (says(Content::Raw(b"SSH-2.0".to_vec())), 4, "Protocol"),
            (Response { cut: Some(30), ..Response::default() }, 14, "ClosedEarly"),
        ];
        for (answer, code, said) in cases {
            let what = format!("{answer:?}");
            let sandbox = Sandbox::start(Options::responding(answer)).unwrap();
            let ran = run(&mut register(&sandbox.url()));
            assert_eq!(ran.code, Some(code), "{what}: {}", ran.stderr);
            assert!(ran.stderr.contains(said), "{what}: {}", ran.stderr);
        }
    }

    #[test]
    fn no_server_is_a_network_error_worth_another_try() {
        // The local port of a connection is taken, and nobody listens there.
        let sandbox = Sandbox::start(Options::default()).unwrap();
        let taken = support::connect(&support::request(&sandbox.url()));
        let endpoint = format!("http://{}", taken.local_addr().unwrap());
        let ran = run(&mut register(&endpoint));
        assert_eq!(ran.code, Some(15), "{}", ran.stderr);
        assert!(ran.stderr.contains("Connect"), "{}", ran.stderr);
    }

    #[test]
    fn its_proxy_is_the_one_named_or_with_env_proxy_that_of_the_environment() {
        let sandbox = Sandbox::start(Options::default()).unwrap();
        let url = sandbox.url();
        // The server there is not a proxy, and its response to CONNECT is a refusal.
        let ran = run(register(&url).args(["--proxy", &url]));
        assert_eq!(ran.code, Some(5), "{}", ran.stderr);
        assert!(ran.stderr.contains("Proxy"), "{}", ran.stderr);
        let cases: [(&[&str], &str, i32); 3] =
            [(&[], "", 0), (&["--env-proxy"], "", 5), (&["--env-proxy"], "127.0.0.1", 0)];
        for (arguments, no_proxy, code) in cases {
            let mut command = register(&url);
            command.args(arguments).env("ALL_PROXY", &url).env("NO_PROXY", no_proxy);
            let ran = run(&mut command);
            assert_eq!(ran.code, Some(code), "{arguments:?} {no_proxy}: {}", ran.stderr);
        }
    }

    #[test]
    fn a_mistake_on_the_command_line_is_exit_code_2_and_sends_nothing() {
        let sandbox = Sandbox::start(Options::default()).unwrap();
        let url = sandbox.url();
        let sample = ["--url", WEBHOOK, "--client-id", CLIENT_ID];
        let cases: [&[&str]; 17] = [
            &["--nonsense"],
            &["surplus"],
            &["--endpoint"],
            &["--endpoint", &url],
            &["--endpoint", "example.com", "--url", WEBHOOK],
            &["--endpoint", "http://example.com", sample[0], sample[1], sample[2], sample[3]],
            &["--endpoint", &url, "--url", "https://example.com/#fragment"],
            &["--endpoint", &url, "--url", WEBHOOK, "--cid", ""],
            &["--endpoint", &url, "--url", WEBHOOK, "--timeout", "0"],
            &["--endpoint", &url, "--url", WEBHOOK, "--timeout", "-1"],
            &["--endpoint", &url, "--url", WEBHOOK, "--timeout", "soon"],
            &["--endpoint", &url, "--url", WEBHOOK, "--ca-file", "no/such/file"],
            &["--endpoint", &url, "--url", WEBHOOK, "--ca-file", "Cargo.toml"],
            &["--endpoint", &url, "--url", WEBHOOK, "--proxy", "ftp://127.0.0.1"],
            &["--endpoint", &url, "--url", WEBHOOK, "--proxy", &url, "--env-proxy"],
            &["--env-proxy", "--proxy", &url],
            &["--endpoint", &url, "--url", WEBHOOK, "--client-id", "\u{e9}"],
        ];
        for arguments in cases {
            let mut command = example("register");
            let command = command.args(arguments).env("ATLAS_CLIENT_SECRET", CLIENT_SECRET);
            let ran = run(command.env("ATLAS_CLIENT_ID", CLIENT_ID));
            assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.stderr);
            assert!(!ran.stderr.is_empty(), "{arguments:?}");
        }
        for variable in ["ATLAS_CLIENT_ID", "ATLAS_CLIENT_SECRET"] {
            let ran = run(example("register").env(variable, "alone"));
            assert_eq!(ran.code, Some(2), "{variable}: {}", ran.stderr);
        }
        assert_eq!(sandbox.requests(), []);
    }

    #[test]
    fn its_help_names_every_option_and_exit_code() {
        let ran = run(example("register").arg("--help"));
        assert_eq!(ran.code, Some(0));
        for part in [
            "--endpoint",
            "--allow-plaintext",
            "--ca-file",
            "--proxy",
            "--env-proxy",
            "ATLAS_CLIENT_SECRET",
            "13, 14, 15",
        ] {
            assert!(ran.stdout.contains(part), "{part}");
        }
    }
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
fn each_own_way_tells_a_refusal_and_exits_with_1() {
    let answer =
        Response { content: Content::Status(901, format!("no {WEBHOOK}")), ..Response::default() };
    for name in OWN_WAYS {
        let sandbox = Sandbox::start(Options::responding(answer.clone())).unwrap();
        let ran = run(example(name).args([&sandbox.url(), WEBHOOK]));
        assert_eq!(ran.code, Some(1), "{name}");
        for part in ["status 901", "worth another try: false", "kind: Refused"] {
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
            if cfg!(feature = "transport") {
                let mut register = example("register");
                register.args(["--endpoint", &sandbox.url(), "--url", WEBHOOK, "--cid", CID]);
                register.args(["--client-id", CLIENT_ID]);
                register.env("ATLAS_CLIENT_SECRET", CLIENT_SECRET);
                programs.push(register);
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
fn each_own_way_says_how_it_is_used() {
    for name in OWN_WAYS {
        let ran = run(&mut example(name));
        assert_eq!(ran.code, Some(1), "{name}");
        assert!(ran.stderr.contains(&format!("usage: {name} ENDPOINT URL [CID]")), "{name}");
    }
}

#[test]
fn an_own_socket_does_not_send_in_plaintext_what_wants_tls() {
    for name in ["own_socket", "tokio"] {
        let ran = run(example(name).args(["https://127.0.0.1:1", WEBHOOK]));
        assert_eq!(ran.code, Some(1), "{name}");
        assert!(ran.stderr.contains("https needs"), "{name}: {}", ran.stderr);
    }
}

/// Over a socket every case means what the exchange says, and a case that is not one fails.
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
