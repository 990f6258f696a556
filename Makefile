# Everything is installed into .venv of this checkout, from the lock files; nothing else is touched.
PYTHON ?= python3
ENGINE ?= builtin
BIN := .venv/bin

.PHONY: demo test test-all oracle trino freshness benchmark hunt-benchmark hunt-fuzz startup-benchmark lint guardrails docs findings lock clean

demo: .venv/installed ## the main job in the lab: bait, trigger, drop; ENGINE=pulumi deploys with the pulumi CLI
	@$(BIN)/deadfall demo --engine $(ENGINE)

test: .venv/installed-dev ## unit, component, conformance and lab tests
	$(BIN)/pytest -n auto --dist loadfile -m "not slow"

test-all: .venv/installed-dev ## these, and those that take minutes: each statement of the deploy role taken away
	$(BIN)/pytest -n auto --dist loadfile

oracle: .venv/installed-dev ## our event pattern matcher against AWS's own, event-ruler, on 100,000 pairs: needs java and mvn; PAIRS=, SEED=
	@$(BIN)/python -m tests.oracle $(if $(PAIRS),--pairs $(PAIRS)) $(if $(SEED),--seed $(SEED))

trino: .venv/installed-dev ## Athena's statements in Trino itself, its engine: needs java and mvn; RULES=<folders of Sigma rules>, PAIRS=, SEED=
	@$(BIN)/python -m tests.trino $(if $(RULES),--rules $(RULES)) $(if $(PAIRS),--pairs $(PAIRS)) $(if $(SEED),--seed $(SEED))

freshness: .venv/installed-dev ## whether the rules know the calls of the newest botocore on PyPI
	@$(BIN)/python -m tests.freshness

benchmark: .venv/installed-dev ## events per second through the patterns and filters of all detections; BASE=<another checkout> measures its matchers beside these
	@BASE=$(BASE) $(BIN)/python -m tests.rules.benchmark

hunt-benchmark: .venv/installed-dev ## a hunt with all detections, beside DuckDB's count of the same records; BASE=<another checkout> measures it too
	@$(BIN)/python -m tests.hunt.benchmark $(if $(BASE),--base $(BASE)) $(if $(RECORDS),--records $(RECORDS))

hunt-fuzz: .venv/installed-dev ## hunts in generated archives of good and hostile files; EXAMPLES=
	@$(BIN)/python -m tests.hunt.fuzz $(if $(EXAMPLES),--examples $(EXAMPLES))

startup-benchmark: .venv/installed-dev ## CPU time of `deadfall --help` and `rules list` beside another checkout: make startup-benchmark BASE=<its directory, with a .venv>
	@BASE=$(BASE) $(BIN)/python -m tests.startup.benchmark

lint: .venv/installed-dev ## style, types, and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	PYTHONPATH=policies $(BIN)/lint-imports

guardrails: .venv/installed ## how many mutations of the shipped stacks the policy pack catches
	@PYTHONPATH=policies $(BIN)/python -m tests.policies.mutations

docs: .venv/installed ## what of docs/ is generated from the code, and the graphs that the tests compare with
	cd policies && ../$(BIN)/python -m guardrails.render_docs ../docs/policies.md
	$(BIN)/python -m deadfall.deploy_role.render_docs docs/ci.md
	$(BIN)/python -m deadfall.rules.render_docs docs/detections.md
	$(BIN)/python -m deadfall.rules.coverage docs/coverage.md
	$(BIN)/python -m tests.graphs.record

findings: ## whether the surprises about other software still hold: installs public packages, needs npm, java and mvn for some
	@failed=; for script in findings/*.sh; do echo "== $$script"; "$$script" || failed="$$failed $$script"; done; \
		test -z "$$failed" || { echo "changed:$$failed"; exit 1; }

lock: .venv/installed-dev ## after a change of dependencies in pyproject.toml
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --python-version 3.11 \
		pyproject.toml --group install -o requirements.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --python-version 3.11 \
		pyproject.toml --group install --group dev -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf .venv out

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Deadfall needs Python 3.11 or newer; this is %s: set PYTHON=python3.12, say" % sys.version.split()[0])'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements-dev.lock
	@touch $@
