"""Whether our own API is served, and what is in it at the start."""

import asyncio
import logging
from collections.abc import Iterable

from netbaseline.api.group import CRD_NAME, PLURAL
from netbaseline.cluster import paths
from netbaseline.cluster.errors import ApiError, NotFound
from netbaseline.cluster.transport import Json, Transport

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0


async def served(transport: Transport) -> bool:
    """Whether the CRD is installed and established. Raises ApiError where the API server doesn't say."""
    try:
        _, found = await transport.request("get", "apis", paths.api_resources())
    except NotFound:
        return False
    return any(resource["name"] == PLURAL for resource in found.get("resources") or ())


async def wait_until_served(transport: Transport) -> None:
    """Wait for the CRD; says so once, and once when it is there."""
    told = False
    while True:
        try:
            if await served(transport):
                break
            reason = (
                f"the CustomResourceDefinition {CRD_NAME} is not installed; `netbaseline crds | kubectl apply -f -`"
            )
        except ApiError as error:
            reason = str(error)
        if not told:
            log.warning("waiting: %s", reason)
            told = True
        await asyncio.sleep(POLL_SECONDS)
    if told:
        log.info("the CustomResourceDefinition %s is served; going on", CRD_NAME)


async def list_baselines(transport: Transport, namespaces: Iterable[str | None]) -> list[Json]:
    """Every NetworkBaseline of the namespaces (None: of all). Raises ApiError."""
    return [
        item
        for namespace in namespaces
        async for page in transport.pages(paths.BASELINES, paths.baselines(namespace), {})
        for item in page.get("items") or ()
    ]
