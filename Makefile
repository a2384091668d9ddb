# Klankbord. `make demo` shows the whole loop on this machine, `make test` checks everything, `make help` lists the rest.
# A fresh Debian or Ubuntu needs Python 3.11 or newer, git and make; everything else lands in this folder.

PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
READY := $(VENV)/ready
WORKERS ?= auto

export PYTHONDONTWRITEBYTECODE :=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

##@ See it run
.PHONY: demo up down travel publish redrive preview docs
demo: $(READY) ## Walk the whole loop, from CRM files to scores, and leave it running
	@$(PY) -m infra.local.demo

up: $(READY) ## Start an empty system with the example clients; REPLIES=<domain> reads replies; addresses in .local/outputs.json
	@$(PY) -m infra.local up $(if $(REPLIES),--replies $(REPLIES))

down: $(READY) ## End the running system
	@$(PY) -m infra.local down

travel: $(READY) ## Move the clock of the running system: make travel BY=91d (or 6h, 30m)
	@$(PY) -m infra.local travel "$(BY)"

publish: $(READY) ## Check and publish clients to the running system: make publish CLIENTS=<folder>
	@$(PY) -m infra.local publish "$(CLIENTS)"

redrive: $(READY) ## Try again what failed for good, on the running system or, without one, on AWS: make redrive [CLOUD=1]
	@$(PY) -m operations.redrive $(if $(CLOUD),--cloud) $(ARGS)

docs: $(READY) ## Write docs/datasets.md from the datasets, and what docs/cost.md computes
	@$(PY) -m operations.dataset_docs
	@$(PY) -m operations.cost_docs

preview: $(READY) chromium ## Write every mail as HTML, text and pictures, and all that receipts say, into build/preview: make preview [CLIENTS=<folder>]
	@$(PY) -m operations.mail_preview $(if $(CLIENTS),"$(CLIENTS)")

##@ Check it
.PHONY: test lint pytest bench chromium
test: lint pytest ## Everything: style, types, import rules, tests

lint: $(READY) ## Style, types and import rules
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) $(VENV)/bin/lint-imports --no-cache

pytest: $(READY) chromium
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

chromium:
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do command -v $$name >/dev/null 2>&1 && exit 0; done; \
	if [ "$$(id -u)" = 0 ]; then get=apt-get; \
	elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then get="sudo -n apt-get"; fi; \
	if [ -n "$$get" ] && command -v apt-get >/dev/null 2>&1; then \
	  echo "Installing Chromium for the browser tests."; \
	  $$get update -qq && $$get install -y -qq --no-install-recommends chromium >/dev/null && exit 0; \
	fi; \
	echo "The browser tests need Chromium. Install it with: sudo apt-get install chromium" >&2; exit 1

bench: $(READY) ## Measure against plain implementations, one JSON object a line: make bench ONLY="imports memory"
	@$(PY) -m bench $(ONLY)

##@ Deploy it
.PHONY: build synth deploy smoke cdk onboard check-domain pause resume opt-outs check-identities report-link aggregate verify-score redact backfill
build: $(READY) ## Build the functions' asset for the cloud (arm64, Python 3.13)
	@$(PY) -m infra.build cloud

synth: build ## Make the CloudFormation templates; cdk-nag and cfn-lint must agree
	@$(PY) -m infra.synth

deploy: $(READY) ## Deploy what deployment.yaml says (docs/deploy.md): make deploy [YES=1] [FILE=<choices>] [DROP="<choices>"]
	@$(PY) -m operations.deploy $(if $(YES),--yes) $(if $(FILE),--file "$(FILE)") $(if $(DROP),--drop "$(DROP)")

smoke: $(READY) ## Try the deployment from outside, and clean up: make smoke CLIENT=<slug> [LOCAL=1]
	@$(PY) -m operations.smoke "$(CLIENT)" $(if $(LOCAL),--local) $(ARGS)

cdk: $(READY) ## Any other command of the CDK, such as: make cdk ARGS="destroy Klankbord"
	@$(PY) -m infra.cdk $(ARGS)

onboard: $(READY) ## Set up a client's mail and print its DNS records: make onboard CLIENT=<slug> [TENANT=1] [LOCAL=1]
	@$(PY) -m operations.onboard "$(CLIENT)" $(WHERE) $(if $(TENANT),--tenant) $(ARGS)

check-domain: $(READY) ## Say which DNS records of a client are right: make check-domain CLIENT=<slug> [LOCAL=1]
	@$(PY) -m operations.check_domain "$(CLIENT)" $(WHERE) $(ARGS)

