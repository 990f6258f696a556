"""What the lab did, as an append-only list: the tests' and the demo's view behind the curtain."""

import threading
import time
from typing import Any


class Journal:
    """Entries `{"seq", "time" (epoch seconds), "kind", ...}` in the order in which they happened. Thread-safe."""

    def __init__(self) -> None:
        self._entries: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def add(self, kind: str, **details: Any) -> None:
        with self._lock:
            self._entries.append({"seq": len(self._entries) + 1, "time": time.time(), "kind": kind, **details})

    def since(self, seq: int = 0) -> list[dict[str, Any]]:
        """Every entry after number `seq`."""
        with self._lock:
            return self._entries[max(seq, 0) :]
