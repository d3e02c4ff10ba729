"""Writes what derives from code: tables in documents, OpenAPI and the web app's types of it, AsyncAPI, limits in
browsers, nats-server's users, the workers' manifests, Prometheus' rules in Kubernetes.

`python -m docs.generate` writes; with `--check` it only says what is stale, and exits with 1.
"""

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from docs.written_parts import with_part
from inference.registry import names, options_of
from ops.render import manifests
from schemas.errors import explanations
from schemas.findings import FINDINGS
from schemas.jobs import BY_POOL, SPECS
from schemas.pictures import MAX_MEGABYTES, MAX_PIXELS, MIN_SIDE
from services.arbitrator.settings import ArbitratorSettings
from services.asyncapi.document import asyncapi_document
from services.gateway.openapi.application import openapi_document
from services.gateway.settings import GatewaySettings
from services.settings import CostSettings, DatabaseSettings, NatsSettings, StorageSettings, variable
from services.worker.settings import WorkerSettings, engine_setting, engine_settings, kind_settings
from streams.permissions import OPERATOR, authorization, permissions

ROOT = Path(__file__).parents[1]
READERS: dict[type[BaseSettings], str] = {
    NatsSettings: "all",
    StorageSettings: ", ".join(["gateway", *BY_POOL]),
    DatabaseSettings: "gateway",
    GatewaySettings: "gateway",
    WorkerSettings: ", ".join(BY_POOL),
    **{kind_settings(spec): spec.pool.name for spec in SPECS.values()},
    CostSettings: ", ".join(["gateway", *BY_POOL]),
    ArbitratorSettings: "arbitrator",
}
#: Of one kind's settings, what workers of another pool read, too.
ALSO_READ = {engine_setting(SPECS["photo_check"]): SPECS["try_on"].pool.name}
EASE = ROOT / "inference/engines/fit/rules/data/ease.csv"


def _rows() -> Iterator[str]:
    yield "| variable | default | read by | what it is |"
    yield "|---|---|---|---|"
    for settings, readers in READERS.items():
        for name, field in settings.model_fields.items():
            named = variable(settings, name)
            yield _row(named, field, ", ".join([readers, *filter(None, [ALSO_READ.get(named)])]))
    told = _told_to_engines()
    yield from (_row(name, field, readers) for name, (field, readers) in sorted(told.items()))


def _row(name: str, field: FieldInfo, readers: str) -> str:
    if not field.description:
        raise ValueError(f"{name} does not say what it is")
    default = field.default
    if default is PydanticUndefined:
        shown = "required" if field.default_factory is None else ""
    elif default is None or default == "" or isinstance(default, SecretStr | tuple | list | frozenset):
        shown = ""
    else:
        shown = f"`{default}`"
    return f"| `{name}` | {shown} | {readers} | {field.description} |"


def _told_to_engines() -> dict[str, tuple[FieldInfo, str]]:
    """What engines declare, by variable, and which of them do in which pool."""
    fields: dict[str, FieldInfo] = {}
    readers: dict[str, dict[str, list[str]]] = {}
    for spec in SPECS.values():
        for engine in names(spec.task)[1:]:  # without ``auto``
            settings = engine_settings(options_of(spec.task, engine))
            for name, field in settings.model_fields.items():
                named = variable(settings, name)
                fields[named] = field
                of_pool = readers.setdefault(named, {}).setdefault(spec.pool.name, [])
                of_pool.extend([engine] if engine not in of_pool else [])
    return {
        name: (field, "; ".join(f"{pool}: {', '.join(some)}" for pool, some in readers[name].items()))
        for name, field in fields.items()
    }


def _ease_rows() -> Iterator[str]:
    yield "| class | section | least | as meant | most | source |"
    yield "|---|---|---|---|---|---|"
    with EASE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            section = f"**{row['section']}**" if row["primary"] == "1" else row["section"]
            meant = f"{row['e_lo_cm']} to {row['e_hi_cm']}" if row["e_lo_cm"] else "by the cloth's stretch"
            cells = (row["garment_class"], section, row["e_min_cm"], meant, row["e_max_cm"], row["source"])
            yield f"| {' | '.join(cells)} |"


def _finding_rows() -> Iterator[str]:
    yield "| code | photo of | severity | message | cure |"
    yield "|---|---|---|---|---|"
    for one in FINDINGS.values():
        role = "either" if one.role == "both" else one.role
        severity = f"{one.severity}; {one.upper} for a top" if one.upper else str(one.severity)
        yield f"| `{one.code}` | {role} | {severity} | {one.message} | {one.cure} |"


def _text(document: dict[str, Any]) -> str:
    """Sorted, since FastStream collects channels in no fixed order."""
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _users() -> str:
    """nats-server's users, their passwords from its environment."""
    passwords = {user: f"$NATS_PASSWORD_{user.upper()}" for user in (OPERATOR, *permissions())}
    return f"# Who may do what on NATS. Written by `make docs`.\n{authorization(passwords)}"


