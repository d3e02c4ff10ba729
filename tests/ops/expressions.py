"""Every PromQL expression that is shipped: of the dashboards' panels and of the rules."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

OPS = Path(__file__).parents[2] / "ops"
#: Grafana's own variable, which is four scrapes at least.
INTERVAL = "$__rate_interval"


def panels() -> Iterator[tuple[str, str, str]]:
    """Dashboard, panel and query, as written."""
    for path in sorted((OPS / "grafana/dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                yield path.stem, panel["title"], target["expr"]


def rules(name: str) -> dict[str, dict]:
    """The rules of a file by their names."""
    groups = yaml.safe_load((OPS / "prometheus" / name).read_text())["groups"]
    found = [rule for group in groups for rule in group["rules"]]
    return {rule.get("alert") or rule["record"]: rule for rule in found}


def metrics_in(expression: str) -> set[str]:
    """The names of ours that it asks for."""
    return set(re.findall(r"\bproteus[_:][a-z0-9_:]+", expression))
