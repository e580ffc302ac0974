-- The embedded store, layout 1. Days are numbers counted from 1970-01-01; an open end is 2932896 (9999-12-31) and a
-- position that never came is 4611686018427387904. Points are millionths. The journal is the truth: every other table is
-- a view of it.

CREATE TABLE entry (
    seq        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    kind       TEXT NOT NULL,
    entered_on INTEGER NOT NULL,
    actor      TEXT NOT NULL,
    asked      TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    hash       BLOB NOT NULL
) STRICT;
CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
BEGIN SELECT raise(ABORT, 'the journal is never changed'); END;
CREATE TRIGGER entry_is_never_removed BEFORE DELETE ON entry
BEGIN SELECT raise(ABORT, 'the journal is never changed'); END;

CREATE TABLE ticked (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), day INTEGER NOT NULL) STRICT;

CREATE TABLE edition (
    number INTEGER PRIMARY KEY,
    name   TEXT NOT NULL,
    since  INTEGER NOT NULL,
    seq    INTEGER NOT NULL
) STRICT;

-- Every term of every edition, worked out for every rule that it carries.
CREATE TABLE carriage (
    edition INTEGER NOT NULL,
    scheme  TEXT NOT NULL,
    rule    TEXT NOT NULL,
    sign    INTEGER NOT NULL,
    pattern TEXT NOT NULL,
    route   TEXT NOT NULL,
    place   INTEGER NOT NULL,
    percent INTEGER,
    fixed   INTEGER,
    at_most INTEGER NOT NULL,
    PRIMARY KEY (edition, scheme, rule, sign, pattern, route)
) STRICT, WITHOUT ROWID;

CREATE TABLE subject (
    id    TEXT PRIMARY KEY,
    kind  TEXT NOT NULL,
    name  TEXT,
    since INTEGER,
    until INTEGER NOT NULL,
    seq   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE age (
    subject   TEXT NOT NULL,
    age_class TEXT NOT NULL,
    since     INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    PRIMARY KEY (subject, since, age_class)
) STRICT, WITHOUT ROWID;

CREATE TABLE tie (
    id          TEXT NOT NULL UNIQUE,
    kind        TEXT NOT NULL,
    source      TEXT NOT NULL,
    target      TEXT NOT NULL,
    source_kind TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    since       INTEGER NOT NULL,
    until       INTEGER NOT NULL,
    attributes  TEXT NOT NULL,
    origin      TEXT,
    seq         INTEGER NOT NULL,
    voided_on   INTEGER NOT NULL,
    voided_seq  INTEGER NOT NULL
) STRICT;
-- For walks, and for pages of a subject's ties in order of the far end and their own id.
CREATE INDEX tie_by_source ON tie (source, kind, target_kind, target, id);
CREATE INDEX tie_by_target ON tie (target, kind, source_kind, source, id);
CREATE INDEX tie_by_void_day ON tie (voided_on) WHERE voided_on < 2932896;

CREATE TABLE consent (
    id         TEXT PRIMARY KEY,
    subject    TEXT NOT NULL,
    guardian   TEXT,
    purpose    TEXT NOT NULL,
    since      INTEGER NOT NULL,
    until      INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    voided_on  INTEGER NOT NULL,
    voided_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX consent_by_subject ON consent (subject, purpose);
CREATE INDEX consent_by_void_day ON consent (voided_on) WHERE voided_on < 2932896;

CREATE TABLE waiver (
    id         TEXT PRIMARY KEY,
    member     TEXT NOT NULL,
    granted_to TEXT NOT NULL,
    since      INTEGER NOT NULL,
    until      INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    voided_on  INTEGER NOT NULL,
    voided_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX waiver_by_member ON waiver (member, granted_to);
CREATE INDEX waiver_by_void_day ON waiver (voided_on) WHERE voided_on < 2932896;

-- Records and stretches are kept in the order in which they came, found by indexes: their ids come in any order, and
-- rows as long as these would have to be moved about.
CREATE TABLE record (
    id          TEXT NOT NULL,
    subject     TEXT NOT NULL,
    scheme      TEXT NOT NULL,
    rule        TEXT NOT NULL,
    edition     INTEGER NOT NULL,
    happened_on INTEGER NOT NULL,
    points      INTEGER NOT NULL,
    state       TEXT NOT NULL,
    due_on      INTEGER,
    -- The positions of the entries that filed and approved it.
    seq          INTEGER NOT NULL,
    approved_seq INTEGER,
    -- All else that is known of it, as JSON.
    whole       TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX record_by_id ON record (id);
CREATE INDEX record_by_subject ON record (subject, happened_on);
CREATE INDEX record_by_state ON record (state, id) WHERE state IN ('filed', 'approved', 'contested');
CREATE INDEX record_by_due_day ON record (due_on, id) WHERE due_on IS NOT NULL;

-- The records that exist for the share relation, in force or not.
CREATE VIEW act AS
SELECT id AS record, subject, scheme, rule, edition, happened_on, points, sign(points) AS sign
FROM record WHERE state <> 'rejected';

-- Stretches of days in which an act counts, on both clocks.
CREATE TABLE force (
    record      TEXT NOT NULL,
    opened_seq  INTEGER NOT NULL,
    subject     TEXT NOT NULL,
    scheme      TEXT NOT NULL,
    rule        TEXT NOT NULL,
    edition     INTEGER NOT NULL,
    happened_on INTEGER NOT NULL,
    points      INTEGER NOT NULL,
    sign        INTEGER NOT NULL,
    grade       TEXT,
    opened_on   INTEGER NOT NULL,
    closed_on   INTEGER NOT NULL,
    closed_seq  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX force_by_record ON force (record, opened_seq);
CREATE INDEX force_by_subject ON force (subject, scheme);
CREATE INDEX force_by_grade ON force (subject, scheme, grade) WHERE grade IS NOT NULL;

CREATE TABLE balance (
    subject TEXT NOT NULL,
    scheme  TEXT NOT NULL,
    route   TEXT NOT NULL,
    sign    INTEGER NOT NULL,
    -- The first day of the cap's period; the number of 0001-01-01 where the route has no cap.
    period  INTEGER NOT NULL,
    amount  INTEGER NOT NULL,
    shares  INTEGER NOT NULL,
    PRIMARY KEY (subject, scheme, route, sign, period)
) STRICT, WITHOUT ROWID;

-- Schemes whose balances and standings are not kept for now, as while a large load is written.
CREATE TABLE unkept (scheme TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE standing (
    scheme  TEXT NOT NULL,
    subject TEXT NOT NULL,
    score   INTEGER NOT NULL,
    grade   TEXT NOT NULL,
    own     INTEGER NOT NULL,
    shared  INTEGER NOT NULL,
    PRIMARY KEY (scheme, subject)
) STRICT, WITHOUT ROWID;
