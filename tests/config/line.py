"""The line between our processes and a broker, which a test can cut."""

import socket
import threading
from contextlib import suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit


class Line:
    """Leads from `url`, on this machine, to the broker whose address it is made with."""

    def __init__(self, broker: str) -> None:
        there = urlsplit(broker)
        self._there = (there.hostname or "127.0.0.1", there.port or 0)
        self._talking: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._port = 0
        self.mend()
        who = there.netloc.rpartition("@")[:2]
        self.url = there._replace(netloc=f"{''.join(who)}127.0.0.1:{self._port}").geturl()

    def mend(self) -> None:
        """Whoever calls gets through."""
        line = self

        class Call(BaseRequestHandler):
            def handle(self) -> None:
                line._connect(self.request)

        class Exchange(ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._is_cut = False
        self._exchange = Exchange(("127.0.0.1", self._port), Call)
        self._port = int(self._exchange.server_address[1])
        threading.Thread(target=self._exchange.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def cut(self) -> None:
        """Nobody gets through, and who was talking is interrupted."""
        self._exchange.shutdown()
        self._exchange.server_close()
        with self._lock:
            self._is_cut = True
            for end in self._talking:
                _hang_up(end)

    def _connect(self, caller: socket.socket) -> None:
        with socket.create_connection(self._there) as called:
            with self._lock:
                self._talking |= {caller, called}
                if self._is_cut:  # who was let in at the last moment is interrupted like all others
                    _hang_up(called)
            back = threading.Thread(target=_carry, args=[called, caller], daemon=True)
            back.start()
            _carry(caller, called)
            back.join()
            with self._lock:
                self._talking -= {caller, called}


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while said := source.recv(65536):
            target.sendall(said)
    _hang_up(source)
    _hang_up(target)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
