# Rust with the source of its standard library, which makes a std that a sanitizer watches, and a std
# for other targets: Debian's rustc-web, unpacked beside what is installed, because Debian's packages
# and rustup's exclude each other.

rust_web=$target/rust-web
host=x86_64-unknown-linux-gnu

# The runtime of ThreadSanitizer, where rustc looks for it. Debian's packages have none; that of the
# installed Rust does.
tsan_runtime=$rust_web/usr/lib/rustlib/$host/lib/librustc-stable_rt.tsan.a

# These tests have times that a call exceeds under a sanitizer or an emulator.
TIMED=(every_fault_gives_its_error_in_time retries_end_with_the_timeout)

# depends PACKAGE PATTERN: what a package depends on, of that name.
depends() {
    apt-cache depends "$1" | sed -nE "s/^ *Depends: ($2)$/\1/p"
}

# Once, however many proofs ask for it.
unpack_rust() {
    local packages=(rustc-web rust-web-src libstd-rust-web-dev) package runtimes
    [ -z "${rust_is_unpacked:-}" ] || return 0
    runtimes=("$(rustc --print sysroot)/lib/rustlib/$host/lib/"librustc-*_rt.tsan.a)
    install_packages gcc libc6-dev
    packages+=("$(depends libstd-rust-web-dev 'libstd-rust-web-[0-9.]+')")
    install_packages "$(depends "${packages[-1]}" 'libllvm[0-9]+')"

    rm -rf "$rust_web"
    mkdir -p "$rust_web" "$work/packages"
    (cd "$work/packages" && apt-get download "${packages[@]}")
    for package in "$work"/packages/*.deb; do dpkg -x "$package" "$rust_web"; done

    cat > "$rust_web/rustc" << 'END'
#!/bin/sh
here=$(dirname "$(realpath "$0")")
LD_LIBRARY_PATH=$here/usr/lib/x86_64-linux-gnu exec "$here/usr/bin/rustc" "$@"
END
    chmod +x "$rust_web/rustc"
    cp "${runtimes[0]}" "$tsan_runtime"
    rust_is_unpacked=1
}

# cargo_from_source STD COMMAND TARGET OPTION...: cargo, which builds these crates of std too.
cargo_from_source() {
    local std=$1 command=$2 triple=$3
    shift 3
    [ -x "$rust_web/rustc" ] || fail "$rust_web is missing: tests/proof --tools $name"
    RUSTC=$rust_web/rustc RUSTC_BOOTSTRAP=1 $CARGO "$command" --locked -Zbuild-std="$std" \
        --target "$triple" "$@"
}
