"""The words of a message as they are sealed: what, where, when and what somebody looked like."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Words:
    """What somebody wrote, part by part; most messages are only `what`."""

    what: str
    where: str = ""
    when: str = ""
    looks: str = ""

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """(name, text) of every part that is not empty, in the order in which they were asked."""
        return tuple((name, text) for name, text in asdict(self).items() if text)

    @property
    def all_text(self) -> str:
        """Every part, one below the other."""
        return "\n".join(text for _name, text in self.parts)

    def to_bytes(self) -> bytes:
        """What is sealed."""
        return json.dumps(dict(self.parts), ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, opened: bytes) -> Words:
        """What `to_bytes` made."""
        parts = json.loads(opened)
        return cls(**{"what": "", **parts})
