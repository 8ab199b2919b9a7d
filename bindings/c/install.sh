#!/bin/sh
# Installs the files that bindings/c/build.sh wrote to the folder BUILD, or removes them. Called by
# make, which sets the variables; it needs neither cargo nor the environment of the build, but awk.
#
#   install.sh install          SHARED=0 leaves the shared library out; STRIP_WITH names a program that strips
#   install.sh uninstall
set -eu
cd "$(dirname "$0")/../.."

fail() {
    echo "make: $*" >&2
    exit 1
}

abi=$(sed -n 's/^#define ATLAS_WEBHOOK_ABI_VERSION //p' include/atlas_webhook.h)
version=$(sed -n 's/^#define ATLAS_WEBHOOK_VERSION "\(.*\)"/\1/p' include/atlas_webhook.h)
# The version of the library for the linker, and the first version with this ABI.
library_version=$(sed -n 's/^version = "\(.*\)"/\1/p' bindings/c/Cargo.toml)
abi_since=$(sed -n 's/^abi-since = "\(.*\)"/\1/p' bindings/c/Cargo.toml)

headers='atlas_webhook.h atlas_webhook.hpp'
licenses='LICENSE-MIT LICENSE-APACHE licenses/core.txt licenses/rust.txt licenses/transport.txt licenses/command.txt'
pages=$(echo README.md CHANGELOG.md docs/*.md)
examples=$(echo examples/c/*.[ch] examples/c/*/*.[ch] examples/cpp/*.cpp examples/cpp/*/*.cpp)
# Their folders, each after its parent.
document_folders='docs examples examples/c examples/c/receivers examples/c/serving
    examples/cpp examples/cpp/receivers examples/cpp/serving'
