# `make help` lists the targets. Everything that they install lies in .venv/ and .cache/.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DELTA := io.delta:delta-spark_4.1_2.13:4.4.0

export PYTHONUTF8 := 1
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup demo test lint bench bench-nightly airflow data-dictionary clean java-check

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

demo: setup ## simulate a small camera network and run the night and the purge on it with Airflow
	@"$(BIN)/python" -m tests.demo

test: setup ## all tests
	@"$(BIN)/python" -m pytest tests

lint: setup ## ruff and mypy
	@"$(BIN)/ruff" check .
	@"$(BIN)/ruff" format --check .
	@"$(BIN)/mypy"

bench: bench-nightly ## all benchmarks

bench-nightly: setup ## real and rendered footage, one force's day, and what the separate submits cost
	@"$(BIN)/python" -m tests.bench.nightly

airflow: setup ## the web page of Airflow with these DAGs, on port 8080
	@"$(BIN)/python" -m tests.airflow_env standalone

clean: ## remove the demo and all working files, not the environment
	@rm -rf demo airflow .cache/scratch .mypy_cache .ruff_cache .pytest_cache .hypothesis
