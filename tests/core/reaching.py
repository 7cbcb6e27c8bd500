"""Ways in which a document could reach out of this machine or look around in it, and a door that notices who comes."""

import socket
from contextlib import contextmanager
from types import SimpleNamespace

TYPED = [
    "<script>fetch('http://127.0.0.1:{port}/')</script>",
    '"><img src="http://127.0.0.1:{port}/x.png">',
    "<img src=//127.0.0.1:{port}/x>",
    "</title><link rel=stylesheet href=http://127.0.0.1:{port}/x.css>",
    "</p><style>@import url(http://127.0.0.1:{port}/x.css);</style>",
    "<link rel=attachment href=file:///etc/passwd>",
    "<object data=http://127.0.0.1:{port}/></object>",
    "<svg><image href='http://127.0.0.1:{port}/x.svg'/></svg>",
    "<base href=http://127.0.0.1:{port}/>",
    "{{{{ provider }}}}{{% include 'pdf/base.html' %}}&lt;b&gt;",
]
REACHES_OUT = [
    '<img src="http://127.0.0.1:{port}/x.png">',
    '<img src="HTTPS://127.0.0.1:{port}/x.png">',
    '<img src="//127.0.0.1:{port}/x.png">',
    '<img src="ftp://127.0.0.1:{port}/x.png">',
    '<img src="gopher://127.0.0.1:{port}/x">',
    '<img src="file://127.0.0.1{static}/tillgodo/mark.svg">',
    '<img src="file:///etc/hostname">',
    '<img src="../manage.py">',
    '<img src="tillgodo/%2e%2e/..%2fmanage.py">',
    '<img src="tillgodo">',
    '<img src="tillgodo/nothing.svg">',
    '<img src="data:image/svg+xml,%3Csvg/%3E">',
    '<link rel="stylesheet" href="http://127.0.0.1:{port}/x.css">',
    '<link rel="attachment" href="http://127.0.0.1:{port}/x">',
    "<style>@import url(http://127.0.0.1:{port}/x.css);</style>",
    "<style>p {{ background: url(http://127.0.0.1:{port}/x.png) }}</style>",
    "<style>@font-face {{ font-family: x; src: url(http://127.0.0.1:{port}/x.woff2) }} p {{ font-family: x }}</style>",
    '<object data="http://127.0.0.1:{port}/x.svg"></object>',
    '<embed src="http://127.0.0.1:{port}/x.svg">',
    '<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1:{port}/x.png" width="9" height="9"/></svg>',
    '<base href="http://127.0.0.1:{port}/"><img src="x.png">',
]


@contextmanager
def listening():
    """A port of this machine, and whether anybody came."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.setblocking(False)
        yield SimpleNamespace(port=door.getsockname()[1], visited=lambda: _visited(door))


def _visited(door):
    try:
        visitor, _ = door.accept()
    except BlockingIOError:
        return False
    visitor.close()
    return True
