//! Why a command fails, and its exit code.

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use crate::output::message;

/// The exit code and the message.
pub(crate) struct Failure {
    code: u8,
    /// Empty if the command has printed it.
    message: String,
}

impl Failure {
    /// Something of this machine fails: an address, a file.
    pub(crate) fn local(what: impl Display) -> Self {
        Self { code: 1, message: what.to_string() }
    }

    /// An argument is missing or not acceptable; nothing was sent.
    pub(crate) fn usage(what: impl Display) -> Self {
        Self { code: 2, message: what.to_string() }
    }

    /// The command has printed what is wrong.
    pub(crate) fn printed(code: u8) -> Self {
        Self { code, message: String::new() }
    }

    /// Prints the message on standard error.
    pub(crate) fn report(&self, command: Option<&str>) -> ExitCode {
        if !self.message.is_empty() {
            let name = command.map(|command| format!(" {command}")).unwrap_or_default();
            message(format_args!("atlas-webhook{name}: {}", self.message));
            if self.code == 2 {
                message(format_args!("Try atlas-webhook{name} --help."));
            }
        }
        ExitCode::from(self.code)
    }
}

/// Without the values in the error, which may be secret.
impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        match error {
            lexopt::Error::MissingValue { option: Some(option) } => {
                Self::usage(format!("{option}: the value is missing"))
            }
            lexopt::Error::UnexpectedValue { option, .. } => {
                Self::usage(format!("{option} accepts no value"))
            }
            _ => Self::usage("the arguments are wrong"),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::local(error)
    }
}
