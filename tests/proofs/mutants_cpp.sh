# Whether some test fails when the C++ header is changed, one small change at a time. MUTANTS_SHARD=K/N judges one
# part of the changes, MUTANTS_MATCH those whose name contains a text.
title='Mutation testing of the C++ header'
purpose='This page is for contributors who need to know how well the tests of the C++ header detect changes of it.'

source tests/checks/library.sh

tools() {
    install_packages g++ make python3
}

prove() {
    local out=$work/mutants part=
    make BUILD="$built"
    tests/proofs/mutants_cpp.py --library "$built" --shard "${MUTANTS_SHARD:-1/1}" --match "${MUTANTS_MATCH:-}" \
        | tee "$out"
    [ -z "${MUTANTS_SHARD:-}" ] || part+=" of shard $MUTANTS_SHARD"
    [ -z "${MUTANTS_MATCH:-}" ] || part+=" whose name contains \`$MUTANTS_MATCH\`"
    cat >&3 << END
No change survives without a reason. [tests/proofs/mutants_cpp.py](../../tests/proofs/mutants_cpp.py) changes
\`include/atlas_webhook.hpp\` at one place at a time: it swaps neighbouring constants, drops each argument of each call
of C, drops calls, calls another getter of the same handle, reads another field of an event, reverses comparisons and
negations, and copies in place of moving. Then it compiles and runs the tests in C++ and the printer of the samples.

Changes$part: $(tail -n 1 "$out").

Those that survive, and why:

$(sed '/^#/d; /^$/d; s/^    \(.*\)/  * \1/; t; s/^/* /' tests/proofs/mutants_cpp.txt)
END
}
