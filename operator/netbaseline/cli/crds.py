"""`netbaseline crds`."""

import typer


def register(app: typer.Typer) -> None:
    app.command(
        name="crds",
        help="Print the CustomResourceDefinitions of this version.",
        epilog="Example:\n\nnetbaseline crds | kubectl apply --server-side -f -",
    )(crds)


def crds() -> None:
    from netbaseline.api import schema

    print(schema.crd_yaml(), end="")
