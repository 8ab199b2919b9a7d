//! Compares the committed C header with the generated one, and checks its comments.
//!
//! `UPDATE_HEADER=1 cargo test --features header --test header` writes it anew.

use std::path::Path;
use std::{env, fs};

/// The header that the build script wrote.
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

/// Doxygen and clang's -Wdocumentation read an at sign or a backslash before a letter as a command.
#[test]
fn no_comment_contains_a_command_of_doxygen() {
    for rest in GENERATED.split(['@', '\\']).skip(1) {
        let line = rest.lines().next().unwrap_or_default();
        assert!(!line.starts_with(|c: char| c.is_ascii_alphabetic()), "the command {line}");
    }
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
        ("\n\nErrors", "\nErrors"),
        ("Range: any.", "Range: any. Threads: any."),
        ("sets y.", "sets y. len may be NULL."),
    ] {
        assert_eq!(faults(name, &complete.replacen(from, to, 1), setter).len(), 1, "{from}");
    }
    for (signature, missing) in [
        ("int atlas_webhook_x_y(const atlas_webhook_x *x);", "Returns"),
        ("atlas_webhook_error *atlas_webhook_x_y(const atlas_webhook_x *x);", "Ownership"),
        (
            "atlas_webhook_status atlas_webhook_x_y(atlas_webhook_server *x, atlas_webhook_error **error);",
            "Returns",
        ),
        (
            "atlas_webhook_status atlas_webhook_x_y(atlas_webhook_y **out, atlas_webhook_error **error);",
            "Ownership",
        ),
        ("void atlas_webhook_x_y(atlas_webhook_cancel *cancel);", "Threads"),
    ] {
        let name = "atlas_webhook_x_y";
        let mut parts = vec!["Returns", "Errors", "Ownership", "Threads"];
        parts.retain(|part| match *part {
            "Returns" => !signature.starts_with("void") && !signature.contains("**out"),
            "Errors" => signature.contains("**error"),
            _ => *part == missing,
        });
        let comment = |parts: &[&str]| {
            parts.iter().fold(format!("{name} is."), |text, part| format!("{text}\n\n{part}: y."))
        };
        assert_eq!(faults(name, &comment(&parts), signature), [""; 0], "{signature}");
        parts.retain(|part| *part != missing);
        assert_eq!(faults(name, &comment(&parts), signature).len(), 1, "{signature}");
    }
    let getter = "void atlas_webhook_x_y(const atlas_webhook_x *x);";
    let name = "atlas_webhook_x_y";
    assert_eq!(faults(name, &format!("{name} returns y.\n\nErrors: none."), getter).len(), 1);
    let new = "atlas_webhook_status atlas_webhook_x_new(atlas_webhook_x **out, atlas_webhook_error **error);";
    let name = "atlas_webhook_x_new";
    let repeated = format!("{name} makes x.\n\nErrors: none.\n\nOwnership: atlas_webhook_x_free.");
    assert_eq!(faults(name, &repeated, new).len(), 1);
    let send = "void atlas_webhook_transport_send(void);";
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
        let declaration = declaration.trim_start_matches("ATLAS_WEBHOOK_API").trim_start();
        found.push((name.to_owned(), comment, declaration.to_owned()));
    }
    found
}

/// Rules that the top of the header states for every function.
const STATED_AT_THE_TOP: [&str; 6] = [
    "len may be NULL",
    "NULL is accepted",
    "NULL is allowed",
    "NULL is fine",
    "NUL-terminated",
    "Nothing is changed",
];

/// The rules that a comment does not follow.
fn faults(name: &str, comment: &str, declaration: &str) -> Vec<&'static str> {
    let parts: Vec<usize> = comment
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter_map(|(label, _)| PARTS.iter().position(|part| *part == label))
        .collect();
    let has = |part: &str| parts.iter().any(|i| PARTS.get(*i) == Some(&part));
    let is_new = name.ends_with("_new") || name.contains("_new_");
    let is_setter = name.contains("_set_") || name.contains("_add_");
    let fails = declaration.contains("**error");
    let makes_a_handle =
        declaration.contains("**out") || declaration.starts_with("atlas_webhook_error *");
    let has_a_state = ["(atlas_webhook_exchange *", "(atlas_webhook_server *"]
        .iter()
        .any(|first| declaration.contains(first));
    let returns_a_value = !declaration.starts_with("void ") && (!fails || has_a_state);
    let shares_a_cancel = declaration.contains("atlas_webhook_cancel *cancel");
    let mut faults = Vec::new();
    if comment.split([' ', '\n']).next() != Some(name) {
        faults.push("the first word must be the name of the function");
    }
    if has("Errors") != fails {
        faults.push("Errors is required exactly where there is an error parameter");
    }
    if is_setter && !has("Default") {
        faults.push("a setter states its Default");
    }
    if is_setter && !has("Range") {
        faults.push("a setter states its Range");
    }
    if returns_a_value && !declaration.contains("**out") && !has("Returns") {
        faults.push("a getter, and a call that changes a state, states what it Returns");
    }
    if makes_a_handle && !is_new && !has("Ownership") {
        faults.push("a function that makes a handle states its Ownership, except X_new");
    }
    if is_new && comment.contains("_free.") {
        faults.push("the top of the header states how to free what X_new makes");
    }
    if shares_a_cancel && !has("Threads") {
        faults.push("a function with a cancel states its Threads");
    }
    if name == "atlas_webhook_transport_send" && !has("Blocks") {
        faults.push("a send states how long it Blocks");
    }
    if !parts.is_sorted() || parts.windows(2).any(|pair| pair.first() == pair.last()) {
        faults.push("the parts must be in their order, each at most once");
    }
    if PARTS.iter().any(|part| comment.replace("\n\n", "").contains(&format!("\n{part}: "))) {
        faults.push("an empty line must precede each part");
    }
    if PARTS.iter().any(|part| comment.contains(&format!(" {part}: "))) {
        faults.push("each part must start its own paragraph");
    }
    if STATED_AT_THE_TOP.iter().any(|rule| comment.replace('\n', " ").contains(rule)) {
        faults.push("a rule that the top of the header states must not be repeated");
    }
    faults
}
