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
