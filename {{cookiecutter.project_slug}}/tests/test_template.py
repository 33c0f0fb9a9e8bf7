"""template.yaml and samconfig.toml: mistakes that deploy, and are noticed late or never."""

import json
import re
import tomllib

import pytest
import yaml

import app
from conftest import PROJECT

HERE = "template.yaml, under FunctionRole: >>> your own permissions"


class Loader(yaml.SafeLoader):
    """Reads `!Ref X` as {"Ref": "X"}, and so on for every short form."""


def long_form(loader, suffix, node):
    construct = {
        yaml.ScalarNode: loader.construct_scalar,
        yaml.SequenceNode: lambda node: loader.construct_sequence(node, deep=True),
        yaml.MappingNode: lambda node: loader.construct_mapping(node, deep=True),
    }
    return {suffix: construct[type(node)](node)}


Loader.add_multi_constructor("!", long_form)
TEMPLATE = yaml.load((PROJECT / "template.yaml").read_text("utf-8"), Loader)  # a SafeLoader
RESOURCES = {
    name: each
    for name, each in TEMPLATE["Resources"].items()
    if not name.startswith("Fn::ForEach::")
}
FUNCTION = RESOURCES["Function"]["Properties"]
VARIABLES = FUNCTION["Environment"]["Variables"]
SAMCONFIG = tomllib.loads((PROJECT / "samconfig.toml").read_text("utf-8"))
OVERRIDES = SAMCONFIG["default"]["global"]["parameters"]["parameter_overrides"]


def test_the_functions_rights_stand_in_its_role():
    dropped = "SAM leaves out the Policies of a function that has a Role: write them in " + HERE
    assert not ("Policies" in FUNCTION and "Role" in FUNCTION), dropped


def test_the_function_is_the_code_in_src():
    assert (FUNCTION["CodeUri"], FUNCTION["Handler"]) == ("src/", "app.lambda_handler")
    assert callable(app.lambda_handler)


def test_each_deployment_of_new_code_publishes_a_version():
    assert FUNCTION["AutoPublishAlias"] == "live", "jobs run on the version behind this alias"


def test_the_function_is_not_called_asynchronously():
    asynchronous = FUNCTION.keys() & {"DeadLetterQueue", "EventInvokeConfig"}
    assert not asynchronous, "S3 Batch Operations waits for each answer: these would do nothing"


def test_the_variables_of_sam_local_invoke_are_those_of_the_function():
    stated = json.loads((PROJECT / "events/env.json").read_text("utf-8"))["Function"]
    every_function = TEMPLATE.get("Globals", {}).get("Function", {}).get("Environment", {})
    declared = VARIABLES.keys() | every_function.get("Variables", {}).keys()
    assert stated.keys() <= declared, "sam leaves out what template.yaml does not declare"


def test_the_files_of_sam_local_invoke_are_there():
    given = SAMCONFIG["default"].get("local_invoke", {}).get("parameters", {})
    named = [given[name] for name in ("event", "env_vars") if name in given]
    missing = [name for name in named if not (PROJECT / name).is_file()]
    assert missing == [], "samconfig.toml names them for sam local invoke: name others there"


def test_samconfig_gives_every_parameter_that_has_no_default():
    given = {entry.partition("=")[0] for entry in OVERRIDES}
    needed = {name for name, rules in TEMPLATE["Parameters"].items() if "Default" not in rules}

    assert needed <= given
    assert given <= TEMPLATE["Parameters"].keys(), "sam deploy refuses what is not declared"


def test_the_values_in_samconfig_stand_in_inner_quotes():
    quoted = re.compile(r'[A-Za-z0-9]+="(\\.|[^"\\])*"')
    bare = [entry for entry in OVERRIDES if not quoted.fullmatch(entry)]
    assert bare == [], "sam drops an empty value without them, and cuts one at a space"


@pytest.mark.parametrize("environment", [name for name in SAMCONFIG if name != "version"])
def test_cloudformation_takes_the_name_of_the_stack(environment):
    sections = [each.get("parameters", {}) for each in SAMCONFIG[environment].values()]
    names = [each["stack_name"] for each in sections if "stack_name" in each]
    rendered = [name for name in names if "{" not in name]  # the template's own has no answer yet
    assert all(re.fullmatch("[A-Za-z][A-Za-z0-9-]{0,127}", name) for name in rendered), rendered


def test_the_jobs_bucket_outlives_the_stack_and_is_closed():
    bucket = RESOURCES["JobsBucket"]
    properties = bucket["Properties"]
    [encryption] = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert bucket["UpdateReplacePolicy"] == "Retain"
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    algorithm = encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"]
    assert algorithm == "AES256", "a job cannot read a CSV manifest under SSE-KMS"


@pytest.mark.parametrize("parameter", ["SourceBucket", "DestinationBucket"])
def test_the_stack_never_makes_the_buckets_of_the_objects(parameter):
    made = [each for name, each in RESOURCES.items() if not name.startswith("Fn::")]
    named = [each.get("Properties", {}).get("BucketName") for each in made]
    assert {"Ref": parameter} not in named, "deleting the stack would delete it"
