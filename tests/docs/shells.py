"""Runs a block of commands as a reader types it: in the shell that it is for, from a folder, with a home of its own."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.docs.blocks import Block

SCRIPTS = Path(sys.executable).parent
TIMEOUT = 600.0  # for the largest, `make check` on a busy machine


def shell(block: Block) -> list[str]:
    """The command line that runs a block and stops at the first command that fails."""
    match block.language:
        case "zsh":
            return ["zsh", "-fec", f"autoload -U compinit && compinit -D\n{block.text}"]
        case "fish":
            return ["fish", "--no-config", "--command", block.text]
        case _:
            return ["bash", "-euo", "pipefail", "-c", block.text]


def environment(path: Iterable[Path], home: Path, **others: str) -> dict[str, str]:
    """Ours, with the programs of the environment and of `path` first, and another home."""
    first = [str(SCRIPTS), *map(str, path)]
    kept = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "KUBECONFIG"}}
    return {**kept, "PATH": os.pathsep.join([*first, os.environ["PATH"]]), "HOME": str(home), "COLUMNS": "100"} | others


def run(block: Block, folder: Path, environ: dict[str, str]) -> str:
    """What the commands print; fails with all of it when one of them fails."""
    result = subprocess.run(
        shell(block),
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
    )
    assert result.returncode == 0, f"{block.where}\n{block.text}\n{result.stdout}{result.stderr}"
    return result.stdout
