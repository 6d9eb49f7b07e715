"""A judge as a process that is asked one world a line and answers with one line: thousands of worlds, one start."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Judge:
    """Ends with the `with` block. What the process says on stderr is passed through."""

    def __init__(self, command: Sequence[str | Path], folder: Path | None = None) -> None:
        self._command = [str(part) for part in command]
        self._process = subprocess.Popen(
            self._command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def ask(self, question: Any) -> str:
        """The answer to one question. Raises RuntimeError where the judge has ended instead."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(json.dumps(question) + "\n")
            stdin.flush()
            answer = stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise RuntimeError(f"{self._command[0]} ended with {self._process.wait()} over {json.dumps(question)}")
        return answer.rstrip("\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()
