# SPDX-License-Identifier: GPL-2.0
# What a person types.  Kbuild says what the module is made of.

KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local
VERSION := $(shell sed -n 's/^\#define SBD_VERSION[^"]*"\(.*\)"/\1/p' module/sbd.h)
SRCDIR = $(DESTDIR)/usr/src/shadowbuddy-$(VERSION)
BINDIR = $(DESTDIR)$(PREFIX)/bin
LIBDIR = $(DESTDIR)$(PREFIX)/lib/shadowbuddy
SHAREDIR = $(DESTDIR)$(PREFIX)/share/shadowbuddy
MANDIR = $(DESTDIR)$(PREFIX)/share/man
COMPDIR = $(DESTDIR)$(PREFIX)/share/bash-completion/completions

.PHONY: all modules tools setup demo check check-packages style kunit exact
.PHONY: mutations bench deb install install-dkms install-data install-tools
.PHONY: uninstall clean help

# $(call with_libraries,COMMAND): do it if the command line can be built; who has
# not its libraries wants the module all the same.
with_libraries = missing=$$($(MAKE) -s --no-print-directory -C tools missing) || exit; \
	if [ -z "$$missing" ]; then $1; \
	else echo "note: no command line, for want of" $$missing "(scripts/setup tools)" >&2; fi

all: modules ## the module for KDIR; the tools too if their libraries are here
	@$(call with_libraries,$(MAKE) tools)

modules: ## shadowbuddy.ko for KDIR (default: the running kernel)
	@test -e $(KDIR)/Makefile || { \
		echo "no kernel headers in $(KDIR): install linux-headers-$$(uname -r), or say KDIR=..." >&2; \
		exit 3; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) W=1 modules

tools: ## the command line, tools/shadowbuddy; and check that the parsers load
	$(MAKE) -C tools
	python3 -B tools/parsers/kmem.py --help >/dev/null

setup: ## install what building and testing need (Debian packages)
	scripts/setup

demo: ## boot a stock kernel, compare live and shadow, print a report
	scripts/demo

check: ## all tests
	scripts/check

style: ## checkpatch, sparse, W=1, kernel-doc, shellcheck, layers
	scripts/style

kunit: ## the model's suites in UML, on both kernels
	scripts/kunit -k 6.1
	scripts/kunit -k 6.12

exact: ## the long proof, frame by frame: states by kernels
	scripts/exact

mutations: ## can that proof fail? each rule of the model broken once
	scripts/mutations -k debian-6.12
	scripts/mutations -k debian-6.1
	scripts/mutations -k cma-6.12

bench: ## instructions an operation, live and shadow; then ns in UML
	scripts/bench

check-packages: ## install, man pages, completion, DKMS, Debian packages
	scripts/test-packages

deb: ## Debian packages, in the cache
	scripts/deb

install: install-dkms install-data ## all of it: source for DKMS, tools, manual
	@$(call with_libraries,$(MAKE) install-tools)
	@echo "now: dkms install shadowbuddy/$(VERSION)"

install-dkms:
	install -d $(SRCDIR)/module
	install -m 644 Kbuild Makefile dkms.conf LICENSE README.md $(SRCDIR)
	install -m 644 module/*.c module/*.h module/ABI $(SRCDIR)/module

install-data:
	install -d $(LIBDIR) $(SHAREDIR)/tools $(MANDIR)/man1 $(MANDIR)/man4 $(COMPDIR)
	install -m 755 tools/parsers/*.py $(LIBDIR)
	install -m 755 $(wildcard tools/*.bt) $(SHAREDIR)/tools
	install -m 644 tools/schema.json $(SHAREDIR)
	install -m 644 /dev/null $(MANDIR)/man1/shadowbuddy.1
	sed 's,/usr/local/,$(PREFIX)/,' tools/man/shadowbuddy.1 >$(MANDIR)/man1/shadowbuddy.1
	install -m 644 /dev/null $(MANDIR)/man4/shadowbuddy.4
	tools/man/gen tools/man/shadowbuddy.4.in >$(MANDIR)/man4/shadowbuddy.4
	install -m 644 tools/completion/shadowbuddy $(COMPDIR)

install-tools: install-data
	$(MAKE) -C tools
	install -d $(BINDIR)
	install -m 755 tools/shadowbuddy $(BINDIR)

uninstall: ## remove what install put there (first: dkms remove, if DKMS has it)
	$(RM) -r $(SRCDIR) $(LIBDIR) $(SHAREDIR)
	$(RM) $(BINDIR)/shadowbuddy $(COMPDIR)/shadowbuddy
	$(RM) $(MANDIR)/man1/shadowbuddy.1 $(MANDIR)/man4/shadowbuddy.4

clean: ## remove what was built in this checkout
	$(MAKE) -C tools clean
	@if [ -e $(KDIR)/Makefile ]; then $(MAKE) -C $(KDIR) M=$(CURDIR) clean; \
	else echo "note: no kernel headers in $(KDIR): what was built of the module stays" >&2; fi

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24
