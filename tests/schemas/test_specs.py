"""A job kind is said in three places of schemas.jobs; none may be forgotten."""

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from inference.registry import names
from schemas.ids import new_id, new_job_id
from schemas.jobs import SPECS, AnyRequest, AnyResult
from schemas.objects import cleaned_key, owner_of, result_key, upload_key
from services.worker.kinds import HANDLERS


def test_every_kind_has_a_request_a_result_a_handler_and_an_engine():
    requests = set(get_args(get_args(AnyRequest)[0]))
    results = set(get_args(get_args(AnyResult)[0]))
    assert requests == {spec.request for spec in SPECS.values()}
    assert results == {spec.result for spec in SPECS.values()}
    assert HANDLERS.keys() == SPECS.keys()
    for kind, spec in SPECS.items():
        assert spec.kind == kind == HANDLERS[kind].spec.kind
        assert len(names(kind)) > 1


def test_keys_lie_under_their_owner_and_are_the_same_each_time():
    user, job = new_id(), new_job_id()
    assert result_key(user, job) == f"users/{user}/results/{job}.jpg"
    assert cleaned_key(user, job) == f"users/{user}/cleaned/{job}.png"
    for key in (result_key(user, job), cleaned_key(user, job), upload_key(user, "image/heic")):
        assert owner_of(key) == user


@given(st.text())
def test_no_other_text_has_an_owner(text):
    assert owner_of(text) is None
    assert owner_of(f"users/{new_id()}/../{text}") is None
