# The steps for the programs of users. They are built from an installation that was made under umask 077 into
# a folder with a space, and then moved.

moved="$work/moved here"

moved_installation() {
    local first="$work/installed first" file path
    (
        umask 077
        make --silent install BUILD="$built" prefix="$first"
    )
    file=$(find "$first" ! -type l ! -perm -004 -o -type d ! -perm -001)
    [ -z "$file" ] || fail "others cannot read $file"
    diff <(ls "$first/include") <(printf '%s\n' atlas_webhook.h atlas_webhook.hpp) \
        || fail 'the headers installed are others than the two'
    for path in $(grep -ohE 'docs/[a-z-]+\.md' include/*); do
        [ -e "$first/share/doc/atlas_webhook/$path" ] || fail "the headers name $path, which is not installed"
    done
    tests/checks/links.py "$first"/share/doc/atlas_webhook/*.md "$first"/share/doc/atlas_webhook/docs/*.md
    grep -rlF "$first" "$first" > "$work/absolute" || true
    [ ! -s "$work/absolute" ] || fail "the path of the installation is in $(< "$work/absolute")"
    mv "$first" "$moved"
}

# flags PACKAGE: what pkg-config prints for it, quoted for the shell.
flags() {
    PKG_CONFIG_PATH=$moved/lib/pkgconfig pkg-config --cflags --libs "$1"
}

# A program needs the shared library, or does not.
needs_library() {
    readelf -d "$1" > "$1.dynamic"
    grep -q libatlas_webhook "$1.dynamic" || fail "$1 is not linked to the shared library"
}

needs_no_library() {
    readelf -d "$1" > "$1.dynamic"
    none libatlas_webhook "$1.dynamic" || fail "$1 is not linked statically"
}

# is_static PROGRAM: it needs no shared library at all.
is_static() {
    readelf -d "$1" > "$1.dynamic"
    none NEEDED "$1.dynamic" || fail "$1 needs shared libraries"
}

# exports_only NAME FILE: a shared object exports this function, and none of the library's.
exports_only() {
    nm -D --defined-only "$2" | awk '{ print $NF }' > "$2.symbols"
    [ "$(< "$2.symbols")" = "$1" ] || fail "$2 exports $(tr '\n' ' ' < "$2.symbols")"
}

# The program of README.md, in an empty folder: with the shared library, with the static one, with -static, and in a
# plugin.
programs_by_pkg_config() {
    local name version
    start_sandbox
    block README.md c > "$work/register.c"
    cp tests/c/programs/plugin.c "$work"
    for name in atlas_webhook atlas_webhook-static; do
        version=$(PKG_CONFIG_PATH=$moved/lib/pkgconfig pkg-config --modversion "$name")
        [ "$version" = "$(sed -n 's/^#define ATLAS_WEBHOOK_VERSION "\(.*\)"/\1/p' include/atlas_webhook.h)" ] \
            || fail "pkg-config says that the version of $name is $version"
    done
    cd "$work"
    eval "$CC -std=c99 $WARNINGS register.c $(flags atlas_webhook) -o shared"
    needs_library ./shared
    LD_LIBRARY_PATH=$moved/lib registers ./shared

    eval "$CC -std=c99 $WARNINGS register.c $(flags atlas_webhook-static) -o static"
    needs_no_library ./static
    registers ./static

    # The linker warns that glibc resolves names by shared libraries.
    eval "$CC -std=c99 $WARNINGS -static register.c $(flags atlas_webhook-static) -o all-static" 2> warnings \
        || fail "$(< warnings)"
    is_static ./all-static
    registers ./all-static

    eval "$CC -std=c99 $WARNINGS -shared -fPIC plugin.c $(flags atlas_webhook-static) -o plugin.so"
    needs_no_library ./plugin.so
    exports_only plugin_version ./plugin.so
}

# configure FOLDER [OPTION...]: lets CMake configure the project of a folder.
configure() {
    local folder=$1
    shift
    cmake -S "$folder" -B "$folder/build" -DCMAKE_PREFIX_PATH="$moved" -DCMAKE_C_COMPILER="$CC" \
        -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_CXX_FLAGS="$WARNINGS" "$@" &> "$folder/log" \
        || fail "$(< "$folder/log")"
}

build_project() {
    configure "$1"
    cmake --build "$1/build" &> "$1/log" || fail "$(< "$1/log")"
}

# The CMake part of docs/building.md, and each of the targets.
programs_by_cmake() {
    local targets=$work/targets build=$work/targets/build
    mkdir "$work/readme" "$targets"
    start_sandbox
    block docs/building.md cmake > "$work/readme/CMakeLists.txt"
    block README.md cpp | tee "$work/readme/register.cpp" > "$targets/register.cpp"
    cp tests/c/programs/plugin.c "$targets"
    cat > "$targets/CMakeLists.txt" << 'END'
cmake_minimum_required(VERSION 3.19)
project(targets C CXX)
find_package(atlas_webhook 0.1...<1 REQUIRED COMPONENTS shared static)
foreach(library shared static)
    add_executable(${library} register.cpp)
    target_compile_features(${library} PRIVATE cxx_std_17)
    target_link_libraries(${library} PRIVATE atlas_webhook::atlas_webhook_${library})
endforeach()
add_executable(all_static register.cpp)
target_compile_features(all_static PRIVATE cxx_std_17)
target_link_libraries(all_static PRIVATE atlas_webhook::atlas_webhook_static -static)
add_library(plugin MODULE plugin.c)
target_link_libraries(plugin PRIVATE atlas_webhook::atlas_webhook_static)
END
    build_project "$work/readme"
    build_project "$targets"
    needs_library "$work/readme/build/register"
    registers "$work/readme/build/register"
    needs_library "$build/shared"
    registers "$build/shared"
    needs_no_library "$build/static"
    registers "$build/static"
    is_static "$build/all_static"
    registers "$build/all_static"
    exports_only plugin_version "$build/libplugin.so"
}

# Which requests of find_package are accepted, and of which installation.
cmake_requests() {
    mkdir "$work/requests"
    cat > "$work/requests/CMakeLists.txt" << 'END'
cmake_minimum_required(VERSION 3.19)
project(requests C)

# Fails unless find_package finds, or does not find, what is asked for.
function(request expected)
    find_package(atlas_webhook ${ARGN} QUIET)
    if((expected STREQUAL found) AND NOT atlas_webhook_FOUND)
        message(SEND_ERROR "'${ARGN}' is not found: ${atlas_webhook_NOT_FOUND_MESSAGE}")
    elseif((expected STREQUAL missing) AND atlas_webhook_FOUND)
        message(SEND_ERROR "'${ARGN}' is found")
    endif()
    unset(atlas_webhook_DIR CACHE)
endfunction()

if(INSTALLED STREQUAL all)
    foreach(version 0 0.2 0.2.0 0.0...1 0.2...0.2.0 0.2...<1)
        request(found ${version})
    endforeach()
    foreach(version 0.0 0.1 0.1.9 0.2.1 0.3 1 0.0...<0.2 0.0...<0.2.0 0.3...1)
        request(missing ${version})
    endforeach()
    request(found 0.2.0 EXACT)
    request(missing 0.1.9 EXACT)
    request(found COMPONENTS shared static)
    request(found OPTIONAL_COMPONENTS nonsense)
    request(missing COMPONENTS nonsense)
    request(missing COMPONENTS shared nonsense)
    math(EXPR CMAKE_SIZEOF_VOID_P "12 - ${CMAKE_SIZEOF_VOID_P}")
    request(missing)
else()
    request(found)
    request(found COMPONENTS ${INSTALLED})
    if(INSTALLED STREQUAL static)
        request(missing COMPONENTS shared)
    else()
        request(missing COMPONENTS static)
    endif()
endif()
END
    configure "$work/requests" -DINSTALLED=all

    make --silent install BUILD="$built" SHARED=0 PREFIX="$work/static only"
    [ -z "$(find "$work/static only" -name '*.so*')" ] || fail 'SHARED=0 installs a shared library'
    configure "$work/requests" -DINSTALLED=static -DCMAKE_PREFIX_PATH="$work/static only"

    cp -a "$moved" "$work/shared only"
    rm "$work/shared only/lib/libatlas_webhook.a"
    configure "$work/requests" -DINSTALLED=shared -DCMAKE_PREFIX_PATH="$work/shared only"
}

# The blocks of code in README.md and docs/, run as a reader does who copies them.
pages() {
    start_sandbox
    tests/checks/pages.py "$prefix" "$target/python-venv/bin/python" "$url"
}

# The Meson part of docs/building.md, and both packages; the archive is also found by the option
# static.
programs_by_meson() {
    local folder=$work/meson readme=$work/readme project
    mkdir "$folder" "$readme"
    start_sandbox
    block docs/building.md meson > "$readme/meson.build"
    block README.md c | tee "$readme/register.c" > "$folder/register.c"
    cp tests/c/programs/plugin.c "$folder"
    cat > "$folder/meson.build" << 'END'
project('programs', 'c', default_options: ['warning_level=2', 'werror=true'])
static = dependency('atlas_webhook-static', version: '>=0.2')
executable('shared', 'register.c', dependencies: dependency('atlas_webhook', version: '>=0.2'))
executable('by-option', 'register.c', dependencies: dependency('atlas_webhook', static: true))
executable('static', 'register.c', dependencies: static)
# The linker warns that glibc resolves names by shared libraries.
executable('all-static', 'register.c', dependencies: static, link_args: '-static')
shared_module('plugin', 'plugin.c', dependencies: static)
END
    for project in "$readme" "$folder"; do
        PKG_CONFIG_PATH=$moved/lib/pkgconfig CC=$CC meson setup "$project/build" "$project" &> "$work/log" \
            || fail "$(< "$work/log")"
        ninja -C "$project/build" &> "$work/log" || fail "$(< "$work/log")"
    done
    LD_LIBRARY_PATH=$moved/lib registers "$readme/build/register"
    needs_library "$folder/build/shared"
    LD_LIBRARY_PATH=$moved/lib registers "$folder/build/shared"
    needs_no_library "$folder/build/by-option"
    registers "$folder/build/by-option"
    needs_no_library "$folder/build/static"
    registers "$folder/build/static"
    is_static "$folder/build/all-static"
    registers "$folder/build/all-static"
    exports_only plugin_version "$folder/build/libplugin.so"
}

# A build without a shared library, as for musl, can be installed completely.
build_without_shared_library() {
    local build=$work/build installed=$work/installed
    cat > "$work/cargo" << 'END'
#!/bin/sh
# Cargo for a platform without shared libraries.
[ "$1" = rustc ] || exec $CARGO_OF_THE_CHECK "$@"
shift
exec $CARGO_OF_THE_CHECK rustc --crate-type staticlib "$@"
END
    chmod +x "$work/cargo"
    CARGO_OF_THE_CHECK=$CARGO make --silent CARGO="$work/cargo" BUILD="$build" TRANSPORT=0
    make --silent install BUILD="$build" PREFIX="$installed"
    start_sandbox
    export PKG_CONFIG_PATH=$installed/lib/pkgconfig
    $CC examples/c/own_socket.c $(pkg-config --cflags --libs atlas_webhook) -o "$work/own_socket"
    needs_no_library "$work/own_socket"
    registers "$work/own_socket"
}

# The ways to call make install.
make_and_paths() {
    local prefix=$work/prefix tree=$work/tree
    gives 2 make --silent install BUILD="$work/nothing" PREFIX="$prefix"
    says 'run make first'
    gives 2 make --silent install BUILD="$built" TRANSPORT=0 PREFIX="$prefix"
    says 'built with TRANSPORT=1'
    cp -R "$built" "$work/older"
    sed -i 's/^version=.*/version=0.0.0/' "$work/older/facts"
    gives 2 make --silent install BUILD="$work/older" PREFIX="$prefix"
    says 'version 0.0.0 was built'
    gives 2 make BUILD="$work/nothing" TRANSPORT=yes
    says 'TRANSPORT is 0 or 1'

    # Installing needs neither cargo nor the variables of the build.
    mkdir "$tree"
    cp -R Makefile README.md CHANGELOG.md LICENSE-* bindings docs examples include licenses samples "$tree"
    touch "$tree/include/stray.h"
    gives 0 env -u CARGO_TARGET_DIR make --silent -C "$tree" install BUILD="$built" CARGO=false RUSTC=false \
        prefix="$prefix" libdir="$prefix/lib64"
    [ -e "$prefix/lib64/libatlas_webhook.so" ] || fail 'prefix= and libdir= are ignored'
    [ ! -e "$prefix/include/stray.h" ] || fail 'a stray file of include/ is installed'
}

# make installcheck runs a program with each library that is installed, wherever that is, and fails if the
# installed header belongs to another version.
installcheck() {
    local prefix="$work/in stalled" stage=$work/stage
    gives 2 make --silent installcheck PREFIX="$prefix"
    says 'run make install first'
    make --silent install BUILD="$built" PREFIX="$prefix"
    gives 0 make --silent installcheck PREFIX="$prefix" CC="$CC" CFLAGS="-std=c99 $WARNINGS"
    says 'atlas_webhook: atlas_webhook 0.'
    says 'atlas_webhook-static: atlas_webhook 0.'
    sed -i 's/define ATLAS_WEBHOOK_VERSION ".*"/define ATLAS_WEBHOOK_VERSION "0.0.0"/' "$prefix/include/atlas_webhook.h"
    gives 2 make --silent installcheck PREFIX="$prefix" CC="$CC"
    says 'the header is of version 0.0.0'

    make --silent install BUILD="$built" SHARED=0 PREFIX=/usr LIBDIR=/opt/lib DESTDIR="$stage"
    gives 0 make --silent installcheck PREFIX=/usr LIBDIR=/opt/lib DESTDIR="$stage" CC="$CC"
    says 'atlas_webhook-static: atlas_webhook 0.'
}
