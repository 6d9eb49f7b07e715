"""Kubernetes Events through kopf, from outside of its handlers."""

import contextvars
import logging
from collections import deque

import kopf

from netbaseline.api.group import API_VERSION, KIND
from netbaseline.core.decision import Baseline

log = logging.getLogger(__name__)


class EventPoster:
    """Kopf keeps the queue of its event poster in a context variable, which only its handlers see.

    Turns run in tasks of ours, so the context of the first handler call is kept and lent to them. Until there was one,
    events are held back; that is the moment between our own first list and kopf's.
    """

    def __init__(self) -> None:
        self._context: contextvars.Context | None = None
        self._early: deque[tuple[Baseline, bool, str, str]] = deque(maxlen=1000)

    def remember_context(self) -> None:
        """Called from a handler."""
        if self._context is None:
            self._context = contextvars.copy_context()
            early, self._early = self._early, deque(maxlen=1000)
            for baseline, warning, reason, message in early:
                self._hand_over(baseline, warning, reason, message)

    def forget_context(self) -> None:
        """Kopf is started over, with a queue of its own."""
        self._context = None

    def post(self, baseline: Baseline, *, warning: bool, reason: str, message: str) -> None:
        """An Event on the baseline, posted in the background; a failure is logged by kopf and loses only the Event."""
        level = logging.WARNING if warning else logging.INFO
        log.log(level, "%s/%s: %s: %s", baseline.namespace, baseline.name, reason, message)
        self._hand_over(baseline, warning, reason, message)

    def _hand_over(self, baseline: Baseline, warning: bool, reason: str, message: str) -> None:
        if self._context is None:
            self._early.append((baseline, warning, reason, message))
            return
        obj = kopf.Body(
            {
                "apiVersion": API_VERSION,
                "kind": KIND,
                "metadata": {"namespace": baseline.namespace, "name": baseline.name, "uid": baseline.uid},
            }
        )
        self._context.copy().run(
            kopf.event, obj, type="Warning" if warning else "Normal", reason=reason, message=message
        )
