"""`netbaseline render`: baselines in, NetworkPolicies out, without a cluster."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from netbaseline.cli.output import Format
from netbaseline.cli.problems import BAD_INPUT, UserError

EPILOG = """Examples:

netbaseline render -f examples/complete.yaml

netbaseline render -f baselines/ -f extra.yaml -o json

cat baseline.yaml | netbaseline render -f - | kubectl diff -f -
"""


def register(app: typer.Typer) -> None:
    app.command(name="render", help="Turn NetworkBaselines into the NetworkPolicies that they mean.", epilog=EPILOG)(
        render
    )


def render(
    file: Annotated[
        list[str], typer.Option("--file", "-f", help="File, folder or - for standard input; repeat for more.")
    ],
    platform: Annotated[
        Path | None, typer.Option(help="YAML with what a cluster would tell: `apiServers: [{ip, port}]`.")
    ] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", "-k", help="Render the rest when an object is bad.")
    ] = False,
    output: Annotated[Format, typer.Option("--output", "-o", help="yaml, json or table.")] = Format.YAML,
) -> None:
    from netbaseline.cli.documents import Unreadable, read
    from netbaseline.cli.platform_file import platform_from
    from netbaseline.cli.rendering import Readable, Renderer
    from netbaseline.core.manifests import Refused
    from netbaseline.core.netpol import to_manifest

    renderer = Renderer(platform_from(platform))
    readable: list[Readable] = []
    rendered: list[dict[str, Any]] = []
    refused: list[str] = []
    for item in read(file):
        try:
            found = None if isinstance(item, Unreadable) else renderer.read(item)
        except Refused as error:
            refused.extend(map(str, error.remarks))
        else:
            refused += [item.message] if isinstance(item, Unreadable) else []
            readable += [] if found is None else [found]
        if refused and not keep_going:
            break
    for good in readable:
        try:
            rendered.extend(map(to_manifest, renderer.policies(good)))
        except Refused as error:
            refused.extend(map(str, error.remarks))
    if refused and not keep_going:
        raise UserError("\n".join(refused) + "\nnothing was rendered; --keep-going renders the objects that are good")
    for line in (*renderer.remarks, *refused):
        print(f"netbaseline: {line}", file=sys.stderr)
    if not rendered and not refused:
        raise UserError(f"no NetworkBaseline in {', '.join(file)}")
    _emit(rendered, output)
    if refused:
        raise typer.Exit(BAD_INPUT)


def _emit(rendered: list[dict[str, Any]], output: Format) -> None:
    if output is Format.JSON:
        import json

        print(json.dumps({"apiVersion": "v1", "kind": "List", "items": rendered}, indent=2))
    elif output is Format.YAML:
        import yaml

        sys.stdout.write("---\n".join(yaml.safe_dump(item, sort_keys=False, allow_unicode=True) for item in rendered))
    else:
        from netbaseline.cli.tables import print_table

        rows = [
            (item["metadata"]["namespace"], item["metadata"]["name"], ",".join(item["spec"]["policyTypes"]))
            for item in rendered
        ]
        print_table(("NAMESPACE", "NETWORKPOLICY", "DIRECTIONS"), rows)
