//! README.md and the pages of docs/ as a reader sees them: their links lead somewhere, and each block of code is one
//! that is run. Rust programs are run as doctests; tests/checks/pages.py runs all others.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The pages for users, whose blocks of code are run.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec!["README.md".into(), "bindings/python/README.md".into()];
    pages.extend(markdown("docs"));
    pages
}

fn markdown(folder: &str) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    files.sort();
    files
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The fenced blocks of a page, each with the words behind its fence.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let mut blocks = Vec::new();
    let mut rest = page;
    while let Some((_, opened)) = rest.split_once("\n```") {
        let (language, body) = opened.split_once('\n').expect("a line behind the fence");
        let (block, behind) = body.split_once("```").expect("the end of the block");
        blocks.push((language, block));
        rest = behind;
    }
    blocks
}

/// A page without its fenced blocks.
fn prose(page: &str) -> String {
    let mut inside = false;
    let lines = page.lines().filter(|line| {
        let fence = line.starts_with("```");
        inside ^= fence;
        !inside && !fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The targets of a page's links and pictures.
fn links(page: &str) -> Vec<String> {
    let prose = prose(page);
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target.to_owned()).collect()
}

/// The anchors that a page has for its headings, as GitHub makes them.
fn anchors(page: &str) -> HashSet<String> {
    let mut anchors = HashSet::new();
    for heading in prose(page).lines().filter(|line| line.starts_with('#')) {
        let text = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = text.chars().filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let mut numbered = anchor.clone();
        for number in 1.. {
            if anchors.insert(numbered) {
                break;
            }
            numbered = format!("{anchor}-{number}");
        }
    }
    anchors
}

#[test]
fn each_rust_program_is_whole_as_it_is_shown() {
    let library = read(Path::new("src/lib.rs"));
    let mut programs = 0;
    for path in pages() {
        let page = read(&path);
        let rust: Vec<_> = blocks(&page)
            .into_iter()
            .filter(|(language, _)| language.starts_with("rust"))
            .collect();
        let included = format!("#[doc = include_str!(\"../{}\")]", path.display());
        assert_eq!(!rust.is_empty(), library.contains(&included), "src/lib.rs: {included}");
        for (language, program) in &rust {
            assert!(["rust", "rust,no_run"].contains(language), "{language}");
            assert!(program.contains("\nfn main() -> Result<(), "), "{program}");
            let hidden = program.lines().find(|line| *line == "#" || line.starts_with("# "));
            assert_eq!(
                hidden, None,
                "rustdoc hides this line, a page that shows the README does not"
            );
        }
        programs += rust.len();
    }
    assert!(programs >= 5, "{programs}");
}

/// Output and drawings are `text`. What is in no other language here is run by nothing.
#[test]
fn each_block_of_code_is_in_a_language_that_is_run() {
    for path in pages() {
        let page = read(&path);
        for (language, block) in blocks(&page) {
            let known =
                matches!(language, "text" | "sh" | "c" | "cpp" | "python" | "rust" | "rust,no_run");
            // For programs by CMake and Meson there are steps of their own.
            let building =
                path.ends_with("docs/building.md") && matches!(language, "cmake" | "meson");
            assert!(known || building, "{}: a block of `{language}`:\n{block}", path.display());
        }
    }
}

#[test]
fn no_link_is_dead() {
    let mut files = pages();
    files.extend(markdown("."));
    files.extend(markdown("docs/proof"));
    let mut count = 0;
    let mut dead = Vec::new();
    for path in files {
        for link in links(&read(&path)) {
            // `make proof` writes the pages of proofs, which may be later than the proof.
            if link.contains("://") || link.starts_with("docs/proof/") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() {
                path.clone()
            } else {
                path.parent().expect("a folder").join(file)
            };
            let alive =
                target.exists() && (anchor.is_empty() || anchors(&read(&target)).contains(anchor));
            if !alive {
                dead.push(format!("{}: {link}", path.display()));
            }
            count += 1;
        }
    }
    assert_eq!(dead, Vec::<String>::new());
    assert!(count > 50, "only {count} links");
}

#[test]
fn the_readme_has_at_most_200_lines() {
    assert!(include_str!("../README.md").lines().count() <= 200);
}
