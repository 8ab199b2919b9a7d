# The licences and sources of third-party code, and the files of a release.

title='Supply chain: licences, sources, and the files of a release'
purpose='This page is for users who ship the library: it lists licences, sources and the files of a release.'

tools() {
    install_packages binutils git jq meson ninja-build pkg-config python3 xz-utils
    install_crate cargo-deny 0.20.2
    install_crate cargo-cyclonedx 0.5.9
}

prove() {
    dependencies_keep_the_rules
    licences_are_complete
    releases_are_equal
    sources_build_without_a_network
    addresses_have_lines
}

dependencies_keep_the_rules() {
    $CARGO deny --workspace --all-features check licenses bans sources 2>&1 | tee "$work/deny"
    tell '`cargo deny --workspace --all-features check licenses bans sources`: %s.\n' "$(tail -n 1 "$work/deny")"
    tell 'Sources and build scripts were checked for every crate that a build, a test or the header needs. Versions and\n'
    tell 'licences were checked for all of these except crates that only tests need. Known vulnerabilities were not\n'
    tell 'checked.\n\n'
}

# linked FEATURE...: the crates in a library for this machine, one a line, `name version`.
linked() {
    $CARGO tree --locked --package atlas-webhook-c "$@" --edges normal,no-proc-macro --prefix none \
        --format '{p}' | sed -n '/^atlas-webhook/!s/^\([^ ]*\) v\([^ ]*\).*/\1 \2/p' | sort -u
}

# The names that a file of licences opens with.
listed() {
    sed -n '/^====/q; s/^\([^ ]* [0-9][^ ]*\) (.*)$/\1/p' "$@" | sort -u
}

licences_are_complete() {
    local file missing
    mkdir "$work/licenses"
    licenses/collect.py "$work/licenses"
    for file in core.txt transport.txt rust.txt; do
        diff "licenses/$file" "$work/licenses/$file" || fail 'run licenses/collect.py'
    done

    linked > "$work/with"
    linked --no-default-features --features gzip > "$work/without"
    missing=$(
        comm -23 "$work/without" <(listed licenses/core.txt)
        comm -23 "$work/with" <(cat <(listed licenses/core.txt) <(listed licenses/transport.txt) | sort)
    )
    [ -z "$missing" ] || fail "no licence is given for $missing"

    tell 'The library contains %d crates without the transport and %d with it, on %s. It also contains the\n' \
        "$(wc -l < "$work/without")" "$(wc -l < "$work/with")" "$(rustc -vV | sed -n 's/^host: //p')"
    tell 'standard library and the %d crates in that. [licenses/](../../licenses) contains the texts, also for other\n' \
        "$(listed licenses/rust.txt | grep -cvE '^(std|windows-link) ')"
    tell 'platforms. The table counts the crates by licence and file:\n\n'
    tell '| Licence | `core.txt` | `transport.txt` | `rust.txt` |\n|---|--:|--:|--:|\n'
    licences_by_number
    tell '\n'
}

licences_by_number() {
    local file licence
    for file in core transport rust; do
        sed -n "/^====/q; s/^[^(]* (\(.*\))\$/$file \1/p" "licenses/$file.txt"
    done | sed 's/ Apache-2.0 OR MIT$/ MIT OR Apache-2.0/' > "$work/offers"
    cut -d ' ' -f 2- "$work/offers" | sort | uniq -c | sort -k 1,1nr -k 2 | while read -r _ licence; do
        tell '| %s |' "$licence"
        for file in core transport rust; do
            tell ' %d |' "$(grep -cFx "$file $licence" "$work/offers" || true)"
        done
        tell '\n'
    done
}

# Two clones of the commit, in folders of different names, one after the other.
releases_are_equal() {
    local one=$work/one two=$work/deeper/two file
    release "$one" 022
    release "$two" 077
    diff "$one/target/dist/SHA256SUMS" "$two/target/dist/SHA256SUMS" || fail 'two releases differ'
    cd "$one/target/dist"
    sha256sum --quiet --check SHA256SUMS
    [ "$(ls | wc -l)" = $(($(wc -l < SHA256SUMS) + 1)) ] || fail 'SHA256SUMS does not list all'

    mkdir "$work/unpacked"
    cp ./*.json "$work/unpacked"
    for file in *.tar.* *.crate; do tar -x -C "$work/unpacked" -f "$file"; done
    none -rlaF -e "$work" -e "$HOME/" -e "${CARGO_HOME:-$HOME/.cargo}" "$work/unpacked" \
        || fail 'a release names the building machine'
    jq -r '.components[] | .name + " " + .version' ./*.cdx.json | sort > "$work/components"
    file=$(comm -23 "$work/with" "$work/components")
    [ -z "$file" ] || fail "the SBOM lacks $file"
    cd "$OLDPWD"

    tell '`make dist` produced the same bytes in two clones of the commit, with different paths, umasks and times. No file\n'
    tell 'contains a path of the machine. The SBOM lists every crate of the library.\n\n'
    tell '| File | Bytes |\n|---|--:|\n'
    for file in "$one"/target/dist/*; do tell '| `%s` | %d |\n' "${file##*/}" "$(stat -c %s "$file")"; done
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
