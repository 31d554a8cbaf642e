CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    -- SHA-256 of the secret.
    hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    used_at BIGINT,
    revoked_at BIGINT
) WITHOUT ROWID;
CREATE INDEX tokens_account ON tokens (account, created_at);

CREATE TABLE stacks (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- The name, where there may be only one with it; nothing for deployments.
    unique_name TEXT,
    input TEXT,
    options TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT,
    UNIQUE (account, unique_name)
) WITHOUT ROWID;
CREATE INDEX stacks_account ON stacks (account, created_at, id);

CREATE TABLE client_locks (
    stack TEXT PRIMARY KEY REFERENCES stacks (id),
    id TEXT NOT NULL,
    info TEXT NOT NULL,
    since BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE idempotency (
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    -- What ids of things made for this request come from.
    seed TEXT NOT NULL,
    status BIGINT,
    content_type TEXT,
    body BLOB,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account, name)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    events TEXT NOT NULL,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX webhooks_account ON webhooks (account, created_at);

CREATE TABLE webhook_deliveries (
    id TEXT PRIMARY KEY,
    webhook TEXT NOT NULL REFERENCES webhooks (id),
    event TEXT NOT NULL,
    payload TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    done_at BIGINT,
    last_result TEXT
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE done_at IS NULL;
CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook);

-- How far something that follows the log of all runs has come.
CREATE TABLE followers (
    name TEXT PRIMARY KEY,
    position BIGINT NOT NULL
) WITHOUT ROWID;
