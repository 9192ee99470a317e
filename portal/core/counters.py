"""Counters that the processes of one machine share, in the folder in memory. Nothing is counted until `start()`.

Each process writes to a file of its own, mapped into its memory: no process waits for another, and a count costs about
a microsecond. Whoever reads adds all files up. The counts of a process that has ended are moved into one more file, so
a sum never falls until the machine restarts. Several machines are read one by one, as Prometheus expects it.

Keys hold names that stand in the code (routes, jobs, limits), never a value that comes from a person.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.mmap_dict import MmapedDict

BYTES = 512 * 1024
MOST_KEYS = 2_000
LONGEST_KEY = 200
"""So many keys of this length fit into the bytes: a file that had to grow while the memory is full would end us."""
ENDED = "ended.counts"
LOCK = "lock"


class Counters:
    """The counters of this process, and the sums over all processes of the machine."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._held: int | None = None
        self._counts: MmapedDict | None = None
        self.renew()
        os.register_at_fork(after_in_child=self.renew)

    def renew(self) -> None:
        """Begin with a new file at the next count: after a fork the parent goes on with the one before."""
        self._lock = threading.Lock()
        self._number_of_keys = 0
        if self._counts is not None:
            self._counts.close()
        self._counts = None
        if self._held is not None:
            os.close(self._held)
        self._held = None

    def start(self, folder: Path) -> None:
        """Count from now on, in this folder; the file is made at the first count."""
        self.stop()
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder

    def stop(self) -> None:
        """Count no more."""
        self._folder = None
        self.renew()

    @property
    def is_on(self) -> bool:
        """Whether anything is counted."""
        return self._folder is not None

    def add(self, key: str, amount: float = 1.0) -> None:
        """Add to a counter. Never raises: where there is no room, nothing is counted."""
        if self._folder is None:
            return
        with self._lock:
            counts = self._counts if self._counts is not None else self._open()
            if counts is None:
                return
            value, _timestamp = counts.read_value(key) if self._has_room(counts, key) else (None, None)
            if value is not None:
                counts.write_value(key, value + amount, 0.0)

    def _has_room(self, counts: MmapedDict, key: str) -> bool:
        if key in counts._positions:  # noqa: SLF001 - the library has no other way to ask
            return True
        self._number_of_keys += 1
        return self._number_of_keys <= MOST_KEYS and len(key.encode()) <= LONGEST_KEY

    def _open(self) -> MmapedDict | None:
        """Make this process's file, and move the counts of ended processes out of theirs."""
        from prometheus_client.mmap_dict import MmapedDict

        assert self._folder is not None
        try:
            with _locked(self._folder):
                _gather(self._folder)
                path = self._folder / f"{secrets.token_hex(8)}.counts"
                _make(path)
                # Held open, and with it the lock, until this process ends.
                self._held = os.open(path, os.O_RDWR | os.O_CLOEXEC)
                fcntl.flock(self._held, fcntl.LOCK_EX)
                self._counts = MmapedDict(str(path))
        except OSError:
            self._folder = None
        return self._counts

    def totals(self) -> dict[str, float]:
        """Return the sum of each counter over all processes, those that have ended included."""
        if self._folder is None:
            return {}
        with _locked(self._folder):
            return dict(_sum_of(self._folder.glob("*.counts")))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let no other process move counts meanwhile."""
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(path: Path) -> None:
    """Make a file with all its bytes: writing to a mapped byte for which there is no room would end the process."""
    path.touch(mode=0o600)
    path.write_bytes(bytes(BYTES))


def _sum_of(files: Iterator[Path]) -> Counter[str]:
    from prometheus_client.mmap_dict import MmapedDict

    found: Counter[str] = Counter()
    for path in files:
        # The library's word for a file that was damaged.
        with suppress(RuntimeError):
            for key, value, _timestamp, _position in MmapedDict.read_all_values_from_file(str(path)):
                found[key] += value
    return found


def _gather(folder: Path) -> None:
    """Add the counts of ended processes to one file, and delete theirs."""
    from prometheus_client.mmap_dict import MmapedDict

    ended = [path for path in folder.glob("*.counts") if path.name != ENDED and _is_ended(path)]
    if not ended:
        return
    if not (folder / ENDED).exists():
        _make(folder / ENDED)
    sums = MmapedDict(str(folder / ENDED))
    for key, value in _sum_of(iter(ended)).items():
        sums.write_value(key, sums.read_value(key)[0] + value, 0.0)
    sums.close()
    for path in ended:
        path.unlink()


def _is_ended(path: Path) -> bool:
    """Return whether no process holds the lock of this file."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


counters = Counters()
