"""Writes kubeconfig files that need no other file, so that they can be copied anywhere."""

import base64
from pathlib import Path
from typing import Any

import yaml

from tests.sandbox.certificates import KeyPair


def certificate_user(pair: KeyPair) -> dict[str, str]:
    """Give the credentials of somebody known by a client certificate."""
    return {"client-certificate-data": _encoded(pair.certificate), "client-key-data": _encoded(pair.key)}


def token_user(token: str) -> dict[str, str]:
    """Give the credentials of somebody known by a bearer token alone."""
    return {"token": token}


def write_kubeconfig(
    path: Path, *, server: str, ca_file: Path, user: dict[str, str], namespace: str = "default"
) -> Path:
    """Write one cluster, one user and one context named `sandbox`, readable by its owner alone; returns `path`.

    An `http://` server is given without the CA. Over such a connection kubectl sends no token (client-go's caution),
    while the Python clients do.
    """
    cluster: dict[str, Any] = {"server": server}
    if server.startswith("https://"):
        cluster["certificate-authority-data"] = _encoded(ca_file)
    name = "sandbox"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": namespace}}],
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
