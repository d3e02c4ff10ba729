"""PostgreSQL's connection strings as people have them, for the driver that we have (asyncpg)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

_FORM = re.compile(
    r"(?P<scheme>[A-Za-z0-9+]+)://(?:(?P<login>.*)@)?(?P<hosts>[^@/?]*)(?P<path>/[^@?]*)?(?:\?(?P<query>.*))?"
)
_SCHEMES = ("postgres", "postgresql")
#: What the driver reads from a string itself, with the values of libpq.
_DRIVERS = (
    "host", "port", "user", "password", "dbname", "passfile", "service", "sslmode", "sslcert", "sslkey",
    "sslpassword", "sslrootcert", "sslcrl", "sslnegotiation", "ssl_min_protocol_version",
    "ssl_max_protocol_version", "target_session_attrs", "krbsrvname", "gsslib",
)  # fmt: skip
_SSL_MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
#: Harmless to leave out: how libpq keeps its sockets, its fallbacks, and a time limit that we set ourselves.
_LEFT_OUT = (
    "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
    "load_balance_hosts", "fallback_application_name", "command_timeout",
)  # fmt: skip
#: (parameter, values that change nothing here): any other value is more than the driver can.
_ONLY = {
    "channel_binding": {"prefer", "disable"},
    "gssencmode": {"prefer", "disable"},
    "client_encoding": {"utf8", "utf-8", "auto"},
}
#: How others say that a transaction pooler stands in front, which keeps no prepared statement.
_POOLERS = {"pgbouncer": "true", "statement_cache_size": "0", "prepared_statement_cache_size": "0"}


@dataclass(frozen=True)
class ConnectionString:
    """``dsn`` is for the driver; ``timeout`` in seconds, ``settings`` for the server; None where nothing was said."""

    dsn: str
    hosts: str  # without the login: for messages
    timeout: float | None
    settings: Mapping[str, str]
    pooled: bool  # by transaction: no statement may be kept

    def arguments(self, driver: Mapping[str, Any]) -> dict[str, Any]:
        """Of the driver's connect(), with ``driver`` where the string says nothing."""
        wanted = {**driver, "dsn": self.dsn}
        wanted["server_settings"] = {**driver.get("server_settings", {}), **self.settings}
        if self.timeout is not None:
            wanted["timeout"] = self.timeout
        if self.pooled:
            wanted["statement_cache_size"] = 0
        return wanted


def parsed(text: str) -> ConnectionString:
    """A password may hold any sign, as it is or percent-encoded; a % that is one has to be encoded.

    Raises ValueError with one line that names the parameter, and no value of a login.
    """
    found = _FORM.fullmatch(text.strip())
    scheme = found["scheme"].partition("+")[0].lower() if found else ""
    if found is None or scheme not in _SCHEMES:
        raise ValueError("begins with postgresql://, as in postgresql://user:password@host/database")
    user, separator, password = (found["login"] or "").partition(":")
    login = quote(unquote(user), safe="") + (f":{quote(unquote(password), safe='')}" if separator else "")
    kept: dict[str, str] = {}
    settings: dict[str, str] = {}
    timeout: float | None = None
    pooled = False
    for name, value in parse_qsl(found["query"] or "", keep_blank_values=True):
        if name in ("ssl", "sslmode"):
            kept["sslmode"] = _ssl_mode(name, value)
        elif name in ("database", *_DRIVERS):
            kept["dbname" if name == "database" else name] = value
        elif name == "connect_timeout":
            timeout = _seconds(name, value)
        elif name in ("application_name", "options", "search_path"):
            settings[name] = value
        elif name in _POOLERS:
            pooled |= value.lower() == _POOLERS[name]
        elif name in _ONLY:
            if value.lower() not in _ONLY[name]:
                raise ValueError(f"{name}={value} is more than the driver can: leave it out")
        elif name not in _LEFT_OUT:
            raise ValueError(f"{name} is not known here: leave it out")
    at = f"{login}@" if found["login"] is not None else ""
    path = (found["path"] or "").strip("/")
    named = kept.pop("dbname", "")  # which the driver overlooks behind an empty path
    dsn = f"postgresql://{at}{found['hosts']}/{path or quote(named, safe='')}"
    hosts = found["hosts"] or kept.get("host", "") or "this machine"
    return ConnectionString(f"{dsn}?{urlencode(kept)}" if kept else dsn, hosts, timeout, settings, pooled)


def pooled(text: str) -> str:
    """The same string, which now says that a transaction pooler stands in front."""
    found = _FORM.fullmatch(text.strip())
    return f"{text.strip()}{'&' if found and found['query'] is not None else '?'}pgbouncer=true"


def checked(text: str) -> str:
    """The string as it came, when it can be used. Raises ValueError as ``parsed`` does."""
    parsed(text)
    return text


def _ssl_mode(name: str, value: str) -> str:
    mode = {"true": "require", "1": "require", "false": "disable", "0": "disable"}.get(value.lower(), value)
    if mode not in _SSL_MODES:
        raise ValueError(f"{name}={value} is none of {', '.join(sorted(_SSL_MODES))}")
    return mode


def _seconds(name: str, value: str) -> float | None:
    if not value.isdecimal():
        raise ValueError(f"{name}={value} is no number of seconds")
    return float(value) or None  # 0 is libpq's word for: as the system has it
