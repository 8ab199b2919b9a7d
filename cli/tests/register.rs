//! `atlas-webhook register`, run as a user runs it.

#[path = "../../tests/support/encodings.rs"]
mod encodings;
mod support;

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use atlas_webhook_cli::{Content, Options, Response, Sandbox};
use serde_json::Value;
use support::{CID, CLIENT_ID, CLIENT_SECRET, TOKEN, WEBHOOK, command, run};

fn register(endpoint: &str) -> Command {
    let mut command = command(&["register", "--endpoint", endpoint, "--url", WEBHOOK]);
    command.args(["--cid", CID, "--client-id", CLIENT_ID]);
    command.env("ATLAS_CLIENT_SECRET", CLIENT_SECRET);
    command
}

fn responding(content: Content) -> Response {
    Response { content, ..Response::default() }
}

fn with_credentials() -> Sandbox {
    let credentials = Some((CLIENT_ID.to_owned(), CLIENT_SECRET.to_owned()));
    Sandbox::start(Options { credentials, require_cid: true, ..Options::default() }).unwrap()
}

fn body() -> Vec<u8> {
    format!(r#"{{"cid":"{CID}","url":"{WEBHOOK}"}}"#).into_bytes()
}

#[test]
fn it_sends_what_its_arguments_are_and_shows_it_without_secrets() {
    let sandbox = with_credentials();
    let mut command = register(&sandbox.url());
    command.args(["--timeout", "60", "--connect-timeout", "30", "--header", "X-Key: k3y"]);
    let ran = run(&mut command);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let requests = sandbox.requests();
    assert_eq!(requests[0].body, body());
    assert_eq!(requests[0].header("X-Key"), Some("k3y"));
    for part in [
        "POST http://127.0.0.1:",
        "/updateWebhookURL.do\n",
        "x-atlas-client-secret: ***\n",
        "X-Key: ***\n",
        r#"{"cid":"XXXXXXXX","url":"https://example.com/***"}"#,
        "HTTP 200, status 0, msg of 7 bytes",
        "registered: ",
    ] {
        assert!(ran.stdout.contains(part), "{part} is not in: {}", ran.stdout);
    }
}

#[test]
fn the_scheme_of_a_url_may_be_in_any_case() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let url = format!("HTTPS://example.com/{TOKEN}");
    let ran = run(&mut command(&["register", "--endpoint", &sandbox.url(), "--url", &url]));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert!(ran.stdout.contains(r#"{"url":"HTTPS://example.com/***"}"#), "{}", ran.stdout);
    assert!(ran.stdout.contains(" go to HTTPS://example.com/***\n"), "{}", ran.stdout);
}

#[test]
fn the_environment_and_a_file_take_the_place_of_arguments() {
    let sandbox = with_credentials();
    let settings = [
        ("ATLAS_ENDPOINT", sandbox.url()),
        ("ATLAS_WEBHOOK_URL", WEBHOOK.to_owned()),
        ("ATLAS_CID", CID.to_owned()),
        ("ATLAS_CLIENT_ID", CLIENT_ID.to_owned()),
        ("ATLAS_CLIENT_SECRET", CLIENT_SECRET.to_owned()),
    ];
    let ran = run(command(&["register"]).envs(settings.clone()));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);

    let lines: Vec<_> = settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let file = settings_file("settings", &format!("# of the tests\n\n{}\n", lines.join("\n")));
    let with_file = || command(&["register", "--config", file.to_str().unwrap()]);
    let ran = run(&mut with_file());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    // The environment has precedence over the file.
    let ran = run(with_file().env("ATLAS_CLIENT_ID", "another"));
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(ran.stderr.contains("status 900"), "{}", ran.stderr);
    let bodies: Vec<_> = sandbox.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, [body(), body(), body()]);
    fs::remove_file(file).unwrap();
}

