# libatlas_webhook, the C library.
#
#   make                  builds it, with the bundled transport (TRANSPORT=0: without)
#   make install          copies what was built, the headers, and files for pkg-config and CMake
#   make install-strip    the same without symbols that only a debugger needs
#   make uninstall        removes what install copies
#   make check            checks all that this machine can, and names what it could not
#   make interop          registers at nginx, through tinyproxy, by libcurl, ...; installs them, on Debian
#   make dist             what a release gives away, with a list of its parts and checksums
#   make ci-tools         installs what else the checks want, on Debian
#   make proof            runs what takes longer, and writes its findings into docs/proof
#   make proof-tools      installs what it wants, on Debian
#   make bench            measures the library beside its peers, and writes BENCHMARKS.md
#   make bench-tools      installs what it wants, on Debian
#
# PREFIX, LIBDIR, INCLUDEDIR, LICENSEDIR and DESTDIR say where to install; give the same ones to uninstall.
# CARGO, CARGO_TARGET_DIR, CARGO_BUILD_TARGET, RUSTFLAGS, CFLAGS and LDFLAGS are honoured.

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
LICENSEDIR ?= $(PREFIX)/share/licenses/atlas_webhook
TRANSPORT ?= 1

CARGO ?= cargo
CARGOFLAGS ?= --locked
RUSTC ?= rustc
INSTALL ?= install
STRIP ?= strip

