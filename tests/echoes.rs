//! A text of the API that repeats a secret of the request is not shown.

use atlas_webhook::{Endpoint, Error, Registration, Request, Response};
use encodings::ENCODINGS;

#[path = "support/encodings.rs"]
mod encodings;

const WITHHELD: &str = "the API refused the call: status 901, illegal request data \
                        (the API's text repeats a secret and is withheld)";

const URL: &str = "https://example.com/hooks/s3cr3t-path-segment?token=t0ken-7733aa&b=2";
const CLIENT_ID: &str = "client-19f2";
const CLIENT_SECRET: &str = "secr&t <93ac0e>";
const GATEWAY: &str = "Bearer g4teway+t0ken/==";

fn request_for(url: &str) -> Request {
    let mut endpoint = Endpoint::new("https://api.example").unwrap();
    endpoint.set_credentials(CLIENT_ID, CLIENT_SECRET).unwrap();
    endpoint.set_header("Authorization", GATEWAY).unwrap();
    Request::registration(&endpoint, &Registration::new(url).unwrap()).unwrap()
}

fn said(request: &Request, text: &str) -> Error {
    let body = serde_json::json!({"status": 901, "msg": text}).to_string();
    let response = Response::new(200, [("X", "y")], body).unwrap();
    let error = request.reply(&response).unwrap_err();
    assert!(error.api_message() == Some(text), "the field is exactly what came");
    error
}

fn is_withheld(request: &Request, text: &str) -> bool {
    let shown = said(request, text).to_string();
    assert!(shown == WITHHELD || shown.ends_with('"'), "{shown}");
    shown == WITHHELD
}

#[test]
fn a_part_of_the_url_is_withheld() {
    let request = request_for(URL);
    for text in [
        "bad url https://example.com/hooks/s3cr3t-path-segment?token=t0ken-7733aa&b=2",
        "token t0ken-7733aa is too short",
        "no handler for s3cr3t-path-segment",
        "https://example.com/hooks/s3cr3t-path-segment?token=t0ken-7733",
        "https://example.com/hooks/s3cr3t-path-segment?token=t0ken-7733aa&amp;b=2",
        "https%3A%2F%2Fexample.com%2Fhooks%2Fs3cr3t-path-segment%3Ftoken%3Dt0ken-7733aa%26b%3D2",
        "T0KEN-7733AA",
        "t0ken-77",
    ] {
        assert!(is_withheld(&request, text), "{text}");
    }
    for text in ["t0ken-7", "illegal url", "https://example.com/other", "hooks s3cr3t token b=2"] {
        assert!(!is_withheld(&request, text), "{text}");
    }
}

#[test]
fn every_secret_is_withheld_in_every_encoding_wherever_it_stands() {
    let request = request_for(URL);
    let path_and_query = &URL["https://example.com".len()..];
    for secret in
        [path_and_query, "s3cr3t-path-segment", "t0ken-7733aa", CLIENT_ID, CLIENT_SECRET, GATEWAY]
    {
        for (name, encode) in ENCODINGS {
            let encoded = encode(secret);
            for text in [
                encoded.clone(),
                format!("{encoded} is not allowed"),
                format!("not allowed: {encoded}"),
                format!("{}{encoded}", "x".repeat(190)),
                format!("{encoded}{}", "x".repeat(1000)),
                format!("{}{encoded}", "ü".repeat(50)),
            ] {
                assert!(is_withheld(&request, &text), "{name}: {text}");
            }
        }
    }
}

#[test]
fn any_eight_bytes_of_a_secret_are_enough_and_seven_are_not() {
    let request = request_for(URL);
    for secret in [&URL["https://example.com".len()..], CLIENT_ID, CLIENT_SECRET, GATEWAY] {
        for length in [7, 8] {
            for start in 0..=secret.len() - length {
                let part = &secret[start..start + length];
                assert_eq!(is_withheld(&request, &format!("[{part}]")), length == 8, "{part}");
            }
        }
    }
}

#[test]
fn a_short_secret_counts_as_a_whole_and_a_shorter_one_not_at_all() {
    for (path, is_secret) in
        [("/", false), ("/ab", false), ("/abc", true), ("/abcdef", true), ("/a%62c", true)]
    {
        let request = request_for(&format!("https://example.com{path}"));
        assert_eq!(is_withheld(&request, &format!("no {path} here")), is_secret, "{path}");
        if path.len() > 1 {
            let part = &path[..path.len() - 1];
            assert!(!is_withheld(&request, &format!("no {part}")), "{part}");
        }
    }
    let request = request_for("https://example.com/a%62c");
    assert!(is_withheld(&request, "no /abc here"), "the secret is decoded too");
    assert!(is_withheld(&request, "no /a%2562c here"));
}

#[test]
fn an_escaped_control_character_counts_as_that_character() {
    let request = request_for("https://example.com/a%0Ab%0Dc%09d");
    for text in [r"no /a\nb\rc\td", r"no /a\u000Ab\x0Dc&Tab;d", r"no /a\\nb%5Crc&#92;td"] {
        assert!(is_withheld(&request, text), "{text}");
    }
    for text in [r"no /a\rb\rc\td", r"no /a\nb\nc\td", r"no /a\nb\rc\nd", r"no /a\nb\rc\vd"] {
        assert!(!is_withheld(&request, text), "{text}");
    }
}

