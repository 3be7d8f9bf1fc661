"""The store: products and orders in one SQLite file, whose tables the migrations make."""

import sqlite3
from contextlib import closing
from pathlib import Path


class Store:
    def __init__(self, path: Path) -> None:
        self.path = path

    def connect(self) -> closing[sqlite3.Connection]:
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.row_factory = sqlite3.Row
        return closing(connection)

    def count_products(self) -> int:
        with self.connect() as db:
            return int(db.execute("SELECT count(*) FROM product").fetchone()[0])

    def product(self, sku: str) -> sqlite3.Row | None:
        with self.connect() as db:
            return db.execute("SELECT sku, name, description, net_cents FROM product WHERE sku = ?", (sku,)).fetchone()

    def add_order(self, sku: str, quantity: int, total_cents: int) -> int:
        with self.connect() as db:
            insert = "INSERT INTO orders (sku, quantity, total_cents, currency) VALUES (?, ?, ?, 'EUR')"
            return int(db.execute(insert, (sku, quantity, total_cents)).lastrowid or 0)

    def order(self, number: int) -> sqlite3.Row | None:
        with self.connect() as db:
            select = "SELECT number, sku, quantity, total_cents, currency FROM orders WHERE number = ?"
            return db.execute(select, (number,)).fetchone()
