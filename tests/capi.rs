//! The C library for a C program: built, linked in both ways, and compared with its header.
//!
//! It needs a C and a C++ compiler (`CC` and `CXX`, else `cc` and `c++`) with binutils.
//! `UPDATE_ABI=1` adds what is new to `tests/c/abi.txt` and `bindings/c/libatlas_webhook1.symbols`.

#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::LazyLock;
use std::time::Duration;
use std::{env, fs, thread};

#[cfg(feature = "transport")]
#[path = "support/tls.rs"]
mod tls;

const PROGRAMS: [&str; 13] = [
    "library",
    "endpoint",
    "request",
    "reply",
    "response",
    "exchange",
    "transport",
    "event",
    "receiver",
    "sharing",
    "server",
    "settings",
    "threads",
];

/// Each with a flag: whether the header's code that it tests depends on the standard or on
/// exceptions.
const CPP_PROGRAMS: [(&str, bool); 5] = [
    ("tests/cpp/header.cpp", true),
    ("tests/cpp/passing.cpp", true),
    ("tests/cpp/events.cpp", true),
    ("tests/cpp/constants.cpp", false),
    ("tests/cpp/settings.cpp", false),
];

/// C++23 by the name that older compilers know too.
const CPP_STANDARDS: [&str; 3] = ["c++17", "c++20", "c++2b"];

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// The library with the features that this test has.
static LIBRARY: LazyLock<Library> = LazyLock::new(Library::build);

/// The libraries that a program with the archive must link too.
const NATIVE: [&str; 5] = ["-lutil", "-lrt", "-lpthread", "-lm", "-ldl"];

struct Library {
    shared: PathBuf,
    archive: PathBuf,
}

impl Library {
    /// Builds the shim crate, which `cargo test` does not, into the target folder of this test, whose
    /// lock cargo does not hold while tests run.
    ///
    /// An example beside it unites the features of the dependencies as `cargo test` does, so that
    /// none of them is compiled again.
    fn build() -> Self {
        let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let target = temporary.parent().expect("it is within the target folder");
        let mut features = Vec::new();
        for (feature, enabled) in [
            ("atlas-webhook-c/gzip", cfg!(feature = "gzip")),
            ("atlas-webhook-c/transport", cfg!(feature = "transport")),
            ("atlas-webhook/gzip", cfg!(feature = "gzip")),
            ("atlas-webhook/transport", cfg!(feature = "transport")),
            ("atlas-webhook/header", cfg!(feature = "header")),
        ] {
            if enabled {
                features.push(feature);
            }
        }
        run(Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--locked", "--lib", "--example", "own_socket"])
            .args(["--package", "atlas-webhook", "--package", "atlas-webhook-c"])
            .args(["--no-default-features", "--features", &features.join(",")])
            .arg("--target-dir")
            .arg(target)
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("CARGO_BUILD_TARGET")
            .current_dir(root("")));
        // Another cargo may replace these features by others meanwhile.
        let kept = temporary.join(format!("capi-{}", process::id()));
        fs::create_dir_all(&kept).expect("the target folder is writable");
        let keep = |name: &str| {
            let (built, kept) = (target.join("debug").join(name), kept.join(name));
            let _ = fs::remove_file(&kept);
            fs::hard_link(built, &kept).expect("cargo built the library");
            kept
        };
        Self { shared: keep("libatlas_webhook.so"), archive: keep("libatlas_webhook.a") }
    }
}

/// A folder for one test of one process, removed at the end of the test.
struct Workshop(PathBuf);

impl Workshop {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", process::id()));
        fs::create_dir_all(&path).expect("the target folder is writable");
        Self(path)
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // A remaining folder does no harm, and the test has its result.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn header() -> String {
    fs::read_to_string(root("include/atlas_webhook.h")).expect("the header is committed")
}

/// The standard output of a command that must succeed.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{:?} is needed for this test and cannot be run: {error}", command.get_program())
    });
    assert!(
        output.status.success(),
        "{command:?} failed\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    String::from_utf8(output.stdout).expect("the output is UTF-8")
}

fn compiler(variable: &str, default: &str, standard: &str) -> Command {
    let mut command = Command::new(env::var_os(variable).unwrap_or_else(|| default.into()));
    command.arg(format!("-std={standard}")).args(WARNINGS).arg("-I").arg(root("include"));
    command
}

