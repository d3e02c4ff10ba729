"""The rules are well formed, each alert is tried both ways, and each has its place in the runbook."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from expressions import OPS, rules
from programs import program

ALERTS = rules("alerts.yaml")
TRIED = Path(__file__).parent / "alerts" / "alerts.yaml"
RUNBOOK = OPS.parent / "docs" / "runbook.md"


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", OPS / "prometheus/alerts.yaml", OPS / "prometheus/recording.yaml"),
        ("check", "config", OPS / "prometheus/prometheus.yml"),
        ("test", "rules", TRIED),
    ],
    ids=lambda arguments: " ".join(map(str, arguments[:2])),
)
def test_promtool_agrees(arguments):
    done = subprocess.run([program("promtool"), *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_is_tried_both_ways(alert):
    names = [test["name"] for test in yaml.safe_load(TRIED.read_text())["tests"]]
    for way in ("fires", "is silent"):
        assert [name for name in names if name.startswith(f"{alert} {way}: ")], (
            f"no test in which {alert} {way}"
        )


def test_the_runbook_has_a_heading_for_each_alert_and_for_no_other():
    headings = re.findall(r"^### (\w+)$", RUNBOOK.read_text(), re.MULTILINE)
    assert headings == list(ALERTS)


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_links_to_its_heading_and_says_how_bad_it_is(alert):
    rule = ALERTS[alert]
    assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{alert.lower()}"
    assert rule["annotations"]["summary"]
    assert rule["labels"]["severity"] in ("warning", "critical")


@pytest.mark.parametrize("alert", ALERTS)
def test_each_heading_says_what_it_means_and_what_to_do(alert):
    section = re.split(rf"^### {alert}$", RUNBOOK.read_text(), flags=re.MULTILINE)[1].split("\n### ")[0]
    for part in ("**Means**", "**Look at**", "**Do**"):
        assert part in section, f"{alert} has no {part}"
