//! `atlas-webhook sandbox`: the sandbox of the library as a program.

use std::fs;
use std::path::PathBuf;

use atlas_webhook_cli::{Content, Delivery, Entry, Framing, Options, Response, Sandbox};
use lexopt::prelude::*;

use crate::arguments::{header, milliseconds, read, variable};
use crate::failure::Failure;
use crate::output::{line, show};

const HELP: &str = include_str!("help/sandbox.txt");

pub(crate) fn run(arguments: &mut lexopt::Parser) -> Result<(), Failure> {
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
fn options(arguments: &mut lexopt::Parser) -> Result<Option<(Options, Option<PathBuf>)>, Failure> {
    let text = |entry: &Entry<'_>| eprintln!("{entry}");
    let mut options = Options { log: Some(text), ..Options::default() };
    let mut response = NextResponse::default();
    let mut deliveries = Vec::new();
    let mut ca_file = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("port") => options.port = arguments.value()?.parse()?,
            Long("bind") => options.bind = arguments.value()?.parse()?,
            Long("allow-remote") => options.remote_allowed = true,
            Long("tls") => {
                options.tls = true;
                ca_file = Some(arguments.value()?.into());
            }
            Long("prefix") => options.prefix = arguments.value()?.parse_with(prefix)?,
            Long("log") => match arguments.value()?.string()?.as_str() {
                "json" => options.log = Some(|entry| eprintln!("{}", entry.to_json())),
                "text" => options.log = Some(text),
                _ => return Err(Failure::usage("--log is json or text")),
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
                let path: PathBuf = arguments.value()?.into();
                deliveries.push(Delivery::new(read(&path)?));
            }
            Long("no-event") => options.deliveries.clear(),
            Long("then") => options.responses.push(std::mem::take(&mut response).finish()?),
            Short('h') | Long("help") => return Ok(None),
            Long(name) => {
                let name = name.to_owned();
                if !response.set(&name, arguments)? {
                    return Err(lexopt::Error::UnexpectedOption(format!("--{name}")).into());
                }
            }
            _ => return Err(argument.unexpected().into()),
        }
    }
    options.responses.push(response.finish()?);
    if !deliveries.is_empty() {
        options.deliveries = deliveries;
    }
    Ok(Some((options, ca_file)))
}

/// The response that the options at hand describe.
#[derive(Default)]
struct NextResponse {
    response: Response,
    status: Option<i64>,
    msg: Option<String>,
}

impl NextResponse {
    /// Reads the option of this name. Returns false if it is not an option of a response.
    fn set(&mut self, name: &str, arguments: &mut lexopt::Parser) -> Result<bool, Failure> {
        let response = &mut self.response;
        match name {
            "status" => self.status = Some(arguments.value()?.parse()?),
            "msg" => self.msg = Some(arguments.value()?.string()?),
            "rate-limit" => response.content = Content::RateLimit(arguments.value()?.parse()?),
            "body" => response.content = Content::Body(arguments.value()?.string()?.into_bytes()),
            "http-status" => {
                response.http_status = Some(arguments.value()?.parse_with(http_status)?);
            }
            "request-id" => response.request_id = Some(arguments.value()?.string()?),
            "header" => response.headers.push(arguments.value()?.parse_with(header)?),
            "gzip" => response.gzip = true,
            "chunked" => response.framing = Framing::Chunked,
            "until-close" => response.framing = Framing::UntilClose,
            "http10" => response.http10 = true,
            "interim" => response.interim = arguments.value()?.parse()?,
            "delay" => response.delay = arguments.value()?.parse_with(milliseconds)?,
            "trickle" => response.trickle = Some(arguments.value()?.parse_with(milliseconds)?),
            "cut" => response.cut = Some(arguments.value()?.parse()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn finish(self) -> Result<Response, Failure> {
        let Self { mut response, status, msg } = self;
        match (status, msg) {
            (Some(status), msg) => {
                response.content = Content::Status(status, msg.unwrap_or_default());
            }
            (None, Some(_)) => return Err(Failure::usage("--msg goes with --status")),
            (None, None) => {}
        }
        Ok(response)
    }
}

fn prefix(text: &str) -> Result<String, String> {
    match text.trim_end_matches('/') {
        prefix if prefix.is_empty() || prefix.starts_with('/') => Ok(prefix.to_owned()),
        _ => Err("a prefix starts with a slash".to_owned()),
    }
}

fn http_status(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(status @ 200..=999) => Ok(status),
        _ => Err("an HTTP status of a final response is a number from 200 to 999".to_owned()),
    }
}
