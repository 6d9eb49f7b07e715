"""From what the user names, files or a cluster, to an Inventory; the same for every command."""

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from netbaseline.cli.documents import Document, read
from netbaseline.cli.platform_file import platform_from
from netbaseline.cli.problems import BAD_INPUT, FOUND, UserError
from netbaseline.cli.progress import counted
from netbaseline.core.inventory import DEFAULT_NAMESPACE, Inventory
from netbaseline.core.manifests import Given, Remark, gather

MAX_TOLD = 50
"""Problems to print; a wrong folder has thousands, and all of one kind."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read; `problems` are objects that are missing in it, which only `--keep-going` lets through."""

    inventory: Inventory
    notes: tuple[Remark, ...] = ()
    problems: tuple[Remark, ...] = ()

    def end(self, found: bool) -> None:
        """Exit as `diff` does: 2 where something couldn't be read, else 1 where something was found."""
        if self.problems or found:
            raise typer.Exit(BAD_INPUT if self.problems else FOUND)


def load(
    paths: Sequence[str] | None,
    *,
    namespace: str | None = None,
    platform: Path | None = None,
    keep_going: bool = False,
) -> Loaded:
    """Everything at `paths`. Notes and problems go to standard error.

    Raises UserError where something can't be read and `keep_going` is off.
    """
    unreadable: list[Remark] = []
    with _no_collection():
        given = counted(_given(list(paths or ()), unreadable), lambda number: f"{number:,} objects read")
        gathered = gather(given, namespace=namespace or DEFAULT_NAMESPACE, platform=platform_from(platform))
    problems = (*unreadable, *gathered.problems)
    told = [str(problem) for problem in problems[:MAX_TOLD]]
    if len(problems) > MAX_TOLD:
        told.append(f"and {len(problems) - MAX_TOLD:,} more problems")
    if problems and not keep_going:
        raise UserError("\n".join(told) + "\nnothing was done; --keep-going goes on with the rest")
    for remark in (*gathered.notes, *told):
        print(f"netbaseline: {remark}", file=sys.stderr)
    return Loaded(gathered.inventory, gathered.notes, problems)


def _given(paths: list[str], unreadable: list[Remark]) -> Iterator[Given]:
    for item in read(paths):
        if isinstance(item, Document):
            yield Given(item.content, item, item.number)
        else:
            unreadable.append(Remark(item.message))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Loading makes nothing but objects that stay: looking for cycles among them again and again is a third of it."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
