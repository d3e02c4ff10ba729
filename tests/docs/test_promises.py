"""Every promise of docs/reliability.md names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_promise_names_tests_that_exist():
    text = (ROOT / "docs" / "reliability.md").read_text()
    promises = [line for line in text.split("## ")[0].splitlines() if line.startswith("| ")][1:]
    assert len(promises) > 20
    for promise in promises:
        named = re.findall(r"`(tests/[^`:]+\.py)(?:::(\w+))?`", promise)
        assert named, promise
        for path, test in named:
            body = (ROOT / path).read_text()
            assert not test or re.search(rf"def {test}\(", body), f"{path} has no {test}"
