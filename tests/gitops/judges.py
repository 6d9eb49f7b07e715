"""The two judges of health: Argo CD's Lua, and Flux's library."""

import json
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from lupa import lua51  # the version of the Lua in Argo CD (gopher-lua)

from tools.gitops.files import CHECKOUT, LUA

Json = dict[str, Any]

FLUX = CHECKOUT / "examples" / "gitops" / "flux" / "kustomizations.yaml"
_NOT_THERE = "python, os, io, package, require, debug, dofile, loadfile = nil"
"""What Argo CD's Lua doesn't have either."""


def argo_cd(content: Json, script: str | None = None) -> tuple[str, str]:
    """Health and message."""
    lua: Any = lua51.LuaRuntime(unpack_returned_tuples=True)
    lua.execute(_NOT_THERE)
    lua.globals().obj = _as_lua(lua, content)
    found = lua.execute(script or LUA.read_text(encoding="utf-8"))
    return found.status, found.message


def _as_lua(lua: Any, value: Any) -> Any:
    if isinstance(value, dict):
        return lua.table_from({key: _as_lua(lua, inner) for key, inner in value.items()})
    if isinstance(value, list):
        return lua.table_from([_as_lua(lua, inner) for inner in value])
    return value


def flux(kstatus: Path, contents: Iterable[Json], *, exprs: bool) -> list[str]:
    """Current, InProgress or Failed for each, by the shipped healthCheckExprs or by kstatus alone."""
    lines = "".join(json.dumps(content) + "\n" for content in contents)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(_with_expressions(), file)
        file.flush()
        command = [str(kstatus), file.name] if exprs else [str(kstatus)]
        result = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return [line.split("\t")[0] for line in result.stdout.splitlines()]


def _with_expressions() -> Json:
    """The one Kustomization that has healthCheckExprs; the judge reads a file of one document."""
    every = yaml.safe_load_all(FLUX.read_text(encoding="utf-8"))
    (found,) = (item for item in every if "healthCheckExprs" in item["spec"])
    assert isinstance(found, dict)
    return found
