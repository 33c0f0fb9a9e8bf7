"""Sets up, once, what the commands of the Makefile need, and runs them there.

    python3 bootstrap.py run COMMAND ...        runs the command in this folder
    python3 bootstrap.py generate COMMAND ...   generates the default project and runs it in there

Needs Python 3.11 with its venv module and a package index, and nothing else. Everything lands in
.tools/, which git ignores: delete it to start afresh. This file itself can be read by Python 3.6,
to say in one sentence that it is too old.
"""

import ast
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, List, NoReturn

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

OLDEST_PYTHON = (3, 11)
RUNTIME = "python3.13"  # sam build needs the interpreter of the function's default runtime
UV = "uv==0.13.9"

ROOT = Path(__file__).resolve().parent
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
TOOLS = ROOT / ".tools"
PRIVATE = TOOLS / "uv"
ENVIRONMENT = TOOLS / "env"
PROGRAMS = "Scripts" if sys.platform == "win32" else "bin"  # of an environment, by venv
PROJECTS = TOOLS / "projects"
STAMP = TOOLS / "stamp"
INDEX = TOOLS / "index.json"
LOG = TOOLS / "log.txt"

# What pip and uv say when they reach no index.
NO_NETWORK = (
    "NewConnectionError",
    "Temporary failure in name resolution",
    "ConnectTimeoutError",
    "ProxyError",
    "Connection refused",
    "error sending request",
    "dns error",
)


def main() -> int:
    """Set up if needed, run the command; returns its exit code, 2 if there is none to run."""
    refuse_poor_python()
    verb, command = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    if verb == "render":  # called by generate(), in the environment that has cookiecutter
        render(command[0])
        return 0
    if verb not in ("run", "generate") or not command:
        fail(__doc__.split("\n\n")[1])
    make_tools()
    with (TOOLS / "lock").open("w") as lock:  # two commands at once: the second waits
        if sys.platform == "win32":
            while not is_locked(lock.fileno()):
                pass  # it waits ten seconds each time (docs.python.org, msvcrt, LK_LOCK)
        else:
            fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_set_up():
            set_up()
    if verb == "run":
        return run(command, ROOT)
    own = PROJECTS / str(os.getpid())  # two at once: each has its own
    try:
        step(f"generating the default project in {PROJECTS.relative_to(ROOT)}/")
        return run(command, generate(own))
    finally:
        shutil.rmtree(str(own), ignore_errors=True)


if sys.platform == "win32":

    def is_locked(descriptor: int) -> bool:
        """Lock the file; False: another command of ours had it for ten seconds."""
        try:
            msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
        except OSError:
            return False
        return True


def make_tools() -> None:
    """Make the folder for all that is set up; exit with one sentence where it cannot be there."""
    advice = f"or use a copy of {str(ROOT)!r} that you may write to"
    try:
        TOOLS.mkdir(exist_ok=True)
        (TOOLS / "lock").touch()
    except FileExistsError:
        fail(f"{str(TOOLS)!r} is no folder, and the tools go there: move it away, {advice}.")
    except OSError as error:
        fail(f"The tools cannot be put into {str(TOOLS)!r}, {error.strerror}: allow it, {advice}.")


def run(command: List[str], folder: Path) -> int:
    """Run the command in `folder`; returns its exit code."""
    step(" ".join(map(shlex.quote, command)))
    environ = surroundings()
    # Windows would look for the program on the PATH of this process.
    program = shutil.which(command[0], path=environ["PATH"]) or command[0]
    done = subprocess.run([program, *command[1:]], cwd=str(folder), env=environ, check=False)
    return done.returncode


def refuse_poor_python() -> None:
    """Exit with one sentence where this Python cannot do the work."""
    advice = "or name another: make PYTHON=/path/to/python3.13 ..."
    if sys.version_info < OLDEST_PYTHON:
        found = "{}.{}.{}".format(*sys.version_info)
        fail(f"Python 3.11 or newer is needed and python3 is {found}: install one, {advice}")
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        fail(
            f"The venv module of {sys.executable} is missing: install it"
            f" (Debian, Ubuntu: apt install python3-venv), {advice}"
        )


