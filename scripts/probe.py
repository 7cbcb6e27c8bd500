"""Asks this machine's own web server whether pages can be shown: `python -m scripts.probe [PATH]`, for containers without curl.

It comes as the proxy would, by the host name and over the https that the environment names.
"""

import os
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

PATIENCE_SECONDS = 4


def main(path: str = "/readyz/pages") -> int:
    """0 if the answer is 200."""
    headers = {"Host": urlsplit(os.environ.get("BASE_URL", "")).netloc or "127.0.0.1"}
    header = os.environ.get("PROXY_HEADER", "none")
    if header != "none":
        headers[header] = "https"
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path, headers=headers)
        return 0 if connection.getresponse().status == 200 else 1
    except OSError as error:
        print(error)
        return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
