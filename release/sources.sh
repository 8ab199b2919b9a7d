#!/bin/sh
# Packs the sources of the commit, with the crates that they need, so that they build without a network.
# Usage: sources.sh NAME FILE. The folder in the archive is NAME. CARGO and SOURCE_DATE_EPOCH are honoured.
set -eu
cd "$(dirname "$0")/.."
name=$1 file=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

umask 022
git archive --format=tar --prefix="$name/" HEAD | tar -x -C "$work"
cd "$work/$name"
${CARGO:-cargo} vendor --quiet --locked --versioned-dirs vendor > /dev/null
cat >> .cargo/config.toml << 'END'

# The crates are in this archive.
[source.crates-io]
replace-with = "vendored-sources"

[source.vendored-sources]
directory = "vendor"
END
cd "$work"
tar --create --format=gnu --sort=name --mtime=@"$SOURCE_DATE_EPOCH" --mode=u=rwX,go=rX --owner=0 --group=0 \
    --numeric-owner "$name" | xz --threads=1 -2 > "$file"
