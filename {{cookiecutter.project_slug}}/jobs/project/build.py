"""Tells when src/ or template.yaml were edited and a job would still run what was there before.

`sam deploy` takes .aws-sam/build as soon as that exists, whatever was edited since. Layers in other
folders are not compared.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import zipfile
from base64 import b64encode
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.project.template import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.project.resolver import Node

AGAIN = "run sam build && sam deploy"
# What sam build leaves out: PythonPipWorkflow.EXCLUDED_FILES of aws_lambda_builders.
NOT_BUILT = """
    .aws-sam .chalice .git .gitignore *.pyc __pycache__ *.so .Python *.egg-info *.egg pip-log.txt
    pip-delete-this-directory.txt htmlcov .tox .nox .coverage .cache .pytest_cache .python-version
    .mypy_cache .dmypy.json .pyre .env .venv venv venv.bak env.bak ENV env .vscode .idea
    """.split()  # noqa: SIM905 - three lines of words, or thirty
# The properties in which sam build writes where it put local code (RESOURCES_WITH_LOCAL_PATHS of
# samcli.lib.utils.resources), and what it writes beside a resource.
CHANGED_BY_BUILD = frozenset(
    """
    BodyS3Location Code CodeS3Location CodeUri Content ContentUri DefinitionS3Location DefinitionUri
    Location ModulePackage RequestMappingTemplateS3Location ResponseMappingTemplateS3Location
    SchemaHandlerPackage SchemaUri ScriptLocation SourceBundle TemplateURL
    """.split()  # noqa: SIM905 - as above
)


def outdated(project: Path, code_sha256: str, modified: str) -> str:
    """Return in one sentence what was edited and is not deployed; empty: nothing is known of it.

    Without a build there is nothing to compare, nor with a build that is older than a deployment
    of other code: that came from somewhere else, as from CI. `code_sha256` and `modified` are those
    of the function, as GetFunctionConfiguration answers them.
    """
    build = project / ".aws-sam" / "build"
    built_template = build / "template.yaml"
    if not built_template.is_file():
        return ""
    built = datetime.fromtimestamp(built_template.stat().st_mtime, UTC)
    folders = (each for each in build.iterdir() if sha256_of_zip(each) == code_sha256)
    deployed = next(folders, None)
    if not deployed and built <= datetime.fromisoformat(modified):
        return ""
    if edited := next(_edited(project, build, deployed or _code_of(built_template)), None):
        return f"{edited}: {AGAIN}."
    if not deployed:
        return f"The last sam build, of {built:%Y-%m-%d %H:%M} UTC, is not deployed: {AGAIN}."
    return ""


def sha256_of_zip(folder: Path) -> str:
    """Return the CodeSha256 that a function has of this folder of a build.

    The archive is the one that sam makes: its order, no dates, everybody may read
    (samcli.lib.package.utils.make_zip_with_lambda_permissions).
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as into:
        for parent, _, names in os.walk(folder, followlinks=True):
            for path in (Path(parent, name) for name in names):
                entry = zipfile.ZipInfo(str(path.relative_to(folder)))
                entry.create_system = 3
                entry.external_attr = (path.stat().st_mode | 0o100444) << 16
                into.writestr(entry, path.read_bytes(), compress_type=zipfile.ZIP_DEFLATED)
    return b64encode(hashlib.sha256(archive.getvalue()).digest()).decode()


def _code_of(built: Path) -> Path | None:
    """Return the folder of the function's code, by the template of a build; None: not known."""
    functions = {
        name: each.get("Properties", {}).get("CodeUri")
        for name, each in load(built)["Resources"].items()
        if isinstance(each, dict) and each.get("Type") == "AWS::Serverless::Function"
    }
    only = next(iter(functions.values())) if len(functions) == 1 else None
    folder = functions.get("Function", only)
    return built.parent / folder if isinstance(folder, str) else None


def _edited(project: Path, build: Path, code: Path | None) -> Iterator[str]:
    """Yield what the build, with the function's code in `code` if that is known, has otherwise."""
    news = "was edited after the last sam build, and is not deployed"
    template, built = project / "template.yaml", build / "template.yaml"
    if code:
        since = built.stat().st_mtime if _is_made_by_makefile(template) else None
        yield from _edited_files(project / "src", code, since, news)
    # A later time alone may be that of a checkout.
    if template.stat().st_mtime > built.stat().st_mtime and _said(template) != _said(built):
        yield f"template.yaml {news}"


def _is_made_by_makefile(template: Path) -> bool:
    """Tell whether a Makefile takes and makes files of the code as it likes."""
    resources = load(template)["Resources"].values()
    metadata = (each.get("Metadata") for each in resources if isinstance(each, dict))
    return any(
        isinstance(each, dict) and each.get("BuildMethod") == "makefile" for each in metadata
    )


def _edited_files(source: Path, code: Path, since: float | None, news: str) -> Iterator[str]:
    """Yield the files that differ; `since`: only the time tells, in seconds of the epoch."""
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if path.is_file() and _is_built(name):
            copy = code / name
            is_same = copy.is_file() and copy.read_bytes() == path.read_bytes()
            if not is_same and (since is None or path.stat().st_mtime > since):
                yield f"src/{name.as_posix()} {news}"
    for own in sorted(_own_files(code)) if since is None else ():
        if not (source / own).exists():
            yield f"src/{own} was deleted after the last sam build, which still has it"


def _own_files(code: Path) -> set[str]:
    """Return the files of a built folder that no installed package names as its own."""
    files = {path.relative_to(code).as_posix() for path in code.rglob("*") if path.is_file()}
    for record in code.glob("*.dist-info/RECORD"):
        installed = (line.partition(",")[0] for line in record.read_text("utf-8").splitlines())
        files -= {re.sub(r"^[^/]+[.]data/(purelib|platlib)/", "", each) for each in installed}
    return {name for name in files if not re.match(r"[^/]+[.](dist-info|data)/", name)}


def _is_built(name: Path) -> bool:
    return not any(fnmatch(part, pattern) for part in name.parts for pattern in NOT_BUILT)


def _said(template: Path) -> Node:
    """Return the template without what sam build itself changes."""
    return _without_changes(load(template))


def _without_changes(node: Node) -> Node:
    match node:
        case dict():
            return {
                name: _without_changes(each)
                for name, each in node.items()
                if name != "Metadata" and not (name in CHANGED_BY_BUILD and isinstance(each, str))
            }
        case list():
            return [_without_changes(each) for each in node]
    return node