#[test]
fn an_empty_setting_is_named_unless_an_option_takes_its_place() {
    let sandbox = with_credentials();
    let names = ["ENDPOINT", "WEBHOOK_URL", "CID", "CLIENT_ID", "CLIENT_SECRET"];
    for name in names.map(|name| format!("ATLAS_{name}")) {
        let (mut by_variable, mut by_file) = (command(&["register"]), command(&["register"]));
        let file = settings_file("empty", &format!("{name}=\n"));
        by_file.arg("--config").arg(&file);
        for command in [&mut by_variable, &mut by_file] {
            if name != "ATLAS_CLIENT_SECRET" {
                command.env("ATLAS_CLIENT_SECRET", CLIENT_SECRET);
            }
            // An option precedes its variable.
            for (option, variable, value) in [
                ("--endpoint", "ATLAS_ENDPOINT", sandbox.url().as_str()),
                ("--url", "ATLAS_WEBHOOK_URL", WEBHOOK),
                ("--cid", "ATLAS_CID", CID),
                ("--client-id", "ATLAS_CLIENT_ID", CLIENT_ID),
            ] {
                if variable != name {
                    command.args([option, value]).env(variable, "");
                }
            }
        }
        let (by_variable, by_file) = (run(by_variable.env(&name, "")), run(&mut by_file));
        assert_eq!((by_variable.code, by_file.code), (Some(2), Some(2)), "{name}");
        let said = format!("the environment variable {name} is empty; unset it, or set a value\n");
        assert!(by_variable.stderr.contains(&said), "{}", by_variable.stderr);
        let said = format!("{name} in the file of --config is empty; ");
        assert!(by_file.stderr.contains(&said), "{}", by_file.stderr);
        fs::remove_file(file).unwrap();
    }
    assert_eq!(sandbox.requests(), []);
}

/// A file of this content that only its owner can read.
fn settings_file(name: &str, text: &str) -> PathBuf {
    let file =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    fs::write(&file, text).unwrap();
    #[cfg(unix)]
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    file
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_rejected() {
    let file = settings_file("open", &format!("ATLAS_WEBHOOK_URL={WEBHOOK}\n"));
    for mode in [0o640, 0o604, 0o620, 0o660] {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(&file, mode).unwrap();
        let ran = run(&mut command(&["register", "--config", file.to_str().unwrap()]));
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains("chmod 600"), "{}", ran.stderr);
    }
    fs::remove_file(file).unwrap();
}

#[test]
fn a_line_of_the_file_that_is_no_setting_is_named_and_not_shown() {
    for text in [CLIENT_SECRET, &format!("ATLAS_SECRET={TOKEN}"), "=x"] {
        let file = settings_file("bad", &format!("# comment\n{text}\n"));
        let ran = run(&mut command(&["register", "--config", file.to_str().unwrap()]));
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains(" line 2 is not NAME=VALUE"), "{}", ran.stderr);
        fs::remove_file(file).unwrap();
    }
}

#[test]
fn its_exit_code_says_who_failed_and_whether_to_retry() {
    let status =
        |status| responding(Content::Status(status, format!("{WEBHOOK} {CLIENT_SECRET}\n")));
    let http = |http_status| Response {
        http_status: Some(http_status),
        ..responding(Content::RateLimit(7))
    };
    let cases = [
        (status(0), 0, ""),
        (status(100), 3, "status 100"),
        (status(2), 13, "status 2"),
        (responding(Content::Body(b"<html>".to_vec())), 3, "MalformedReply"),
        (http(302), 4, "Redirect"),
        (http(401), 4, "Unauthorized"),
        (http(429), 14, "7 s"),
        (http(503), 14, "ServerError"),
        (responding(Content::Raw(b"SSH-2.0".to_vec())), 4, "Protocol"),
        (Response { cut: Some(30), ..Response::default() }, 14, "ClosedEarly"),
    ];
    for (response, code, said) in cases {
        let what = format!("{response:?}");
        let sandbox = Sandbox::start(Options::responding(response)).unwrap();
        let ran = run(&mut register(&sandbox.url()));
        assert_eq!(ran.code, Some(code), "{what}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{what}: {}", ran.stderr);

        let ran = run(register(&sandbox.url()).arg("--json"));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(code), ""), "{what}");
        let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(printed["registered"], code == 0, "{what}");
        assert_eq!(printed["retryable"] == true, code > 10, "{what}");
        assert_eq!(printed["attempts"], 1, "{what}");
    }
}

#[test]
fn it_retries_as_often_as_it_is_told() {
    let busy = || responding(Content::Status(2, String::new()));
    let responses = vec![busy(), busy(), Response::default()];
    for (retries, code) in [("2", 0), ("1", 13)] {
        let options = Options { responses: responses.clone(), ..Options::default() };
        let sandbox = Sandbox::start(options).unwrap();
        let ran = run(register(&sandbox.url()).args(["--retries", retries, "--json"]));
        assert_eq!(ran.code, Some(code), "{}", ran.stdout);
        assert_eq!(sandbox.requests().len(), if code == 0 { 3 } else { 2 });
    }
}

