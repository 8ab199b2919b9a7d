#!/bin/sh
# Installs the package into a virtual environment of its own and checks it there: style, types, tests.
# Usage: check.sh [PYTHON]; the environment is made in the folder VENV, or in .venv here.
#
# Other variables: ATLAS_WEBHOOK_PREBUILT names a library to install in place of one that cargo builds,
# ATLAS_WEBHOOK_COMMAND the command atlas-webhook, ATLAS_WEBHOOK_FAULTS the example faults, WORKERS how many tests run at
# a time.
set -eu
cd "$(dirname "$0")"
python=${1:-python3}
venv=${VENV:-.venv}

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check '.[check]'
"$venv/bin/ruff" format --check .
"$venv/bin/ruff" check .
"$venv/bin/mypy"
"$venv/bin/python" -X dev -W error -m pytest --quiet --numprocesses "${WORKERS:-2}"
