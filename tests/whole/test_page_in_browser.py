"""The page of a report in a real browser: it shows everything, and asks for nothing else."""

from __future__ import annotations

import http.server
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING, Any

import pytest

from jobs.report import page
from test_report_page import result

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _serve(folder: Path) -> tuple[http.server.ThreadingHTTPServer, list[str]]:
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, directory=str(folder), **named)

        def log_message(self, format: str, *words: object) -> None:  # noqa: A002 - its name there
            del format, words
            asked.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, asked


@pytest.fixture
def browse(tmp_path: Path) -> Callable[..., str]:
    """Run a headless Chromium; give what it says."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        pytest.skip("no Chromium on PATH: `apt-get install chromium` brings one")
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars"
    quiet = "--disable-background-networking --disable-component-update --disable-sync"

    def run(*words: str) -> str:
        done = subprocess.run(
            [
                program,
                *flags.split(),
                *quiet.split(),
                "--enable-logging=stderr",
                f"--user-data-dir={tmp_path / 'profile'}",
                *words,
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        assert "CONSOLE" not in done.stderr, done.stderr
        return done.stdout

    return run


@pytest.mark.slow
def test_a_browser_shows_the_page_and_asks_for_nothing_else(
    browse: Callable[..., str], tmp_path: Path
) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    page.write(result(), pages / "report.html")
    server, asked = _serve(pages)
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}/report.html"
        dom = browse("--dump-dom", url)
        shots = {}
        for width in (360, 1280):
            for scheme in (0, 1):  # dark, light
                shot = tmp_path / f"{width}-{scheme}.png"
                look = f"--blink-settings=preferredColorScheme={scheme}"
                browse(look, f"--window-size={width},1500", f"--screenshot={shot}", url)
                shots[width, scheme] = shot.read_bytes()
    finally:
        server.shutdown()
        server.server_close()
    assert "&lt;script&gt;alert(1)" in dom
    assert set(asked) <= {"/report.html", "/favicon.ico"}
    assert len(set(shots.values())) == 4
    assert all(len(each) > 20_000 for each in shots.values())
