"""`python -m tests.sandbox up|down|binaries|beside`: a real control plane to play with, without a cluster."""

import argparse
import shlex
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from tests.sandbox.binaries import locate, obtain
from tests.sandbox.build import BESIDE
from tests.sandbox.errors import SandboxError
from tests.sandbox.standing import Home

_CHECKOUT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None, checkout: Path = _CHECKOUT) -> int:
    """Run one command; returns the exit code: 0 done, 1 it couldn't be, 130 interrupted."""
    commands: dict[str, tuple[Callable[[Home], None], str]] = {
        "up": (up, "start one below .sandbox/, or say that one is running"),
        "down": (down, "end it and remove its data"),
        "binaries": (binaries, "only find or build the binaries, and print their folder"),
        "beside": (beside, "only find or build what tests run beside it, such as helm, and print where that is"),
    }
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox", description=__doc__)
    choices = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, text) in commands.items():
        choices.add_parser(name, help=text, description=text)
    command, _ = commands[parser.parse_args(arguments).command]
    try:
        command(Home(checkout / ".sandbox"))
    except SandboxError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("sandbox: interrupted", file=sys.stderr)
        return 130
    return 0


def up(home: Home) -> None:
    """Leave a control plane running, a new one only if there is none in good order."""
    with home.locked():
        standing = home.standing()
        if standing is not None and not standing.ended():
            print(f"A control plane is running already at {standing.server}.")
        else:
            if standing is not None:
                print(f"The one started before has lost {', '.join(standing.ended())}: starting a new one.")
            home.clear(standing)
            standing = home.start(locate())
            print(f"A control plane is running at {standing.server}.")
    print(f"Use it:  export KUBECONFIG={shlex.quote(str(home.kubeconfig))}")
    print(f"Logs:    {home.logs}/*.log")
    print("End it:  make sandbox-down")


def down(home: Home) -> None:
    """End what `up` started, if there is anything."""
    with home.locked():
        standing = home.standing()
        home.clear(standing)
    print("No control plane was running." if standing is None else f"The control plane at {standing.server} has ended.")


def binaries(_: Home) -> None:
    """Print where the binaries are, one folder a line, once all are there."""
    for folder in locate().folders:
        print(folder)


def beside(_: Home) -> None:
    """Print where helm and the like are, a path a line, once all are there."""
    for path in obtain(BESIDE).values():
        print(path)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what has been started is ended
    sys.exit(main())
