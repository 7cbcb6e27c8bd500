"""Colours as they are written in profiles and style sheets."""

import re

WRITTEN = re.compile(r"#[0-9a-fA-F]{6}")


def is_colour(text: str) -> bool:
    """Whether it is a colour as # and six digits from 0 to f, and nothing else that a style sheet would read."""
    return bool(WRITTEN.fullmatch(text))