fn cc(standard: &str) -> Command {
    compiler("CC", "cc", standard)
}

fn cxx(standard: &str) -> Command {
    compiler("CXX", "c++", standard)
}

/// The kinds of linking.
enum Link {
    Shared { library: PathBuf, rpath: String },
    Static,
}

impl Link {
    /// To the shared library, found in the workshop under its SONAME.
    fn shared(workshop: &Workshop) -> Self {
        let library = workshop.0.join("libatlas_webhook.so");
        let soname = workshop.0.join(format!("libatlas_webhook.so.{}", define("ABI_VERSION")));
        symlink(&LIBRARY.shared, &library).expect("the workshop is writable");
        symlink(&LIBRARY.shared, &soname).expect("the workshop is writable");
        Self::Shared { library, rpath: format!("-Wl,-rpath,{}", workshop.0.display()) }
    }

    /// Compiles a test into a program, and runs it.
    fn run(&self, workshop: &Workshop, compiler: &mut Command, source: &str) {
        let program = self.compile(workshop, compiler, source);
        run(&mut Command::new(&program));
    }

    fn compile(&self, workshop: &Workshop, compiler: &mut Command, source: &str) -> PathBuf {
        let program = workshop.0.join("program");
        compiler.arg("-pthread").arg(root(source)).arg("-o").arg(&program);
        match self {
            Self::Shared { library, rpath } => compiler.arg(library).arg(rpath),
            Self::Static => compiler.arg(&LIBRARY.archive).args(NATIVE),
        };
        run(compiler);
        let needed = run(Command::new("readelf").arg("-d").arg(&program));
        let shared = matches!(self, Self::Shared { .. });
        assert_eq!(needed.contains("libatlas_webhook"), shared, "{source} needs {needed}");
        program
    }
}

#[test]
fn the_c_tests_pass_with_the_shared_and_the_static_library() {
    let workshop = Workshop::new("c");
    for link in [Link::shared(&workshop), Link::Static] {
        for name in PROGRAMS {
            link.run(&workshop, &mut cc("c99"), &format!("tests/c/{name}.c"));
        }
    }
}

/// The program defines malloc, so it is linked to the shared library only: libdl is a library of its own on
/// older systems.
#[test]
fn the_child_of_a_fork_reads_and_frees_what_another_thread_of_the_parent_was_computing() {
    let workshop = Workshop::new("fork");
    let link = Link::shared(&workshop);
    let program = link.compile(&workshop, cc("c99").arg("-ldl"), "tests/c/programs/fork.c");
    run(&mut Command::new(program));
}

#[cfg(feature = "transport")]
#[test]
fn a_thread_that_has_sent_can_end_after_dlclose() {
    let workshop = Workshop::new("unload");
    let program = workshop.0.join("program");
    let source = root("tests/c/programs/unload.c");
    run(cc("c99").arg(source).arg("-o").arg(&program).args(["-pthread", "-ldl"]));
    run(Command::new(program).arg(&LIBRARY.shared));
}

#[test]
fn a_c_program_registers_three_webhooks_at_once_in_one_epoll_loop() {
    let workshop = Workshop::new("concurrent");
    let source = "tests/c/network/concurrent.c";
    let program = Link::shared(&workshop).compile(&workshop, &mut cc("c99"), source);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let base_url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let server = thread::spawn(move || respond_when_all_are_in(&listener, 3));
    run(Command::new(program).arg(base_url));
    server.join().expect("the server got three requests");
}

