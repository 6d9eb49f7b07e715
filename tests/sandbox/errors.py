"""What can go wrong in the sandbox for reasons outside its code: each is said in one message, without a traceback."""

from collections.abc import Sequence


class SandboxError(Exception):
    """A user or the machine has to do something about it; the message says what."""


class KubectlError(SandboxError):
    """A `kubectl` that was expected to succeed ended with another code than 0."""

    def __init__(self, arguments: Sequence[str], returncode: int, stdout: str, stderr: str) -> None:
        """Keep all that the command said, and show the part that explains the failure."""
        super().__init__(f"kubectl {' '.join(arguments)} ended with {returncode}: {(stderr or stdout).strip()}")
        self.returncode = returncode
        self.stdout = stdout
        self.stderr = stderr
