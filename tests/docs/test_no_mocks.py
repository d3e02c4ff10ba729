"""NATS, S3 and PostgreSQL are real in every test."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOCKS = re.compile(
    r"TestNatsBroker|\bmoto\b|unittest\.mock|\bmocker\b|MagicMock|AsyncMock|sqlite|fakeredis|testing\.postgresql"
)


def test_nothing_stands_in_for_a_server():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "tests"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    files = [ROOT / name for name in listed.stdout.split() if name.endswith(".py")]
    assert files
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in files
        if path != Path(__file__)
        for match in MOCKS.finditer(path.read_text())
    ]
    assert found == []
