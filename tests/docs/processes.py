"""A command of the documentation that goes on until it is stopped: the operator, outside of a cluster."""

import fcntl
import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.cluster.waiting import eventually
from tests.docs.blocks import Block
from tests.docs.shells import shell

LOCK = Path(tempfile.gettempdir()) / "netbaseline-docs.lock"


@contextmanager
def started(block: Block, folder: Path, environ: dict[str, str]) -> Iterator[str]:
    """Runs it until it is ready, gives what /readyz said, and has it end as Ctrl-C does; fails unless that works.

    The port is the reader's, so nobody else here may run one at the same time.
    """
    address = re.search(r"--listen (\S+)", block.text)
    assert address is not None, f"{block.where}: no address to ask"
    with LOCK.open("w") as lock, tempfile.TemporaryFile("w+") as log:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(
            shell(block), cwd=folder, env=environ, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield _ready(process, f"http://{address[1]}/readyz")
            os.killpg(process.pid, signal.SIGINT)
            ended = process.wait(60)
        except BaseException as error:
            log.seek(0)
            error.add_note(f"{block.where}:\n{log.read()}")
            raise
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        assert ended == 0, block.where


def _ready(process: "subprocess.Popen[bytes]", address: str) -> str:
    def answer() -> str:
        assert process.poll() is None, "it ended"
        try:
            with urlopen(address, timeout=5) as found:
                text: str = found.read().decode().strip()
                return text
        except (HTTPError, URLError, OSError):
            return ""

    return eventually(answer, seconds=120, what=address)
