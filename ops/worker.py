"""A pool that has kinds, as the templates ask for it."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from ops.values import PoolValues
from schemas.jobs.base import JobSpec
from services.worker.settings import WorkerSettings
from streams.topology import lanes

#: Seconds that a worker may take to end besides its drain: its last fetch (6), the connection (5), probes, decoders.
_ENDING = 20
_DRAIN = int(WorkerSettings.model_fields["drain_seconds"].default)
_TMP = {"name": "tmp", "mountPath": "/tmp"}  # noqa: S108 - a pod's own
_WEIGHTS = {"name": "weights", "mountPath": "/weights"}


@dataclass(frozen=True)
class Worker:
    """Its kinds, and what a person decided of it."""

    pool: str
    specs: Sequence[JobSpec]
    values: PoolValues

    @property
    def consumers(self) -> list[tuple[str, str]]:
        """Stream and name of each that it reads."""
        return [(spec.stream, spec.durable(lane)) for spec in self.specs for lane in lanes(spec)]

    @property
    def password(self) -> str:
        """Of its NATS user: the variable that holds it."""
        return f"NATS_PASSWORD_{self.pool.upper()}"

    def deployment(self, version: str) -> dict[str, str]:
        """What deployment.yaml and weights.yaml ask for, but what the latter becomes."""
        values = self.values
        mounts: list[dict[str, Any]] = [_TMP]
        volumes = [_empty("tmp", "1Gi")]
        environment: dict[str, str] = {}
        node: dict[str, Any] = {}
        if values.weights:
            mounts.append({**_WEIGHTS, "readOnly": True})
            volumes.append(_empty("weights", values.weights.disk))
            environment["PROTEUS_WEIGHTS_DIR"] = _WEIGHTS["mountPath"]
        if values.drain_seconds != _DRAIN:
            environment["PROTEUS_DRAIN_SECONDS"] = str(values.drain_seconds)
        if values.node_selector:
            node["nodeSelector"] = values.node_selector
        if values.tolerations:
            node["tolerations"] = values.tolerations
        return {
            "pool": self.pool,
            "why": _comment(values.why),
            "image": f"ghcr.io/proteus/{values.image}:{version}",
            "rollout": flow(values.rollout),
            "rollout_seconds": _fields({"progressDeadlineSeconds": values.rollout_seconds}),
            "drain_seconds": str(values.drain_seconds),
            "grace_seconds": self._grace(values.drain_seconds),
            "node": _fields(node),
            "pull": flow(["models", "pull", *(values.weights.models if values.weights else ())]),
            "environment": "\n".join(f"- {flow({'name': k, 'value': v})}" for k, v in environment.items()),
            "password": self.password,
            "resources": flow(values.resources),
            "mounts": flow(mounts),
            "volumes": flow(volumes),
        }

    def scaled_object(self) -> dict[str, str]:
        """What scaled-object.yaml and trigger.yaml ask for, but the triggers and what is a trigger's."""
        replicas = self.values.replicas
        jobs = str(self.values.jobs_each)
        return {
            "pool": self.pool,
            "least": str(replicas.least),
            "most": str(replicas.most),
            "jobs_each": jobs,
        }

    def compose_service(self) -> dict[str, str]:
        """What compose-service.yml asks for; its drain is the default there."""
        return {
            "pool": self.pool,
            "why": _comment(self.values.compose.why),
            "password": from_env_file(self.password),
            "environment": _fields(self.values.compose.environment),
            "grace_seconds": self._grace(_DRAIN),
        }

    def _grace(self, drain: int) -> str:
        """Seconds that it is given to end: a drain for each of a kind's lanes, and the rest."""
        return str(max(len(lanes(spec)) for spec in self.specs) * drain + _ENDING)


def from_env_file(variable: str) -> str:
    """What docker compose puts there, or why it does not start."""
    return f"${{{variable}:?set {variable} in .env}}"


def flow(value: Any) -> str:
    """YAML on one line, as the manifests have it: { name: tmp, sizes: ["1", 2Gi] }."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key}: {flow(each)}' for key, each in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    plain = isinstance(value, str) and re.fullmatch(r"[\w./-]+", value) and yaml.safe_load(value) == value
    return str(value) if plain else json.dumps(value)


def _fields(values: dict[str, Any]) -> str:
    """A line each; none for None."""
    return "\n".join(f"{name}: {flow(value)}" for name, value in values.items() if value is not None)


def _comment(text: str) -> str:
    return "\n".join(f"# {line}" for line in text.splitlines())


def _empty(name: str, size: str) -> dict[str, Any]:
    return {"name": name, "emptyDir": {"sizeLimit": size}}
