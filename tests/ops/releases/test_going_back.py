"""An upgrade and the way back, on a real PostgreSQL: the schema goes back one step at a time and forward again."""

import os
import re
import subprocess
import sys

import asyncpg
import pytest
from manifests import ROOT

from services.gateway.db.migrate import migrate

pytestmark = pytest.mark.slow

GUIDE = (ROOT / "docs/upgrading.md").read_text()
REVISIONS = sorted(
    path.name.split("_")[0] for path in (ROOT / "services/gateway/db/migrations/versions").glob("*/0*.py")
)


#: Revisions that take away what no version that may still run reads, and from which version on. None so far.
CONTRACTIONS: dict[str, str] = {}

#: Each column, by table and name, and whether a row may leave it out.
Columns = dict[tuple[str, str], bool]


async def _schema(url: str) -> tuple[str, Columns]:
    connection = await asyncpg.connect(url)
    try:
        columns = await connection.fetch(
            "SELECT table_name, column_name, is_nullable = 'YES' OR column_default IS NOT NULL AS free "
            "FROM information_schema.columns WHERE table_schema = 'public'"
        )
        revision = await connection.fetchval("SELECT version_num FROM alembic_version")
        return revision, {(table, column): free for table, column, free in columns}
    finally:
        await connection.close()


def _downgrade(url: str, *arguments: str) -> subprocess.CompletedProcess:
    """As docs/upgrading.md has it: the script comes over standard input, in an image that has no checkout."""
    script = (ROOT / "ops/k8s/downgrade.py").read_text()
    environment = {**os.environ, "DATABASE_URL": url}
    command = [sys.executable, "-", *arguments]
    return subprocess.run(command, input=script, env=environment, capture_output=True, text=True, timeout=60)


async def test_the_schema_goes_back_and_forward_again_and_each_step_only_expands(database_url):
    """So a version reads and writes on the schema of the next one: both run while a rollout is under way."""
    await migrate(database_url)
    newest, first = later, columns = await _schema(database_url)
    assert newest == REVISIONS[-1]
    for revision in REVISIONS[-2::-1]:
        gone = _downgrade(database_url, revision)
        assert gone.returncode == 0, gone.stderr
        there, before = await _schema(database_url)
        assert there == revision
        if later not in CONTRACTIONS:
            tables = {table for table, _ in before}
            assert before.keys() <= columns.keys(), f"{later} takes columns away"
            tightened = [column for column, free in before.items() if free and not columns[column]]
            needed = [c for c in columns.keys() - before.keys() if c[0] in tables and not columns[c]]
            assert not tightened + needed, f"{later}: a row of the version before is refused"
        later, columns = there, before
    await migrate(database_url)
    assert await _schema(database_url) == (newest, first)


async def test_without_a_revision_it_says_which_and_changes_nothing(database_url):
    await migrate(database_url)
    asked = _downgrade(database_url)
    assert asked.returncode == 1
    assert "which revision?" in asked.stderr
    assert (await _schema(database_url))[0] == REVISIONS[-1]


async def test_a_version_that_knows_no_newer_schema_leaves_it_as_it_is_and_says_so(database_url, caplog):
    await migrate(database_url)
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    await connection.close()
    await migrate(database_url)
    assert (await _schema(database_url))[0] == "9999"
    (told,) = re.findall(r"`the schema is\s+at revision …, (newer than this version: left as it is)`", GUIDE)
    assert told in caplog.text
