"""A small shop: products with descriptions, orders with totals, one SQLite file, no framework."""
