"""Each code that the source raises is explained, with its status, and no other is."""

import ast
import itertools
import re
from pathlib import Path

from schemas.errors import ANSWERED, ENDED, PAGE, explained_at

ROOT = Path(__file__).parents[2]
SOURCES = [*itertools.chain(*((ROOT / folder).rglob("*.py") for folder in ("services", "inference")))]


def _calls():
    """(function, its constant arguments) of every call."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                named = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
                yield (
                    node.func.id,
                    [each.value for each in (*node.args, *named) if isinstance(each, ast.Constant)],
                )


def test_every_code_that_is_raised_is_explained_with_its_status():
    answered, ended = set(), set()
    for name, constants in _calls():
        match name, constants:
            case (("ApiError" | "problem"), [int(status), str(code), *_]):
                assert status in ANSWERED[code].statuses, code
                answered.add(code)
            case "not_found", [str(what)]:
                answered.add(f"{what}_not_found")
            case "unavailable", [str(), str(code)]:
                assert ANSWERED[code].statuses == (503,)
                answered.add(code)
            case "PictureError", [str(code), *_]:
                ended.add(code)
            case "JobError", [str(code), *_] if code.isidentifier():
                ended.add(code)
    assert len(answered) > 20 and len(ended) > 15
    assert answered <= ANSWERED.keys()
    assert ended <= ENDED.keys()


def test_no_code_is_explained_that_nothing_raises():
    text = "".join(path.read_text() for path in SOURCES)
    unused = [
        code
        for code in {**ANSWERED, **ENDED}
        if f'"{code}"' not in text and f'not_found("{code.removesuffix("_not_found")}")' not in text
    ]
    assert unused == []


def test_each_has_a_line_of_its_own_to_link_to():
    text = (ROOT / "docs/errors.md").read_text()
    anchors = re.findall(r'<a id="(\w+)">', text)
    assert sorted(anchors) == sorted({**ANSWERED, **ENDED})
    assert explained_at("job_not_found") == f"{PAGE}#job_not_found"
