# Whether some test fails when the core is changed, one small change at a time. The changes are divided into shards,
# each of which is a sample of all. A run that was interrupted continues, if the commit is the same. MUTANTS_SHARDS
# judges only so many shards.
title='Mutation testing of the core'
purpose='This page is for contributors who need to know how well the tests of the core detect changes of the code.'

SHARDS=32
# Of one run of the tests, in seconds. The first is of processor time, five times what they need: a limit of time would
# also end tests that wait for their turn on a busy machine.
PROCESSOR_LIMIT=10
LIMIT=900
# The tests that judge, beside tests/footprint.rs, which replaces the allocator.
TESTS=(conformance echoes endpoint exchange gzip http_types names parity/main receive registration reply response
    server_conformance server_connection)

tools() {
    install_crate cargo-mutants 27.1.0
}

# copy FOLDER: the files of the core and its tests, to be changed in place. They keep their compiled dependencies, in
# FOLDER/target.
copy() {
    local test
    mkdir -p "$1"
    find "$1" -mindepth 1 -maxdepth 1 ! -name target -exec rm -r {} +
    git ls-files -z --cached --others --exclude-standard \
        | xargs -0 cp --no-dereference --parents --target-directory "$1"
    # The tests that need the sandbox are not among the judges. It would be built for each change.
    sed -i '/^atlas-webhook-cli = /d' "$1/Cargo.toml"
    # One program is built and linked for each change, not one for each file.
    for test in "${TESTS[@]}"; do
        printf '#[path = "%s.rs"]\nmod %s;\n' "$test" "${test%/main}"
    done > "$1/tests/core_tests.rs"
}

# judge WORKER: every shard whose turn it is, in a copy of its own.
judge() {
    local copy=$target/mutations/$1 shard out code baseline=run
    copy "$copy"
    for ((shard = $1; shard < ${MUTANTS_SHARDS:-$SHARDS}; shard += workers)); do
        out=$results/$shard
        [ ! -e "$out/judged" ] || continue
        rm -rf "$out"
        mkdir "$out"
        code=0
        (cd "$copy" && $CARGO mutants --in-place --shard "$shard/$SHARDS" --sharding round-robin --baseline "$baseline" \
            --timeout "$LIMIT" --output "$out" --no-shuffle --colors never --annotations none) || code=$?
        # 2 and 3: a mutant survived, or the tests did not end. Other codes are errors.
        [[ $code =~ ^[023]$ ]] || return 1
        touch "$out/judged"
        baseline=skip
    done
}

# all NAME: these mutants of all shards that were judged.
all() {
    cat "${judged[@]/%/$1.txt}"
}

prove() {
    local workers reused worker kind endless judged processes=()
    workers=$(nproc)
    unset CARGO_TARGET_DIR
    results=$target/mutations/$(git rev-parse --short=12 HEAD)
    [[ $(state) != *changes ]] || rm -rf "$results"
    mkdir -p "$results"
    reused=$(find "$results" -name judged | wc -l)

    # It ends an endless loop, and the other tests after the first failure, which is not a stable option.
    cat > "$work/runner" << 'END'
#!/bin/sh
ulimit -S -t "$PROCESSOR_LIMIT"
RUSTC_BOOTSTRAP=1 exec "$@" -Z unstable-options --fail-fast
END
    chmod +x "$work/runner"
    export PROCESSOR_LIMIT
    export "CARGO_TARGET_$(rustc -vV | sed -n 's/^host: //p' | tr a-z- A-Z_)_RUNNER=$work/runner"
    for ((worker = 0; worker < workers; worker++)); do
        judge "$worker" &
        processes+=($!)
    done
    for worker in "${processes[@]}"; do wait "$worker"; done

    judged=("$results"/*/judged)
    judged=("${judged[@]/%judged/mutants.out/}")
    for kind in caught missed timeout unviable; do
        declare "$kind=$(all "$kind" | wc -l)"
    done
    [ "$missed" = 0 ] || fail "survivors:"$'\n'"$(all missed)"
    # SIGXCPU.
    endless=$((timeout + $({ grep -rl '(signal: 24' "${judged[@]/%/log}" || true; } | wc -l)))
    tell 'No mutant survives%s: ' "$([ ${#judged[@]} = $SHARDS ] || echo " in ${#judged[@]} of $SHARDS shards")"
    cat >&3 << END
of $((caught + timeout + unviable)), $((caught + timeout - endless)) make a test fail, with $endless the tests do not end, and
$unviable do not compile. A test does not end if it uses $PROCESSOR_LIMIT s of processor time.
END
    [ "$reused" = 0 ] || tell '%d of the shards are results of an earlier run at the same commit.\n' "$reused"
    cat >&3 << END

\`cargo mutants\` changes \`src\`, without the transport and the C ABI;
[.cargo/mutants.toml](../../.cargo/mutants.toml) selects the tests and excludes these mutants:

$(excluded .cargo/mutants.toml)
END
}
