//! Registers a webhook URL, and shows what was sent, what came back and what it means.
//!
//! Without an option it starts a sandbox in its own process and registers a sample there, so nothing
//! leaves this machine: `cargo run --example register`. For the real thing see `--help`.

use std::env::{self, VarError};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use std::{error, io};

use atlas_webhook::{Endpoint, Error, Fault, Registration, Reply, Request, Transport};
use atlas_webhook_cli::{Options, Sandbox, masked_body, masked_header, masked_url};
use lexopt::prelude::*;

const HELP: &str = "\
Registers a webhook URL with the Atlas flight-booking API.

Usage: register                               try it: a sandbox in this process, a sample URL
       register --endpoint URL --url URL ...  register for real

Options:
  --endpoint URL     base URL of the API; a path prefix and a port are fine
  --url URL          the webhook URL to register
  --cid CID          identifier of client and user; left out unless given
  --client-id ID     client id, in place of ATLAS_CLIENT_ID
  --timeout SECONDS  for the whole call, 15 unless given
  --allow-plaintext  send even over http to another machine: everyone on the way can read it
  --ca-file FILE     trust the certificates of this PEM file, in place of the system's
  --proxy URL        go through this proxy, http://[user:password@]host[:port]; a password
                     is better kept in ALL_PROXY, out of the process list
  --env-proxy        go through the proxy that the environment names
  -h, --help         show this

Environment:
  ATLAS_CLIENT_SECRET  client secret: here, and not in the process list
  ATLAS_CLIENT_ID      client id
  https_proxy, HTTPS_PROXY, http_proxy, all_proxy, ALL_PROXY, no_proxy, NO_PROXY
                       with --env-proxy: the proxy, and the hosts without one

Exit codes:
  0  registered
  1  the sandbox in this process could not be started
  2  an argument is missing or not acceptable; nothing was sent
  3  the API refused the call, or its answer makes no sense
  4  the server answered with an HTTP error status, or did not speak HTTP as it should
  5  the network: name resolution, connection, TLS, timeout
  13, 14, 15  as 3, 4 and 5, but the same call may succeed later
";

/// What is registered in the sandbox where the command line says nothing else.
const SAMPLE_URL: &str = "https://example.com/atlas/webhook/pb7xq2mz41";
const SAMPLE_CID: &str = "XXXXXXXX";
const SAMPLE_CREDENTIALS: (&str, &str) = ("sample-client", "sample-secret-93ac0e");

fn main() -> ExitCode {
    match Arguments::read() {
        Ok(Some(arguments)) => match arguments.run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(Failure::Usage(what)) => usage(what),
            Err(Failure::Sandbox(error)) => {
                eprintln!("register: the sandbox does not start: {error}");
                ExitCode::FAILURE
            }
            Err(Failure::Call(error)) => {
                report(&error);
                exit_code(&error)
            }
        },
        Ok(None) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Err(error) => usage(&error.to_string()),
    }
}

fn usage(what: &str) -> ExitCode {
    eprintln!("register: {what}\nTry --help.");
    ExitCode::from(2)
}

