"""Orders: what they cost, where they are kept."""

from shop.prices import total
from shop.web import Shop


def test_vat_is_rounded_to_the_nearest_cent():
    assert total(net_cents=1299, quantity=2, vat_percent=19) == 3092


def test_an_order_is_read_back_as_it_was_placed(store):
    number = store.add_order("mug", 2, 3092)
    assert dict(store.order(number)) == {
        "number": number, "sku": "mug", "quantity": 2, "total_cents": 3092, "currency": "EUR",
    }  # fmt: skip


def test_an_order_that_nobody_placed_is_not_found(store):
    assert store.order(99) is None


def test_the_shop_starts_with_the_journal_that_the_settings_name(settings, store, journal):
    with Shop(0, settings, store, journal) as shop:
        assert shop.server_address[1] > 0
        assert settings.journal.is_file()
