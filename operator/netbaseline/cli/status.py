"""`netbaseline status`: what a namespace's baselines are, and where each part came from."""

import asyncio
from dataclasses import replace
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netbaseline.cli.options import Context, KeepGoing, Kubeconfig, Paths, namespace_named
from netbaseline.cli.output import Format, emit
from netbaseline.cli.problems import FOUND, UserError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from netbaseline.cli.loading import Loaded
    from netbaseline.core.manifests import Given

EPILOG = """Examples:

netbaseline status -n shop

netbaseline status --context staging -o json

kubectl get networkbaselines -A -o yaml | netbaseline status -
"""


def register(app: typer.Typer) -> None:
    app.command(
        name="status",
        help="Show the baselines of a namespace and what became of them; exit 1 when one isn't Ready.",
        epilog=EPILOG,
    )(status)


def status(
    paths: Paths = None,
    namespace: Annotated[
        str | None,
        typer.Option(
            "--namespace", "-n", callback=namespace_named, help="This namespace only; all of them by default."
        ),
    ] = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    keep_going: KeepGoing = False,
    output: Annotated[Format, typer.Option("--output", "-o", help="table, json or yaml.")] = Format.TABLE,
) -> None:
    loaded = None
    if paths:
        items, loaded = _from_files(paths, namespace, keep_going, cluster=context is not None or kubeconfig is not None)
    else:
        items = asyncio.run(_baselines(namespace, context, kubeconfig))
    found = [_summary(item) for item in items]
    if output is not Format.TABLE:
        emit({"namespace": namespace, "baselines": found}, output)
    elif found or loaded is None or not loaded.problems:  # that one couldn't be read isn't that there is none
        _print(namespace, found)
    bad = not found or any(item["ready"] != "True" for item in found)
    if loaded is not None:
        loaded.end(found=bad)
    elif bad:
        raise typer.Exit(FOUND)


def _from_files(
    paths: list[str], namespace: str | None, keep_going: bool, *, cluster: bool
) -> "tuple[list[dict[str, Any]], Loaded]":
    """The valid baselines of manifests, with the status that those have which a cluster gave out."""
    from netbaseline.cli.loading import Cluster, gathered, objects, told
    from netbaseline.core.manifests import Given, Refused

    if cluster:
        raise UserError("--context and --kubeconfig are of a cluster; leave them out, or the paths")
    read = objects(paths, Cluster(), None)
    loaded = gathered(read)
    given: dict[int, Given] = {id(item.origin): item for item in read.given}
    found, unreadable = {}, list(loaded.problems)
    for item in loaded.inventory.baselines:
        if namespace not in {None, item.namespace}:
            continue
        content: Any = given[id(item.origin)].content
        try:
            _check_status(given[id(item.origin)])
        except Refused as error:
            unreadable += error.remarks
        else:
            metadata = {**content["metadata"], "namespace": item.namespace, "name": item.name}
            found[item.namespace, item.name] = {**content, "metadata": metadata}
    loaded = told(replace(loaded, problems=tuple(unreadable)), keep_going)
    return [item for _, item in sorted(found.items(), key=itemgetter(0))], loaded


def _check_status(given: "Given") -> None:
    """Raises Refused where a status isn't as an operator writes it; a newer one may say more than is known here."""
    from netbaseline.core.manifests import reading

    with reading(given):
        _stored().model_validate(given.content, extra="ignore")


@cache
def _stored() -> "type[BaseModel]":
    """A baseline of which only the status counts. Making a model takes longer than reading a hundred with it."""
    from pydantic import create_model

    from netbaseline.api.status import NetworkBaselineStatus

    return create_model("Stored", status=(NetworkBaselineStatus | None, None))


async def _baselines(namespace: str | None, context: str | None, kubeconfig: Path | None) -> list[dict[str, Any]]:
    from netbaseline.cluster.crd import baseline_pages
    from netbaseline.cluster.errors import ApiError, NotFound
    from netbaseline.cluster.transport import ConfigurationError, connect

    try:
        transport = await connect("netbaseline-cli", lambda *_: None, kubeconfig=kubeconfig, context=context)
    except ConfigurationError as error:
        raise UserError(str(error)) from None
    try:
        return [item async for page in baseline_pages(transport, namespace) for item in page.get("items") or ()]
    except NotFound:
        raise UserError(
            "the cluster doesn't know NetworkBaselines; `netbaseline crds | kubectl apply --server-side -f -`"
        ) from None
    except ApiError as error:
        raise UserError(str(error)) from None
    finally:
        await transport.close()


def _summary(item: dict[str, Any]) -> dict[str, Any]:
    told = item.get("status") or {}
    conditions = {condition["type"]: condition for condition in told.get("conditions") or ()}
    ready, spec = conditions.get("Ready", {}), item.get("spec") or {}
    return {
        "namespace": item["metadata"]["namespace"],
        "name": item["metadata"]["name"],
        "mode": spec.get("mode", "Enforce"),
        "ready": ready.get("status", "Unknown"),
        "reason": ready.get("reason", "Pending"),
        "message": ready.get("message", "no operator has told anything of it" if not told else ""),
        "upToDate": told.get("observedGeneration") == item["metadata"].get("generation"),
        "defaultDeny": spec.get("defaultDeny", ["Ingress", "Egress"]),
        "policies": told.get("policies") or [],
        "sources": told.get("sources") or [],
        "findings": told.get("findings") or [],
        "forecast": told.get("forecast"),
    }


def _print(namespace: str | None, found: list[dict[str, Any]]) -> None:
    from netbaseline.cli.tables import print_table

    if not found:
        one = f"Namespace {namespace} has no NetworkBaseline: its pods are not covered."
        print("There is no NetworkBaseline: no pod is covered." if namespace is None else one)
        return
    shown = None
    for number, item in enumerate(found):
        if number:
            print()
        if item["namespace"] != shown:
            print(f"Namespace {item['namespace']}", end="\n\n")
            shown = item["namespace"]
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
