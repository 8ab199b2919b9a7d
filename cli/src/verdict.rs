//! What the documented call makes of a request.

use serde_json::Value;

use crate::masked::split_scheme;
use crate::received::Received;
use crate::sandbox::Options;

/// The documented path of the call, below the prefix.
pub(crate) const PATH: &str = "/updateWebhookURL.do";

/// Where the sandbox lists what it received, below the prefix.
pub(crate) const REQUESTS: &str = "/requests";

/// What a request deserves.
pub(crate) struct Verdict {
    pub(crate) http_status: u16,
    pub(crate) says: Says,
}

pub(crate) enum Says {
    /// By the API, in JSON.
    Api(i64, String),
    /// By HTTP, in plain text.
    Http(&'static str),
}

impl Verdict {
    pub(crate) fn api(status: i64, msg: impl Into<String>) -> Self {
        Self { http_status: 200, says: Says::Api(status, msg.into()) }
    }

    pub(crate) fn success() -> Self {
        Self::api(0, "success")
    }

    pub(crate) fn is_success(&self) -> bool {
        matches!(self.says, Says::Api(0, _))
    }

    pub(crate) fn http(http_status: u16, what: &'static str) -> Self {
        Self { http_status, says: Says::Http(what) }
    }
}

/// What the documented call makes of a request that is valid HTTP.
pub(crate) fn judge(request: &Received, options: &Options) -> Verdict {
    if below(request, options) != Some(PATH) {
        return Verdict::http(404, "there is no such call; try /updateWebhookURL.do");
    }
    if request.method != "POST" {
        return Verdict::http(405, "the method of this call is POST");
    }
    if !request.has("Content-Length") {
        return Verdict::http(411, "send a body, with Content-Length");
    }
    let media_type = request.header("Content-Type").unwrap_or_default().split(';').next();
    if !media_type.unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Verdict::http(415, "the Content-Type of this call is application/json");
    }
    if let Some((id, secret)) = &options.credentials {
        let given = (request.header("x-atlas-client-id"), request.header("x-atlas-client-secret"));
        if given != (Some(id), Some(secret)) {
            return Verdict::api(900, "the client id or the client secret is wrong");
        }
    }
    let Ok(Value::Object(parameters)) = serde_json::from_slice(&request.body) else {
        return Verdict::api(901, "the body is not a JSON object");
    };
    for (name, required) in [("cid", options.require_cid), ("url", true)] {
        match parameters.get(name) {
            Some(Value::String(text)) if !text.is_empty() => {}
            None | Some(Value::Null | Value::String(_)) if required => {
                return Verdict::api(100, format!("the mandatory parameter {name} is missing"));
            }
            None | Some(Value::Null | Value::String(_)) => {}
            Some(_) => return Verdict::api(901, format!("{name} is not a string")),
        }
    }
    let url = parameters.get("url").and_then(Value::as_str).unwrap_or_default();
    if split_scheme(url).is_none() {
        return Verdict::api(901, "url is not an absolute http or https URL");
    }
    Verdict::success()
}

/// Whether this asks for the list of the requests.
pub(crate) fn asks_for_requests(request: &Received, options: &Options) -> bool {
    request.method == "GET" && below(request, options) == Some(REQUESTS)
}

/// The path below the prefix.
fn below<'a>(request: &'a Received, options: &Options) -> Option<&'a str> {
    request.path().strip_prefix(options.prefix.as_str())
}
