"""What somebody types who wishes that a spreadsheet calculates it, or that a header grows a line."""

FORMULAS = [
    f"{blank}{sign}{rest}"
    for blank, sign, rest in [
        *((blank, sign, "HYPERLINK(1)") for blank in ("", " ", "\t", "\r\n", "\u00a0", "\ufeff") for sign in "=+-@"),
        *(("", sign, "1+1") for sign in "＝＋－＠﹢﹦⁺₌"),
        *((blank, "=", "cmd|' /C calc'!A0") for blank in ("\x01", "\x0b", "\x1f", "\x7f", "\u200b", "\u2028", "\u202e", "\u3000")),
        ("", "=", 'IMPORTXML("http://x","//a")'),
        ("", "@", "SUM(A1:A9)"),
        ("Agreed;", "=", "1+1"),
        ("Agreed,", "=", "1+1"),
        ("Agreed\t", "=", "1+1"),
        ("Agreed\n", "=", "1+1"),
        ('Agreed";"', "=", "1+1"),
        ("Agreed;  ", "+", "1+1"),
        ('","', "=", "1+1"),
        ("#N/A", "", ""),
    ]
]
SEPARATORS = ["\r\n", "\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x00"]


def would_be_calculated(cell: str) -> bool:
    """Whether a spreadsheet takes this cell of a text file for a formula; plain numbers it may."""
    begins = cell.strip(" \t\r\n\ufeff\u00a0\u200b\u2028\u202e\u3000\x01\x0b\x1f\x7f")[:1]
    return begins in set("=+-@＝＋－＠﹢﹦⁺₌") and not cell.lstrip("-").isdigit()
