"""Write every generated file below examples/gitops/argo-cd anew, and remove test data of what can't happen any more."""

from tools.gitops.files import CUSTOMIZATIONS, generated

if __name__ == "__main__":
    wanted = generated()
    for stale in {path for path in CUSTOMIZATIONS.rglob("*") if path.is_file()} - wanted.keys():
        stale.unlink()
    for path, content in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    print(f"{len(wanted)} files for Argo CD")
