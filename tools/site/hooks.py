"""Hooks of MkDocs: pages from outside of `docs/`, and links that work in the repository and on the site alike.

MkDocs knows only what lies below `docs/`, and a page there that links to a source file would lead nowhere on the site.
So the pages of the project's root are added under names of their own, and every link to something that is no page
becomes one to the repository. A link to nothing is left as it is, and the strict build fails on it.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

CHECKOUT = Path(__file__).resolve().parents[2]
REPOSITORY = "https://github.com/netbaseline/netbaseline"
ADDED = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "SECURITY.md": "project/security.md",
    "CODE_OF_CONDUCT.md": "project/code-of-conduct.md",
    "deploy/charts/netbaseline/README.md": "chart.md",
}
"""Pages from elsewhere in the checkout, and what they are called on the site."""

_FENCED = re.compile(r"(^[ ]*```.*?^[ ]*```[ ]*$)", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(?P<before>\]\()(?P<target>[^)#\s]+)(?P<after>(?:#[^)\s]*)?(?:\s[^)]*)?\))")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the project's root."""
    for source, name in ADDED.items():
        files.append(File.generated(config, name, content=(CHECKOUT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """The page with links for the site; code blocks are left alone."""
    name = page.file.src_uri
    parts = _FENCED.split(markdown)
    return "".join(part if number % 2 else links(part, name) for number, part in enumerate(parts))


def links(text: str, name: str) -> str:
    """The text of the page `name` (as the site calls it) with links for the site.

    >>> links("[rules](SECURITY.md#what-counts), [verdicts](docs/cni.md), [licence](LICENSE)", "index.md")
    '[rules](project/security.md#what-counts), [verdicts](cni.md), \
[licence](https://github.com/netbaseline/netbaseline/blob/main/LICENSE)'
    """
    return _LINK.sub(lambda link: f"{link['before']}{target(link['target'], name)}{link['after']}", text)


def target(written: str, name: str) -> str:
    """Where a link that a page has leads on the site."""
    if "://" in written or written.startswith(("mailto:", "/")):
        return written
    origin = next((source for source, called in ADDED.items() if called == name), f"docs/{name}")
    meant = posixpath.normpath(posixpath.join(posixpath.dirname(origin), written))
    place = CHECKOUT / meant
    if meant in ADDED or (meant.startswith("docs/") and place.is_file()):
        page = ADDED.get(meant, meant.removeprefix("docs/"))
        return posixpath.relpath(page, posixpath.dirname(name) or ".")
    if place.exists():
        return f"{REPOSITORY}/{'tree' if place.is_dir() else 'blob'}/main/{meant}"
    return written
