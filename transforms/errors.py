"""Errors, named by what the person who reads them must do.

The command line turns them into exit statuses: ``InputRefused`` and ``UnknownValue`` 3,
``GateFailed`` 4, ``NothingNew`` 0, all others 1.
"""


class LakeError(Exception):
    """Anything flowlake reports without a traceback; its message is for the operator."""


class InputRefused(LakeError):
    """The input cannot be taken: truncated, wrong root, unknown format. Send another file."""


class FileRefused(InputRefused):
    """One file of a batch cannot be taken, found out after rows of it were. Mend that file."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(reason)
        self.file = file


class UnknownValue(InputRefused):
    """A category we have no rule for: going on would publish a wrong row. Add the rule."""


class GateFailed(LakeError):
    """A critical expectation failed; the candidate is kept aside. Read the judgement."""


class NothingNew(LakeError):
    """The same bytes were published before. Nothing to do."""


class Conflict(LakeError):
    """Another writer's commit won. Run the same command again."""


class NoSpace(LakeError):
    """The disk is full or nearly so. Free the stated number of bytes and run it again."""
