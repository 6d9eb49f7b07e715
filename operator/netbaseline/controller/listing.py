"""The list of all baselines at once, long before kopf has told of each; kopf's own list then brings no news."""

import asyncio
import logging
from collections.abc import Callable

from netbaseline.cluster import crd
from netbaseline.cluster.errors import ApiError
from netbaseline.cluster.transport import Transport
from netbaseline.controller.baselines import BaselineStore

log = logging.getLogger(__name__)


async def list_baselines(
    transport: Transport,
    namespaces: tuple[str, ...],
    baselines: BaselineStore,
    explain: Callable[[str, str | None], bool],
    again: asyncio.Event,
) -> None:
    """Fill the store with the baselines of `namespaces`, or of all where there are none.

    `explain` is told why that failed, or None, and says whether it is news (`Vitals.explain`); `again` is set where it
    has to be tried again.
    """
    for scope in namespaces or (None,):
        what = f"list of NetworkBaselines{f' in {scope}' if scope else ''}"
        try:
            listed, version = set[str](), 0
            async for page in crd.baseline_pages(transport, scope):
                version = int(page["metadata"]["resourceVersion"])
                for body in page.get("items") or ():
                    baselines.listed(body)
                    listed.add(body["metadata"]["uid"])
                    await asyncio.sleep(0)  # reading thousands takes seconds, in which probes and the lease go on
            baselines.replace(listed, scope, version)
        except ApiError as error:
            if explain(what, f"{what}: {error}"):
                log.warning("%s failed, and will be tried again: %s", what, error)
            again.set()
        else:
            explain(what, None)
