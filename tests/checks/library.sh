# The steps for the library as make builds and installs it.

# The largest shared library, stripped, in bytes.
MOST_WITHOUT_TRANSPORT=400000
MOST_WITH_TRANSPORT=1782579

# Where the library with the transport is installed, for the steps that follow.
prefix=$work/prefix

# build_and_install TRANSPORT PREFIX LARGEST: what make installs is complete, small, and says nothing
# of where it was built; what make uninstall leaves is nothing.
build_and_install() {
    local transport=$1 prefix=$2 largest=$3 size file expected
    local stage=$work/stage-$1 library=$2/lib/libatlas_webhook.so
    make TRANSPORT="$transport"
    make --silent install TRANSPORT="$transport" PREFIX="$prefix"
    make --silent install-strip TRANSPORT="$transport" PREFIX=/usr DESTDIR="$stage"

    size=$(stat -c %s -L "$stage/usr/lib/libatlas_webhook.so")
    printf 'stripped: %d bytes of at most %d\n' "$size" "$largest"
    [ "$size" -le "$largest" ] || fail 'the library has become too large'

    diff <(nm -D --defined-only "$library" | awk '{ print $NF }' | sort) <(sort tests/c/symbols.txt) \
        || fail 'the library exports other symbols than the header names'
    for file in "$library" "$prefix/lib/libatlas_webhook.a"; do
        ! strings -a "$file" | grep -F -e "$PWD" -e "$target" -e "$HOME/" -e "${CARGO_HOME:-$HOME/.cargo}" \
            || fail "$file names the building machine"
    done

    expected='LICENSE-APACHE LICENSE-MIT core.txt rust.txt '
    [ "$transport" = 0 ] || expected+='transport.txt '
    [ "$(LC_ALL=C ls "$stage/usr/share/licenses/atlas_webhook" | tr '\n' ' ')" = "$expected" ] \
        || fail "the licences installed are other than $expected"

    make --silent uninstall PREFIX=/usr DESTDIR="$stage"
    file=$(find "$stage" ! -type d -o -path '*atlas_webhook*')
    [ -z "$file" ] || fail "make uninstall leaves $file"
}

# It also does its work, over a socket of the program's own; and says that there is no transport.
library_without_transport() {
    local prefix=$work/prefix-0
    build_and_install 0 "$prefix" "$MOST_WITHOUT_TRANSPORT"
    link_shared "$prefix"
    $CC -std=c99 $WARNINGS examples/c/own_socket.c -o "$work/own-socket-0" "${shared[@]}"
    $CC -std=c99 $WARNINGS examples/c/bundled.c -o "$work/bundled-0" "${shared[@]}"
    start_sandbox
    registers "$work/own-socket-0"
    gives 1 "$work/bundled-0" "$url" "$WEBHOOK"
    says 'status -3'
}

library() {
    build_and_install 1 "$prefix" "$MOST_WITH_TRANSPORT"
}

# The flags to link the shared library of a prefix, and find it at run time: in $shared.
link_shared() {
    shared=(-I "$1/include" -L "$1/lib" -latlas_webhook -Wl,-rpath,"$1/lib")
}

# What the README tells to do, in an empty folder: with the shared library, and with the static one,
# which a program then no longer needs.
programs_by_pkg_config() {
    local folder=$work/pkg-config
    mkdir "$folder"
    readme c > "$folder/register.c"
    start_sandbox
    (
        cd "$folder"
        export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
        $CC -std=c99 $WARNINGS register.c $(pkg-config --cflags --libs atlas_webhook) -o shared
        LD_LIBRARY_PATH=$prefix/lib registers ./shared

        $CC -std=c99 $WARNINGS register.c $(pkg-config --cflags atlas_webhook) \
            $(pkg-config --variable=archive atlas_webhook) \
            $(pkg-config --static --libs-only-l atlas_webhook | sed 's/-latlas_webhook//') -o static
        registers ./static
        needs_no_library ./static
    )
}

