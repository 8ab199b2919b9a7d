//! The session in docs/command.md, run again: what the commands print is what the page shows, but for ports and times.

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Stdio};

use support::{command, run};

/// The blocks of a section, each a list of commands with what they print.
fn recorded(page: &str, heading: &str) -> Vec<Vec<(String, String)>> {
    let page = fs::read_to_string(page).unwrap();
    let (_, section) = page.split_once(&format!("\n## {heading}\n")).unwrap();
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

/// Two ports that were free when asked for.
fn ports() -> [String; 2] {
    let sockets = [(); 2].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    sockets.map(|socket| socket.local_addr().unwrap().port().to_string())
}

/// A text without the times in it.
fn timeless(text: &str) -> String {
    let words = text.split(' ').collect::<Vec<_>>();
    let is_time = |i: usize| words.get(i + 1).is_some_and(|next| next.starts_with("ms"));
    let shown: Vec<_> =
        words.iter().enumerate().map(|(i, word)| if is_time(i) { "#" } else { word }).collect();
    shown.join(" ").trim_end().to_owned()
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
    run_again(&recorded("../docs/command.md", "A session"));
}

fn run_again(session: &[Vec<(String, String)>]) {
    let [sandbox, listen, others] = session else { panic!("{session:?}") };
    let [api, receiver] = ports();
    let here = |text: &str| text.replace("8090", &api).replace("8091", &receiver);
    let arguments = |line: &str| -> Vec<String> {
        let line = here(line.strip_prefix("atlas-webhook ").unwrap());
        line.split(' ').map(str::to_owned).collect()
    };
    let start = |(line, _): &(String, String), extra: &[&str]| {
        let arguments = arguments(line);
        let mut command = command(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        command.args(extra).stdout(Stdio::piped()).stderr(Stdio::piped());
        Serving(command.spawn().unwrap())
    };

    let mut serving = start(&sandbox[0], &[]);
    let mut line = String::new();
    BufReader::new(serving.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim_end(), here(&sandbox[0].1));

    // It ends after the deliveries of the page.
    let (first, deliveries) = listen[0].1.split_once('\n').unwrap();
    let count = deliveries.lines().count().to_string();
    let mut listening = start(&listen[0], &["--count", &count]);
    line.clear();
    BufReader::new(listening.0.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim_end(), here(first));
    let mut received = BufReader::new(listening.0.stdout.take().unwrap());

    let mut printed = String::new();
    for (line, expected) in others {
        let arguments = arguments(line);
        let ran = run(&mut command(&arguments.iter().map(String::as_str).collect::<Vec<_>>()));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{line}");
        assert_eq!(timeless(&ran.stdout), timeless(expected), "{line}");
        if line.contains(" register ") {
            // The sandbox delivers after its response.
            received.read_line(&mut printed).unwrap();
        }
    }
    received.read_to_string(&mut printed).unwrap();
    assert_eq!(printed.trim_end(), here(deliveries));
}
