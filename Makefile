# libatlas_webhook, the C library, and the command atlas-webhook.
#
#   make                  builds both, with the bundled transport (TRANSPORT=0: the library without it; COMMAND=0:
#                         no command)
#   make install          installs what was built, the headers, the manual pages, and files for pkg-config and CMake
#                         (SHARED=0: of the libraries, only the static one)
#   make install-strip    the same without symbols that only a debugger needs
#   make installcheck     compiles and runs a program with what was installed; needs a C compiler and pkg-config
#   make uninstall        removes the installed files
#   make check            runs all checks that this machine can run, and lists the skipped ones
#   make interop          registers at nginx, through tinyproxy, by libcurl, ...; installs them, on Debian
#   make dist             builds the files of a release, with SBOMs and checksums
#   make ci-tools         installs the packages that the checks need, on Debian
#   make proof            runs the checks that take longer, and writes docs/proof
#   make proof-tools      installs the tools that it needs, on Debian
#   make bench            measures the library beside others, and writes BENCHMARKS.md
#   make bench-tools      installs the tools that it needs, on Debian
#
# PREFIX, LIBDIR, BINDIR, INCLUDEDIR, LICENSEDIR, DOCDIR, SAMPLEDIR, MANDIR and DESTDIR name where to install; pass
# the same to installcheck and uninstall. On the command line prefix, libdir, bindir, includedir, docdir and mandir
# mean the same. Paths may have spaces. CARGO, CARGO_TARGET_DIR, CARGO_BUILD_TARGET, RUSTFLAGS, CC, CFLAGS and
# LDFLAGS are honoured.
# BUILD is the folder for what was built.

PREFIX ?= /usr/local
ifeq ($(origin prefix),command line)
PREFIX := $(prefix)
endif
LIBDIR ?= $(PREFIX)/lib
ifeq ($(origin libdir),command line)
LIBDIR := $(libdir)
endif
BINDIR ?= $(PREFIX)/bin
ifeq ($(origin bindir),command line)
BINDIR := $(bindir)
endif
INCLUDEDIR ?= $(PREFIX)/include
ifeq ($(origin includedir),command line)
INCLUDEDIR := $(includedir)
endif
LICENSEDIR ?= $(PREFIX)/share/licenses/atlas_webhook
DOCDIR ?= $(PREFIX)/share/doc/atlas_webhook
ifeq ($(origin docdir),command line)
DOCDIR := $(docdir)
endif
SAMPLEDIR ?= $(PREFIX)/share/atlas-webhook/samples
MANDIR ?= $(PREFIX)/share/man
ifeq ($(origin mandir),command line)
MANDIR := $(mandir)
endif
BUILD ?= build
SHARED ?= 1

CARGO ?= cargo
CARGOFLAGS ?= --locked
RUSTC ?= rustc
INSTALL ?= install
STRIP ?= strip
PKG_CONFIG ?= pkg-config

VERSION := $(shell sed -n 's/^\#define ATLAS_WEBHOOK_VERSION "\(.*\)"/\1/p' include/atlas_webhook.h)

# Text as one word of the shell, whatever is in it.
quote = '$(subst ','\'',$(1))'

TARGET_DIR = $(or $(CARGO_TARGET_DIR),target)
DIST = $(TARGET_DIR)/dist
NAME = atlas_webhook-$(VERSION)
PLATFORM = $(or $(CARGO_BUILD_TARGET),$(shell $(RUSTC) -vV | sed -n 's/^host: //p'))
BINARY_NAME = $(NAME)-$(PLATFORM)$(if $(filter 0,$(TRANSPORT)),-without-transport)

# Whether make builds the command: 0, or what build.sh accepts for yes.
BUILD_COMMAND = $(or $(COMMAND),$(TRANSPORT),1)
WITH_COMMAND = $(filter-out 0,$(BUILD_COMMAND))

SUDO = $(if $(filter-out 0,$(shell id -u)),sudo)
CI_TOOLS = gcc g++ clang cmake valgrind pkg-config libcurl4-openssl-dev libssl-dev python3-venv \
	man-db meson ninja-build openssl curl
BENCH_TOOLS = gcc valgrind strace binutils util-linux openssl ca-certificates libssl-dev libcurl4-openssl-dev \
	libcjson-dev nginx-light node-llhttp python3-venv wrk

all:
	@CARGO=$(call quote,$(CARGO)) CARGOFLAGS=$(call quote,$(CARGOFLAGS)) RUSTC=$(call quote,$(RUSTC)) \
		RUSTFLAGS=$(call quote,$(RUSTFLAGS)) CFLAGS=$(call quote,$(CFLAGS)) \
		LDFLAGS=$(call quote,$(LDFLAGS)) CARGO_BUILD_TARGET=$(call quote,$(CARGO_BUILD_TARGET)) \
		TRANSPORT=$(call quote,$(or $(TRANSPORT),1)) \
		COMMAND=$(call quote,$(BUILD_COMMAND)) BUILD=$(call quote,$(BUILD)) bindings/c/build.sh

