//! The version is one, wherever it is written.

use std::fs;
use std::path::Path;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text between `before`, where it is found first, and the next `end`.
fn between<'a>(text: &'a str, before: &str, end: char) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before:?}"));
    rest.split(end).next().unwrap_or_default()
}

#[test]
fn every_file_has_the_version_of_the_crate() {
    for (path, before, end) in [
        ("Cargo.toml", "\nversion = \"", '"'),
        ("cli/Cargo.toml", "\nversion = \"", '"'),
        ("cli/Cargo.toml", "\natlas-webhook = { version = \"", '"'),
        ("meson.build", "version: '", '\''),
        ("include/atlas_webhook.h", "#define ATLAS_WEBHOOK_VERSION \"", '"'),
        ("CHANGELOG.md", "\n## ", ' '),
        ("Cargo.lock", "name = \"atlas-webhook\"\nversion = \"", '"'),
        ("Cargo.lock", "name = \"atlas-webhook-cli\"\nversion = \"", '"'),
        ("benches/Cargo.lock", "name = \"atlas-webhook\"\nversion = \"", '"'),
        ("fuzz/Cargo.lock", "name = \"atlas-webhook\"\nversion = \"", '"'),
        ("examples/axum/Cargo.lock", "name = \"atlas-webhook\"\nversion = \"", '"'),
        ("examples/stacks/Cargo.lock", "name = \"atlas-webhook\"\nversion = \"", '"'),
    ] {
        assert_eq!(between(&read(path), before, end), VERSION, "{path}");
    }
}

#[test]
fn the_header_has_the_parts_of_the_version_as_numbers() {
    let header = read("include/atlas_webhook.h");
    let number = |name: &str| -> u32 {
        let before = format!("#define ATLAS_WEBHOOK_VERSION_{name} ");
        between(&header, &before, '\n').parse().unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let parts = ["MAJOR", "MINOR", "PATCH"].map(number);
    assert_eq!(parts.map(|part| part.to_string()).join("."), VERSION);
    assert_eq!(number("NUMBER"), parts[0] * 10_000 + parts[1] * 100 + parts[2]);
}

/// Python takes it from the manifest, so that it stands nowhere else.
#[test]
fn the_python_package_reads_the_version_of_the_crate() {
    let project = read("bindings/python/pyproject.toml");
    assert!(project.contains("dynamic = [\"version\"]"));
    assert!(project.contains("[tool.hatch.version]\npath = \"../../Cargo.toml\"\n"));
}
