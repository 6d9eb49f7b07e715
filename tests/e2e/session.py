"""What the outer process has made for the tests inside, handed over by one file whose path is in the environment."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

TAG = "current"  # of the image that has just been built
VARIABLE = "NETBASELINE_E2E_SESSION"


@dataclass(frozen=True)
class Session:
    """The folder to work in, the control group of the pods, the images, and whether kind makes the cluster."""

    folder: str
    group: str
    archives: Sequence[str]
    kind: bool = False

    def write(self, path: Path) -> None:
        """Keep it for `read`."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls) -> Self | None:
        """Give the session that this process belongs to; None outside of the namespaces."""
        path = os.environ.get(VARIABLE)
        return None if path is None else cls(**json.loads(Path(path).read_text(encoding="utf-8")))