# What the README tells to do with CMake, in an empty folder.
program_by_cmake() {
    local folder=$work/cmake
    mkdir "$folder"
    readme cpp > "$folder/register.cpp"
    readme cmake > "$folder/CMakeLists.txt"
    cat >> "$folder/CMakeLists.txt" << 'END'
add_executable(static register.cpp)
target_compile_features(static PRIVATE cxx_std_17)
target_link_libraries(static PRIVATE atlas_webhook::atlas_webhook_static)
END
    start_sandbox
    (
        cd "$folder"
        cmake -S . -B build -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$CXX" \
            -DCMAKE_CXX_FLAGS="$WARNINGS" > log || { cat log; exit 1; }
        cmake --build build > log || { cat log; exit 1; }
        registers build/register
        registers build/static
        needs_no_library build/static
    )
}

needs_no_library() {
    ! readelf -d "$1" | grep libatlas_webhook || fail "$1 is not linked statically"
}

examples() {
    link_shared "$prefix"
    compile_examples "$work/examples" "$CC" "$CXX" "${shared[@]}"
    try_examples "$work/examples"
    try_tls "$work/examples/own_tls.c"
}

# try_tls PROGRAM: through OpenSSL against sound and broken TLS servers, but for one that keeps silent.
try_tls() {
    local faults hold list name kind url ca tried=0
    faults=$(example faults)
    # It serves until its standard input ends.
    mkfifo "$work/hold"
    exec {hold}<> "$work/hold"
    exec {list}< <(exec "$faults" "$work" <&"$hold" 2> /dev/null)
    servers+=($!)
    while read -r -t 5 name kind url ca <&"$list"; do
        case $name,$kind in
        tls-*,OK)
            SSL_CERT_FILE=$ca registers "$1"
            ;;
        tls-*,TLS | tls-*,CLOSED_EARLY)
            SSL_CERT_FILE=$ca gives 1 "$1" "$url" "$WEBHOOK"
            says 'not registered: '
            ;;
        *) continue ;;
        esac
        tried=$((tried + 1))
    done
    [ "$tried" -ge 10 ] || fail "only $tried TLS servers were there"
}

# meet_faults PROGRAM: every fault that the tests in Rust meet, each with the kind of error that it
# must give.
meet_faults() {
    local program=$1 list never name kind address ca count=0
    [ -x "$target/debug/examples/faults" ] || $CARGO build --locked --quiet --example faults
    mkdir -p "$work/faults"
    # It serves until its input ends: never, as long as this end is open.
    [ -p "$work/never" ] || mkfifo "$work/never"
    exec {never}<> "$work/never" {list}< <(exec "$target/debug/examples/faults" "$work/faults" < "$work/never")
    servers+=($!)
    while read -r name kind address ca <&"$list" && [ -n "$name" ]; do
        "$program" "$kind" "$address" "$ca" || fail "the fault $name: $program $kind $address $ca"
        count=$((count + 1))
    done
    [ "$count" -gt 100 ] || fail "only $count faults were met"
    printf '%d faults\n' "$count"
}

faults() {
    link_shared "$prefix"
    $CC -std=c99 $WARNINGS tests/c/network/fault.c -o "$work/fault" "${shared[@]}"
    meet_faults "$work/fault"
}

# The same sources in another folder, with another target folder.
same_bytes() {
    local elsewhere=$work/elsewhere file
    mkdir "$elsewhere"
    tar -c --exclude=./target --exclude=./.git --exclude=./fuzz/target . | tar -x -C "$elsewhere"
    make --silent -C "$elsewhere" CARGO_TARGET_DIR="$work/other-target"
    for file in libatlas_webhook.so libatlas_webhook.a; do
        cmp "$work/other-target/release/$file" "$prefix/lib/$file" || fail "$file differs"
    done
}
