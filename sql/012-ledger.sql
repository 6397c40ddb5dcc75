-- The ledger: what Meta counts of each form, beside what is here.

ALTER TABLE lead_form
  ADD COLUMN IF NOT EXISTS counted       BIGINT      NOT NULL DEFAULT 0 COMMENT 'leads that Meta counted at counted_at, all that ever were',
  ADD COLUMN IF NOT EXISTS counted_at    DATETIME(3) NULL COMMENT 'NULL = not asked yet',
  ADD COLUMN IF NOT EXISTS expired_count BIGINT      NOT NULL DEFAULT 0 COMMENT 'of these, older than Meta keeps them',
  ADD COLUMN IF NOT EXISTS base_count    BIGINT      NOT NULL DEFAULT 0 COMMENT 'counted when the form was first asked for: leads before the ledger',
  ADD COLUMN IF NOT EXISTS base_at       DATETIME(3) NULL COMMENT 'when that was';

ALTER TABLE submission
  ADD KEY IF NOT EXISTS of_form (form_meta_id, submitted_at, is_test, leadgen_id, lead_id);

ALTER TABLE job
  ADD KEY IF NOT EXISTS received (kind, received_at, form_meta_id, state, reason),
  ADD KEY IF NOT EXISTS of_form (form_meta_id, state, reason, submitted_at);
