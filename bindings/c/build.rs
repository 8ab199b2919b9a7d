//! Sets the SONAME, by which programs find the shared library at run time, and that it stays loaded.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let abi = env::var("CARGO_PKG_VERSION_MAJOR").expect("cargo sets the version");
    let family = env::var("CARGO_CFG_TARGET_FAMILY").unwrap_or_default();
    let vendor = env::var("CARGO_CFG_TARGET_VENDOR").unwrap_or_default();
    let flags = match (vendor.as_str(), family.as_str()) {
        ("apple", _) => format!("-Wl,-install_name,@rpath/libatlas_webhook.{abi}.dylib"),
        // A thread that has sent calls the library when it ends, also after dlclose().
        (_, "unix") => format!("-Wl,-soname,libatlas_webhook.so.{abi},-z,nodelete"),
        _ => return,
    };
    println!("cargo:rustc-cdylib-link-arg={flags}");
}
