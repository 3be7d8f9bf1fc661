-- What of a record still counts, people's refusals, and whose record it is: `origin` is empty for what this store
-- learned, else the name of the store that an imported record comes from. One row answers for any number of trials.
CREATE TABLE memory_that_fades (
  fingerprint   TEXT NOT NULL,
  fix           TEXT NOT NULL,
  environment   TEXT NOT NULL,
  wins          INTEGER NOT NULL,
  tries         INTEGER NOT NULL,
  cost          INTEGER NOT NULL,
  last_at       INTEGER NOT NULL,
  forgotten     INTEGER NOT NULL,
  origin        TEXT NOT NULL,
  counted_wins  REAL NOT NULL,
  counted_tries REAL NOT NULL,
  refused       INTEGER NOT NULL,
  PRIMARY KEY (fingerprint, fix, environment, origin)
) STRICT, WITHOUT ROWID;

INSERT INTO memory_that_fades
SELECT fingerprint, fix, environment, wins, tries, cost, last_at, forgotten, '', wins, tries, 0 FROM memory;

DROP TABLE memory;

ALTER TABLE memory_that_fades RENAME TO memory;

-- The newest records first, without reading all of them.
CREATE INDEX memory_newest ON memory (last_at DESC) WHERE forgotten = 0;
