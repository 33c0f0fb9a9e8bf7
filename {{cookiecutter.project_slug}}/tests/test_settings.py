"""settings: the environment, read once. Add a test for each variable of your own."""

from dataclasses import asdict

import pytest

import settings


def test_without_variables_the_function_copies_and_never_overwrites():
    read = settings.read({})

    assert (read.operation, read.overwrite, read.missing) == ("copy", "never", "fail")
    assert read.problems == ()


def test_the_settings_that_template_yaml_states_are_good():
    stated = pytest.importorskip("test_template").VARIABLES
    literal = {name: value for name, value in stated.items() if isinstance(value, str)}
    assert settings.read(literal).problems == ()


def test_an_empty_variable_counts_as_unset():
    empty = settings.read({"OPERATION": "", "KMS_KEY_ARN": ""})
    assert asdict(empty) == asdict(settings.read({}))


def test_a_variable_is_read():
    read = settings.read({"DESTINATION_BUCKET": "b", "OPERATION": "rename", "PART_SIZE_MIB": "5"})

    assert (read.destination_bucket, read.operation) == ("b", "rename")
    assert read.part_size == 5 * 1024**2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPERATION", "Rename"),
        ("OVERWRITE", "sometimes"),
        ("KMS_KEY_ARN", "alias/mine"),
        ("SOURCE_OWNER", "12345678901"),
        ("MULTIPART_THRESHOLD_MIB", "5121"),
        ("LOG_LEVEL", "info"),
    ],
)
def test_a_bad_value_is_a_sentence_that_names_it(name, value):
    [problem] = settings.read({name: value}).problems

    assert problem.startswith(f"The setting {name} is {value!r}: use ")
