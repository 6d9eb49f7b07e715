"""Two installs side by side, each for one namespace, with nothing but the Roles of deploy/namespaced."""

import copy
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from netbaseline.cluster.kinds import Kind
from tests.cluster.foreign_apis import OTHERS, STORED, served
from tests.cluster.operator_process import OperatorProcess
from tests.cluster.waiting import eventually, stays
from tests.cluster.world import World
from tests.deploy import manifests
from tests.deploy.manifests import Json
from tests.deploy.rights import granted, used
from tests.sandbox.control_plane import ControlPlane
from tests.sandbox.faults import FaultProxy


@dataclass(frozen=True)
class Install:
    """An operator of its own: what it may write in, and what was asked in its name."""

    namespace: str
    objects: list[Json]
    operator: OperatorProcess
    proxy: FaultProxy

    def written_in(self) -> set[str]:
        """The namespaces that it has written in, its own Lease aside."""
        writes = [right for request in self.proxy.writes() for right in used(request.method, request.path)]
        return {right.namespace for right in writes if right.resource != "leases"}


def overlay(folder: Path, namespace: str, home: str) -> Path:
    """The example, copied and changed as its comments say: an operator in `home` that works in one namespace."""
    deploy = folder / home
    shutil.copytree(manifests.CHECKOUT / "deploy", deploy / "deploy")
    example = deploy / "deploy" / "namespaced" / "example"
    shutil.rmtree(example / "team-b")
    top = example / "kustomization.yaml"
    kept = [line for line in top.read_text().splitlines(keepends=True) if line.startswith("#") or "team-b" not in line]
    top.write_text("".join(kept).replace("=team-a", f"={namespace}"))
    for path, old, new in (("operator", "netbaseline-teams", home), ("team-a", "team-a", namespace)):
        file = example / path / "kustomization.yaml"
        file.write_text(file.read_text().replace(f"namespace: {old}", f"namespace: {new}"))
    return example


def roles_for(objects: list[Json], namespace: str, another: str) -> list[Json]:
    """What an install has in a watched namespace, for another one."""
    found = copy.deepcopy([item for item in objects if item["metadata"].get("namespace") == namespace])
    for item in found:
        item["metadata"]["namespace"] = another
    return found


@pytest.fixture(scope="module")
def installs(
    world: World, installed: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Install]]:
    """Two, for a namespace each."""
    with ExitStack() as stack:
        found = []
        for number in (1, 2):
            namespace, home = world.namespace("team"), f"netbaseline-{number}-{os.getpid()}"
            objects = manifests.render(installed, overlay(tmp_path_factory.mktemp("install"), namespace, home))
            manifests.apply(installed, manifests.who_and_what(objects))
            proxy = stack.enter_context(FaultProxy(installed.server, installed.ca_file))
            kubeconfig = installed.service_account_kubeconfig(*manifests.account(objects), server=proxy.url)
            _, *flags = manifests.the(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]["args"]
            operator = OperatorProcess(kubeconfig, *flags, f"--lease-namespace={home}", leader_elect=True)
            found.append(Install(namespace, objects, stack.enter_context(operator), proxy))
        yield found


def test_each_works_in_its_own_namespace_and_nobody_in_a_third(world: World, installs: list[Install]) -> None:
    third = world.namespace("other")
    world.baseline(third)
    for install in installs:
        world.baseline(install.namespace)
    for install in installs:
        world.until(install.namespace, "Enforced")
        assert install.written_in() == {install.namespace}
    stays(lambda: not world.policies(third) and "observedGeneration" not in world.get_baseline(third)["status"])


def test_each_heals_what_it_watches(world: World, installs: list[Install]) -> None:
    for number, install in enumerate(installs):
        name = f"healed-{number}"
        world.baseline(install.namespace, name)
        world.until(install.namespace, "Enforced", name)
        world.delete_policy(install.namespace, f"nbl.{name}.deny")
        eventually(lambda: f"nbl.{name}.deny" in world.policies(install.namespace))  # noqa: B023 - asked at once
        eventually(lambda: any(reason == "DriftHealed" for _, reason, _ in world.events(install.namespace)))  # noqa: B023
        world.edit_baseline(install.namespace, name, mode="Audit")
        world.until(install.namespace, "Audited", name)
        assert install.written_in() == {install.namespace}


