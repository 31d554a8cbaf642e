//! State storage: files, locks, backups, journal.
