//! Only with the feature `header`, writes `atlas_webhook.h` into `OUT_DIR`.
//!
//! `cbindgen.toml` holds what stands around the declarations; this file puts them in sections, one
//! for each file of `src/capi`, so that a type is followed by its functions.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    #[cfg(feature = "header")]
    header::write();
}

#[cfg(feature = "header")]
mod header {
    use std::path::Path;
    use std::{env, fs};

    use cbindgen::{Builder, Config};

    /// In the order of the header: nothing is named before it is declared.
    const SECTIONS: [&str; 14] = [
        "library",
        "status",
        "error",
        "reply",
        "response",
        "endpoint",
        "request",
        "exchange",
        "cancel",
        "transport",
        "value",
        "event",
        "receiver",
        "server_connection",
    ];

    pub(super) fn write() {
        println!("cargo:rerun-if-changed=cbindgen.toml");
        println!("cargo:rerun-if-changed=src/capi");

        let mut config = Config::from_file("cbindgen.toml").expect("cbindgen.toml is readable");
        let start = config.header.take().expect("cbindgen.toml has a header");
        let end = config.trailer.take().expect("cbindgen.toml has a trailer");

        let mut header = start.trim().replace("@VERSION@", &version_macros());
        for section in SECTIONS {
            header.push_str(&declarations(section, &config));
        }
        header.push_str(&format!("\n\n{}\n", end.trim()));

        let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
        fs::write(Path::new(&out).join("atlas_webhook.h"), header).expect("OUT_DIR is writable");
    }

    fn version_macros() -> String {
        let part =
            |name: &str| env::var(format!("CARGO_PKG_VERSION{name}")).expect("cargo sets it");
        let number = |name| part(name).parse::<u32>().expect("a part of a version is a number");
        let (major, minor, patch) = (number("_MAJOR"), number("_MINOR"), number("_PATCH"));
        format!(
            "#define ATLAS_WEBHOOK_VERSION \"{}\"\n\
             #define ATLAS_WEBHOOK_VERSION_MAJOR {major}\n\
             #define ATLAS_WEBHOOK_VERSION_MINOR {minor}\n\
             #define ATLAS_WEBHOOK_VERSION_PATCH {patch}\n\
             /* major * 10000 + minor * 100 + patch, for #if. */\n\
             #define ATLAS_WEBHOOK_VERSION_NUMBER {}",
            part(""),
            major * 10_000 + minor * 100 + patch,
        )
    }

    /// One section: the first line of the file's own documentation, then what it exports.
    fn declarations(section: &str, config: &Config) -> String {
        let path = format!("src/capi/{section}.rs");
        let source = fs::read_to_string(&path).expect("the source is readable");
        let title = source.lines().next().and_then(|line| line.strip_prefix("//! "));
        let title = title.expect("the source opens with its title").trim_end_matches('.');

        let mut text = Vec::new();
        Builder::new()
            .with_config(config.clone())
            .with_src(&path)
            .generate()
            .expect("cbindgen reads the source")
            .write(&mut text);
        let text = String::from_utf8(text).expect("a header is text");
        let text = text.trim().lines().map(parenthesized).collect::<Vec<_>>().join("\n");
        format!("\n\n/* ---- {title} ---- */\n\n{text}")
    }

    /// A macro for a negative number is two tokens, which belong together wherever it is used.
    fn parenthesized(line: &str) -> String {
        match line.strip_prefix("#define ").and_then(|macro_| macro_.split_once(" -")) {
            Some((name, number)) => format!("#define {name} (-{number})"),
            None => String::from(line),
        }
    }
}
