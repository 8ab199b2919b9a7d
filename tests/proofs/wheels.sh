# Checks the wheels of a release for Linux.
title='Wheels'
purpose='This page is for users of Python on Linux: it lists the processors and versions with which the wheels were tested.'

# Debian's Python for 64-bit ARM, unpacked; it is not installed.
ARM_PYTHON=(libc6 libexpat1 libffi8 libpython3.11-minimal libpython3.11-stdlib python3.11-minimal zlib1g)

arm=$target/arm64

tools() {
    install_packages python3-venv qemu-user-static
    rustup target add aarch64-unknown-linux-gnu
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

# python_on MACHINE ARGUMENT...
python_on() {
    local machine=$1
    shift
    case $machine in
    aarch64) limited qemu-aarch64-static -L "$arm/sysroot" "$arm/sysroot/usr/bin/python3.11" "$@" ;;
    *) limited python3 "$@" ;;
    esac
}

prove() {
    local machine wheel version
    [ -x "$arm/sysroot/usr/bin/python3.11" ] || fail "$arm is missing: tests/proof --tools $name"
    MACHINES='x86_64 aarch64' VENV=$target/wheel-venv bindings/python/manylinux.sh "$work/wheels"
    tell '`auditwheel show` finds nothing newer than glibc 2.17 in the wheels, and `twine check --strict` accepts them and\n'
    tell 'the sdist. Each was imported by a Python of its machine, which read every sample and registered over the transport.\n\n'
    tell '| File | Bytes | Run by |\n|---|--:|---|\n'
    start_sandbox
    for machine in x86_64 aarch64; do
        wheel=$(echo "$work"/wheels/*_"$machine".whl)
        mkdir "$work/$machine"
        python3 -m zipfile -e "$wheel" "$work/$machine"
        PYTHONPATH=$work/$machine gives 0 python_on "$machine" tests/proofs/wheel.py "$url" "$WEBHOOK" samples
        says "registered on $machine"
        version=$(python_on "$machine" --version)
        [ "$machine" = "$(uname -m)" ] || version+=", $(qemu-aarch64-static --version | sed -n '1s/ (.*//p')"
        tell '| `%s` | %d | %s |\n' "${wheel##*/}" "$(stat -c %s "$wheel")" "$version"
    done
    wheel=$(echo "$work"/wheels/*.tar.gz)
    tell '| `%s` | %d | |\n' "${wheel##*/}" "$(stat -c %s "$wheel")"
}
