"""The operator as a process of its own, as `netbaseline run` starts it."""

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from tests.demo.errors import DemoError
from tests.sandbox.ports import ReservedPort
from tests.sandbox.processes import Child, Identity, end

_READY_SECONDS = 60.0
_GRACE = 10.0
_POLL = 0.05


@dataclass(frozen=True)
class Reading:
    """All samples of one scrape, by name without the prefix, each with its labels."""

    samples: tuple[tuple[str, Mapping[str, str], float], ...]

    def total(self, name: str, **labels: str) -> float:
        """The sum over the samples of this name that have these labels; 0 where there is none."""
        return sum(value for found, has, value in self.samples if found == name and labels.items() <= has.items())


class Operator:
    """Started at once; `wait_ready` before anything is asked of it."""

    def __init__(self, log: Path, kubeconfig: Path | None, namespaces: tuple[str, ...], *, outlives_us: bool) -> None:
        """`namespaces` empty: all. It ends with this process, or `outlives_us`."""
        self._port = ReservedPort()
        arguments = ["--no-leader-elect", "--listen", f"127.0.0.1:{self._port.number}"]
        if kubeconfig is not None:
            arguments += ["--kubeconfig", str(kubeconfig)]
        for namespace in namespaces:
            arguments += ["--namespace", namespace]
        command = [sys.executable, "-m", "netbaseline", "run", *arguments]
        self._child = Child("operator", command, log, outlives_us=outlives_us)

    @property
    def address(self) -> str:
        """Where it serves /metrics, /healthz and /readyz."""
        return f"http://127.0.0.1:{self._port.number}"

    @property
    def identity(self) -> Identity:
        """The process, for somebody who is to end it later."""
        found = Identity.of(self._child.pid)
        if found is None:
            raise DemoError(self.obituary())
        return found

    @property
    def log(self) -> Path:
        """The file with its output."""
        return self._child.log

    def alive(self) -> bool:
        """Whether it still runs."""
        return self._child.alive()

    def obituary(self) -> str:
        """What to say when it has ended by itself."""
        return f"the operator ended; the end of its log:\n{self._child.tail()}"

    def wait_ready(self) -> None:
        """Return when /readyz answers 200; DemoError with the log when it doesn't come to that."""
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            status, text = self._get("readyz")
            if status == 200:
                return
            if not self.alive():
                raise DemoError(self.obituary())
            if time.monotonic() > deadline:
                raise DemoError(f"the operator isn't ready after {_READY_SECONDS:g} s: {text.strip()}")
            time.sleep(_POLL)

    def metrics(self) -> Reading:
        """Scrape it."""
        status, text = self._get("metrics")
        if status != 200:
            raise DemoError(f"/metrics of the operator answers {status}: {text.strip()}")
        prefix = "netbaseline_"
        return Reading(
            tuple(
                (sample.name.removeprefix(prefix), sample.labels, sample.value)
                for family in text_string_to_metric_families(text)
                for sample in family.samples
            )
        )

    def stop(self) -> None:
        """End it and wait for that."""
        end([self._child], _GRACE)
        self._port.release()

    def _get(self, page: str) -> tuple[int, str]:
        try:
            with urlopen(f"{self.address}/{page}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()
        except (URLError, OSError) as error:
            return 0, str(error)
