"""Exit codes, and the error that is the user's to mend."""

FOUND = 1
BAD_INPUT = 2


class UserError(Exception):
    """Bad input or a failure, in one message that says what to do; ends with exit code 2."""
