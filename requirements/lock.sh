#!/usr/bin/env bash
# Writes the lock files from pyproject.toml. Needs uv; run through `make lock`.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --custom-compile-command "make lock" "$@"; }
compile --generate-hashes pyproject.toml -o requirements/base.txt
# torch pins its own CUDA packages; leaving them out lets a CPU build of torch install without them.
compile -c requirements/base.txt --no-annotate --extra inference pyproject.toml |
  grep -vE '^(nvidia-|cuda-|triton)' > requirements/inference.txt
compile -c requirements/inference.txt --no-annotate --extra inference --group dev pyproject.toml |
  grep -vE '^(nvidia-|cuda-|triton)' > requirements/dev.txt
