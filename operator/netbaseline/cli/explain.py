"""`netbaseline explain`: may this flow pass, by which rule, and if not, what would let it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netbaseline.cli.options import Context, KeepGoing, Kubeconfig, Namespace, Paths, Platform
from netbaseline.cli.output import Format, emit
from netbaseline.cli.plugin import Cni, known
from netbaseline.cli.problems import UserError

if TYPE_CHECKING:
    from netbaseline.core.analysis.explain import Place, Side
    from netbaseline.core.analysis.judgement import Judged, Judgement
    from netbaseline.core.analysis.suggest import NoRule, Suggestion
    from netbaseline.core.inventory import Policy
    from netbaseline.core.reach.matrix import Reachability

EPILOG = """Examples:

netbaseline explain --from shop/frontend --to shop/backend --port 8080 manifests/

netbaseline explain --from 203.0.113.7 --to shop/svc/web --port 443/TCP

netbaseline explain --from shop/cart --to shop/redis --port redis -o json manifests/

Exit code 0 allowed, 1 denied or not certain, 2 bad input.
"""

END = "namespace/pod, namespace/workload, namespace/kind/name, namespace/svc/name, or an address."


def register(app: typer.Typer) -> None:
    app.command(name="explain", help="Tell whether a flow may pass, and by which policy and rule.", epilog=EPILOG)(
        explain
    )


def explain(
    source: Annotated[str, typer.Option("--from", help=f"Who connects: {END}")],
    to: Annotated[str, typer.Option("--to", help=f"Where to: {END}")],
    port: Annotated[
        str, typer.Option(help="Port and protocol, as 8080, 53/UDP or http/TCP: the container's, or a Service's own.")
    ],
    paths: Paths = None,
    namespace: Namespace = None,
    context: Context = None,
    kubeconfig: Kubeconfig = None,
    platform: Platform = None,
    cni: Cni = None,
    keep_going: KeepGoing = False,
    output: Annotated[Format, typer.Option("--output", "-o", help="table (text), json or yaml.")] = Format.TABLE,
) -> None:
    from netbaseline.cli.loading import load
    from netbaseline.core.analysis.judgement import judge
    from netbaseline.core.analysis.places import Unknown, find, port_of
    from netbaseline.core.reach.matrix import Reachability

    semantics = known(cni)
    loaded = load(
        paths,
        namespace=namespace,
        context=context,
        kubeconfig=kubeconfig,
        platform=platform,
        keep_going=keep_going,
        tell_notes=False,
    )
    reach = Reachability(loaded.inventory, semantics)
    try:
        asked = port_of(port)
        near, far = find(loaded.inventory, source), find(loaded.inventory, to)
        found = judge(reach, near, far, asked)
    except (Unknown, ValueError) as error:
        raise UserError(str(error)) from None
    loaded.tell()
    if output is Format.TABLE:
        _print(reach, found, source, to, asked)
    else:
        emit(described(reach, found, source, to, asked), output)
    loaded.end(found=found.verdict is None or found.verdict.value != "allowed")


def described(
    reach: "Reachability", found: "Judgement", source: str, to: str, asked: tuple[int | str, str]
) -> dict[str, Any]:
    """The whole answer as JSON."""
    from netbaseline.core.analysis.explain import describe
    from netbaseline.core.reach.cases import QUESTIONS

    return {
        "from": source,
        "to": to,
        "port": asked[0],
        "protocol": asked[1],
        "verdict": "differs" if found.verdict is None else found.verdict.value,
        "depends": [{"case": case.value, "reason": QUESTIONS[case]} for case in found.depends],
        "flows": [
            {
                "source": _name(reach, item.source),
                "destination": _name(reach, item.destination),
                "containerPort": item.port,
                "verdict": item.explanation.verdict.value,
                "egress": describe(item.explanation.egress),
                "ingress": describe(item.explanation.ingress),
                **_suggested(reach, item),
            }
            for item in found.judged
        ],
    }


def _suggested(reach: "Reachability", item: "Judged") -> dict[str, Any]:
    """`suggestions`, and `withoutRule` where there is one that no rule can be made of."""
    rules, without = _suggestions(reach, item)
    return {
        "suggestions": [
            {
                "direction": one.direction.value,
                "namespace": one.namespace,
                "baselines": list(one.baselines),
                "rule": dict(one.rule),
                "networkPolicy": dict(one.policy),
                **({"note": one.note} if one.note else {}),
            }
            for one in rules
        ],
        **(
            {"withoutRule": [{"direction": one.direction.value, "reason": one.reason} for one in without]}
            if without
            else {}
        ),
    }


def _name(reach: "Reachability", place: "Place") -> str:
    if place.pod is None:
        return place.address or ""
    pod = reach.inventory.pods[place.pod]
    return str(pod.workload) if pod.template else f"{pod.namespace}/{pod.name}"


def _suggestions(reach: "Reachability", item: "Judged") -> "tuple[list[Suggestion], list[NoRule]]":
    from netbaseline.core.analysis.suggest import NoRule, Suggestion, suggestion

    asked = (item.port, item.protocol)
    both = (
        suggestion(reach, item.explanation.egress, item.source, item.destination, asked),
        suggestion(reach, item.explanation.ingress, item.destination, item.source, asked),
    )
    return [one for one in both if isinstance(one, Suggestion)], [one for one in both if isinstance(one, NoRule)]


STYLES = {"allowed": "green", "denied": "red", "depends": "yellow", "differs": "yellow"}


def _print(reach: "Reachability", found: "Judgement", source: str, to: str, asked: tuple[int | str, str]) -> None:
    from netbaseline.cli.console import console
    from netbaseline.core.reach.cases import QUESTIONS

    out = console()
    verdict = "differs" if found.verdict is None else found.verdict.value
    words = "differs from pod to pod" if found.verdict is None else verdict
    out.print(f"{source} -> {to} on {asked[0]}/{asked[1]}: ", style="bold", end="", markup=False)
    out.print(words, style=STYLES[verdict], markup=False)
    for case in found.depends:
        out.print(f"  {QUESTIONS[case]}; name it with --cni", markup=False)
    for item in found.judged:
        if len(found.judged) > 1 or item.port != asked[0]:
            ends = f"{_name(reach, item.source)} -> {_name(reach, item.destination)}"
            out.print(f"\n{ends} on container port {item.port}/{item.protocol}: ", end="", markup=False)
            out.print(item.explanation.verdict.value, style=STYLES[item.explanation.verdict.value], markup=False)
        _print_side(reach, item.explanation.egress, f"egress from {_name(reach, item.source)}", item.source)
        _print_side(reach, item.explanation.ingress, f"ingress to {_name(reach, item.destination)}", item.destination)
        rules, without = _suggestions(reach, item)
        for one in rules:
            _print_suggestion(one)
        for missing in without:
            out.print(
                f"\n  No rule can be shown for {missing.direction.value.lower()}: {missing.reason}.", markup=False
            )


def _print_side(reach: "Reachability", side: "Side", title: str, near: "Place") -> None:
    from netbaseline.cli.console import console

    out = console()
    out.print(f"  {title}: ", end="", markup=False)
    out.print(side.verdict.value, style=STYLES[side.verdict.value], end="", markup=False)
    if near.pod is None:
        out.print(", an address outside that no policy isolates", markup=False)
        return
    if not side.isolating:
        out.print(", since no policy isolates the pod", markup=False)
        return
    out.print(f", isolated by {', '.join(map(_placed, side.isolating))}", markup=False)
    for match in side.matches:
        hangs = f" (depends: {', '.join(match.depends)})" if match.depends else ""
        out.print(f"    allowed by {_placed(match.policy, match.path)} {match.path}{hangs}", markup=False)
    for miss in side.misses if not side.matches else ():
        path = f"spec.{miss.direction.value.lower()}[{miss.rule}]"
        wrong = "the other end, but not this port" if miss.wrong == "port" else "this port, but not the other end"
        out.print(f"    {_placed(miss.policy, path)} {path} allows {wrong}", markup=False)


def _placed(policy: "Policy", path: str = "") -> str:
    """A policy with where it stands, where that is a line of a file."""
    line = None if policy.origin is None else policy.origin.line(path)
    source = "" if policy.origin is None or line is None else f" ({Path(policy.origin.source)}:{line})"
    return f"{policy}{source}"


def _print_suggestion(one: "Suggestion") -> None:
    import yaml

    from netbaseline.cli.console import console

    out = console()
    if one.baselines:
        place = f"spec.allow.{one.direction.value.lower()}"
        what = f"\n  To allow it, add to {place} of NetworkBaseline {one.namespace}/{one.baselines[0]}:"
        text = yaml.safe_dump([dict(one.rule)], sort_keys=False)
    else:
        what = f"\n  To allow it, apply to namespace {one.namespace}:"
        text = yaml.safe_dump(dict(one.policy), sort_keys=False)
    out.print(what, markup=False)
    out.print("".join(f"    {line}\n" for line in text.splitlines()), end="", markup=False, highlight=False)
    if one.note:
        out.print(f"  ({one.note})", markup=False)
