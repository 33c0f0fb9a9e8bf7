"""The REST-XML of the job service, with botocore itself at the other end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.parsers import create_parser

from jobs.local.api import operations, rest_xml, safe_xml, server
from jobs.local.api.request import Request
from jobs.local.engine.api_errors import ApiError

if TYPE_CHECKING:
    from botocore.model import Shape

JOB_ID = "0a1b2c3d-0000-4000-8000-123456789abc"


def received(operation: str, status: int, body: bytes) -> dict[str, Any]:
    """Return what botocore makes of an answer."""
    model = operations.model().operation_model(operation)
    response = {"status_code": status, "headers": {}, "body": body}
    parsed: dict[str, Any] = create_parser("rest-xml").parse(
        response, cast("Shape", model.output_shape)
    )
    parsed.pop("ResponseMetadata")
    return parsed


def body_of(xml: str) -> dict[str, Any]:
    """Return the parameters of a CreateJob with this body."""
    operation = operations.model().operation_model("CreateJob")
    request = Request("POST", "/v20180820/jobs", "", {}, xml.encode())
    parameters: dict[str, Any] = rest_xml.read(operation, {}, request)
    return parameters


def create_job(inside: str) -> str:
    return f"<CreateJobRequest>{inside}</CreateJobRequest>"


def test_botocore_reads_each_line_end_of_an_answer_as_it_was_written() -> None:
    operation = operations.model().operation_model("UpdateJobStatus")
    answer = {"JobId": JOB_ID, "StatusUpdateReason": "a\r\nb\rc\n"}
    assert received("UpdateJobStatus", 200, rest_xml.write(operation, answer)) == answer


def test_botocore_reads_code_and_message_of_an_error() -> None:
    body = server.error_body(ApiError("BadRequestException", "Priority <1> & 'more'"), "request-1")
    error = received("CreateJob", 400, body)["Error"]
    assert error == {"Code": "BadRequestException", "Message": "Priority <1> & 'more'"}


def test_what_xml_cannot_carry_is_replaced_in_an_answer() -> None:
    operation = operations.model().operation_model("UpdateJobStatus")
    body = rest_xml.write(operation, {"JobId": "\x00\x1f\ud800\uffff", "Status": "Ready"})
    assert received("UpdateJobStatus", 200, body)["JobId"] == "\ufffd" * 4


def test_an_answer_with_a_member_that_the_model_does_not_have_is_our_bug() -> None:
    operation = operations.model().operation_model("UpdateJobPriority")
    with pytest.raises(KeyError, match="Priorities"):
        rest_xml.write(operation, {"Priorities": 1})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "empty"),
        ("not xml", "not well-formed"),
        ("<CreateJobRequest>", "not well-formed"),
        ("<CreateJobRequest>&what;</CreateJobRequest>", "not well-formed"),
        ("<a:CreateJobRequest/><b/>", "not well-formed"),
        ('<?xml version="1.0" encoding="klingon"?><CreateJobRequest/>', "not well-formed"),
        ("<PutJobTaggingRequest/>", "'PutJobTaggingRequest' document: send a CreateJobRequest"),
        (create_job("<Prio>1</Prio>"), "CreateJobRequest: unknown member 'Prio'"),
        (create_job("<Report><Scope/></Report>"), "Report: unknown member 'Scope'"),
        (create_job("<Priority>1</Priority><Priority>2</Priority>"), "Priority: given twice"),
        (create_job("<Priority>ten</Priority>"), "Priority: 'ten' is no integer"),
        (create_job("<Priority>1_0</Priority>"), "Priority: '1_0' is no integer"),
        (create_job("<Priority>\u0661</Priority>"), "Priority: '\u0661' is no integer"),
        (create_job("<Priority/>"), "Priority: '' is no integer"),
        (create_job(f"<Priority>{'9' * 5000}</Priority>"), "is no integer"),
        (create_job("<Priority><b>1</b></Priority>"), "Priority: unknown member 'b'"),
        (create_job("<Report><Enabled>yes</Enabled></Report>"), "Report.Enabled: 'yes'"),
        (create_job("<AccountId>1</AccountId>"), "unknown member 'AccountId'"),
        (create_job("<Tags><Tag/></Tags>"), "Tags: unknown member 'Tag', it takes member"),
        (
            create_job("<Tags><member><Key>k</Key><Name>v</Name></member></Tags>"),
            r"Tags\[0\]: unknown member 'Name', it takes Key, Value",
        ),
    ],
)
def test_a_malformed_body_is_refused_by_a_sentence_that_names_the_place(
    body: str, said: str
) -> None:
    with pytest.raises(safe_xml.MalformedError, match=said):
        body_of(body)


@pytest.mark.parametrize(
    "text",
    [
        *("soon", "inf", "-inf", "nan", "1e400", "99999999999999999999"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "10000-01-01T00:00:00Z"),
    ],
)
def test_a_moment_that_no_calendar_has_is_refused_by_its_field(text: str) -> None:
    created = f"<Filter><CreatedAfter>{text}</CreatedAfter></Filter>"
    inside = f"<S3JobManifestGenerator>{created}</S3JobManifestGenerator>"
    said = f"Filter.CreatedAfter: {text!r} is no timestamp"
    with pytest.raises(safe_xml.MalformedError, match=re.escape(said)):
        body_of(create_job(f"<ManifestGenerator>{inside}</ManifestGenerator>"))


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("<entry><key>a</key></entry>", "one <key> and one <value>"),
        ("<entry><key>a</key><key>b</key></entry>", "one <key> and one <value>"),
        ("<entry><key>a</key><value/><value/></entry>", "one <key> and one <value>"),
        ("<member><key>a</key><value/></member>", "unknown member 'member'"),
        ("<entry><key>a</key><value/></entry>" * 2, "'a' is given twice"),
    ],
)
def test_a_malformed_map_is_refused(entries: str, said: str) -> None:
    arguments = f"<UserArguments>{entries}</UserArguments>"
    operation = f"<Operation><LambdaInvoke>{arguments}</LambdaInvoke></Operation>"
    with pytest.raises(safe_xml.MalformedError, match=f"UserArguments.*{said}"):
        body_of(create_job(operation))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r SYSTEM "http://127.0.0.1:1/evil.dtd">',
        "<!DOCTYPE CreateJobRequest>",
    ],
    ids=["bomb", "file", "remote", "plain"],
)
def test_a_document_type_is_refused_before_any_entity_is_declared(
    declaration: str, encoding: str
) -> None:
    body = (declaration + create_job("<Description>&b;</Description>")).encode(encoding)
    with pytest.raises(safe_xml.MalformedError, match="document type"):
        safe_xml.parse(body)


def test_a_document_nested_ten_thousand_deep_is_refused_quietly() -> None:
    deep = create_job("<a>" * 10_000 + "</a>" * 10_000)
    with pytest.raises(safe_xml.MalformedError, match="unknown member 'a'"):
        body_of(deep)


def test_prefixes_attributes_comments_and_spaces_make_no_difference() -> None:
    body = (
        '<n:CreateJobRequest xmlns:n="http://awss3control.amazonaws.com/doc/2018-08-20/">'
        '<!-- why --><n:Priority n:x="y"> 7 </n:Priority>\n</n:CreateJobRequest>'
    )
    assert body_of(body) == {"Priority": 7}


def test_a_query_parameter_given_twice_is_refused() -> None:
    operation = operations.model().operation_model("UpdateJobPriority")
    request = Request("POST", "", "priority=1&priority=2", {}, b"")
    with pytest.raises(safe_xml.MalformedError, match="Priority: 2 times in the query"):
        rest_xml.read(operation, {"id": JOB_ID}, request)


def test_a_path_finds_its_operation_and_its_label_once_decoded() -> None:
    found = operations.find("GET", "/v20180820/jobs/a%2Fb%2520")
    assert found is not None
    assert (found[0].name, found[1]) == ("DescribeJob", {"id": "a/b%20"})


@pytest.mark.parametrize("path", ["/", "/v20180820/job", "/v20180820/jobs/", "/v1/jobs", "", "*"])
def test_an_unknown_path_finds_nothing(path: str) -> None:
    assert operations.find("GET", path) is None
    assert operations.methods(path) == []


def test_a_path_knows_its_methods() -> None:
    assert operations.methods("/v20180820/jobs") == ["GET", "POST"]
    assert operations.methods("/v20180820/jobs/1/tagging") == ["DELETE", "GET", "PUT"]
