//! The committed C header is the one that the source gives.
//!
//! `UPDATE_HEADER=1 cargo test --features header --test header` writes it anew.

use std::path::Path;
use std::{env, fs};

/// What the build script wrote.
const GENERATED: &str = include_str!(concat!(env!("OUT_DIR"), "/atlas_webhook.h"));

#[test]
fn the_committed_header_is_not_stale() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/atlas_webhook.h");
    if env::var_os("UPDATE_HEADER").is_some_and(|value| value == "1") {
        fs::write(&path, GENERATED).expect("the header is writable");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == GENERATED,
        "include/atlas_webhook.h is stale; UPDATE_HEADER=1 cargo test --features header --test header writes it anew"
    );
}

#[test]
fn the_text_macros_equal_the_constants_of_the_crate() {
    for (name, value) in [
        ("SANDBOX", atlas_webhook::SANDBOX),
        ("SANDBOX_ATRIPTECH", atlas_webhook::SANDBOX_ATRIPTECH),
        ("VERSION", env!("CARGO_PKG_VERSION")),
    ] {
        let line = format!("#define ATLAS_WEBHOOK_{name} \"{value}\"\n");
        assert!(GENERATED.contains(&line), "the header lacks {line}");
    }
}

/// The parts of a comment, in their order.
const PARTS: [&str; 7] =
    ["Default", "Range", "Returns", "Errors", "Blocks", "Ownership", "Threads"];

#[test]
fn each_comment_has_the_parts_that_the_signature_of_its_function_calls_for() {
    let functions = functions();
    assert!(functions.len() > 60, "only {} functions were found", functions.len());
    let wrong: Vec<String> = functions
        .iter()
        .flat_map(|(name, comment, declaration)| {
            faults(name, comment, declaration)
                .into_iter()
                .map(move |fault| format!("{name}: {fault}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_comment_that_does_not_fit_its_signature_is_found() {
    let setter = "atlas_webhook_status atlas_webhook_x_set_y(int y, atlas_webhook_error **error);";
    let name = "atlas_webhook_x_set_y";
    let complete = format!("{name} sets y.\n\nDefault: 0.\n\nRange: any.\n\nErrors: none.");
    assert!(faults(name, &complete, setter).is_empty());
    for (from, to) in [
        (name, "It"),
        ("Default: 0.", "It is 0."),
        ("Range: any.", "Any is fine."),
        ("Errors: none.", "It cannot fail."),
        ("Default: 0.\n\nRange: any.", "Range: any.\n\nDefault: 0."),
    ] {
        assert_eq!(faults(name, &complete.replacen(from, to, 1), setter).len(), 1, "{from}");
    }
    let getter = "int atlas_webhook_x_y(const atlas_webhook_x *x);";
    let name = "atlas_webhook_x_y";
    assert_eq!(faults(name, &format!("{name} returns y.\n\nErrors: none."), getter).len(), 1);
    let send = "atlas_webhook_reply *atlas_webhook_transport_send(void);";
    let name = "atlas_webhook_transport_send";
    assert_eq!(faults(name, &format!("{name} sends."), send).len(), 1);
}

/// Name, comment and declaration of each function of the header.
fn functions() -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for piece in GENERATED.split("/**\n").skip(1) {
        let (comment, rest) = piece.split_once("*/\n").expect("a comment ends");
        if !rest.starts_with("ATLAS_WEBHOOK_API") {
            continue;
        }
        let (declaration, _) = rest.split_once(';').expect("a declaration ends");
        let (before, _) = declaration.split_once('(').expect("it is that of a function");
        let name = before.rsplit([' ', '*', '\n']).next().expect("it has a name");
        let lines = comment.lines().map(|line| line.trim_start_matches([' ', '*']).trim_end());
        let comment = lines.collect::<Vec<_>>().join("\n");
        found.push((name.to_owned(), comment, declaration.to_owned()));
    }
    found
}

/// What a comment lacks, or has too much.
fn faults(name: &str, comment: &str, declaration: &str) -> Vec<&'static str> {
    let parts: Vec<usize> = comment
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter_map(|(label, _)| PARTS.iter().position(|part| *part == label))
        .collect();
    let has = |part: &str| parts.iter().any(|i| PARTS.get(*i) == Some(&part));
    let is_setter = name.contains("_set_");
    let mut faults = Vec::new();
    if comment.split([' ', '\n']).next() != Some(name) {
        faults.push("the first word is not the name of the function");
    }
    if has("Errors") != declaration.contains("**error") {
        faults.push("Errors stands exactly where there is an error parameter");
    }
    if is_setter && !has("Default") {
        faults.push("a setter states its default");
    }
    if is_setter && !has("Range") {
        faults.push("a setter states its range");
    }
    if name == "atlas_webhook_transport_send" && !has("Blocks") {
        faults.push("a send states how long it blocks");
    }
    if !parts.is_sorted() || parts.windows(2).any(|pair| pair.first() == pair.last()) {
        faults.push("the parts are not in their order, or one stands twice");
    }
    faults
}
