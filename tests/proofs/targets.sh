# Other targets than the one at hand: run where qemu or wine runs them, else built, else checked.
title='Other targets'
purpose='This page is for users of other platforms: it lists the targets on which the library was tested, built or checked.'

source tests/checks/rust_from_source.sh

# Where everything is run: Rust's name, Debian's, qemu's.
RUN=(
    'aarch64-unknown-linux-gnu aarch64-linux-gnu aarch64'
    'armv7-unknown-linux-gnueabihf arm-linux-gnueabihf arm'
    's390x-unknown-linux-gnu s390x-linux-gnu s390x'
)

# These start programs: qemu does not start those of the target.
STARTS_PROGRAMS=(capi examples header serving)
STARTS_PROGRAMS_TOO=(
    a_program_without_std_registers_and_receives_with_the_core
    the_core_alone_pulls_in_few_crates_and_none_that_does_io
    # Those of the transport that start their own program again.
    $(awk '/^fn / { sub(/\(.*/, "", $2); name = $2 } /^ .*run_again/ && name != "run_again" { print name }' tests/transport/*.rs | sort -u)
)

# Ten thousand registrations take minutes there, and what they leave behind is the same everywhere.
TOO_LONG=(transport_soak)

WINDOWS=x86_64-pc-windows-gnu

# They use the sockets of POSIX.
NOT_FOR_WINDOWS=(settings transport)

# There is no operating system, hence no std: 32 bits without 64-bit atomics, and 64 bits.
WITHOUT_STD=(thumbv7em-none-eabi riscv32imac-unknown-none-elf x86_64-unknown-none)

# Nobody debugs what is built here.
export CARGO_PROFILE_DEV_DEBUG=0

tools() {
    unpack_rust
    install_packages qemu-user g++-aarch64-linux-gnu g++-arm-linux-gnueabihf g++-s390x-linux-gnu \
        g++-mingw-w64-x86-64-posix wine64
}

# on TRIPLE STD COMMAND OPTION...
on() {
    cargo_from_source "$2" "$3" "$1" --target-dir "$target/targets" "${@:4}"
}

# variable TRIPLE NAME VALUE: one of cargo's for a target.
variable() {
    export "CARGO_TARGET_$(tr a-z- A-Z_ <<< "$1")_$2=$3"
}

# The C library for a target; the flags to link it statically are then in $archive.
c_library() {
    local out=$target/targets/$1
    on "$1" std rustc --package atlas-webhook-c --lib -- --print=native-static-libs="$out/native"
    archive=(-I include "$out/debug/libatlas_webhook.a" $(cat "$out/native"))
}

# run_on TRIPLE PREFIX QEMU: the tests in Rust, C and C++.
run_on() {
    local triple=$1 runner=(qemu-"$3" -L /usr/"$2")
    variable "$triple" LINKER "$2-gcc"
    variable "$triple" RUNNER "${runner[*]}"
    on "$triple" std test --package atlas-webhook $(rust_tests "${STARTS_PROGRAMS[@]}" "${TOO_LONG[@]}") \
        -- "${STARTS_PROGRAMS_TOO[@]/#/--skip=}" "${TIMED[@]/#/--skip=}" 2>&1 | tee "$work/$triple.log"
    c_library "$triple"
    compile_tests "$work/$triple" "$2-gcc" "$2-g++" "${archive[@]}"
    run_all "$work/$triple" "${runner[@]}"
}

# The DLL, loaded by the tests in C and C++, and by the example that registers over its transport.
run_on_windows() {
    local out=$target/targets/$WINDOWS/debug folder=$work/$WINDOWS gcc=x86_64-w64-mingw32-gcc
    local name source wine=(env WINEPREFIX="$work/wine" WINEDEBUG=-all /usr/lib/wine/wine64)
    variable "$WINDOWS" LINKER "$gcc"
    c_library "$WINDOWS"
    mkdir "$folder"
    cp "$out/atlas_webhook.dll" "$folder"
    bcryptprimitives "$folder"
    windows_programs=0
    for source in tests/c/*.c examples/c/bundled.c tests/cpp/*.cpp; do
        name=$(basename "${source%.c*}")
        [[ " ${NOT_FOR_WINDOWS[*]} " != *" $name "* ]] || continue
        case $source in
        *.c) $gcc -std=c99 $WARNINGS -pthread -static -I include "$source" \
            "$out/libatlas_webhook.dll.a" -o "$folder/$name.exe" ;;
        *.cpp) "${gcc%gcc}g++" -std=c++17 $WARNINGS -static -I include "$source" \
            "$out/libatlas_webhook.dll.a" -o "$folder/$name.exe" ;;
        esac
        [ "$name" = bundled ] || "${wine[@]}" "$folder/$name.exe" || fail "$name fails on Windows"
        windows_programs=$((windows_programs + 1))
    done
    start_sandbox
    "${wine[@]}" "$folder/bundled.exe" "$url" https://example.com/atlas/t0ken || fail 'the DLL does not register'
}

# What Rust's std takes random bytes from, and Debian's wine does not have yet.
bcryptprimitives() {
    cat > "$work/bcryptprimitives.c" << 'END'
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T len);

BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T len)
{
    return RtlGenRandom(bytes, (ULONG)len);
}
END
    x86_64-w64-mingw32-gcc -shared "$work/bcryptprimitives.c" -o "$1/bcryptprimitives.dll" -ladvapi32
}

# checked TRIPLE FEATURES: as far as the compiler goes without the target's linker. The C of a dependency
# is not compiled either, which a check does not ask for.
checked() {
    local CC=true AR=true
    export "CC_${1//-/_}=true" "AR_${1//-/_}=true"
    on "$1" std check --package atlas-webhook --no-default-features --features "$2"
}

# What the machine calls "32 bits, little-endian", of a program for it.
kind() {
    local class data
    class=$(readelf -h "$1" | sed -n 's/^ *Class: *ELF//p')
    data=$(readelf -h "$1" | sed -nE 's/^ *Data: .* (big|little) endian/\1/p')
    echo "$class bits, $data-endian"
}

prove() {
    local entry triple rows='' programs=(tests/c/*.c tests/cpp/*.cpp)
    for entry in "${RUN[@]}"; do
        run_on $entry
        triple=${entry%% *}
        rows+="| \`$triple\` | $(kind "$work/$triple/library") | run by qemu: $(passed "$work/$triple.log") tests in Rust"
        rows+=", with the transport and TLS; ${#programs[@]} programs in C and C++ with the static library |"$'\n'
    done
    run_on_windows
    for triple in "${WITHOUT_STD[@]}"; do
        on "$triple" core,alloc build --package atlas-webhook --no-default-features
        on "$triple" core,alloc build --package atlas-webhook --no-default-features --features gzip
        rows+="| \`$triple\` | no operating system | built: the core, with and without \`gzip\`, over \`core\` and \`alloc\` |"$'\n'
    done
    checked aarch64-apple-darwin gzip,transport,capi
    checked x86_64-pc-windows-msvc gzip,capi

    cat >&3 << END
| Target | | What |
|---|---|---|
$(grep run <<< "$rows")
| \`$WINDOWS\` | Windows, by MinGW | run by wine: $windows_programs programs in C and C++ with the DLL, one of which registers by its transport |
$(grep built <<< "$rows")
| \`aarch64-apple-darwin\` | macOS | checked: the core, the transport and the C ABI |
| \`x86_64-pc-windows-msvc\` | Windows | checked: the core and the C ABI, without the transport |

*Run* means that the tests passed. *Built* means that the crate was compiled to machine code, but neither linked into a
program nor run. *Checked* means that \`cargo check\` found no error. It makes no machine code and compiles no C code of a
dependency, so the C code of \`ring\` was not checked for macOS.

Compiler and standard library were $("$rust_web/rustc" --version | cut -d" " -f1,2), the latter built from source for each target;
$(qemu-aarch64 --version | sed -n 's/^\(qemu-[a-z0-9]* version [0-9.]*\).*/\1/p'); $(/usr/lib/wine/wine64 --version 2> /dev/null).

With qemu these tests in Rust are left out: those that start programs
($(listed "${STARTS_PROGRAMS[@]/#/tests/}" "${STARTS_PROGRAMS_TOO[@]}")), which qemu does not start; those for which a call is too slow under qemu ($(listed "${TIMED[@]}")); and those that need too long ($(listed "${TOO_LONG[@]/#/tests/}")). With wine the tests in Rust are left out, and \`settings\` and \`transport\` of those in C and
C++, which use POSIX sockets. This wine lacks \`bcryptprimitives.dll\`, from which Rust reads random bytes. A DLL that calls
\`RtlGenRandom\` replaced it.
END
}
