# make build       sets everything up: .venv, compiled library, Python package
# make demo        runs the demonstration; pictures in demo/
# make test        runs every test; the last line counts them
# make check-deep  runs the tests again under the sanitizers
# make bench       measures against the peers; ARGS="--json results.json" and the like
# make clean       removes what was built; make distclean removes .venv as well

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# Warnings stop the build where it is checked, not at a user's with a newer compiler.
WERROR := $(if $(CI),--werror)
VERSION := import sys; print(sys.version_info[:2])
BUILD = $(PY) tools/build.py $(WERROR)

export PYTHON

.PHONY: build test demo bench check-deep clean distclean venv toolchain-test
.DEFAULT_GOAL := build

venv:
	@sh tools/toolchain.sh build
	@$(PY) -c "" 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@[ "$(origin PYTHON)" = file ] || \
	  [ "$$($(PYTHON) -c '$(VERSION)')" = "$$($(PY) -c '$(VERSION)')" ] || \
	  echo "windlass: $(VENV) keeps its $$($(PY) --version); 'make distclean' first for $(PYTHON)"

toolchain-test:
	@sh tools/toolchain.sh test

build: venv
	@$(PY) tools/requirements.py build
	@$(BUILD)

test: toolchain-test venv
	@$(PY) tools/requirements.py build test
	@$(BUILD) --tests
	@$(PY) -m pytest --numprocesses=logical --dist=loadgroup $(ARGS)

check-deep: toolchain-test venv
	@$(PY) tools/requirements.py build test
	@$(BUILD) --tests
	@$(PY) tools/check_deep.py

demo: venv
	@$(PY) tools/requirements.py build demo
	@$(BUILD)
	@$(PY) examples/demo.py $(ARGS)

bench: venv
	@$(PY) tools/requirements.py build bench
	@$(BUILD)
	@$(PY) -m bench $(ARGS)

clean:
	rm -rf build demo

distclean: clean
	rm -rf $(VENV)
