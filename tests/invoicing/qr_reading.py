"""A reader of QR codes that shares nothing with the library that draws them: from the SVG back to the bytes (ISO/IEC 18004).

Versions 1 to 13 at level M and byte mode, which is all that payment codes are. Read from a drawing, so nothing needs correcting.
"""

import re
from itertools import pairwise

from lxml import etree

BLOCKS = {
    1: [16], 2: [28], 3: [44], 4: [32] * 2, 5: [43] * 2, 6: [27] * 4, 7: [31] * 4, 8: [38] * 2 + [39] * 2, 9: [36] * 3 + [37] * 2,
    10: [43] * 4 + [44], 11: [50] + [51] * 4, 12: [36] * 6 + [37] * 2, 13: [37] * 8 + [38],
}  # fmt: skip
ALIGNED = {1: [], 7: [6, 22, 38], 8: [6, 24, 42], 9: [6, 26, 46], 10: [6, 28, 50], 11: [6, 30, 54], 12: [6, 32, 58], 13: [6, 34, 62]}
MASKS = [
    lambda i, j: (i + j) % 2 == 0,
    lambda i, _j: i % 2 == 0,
    lambda _i, j: j % 3 == 0,
    lambda i, j: (i + j) % 3 == 0,
    lambda i, j: (i // 2 + j // 3) % 2 == 0,
    lambda i, j: i * j % 2 + i * j % 3 == 0,
    lambda i, j: (i * j % 2 + i * j % 3) % 2 == 0,
    lambda i, j: ((i + j) % 2 + i * j % 3) % 2 == 0,
]
QUIET = 4


def read(svg: str) -> tuple[int, str]:
    """The version of a code and its text."""
    dark = _modules(svg)
    version = (len(dark) - 17) // 4
    level, mask = _format(dark)
    assert level == "M"
    words = _codewords(dark, version, mask)
    data = _in_order(words, BLOCKS[version])
    bits = "".join(f"{word:08b}" for word in data)
    assert bits[:4] == "0100", "byte mode"
    size = 16 if version > 9 else 8
    length = int(bits[4 : 4 + size], 2)
    start = 4 + size
    return version, bytes(int(bits[at : at + 8], 2) for at in range(start, start + 8 * length, 8)).decode()


def _modules(svg: str) -> list[list[bool]]:
    """What the strokes of the drawing cover: moves and horizontal lines, one module high."""
    root = etree.fromstring(svg.encode())
    width = int(root.get("viewBox").split()[2])
    [strokes] = root.xpath("//*[local-name()='path'][@stroke]/@d")
    dark = [[False] * width for _row in range(width)]
    x = y = 0.0
    for kind, numbers in re.findall(r"([Mmh])([^Mmh]*)", strokes):
        parts = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if kind == "h":
            for column in range(int(parts[0])):
                dark[int(y - 0.5)][int(x) + column] = True
            x += parts[0]
        else:
            x, y = (parts[0], parts[1]) if kind == "M" else (x + parts[0], y + parts[1])
    inner = slice(QUIET, width - QUIET)
    assert not any(any(row) for row in dark[:QUIET] + dark[-QUIET:]), "quiet zone"
    assert not any(any(row[:QUIET] + row[-QUIET:]) for row in dark), "quiet zone"
    return [row[inner] for row in dark[inner]]


def _format(dark: list[list[bool]]) -> tuple[str, int]:
    places = [(8, column) for column in (0, 1, 2, 3, 4, 5, 7, 8)] + [(row, 8) for row in (7, 5, 4, 3, 2, 1, 0)]
    said = int("".join(str(int(dark[row][column])) for row, column in places), 2) ^ 0b101010000010010
    return "MLHQ"[said >> 13], said >> 10 & 7


def _reserved(version: int) -> set[tuple[int, int]]:
    size = version * 4 + 17
    kept = {(row, column) for row in range(9) for column in range(9)}
    kept |= {(row, column) for row in range(9) for column in range(size - 8, size)}
    kept |= {(column, row) for row, column in kept}
    kept |= {(6, at) for at in range(size)} | {(at, 6) for at in range(size)}
    centres = ALIGNED.get(version, [6, version * 4 + 10])
    corners = {(6, 6), (6, centres[-1]), (centres[-1], 6)} if centres else set()
    for row, column in {(row, column) for row in centres for column in centres} - corners:
        kept |= {(row + down, column + right) for down in range(-2, 3) for right in range(-2, 3)}
    if version >= 7:
        block = {(row, column) for row in range(6) for column in range(size - 11, size - 8)}
        kept |= block | {(column, row) for row, column in block}
    return kept


def _codewords(dark: list[list[bool]], version: int, mask: int) -> list[int]:
    size, kept, bits = len(dark), _reserved(version), ""
    pairs = [column for column in range(size - 1, 0, -2) if column > 6] + [5, 3, 1]
    for turn, right in enumerate(pairs):
        rows = range(size) if turn % 2 else range(size - 1, -1, -1)
        places = [(row, column) for row in rows for column in (right, right - 1) if (row, column) not in kept]
        bits += "".join(str(int(dark[row][column] ^ MASKS[mask](row, column))) for row, column in places)
    return [int(bits[start:end], 2) for start, end in pairwise(range(0, len(bits) + 1, 8))]


def _in_order(words: list[int], blocks: list[int]) -> list[int]:
    """Data words are written in turns, one of each block."""
    places = [(block, at) for at in range(max(blocks)) for block, length in enumerate(blocks) if at < length]
    by_block = dict(zip(places, words, strict=False))
    return [by_block[block, at] for block, length in enumerate(blocks) for at in range(length)]
