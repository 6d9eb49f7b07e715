"""Turn a validation error into lines that name the field and say what to do."""

from dataclasses import dataclass

from pydantic import ValidationError

MAX_PROBLEMS = 10
MAX_SHOWN_INPUT = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an object: `path` as `spec.allow.ingress[0].from[1].cidr`, empty for the object itself."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


def problems(error: ValidationError) -> tuple[Problem, ...]:
    """What `error` says, one problem a field, at most MAX_PROBLEMS of them, in the order of the document."""
    found: dict[str, Problem] = {}
    for detail in error.errors(include_url=False):
        path = _path(detail["loc"])
        found.setdefault(path, Problem(path, _message(detail["type"], detail["msg"], detail.get("input"))))
    shown = list(found.values())[:MAX_PROBLEMS]
    if len(found) > MAX_PROBLEMS:
        shown.append(Problem("", f"and {len(found) - MAX_PROBLEMS} more problems"))
    return tuple(shown)


def _path(loc: tuple[int | str, ...]) -> str:
    """`('spec', 'allow', 'ingress', 0, 'port', 'int')` without the union branch pydantic adds at the end."""
    parts: list[str] = []
    for item in loc:
        if isinstance(item, int):
            parts.append(f"[{item}]")
        elif "[" in item or "-" in item or item in {"int", "str"}:
            continue
        else:
            parts.append(f".{item}" if parts else item)
    return "".join(parts)


def _message(kind: str, text: str, value: object) -> str:
    if kind == "extra_forbidden":
        return "unknown field; check its spelling and indentation"
    if kind == "missing":
        return "is required"
    text = text.removeprefix("Value error, ")
    text = text[:1].lower() + text[1:] if text.startswith(("Input", "String", "Tuple", "Dictionary")) else text
    if isinstance(value, str | int | float | bool) and kind != "value_error":
        shown = repr(value)
        text += f" (found {shown if len(shown) <= MAX_SHOWN_INPUT else shown[:MAX_SHOWN_INPUT] + '…'})"
    return text
