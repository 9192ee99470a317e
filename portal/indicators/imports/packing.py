"""Lists and dictionaries as small bytes, for what is read as a whole or not at all."""

from __future__ import annotations

import json
import zlib
from typing import Any

FAST = 1


def pack(content: Any) -> bytes:
    """Anything that JSON can hold."""
    return zlib.compress(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode(), FAST)


def unpack(packed: bytes) -> Any:
    """What `pack` was given, as JSON gives it back: tuples have become lists."""
    return json.loads(zlib.decompress(packed))
