# Functions that the steps share.

CC=${CC:-cc}
CXX=${CXX:-c++}
CARGO=${CARGO:-cargo}
# A backtrace needs only lines; more debug information costs time.
export CARGO_PROFILE_DEV_DEBUG=line-tables-only
# The variables of the calling make are not for the makes of the steps.
unset MAKEFLAGS MAKELEVEL TRANSPORT PREFIX LIBDIR INCLUDEDIR DESTDIR CARGO_BUILD_TARGET

WARNINGS='-Wall -Wextra -Wpedantic -Werror'
WEBHOOK='https://example.com/atlas?token=t0ken-7733aa'
export ATLAS_CLIENT_ID=client-5f2e ATLAS_CLIENT_SECRET=secret-b81d9c
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
work=$(mktemp -d)
servers=()

# The time limit of one program, in seconds. A hang is a failure that names its command.
TIME_LIMIT=300

clean_up() {
    local -a processes=("${servers[@]}" $(jobs -p))
    # A server that has ended is not an error.
    [ ${#processes[@]} -eq 0 ] || kill "${processes[@]}" 2> /dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT

fail() {
    printf '%s: %s\n' "$0" "$*" >&2
    exit 1
}

# Whether the machine has the contents of a Debian package.
have() {
    case $1 in
    clang) command -v clang && command -v clang++ ;;
    libcurl4-openssl-dev) have pkg-config && pkg-config --exists libcurl ;;
    man-db) command -v man ;;
    libssl-dev) have pkg-config && pkg-config --exists openssl ;;
    ninja-build) command -v ninja ;;
    python3-venv) python3 -c 'import ensurepip, venv' ;;
    *) command -v "$1" ;;
    esac &> /dev/null
}

# The path of an example in Rust, built if necessary.
example() {
    local program=$target/debug/examples/$1
    [ -x "$program" ] || $CARGO build --locked --quiet --all-features --example "$1"
    echo "$program"
}

# The path of the command atlas-webhook, built where it is not yet.
command_program() {
    local program=$target/debug/atlas-webhook
    [ -x "$program" ] || $CARGO build --locked --quiet --all-features --bin atlas-webhook
    echo "$program"
}

# Starts the sandbox with these options; its address is then in $url.
start_sandbox() {
    local command out
    command=$(command_program)
    exec {out}< <(exec "$command" sandbox "$@" 2> /dev/null)
    servers+=($!)
    read -r url <&"$out" || fail "the sandbox did not start"
}

# limited COMMAND...: runs it within the time limit.
limited() {
    local code=0
    timeout --kill-after=5 "$TIME_LIMIT" "$@" || code=$?
    case $code in
    124 | 137) printf '%s: not done after %d s: %s\n' "$0" "$TIME_LIMIT" "$*" >&2 ;;
    esac
    return $code
}

# none GREP-ARGUMENT...: fails if a line matches, or if grep fails.
none() {
    local code=0
    grep "$@" || code=$?
    [ $code = 1 ]
}

# gives EXPECTED-EXIT-CODE COMMAND...: runs the command. Its output, which must contain no secret,
# is then in $printed.
gives() {
    local expected=$1 code=0 secret
    shift
    printed=$(limited "$@" 2>&1) || code=$?
    [ "$code" = "$expected" ] || fail "exit code $code in place of $expected: $*"$'\n'"$printed"
    for secret in t0ken-7733aa "$ATLAS_CLIENT_SECRET"; do
        [[ $printed != *"$secret"* ]] || fail "a secret is shown by: $*"$'\n'"$printed"
    done
}

# Fails unless the last command printed this.
says() {
    [[ $printed == *"$1"* ]] || fail "no '$1' in: $printed"
}

# registers COMMAND...: the program registers with an endpoint, a URL and a cid.
registers() {
    gives 0 "$@" "$url" "$WEBHOOK" XXXXXXXX
    says registered
}

# block PAGE LANGUAGE [N]: the first fenced block of a page in this language, or the n-th. A program that registers at
# the API's sandbox registers at $url instead.
block() {
    awk -v fence="\`\`\`$2" -v wanted="${3:-1}" '
        $0 == fence { inside = ++count == wanted; next }
        /^```$/ { inside = 0 }
        inside' "$1" | sed "s|https://sandbox\.atlaslovestravel\.com|$url|"
}

# compile_tests FOLDER C-COMPILER C++-COMPILER FLAG...: the tests in C and C++. Some have the same name in both.
compile_tests() {
    local out=$1 cc=$2 cxx=$3 source
    shift 3
    mkdir -p "$out"
    for source in tests/c/*.c; do
        $cc -std=c99 $WARNINGS -pthread "$source" -o "$out/$(basename "$source" .c)" "$@"
    done
    for source in tests/cpp/*.cpp; do
        $cxx -std=c++17 $WARNINGS -pthread "$source" -o "$out/cpp-$(basename "$source" .cpp)" "$@"
    done
}

# compile_examples FOLDER C-COMPILER C++-COMPILER FLAG...: the examples in C and C++, each into a
# program named by its file.
compile_examples() {
    local out=$1 cc=$2 cxx=$3 source libraries
    shift 3
    libraries=$(pkg-config --cflags --libs libcurl openssl)
    mkdir -p "$out"
    for source in examples/c/*.c; do
        $cc -std=c99 $WARNINGS "$source" -o "$out/$(basename "$source")" "$@" $libraries
    done
    for source in examples/cpp/*.cpp; do
        $cxx -std=c++17 $WARNINGS "$source" -o "$out/$(basename "$source")" "$@" $libraries
    done
}

# run_all FOLDER [WRAPPER...]: runs every program of a folder; each must succeed.
run_all() {
    local folder=$1 program
    shift
    for program in "$folder"/*; do limited "$@" "$program"; done
}

# try_examples FOLDER [WRAPPER...]: runs the examples with every kind of server.
try_examples() {
    local folder=$1 program accepting refusing
    shift
    start_sandbox
    accepting=$url
    start_sandbox --status 901 --msg "illegal: $WEBHOOK"
    refusing=$url
    # The output of the examples when a server repeats their secrets. It does not depend on a
    # wrapper.
    [ $# -gt 0 ] || python3 tests/checks/echoes.py "$folder"/*
    for program in "$folder"/*; do
        gives 0 "$@" "$program" "$accepting" "$WEBHOOK" XXXXXXXX
        says 'registered: HTTP status 200'
        gives 1 "$@" "$program" "$refusing" "$WEBHOOK"
        says 'not registered: '
        says 'HTTP status 200'
        says 'API status 901'
        gives 1 "$@" "$program" "$accepting" 'no URL'
        says 'not registered: '
        gives 1 "$@" "$program" http://127.0.0.1:1 "$WEBHOOK"
        says 'not registered: '
        gives 2 "$@" "$program"
        says usage
    done
}

# rust_tests [FILE...]: cargo's options for the tests in Rust, all but those of these files.
rust_tests() {
    local file name
    printf -- '--lib'
    for file in tests/*.rs tests/*/main.rs; do
        name=$(basename "${file%/main.rs}" .rs)
        [[ " $* " == *" $name "* ]] || printf -- ' --test %s' "$name"
    done
}

# passed LOG...: how many tests cargo and pytest counted there.
passed() {
    cat "$@" | grep -oE '\b[0-9]+ passed' | awk '{ sum += $1 } END { print sum + 0 }'
}

# listed NAME...: for Markdown.
listed() {
    printf '`%s`' "$1"
    shift
    [ $# -eq 0 ] || printf ', `%s`' "$@"
}
