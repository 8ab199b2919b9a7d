//! `url`: a text as the URL to register.

use std::str;

use atlas_webhook::{Endpoint, Registration, Request};
use serde::Deserialize;

use crate::{Bytes, Outcome, Policy};

pub(crate) static FRAGMENT: Policy = Policy {
    name: "url-fragment",
    paragraph: "RFC 3986 section 3.5, RFC 9110 section 4.2.5",
    reason: "A fragment never reaches the server, so a URL with one is a mistake; an empty one, \
             \"#\" at the end, is a fragment too.",
};

#[derive(Deserialize)]
struct Case {
    #[serde(rename = "bytes_b64")]
    bytes: Bytes,
    expect: Expect,
}

#[derive(Deserialize)]
struct Expect {
    client: Client,
}

#[derive(Deserialize)]
struct Client {
    outcome: Verdict,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Accept,
    Reject,
    May,
}

pub(crate) fn run(line: &str) -> Result<Outcome, String> {
    let case: Case = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let Bytes(input) = &case.bytes;
    let expected = case.expect.client.outcome;
    let refused = refusal(input)?;
    let held = match refused {
        None => expected != Verdict::Reject,
        Some(_) => expected != Verdict::Accept,
    };
    Ok(match refused {
        _ if held => Outcome::Held,
        Some(_) if input.contains(&b'#') => Outcome::Policy(&FRAGMENT),
        Some(why) => Outcome::Failed {
            expected: format!("{expected:?}: {}", input.escape_ascii()),
            ours: format!("refused: {why}"),
        },
        None => Outcome::Failed {
            expected: format!("{expected:?}: {}", input.escape_ascii()),
            ours: "accepted".to_owned(),
        },
    })
}

/// Why the library does not register it. What it does register must be carried unchanged.
fn refusal(input: &[u8]) -> Result<Option<String>, String> {
    let Ok(input) = str::from_utf8(input) else {
        return Ok(Some("not UTF-8, so the type refuses it".to_owned()));
    };
    let registration = match Registration::new(input) {
        Ok(registration) => registration,
        Err(error) => return Ok(Some(error.to_string())),
    };
    let request = Request::registration(&Endpoint::sandbox(), &registration)
        .map_err(|error| error.to_string())?;
    let body: serde_json::Value =
        serde_json::from_slice(request.body()).map_err(|error| error.to_string())?;
    if body["url"] == input {
        Ok(None)
    } else {
        Err(format!("the request's body carries another URL: {body}"))
    }
}
