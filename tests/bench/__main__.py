"""`python -m tests.bench [burst quiet start growth real]`: measures, and prints one Markdown table."""

import argparse
import asyncio
import os
import platform
import sys
import time
from pathlib import Path

from netbaseline import __version__
from tests.bench.measurements import ALL


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="*", choices=[*ALL, []], help="all of them by default")
    chosen = parser.parse_args().which or list(ALL)
    asyncio.run(_measure(chosen))


async def _measure(chosen: list[str]) -> None:
    print(
        f"netbaseline {__version__}, Python {platform.python_version()}, kube-apiserver v1.37.2, {os.cpu_count()} cores"
    )
    print(f"({_processor()}) shared by the operator, the API server, etcd and the load.\n")
    print("| what | netbaseline | bare client | ratio | asked |")
    print("|---|---|---|---|---|")
    for name in chosen:
        print(f"measuring: {name} …", file=sys.stderr, flush=True)
        began = time.monotonic()
        for line in await ALL[name]():
            print(f"| {line.what} | {line.ours} | {line.bare} | {line.ratio} | {line.asked} |", flush=True)
        print(f"  {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as stream:
            return next(line.split(":", 1)[1].strip() for line in stream if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


main()
