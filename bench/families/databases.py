"""Families of databases: migrations that part, run ahead or stop half-way, and a file that somebody has locked."""

import sys

from bench.families.site import Family, Site

REVISION = '''"""{words}"""

from alembic import op
import sqlalchemy as sa

revision = "{name}"
down_revision = {down}


def upgrade():
    {act}


def downgrade():
    pass
'''
ENV = """from alembic import context
from sqlalchemy import create_engine

engine = create_engine("sqlite:///shop.db")
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
"""
ORDERS = 'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True))'
CURRENCY = 'op.add_column("orders", sa.Column("currency", sa.String(3)))'


def migrated(site: Site, *revisions: tuple[str, str | None, str]) -> None:
    """A project with alembic, a database at the first revision, and these revisions (name, one before, act)."""
    site.environment("alembic")
    site.write("requirements.txt", "alembic\n")
    site.write("alembic.ini", "[alembic]\nscript_location = migrations\n")
    site.write("migrations/env.py", ENV)
    site.write("migrations/script.py.mako", "")
    for at, (name, down, act) in enumerate(revisions):
        site.write(f"migrations/versions/{name}.py", REVISION.format(words=name, name=name, down=repr(down), act=act))
        if at == 0:
            site.must(".venv/bin/alembic", "upgrade", "head")
    site.check(".venv/bin/alembic upgrade head")


def two_heads(site: Site) -> None:
    """Two people wrote a migration after the same one."""
    note = 'op.add_column("orders", sa.Column("note", sa.String(80)))'
    migrated(site, ("a1", None, ORDERS), ("b2", "a1", CURRENCY), ("c3", "a1", note))


def ahead(site: Site) -> None:
    """The database knows a revision that this checkout lacks."""
    migrated(site, ("a1", None, ORDERS))
    sql(site, "UPDATE alembic_version SET version_num = 'dead'")


def half_applied(site: Site) -> None:
    """A migration broke off after its first statement: the column is there, the mark is not."""
    migrated(site, ("a1", None, ORDERS), ("b2", "a1", CURRENCY))
    sql(site, "ALTER TABLE orders ADD COLUMN currency VARCHAR(3)")


def locked(site: Site) -> None:
    """Another program holds the database for a few seconds."""
    sql(site, "CREATE TABLE orders (id INTEGER)")
    site.write("app.py", "import sqlite3\n\nwith sqlite3.connect('shop.db', timeout=0.1) as shop:\n"
               "    shop.execute('INSERT INTO orders VALUES (1)')\n")  # fmt: skip
    site.check("python3 app.py")
    holds = (
        "import sqlite3, time\nshop = sqlite3.connect('shop.db', isolation_level=None)\n"
        "shop.execute('BEGIN EXCLUSIVE')\nopen('held', 'w').close()\ntime.sleep(8)\nshop.execute('ROLLBACK')\n"
    )
    site.beside(sys.executable, "-c", holds)
    site.until(lambda: (site.folder / "held").exists())


def sql(site: Site, statement: str) -> None:
    """One statement on the project's database."""
    words = "import sqlite3, sys; d = sqlite3.connect('shop.db'); d.execute(sys.argv[1]); d.commit()"
    site.must(sys.executable, "-c", words, statement)


DATABASES = (
    Family(number=28, name="two migrations after the same one", ends="asked", build=two_heads,
           signature="[Mm]ultiple head", says="merge|head"),
    Family(number=29, name="a database that is ahead of the code", ends="stopped", build=ahead,
           signature="Can't locate revision", says="revision|migration|checkout"),
    Family(number=30, name="a migration that stopped half-way", ends="stopped", build=half_applied,
           signature="duplicate column name", says="migration|schema"),
    Family(number=31, name="a database that somebody has locked", ends="mended", build=locked,
           signature="database is locked"),
)  # fmt: skip