VERSION := $(shell sed -n 's/^\#define ATLAS_WEBHOOK_VERSION "\(.*\)"/\1/p' include/atlas_webhook.h)
ABI := $(shell sed -n 's/^\#define ATLAS_WEBHOOK_ABI_VERSION //p' include/atlas_webhook.h)
LIBVERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' bindings/c/Cargo.toml)
HEADERS := $(wildcard include/*)

TARGET_DIR = $(or $(CARGO_TARGET_DIR),target)
OUT = $(TARGET_DIR)$(addprefix /,$(CARGO_BUILD_TARGET))/release
NATIVE_LIBS = $(OUT)/native-static-libs-$(TRANSPORT)
# Which TRANSPORT the library was last built with.
BUILT = $(OUT)/libatlas_webhook.transport

FEATURES_0 = --no-default-features --features gzip
FEATURES_1 =

# Its own licences, and those of what others wrote and it carries.
LICENSES_0 = LICENSE-MIT LICENSE-APACHE licenses/core.txt licenses/rust.txt
LICENSES_1 = $(LICENSES_0) licenses/transport.txt

# Where the library was built is nobody's business, and must not change a byte of it. A dependency
# of the transport is C.
PATHS = $(or $(CARGO_HOME),$(HOME)/.cargo)=cargo \
	$(shell $(RUSTC) --print sysroot)/lib/rustlib/src/rust=rust \
	$(abspath $(TARGET_DIR))=target $(CURDIR)=atlas-webhook

LINK = $(foreach flag,$(LDFLAGS),-Clink-arg=$(flag))

SHARED = libatlas_webhook.so
CMAKEDIR = $(LIBDIR)/cmake/atlas_webhook
PKGCONFIGDIR = $(LIBDIR)/pkgconfig
INSTALLED = $(LIBDIR)/$(SHARED) $(LIBDIR)/$(SHARED).$(ABI) $(LIBDIR)/$(SHARED).$(LIBVERSION) \
	$(LIBDIR)/libatlas_webhook.a $(PKGCONFIGDIR)/atlas_webhook.pc \
	$(patsubst include/%,$(INCLUDEDIR)/%,$(HEADERS)) \
	$(CMAKEDIR)/atlas_webhookConfig.cmake $(CMAKEDIR)/atlas_webhookConfigVersion.cmake \
	$(addprefix $(LICENSEDIR)/,$(notdir $(LICENSES_1)))

DIST = $(TARGET_DIR)/dist
NAME = atlas_webhook-$(VERSION)
PLATFORM = $(or $(CARGO_BUILD_TARGET),$(shell $(RUSTC) -vV | sed -n 's/^host: //p'))
BINARY_NAME = $(NAME)-$(PLATFORM)$(if $(filter 0,$(TRANSPORT)),-without-transport)

SUDO = $(if $(filter-out 0,$(shell id -u)),sudo)
CI_TOOLS = gcc g++ clang cmake valgrind pkg-config libcurl4-openssl-dev libssl-dev python3-venv
BENCH_TOOLS = gcc valgrind strace binutils util-linux openssl ca-certificates libssl-dev libcurl4-openssl-dev \
	libcjson-dev node-llhttp python3-venv

# Fills in a template of bindings/c. In pkg-config's, what is below the prefix stays relative to it.
FILL = sed -e 's|@VERSION@|$(VERSION)|' -e 's|@ABI@|$(ABI)|' -e 's|@PREFIX@|$(PREFIX)|' \
	-e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
	-e 's|@PC_LIBDIR@|$(LIBDIR:$(PREFIX)/%=$${prefix}/%)|' \
	-e 's|@PC_INCLUDEDIR@|$(INCLUDEDIR:$(PREFIX)/%=$${prefix}/%)|' \
	-e "s|@NATIVE_LIBS@|$$(cat $(NATIVE_LIBS))|" \
	-e "s|@NATIVE_LIBS_LIST@|$$(tr ' ' ';' < $(NATIVE_LIBS))|"

all:
	@mkdir -p $(OUT)
	RUSTFLAGS="$(strip $(RUSTFLAGS) $(addprefix --remap-path-prefix=,$(PATHS)))" \
	CFLAGS="$(strip $(CFLAGS) $(addprefix -ffile-prefix-map=,$(PATHS)))" \
		$(CARGO) rustc $(CARGOFLAGS) --release \
		--package atlas-webhook-c --lib $(FEATURES_$(TRANSPORT)) \
		-- --print=native-static-libs=$(NATIVE_LIBS) $(LINK)
	@echo $(TRANSPORT) > $(BUILT)

install:
	@test "$$(cat $(BUILT) 2>/dev/null)" = $(TRANSPORT) \
		|| { echo "nothing to install: run make first, with the same TRANSPORT" >&2; exit 1; }
	$(INSTALL) -d $(DESTDIR)$(LIBDIR) $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(PKGCONFIGDIR) \
		$(DESTDIR)$(CMAKEDIR) $(DESTDIR)$(LICENSEDIR)
	$(INSTALL) -m 755 $(OUT)/$(SHARED) $(DESTDIR)$(LIBDIR)/$(SHARED).$(LIBVERSION)
	ln -sf $(SHARED).$(LIBVERSION) $(DESTDIR)$(LIBDIR)/$(SHARED).$(ABI)
	ln -sf $(SHARED).$(ABI) $(DESTDIR)$(LIBDIR)/$(SHARED)
	$(INSTALL) -m 644 $(OUT)/libatlas_webhook.a $(DESTDIR)$(LIBDIR)
	$(INSTALL) -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)
	$(INSTALL) -m 644 $(LICENSES_$(TRANSPORT)) $(DESTDIR)$(LICENSEDIR)
	$(FILL) bindings/c/atlas_webhook.pc.in > $(DESTDIR)$(PKGCONFIGDIR)/atlas_webhook.pc
	$(FILL) bindings/c/atlas_webhookConfig.cmake.in \
		> $(DESTDIR)$(CMAKEDIR)/atlas_webhookConfig.cmake
	$(FILL) bindings/c/atlas_webhookConfigVersion.cmake.in \
		> $(DESTDIR)$(CMAKEDIR)/atlas_webhookConfigVersion.cmake

install-strip: install
	$(STRIP) --strip-unneeded $(DESTDIR)$(LIBDIR)/$(SHARED).$(LIBVERSION)
	$(STRIP) --strip-debug $(DESTDIR)$(LIBDIR)/libatlas_webhook.a

uninstall:
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	-rmdir $(DESTDIR)$(CMAKEDIR) $(DESTDIR)$(LICENSEDIR)

# The same commit and the same tools give the same bytes, wherever and whenever: the times are those of
# the commit, and the owner is root. A wheel for all Linux comes of bindings/python/manylinux.sh.
dist: export SOURCE_DATE_EPOCH := $(shell git log -1 --format=%ct)
dist:
	@test -z "$$(git status --porcelain)" \
		|| { echo "commit first: what is given away is a commit" >&2; exit 1; }
	@$(CARGO) cyclonedx --version > /dev/null 2>&1 \
		|| { echo "cargo-cyclonedx is missing: tests/proof --tools supply" >&2; exit 1; }
	$(MAKE) --no-print-directory all
	rm -rf $(DIST)
	mkdir -p $(DIST)
	git archive --format=tar --prefix=$(NAME)/ HEAD | gzip -9n > $(DIST)/$(NAME).tar.gz
	$(MAKE) --no-print-directory install-strip DESTDIR=$(abspath $(DIST))/root
	cd $(DIST)/root && find . ! -type d -printf '%P\n' | LC_ALL=C sort \
		| tar --create --format=ustar --no-recursion --mtime=@$$SOURCE_DATE_EPOCH --mode=u=rwX,go=rX \
			--owner=0 --group=0 --numeric-owner --files-from=- \
		| gzip -9n > ../$(BINARY_NAME).tar.gz
	rm -r $(DIST)/root
	$(CARGO) package $(CARGOFLAGS) --quiet --no-verify --package atlas-webhook
	cp $(TARGET_DIR)/package/atlas-webhook-$(VERSION).crate $(DIST)
	licenses/sbom.py $(PLATFORM) $(abspath $(DIST))/$(BINARY_NAME).cdx.json $(FEATURES_$(TRANSPORT))
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

.PHONY: all install install-strip uninstall dist check interop proof proof-tools bench bench-tools ci-tools
