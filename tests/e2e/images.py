"""Builds the images with buildah, as no registry of images is asked: the operator's from the Dockerfile, and stand-ins.

The Dockerfile is taken as it is. Only its base is made here, by debootstrap: Debian with the same minor version of
Python, under the same name. It is put in the place of the first `FROM`, as no local image has the digest that this asks
for. So it is shown that the Dockerfile builds and runs, not what its exact base brings.
"""

import fcntl
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from netbaseline import __version__
from tests.docs import shells
from tests.docs.worlds import IMAGE, inhabitants
from tests.e2e.errors import E2EError, run
from tests.e2e.progress import step
from tests.e2e.stand_ins import PAUSE, StandIn
from tests.sandbox.progress import Progress
from tests.sandbox.toolchain import find_go

CHECKOUT = Path(__file__).resolve().parents[2]
RUNS = inhabitants(IMAGE)
"""Blocks of commands of the documentation that build the image."""
DOCUMENTED = f"registry.example.com/netbaseline:{__version__}"
OPERATOR = "localhost/netbaseline"
_SUITE = "trixie"  # Debian 13: its Python is 3.13, as the image's
PYTHON = "3.13"
_PACKAGES = "ca-certificates,python3,python3-venv"
_RECIPE = f"dev.netbaseline.e2e={_SUITE}-{_PACKAGES.replace(',', '-')}"  # a label: other contents, another base
_MIRROR_VARIABLE = "NETBASELINE_E2E_DEBIAN"  # another mirror than debootstrap's own
_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
_MOST_IMAGES = 60  # intermediate ones too; about 3 GB
_PIP_SETTINGS = ("cert", "extra-index-url", "index-url", "proxy", "timeout", "trusted-host")


@dataclass(frozen=True)
class Images:
    """What is imported into the node, and how large the operator's image and its base are, in words."""

    archives: tuple[Path, ...]
    size: str
    base_size: str


