//! What all commands have in common: help, version, colours, and an output that nobody reads.

mod support;

use std::env;
use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use support::{command, run};

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
fn an_output_that_nobody_reads_is_no_panic() {
    let mut process = command(&["deliver", "--list"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(process.stdout.take());
    let output = process.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
