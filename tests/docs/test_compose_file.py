"""docker-compose.yml names services that exist and settings that they read."""

from pathlib import Path

import yaml
from typer.main import get_command

from schemas.jobs import BY_POOL
from services.cli import app

ROOT = Path(__file__).parents[2]


def test_every_container_of_ours_runs_a_command_that_exists():
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    ours = {name: s for name, s in compose["services"].items() if s["image"].startswith("proteus")}
    assert {"gateway", *BY_POOL, "arbitrator", "provision"} == set(ours)
    commands = get_command(app).commands  # type: ignore[attr-defined]
    for name, service in ours.items():
        assert service["command"][0] in commands, name


def test_every_image_is_pinned_and_every_service_is_probed():
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    for name, service in compose["services"].items():
        _, _, tag = service["image"].partition(":")
        assert tag and tag != "latest", name
        if name not in ("provision", "weights", "nats-box"):
            assert "healthcheck" in service, name
