"""The OpenAPI document says all that a generator and its reader ask for."""

import pytest
from documented import validate
from jsonschema import ValidationError

from schemas.jobs import SPECS
from services.gateway.openapi.application import openapi_document

DOCUMENT = openapi_document()
SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    operation["operationId"]: operation
    for operations in DOCUMENT["paths"].values()
    for operation in operations.values()
}


def _walk(part):
    if isinstance(part, dict):
        yield part
        for key, inner in part.items():
            if key not in ("example", "examples"):
                yield from _walk(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _walk(inner)


def test_a_result_says_of_which_kind_it_is():
    """Without that, generated clients in Java and TypeScript read one kind's result as another's."""
    union, null = SCHEMAS["JobView"]["properties"]["result"]["anyOf"]
    assert null == {"type": "null"} and union["discriminator"]["propertyName"] == "job_type"
    kinds = {kind: SCHEMAS[at.rpartition("/")[2]] for kind, at in union["discriminator"]["mapping"].items()}
    assert {*kinds} == {*SPECS} and len(union["oneOf"]) == len(SPECS)
    for kind, schema in kinds.items():
        assert schema["properties"]["job_type"]["const"] == kind and "job_type" in schema["required"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_has_words_and_examples_that_are_right(name):
    operation = OPERATIONS[name]
    assert operation["summary"] and operation["description"]
    assert all(parameter["description"] for parameter in operation.get("parameters", ()))
    bodies = [*operation.get("requestBody", {}).get("content", {}).items()]
    for response in operation["responses"].values():
        bodies += response.get("content", {}).items()
    for kind, content in bodies:
        if kind == "application/json":
            validate(content["schema"], DOCUMENT, content["example"])


def test_every_property_is_described_and_none_has_a_default():
    for name, schema in SCHEMAS.items():
        for field, told in schema.get("properties", {}).items():
            assert told.get("description"), f"{name}.{field}"
            assert "default" not in told, f"{name}.{field}"


def test_numbers_have_formats_and_no_two_values_one_name():
    names = {}
    for schema in _walk(SCHEMAS):
        if schema.get("type") in ("integer", "number"):
            assert schema["format"] in ("int32", "int64", "double")
        assert "prefixItems" not in schema
        named = {one["$ref"] for one in schema["oneOf"]} if "discriminator" in schema else set()
        assert named == {*schema.get("discriminator", {}).get("mapping", {}).values()}, "it is needed whole"
        for name in schema.get("x-enum-varnames", ()):
            assert names.setdefault(name, schema) is schema, name
    assert "JOB_STATUS_QUEUED" in names and "VTON_STATUS_QUEUED" in names
    (seed, _) = SCHEMAS["TryOnOptions"]["properties"]["seed"]["anyOf"]
    assert seed["format"] == "int64"


def test_who_may_come_in_is_said_of_each_operation():
    assert DOCUMENT["components"]["securitySchemes"].keys() == {"bearer", "session"}
    everybody = {name for name, operation in OPERATIONS.items() if operation.get("security") == []}
    links = {"forgot_password", "reset_password", "confirm_email"}  # whoever has one need not be signed in
    assert everybody == {"sign_up", "enter_as_guest", "log_in", "create_token"} | links
    assert DOCUMENT["security"] == [{"bearer": []}, {"session": []}]


def test_an_upload_is_binary_and_names_its_types():
    content = OPERATIONS["upload_cloth"]["requestBody"]["content"]["multipart/form-data"]
    assert SCHEMAS["Body_upload_cloth"]["properties"]["file"]["format"] == "binary"
    assert "image/heic" in content["encoding"]["file"]["contentType"]


@pytest.mark.parametrize(
    ("name", "body", "fits"),
    [
        ("Snap", {"cloth_key": "a"}, True),
        ("Snap", {"cloth_key": "a", "uncleaned_outfit_s3": None}, True),
        ("Snap", {}, False),
        ("Snap", {"cloth_key": "a", "uncleaned_outfit_s3": "b"}, False),
        ("SizeChartBody", {"html": "<table>"}, True),
        ("SizeChartBody", {"html": "<table>", "text": "S"}, False),
        ("SizeChartBody", {}, False),
    ],
)
def test_of_several_fields_exactly_one_is_a_rule_of_the_schema(name, body, fits):
    more = {"user_snap_s3": "a"} if name == "Snap" else {}
    if fits:
        validate(SCHEMAS[name], DOCUMENT, {**body, **more})
        return
    with pytest.raises(ValidationError):
        validate(SCHEMAS[name], DOCUMENT, {**body, **more})


def test_no_union_has_an_array_beside_another_value():
    """Generators for Java name a method after its type then: `getList<Double>()`."""
    for part in _walk(DOCUMENT):
        kinds = {kind.get("type", "object") for kind in part.get("anyOf", ())} - {"null"}
        assert "array" not in kinds or kinds == {"array"}, part
