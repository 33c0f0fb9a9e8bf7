"""`make` on a machine that lacks something says what, in one sentence."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bootstrap as the_bootstrap
from conftest import ROOT

BOOTSTRAP = ROOT / "bootstrap.py"
OLD_PYTHONS = [
    str(path)
    for minor in range(6, 11)
    for path in [
        *Path("/usr/bin").glob(f"python3.{minor}"),
        *Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python3.{minor}"),
    ]
]
# How a machine differs from this one, as a program that runs before bootstrap.py.
OLD = "import sys; sys.version_info = (3, 10, 12, 'final', 0)"
NO_ENSUREPIP = "import sys; sys.modules['ensurepip'] = None"
NO_VENV = "import sys; sys.modules['venv'] = None"


def bootstrap(*command: str, before: str = "") -> subprocess.CompletedProcess[str]:
    run = f"import runpy; runpy.run_path({str(BOOTSTRAP)!r}, run_name='__main__')"
    program = f"{before}\nimport sys; sys.argv[1:] = {list(command)!r}\n{run}"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )


def is_one_sentence(done: subprocess.CompletedProcess[str]) -> bool:
    return done.returncode == 2 and done.stderr.count("\n") == 1 and "Traceback" not in done.stderr


def test_a_python_below_3_11_is_named_in_one_sentence() -> None:
    done = bootstrap("run", "true", before=OLD)
    assert is_one_sentence(done)
    assert "3.11 or newer is needed and python3 is 3.10.12" in done.stderr


def test_an_old_python_can_read_the_bootstrap() -> None:
    ast.parse(BOOTSTRAP.read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.skipif(not OLD_PYTHONS, reason="no Python from 3.6 to 3.10 on this machine")
@pytest.mark.parametrize("python", OLD_PYTHONS)
def test_a_real_old_python_gives_the_sentence(python: str) -> None:
    done = subprocess.run(
        ["make", f"PYTHON={python}", "demo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    sentence, make_says = done.stderr.splitlines()
    assert "Python 3.11 or newer is needed" in sentence
    assert make_says.startswith("make: ")


@pytest.mark.parametrize("before", [NO_VENV, NO_ENSUREPIP], ids=["venv", "ensurepip"])
def test_a_missing_venv_module_is_named_in_one_sentence(before: str) -> None:
    done = bootstrap("run", "true", before=before)
    assert is_one_sentence(done)
    assert "apt install python3-venv" in done.stderr


def test_a_missing_command_shows_the_usage() -> None:
    done = bootstrap("run")
    assert done.returncode == 2
    assert "bootstrap.py run COMMAND" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A copy of what the bootstrap needs, without anything set up."""
    folder = tmp_path / "a fresh copy"  # spaces in the name are part of the test
    unwanted = shutil.ignore_patterns(".git", ".tools", "tests", "bench", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, folder, ignore=unwanted)
    return folder


