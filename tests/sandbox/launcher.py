"""Becomes another program that dies with the process that asked for it: `launcher.py PARENT_PID PROGRAM ARGUMENT…`.

The kernel is told before `exec`, in a process of its own: `preexec_fn` would run Python between fork and exec, which
can deadlock where threads are. It imports only the standard library, as it runs without site packages.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Ask for SIGKILL at the parent's death, then become the program."""
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # A shell has what it starts in the background ignore SIGINT, which is inherited; who asked may want to interrupt.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if os.getppid() == parent:  # else it died before the kernel was told
        os.execv(program[0], program)


if __name__ == "__main__":
    main()
