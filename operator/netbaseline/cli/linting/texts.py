"""The text of manifests, for what their objects don't hold: comments, and the places where a fix goes."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from netbaseline.cli.problems import UserError
from netbaseline.cli.reading import files
from netbaseline.cli.reading.places import Place
from netbaseline.core.inventory import Inventory
from netbaseline.core.lint.finding import Finding
from netbaseline.core.lint.fixing import fixed
from netbaseline.core.lint.suppressions import Suppression, in_comments

WITH_COMMENTS = (".yaml", ".yml")


def suppressions(inventory: Inventory) -> Iterator[Suppression]:
    """Those in the comments of everything that the inventory was read from."""
    seen: set[str] = set()
    for document in _documents(inventory):
        chunk = document.chunk
        if chunk.kept is not None:
            yield from in_comments(chunk.source, chunk.kept.decode(errors="replace"), chunk.line)
        elif chunk.source not in seen and files.kind_of(Path(chunk.source)) in WITH_COMMENTS:
            seen.add(chunk.source)
            with files.opened(Path(chunk.source)) as stream:
                yield from in_comments(chunk.source, stream.read().decode(errors="replace"))


def _documents(inventory: Inventory) -> Iterator[Place]:
    """Each document once, however many objects are in it."""
    seen = set()
    parts = (
        inventory.namespaces.values(),
        inventory.pods,
        inventory.policies,
        inventory.services,
        inventory.ingresses,
        inventory.baselines,
    )
    for origin in (item.origin for part in parts for item in part):
        if isinstance(origin, Place) and origin.chunk not in seen:
            seen.add(origin.chunk)
            yield origin


def can_be_written(source: str) -> bool:
    """Whether fixes go into it: a file, and not a packed one."""
    path = Path(source)
    return path.is_file() and path.suffix != ".gz"


def fix_files(findings: Iterable[Finding]) -> dict[str, int]:
    """Write every fix into its file; the number of fixes by file. Raises UserError."""
    done: dict[str, int] = {}
    fixable = sorted((item for item in findings if item.fixable), key=lambda item: item.file)
    for source, group in groupby(fixable, key=lambda item: item.file):
        path = Path(source)
        if not can_be_written(source):
            continue
        try:
            text = path.read_bytes().decode()
            new, mended = fixed(text, group)
            if mended:
                path.write_bytes(new.encode())
                done[source] = len(mended)
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"{path}: not fixed: {error}") from None
    return done
