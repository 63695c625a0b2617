# Every target works as root and as an ordinary user, and sets up what it needs (CONTRACT, section 1).
# Settings come from the environment, prefix KARAVAN_; PORT and PROFILE may be given without it.

PYTHON ?= python3
VENV_PYTHON := .venv/bin/python
RUN = $(PYTHON) tools/setup.py run && exec $(VENV_PYTHON)
DEV = $(PYTHON) tools/setup.py dev && exec $(VENV_PYTHON)

# Compiled modules make the second start quick, whatever the caller thinks of them elsewhere.
export PYTHONDONTWRITEBYTECODE :=

ifdef PORT
export KARAVAN_PORT := $(PORT)
endif
ifdef PROFILE
export KARAVAN_PROFILE := $(PROFILE)
endif

.PHONY: help up test prove bench backup restore doctor

help:
	@echo "make up                  start everything; PORT=8000 PROFILE=demo|tiny|full"
	@echo "make test                run every check"
	@echo "make prove [ONLY=name]   run the long checks"
	@echo "make bench [ONLY=name]   run the benchmarks, one JSON line each"
	@echo "make backup              write a backup of database and files into var/backups"
	@echo "make restore FROM=file   put a backup into an empty installation"
	@echo "make doctor              say in words what is right and what is wrong"

up:
	@$(RUN) -m app.cli up --with-parent

test:
	@$(DEV) -m tools.check

prove:
	@$(DEV) -m tools.prove $(ONLY)

bench:
	@$(DEV) -m tools.bench $(ONLY)

backup:
	@$(RUN) -m app.cli backup

restore:
	@$(RUN) -m app.cli restore "$(FROM)"

doctor:
	@$(RUN) -m app.cli doctor
