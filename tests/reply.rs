//! The interpretation of a response: the kind of error, its details, and whether it is retryable.

use std::time::Duration;

use atlas_webhook::{
    Endpoint, Error, ErrorKind, Fault, Limits, Registration, Reply, Request, Response, api_status,
};

fn reply(status: u16, body: &str) -> Result<Reply, Error> {
    request().reply(&Response::new(status, [("X", "y")], body).unwrap())
}

#[test]
fn success_is_http_2xx_with_an_integer_status_0_in_an_object() {
    for (status, body, message) in [
        (200, r#"{"status":0,"msg":"success"}"#, "success"),
        (200, r#"{"status":0,"msg":"Operation succeeded"}"#, "Operation succeeded"),
        (200, r#"{"status":0}"#, ""),
        (200, r#"{"status":0,"msg":null}"#, ""),
        (200, r#"{"status":0,"msg":""}"#, ""),
        (200, r#"{"status":-0,"msg":"minus zero is zero"}"#, "minus zero is zero"),
        (200, " \r\n\t{ \"msg\" : \"spaced\" , \"status\" : 0 } \n", "spaced"),
        (200, r#"{"st\u0061tus":0,"msg":"\u0061\n\ud83d\ude39"}"#, "a\n😹"),
        (200, r#"{"status":0,"msg":"x","unknown":[1,{"status":9}],"code":429}"#, "x"),
        (201, r#"{"status":0,"msg":"created"}"#, "created"),
        (299, r#"{"status":0,"message":5,"message":6}"#, ""),
        (200, r#"{"status":0,"\ud800":1,"msg":"a key that is no text"}"#, "a key that is no text"),
        (
            200,
            r#"{"x":{"a":"}\"","b":[[1],"]\\"],"status":9},"status":0 ,"msg":"nested"}"#,
            "nested",
        ),
        (200, r#"{"\"status\"":1,"x":"\",\"status\":1","msg":true,"status":0}"#, "true"),
    ] {
        let reply = reply(status, body).expect(body);
        assert_eq!((reply.message(), reply.http_status()), (message, status), "{body}");
    }
}

#[test]
fn without_the_transport_there_are_no_attempts_and_no_error_of_the_system() {
    assert_eq!(reply(200, r#"{"status":0}"#).unwrap().attempts(), 0);
    for error in [reply(500, "").unwrap_err(), Registration::new("").unwrap_err()] {
        assert_eq!((error.attempts(), error.os_error()), (0, None), "{error}");
        assert!(std::error::Error::source(&error).is_none(), "{error}");
    }
}

#[test]
fn a_writer_that_fails_ends_the_display_of_an_error() {
    struct Full(usize);
    impl std::fmt::Write for Full {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0 = self.0.checked_sub(text.len()).ok_or(std::fmt::Error)?;
            Ok(())
        }
    }
    let error = reply(200, r#"{"status":900,"msg":"no"}"#).unwrap_err();
    let length = error.to_string().len();
    for room in 0..length + 3 {
        let written = std::fmt::write(&mut Full(room), format_args!("{error}"));
        assert_eq!(written.is_ok(), room >= length, "{room} of {length}");
    }
}

#[test]
fn nesting_in_an_unknown_key_costs_no_stack() {
    let (open, close) = ("[".repeat(400_000), "]".repeat(400_000));
    assert!(reply(200, &format!(r#"{{"x":{open}{close},"status":0}}"#)).is_ok());
    let error = reply(200, &format!(r#"{{"status":0,"x":{open}}}"#)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedReply);
}

#[test]
fn the_request_id_is_kept_regardless_of_its_type() {
    for (body, id) in [
        (r#"{"status":0,"requestId":"r-1"}"#, Some("r-1")),
        (r#"{"status":0,"requestId":"r\u002d1"}"#, Some("r-1")),
        (r#"{"status":0,"requestId":17}"#, Some("17")),
        (r#"{"status":0,"requestId":null}"#, None),
        (r#"{"status":0,"requestId":{}}"#, Some("{}")),
        (r#"{"status":0,"requestId":false}"#, Some("false")),
        (r#"{"status":0,"requestId":"r\udc00"}"#, Some("r\u{FFFD}")),
        (r#"{"status":0,"requestId":1,"requestId":2}"#, Some("2")),
        (r#"{"status":0,"clientRequestId":"c"}"#, None),
    ] {
        assert_eq!(reply(200, body).unwrap().request_id(), id, "{body}");
        let refused = body.replace(":0,", ":2,");
        assert_eq!(reply(200, &refused).unwrap_err().request_id(), id, "{refused}");
    }
}

/// `msg` as it is written, and its text.
const TEXTS: [(&str, &str); 19] = [
    ("null", ""),
    ("true", "true"),
    ("5", "5"),
    ("-1.50e2", "-1.50e2"),
    ("1e400", "1e400"),
    (r#"["a", 1]"#, r#"["a", 1]"#),
    (r#"{"a":"\ud800"}"#, r#"{"a":"\ud800"}"#),
    (r#""bad url \ud83d""#, "bad url \u{FFFD}"),
    (r#""\ud83d!""#, "\u{FFFD}!"),
    (r#""\uDE39""#, "\u{FFFD}"),
    (r#""\ud83d\ud83d\ude39""#, "\u{FFFD}\u{1F639}"),
    (r#""\ude39\ud83d""#, "\u{FFFD}\u{FFFD}"),
    (r#""\ud83d\n\u00e9""#, "\u{FFFD}\n\u{e9}"),
    ("\"\u{d7ff}\u{e000}\\ud800\"", "\u{d7ff}\u{e000}\u{FFFD}"),
    (r#""\ufffd""#, "\u{FFFD}"),
    (r#""a\u0000b""#, "a\0b"),
    (r#""x","msg":5"#, "5"),
    (r#"5,"m\u0073g":"x""#, "x"),
    (r#""x","msg":"\ud800""#, "\u{FFFD}"),
];

#[test]
fn the_text_never_changes_the_outcome_regardless_of_its_type() {
    for (json, text) in TEXTS {
        let of = |status: u16, body: &str| reply(status, &body.replace("MSG", json));
        assert_eq!(of(200, r#"{"status":0,"msg":MSG}"#).expect(json).message(), text, "{json}");
        let text = Some(text).filter(|text| !text.is_empty());
        for (status, body, kind, api_status) in [
            (200, r#"{"msg":MSG,"status":901}"#, ErrorKind::Refused, Some(901)),
            (200, r#"{"msg":MSG,"status":900}"#, ErrorKind::Unauthorized, Some(900)),
            (500, r#"{"msg":MSG,"status":0}"#, ErrorKind::ServerError, Some(0)),
            (200, r#"{"msg":MSG,"status":"0"}"#, ErrorKind::MalformedReply, None),
            (200, r#"{"msg":MSG}"#, ErrorKind::MalformedReply, None),
        ] {
            let error = of(status, body).unwrap_err();
            assert_eq!((error.kind(), error.api_status()), (kind, api_status), "{json}");
            assert_eq!(error.api_message(), text, "{json}");
        }
        // The same text under the name that it has there.
        let message = json.replace("msg", "message").replace("m\\u0073g", "message");
        let limit = format!(r#"{{"code":429,"message":{message}}}"#);
        let limit = reply(200, &limit).unwrap_err();
        assert_eq!((limit.kind(), limit.api_message()), (ErrorKind::RateLimited, text), "{json}");
    }
}

#[test]
fn any_other_integer_is_a_refusal_that_carries_code_text_and_id() {
    for (status, meaning, retryable) in [
        (api_status::SYSTEM_ERROR, ", system error", true),
        (api_status::GENERAL_FAILURE, ", general failure", true),
        (api_status::MISSING_PARAMETER, ", a mandatory parameter is missing", false),
        (api_status::UNAUTHORIZED, ", unauthorised: bad credentials or account state", false),
        (api_status::ILLEGAL_DATA, ", illegal request data", false),
        (api_status::ACCESS_DENIED, ", access denied", false),
        (api_status::UNEXPECTED_ERROR, ", unexpected system error", true),
        (1, "", false),
        (i64::MAX, "", false),
        (i64::MIN + 1, "", false),
    ] {
        let body = format!(r#"{{"status":{status},"msg":"no","requestId":"r"}}"#);
        let error = reply(200, &body).unwrap_err();
        let credentials = status == api_status::UNAUTHORIZED;
        let kind = if credentials { ErrorKind::Unauthorized } else { ErrorKind::Refused };
        assert_eq!(error.kind(), kind);
        assert_eq!(error.fault(), kind.fault());
        assert_eq!(error.api_status(), Some(status));
        assert_eq!(error.api_message(), Some("no"));
        assert_eq!(error.request_id(), Some("r"));
        assert_eq!(error.http_status(), Some(200));
        assert_eq!(error.retryable(), retryable, "{status}");
        let message = format!("the API refused the call: status {status}{meaning}");
        assert_eq!(error.message(), message);
        assert_eq!(error.attempts(), 0, "nothing was sent here");
    }
}

#[test]
fn a_body_that_is_not_the_documented_object_is_malformed() {
    for body in [
        "",
        " ",
        "0",
        "null",
        "[0]",
        r#"["0","success"]"#,
        r#""status""#,
        "{}",
        "{",
        r#"{"status":0"#,
        r#"{"status":0}x"#,
        r#"{"status":0,}"#,
        r#"{'status':0}"#,
        r#"{"status":true}"#,
        r#"{"status":"0"}"#,
        r#"{"status":null}"#,
        r#"{"status":0.0}"#,
        r#"{"status":0e0}"#,
        r#"{"status":-0.0}"#,
        r#"{"status":1e2}"#,
        r#"{"status":00}"#,
        r#"{"status":+1}"#,
        r#"{"status":0x1}"#,
        r#"{"status":9223372036854775808}"#,
        r#"{"status":-9223372036854775808}"#,
        r#"{"status":-9223372036854775809}"#,
        r#"{"status":[0]}"#,
        r#"{"status":0,"status":0}"#,
        r#"{"status":0,"status":1}"#,
        r#"{"status":0,"st\u0061tus":1}"#,
        r#"{"Status":0}"#,
        r#"{"msg":"success"}"#,
        r#"{"status":"\ud800"}"#,
        r#"{"code":428,"message":"no"}"#,
        r#"{"code":"428"}"#,
        r#"{"code":[429]}"#,
        r#"{"code":428.5}"#,
        "\u{feff}{\"status\":0}",
        "<html>It works!</html>",
    ] {
        let error = reply(200, body).expect_err(body);
        assert_eq!(error.kind(), ErrorKind::MalformedReply, "{body}");
        assert_eq!(error.fault(), Fault::Api);
        assert_eq!(error.http_status(), Some(200));
        assert!(!error.retryable());
    }
    let not_utf8 = Response::new(200, [("X", "y")], b"{\"status\":0,\"x\":\"\xff\"}").unwrap();
    let error = request().reply(&not_utf8).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedReply);
}

#[test]
fn any_other_http_status_decides_the_kind_and_the_error_has_the_body() {
    use ErrorKind as Kind;
    for (status, kind, retryable) in [
        (300, Kind::Redirect, false),
        (302, Kind::Redirect, false),
        (304, Kind::Redirect, false),
        (308, Kind::Redirect, false),
        (400, Kind::ClientError, false),
        (401, Kind::Unauthorized, false),
        (403, Kind::ClientError, false),
        (404, Kind::ClientError, false),
        (408, Kind::ClientError, true),
        (409, Kind::ClientError, false),
        (421, Kind::ClientError, true),
        (422, Kind::ClientError, false),
        (425, Kind::ClientError, true),
        (426, Kind::ClientError, false),
        (429, Kind::RateLimited, true),
        (499, Kind::ClientError, false),
        (500, Kind::ServerError, true),
        (501, Kind::ServerError, false),
        (502, Kind::ServerError, true),
        (503, Kind::ServerError, true),
        (599, Kind::ServerError, true),
        (600, Kind::ServerError, true),
        (999, Kind::ServerError, true),
    ] {
        let plain = reply(status, "<html>").unwrap_err();
        assert_eq!((plain.kind(), plain.http_status()), (kind, Some(status)));
        assert_eq!(plain.fault(), Fault::Peer);
        assert_eq!((plain.api_status(), plain.api_message()), (None, None));
        assert_eq!(plain.retryable(), retryable, "{status}");

        // Even if the status in the body is 0: the HTTP status decides.
        for code in [0, 902] {
            let body = format!(r#"{{"status":{code},"msg":"text","requestId":"r"}}"#);
            let error = reply(status, &body).unwrap_err();
            assert_eq!(error.kind(), kind);
            assert_eq!((error.api_status(), error.api_message()), (Some(code), Some("text")));
            assert_eq!(error.request_id(), Some("r"));
        }
    }
}

#[test]
fn a_status_of_no_final_response_is_an_argument_error() {
    for status in [0, 1, 99, 100, 101, 199, 1000, u16::MAX] {
        let error = Response::new(status, [("X", "y")], "").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{status}");
    }
}

#[test]
fn the_rate_limit_response_is_recognised_under_any_2xx_and_under_429() {
    let body = r#"{"code":429,"message":"slow down","limitType":"IP","limit":10,"retryAfter":7}"#;
    for status in [200, 202, 429] {
        let error = reply(status, body).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert_eq!(error.api_message(), Some("slow down"));
        assert_eq!(error.api_status(), None);
        assert!(error.retryable());
    }
    for bare in [r#"{"code":429}"#, r#"{"code":"429"}"#, r#"{"status":null,"code":" 429"}"#] {
        let bare = reply(200, bare).unwrap_err();
        assert_eq!((bare.kind(), bare.retry_after()), (ErrorKind::RateLimited, None));
    }
}

#[test]
fn retry_after_is_seconds_or_a_date_relative_to_the_date_of_the_response() {
    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const YEAR: u64 = 365 * 24 * 60 * 60;
    for (retry_after, date, seconds) in [
        ("120", "", Some(120)),
        ("0", "", Some(0)),
        ("30.0", "", Some(30)),
        ("1.5", "", Some(2)),
        ("0.2", "", Some(1)),
        ("3e1", "", Some(30)),
        ("31536000", "", Some(YEAR)),
        ("31536001", "", Some(YEAR)),
        ("99999999999999999999999", "", Some(YEAR)),
        ("Sun, 06 Nov 9999 08:49:37 GMT", DATE, Some(YEAR)),
        ("-0", "", Some(0)),
        ("Sun, 06 Nov 1994 08:50:37 GMT", DATE, Some(60)),
        ("Sunday, 06-Nov-94 09:49:37 GMT", DATE, Some(3600)),
        ("Mon Nov  7 08:49:37 1994", DATE, Some(86_400)),
        ("Sun, 06 Nov 1994 08:49:00 GMT", DATE, Some(0)),
        ("Tue, 29 Feb 2000 00:00:00 GMT", "Mon, 28 Feb 2000 00:00:00 GMT", Some(86_400)),
        ("Thu, 29 Feb 1996 00:00:00 GMT", "Wed, 28 Feb 1996 00:00:00 GMT", Some(86_400)),
        ("Wed, 01 Mar 2000 00:00:00 GMT", "Tue, 29 Feb 2000 00:00:00 GMT", Some(86_400)),
        ("Tue, 01 Feb 2000 00:00:00 GMT", "Mon, 31 Jan 2000 00:00:00 GMT", Some(86_400)),
        ("Thursday, 01-Jan-70 00:01:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", Some(60)),
        ("Thu, 01 Mar 2001 00:00:00 GMT", "Wed, 28 Feb 2001 00:00:00 GMT", Some(86_400)),
        ("Sat, 01 Jan 2000 00:00:00 GMT", "Friday, 31-Dec-99 23:59:60 GMT", Some(0)),
        ("Friday, 01-Jan-10 00:00:00 GMT", "Thu Dec 31 23:59:59 2009", Some(1)),
        ("Sun, 06 Nov 1994 08:50:37 GMT", "", None),
        ("Sun, 06 Nov 1994 08:50:37 GMT", "yesterday", None),
        ("Wed, 30 Feb 2000 00:00:00 GMT", DATE, None),
        ("Thu, 29 Feb 2001 00:00:00 GMT", DATE, None),
        ("Mon, 29 Feb 2100 00:00:00 GMT", DATE, None),
        ("Sun, 06 Nov 1994 24:00:00 GMT", DATE, None),
        ("Sun, 06 Nov 1994 08:50:37 CET", DATE, None),
        ("Sun, 06 Nov 1994 08:50:37 GMT x", DATE, None),
        ("Sun, 06 Nox 1994 08:50:37 GMT", DATE, None),
        ("Sun, 06 Nov 94 08:50:37 GMT", DATE, None),
        ("Sun, 06 Nov 1994 8:50:37 GMT", DATE, None),
        ("-1", "", None),
        ("-1.5", "", None),
        ("1,5", "", None),
        ("5 minutes", "", None),
        ("NaN", "", None),
        ("", "", None),
    ] {
        let headers = [("retry-AFTER", retry_after), ("Date", date)];
        let response = Response::new(503, headers, "").unwrap();
        let error = request().reply(&response).unwrap_err();
        assert_eq!(error.retry_after(), seconds.map(Duration::from_secs), "{retry_after:?}");
    }
}

#[test]
fn an_invalid_date_is_not_a_wait() {
    const DATES: [&str; 3] = [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ];
    let wait = |retry_after: &[u8]| {
        let headers = [(&b"Retry-After"[..], retry_after), (b"Date", DATES[0].as_bytes())];
        let response = Response::new(503, headers, "").unwrap();
        request().reply(&response).unwrap_err().retry_after()
    };
    for date in DATES {
        assert_eq!(wait(date.as_bytes()), Some(Duration::ZERO), "{date}");
        for (end, _) in date.match_indices(' ') {
            assert_eq!(wait(&date.as_bytes()[..end]), None, "{}", &date[..end]);
        }
        for (right, wrong) in [
            ("06", "6x"),
            ("06", "006"),
            ("  6", " 6x"),
            ("08:49:37", "08:49"),
            ("08:49:37", "08"),
            ("08:49:37", "08:49:37:00"),
            ("08:49:37", "08:60:37"),
            ("08:49:37", "08:49:61"),
            ("1994", "199x"),
            ("1994", "94"),
            ("-94", "-9x"),
            ("-94", ""),
            ("GMT", "UTC"),
        ] {
            let wrong = date.replace(right, wrong);
            assert!(wrong == date || wait(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }
    assert_eq!(wait(b"\xFF"), None);
    let dateless = Response::new(503, [("Retry-After", DATES[0])], "").unwrap();
    assert_eq!(request().reply(&dateless).unwrap_err().retry_after(), None);
}

#[test]
fn a_wait_in_the_body_is_any_number_or_text_that_is_one() {
    for (json, seconds) in [
        ("30", Some(30)),
        (r#""30""#, Some(30)),
        (r#"" 30.0 ""#, Some(30)),
        (r#""\u0033\u0030""#, Some(30)),
        ("30.0", Some(30)),
        ("1.5", Some(2)),
        (r#""1.5""#, Some(2)),
        ("3e1", Some(30)),
        (r#""3e1""#, Some(30)),
        ("3E+1", Some(30)),
        ("300e-1", Some(30)),
        (r#""1e999999999999999999999""#, Some(31_536_000)),
        ("0.0001", Some(1)),
        ("0", Some(0)),
        ("1e400", Some(31_536_000)),
        ("99999999999999999999", Some(31_536_000)),
        ("-30", None),
        (r#""-30""#, None),
        ("null", None),
        ("true", None),
        ("[30]", None),
        (r#""soon""#, None),
        (r#""""#, None),
    ] {
        let body = format!(r#"{{"code":"429","message":"slow","retryAfter":{json}}}"#);
        for status in [200, 429] {
            let error = reply(status, &body).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::RateLimited);
            assert_eq!(error.retry_after(), seconds.map(Duration::from_secs), "{json}");
        }
        // Regardless of the rest of the body.
        let busy = reply(503, &format!(r#"{{"status":2,"retryAfter":{json}}}"#)).unwrap_err();
        assert_eq!(busy.retry_after(), seconds.map(Duration::from_secs), "{json}");
    }
}

#[test]
fn of_several_retry_after_fields_the_longest_counts() {
    let headers = [("Retry-After", "3"), ("Retry-After", "soon"), ("Retry-After", "9.5")];
    let response = Response::new(503, headers, "").unwrap();
    let error = request().reply(&response).unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(10)));
}

#[test]
fn of_two_waits_the_longer_one_is_returned() {
    for (header, body) in [("3", "9"), ("9", "3")] {
        let body = format!(r#"{{"code":429,"retryAfter":{body}}}"#);
        let response = Response::new(200, [("Retry-After", header)], body).unwrap();
        let error = request().reply(&response).unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(9)));
    }
}

#[test]
fn retry_after_is_returned_if_the_body_cannot_be_read() {
    let damaged_gzip = &b"\x1F\x8B"[..];
    for body in [damaged_gzip, b"no JSON"] {
        let response = Response::new(200, [("Retry-After", "7")], body).unwrap();
        let error = request().reply(&response).unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    }
}

#[test]
fn a_body_from_a_stack_is_bounded_by_the_limits_of_the_endpoint() {
    let body = r#"{"status":0}"#;
    for (limit, expected) in
        [(3, Err(ErrorKind::Limit)), (11, Err(ErrorKind::Limit)), (12, Ok(())), (13, Ok(()))]
    {
        let mut limits = Limits::default();
        limits.body = limit;
        let mut endpoint = Endpoint::sandbox();
        endpoint.set_limits(limits);
        let registration = Registration::new("https://me.example/hook/abcd").unwrap();
        let request = Request::registration(&endpoint, &registration).unwrap();
        let response = Response::new(200, [("X", "y")], body).unwrap();
        let result = request.reply(&response).map(|_| ()).map_err(|error| error.kind());
        assert_eq!(result, expected, "{limit}");
    }
}

fn request() -> Request {
    let mut endpoint = Endpoint::new("https://api.example").unwrap();
    endpoint.set_credentials("client-7", "s3cret").unwrap();
    endpoint.set_header("X-Gateway", "t0ken").unwrap();
    let registration = Registration::new("https://me.example/hook/abcd?key=efgh").unwrap();
    Request::registration(&endpoint, &registration).unwrap()
}

/// The display of the error if the API's text for `request()` is `text`.
fn shown(text: &str) -> Error {
    let body = serde_json::json!({"status": 901, "msg": text}).to_string();
    let response = Response::new(200, [("X", "y")], body).unwrap();
    request().reply(&response).unwrap_err()
}

#[test]
fn the_api_text_is_shown_behind_the_message_and_not_in_debug() {
    let error = shown("bad url");
    let message = "the API refused the call: status 901, illegal request data";
    assert_eq!(error.message(), message);
    assert_eq!(error.to_string(), format!("{message}: \"bad url\""));
    let debug = format!("{error:?}");
    assert!(!debug.contains("bad url"), "{debug}");
    assert!(debug.contains("Refused") && debug.contains("901"), "{debug}");
}

#[test]
fn the_api_text_is_shown_escaped_and_truncated() {
    let error = shown("a\u{1b}[2Jb\r\nc\"d\\e\u{202e}f\u{9b}g üß");
    assert!(
        error.to_string().ends_with(r#": "a\u{1b}[2Jb\r\nc\"d\\e\u{202e}f\u{9b}g üß""#),
        "{error}"
    );
    let reordering = "\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180b}\u{180f}\u{200b}";
    assert!(!shown(reordering).to_string().contains(|c: char| !c.is_ascii()));
    let reordering = "\u{200f}\u{2028}\u{202e}\u{2060}\u{2069}\u{206f}\u{3164}\u{fe00}\u{fe0f}";
    assert!(!shown(reordering).to_string().contains(|c: char| !c.is_ascii()));
    let reordering = "\u{feff}\u{ffa0}\u{fff0}\u{fffb}\u{1bca0}\u{1d173}\u{e0001}\u{e01ef}";
    assert!(!shown(reordering).to_string().contains(|c: char| !c.is_ascii()));
    for filler in ["x", "ü", "\u{1b}"] {
        let long = shown(&filler.repeat(5000)).to_string();
        let text = long.split_once(": \"").unwrap().1;
        assert!(text.ends_with("…\"") && text.len() <= 200 + "…\"".len(), "{long}");
    }
    let fits = "x".repeat(200);
    assert!(shown(&fits).to_string().ends_with(&format!("{fits:?}")));
    assert!(!shown("").to_string().contains('"'), "an empty text is not shown");
}

#[test]
fn every_kind_of_error_has_a_fault() {
    for (fault, kinds) in [
        (Fault::Caller, &[ErrorKind::Argument, ErrorKind::State, ErrorKind::Cancelled][..]),
        (Fault::Library, &[ErrorKind::Unsupported, ErrorKind::Panic]),
        (
            Fault::Peer,
            &[
                ErrorKind::Protocol,
                ErrorKind::Limit,
                ErrorKind::ClosedEarly,
                ErrorKind::Encoding,
                ErrorKind::Redirect,
                ErrorKind::Unauthorized,
                ErrorKind::RateLimited,
                ErrorKind::ClientError,
                ErrorKind::ServerError,
            ],
        ),
        (Fault::Api, &[ErrorKind::MalformedReply, ErrorKind::Refused]),
        (
            Fault::Network,
            &[
                ErrorKind::Resolve,
                ErrorKind::Connect,
                ErrorKind::Proxy,
                ErrorKind::Tls,
                ErrorKind::Timeout,
                ErrorKind::Io,
            ],
        ),
    ] {
        for kind in kinds {
            assert_eq!(kind.fault(), fault, "{kind:?}");
        }
    }
}

#[test]
fn a_field_whose_name_is_not_text_is_skipped() {
    let headers = [(&b"\xFF"[..], "a"), (b"X", "b")];
    let response = Response::new(200, headers, "").unwrap();
    assert_eq!(response.headers().collect::<Vec<_>>(), [("X", &b"b"[..])]);
}

#[test]
fn debug_of_reply_and_response_hides_texts_headers_and_body() {
    let response = Response::new(200, [("Set-Cookie", "s3cret")], r#"{"status":0,"msg":"hush"}"#);
    let response = response.unwrap();
    let reply = request().reply(&response).unwrap();
    for shown in [format!("{response:?}"), format!("{reply:?}")] {
        assert!(!shown.contains("s3cret") && !shown.contains("hush"), "{shown}");
        assert!(shown.contains("200"), "{shown}");
    }
}
