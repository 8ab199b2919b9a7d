//! The sessions in README.md and docs/command.md, run again: what the commands print is what the pages show, but for
//! ports and times.

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use support::{command, run};

/// The blocks of a page behind its heading, each a list of commands with what they print.
fn recorded(page: &str, heading: &str) -> Vec<Vec<(String, String)>> {
    let page = fs::read_to_string(page).unwrap();
    let (_, section) = page.split_once(&format!("{heading}\n")).unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let blocks = section.split("```text\n$ ").skip(1);
    let blocks = blocks.map(|block| block.split_once("```").unwrap().0);
    let commands = |block: &str| {
        let parts = block.split("\n$ ").map(|part| part.split_once('\n').unwrap_or((part, "")));
        parts
            .map(|(command, printed)| (command.to_owned(), printed.trim_end().to_owned()))
            .collect()
    };
    blocks.map(commands).collect()
}

/// A session in one terminal as one in three: of the sandbox, of the receiver with its deliveries, and of the others.
fn in_three_terminals(block: &[(String, String)]) -> Vec<Vec<(String, String)>> {
    let [(sandbox, url), (listen, first), others @ .., (cat, deliveries)] = block else {
        panic!("{block:?}")
    };
    assert_eq!(cat, "cat deliveries");
    let sandbox = sandbox.strip_suffix(" 2> sandbox.log &").unwrap().to_owned();
    let listen = listen.strip_suffix(" > deliveries &").unwrap().to_owned();
    vec![
        vec![(sandbox, url.clone())],
        vec![(listen, format!("{first}\n{deliveries}"))],
        others.to_vec(),
    ]
}

/// A text without the times in it.
fn timeless(text: &str) -> String {
    let words = text.split(' ').collect::<Vec<_>>();
    let is_time = |i: usize| words.get(i + 1).is_some_and(|next| next.starts_with("ms"));
    let shown: Vec<_> =
        words.iter().enumerate().map(|(i, word)| if is_time(i) { "#" } else { word }).collect();
    shown.join(" ").trim_end().to_owned()
}

/// The arguments of a command as the page shows it.
fn arguments(line: &str) -> Vec<&str> {
    line.strip_prefix("atlas-webhook ").unwrap().split(' ').collect()
}

struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_session_of_the_page_is_what_the_commands_print() {
    run_again(&recorded("../docs/command.md", "\n## A session"));
}

#[test]
fn the_session_of_the_readme_is_what_the_commands_print() {
    let blocks = recorded("../README.md", "# libatlas_webhook");
    let [block] = blocks.as_slice() else { panic!("{blocks:?}") };
    run_again(&in_three_terminals(block));
}

fn run_again(session: &[Vec<(String, String)>]) {
    let [sandbox, listen, others] = session else { panic!("{session:?}") };
    let start = |line: &str| {
        // A free port, in place of that of the page.
        let line = line.replace("--port 8090", "--port 0").replace("--port 8091", "--port 0");
        let mut command = command(&arguments(&line));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Serving(command.spawn().unwrap())
    };
    let port = |line: &str| line.trim_end().rsplit(':').next().unwrap().to_owned();

    let mut serving = start(&sandbox[0].0);
    let mut line = String::new();
    BufReader::new(serving.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let api = port(&line);
    assert_eq!(line.trim_end(), sandbox[0].1.replace("8090", &api));

    let (first, deliveries) = listen[0].1.split_once('\n').unwrap();
    let mut listening = start(&listen[0].0);
    line.clear();
    BufReader::new(listening.0.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
    let receiver = port(&line);
    assert_eq!(line.trim_end(), first.replace("8091", &receiver));
    let mut received = BufReader::new(listening.0.stdout.take().unwrap());

    let mut printed = String::new();
    for (line, expected) in others {
        let here =
            line.replace(":8090", &format!(":{api}")).replace(":8091", &format!(":{receiver}"));
        let ran = run(&mut command(&arguments(&here)));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{line}");
        assert_eq!(timeless(&ran.stdout), timeless(expected), "{line}");
        if line.contains(" register ") {
            // The sandbox delivers after its response.
            received.read_line(&mut printed).unwrap();
        }
    }
    while printed.lines().count() < deliveries.lines().count() {
        assert_ne!(received.read_line(&mut printed).unwrap(), 0, "{printed}");
    }
    assert_eq!(printed.trim_end(), deliveries);
}
