//! The endpoint, and the bytes of the requests made from it.

use atlas_webhook::{
    Endpoint, Error, ErrorKind, Limits, Registration, Request, SANDBOX, SANDBOX_ATRIPTECH,
};

const URL: &str = "https://example.com/hook";

fn request(endpoint: &Endpoint) -> Request {
    Request::registration(endpoint, &Registration::new(URL).unwrap()).unwrap()
}

fn head(endpoint: &Endpoint) -> String {
    let request = request(endpoint);
    let head = request.bytes().len() - request.body().len();
    String::from_utf8(request.bytes()[..head].to_vec()).unwrap()
}

#[test]
fn the_sandbox_is_that_of_the_specification() {
    let request = request(&Endpoint::sandbox());
    assert_eq!(request.url(), "https://sandbox.atlaslovestravel.com/updateWebhookURL.do");
    assert_eq!((request.host(), request.port()), ("sandbox.atlaslovestravel.com", 443));
    assert!(request.is_tls());
    assert_eq!(request.method(), "POST");
    for base_url in [SANDBOX, SANDBOX_ATRIPTECH] {
        Endpoint::new(base_url).unwrap();
    }
}

#[test]
fn setters_return_what_they_set_so_that_they_chain() {
    let mut endpoint = Endpoint::new("http://127.0.0.1:8080").unwrap();
    endpoint
        .set_credentials("my-client", "s3cret")
        .and_then(|endpoint| endpoint.set_header("X-Trace", "1"))
        .unwrap()
        .set_limits(Limits::default())
        .set_plaintext_allowed(true);
    let head = head(&endpoint);
    assert!(head.contains("x-atlas-client-id: my-client\r\n"), "{head}");
    assert!(head.contains("X-Trace: 1\r\n"), "{head}");

    let mut registration = Registration::new(URL).unwrap();
    let request = Request::registration(&endpoint, registration.set_cid("c").unwrap()).unwrap();
    assert_eq!(request.body(), br#"{"cid":"c","url":"https://example.com/hook"}"#);
}

#[test]
fn the_bytes_are_one_http_message_with_the_documented_headers() {
    let mut endpoint = Endpoint::new("http://127.0.0.1:8080/v2/").unwrap();
    endpoint.set_credentials("my-client", "s3cret").unwrap();
    let coding = if cfg!(feature = "gzip") { "gzip" } else { "identity" };
    let version = env!("CARGO_PKG_VERSION");
    let body = r#"{"url":"https://example.com/hook"}"#;
    let request = request(&endpoint);
    assert_eq!(
        String::from_utf8(request.bytes().to_vec()).unwrap(),
        format!(
            "POST /v2/updateWebhookURL.do HTTP/1.1\r\n\
             Host: 127.0.0.1:8080\r\n\
             Content-Type: application/json\r\n\
             Accept: application/json\r\n\
             Accept-Encoding: {coding}\r\n\
             User-Agent: atlas-webhook/{version}\r\n\
             x-atlas-client-id: my-client\r\n\
             x-atlas-client-secret: s3cret\r\n\
             Content-Length: 34\r\n\
             \r\n\
             {body}"
        )
    );
    assert_eq!(request.body(), body.as_bytes());
    let names: Vec<&str> = request.headers().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "Content-Type",
            "Accept",
            "Accept-Encoding",
            "User-Agent",
            "x-atlas-client-id",
            "x-atlas-client-secret"
        ]
    );
}

#[test]
fn a_base_url_gives_host_port_target_and_host_header() {
    for (base_url, host, port, target, host_header) in [
        ("https://a.example", "a.example", 443, "/", "a.example"),
        ("https://a.example/", "a.example", 443, "/", "a.example"),
        ("https://a.example:443", "a.example", 443, "/", "a.example"),
        ("https://a.example:80", "a.example", 80, "/", "a.example:80"),
        ("http://a.example:80/x", "a.example", 80, "/x/", "a.example"),
        ("http://a.example/x/y//", "a.example", 80, "/x/y/", "a.example"),
        ("https://[2001:db8::1]:8443/p", "2001:db8::1", 8443, "/p/", "[2001:db8::1]:8443"),
        ("https://[::1]", "::1", 443, "/", "[::1]"),
    ] {
        let mut endpoint = Endpoint::new(base_url).unwrap();
        endpoint.set_plaintext_allowed(true);
        let request = request(&endpoint);
        assert_eq!((request.host(), request.port()), (host, port), "{base_url}");
        assert_eq!(request.is_tls(), base_url.starts_with("https:"));
        let expected =
            format!("POST {target}updateWebhookURL.do HTTP/1.1\r\nHost: {host_header}\r\n");
        assert!(head(&endpoint).starts_with(&expected), "{base_url}: {}", head(&endpoint));
        let trimmed = base_url.trim_end_matches('/');
        assert_eq!(request.url(), format!("{trimmed}/updateWebhookURL.do"));
    }
}

