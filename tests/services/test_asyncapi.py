"""What the AsyncAPI document says is what brokers subscribe to, and what messages are."""

import re

import pytest
from faststream.nats import NatsBroker
from faststream.specification import AsyncAPI
from jsonschema import Draft202012Validator, FormatChecker

from schemas.jobs import SPECS
from services.asyncapi.document import asyncapi_document
from services.gateway.events.ledger import subscribe_ledger
from services.worker.subscribers import subscribe, subscribe_cancellations

DOCUMENT = asyncapi_document()
MESSAGES = DOCUMENT["components"]["messages"]


def test_each_subject_that_a_service_subscribes_to_is_a_channel_with_its_payloads():
    async def nothing(*_):
        """Nobody calls it."""

    broker = NatsBroker()
    for spec in SPECS.values():
        subscribe(broker, spec, nothing)
    subscribe_cancellations(broker, print)
    subscribe_ledger(broker, nothing, nothing)
    heard = AsyncAPI(broker, schema_version="3.0.0").to_specification().to_jsonable()["channels"].values()
    told = {re.sub(r"\{\w+\}", "*", channel["address"]) for channel in DOCUMENT["channels"].values()}
    assert {channel["address"] for channel in heard} <= told
    results = DOCUMENT["channels"]["results"]["messages"]
    assert results.keys() == {"JobStarted", *(spec.result.__name__ for spec in SPECS.values())}


@pytest.mark.parametrize("name", MESSAGES)
def test_the_example_of_a_message_is_one(name):
    message = MESSAGES[name]
    (example,) = message["examples"]
    schema = {**message["payload"], "components": DOCUMENT["components"]}
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(example["payload"])
    assert example.get("headers", {}).keys() == message.get("headers", {}).get("properties", {}).keys()


def test_the_socket_says_who_may_come_in_and_what_its_codes_mean():
    socket = DOCUMENT["channels"]["socket"]
    assert socket["address"] == "/ws"
    assert socket["bindings"]["ws"]["query"]["properties"].keys() == {"token", "since"}
    codes = {told["code"]: told["do"] for told in socket["x-close-codes"]}
    assert codes.keys() == {4400, 4401, 1012, 1013} and all(codes.values())
    assert DOCUMENT["operations"]["send_socket"]["action"] == "send"


def test_names_can_be_names_in_any_language_and_large_numbers_have_room():
    schemas = DOCUMENT["components"]["schemas"]
    for name in (*schemas, *MESSAGES, *DOCUMENT["channels"], *DOCUMENT["operations"]):
        assert re.fullmatch(r"[A-Za-z]\w*", name), name
    assert "discriminator" not in str(DOCUMENT)
    (seed, _) = schemas["TryOnParams"]["properties"]["seed"]["anyOf"]
    assert seed["format"] == "int64"
    point = schemas["TryOnParams"]["properties"]["pose"]["anyOf"][0]["items"]
    assert (point["minItems"], point["maxItems"], point["items"]["format"]) == (2, 2, "double")
