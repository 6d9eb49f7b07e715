"""The operator as a user runs it: a process of its own, talked to over HTTP and signals."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from netbaseline.cluster.kinds import Kind
from tests.cluster.waiting import at_rest, eventually
from tests.sandbox.processes import LAUNCHER, starter

START_SECONDS = 60.0


class OperatorProcess:
    """`netbaseline run` with a kubeconfig; ended at the end of the `with`.

    `with_bug`: Python that is run first, and breaks something. `by_kopf`: `kopf run` with our handlers instead, which
    is told the same by the environment.
    """

    def __init__(
        self,
        kubeconfig: Path,
        *arguments: str,
        leader_elect: bool = False,
        wait: bool = True,
        with_bug: str = "",
        by_kopf: bool = False,
    ) -> None:
        self.port = _free_port()
        self._log = tempfile.NamedTemporaryFile("w+", prefix="operator-", suffix=".log")  # noqa: SIM115 - lives as long as we
        elect = leader_elect or "--leader-elect" in arguments
        flags = ["--leader-elect"] if elect else ["--no-leader-elect"]
        module = (
            ["-c", f"{with_bug}\nfrom netbaseline.cli.app import main\nmain()"] if with_bug else ["-m", "netbaseline"]
        )
        program = [sys.executable, *module, "run", "--listen", f"127.0.0.1:{self.port}", *flags, *arguments]
        environment = {**os.environ, "KUBECONFIG": str(kubeconfig)}
        if by_kopf:
            program = [
                sys.executable,
                "-m",
                "kopf",
                "run",
                "-m",
                "netbaseline.handlers",
                "--all-namespaces",
                *arguments,
            ]
            environment |= {"NETBASELINE_PORT": str(self.port), "NETBASELINE_LEADER_ELECT": str(elect).lower()}
        # Dies with us, also when we are killed; the kernel counts the end of the starting thread as our death.
        launched = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), *program]
        self.process = (
            starter()
            .submit(subprocess.Popen[bytes], launched, env=environment, stderr=self._log, stdout=self._log)
            .result()
        )
        if wait:
            self.wait_ready()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if error is not None:
            error.add_note(f"the operator's log:\n{self.log()[-6000:]}")

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        """Until /readyz says so; fails with the log when the process ended instead."""

        def ready() -> bool:
            assert self.process.poll() is None, f"the operator ended with {self.process.returncode}:\n{self.log()}"
            return self.probe("readyz")[0] == 200

        eventually(ready, seconds=seconds, what="the operator to be ready")

    def settled(self) -> bool:
        """Whether no namespace waits for a turn, and each one's coverage was judged."""
        waiting = self.metric("queue_depth") + self.metric("queue_oldest_seconds")
        return waiting + self.metric("namespaces", state="unknown") == 0

    def rest(self) -> None:
        """Until it has been through all that it found: counters say nothing of one test before that.

        It is ready when it knows the world, and then looks at whatever other tests have left in it.
        """
        eventually(self.settled, seconds=START_SECONDS, what="the operator to be through with what there is")
        at_rest(lambda: self.metric("drift_detected_total"), seconds=1.0)

    def probe(self, path: str) -> tuple[int, str]:
        """Status and text of /healthz, /readyz or /metrics; 0 where nobody answers."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()
        except (URLError, OSError) as error:
            return 0, str(error)

    def metric(self, name: str, **labels: str) -> float:
        """The sum over the samples of `name` (without the prefix) that have these labels; 0 where there is none."""
        code, text = self.probe("metrics")
        assert code == 200, text
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == f"netbaseline_{name}" and labels.items() <= sample.labels.items()
        )

    def has(self, name: str, **labels: str) -> bool:
        """Whether some series of `name` (without the prefix) has these labels."""
        code, text = self.probe("metrics")
        assert code == 200, text
        return any(
            sample.name == f"netbaseline_{name}" and labels.items() <= sample.labels.items()
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        )

    def watches(self, kind: Kind) -> bool:
        """Whether there was a watch on a kind of another API that the API server granted."""
        return self.metric("api_requests_total", verb="watch", resource=kind.resource, code="200") >= 1

    def log(self) -> str:
        """Everything it has logged."""
        return Path(self._log.name).read_text()

    def kill(self) -> None:
        """SIGKILL, as the kernel's out-of-memory killer would."""
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        """SIGTERM, as Kubernetes would; SIGKILL after 20 s. Returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
