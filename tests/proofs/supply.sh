# The licences and sources of third-party code, and the files of a release.

title='Supply chain: licences, sources, and the files of a release'
purpose='This page is for users who ship the library: it lists licences, sources and the files of a release.'

tools() {
    install_packages binutils git jq meson ninja-build pkg-config python3 xz-utils
    install_crate cargo-deny 0.20.2
    install_crate cargo-cyclonedx 0.5.9
}

prove() {
    licences_are_complete
    releases_are_equal
    crates_can_be_published
    sources_build_without_a_network
    addresses_have_lines
    dependencies_keep_the_rules
}

dependencies_keep_the_rules() {
    $CARGO deny --workspace --all-features check licenses bans sources 2>&1 | tee "$work/deny"
    tell '\n`cargo deny --workspace --all-features check licenses bans sources`: %s.\n' "$(tail -n 1 "$work/deny")"
    tell 'Sources and build scripts were checked for every crate that a build, a test or the header needs. Versions and\n'
    tell 'licences were checked for all of these except crates that only tests need. Known vulnerabilities were not\n'
    tell 'checked.\n'
}

# linked PACKAGE FEATURE...: the crates in a library or program for this machine, one a line, `name version`.
linked() {
    $CARGO tree --locked --package "$@" --edges normal,no-proc-macro --prefix none \
        --format '{p}' | sed -n '/^atlas-webhook/!s/^\([^ ]*\) v\([^ ]*\).*/\1 \2/p' | sort -u
}

# The names that a file of licences opens with.
licensed() {
    sed -n '/^====/q; s/^\([^ ]* [0-9][^ ]*\) (.*)$/\1/p' "$@" | sort -u
}

licences_are_complete() {
    local file missing
    mkdir "$work/licenses"
    licenses/collect.py "$work/licenses"
    for file in core.txt transport.txt command.txt rust.txt; do
        diff "licenses/$file" "$work/licenses/$file" || fail 'run licenses/collect.py'
    done

    linked atlas-webhook-c > "$work/library"
    linked atlas-webhook-c --no-default-features --features gzip > "$work/without"
    linked atlas-webhook-cli > "$work/command"
    missing=$(
        comm -23 "$work/without" <(licensed licenses/core.txt)
        comm -23 "$work/library" <(licensed_by core transport)
        comm -23 "$work/command" <(licensed_by core transport command)
    )
    [ -z "$missing" ] || fail "no licence is given for $missing"

    tell 'On %s the library contains %d crates without the transport and %d with it, and the command\n' \
        "$(rustc -vV | sed -n 's/^host: //p')" "$(wc -l < "$work/without")" "$(wc -l < "$work/library")"
    tell 'contains %d. Each also contains the standard library and the %d crates in that. [licenses/](../../licenses)\n' \
        "$(wc -l < "$work/command")" "$(licensed licenses/rust.txt | grep -cvE '^(std|windows-link) ')"
    tell 'contains the texts, also for other platforms. The table counts the crates by licence and file:\n\n'
    tell '| Licence | `core.txt` | `transport.txt` | `command.txt` | `rust.txt` |\n|---|--:|--:|--:|--:|\n'
    licences_by_number
    tell '\n'
}

# licensed_by NAME...: those of several files.
licensed_by() {
    local file
    for file; do licensed "licenses/$file.txt"; done | sort -u
}

licences_by_number() {
    local file licence
    for file in core transport command rust; do
        sed -n "/^====/q; s/^[^(]* (\(.*\))\$/$file \1/p" "licenses/$file.txt"
    done | sed 's/ Apache-2.0 OR MIT$/ MIT OR Apache-2.0/' > "$work/offers"
    cut -d ' ' -f 2- "$work/offers" | sort | uniq -c | sort -k 1,1nr -k 2 | while read -r _ licence; do
        tell '| %s |' "$licence"
        for file in core transport command rust; do
            tell ' %d |' "$(grep -cFx "$file $licence" "$work/offers" || true)"
        done
        tell '\n'
    done
}

# parts NAME SBOM: the crates that the SBOM lists as parts are those that cargo links, with the library's own and those of
# the standard library.
parts() {
    jq -r '.components[] | select(.scope == "required") | .name + " " + .version' "$2" | sort -u > "$work/parts"
    {
        cat "$work/$1"
        $CARGO pkgid --package atlas-webhook | sed 's/.*[#@]/atlas-webhook /'
        licensed licenses/rust.txt | grep -v '^windows-link '
    } | sort -u | diff - "$work/parts" || fail "the SBOM of the $1 lists other crates than it contains"
}

# Two clones of the commit, in folders of different names, one after the other.
releases_are_equal() {
    local one=$work/one two=$work/deeper/two dist=$work/one/target/dist file
    release "$one" 022
    release "$two" 077
    diff "$dist/SHA256SUMS" "$two/target/dist/SHA256SUMS" || fail 'two releases differ'
    (cd "$dist" && sha256sum --quiet --check SHA256SUMS)
    [ "$(ls "$dist" | wc -l)" = $(($(wc -l < "$dist/SHA256SUMS") + 1)) ] || fail 'SHA256SUMS does not list all'

    mkdir "$work/unpacked"
    cp "$dist"/*.json "$work/unpacked"
    for file in "$dist"/*.tar.* "$dist"/*.crate; do tar -x -C "$work/unpacked" -f "$file"; done
    none -rlaF -e "$work" -e "$HOME/" -e "${CARGO_HOME:-$HOME/.cargo}" "$work/unpacked" \
        || fail 'a release names the building machine'
    file=$(echo "$dist"/*-command.cdx.json)
    parts command "$file"
    parts library "${file/%-command.cdx.json/.cdx.json}"

    tell '`make dist` produced the same bytes in two clones of the commit, with different paths, umasks and times. No file\n'
    tell 'contains a path of the machine. The SBOM of the library and that of the command list exactly the crates in each.\n\n'
    tell '| File | Bytes |\n|---|--:|\n'
    for file in "$dist"/*; do tell '| `%s` | %d |\n' "${file##*/}" "$(stat -c %s "$file")"; done
}

