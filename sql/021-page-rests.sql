-- A page that Meta holds back waits by itself, and its run goes on with others.
ALTER TABLE sync_step
  ADD COLUMN IF NOT EXISTS waits_until DATETIME(3) NULL COMMENT 'not asked before: Meta holds its page back, or a call failed',
  ADD COLUMN IF NOT EXISTS n_again INT NOT NULL DEFAULT 0 COMMENT 'how often it began again, since Meta had forgotten its cursor',
  ADD COLUMN IF NOT EXISTS n_tries INT NOT NULL DEFAULT 0 COMMENT 'calls that failed since one was answered';
ALTER TABLE sync_run
  ADD KEY IF NOT EXISTS at_work (integration_id, state);

-- Each page is due by itself.
ALTER TABLE page
  ADD COLUMN IF NOT EXISTS asked_at DATETIME(3) NULL COMMENT 'a sync that reads all of its forms was last answered or refused one; NULL = never';
UPDATE page SET asked_at = last_sync_at WHERE id > 0 AND asked_at IS NULL;
