"""Start the shop: `python -m shop --port 8765`; ends at once, saying why, when something it needs is missing."""

import argparse
import logging

from shop import config
from shop.journal import Journal
from shop.store import Store
from shop.web import Shop

log = logging.getLogger("shop")


def main() -> None:
    arguments = argparse.ArgumentParser(prog="shop")
    arguments.add_argument("--port", type=int, default=8765)
    port = arguments.parse_args().port
    chosen = config.load()
    logging.basicConfig(level=chosen.log_level, format="%(levelname)s %(message)s")
    journal, store = Journal(chosen.journal), Store(chosen.database)
    log.info("%d products", store.count_products())
    log.info("starting on 127.0.0.1:%d", port)
    with Shop(port, chosen, store, journal) as shop:
        log.info("ready on 127.0.0.1:%d", port)
        shop.serve_forever()


if __name__ == "__main__":
    main()