#[test]
fn no_server_is_a_network_error_that_may_pass() {
    // The local port of a connection is taken, and nobody listens there.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let taken = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let ran = run(&mut register(&format!("http://{}", taken.local_addr().unwrap())));
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
fn a_wrong_argument_is_exit_code_2_and_nothing_is_sent() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let url = sandbox.url();
    let sample: [&[&str]; 19] = [
        &["--nonsense"],
        &["surplus"],
        &["--endpoint"],
        &["--endpoint", "example.com"],
        &["--endpoint", "http://example.com"],
        &["--url", "https://example.com/#fragment"],
        &["--cid", ""],
        &["--timeout", "0"],
        &["--timeout", "-1"],
        &["--timeout", "soon"],
        &["--connect-timeout", "0"],
        &["--retries", "-1"],
        &["--header", "no colon"],
        &["--header", "Content-Length: 1"],
        &["--ca-file", "no/such/file"],
        &["--ca-file", "Cargo.toml"],
        &["--proxy", "ftp://127.0.0.1"],
        &["--proxy", &url, "--env-proxy"],
        &["--client-id", "\u{e9}"],
    ];
    for arguments in sample {
        let ran = run(register(&url).args(arguments));
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.starts_with("atlas-webhook register: "), "{}", ran.stderr);
    }
    let incomplete: [(&[&str], &str); 5] = [
        (&[], "--url is missing, and ATLAS_WEBHOOK_URL is not set"),
        (&["--url", WEBHOOK], "--endpoint is missing, and ATLAS_ENDPOINT is not set"),
        (&["--endpoint", &url], "--url is missing"),
        (&["--url", WEBHOOK, "--endpoint", &url, "--client-id", "a"], "ATLAS_CLIENT_SECRET"),
        (&["--config", "no/such/file"], "no/such/file"),
    ];
    for (arguments, said) in incomplete {
        let ran = run(command(&["register"]).args(arguments));
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{said} is not in: {}", ran.stderr);
    }
    assert_eq!(sandbox.requests(), []);
}

#[test]
fn in_json_an_error_of_the_library_about_an_argument_is_an_object() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let cases: [(&[&str], &str, &str); 6] = [
        (&["--proxy", "socks5://127.0.0.1"], "Unsupported", "Library"),
        (&["--proxy", "ftp://127.0.0.1"], "Argument", "Caller"),
        (&["--url", "https://example.com/#fragment"], "Argument", "Caller"),
        (&["--endpoint", "http://example.com"], "Argument", "Caller"),
        (&["--header", "Content-Length: 1"], "Argument", "Caller"),
        (&["--ca-file", "no/such/file"], "Argument", "Caller"),
    ];
    for (arguments, kind, fault) in cases {
        let ran = run(register(&sandbox.url()).arg("--json").args(arguments));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(2), ""), "{arguments:?}");
        let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!((&printed["kind"], &printed["fault"]), (&kind.into(), &fault.into()));
        assert_eq!((&printed["registered"], &printed["attempts"]), (&false.into(), &0.into()));
    }
    for arguments in [&["--retries", "-1"][..], &["--proxy", "http://127.0.0.1", "--env-proxy"]] {
        let ran = run(register(&sandbox.url()).arg("--json").args(arguments));
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ran.stderr.contains(arguments[0]), "{}", ran.stderr);
    }
    assert_eq!(sandbox.requests(), []);
}

#[test]
fn a_secret_that_the_server_repeats_is_not_printed() {
    let path_and_query = &WEBHOOK["https://example.com".len()..];
    for (encoding, encode) in encodings::ENCODINGS {
        for status in [0, 901] {
            let text = format!("{} {}", encode(path_and_query), encode(CLIENT_SECRET));
            let content = Content::Status(status, text.clone());
            let response = Response { request_id: Some(text.clone()), ..responding(content) };
            let sandbox = Sandbox::start(Options::responding(response)).unwrap();
            for json in [&[][..], &["--json"]] {
                let ran = run(register(&sandbox.url()).args(json));
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

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_fails_after_the_request_is_exit_code_1_with_a_message() {
    let sandbox = Sandbox::start(Options::default()).unwrap();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ran = run(register(&sandbox.url()).arg("--json").stdout(full));
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains(" cannot write to standard output: No space"), "{}", ran.stderr);
    assert_eq!(sandbox.requests().len(), 1);
}
