//! `atlas-webhook register`: registers a URL, and prints the request, the response and its meaning.

use std::path::PathBuf;
use std::time::Duration;

use atlas_webhook::{Endpoint, Error, Fault, Registration, Reply, Request, Transport};
use atlas_webhook_cli::{masked_body, masked_header, masked_url};
use lexopt::prelude::*;
use serde_json::json;

use crate::arguments::{Parser, header};
use crate::failure::Failure;
use crate::output::{Tone, line, message, show};
use crate::progress::Progress;
use crate::settings::Settings;

const HELP: &str = include_str!("help/register.txt");

#[derive(Default)]
struct Arguments {
    endpoint: Option<String>,
    url: Option<String>,
    cid: Option<String>,
    client_id: Option<String>,
    headers: Vec<(String, String)>,
    settings: Settings,
    timeout: Option<Duration>,
    connect_timeout: Option<Duration>,
    retries: u32,
    allow_plaintext: bool,
    ca_file: Option<PathBuf>,
    proxy: Option<String>,
    env_proxy: bool,
    json: bool,
}

pub(crate) fn run(arguments: &mut Parser) -> Result<(), Failure> {
    let mut this = Arguments::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("endpoint") => this.endpoint = Some(arguments.text()?),
            Long("url") => this.url = Some(arguments.text()?),
            Long("cid") => this.cid = Some(arguments.text()?),
            Long("client-id") => this.client_id = Some(arguments.text()?),
            Long("header") => this.headers.push(arguments.parsed(header)?),
            Long("config") => {
                let path = arguments.path()?;
                this.settings = Settings::read(&path)?;
            }
            Long("timeout") => this.timeout = Some(arguments.seconds()?),
            Long("connect-timeout") => {
                this.connect_timeout = Some(arguments.seconds()?);
            }
            Long("retries") => this.retries = arguments.number(0..=u32::MAX)?,
            Long("allow-plaintext") => this.allow_plaintext = true,
            Long("ca-file") => this.ca_file = Some(arguments.path()?),
            Long("proxy") => this.proxy = Some(arguments.text()?),
            Long("env-proxy") => this.env_proxy = true,
            Long("json") => this.json = true,
            Short('h') | Long("help") => return show(HELP),
            _ => return Err(arguments.unexpected()),
        }
    }
    this.register()
}

/// Why nothing can be sent.
enum Wrong {
    /// An argument is missing or wrong. Found by the command, which prints a text.
    Usage(Failure),
    /// The library rejects an argument. With `--json`, its error is printed as one of the call.
    Library(Error),
}

impl From<Failure> for Wrong {
    fn from(failure: Failure) -> Self {
        Self::Usage(failure)
    }
}

impl From<Error> for Wrong {
    fn from(error: Error) -> Self {
        Self::Library(error)
    }
}

impl Arguments {
    fn register(&self) -> Result<(), Failure> {
        let url = self.required(&self.url, "--url", "ATLAS_WEBHOOK_URL")?;
        let (request, transport) = match self.prepare(&url) {
            Ok(prepared) => prepared,
            Err(Wrong::Usage(failure)) => return Err(failure),
            Err(Wrong::Library(error)) if self.json => return self.print_error(&error),
            Err(Wrong::Library(error)) => return Err(Failure::usage(error)),
        };
        if !self.json {
            show_request(&request)?;
        }
        match self.send(&transport, &request) {
            Ok(reply) if self.json => line(&reply_in_json(&reply)),
            Ok(reply) => show_reply(&reply, &url),
            Err(error) => self.print_error(&error),
        }
    }

    /// Prints the error, and returns its exit code.
    fn print_error(&self, error: &Error) -> Result<(), Failure> {
        if self.json {
            line(&error_in_json(error))?;
        } else {
            report(error);
        }
        Err(Failure::printed(exit_code(error)))
    }

    fn prepare(&self, url: &str) -> Result<(Request, Transport), Wrong> {
        let endpoint = self.endpoint()?;
        let mut registration = Registration::new(url)?;
        let cid = self.setting(&self.cid, "ATLAS_CID")?;
        if let Some(cid) = &cid {
            registration.set_cid(cid)?;
        }
        let request = Request::registration(&endpoint, &registration)?;
        Ok((request, self.transport()?))
    }

    fn send(&self, transport: &Transport, request: &Request) -> Result<Reply, Error> {
        let retries = match self.retries {
            0 => String::new(),
            n => format!(", with up to {n} retries"),
        };
        let _progress = Progress::start(format!("Waiting for {}{retries}", request.host()));
        transport.send(request)
    }

