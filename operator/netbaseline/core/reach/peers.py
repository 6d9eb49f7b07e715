"""Which nodes a peer of a rule means, for certain and by the network plugin's leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pyroaring import BitMap

from netbaseline.core.inventory import Namespace
from netbaseline.core.netpol import IPBlock, Peer
from netbaseline.core.reach.addresses import AddressSpace, covers_private
from netbaseline.core.reach.cases import Case, Semantics
from netbaseline.core.reach.labels import LabelIndex
from netbaseline.core.reach.nodes import Numbering, PodClass, Terms
from netbaseline.core.selectors import EVERYTHING, Selector


@dataclass(frozen=True, slots=True)
class Meant:
    """The nodes that match whatever the plugin, and those that match by its leave, by the case that it hangs on."""

    nodes: BitMap
    depends: Mapping[Case, BitMap]


class Peers:
    """Resolves peers over one set of nodes; each is resolved once."""

    def __init__(
        self,
        classes: Sequence[PodClass],
        namespaces: Mapping[str, Namespace],
        spoken: Terms,
        space: AddressSpace,
        semantics: Semantics,
    ) -> None:
        self._classes, self._space, self._semantics = classes, space, semantics
        self.numbering = Numbering(len(classes), len(space))
        self._by_label = LabelIndex((one.labels for one in classes), spoken.pod_labels)
        self._names = list(namespaces)
        self._namespaces = LabelIndex((one.labels for one in namespaces.values()), spoken.namespace_labels)
        self._members = self._members_by_namespace()
        self._in_namespaces: dict[Selector, BitMap] = {}
        self._meant: dict[tuple[Peer, str | None], Meant] = {}
        self._host = BitMap(number for number, one in enumerate(classes) if one.host_network)

    def _members_by_namespace(self) -> dict[str, BitMap]:
        numbers: dict[str, list[int]] = {}
        for number, one in enumerate(self._classes):
            numbers.setdefault(one.namespace, []).append(number)
        return {name: BitMap(found) for name, found in numbers.items()}

    def selected(self, namespace: str, pods: Selector) -> BitMap:
        """The pod classes that a policy of `namespace` selects by its podSelector, hostNetwork or not."""
        return self._by_label.matching(pods) & self._members.get(namespace, BitMap())

    def meant(self, peer: Peer, namespace: str) -> Meant:
        """What `peer` of a rule in a policy of `namespace` matches.

        Both selectors in one peer: pods of those namespaces with those labels; podSelector alone: pods of the policy's
        own namespace (NetworkPolicyPeer).
        """
        key = (peer, namespace if peer.block is None and peer.namespaces is None else None)
        if key not in self._meant:
            self._meant[key] = (
                self._by_block(peer.block) if peer.block is not None else self._by_selectors(peer, namespace)
            )
        return self._meant[key]

    def _by_selectors(self, peer: Peer, namespace: str) -> Meant:
        within = self._members.get(namespace, BitMap()) if peer.namespaces is None else self._in_chosen(peer.namespaces)
        found = self._by_label.matching(EVERYTHING if peer.pods is None else peer.pods) & within
        host = found & self._host
        answer = self._semantics.answer(Case.HOST_NETWORK_PEER)
        if not host or answer:
            return Meant(found, {})
        return Meant(found - host, {} if answer is False else {Case.HOST_NETWORK_PEER: host})

    def _in_chosen(self, namespaces: Selector) -> BitMap:
        if namespaces not in self._in_namespaces:
            chosen = self._namespaces.matching(namespaces)
            members = (self._members.get(self._names[number]) for number in chosen)
            self._in_namespaces[namespaces] = BitMap().union(*(found for found in members if found is not None))
        return self._in_namespaces[namespaces]

    @cached_property
    def _addressed(self) -> dict[int, BitMap]:
        """Pod classes by piece of the address space. A flow may use either family: one address in a range will do."""
        found: dict[int, list[int]] = {}
        for number, one in enumerate(self._classes):
            for piece in one.pieces or ():
                found.setdefault(piece, []).append(number)
        return {piece: BitMap(numbers) for piece, numbers in found.items()}

    @cached_property
    def _unaddressed(self) -> BitMap:
        return BitMap(number for number, one in enumerate(self._classes) if one.pieces is None)

    def _by_block(self, block: IPBlock) -> Meant:
        """Addresses outside for certain, and nodes' own (hostNetwork pods); other pods as the plugin has it.

        The API reference asks for cluster-external ranges here, since pods' addresses come and go (NetworkPolicyPeer).
        """
        pieces = self._space.covered(block)
        outside = self.numbering.of_pieces(pieces)
        addressed = BitMap().union(*(self._addressed[piece] for piece in pieces if piece in self._addressed))
        unknown, private = BitMap(), covers_private(block)
        if private is True:
            addressed |= self._unaddressed
        elif private is None:
            unknown = self._unaddressed
        certain = outside | (addressed & self._host)
        pods = addressed - self._host
        answer = self._semantics.answer(Case.BLOCK_ON_POD)
        depends = {}
        if answer:
            certain |= pods
        elif answer is None and pods:
            depends[Case.BLOCK_ON_POD] = pods
        unknown = (unknown if answer is not False else unknown & self._host) - certain
        if unknown:
            depends[Case.ADDRESS_UNKNOWN] = unknown
        return Meant(certain, depends)
