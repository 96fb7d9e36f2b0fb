# backprop-lab: `make lab` to learn, `make test` to check.

UV      := $(or $(shell command -v uv 2>/dev/null),.uv/bin/uv)
RUN      = $(UV) run --locked
PYTHONS := python3 python3.14 python3.13 python3.12 python3.11 python
PYTHON   = $(firstword $(foreach p,$(PYTHONS),$(shell $(p) -c \
	'import sys; (3, 11) <= sys.version_info < (3, 15) and print("$(p)")' 2>/dev/null)))
# Two at a time: tests wait for kernels and browsers more than they compute.
SIDE_BY_SIDE := --numprocesses 2 --dist loadfile

export UV_PYTHON_DOWNLOADS := never
export UV_COMPILE_BYTECODE := 1

.PHONY: help lab test test-slow lint bench bench-labs bench-grading grader-report docs exercises notebooks slides clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

lab: $(UV)  ## open the course in JupyterLab at lesson one
	@$(RUN) --no-dev backprop-lab

test: $(UV)  ## run all tests: package, lessons, solutions, and the course in a real browser
	$(RUN) pytest $(SIDE_BY_SIDE)

test-slow: $(UV)  ## run the tests that take minutes
	$(RUN) pytest -m slow $(SIDE_BY_SIDE)

lint: $(UV)  ## check style and formatting
	$(RUN) ruff check .
	$(RUN) ruff format --check .

bench: $(UV)  ## measure the engine against its peers
	$(RUN) python -m benchmarks.engine

bench-labs: $(UV)  ## measure the labs in a browser, against interact and pyplot
	$(RUN) python -m benchmarks.labs

bench-grading: $(UV)  ## measure the grading of a class, against nbgrader and Otter
	$(RUN) python -m benchmarks.grading

grader-report: $(UV)  ## print what the grader says of all wrong and right solutions of the tests
	$(RUN) python -m tests.grading.report

docs: $(UV)  ## make docs/engine.md from the engine, and the glossary from its words
	$(RUN) python scripts/make_engine_page.py
	$(RUN) python scripts/make_glossary.py

exercises: $(UV)  ## make exercises/ from solutions/
	$(RUN) python scripts/make_exercises.py

notebooks: $(UV)  ## run lessons and solutions, store what they print and draw
	$(RUN) python scripts/run_notebooks.py

slides: $(UV)  ## make slides/ from the lessons
	$(RUN) python scripts/make_slides.py

clean:  ## remove environments and caches; notebooks stay as they are
	rm -rf .venv .uv .pytest_cache .ruff_cache .hypothesis dist slides tests/e2e/artifacts

# A machine without uv gets one of its own, inside this folder.
.uv/bin/uv:
	@test -n "$(PYTHON)" || { echo "backprop-lab needs Python 3.11 to 3.14, and this machine has" \
		"$$(python3 --version 2>/dev/null || echo none): get one from https://www.python.org/downloads/"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "$(PYTHON) comes without its venv module:" \
		"install it (on Debian and Ubuntu: sudo apt install python3-venv), then try again"; exit 1; }
	@$(PYTHON) -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check uv
