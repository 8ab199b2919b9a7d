//! `json-status-msg` and `json-text`: the body of a registration's response.

use atlas_webhook::{Endpoint, ErrorKind, Registration, Request, Response, api_status};
use serde::Deserialize;

use crate::{Bytes, Outcome};

#[derive(Deserialize)]
struct Case {
    #[serde(rename = "bytes_b64")]
    bytes: Bytes,
    expect: Expect,
}

#[derive(Deserialize)]
struct Expect {
    #[serde(alias = "schema_status_msg")]
    schema: Schema,
}

#[derive(Debug, Deserialize)]
struct Schema {
    outcome: Verdict,
    status: Option<Status>,
    msg: Option<String>,
    /// The value of a number that is not written as an integer.
    exact: Option<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Accept,
    Reject,
    May,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Status {
    Number(i64),
    /// Too large for a number in JSON as many read it.
    Digits(String),
}

/// The result of reading a body: the values, or the reason why it is rejected.
type Reading = Result<(i64, String), ErrorKind>;

pub(crate) fn run(line: &str) -> Result<Outcome, String> {
    let case: Case = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let Bytes(body) = &case.bytes;
    let ours = read(body)?;
    let expected = case.expect.schema;
    let held = match &ours {
        Ok((status, msg)) => expected.outcome != Verdict::Reject && expected.fits(*status, msg),
        Err(_) => expected.outcome != Verdict::Accept,
    };
    if held {
        return Ok(Outcome::Held);
    }
    Ok(Outcome::Failed { expected: format!("{expected:?}"), ours: format!("{ours:?}") })
}

fn read(body: &[u8]) -> Result<Reading, String> {
    let request = Registration::new("https://example.com/atlas/t0ken")
        .and_then(|registration| Request::registration(&Endpoint::sandbox(), &registration))
        .map_err(|error| format!("there is no request: {error}"))?;
    let response = Response::new(200, [] as [(&str, &str); 0], body)
        .map_err(|error| format!("the body does not make a response: {error}"))?;
    Ok(match request.reply(&response) {
        Ok(reply) => Ok((api_status::SUCCESS, reply.message().to_owned())),
        // A refusal was read as well as a success was.
        Err(error) => match error.api_status() {
            Some(status) if error.kind() == ErrorKind::Refused => {
                Ok((status, error.api_message().unwrap_or_default().to_owned()))
            }
            _ => Err(error.kind()),
        },
    })
}

impl Schema {
    /// Whether a reading is the one that the case gives, as far as it gives one.
    fn fits(&self, status: i64, msg: &str) -> bool {
        let same_status = match (&self.status, &self.exact) {
            (Some(Status::Number(number)), _) => *number == status,
            (Some(Status::Digits(digits)), _) => *digits == status.to_string(),
            (None, Some(exact)) => exact.parse() == Ok(status as f64),
            (None, None) => true,
        };
        same_status && self.msg.as_deref().is_none_or(|expected| expected == msg)
    }
}
