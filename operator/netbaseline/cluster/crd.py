"""Whether our own API is served, and what is in it at the start."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

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


async def wait_until_served(transport: Transport, tell: Callable[[str | None], object]) -> None:
    """Wait for the CRD; `tell` is given the reason for each wait and None at the end, the log each reason once."""
    told: set[str] = set()
    while True:
        try:
            if await served(transport):
                break
            how = "netbaseline crds | kubectl apply --server-side -f -"
            reason = f"the CustomResourceDefinition {CRD_NAME} is not installed; `{how}`"
        except ApiError as error:
            reason = f"looking for the CustomResourceDefinition {CRD_NAME}: {error}"
        tell(reason)
        if reason not in told:
            log.warning("waiting: %s", reason)
            told.add(reason)
        await asyncio.sleep(POLL_SECONDS)
    tell(None)
    if told:
        log.info("the CustomResourceDefinition %s is served; going on", CRD_NAME)


def baseline_pages(transport: Transport, namespace: str | None) -> AsyncIterator[Json]:
    """Every NetworkBaseline of a namespace (None: of all), page by page, each with `items` and `metadata`.

    A page is to be read and let go: what is kept of it settles between the raw objects, whose memory is then never
    given back. All raw pages kept until the last cost 77 MiB for good, with 5,000 NetworkBaselines. Raises ApiError.
    """
    return transport.pages(paths.BASELINES, paths.baselines(namespace), {})
