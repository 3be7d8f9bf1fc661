-- What people are to be told, outside of the record: who hears of which session, and what came of each notice.

CREATE TABLE channels (
  session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  kind    TEXT NOT NULL,
  channel TEXT NOT NULL,
  PRIMARY KEY (session, kind, channel)
) STRICT, WITHOUT ROWID;

-- `due` is when the next try may be, or when the lease of a running one ends; NULL is settled.
CREATE TABLE notices (
  event   TEXT NOT NULL,
  channel TEXT NOT NULL,
  session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  kind    TEXT NOT NULL,
  at      INTEGER NOT NULL,
  due     INTEGER,
  tries   INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('waiting', 'delivered', 'failed', 'void')),
  words   TEXT NOT NULL,
  changed INTEGER NOT NULL,
  PRIMARY KEY (event, channel)
) STRICT, WITHOUT ROWID;

CREATE INDEX notices_due ON notices (due) WHERE due IS NOT NULL;
CREATE INDEX notices_of_session ON notices (session);
CREATE INDEX notices_unsettled ON notices (outcome) WHERE outcome IN ('waiting', 'failed');
