"""`--cni`: the network plugin whose answers settle what the API leaves open."""

from typing import Annotated

import typer

from netbaseline.cli.problems import UserError
from netbaseline.core.reach.cases import OPEN, Semantics
from netbaseline.core.reach.cni_table import PLUGINS, UnknownPlugin, semantics


def _keys() -> list[str]:
    return [plugin.key for plugin in PLUGINS]


Cni = Annotated[
    str | None,
    typer.Option(
        "--cni",
        metavar="NAME",
        autocompletion=_keys,
        help="Settle what the API leaves open as this network plugin does: calico, canal, cilium, antrea, kube-router,"
        " weave-net, ovn-kubernetes, or none. Left out, it is said to depend.",
    ),
]


def known(cni: str | None) -> Semantics:
    """What is known of the plugin; nothing where none is named. Raises UserError for a name that isn't in the table."""
    if cni is None:
        return OPEN
    try:
        return semantics(cni)
    except UnknownPlugin as error:
        raise UserError(f"--cni: {error}") from None
