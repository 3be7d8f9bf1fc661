-- Every statement that the embedded store runs, by name. On a session's hot path each names one session id.

-- name: begin_session
INSERT INTO sessions (id, workspace, place, words, principal, outcome, paused, version, iteration, epoch, owner,
  lease_until, priority, wake_at, spent, held, cap, ask_line, question, created_at, updated_at)
VALUES (:id, :workspace, :place, :words, :principal, '', 0, 0, 0, 0, '',
  0, 0, NULL, 0, 0, :cap, :ask_line, '', :at, :at)

-- name: standing
SELECT version, epoch FROM sessions WHERE id = ?

-- name: change_session
-- The reservation is part of the statement: a hold that does not fit under the cap changes no row.
UPDATE sessions SET
  version = version + :count,
  iteration = max(iteration, :iteration),
  question = coalesce(:question, question),
  spent = spent + :spent,
  held = CASE WHEN :clear_held THEN 0 ELSE held + :held END,
  ask_line = min(max(ask_line, coalesce(:up_to, ask_line)), cap),
  updated_at = :at
WHERE id = :id AND (:holds = 0 OR spent + :spent + held + :held <= cap)

-- name: change_driving
-- Apart from the numbers, because these columns are indexed: naming one in an UPDATE writes its index anew.
UPDATE sessions SET
  outcome = coalesce(:outcome, outcome),
  paused = coalesce(:paused, paused),
  wake_at = CASE :wake WHEN 'at' THEN :wake_at WHEN 'never' THEN NULL ELSE wake_at END
WHERE id = :id

-- name: add_event
INSERT INTO events (leaf, session, seq, id, at, kind, hash, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)

-- name: ask
INSERT INTO approvals (id, session, digest, deadline, status) VALUES (?, ?, ?, ?, 'open') ON CONFLICT DO NOTHING

-- name: answer
UPDATE approvals SET status = ? WHERE id = ? AND session = ? AND status = 'open'

-- name: use_approval
UPDATE approvals SET used_by = ? WHERE id = ? AND session = ? AND status = 'approved' AND used_by IS NULL

-- name: known
SELECT * FROM memory WHERE fingerprint = ? AND fix = ? AND environment = ? AND origin = ''

-- name: remember
REPLACE INTO memory (fingerprint, fix, environment, wins, tries, cost, last_at, forgotten, origin,
  counted_wins, counted_tries, refused)
VALUES (:fingerprint, :fix, :environment, :wins, :tries, :cost, :last_at, :forgotten, :origin,
  :counted_wins, :counted_tries, :refused)

-- name: head
SELECT size, frontier, root, signature FROM head WHERE one = 1

-- name: set_head
UPDATE head SET size = ?, frontier = ?, root = ?, signature = ? WHERE one = 1

-- name: read
SELECT body FROM events WHERE session = ? AND seq > ? AND body IS NOT NULL ORDER BY seq LIMIT ?

-- name: row
SELECT * FROM sessions WHERE id = ?

-- name: rows
SELECT * FROM sessions WHERE ?1 IS NULL OR workspace = ?1 ORDER BY created_at DESC, id DESC LIMIT ?2

-- name: find_sessions
SELECT id, '' FROM sessions WHERE id >= ?1 AND id < ?1 || char(1114111) ORDER BY id LIMIT 10

-- name: find_approvals
SELECT session, id FROM approvals WHERE id >= ?1 AND id < ?1 || char(1114111) ORDER BY id LIMIT 10

-- name: leases
-- Owners whose lease still runs: the ones whose process must be asked about.
SELECT DISTINCT owner FROM sessions WHERE outcome = '' AND owner <> '' AND lease_until >= ?

-- name: any_due
SELECT 1 FROM sessions
WHERE outcome = '' AND paused = 0 AND wake_at <= :now AND place IN ('', :place)
  AND (owner = '' OR lease_until < :now OR owner IN (SELECT value FROM json_each(:gone)))
LIMIT 1

