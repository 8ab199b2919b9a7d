# What of the core the tests reach, by regions of LLVM's coverage, which are finer than lines.

title='Coverage of the core'
purpose='This page is for contributors who need to know which code the tests of the core reach.'

tools() {
    install_packages "llvm-$(llvm_version)" python3
    install_crate cargo-llvm-cov 0.9.1
}

# LLVM's tools have to know the format that this rustc writes; rustup's are not everywhere.
llvm_version() {
    rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p'
}

# The tests that need neither the transport nor the C ABI. Those of tests/footprint.rs start programs
# that cannot be measured so. Both builds count, because some lines are for one of them.
prove() {
    local version features
    version=$(llvm_version)
    local -x CARGO_LLVM_COV_SETUP=no LLVM_COV=llvm-cov-$version LLVM_PROFDATA=llvm-profdata-$version
    $CARGO llvm-cov clean --workspace
    for features in gzip,http ''; do
        $CARGO llvm-cov --no-report --no-cfg-coverage --locked --package atlas-webhook \
            --no-default-features --features "$features" \
            --lib --test conformance --test echoes --test endpoint --test exchange --test gzip --test http_types \
            --test names --test parity --test receive --test registration --test reply --test response \
            --test server_connection --test server_conformance
    done
    $CARGO llvm-cov report --json --output-path "$work/coverage"
    tests/proofs/uncovered.py < "$work/coverage" > "$work/table"
    cat >&3 << END
A test reaches every region of the core. The exceptions and their reasons are listed in
[tests/proofs/uncovered.txt](../../tests/proofs/uncovered.txt). Most are a \`?\` for a case that cannot occur, in place of a panic.
The core was measured with the features \`gzip\` and \`http\`, and without features. The transport and the C ABI have
their own tests.

$(< "$work/table")
END
}
