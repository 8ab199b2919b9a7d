//! The parameters of a registration, and its JSON.

use atlas_webhook::{Endpoint, ErrorKind, Fault, Registration, Request};

fn body(registration: &Registration<'_>) -> String {
    let request = Request::registration(&Endpoint::sandbox(), registration).unwrap();
    String::from_utf8(request.body().to_vec()).unwrap()
}

#[test]
fn an_accepted_url_is_carried_byte_for_byte() {
    for url in [
        "https://example.com",
        "https://example.com/",
        "http://example.com/a/b?token=%20x&y=1",
        "HTTPS://EXAMPLE.com:8443/Hook",
        "https://example.com?only=query",
        "https://example.com/'()*+,;=:@!$&~-._/?/??",
        "https://user-less.example:0/",
        "https://example.com:/hook",
        "https://192.0.2.1/hook",
        "https://[2001:db8::1]:8443/hook",
        "https://[::ffff:192.0.2.1]/",
        "https://xn--mnchen-3ya.example/hook",
        "https://a_b.example/",
        "https://10.0.0.example/",
        "https://../..//.",
    ] {
        let registration = Registration::new(url).expect(url);
        assert_eq!(body(&registration), format!(r#"{{"url":"{url}"}}"#));
    }
}

#[test]
fn a_url_that_is_not_plain_absolute_http_is_refused_where_it_goes_wrong() {
    for (url, offset, says) in [
        ("", 0, "is empty"),
        ("example.com/hook", 0, "not absolute"),
        ("//example.com/hook", 0, "not absolute"),
        ("/hook", 0, "not absolute"),
        ("ftp://example.com/", 0, "not absolute"),
        ("https:/example.com/", 0, "not absolute"),
        ("https:example.com", 0, "not absolute"),
        ("https://", 8, "no host"),
        ("https:///hook", 8, "no host"),
        ("https:///", 8, "no host"),
        ("https://:443/", 8, "no host"),
        ("https://?q", 8, "no host"),
        ("https://example.com/a b", 21, "space"),
        (" https://example.com/", 0, "space"),
        ("https://example.com/\n", 20, "control character"),
        ("https://exa\tmple.com/", 11, "control character"),
        ("https://example.com/\u{7f}", 20, "control character"),
        ("https://example.com/\0", 20, "control character"),
        ("https://example.com/#", 20, "fragment"),
        ("https://example.com/a#b", 21, "fragment"),
        ("https://example.com\\hook", 19, "backslash"),
        ("https://münchen.example/", 9, "punycode"),
        ("https://example.com/ü", 20, "punycode"),
        ("https://user@example.com/", 12, "user information"),
        ("https://user:secret@example.com/", 19, "user information"),
        ("https://@example.com/", 8, "user information"),
        ("https://example.com:65536/", 20, "port above 65535"),
        ("https://example.com:99999999999999999999/", 20, "port above 65535"),
        ("https://example.com:+443/", 20, "port that is not a number"),
        ("https://example.com:4 43/", 21, "space"),
        ("https://a:b:c/", 10, "port that is not a number"),
        ("https://ho%00st/", 10, "percent sign in its host"),
        ("https://ex<ample.com/", 10, "character in its host"),
        ("https://[::1/", 8, "not an IPv6 address"),
        ("https://[v1.x]/", 8, "not an IPv6 address"),
        ("https://[fe80::1%25eth0]/", 8, "not an IPv6 address"),
        ("https://[www.example.com]/", 8, "not an IPv6 address"),
        ("https://x[::1]/", 11, "port that is not a number"),
        ("https://x[1]/", 9, "not an IPv6 address"),
        ("https://[::1]x/", 13, "between the brackets"),
        ("https://1.2.3.08/", 8, "looks like an IPv4 address"),
        ("https://1.2.3/", 8, "looks like an IPv4 address"),
        ("https://1.2.3.256/", 8, "looks like an IPv4 address"),
        ("https://0x7f.1/", 8, "looks like an IPv4 address"),
        ("https://example.0x/", 8, "looks like an IPv4 address"),
        ("https://2130706433/", 8, "looks like an IPv4 address"),
        ("https://example.com/%", 20, "hexadecimal digits"),
        ("https://example.com/%4", 20, "hexadecimal digits"),
        ("https://example.com/%4g", 20, "hexadecimal digits"),
        ("https://example.com/a\"b", 21, "percent-encoded"),
        ("https://example.com/a|b", 21, "percent-encoded"),
        ("https://example.com/?a[]=b", 22, "percent-encoded"),
    ] {
        let error = Registration::new(url).expect_err(url);
        assert_eq!(error.kind(), ErrorKind::Argument, "{url:?}");
        assert_eq!(error.fault(), Fault::Caller, "{url:?}");
        assert!(error.message().contains(says), "{url:?}: {error}");
        assert_eq!(error.offset(), Some(offset), "{url:?}: {error}");
        assert!(!error.retryable());
    }
}

#[test]
fn the_error_about_a_url_never_shows_the_url() {
    let error = Registration::new("https://example.com/s3cret-token#x").unwrap_err();
    for shown in [format!("{error}"), format!("{error:?}"), error.message().to_owned()] {
        assert!(!shown.contains("s3cret") && !shown.contains("example.com"), "{shown}");
    }
}

#[test]
fn the_cid_is_left_out_or_not_empty_and_any_text_survives_as_json() {
    let mut registration = Registration::new("https://example.com/").unwrap();
    assert_eq!(body(&registration), r#"{"url":"https://example.com/"}"#);
    assert_eq!(registration.set_cid("").unwrap_err().kind(), ErrorKind::Argument);

    for cid in ["XXXXXXXX", "ü\"\\\n\u{1}\u{2028}", " ", "null"] {
        let json = body(registration.set_cid(cid).unwrap());
        let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(parsed, serde_json::json!({"cid": cid, "url": "https://example.com/"}));
    }
}

#[test]
fn debug_of_a_registration_shows_nothing_of_it() {
    let mut registration = Registration::new("https://example.com/s3cret").unwrap();
    let shown = format!("{:?}", registration.set_cid("client-7").unwrap());
    assert_eq!(shown, "Registration { .. }");
}
