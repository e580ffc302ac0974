-- A pseudonymous copy for analysts, layout 1: a graph with standings. It is no store: it has no journal, and trustnet
-- neither serves it nor writes to it. Ids are pseudonyms of this copy alone. Days are written as 2026-03-01, an end that
-- is open is NULL, and points are millionths of a point. Every table is in the order of its ids, and tells no other.

-- The day at whose end everybody stands.
CREATE TABLE copied (day TEXT NOT NULL) STRICT;

CREATE TABLE subject (
    id    TEXT PRIMARY KEY,
    kind  TEXT NOT NULL,
    -- Of persons: 1 for who is known to be an adult. Of others there are no records and no standings.
    adult INTEGER,
    since TEXT,
    until TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE tie (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    source     TEXT NOT NULL,
    target     TEXT NOT NULL,
    since      TEXT NOT NULL,
    until      TEXT,
    voided_on  TEXT,
    -- Amounts in millionths and percentages in hundredths of a percent, as JSON.
    attributes TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tie_by_source ON tie (source, kind);
CREATE INDEX tie_by_target ON tie (target, kind);

CREATE TABLE consent (
    id        TEXT PRIMARY KEY,
    subject   TEXT NOT NULL,
    guardian  TEXT,
    purpose   TEXT NOT NULL,
    since     TEXT NOT NULL,
    until     TEXT,
    voided_on TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE waiver (
    id         TEXT PRIMARY KEY,
    member     TEXT NOT NULL,
    granted_to TEXT NOT NULL,
    since      TEXT NOT NULL,
    until      TEXT,
    voided_on  TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE record (
    id          TEXT PRIMARY KEY,
    subject     TEXT NOT NULL,
    scheme      TEXT NOT NULL,
    rule        TEXT NOT NULL,
    edition     INTEGER NOT NULL,
    happened_on TEXT NOT NULL,
    points      INTEGER NOT NULL,
    grade       TEXT,
    state       TEXT NOT NULL,
    filer       TEXT NOT NULL,
    filed_on    TEXT NOT NULL,
    approver    TEXT,
    approved_on TEXT,
    force_on    TEXT,
    valid_until TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX record_by_subject ON record (subject);

-- What the records in force give to others than the one who acted.
CREATE TABLE share (
    record  TEXT NOT NULL,
    subject TEXT NOT NULL,
    route   TEXT NOT NULL,
    amount  INTEGER NOT NULL,
    PRIMARY KEY (record, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX share_by_subject ON share (subject);

CREATE TABLE standing (
    scheme  TEXT NOT NULL,
    subject TEXT NOT NULL,
    score   INTEGER NOT NULL,
    grade   TEXT NOT NULL,
    own     INTEGER NOT NULL,
    shared  INTEGER NOT NULL,
    PRIMARY KEY (scheme, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX standing_by_subject ON standing (subject);
