"""The web side: four addresses on the standard library's server, without a name look-up at the start."""

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any

from shop.config import Settings
from shop.describe import as_html
from shop.journal import Journal
from shop.prices import total
from shop.store import Store


def product_page(product: Mapping[str, Any]) -> dict[str, Any]:
    return {**product, "description": as_html(product["description"])}


class Shop(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, settings: Settings, store: Store, journal: Journal) -> None:
        self.settings, self.store, self.journal = settings, store, journal
        super().__init__(("127.0.0.1", port), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Shop

    def do_GET(self) -> None:
        match self.path.strip("/").split("/"):
            case ["healthz"]:
                self.answer(200, {"status": "ok", "products": self.server.store.count_products()})
            case ["products", sku] if product := self.server.store.product(sku):
                self.answer(200, product_page(dict(product)))
            case ["orders", number] if number.isdigit() and (order := self.server.store.order(int(number))):
                self.answer(200, dict(order))
            case _:
                self.answer(404, {"error": f"nothing at {self.path}"})

    def do_POST(self) -> None:
        try:
            wish = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            sku, quantity = str(wish["sku"]), int(wish["quantity"])
        except (ValueError, TypeError, KeyError):
            return self.answer(400, {"error": "an order has a sku and a quantity"})
        product = self.server.store.product(sku)
        if self.path != "/orders" or product is None or quantity < 1:
            return self.answer(422, {"error": f"cannot order {quantity} of {sku!r} at {self.path}"})
        to_pay = total(product["net_cents"], quantity, self.server.settings.vat_percent)
        number = self.server.store.add_order(sku, quantity, to_pay)
        self.server.journal.add(number, sku, quantity, to_pay)
        return self.answer(201, {"number": number, "total_cents": to_pay})

    def answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
