"""Which nodes a peer of a rule means, for certain and by the network plugin's leave."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pyroaring import BitMap

from netbaseline.core.inventory import Namespace
from netbaseline.core.netpol import IPBlock, Peer
from netbaseline.core.reach.addresses import AddressSpace, covers_private, version_of
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
        *,
        machines: Sequence[frozenset[int]] = (),
        families: Collection[int] = (4,),
    ) -> None:
        """`machines`: where each Node has its addresses; `families`: those that a pod of unknown addresses has."""
        self._classes, self._space, self._semantics = classes, space, semantics
        self._machines, self._families = machines, families
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
        """Addresses outside for certain; pods, those of the host's network too, as the plugin has it.

        The API reference asks for cluster-external ranges here, since pods' addresses come and go (NetworkPolicyPeer).
        """
        pieces = self._space.covered(block)
        outside = self.numbering.of_pieces(pieces)
        found = BitMap().union(*(self._addressed[piece] for piece in pieces if piece in self._addressed))
        sure, perhaps = self._unaddressed_in(block, pieces)
        pods = found | sure
        answer = self._semantics.answer(Case.BLOCK_ON_POD)
        if answer is False:
            return Meant(outside, {})
        certain = outside | pods if answer else outside
        open_ = {Case.BLOCK_ON_POD: pods - certain, Case.ADDRESS_UNKNOWN: perhaps}
        return Meant(certain, {case: nodes for case, nodes in open_.items() if nodes})

    def _unaddressed_in(self, block: IPBlock, pieces: BitMap) -> tuple[BitMap, BitMap]:
        """Of the pods whose addresses aren't known, those that are in a range for certain, and those that may be."""
        hosts = self._unaddressed & self._host if self._machines else BitMap()
        answers = ((hosts, self._machines_in(pieces)), (self._unaddressed - hosts, self._private_in(block)))
        sure = BitMap().union(*(nodes for nodes, inside in answers if inside))
        return sure, BitMap().union(*(nodes for nodes, inside in answers if inside is None))

    def _machines_in(self, pieces: BitMap) -> bool | None:
        """Whether all Nodes, some (None), or none are in a range: a hostNetwork pod is on one of them."""
        inside = {any(piece in pieces for piece in machine) for machine in self._machines}
        return None if len(inside) > 1 else True in inside

    def _private_in(self, block: IPBlock) -> bool | None:
        """Whether a pod has an address in a range for certain, perhaps (None), or not, as far as ranges tell."""
        private = covers_private(block)
        return None if private and version_of(block) not in self._families else private
