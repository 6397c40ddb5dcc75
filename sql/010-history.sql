-- History: forms that were chosen, as many days as wanted, paused and resumed.

ALTER TABLE sync_run
  MODIFY COLUMN state ENUM('running','done','stopped','failed','paused') NOT NULL DEFAULT 'running',
  ADD COLUMN IF NOT EXISTS is_chosen     BOOLEAN     NOT NULL DEFAULT FALSE COMMENT 'reads only forms that were chosen',
  ADD COLUMN IF NOT EXISTS is_shared_out BOOLEAN     NOT NULL DEFAULT FALSE COMMENT 'of history: its leads are assigned by the rule',
  ADD COLUMN IF NOT EXISTS paused_at     DATETIME(3) NULL COMMENT 'when the latest pause began; NULL = it is at work',
  ADD COLUMN IF NOT EXISTS paused_ms     BIGINT      NOT NULL DEFAULT 0 COMMENT 'of pauses that are over';
