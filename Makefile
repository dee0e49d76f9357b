# `make help` lists the targets. Everything that they install lies in .venv/ and .cache/.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DELTA := io.delta:delta-spark_4.1_2.13:4.4.0

AIRFLOW_DB := .cache/airflow/.ready

# For short sessions over little data, which would spend most of their time planning and compiling: Java's first
# compiler alone, no code generated for each query, and no plan made anew between its parts (a fifth to a third of the
# processor's time of small nights). A force's data wants all three, so the default is Spark's own.
QUICK_SPARK := -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC \
  -Dspark.sql.codegen.wholeStage=false -Dspark.sql.codegen.factoryMode=NO_CODEGEN -Dspark.sql.adaptive.enabled=false
export PYTHONUTF8 := 1
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup java-check demo airflow test test-fast cluster-check lint bench bench-nightly bench-ocr bench-lake bench-retention \
  mutants train-plates clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 20

setup: java-check $(READY) ## virtual environment, pinned packages and Delta's jars, once

java-check:
	@java=$${JAVA_HOME:+$$JAVA_HOME/bin/}java; \
	if ! "$$java" -version 2>&1 | grep -qE 'version "(17|21)'; then \
	  echo "Java 17 is needed and was not found. On Debian: apt-get install openjdk-17-jre-headless" >&2; exit 1; fi

$(READY): pyproject.toml conf/constraints.txt
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "Python 3.11 to 3.13 is needed; name one with PYTHON=... On Debian: apt-get install python3 python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV): about 200 packages, 3 GB, once."
	@"$(PYTHON)" -m venv "$(VENV)" || { echo "On Debian: apt-get install python3-venv" >&2; exit 1; }
	@"$(BIN)/pip" install --quiet --disable-pip-version-check --constraint conf/constraints.txt uv
	@"$(BIN)/uv" pip install --quiet --python "$(BIN)/python" --requirement conf/constraints.txt
	@# Three packages install one cv2; the headless build, which needs no X libraries, must be the one that stays.
	@"$(BIN)/uv" pip install --quiet --python "$(BIN)/python" --no-deps --constraint conf/constraints.txt \
	  --reinstall-package opencv-python-headless opencv-python-headless
	@"$(BIN)/uv" pip install --quiet --python "$(BIN)/python" --no-deps --no-build-isolation --editable .
	@env -u SPARK_CONF_DIR "$(BIN)/python" -c 'from pyspark.sql import SparkSession; SparkSession.builder.master("local[1]").config("spark.jars.packages", "$(DELTA)").config("spark.jars.ivy", "$(CURDIR)/.cache/ivy").getOrCreate().stop()' \
	  2>.cache-jars.log || { cat .cache-jars.log >&2; exit 1; }; rm -f .cache-jars.log
	@# In Spark's own jar folder, so that every spark-submit finds them without a network.
	@cp .cache/ivy/jars/io.delta_*.jar "$$("$(BIN)/python" -c 'import pathlib, pyspark; print(pathlib.Path(pyspark.__file__).parent / "jars")')"
	@touch "$(READY)"

$(AIRFLOW_DB): $(READY) conf/airflow/pools.json
	@echo "Making Airflow's database, once."; mkdir -p $(@D); . conf/airflow/environment.sh; \
	{ airflow db migrate && airflow pools import conf/airflow/pools.json; } > $(@D)/setup.log 2>&1 || \
	  { cat $(@D)/setup.log >&2; exit 1; }; touch $@

# The demo's days: a fixed week, so that every run shows the same, and one day that has expired by then.
DEMO_NIGHT := 2026-11-20
DEMO_EXPIRED := 2024-11-15
DEMO_REVIEW = $(shell date -d '90 days' +%F)
DEMO_PEOPLE = anprlake people add 1001 --rank inspector --role grantor --until $(DEMO_REVIEW) && \
  anprlake people add 3003 --rank superintendent --role authoriser --until $(DEMO_REVIEW) --by 1001
# What a task says of itself, out of all that Airflow says of it; the whole of it goes to demo/*.log.
PROGRESS := sed -unE 's/.*(INFO jobs.runtime.night: |(anprlake: ))(.*) \[airflow.*/  \2\3/p'

