# The steps that check every memory access.

# With a library that is built for it: a plain one hides use after free inside Rust.
SANITIZE='-g -fsanitize=address,undefined -fno-sanitize-recover=all'
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1

# The flags to link the sanitized library statically: in $sanitized.
sanitized_library() {
    local host folder=$target/sanitized
    host=$(rustc -vV | sed -n 's/^host: //p')
    mkdir -p "$folder"
    RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address $CARGO rustc --locked --quiet \
        --package atlas-webhook-c --lib --crate-type staticlib \
        --target "$host" --target-dir "$folder" -- --print=native-static-libs="$folder/native"
    sanitized=(-I include "$folder/$host/debug/libatlas_webhook.a" $(cat "$folder/native"))
}

build_sanitized() {
    sanitized_library
}

sanitizers() {
    sanitized_library
    compile_tests "$work/sanitized-tests" "gcc $SANITIZE" "g++ $SANITIZE" "${sanitized[@]}"
    run_all "$work/sanitized-tests"
    gcc $SANITIZE -std=c99 $WARNINGS tests/c/network/fault.c -o "$work/sanitized-fault" "${sanitized[@]}"
    meet_faults "$work/sanitized-fault"
}

sanitized_examples() {
    sanitized_library
    compile_examples "$work/sanitized-examples" "gcc $SANITIZE" "g++ $SANITIZE" "${sanitized[@]}"
    try_examples "$work/sanitized-examples"
}

# With the library as it is installed. Memory in a static of a dependency is reachable at the end
# and not a leak.
VALGRIND='valgrind --quiet --suppressions=tests/checks/valgrind.supp --error-exitcode=99 --leak-check=full'
VALGRIND+=' --show-leak-kinds=definite,indirect,possible --errors-for-leak-kinds=definite,indirect,possible'

under_valgrind() {
    link_shared "$prefix"
    compile_tests "$work/valgrind-tests" "$CC -g" "$CXX -g" "${shared[@]}"
    run_all "$work/valgrind-tests" $VALGRIND
}

examples_under_valgrind() {
    local program
    start_sandbox
    for program in "$example_programs"/*; do registers $VALGRIND "$program"; done
}

# instructions COMMAND...: the number of instructions of the program.
instructions() {
    local counted
    counted=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1) || fail "$* failed: $counted"
    echo "$counted" | sed -n 's/.*Collected : //p'
}

# A wrong target needs the same number of instructions, regardless of where it differs from the
# registered one.
constant_time() {
    local program rest=0123456789abcdef0123456789abcdef early late
    link_shared "$prefix"
    $CC -std=c99 $WARNINGS tests/c/counted/wrong_target.c -o "$work/wrong_target" "${shared[@]}"
    for program in "$work/wrong_target" "$(example wrong_target)"; do
        early=$(instructions "$program" "/Xtlas/$rest?token=x")
        late=$(instructions "$program" "/atlas/$rest?token=X")
        [ "$early" = "$late" ] || fail "$program takes $early instructions for an early difference, $late for a late"
    done
}
