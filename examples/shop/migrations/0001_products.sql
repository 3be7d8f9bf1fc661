CREATE TABLE product (
    sku TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    net_cents INTEGER NOT NULL CHECK (net_cents > 0)
);
INSERT INTO product VALUES
    ('mug', 'Mug', 'Holds **tea**. ![Blue, 300 ml](/mug.png)', 1299),
    ('pot', 'Teapot', 'Pours without a drip.', 3450);
