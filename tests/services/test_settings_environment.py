"""Settings as an operator gives them: texts in the environment."""

import pytest

from services.settings import NatsSettings, SettingsError, load


def test_replicas_are_given_as_a_text(monkeypatch):
    monkeypatch.setenv("PROTEUS_NATS_REPLICAS", "3")
    assert load(NatsSettings).replicas == 3


def test_a_number_of_replicas_that_no_cluster_has_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("PROTEUS_NATS_REPLICAS", "2")
    with pytest.raises(SettingsError, match="PROTEUS_NATS_REPLICAS"):
        load(NatsSettings)
