"""Calico's selector expressions, as far as a LabelSelector can say the same: a conjunction of simple conditions.

    label == "x"   label != "x"   label in {"x", "y"}   label not in {"x"}   has(label)   all()   !…   … && …   ( … )

`!=` and `not in` also hold where the label is missing; the empty expression is all(). The rest of the language (`||`,
`contains`, `starts with`, `ends with`, `global()`) is recognised and left unread. Grammar:
https://docs.tigera.io/calico/latest/reference/resources/networkpolicy#selectors, precedence and characters:
https://github.com/projectcalico/calico/blob/master/libcalico-go/lib/selector/parser/parser.go and
…/selector/tokenizer/tokenizer.go.
"""

import re
from typing import Final

from netbaseline.core.foreign.scope import NOTHING
from netbaseline.core.selectors import Requirement

Conjunction = tuple[Requirement, ...]

_TOKEN: Final = re.compile(
    r"""[ \t]*(?:
        (?P<has>has\([ \t]*(?P<of>[A-Za-z0-9_./-]{1,512})[ \t]*\))
      | (?P<all>all\([ \t]*\))
      | (?P<string>"[^"]*"|'[^']*')
      | (?P<mark>==|!=|&&|[!(){},])
      | (?P<label>[A-Za-z0-9_./-]{1,512})
    )""",
    re.VERBOSE,
)
_LONGEST: Final = 1024
"""Characters of an expression that Calico's own schema takes."""
_DEEPEST: Final = 32
"""Parentheses that are followed."""


class _Unreadable(Exception):
    """The expression isn't a conjunction, or none of Calico's at all."""


def parse(text: object) -> Conjunction | None:
    """The requirements that must all hold; None where it can't be said by them, or isn't an expression."""
    if not isinstance(text, str) or len(text) > _LONGEST or text.count("(") > _DEEPEST:
        return None
    try:
        tokens = _tokens(text)
        if not tokens:
            return ()
        found, rest = _conjunction(tokens)
    except (_Unreadable, IndexError):
        return None
    return None if rest else found


Token = tuple[str, str]


def _tokens(text: str) -> list[Token]:
    """Kind and value, in order. `in` and `not in` come as labels."""
    found: list[Token] = []
    text, position = text.rstrip(" \t"), 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _Unreadable
        position = match.end()
        found.append(_token(match))
    return found


def _token(match: re.Match[str]) -> Token:
    if match["has"] is not None:
        return "has", match["of"]
    if match["string"] is not None:
        return "string", match["string"][1:-1]
    return ("all", "") if match["all"] is not None else (str(match.lastgroup), match[str(match.lastgroup)])


def _conjunction(tokens: list[Token]) -> tuple[Conjunction, list[Token]]:
    found, rest = _operation(tokens)
    while rest and rest[0] == ("mark", "&&"):
        more, rest = _operation(rest[1:])
        found += more
    return found, rest


def _operation(tokens: list[Token]) -> tuple[Conjunction, list[Token]]:
    negated = False
    while tokens[0] == ("mark", "!"):
        negated, tokens = not negated, tokens[1:]
    found, rest = _condition(tokens)
    return (_negated(found) if negated else found), rest


def _condition(tokens: list[Token]) -> tuple[Conjunction, list[Token]]:
    kind, value = tokens[0]
    if kind == "has":
        return (Requirement(value, "Exists"),), tokens[1:]
    if kind == "all":
        return (), tokens[1:]
    if (kind, value) == ("mark", "("):
        found, rest = _conjunction(tokens[1:])
        return found, _after(rest, ")")
    if kind != "label":
        raise _Unreadable
    operator = tokens[1]
    if operator in {("mark", "=="), ("mark", "!=")}:
        return (_compared(value, operator[1], _string(tokens[2])),), tokens[3:]
    if operator == ("label", "in"):
        values, rest = _set(tokens[2:])
        return ((Requirement(value, "In", values),) if values else NOTHING.requirements), rest
    if operator == ("label", "notin") or tokens[1:3] == [("label", "not"), ("label", "in")]:
        values, rest = _set(tokens[2:] if operator == ("label", "notin") else tokens[3:])
        return ((Requirement(value, "NotIn", values),) if values else ()), rest
    raise _Unreadable


def _compared(label: str, operator: str, value: str) -> Requirement:
    return Requirement(label, "In" if operator == "==" else "NotIn", (value,))


def _negated(found: Conjunction) -> Conjunction:
    """Not of a conjunction is one again only where there is a single condition, or none (nothing is then selected)."""
    if not found:
        return NOTHING.requirements
    if len(found) > 1:
        if found == NOTHING.requirements:
            return ()
        raise _Unreadable
    return (found[0].complement(),)


def _set(tokens: list[Token]) -> tuple[tuple[str, ...], list[Token]]:
    rest = _after(tokens, "{")
    values: list[str] = []
    while rest[0][0] == "string":
        values.append(rest[0][1])
        rest = rest[1:]
        if rest[0] != ("mark", ","):
            break
        rest = rest[1:]
    return tuple(values), _after(rest, "}")


def _string(token: Token) -> str:
    if token[0] != "string":
        raise _Unreadable
    return token[1]


def _after(tokens: list[Token], mark: str) -> list[Token]:
    if tokens[0] != ("mark", mark):
        raise _Unreadable
    return tokens[1:]
