# Whether some test fails when the core is changed, one small change at a time.

title='Mutation testing of the core'
purpose='This page is for contributors who need to know how well the tests of the core detect changes of the code.'

tools() {
    install_crate cargo-mutants 27.1.0
}

prove() {
    local out=$work/mutants.out kind
    unset CARGO_TARGET_DIR
    # It fails where a mutant survives.
    $CARGO mutants --jobs "$(nproc)" --output "$work" --no-shuffle --colors never --annotations none
    for kind in caught timeout unviable; do
        declare "$kind=$(wc -l < "$out/$kind.txt")"
    done
    cat >&3 << END
No mutant survives: of $((caught + timeout + unviable)), $caught make a test fail, $timeout end by the time limit, and
$unviable do not compile. \`cargo mutants\` changes \`src/*.rs\`, \`src/register\` and \`src/http1\`, without the transport and the C ABI;
[.cargo/mutants.toml](../../.cargo/mutants.toml) selects the tests and excludes these mutants:

$(sed -n '/^exclude_re/,/^\]/{s/^    # \(.*\)/* \1/p; s/^    "\(.*\)",$/  * `\1`/p}' .cargo/mutants.toml | sed 's/\\\\//g')
END
}
