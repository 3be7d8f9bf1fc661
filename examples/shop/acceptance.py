"""Acceptance: a customer reads about a product, orders two and finds the order again. `acceptance.py URL`"""

import json
import sys
from typing import Any
from urllib.request import Request, urlopen

from ci.usage import bill


def call(url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    with urlopen(Request(url, json.dumps(body).encode() if body else None), timeout=10) as answer:
        return dict(json.load(answer))


def main(shop: str) -> None:
    product = call(f"{shop}/products/mug")
    assert "<figcaption>" in product["description"], product
    placed = call(f"{shop}/orders", {"sku": "mug", "quantity": 2})
    assert placed["total_cents"] == 3092, placed
    found = call(f"{shop}/orders/{placed['number']}")
    assert (found["sku"], found["quantity"], found["total_cents"]) == ("mug", 2, 3092), found
    print(f"order {placed['number']} placed and found again")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    finally:
        bill("acceptance")
