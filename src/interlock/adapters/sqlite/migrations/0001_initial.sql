-- The embedded store. Times in unix micro-seconds, money in micro-dollars.

-- Which log this is: its name in every signed head.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The newest signed head, and the frontier of the Merkle tree it stands for.
CREATE TABLE head (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  size      INTEGER NOT NULL,
  frontier  BLOB NOT NULL,
  root      BLOB NOT NULL,
  signature BLOB NOT NULL
) STRICT;

-- The truth. `body` is the envelope's bytes as they were hashed; `leaf` its place in the tree, in commit order.
-- A pruned record keeps its hash alone. Records of the store itself have the session ''.
CREATE TABLE events (
  leaf    INTEGER PRIMARY KEY,
  session TEXT NOT NULL,
  seq     INTEGER NOT NULL,
  id      TEXT NOT NULL,
  at      INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  hash    BLOB NOT NULL,
  body    BLOB,
  UNIQUE (session, seq)
) STRICT;

-- One row a session: what it stands at, and the queue item by which it is driven.
CREATE TABLE sessions (
  id          TEXT PRIMARY KEY,
  workspace   TEXT NOT NULL,
  place       TEXT NOT NULL,
  words       TEXT NOT NULL,
  principal   TEXT NOT NULL,
  outcome     TEXT NOT NULL,
  paused      INTEGER NOT NULL,
  version     INTEGER NOT NULL,
  iteration   INTEGER NOT NULL,
  epoch       INTEGER NOT NULL,
  owner       TEXT NOT NULL,
  lease_until INTEGER NOT NULL,
  priority    INTEGER NOT NULL,
  wake_at     INTEGER,
  spent       INTEGER NOT NULL,
  held        INTEGER NOT NULL,
  cap         INTEGER NOT NULL,
  ask_line    INTEGER NOT NULL,
  question    TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_due ON sessions (priority DESC, wake_at) WHERE outcome = '' AND paused = 0;
CREATE INDEX sessions_owned ON sessions (owner) WHERE owner <> '';
CREATE INDEX sessions_newest ON sessions (created_at);

CREATE TABLE approvals (
  id       TEXT PRIMARY KEY,
  session  TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  digest   TEXT NOT NULL,
  deadline INTEGER NOT NULL,
  status   TEXT NOT NULL CHECK (status IN ('open', 'approved', 'rejected', 'edited', 'expired', 'withdrawn')),
  used_by  TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX approvals_by_session ON approvals (session);

-- What fixes have done so far. Forgetting sets the counts to zero and says so; a new lesson begins anew.
CREATE TABLE memory (
  fingerprint TEXT NOT NULL,
  fix         TEXT NOT NULL,
  environment TEXT NOT NULL,
  wins        INTEGER NOT NULL,
  tries       INTEGER NOT NULL,
  cost        INTEGER NOT NULL,
  last_at     INTEGER NOT NULL,
  forgotten   INTEGER NOT NULL,
  PRIMARY KEY (fingerprint, fix, environment)
) STRICT, WITHOUT ROWID;
