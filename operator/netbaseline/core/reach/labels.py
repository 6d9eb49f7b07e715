"""From labels to the numbers of those that carry them: a selector is a few set operations, whatever it selects."""

from collections.abc import Iterable, Mapping

from pyroaring import BitMap

from netbaseline.core.selectors import Requirement, Selector


class LabelIndex:
    """Items numbered from 0; only labels with one of `keys`, those that some selector asks for, are kept."""

    def __init__(self, items: Iterable[Mapping[str, str]], keys: Iterable[str]) -> None:
        found: dict[str, dict[str, list[int]]] = {key: {} for key in keys}
        count = 0
        for number, labels in enumerate(items):
            count = number + 1
            for key in labels.keys() & found.keys():
                found[key].setdefault(labels[key], []).append(number)
        self.all = BitMap(range(count))
        self._having: dict[str, dict[str, BitMap]] = {
            key: {value: BitMap(numbers) for value, numbers in values.items()} for key, values in found.items()
        }
        self._keyed = {key: BitMap().union(*values.values()) for key, values in self._having.items()}
        self._matching: dict[Selector, BitMap] = {}

    def matching(self, selector: Selector) -> BitMap:
        """The items that a selector over the index's keys selects. Not to be changed."""
        if selector not in self._matching:
            found = self.all
            for requirement in selector.requirements:
                found = found & self._of(requirement)
            self._matching[selector] = found
        return self._matching[selector]

    def _of(self, requirement: Requirement) -> BitMap:
        key = requirement.key
        if requirement.operator == "Exists":
            return self._keyed[key]
        if requirement.operator == "DoesNotExist":
            return self.all - self._keyed[key]
        chosen = BitMap().union(
            *(self._having[key][value] for value in requirement.values if value in self._having[key])
        )
        return chosen if requirement.operator == "In" else self.all - chosen
