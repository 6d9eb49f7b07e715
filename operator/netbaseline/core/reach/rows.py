"""One direction of one pod class: every other node, grouped by what may pass."""

from collections.abc import Iterable

from pyroaring import BitMap, FrozenBitMap

from netbaseline.core.reach.allowance import NOTHING, Allowance

Grant = tuple[BitMap, Allowance]
"""These nodes may use these ports."""

Row = tuple[tuple[FrozenBitMap, Allowance], ...]
"""Disjoint sets of nodes, each with a different allowance; a node in none of them may do nothing."""


def folded(grants: Iterable[Grant]) -> Row:
    """All grants added up."""
    together: dict[Allowance, BitMap] = {}
    for nodes, given in grants:
        if nodes and given:
            together[given] = together[given] | nodes if given in together else nodes
    cells: dict[Allowance, BitMap] = {}
    for given, nodes in together.items():
        cells = _refined(cells, given, nodes)
    return tuple((FrozenBitMap(nodes), given) for given, nodes in cells.items())


def _refined(cells: dict[Allowance, BitMap], given: Allowance, nodes: BitMap) -> dict[Allowance, BitMap]:
    """The cells with one more grant: what it touches is split off and gains by it."""
    fresh: dict[Allowance, BitMap] = {}
    rest = nodes
    for had, members in cells.items():
        touched = members & rest
        if touched:
            _add(fresh, had | given, touched)
            rest = rest - touched
            members = members - touched  # noqa: PLW2901 - what is left of the cell
        if members:
            _add(fresh, had, members)
    if rest:
        _add(fresh, given, rest)
    return fresh


def _add(cells: dict[Allowance, BitMap], given: Allowance, nodes: BitMap) -> None:
    cells[given] = cells[given] | nodes if given in cells else nodes


def at(row: Row, node: int) -> Allowance:
    """What one node may do."""
    return next((given for nodes, given in row if node in nodes), NOTHING)
