"""Free ports that stay ours, also while the server that uses them is being restarted."""

import socket
import sys


class ReservedPort:
    """A port of 127.0.0.1 that the kernel gives to nobody else until it is released.

    A socket stays bound to it without listening. On Linux a server that sets SO_REUSEADDR, as every Go server does,
    may listen beside it, while `bind` to port 0 and outgoing connections leave it out. Elsewhere it was free just now.
    """

    def __init__(self) -> None:
        """Take any free port."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]
        if sys.platform != "linux":
            self.release()

    def release(self) -> None:
        """Give it back; may be called again."""
        self._socket.close()
