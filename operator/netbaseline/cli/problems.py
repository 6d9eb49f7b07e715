"""Exit codes, and the error that is the user's to mend."""

FOUND = 1
BAD_INPUT = 2
BROKEN_PIPE = 141
"""As the shell tells of a program that SIGPIPE has ended: who read the output has stopped."""


class UserError(Exception):
    """Bad input or a failure, in one message that says what to do; ends with exit code 2."""
