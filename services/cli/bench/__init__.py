"""`proteus bench …`: the measurements of `benchmarks/`."""

from services.cli.bench.system import app

__all__ = ["app"]