-- name: claim_due
UPDATE sessions SET epoch = epoch + 1, owner = :owner, lease_until = :until
WHERE id = (
  SELECT id FROM sessions
  WHERE outcome = '' AND paused = 0 AND wake_at <= :now AND place IN ('', :place)
    AND (owner = '' OR lease_until < :now OR owner IN (SELECT value FROM json_each(:gone)))
  ORDER BY priority DESC, wake_at, id LIMIT 1)
RETURNING id, epoch

-- name: claim_exactly
UPDATE sessions SET epoch = epoch + 1, owner = :owner, lease_until = :until
WHERE id = :session AND outcome = '' AND place IN ('', :place)
  AND (owner = '' OR lease_until < :now OR owner IN (SELECT value FROM json_each(:gone)))
RETURNING id, epoch

-- name: heartbeat
UPDATE sessions SET lease_until = ? WHERE id = ? AND epoch = ? AND owner = ?

-- name: release
UPDATE sessions SET owner = '', lease_until = 0 WHERE id = ? AND epoch = ? AND owner = ? AND version = ?

-- name: holds
SELECT 1 FROM sessions WHERE id = ? AND epoch = ? AND owner = ?

-- name: recall
SELECT * FROM memory WHERE fingerprint = ? AND forgotten = 0 ORDER BY fix, environment, origin

-- name: remembered
SELECT * FROM memory WHERE forgotten = 0 ORDER BY last_at DESC, fingerprint, fix, environment, origin LIMIT ?

-- name: all_memory
SELECT * FROM memory ORDER BY fingerprint, fix, environment, origin

-- name: forget
UPDATE memory SET wins = 0, tries = 0, cost = 0, last_at = :now, forgotten = 1,
  counted_wins = 0, counted_tries = 0, refused = 0
WHERE fingerprint = :fingerprint AND forgotten = 0 AND (:fix IS NULL OR fix = :fix)

-- name: drop_origin
DELETE FROM memory WHERE origin = ? AND forgotten = 0

-- name: forgotten_of
SELECT fingerprint, fix, environment FROM memory WHERE origin = ? AND forgotten = 1

-- name: every_event
SELECT leaf, session, seq, id, at, kind, hash, body FROM events ORDER BY leaf

-- name: every_session
SELECT * FROM sessions

-- name: every_approval
SELECT id, session, digest, deadline, status, used_by FROM approvals

-- name: ended_before
SELECT id, version FROM sessions WHERE outcome <> '' AND owner = '' AND updated_at < ? ORDER BY id

-- name: drop_bodies
UPDATE events SET body = NULL WHERE session = ?

-- name: drop_session
DELETE FROM sessions WHERE id = ?

-- name: own_records
SELECT coalesce(max(seq), 0) FROM events WHERE session = ''

-- name: hear
INSERT INTO channels (session, kind, channel) VALUES (?, ?, ?)

-- name: announce
-- Once for each channel that hears of it, in the transaction that holds the event.
INSERT INTO notices (event, channel, session, kind, at, due, tries, outcome, words, changed)
SELECT :event, channel, session, kind, :at, :at, 0, 'waiting', '', :at FROM channels
WHERE session = :session AND kind = :kind

-- name: any_notice_due
SELECT 1 FROM notices WHERE due <= ? LIMIT 1

-- name: take_notice
-- Until its lease ends it is not due: nobody tells it twice at a time, and a taker that dies loses nothing.
UPDATE notices SET due = :until, tries = tries + 1
WHERE (event, channel) IN (SELECT event, channel FROM notices WHERE due <= :now ORDER BY due, event, channel LIMIT 1)
RETURNING event, channel, session, kind, at, due, tries, outcome, words, changed

-- name: settle_notice
UPDATE notices SET due = :again, tries = :tries, outcome = :outcome, words = :words, changed = :now
WHERE event = :event AND channel = :channel AND due = :until

-- name: notices
SELECT event, channel, session, kind, at, due, tries, outcome, words, changed FROM notices
WHERE :session IS NULL OR session = :session ORDER BY at DESC, event, channel LIMIT 1000

-- name: unsettled_notices
SELECT event, channel, session, kind, at, due, tries, outcome, words, changed FROM notices
WHERE outcome = 'waiting' OR (outcome = 'failed' AND changed >= :since) ORDER BY at DESC, event, channel LIMIT 1000
