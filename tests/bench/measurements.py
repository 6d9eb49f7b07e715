"""One function per line or group of lines in the table."""

import asyncio
import functools
import gzip
import itertools
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from netbaseline.api.group import GROUP, PLURAL, VERSION
from tests.bench import scenes
from tests.bench.bare import Bare, at_once
from tests.bench.judging import EXAMPLE, PODS, start_up
from tests.bench.judging import apart as judging_apart
from tests.bench.scenes import (
    POLICIES,
    SPEC,
    Json,
    all_ready,
    compiled,
    coverage_told,
    namespaces,
    operator,
    processor_seconds,
    resident_mib,
    stage,
    writes,
)

MOJ = Path(__file__).parents[3] / "shared" / "data" / "moj-cloud-platform" / "objects.jsonl.gz"
SAMPLES = 60
NETPOLS = "/apis/networking.k8s.io/v1/networkpolicies"
BASELINES = f"/apis/{GROUP}/{VERSION}/{PLURAL}"


@dataclass(frozen=True)
class Line:
    """One line of the table: what, the operator's figure, what it is compared with, the ratio, and what is asked."""

    what: str
    ours: str
    bare: str = ""
    ratio: str = ""
    asked: str = ""


Measurement = Callable[[], Awaitable[list[Line]]]


async def burst(count: int = 1000) -> list[Line]:
    """Many baselines at once: CR, policies and status of each namespace, by the operator and by a bare client."""
    bare_seconds = await _by_hand(count)
    async with stage() as here, operator(here.plane) as running:
        ours = await namespaces(here.client, "ours", count)
        our_seconds = await all_ready(here.client, lambda: at_once(ours, here.baseline), count)
        memory = resident_mib(running)
    rate = count * POLICIES
    return [
        Line(
            f"{count:,} namespaces at once: baseline, {POLICIES} policies and status each",
            f"{our_seconds:.1f} s, {rate / our_seconds:.0f} policies/s, {memory:.0f} MiB",
            f"{bare_seconds:.1f} s, {rate / bare_seconds:.0f} policies/s",
            f"{bare_seconds / our_seconds:.2f} of the raw rate",
            "at least 0.6, aim 0.8",
        )
    ]


async def _by_hand(count: int) -> float:
    """Seconds that a bare client takes to write all that the operator and its user would, on a fresh control plane."""
    async with stage() as here:
        raw = await namespaces(here.client, "raw", count)

        async def everything(namespace: str) -> None:
            created = await here.client.create_baseline(namespace, SPEC)
            for policy in compiled(namespace, created["metadata"]["uid"]):
                await here.client.apply_policy(policy)
            await here.client.write_status(namespace, {"observedGeneration": 1, "policySummary": "4/4"})

        began = time.monotonic()
        await at_once(raw, everything)
        return time.monotonic() - began


async def quiet() -> list[Line]:
    """One thing at a time: a baseline created, a policy deleted, a policy edited; as a watch sees it."""
    async with stage() as here, operator(here.plane):
        client = here.client
        fresh = await namespaces(client, "quiet", SAMPLES)
        with_pods = await namespaces(client, "peopled", SAMPLES)
        await at_once(with_pods, lambda namespace: client.create_pod(namespace, "p"))
        empty = await namespaces(client, "bare", SAMPLES)
        created = [await _enforced(client, namespace) for namespace in fresh]
        bridged = [await _enforced(client, namespace) for namespace in with_pods]
        sequential = [await _written_bare(client, namespace) for namespace in empty]
        deleted = [await _healed(client, namespace, "DELETED") for namespace in fresh]
        edited = [await _healed(client, namespace, "MODIFIED") for namespace in fresh]
        healing = [await _healed_bare(client, namespace) for namespace in empty]

    def line(what: str, ours: list[float], raw: list[float]) -> Line:
        mine, theirs = scenes.median(ours) * 1000, scenes.median(raw) * 1000
        shown = f"p50 {mine:.1f} ms, max {max(ours) * 1000:.0f} ms"
        return Line(what, shown, f"p50 {theirs:.1f} ms", f"{mine / theirs:.2f} times", "at most 3 times")

    return [
        line("baseline created to last policy, no pods", created, sequential),
        line("baseline created to last policy, with pods (bridge)", bridged, sequential),
        line("deleted policy restored", deleted, healing),
        line("edited policy restored", edited, healing),
    ]


async def _enforced(client: Bare, namespace: str) -> float:
    """Seconds from the answer to a baseline's creation to the last of its policies, or to the end of the bridge."""
    seen: set[str] = set()
    bridge = False
    events = client.watch(f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies")
    first = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0.05)
    await client.create_baseline(namespace, SPEC)
    began = time.monotonic()
    event = await first
    while True:
        name = event["object"]["metadata"]["name"]
        if name.endswith(".bridge"):
            bridge = event["type"] != "DELETED"
        else:
            seen.add(name)
        if len(seen) == POLICIES and not bridge:
            await events.aclose()  # type: ignore[attr-defined]
            return time.monotonic() - began
        event = await anext(events)


