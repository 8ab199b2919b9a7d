//! The Rust programs of README.md. They are compiled as doctests; this is about what a reader copies.

#[test]
fn each_rust_program_in_the_readme_is_whole_as_it_is_shown() {
    let readme = include_str!("../README.md");
    let fences = readme.split("```rust").skip(1);
    let programs: Vec<_> = fences.filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(programs.len(), 4);
    for program in programs {
        assert!(program.contains("\nfn main() -> Result<(), "), "{program}");
        let hidden = program.lines().find(|line| *line == "#" || line.starts_with("# "));
        assert_eq!(hidden, None, "rustdoc hides this line, a page that shows the README does not");
    }
}
