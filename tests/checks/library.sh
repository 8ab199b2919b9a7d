# The steps for the library as make builds and installs it.

# The largest shared library, stripped, in bytes.
MOST_WITHOUT_TRANSPORT=490000
MOST_WITH_TRANSPORT=1580000

# What the steps share: what make built, with the transport and without; where the former is installed; and
# the examples in C and C++ that are linked to it.
built=$work/built
built_without_transport=$work/built-without-transport
prefix=$work/prefix
example_programs=$work/example-programs

build_libraries() {
    make TRANSPORT=0 BUILD="$built_without_transport"
    make BUILD="$built"
}

# The names of the functions that the library exports, as the list for packages has them.
listed_symbols() {
    sed -n 's/^ \(.*\)@Base .*/\1/p' bindings/c/libatlas_webhook1.symbols | sort
}

# install_and_check BUILD PREFIX LARGEST: what make installs is complete, small, and names no path of the
# machine that built it; make uninstall leaves nothing.
install_and_check() {
    local built=$1 prefix=$2 largest=$3 size file expected
    local stage=$work/stage library=$2/lib/libatlas_webhook.so
    make --silent install BUILD="$built" PREFIX="$prefix"
    make --silent install-strip BUILD="$built" PREFIX=/usr DESTDIR="$stage"

    size=$(stat -c %s -L "$stage/usr/lib/libatlas_webhook.so")
    printf 'stripped: %d bytes of at most %d\n' "$size" "$largest"
    [ "$size" -le "$largest" ] || fail 'the library has become too large'

    nm -D --defined-only "$library" | awk '{ print $NF }' | sort > "$work/symbols"
    listed_symbols | diff "$work/symbols" - \
        || fail 'the library exports other symbols than the header names'
    for file in "$library" "$prefix/lib/libatlas_webhook.a"; do
        strings -a "$file" > "$work/strings"
        none -F -e "$PWD" -e "$target" -e "$HOME/" -e "${CARGO_HOME:-$HOME/.cargo}" "$work/strings" \
            || fail "$file names the building machine"
    done

    expected='LICENSE-APACHE LICENSE-MIT command.txt core.txt rust.txt transport.txt '
    [ "$built" != "$built_without_transport" ] || expected='LICENSE-APACHE LICENSE-MIT core.txt rust.txt '
    [ "$(LC_ALL=C ls "$stage/usr/share/licenses/atlas_webhook" | tr '\n' ' ')" = "$expected" ] \
        || fail "the licences installed are other than $expected"

    make --silent uninstall PREFIX=/usr DESTDIR="$stage"
    file=$(find "$stage" ! -type d -o -path '*atlas_webhook*')
    [ -z "$file" ] || fail "make uninstall leaves $file"
}

# It also does its work, over a socket of the program's own; and says that there is no transport.
library_without_transport() {
    local prefix=$work/prefix-0
    install_and_check "$built_without_transport" "$prefix" "$MOST_WITHOUT_TRANSPORT"
    link_shared "$prefix"
    $CC -std=c99 $WARNINGS examples/c/own_socket.c -o "$work/own-socket-0" "${shared[@]}"
    $CC -std=c99 $WARNINGS examples/c/bundled.c -o "$work/bundled-0" "${shared[@]}"
    start_sandbox
    registers "$work/own-socket-0"
    gives 1 "$work/bundled-0" "$url" "$WEBHOOK"
    says 'status -3'
}

library() {
    install_and_check "$built" "$prefix" "$MOST_WITH_TRANSPORT"
    gives 0 "$prefix/bin/atlas-webhook" demo
    says duplicate
}

# The manual page that make installs describes every function and every type, and man reads it without a warning.
manual_page() {
    local page=$prefix/share/man/man3/atlas_webhook.3 warnings
    sed -n 's/^\.SS //p' "$page" | sort > "$work/described"
    sed -n 's/^typedef .* \(.*\);/\1/p' include/atlas_webhook.h | sort - <(listed_symbols) > "$work/declared"
    diff "$work/declared" "$work/described" || fail 'the manual page describes other names than the header'
    sed -n 's/^#define \(ATLAS_WEBHOOK_ERR_[A-Z_]*\) .*/\1/p' include/atlas_webhook.h | sort > "$work/errors"
    sed -n 's/^\\fB\(ATLAS_WEBHOOK_ERR_[A-Z_]*\)\\fP (.*/\1/p' "$page" | sort | diff "$work/errors" - \
        || fail 'the manual page describes other errors than the header'
    warnings=$(man --warnings --local-file --encoding=UTF-8 --ditroff "$page" 2>&1 > "$work/formatted")
    [ -z "$warnings" ] || fail "man warns: $warnings"
    [ -s "$work/formatted" ] || fail 'man prints nothing'
    gives 0 man --no-justification --manpath="$prefix/share/man" 3 atlas_webhook
    says 'atlas_webhook - register a webhook URL with Atlas'

    warnings=$(man --warnings --local-file --encoding=UTF-8 --ditroff cli/atlas-webhook.1 2>&1 > "$work/formatted")
    [ -z "$warnings" ] || fail "man warns: $warnings"
    gives 0 man --no-justification --manpath="$prefix/share/man" 1 atlas-webhook
    says 'atlas-webhook - register webhook URLs'
}

# The flags to link the shared library of a prefix, and find it at run time: in $shared.
link_shared() {
    shared=(-I "$1/include" -L "$1/lib" -latlas_webhook -Wl,-rpath,"$1/lib")
}