class Builder:
    """buildah with a storage of its own in the cache; the layers of an unchanged Dockerfile are found there again."""

    def __init__(self, cache: Path, folder: Path) -> None:
        """`cache` stays, `folder` is removed afterwards."""
        self._cache = cache
        self._folder = folder
        self._buildah = [
            *("buildah", "--storage-driver", "overlay", "--root", str(cache / "storage")),
            *("--runroot", str(folder / "buildah")),
        ]

    def build(self, tag: str, stand_ins: Sequence[StandIn]) -> Images:
        """Build everything, the operator's image under `tag`; one run at a time. Raises E2EError."""
        with (self._cache / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            run([*self._buildah, "rm", "--all"])  # what a killed run has left, mounts too: nobody else builds here
            self._forget_old_layers()
            return self._build(tag, stand_ins)

    def _build(self, tag: str, stand_ins: Sequence[StandIn]) -> Images:
        with step("looking for arm64 wheels of all that is locked"):
            _look_for_wheels()
        base = base_name((CHECKOUT / "Dockerfile").read_text(encoding="utf-8"))
        if not self._has(base, f"label={_RECIPE}"):
            with step(f"making a base image of Debian {_SUITE} (once)"):
                self._make_base(base)
        with step("building the image from the Dockerfile"):
            self._build_operator(f"{OPERATOR}:{tag}", base)
        if not self._has(PAUSE):
            with step("building the pause image (once)"):
                self._make_pause()
        for stand_in in stand_ins:
            if not self._has(stand_in.image, f"label={stand_in.label}"):
                with step(f"packing {stand_in.image} (once)"):
                    self._pack(stand_in)
        names = [PAUSE, f"{OPERATOR}:{tag}", *(stand_in.image for stand_in in stand_ins)]
        with step("exporting the images"):
            archives = [self._export(name) for name in names]
        return Images(tuple(archives), self._size(f"{OPERATOR}:{tag}"), self._size(base))

    def _forget_old_layers(self) -> None:
        """Each change of the source leaves some layers in the cache, which are of no use to anybody after the next."""
        if len(run([*self._buildah, "images", "--all", "--quiet"]).split()) > _MOST_IMAGES:
            run([*self._buildah, "rmi", "--prune", "--force"])

    def _has(self, image: str, *filters: str) -> bool:
        wanted = [f"--filter={each}" for each in (f"reference={image}", *filters)]
        return bool(run([*self._buildah, "images", "--quiet", *wanted]).strip())

    def _size(self, image: str) -> str:
        return run([*self._buildah, "images", "--noheading", "--format={{.Size}}", image]).strip()

    def _build_operator(self, image: str, base: str) -> None:
        """By the commands of the documentation; `docker` is a script by which buildah does the same."""
        settings = self._folder / "pip.conf"
        settings.write_text(_pip_settings(), encoding="utf-8")
        options = [f"--from={base}", f"--volume={settings}:/etc/pip.conf:ro"]
        if _AUTHORITIES.exists():  # a mirror or proxy of this machine may have an authority of its own
            options.append(f"--volume={_AUTHORITIES}:{_AUTHORITIES}:ro")
        build = shlex.join([*self._buildah, "build", "--isolation=chroot", "--pull=never", "--layers", *options])
        programs = self._folder / "programs"
        programs.mkdir()
        docker = programs / "docker"
        docker.write_text(f'#!/bin/sh\n[ "$1" = build ] || exit 64\nshift\nexec {build} "$@"\n', encoding="utf-8")
        docker.chmod(0o755)
        for block in RUNS:
            try:
                shells.run(block, CHECKOUT, shells.environment([programs], Path.home()))
            except AssertionError as error:
                raise E2EError(str(error)) from None
        run([*self._buildah, "tag", DOCUMENTED, image])

    def _make_base(self, image: str) -> None:
        root = self._folder / "base"
        command: list[str | Path] = ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", _SUITE, root]
        mirror = os.environ.get(_MIRROR_VARIABLE)
        run([*command, mirror] if mirror else command)
        shutil.rmtree(root / "var/cache/apt")
        shutil.rmtree(root / "var/lib/apt/lists")
        # As in the image that this stands for: `python` and `pip` in /usr/local, apart from what Debian itself uses.
        run(["chroot", root, "/usr/bin/python3", "-m", "venv", "/usr/local"])
        self._commit(image, root, "/", "--env=PATH=/usr/local/bin:/usr/bin:/bin", f"--label={_RECIPE}")
        shutil.rmtree(root)

    def _make_pause(self) -> None:
        program, source = self._folder / "pause", Path(__file__).parent / "pause"
        go = find_go(self._cache, Progress(sys.stderr))
        command = [str(go.executable), "build", "-trimpath", "-ldflags=-s -w", "-o", str(program), "."]
        result = subprocess.run(command, cwd=source, env=go.environment, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise E2EError(f"building pause failed:\n{result.stderr}")
        self._commit(PAUSE, program, "/pause", '--entrypoint=["/pause"]', "--user=65535:65535")

    def _pack(self, stand_in: StandIn) -> None:
        root = Path(tempfile.mkdtemp(dir=self._folder))
        root.chmod(0o755)  # it becomes the image's /
        for path, target in stand_in.files():
            (root / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, root / target)
        for name, target in stand_in.links:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).symlink_to(target)
        (root / "tmp").mkdir()
        (root / "tmp").chmod(0o1777)
        self._commit(stand_in.image, root, "/", *stand_in.settings, f"--label={stand_in.label}")
        shutil.rmtree(root)

    def _commit(self, image: str, source: Path, target: str, *settings: str) -> None:
        container = run([*self._buildah, "from", "scratch"]).strip()
        run([*self._buildah, "copy", "--quiet", container, str(source), target])
        run([*self._buildah, "config", *settings, container])
        run([*self._buildah, "commit", "--quiet", "--rm", container, image])

    def _export(self, image: str) -> Path:
        handle, name = tempfile.mkstemp(suffix=".tar", dir=self._folder)
        os.close(handle)
        archive = Path(name)
        archive.unlink()  # buildah writes new archives only
        run([*self._buildah, "push", "--quiet", image, f"docker-archive:{archive}:{image}"])
        return archive


def _look_for_wheels() -> None:
    """The other platform isn't built here, but what it would install is looked up. Raises E2EError for a gap."""
    platforms = [f"--platform={libc}_aarch64" for libc in ("manylinux2014", "manylinux_2_17", "manylinux_2_28")]
    options = ["--dry-run", "--target=none", "--no-deps", "--require-hashes", "--only-binary=:all:", *platforms]
    lock = CHECKOUT / "deploy" / "image" / "runtime.txt"
    run([sys.executable, "-m", "pip", "install", *options, f"--python-version={PYTHON}", f"--requirement={lock}"])


def base_name(dockerfile: str) -> str:
    """Give the image that a Dockerfile is made from, without a digest. Raises E2EError where it names none."""
    match = re.search(r"^FROM ([^\s@$]+)@\S+ AS python$", dockerfile, re.MULTILINE)
    if match is None:
        raise E2EError("the Dockerfile has no stage `python` any more, which names the base to stand in for")
    return match[1]


def _pip_settings() -> str:
    """Hand on where this machine's pip finds packages, but no folder of this machine."""
    listed = run([sys.executable, "-m", "pip", "config", "list"])
    found = dict(re.findall(r"^(?:global|install|:env:)\.([a-z-]+)='(.*)'$", listed, re.MULTILINE))
    found["cert"] = str(_AUTHORITIES) if _AUTHORITIES.exists() else found.get("cert", "")
    return "\n".join(["[global]", *(f"{key} = {found[key]}" for key in _PIP_SETTINGS if found.get(key))]) + "\n"
