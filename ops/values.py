"""ops/values.yaml: what a person decides of the workers."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from schemas.pools import POOLS

Resources = dict[str, dict[str, str]]


class _Values(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Replicas(_Values):
    least: int = Field(ge=0)
    most: int = Field(ge=1)


class Weights(_Values):
    models: list[str] = Field(description="What each pod pulls before it starts: names of `proteus models`.")
    disk: str = Field(description="Of its node, for them.")


class ComposeValues(_Values):
    why: str = Field("", description="A comment.")
    environment: dict[str, str] = Field({}, description="More of it, with docker compose.")


class PoolValues(_Values):
    """Of one pool."""

    why: str = Field("", description="A comment at the head of its Deployment.")
    image: str = Field(description="Of ours, without registry and version.")
    replicas: Replicas = Field(description="KEDA's bounds.")
    may_be_none: bool = Field(False, description="That none runs is no alarm.")
    jobs_each: int = Field(ge=1, description="Jobs in a queue for each of which KEDA wants a pod.")
    drain_seconds: int = Field(description="What a pod that has to go may take to finish what runs.")
    resources: Resources
    rollout: dict[str, int] = Field(description="Kubernetes' rollingUpdate.")
    rollout_seconds: int | None = Field(None, description="After which a rollout counts as failed.")
    node_selector: dict[str, str] = {}
    tolerations: list[dict[str, str]] = []
    weights: Weights | None = None
    compose: ComposeValues = ComposeValues()


class QuotaValues(_Values):
    """Of the namespace, without its workers."""

    pods: int
    cpu: str
    memory: str
    gpus: int


class Values(_Values):
    """The whole file."""

    defaults: dict[str, Any]
    pools: dict[str, dict[str, Any]]
    quota: QuotaValues

    def of(self, pool: str) -> PoolValues:
        """A pool's own, with the defaults for what it leaves out."""
        return PoolValues.model_validate({**self.defaults, **self.pools.get(pool, {})})


def read_values(path: Path) -> Values:
    """Raises ValueError when it says something that nobody reads, or leaves out what has no default."""
    values = Values.model_validate(yaml.safe_load(path.read_text()))
    if unknown := values.pools.keys() - {pool.name for pool in POOLS}:
        raise ValueError(f"{path.name} has pools that are none: {', '.join(sorted(unknown))}")
    for pool in values.pools:
        values.of(pool)
    return values
