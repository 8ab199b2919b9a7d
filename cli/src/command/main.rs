//! The command `atlas-webhook`.

mod arguments;
mod arrivals;
mod deliver;
mod demo;
mod failure;
mod listen;
mod output;
mod progress;
mod register;
mod sandbox;
mod server;
mod settings;

use std::env;
use std::process::ExitCode;

use arguments::{Parser, is_word};
use failure::Failure;
use lexopt::prelude::*;

const HELP: &str = include_str!("help/main.txt");

/// One of the commands: its name, and the function that reads the rest of the arguments and runs it.
type Command = (&'static str, fn(&mut Parser) -> Result<(), Failure>);

const COMMANDS: [Command; 5] = [
    ("demo", demo::run),
    ("register", register::run),
    ("listen", listen::run),
    ("deliver", deliver::run),
    ("sandbox", sandbox::run),
];

fn main() -> ExitCode {
    let mut arguments = Parser::from_env();
    match run(&mut arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let first = env::args_os().nth(1);
            let command =
                COMMANDS.iter().find(|(name, _)| first.as_ref().is_some_and(|n| n == name));
            failure.report(command.map(|(name, _)| *name))
        }
    }
}

fn run(arguments: &mut Parser) -> Result<(), Failure> {
    match arguments.next()? {
        Some(Value(name)) => {
            let found = COMMANDS.iter().find(|(command, _)| name == *command);
            let (_, run) = found.ok_or_else(|| {
                Failure::usage(match name.to_str().filter(|name| is_word(name)) {
                    Some(name) => format!("there is no command {name}"),
                    None => "the first argument is not a command".to_owned(),
                })
            })?;
            arguments.count_from_here();
            run(arguments)
        }
        Some(Short('h') | Long("help")) => output::show(HELP),
        Some(Short('V') | Long("version")) => {
            output::show(concat!("atlas-webhook ", env!("CARGO_PKG_VERSION"), "\n"))
        }
        Some(_) => Err(arguments.unexpected()),
        None => Err(Failure::usage("a command is missing")),
    }
}
