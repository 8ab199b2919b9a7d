//! `atlas-webhook listen`: receives deliveries, and prints a line for each.

use std::net::{IpAddr, Ipv4Addr, TcpListener};

use atlas_webhook::Receiver;
use lexopt::prelude::*;

use crate::arguments::{Parser, check_bind, variable};
use crate::failure::Failure;
use crate::output::{line_or_message, message, show};
use crate::{arrivals, server};

const HELP: &str = include_str!("help/listen.txt");

pub(crate) fn run(arguments: &mut Parser) -> Result<(), Failure> {
    let (mut bind, mut port) = (IpAddr::from(Ipv4Addr::LOCALHOST), None);
    let mut urls = Vec::new();
    let mut count = usize::MAX;
    let (mut allow_remote, mut in_json) = (false, false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("port") => port = Some(arguments.number(0..=u16::MAX)?),
            Long("bind") => bind = arguments.address()?,
            Long("allow-remote") => allow_remote = true,
            Long("url") => urls.push(arguments.text()?),
            Long("count") => count = arguments.number(1..=usize::MAX)?,
            Long("json") => in_json = true,
            Short('h') | Long("help") => return show(HELP),
            _ => return Err(arguments.unexpected()),
        }
    }
    let port = port.ok_or_else(|| Failure::usage("--port is missing; 0 is a free one"))?;
    if urls.is_empty() {
        urls.extend(variable("ATLAS_WEBHOOK_URL")?);
    }
    let receiver = receiver(&urls)?;
    check_bind(bind, allow_remote)?;
    let cannot = |error| Failure::local(format!("cannot listen on {bind}, port {port}: {error}"));
    let listener = TcpListener::bind((bind, port)).map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    let print = move |arrival: &server::Arrival<'_>| {
        let text = if in_json { arrivals::json(arrival) } else { arrivals::text(arrival) };
        line_or_message(&text)
    };
    let outcomes = server::start(listener, receiver, Box::new(print), count).map_err(cannot)?;
    message(format_args!("Listening on http://{address}"));
    let mut left = count;
    for outcome in outcomes {
        left -= outcome?;
        if left == 0 {
            break;
        }
    }
    Ok(())
}

fn receiver(urls: &[String]) -> Result<Receiver, Failure> {
    let missing = || Failure::usage("--url is missing, and ATLAS_WEBHOOK_URL is not set");
    let (first, others) = urls.split_first().ok_or_else(missing)?;
    let mut receiver = Receiver::new(first).map_err(Failure::usage)?;
    for url in others {
        receiver.add_url(url).map_err(Failure::usage)?;
    }
    Ok(receiver)
}
