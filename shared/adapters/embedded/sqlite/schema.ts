/**
 * Tables of the one-machine database, as migration steps. `user_version` is the number of applied steps; opening a
 * database applies the missing ones. Never edit a released step.
 *
 * Fields that a store queries are columns; everything else is the domain object as JSON in `body`.
 */
export const migrations = [
  `
  CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    company TEXT NOT NULL,
    printer TEXT,
    sequence INTEGER NOT NULL,
    waiting INTEGER NOT NULL,
    due_at INTEGER,
    submitted_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX jobs_waiting ON jobs (company, printer, sequence) WHERE waiting = 1;
  CREATE INDEX jobs_due ON jobs (due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX jobs_by_time ON jobs (company, submitted_at, id);

  CREATE TABLE sequences (
    company TEXT NOT NULL,
    printer TEXT NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (company, printer)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE claims (
    company TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    job_ids TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (company, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX claims_by_expiry ON claims (expires_at);

  CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    staged_octets INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX uploads_open ON uploads (expires_at) WHERE state = 'open';

  CREATE TABLE composed_parts (
    upload TEXT NOT NULL,
    part INTEGER NOT NULL,
    etag TEXT NOT NULL,
    made_of TEXT NOT NULL,
    PRIMARY KEY (upload, part)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE multiparts (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    part_octets INTEGER NOT NULL,
    format TEXT,
    created_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE parts (
    multipart TEXT NOT NULL REFERENCES multiparts ON DELETE CASCADE,
    part INTEGER NOT NULL,
    etag TEXT NOT NULL,
    octets INTEGER NOT NULL,
    beside TEXT,
    PRIMARY KEY (multipart, part)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE companies (
    company TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;

  CREATE TABLE keys (
    digest TEXT PRIMARY KEY,
    company TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX keys_by_company ON keys (company);

  CREATE TABLE locations (
    company TEXT NOT NULL,
    location TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (company, location)
  ) STRICT;

  CREATE TABLE printers (
    company TEXT NOT NULL,
    location TEXT NOT NULL,
    device TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (company, location, device)
  ) STRICT;

  CREATE TABLE relays (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL
  ) STRICT;

  CREATE TABLE enrolment_codes (
    digest TEXT PRIMARY KEY,
    body TEXT NOT NULL
  ) STRICT;

  -- AUTOINCREMENT: an id that was used must not come back, or a late delete would take a newer message
  CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    body TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    visible_at INTEGER NOT NULL,
    first_received_at INTEGER,
    receive_count INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX messages_by_visibility ON messages (queue, visible_at);

  CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    body TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    receive_count INTEGER NOT NULL,
    died_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX dead_letters_by_queue ON dead_letters (queue, id);
  `,
  `
  CREATE TABLE credits (
    company TEXT PRIMARY KEY,
    remaining INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE charges (
    company TEXT NOT NULL,
    job TEXT NOT NULL,
    charged_at INTEGER NOT NULL,
    PRIMARY KEY (company, job)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX charges_by_time ON charges (charged_at);
  `,
  `
  ALTER TABLE multiparts ADD COLUMN pieces_of TEXT;
  `,
  `
  ALTER TABLE uploads ADD COLUMN company TEXT NOT NULL DEFAULT '';
  ALTER TABLE uploads ADD COLUMN reserved_octets INTEGER NOT NULL DEFAULT 0;
  UPDATE uploads SET company = json_extract(body, '$.companyId');
  CREATE INDEX uploads_in_flight ON uploads (company) WHERE state = 'open';
  `,
  `
  DROP INDEX uploads_open;
  DROP INDEX uploads_in_flight;
  CREATE INDEX uploads_under_way ON uploads (expires_at) WHERE state IN ('open', 'closing', 'closed');
  CREATE INDEX uploads_in_flight ON uploads (company) WHERE state IN ('open', 'closing', 'closed');
  `,
  `
  CREATE TABLE small_documents (
    key TEXT NOT NULL UNIQUE,
    bytes BLOB NOT NULL,
    sha256 TEXT NOT NULL,
    format TEXT,
    stored_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX small_documents_by_time ON small_documents (stored_at);
  `,
  `
  ALTER TABLE messages ADD COLUMN in_hand INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE messages ADD COLUMN interruptions INTEGER NOT NULL DEFAULT 0;
  `,
  `
  CREATE INDEX jobs_by_document ON jobs (json_extract(body, '$.document.key'));
  `,
  `
  ALTER TABLE messages ADD COLUMN owner TEXT NOT NULL DEFAULT '';
  CREATE INDEX messages_by_owner ON messages (queue, owner, visible_at, id);
  CREATE INDEX messages_in_hand ON messages (queue, owner) WHERE in_hand = 1;
  `,
  `
  CREATE TABLE newest_jobs (
    company TEXT NOT NULL,
    printer TEXT NOT NULL,
    key TEXT NOT NULL,
    job TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    older TEXT,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (company, printer, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX newest_jobs_by_time ON newest_jobs (recorded_at);
  `,
  `
  CREATE TABLE events (
    company TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    place TEXT,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (company, sequence)
  ) STRICT, WITHOUT ROWID;

  -- what the last event of a printer or location showed, and when a newer state is due
  CREATE TABLE announced (
    company TEXT NOT NULL,
    place TEXT NOT NULL,
    value TEXT NOT NULL,
    at INTEGER NOT NULL,
    due_at INTEGER,
    PRIMARY KEY (company, place)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX announced_due ON announced (due_at) WHERE due_at IS NOT NULL;
  `,
  `
  CREATE TABLE webhooks (
    company TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (company, id)
  ) STRICT;

  CREATE TABLE webhook_health (
    webhook TEXT PRIMARY KEY,
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE deliveries (
    webhook TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    company TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    first_tried_at INTEGER,
    -- missing when all tries failed
    due_at INTEGER,
    replay TEXT,
    PRIMARY KEY (webhook, sequence)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX deliveries_due ON deliveries (webhook, due_at) WHERE due_at IS NOT NULL;

  CREATE TABLE tries (
    id INTEGER PRIMARY KEY,
    webhook TEXT NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX tries_by_webhook ON tries (webhook, id);

  CREATE TABLE replays (
    webhook TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (webhook, id)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- the quota jobsPerDay; one row a company, of the last day that had jobs
  CREATE TABLE jobs_of_day (
    company TEXT PRIMARY KEY,
    day INTEGER NOT NULL,
    jobs INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE key_uses (
    digest TEXT PRIMARY KEY,
    used_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];

/** Must match the index literally, or SQLite does not use it [sqlite.org, Indexes On Expressions]. */
export const documentOfJob = "json_extract(body, '$.document.key')";

/**
 * Active uploads. Must match the partial indexes literally, or SQLite does not use them [sqlite.org, Partial Indexes].
 */
export const underWay = "state IN ('open', 'closing', 'closed')";