def test_each_leads_by_a_lease_of_its_own(installed: ControlPlane, installs: list[Install]) -> None:
    for install in installs:
        assert install.operator.metric("leader") == 1
        home, _ = manifests.account(install.objects)
        holder = installed.kubectl("get", "lease", "netbaseline", f"--namespace={home}", as_json=True)
        assert holder["spec"]["holderIdentity"].endswith(f"_{install.operator.process.pid}")


@pytest.fixture
def watches_of_others(installed: ControlPlane, installs: list[Install]) -> dict[str, list[str]]:
    """By namespace, every watch of an install while other APIs have policies: those of Calico in one of two places."""
    found: dict[str, list[str]] = {install.namespace: [] for install in installs}

    def watching(kinds: list[Kind]) -> None:
        wanted = [kind for kind in kinds if kind.namespaced]
        for install in installs:
            eventually(lambda: all(map(install.operator.watches, wanted)), seconds=60)  # noqa: B023 - asked at once
            found[install.namespace] += install.proxy.watches()

    with served(installed, OTHERS):
        watching(OTHERS)
        with served(installed, STORED):
            watching(STORED)
    return found


def test_roles_are_enough_and_none_of_them_is_idle(
    installs: list[Install], watches_of_others: dict[str, list[str]]
) -> None:
    """Runs last: by now each install has done its whole job."""
    for install in installs:
        watches = [*install.proxy.watches(), *watches_of_others[install.namespace]]
        assert install.operator.stop() == 0
        uses = {right for target in watches for right in used("GET", target)}
        for request in install.proxy.requests:
            uses |= used(request.method, f"{request.path}?{request.query}", request.status)
        rights = granted(install.objects, manifests.account(install.objects))
        assert all(right.namespace for right in rights), "only Roles"
        assert {use for use in uses if not any(right.covers(use) for right in rights)} == set()
        assert {right for right in rights if not any(right.covers(use) for use in uses)} == set()
        assert "forbidden" not in install.operator.log().lower()


def test_a_role_that_is_still_missing_is_told_and_then_waited_for(
    world: World, installed: ControlPlane, tmp_path: Path
) -> None:
    here, later, home = world.namespace("here"), f"later-{os.getpid()}", f"netbaseline-3-{os.getpid()}"
    objects = manifests.who_and_what(manifests.render(installed, overlay(tmp_path, here, home)))
    manifests.apply(installed, objects)
    flags = [f"--namespace={name}" for name in (here, later)]
    kubeconfig = installed.service_account_kubeconfig(*manifests.account(objects))
    with OperatorProcess(kubeconfig, *flags, wait=False) as operator:
        eventually(lambda: f'in the namespace "{later}"' in operator.probe("readyz")[1])
        namespace_object: Json = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": later}}
        manifests.apply(installed, [namespace_object, *roles_for(objects, here, later)])
        operator.wait_ready()
        for namespace in (here, later):
            world.baseline(namespace)
            world.until(namespace, "Enforced")


def test_a_watched_namespace_may_go_while_the_others_go_on(
    world: World, installed: ControlPlane, tmp_path: Path
) -> None:
    stays_here, goes = world.namespace("stays"), world.namespace("goes", pods=0)
    objects = manifests.who_and_what(
        manifests.render(installed, overlay(tmp_path, stays_here, f"netbaseline-4-{os.getpid()}"))
    )
    manifests.apply(installed, [*objects, *roles_for(objects, stays_here, goes)])
    kubeconfig = installed.service_account_kubeconfig(*manifests.account(objects))
    with OperatorProcess(kubeconfig, f"--namespace={stays_here}", f"--namespace={goes}") as operator:
        world.baseline(goes)
        world.until(goes, "Enforced")
        installed.kubectl("delete", "namespace", goes, "--timeout=60s")
        world.baseline(stays_here)
        world.until(stays_here, "Enforced")
        world.delete_policy(stays_here, "nbl.default.deny")
        eventually(lambda: "nbl.default.deny" in world.policies(stays_here))
        assert operator.process.poll() is None
