"""The manifests of workers, written from the kinds of each pool, ops/values.yaml and ops/templates.

`python -m docs.generate` (`make docs`) writes what this returns. No kind and no pool has its name here.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from docs.written_parts import filled, with_part
from ops.quota import quota_lines
from ops.values import read_values
from ops.worker import Worker, from_env_file
from schemas.jobs.base import JobSpec
from schemas.pools import POOLS

_JOB_LABEL = "# `jobLabel` gives the job names that the rules and dashboards count on.\n"
_WATCHED = (
    "# So that their metrics are found, and for nothing else: no one calls these. "
    "A worker is watched while its model loads, too.\n"
)


def manifests(root: Path, by_pool: Mapping[str, Sequence[JobSpec]]) -> dict[Path, str | None]:
    """Each file below ``root`` that follows from the kinds of each pool, with its text; None: there should be none."""
    ops, names = root / "ops", [pool.name for pool in POOLS]
    values = read_values(ops / "values.yaml")
    workers = [Worker(pool, by_pool[pool], values.of(pool)) for pool in sorted(by_pool, key=names.index)]
    pools = [worker.pool for worker in workers]
    watched = ["gateway", *pools, "arbitrator"]
    missed = ["gateway", *(each.pool for each in workers if not each.values.may_be_none), "arbitrator"]
    lists = {
        "pools": ", ".join(pools),
        "jobs": "|".join(watched),
        "absent": " or ".join(f'absent(up{{job="{job}"}})' for job in missed),
    }
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]

    def template(name: str, given: Mapping[str, str]) -> str:
        written = f"Written by `make docs` from ops/values.yaml and ops/templates/{name}."
        return filled((ops / "templates" / name).read_text(), {"written": written, **given})

    def each(name: str, apps: Iterable[str], between: str = "") -> str:
        return between.join(template(name, {"app": app}) for app in apps)

    def deployment(worker: Worker) -> str:
        given = worker.deployment(version)
        weights = template("weights.yaml", given) if worker.values.weights else ""
        return template("deployment.yaml", {**given, "weights": weights})

    def scaled_object(worker: Worker) -> str:
        given = worker.scaled_object()
        triggers = (
            template("trigger.yaml", {**given, "stream": stream, "consumer": consumer})
            for stream, consumer in worker.consumers
        )
        return template("scaled-object.yaml", {**given, "triggers": "".join(triggers)})

    made: dict[Path, str | None] = {}
    for folder, draw in ((ops / "k8s/base", deployment), (ops / "keda", scaled_object)):
        made |= {folder / f"{pool}.yaml": None for pool in names}
        made |= {folder / f"{worker.pool}.yaml": draw(worker) for worker in workers}
    head = "# Written by `make docs` from ops/templates.\n"
    monitoring = ops / "k8s/components/monitoring"
    made[monitoring / "monitors.yaml"] = head + _JOB_LABEL + each("monitor.yaml", watched, "---\n")
    made[monitoring / "services.yaml"] = head + _WATCHED + each("metrics-service.yaml", watched[1:], "---\n")
    made[ops / "k8s/components/opentelemetry/network.yaml"] = template("opentelemetry.yaml", lists)

    resources = "".join(f"- {pool}.yaml\n" for pool in pools)
    quota = "\n".join(quota_lines(values.quota, (worker.values for worker in workers)))
    passwords = [worker.password for worker in workers]
    services = "\n".join(template("compose-service.yml", worker.compose_service()) for worker in workers)
    for name, parts in {
        "ops/k8s/base/kustomization.yaml": {"workers": resources},
        "ops/k8s/base/network.yaml": {"workers": template("network.yaml", lists)},
        "ops/k8s/base/namespace.yaml": {"quota": quota},
        "ops/keda/kustomization.yaml": {"workers": resources},
        "ops/prometheus/prometheus.yml": {"services": each("scrape.yml", watched)},
        "ops/prometheus/alerts.yaml": {"services": template("alerts.yaml", lists)},
        "docker-compose.yml": {
            "passwords": "\n".join(f"{password}: {from_env_file(password)}" for password in passwords),
            "workers": services,
        },
        ".env.example": {"passwords": "\n".join(f"{password}=" for password in passwords)},
    }.items():
        text = (root / name).read_text()
        for part, body in parts.items():
            text = with_part(text, part, body.splitlines())
        made[root / name] = text
    for dashboard in sorted((ops / "grafana/dashboards").glob("*.json")):
        made[dashboard] = re.sub(r'(job=~\\")[^"\\]*', rf"\g<1>{lists['jobs']}", dashboard.read_text())
    return made
