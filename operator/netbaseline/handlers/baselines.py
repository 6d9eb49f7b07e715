"""NetworkBaselines as kopf hears of them: handed over, nothing decided here."""

from typing import Any

import kopf

from netbaseline.api.group import GROUP, PLURAL, VERSION


@kopf.on.event(GROUP, VERSION, PLURAL)
async def baseline_event(event: kopf.RawEvent, memo: kopf.Memo, **_: Any) -> None:
    """Listed, added, modified or deleted."""
    memo.events.remember_context()
    body = event["object"]
    if event["type"] is None:
        memo.engine.relisted.set()
    if event["type"] == "DELETED":
        meta = body["metadata"]
        memo.engine.baselines.gone(meta["namespace"], meta["name"], meta["uid"])
    else:
        memo.engine.baselines.seen(body)
