"""Write every generated file of the chart anew, and remove those that nothing generates any more."""

from tools.chart.files import CHART, FOLDER, generated

if __name__ == "__main__":
    wanted = generated()
    for stale in {path for path in FOLDER.rglob("*") if path.is_file()} - wanted.keys():
        stale.unlink()
    for path, content in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    print(f"{len(wanted)} files of {CHART}")