    fn endpoint(&self) -> Result<Endpoint, Wrong> {
        let endpoint = self.required(&self.endpoint, "--endpoint", "ATLAS_ENDPOINT")?;
        let mut endpoint = Endpoint::new(&endpoint)?;
        endpoint.set_plaintext_allowed(self.allow_plaintext);
        let id = self.setting(&self.client_id, "ATLAS_CLIENT_ID")?;
        match (id, self.settings.get("ATLAS_CLIENT_SECRET")?) {
            (Some(id), Some(secret)) => {
                endpoint.set_credentials(&id, &secret)?;
            }
            (None, None) => {}
            (Some(_), None) => {
                return Err(Failure::usage("a client id requires ATLAS_CLIENT_SECRET").into());
            }
            (None, Some(_)) => {
                let what = "ATLAS_CLIENT_SECRET requires --client-id or ATLAS_CLIENT_ID";
                return Err(Failure::usage(what).into());
            }
        }
        for (name, value) in &self.headers {
            endpoint.set_header(name, value)?;
        }
        Ok(endpoint)
    }

    fn transport(&self) -> Result<Transport, Wrong> {
        if self.proxy.is_some() && self.env_proxy {
            return Err(Failure::usage("--proxy and --env-proxy exclude each other").into());
        }
        let mut transport = Transport::new().map_err(Failure::local)?;
        transport.set_retries(self.retries);
        if let Some(timeout) = self.timeout {
            transport.set_timeout(timeout)?;
        }
        if let Some(timeout) = self.connect_timeout {
            transport.set_connect_timeout(timeout)?;
        }
        if let Some(file) = &self.ca_file {
            transport.set_ca_file(file)?;
        }
        if let Some(proxy) = &self.proxy {
            transport.set_proxy(proxy)?;
        }
        if self.env_proxy {
            transport.use_env_proxy()?;
        }
        Ok(transport)
    }

    /// The argument, or the setting of this name.
    fn setting(&self, argument: &Option<String>, name: &str) -> Result<Option<String>, Failure> {
        match argument {
            Some(value) => Ok(Some(value.clone())),
            None => self.settings.get(name),
        }
    }

    fn required(
        &self,
        argument: &Option<String>,
        option: &str,
        name: &str,
    ) -> Result<String, Failure> {
        let missing = || Failure::usage(format!("{option} is missing, and {name} is not set"));
        self.setting(argument, name)?.ok_or_else(missing)
    }
}

fn show_request(request: &Request) -> Result<(), Failure> {
    line(&format!("sent      {} {}", request.method(), request.url()))?;
    for (name, value) in request.headers() {
        line(&format!("          {name}: {}", masked_header(name, value)))?;
    }
    line(&format!("\n          {}", masked_body(request.body())))
}

/// Without the texts of the server, which may repeat a secret.
fn show_reply(reply: &Reply, url: &str) -> Result<(), Failure> {
    let (status, length) = (reply.http_status(), reply.message().len());
    line(&format!("\nreceived  HTTP {status}, status 0, msg of {length} bytes"))?;
    let registered = Tone::Good.paint("registered");
    line(&format!("\nmeaning   {registered}: this account's webhooks go to {}", masked_url(url)))?;
    line("          from now on, in place of any URL registered before")
}

/// The error, without the texts of the server.
fn report(error: &Error) {
    message(format_args!("\nnot registered: {error}"));
    let line = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            message(format_args!("  {name:<12} {value}"));
        }
    };
    line("kind", Some(format!("{:?}", error.kind())));
    line("fault", Some(format!("{:?}", error.fault())));
    line("http status", error.http_status().map(|status| status.to_string()));
    line("api status", error.api_status().map(|status| status.to_string()));
    line("offset", error.offset().map(|offset| offset.to_string()));
    line("retry after", error.retry_after().map(|wait| format!("{} s", wait.as_secs())));
    line("attempts", Some(error.attempts().to_string()));
    line("retryable", Some(if error.retryable() { "yes" } else { "no" }.to_owned()));
}

fn reply_in_json(reply: &Reply) -> String {
    json!({
        "registered": true,
        "http_status": reply.http_status(),
        "attempts": reply.attempts(),
    })
    .to_string()
}

fn error_in_json(error: &Error) -> String {
    json!({
        "registered": false,
        "error": error.to_string(),
        "kind": format!("{:?}", error.kind()),
        "fault": format!("{:?}", error.fault()),
        "http_status": error.http_status(),
        "api_status": error.api_status(),
        "retry_after": error.retry_after().map(|wait| wait.as_secs()),
        "attempts": error.attempts(),
        "retryable": error.retryable(),
    })
    .to_string()
}

/// 3 to 5 by whose fault it is, and 10 more if the same call may succeed later.
fn exit_code(error: &Error) -> u8 {
    let code = match error.fault() {
        Fault::Api => 3,
        Fault::Peer => 4,
        Fault::Network => 5,
        _ => return 2,
    };
    if error.retryable() { code + 10 } else { code }
}
