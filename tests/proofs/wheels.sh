# Checks the wheels of a release for Linux.
title='Wheels'
purpose='This page is for users of Python on Linux: it lists the processors and versions with which the wheels were tested.'

# Debian's Python for 64-bit ARM and its pip, unpacked; they are not installed.
ARM_PYTHON=(libc6 libexpat1 libffi8 libpython3.11-minimal libpython3.11-stdlib python3-pip-whl python3.11-minimal
    zlib1g)

arm=$target/arm64

tools() {
    install_packages jq python3-venv qemu-user-static
    rustup target add aarch64-unknown-linux-gnu
    install_crate cargo-cyclonedx 0.5.9
    unpack_arm_python
}

# With apt's lists of that architecture, beside those of the machine.
unpack_arm_python() {
    local apt=(apt-get --quiet -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State="$arm/state"
        -o Dir::State::status=/dev/null -o Dir::Cache="$arm/cache") package
    rm -rf "$arm"
    mkdir -p "$arm/state/lists/partial" "$arm/cache/archives/partial" "$arm/packages" "$arm/sysroot"
    "${apt[@]}" update
    (cd "$arm/packages" && "${apt[@]}" download "${ARM_PYTHON[@]}")
    for package in "$arm"/packages/*.deb; do dpkg -x "$package" "$arm/sysroot"; done
}

# installed MACHINE WHEEL: a new virtual environment with nothing but the wheel, installed by the pip of that machine,
# which rejects a wheel whose tags are not for it. $python is then the command that runs its Python.
installed() {
    local machine=$1 wheel=$2 venv=$work/venv-$1 base=python3 pip emulator=()
    if [ "$machine" = "$(uname -m)" ]; then
        pip=$(python3 -c 'import ensurepip, pathlib; print(*pathlib.Path(ensurepip.__file__).parent.glob("_bundled/pip-*"))')
    else
        emulator=("qemu-$machine-static" -L "$arm/sysroot")
        base=$arm/sysroot/usr/bin/python3.11
        pip=$(echo "$arm"/sysroot/usr/share/python-wheels/pip-*.whl)
    fi
    limited "${emulator[@]}" "$base" -m venv --without-pip "$venv"
    python=("${emulator[@]}" "$venv/bin/python")
    PYTHONPATH=$pip limited "${python[@]}" -m pip --quiet install --no-index --no-cache-dir "$wheel"
}

# listed_parts WHEEL MACHINE: the SBOM in the wheel names each crate that is linked into the library of its machine.
listed_parts() {
    local wheel=$1 machine=$2 missing
    python3 -m zipfile --extract "$wheel" "$work/$machine"
    jq -r '.components[] | select(.scope == "required") | .name + " " + .version' \
        "$work/$machine"/*.dist-info/sboms/atlas_webhook.cdx.json | sort > "$work/$machine.parts"
    missing=$($CARGO tree --locked --package atlas-webhook-c --target "$machine-unknown-linux-gnu" \
        --edges normal,no-proc-macro --prefix none --format '{p}' \
        | sed -n '/^atlas-webhook-c/!s/^\([^ ]*\) v\([^ ]*\).*/\1 \2/p' | sort -u | comm -23 - "$work/$machine.parts")
    [ -z "$missing" ] || fail "the SBOM of $wheel lacks $missing"
}

# sdist_is_tested SDIST WHEEL: its tests pass with the wheel of this machine, away from the repository.
sdist_is_tested() {
    local sdist=$1 wheel=$2 venv=$work/venv-sdist
    mkdir "$work/sdist"
    tar -x -C "$work/sdist" --strip-components=1 -f "$sdist"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "atlas-webhook[test] @ file://$wheel"
    (cd "$work/sdist" && CARGO_TARGET_DIR=$target "$venv/bin/python" -X dev -m pytest --quiet --numprocesses 2) \
        | tee "$work/sdist.log"
}

prove() {
    local machine wheel sdist version python=()
    [ -x "$arm/sysroot/usr/bin/python3.11" ] || fail "$arm is missing: tests/proof --tools $name"
    MACHINES='x86_64 aarch64' VENV=$target/wheel-venv bindings/python/manylinux.sh "$work/wheels"
    tell '`auditwheel show` finds nothing newer than glibc 2.17 in the wheels, `auditwheel repair` adds nothing to them, and\n'
    tell '`twine check --strict` accepts them and the sdist. The pip of a Python of each machine installed the wheel into a new\n'
    tell 'virtual environment. A program then read every sample and registered over the transport. The SBOM in each wheel\n'
    tell 'lists every crate of its library.\n\n'
    tell '| File | Bytes | Run by |\n|---|--:|---|\n'
    start_sandbox
    for machine in x86_64 aarch64; do
        wheel=$(echo "$work"/wheels/*_"$machine".whl)
        listed_parts "$wheel" "$machine"
        installed "$machine" "$wheel"
        gives 0 "${python[@]}" tests/proofs/wheel.py "$url" "$WEBHOOK" samples
        says "registered on $machine"
        version=$("${python[@]}" --version)
        [ "$machine" = "$(uname -m)" ] || version+=", $(qemu-aarch64-static --version | sed -n '1s/ (.*//p')"
        tell '| `%s` | %d | %s |\n' "${wheel##*/}" "$(stat -c %s "$wheel")" "$version"
    done
    sdist=$(echo "$work"/wheels/*.tar.gz)
    sdist_is_tested "$sdist" "$(echo "$work"/wheels/*_"$(uname -m)".whl)"
    tell '| `%s` | %d | %s: its %d tests, with the wheel |\n' "${sdist##*/}" "$(stat -c %s "$sdist")" \
        "$(python3 --version)" "$(passed "$work/sdist.log")"
}
