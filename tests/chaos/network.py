"""A line between two programs that can be cut, or held back for a while, as a bad network does."""

import selectors
import socket
import threading
from contextlib import suppress
from typing import Self

Address = tuple[str, int] | str
"""Host and port, or the path of a socket."""
CHUNK = 65_536


class Line:
    """A port on this machine that leads to `target`.

    `cut()` ends every connection and takes no new one; `hold()` lets nothing pass and says nothing, so that both sides
    wait; `heal()` ends both, and what was held arrives.
    """

    def __init__(self, target: Address) -> None:
        self._target = target
        self._passes, self._is_cut, self._over = threading.Event(), threading.Event(), threading.Event()
        self._passes.set()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._take, daemon=True)

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    def cut(self) -> None:
        """End every connection, and each that comes."""
        self._is_cut.set()
        self._passes.set()
        self._end_all()

    def hold(self) -> None:
        """Let nothing pass in either direction; nobody is told."""
        self._passes.clear()

    def heal(self) -> None:
        """Be a good line again."""
        self._is_cut.clear()
        self._passes.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._passes.set()
        self._listening.close()
        self._end_all()

    def _end_all(self) -> None:
        with self._lock:
            ending, self._open = self._open, set()
        for one in ending:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _take(self) -> None:
        while not self._over.is_set():
            try:
                here, _from = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(here,), daemon=True).start()

    def _carry(self, here: socket.socket) -> None:
        try:
            # Whoever asks while nothing passes waits, as for an answer to the first packet.
            self._passes.wait()
            if self._is_cut.is_set() or self._over.is_set():
                return
            with self._reach() as there, selectors.DefaultSelector() as both:
                with self._lock:
                    self._open |= {here, there}
                both.register(here, selectors.EVENT_READ, there)
                both.register(there, selectors.EVENT_READ, here)
                while self._pass_on(both):
                    pass
                with self._lock:
                    self._open -= {here, there}
        except OSError:
            return
        finally:
            here.close()

    def _pass_on(self, both: selectors.BaseSelector) -> bool:
        """Carry what has come; tell whether the connection goes on."""
        for key, _events in both.select():
            came = key.fileobj.recv(CHUNK)
            self._passes.wait()
            if not came or self._is_cut.is_set() or self._over.is_set():
                return False
            key.data.sendall(came)
        return True

    def _reach(self) -> socket.socket:
        if isinstance(self._target, tuple):
            return socket.create_connection(self._target)
        reached = socket.socket(socket.AF_UNIX)
        reached.connect(self._target)
        return reached
