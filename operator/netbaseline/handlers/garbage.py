"""Python's collector of cycles, told what it needn't look at.

Nearly all that is kept here (policies, statuses, judgements) has no cycles and goes when nobody refers to it any more.
The collector can't know that: whenever a quarter has been added, it looks through everything again, to find about one
object a namespace. That took an eighth of the processor's time for 1,000 namespaces at once, a fifth for 3,000, and a
third of a start over 5,000; now it is a thirteenth of that start.
"""

import gc
from typing import Final

NEW_OBJECTS: Final = 10_000
"""Made and not gone yet, after which the young ones are looked at (Python's own figure is 700). Requests under way hold
some thousands; with fewer than that they grow old before they are answered, and count for the quarter."""


def take_time() -> None:
    """Look at the young ones less often."""
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])


def settle() -> None:
    """Leave alone what there is now: modules, and the cluster as it was first seen."""
    gc.collect()
    gc.freeze()
