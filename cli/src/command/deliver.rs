//! `atlas-webhook deliver`: posts deliveries to a URL, as Atlas does.

use std::path::PathBuf;
use std::time::Duration;

use atlas_webhook::Event;
use atlas_webhook_cli::{
    Delivery, Destination, Failure as NoResponse, Outcome, escaped, samples, with_field,
};
use lexopt::prelude::*;
use serde_json::json;

use crate::arguments::{Parser, is_word, read, variable};
use crate::failure::Failure;
use crate::output::{Tone, line, show};
use crate::progress::Progress;

const HELP: &str = include_str!("help/deliver.txt");

#[derive(Default)]
struct Arguments {
    kind: Option<String>,
    to: Option<String>,
    older: bool,
    fields: Vec<(String, String)>,
    raw: Option<PathBuf>,
    times: Option<u32>,
    /// How each is sent, with an empty body.
    form: Delivery,
    timeout: Option<Duration>,
    ca_file: Option<PathBuf>,
    allow_plaintext: bool,
    json: bool,
}

pub(crate) fn run(arguments: &mut Parser) -> Result<(), Failure> {
    let mut this = Arguments::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Value(kind) if this.kind.is_none() => {
                let not_utf8 = |_| Failure::usage("KIND is not UTF-8");
                this.kind = Some(kind.into_string().map_err(not_utf8)?);
            }
            Value(_) => {
                let position = arguments.position();
                return Err(Failure::usage(format!(
                    "argument {position} is a second KIND; the URL is the value of --to"
                )));
            }
            Long("to") => this.to = Some(arguments.text()?),
            Long("old") => this.older = true,
            Long("set") => this.fields.push(arguments.parsed(field)?),
            Long("raw") => this.raw = Some(arguments.path()?),
            Long("times") => this.times = Some(arguments.number(1..=u32::MAX)?),
            Long("forge") => this.form.forged = true,
            Long("chunked") => this.form.chunked = true,
            Long("gzip") => this.form.gzip = true,
            Long("slow") => this.form.duration = arguments.seconds()?,
            Long("timeout") => this.timeout = Some(arguments.seconds()?),
            Long("ca-file") => this.ca_file = Some(arguments.path()?),
            Long("allow-plaintext") => this.allow_plaintext = true,
            Long("json") => this.json = true,
            Long("list") => return list(),
            Short('h') | Long("help") => return show(HELP),
            _ => return Err(arguments.unexpected()),
        }
    }
    this.deliver()
}

/// `PATH=VALUE`.
fn field(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((path, value)) if !path.is_empty() => Ok((path.to_owned(), value.to_owned())),
        _ => Err("the value is not PATH=VALUE"),
    }
}

/// Prints the names of all samples with their types, each older form below its kind.
fn list() -> Result<(), Failure> {
    for (kind, body) in samples("all", false) {
        line(&format!("{kind:<44} {}", type_of(body.as_bytes()).unwrap_or_default()))?;
        for (form, _) in samples(kind, true) {
            line(&format!("  {form}"))?;
        }
    }
    Ok(())
}

fn type_of(body: &[u8]) -> Option<String> {
    Event::parse(body)
        .ok()
        .map(|event| event.type_name().to_owned())
        .filter(|name| !name.is_empty())
}

impl Arguments {
    fn deliver(self) -> Result<(), Failure> {
        let destination = self.destination()?;
        let bodies = self.bodies()?;
        // The worst of all decides the exit code.
        let mut code = 0;
        for (name, body) in bodies {
            let delivery = Delivery { body, ..self.form.clone() };
            for _ in 0..self.times.unwrap_or(1) {
                let result = self.post(&destination, &delivery);
                code = code.max(self.exit_code(&result));
                self.print(&name, &delivery.body, &result)?;
            }
        }
        if code == 0 { Ok(()) } else { Err(Failure::printed(code)) }
    }

