PYTHON ?= python3
BIN := .venv/bin

# Compiled once, whatever the shell says: the tests start the command hundreds of times.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint types rooms unit lock clean

demo: .installed            ## build a synthetic town, score it, open its pages
	$(BIN)/standing demo --workspace standing

test: lint types rooms unit ## everything CI checks

lint: .installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .installed
	$(BIN)/basedpyright

rooms: .installed
	$(BIN)/lint-imports

unit: .installed            ## the tests; `make unit without=spark` leaves some out
	$(BIN)/pytest $(if $(without),-m "not $(without)")

.installed: requirements/dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch .installed

lock: .installed            ## pin the requirements anew
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --output-file requirements/runtime.txt requirements/runtime.in
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --output-file requirements/dev.txt requirements/dev.in

clean:
	rm -rf .venv .installed
