"""What no linter sees: the folder `operator/` hides no module of Python's own, and nothing in it grows out of sight."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
SOURCE = CHECKOUT / "operator"

LONGEST_MODULE = 300
LONGEST_FUNCTION = 50

LONGER_FOR_A_REASON = {
    "netbaseline/cli/run.py:run": "its signature is the list of all options, each with its help text",
}
"""`package/module.py`, or `package/module.py:function`, to the reason why it may be longer."""


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def called(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def long_modules() -> dict[str, int]:
    """Modules over the limit, with their lines."""
    lines = {called(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    return {name: length for name, length in lines.items() if length > LONGEST_MODULE}


def long_functions() -> dict[str, int]:
    """Functions over the limit, with their lines: decorators, signature and docstring included."""
    found = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                found[f"{called(path)}:{node.name}"] = (node.end_lineno or node.lineno) - first + 1
    return {name: length for name, length in found.items() if length > LONGEST_FUNCTION}


@pytest.mark.parametrize("name", ["__init__.py", "operator.py"])
def test_the_source_root_is_no_package_called_operator(name: str) -> None:
    """`operator` is a module of Python's own that `collections` imports; with either file ours would be found first."""
    assert not (SOURCE / name).exists()


def test_python_itself_works_with_the_source_root_first_on_its_path() -> None:
    code = "import collections, operator; print(operator.__file__)"
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        env={"PYTHONPATH": "operator"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert not Path(result.stdout.strip()).is_relative_to(CHECKOUT)


def test_a_module_fits_into_a_head_and_a_function_on_a_screen() -> None:
    long = {**long_modules(), **long_functions()}
    assert not {name: lines for name, lines in long.items() if name not in LONGER_FOR_A_REASON}


def test_no_reason_outlives_what_it_excuses() -> None:
    assert set(LONGER_FOR_A_REASON) <= {*long_modules(), *long_functions()}
