"""settings: every variable, its default and what it refuses.

How they are read at all stands in the project's own tests/test_settings.py.
"""

import pytest

import settings

GIB = 1024**3


def test_without_variables_the_defaults_hold() -> None:
    read = settings.read({})
    assert not read.head_first
    assert (read.multipart_threshold, read.part_size, read.parts_in_flight) == (5 * GIB, None, None)
    assert (read.source_owner, read.kms_key_arn, read.log_level) == (None, None, "INFO")


def test_every_value_is_read() -> None:
    read = settings.read(
        {
            "DESTINATION_BUCKET": "b",
            "DESTINATION_PREFIX": "p/",
            "OPERATION": "rename",
            "OVERWRITE": "always",
            "MISSING": "skip",
            "HEAD_FIRST": "true",
            "KMS_KEY_ARN": "arn:aws:kms:us-east-1:123456789012:key/k",
            "STORAGE_CLASS": "STANDARD_IA",
            "ANNOTATIONS": "exclude",
            "SOURCE_OWNER": "123456789012",
            "DESTINATION_OWNER": "210987654321",
            "MULTIPART_THRESHOLD_MIB": "8",
            "PART_SIZE_MIB": "5",
            "PARTS_IN_FLIGHT": "7",
            "LOG_LEVEL": "ERROR",
        }
    )
    mib = 1024**2
    assert (read.destination_bucket, read.destination_prefix) == ("b", "p/")
    assert (read.operation, read.overwrite, read.head_first) == ("rename", "always", True)
    assert read.kms_key_arn == "arn:aws:kms:us-east-1:123456789012:key/k"
    assert (read.storage_class, read.annotations) == ("STANDARD_IA", "exclude")
    assert read.log_level == "ERROR"
    assert (read.source_owner, read.destination_owner) == ("123456789012", "210987654321")
    assert (read.multipart_threshold, read.part_size) == (8 * mib, 5 * mib)
    assert (read.missing, read.parts_in_flight) == ("skip", 7)
    assert read.problems == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HEAD_FIRST", "1"),
        ("STORAGE_CLASS", "cold"),
        ("ANNOTATIONS", "Copy"),
        ("DESTINATION_OWNER", "1234-5678-9012"),
        ("MULTIPART_THRESHOLD_MIB", "4"),
        ("PART_SIZE_MIB", "4"),
        ("PART_SIZE_MIB", "-5"),
        ("PART_SIZE_MIB", "5.5"),
        ("MISSING", "Skip"),
        ("PARTS_IN_FLIGHT", "0"),
        ("PARTS_IN_FLIGHT", "401"),
        ("PARTS_IN_FLIGHT", "\u0663"),
    ],
)
def test_a_bad_value_is_a_sentence_that_names_it(name: str, value: str) -> None:
    [problem] = settings.read({name: value}).problems
    assert problem.startswith(f"The setting {name} is {value!r}: use ")


def test_all_bad_values_are_listed() -> None:
    assert len(settings.read({"OPERATION": "x", "OVERWRITE": "y", "LOG_LEVEL": "z"}).problems) == 3