INSTALLER = INSTALL=$(call quote,$(INSTALL)) DESTDIR=$(call quote,$(DESTDIR)) PREFIX=$(call quote,$(PREFIX)) \
	LIBDIR=$(call quote,$(LIBDIR)) BINDIR=$(call quote,$(BINDIR)) INCLUDEDIR=$(call quote,$(INCLUDEDIR)) \
	LICENSEDIR=$(call quote,$(LICENSEDIR)) DOCDIR=$(call quote,$(DOCDIR)) \
	SAMPLEDIR=$(call quote,$(SAMPLEDIR)) MANDIR=$(call quote,$(MANDIR)) BUILD=$(call quote,$(BUILD)) \
	TRANSPORT=$(call quote,$(TRANSPORT)) SHARED=$(call quote,$(SHARED)) bindings/c/install.sh

install:
	@$(INSTALLER) install

install-strip:
	@STRIP_WITH=$(call quote,$(STRIP)) $(INSTALLER) install

installcheck:
	@CC=$(call quote,$(CC)) CFLAGS=$(call quote,$(CFLAGS)) LDFLAGS=$(call quote,$(LDFLAGS)) \
		PKG_CONFIG=$(call quote,$(PKG_CONFIG)) DESTDIR=$(call quote,$(DESTDIR)) LIBDIR=$(call quote,$(LIBDIR)) \
		BINDIR=$(call quote,$(BINDIR)) INCLUDEDIR=$(call quote,$(INCLUDEDIR)) bindings/c/installcheck.sh

uninstall:
	@$(INSTALLER) uninstall

# All files below the current folder, as an archive that depends on their names and contents alone.
PACK = find . ! -type d -printf '%P\n' | LC_ALL=C sort \
	| tar --create --format=ustar --no-recursion --mtime=@$$SOURCE_DATE_EPOCH --mode=u=rwX,go=rX --owner=0 --group=0 \
		--numeric-owner --files-from=- \
	| gzip -9n

# The same commit and the same tools give the same bytes, wherever and whenever: the times are those of
# the commit, and the owner is root. bindings/python/manylinux.sh makes a wheel for all Linux.
dist: export SOURCE_DATE_EPOCH = $(shell git log -1 --format=%ct)
dist: export CARGO_PROFILE_RELEASE_DEBUG = line-tables-only
dist:
	@test -z "$$(git status --porcelain)" \
		|| { echo "commit your changes first: a release is made from a commit" >&2; exit 1; }
	@$(CARGO) cyclonedx --version > /dev/null 2>&1 \
		|| { echo "cargo-cyclonedx is missing: tests/proof --tools supply" >&2; exit 1; }
	$(MAKE) --no-print-directory all
	rm -rf $(DIST)
	mkdir -p $(DIST)
	git archive --format=tar --prefix=$(NAME)/ HEAD | gzip -9n > $(DIST)/$(NAME).tar.gz
	CARGO=$(call quote,$(CARGO)) release/sources.sh $(NAME) $(DIST)/$(NAME)-vendored.tar.xz
	sed -e 's|@NAME@|$(NAME)|; s|@FILE@|$(NAME)-vendored.tar.xz|' \
		-e "s|@HASH@|$$(sha256sum < $(DIST)/$(NAME)-vendored.tar.xz | cut -d ' ' -f 1)|" \
		release/atlas_webhook.wrap.in > $(DIST)/atlas_webhook.wrap
	cp bindings/c/libatlas_webhook1.symbols $(DIST)
	$(MAKE) --no-print-directory install-strip DESTDIR="$$(cd $(DIST) && pwd)/root"
	release/debug.sh $(BUILD)/libatlas_webhook.so "$$(realpath $(DIST)/root$(LIBDIR)/libatlas_webhook.so)" \
		$(DIST)/debug$(LIBDIR)/libatlas_webhook.so.debug
	cd $(DIST)/root && $(PACK) > ../$(BINARY_NAME).tar.gz
	cd $(DIST)/debug && $(PACK) > ../$(BINARY_NAME)-debug.tar.gz
	rm -r $(DIST)/root $(DIST)/debug
	$(CARGO) package $(CARGOFLAGS) --quiet --no-verify --package atlas-webhook --package atlas-webhook-cli
	cp $(TARGET_DIR)/package/atlas-webhook-$(VERSION).crate $(TARGET_DIR)/package/atlas-webhook-cli-$(VERSION).crate \
		$(DIST)
	licenses/sbom.py library $(PLATFORM) "$$(cd $(DIST) && pwd)"/$(BINARY_NAME).cdx.json \
		$(if $(filter 0,$(TRANSPORT)),--no-default-features --features gzip)
	$(if $(WITH_COMMAND),licenses/sbom.py command $(PLATFORM) "$$(cd $(DIST) && pwd)"/$(BINARY_NAME)-command.cdx.json)
	cd $(DIST) && LC_ALL=C sha256sum -- * > SHA256SUMS

check:
	CARGO="$(CARGO)" tests/check

interop:
	CARGO="$(CARGO)" tests/interop

proof:
	CARGO="$(CARGO)" tests/proof

proof-tools:
	CARGO="$(CARGO)" tests/proof --tools

bench:
	CARGO="$(CARGO)" benches/run

bench-tools:
	$(SUDO) apt-get update --quiet
	$(SUDO) apt-get install --quiet --yes --no-install-recommends $(BENCH_TOOLS)

ci-tools:
	$(SUDO) apt-get update --quiet
	$(SUDO) apt-get install --quiet --yes --no-install-recommends $(CI_TOOLS)

.PHONY: all install install-strip installcheck uninstall dist check interop proof proof-tools bench bench-tools ci-tools
