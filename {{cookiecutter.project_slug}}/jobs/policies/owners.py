"""What the owners of buckets, keys and the topic must add on their side.

What buckets and keys must allow is derived from the roles' own rights.

Another account's bucket or key answers only when its owner allows the role too (IAM User Guide,
reference_policies_evaluation-logic-cross-account).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jobs.errors import Refused
from jobs.project.parameters import destinations

Json = dict[str, Any]
Rights = Mapping[str, Sequence[Json]]
"""ARN of a role -> its Allow statements."""

UNFINISHED_DAYS = 7
ARN_PARTS = 6  # arn:partition:service:region:account:resource


def policy(statements: Sequence[Json]) -> Json:
    """Return a policy document of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def foreign_buckets(values: Mapping[str, str], account: str) -> dict[str, str]:
    """Return bucket name -> owner, for the buckets that another account owns.

    The function asks for the same owner of every destination.

    Raises:
        Refused: one bucket is source and destination, and is said to have two owners.
    """
    source, source_owner = values["SourceBucket"], values["SourceOwner"] or account
    owner = values["DestinationOwner"] or account
    named = destinations(values)
    if source in named and source_owner != owner:
        raise Refused(
            f"The bucket {source!r} is source and destination, but SourceOwner says that "
            f"{source_owner} owns it and DestinationOwner {owner}: give both the same value."
        )
    owned = {source: source_owner} | dict.fromkeys(named, owner)
    return {bucket: each for bucket, each in owned.items() if each != account}


def foreign_keys(values: Mapping[str, str], account: str) -> list[str]:
    """Return the ARNs of the KMS keys that another account owns, each once."""
    uses = ("Source", "Destination", "Manifest", "Environment")
    keys = [values.get(f"{use}KmsKeyArn", "") for use in uses]
    return [key for key in dict.fromkeys(keys) if key and key.split(":")[4] != account]


def bucket_policy(rights: Rights, bucket: str) -> Json:
    """Return what the policy of `bucket` must allow the roles."""
    return policy(list(_granted(rights, bucket)))


def key_policy(rights: Rights, key: str) -> Json:
    """Return what the policy of a KMS key must allow the roles; there, "*" is the key itself."""
    return policy([{**each, "Resource": "*"} for each in _granted(rights, key)])


def topic_policy(topic: str, alarms: str) -> Json:
    """Return what the access policy of an SNS topic must allow the alarms and the job rule.

    `alarms` is a pattern for their ARNs; it holds their account, so that aws:SourceAccount would
    add nothing. The condition: Amazon SNS Developer Guide, sns-access-policy-use-cases.
    """
    publish = {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic}
    # "You can't use Condition blocks in Amazon SNS topic policies for EventBridge": its requests
    # carry none of the keys (EventBridge User Guide, eb-use-resource-based).
    events = {"Sid": "TellJobStates", "Principal": {"Service": "events.amazonaws.com"}, **publish}
    alarm = {
        "Sid": "TellAlarms",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        **publish,
        "Condition": {"ArnLike": {"aws:SourceArn": alarms}},
    }
    return policy([alarm, events])


def topic_key_policy() -> Json:
    """Return what the key of an encrypted topic must allow those who publish.

    Amazon SNS Developer Guide, sns-key-management: "Enable compatibility between event sources
    from AWS services and encrypted topics".
    """
    services = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
    allow = {"Sid": "TellTheTopic", "Effect": "Allow", "Principal": {"Service": services}}
    return policy([{**allow, "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*"}])


def log_key_policy(log_groups: str, region: str, suffix: str) -> Json:
    """Return what the key of the log must allow CloudWatch Logs.

    `log_groups` is a pattern for the ARN of the function's log group, `suffix` the end of AWS's
    host names there. The condition: CloudWatch Logs User Guide, encrypt-log-data-kms.
    """
    actions = ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*"]
    statement = {
        "Sid": "EncryptTheLog",
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{region}.{suffix}"},
        "Action": [*actions, "kms:ReEncrypt*"],
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
    }
    return policy([statement])


def unfinished_uploads(prefix: str) -> Json:
    """Return the lifecycle rule that ends uploads which a crash of the function left behind."""
    rule = {
        "ID": "forget-unfinished-uploads",
        "Status": "Enabled",
        "Filter": {"Prefix": prefix},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": UNFINISHED_DAYS},
    }
    return {"Rules": [rule]}


def _granted(rights: Rights, subject: str) -> Iterator[Json]:
    """Yield the statements about `subject` as its owner must write them: who, and only this."""
    for role, statements in rights.items():
        for statement in statements:
            named = statement.get("Resource", [])  # NotResource names no bucket
            arns = [named] if isinstance(named, str) else named
            if mine := [arn for arn in arns if _subject(arn) == subject]:
                yield {**statement, "Principal": {"AWS": role}, "Resource": mine}


def _subject(arn: str) -> str:
    """Return the bucket of an S3 resource, else the ARN; only s3express names directory buckets."""
    parts = arn.split(":", 5)
    if len(parts) < ARN_PARTS:  # "*", or what only the deployed stack knows
        return arn
    service, resource = parts[2], parts[5]
    match service:
        case "s3" if not (bucket := resource.split("/")[0]).endswith("--x-s3"):
            return bucket
        case "s3express":
            return resource.removeprefix("bucket/")
    return arn
