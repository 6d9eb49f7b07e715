"""What is checked in works for everybody: no text in it speaks of one machine."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.checkout import CHECKOUT, files

A_MACHINES_OWN = re.compile(r"(?<![\w./-])/(home|Users|root|work|mnt|workspace)/\w")
"""Absolute paths below a home or a work folder; `/var/run/secrets/…` and the like are the same everywhere."""


def texts() -> list[Path]:
    """Every file that is, or is about to be, checked in and is text."""
    try:
        return files()
    except subprocess.CalledProcessError as error:
        pytest.skip(f"not a git checkout: {error.stderr.strip()}")


def test_no_text_names_a_folder_of_somebodys_machine() -> None:
    found = []
    for path in texts():
        if path == Path(__file__).resolve():
            continue
        try:
            content = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(CHECKOUT)}:{number}: {line.strip()}"
            for number, line in enumerate(content.splitlines(), 1)
            if A_MACHINES_OWN.search(line)
        ]
    assert not found, "\n".join(found)
