"""Packs the plugin for krew: `python -m tools.krew [FOLDER]` takes netbaseline.pyz of a folder (dist) and leaves there

- an archive for the machine it runs on, if there is a netbaseline.pyz, and
- the manifest, with the checksum of every archive that lies there: a release gathers those of several machines first.
"""

import argparse
import hashlib
import io
import platform
import sys
import tarfile
from pathlib import Path
from typing import Any

import yaml

from netbaseline import __version__

CHECKOUT = Path(__file__).resolve().parents[1]
MANIFEST = CHECKOUT / "deploy" / "krew" / "netbaseline.yaml"
PROGRAM = "netbaseline.pyz"
SCRIPTS = ("kubectl-netbaseline", "kubectl_complete-netbaseline")

# The archive is one program under two names. Pex starts the one that PEX_SCRIPT says; a link would lose its own name.
WRAPPER = '#!/bin/sh\nPEX_SCRIPT={name} exec "$(dirname "$(readlink -f "$0")")/{program}" "$@"\n'
_GO_NAMES = {"x86_64": "amd64", "aarch64": "arm64"}


def pack(folder: Path) -> Path:
    """The archive for this machine; the same files give the same bytes."""
    machine = platform.machine()
    target = folder / f"kubectl-netbaseline-{platform.system().lower()}-{_GO_NAMES.get(machine, machine)}.tar.gz"
    files = {PROGRAM: (folder / PROGRAM).read_bytes(), "LICENSE": (CHECKOUT / "LICENSE").read_bytes()}
    files |= {name: WRAPPER.format(name=name, program=PROGRAM).encode() for name in SCRIPTS}
    with tarfile.open(target, "w:gz", compresslevel=1) as archive:  # the program is compressed already
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o644 if name == "LICENSE" else 0o755
            archive.addfile(member, io.BytesIO(content))
    return target


def manifest(folder: Path) -> str:
    """The manifest for the archives of a folder. Raises SystemExit where there is none."""
    found: dict[str, Any] = yaml.safe_load(
        MANIFEST.read_text(encoding="utf-8").replace("${version}", f"v{__version__}")
    )
    packed = []
    for item in found["spec"]["platforms"]:
        archive = folder / item["uri"].rpartition("/")[2]
        if archive.exists():
            packed.append({**item, "sha256": hashlib.sha256(archive.read_bytes()).hexdigest()})
    if not packed:
        sys.exit(f"{folder} has no archive to be named in the manifest; `make zipapp` first")
    found["spec"]["platforms"] = packed
    return yaml.safe_dump(found, sort_keys=False, width=120)


def main() -> None:
    """Pack what there is to pack, and write the manifest."""
    parser = argparse.ArgumentParser(prog="python -m tools.krew", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=CHECKOUT / "dist")
    folder: Path = parser.parse_args().folder
    if (folder / PROGRAM).exists():
        print(pack(folder))
    (folder / MANIFEST.name).write_text(manifest(folder), encoding="utf-8")
    print(folder / MANIFEST.name)


if __name__ == "__main__":
    main()
