//! A server on loopback that stands in for the Atlas API, to try the library and to test an
//! integration without credentials: `cargo run --example sandbox -- --help`.

mod server;

use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use lexopt::prelude::*;
use server::{Answer, Framing, Options, Sandbox, Say};

const HELP: &str = "\
Serves POST /updateWebhookURL.do of the Atlas API on loopback. After the registration of an
http URL of a loopback address it posts an event there, as Atlas does.

The first line on standard output is the base URL to use as an endpoint. Requests are logged on
standard error, with secrets masked. It serves until it is stopped.

Usage: sandbox [OPTIONS]

What it listens on and requires:
  --port PORT          the port; a free one unless set
  --bind ADDRESS       the loopback address, 127.0.0.1 unless set; ::1 for IPv6
  --prefix PATH        a path in front of that of the call, such as /atlas
  --require-cid        refuse a request without cid, as the specification says
  --require-credentials
                       refuse other credentials than those in the environment variables
                       ATLAS_CLIENT_ID and ATLAS_CLIENT_SECRET

What it answers, in place of what the request deserves:
  --status STATUS      this status of the API: 2, 100, 900, ...
  --msg TEXT           the msg beside that status
  --rate-limit SECONDS the API's rate-limit body
  --body TEXT          this body
  --http-status STATUS this HTTP status
  --request-id ID      a requestId in the body
  --header 'NAME: VALUE'
                       a header field, such as 'Retry-After: 30'; may be repeated

How it sends the answer:
  --gzip               compressed, where the request accepts it
  --chunked            in the chunked coding
  --until-close        without a length, ended by closing the connection
  --http10             in HTTP/1.0
  --interim N          after n interim answers (103 Early Hints)
  --delay MS           after this many milliseconds
  --trickle MS         byte by byte, with so many milliseconds before each
  --cut N              closing the connection after n bytes of it

What it posts to a registered URL on loopback:
  --event FILE         this body in place of an order.ticketed; may be repeated
  --no-event           nothing

  -h, --help           show this
";

fn main() -> ExitCode {
    let options = match options() {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("sandbox: {error}\nTry --help.");
            return ExitCode::from(2);
        }
    };
    match serve(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sandbox: cannot serve: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(options: Options) -> io::Result<()> {
    let sandbox = Sandbox::start(options)?;
    let mut stdout = io::stdout();
    writeln!(stdout, "{}", sandbox.url())?;
    // A script that reads the address through a pipe is waiting for it.
    stdout.flush()?;
    sandbox.serve();
    Ok(())
}

/// None when only help was asked for.
fn options() -> Result<Option<Options>, Box<dyn Error>> {
    let mut options = Options { log: Some(|entry| eprintln!("{entry}")), ..Options::default() };
    let mut answer = Answer::default();
    let (mut status, mut msg) = (None, None);
    let mut events = Vec::new();
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("port") => options.port = arguments.value()?.parse()?,
            Long("bind") => options.bind = arguments.value()?.parse()?,
            Long("prefix") => options.prefix = arguments.value()?.parse_with(prefix)?,
            Long("require-cid") => options.require_cid = true,
            Long("require-credentials") => {
                let variable = |name| env::var(name).map_err(|error| format!("{name}: {error}"));
                options.credentials =
                    Some((variable("ATLAS_CLIENT_ID")?, variable("ATLAS_CLIENT_SECRET")?));
            }
            Long("status") => status = Some(arguments.value()?.parse()?),
            Long("msg") => msg = Some(arguments.value()?.string()?),
            Long("rate-limit") => answer.say = Say::RateLimit(arguments.value()?.parse()?),
            Long("body") => answer.say = Say::Body(arguments.value()?.string()?.into_bytes()),
            Long("http-status") => {
                answer.http_status = Some(arguments.value()?.parse_with(http_status)?)
            }
            Long("request-id") => answer.request_id = Some(arguments.value()?.string()?),
            Long("header") => answer.headers.push(arguments.value()?.parse_with(header)?),
            Long("gzip") => answer.gzip = true,
            Long("chunked") => answer.framing = Framing::Chunked,
            Long("until-close") => answer.framing = Framing::UntilClose,
            Long("http10") => answer.http10 = true,
            Long("interim") => answer.interim = arguments.value()?.parse()?,
            Long("delay") => answer.delay = arguments.value()?.parse_with(milliseconds)?,
            Long("trickle") => answer.trickle = Some(arguments.value()?.parse_with(milliseconds)?),
            Long("cut") => answer.cut = Some(arguments.value()?.parse()?),
            Long("event") => events.push(fs::read(arguments.value()?)?),
            Long("no-event") => options.events.clear(),
            Short('h') | Long("help") => return Ok(None),
            _ => return Err(argument.unexpected().into()),
        }
    }
    match (status, msg) {
        (Some(status), msg) => answer.say = Say::Status(status, msg.unwrap_or_default()),
        (None, Some(_)) => return Err("--msg goes with --status".into()),
        (None, None) => {}
    }
    if !events.is_empty() {
        options.events = events;
    }
    options.answers.push(answer);
    Ok(Some(options))
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
        _ => Err("an HTTP status of a final answer is a number from 200 to 999".to_owned()),
    }
}

fn header(line: &str) -> Result<(String, String), String> {
    match line.split_once(':') {
        Some((name, value)) if !name.is_empty() && !line.contains(['\r', '\n']) => {
            Ok((name.to_owned(), value.trim().to_owned()))
        }
        _ => Err("a header is NAME: VALUE".to_owned()),
    }
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .map(Duration::from_millis)
        .map_err(|_| "milliseconds are a whole number".to_owned())
}
