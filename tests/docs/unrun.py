"""Which commands of the documentation the page tests don't run, why, and who runs the same instead.

`python -m tests.docs.unrun` lists those that no test runs at all; above one block in eight it fails.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tests.docs.blocks import Block, blocks

CHECKOUT = Path(__file__).resolve().parents[2]
AT_MOST = Fraction(1, 8)
SHELL = {"bash", "sh", "shell", "console"}


@dataclass(frozen=True)
class Unrun:
    """Why lines that begin so are not run; `by` names the test that runs the same elsewhere, empty where none does."""

    why: str
    by: str = ""


UNRUN = {
    "make": Unrun("works on the checkout itself", "tests/docs/test_commands.py"),
    ".ci/run": Unrun("it runs the tests", ".ci/run"),
    "git clone": Unrun("needs the address of the repository", "tests/docs/test_commands.py"),
    "git tag": Unrun("makes a release"),
    "git push": Unrun("makes a release"),
    "gh attestation": Unrun("there is no release yet; a test reads the workflow that will make one"),
    "python3 -m venv": Unrun("the tests run in the result", "tests/packaging/test_packages.py"),
    ". .venv/bin/activate": Unrun("the tests run in the environment that it speaks of", "tests/docs/test_pages.py"),
    "pip install": Unrun("it has been done for the tests to run", "tests/packaging/test_packages.py"),
    "export KUBECONFIG": Unrun("the tests have set it to their own control plane", "tests/docs/test_pages.py"),
    "source <(netbaseline completion": Unrun("changes the shell of the reader", "tests/cli/test_completion.py"),
    "netbaseline completion fish >": Unrun("writes into the reader's home", "tests/cli/test_completion.py"),
    "ln -s ~/.krew": Unrun("is for the folder of krew", "tests/packaging/test_packages.py"),
    "apt-get": Unrun("installs on the machine", "tests/e2e"),
    "docker build ": Unrun("needs a container engine; buildah builds the same there", "tests/e2e"),
    "docker": Unrun("needs a container engine and a registry"),
    "kustomize build": Unrun("needs a program of its own", "tests/gitops"),
    "kubectl apply -f examples/gitops/flux": Unrun("needs Flux's kinds"),
    "helm": Unrun("makes releases of its own, on a control plane of its own", "tests/helm"),
    "netbaseline run": Unrun("doesn't end by itself", "tests/cluster/operator_process.py"),
    "kubectl apply --server-side -k .": Unrun("applies an overlay of the reader's own", "tests/deploy"),
    "kubectl delete -k .": Unrun("takes away an overlay of the reader's own"),
    "kubectl apply -k deploy/monitoring": Unrun("needs the Prometheus operator's kinds", "tests/monitoring"),
    "kubectl -n netbaseline-system": Unrun("asks for pods, which only a node runs", "tests/e2e"),
}
"""By how a line begins; the first that fits counts."""


def pages() -> list[Path]:
    """Every page with something to type."""
    root = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md")
    return sorted([CHECKOUT / name for name in root] + list((CHECKOUT / "docs").rglob("*.md")))


def commands(page: Path) -> list[Block]:
    """The blocks of a page that are meant to be typed."""
    return [block for block in blocks(page) if block.language in SHELL]


def lines(block: Block) -> list[str]:
    """What a reader types: no comments, no continued lines."""
    return [line for line in block.text.splitlines() if line.strip() and not line.startswith(("#", " "))]


def reason(block: Block) -> Unrun | None:
    """Why a block is left out; None where it is to be run. ValueError for a block that is half and half."""
    reasons = [next((unrun for start, unrun in UNRUN.items() if line.startswith(start)), None) for line in lines(block)]
    if any(reasons) and not all(reasons):
        raise ValueError(f"{block.where}: split it into what can be run and what can't")
    return next((unrun for unrun in reasons if unrun and not unrun.by), reasons[0] if reasons else None)


def nowhere(found: Sequence[Block]) -> list[tuple[Block, Unrun]]:
    """The blocks that no test runs, with the reason."""
    return [(block, unrun) for block in found if (unrun := reason(block)) is not None and not unrun.by]


def main() -> None:
    """List what no test runs."""
    everything = [block for page in pages() for block in commands(page)]
    left = nowhere(everything)
    elsewhere = [block for block in everything if (unrun := reason(block)) is not None and unrun.by]
    for block, unrun in left:
        print(f"{block.page.relative_to(CHECKOUT)}:{block.line}: {lines(block)[0]}\n    {unrun.why}")
    print(
        f"{len(everything)} blocks of commands: {len(everything) - len(elsewhere) - len(left)} are run as they are,"
        f" {len(elsewhere)} by another test, {len(left)} by none"
    )
    if len(left) > AT_MOST * len(everything):
        sys.exit(f"more than {AT_MOST} of them are run by no test")


if __name__ == "__main__":
    main()