demo: setup $(AIRFLOW_DB) ## simulate a small camera network, run its night and the purge on it with Airflow, show what came of it
	@. conf/airflow/environment.sh; export SPARK_SUBMIT_OPTS="$(QUICK_SPARK)"; rm -rf demo; mkdir -p demo; \
	echo "1/5 simulating one day of two years ago, and a week of a small camera network"; \
	anprlake simulate --last-day $(DEMO_EXPIRED) --days 1 --clips 0 --reads-per-day 500 --seed 2 --truth demo/truth_expired; \
	anprlake simulate --last-day $(DEMO_NIGHT) --clips 4 & simulation=$$!; \
	echo "2/5 meanwhile the reads of two years ago, in one session; log: demo/expired.log"; \
	anprlake nightly --process-date $(DEMO_EXPIRED) --stage ingest --stage consolidate --stage validate \
	  2> demo/expired.log || { cat demo/expired.log >&2; exit 1; }; \
	wait $$simulation; \
	echo "3/5 the DAG anpr_nightly for $(DEMO_NIGHT), one spark-submit a task; log: demo/nightly.log"; \
	airflow dags test anpr_nightly --conf '{"process_date": "$(DEMO_NIGHT)"}' 2>&1 | tee demo/nightly.log | $(PROGRESS); \
	echo "4/5 a case needs a vehicle of two years ago: a legal hold"; \
	$(DEMO_PEOPLE) && head -1 demo/truth_expired/passages.jsonl | sed 's/.*"vrm": "\([A-Z0-9]*\)".*/\1/' | anprlake hold add --case "Op Kestrel" \
	  --reason "trial in spring" --by 3003 --review-on $(DEMO_REVIEW) --vehicles - 2> demo/hold.log || { cat demo/hold.log >&2; exit 1; }; \
	echo "5/5 the DAG anpr_retention for $(DEMO_NIGHT); log: demo/retention.log"; \
	airflow dags test anpr_retention --conf '{"process_date": "$(DEMO_NIGHT)"}' 2>&1 | tee demo/retention.log | $(PROGRESS); \
	anprlake summary --process-date $(DEMO_NIGHT) --truth demo/truth 2> demo/summary.log || { cat demo/summary.log >&2; exit 1; }; \
	anprlake certificate verify demo/lake/governance/certificates/*.json --key "$$(anprlake certificate key)"; \
	anprlake hold list

airflow: setup $(AIRFLOW_DB) ## Airflow's web page with these DAGs, on 127.0.0.1:8080, for one person
	@. conf/airflow/environment.sh; airflow standalone

# Each process waits half of its time, for a worker of Spark's or a task of Airflow's: two use both cores.
IN_TWO := -n 2 --no-loadscope-reorder

# What the compliance report takes as the proof of its clauses: of which commit, and what became of each test.
TEST_REPORT := --junitxml=.cache/tests.xml -o junit_suite_name="$$(git describe --always --dirty --tags 2>/dev/null || echo unknown)"

test: setup ## all tests; what became of each goes to .cache/tests.xml, for the compliance report
	@SPARK_SUBMIT_OPTS="$(QUICK_SPARK)" "$(BIN)/python" -m pytest $(IN_TWO) $(TEST_REPORT) tests

test-fast: setup ## tests of rules and parsers, without Spark: under two minutes
	@"$(BIN)/python" -m pytest $(IN_TWO) tests -m "not slow"

# An S3 server for tests, which cannot be installed beside our pins, and what Spark needs for s3a://, which brings the SDK.
S3 := .cache/cluster
S3_SERVER := moto[server]==5.1.4
S3_JARS := org.apache.hadoop:hadoop-aws:3.4.2

$(S3)/.ready: $(READY)
	@echo "Fetching an S3 server and Spark's S3 jars, 700 MB, once."; mkdir -p $(S3)/jars
	@"$(BIN)/python" -m venv $(S3)/moto && $(S3)/moto/bin/pip install --quiet --disable-pip-version-check "$(S3_SERVER)"
	@env -u SPARK_CONF_DIR "$(BIN)/python" -c 'from pyspark.sql import SparkSession; SparkSession.builder.master("local[1]").config("spark.jars.packages", "$(S3_JARS)").config("spark.jars.ivy", "$(CURDIR)/$(S3)/ivy").getOrCreate().stop()' \
	  2>$(S3)/jars.log || { cat $(S3)/jars.log >&2; exit 1; }
	@for jar in hadoop-aws awssdk_bundle analyticsaccelerator-s3; do mv $(S3)/ivy/jars/*"$$jar"*.jar $(S3)/jars/; done
	@touch $@

cluster-check: setup $(S3)/.ready ## a night and a purge on a Spark cluster of two workers with an S3 server, against one machine; 10 minutes
	@"$(BIN)/python" -m pytest -m cluster tests/cluster

lint: setup ## ruff and mypy
	@"$(BIN)/ruff" check .
	@"$(BIN)/ruff" format --check .
	@"$(BIN)/mypy"

bench: bench-nightly bench-ocr bench-lake bench-retention ## all benchmarks

bench-nightly: setup ## real and rendered footage, one force's day, and what the separate submits cost
	@"$(BIN)/python" -m tests.bench.nightly

bench-ocr: setup ## reading: real, rendered and quiet footage, photos, detection, memory, what each part adds
	@"$(BIN)/python" -m tests.bench.ocr

bench-lake: setup ## nights of a force and of the nation, growth, two years of reads, near duplicates, kill -9
	@"$(BIN)/python" -m tests.bench.lake

bench-retention: setup ## a million rows of the log built and verified, and a thousand ways to tamper with them
	@"$(BIN)/python" -m tests.bench.retention

# In an environment of its own, for its pins are not those of Airflow.
COSMIC_RAY := cosmic-ray==8.7.0
MUTANTS := .cache/mutants

$(MUTANTS)/.ready: $(READY)
	@"$(PYTHON)" -m venv $(MUTANTS) && $(MUTANTS)/bin/pip install --quiet --disable-pip-version-check "$(COSMIC_RAY)"
	@touch $@

mutants: setup $(MUTANTS)/.ready ## small faults in the modules that hold rules, and how many fail a test; hours; MODULES="FILE ..." for some
	@SPARK_SUBMIT_OPTS="$(QUICK_SPARK)" $(MUTANTS)/bin/python -m tests.bench.mutants $(MODULES)

PLATES_RO ?= ../shared/data/plates_ro

train-plates: setup ## train the plate detector anew, about an hour; PLATES_RO=FOLDER names its frames
	@"$(BIN)/python" -m jobs.training.train_plates --data "$(PLATES_RO)"

clean: ## remove the demo and all working files, not the environment
	@rm -rf demo .cache/airflow .cache/scratch .cache/tests.xml .mypy_cache .ruff_cache .pytest_cache .hypothesis