samples=$(echo samples/*.json)
old_samples=$(echo samples/old/*.json)
pkgconfigdir=$LIBDIR/pkgconfig
cmakedir=$LIBDIR/cmake/atlas_webhook
manual=atlas_webhook.3
command_manual=atlas-webhook.1
archive=libatlas_webhook.a

# put FILE FOLDER [MODE [NAME]]: copies a file and makes it readable for everyone, regardless of the
# umask.
put() {
    $INSTALL -m "${3:-644}" "$1" "$DESTDIR$2/${4:-$(basename "$1")}"
}

# below FOLDER BASE: the path of a folder relative to a parent; empty if BASE is not a parent.
below() {
    case $1 in
    "$2") echo . ;;
    "$2"/*) echo "${1#"$2"/}" ;;
    esac
}

# up PATH: as many .. as the relative path has folders.
up() {
    printf '%s\n' "$1" | sed 's|[^/][^/]*|..|g'
}

# quoted TEXT: for the replacement of a sed command.
quoted() {
    printf '%s\n' "$1" | sed 's/[\\&|]/\\&/g'
}

# fill TEMPLATE FOLDER: fills a template of bindings/c in, and installs it.
fill() {
    file=$DESTDIR$2/$(basename "$1" .in)
    sed -e "s|@VERSION@|$version|" -e "s|@ABI@|$abi|" -e "s|@ABI_SINCE@|$abi_since|" \
        -e "s|@POINTER_SIZE@|$pointer_size|" -e "s|@CMAKE_SHARED@|$(quoted "$cmake_shared")|" -e "s|@SONAME@|$soname|" \
        -e "s|@PC_PREFIX@|$(quoted "$pc_prefix")|" -e "s|@PC_LIBDIR@|$(quoted "$pc_libdir")|" \
        -e "s|@PC_INCLUDEDIR@|$(quoted "$pc_includedir")|" \
        -e "s|@CMAKE_INCLUDEDIR@|$(quoted "$cmake_includedir")|" \
        -e "s|@ARCHIVE@|$hide$by_path|" -e "s|@CMAKE_HIDE@|$cmake_hide|" \
        -e "s|@LIBS@|$libs|" -e "s|@LIBS_PRIVATE@|$libs_private|" \
        -e "s|@NATIVE_LIBS@|$native|" -e "s|@NATIVE_LIBS_LIST@|$(echo "$native" | tr ' ' ';')|" \
        "$1" > "$file"
    chmod 644 "$file"
}

# The names of the shared library, by platform: the file that is installed, the links that lead to it, the
# name by which programs find it, and its place for CMake.
shared_library() {
    shared= links= soname=
    for file in "$BUILD"/libatlas_webhook.so "$BUILD"/libatlas_webhook.dylib "$BUILD"/atlas_webhook.dll; do
        [ ! -e "$file" ] || shared=$(basename "$file")
    done
    [ "$SHARED" != 0 ] || shared=
    case $shared in
    *.so)
        file=$shared.$library_version soname=$shared.$abi
        links="$soname $shared"
        ;;
    *.dylib)
        file=libatlas_webhook.$library_version.dylib
        links="libatlas_webhook.$abi.dylib $shared"
        soname=@rpath/libatlas_webhook.$abi.dylib
        ;;
    *) file=$shared ;;
    esac
    cmake_shared=${shared:+'${_atlas_webhook_libdir}'/$shared}
    case $shared in *.dll) cmake_shared=$BINDIR/$shared ;; esac
}

install_library() {
    [ -e "$BUILD/facts" ] || fail 'nothing to install: run make first'
    version_built=$(sed -n 's/^version=//p' "$BUILD/facts")
    transport=$(sed -n 's/^transport=//p' "$BUILD/facts")
    pointer_size=$(sed -n 's/^pointer_size=//p' "$BUILD/facts")
    os=$(sed -n 's/^os=//p' "$BUILD/facts")
    native=$(cat "$BUILD/native")
    [ "$version_built" = "$version" ] \
        || fail "version $version_built was built, and these are the headers of $version: run make again"
    [ -z "$TRANSPORT" ] || [ "$TRANSPORT" = "$transport" ] \
        || fail "the library was built with TRANSPORT=$transport: run make TRANSPORT=$TRANSPORT first"
    [ -e "$BUILD/$archive" ] || archive=
    shared_library
    [ -n "$shared$archive" ] || fail 'nothing to install: the build made no archive'

    for folder in "$LIBDIR" "$INCLUDEDIR" "$pkgconfigdir" "$cmakedir" "$LICENSEDIR" "$DOCDIR" \
        "$SAMPLEDIR/old" "$MANDIR/man3"; do
        $INSTALL -d -m 755 "$DESTDIR$folder"
    done
    case $shared in
    '') ;;
    *.dll)
        $INSTALL -d -m 755 "$DESTDIR$BINDIR"
        put "$BUILD/$shared" "$BINDIR" 755
        put "$BUILD/lib$shared.a" "$LIBDIR"
        ;;
    *)
        put "$BUILD/$shared" "$LIBDIR" 755 "$file"
        previous=$file
        for link in $links; do
            ln -sf "$previous" "$DESTDIR$LIBDIR/$link"
            previous=$link
        done
        ;;
    esac
    [ -z "$archive" ] || put "$BUILD/$archive" "$LIBDIR"
    # As make install-strip asks for.
    if [ -n "${STRIP_WITH:-}" ]; then
        case $shared in
        '') ;;
        *.dll) $STRIP_WITH --strip-unneeded "$DESTDIR$BINDIR/$shared" ;;
        *.dylib) $STRIP_WITH -x "$DESTDIR$LIBDIR/$file" ;;
        *) $STRIP_WITH --strip-unneeded "$DESTDIR$LIBDIR/$file" ;;
        esac
        [ -z "$archive" ] || $STRIP_WITH -S "$DESTDIR$LIBDIR/$archive"
    fi
    command=
    for file in "$BUILD"/atlas-webhook "$BUILD"/atlas-webhook.exe; do
        [ ! -e "$file" ] || command=$(basename "$file")
    done
    if [ -n "$command" ]; then
        $INSTALL -d -m 755 "$DESTDIR$BINDIR" "$DESTDIR$MANDIR/man1"
        put "$BUILD/$command" "$BINDIR" 755
        [ -z "${STRIP_WITH:-}" ] || $STRIP_WITH "$DESTDIR$BINDIR/$command"
        put "$BUILD/$command_manual" "$MANDIR/man1"
    fi
    for file in $headers; do put "include/$file" "$INCLUDEDIR"; done
    # The pages and the examples keep their places to each other, so that the links lead to them.
    for folder in $document_folders; do $INSTALL -d -m 755 "$DESTDIR$DOCDIR/$folder"; done
    for file in $pages; do
        awk -v page="$file" -v installed="$pages $examples" -f bindings/c/links.awk "$file" > "$DESTDIR$DOCDIR/$file"
        chmod 644 "$DESTDIR$DOCDIR/$file"
    done
    for file in $examples; do put "$file" "$DOCDIR/$(dirname "$file")"; done
    # Made here, so that the page always matches the header.
    awk -v version="$version" -f bindings/c/manual.awk include/atlas_webhook.h > "$DESTDIR$MANDIR/man3/$manual"
    chmod 644 "$DESTDIR$MANDIR/man3/$manual"
    for file in $samples; do put "$file" "$SAMPLEDIR"; done
    for file in $old_samples; do put "$file" "$SAMPLEDIR/old"; done
    for file in $licenses; do
        case $transport,$command,$file in
        0,,licenses/transport.txt | *,,licenses/command.txt) ;;
        *) put "$file" "$LICENSEDIR" ;;
        esac
    done

    # Paths below the prefix are relative to the file, so that the installation can be moved.
    pc_prefix=$PREFIX pc_libdir=$LIBDIR pc_includedir=$INCLUDEDIR cmake_includedir=$INCLUDEDIR
    relative=$(below "$LIBDIR" "$PREFIX")
    if [ -n "$relative" ]; then
        pc_prefix="\${pcfiledir}/../$(up "$relative")"
        pc_libdir="\${prefix}/$relative"
    else
        pc_libdir="\${pcfiledir}/.."
    fi
    include=$(below "$INCLUDEDIR" "$PREFIX")
    programs=$(below "$BINDIR" "$PREFIX")
    if [ -n "$relative" ] && [ -n "$include" ]; then
        pc_includedir="\${prefix}/$include"
        cmake_includedir="\${_atlas_webhook_libdir}/$(up "$relative")/$include"
    fi
    case $shared,$relative,$programs in
    *.dll,?*,?*) cmake_shared="\${_atlas_webhook_libdir}/$(up "$relative")/$programs/$shared" ;;
    esac

    # -latlas_webhook would find the shared library first. A program that links the archive exports none of
    # its functions.
    hide= cmake_hide= by_path='${libdir}/libatlas_webhook.a'
    case $os in
    macos | ios | windows) ;;
    *)
        by_path='-L${libdir} -l:libatlas_webhook.a'
        hide="-Wl,--exclude-libs,libatlas_webhook.a "
        cmake_hide='LINKER:--exclude-libs,libatlas_webhook.a'
        ;;
    esac
    # Without a shared library the usual names lead to the archive.
    libs='-L${libdir} -latlas_webhook' libs_private=$native
    [ -n "$shared" ] || libs="$hide$libs $native" libs_private=
    fill bindings/c/atlas_webhook.pc.in "$pkgconfigdir"
    [ -z "$archive" ] || fill bindings/c/atlas_webhook-static.pc.in "$pkgconfigdir"
    fill bindings/c/atlas_webhookConfig.cmake.in "$cmakedir"
    fill bindings/c/atlas_webhookConfigVersion.cmake.in "$cmakedir"
}

# removes FOLDER NAME...: these files of a folder, and the folder if it is the library's own.
remove() {
    folder=$DESTDIR$1
    shift
    for file; do rm -f "$folder/$(basename "$file")"; done
    case $folder in
    */atlas_webhook | "$DESTDIR$DOCDIR"/* | */samples/old | */samples | */atlas-webhook)
        [ ! -d "$folder" ] || rmdir "$folder" || true
        ;;
    esac
}

