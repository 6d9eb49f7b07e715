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


def test_no_page_is_wider_than_a_phone_and_no_table_hides_a_column_on_a_desk(site: Path) -> None:
    """Both are scrolled aside by nobody who doesn't know of it; a table may be, on a phone."""
    wide = """() => [...document.querySelectorAll(".md-typeset__table")]
        .filter(table => table.parentElement.scrollWidth > table.parentElement.clientWidth + 2).length"""
    names = ["index", "conditions", "metrics", "reference/api", "reference/commands", "concepts/turn", "cni"]
    found: dict[str, tuple[int, int]] = {}
    with served(site) as address, opened(f"{address}index.html", within=address) as tab:
        for name in names:
            tab.goto(f"{address}{name}.html")
            tab.set_viewport_size({"width": 1280, "height": 900})
            hidden = tab.evaluate(wide)
            tab.set_viewport_size({"width": 390, "height": 800})
            found[name] = (hidden, tab.evaluate("document.documentElement.scrollWidth"))
    assert found == dict.fromkeys(names, (0, 390))


def test_a_field_of_the_api_can_be_linked_to(site: Path) -> None:
    with served(site) as address, opened(f"{address}reference/api.html#peer-cidr", within=address) as tab:
        tab.wait_for_function("document.querySelector('#peer-cidr').getBoundingClientRect().top < innerHeight")
        assert tab.locator("tr", has=tab.locator("#peer-cidr")).is_visible()


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
