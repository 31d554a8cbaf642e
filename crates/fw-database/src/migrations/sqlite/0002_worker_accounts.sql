-- The account whose steps a worker does; all if there is none.
ALTER TABLE workers ADD COLUMN account TEXT;
