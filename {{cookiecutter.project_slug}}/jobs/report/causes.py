"""Why rows failed: messages of one kind, their advice, and how to mask what differs in them.

A cause is an error code and a message with the row's own names, and any id, number or date, masked.
Messages of the template's own function are known by a few words that each of its sentences has;
what S3, Lambda or another function says is grouped by what is left of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MASK = "…"
RETRYABLE_CODE = "TemporaryFailure"
# Places, versions, ids and tokens, numbers and dates: what differs between messages of one kind.
DIFFERING = (
    r"s3://\S+"
    r"|\(version \S+\)"
    r"|[0-9A-Za-z+/=_-]*[0-9][0-9A-Za-z+/=_-]{15,}"
    r"|\b\d(?:[\d.,:T-]*\dZ?)?"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """Failures that have one cause.

    Attributes:
        words: a regular expression that finds it in a message.
        title: the message in short, for people; `{0}` is what the first group found.
        advice: what to do; empty: nothing is known.
        retryable: whether doing it again can help without a change.
    """

    words: str
    title: str
    advice: str
    retryable: bool = False


AGAIN = "nothing to change"
KINDS = (
    Kind(r" is archived", "archived: restore it first", "restore the objects"),
    Kind(
        r"S3 denied the delete of",
        "copied, but S3 denied the delete of the source",
        "allow s3:DeleteObject on the source, and look at Object Lock",
    ),
    Kind(
        r"S3 denied (\w+)",
        "S3 denied {0}",
        "allow it in the role, the bucket policies and the KMS key: python -m jobs policies",
    ),
    Kind(
        r"was not written in a later second, so it need not be a copy",
        "an identical object has the new name, and need not be a copy",
        "look at both; delete the old one yourself if they are meant to be one object",
    ),
    Kind(
        r"exists(, and so does| and is not shown to be a copy)",
        "another object has the new name",
        "look at both; give the row another newKey, or overwrite=always",
    ),
    Kind(
        r"changed (after it was copied|while it was copied|while the parts were copied)",
        "changed while it was copied",
        AGAIN,
        retryable=True,
    ),
    Kind(
        r"was there and is gone again", "another program works on the object", AGAIN, retryable=True
    ),
    Kind(
        r"(Task timed out after|Not started: the function's time)",
        "the function's time was over",
        "raise MemorySize or Timeout (900 at most) in samconfig.toml, then sam build && sam deploy",
        retryable=True,
    ),
    Kind(
        r"at the speed of its first parts",
        "too large for the function's time",
        "raise Timeout (900 at most) in samconfig.toml, or PARTS_IN_FLIGHT in template.yaml",
    ),
    Kind(
        r"(Runtime exited|signal: killed|OutOfMemory)",
        "the function's process ended",
        "look at its log; it may need more memory: raise MemorySize in samconfig.toml, then sam"
        " build && sam deploy",
        retryable=True,
    ),
    Kind(r"Rate exceeded|TooManyRequests|SlowDown|Throttl", "throttled", AGAIN, retryable=True),
    Kind(r"S3 answered (\S+) \(", "S3 answered {0}", AGAIN, retryable=True),
    Kind(
        r"One of the buckets of .* does not exist",
        "a bucket does not exist",
        "look at the names of the buckets",
    ),
    Kind(
        r"does not exist",
        "the object is not there",
        "leave them out; for the copy and rename task, submit --argument missing=skip counts them"
        " as done",
    ),
    Kind(r"is a delete marker", "the object was deleted", "leave them out, or list older versions"),
    Kind(
        r"SSE-C",
        "under a customer's own key (SSE-C)",
        "copy them with a program that holds the key",
    ),
    Kind(
        r"The KMS key of",
        "the KMS key cannot be used",
        "enable the key, and allow the role to use it",
    ),
    Kind(
        r"in another Region than the function",
        "a bucket is in another Region",
        "run the job in the Region of the bucket",
    ),
    Kind(
        r"versioning of .* is suspended",
        "versioning of the bucket is suspended",
        "resume versioning, or copy instead",
    ),
    Kind(
        r"is not the current version",
        "not the current version",
        "copy instead, or list the current versions",
    ),
    Kind(
        r"Copied to .*, but not all of its tags and annotations",
        "copied without all of its tags and annotations",
        "look at S3's words in the report",
    ),
    Kind(
        r"Copied to .*, but .* was not deleted",
        "copied, but the source was not deleted",
        "look at S3's words in the report",
    ),
    Kind(
        r"Copied to .*, the rest is not done yet",
        "copied, the rest is not done yet",
        AGAIN,
        retryable=True,
    ),
    Kind(
        r"begins with the prefix .* already",
        "it has the prefix already: it was moved before",
        "leave them out, or give the rows a newKey",
    ),
    Kind(r"The upload of .* ended while", "its upload ended meanwhile", AGAIN, retryable=True),
    Kind(
        r"which a directory bucket cannot hold",
        "its tags or annotations would be lost in a directory bucket",
        "copy instead of rename, or remove them",
    ),
    Kind(
        r"does not know object annotations",
        "the function's boto3 does not know annotations",
        "set ANNOTATIONS to exclude in template.yaml if there are none, or put a newer boto3 into "
        "src/requirements.txt",
    ),
    Kind(r"Lambda returned function error", "the function ended with an error", "look at its log"),
)


def known(code: str, masked: str) -> Kind:
    """Return the kind of a masked message; of one that none matches, it is the title itself."""
    is_temporary = code == RETRYABLE_CODE
    for kind in KINDS:
        if found := re.search(kind.words, masked):
            title = kind.title.format(*found.groups())
            return replace(kind, title=title, retryable=kind.retryable or is_temporary)
    return Kind("", masked, AGAIN if is_temporary else "", is_temporary)


def masked_sql(message: str, names: Sequence[str]) -> str:
    """Return the SQL expression of `message` with everything masked that differs between rows.

    Args:
        message: the expression of the message.
        names: expressions of texts that are the row's own, the longest first; NULL masks nothing.
    """
    for name in names:
        # a short name is a word of every sentence: only as a part of a URI or in quotes
        message = (
            f"CASE WHEN length({name}) >= 4 THEN replace({message}, {name}, '{MASK}')"
            f" WHEN length({name}) > 0 THEN replace(replace({message}, '/' || {name}, '/{MASK}'),"
            f" '''' || {name} || '''', '''{MASK}''') ELSE {message} END"
        )
    return f"regexp_replace({message}, '{DIFFERING}', '{MASK}', 'g')"
