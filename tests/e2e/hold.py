"""Leaves a node up until Ctrl-C, for whoever wants to look around: `make e2e KEEP=1`."""

import os
import signal
import sys
from pathlib import Path

from tests.e2e.cluster import cluster
from tests.e2e.folders import furnish
from tests.e2e.images import DOCUMENTED, OPERATOR
from tests.e2e.progress import say
from tests.e2e.reader import programs
from tests.e2e.session import TAG, Session
from tests.sandbox.binaries import locate


def main() -> int:
    """Return once interrupted; the namespaces take the rest with them."""
    session = Session.read()
    if session is None:
        sys.exit("this is run by `python -m tests.e2e --keep`")
    node = cluster(session, locate())
    try:
        node.start([Path(archive) for archive in session.archives])
        node.tag(f"{OPERATOR}:{TAG}", DOCUMENTED)
        if session.kind:
            path = os.pathsep.join(map(str, programs()))
            say(f"in another terminal: export KUBECONFIG='{node.plane.kubeconfig}' PATH='{path}':\"$PATH\"")
        else:
            furnish(programs(), node.plane.kubeconfig)
            say("a shell on the node, in another terminal: .e2e/enter; a command: .e2e/enter kubectl get pods -A")
        say("Ctrl-C here ends the node")
        signal.pause()
    except KeyboardInterrupt:
        say("ending the node")
    finally:
        node.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