def run_fresh(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    no_pip_settings = {name: "" for name in os.environ if name.startswith("PIP_")}
    alone = {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return subprocess.run(
        [sys.executable, "bootstrap.py", "run", "true"],
        cwd=folder,
        env=os.environ | no_pip_settings | alone | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_no_network_is_said_in_one_sentence_each_time(fresh: Path) -> None:
    for _ in range(2):  # what a failure leaves behind does not count as set up
        done = run_fresh(fresh, PIP_INDEX_URL="http://127.0.0.1:9/simple")
        assert "installing uv" in done.stdout
        assert is_one_sentence(done), done.stderr
        assert "The package index cannot be reached" in done.stderr
    assert "Connection refused" in (fresh / ".tools/log.txt").read_text()


def test_a_file_where_the_tools_go_is_named_in_one_sentence(fresh: Path) -> None:
    (fresh / ".tools").write_text("")
    done = run_fresh(fresh)
    assert is_one_sentence(done), done.stderr
    assert ".tools' is no folder, and the tools go there: move it away" in done.stderr


def test_a_checkout_that_is_read_only_is_named_in_one_sentence() -> None:
    """Whoever runs the tests may be root, whom no mode of a folder stops."""
    denied = (
        "import errno, pathlib\n"
        "def mkdir(*_, **__): raise OSError(errno.EROFS, 'Read-only file system')\n"
        "pathlib.Path.mkdir = mkdir"
    )
    done = bootstrap("run", "true", before=denied)
    assert is_one_sentence(done), done.stderr
    assert "The tools cannot be put into" in done.stderr
    assert "Read-only file system: allow it, or use a copy of" in done.stderr


@pytest.mark.parametrize(
    ("pip", "uv"),
    [
        ({}, {}),
        (
            {"global.index-url": "https://one/index", ":env:.index-url": "https://two/index"},
            {"UV_DEFAULT_INDEX": "https://two/index"},
        ),
        (
            {"global.extra-index-url": "\nhttps://one/s\nhttps://two/s"},
            {"UV_INDEX": "https://one/s https://two/s", "UV_INDEX_STRATEGY": "unsafe-best-match"},
        ),
        ({"install.trusted-host": "one two"}, {"UV_INSECURE_HOST": "one two"}),
        ({"global.cert": "/etc/company.pem"}, {"SSL_CERT_FILE": "/etc/company.pem"}),
        (
            {"global.proxy": "http://proxy:8080"},
            {"HTTP_PROXY": "http://proxy:8080", "HTTPS_PROXY": "http://proxy:8080"},
        ),
    ],
    ids=["nothing", "index", "further indexes", "trusted hosts", "certificate", "proxy"],
)
def test_uv_is_told_what_pip_was_told(pip: dict[str, str], uv: dict[str, str]) -> None:
    assert the_bootstrap.for_uv(pip) == uv


def test_what_the_function_needs_is_installed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An author's task imports it in the tests, in demo, in try and in local."""
    called: list[tuple[object, ...]] = []
    for name in ("TOOLS", "STAMP", "INDEX", "LOG"):
        monkeypatch.setattr(the_bootstrap, name, tmp_path / name)
    monkeypatch.setattr(the_bootstrap, "call", lambda *command: called.append(command))
    monkeypatch.setattr(the_bootstrap, "pip_settings", dict)
    monkeypatch.setattr(the_bootstrap, "generate", lambda folder: folder / "project")
    the_bootstrap.set_up()
    requirements = the_bootstrap.PROJECTS / "set-up/project/src/requirements.txt"
    assert called[-1][-2:] == ("--requirements", requirements)


def test_a_pip_that_installs_elsewhere_is_told_not_to(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_USER", "PIP_TARGET", "PIP_PREFIX"):
        monkeypatch.setenv(name, "1")
    found = the_bootstrap.surroundings()
    assert (found["PIP_USER"], found["PIP_TARGET"], found["PIP_PREFIX"]) == ("0", "", "")


def test_a_program_that_is_not_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(the_bootstrap, "LOG", tmp_path / "log.txt")
    with pytest.raises(SystemExit):
        the_bootstrap.call(tmp_path / "uv", "venv")
    said = capsys.readouterr().err
    assert said.endswith("cannot be started, No such file or directory.\n")
    assert said.count("\n") == 1


@pytest.mark.slow
def test_any_other_failure_is_one_sentence_with_what_was_said(fresh: Path) -> None:
    done = run_fresh(fresh, PIP_NO_INDEX="1")
    assert is_one_sentence(done), done.stderr
    assert "No matching distribution found for uv" in done.stderr


@pytest.mark.parametrize("name", ["pyproject.toml", "{{cookiecutter.project_slug}}/pyproject.toml"])
def test_packages_are_pinned_exactly(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    groups = text.partition("[dependency-groups]")[2].partition("\n[")[0]
    wanted = re.findall(r'"([\w\[\],.-]+)([=<>]+)[\w.]+"', groups)
    assert len(wanted) >= 3
    assert [package for package, sign in wanted if sign != "=="] == []


def test_no_lock_file_is_committed() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert not re.search(r"\.lock$|requirements.*lock", listed.stdout, re.MULTILINE)
