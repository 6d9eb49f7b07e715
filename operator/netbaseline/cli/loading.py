"""From what the user names, files or a cluster, to an Inventory; the same for every command."""

import gc
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from netbaseline.cli.documents import Aside, Document, read
from netbaseline.cli.platform_file import platform_from
from netbaseline.cli.problems import BAD_INPUT, FOUND, UserError
from netbaseline.cli.progress import Progress
from netbaseline.core.inventory import DEFAULT_NAMESPACE, Inventory
from netbaseline.core.manifests import Given, Remark, gather
from netbaseline.core.platform import Platform

if TYPE_CHECKING:
    from netbaseline.cluster.snapshot import Snapshot

MAX_TOLD = 50
"""Problems to print; a wrong folder has thousands, and all of one kind."""
EVERY = 100
"""Objects between two signs of progress."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Which cluster, where no files are named; `namespace` None for all."""

    namespace: str | None = None
    context: str | None = None
    kubeconfig: Path | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read; `problems` are objects that are missing in it, which only `--keep-going` lets through."""

    inventory: Inventory
    notes: tuple[Remark, ...] = ()
    problems: tuple[Remark, ...] = ()

    def tell(self) -> None:
        """Print notes and problems to standard error."""
        for remark in (*self.notes, *_problems(self)):
            print(f"netbaseline: {remark}", file=sys.stderr)

    def end(self, found: bool) -> None:
        """Exit as `diff` does: 2 where something couldn't be read, else 1 where something was found."""
        if self.problems or found:
            raise typer.Exit(BAD_INPUT if self.problems else FOUND)


@dataclass(frozen=True, slots=True)
class _Live:
    """The origin of everything that a cluster holds, which has no lines."""

    source: str

    def line(self, path: str) -> int | None:
        return None


@dataclass(frozen=True, slots=True)
class Objects:
    """What was read, before it is made sense of. `problems`: what couldn't even be read."""

    given: tuple[Given, ...]
    platform: Platform
    namespace: str = DEFAULT_NAMESPACE
    notes: tuple[Remark, ...] = ()
    problems: tuple[Remark, ...] = ()


def load(
    paths: Sequence[str] | None,
    *,
    namespace: str | None = None,
    context: str | None = None,
    kubeconfig: Path | None = None,
    platform: Path | None = None,
    keep_going: bool = False,
    tell_notes: bool = True,
) -> Loaded:
    """Everything at `paths`, or in the cluster where there are none. Notes and problems go to standard error; without
    `tell_notes` the caller has them told, once nothing more important can follow.

    Raises UserError where something can't be read and `keep_going` is off, and where there is no cluster to read.
    """
    with Progress() as progress, _no_collection():
        read = _objects(paths, Cluster(namespace, context, kubeconfig), platform, progress)
        loaded = gathered(read)
    return told(loaded, keep_going) if tell_notes else without_problems(loaded, keep_going)


def objects(paths: Sequence[str] | None, cluster: Cluster, platform: Path | None) -> Objects:
    """The objects at `paths`, or in the cluster where there are none. Raises UserError."""
    with Progress() as progress, _no_collection():
        return _objects(paths, cluster, platform, progress)


def _objects(paths: Sequence[str] | None, cluster: Cluster, platform: Path | None, progress: Progress) -> Objects:
    if not paths:
        return _from_cluster(cluster, platform, progress)
    if cluster.context is not None or cluster.kubeconfig is not None:
        raise UserError("--context and --kubeconfig are of a cluster; leave them out, or the paths")
    aside: list[Remark] = []
    unreadable: list[Remark] = []
    facts = platform_from(platform)
    given = tuple(_from_files(paths, aside, unreadable, progress))
    return Objects(given, facts, cluster.namespace or DEFAULT_NAMESPACE, tuple(aside), tuple(unreadable))


def _from_cluster(cluster: Cluster, platform: Path | None, progress: Progress) -> Objects:
    facts = platform_from(platform)
    found = _snapshot(cluster, progress)
    origin = _Live(found.source)
    return Objects(
        tuple(Given(item, origin) for item in found.objects),
        facts if platform is not None else Platform(found.servers),
        # A policy that some user or another cannot see may open or close anything.
        notes=tuple(Remark(f"{found.source}: {text}") for text in found.left_out),
    )


def gathered(read: Objects) -> Loaded:
    """The inventory of what was read."""
    found = gather(read.given, namespace=read.namespace, platform=read.platform)
    return Loaded(found.inventory, (*read.notes, *found.notes), (*read.problems, *found.problems))


def told(loaded: Loaded, keep_going: bool) -> Loaded:
    """The same, once its notes and problems are printed. Raises UserError where there are problems to stop for."""
    without_problems(loaded, keep_going)
    loaded.tell()
    return loaded


def without_problems(loaded: Loaded, keep_going: bool) -> Loaded:
    """The same. Raises UserError where there are problems to stop for."""
    if loaded.problems and not keep_going:
        told = "\n".join(map(str, (*_problems(loaded), *loaded.notes)))
        raise UserError(f"{told}\nnothing was done; --keep-going goes on with the rest")
    return loaded


def _problems(loaded: Loaded) -> list[str]:
    more = len(loaded.problems) - MAX_TOLD
    return [*map(str, loaded.problems[:MAX_TOLD]), *([f"and {more:,} more problems"] if more > 0 else [])]


def _from_files(
    paths: Iterable[str], aside: list[Remark], unreadable: list[Remark], progress: Progress
) -> Iterator[Given]:
    for number, item in enumerate(read(list(paths)), 1):
        if number % EVERY == 0:
            progress.tell(f"{number:,} objects read")
        if isinstance(item, Document):
            yield Given(item.content, item.place, item.place.number)
        elif isinstance(item, Aside):
            aside.append(Remark(item.message))
        else:
            unreadable.append(Remark(item.message))


def _snapshot(cluster: Cluster, progress: Progress) -> "Snapshot":
    import asyncio

    from netbaseline.cluster.errors import ApiError
    from netbaseline.cluster.snapshot import snapshot
    from netbaseline.cluster.transport import ConfigurationError

    try:
        return asyncio.run(
            snapshot(
                cluster.namespace,
                kubeconfig=cluster.kubeconfig,
                context=cluster.context,
                seen=lambda number: progress.tell(f"{number:,} objects read from the cluster"),
            )
        )
    except ConfigurationError as error:
        raise UserError(f"no paths were given, so a cluster is read: {error}") from None
    except ApiError as error:
        raise UserError(f"the cluster can't be read: {error}") from None


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