def is_set_up() -> bool:
    """Whether the environment is there and made from the inputs as they are now."""
    return STAMP.exists() and python(ENVIRONMENT).exists() and STAMP.read_text() == fingerprint()


def python(environment: Path) -> Path:
    """Return the Python of an environment."""
    return environment / PROGRAMS / ("python.exe" if sys.platform == "win32" else "python")


def fingerprint() -> str:
    """Digest all that the environment depends on; its folder too, as environments cannot move."""
    files = ["pyproject.toml", "src/requirements.txt"]
    inputs = [Path(__file__), ROOT / "pyproject.toml", *(TEMPLATE / each for each in files)]
    words = [str(ROOT), sys.executable, sys.version]
    return hashlib.sha256(
        b"\0".join(map(Path.read_bytes, inputs)) + repr(words).encode()
    ).hexdigest()


def set_up() -> None:
    """Make the one environment of the repository and of the default project."""
    start = time.monotonic()
    for old in (STAMP, LOG, INDEX):
        if old.exists():
            old.unlink()
    step(f"installing {UV} in .tools/uv/")
    call(sys.executable, "-m", "venv", "--clear", PRIVATE)
    call(python(PRIVATE), "-m", "pip", "install", "--quiet", "--retries", "2", UV)
    INDEX.write_text(json.dumps(pip_settings()))
    uv = PRIVATE / PROGRAMS / "uv"
    step("making .tools/env/ from pyproject.toml and the default project's pyproject.toml")
    call(uv, "venv", "--clear", "--python", sys.executable, ENVIRONMENT)
    install = (uv, "pip", "install", "--python", python(ENVIRONMENT))
    call(*install, "--group", f"{ROOT}/pyproject.toml:render")
    project = generate(PROJECTS / "set-up")  # the name in the template's pyproject.toml is none yet
    groups = (
        f"{ROOT}/pyproject.toml:render",
        f"{ROOT}/pyproject.toml:test",
        f"{project}/pyproject.toml:dev",
    )
    named = [word for group in groups for word in ("--group", group)]
    call(*install, *named, "--requirements", project / "src/requirements.txt")
    STAMP.write_text(fingerprint())
    step(f"ready after {time.monotonic() - start:.0f} s")


def generate(folder: Path) -> Path:
    """Generate the default project below `folder`, afresh; returns its folder."""
    shutil.rmtree(str(folder), ignore_errors=True)
    call(python(ENVIRONMENT), __file__, "render", folder)
    return next(folder.iterdir())


def render(folder: str) -> None:
    """Generate the default project below `folder`."""
    from cookiecutter.main import cookiecutter  # noqa: PLC0415 - only the made environment has it

    own_places = {
        "replay_dir": str(TOOLS / "cache/replay"),
        "cookiecutters_dir": str(TOOLS / "cache"),
    }
    cookiecutter(str(ROOT), no_input=True, output_dir=folder, default_config=own_places)


def call(*command: object) -> None:
    """Run a step of the set-up, its output in LOG; exit with one sentence if it fails."""
    words = [str(word) for word in command]
    with LOG.open("a", encoding="utf-8") as log:
        log.write("$ {}\n".format(" ".join(words)))
        log.flush()
        try:
            done = subprocess.run(
                words, stdout=log, stderr=subprocess.STDOUT, env=surroundings(), check=False
            )
        except OSError as error:  # such as a pip that is told to install somewhere else
            fail(f"The set-up failed: {words[0]!r} cannot be started, {error.strerror}.")
    if done.returncode == 0:
        return
    said = LOG.read_text("utf-8", "replace").split("$ {}\n".format(" ".join(words)))[-1]
    if any(words in said for words in NO_NETWORK):
        fail(
            "The package index cannot be reached: connect to the network, or set PIP_INDEX_URL"
            f" to an index that can be, and run this again (details: {LOG.relative_to(ROOT)})."
        )
    last = (said.strip().splitlines() or ["nothing"])[-1].strip()
    fail(f"The set-up failed in {words[0]}, which said {last!r}: see {LOG.relative_to(ROOT)}.")


