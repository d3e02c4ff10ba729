"""Every promise of docs/reliability.md and docs/security.md names tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("document", "least"), [("reliability.md", 20), ("security.md", 10)])
def test_every_promise_names_tests_that_exist(document, least):
    text = (ROOT / "docs" / document).read_text()
    promises = [line for line in text.split("## ")[0].splitlines() if line.startswith("| ")][1:]
    assert len(promises) > least
    for promise in promises:
        named = re.findall(r"`(tests/[^`:]+\.py)(?:::(\w+))?`", promise)
        assert named, promise
        for path, test in named:
            body = (ROOT / path).read_text()
            assert not test or re.search(rf"def {test}\(", body), f"{path} has no {test}"
