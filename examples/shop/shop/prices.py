"""Money: whole cents everywhere, VAT rounded once an order, half a cent up."""


def total(net_cents: int, quantity: int, vat_percent: int) -> int:
    """What the customer pays, in cents."""
    net = net_cents * quantity
    return net + (net * vat_percent + 50) // 100
