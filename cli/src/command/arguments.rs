//! What several commands read from their arguments and from the environment.

use std::env::{self, VarError};
use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::io::{self, Read};
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use lexopt::Arg;

use crate::failure::Failure;

/// The longest timeout, in seconds: a day, as in the library.
const LONGEST: u64 = 24 * 60 * 60;

/// The longest unknown word that a message repeats.
const LONGEST_WORD: usize = 16;

/// Reads the arguments. A failure names the option, or the position of the argument. It never contains a value, because
/// the value may be a secret: a URL, a header field, a password.
pub(crate) struct Parser {
    parser: lexopt::Parser,
    /// The number of arguments that positions refer to.
    count: usize,
    /// The position of the last argument that is not the value of an option. The first is 1.
    position: usize,
    /// The last option, with its hyphens. Empty if the last argument is not an option.
    option: String,
}

impl Parser {
    pub(crate) fn from_env() -> Self {
        let parser = lexopt::Parser::from_env();
        let mut this = Self { parser, count: 0, position: 0, option: String::new() };
        this.count_from_here();
        this
    }

    /// Lets the next argument have position 1.
    pub(crate) fn count_from_here(&mut self) {
        self.count = self.parser.try_raw_args().map_or(0, |rest| rest.as_slice().len());
    }

    /// The next option, or the next argument that is not the value of an option.
    pub(crate) fn next(&mut self) -> Result<Option<Arg<'_>>, Failure> {
        if let Some(rest) = self.parser.try_raw_args() {
            let skipped = usize::from(rest.peek().is_some_and(|next| next == "--"));
            self.position = (self.count + 1 + skipped).saturating_sub(rest.as_slice().len());
        }
        let argument = self.parser.next()?;
        self.option = match &argument {
            Some(Arg::Long(name)) => format!("--{name}"),
            Some(Arg::Short(name)) => format!("-{name}"),
            _ => String::new(),
        };
        Ok(argument)
    }

    /// The position of the last argument that is not the value of an option.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// The failure for the argument that `next` returned, if the command does not accept it.
    pub(crate) fn unexpected(&self) -> Failure {
        let Self { position, option, .. } = self;
        Failure::usage(match option.as_str() {
            "" => format!("argument {position} is neither an option nor the value of one"),
            _ if is_word(option.trim_start_matches('-')) => format!("there is no option {option}"),
            _ => format!("argument {position} is an option that does not exist"),
        })
    }

    /// The failure for a wrong value of the last option.
    pub(crate) fn wrong(&self, what: &str) -> Failure {
        Failure::usage(format!("{}: {what}", self.option))
    }

    /// The value of the last option.
    fn value(&mut self) -> Result<OsString, Failure> {
        Ok(self.parser.value()?)
    }

    pub(crate) fn text(&mut self) -> Result<String, Failure> {
        self.value()?.into_string().map_err(|_| self.wrong("the value is not UTF-8"))
    }

    pub(crate) fn path(&mut self) -> Result<PathBuf, Failure> {
        Ok(self.value()?.into())
    }

    /// A value in the form that the function accepts. It returns what is wrong, without the value.
    pub(crate) fn parsed<T>(
        &mut self,
        parse: impl FnOnce(&str) -> Result<T, &'static str>,
    ) -> Result<T, Failure> {
        let text = self.text()?;
        parse(&text).map_err(|what| self.wrong(what))
    }

    /// A whole number in the range.
    pub(crate) fn number<T>(&mut self, range: RangeInclusive<T>) -> Result<T, Failure>
    where
        T: FromStr + PartialOrd + Display,
    {
        let number = self.text()?.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| {
            let (from, to) = (range.start(), range.end());
            self.wrong(&format!("the value is not a whole number from {from} to {to}"))
        })
    }

    /// A time above 0 in seconds.
    pub(crate) fn seconds(&mut self) -> Result<Duration, Failure> {
        let seconds = self.text()?.parse().ok();
        let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let time = time.filter(|time| !time.is_zero() && *time <= Duration::from_secs(LONGEST));
        time.ok_or_else(|| {
            let what = "the value is not a number of seconds above 0 and at most";
            self.wrong(&format!("{what} {LONGEST}"))
        })
    }

    pub(crate) fn milliseconds(&mut self) -> Result<Duration, Failure> {
        self.number(0..=LONGEST * 1000).map(Duration::from_millis)
    }

    pub(crate) fn address(&mut self) -> Result<IpAddr, Failure> {
        self.parsed(|text| text.parse().map_err(|_| "the value is not an IP address"))
    }
}

/// Whether a text can be a mistyped word of the command line, and not a secret: few letters, digits and hyphens.
pub(crate) fn is_word(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=LONGEST_WORD).contains(&text.len()) && text.chars().all(is_part)
}

/// `NAME: VALUE`.
pub(crate) fn header(line: &str) -> Result<(String, String), &'static str> {
    if line.contains(['\r', '\n']) {
        return Err("the value contains a line break");
    }
    match line.split_once(':') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.trim().to_owned())),
        _ => Err("the value is not NAME: VALUE"),
    }
}

/// Fails if other machines can reach the address and the option that permits it is missing.
pub(crate) fn check_bind(address: IpAddr, allow_remote: bool) -> Result<(), Failure> {
    if address.is_loopback() || allow_remote {
        return Ok(());
    }
    let what = format!("--bind: other machines can reach {address}: --allow-remote permits it");
    Err(Failure::usage(what))
}

/// An environment variable. None if it is not set. Fails if it is empty.
pub(crate) fn variable(name: &str) -> Result<Option<String>, Failure> {
    match env::var(name) {
        Ok(value) if value.is_empty() => Err(Failure::usage(format!(
            "the environment variable {name} is empty; unset it, or set a value"
        ))),
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Failure::usage(format!("{name} is not UTF-8"))),
    }
}

/// The content of a file, or of standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let content = if path == Path::new("-") {
        let mut content = Vec::new();
        io::stdin().read_to_end(&mut content).map(|_| content)
    } else {
        fs::read(path)
    };
    content.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}
