"""Writes the golden files anew: `python -m tests.golden.regenerate`, from the checkout.

A golden file without an example is removed. Read the diff before you commit it.
"""

import sys

from tests.golden.rendering import EXAMPLES, RENDERED, rendered


def main() -> None:
    RENDERED.mkdir(exist_ok=True)
    examples = sorted(EXAMPLES.glob("*.yaml"))
    for stale in {path.name for path in RENDERED.iterdir()} - {path.name for path in examples}:
        (RENDERED / stale).unlink()
    for example in examples:
        (RENDERED / example.name).write_text(rendered(example))
    sys.stdout.write(f"{len(examples)} files in {RENDERED}\n")


if __name__ == "__main__":
    main()
