"""Any request and any answer of the job API survives the wire, with botocore at the other end.

Values are made from botocore's own shapes, so that a member which AWS adds is covered as well.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

import pytest
from botocore.model import ListShape, MapShape, StringShape, StructureShape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.local.api import operations, rest_xml, safe_xml
from jobs.local.api.request import Request

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n <>&'\"]")
)
WHOLE_SECONDS = st.datetimes(datetime(1970, 1, 2), datetime(9999, 1, 1)).map(  # noqa: DTZ001
    lambda when: when.replace(microsecond=0, tzinfo=UTC)
)
MILLISECONDS = WHOLE_SECONDS.flatmap(
    lambda when: st.integers(0, 999).map(lambda ms: when.replace(microsecond=ms * 1000))
)
OPERATIONS = sorted(frozenset(operations.ANSWERS))


def values(shape: Shape, times: st.SearchStrategy[datetime]) -> st.SearchStrategy[Any]:
    """Return what a member of this shape can be, whatever its limits."""
    match shape:
        case StructureShape():
            members = {name: values(each, times) for name, each in shape.members.items()}
            if shape.is_tagged_union:  # has exactly one member
                one_of = [st.fixed_dictionaries({name: each}) for name, each in members.items()]
                return st.one_of(one_of)
            return st.fixed_dictionaries({}, optional=members)
        case ListShape():
            return st.lists(values(shape.member, times), max_size=3)
        case MapShape():
            return st.dictionaries(XML_TEXT, values(shape.value, times), max_size=3)
        case StringShape():
            return st.sampled_from(shape.enum) if shape.enum else XML_TEXT
    return {
        "boolean": st.booleans(),
        "integer": st.integers(-(2**31), 2**31 - 1),
        "long": st.integers(-(2**63), 2**63 - 1),
        "timestamp": times,
    }[shape.type_name]


def requests(operation: OperationModel) -> st.SearchStrategy[dict[str, Any]]:
    shape = cast("StructureShape", operation.input_shape)
    by_place: dict[bool, dict[str, Any]] = {True: {}, False: {}}
    for name, member in shape.members.items():
        in_body = "location" not in member.serialization
        by_place[in_body][name] = values(member, WHOLE_SECONDS) if in_body else plain(member)
    # every member outside the body is sent: labels and the account must be
    asked = st.fixed_dictionaries(by_place[False], optional=by_place[True])
    body = set(by_place[True])
    if not body:
        return asked
    # botocore sends no body at all if nothing goes there
    return asked.filter(lambda one: not body.isdisjoint(one))


def plain(member: Shape) -> st.SearchStrategy[Any]:
    """Return values of a label, a header or a query parameter, which are never empty."""
    if member.serialization.get("hostLabel"):
        return st.text("0123456789", min_size=12, max_size=12)
    if isinstance(member, ListShape):
        return st.lists(plain(member.member), min_size=1, max_size=3)
    if member.type_name == "integer":
        return st.integers(0, 2**31 - 1)
    return st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=1)


@pytest.mark.parametrize("name", OPERATIONS)
def test_any_request_is_read_as_botocore_was_given_it(name: str) -> None:
    operation = operations.model().operation_model(name)

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(requests(operation))
    def holds(asked: dict[str, Any]) -> None:
        sent = create_serializer("rest-xml", include_validation=False).serialize_to_request(
            asked, operation
        )
        path, _, _ = sent["url_path"].partition("?")
        query = urlencode(sent["query_string"], doseq=True)
        headers = {name: str(value) for name, value in sent["headers"].items()}
        request = Request(sent["method"], path, query, headers, sent["body"] or b"")
        found = operations.find(request.method, request.path)
        assert found is not None
        assert found[0].name == name
        assert rest_xml.read(operation, found[1], request) == asked

    holds()


@pytest.mark.parametrize("name", OPERATIONS)
def test_botocore_reads_any_answer_as_it_was_written(name: str) -> None:
    operation = operations.model().operation_model(name)
    shape = cast("StructureShape", operation.output_shape)

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(values(shape, MILLISECONDS))
    def holds(answer: dict[str, Any]) -> None:
        body = rest_xml.write(operation, answer)
        response = {"status_code": 200, "headers": {}, "body": body}
        parsed = create_parser("rest-xml").parse(response, shape)
        parsed.pop("ResponseMetadata")
        assert parsed == answer

    holds()


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused_as_malformed(body: bytes) -> None:
    operation = operations.model().operation_model("CreateJob")
    for each in (body, b"<CreateJobRequest>" + body + b"</CreateJobRequest>"):
        request = Request("POST", "/v20180820/jobs", "", {}, each)
        with suppress(safe_xml.MalformedError):
            assert isinstance(rest_xml.read(operation, {}, request), dict)