async def _written_bare(client: Bare, namespace: str) -> float:
    created = await client.create_baseline(namespace, {**SPEC, "suspend": True})
    began = time.monotonic()
    for policy in compiled(namespace, created["metadata"]["uid"]):
        await client.apply_policy(policy)
    return time.monotonic() - began


async def _healed(client: Bare, namespace: str, kind: str) -> float:
    """Seconds from the answer to the deletion or edit of a policy to its being back, as a watch sees it."""
    path = f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies"
    events = client.watch(path)
    first = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0.05)
    if kind == "DELETED":
        await client.delete_policy(namespace, "nbl.default.deny")
    else:
        opened: Json = {"spec": {"ingress": [{}]}}
        await client.send("PATCH", f"{path}/nbl.default.deny", opened, "application/merge-patch+json")
    began = time.monotonic()
    event = await first
    while event["type"] == "DELETED" or event["object"]["spec"].get("ingress"):
        event = await anext(events)
    await events.aclose()  # type: ignore[attr-defined]
    return time.monotonic() - began


async def _healed_bare(client: Bare, namespace: str) -> float:
    """The same by somebody who knows beforehand what to write: one deletion, then one apply, which is timed."""
    policy = compiled(namespace, "00000000-0000-0000-0000-000000000000")[0]
    await client.delete_policy(namespace, policy["metadata"]["name"])
    del policy["metadata"]["ownerReferences"]
    began = time.monotonic()
    await client.apply_policy(policy)
    return time.monotonic() - began


async def start_and_rest(count: int = 5000, rest: float = 60.0) -> list[Line]:
    """A start over a cluster that is right already, and a quiet minute afterwards."""
    async with stage() as here:
        async with operator(here.plane, "--coverage-interval=0"):
            found = await namespaces(here.client, "there", count)
            await all_ready(here.client, lambda: at_once(found, here.baseline), count)
            await coverage_told(here.client)
        right = await _versions(here.client, NETPOLS, BASELINES)
        began = time.monotonic()
        async with operator(here.plane, "--leader-elect") as running:
            while running.metric("reconcile_total") < count:
                await asyncio.sleep(0.5)  # a scrape isn't free
            seconds, effort = time.monotonic() - began, processor_seconds(running)
            peak = resident_mib(running)
            await asyncio.sleep(8.0)  # kopf's own list of the same objects comes after ours
            written = writes(running)
            # Coverage is judged anew beside everything else: work of the start, if in no hurry.
            while running.metric("namespaces", state="unknown") or running.metric("namespaces") < count:
                await asyncio.sleep(0.5)
            judged = time.monotonic() - began
            memory = resident_mib(running)
            before, used = writes(running), processor_seconds(running)
            await asyncio.sleep(rest)
            share = (processor_seconds(running) - used) / rest
            later = writes(running) - before
        now = await _versions(here.client, NETPOLS, BASELINES)
        changed = {key for key in right.keys() | now.keys() if right.get(key) != now.get(key)}
    return [
        Line(
            f"start with {count:,} namespaces and {count * POLICIES:,} policies already right",
            f"ready and every namespace's turn taken in {seconds:.1f} s, {effort:.1f} s of processor",
            asked="at most 10 s",
        ),
        Line("… coverage of all of them judged", f"{judged:.1f} s after the start"),
        Line("… writes at that start, of policies and of status", f"{written:.0f}", asked="none"),
        Line("… policies and baselines with another resourceVersion afterwards", f"{len(changed)}", asked="none"),
        Line("… memory", f"{max(memory, peak):.0f} MiB resident", asked="at most 300 MB"),
        Line(f"quiet {rest:.0f} s: writes, beside its Lease", f"{later:.0f}", asked="none"),
        Line(
            f"quiet {rest:.0f} s: processor, with leader election", f"{share * 100:.2f} % of a core", asked="below 1 %"
        ),
    ]


@dataclass(frozen=True)
class Grown:
    """What so many namespaces took: seconds by the clock and of the operator's processor, MiB in all and at first.

    `bare`: seconds of a client that makes the same writes: to an API server, too, each costs more the more there are.
    """

    count: int
    bare: float
    seconds: float
    processor: float
    memory: float
    empty: float


