"""`proteus admins` and `proteus users` as they are typed, on a real database."""

import asyncio
import os
import re
import sys
from urllib.parse import urlsplit

import asyncpg
import pytest

from schemas.ids import new_id
from services.gateway.db.migrate import migrate
from services.running import announced


@pytest.fixture
async def admins(database_url, tmp_path):
    """Two accounts and a guest, and the command."""
    await migrate(database_url)
    connection = await asyncpg.connect(database_url)
    people = [(new_id(), "ada@example.com"), (new_id(), "bob@example.com"), (new_id(), None)]
    await connection.executemany("INSERT INTO users (id, email) VALUES ($1, $2)", people)
    await connection.close()

    async def admins(*arguments, url=database_url, command="admins", **more):
        environment = {**os.environ, "HOME": str(tmp_path), "DATABASE_URL": url, **more}
        environment = {name: value for name, value in environment.items() if value is not None}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.cli", command, *arguments, env=environment, cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, errors = await asyncio.wait_for(process.communicate(), 300)
        return process.returncode, out.decode(), errors.decode()

    admins.ids = {email: user_id for user_id, email in people}
    return admins


async def test_an_account_becomes_an_admin_and_is_none_again(admins):
    code, out, errors = await admins("list")
    assert (code, out) == (0, "") and "no admins" in errors
    code, out, _ = await admins("add", " ADA@example.com")
    assert code == 0 and "ada@example.com is an admin from now on" in out
    assert (await admins("add", "ada@example.com"))[0] == 0, "again does no harm"
    code, out, _ = await admins("list")
    assert (code, out.split()) == (0, ["ada@example.com", admins.ids["ada@example.com"]])
    code, out, _ = await admins("remove", "ada@example.com")
    assert code == 0 and "ada@example.com is no admin from now on" in out
    assert (await admins("list"))[1] == ""


async def test_who_cannot_be_one_is_told_why_in_one_line(admins, database_url):
    parts = urlsplit(database_url)
    nowhere = database_url.replace(f":{parts.port}/", ":1/")
    empty = database_url.rpartition("/")[0] + "/postgres"
    for arguments, url, why in (
        (
            ("add", "eve@example.com"),
            database_url,
            "there is no account of eve@example.com: sign up with it first",
        ),
        (("remove", "eve@example.com"), database_url, "there is no account of eve@example.com"),
        (("add", admins.ids[None]), database_url, "a guest has none and has to sign up first"),
        (("add", "ada@example.com"), nowhere, "does not answer"),
        (("list",), empty, "run `proteus provision`"),
        (("list",), None, "DATABASE_URL is not set, and no `proteus up` of yours runs"),
    ):
        code, out, errors = await admins(*arguments, url=url)
        assert (code, out) == (1, ""), arguments
        assert errors.startswith("proteus admins: ") and why in errors
        assert len(errors.splitlines()) == 1, errors
        assert parts.password is None or parts.password not in errors
    assert (await admins("list"))[1] == ""


async def test_a_link_for_a_forgotten_password_is_handed_out(admins, database_url, tmp_path):
    site = {"PROTEUS_PUBLIC_URL": "https://try.example.com/"}
    code, out, _ = await admins("reset", "ADA@example.com", command="users", **site)
    assert code == 0 and re.fullmatch(r"https://try\.example\.com/site/password#[\w-]{43}\n", out)
    connection = await asyncpg.connect(database_url)
    owner = await connection.fetchval("SELECT user_id::text FROM account_links")
    await connection.close()
    assert owner == admins.ids["ada@example.com"]
    code, out, errors = await admins("reset", "eve@example.com", command="users")
    assert (code, out, errors) == (1, "", "proteus users: there is no account of eve@example.com\n")


async def test_a_data_directory_names_the_system(admins, database_url, tmp_path):
    """The one that runs there counts before the environment."""
    folder = tmp_path / "shop"
    folder.mkdir()
    code, _, errors = await admins("list", "--data-dir", str(folder), url=None)
    assert code == 1 and f"no `proteus up` of yours runs on {folder}" in errors
    with announced(folder, {"url": "http://127.0.0.1:8123", "database_url": database_url}):
        code, out, _ = await admins(
            "reset", "ada@example.com", "--data-dir", str(folder), url=None, command="users"
        )
        assert code == 0 and out.startswith("http://127.0.0.1:8123/site/password#")
        assert (await admins("list", "--data-dir", str(folder), url="postgresql://nowhere/x"))[0] == 0
