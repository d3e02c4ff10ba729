"""Connection strings as people have them reach the database, or are refused with the parameter's name."""

from urllib.parse import unquote, urlsplit

import pytest
from sqlalchemy import text

from services.connection_string import parsed
from services.gateway.db.engine import open_engine
from services.gateway.db.prepared_statements import open_pool
from services.settings import DatabaseSettings, SettingsError, load

#: What is put behind a database's own string, as hosts of databases hand it out.
WORKS = [
    "", "?sslmode=disable", "?sslmode=prefer", "?sslmode=allow", "?ssl=false", "?application_name=shop",
    "?connect_timeout=10", "?connect_timeout=0", "?sslmode=prefer&channel_binding=prefer",
    "?channel_binding=disable&gssencmode=disable", "?options=-c%20statement_timeout%3D5000",
    "?keepalives=1&keepalives_idle=30&keepalives_interval=10&keepalives_count=3&tcp_user_timeout=5",
    "?target_session_attrs=read-write", "?target_session_attrs=any&load_balance_hosts=disable",
    "?client_encoding=utf8", "?pgbouncer=true", "?prepared_statement_cache_size=0", "?statement_cache_size=0",
    "?fallback_application_name=x", "?search_path=public",
]  # fmt: skip


async def _asks(url):
    """Both ways in which the gateway asks: (by the pool, by the session)."""
    load(DatabaseSettings, database_url=url)
    engine = open_engine(url, pool_size=1)
    try:
        async with open_pool(url, 1) as pool, engine.connect() as connection:
            session = (await connection.execute(text("SELECT current_database()"))).scalar_one()
            return await pool.fetchval("SELECT current_database()"), session
    finally:
        await engine.dispose()


@pytest.mark.parametrize("more", WORKS)
async def test_parameters_of_libpq_work_or_change_nothing(postgres_server, more):
    assert await _asks(postgres_server.url + more) == ("postgres", "postgres")


async def test_every_form_of_an_address_works(postgres_server):
    parts = urlsplit(postgres_server.url)
    login, where = f"{parts.username}:{parts.password}", f"127.0.0.1:{parts.port}"
    for url in (
        f"postgres://{login}@{where}/postgres", f"postgresql+asyncpg://{login}@{where}/postgres",
        f"postgresql+psycopg2://{login}@{where}/postgres", f"  postgresql://{login}@{where}/postgres\n",
        f"postgresql://{login}@127.0.0.1:1,{where}/postgres",
        f"postgresql:///postgres?host=127.0.0.1&port={parts.port}&user={parts.username}&password={parts.password}",
        f"postgresql://{login}@{where}/?dbname=postgres", f"postgresql://{login}@{where}?database=postgres",
    ):  # fmt: skip
        assert await _asks(url) == ("postgres", "postgres"), url


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("simple", "simple"), ("p%40ss%3Aword", "p@ss:word"), ("p@ss", "p@ss"), ("p:a:ss", "p:a:ss"), ("a/b", "a/b"),
        ("a#b", "a#b"), ("a?b", "a?b"), ("a b", "a b"), ("a[b]", "a[b]"), ("50%25", "50%"), ("ü%C3%BC", "üü"),
        ("'\"`;$&=+,!*()<>|\\^~{}", "'\"`;$&=+,!*()<>|\\^~{}"), ("", ""),
    ],
)  # fmt: skip
def test_a_password_may_hold_every_sign(written, meant):
    found = parsed(f"postgresql://ann:{written}@db.example:5432/shop?sslmode=require")
    parts = urlsplit(found.dsn)
    assert (unquote(parts.username), unquote(parts.password), parts.hostname) == ("ann", meant, "db.example")
    assert (parts.path, parts.query, found.hosts) == ("/shop", "sslmode=require", "db.example:5432")


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("postgresql:///shop?host=/var/run/postgresql", "/var/run/postgresql"),
        ("postgresql://%2Fvar%2Frun%2Fpostgresql/shop", "%2Fvar%2Frun%2Fpostgresql"),
        ("postgresql://ann@[::1]:5433/shop", "[::1]:5433"), ("postgresql://a:1,b:2,c/shop", "a:1,b:2,c"),
        ("postgresql://", "this machine"), ("postgresql:///shop", "this machine"),
    ],
)  # fmt: skip
def test_sockets_and_several_hosts(url, hosts):
    assert parsed(url).hosts == hosts


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("mysql://ann:secret@db/shop", "begins with postgresql://"),
        ("db.example:5432/shop", "begins with"),
        ("host=db user=ann password=secret", "begins with postgresql://"),
        ("", "begins with"),
        ("postgresql://ann:secret@db/shop?channel_binding=require", "channel_binding=require"),
        ("postgresql://ann:secret@db/shop?gssencmode=require", "gssencmode=require"),
        ("postgresql://ann:secret@db/shop?client_encoding=latin1", "client_encoding=latin1"),
        ("postgresql://ann:secret@db/shop?sslmode=sometimes", "sslmode=sometimes"),
        ("postgresql://ann:secret@db/shop?connect_timeout=soon", "connect_timeout=soon"),
        ("postgresql://ann:secret@db/shop?schema=public", "schema"),
        ("postgresql://ann:secret@db/shop?connection_limit=5", "connection_limit"),
        ("postgresql://ann:secret@db/shop?replication=database", "replication"),
    ],
)
def test_what_cannot_be_is_one_line_that_names_it_and_no_secret(url, named):
    with pytest.raises(SettingsError) as refused:
        load(DatabaseSettings, database_url=url)
    said = str(refused.value)
    assert said.startswith("DATABASE_URL: ") and named in said
    assert "secret" not in said and "\n" not in said


async def test_a_pooler_by_transaction_is_given_no_statement_to_keep(postgres_server):
    url = f"{postgres_server.url}?pgbouncer=true"
    async with open_pool(url, 1) as pool:
        await pool.fetchval("SELECT 1")
        assert await pool.fetchval("SELECT count(*) FROM pg_prepared_statements WHERE name <> ''") == 0
