//! Compiles llhttp with cJSON in C, from Debian's packages.

use std::path::Path;

const LLHTTP: &str = "/usr/share/llhttp";

fn main() {
    println!("cargo::rerun-if-changed=c/llhttp_cjson.c");
    println!("cargo::rustc-check-cfg=cfg(llhttp)");
    // The same name as the system's header, which node.js carries too.
    if !Path::new(LLHTTP).is_dir() || !Path::new("/usr/include/cjson/cJSON.h").is_file() {
        println!("cargo::warning=no llhttp and cJSON: `make bench-tools` installs them");
        return;
    }
    cc::Build::new()
        .files(["api.c", "http.c", "llhttp.c"].map(|file| format!("{LLHTTP}/{file}")))
        .file("c/llhttp_cjson.c")
        .include("/usr/share/include/llhttp")
        .opt_level(2)
        .warnings(false)
        .compile("llhttp_cjson");
    println!("cargo::rustc-link-lib=cjson");
    println!("cargo::rustc-cfg=llhttp");
}
