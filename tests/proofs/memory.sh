# Every access to memory, watched: by AddressSanitizer in a library that is built for it, and by
# valgrind in the library as it is.
title='Memory'
purpose='This page is for readers who assess the library: it lists the programs that ran under AddressSanitizer and valgrind.'

source tests/checks/library.sh
source tests/checks/memory.sh

# They start cargo, which would build for the sanitizer too. What those files test is C, which has its
# own turn.
STARTS_CARGO=(capi header)
STARTS_CARGO_TOO=(a_program_without_std_registers_and_receives_with_the_core
    the_core_alone_pulls_in_few_crates_and_none_that_does_io)

# The first starts programs, the second takes many minutes.
NOT_UNDER_VALGRIND=(examples serving differential)

tools() {
    install_packages gcc g++ make valgrind pkg-config libcurl4-openssl-dev libssl-dev python3-venv
}

# under_asan COMMAND OPTION...
under_asan() {
    RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address $CARGO "$1" --locked --package atlas-webhook \
        --target "$(rustc -vV | sed -n 's/^host: //p')" --target-dir "$target/sanitized" "${@:2}"
}

# careless PROGRAM COMPILER FLAG...: a program that uses an endpoint after it freed it; or, with an
# argument, never frees it.
careless() {
    local program=$1
    shift
    cat > "$program.c" << 'END'
#include <stddef.h>

#include "atlas_webhook.h"

int main(int argc, char **argv)
{
    atlas_webhook_endpoint *endpoint = NULL;
    atlas_webhook_request *request = NULL;
    (void)argv;
    atlas_webhook_endpoint_new(NULL, &endpoint, NULL);
    if (argc == 1) {
        atlas_webhook_endpoint_free(endpoint);
        atlas_webhook_request_new_registration(endpoint, "https://example.com", NULL, &request, NULL);
        atlas_webhook_request_free(request);
    }
    endpoint = NULL;
    return 0;
}
END
    $1 -std=c99 $WARNINGS "$program.c" -o "$program" "${@:2}"
}

prove() {
    local skipped=("${STARTS_CARGO_TOO[@]/#/--skip=}")
    local asan=$work/asan.log python=$work/python.log grind=$work/valgrind.log
    local venv=$target/python-venv c cpp examples faults host
    host=$(rustc -vV | sed -n 's/^host: //p')

    # The examples first, as programs: they have tests that run them.
    under_asan build --examples
    under_asan test $(rust_tests "${STARTS_CARGO[@]}") -- "${skipped[@]}" 2>&1 | tee "$asan"

    sanitizers > "$work/faults.log"
    cat "$work/faults.log"
    sanitized_examples
    careless "$work/careless" "gcc $SANITIZE" "${sanitized[@]}"
    gives 1 "$work/careless"
    says 'AddressSanitizer: heap-use-after-free'
    gives 1 "$work/careless" leak
    says 'LeakSanitizer: detected memory leaks'
    c=(tests/c/*.c) cpp=(tests/cpp/*.cpp) examples=("$work"/sanitized-examples/*)
    faults=$(grep -oE '^[0-9]+ faults' "$work/faults.log")

    [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check './bindings/python[check]'
    VENV=$venv bindings/python/asan.sh | tee "$python"

    build_libraries
    library
    under_valgrind
    compile_examples "$example_programs" "$CC" "$CXX" "${shared[@]}"
    examples_under_valgrind
    careless "$work/careless" "$CC" "${shared[@]}"
    gives 99 $VALGRIND "$work/careless"
    says 'Invalid read'
    gives 99 $VALGRIND "$work/careless" leak
    says 'definitely lost'
    env "CARGO_TARGET_$(tr a-z- A-Z_ <<< "$host")_RUNNER=$VALGRIND" $CARGO test --locked \
        --package atlas-webhook --no-default-features --features gzip \
        $(rust_tests "${STARTS_CARGO[@]}" "${NOT_UNDER_VALGRIND[@]}") -- --test-threads=1 "${skipped[@]}" 2>&1 | tee "$grind"

    cat >&3 << END
No fault was found: no access outside of allocated memory, no use after free, no leak.

| Programs | Checked by | Number |
|---|---|---|
| the tests in Rust, the bundled transport's included | AddressSanitizer, with leaks | $(passed "$asan") tests |
| the tests in C and C++, with the static library | AddressSanitizer and UBSan, with leaks | ${#c[@]} programs in C, ${#cpp[@]} in C++ |
| the network faults, from C | the same | $faults |
| the examples in C and C++, with a server that accepts, a server that rejects, and no server | the same | ${#examples[@]} programs |
| the tests in Python, with the shared library | AddressSanitizer | $(passed "$python") tests |
| the tests in C and C++, with the shared library as \`make\` builds it | valgrind, with leaks | ${#c[@]} programs in C, ${#cpp[@]} in C++ |
| the examples in C and C++ | the same | ${#examples[@]} programs |
| the tests of the core in Rust | the same | $(passed "$grind") tests |

The library and its crates were compiled for the sanitizer. Rust's standard library, and the C and assembly of \`ring\` (the
transport's cryptography), were not. In these the sanitizer checks only calls such as \`malloc\` and \`memcpy\`; valgrind checks
every access.

To show that a fault is reported, the same run used two faulty C programs: one uses an endpoint after it freed it, the other
does not free it. AddressSanitizer and valgrind reported both.

Of the tests in Rust, those that start cargo are left out
($(listed "${STARTS_CARGO[@]/#/tests/}" "${STARTS_CARGO_TOO[@]}")). The tests of the C library have rows of their own. Valgrind also leaves out \`tests/examples\` and \`tests/serving\`, which start programs, and \`tests/differential\`, which needs many minutes. The tests in Python do not check for leaks,
because the interpreter keeps allocated memory. A test without the sanitizer checks that ten thousand registrations leave no
memory allocated. Memory in a static until the process ends is not a leak. \`tests/checks/valgrind.supp\` has one suppression,
for Rust's standard library.
END
}