pause: $(READY) ## Let no mail of a client leave: make pause CLIENT=<slug> [LOCAL=1]
	@$(PY) -m operations.sending pause "$(CLIENT)" $(if $(LOCAL),--local) $(ARGS)

resume: $(READY) ## Let a client's mails leave again: make resume CLIENT=<slug> [LOCAL=1]
	@$(PY) -m operations.sending resume "$(CLIENT)" $(if $(LOCAL),--local) $(ARGS)

check-identities: $(READY) ## Tell which customer numbers stand for nobody: make check-identities CLIENT=<slug> [LOCAL=1]
	@$(PY) -m operations.check_identities "$(CLIENT)" $(if $(LOCAL),--local) $(ARGS)

report-link: $(READY) ## Print a link to a client's report that expires: make report-link CLIENT=<slug> [HOURS=24] [LOCAL=1]
	@$(PY) -m operations.report_link "$(CLIENT)" $(if $(HOURS),--hours $(HOURS)) $(if $(LOCAL),--local) $(ARGS)

verify-score: $(READY) ## Check a published score: make verify-score URL=https://... [KEY=<public key or file>]
	@$(PY) -m operations.verify_score "$(URL)" $(if $(KEY),--key "$(KEY)")

aggregate: $(READY) ## Bring datasets and reports up to date now: make aggregate [CLIENT="a b"] [REBUILD=1] [LOCAL=1]
	@$(PY) -m operations.aggregate $(CLIENT) $(if $(REBUILD),--rebuild) $(if $(LOCAL),--local) $(ARGS)

backfill: $(READY) ## Let the tables tell lost facts once more: make backfill [CLIENT="a b"] [LOCAL=1]
	@$(PY) -m operations.backfill $(CLIENT) $(if $(LOCAL),--local) $(ARGS)

redact: $(READY) ## Take out of what is kept what no client named, and mask what people typed: make redact [LOCAL=1]
	@$(PY) -m operations.redact $(if $(LOCAL),--local) $(ARGS)

opt-outs: $(READY) ## List all who opted out, for the client to fetch: make opt-outs CLIENT=<slug> [LOCAL=1]
	@$(PY) -m operations.opt_outs "$(CLIENT)" $(if $(LOCAL),--local) $(ARGS)

WHERE = $(if $(LOCAL),--local) $(if $(CLIENTS),--clients "$(CLIENTS)")

##@ Develop it
.PHONY: setup lock clean help
setup: $(READY) ## Install what is locked into .venv

lock: $(READY) ## Lock the dependencies anew after a change in pyproject.toml
	@$(UV) pip compile -q --universal --python-version 3.11 --no-header --no-annotate pyproject.toml \
	  --group dev --group test -o requirements/dev.txt
	@$(UV) pip compile -q --universal --python-version 3.11 --no-header --no-annotate pyproject.toml \
	  -c requirements/dev.txt $(patsubst %,--no-emit-package %,$(CHALICE_COMMAND_LINE)) -o requirements/functions.txt

# What only the command line of Chalice needs stays out of the functions.
CHALICE_COMMAND_LINE := pip setuptools wheel inquirer blessed readchar editor runs xmod jinxed ansicon wcwidth click colorama

clean: ## Remove what was built, and end what runs
	@[ ! -x $(PY) ] || $(PY) -m infra.local down
	@rm -rf build cdk.out .local .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements/dev.txt
	@$(PY) -c '' 2>/dev/null || { \
	  command -v $(PYTHON) >/dev/null 2>&1 || { \
	    echo "Python 3.11 or newer is missing. Install it with: sudo apt-get install python3 python3-venv" >&2; exit 1; }; \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "$$($(PYTHON) --version) is too old: Klankbord needs 3.11 or newer. Install one and name it, such as:" \
	      "sudo apt-get install python3.11-venv && make PYTHON=python3.11" >&2; exit 1; }; \
	  $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "Python's venv module is missing. Install it with: sudo apt-get install python3-venv" >&2; exit 1; }; \
	  echo "Making $(VENV)."; $(PYTHON) -m venv --clear $(VENV); }
	@$(UV) --version 2>/dev/null | grep -q "^uv $(UV_VERSION) " || $(PY) -m pip install -q uv==$(UV_VERSION)
	@echo "Installing the locked packages."
	@$(UV) pip sync -q --python $(PY) --compile-bytecode requirements/dev.txt
	@touch $@