# The crates, without the repository: each compiles as cargo publish compiles it, and passes the tests that it contains,
# with the features that a user can turn on. The command is tested with the library's crate of this release.
crates_can_be_published() {
    local version folder=$work/crates file log=$work/crates.log
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
    # In the clone: the pages of other proofs may have changed here, and cargo publishes no changed file.
    (cd "$work/one" && CARGO_TARGET_DIR=$target $CARGO publish --dry-run --locked \
        --package atlas-webhook --package atlas-webhook-cli)
    mkdir "$folder"
    for file in "$work"/one/target/dist/*.crate; do tar -x -C "$folder" -f "$file"; done
    for file in LICENSE-MIT LICENSE-APACHE README.md; do
        cmp "$file" "$folder/atlas-webhook-$version/$file"
    done
    for file in LICENSE-MIT LICENSE-APACHE; do cmp "$file" "$folder/atlas-webhook-cli-$version/$file"; done
    none -rE '\.\./(\.\./)?(tests|benches|fuzz|bindings)/' --include='*.rs' "$folder" || fail 'a crate needs the repository'
    (
        export CARGO_TARGET_DIR=$target
        cd "$folder/atlas-webhook-$version"
        $CARGO test --locked --features http,samples,capi
        cd "$folder/atlas-webhook-cli-$version"
        $CARGO test --config "patch.crates-io.atlas-webhook.path='../atlas-webhook-$version'"
    ) 2>&1 | tee "$log"
    tell '\n`cargo publish --dry-run` accepts both crates. Unpacked without the repository, they pass the %d tests that they\n' \
        "$(passed "$log")"
    tell 'contain: unit tests, and the programs of the documentation.\n'
}

# The sources with their crates, with an empty CARGO_HOME and, where the system lets a process have a network of
# its own, without one: by make, and as a subproject of Meson. What cargo optimises is proved elsewhere.
sources_build_without_a_network() {
    local dist=$work/one/target/dist folder=$work/offline name offline=()
    name=$(basename "$dist"/*-vendored.tar.xz -vendored.tar.xz)
    ! unshare --net true 2> /dev/null || offline=(unshare --net)
    mkdir -p "$folder/home" "$folder/meson/subprojects/packagefiles"
    tar -x -C "$folder" -f "$dist/$name-vendored.tar.xz"
    cp "$dist/$name-vendored.tar.xz" "$folder/meson/subprojects/packagefiles"
    cp "$dist/atlas_webhook.wrap" "$folder/meson/subprojects"
    cp tests/c/programs/installed.c "$folder/meson"
    cat > "$folder/meson/meson.build" << 'END'
project('program', 'c')
executable('program', 'installed.c', dependencies: dependency('atlas_webhook', version: '>=0.2'))
END
    (
        unset CARGO_TARGET_DIR CARGO_BUILD_TARGET RUSTC_WRAPPER TRANSPORT PREFIX DESTDIR
        export CARGO_HOME=$folder/home
        export CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
        "${offline[@]}" make --silent -C "$folder/$name"
        make --silent -C "$folder/$name" install PREFIX="$folder/installed"
        make --silent -C "$folder/$name" installcheck PREFIX="$folder/installed"
        "${offline[@]}" meson setup "$folder/meson/build" "$folder/meson" > "$folder/log" || fail "$(< "$folder/log")"
        "${offline[@]}" ninja -C "$folder/meson/build" > "$folder/log" || fail "$(< "$folder/log")"
        "$folder/meson/build/program"
    )
    tell '\nThe sources with their crates were built%s, with an empty `CARGO_HOME`: by `make`, `make install` and\n' \
        "${offline:+ without a network}"
    tell '`make installcheck`, and by Meson as a subproject with `atlas_webhook.wrap`.\n'
}

# The library names the file with its debug information, which has the lines of its functions.
addresses_have_lines() {
    local library debug address line
    library=$(echo "$work"/unpacked/usr/local/lib/libatlas_webhook.so.*.*.*)
    debug=$work/unpacked/usr/local/lib/libatlas_webhook.so.debug
    readelf --string-dump=.gnu_debuglink "$library" | grep -q 'libatlas_webhook\.so\.debug' \
        || fail 'the library names no file with debug information'
    address=$(nm -D "$library" | sed -n 's/ T atlas_webhook_endpoint_new$//p')
    line=$(addr2line --exe "$debug" "0x$address")
    case $line in
    */src/capi/endpoint.rs:*) ;;
    *) fail "addr2line says $line" ;;
    esac
    tell 'The debug information in a file of its own has the lines of the functions: `addr2line` was asked.\n'
}

# release FOLDER UMASK: what make dist gives in a clone of the commit.
release() {
    git clone --quiet . "$1"
    (
        umask "$2"
        unset CARGO_TARGET_DIR CARGO_BUILD_TARGET SOURCE_DATE_EPOCH TRANSPORT PREFIX DESTDIR
        make --silent -C "$1" dist
    )
}
