-- Tables whose rows may be long have row ids: in the tree of a table without, long rows lie in the way to others.
CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    stack TEXT NOT NULL,
    parent TEXT,
    parent_step BIGINT,
    -- A run with a key is made once only: a schedule's tick.
    key TEXT UNIQUE,
    status TEXT NOT NULL,
    definition TEXT NOT NULL,
    created_by TEXT NOT NULL,
    state TEXT NOT NULL,
    -- The number of the newest event.
    events BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- When its first step was begun; until then it is queued.
    started_at BIGINT,
    finished_at BIGINT,
    -- It waits for the stack's lock.
    wants_lock BIGINT NOT NULL,
    wake_at BIGINT
);
CREATE INDEX runs_stack ON runs (stack, created_at, id);
CREATE INDEX runs_account ON runs (account, created_at, id);
CREATE INDEX runs_open ON runs (created_at, id) WHERE finished_at IS NULL;
CREATE INDEX runs_queued ON runs (created_at, id) WHERE started_at IS NULL AND finished_at IS NULL;
CREATE INDEX runs_started ON runs (started_at) WHERE started_at IS NOT NULL;
CREATE INDEX runs_wait ON runs (stack, created_at, id) WHERE wants_lock = 1;
CREATE INDEX runs_wake ON runs (wake_at, id) WHERE wake_at IS NOT NULL;
CREATE INDEX runs_parent ON runs (parent, id) WHERE parent IS NOT NULL;

CREATE TABLE run_events (
    position INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    UNIQUE (run, seq)
);

-- What a run has to be told, and (without an event) runs to be looked at.
CREATE TABLE run_inbox (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    event TEXT
);
CREATE INDEX run_inbox_run ON run_inbox (run, id);

-- Attempts that wait for a worker or have one.
CREATE TABLE offers (
    run TEXT NOT NULL,
    step BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    account TEXT NOT NULL,
    -- Account and labels: those with the same text are equal to every worker.
    pool TEXT NOT NULL,
    labels TEXT NOT NULL,
    priority BIGINT NOT NULL,
    offered_at BIGINT NOT NULL,
    worker TEXT,
    lease_until BIGINT,
    -- It was told to stop, and has to until then.
    stop_until BIGINT,
    PRIMARY KEY (run, step)
) WITHOUT ROWID;
CREATE INDEX offers_ready ON offers (pool, priority DESC, offered_at, run) WHERE worker IS NULL;
CREATE INDEX offers_account ON offers (account) WHERE worker IS NOT NULL;
CREATE INDEX offers_lease ON offers (lease_until) WHERE worker IS NOT NULL;

-- When an account was last served, so that each has its turn.
CREATE TABLE account_turns (
    account TEXT PRIMARY KEY,
    turn BIGINT NOT NULL
) WITHOUT ROWID;

-- A stack's lock, its epoch, the end of its journal and its newest state version.
CREATE TABLE stack_heads (
    stack TEXT PRIMARY KEY,
    run TEXT,
    epoch BIGINT NOT NULL,
    journal BIGINT NOT NULL,
    state_version TEXT
) WITHOUT ROWID;

CREATE TABLE state_versions (
    id TEXT PRIMARY KEY,
    stack TEXT NOT NULL,
    number BIGINT NOT NULL,
    digest TEXT NOT NULL,
    lineage TEXT NOT NULL,
    serial BIGINT NOT NULL,
    resources BIGINT NOT NULL,
    run TEXT,
    created_at BIGINT NOT NULL,
    UNIQUE (stack, number)
) WITHOUT ROWID;

CREATE TABLE journal (
    stack TEXT NOT NULL,
    position BIGINT NOT NULL,
    run TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    at BIGINT NOT NULL,
    op TEXT,
    -- An operation is over with it.
    completes BIGINT NOT NULL,
    -- The newest state version holds it.
    folded BIGINT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (stack, position)
);

-- The operations of a plan: open, done or void.
CREATE TABLE operations (
    run TEXT NOT NULL,
    op TEXT NOT NULL,
    stack TEXT NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (run, op)
) WITHOUT ROWID;
CREATE INDEX operations_open ON operations (stack) WHERE status = 'open';

-- Plans that were applied, once each.
CREATE TABLE applies (
    plan TEXT NOT NULL,
    run TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (run, plan)
) WITHOUT ROWID;

-- Writes that came too late.
CREATE TABLE rejections (
    id INTEGER PRIMARY KEY,
    stack TEXT NOT NULL,
    run TEXT NOT NULL,
    step BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    lock_epoch BIGINT NOT NULL,
    at BIGINT NOT NULL,
    what TEXT NOT NULL
);

CREATE TABLE output_heads (
    run TEXT PRIMARY KEY,
    position BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE run_output (
    run TEXT NOT NULL,
    position BIGINT NOT NULL,
    step BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    at BIGINT NOT NULL,
    output TEXT NOT NULL,
    PRIMARY KEY (run, position)
) WITHOUT ROWID;

CREATE TABLE workers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    labels TEXT NOT NULL,
    version TEXT NOT NULL,
    slots BIGINT NOT NULL,
    -- Part of the server's own process: gone with it.
    local BIGINT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX workers_seen ON workers (last_seen);

CREATE TABLE schedules (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    stack TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The cron expression and the name of its time zone.
    cron TEXT NOT NULL,
    zone TEXT NOT NULL,
    definition TEXT NOT NULL,
    paused BIGINT NOT NULL,
    next_at BIGINT,
    last_at BIGINT,
    last_run TEXT,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX schedules_account ON schedules (account, name);
CREATE INDEX schedules_next ON schedules (next_at) WHERE next_at IS NOT NULL;