enum Failure {
    Usage(&'static str),
    Sandbox(io::Error),
    Call(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

#[derive(Default)]
struct Arguments {
    endpoint: Option<String>,
    url: Option<String>,
    cid: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    timeout: Option<Duration>,
    allow_plaintext: bool,
    ca_file: Option<PathBuf>,
    proxy: Option<String>,
    env_proxy: bool,
}

impl Arguments {
    /// None when only help was asked for.
    fn read() -> Result<Option<Self>, Box<dyn error::Error>> {
        let mut this = Self {
            client_id: variable("ATLAS_CLIENT_ID")?,
            client_secret: variable("ATLAS_CLIENT_SECRET")?,
            ..Self::default()
        };
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("endpoint") => this.endpoint = Some(arguments.value()?.string()?),
                Long("url") => this.url = Some(arguments.value()?.string()?),
                Long("cid") => this.cid = Some(arguments.value()?.string()?),
                Long("client-id") => this.client_id = Some(arguments.value()?.string()?),
                Long("timeout") => this.timeout = Some(arguments.value()?.parse_with(seconds)?),
                Long("allow-plaintext") => this.allow_plaintext = true,
                Long("ca-file") => this.ca_file = Some(arguments.value()?.into()),
                Long("proxy") => this.proxy = Some(arguments.value()?.string()?),
                Long("env-proxy") => this.env_proxy = true,
                Short('h') | Long("help") => return Ok(None),
                _ => return Err(argument.unexpected().into()),
            }
        }
        Ok(Some(this))
    }

    fn run(&self) -> Result<(), Failure> {
        match (&self.endpoint, &self.url) {
            (Some(endpoint), Some(url)) => {
                self.register(endpoint, url, self.cid.as_deref(), self.credentials()?)
            }
            (Some(_), None) => {
                Err(Failure::Usage("--endpoint needs --url: what to register there"))
            }
            (None, url) => {
                let sandbox = Sandbox::start(Options::default()).map_err(Failure::Sandbox)?;
                println!("Registering a webhook in the sandbox of this process, {}", sandbox.url());
                let url = url.as_deref().unwrap_or(SAMPLE_URL);
                let cid = self.cid.as_deref().unwrap_or(SAMPLE_CID);
                let credentials = self.credentials()?.unwrap_or(SAMPLE_CREDENTIALS);
                self.register(&sandbox.url(), url, Some(cid), Some(credentials))?;
                println!("\nNothing left this machine. To register for real see --help.");
                Ok(())
            }
        }
    }

    fn credentials(&self) -> Result<Option<(&str, &str)>, Failure> {
        match (&self.client_id, &self.client_secret) {
            (Some(id), Some(secret)) => Ok(Some((id, secret))),
            (None, None) => Ok(None),
            (Some(_), None) => Err(Failure::Usage("a client id needs ATLAS_CLIENT_SECRET")),
            (None, Some(_)) => {
                Err(Failure::Usage("ATLAS_CLIENT_SECRET needs --client-id or ATLAS_CLIENT_ID"))
            }
        }
    }

    fn transport(&self) -> Result<Transport, Failure> {
        let mut transport = Transport::new()?;
        if let Some(timeout) = self.timeout {
            transport.set_timeout(timeout)?;
        }
        if let Some(file) = &self.ca_file {
            transport.set_ca_file(file)?;
        }
        if self.proxy.is_some() && self.env_proxy {
            return Err(Failure::Usage("--proxy and --env-proxy exclude each other"));
        }
        if let Some(proxy) = &self.proxy {
            transport.set_proxy(proxy)?;
        }
        if self.env_proxy {
            transport.use_env_proxy()?;
        }
        Ok(transport)
    }

    fn register(
        &self,
        endpoint: &str,
        url: &str,
        cid: Option<&str>,
        credentials: Option<(&str, &str)>,
    ) -> Result<(), Failure> {
        let mut endpoint = Endpoint::new(endpoint)?;
        endpoint.set_plaintext_allowed(self.allow_plaintext);
        if let Some((id, secret)) = credentials {
            endpoint.set_credentials(id, secret)?;
        }
        let mut registration = Registration::new(url)?;
        if let Some(cid) = cid {
            registration.set_cid(cid)?;
        }
        let request = Request::registration(&endpoint, &registration)?;
        let transport = self.transport()?;

        show_request(&request);
        let reply = transport.send(&request)?;
        show_reply(&reply);
        println!("\nmeaning   registered: this account's webhooks go to {}", masked_url(url));
        println!("          from now on, in place of any URL registered before");
        Ok(())
    }
}

fn variable(name: &str) -> Result<Option<String>, String> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8")),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a timeout is a number of seconds")?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn show_request(request: &Request) {
    println!("\nsent      {} {}", request.method(), request.url());
    for (name, value) in request.headers() {
        println!("          {name}: {}", masked_header(name, value));
    }
    println!("\n          {}", masked_body(request.body()));
}

/// Without the texts of the server, which may repeat a secret.
fn show_reply(reply: &Reply) {
    let length = reply.message().len();
    println!("\nreceived  HTTP {}, status 0, msg of {length} bytes", reply.http_status());
}

/// What the error carries, without the texts of the server.
fn report(error: &Error) {
    eprintln!("\nnot registered: {error}");
    let line = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            eprintln!("  {name:<12} {value}");
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

fn exit_code(error: &Error) -> ExitCode {
    let code = match error.fault() {
        Fault::Api => 3,
        Fault::Peer => 4,
        Fault::Network => 5,
        _ => return ExitCode::from(2),
    };
    ExitCode::from(if error.retryable() { code + 10 } else { code })
}
