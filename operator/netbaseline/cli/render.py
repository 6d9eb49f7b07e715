"""`netbaseline render`: baselines in, NetworkPolicies out, without a cluster."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netbaseline.cli.output import Format
from netbaseline.cli.problems import BAD_INPUT, FOUND, UserError

if TYPE_CHECKING:
    from netbaseline.cli.rendering import Readable, Renderer

EPILOG = """Examples:

netbaseline render -f examples/default-deny.yaml

netbaseline render -f baselines/ -f extra.yaml -o json

netbaseline render -f baselines/ --to policies.yaml --check

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
    to: Annotated[Path | None, typer.Option(help="Write to this file in place of standard output.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Don't write the file of --to: exit 1 where it is out of date.")
    ] = False,
) -> None:
    from netbaseline.cli.platform_file import platform_from
    from netbaseline.cli.rendering import Renderer

    if check and to is None:
        raise UserError("--check compares with a file: name it by --to FILE")
    if to is not None and output is Format.TABLE:
        raise UserError("--to writes manifests: -o yaml or json")
    renderer = Renderer(platform_from(platform))
    rendered, refused = _rendered(renderer, file, keep_going=keep_going)
    if refused and not keep_going:
        raise UserError("\n".join(refused) + "\nnothing was rendered; --keep-going renders the objects that are good")
    for line in (*renderer.remarks, *refused):
        print(f"netbaseline: {line}", file=sys.stderr)
    if not rendered and not refused:
        raise UserError(f"no NetworkBaseline in {', '.join(file)}")
    current = True
    if output is Format.TABLE:
        _print_table(rendered)
    else:
        current = _put(_text(rendered, output), to, check=check)
    if refused:
        raise typer.Exit(BAD_INPUT)
    if not current:
        raise typer.Exit(FOUND)


def _rendered(renderer: "Renderer", files: list[str], *, keep_going: bool) -> tuple[list[dict[str, Any]], list[str]]:
    """The policies, and what is wrong with the rest; without `keep_going` it ends at the first object that is bad."""
    from netbaseline.cli.documents import Aside, Unreadable, read
    from netbaseline.core.manifests import Given, Refused
    from netbaseline.core.netpol import to_manifest

    readable: list[Readable] = []
    rendered: list[dict[str, Any]] = []
    refused: list[str] = []
    for item in read(files):
        if isinstance(item, Aside):
            renderer.remarks.append(item.message)
        elif isinstance(item, Unreadable):
            refused.append(item.message)
        else:
            try:
                found = renderer.read(Given(item.content, item.place, item.place.number))
            except Refused as error:
                refused.extend(map(str, error.remarks))
            else:
                readable += [] if found is None else [found]
        if refused and not keep_going:
            break
    for good in readable:
        try:
            rendered.extend(map(to_manifest, renderer.policies(good)))
        except Refused as error:
            refused.extend(map(str, error.remarks))
    return rendered, refused


def _put(text: str, to: Path | None, *, check: bool) -> bool:
    """Print it, or write it where it isn't so already; with `check` say whether it is. Raises UserError."""
    if to is None:
        sys.stdout.write(text)
        return True
    try:
        before = to.read_text(encoding="utf-8") if to.exists() else None
        if before == text:
            return True
        if check:
            print(f"netbaseline: {to} is out of date: run the same command without --check", file=sys.stderr)
            return False
        to.write_text(text, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"--to {to}: {getattr(error, 'strerror', None) or error}") from None
    return True


def _text(rendered: list[dict[str, Any]], output: Format) -> str:
    if output is Format.JSON:
        import json

        return json.dumps({"apiVersion": "v1", "kind": "List", "items": rendered}, indent=2) + "\n"
    import yaml

    return "---\n".join(yaml.safe_dump(item, sort_keys=False, allow_unicode=True) for item in rendered)


def _print_table(rendered: list[dict[str, Any]]) -> None:
    from netbaseline.cli.tables import print_table

    rows = [
        (item["metadata"]["namespace"], item["metadata"]["name"], ",".join(item["spec"]["policyTypes"]))
        for item in rendered
    ]
    print_table(("NAMESPACE", "NETWORKPOLICY", "DIRECTIONS"), rows)