examples() {
    link_shared "$prefix"
    compile_examples "$example_programs" "$CC" "$CXX" "${shared[@]}"
    try_examples "$example_programs"
    sed 's/^#define TIMEOUT_MS 15000/#define TIMEOUT_MS 200/' examples/c/own_tls.c > "$work/impatient.c"
    $CC -std=c99 $WARNINGS "$work/impatient.c" -o "$work/impatient" "${shared[@]}" \
        $(pkg-config --cflags --libs openssl)
    try_tls "$example_programs/own_tls.c" "$work/impatient"
}

# The examples in C and C++ that serve deliveries, with real clients.
serving() {
    local folder=$work/serving
    link_shared "$prefix"
    mkdir -p "$folder"
    $CC -std=c99 $WARNINGS examples/c/serving/epoll.c -o "$folder/epoll" "${shared[@]}"
    $CC -std=c99 $WARNINGS -pthread examples/c/serving/openssl.c -o "$folder/openssl" "${shared[@]}" \
        $(pkg-config --cflags --libs openssl)
    $CXX -std=c++17 $WARNINGS -pthread examples/cpp/serving/threads.cpp -o "$folder/threads" "${shared[@]}"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2> /dev/null
    limited tests/serving.py --curl --few-descriptors "$folder/epoll"
    limited tests/serving.py --curl "$folder/threads"
    limited tests/serving.py --curl --tls "$folder/certificate.pem" \
        "$folder/openssl" "$folder/certificate.pem" "$folder/key.pem"
}

# try_tls PROGRAM IMPATIENT: through OpenSSL against sound and broken TLS servers; the same program with a short
# timeout against one that keeps silent.
try_tls() {
    local faults hold list name kind url ca shortage tried=0
    faults=$(example faults)
    # It serves until its standard input ends.
    mkfifo "$work/hold"
    exec {hold}<> "$work/hold"
    exec {list}< <(exec "$faults" "$work" <&"$hold" 2> /dev/null)
    servers+=($!)
    while read -r -t 5 name kind url ca shortage <&"$list"; do
        case $name,$kind in
        # OpenSSL trusts every certificate in its store, that of a CA as a server's too.
        tls-*,OK | tls-own-ca,TLS)
            SSL_CERT_FILE=$ca registers "$1"
            ;;
        tls-*,TLS | tls-*,CLOSED_EARLY)
            SSL_CERT_FILE=$ca gives 1 "$1" "$url" "$WEBHOOK"
            says 'not registered: '
            ;;
        tls-*,TIMEOUT)
            gives 1 "$2" "$url" "$WEBHOOK"
            says 'not registered: '
            ;;
        *) continue ;;
        esac
        tried=$((tried + 1))
    done
    [ "$tried" -ge 10 ] || fail "only $tried TLS servers were there"
}

# meet_faults COMMAND...: every fault that the tests in Rust meet, each with the kind of error that the
# command, given the fault, must get.
meet_faults() {
    local faults list never name kind address ca shortage count=0
    faults=$(example faults)
    mkdir -p "$work/faults"
    # It serves until its input ends: never, as long as this end is open.
    [ -p "$work/never" ] || mkfifo "$work/never"
    exec {never}<> "$work/never" {list}< <(exec "$faults" "$work/faults" < "$work/never")
    servers+=($!)
    while read -r name kind address ca shortage <&"$list" && [ -n "$name" ]; do
        limited "$@" "$kind" "$address" "$ca" "$shortage" \
            || fail "the fault $name: $* $kind $address $ca $shortage"
        count=$((count + 1))
    done
    [ "$count" -gt 100 ] || fail "only $count faults were met"
    printf '%d faults\n' "$count"
}

faults() {
    link_shared "$prefix"
    $CC -std=c99 $WARNINGS tests/c/network/fault.c -o "$work/fault" "${shared[@]}"
    # With less stack than the header names.
    meet_faults bash -c 'ulimit -s 48; exec "$0" "$@"' "$work/fault"
}

# The other functions have the stack that the header names.
small_stack() {
    local program
    link_shared "$prefix"
    for program in endpoint exchange library reply request; do
        $CC -std=c99 $WARNINGS "tests/c/$program.c" -o "$work/$program" "${shared[@]}"
        limited bash -c 'ulimit -s 64; exec "$0"' "$work/$program"
    done
}

# The same sources in another folder, with another target folder, both with a space in their path.
same_bytes() {
    local elsewhere="$work/else where" file
    mkdir "$elsewhere"
    tar -c --exclude=./target --exclude=./build --exclude=./.git --exclude=./fuzz/target . \
        | tar -x -C "$elsewhere"
    CARGO_TARGET_DIR="$work/other target" make --silent -C "$elsewhere" COMMAND=0
    for file in libatlas_webhook.so libatlas_webhook.a; do
        cmp "$elsewhere/build/$file" "$built/$file" || fail "$file differs"
    done
}

# mutated BUILD: the program that mutates input, with the static library of a build.
mutated() {
    $CC -std=c99 -O2 $WARNINGS -I include tests/c/mutated/*.c -o "$work/mutated" \
        "$1/libatlas_webhook.a" $(cat "$1/native")
}

# A short run. tests/proofs/mutated.sh has a long one.
mutated_input() {
    mutated "$built"
    limited "$work/mutated" 1 3
}
