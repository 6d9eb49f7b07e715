"""`netbaseline import`: the NetworkBaselines that mean what existing NetworkPolicies mean, with the proof."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from netbaseline.cli.options import Context, KeepGoing, Kubeconfig, Namespace, Paths, Platform
from netbaseline.cli.output import Format, emit

if TYPE_CHECKING:
    from netbaseline.core.importing.proof import Import

EPILOG = """Examples:

netbaseline import policies/ > baselines.yaml

netbaseline import -n shop

Exit code 0 all is said and proved equal, 1 something stays a NetworkPolicy or differs (told on standard error),
2 bad input.
"""

MOST_DIFFERENCES = 10


def register(app: typer.Typer) -> None:
    app.command(
        name="import",
        help="Turn existing NetworkPolicies into NetworkBaselines that mean the same, and prove it.",
        epilog=EPILOG,
    )(import_)


def import_(
    paths: Paths = None,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    platform: Platform = None,
    keep_going: KeepGoing = False,
    output: Annotated[
        Format, typer.Option("--output", "-o", help="yaml or json for the baselines, table for an overview.")
    ] = Format.YAML,
) -> None:
    from netbaseline.cli.loading import load
    from netbaseline.cli.progress import working
    from netbaseline.core.importing.proof import import_policies

    loaded = load(
        paths, namespace=namespace, context=context, kubeconfig=kubeconfig, platform=platform, keep_going=keep_going
    )
    with working("saying the same as NetworkBaselines, and proving it"):
        found = import_policies(loaded.inventory)
    manifests = [manifest for item in found.by_namespace.values() for manifest in item.manifests]
    if output is Format.TABLE:
        _print(found)
    elif output is Format.JSON:
        emit({"apiVersion": "v1", "kind": "List", "items": manifests}, output)
    else:
        import yaml

        print("---\n".join(yaml.safe_dump(manifest, sort_keys=False) for manifest in manifests), end="")
    _tell(found, len(manifests))
    loaded.end(found=not found.complete)


def _print(found: "Import") -> None:
    from netbaseline.cli.tables import print_table

    rows = [
        (namespace, str(len(item.replaced)), str(len(item.manifests)), str(len(item.unsaid)))
        for namespace, item in found.by_namespace.items()
    ]
    print_table(("NAMESPACE", "POLICIES", "BASELINES", "NOT SAID"), rows)


def _tell(found: "Import", baselines: int) -> None:
    def say(text: str) -> None:
        print(f"netbaseline: {text}", file=sys.stderr)

    replaced = sum(len(item.replaced) for item in found.by_namespace.values())
    say(f"{replaced:,} NetworkPolicies of {len(found.by_namespace):,} namespaces became {baselines:,} NetworkBaselines")
    for item in (one for imported in found.by_namespace.values() for one in imported.unsaid):
        say(f"NetworkPolicy {item.policy} stays as it is: {item.reason}")
    for policy in found.aside:
        say(f"{policy} is of another API and stays as it is")
    judged = f"{found.pods:,} pods and {found.probes:,} made-up ones, each with each and with every address"
    if not found.differences:
        say(f"proved: connectivity stays the same, judged over {judged}")
        return
    say(f"NOT equal: {len(found.differences):,} pairs differ, of {judged}")
    for change in found.differences[:MOST_DIFFERENCES]:
        before, after = change.before.allowed, change.after.allowed
        say(f"  {change.source} -> {change.destination}: {before} before, {after} after")
