# make demo     install everything and answer the first question, on real data
# make test     install everything and run the tests (with CI=1 the slow ones too)
# make check    what the tests do not see: lint, format, types
# make docs     the manual as a site, in build/site
# make torture  a fault at every call with which a run writes, and kills at random moments; needs Linux and a C compiler

PYTHON ?= python3.11
EXTRAS ?= data,search,test,browser,docs,dev
BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: install demo test check docs torture clean

install: $(INSTALLED)

demo: $(INSTALLED)
	$(BIN)/lrlab run demo

test: $(INSTALLED)
	$(BIN)/python -m pytest -n $(if $(CI),3,2) --dist worksteal $(if $(CI),,-m "not slow")

check: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright

docs: $(INSTALLED)
	$(BIN)/sphinx-build -W --keep-going -q -c docs/site . build/site
	@echo "open build/site/index.html"

torture: $(INSTALLED)
	$(BIN)/python benchmarks/torture.py

$(INSTALLED): pyproject.toml constraints.txt $(wildcard native/* native/lanes/*)
	@echo "installing into .venv; the first time this takes a few minutes"
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS)]'
	@touch $@

clean:
	rm -rf .venv build lrlab-results
