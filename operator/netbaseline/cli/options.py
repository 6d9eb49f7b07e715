"""How every command takes its input: the same arguments and options, with the same words."""

from pathlib import Path
from typing import Annotated

import typer

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
Namespace = Annotated[
    str | None,
    typer.Option(
        "--namespace",
        "-n",
        help="Of a cluster, read this namespace only; in manifests, the namespace of objects that name none.",
    ),
]
Platform = Annotated[
    Path | None, typer.Option(help="YAML with what only a cluster can tell: `apiServers: [{ip, port}]`.")
]
KeepGoing = Annotated[bool, typer.Option("--keep-going", "-k", help="Go on with the rest when an object is bad.")]
