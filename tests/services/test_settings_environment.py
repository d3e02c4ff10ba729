"""Settings as an operator gives them: texts in the environment."""

from pathlib import Path

import platformdirs
import pytest

from inference.engines.tryon.catvton.choice import CatVtonOptions
from inference.options import CpuOptions
from inference.registry import create, names, options_of
from schemas.jobs import SPECS
from services.settings import NatsSettings, SettingsError, load
from services.worker.settings import read_options


def test_replicas_are_given_as_a_text(monkeypatch):
    monkeypatch.setenv("PROTEUS_NATS_REPLICAS", "3")
    assert load(NatsSettings).replicas == 3


def test_a_number_of_replicas_that_no_cluster_has_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("PROTEUS_NATS_REPLICAS", "2")
    with pytest.raises(SettingsError, match="PROTEUS_NATS_REPLICAS"):
        load(NatsSettings)


def test_an_engine_is_told_what_it_declares_and_nothing_else(monkeypatch):
    monkeypatch.setenv("PROTEUS_SIMULATED_A", "none")  # another engine's, and no number
    monkeypatch.setenv("PROTEUS_CPU_THREADS", "3")
    engine, _ = create("tailor", "grabcut", read_options)
    assert engine.info.name == "grabcut"
    assert read_options(CpuOptions).cpu_threads == 3
    with pytest.raises(SettingsError, match="PROTEUS_SIMULATED_A: "):
        create("tailor", "simulated", read_options)


def test_accepted_licences_are_listed_and_weights_lie_where_the_user_keeps_data(monkeypatch):
    monkeypatch.setenv("PROTEUS_ALLOW_LICENSES", "noncommercial, restricted,")
    told = read_options(CatVtonOptions)
    assert told.allow_licenses == {"noncommercial", "restricted"}
    assert told.weights_dir == platformdirs.user_data_path("proteus") / "weights"
    monkeypatch.setenv("PROTEUS_DATA_DIR", "/large/disk")
    assert read_options(CatVtonOptions).weights_dir == Path("/large/disk/weights")


def test_one_variable_means_the_same_to_every_engine():
    meanings: dict[str, str] = {}
    for spec in SPECS.values():
        for engine in names(spec.task)[1:]:
            for name, field in options_of(spec.task, engine).model_fields.items():
                assert meanings.setdefault(name, repr(field)) == repr(field)
    assert "catvton_variant" in meanings


@pytest.mark.parametrize(
    ("url", "taken"),
    [("nats://127.0.0.1:4222", True), ("nats", True), ("a:4222,nats://b, tls://c:4443,", True),
     ("nats://user:p%2Fw@[::1]:4222", True), ("wss://token@nats.example", True),
     ("", False), (",", False), ("http://[", False), ("nats://", False), ("nats://host:port", False),
     ("nats://user:secret/word@host:4222", False), ("a:4222,b:99999", False), ("http://host:4222", False)],
)  # fmt: skip
def test_addresses_of_nats_are_known_before_a_client_stumbles(url, taken):
    if taken:
        assert load(NatsSettings, nats_url=url).nats_url == url
        return
    with pytest.raises(SettingsError, match=r"^NATS_URL: .* is written as nats://host:4222") as told:
        load(NatsSettings, nats_url=url)
    assert "secret" not in str(told.value)