async def growth(sizes: tuple[int, ...] = (100, 1000, 10000)) -> list[Line]:
    """Time and memory over ten times the namespaces, each on a control plane of its own."""
    taken: list[Grown] = []
    for count in sizes:
        bare_seconds = await _by_hand(count)
        async with stage() as here, operator(here.plane) as running:
            empty, used = resident_mib(running), processor_seconds(running)
            found = await namespaces(here.client, "grow", count)
            seconds = await all_ready(here.client, functools.partial(at_once, found, here.baseline), count)
            taken.append(
                Grown(count, bare_seconds, seconds, processor_seconds(running) - used, resident_mib(running), empty),
            )
    lines = [
        Line(
            f"{grown.count:,} namespaces from nothing",
            f"{grown.seconds:.1f} s, {grown.processor:.1f} s of processor, {grown.memory:.0f} MiB"
            f" ({grown.empty:.0f} MiB empty)",
            f"{grown.bare:.1f} s",
            f"{grown.bare / grown.seconds:.2f} of the raw rate",
        )
        for grown in taken
    ]
    for small, large in itertools.pairwise(taken):
        ratio = (
            f"{large.seconds / small.seconds:.1f} times the time, {large.processor / small.processor:.1f} times the"
            f" processor, {large.memory / small.memory:.1f} times the memory"
        )
        raw = f"{large.bare / small.bare:.1f} times the time"
        lines.append(Line(f"{small.count:,} to {large.count:,} namespaces", ratio, raw, "", "at most 12 times each"))
    return lines


async def real_input() -> list[Line]:
    """A real platform's namespaces and policies, a baseline into each, and no foreign policy touched."""
    if not MOJ.is_file():
        return [Line("real platform (moj-cloud-platform)", f"not measured: {MOJ.name} is not beside the checkout")]
    with gzip.open(MOJ, "rt") as stream:
        objects = [json.loads(line) for line in stream]
    spaces = [item for item in objects if item["kind"] == "Namespace"]
    policies = [
        item for item in objects if item["apiVersion"] == "networking.k8s.io/v1" and item["kind"] == "NetworkPolicy"
    ]
    async with stage() as here:
        client = here.client
        await at_once(spaces, lambda item: client.send("POST", "/api/v1/namespaces", _bare_object(item)))
        await at_once(policies, lambda item: client.apply_policy(_bare_object(item)))
        before = await _versions(client, NETPOLS)
        async with operator(here.plane) as running:
            names = [item["metadata"]["name"] for item in spaces]
            seconds = await all_ready(client, lambda: at_once(names, here.baseline), len(spaces))
            memory = resident_mib(running)
        touched = len(before.items() - (await _versions(client, NETPOLS)).items())
    what = f"real platform: {len(spaces):,} namespaces, {len(before):,} policies of others, a baseline into each"
    rate = len(spaces) * POLICIES / seconds
    return [
        Line(what, f"{seconds:.1f} s, {rate:.0f} policies/s, {memory:.0f} MiB"),
        Line("… policies of others touched", f"{touched}", asked="none"),
    ]


def _bare_object(item: Json) -> Json:
    meta = item["metadata"]
    kept = {key: meta[key] for key in ("name", "namespace", "labels") if meta.get(key)}
    return {"apiVersion": item["apiVersion"], "kind": item["kind"], "metadata": kept, "spec": item.get("spec") or {}}


async def _versions(client: Bare, *paths: str) -> dict[tuple[str, str], str]:
    """The resourceVersion of every object, by uid and name."""
    items = [item for path in paths for item in (await client.listed(path))[0]]
    return {(item["metadata"]["uid"], item["metadata"]["name"]): item["metadata"]["resourceVersion"] for item in items}


async def judging() -> list[Line]:
    """Coverage, connectivity and an explanation over a whole platform; and how fast commands start."""
    one, ten = await judging_apart(MOJ, PODS), await judging_apart(MOJ, 10 * PODS)
    help_, rendered = await start_up("--help"), await start_up("render", "-f", str(EXAMPLE))
    times, asked = ten.coverage / one.coverage, "at most 12 times"
    return [
        Line(f"coverage of {one.pods:,} pods, beyond loading", f"{one.coverage:.2f} s", asked="at most 2 s"),
        Line(f"… of {ten.pods:,} pods", f"{ten.coverage:.2f} s", ratio=f"{times:.1f} times", asked=asked),
        Line(f"classes of connectivity of {one.pods:,} pods", f"{one.classes:.2f} s", asked="at most 5 s"),
        Line("one explanation, beyond loading", f"{one.explained:.2f} s", asked="at most 0.3 s"),
        Line("memory with all of it", f"{one.resident:.0f} MiB, {ten.resident:.0f} MiB with ten times the pods"),
        Line("`netbaseline --help`, `render` of one file", f"{help_:.2f} s, {rendered:.2f} s", asked="at most 0.5 s"),
    ]


ALL: dict[str, Measurement] = {
    "burst": burst,
    "quiet": quiet,
    "start": start_and_rest,
    "growth": growth,
    "real": real_input,
    "judging": judging,
}