#[test]
fn a_base_url_with_anything_but_host_port_and_path_is_refused() {
    for (base_url, says) in [
        ("", "is empty"),
        ("sandbox.example", "not absolute"),
        ("https://user:pw@a.example", "user information"),
        ("https://a.example/?x=1", "query"),
        ("https://a.example/#x", "fragment"),
        ("https://a.example/ x", "space"),
        ("https://a.example:0", "port 0"),
        ("https://a.example:70000", "above 65535"),
        ("https://müller.example", "punycode"),
        ("https://a.example/updateWebhookURL.do", "ends in /updateWebhookURL.do"),
        ("https://a.example/v2/updateWebhookURL.do/", "ends in /updateWebhookURL.do"),
        ("https://a.example/v2/updatewebhookurl.DO", "ends in /updateWebhookURL.do"),
        ("https://a.example/updateWebhookURL.do?x=1", "ends in /updateWebhookURL.do"),
    ] {
        let error = Endpoint::new(base_url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
        assert!(error.message().contains(says), "{base_url}: {error}");
    }
}

#[test]
fn what_is_cleared_is_no_longer_sent_and_the_values_of_the_library_return() {
    let mut endpoint = Endpoint::new("https://a.example").unwrap();
    let untouched = head(&endpoint);
    endpoint.set_credentials("my-client", "s3cret").unwrap();
    let with_credentials = head(&endpoint);
    endpoint.set_header("X-Trace", "1").unwrap().set_header("User-Agent", "mine").unwrap();
    assert!(head(&endpoint).contains("mine"));
    // Other names, and those of the credentials and the library, are not removed.
    for name in ["X-Other", "x-atlas-client-id", "Content-Type", "Accept"] {
        let before = head(&endpoint);
        assert_eq!(head(endpoint.clear_header(name)), before, "{name}");
    }
    endpoint.clear_header("x-trace").clear_header("user-agent");
    assert_eq!(head(&endpoint), with_credentials);
    assert_eq!(head(endpoint.clear_credentials()), untouched);
}

#[test]
fn a_base_url_may_contain_the_path_of_the_call_anywhere_but_at_its_end() {
    for base_url in [
        "https://a.example/updateWebhookURL.do/v2",
        "https://a.example/xupdateWebhookURL.do",
        "https://updateWebhookURL.do",
        "https://updateWebhookURL.do/x",
    ] {
        assert!(Endpoint::new(base_url).is_ok(), "{base_url}");
    }
    for (base_url, at) in
        [("https://a.example/v2/updateWebhookURL.do", 20), ("http://[::1]:0/v2", 13)]
    {
        assert_eq!(Endpoint::new(base_url).unwrap_err().offset(), Some(at), "{base_url}");
    }
}

#[test]
fn an_extra_header_is_added_or_replaces_its_namesake_in_any_case() {
    let mut endpoint = Endpoint::sandbox();
    endpoint.set_header("X-Trace", "1").unwrap();
    endpoint.set_header("x-trace", "two words\tand a tab").unwrap();
    endpoint.set_header("user-agent", "booking/7").unwrap();
    endpoint.set_header("ACCEPT", "application/json; q=1").unwrap();
    let head = head(&endpoint);
    assert_eq!(head.matches("race: ").count(), 1);
    assert!(head.contains("X-Trace: two words\tand a tab\r\n"), "{head}");
    assert!(head.contains("User-Agent: booking/7\r\n"), "{head}");
    assert!(head.contains("Accept: application/json; q=1\r\n"), "{head}");
    endpoint.set_header("X-Empty", "").unwrap();
}

#[test]
fn a_header_can_neither_inject_a_line_nor_touch_the_framing() {
    let mut endpoint = Endpoint::sandbox();
    let before = head(&endpoint);
    for (name, value) in [
        ("Host", "evil.example"),
        ("content-length", "0"),
        ("Connection", "close"),
        ("TRANSFER-ENCODING", "chunked"),
        ("Content-Type", "text/plain"),
        ("Content-Encoding", "gzip"),
        ("Accept-Encoding", "br"),
        ("Expect", "100-continue"),
        ("Upgrade", "h2c"),
        ("TE", "trailers"),
        ("Trailer", "x"),
        ("Keep-Alive", "1"),
        ("Proxy-Connection", "close"),
        ("X-Atlas-Client-Id", "me"),
        ("x-atlas-client-secret", "me"),
        ("", "x"),
        ("X Y", "x"),
        ("X:", "x"),
        ("X\r\nHost", "x"),
        ("Ü", "x"),
        ("X-A", "a\r\nHost: evil.example"),
        ("X-A", "a\nb"),
        ("X-A", "a\rb"),
        ("X-A", "a\0b"),
        ("X-A", "\u{7f}"),
        ("X-A", "ü"),
        ("X-A", " a"),
        ("X-A", "a\t"),
    ] {
        let error = endpoint.set_header(name, value).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{name:?}: {value:?}");
    }
    for (id, secret) in [("", "x"), ("x", ""), ("x\r\ny", "x"), ("x", "x\ny"), ("x", "ü")] {
        let error = endpoint.set_credentials(id, secret).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
    }
    assert_eq!(head(&endpoint), before, "a refused header changes nothing");
}

#[test]
fn nothing_goes_in_plaintext_to_another_machine_unless_allowed() {
    for (base_url, safe) in [
        ("https://a.example", true),
        ("http://a.example", false),
        ("http://192.0.2.1", false),
        ("http://localhost.example", false),
        ("http://127.0.0.1.example", false),
        ("http://[2001:db8::1]", false),
        ("http://localhost:8080", true),
        ("http://LOCALHOST", true),
        ("http://127.0.0.1", true),
        ("http://127.255.0.9:99", true),
        ("http://[::1]:8080", true),
    ] {
        let registration = Registration::new(URL).unwrap();
        let alone = Endpoint::new(base_url).unwrap();
        let mut with_credentials = alone.clone();
        with_credentials.set_credentials("id", "secret").unwrap();
        let mut with_header = alone.clone();
        with_header.set_header("Authorization", "Bearer t0ken").unwrap();
        for mut endpoint in [alone, with_credentials, with_header] {
            let made = Request::registration(&endpoint, &registration);
            assert_eq!(made.is_ok(), safe, "{base_url}");
            if let Err(error) = made {
                assert_eq!(error.kind(), ErrorKind::Argument);
                assert!(error.message().contains("in plaintext"), "{error}");
            }
            endpoint.set_plaintext_allowed(true);
            assert!(Request::registration(&endpoint, &registration).is_ok(), "{base_url}: allowed");
        }
    }
}

#[test]
fn a_request_keeps_its_own_share_of_the_endpoint() {
    let mut endpoint = Endpoint::sandbox();
    endpoint.set_header("X-Trace", "first").unwrap();
    let request = request(&endpoint);
    endpoint.set_header("X-Trace", "second").unwrap();
    let kept: Vec<_> = request.headers().filter(|(name, _)| *name == "X-Trace").collect();
    assert_eq!(kept, [("X-Trace", "first")]);
    drop(endpoint);
    assert_eq!(request.host(), "sandbox.atlaslovestravel.com");
}

#[test]
fn limits_are_those_that_were_set() {
    let mut endpoint = Endpoint::sandbox();
    assert_eq!(endpoint.limits(), Limits::default());
    let mut limits = Limits::default();
    limits.body = 7;
    endpoint.set_limits(limits);
    assert_eq!(endpoint.limits(), limits);
}

#[test]
fn debug_of_endpoint_and_request_hides_credentials_headers_and_body() {
    let mut endpoint = Endpoint::new("https://a.example/prefix").unwrap();
    endpoint.set_credentials("client-7", "s3cret").unwrap();
    endpoint.set_header("X-Gateway", "t0ken").unwrap();
    for shown in [format!("{endpoint:?}"), format!("{:?}", request(&endpoint))] {
        for secret in ["client-7", "s3cret", "t0ken", "example.com/hook"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("a.example"), "{shown}");
    }
    for (base_url, path) in [
        ("https://a.example/prefix/x/", "/prefix/x/updateWebhookURL.do"),
        ("https://a.example", "/updateWebhookURL.do"),
    ] {
        let request = request(&Endpoint::new(base_url).unwrap());
        let sent = format!("POST {path} HTTP/1.1\r\n");
        assert!(request.bytes().starts_with(sent.as_bytes()));
        let shown = format!("{request:?}");
        assert!(shown.contains(&format!("path: {path:?}")), "{shown}");
    }
}

#[test]
fn a_base_url_parses_as_what_new_makes_of_it() {
    let parsed: Endpoint = "http://127.0.0.1:8080/v2/".parse().unwrap();
    let made = Endpoint::new("http://127.0.0.1:8080/v2/").unwrap();
    assert_eq!(request(&parsed).bytes(), request(&made).bytes());

    for wrong in ["", "ftp://example.com", "https://user@example.com", "https://example.com/a b"] {
        let told = |error: Error| (error.kind(), error.message().to_owned(), error.offset());
        let parsed = told(wrong.parse::<Endpoint>().unwrap_err());
        assert_eq!(parsed, told(Endpoint::new(wrong).unwrap_err()));
        assert_eq!(parsed.0, ErrorKind::Argument, "{wrong}");
    }
}
