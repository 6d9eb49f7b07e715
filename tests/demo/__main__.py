"""`python -m tests.demo`: the demo; `python -m tests.demo down`: end the operator that `--keep` left running."""

import argparse
import os
import shlex
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from tests.demo import place as places
from tests.demo import screen
from tests.demo.api import Api
from tests.demo.belongings import NAMESPACES, Belongings
from tests.demo.errors import DemoError
from tests.demo.place import Place
from tests.demo.running import Operator
from tests.demo.story import Story
from tests.sandbox.errors import SandboxError
from tests.sandbox.standing import Home

_CHECKOUT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None, checkout: Path = _CHECKOUT) -> int:
    """Run it; returns the exit code: 0 shown, 1 it couldn't be, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description=__doc__)
    parser.add_argument("command", nargs="?", choices=["down"], help="end what --keep left running")
    parser.add_argument("--keep", action="store_true", help="leave the control plane and the operator running")
    options = parser.parse_args(arguments)
    folder = checkout / ".sandbox"
    try:
        if options.command == "down":
            ended = places.end_remembered(folder)
            print("The operator of the demo has ended." if ended else "No operator of the demo was running.")
        else:
            run(Home(folder), folder, keep=options.keep)
    except (DemoError, SandboxError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("demo: interrupted", file=sys.stderr)
        return 130
    return 0


def run(home: Home, folder: Path, *, keep: bool) -> None:
    """Set everything up, play, show, and take everything down that isn't to be kept."""
    if keep and places.remembered(folder) is not None:
        raise DemoError("an earlier `make demo KEEP=1` is still up: make sandbox-down ends it")
    with ExitStack() as leaving:
        place = places.choose(home, folder, say, leaving, keep=keep)
        api = Api(place.kubeconfig)
        belongings = Belongings(api)
        if not place.throwaway:
            leaving.callback(_take_away, belongings)
        belongings.install_crd()
        story = Story(api, belongings)
        story.furnish()
        say("starting the operator, about 2 s")
        operator = Operator(places.log_of(place.folder), place.kubeconfig, place.namespaces, outlives_us=keep)
        leaving.callback(operator.stop)
        operator.wait_ready()
        say("applying baselines, and interfering with their policies")
        try:
            report = story.play(operator, place.called)
        except DemoError:
            if operator.alive():
                raise
            raise DemoError(operator.obituary()) from None
        if keep:
            places.remember(folder, operator)
            leaving.pop_all()
        screen.show(report, _farewell(place, operator) if keep else _ways_on())


def _take_away(belongings: Belongings) -> None:
    say("removing what the demo made, a few seconds")
    belongings.remove()


def say(text: str) -> None:
    """One line about what takes a moment; the screen itself goes to standard output."""
    Console(stderr=True, highlight=False).print(f"demo: {text} …", style="dim")


def _ways_on() -> list[tuple[str, str]]:
    return [
        ("make demo KEEP=1", "leaves all of this up to play with"),
        (".venv/bin/netbaseline render -f examples/dns.yaml", "an example as the policies it means"),
        ("README.md", "ten minutes to a baseline and a dashboard"),
    ]


def _farewell(place: Place, operator: Operator) -> list[tuple[str, str]]:
    found = [] if place.kubeconfig is None else [(f"export KUBECONFIG={shlex.quote(_short(place.kubeconfig))}", "")]
    kubectl = _short(Path(place.kubectl)) if os.sep in place.kubectl else place.kubectl
    return [
        *found,
        (f"{kubectl} get nbl,netpol -A", "what there is"),
        (f"{kubectl} delete netpol --all -n demo-shop", "and look again: they are back"),
        (f"curl {operator.address}/metrics", ""),
        (f"tail -f {_short(operator.log)}", "the operator's log"),
        *([(f"{kubectl} delete ns {' '.join(NAMESPACES)}", "")] if place.kubeconfig is None else []),
        ("make sandbox-down", "ends the operator, and the control plane in .sandbox"),
    ]


def _short(path: Path) -> str:
    """As seen from here."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what has been started is ended
    sys.exit(main())
