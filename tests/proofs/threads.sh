# Finds data races with ThreadSanitizer. The standard library is instrumented too. Otherwise the sanitizer does not
# see its synchronisation and reports false races.
title='Threads'
purpose='This page is for readers who assess the library: it lists the programs that ran under ThreadSanitizer.'

source tests/checks/rust_from_source.sh

# A race must not end in success, nor in a crash of its own making.
export TSAN_OPTIONS=halt_on_error=1:exitcode=66

tools() {
    unpack_rust
}

under_tsan() {
    RUSTFLAGS=-Zsanitizer=thread cargo_from_source std "$1" "$host" --target-dir "$target/tsan" "${@:2}"
}

# link_tsan SOURCE PROGRAM: a program in C with the static library. gcc's own runtime is older than
# what rustc compiles for.
link_tsan() {
    gcc -g -fsanitize=thread -std=c99 $WARNINGS -pthread -I include -c "$1" -o "$2.o"
    gcc -pie "$2.o" -o "$2" -Wl,--whole-archive "$tsan_runtime" -Wl,--no-whole-archive \
        "$target/tsan/$host/debug/libatlas_webhook.a" $(cat "$target/tsan/native")
}

# reports COMMAND...: the sanitizer ends the command with a race.
reports() {
    gives 66 "$@"
    says 'WARNING: ThreadSanitizer: data race'
}

# A program in Rust with a race in it.
racing_rust() {
    local program=$work/racing
    mkdir -p "$program/src"
    cat > "$program/Cargo.toml" << 'END'
[package]
name = "racing"
edition = "2024"
END
    cat > "$program/src/main.rs" << 'END'
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Both threads run when they write. Relaxed, it orders nothing else.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

struct Shared(UnsafeCell<u32>);

// SAFETY: none, on purpose.
unsafe impl Sync for Shared {}

fn main() {
    let shared = Shared(UnsafeCell::new(0));
    let shared = &shared;
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(move || {
                RUNNING.fetch_add(1, Relaxed);
                while RUNNING.load(Relaxed) < 2 {}
                // SAFETY: none, on purpose.
                unsafe { *shared.0.get() += 1 }
            });
        }
    });
}
END
    $CARGO generate-lockfile --quiet --manifest-path "$program/Cargo.toml"
    under_tsan build --quiet --manifest-path "$program/Cargo.toml"
}

prove() {
    local log=$work/tsan.log skipped=()
    skipped=("${TIMED[@]/#/--skip=}")

    racing_rust
    reports "$target/tsan/$host/debug/racing"

    under_tsan test --lib --test exchange --test three_ways --test transport --test transport_soak \
        -- "${skipped[@]}" 2>&1 | tee "$log"
    none 'WARNING: ThreadSanitizer' "$log" || fail 'ThreadSanitizer complains'

    under_tsan rustc --quiet --package atlas-webhook-c --lib --crate-type staticlib \
        -- --print=native-static-libs="$target/tsan/native"
    link_tsan tests/c/threads.c "$work/threads"
    link_tsan tests/c/sharing.c "$work/receiving"
    link_tsan tests/c/network/sharing.c "$work/sharing"
    start_sandbox
    "$work/threads"
    "$work/receiving"
    "$work/sharing" "$url"
    reports "$work/sharing" "$url" forbidden

    cat >&3 << END
ThreadSanitizer found no data race in:

* $(passed "$log") tests in Rust: those of the library's own modules, and of \`exchange\`, \`three_ways\`, \`transport\` and
  \`transport_soak\`, in which threads share an endpoint, a request, a transport and a cancel; the last sends ten thousand
  registrations from eight threads over one transport.
* \`tests/c/threads.c\`, in which eight threads share an endpoint and a request, and an exchange moves to
  another thread.
* \`tests/c/sharing.c\`, in which eight threads share a receiver and an event, each serves over connections that it makes
  of the receiver, and an event and a connection move to another thread.
* \`tests/c/network/sharing.c\`, in which eight threads share the other handles that the header says may be shared:
  endpoint, request, transport, reply, error and cancel; then two threads cancel what the eight send.

The library, the crates that it uses, the programs and Rust's standard library were all compiled for the
sanitizer, by $("$rust_web/rustc" --version | cut -d" " -f1,2). The C and assembly of \`ring\`, the transport's cryptography,
were not, so data races in them are not detected.

To show that a data race is reported, the same run had two: a Rust program in which two threads write one integer, and
\`sharing\` setting a header of an endpoint while other threads make requests from it, which the header forbids. Both were
reported, the second within the library.

These tests are left out, because a call is slower under the sanitizer than they permit:
$(listed "${TIMED[@]}").
END
}
