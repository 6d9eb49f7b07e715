"""Write every generated file of deploy/monitoring anew."""

from tools.monitoring.files import FOLDER, generated

if __name__ == "__main__":
    for name, content in generated().items():
        (FOLDER / name).write_text(content, encoding="utf-8")
        print(FOLDER / name)
