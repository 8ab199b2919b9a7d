//! What all commands have in common: help, version, colours, and an output that nobody reads.

mod support;

use std::env;
use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use support::{CLIENT_SECRET, TOKEN, command, run};

const COMMANDS: [&str; 5] = ["demo", "register", "listen", "deliver", "sandbox"];

fn help(name: &str) -> String {
    let ran = run(&mut command(&[name, "--help"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{name}");
    ran.stdout
}

#[test]
fn the_help_of_each_command_fits_a_screen_and_has_examples_and_exit_codes() {
    let all = run(&mut command(&["--help"])).stdout;
    for name in COMMANDS {
        assert!(all.contains(&format!("\n  {name} ")), "{name}");
    }
    for text in COMMANDS.map(help).into_iter().chain([all]) {
        // The prompt takes a line.
        assert!(text.lines().count() <= 23, "{text}");
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        for part in ["Usage: atlas-webhook ", "Example", "\n  atlas-webhook "] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
        assert!(text.to_ascii_lowercase().contains("exit codes"), "{text}");
    }
}

/// The options in a text: words that start with two hyphens.
fn options(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let words = text.split(|c| !is_part(c)).filter(|word| word.starts_with("--"));
    let mut options: Vec<_> = words
        .filter(|word| word.len() > 3)
        .map(|word| word.trim_end_matches('-').to_owned())
        .collect();
    options.sort();
    options.dedup();
    options
}

#[test]
fn the_manual_page_has_the_options_of_the_helps_and_no_others() {
    let page = fs::read_to_string("atlas-webhook.1").unwrap().replace("\\-", "-");
    let helps = COMMANDS.map(help).join("\n") + &run(&mut command(&["--help"])).stdout;
    assert_eq!(options(&page), options(&helps));
}

#[test]
fn its_version_is_that_of_the_package() {
    let version = concat!("atlas-webhook ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(run(&mut command(&["--version"])).stdout, version);
}

#[test]
fn a_command_that_does_not_exist_is_exit_code_2() {
    for arguments in [&[][..], &["nonsense"], &["--nonsense"], &["demo", "surplus"]] {
        let ran = run(&mut command(arguments));
        assert_eq!(ran.code, Some(2), "{arguments:?}");
        assert!(ran.stderr.contains("--help."), "{}", ran.stderr);
    }
}

/// What the command prints on standard error about arguments that are wrong.
fn complaint(arguments: &[&str]) -> String {
    let ran = run(&mut command(arguments));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{arguments:?}: {}", ran.stderr);
    ran.stderr
}

#[test]
fn a_wrong_argument_is_named_and_its_value_is_not_printed() {
    // `run` checks that no secret is printed.
    let url = &format!("http://127.0.0.1:1/{TOKEN}");
    let field = &format!("Authorization Bearer {CLIENT_SECRET}");
    let lines = &format!("X: a\n{TOKEN}");
    let (value, long) = (&format!("--json={TOKEN}"), &format!("--{TOKEN}-{CLIENT_SECRET}"));
    let cases: [(&[&str], &str); 28] = [
        (&[url], "the first argument is not a command"),
        (&["regster"], "there is no command regster"),
        (&["demo", TOKEN], "demo: argument 1 is neither an option nor the value of one"),
        (&["register", url], "register: argument 1 is neither"),
        (&["register", "--json", "--", url], "register: argument 3 is neither"),
        (&["register", "--header", field], "--header: the value is not NAME: VALUE"),
        (&["register", "--header", lines], "--header: the value contains a line break"),
        (&["register", value], "--json accepts no value"),
        (&["register", long], "argument 1 is an option that does not exist"),
        (&["register", "--urls", url], "there is no option --urls"),
        (&["register", "--json", "--url"], "--url: the value is missing"),
        (
            &["register", "--retries", TOKEN],
            "--retries: the value is not a whole number from 0 to ",
        ),
        (&["register", "--retries", "-1"], "--retries: the value is not a whole number from 0 to "),
        (
            &["register", "--timeout", TOKEN],
            "--timeout: the value is not a number of seconds above 0",
        ),
        (&["register", "--timeout", "86401"], "above 0 and at most 86400"),
        (&["register", "--connect-timeout", "0"], "--connect-timeout: the value is not a number"),
        (&["listen", "--port", "0", url], "listen: argument 3 is neither"),
        (&["listen", "--port", "70000"], "--port: the value is not a whole number from 0 to 65535"),
        (&["listen", "--count", "0"], "--count: the value is not a whole number from 1 to "),
        (&["listen", "--bind", url], "--bind: the value is not an IP address"),
        (&["deliver", "ticketed", url], "argument 2 is a second KIND"),
        (&["deliver", "--to", url, url], "KIND is no kind; --list"),
        (&["deliver", "--to", url, "--old", url], "KIND is no older form of the kind; --list"),
        (&["deliver", "--to", url, "tickted"], "there is no kind tickted; --list"),
        (&["deliver", "--set", TOKEN], "--set: the value is not PATH=VALUE"),
        (
            &["deliver", "--times", "0"],
            "--times: the value is not a whole number from 1 to 4294967295",
        ),
        (&["sandbox", "--header", field], "--header: the value is not NAME: VALUE"),
        (&["sandbox", "--log", url], "--log: the value is neither json nor text"),
    ];
    for (arguments, said) in cases {
        let printed = complaint(arguments);
        assert!(printed.contains(said), "{said} is not in: {printed}");
    }
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_utf_8_is_not_printed() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let cases: [(&[&str], &str); 7] = [
        (&[], "the first argument is not a command"),
        (&["register"], "register: argument 1 is neither"),
        (&["register", "--url"], "--url: the value is not UTF-8"),
        (&["register", "--proxy"], "--proxy: the value is not UTF-8"),
        (&["register", "--header"], "--header: the value is not UTF-8"),
        (&["register", "--retries"], "--retries: the value is not UTF-8"),
        (&["deliver"], "KIND is not UTF-8"),
    ];
    for (arguments, said) in cases {
        let value = [format!("https://example.com/{TOKEN}").as_bytes(), b"\xE9"].concat();
        let ran = run(command(arguments).arg(OsString::from_vec(value)));
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{said} is not in: {}", ran.stderr);
    }
}

/// Runs the demo on a pseudo-terminal, which Python's standard library has.
fn demo_on_a_terminal(set: &[(&str, &str)]) -> String {
    let mut python = Command::new("python3");
    python.args(["-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"]);
    python.arg(env!("CARGO_BIN_EXE_atlas-webhook")).arg("demo");
    python.env_remove("NO_COLOR").env("TERM", "xterm").envs(set.iter().copied());
    let output = python.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[cfg(unix)]
#[test]
fn colours_are_for_terminals_and_no_color_turns_them_off() {
    let coloured = demo_on_a_terminal(&[]);
    for state in ["\x1b[32mnew\x1b[0m", "\x1b[33mduplicate\x1b[0m", "\x1b[31mrejected\x1b[0m"] {
        assert!(coloured.contains(state), "{coloured}");
    }
    for set in [[("NO_COLOR", "1")], [("TERM", "dumb")]] {
        assert!(!demo_on_a_terminal(&set).contains('\x1b'), "{set:?}");
    }
    assert!(!run(&mut command(&["demo"])).stdout.contains('\x1b'));
}

#[cfg(unix)]
#[test]
fn a_wait_shows_its_progress_on_a_terminal_alone() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let arguments = ["deliver", "ticketed", "--timeout", "1.5", "--to", &url];
    let mut python = Command::new("python3");
    python.args(["-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"]);
    python.arg(env!("CARGO_BIN_EXE_atlas-webhook")).args(arguments).stdin(Stdio::null());
    let output = python.output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("\rWaiting for the response: 1 s\r\x1b[K"), "{printed:?}");
    assert_eq!(run(&mut command(&arguments)).stderr, "");
}

#[test]
fn a_server_that_gets_no_thread_is_exit_code_1() {
    let listen = ["listen", "--port", "0", "--url", "https://example.com/atlas"];
    for (arguments, said) in [(&["sandbox"][..], "cannot serve: "), (&listen, "cannot listen on ")]
    {
        // Larger than the address space.
        let ran = run(command(arguments).env("RUST_MIN_STACK", (u64::MAX / 4).to_string()));
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        assert!(ran.stderr.starts_with(&format!("atlas-webhook {}: {said}", arguments[0])));
    }
}

#[cfg(unix)]
#[test]
fn an_output_that_nobody_reads_is_no_panic() {
    let output = command(&["deliver", "--list"]).stdout(support::unread()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_message_that_cannot_be_printed_changes_no_exit_code() {
    use std::net::TcpStream;

    let full = || Stdio::from(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    // The local port of a connection is taken, and nobody listens there.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let endpoint = format!("http://{}", taken.local_addr().unwrap());
    let unreachable = ["register", "--endpoint", &endpoint, "--url", "https://example.com/"];
    let cases: [(&[&str], Stdio, i32); 3] = [
        (&["register"], Stdio::null(), 2),
        (&unreachable, Stdio::null(), 15),
        (&["demo"], full(), 1),
    ];
    for (arguments, stdout, code) in cases {
        let status = command(arguments).stdout(stdout).stderr(full()).status().unwrap();
        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
}
