# tabula_rasa: `make demo` shows it, `make test` proves it, `make install` puts it on a server.

EXTENSION  = tabula_rasa
VERSION   := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" sql/$(EXTENSION).control)

# Debian keeps each PostgreSQL's pg_config in its own directory: the newest, unless told otherwise.
PG_CONFIG ?= $(or $(shell ls -v /usr/lib/postgresql/*/bin/pg_config 2>/dev/null | tail -n 1),pg_config)
export PG_CONFIG

# Asked when used, not when read: `make deps` may have installed PostgreSQL in between.
pg         = $(shell $(PG_CONFIG) $(1) 2>/dev/null)
PG_MAJOR   = $(or $(shell $(PG_CONFIG) --version 2>/dev/null | sed 's/[^0-9]*\([0-9]*\).*/\1/'),15)
BINDIR     = $(call pg,--bindir)
PKGLIBDIR  = $(call pg,--pkglibdir)
SHAREDIR   = $(call pg,--sharedir)

# The server's Python is the one that plpython3.so links, whatever `python3` the shell finds.
SERVER_PYTHON = $(shell ldd $(PKGLIBDIR)/plpython3.so 2>/dev/null | sed -n 's/.*libpython\([0-9.]*\)\.so.*=>.*/\/usr\/bin\/python\1/p')
VENV       = build/venv
RUN        = PYTHONPATH=$(CURDIR)/plpython:$(CURDIR)/tests PYTHONPYCACHEPREFIX=$(CURDIR)/build/pycache $(VENV)/bin/python

# The install script, top to bottom: what happens once, then what can be created again; who may do what comes last.
SCRIPT     = build/$(EXTENSION)--$(VERSION).sql
SQL        = sql/header.sql \
             sql/roles.sql \
             $(sort $(wildcard migrations/*.sql)) \
             $(sort $(wildcard sql/functions/*.sql)) \
             sql/enable.sql \
             $(patsubst %,sql/cleanup_policy/%.sql,begin network account services footing end) \
             $(sort $(wildcard sql/views/*.sql)) \
             sql/privileges.sql
UNLISTED   = $(filter-out $(SQL) sql/update.sql,$(shell find sql migrations -name '*.sql'))

# An update script per version before: the migrations since (LAST_… is that version's last one), then all that can be created again.
BEFORE     = 0.1.0 0.2.0
LAST_0.1.0 = migrations/0005_journal.sql
LAST_0.2.0 = migrations/0007_enabled_service.sql
UPDATES    = $(BEFORE:%=build/$(EXTENSION)--%--$(VERSION).sql)
update_sql = $(patsubst sql/enable.sql,sql/update.sql,$(filter-out $(shell ls migrations/*.sql | sed '\,$(LAST_$(1)),q'),$(SQL)))

# The package and what it imports. The path is written into the functions: no setting can make them import anything else.
PACKAGE    = $(PKGLIBDIR)/$(EXTENSION)/$(VERSION)
PREAMBLE   = import sys; "$(PACKAGE)" in sys.path or sys.path.insert(0, "$(PACKAGE)")\n$\
             import tabula_rasa; tabula_rasa.require_version("$(VERSION)", plpy)\n$\
             from tabula_rasa import entrypoints
BUILD      = awk -v preamble='$(PREAMBLE)' '\
               FNR == 1 && NR > 1 { print "\n-- " FILENAME "\n" } \
               { print $$0 == "\#!tabula_rasa" ? preamble : $$0 }' $(1)

# The catalog, derived from the SDK's models once and for all: ten seconds that no session has to pay.
CATALOG    = build/catalog
CATALOG_OF = $(wildcard plpython/$(EXTENSION)/*.py plpython/$(EXTENSION)/catalog/*.py plpython/$(EXTENSION)/resource_types/*.toml) plpython/requirements.txt

# What `make install` left there, to install only what changed.
PINNED     = { echo '\# for $(SERVER_PYTHON)'; cat plpython/requirements.txt; }
INSTALLED_SCRIPT = $(DESTDIR)$(SHAREDIR)/extension/$(notdir $(SCRIPT))
INSTALLED_PACKAGE = $(DESTDIR)$(PACKAGE)
SAME       = cmp -s $(SCRIPT) $(INSTALLED_SCRIPT) && \
             ! for each in $(UPDATES); do cmp -s $$each $(dir $(INSTALLED_SCRIPT))$${each\#\#*/} || echo; done | grep -q . && \
             $(PINNED) | cmp -s - $(INSTALLED_PACKAGE)/requirements.txt && \
             cmp -s sql/$(EXTENSION).control $(INSTALLED_PACKAGE)/$(EXTENSION)/$(EXTENSION).control && \
             cmp -s sql/$(EXTENSION).control $(dir $(INSTALLED_SCRIPT))$(EXTENSION).control && \
             diff -qr -x __pycache__ -x compiled -x $(EXTENSION).control plpython/$(EXTENSION) $(INSTALLED_PACKAGE)/$(EXTENSION) >/dev/null

# The Debian packages that this machine lacks.
MISSING    = $(shell \
               test -x '$(BINDIR)/postgres' || echo postgresql-$(PG_MAJOR); \
               test -f '$(PKGLIBDIR)/plpython3.so' || echo postgresql-plpython3-$(PG_MAJOR); \
               $(or $(SERVER_PYTHON),false) -c 'import ensurepip' 2>/dev/null || echo python3-venv)

.PHONY: all install uninstall demo play test storm kill bench type catalog doctor clean help deps deps-install deps-tell installed $(SCRIPT) $(UPDATES)
.DELETE_ON_ERROR:

# all: build the install script and the update scripts
all: $(SCRIPT) $(UPDATES)

# install: put the extension, its Python package and what that needs on the server of PG_CONFIG
install: deps $(SCRIPT) $(UPDATES) $(VENV)/ready $(CATALOG)/ready
	@umask 022; set -e; \
	if ! $(PINNED) | cmp -s - $(INSTALLED_PACKAGE)/requirements.txt; then \
		rm -rf $(INSTALLED_PACKAGE); \
		$(VENV)/bin/pip install --quiet --no-deps --target $(INSTALLED_PACKAGE) --requirement plpython/requirements.txt; \
		$(PINNED) > $(INSTALLED_PACKAGE)/requirements.txt; \
	fi; \
	new=$(INSTALLED_PACKAGE)/.new.$$$$; rm -rf $$new; \
	install -d $$new $(dir $(INSTALLED_SCRIPT)); \
	cp -R plpython/$(EXTENSION) $$new; \
	cp sql/$(EXTENSION).control $$new/$(EXTENSION); \
	install -D -t $$new/$(EXTENSION)/compiled $(CATALOG)/*.pickle; \
	find $$new -name __pycache__ -prune -exec rm -rf {} +; \
	chmod -R u=rwX,go=rX $$new; \
	$(VENV)/bin/python -m compileall -q -d $(INSTALLED_PACKAGE) $$new; \
	rm -rf $(INSTALLED_PACKAGE)/$(EXTENSION); mv $$new/$(EXTENSION) $(INSTALLED_PACKAGE); rmdir $$new; \
	install -m 644 $(SCRIPT) $(UPDATES) sql/$(EXTENSION).control $(dir $(INSTALLED_SCRIPT))
	@echo "installed $(EXTENSION) $(VERSION) for PostgreSQL $(PG_MAJOR); next, in psql: CREATE EXTENSION $(EXTENSION) CASCADE;"

# uninstall: take all of that away again
uninstall:
	@test -n "$(PKGLIBDIR)" || { echo "$(PG_CONFIG): no such program; say which with PG_CONFIG="; exit 1; }
	rm -rf $(DESTDIR)$(PKGLIBDIR)/$(EXTENSION)
	rm -f $(DESTDIR)$(SHAREDIR)/extension/$(EXTENSION).control $(DESTDIR)$(SHAREDIR)/extension/$(EXTENSION)--*.sql

# demo: play the story on an embedded PostgreSQL and an embedded AWS; leaves nothing running
demo: installed $(VENV)/ready
	@$(RUN) -m demo

# play: a psql prompt on the same pair, until you leave it
play: installed $(VENV)/ready
	@$(RUN) -m demo --play

# test: all tests; PYTEST="-k wipe -x" passes arguments to pytest
test: installed $(VENV)/ready
	@$(RUN) -m pytest tests -n 2 --timeout=300 -o cache_dir=$(CURDIR)/build/pytest $(PYTEST)

# storm: wipe and restore through AWS doubles that misbehave; SEEDS=200 says how many
storm: installed $(VENV)/ready
	@SEEDS=$(or $(SEEDS),200) $(RUN) -m pytest tests/faults/test_storm.py -n 2 --timeout=300 -o cache_dir=$(CURDIR)/build/pytest -k test_storm $(PYTEST)

# bench: how fast it is, beside bars measured in the same run; BENCH=small is a quick look, LINES=mirror,wipe some lines only
bench: installed $(VENV)/ready
	@$(RUN) -m bench

# kill: end runs at POINTS=100 random points, by kill -9, cancel, timeout and rollback, and look at what is left
kill: POINTS ?= 100
kill: installed $(VENV)/ready
	@POINTS=$(POINTS) $(RUN) -m pytest tests/ends/test_kills.py --timeout=300 -o cache_dir=$(CURDIR)/build/pytest -s $(PYTEST)

# type: show what a catalog entry becomes and check it against the SDK's models; TYPE=ec2_vpc
type: $(VENV)/ready
	@$(RUN) -m catalog.show $(TYPE)

# catalog: print the catalog's figures, and write COVERAGE.md
catalog: $(VENV)/ready
	@$(RUN) -m catalog.figures

# doctor: say what is wrong with a set-up; PGHOST, PGDATABASE, PGUSER name the database
doctor:
	@PYTHONPATH=plpython PYTHONDONTWRITEBYTECODE=1 $(or $(SERVER_PYTHON),python3) -m tabula_rasa.doctor $(PG_CONFIG)

# clean: remove what was built
clean:
	rm -rf build

# help: this list
help:
	@sed -n 's/^# \([a-z]*\): \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

# deps: install what is missing (as root on Debian), or say what it is
deps:
	@test -z "$(MISSING)" || \
		$(MAKE) --no-print-directory $$(test "$$(id -u)" = 0 && command -v apt-get >/dev/null && echo deps-install) deps-tell

deps-install:
	apt-get update -q
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $(MISSING)

deps-tell:
	@test -z "$(MISSING)" || { \
		echo "$(EXTENSION) needs, for PostgreSQL $(PG_MAJOR) ($(PG_CONFIG)):"; \
		printf '  %s\n' $(MISSING); \
		echo "install them with: sudo apt-get install $(MISSING)"; \
		echo "or name another server's pg_config: make PG_CONFIG=/path/to/pg_config"; \
		exit 1; }

# installed: install, unless just this is; where that is not allowed, say so
installed: deps $(SCRIPT) $(UPDATES)
	@if $(SAME); then :; elif test -w $(PKGLIBDIR); then $(MAKE) --no-print-directory install; else \
		echo "the server of $(PG_CONFIG) has no $(EXTENSION), or another build of it, and you may not install there; say:"; \
		echo "  sudo make install"; \
		exit 1; \
	fi

# Built each time, written only when different: a file that was removed is noticed, too.
$(SCRIPT):
	@test -z "$(UNLISTED)" || { echo "not in the Makefile's list of SQL files: $(UNLISTED)"; exit 1; }
	@$(call BUILD,$(SQL)) | cmp -s - $@ || { mkdir -p build && $(call BUILD,$(SQL)) > $@; }

$(UPDATES): build/$(EXTENSION)--%--$(VERSION).sql:
	@$(call BUILD,$(call update_sql,$*)) | cmp -s - $@ || { mkdir -p build && $(call BUILD,$(call update_sql,$*)) > $@; }

$(CATALOG)/ready: $(CATALOG_OF) | $(VENV)/ready
	@$(RUN) -m tabula_rasa.catalog $(CATALOG)
	@touch $@

# The server's Python with all requirements, for tests and for building.
$(VENV)/ready: plpython/requirements.txt tests/requirements.txt | deps
	$(SERVER_PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r plpython/requirements.txt -r tests/requirements.txt
	@touch $@
