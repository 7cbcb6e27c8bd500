"""Addresses by which somebody might have us look into a network that is not theirs."""

from collections.abc import Iterator
from ipaddress import IPv4Address

INSIDE_V4 = [
    *("127.0.0.1", "127.0.0.2", "127.1.2.3", "127.255.255.254", "0.0.0.0", "0.1.2.3"),
    *("10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
]
INSIDE_V6 = [
    *("::1", "::", "0:0:0:0:0:0:0:1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1"),
    *("64:ff9b::127.0.0.1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a9fe:a9fe::", "2001:0:7f00:1::", "2001:db8::1"),
    *("fe80::1", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "100::1", "2001:10::1", "2001:20::1", "3fff::1", "5f00::1"),
]
FOREIGN_SCHEMES = [
    *("file:///etc/passwd", "file://localhost/etc/passwd", "gopher://127.0.0.1:{port}/_GET", "ftp://127.0.0.1:{port}/a.ics"),
    *(
        "dict://127.0.0.1:{port}/",
        "ldap://127.0.0.1:{port}/",
        "tftp://127.0.0.1:{port}/",
        "sftp://127.0.0.1:{port}/",
        "jar:https://a.example!/",
    ),
    *("http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://good.example:{port}/", "http://[::1]:{port}/", "//127.0.0.1:{port}/"),
    *(
        "data:text/calendar,BEGIN:VCALENDAR",
        "javascript:alert(1)",
        "unix:/run/postgresql",
        "https:127.0.0.1:{port}",
        "https:/127.0.0.1:{port}/",
    ),
    *(
        "https:///127.0.0.1:{port}/",
        "127.0.0.1:{port}",
        "localhost:{port}/a.ics",
        "url:https://127.0.0.1:{port}/",
        "HTTPS://127.0.0.1:{port}/",
    ),
    *("webcal://127.0.0.1:{port}/", "webcal://localhost:{port}/", "webcals://[::1]:{port}/"),
]
TRICKS = [
    *("https://good.example@127.0.0.1:{port}/", "https://good.example:x@127.0.0.1:{port}/", "https://good.example%40127.0.0.1:{port}/"),
    *("https://good.example\\@127.0.0.1:{port}/", "https://127.0.0.1:{port}\\@good.example/", "https://127.0.0.1:{port}#@good.example/"),
    *("https://127.0.0.1:{port}?@good.example/", "https://good.example@good.example@127.0.0.1:{port}/", "https://@127.0.0.1:{port}/"),
    *("https://good.example:443@127.0.0.1:{port}/", "https://good.example\t@127.0.0.1:{port}/", "https://good.example\n@127.0.0.1:{port}/"),
    *("https://good.example/\r\nHost: 127.0.0.1", "https://good.example\0.127.0.0.1:{port}/", "https://127.0.0.1\u200b:{port}/"),
    *(
        "https://127。0。0。1:{port}/",
        "https://127\uff0e0\uff0e0\uff0e1:{port}/",
        "https://[::1%25lo]:{port}/",
        "https://[::ffff:127.0.0.1%251]:{port}/",
    ),
    *(
        "https://localhost:{port}/",
        "https://localhost.:{port}/",
        "https://LOCALHOST:{port}/",
        "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/",
        "https://local%68ost:{port}/",
    ),
    *("https://localhost.localdomain:{port}/", "https://ip6-localhost:{port}/", "https://app.localhost:{port}/", "https://[::1:{port}/"),
    *(
        "https://127.0.0.1%2f@good.example:{port}/",
        "https://127.0.0.1%00.good.example:{port}/",
        "https://[127.0.0.1]:{port}/",
        "https://:{port}/",
    ),
    *(
        "https://127.0.0.1.:{port}/",
        "https://127.0.0.1..:{port}/",
        "https://.127.0.0.1:{port}/",
        "https://-127.0.0.1:{port}/",
        "https://１２７.1:{port}/",
    ),
]
LOCAL_NAMES = ["localhost", "localhost.localdomain", "ip6-localhost", "app.localhost"]


def urls(port: int) -> list[str]:
    """All of them, for one port; names of the form `v4-3.inside.example` lead to an address of `names`."""
    hosts = [spelling for address in INSIDE_V4 for spelling in _spellings(address)]
    hosts += [f"[{address}]" for address in INSIDE_V6]
    hosts += list(names())
    whole = [url.replace("{port}", str(port)) for url in FOREIGN_SCHEMES + TRICKS]
    return list(dict.fromkeys([*(f"https://{host}:{port}/a.ics" for host in hosts), *whole]))


def names() -> dict[str, list[str]]:
    """Names that lead inside: each to one such address, some to a public one as well."""
    found = {f"v4-{number}.inside.example": [address] for number, address in enumerate(INSIDE_V4)}
    found |= {f"v6-{number}.inside.example": [address] for number, address in enumerate(INSIDE_V6)}
    found |= {f"both-{number}.inside.example": ["93.184.216.34", address] for number, address in enumerate([*INSIDE_V4, *INSIDE_V6][::4])}
    return found | {name: ["127.0.0.1", "::1"] for name in LOCAL_NAMES}


def _spellings(address: str) -> Iterator[str]:
    """What some program somewhere takes for this address."""
    number, parts = int(IPv4Address(address)), [int(part) for part in address.split(".")]
    yield address
    yield f"{address}."
    yield str(number)
    yield hex(number)
    yield f"0{number:o}"
    yield ".".join(hex(part) for part in parts)
    yield ".".join(f"0{part:o}" for part in parts)
    yield ".".join(f"{part:04}" for part in parts)
    yield f"{parts[0]}.{number & 0xFFFFFF}"
    yield f"{parts[0]}.{parts[1]}.{number & 0xFFFF}"
    yield f"0x{parts[0]:x}.{parts[1]}"
    yield address.translate({ord("0") + digit: ord("０") + digit for digit in range(10)})
    yield "".join(f"%{ord(sign):02x}" for sign in address)
