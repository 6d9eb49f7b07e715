"""How every command takes its input: the same arguments and options, with the same words."""

from pathlib import Path
from typing import Annotated

import typer

from netbaseline.cli.problems import UserError

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]...",
        help="Files and folders of manifests, - for standard input. Left out: the cluster of the current context.",
    ),
]
Context = Annotated[str | None, typer.Option(help="Context of the kubeconfig; the current one by default.")]
Kubeconfig = Annotated[
    Path | None, typer.Option(help="KUBECONFIG or ~/.kube/config by default.", dir_okay=False, exists=False)
]


def namespace_named(
    context: typer.Context, option: typer.CallbackParam, value: str | list[str] | None
) -> str | list[str] | None:
    """A name that a namespace can have, and not that of a variable which isn't set. Raises UserError."""
    from netbaseline.core.manifests.fields import can_name_a_namespace

    names = [value] if isinstance(value, str) else value or []
    for name in () if context.resilient_parsing else names:
        if not can_name_a_namespace(name):
            told = f"{option.opts[0]} {name or repr(name)}"
            raise UserError(f"{told}: a namespace's name is a DNS label, such as shop-staging")
    return value


Namespace = Annotated[
    str | None,
    typer.Option(
        "--namespace",
        "-n",
        callback=namespace_named,
        help="Of a cluster, read this namespace only; in manifests, the namespace of objects that name none.",
    ),
]
Platform = Annotated[
    Path | None, typer.Option(help="YAML with what only a cluster can tell: `apiServers: [{ip, port}]`.")
]
KeepGoing = Annotated[bool, typer.Option("--keep-going", "-k", help="Go on with the rest when an object is bad.")]