#[test]
fn a_reference_to_no_character_stands_for_itself() {
    let request = request_for(URL);
    // The last one is a 7 in 32 bits.
    for reference in ["&#xD800;", "&#x110000;", "&#;", "&#x;", "&#999999999999;", "&#4294967351;"] {
        assert!(!is_withheld(&request, &format!("t0ken-{reference}733aa")), "{reference}");
        assert!(is_withheld(&request, &format!("{reference}t0ken-77")), "{reference}");
    }
    let request = request_for("https://example.com/hooks%01t0ken");
    assert!(is_withheld(&request, "hooks&#1;t0ken"));
    assert!(!is_withheld(&request, "hooks&#4294967297;t0ken"), "a 1 in 32 bits");
}

#[test]
fn a_header_value_of_the_library_is_not_a_secret() {
    let text = "accept application/json and gzip, not Content-Type: application/json";
    assert!(!is_withheld(&request_for(URL), text));
}

#[test]
fn every_escape_of_two_characters_is_decoded() {
    // The letters alone are too short.
    for (code, escape) in [
        ("/", "/"),
        ("%22", "\""),
        ("'", "'"),
        ("%5C", "\\"),
        ("%0A", "n"),
        ("%0D", "r"),
        ("%09", "t"),
    ] {
        let letters = ["a", "b", "c", "d", "e"];
        let request = request_for(&format!("https://example.com/{}", letters.join(code)));
        let text = letters.join(&format!("\\{escape}"));
        assert!(is_withheld(&request, &text), "{text}");
        assert!(!is_withheld(&request, &letters.join("\\_")), "{text}");
    }
}

#[test]
fn two_hexadecimal_digits_are_a_byte_and_four_a_character() {
    let request = request_for("https://example.com/%C3%A4%C3%A4%C3%A4%C3%A4");
    for escapes in [r"\xc3\xa4", r"\u00e4", "&#xe4;", "ä"] {
        assert!(is_withheld(&request, &escapes.repeat(4)), "{escapes}");
    }
    for escapes in [r"\xe4", r"\u00c3\u00a4"] {
        assert!(!is_withheld(&request, &escapes.repeat(4)), "{escapes}");
    }
}

#[test]
fn four_layers_of_encoding_are_shown_as_they_came() {
    let encoded = |layers: usize| {
        (0..layers).fold(String::from("t0ken%7733aa").replace('%', "-"), |text, _| {
            text.bytes().map(|b| format!("%{b:02x}")).collect()
        })
    };
    let request = request_for(URL);
    for layers in 0..=3 {
        assert!(is_withheld(&request, &encoded(layers)), "{layers}");
    }
    assert!(!is_withheld(&request, &encoded(4)[..200]));
}

#[test]
fn no_cut_of_the_text_leaves_a_part_of_a_secret() {
    let request = request_for(URL);
    for before in 150..230 {
        let text = format!("{}t0ken-7733aa and more", " ".repeat(before));
        assert!(is_withheld(&request, &text), "{before}");
    }
}

#[test]
fn text_that_is_not_searched_is_not_shown() {
    let request = request_for(URL);
    for before in [4096, 5000, 1_000_000] {
        let shown = said(&request, &format!("{}t0ken-7733aa", "x".repeat(before))).to_string();
        assert!(shown.ends_with("x…\"") && !shown.contains("t0ken"), "{shown}");
    }
}

#[test]
fn a_hostile_text_and_long_secrets_are_shown_or_withheld() {
    let mut endpoint = Endpoint::sandbox();
    endpoint.set_header("X-Long", &"%26#38;amp".repeat(1_000)).unwrap();
    let url = format!("https://example.com/{}", "%25".repeat(1_000));
    let request = Request::registration(&endpoint, &Registration::new(&url).unwrap()).unwrap();
    for text in ["%25", "&#0000000000000000000000038;", "\\\\u005c", "&", "%", "\\u", "&#x"] {
        let text = text.repeat(20_000 / text.len());
        let shown = said(&request, &text).to_string();
        assert!(shown == WITHHELD || shown.len() < 300, "{shown}");
    }
}

/// A text is shown or withheld by a direct implementation of the rule, without encodings.
#[test]
fn texts_made_of_pieces_of_secrets_are_withheld_by_the_rule() {
    let request = request_for(URL);
    let path_and_query = &URL["https://example.com".len()..];
    let secrets = [path_and_query, CLIENT_ID, CLIENT_SECRET, GATEWAY];
    let mut state = 7_u64;
    let mut random = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let (mut withheld, mut shown) = (0, 0);
    for _ in 0..4000 {
        let mut text = String::new();
        for _ in 0..1 + random(4) {
            let secret = secrets[random(secrets.len())];
            let start = random(secret.len());
            let end = (start + 1 + random(9)).min(secret.len());
            text += &secret[start..end];
            text += ["", " ", "x"][random(3)];
        }
        // For the rule a plus sign equals a space.
        let plain = |text: &str| text.to_ascii_lowercase().replace('+', " ");
        let expected = secrets.iter().any(|secret| {
            let secret = plain(secret);
            (0..=secret.len() - 8).any(|start| plain(&text).contains(&secret[start..start + 8]))
        });
        assert_eq!(is_withheld(&request, &text), expected, "{text}");
        withheld += usize::from(expected);
        shown += usize::from(!expected);
    }
    assert!(withheld > 500 && shown > 500, "{withheld} withheld, {shown} shown");
}
