"""The house stays one in which things are found: small files, few on a floor, a name for each type."""

import ast
import re
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Code of ours; what a generator writes is its own.
CODE = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py", "*.ts", "*.tsx"],
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=60,
    ).stdout.splitlines()
    if (ROOT / name).is_file() and not name.endswith("schema.d.ts")
]  # fmt: skip
LONGEST = 320
MOST_ON_A_FLOOR = 15


def test_there_is_code_to_look_at():
    assert len(CODE) > 500


def test_no_file_is_longer_than_can_be_taken_in():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in CODE}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}


def test_no_floor_is_crowded():
    floors = Counter(str(path.parent.relative_to(ROOT)) for path in CODE if path.name != "__init__.py")
    assert {floor: files for floor, files in floors.items() if files > MOST_ON_A_FLOOR} == {}


def test_no_two_types_have_one_name():
    """Whoever searches for a type finds one. Tests, migrations and the client, a package of its own, stand apart."""
    where = defaultdict(list)
    for path in CODE:
        place = path.relative_to(ROOT)
        if path.suffix != ".py" or place.parts[0] in ("tests", "proteus_client"):
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where[node.name].append(str(place))
    assert {name: places for name, places in where.items() if len(places) > 1} == {}


def test_no_two_exported_types_of_the_web_have_one_name():
    """A folder's own may: every component has its Props."""
    exported = re.compile(r"^export (?:type|interface|class) (\w+)", re.MULTILINE)
    where = defaultdict(list)
    for path in CODE:
        if path.is_relative_to(ROOT / "web/src"):
            for name in exported.findall(path.read_text()):
                where[name].append(str(path.relative_to(ROOT)))
    assert len(where) > 50
    assert {name: places for name, places in where.items() if len(places) > 1} == {}
