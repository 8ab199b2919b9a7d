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

use failure::Failure;
use lexopt::prelude::*;

const HELP: &str = include_str!("help/main.txt");

/// One of the commands: its name, and the function that reads the rest of the arguments and runs it.
type Command = (&'static str, fn(&mut lexopt::Parser) -> Result<(), Failure>);

const COMMANDS: [Command; 5] = [
    ("demo", demo::run),
    ("register", register::run),
    ("listen", listen::run),
    ("deliver", deliver::run),
    ("sandbox", sandbox::run),
];

fn main() -> ExitCode {
    let mut arguments = lexopt::Parser::from_env();
    match run(&mut arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let command = env::args().nth(1).filter(|name| COMMANDS.iter().any(|(n, _)| n == name));
            failure.report(command.as_deref())
        }
    }
}

fn run(arguments: &mut lexopt::Parser) -> Result<(), Failure> {
    match arguments.next()? {
        Some(Value(name)) => {
            let found = COMMANDS.iter().find(|(command, _)| name == *command);
            let (_, run) = found.ok_or_else(|| {
                Failure::usage(format!("there is no command {}", name.to_string_lossy()))
            })?;
            run(arguments)
        }
        Some(Short('h') | Long("help")) => output::show(HELP),
        Some(Short('V') | Long("version")) => {
            output::show(concat!("atlas-webhook ", env!("CARGO_PKG_VERSION"), "\n"))
        }
        Some(argument) => Err(argument.unexpected().into()),
        None => Err(Failure::usage("a command is missing")),
    }
}
