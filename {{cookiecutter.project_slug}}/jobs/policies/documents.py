"""Every IAM document of the stack, out of template.yaml: there is no second copy to drift.

The roles' documents are printed also when the roles exist already: they say what these need.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jobs.policies import names, owners, roles
from jobs.project.parameters import destinations
from jobs.project.resolver import placeholders
from jobs.project.template import resource

Json = dict[str, Any]
LOOP = "Fn::ForEach::"  # of AWS::LanguageExtensions: only CloudFormation makes its resources
Entry = tuple[str, str, Json]  # title, place and document


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON document, where it belongs, and why it is not final yet; empty: it is."""

    title: str
    where: str
    note: str
    document: Json


def documents(template: Json, values: Mapping[str, str], place: names.Place) -> list[Document]:
    """Return every policy and trust document, then what owners of other things must add.

    `template` is as `project.template.load` gives it, `values` as `project.parameters.values`.

    Raises:
        Refused: the values contradict each other.
    """
    entries = [*_of_stack(template, values, place), *_for_owners(template, values, place)]
    return [Document(title, where, _note(each, place), each) for title, where, each in entries]


def _roles(place: names.Place) -> dict[str, str]:
    """Return logical id -> ARN of each role."""
    return {"FunctionRole": place.function_role, "JobRole": place.job_role}


def _of_stack(template: Json, values: Mapping[str, str], place: names.Place) -> Iterator[Entry]:
    resolver = names.resolver(template, values, place)
    for logical_id, arn in _roles(place).items():
        role = resolver.value(resource(template, logical_id)["Properties"])
        trust = role["AssumeRolePolicyDocument"]
        yield f"{logical_id}: trust", f"trust policy of {arn}", trust
        for name, document in roles.policies(template, resolver, logical_id):
            yield f"{logical_id}: {name}", f"policy of {arn}", document
        if attached := roles.managed_elsewhere(template, resolver, logical_id):
            where = f"to be attached to {arn}: managed policies that are made elsewhere"
            yield f"{logical_id}: managed policies", where, {"ManagedPolicyArns": attached}
    jobs = f"jobs with the tag Application={place.stack}, which submit gives"
    for logical_id, where in (
        ("SubmitterPolicy", f"policy of whoever submits jobs; it reaches {jobs}"),
        ("ConfirmerPolicy", f"policy of whoever confirms or cancels; it reaches {jobs}"),
        ("JobsBucketPolicy", f"bucket policy of {place.jobs_bucket}"),
    ):
        if logical_id in template["Resources"]:  # an author may have deleted it
            properties = resolver.value(resource(template, logical_id)["Properties"])
            yield logical_id, where, properties["PolicyDocument"]
    for logical_id, made in template["Resources"].items():
        if logical_id.startswith(LOOP) and "AWS::IAM::" in json.dumps(made):
            where = "a loop, as template.yaml has it: what it makes may give a role more rights"
            yield logical_id, where, {logical_id: made}


def _for_owners(template: Json, values: Mapping[str, str], place: names.Place) -> Iterator[Entry]:
    resolver = names.resolver(template, values, place)
    rights = {
        arn: roles.allowed(template, resolver, logical_id)
        for logical_id, arn in _roles(place).items()
    }
    for bucket, owner in owners.foreign_buckets(values, place.account).items():
        where = f"bucket policy of {bucket}, added by account {owner} once the roles exist"
        yield f"Bucket {bucket}", where, owners.bucket_policy(rights, bucket)
    for key in owners.foreign_keys(values, place.account):
        where = f"key policy of {key}, added by its owner once the roles exist"
        yield f"Key {key}", where, owners.key_policy(rights, key)
    if topic := values["AlarmTopicArn"]:
        where = f"access policy of {topic}, beside the statements that are there"
        yield f"Topic {topic}", where, owners.topic_policy(topic, names.alarms(place))
        where = f"key policy of the key of {topic}, if it is encrypted with a key of yours"
        yield "Key of the topic", where, owners.topic_key_policy()
    if log_key := values.get("LogKmsKeyArn"):
        where = f"key policy of {log_key}, before the stack is deployed"
        yield "Key of the log", where, owners.log_key_policy(*names.logs(place))
    usual, *further = destinations(values)
    rule = owners.unfinished_uploads(values["DestinationPrefix"])
    yield "Unfinished uploads", f"lifecycle rules of {usual}, beside those that are there", rule
    if further:  # the prefix does not bound what is written there
        where = f"lifecycle rules of {', '.join(further)}, beside those that are there"
        yield "Unfinished uploads, further buckets", where, owners.unfinished_uploads("")


def _note(document: Json, place: names.Place) -> str:
    """Return what in `document` is not known yet; empty: all is."""
    text = json.dumps(document, ensure_ascii=False)
    unnamed = {
        "the function": place.function,
        "the jobs bucket": place.jobs_bucket,
        "the function's role": place.function_role,
        "the job role": place.job_role,
    }
    notes = []
    if unknown := [
        what for what, name in unnamed.items() if names.MADE_UP in name and name in text
    ]:
        notes.append(
            f"NOT FINAL: the name of {' and of '.join(unknown)} is known after the first"
            " deployment: print this again then."
        )
    if unresolved := [json.loads(f'"{each}"') for each in placeholders(text)]:
        notes.append(
            f"NOT FINAL: only CloudFormation knows what {' and '.join(unresolved)} will be: write"
            " the value of the deployed stack there."
        )
    return " ".join(notes)
