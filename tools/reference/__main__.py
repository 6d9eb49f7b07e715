"""`python -m tools.reference` writes the pages of reference as the code has them."""

from tools.reference.files import generated


def main() -> None:
    for path, text in generated().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
