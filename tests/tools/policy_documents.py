"""The documents of the stack as a test wants it deployed, and its template with other resources."""

from __future__ import annotations

import copy
from typing import Any

from jobs.policies import names
from jobs.policies.documents import Document
from jobs.policies.documents import documents as every_document
from jobs.project import parameters as stack_parameters
from jobs.project import template

TEMPLATE = template.load(template.PATH)
BUCKETS = {"SourceBucket": "amzn-s3-demo-source", "DestinationBucket": "amzn-s3-demo-target"}
ACCOUNT, OTHER = "111122223333", "444455556666"


def documents(stack: Any = TEMPLATE, **parameters: str) -> dict[str, Document]:
    values = stack_parameters.values(stack, {**BUCKETS, **parameters})
    place = names.planned(ACCOUNT, "us-east-1", "demo", values)
    return {each.title: each for each in every_document(stack, values, place)}


def sids(document: Document) -> set[str]:
    return {each["Sid"] for each in document.document["Statement"]}


def statement(document: Document, sid: str) -> Any:
    return next(each for each in document.document["Statement"] if each["Sid"] == sid)


def with_resources(**resources: Any) -> Any:
    """Return the template with these resources added, or properties of those that are there."""
    changed = copy.deepcopy(TEMPLATE)
    for logical_id, resource in resources.items():
        there = changed["Resources"].setdefault(logical_id, {"Type": resource.get("Type")})
        there.setdefault("Properties", {}).update(resource["Properties"])
    return changed


def allow(resource: Any, action: str = "dynamodb:PutItem") -> Any:
    return {"Statement": {"Effect": "Allow", "Action": action, "Resource": resource}}