uninstall() {
    remove "$LIBDIR" libatlas_webhook.so libatlas_webhook.so."$abi" libatlas_webhook.so."$library_version" \
        libatlas_webhook.dylib libatlas_webhook."$abi".dylib libatlas_webhook."$library_version".dylib \
        libatlas_webhook.dll.a atlas_webhook.dll.a $archive
    remove "$BINDIR" atlas_webhook.dll atlas-webhook atlas-webhook.exe
    remove "$INCLUDEDIR" $headers
    remove "$pkgconfigdir" atlas_webhook.pc atlas_webhook-static.pc
    remove "$cmakedir" atlas_webhookConfig.cmake atlas_webhookConfigVersion.cmake
    remove "$LICENSEDIR" $licenses
    for file in $pages $examples; do rm -f "$DESTDIR$DOCDIR/$file"; done
    for folder in $(printf '%s\n' $document_folders | sort -r); do remove "$DOCDIR/$folder"; done
    remove "$DOCDIR"
    remove "$MANDIR/man3" "$manual"
    remove "$MANDIR/man1" "$command_manual"
    remove "$SAMPLEDIR/old" $old_samples
    remove "$SAMPLEDIR" $samples
    remove "$(dirname "$SAMPLEDIR")"
}

case $1 in
install) install_library ;;
uninstall) uninstall ;;
esac
