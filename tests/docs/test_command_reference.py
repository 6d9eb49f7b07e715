"""The reference of the commands is what they say of themselves."""

from tools.commands import PAGE, page


def test_the_reference_of_the_commands_is_made_from_them_as_they_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make commands"
