"""A real browser without a window: what becomes of a page once its scripts have run."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


def program() -> str:
    """Where the browser is; without one the test is skipped."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"none of {', '.join(NAMES)} is installed; .ci/run installs chromium")
    return found


def rendered(page: Path, fragment: str = "") -> str:
    """The document as HTML after loading `page#fragment`, without any network."""
    done = subprocess.run(
        [
            program(),
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            f"--user-data-dir={page.parent / 'profile'}",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--virtual-time-budget=5000",
            "--dump-dom",
            f"{page.resolve().as_uri()}#{fragment}",
        ],
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )
    return done.stdout


@contextmanager
def opened(page: Path | str, within: str = "file:") -> Iterator[Page]:
    """A page to click through, by file or address. What it logs as an error, and a request to elsewhere than `within`,
    fails the test."""
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program(), args=quiet)
        try:
            tab = browser.new_page(viewport={"width": 1400, "height": 900})
            trouble: list[str] = []
            tab.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
            tab.on("pageerror", lambda error: trouble.append(str(error)))
            tab.on("request", lambda sent: None if sent.url.startswith(within) else trouble.append(sent.url))
            tab.goto(page if isinstance(page, str) else page.as_uri())
            yield tab
            assert trouble == []
        finally:
            browser.close()
