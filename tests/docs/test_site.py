"""The documentation site as a reader has it: complete, in a browser, with nothing from elsewhere."""

import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.cli.browser import opened
from tests.docs.site import CHECKOUT, built
from tools.site import hooks


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("site"))


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder without a word about each request."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name in the library
        """Nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address under which a folder is served on this machine."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("name", ["index.html", "cni.html", "lint.html"])
def test_a_page_opens_in_a_browser_without_an_error_and_without_a_request_to_anywhere(site: Path, name: str) -> None:
    with served(site) as address, opened(f"{address}{name}", within=address) as tab:
        assert tab.locator("h1").first.is_visible()
        assert tab.locator("nav.md-tabs").is_visible()


def test_the_search_finds_a_condition_by_its_name(site: Path) -> None:
    with served(site) as address, opened(f"{address}index.html", within=address) as tab:
        tab.locator("input.md-search__input").click()
        tab.keyboard.type("RemovalHeld")
        tab.locator(".md-search-result__item a", has_text="Conditions").first.wait_for(timeout=30_000)
        assert tab.locator(".md-search-result__item").count() > 0


def test_no_page_names_a_style_a_script_or_a_font_of_somewhere_else(site: Path) -> None:
    loads = re.compile(
        r"<(?:script|img|iframe)[^>]*\ssrc=\"?(https?:[^\" >]+)"
        r"|<link[^>]*rel=\"?(?:stylesheet|preconnect)[^>]*(https?:[^\" >]+)"
    )
    assert not {
        page.name: found for page in site.rglob("*.html") if (found := loads.findall(page.read_text(encoding="utf-8")))
    }


def test_every_page_of_the_documentation_is_on_the_site(site: Path) -> None:
    wanted = {page.relative_to(CHECKOUT / "docs").with_suffix(".html") for page in (CHECKOUT / "docs").rglob("*.md")}
    wanted = {page.with_name("index.html") if page.name == "README.html" else page for page in wanted}
    wanted |= {Path(name).with_suffix(".html") for name in hooks.ADDED.values()}
    assert not {page for page in wanted if not (site / page).is_file()}


@pytest.mark.parametrize(
    ("written", "name", "leads"),
    [
        ("docs/cni.md", "index.md", "cni.md"),
        ("SECURITY.md", "index.md", "project/security.md"),
        ("docs/safety.md", "project/security.md", "../safety.md"),
        ("../helm.md", "runbooks/absent.md", "../helm.md"),
        ("../conditions.md", "runbooks/absent.md", "../conditions.md"),
        (
            "../operator/netbaseline/core/verdict.py",
            "safety.md",
            "https://github.com/netbaseline/netbaseline/blob/main/operator/netbaseline/core/verdict.py",
        ),
        ("examples", "index.md", "https://github.com/netbaseline/netbaseline/tree/main/examples"),
        ("nothing.md", "index.md", "nothing.md"),
        ("https://kubernetes.io/", "index.md", "https://kubernetes.io/"),
    ],
)
def test_a_link_leads_to_the_page_or_to_the_repository(written: str, name: str, leads: str) -> None:
    assert hooks.target(written, name) == leads
