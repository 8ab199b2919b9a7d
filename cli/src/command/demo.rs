//! `atlas-webhook demo`: both halves on this machine, without an account.

use std::fmt::Write;
use std::net::{Ipv4Addr, TcpListener};

use atlas_webhook::{Endpoint, Error, Receiver, Registration, Request, Transport, samples};
use atlas_webhook_cli::{Delivery, Options, Sandbox, masked_url};
use lexopt::prelude::*;

use crate::arguments::Parser;
use crate::failure::Failure;
use crate::output::{line, show};
use crate::{arrivals, server};

const HELP: &str = include_str!("help/demo.txt");

pub(crate) fn run(arguments: &mut Parser) -> Result<(), Failure> {
    match arguments.next()? {
        None => demo(),
        Some(Short('h') | Long("help")) => show(HELP),
        Some(_) => Err(arguments.unexpected()),
    }
}

fn demo() -> Result<(), Failure> {
    let schedule_change = Delivery::new(samples::SCHEDULE_CHANGE);
    let deliveries = vec![
        Delivery::new(samples::TICKETED),
        schedule_change.clone(),
        schedule_change,
        Delivery { forged: true, ..Delivery::new(samples::TICKETED) },
    ];
    let count = deliveries.len();

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("http://{}/atlas/{}", listener.local_addr()?, token()?);
    let receiver = Receiver::new(&url).map_err(Failure::local)?;
    let print = |arrival: &server::Arrival<'_>| line(&arrivals::text(arrival));

    let sandbox = Sandbox::start(Options { deliveries, ..Options::default() })?;
    line(&format!("A sandbox of the API is at {}.", sandbox.url()))?;
    line(&format!("Registering {} there ...", masked_url(&url)))?;
    register(&sandbox.url(), &url).map_err(Failure::local)?;
    line("Registered. What it then delivers:\n")?;
    let outcomes = server::start(listener, receiver, Box::new(print), usize::MAX)?;
    // Each delivery has a connection of its own.
    outcomes.iter().take(count).try_for_each(|outcome| outcome.map(drop))?;
    line(
        "\nAll of it was on this machine. For your account: atlas-webhook register --help,\n\
         and docs/events.md for what Atlas sends.",
    )
}

fn register(endpoint: &str, url: &str) -> Result<(), Error> {
    let endpoint = Endpoint::new(endpoint)?;
    let request = Request::registration(&endpoint, &Registration::new(url)?)?;
    Transport::new()?.send(&request).map(drop)
}

/// Anyone who has the URL can post to it, so it has 128 random bits.
fn token() -> Result<String, Failure> {
    let mut random = [0; 16];
    let provider = rustls::crypto::ring::default_provider();
    let filled = provider.secure_random.fill(&mut random);
    filled.map_err(|_| Failure::local("the system has no random bytes"))?;
    Ok(random.iter().fold(String::new(), |mut token, byte| {
        let _ = write!(token, "{byte:02x}");
        token
    }))
}
