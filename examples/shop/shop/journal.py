"""The order journal: one line an order, only ever appended to; what the bookkeepers read."""

from pathlib import Path


class Journal:
    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("a", encoding="utf-8"):
            pass  # a journal that cannot be written must stop the start, not the first order

    def add(self, number: int, sku: str, quantity: int, total_cents: int) -> None:
        with self.path.open("a", encoding="utf-8") as lines:
            lines.write(f"{number},{sku},{quantity},{total_cents}\n")
