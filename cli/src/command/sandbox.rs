//! `atlas-webhook sandbox`: the sandbox of the library as a program.

use std::fs;
use std::path::PathBuf;

use atlas_webhook_cli::{Content, Delivery, Framing, Options, Response, Sandbox};
use lexopt::prelude::*;

use crate::arguments::{Parser, check_bind, header, read, variable};
use crate::failure::Failure;
use crate::output::{line, message, show};

const HELP: &str = include_str!("help/sandbox.txt");

pub(crate) fn run(arguments: &mut Parser) -> Result<(), Failure> {
    let Some((options, ca_file)) = options(arguments)? else { return show(HELP) };
    let cannot = |error| Failure::local(format!("cannot serve: {error}"));
    let sandbox = Sandbox::start(options).map_err(cannot)?;
    if let (Some(path), Some(pem)) = (&ca_file, sandbox.ca_pem()) {
        let written = fs::write(path, pem);
        written.map_err(|error| Failure::local(format!("{}: {error}", path.display())))?;
    }
    line(&sandbox.url())?;
    sandbox.serve();
    Ok(())
}

/// The options, and where to write the CA. None if only help was asked for.
fn options(arguments: &mut Parser) -> Result<Option<(Options, Option<PathBuf>)>, Failure> {
    let mut options = Options { log: Some(|entry| message(entry)), ..Options::default() };
    let mut response = NextResponse::default();
    let mut deliveries = Vec::new();
    let (mut ca_file, mut no_event) = (None, false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("port") => options.port = arguments.number(0..=u16::MAX)?,
            Long("bind") => options.bind = arguments.address()?,
            Long("allow-remote") => options.remote_allowed = true,
            Long("tls") => {
                options.tls = true;
                ca_file = Some(arguments.path()?);
            }
            Long("prefix") => options.prefix = arguments.parsed(prefix)?,
            Long("log") => match arguments.text()?.as_str() {
                "json" => options.log = Some(|entry| message(entry.to_json())),
                "text" => options.log = Some(|entry| message(entry)),
                _ => return Err(arguments.wrong("the value is neither json nor text")),
            },
            Long("require-cid") => options.require_cid = true,
            Long("require-credentials") => {
                let required = |name: &str| {
                    variable(name)?.ok_or_else(|| Failure::usage(format!("{name} is not set")))
                };
                options.credentials =
                    Some((required("ATLAS_CLIENT_ID")?, required("ATLAS_CLIENT_SECRET")?));
            }
            Long("event") => {
                deliveries.push(Delivery::new(read(&arguments.path()?)?));
            }
            Long("no-event") => no_event = true,
            Long("then") => options.responses.push(std::mem::take(&mut response).finish()?),
            Short('h') | Long("help") => return Ok(None),
            Long(name) => {
                let name = name.to_owned();
                if !response.set(&name, arguments)? {
                    return Err(arguments.unexpected());
                }
            }
            _ => return Err(arguments.unexpected()),
        }
    }
    options.responses.push(response.finish()?);
    check_bind(options.bind, options.remote_allowed)?;
    match (no_event, deliveries.is_empty()) {
        (true, false) => return Err(excluding(["--event", "--no-event"])),
        (false, true) => {}
        (_, _) => options.deliveries = deliveries,
    }
    Ok(Some((options, ca_file)))
}

/// The response that the options at hand describe.
#[derive(Default)]
struct NextResponse {
    response: Response,
    status: Option<i64>,
    msg: Option<String>,
    rate_limit: Option<u64>,
    body: Option<String>,
    chunked: bool,
    until_close: bool,
}

/// The failure for options that exclude each other.
fn excluding(options: [&str; 2]) -> Failure {
    Failure::usage(format!("{} exclude each other", options.join(" and ")))
}

impl NextResponse {
    /// Reads the option of this name. Returns false if it is not an option of a response.
    fn set(&mut self, name: &str, arguments: &mut Parser) -> Result<bool, Failure> {
        let response = &mut self.response;
        match name {
            "status" => self.status = Some(arguments.number(i64::MIN..=i64::MAX)?),
            "msg" => self.msg = Some(arguments.text()?),
            "rate-limit" => self.rate_limit = Some(arguments.number(0..=u64::MAX)?),
            "body" => self.body = Some(arguments.text()?),
            // That of a final response.
            "http-status" => response.http_status = Some(arguments.number(200..=999)?),
            "request-id" => response.request_id = Some(arguments.text()?),
            "header" => response.headers.push(arguments.parsed(header)?),
            "gzip" => response.gzip = true,
            "chunked" => self.chunked = true,
            "until-close" => self.until_close = true,
            "http10" => response.http10 = true,
            "interim" => response.interim = arguments.number(0..=1000)?,
            "delay" => response.delay = arguments.milliseconds()?,
            "trickle" => response.trickle = Some(arguments.milliseconds()?),
            "cut" => response.cut = Some(arguments.number(0..=usize::MAX)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn finish(self) -> Result<Response, Failure> {
        let Self { mut response, status, msg, rate_limit, body, chunked, until_close } = self;
        if status.is_none() && msg.is_some() {
            return Err(Failure::usage("--msg requires --status"));
        }
        let status = status.map(|status| Content::Status(status, msg.unwrap_or_default()));
        let contents = [
            ("--status", status),
            ("--rate-limit", rate_limit.map(Content::RateLimit)),
            ("--body", body.map(|body| Content::Body(body.into_bytes()))),
        ];
        response.content = only(contents)?;
        let framings = [
            ("--chunked", chunked.then_some(Framing::Chunked)),
            ("--until-close", until_close.then_some(Framing::UntilClose)),
        ];
        response.framing = only(framings)?;
        Ok(response)
    }
}

/// The value of the option that is set, or the default. Fails if more than one is set.
fn only<T: Default, const N: usize>(options: [(&str, Option<T>); N]) -> Result<T, Failure> {
    let mut set = options.into_iter().filter_map(|(name, value)| Some((name, value?)));
    match (set.next(), set.next()) {
        (Some((name, _)), Some((other, _))) => Err(excluding([name, other])),
        (first, _) => Ok(first.map(|(_, value)| value).unwrap_or_default()),
    }
}

fn prefix(text: &str) -> Result<String, &'static str> {
    match text.trim_end_matches('/') {
        prefix if prefix.is_empty() || prefix.starts_with('/') => Ok(prefix.to_owned()),
        _ => Err("the value does not start with a slash"),
    }
}
