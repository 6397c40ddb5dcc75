-- The ledger's beginning, exactly; and reading a form from there on.

ALTER TABLE lead_form
  ADD COLUMN IF NOT EXISTS base_submission_id BIGINT NOT NULL DEFAULT 0 COMMENT 'the latest when base_count was taken: those up to it are in it',
  ADD COLUMN IF NOT EXISTS fetched_at DATETIME(3) NULL COMMENT 'its list at Meta was read from base_at on to the end, since Meta''s number last grew',
  ADD COLUMN IF NOT EXISTS accepted_count BIGINT NOT NULL DEFAULT 0 COMMENT 'of those that Meta counts: somebody accepted that they are missing';
ALTER TABLE sync_step
  ADD COLUMN IF NOT EXISTS since DATETIME(3) NULL COMMENT 'asked for from then on; NULL = as the run says';

-- Once an hour, whichever worker comes first.
CREATE TABLE IF NOT EXISTS house (
  one     TINYINT     NOT NULL COMMENT 'always 1',
  kept_at DATETIME(3) NOT NULL COMMENT 'what is old was thrown away, and the ledger looked at',
  PRIMARY KEY (one)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='housekeeping of all workers';
INSERT IGNORE INTO house (one, kept_at) VALUES (1, '2000-01-01');