def surroundings() -> Dict[str, str]:
    """Return the environment variables for the tools: their programs, their caches, our index."""
    cache = TOOLS / "cache"
    own = {
        # No tool may leave a cache in the template folder: it would be copied into every project.
        # pip's environments are our own: no configuration sends their packages elsewhere.
        "PIP_PREFIX": "",
        "PIP_TARGET": "",
        "PIP_USER": "0",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(cache / "hypothesis"),
        "MYPY_CACHE_DIR": str(cache / "mypy"),
        "PYTEST_ADDOPTS": "-p no:cacheprovider",
        "PYTHONPYCACHEPREFIX": str(cache / "pycache"),
        "RUFF_CACHE_DIR": str(cache / "ruff"),
        "SAM_CLI_TELEMETRY": "0",
        "UV_PYTHON_DOWNLOADS": "never",
        "VIRTUAL_ENV": str(ENVIRONMENT),
    }
    path = [
        str(ENVIRONMENT / PROGRAMS),
        str(PRIVATE / PROGRAMS),
        *runtime_folder(),
        os.environ.get("PATH", os.defpath),
    ]
    handed_on = json.loads(INDEX.read_text()) if INDEX.exists() else {}
    return {**handed_on, **os.environ, **own, "PATH": os.pathsep.join(path)}


def pip_settings() -> Dict[str, str]:
    """Return as uv's variables where pip finds packages: uv does not read pip's configuration."""
    listed = subprocess.run(
        [str(python(PRIVATE)), "-m", "pip", "config", "list"],
        stdout=subprocess.PIPE,
        check=False,
    )
    lines = [line.partition("=") for line in listed.stdout.decode().splitlines()]
    return for_uv({name: ast.literal_eval(value) for name, _, value in lines})


# What pip calls it -> what uv and its HTTP client call it.
PIP_TO_UV = {
    "index-url": ("UV_DEFAULT_INDEX",),
    "extra-index-url": ("UV_INDEX",),
    "trusted-host": ("UV_INSECURE_HOST",),
    "cert": ("SSL_CERT_FILE",),
    "proxy": ("HTTP_PROXY", "HTTPS_PROXY"),
}


def for_uv(values: Dict[str, str]) -> Dict[str, str]:
    """Return pip's settings, named as `pip config list` names them, as variables for uv."""
    found = {}
    for setting, variables in PIP_TO_UV.items():
        for section in ("global", "install", ":env:"):  # the later one wins, as in pip
            value = " ".join(values.get(f"{section}.{setting}", "").split())
            if value:
                found.update(dict.fromkeys(variables, value))
    if (
        "UV_INDEX" in found
    ):  # pip looks for each package in every index, uv in the first that has it
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return found


def runtime_folder() -> List[str]:
    """Return the folder of a RUNTIME that really answers, if there is one, as a list.

    A version manager such as pyenv puts a python3.13 on PATH that fails unless it is told a
    version, and sam build takes the first that it finds.
    """
    places = [Path(place) for place in os.environ.get("PATH", os.defpath).split(os.pathsep)]
    managed = sorted(Path.home().glob(f".pyenv/versions/{RUNTIME[6:]}*/bin"), reverse=True)
    for place in places + managed:
        program = place / RUNTIME
        if os.access(str(program), os.X_OK) and answers(program):
            return [str(place)]
    return []


def answers(program: Path) -> bool:
    """Whether `program` starts at all."""
    try:
        done = subprocess.run(
            [str(program), "--version"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0


def step(text: str) -> None:
    """Print what happens now."""
    print(f"==> {text}", flush=True)  # noqa: T201 - its output is for people


def fail(sentence: str) -> NoReturn:
    """Exit with one sentence and code 2."""
    sys.stderr.write(sentence + "\n")
    sys.exit(2)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
