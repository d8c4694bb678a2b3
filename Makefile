# SPDX-License-Identifier: GPL-2.0
# What a person types.  Kbuild says what the module is made of.

KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local
VERSION := $(shell sed -n 's/^\#define SBD_VERSION[^"]*"\(.*\)"/\1/p' module/sbd.h)
SRCDIR = $(DESTDIR)/usr/src/shadowbuddy-$(VERSION)

.PHONY: all modules tools setup demo check style kunit exact mutations bench install uninstall clean help

all: modules tools ## the module for KDIR, and the tools

modules: ## shadowbuddy.ko for KDIR (default: the running kernel)
	@test -e $(KDIR)/Makefile || { \
		echo "no kernel headers in $(KDIR): install linux-headers-$$(uname -r), or say KDIR=..." >&2; \
		exit 3; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) W=1 modules

tools: ## check that the parsers load; they are scripts, nothing is compiled
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

install: ## sources to /usr/src (for DKMS), parsers to PREFIX/lib
	install -d $(SRCDIR)/module $(DESTDIR)$(PREFIX)/lib/shadowbuddy
	install -m 644 Kbuild Makefile dkms.conf LICENSE README.md $(SRCDIR)
	install -m 644 module/*.c module/*.h module/ABI $(SRCDIR)/module
	install -m 755 tools/parsers/*.py $(DESTDIR)$(PREFIX)/lib/shadowbuddy
	@echo "now: dkms install shadowbuddy/$(VERSION)"

uninstall: ## remove what install put there
	$(RM) -r $(SRCDIR) $(DESTDIR)$(PREFIX)/lib/shadowbuddy

clean: ## remove what was built in this checkout
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20