    fn post(&self, destination: &Destination, delivery: &Delivery) -> Result<Outcome, NoResponse> {
        let _progress = Progress::start("Waiting for the response".to_owned());
        destination.post(delivery)
    }

    fn destination(&self) -> Result<Destination, Failure> {
        let url = match &self.to {
            Some(url) => Some(url.clone()),
            None => variable("ATLAS_WEBHOOK_URL")?,
        };
        let url = url.ok_or_else(|| {
            Failure::usage("--to URL is missing, and ATLAS_WEBHOOK_URL is not set")
        })?;
        let mut destination = Destination::new(&url).map_err(Failure::usage)?;
        if !(destination.is_tls() || destination.is_loopback() || self.allow_plaintext) {
            return Err(Failure::usage(
                "everyone on the way to another machine can read plaintext: use https, or \
                 --allow-plaintext",
            ));
        }
        if let Some(path) = &self.ca_file {
            let trusted = destination.trust(&read(path)?).map(drop);
            trusted.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
        }
        if let Some(timeout) = self.timeout {
            destination.set_timeout(timeout);
        }
        Ok(destination)
    }

    /// What to post, each with the name that is printed if it has no type.
    fn bodies(&self) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        match (&self.kind, &self.raw) {
            (None, Some(path)) if self.older || !self.fields.is_empty() => Err(Failure::usage(
                format!("{} is posted as it is: --old and --set are for a KIND", path.display()),
            )),
            (None, Some(path)) => Ok(vec![(path.display().to_string(), read(path)?)]),
            (Some(kind), None) => {
                let found = samples(kind, self.older);
                if found.is_empty() {
                    let what = if self.older { "older form of the kind" } else { "kind" };
                    return Err(Failure::usage(if is_word(kind) {
                        format!("there is no {what} {kind}; --list prints all")
                    } else {
                        format!("KIND is no {what}; --list prints all")
                    }));
                }
                let with_fields = |(name, body): (&str, &str)| {
                    let mut body = body.to_owned();
                    for (path, value) in &self.fields {
                        body = with_field(&body, path, value)
                            .map_err(|error| Failure::usage(format!("--set {path}: {error}")))?;
                    }
                    Ok((name.to_owned(), body.into_bytes()))
                };
                found.into_iter().map(with_fields).collect()
            }
            (Some(_), Some(_)) => Err(Failure::usage("KIND and --raw exclude each other")),
            (None, None) => Err(Failure::usage("KIND is missing; --list prints all")),
        }
    }

    fn exit_code(&self, result: &Result<Outcome, NoResponse>) -> u8 {
        let expected = if self.form.forged { 400..500 } else { 200..300 };
        match result {
            Ok(outcome) if expected.contains(&outcome.status) => 0,
            Ok(_) | Err(NoResponse::Protocol) => 4,
            Err(_) => 5,
        }
    }

    fn print(
        &self,
        name: &str,
        body: &[u8],
        result: &Result<Outcome, NoResponse>,
    ) -> Result<(), Failure> {
        let name = type_of(body).unwrap_or_else(|| name.to_owned());
        if self.json {
            return line(
                &json!({
                    "type": name,
                    "http_status": result.as_ref().ok().map(|outcome| outcome.status),
                    "seconds": result.as_ref().ok().map(|outcome| outcome.took.as_secs_f64()),
                    "error": result.as_ref().err().map(ToString::to_string),
                    "as_expected": self.exit_code(result) == 0,
                })
                .to_string(),
            );
        }
        let outcome = match result {
            Ok(outcome) => outcome.to_string(),
            Err(failure) => failure.to_string(),
        };
        let tone = if self.exit_code(result) == 0 { Tone::Good } else { Tone::Bad };
        let forged = if self.form.forged { " forged" } else { "" };
        line(&format!("{:<24}{forged} {}", escaped(&name), tone.paint(&escaped(&outcome))))
    }
}
