"""Products: what is sold, and how it is described."""

from shop.web import product_page


def test_a_picture_gets_its_caption(store):
    assert "<figcaption>Blue, 300 ml</figcaption>" in product_page(dict(store.product("mug")))["description"]


def test_a_new_database_sells_two_products(store):
    assert store.count_products() == 2
