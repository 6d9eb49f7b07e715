"""What can go wrong in the demo for a reason outside its code: one message, without a traceback."""


class DemoError(Exception):
    """The demo can't go on; the message says why, and what to do where there is something to do."""
