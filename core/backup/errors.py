"""Why a copy was not made or not restored, in words for the operator."""


class BackupFailed(Exception):
    """The copy could not be made, or is not restored; the message says why, and what has changed."""


class Damaged(BackupFailed):
    """The archive is not what was written: cut off, changed, or none of ours."""
