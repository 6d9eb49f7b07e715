"""What can go wrong at the API server, sorted by what there is to do about it."""

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """A request failed. `status` is the HTTP status, 0 where there was no answer; `retry_after` in seconds."""

    def __init__(self, message: str, *, status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class Conflict(ApiError):
    """Somebody was faster, or holds the field: observe again."""


class NotFound(ApiError):
    """The object, or its namespace, is gone."""


class Forbidden(ApiError):
    """A right is missing; the message says which."""


class NamespaceLeaving(ApiError):
    """The namespace is going away, or has gone; leave it alone."""


class Invalid(ApiError):
    """The API server refuses the object itself; trying again helps once something else has changed."""


class Gone(ApiError):
    """A resourceVersion or continue token is too old: list again."""


_BY_STATUS: dict[int, type[ApiError]] = {403: Forbidden, 404: NotFound, 409: Conflict, 410: Gone, 422: Invalid}


def from_status(body: Mapping[str, Any], status: int, retry_after: str | None = None) -> ApiError:
    """The error for a `Status` object of the API (meta/v1 Status), or for a proxy's answer that isn't one."""
    details = body.get("details") or {}
    kind = _BY_STATUS.get(status, ApiError)
    terminating = any(cause.get("reason") == "NamespaceTerminating" for cause in details.get("causes") or ())
    if terminating or (kind is NotFound and details.get("kind") == "namespaces"):
        kind = NamespaceLeaving
    message = str(body.get("message") or body.get("reason") or f"HTTP {status}")
    seconds = float(retry_after) if retry_after is not None and retry_after.isdecimal() else None
    return kind(message, status=status, retry_after=seconds)