def _users_in_kubernetes() -> str:
    head = (
        "# Written by `make docs`.\napiVersion: v1\nkind: ConfigMap\n"
        "metadata: { name: nats-users, namespace: proteus }\ndata:\n  users.conf: |\n"
    )
    return head + "".join(f"    {line}\n" for line in _users().splitlines())


def _limits_in_browsers() -> str:
    """Which pictures are taken, for the web app."""
    return (
        "/** Which pictures are taken, in pixels and bytes. Written by `make docs`. */\n"
        f"export const MAX_PIXELS = {MAX_PIXELS};\n"
        f"export const MIN_SIDE = {MIN_SIDE};\n"
        f"export const MAX_BYTES = {MAX_MEGABYTES * 2**20};\n"
    )


def _rules_in_kubernetes(alerts: str) -> str:
    """Prometheus' rules as the operator's resource."""
    head = (
        "# Written by `make docs` from ops/prometheus.\napiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\n"
        "metadata: { name: proteus, namespace: proteus }\nspec:\n  groups:\n"
    )
    texts = ((ROOT / "ops/prometheus/recording.yaml").read_text(), alerts)
    groups = "".join(text.split("groups:\n", 1)[1] for text in texts)
    return head + "".join(f"  {line}\n" if line else "\n" for line in groups.splitlines())


def _errors() -> str:
    rows = "".join(
        f'| <a id="{code}"></a>`{code}` | {" | ".join(told)} |\n' for code, *told in explanations()
    )
    return (
        "# Errors\n\nWritten by `make docs`. An answer's `code` is for programs and never changes its meaning; its "
        "`type` links to the\nline below, which a running gateway shows at `/docs/errors`. A job that failed says its "
        "code in `error`; the short API\nanswers with that and 422.\n\n"
        f"| code | status | cause | cure |\n|---|---|---|---|\n{rows}"
    )


def _route_rows() -> Iterator[str]:
    """What stands about repeats, pages and counting in the OpenAPI document."""
    yield "| route | repeats | pages | counted | without a token | deprecated |"
    yield "|---|---|---|---|---|---|"
    for path, operations in openapi_document()["paths"].items():
        for method, told in operations.items():
            names = {parameter["name"].lower() for parameter in told.get("parameters", ())}
            answers = told["responses"].values()
            marks = (
                "idempotency-key" in names,
                "cursor" in names,
                any("RateLimit" in answer["headers"] for answer in answers),
                told.get("security") == [],
                told.get("deprecated", False),
            )
            yield f"| `{method.upper()} {path}` | {' | '.join('yes' if mark else '' for mark in marks)} |"


def documents() -> dict[Path, str | None]:
    """Every generated file with its text; None: there should be no such file."""
    readme, fit, checks = ROOT / "README.md", ROOT / "docs" / "fit.md", ROOT / "docs" / "checks.md"
    api, workers = ROOT / "docs" / "api.md", manifests(ROOT, BY_POOL)
    return {
        api: with_part(api.read_text(), "routes", _route_rows()),
        readme: with_part(readme.read_text(), "settings", _rows()),
        fit: with_part(fit.read_text(), "ease", _ease_rows()),
        ROOT / "docs" / "errors.md": _errors(),
        checks: with_part(checks.read_text(), "findings", _finding_rows()),
        ROOT / "docs" / "openapi.json": _text(openapi_document()),
        ROOT / "docs" / "asyncapi.json": _text(asyncapi_document()),
        ROOT / "web" / "src" / "pictures" / "limits.ts": _limits_in_browsers(),
        ROOT / "ops" / "nats" / "users.conf": _users(),
        ROOT / "ops" / "k8s" / "base" / "nats-users.yaml": _users_in_kubernetes(),
        **workers,
        ROOT / "ops/k8s/components/monitoring/rules.yaml": _rules_in_kubernetes(
            workers[ROOT / "ops/prometheus/alerts.yaml"] or ""
        ),
    }


def stale() -> list[Path]:
    """Files whose text is not what the code says."""
    return [
        path for path, text in documents().items() if (path.read_text() if path.exists() else None) != text
    ]


def write() -> None:
    """All of them, and the web app's types, which Node makes of OpenAPI where its packages are installed."""
    for path, text in documents().items():
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(text)
    npm, web = shutil.which("npm"), ROOT / "web"
    if npm and (web / "node_modules").exists():
        command = [npm, "run", "--silent", "api"]
        subprocess.run(command, cwd=web, check=True, timeout=300, stdout=subprocess.DEVNULL)  # noqa: S603
    else:
        print("web/client/src/schema.d.ts is left as it was: `make web`, with Node, and again")  # noqa: T201


if __name__ == "__main__":
    if "--check" in sys.argv:
        old = stale()
        print(*(f"stale: {path.relative_to(ROOT)} (run make docs)" for path in old), sep="\n")  # noqa: T201
        raise SystemExit(bool(old))
    write()
