"""`netbaseline status`: what a namespace's baselines are, and where each part came from."""

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from netbaseline.cli.output import Format, emit
from netbaseline.cli.problems import FOUND, UserError

EPILOG = """Examples:

netbaseline status -n shop

netbaseline status -n shop -o json
"""


def register(app: typer.Typer) -> None:
    app.command(
        name="status",
        help="Show the baselines of a namespace and what became of them; exit 1 when one isn't Ready.",
        epilog=EPILOG,
    )(status)


def status(
    namespace: Annotated[str, typer.Option("--namespace", "-n", help="The namespace.")],
    output: Annotated[Format, typer.Option("--output", "-o", help="table, json or yaml.")] = Format.TABLE,
    kubeconfig: Annotated[
        Path | None, typer.Option(help="KUBECONFIG or ~/.kube/config by default.", dir_okay=False)
    ] = None,
) -> None:
    if kubeconfig is not None:
        os.environ["KUBECONFIG"] = str(kubeconfig)
    found = [_summary(item) for item in asyncio.run(_baselines(namespace))]
    if output is Format.TABLE:
        _print(namespace, found)
    else:
        emit({"namespace": namespace, "baselines": found}, output)
    if not found or any(item["ready"] != "True" for item in found):
        raise typer.Exit(FOUND)


async def _baselines(namespace: str) -> list[dict[str, Any]]:
    from netbaseline.cluster.crd import baseline_pages
    from netbaseline.cluster.errors import ApiError, NotFound
    from netbaseline.cluster.transport import ConfigurationError, connect

    try:
        transport = await connect("netbaseline-cli", lambda *_: None)
    except ConfigurationError as error:
        raise UserError(str(error)) from None
    try:
        return [item async for page in baseline_pages(transport, namespace) for item in page.get("items") or ()]
    except NotFound:
        raise UserError("the cluster doesn't know NetworkBaselines; `netbaseline crds | kubectl apply -f -`") from None
    except ApiError as error:
        raise UserError(str(error)) from None
    finally:
        await transport.close()


def _summary(item: dict[str, Any]) -> dict[str, Any]:
    told = item.get("status") or {}
    conditions = {condition["type"]: condition for condition in told.get("conditions") or ()}
    ready = conditions.get("Ready", {})
    return {
        "name": item["metadata"]["name"],
        "mode": item["spec"].get("mode", "Enforce"),
        "ready": ready.get("status", "Unknown"),
        "reason": ready.get("reason", "Pending"),
        "message": ready.get("message", ""),
        "upToDate": told.get("observedGeneration") == item["metadata"].get("generation"),
        "defaultDeny": item["spec"].get("defaultDeny", ["Ingress", "Egress"]),
        "policies": told.get("policies") or [],
        "sources": told.get("sources") or [],
        "findings": told.get("findings") or [],
        "forecast": told.get("forecast"),
    }


def _print(namespace: str, found: list[dict[str, Any]]) -> None:
    from netbaseline.cli.tables import print_table

    if not found:
        print(f"Namespace {namespace} has no NetworkBaseline: its pods are not covered.")
        return
    for number, item in enumerate(found):
        print("" if number else f"Namespace {namespace}", end="\n" if number else "\n\n")
        stale = "" if item["upToDate"] else "   (the operator has not seen the newest spec yet)"
        print(f"NetworkBaseline {item['name']}   {item['mode']}   denies {', '.join(item['defaultDeny'])}{stale}")
        print(f"  Ready {item['ready']} ({item['reason']}): {item['message']}")
        for finding in item["findings"]:
            print(f"  {finding['severity']}: {finding['id']}: {finding.get('path', '')} {finding['message']}")
        if item["policies"]:
            print()
            origin = {source["part"]: source["from"] for source in item["sources"]}
            rows = [
                (policy["name"], policy["state"], _origin(policy["name"], item["name"], origin))
                for policy in item["policies"]
            ]
            print_table(("  POLICY", "STATE", "FROM"), [("  " + name, state, source) for name, state, source in rows])


def _origin(policy: str, baseline: str, origin: dict[str, str]) -> str:
    """Where a policy comes from: the field, and the default or discovery that filled it."""
    role = policy.removeprefix(f"nbl.{baseline}.")
    fields = {
        "deny": "spec.defaultDeny",
        "dns": "spec.allow.dns",
        "same-namespace": "spec.allow.sameNamespace",
        "ingress-controller": "spec.allow.ingressController",
        "monitoring": "spec.allow.monitoring",
        "kube-api-server": "spec.allow.kubeAPIServer",
    }
    field = fields.get(role, f"rule {role.removeprefix('rule.')}")
    return f"{field} ({origin[field]})" if field in origin else field
