"""The world before and after something is applied, from files or a cluster."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from netbaseline.cli.loading import Cluster, Loaded, gathered, objects, told
from netbaseline.cli.problems import UserError
from netbaseline.core.manifests import Given, Remark
from netbaseline.core.manifests.overlay import SeveralNamespaces, overlaid, rehomed

STDIN = "-"


def before_and_after(
    paths: Sequence[str] | None,
    changes: Sequence[str],
    cluster: Cluster,
    *,
    platform: Path | None = None,
    as_namespace: str | None = None,
    keep_going: bool = False,
) -> tuple[Loaded, Loaded]:
    """What is there, at `paths` or in the cluster, and what will be once `changes` are applied to it.

    Of a cluster, the API server says what becomes of each change (a dry run). Raises UserError.
    """
    if STDIN in changes and STDIN in (paths or ()):
        raise UserError("-: standard input is either what is there or what would be applied; name a file for the other")
    base = objects(paths, cluster, platform)
    wanted = objects(changes, Cluster(cluster.namespace), platform)
    given = list(wanted.given)
    if as_namespace is not None:
        try:
            given = rehomed(base.given, given, as_namespace)
        except SeveralNamespaces as error:
            raise UserError(f"--as-namespace: {error}") from None
    notes: list[Remark] = []
    problems: list[Remark] = []
    if not paths:
        given, notes, problems = _as_applied(given, cluster)
    after = replace(
        base,
        given=tuple(overlaid(base.given, given, base.namespace)),
        notes=(),
        problems=(*wanted.problems, *problems),
    )
    before = gathered(base)
    loaded = gathered(after)
    # What is said of the world before is said of the world after, too.
    fresh = tuple(item for item in loaded.problems if str(item) not in set(map(str, before.problems)))
    first = told(before, keep_going)
    then = told(replace(loaded, notes=tuple(notes), problems=fresh), keep_going)
    return first, replace(then, problems=(*first.problems, *fresh))


def _as_applied(given: list[Given], cluster: Cluster) -> tuple[list[Given], list[Remark], list[Remark]]:
    from netbaseline.cluster.dry_run import dry_run
    from netbaseline.cluster.errors import ApiError

    contents = [item.content if isinstance(item.content, dict) else {} for item in given]
    try:
        answers = asyncio.run(dry_run(contents, kubeconfig=cluster.kubeconfig, context=cluster.context))
    except ApiError as error:
        raise UserError(f"the cluster can't be asked what applying would do: {error}") from None
    notes: list[Remark] = []
    problems: list[Remark] = []
    fresh: list[Given] = []
    for item, answer in zip(given, answers, strict=True):
        if answer.refused is not None:
            problems.append(Remark(f"the API server refuses it: {answer.refused}", item))
            continue
        if answer.unasked is not None:
            notes.append(Remark(f"taken as written, since the API server can't try it: {answer.unasked}", item))
        fresh.append(replace(item, content=answer.content) if isinstance(item.content, dict) else item)
    return fresh, notes, problems
