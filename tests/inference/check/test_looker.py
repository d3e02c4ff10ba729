"""Who looks at the photos of a try-on: the engine of photo checks, chosen by the same variable."""

import pytest
from tiny_parser import make_detector

from services.settings import SettingsError
from services.worker.compose import compose
from services.worker.settings import WorkerSettings


@pytest.fixture
def environment(monkeypatch, tmp_path):
    monkeypatch.setenv("PROTEUS_WEIGHTS_DIR", str(tmp_path))
    monkeypatch.setenv("S3_ENDPOINT_URL", "http://127.0.0.1:9")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "S3_BUCKET"):
        monkeypatch.setenv(name, "unused")
    return monkeypatch


def _looker(engine: str, environment):
    environment.setenv("PROTEUS_ENGINE", engine)
    (engaged,) = compose("weaver", WorkerSettings(), None).args[0]
    return engaged.looker


def test_photos_of_try_ons_are_looked_at_by_what_checks_photos(environment, tmp_path):
    assert _looker("puppet", environment).info.name == "packaged"
    make_detector(tmp_path)
    assert _looker("puppet", environment).info.name == "dfine"
    assert _looker("simulated", environment) is None, "it matters to nobody what its photos show"
    environment.setenv("PROTEUS_PHOTO_CHECK_ENGINE", "packaged")
    assert _looker("puppet", environment).info.name == "packaged"


@pytest.mark.parametrize("pool", ["weaver", "fitter"])
def test_a_detector_that_is_chosen_without_its_weights_is_said_at_the_start(environment, pool):
    environment.setenv("PROTEUS_PHOTO_CHECK_ENGINE", "dfine")
    environment.setenv("PROTEUS_ENGINE", "puppet")
    wanted = "^PROTEUS_PHOTO_CHECK_ENGINE: its weights are not on disk .* run `proteus models pull dfine`"
    with pytest.raises(SettingsError, match=wanted):
        compose(pool, WorkerSettings(), None)