/// Responds to no request until this many were received, and then to each with its registered URL
/// as the message.
fn respond_when_all_are_in(listener: &TcpListener, count: usize) {
    let waiting: Vec<(TcpStream, String)> = (0..count)
        .map(|_| {
            let (socket, _) = listener.accept().expect("a program connects");
            socket.set_read_timeout(Some(Duration::from_secs(20))).expect("it is no zero");
            let body = body_of_request(&socket);
            (socket, body)
        })
        .collect();
    // The last one first.
    for (mut socket, body) in waiting.into_iter().rev() {
        let (_, url) = body.split_once(r#""url":""#).expect("the body has a URL");
        let (url, _) = url.split_once('"').expect("the URL ends");
        let reply = format!(r#"{{"status":0,"msg":"{url}"}}"#);
        write!(socket, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{reply}", reply.len())
            .expect("the program reads");
    }
}

fn body_of_request(stream: impl Read) -> String {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("the program sends a request");
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().expect("the length is a number");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the program sends its body");
    String::from_utf8(body).expect("the body is UTF-8")
}

#[test]
fn the_cpp_tests_pass_in_every_standard_with_and_without_exceptions() {
    let workshop = Workshop::new("cpp");
    let link = Link::shared(&workshop);
    for standard in CPP_STANDARDS {
        for (source, depends) in CPP_PROGRAMS {
            // The features of the library do not change the header.
            let whole = depends && cfg!(feature = "transport");
            if whole || standard == "c++17" {
                link.run(&workshop, &mut cxx(standard), source);
            }
            if whole || standard == "c++2b" {
                let mut without = cxx(standard);
                without.args(["-fno-exceptions", "-fno-rtti"]);
                link.run(&workshop, &mut without, source);
            }
        }
    }
    Link::Static.run(&workshop, &mut cxx("c++17"), "tests/cpp/header.cpp");
}

/// `constants.cpp` compares each enumerator of C++ with one of these constants.
#[test]
fn every_constant_of_c_that_belongs_to_an_enumeration_is_one_of_cpp() {
    const FAMILIES: [&str; 9] =
        ["OK", "WANT_", "DONE", "ERR_", "FEATURE_", "LIMIT_", "EVENT_", "INCIDENT_", "VALUE_"];
    let compared = fs::read_to_string(root("tests/cpp/constants.cpp")).expect("it is there");
    let header = header();
    let constants: Vec<&str> = header
        .lines()
        .filter_map(|line| line.strip_prefix("#define ATLAS_WEBHOOK_")?.split(' ').next())
        .filter(|name| FAMILIES.iter().any(|family| name.starts_with(family)))
        .collect();
    assert!(constants.len() > FAMILIES.len(), "{constants:?}");
    for name in constants {
        assert!(compared.contains(&format!(", ATLAS_WEBHOOK_{name})")), "{name}");
    }
}

#[test]
fn c_and_cpp_print_every_sample_with_the_same_bytes() {
    let mut samples = Vec::new();
    for folder in ["samples", "samples/old", "tests/parity/wrong_types"] {
        let entries = fs::read_dir(root(folder)).expect("the folder is there");
        let paths = entries.map(|entry| entry.expect("the folder is readable").path());
        let mut files: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
        files.sort();
        samples.extend(files);
    }
    let expected = fs::read_to_string(root("tests/parity/expected.jsonl"));
    let expected = expected.expect("the file is committed");
    let workshop = Workshop::new("parity");
    let link = Link::shared(&workshop);
    for (mut compiler, source) in
        [(cc("c99"), "tests/parity/print.c"), (cxx("c++17"), "tests/parity/print.cpp")]
    {
        let program = link.compile(&workshop, &mut compiler, source);
        assert_eq!(run(Command::new(program).args(&samples)), expected, "{source}");
    }
}

#[test]
fn a_cpp_program_of_parts_with_and_without_exceptions_throws_whatever_the_order_of_linking() {
    let workshop = Workshop::new("mixed");
    let Link::Shared { library, rpath } = Link::shared(&workshop) else { unreachable!() };
    let object = |name: &str, flag: &str| {
        let object = workshop.0.join(name);
        let mut compiler = cxx("c++17");
        compiler.args(["-O0", "-c", flag]).arg(root("tests/cpp/parts/mixed.cpp"));
        run(compiler.arg("-o").arg(&object));
        object
    };
    let with = object("with.o", "-DMAIN");
    let without = object("without.o", "-fno-exceptions");
    for order in [[&with, &without], [&without, &with]] {
        let program = workshop.0.join("program");
        run(cxx("c++17").args(order).arg(&library).arg(&rpath).arg("-o").arg(&program));
        run(&mut Command::new(&program));
    }
}

#[test]
fn the_functions_are_visible_where_a_program_hides_its_symbols() {
    let workshop = Workshop::new("hidden");
    let source = workshop.0.join("hidden.c");
    let program = "#pragma GCC visibility push(hidden)\n\
                   #include \"atlas_webhook.h\"\n\
                   int main(void) { return atlas_webhook_abi_version() != ATLAS_WEBHOOK_ABI_VERSION; }\n";
    fs::write(&source, program).expect("the workshop is writable");
    let link = Link::shared(&workshop);
    link.run(&workshop, &mut cc("c99"), source.to_str().expect("the path is UTF-8"));
}

#[test]
fn the_headers_compile_alone_in_every_standard() {
    let header = root("include/atlas_webhook.h");
    for standard in ["c99", "c11", "c17"] {
        run(cc(standard).args(["-fsyntax-only", "-x", "c"]).arg(&header));
    }
    run(cxx("c++17").args(["-fsyntax-only", "-x", "c++"]).arg(&header));
    let header = root("include/atlas_webhook.hpp");
    for standard in CPP_STANDARDS {
        run(cxx(standard).args(["-fsyntax-only", "-x", "c++"]).arg(&header));
    }
}

#[test]
fn the_example_at_the_head_of_the_header_reads_a_response_that_comes_early() {
    let header = header();
    let (_, rest) = header.split_once("This loop sends a request").expect("the example is there");
    let (example, _) = rest.split_once("A receiver checks").expect("text follows the example");
    let example: Vec<&str> =
        example.lines().filter_map(|line| line.strip_prefix(" *     ")).collect();
    assert!(example.len() > 10, "the example is gone: {example:?}");
    let workshop = Workshop::new("example");
    let source = workshop.0.join("example.c");
    // The peer has sent its response and closed before it read anything.
    let program = format!(
        "#define _GNU_SOURCE\n\
         #include <errno.h>\n\
         #include <poll.h>\n\
         #include <sys/socket.h>\n\
         #include <sys/types.h>\n\
         #include <unistd.h>\n\
         #include \"check.h\"\n\
         int main(void)\n\
         {{\n\
         static const char early[] = \"HTTP/1.1 413 Too Large\\r\\nContent-Length: 0\\r\\n\\r\\n\";\n\
         atlas_webhook_endpoint *endpoint = NULL;\n\
         atlas_webhook_request *request = NULL;\n\
         atlas_webhook_reply *reply = NULL;\n\
         atlas_webhook_error *error = NULL;\n\
         atlas_webhook_exchange *exchange;\n\
         atlas_webhook_status status;\n\
         const void *bytes;\n\
         char buffer[4096];\n\
         size_t len;\n\
         ssize_t n;\n\
         int pair[2], fd;\n\
         CHECK_OK(atlas_webhook_endpoint_new(\"http://127.0.0.1\", &endpoint, &error));\n\
         CHECK_OK(atlas_webhook_request_new_registration(endpoint, \"https://example.com/atlas/t0ken\",\n\
                                                         \"XXXXXXXX\", &request, &error));\n\
         atlas_webhook_endpoint_free(endpoint);\n\
         CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);\n\
         CHECK(write(pair[1], early, sizeof early - 1) == sizeof early - 1);\n\
         close(pair[1]);\n\
         fd = pair[0];\n\
         {{\n{}\n}}\n\
         CHECK(status == ATLAS_WEBHOOK_ERR_CLIENT_ERROR);\n\
         CHECK(atlas_webhook_error_http_status(error) == 413);\n\
         atlas_webhook_error_free(error);\n\
         atlas_webhook_exchange_free(exchange);\n\
         atlas_webhook_request_free(request);\n\
         close(fd);\n\
         return check_result();\n\
         }}\n",
        example.join("\n"),
    );
    fs::write(&source, program).expect("the workshop is writable");
    Link::Static.run(
        &workshop,
        cc("c99").arg("-I").arg(root("tests/c")),
        &source.display().to_string(),
    );
}

#[test]
fn the_library_exports_exactly_the_listed_symbols() {
    let exported = run(Command::new("nm").args(["-D", "--defined-only"]).arg(&LIBRARY.shared));
    let exported: BTreeSet<&str> =
        exported.lines().filter_map(|line| line.split_whitespace().last()).collect();
    let listed = fs::read_to_string(root(SYMBOLS)).expect("the list is committed");
    let listed = listed.lines().filter_map(|line| line.strip_prefix(' ')?.split('@').next());
    assert_eq!(exported, listed.collect());
    assert!(exported.iter().all(|symbol| symbol.starts_with("atlas_webhook_")));
}

#[test]
fn the_soname_carries_the_abi_version() {
    let dynamic = run(Command::new("readelf").arg("-d").arg(&LIBRARY.shared));
    let soname = format!("Library soname: [libatlas_webhook.so.{}]", define("ABI_VERSION"));
    assert!(dynamic.contains(&soname), "{dynamic} lacks {soname}");
}

#[test]
fn cargo_c_and_make_give_the_library_the_same_version() {
    let version = |manifest: &str, section: &str| {
        let manifest = fs::read_to_string(root(manifest)).expect("the manifest is readable");
        let (_, rest) = manifest.split_once(section).expect("the section is there");
        let line = rest.lines().find(|line| line.starts_with("version = "));
        String::from(line.expect("the section has a version"))
    };
    assert_eq!(
        version("Cargo.toml", "[package.metadata.capi.library]"),
        version("bindings/c/Cargo.toml", "[package]"),
    );
}

/// Each line of `tests/c/abi.txt` is a version and the declaration that it added. A declaration in it is
/// frozen: programs depend on it.
#[test]
fn the_header_is_the_recorded_abi() {
    let path = root("tests/c/abi.txt");
    let now = declarations(&header());
    let mut record = recorded(&fs::read_to_string(&path).unwrap_or_default());
    if env::var_os("UPDATE_ABI").is_some_and(|value| value == "1") {
        // Without a new ABI version only new lines are written.
        let version = format!("#define ATLAS_WEBHOOK_ABI_VERSION {}", define("ABI_VERSION"));
        if !record.contains_key(&version) {
            record.retain(|declaration, _| now.contains(declaration));
        }
        for declaration in &now {
            let since = String::from(env!("CARGO_PKG_VERSION"));
            record.entry(declaration.clone()).or_insert(since);
        }
        let lines = record.iter().map(|(declaration, since)| format!("{since} {declaration}\n"));
        fs::write(&path, lines.collect::<String>()).expect("the record is writable");
        fs::write(root(SYMBOLS), debian_symbols(&record)).expect("the record is writable");
    }
    let then: BTreeSet<String> = record.keys().cloned().collect();
    assert!(
        now == then,
        "the header differs from {}. Gone or changed, which breaks programs and needs a new \
         ATLAS_WEBHOOK_ABI_VERSION: {:#?}. New: {:#?}",
        path.display(),
        then.difference(&now).collect::<Vec<_>>(),
        now.difference(&then).collect::<Vec<_>>(),
    );
    let symbols = fs::read_to_string(root(SYMBOLS)).unwrap_or_default();
    assert_eq!(symbols, debian_symbols(&record), "{SYMBOLS} differs from the record");
}

/// A function that no test program calls may change, and the header has to list it.
#[test]
fn a_function_that_no_test_in_c_calls_is_unstable() {
    let header = header();
    let (_, unstable) = header.split_once(" * Unstable.").expect("the header has the list");
    let (unstable, _) = unstable.split_once("\n *\n").expect("the paragraph ends");
    let folder = fs::read_dir(root("tests/c")).expect("the folder is there");
    let programs: String = folder
        .map(|entry| entry.expect("the folder is readable").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "c"))
        .map(|path| fs::read_to_string(path).expect("the file is readable"))
        .collect();
    for declaration in declarations(&header) {
        let Some(name) = function(&declaration) else { continue };
        let called = programs.contains(&format!("{name}("));
        let listed = unstable.contains(name);
        assert!(called != listed, "{name} is called: {called}, listed as unstable: {listed}");
    }
}

/// The exported symbols with the version that added each, as Debian's packages list them.
const SYMBOLS: &str = "bindings/c/libatlas_webhook1.symbols";

fn debian_symbols(record: &BTreeMap<String, String>) -> String {
    let abi = define("ABI_VERSION");
    let symbols: BTreeMap<&str, &String> = record
        .iter()
        .filter_map(|(declaration, since)| Some((function(declaration)?, since)))
        .collect();
    let lines = symbols.iter().map(|(name, since)| format!(" {name}@Base {since}\n"));
    format!(
        "libatlas_webhook.so.{abi} libatlas-webhook{abi} #MINVER#\n{}",
        lines.collect::<String>()
    )
}

/// The version that added each declaration.
fn recorded(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(|line| line.split_once(' ').expect("a version, a declaration"));
    lines.map(|(since, declaration)| (declaration.to_owned(), since.to_owned())).collect()
}

/// The items of the header on which a program depends, one line each and sorted: macros, types and
/// functions. The library's own version is not included.
fn declarations(header: &str) -> BTreeSet<String> {
    let mut code = String::new();
    let mut rest = header;
    while let Some((before, comment)) = rest.split_once("/*") {
        code.push_str(before);
        rest = comment.split_once("*/").expect("a comment ends").1;
    }
    code.push_str(rest);

    let mut found = BTreeSet::new();
    let mut declaration = String::new();
    for line in code.lines() {
        if let Some(macro_) = line.strip_prefix("#define ") {
            let of_the_version = macro_.starts_with("ATLAS_WEBHOOK_VERSION");
            // The declaration is checked at each function.
            let of_the_platform = macro_.starts_with("ATLAS_WEBHOOK_API ")
                || macro_ == "ATLAS_WEBHOOK_API"
                || macro_ == "ATLAS_WEBHOOK_H";
            if !of_the_version && !of_the_platform {
                found.insert(String::from(line));
            }
        } else if !line.starts_with('#') && !line.starts_with("extern") && line.trim() != "}" {
            declaration.push_str(line);
            declaration.push(' ');
            if line.ends_with(';') {
                let words: Vec<&str> = declaration.split_whitespace().collect();
                found.insert(words.join(" "));
                declaration.clear();
            }
        }
    }
    found
}

/// The name of the function that a declaration declares.
fn function(declaration: &str) -> Option<&str> {
    let (before, _) = declaration.split_once('(')?;
    if declaration.starts_with("#define") {
        return None;
    }
    before.rsplit([' ', '*']).next()
}

/// The value of a macro of the header.
fn define(name: &str) -> String {
    let start = format!("#define ATLAS_WEBHOOK_{name} ");
    let header = header();
    let value = header.lines().find_map(|line| line.strip_prefix(&start));
    String::from(value.unwrap_or_else(|| panic!("the header defines {name}")))
}

/// A server with a certificate of a CA that only the test has.
#[cfg(feature = "transport")]
mod trust {
    use std::io;
    use std::net::Shutdown;

    use super::tls::{self, Authority, TlsStream, VALID};
    use super::*;

    #[test]
    fn c_and_cpp_trust_the_certificates_that_were_set_and_no_others() {
        let workshop = Workshop::new("trust");
        let authority = Authority::new("The CA of the server");
        let ca = authority.write(&workshop.0, "ca.pem").expect("the workshop is writable");
        let other = Authority::new("Another CA").write(&workshop.0, "other.pem");
        let other = other.expect("the workshop is writable");
        let config = authority.server("127.0.0.1", VALID, &[&rustls::version::TLS13]);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let url = format!("https://{}", listener.local_addr().expect("it is bound"));
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                // A client that does not trust the server ends the handshake.
                let _ = respond_once(tls::accept(socket, &config));
            }
        });
        let link = Link::shared(&workshop);
        for (mut compiler, source) in
            [(cc("c99"), "tests/c/network/trust.c"), (cxx("c++17"), "tests/cpp/network/trust.cpp")]
        {
            let program = link.compile(&workshop, &mut compiler, source);
            // The platform's store is not used.
            run(Command::new(program).arg(&url).arg(&ca).arg(&other).env("SSL_CERT_FILE", &other));
        }
    }

    fn respond_once(mut stream: TlsStream) -> io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            head.extend(byte);
        }
        stream.write_all(
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 12\r\n\r\n{\"status\":0}",
        )?;
        stream.conn.send_close_notify();
        stream.flush()?;
        // Read to the end, so that the close does not reset the connection before the response is
        // read.
        stream.sock.shutdown(Shutdown::Write)?;
        io::copy(&mut stream.sock, &mut io::sink()).map(drop)
    }
}
