//! What commands print: lines for people, with colours on a terminal, and JSON for programs.

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use crate::failure::Failure;

/// What a line says, which decides its colour.
#[derive(Clone, Copy)]
pub(crate) enum Tone {
    Good,
    /// Neither good nor bad, such as a duplicate.
    Noted,
    Bad,
}

impl Tone {
    /// A text in the colour of the tone, for standard output.
    pub(crate) fn paint(self, text: &str) -> String {
        let code = match self {
            Self::Good => 32,
            Self::Noted => 33,
            Self::Bad => 31,
        };
        if is_coloured() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// <https://no-color.org>: a variable that is set and not empty.
fn is_coloured() -> bool {
    io::stdout().is_terminal()
        && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && env::var_os("TERM").is_none_or(|value| value != "dumb")
}

/// Prints a line on standard output, at once.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    show(&format!("{text}\n"))
}

/// Prints a text on standard output, at once. A reader that is gone requires no message.
pub(crate) fn show(text: &str) -> Result<(), Failure> {
    write(text).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::printed(1),
        _ => cannot_print(&error),
    })
}

/// Prints a line on standard output, at once. The failure has a message also if the reader is gone.
pub(crate) fn line_or_message(text: &str) -> Result<(), Failure> {
    write(&format!("{text}\n")).map_err(|error| cannot_print(&error))
}

/// Prints a line on standard error. A line that is lost changes neither the exit code nor a response.
pub(crate) fn message(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

fn cannot_print(error: &io::Error) -> Failure {
    Failure::local(format!("cannot write to standard output: {error}"))
}

fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
