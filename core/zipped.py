"""Writing a ZIP while it is sent, so that it never stands in memory whole."""


class Sink:
    """What `zipfile` writes to; it cannot go back."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, piece: bytes) -> int:
        """Keep the bytes until they are taken; how many they were."""
        self._written += piece
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is left open."""

    def taken(self) -> bytes:
        """What was written since the last time."""
        piece, self._written = bytes(self._written), bytearray()
        return piece
