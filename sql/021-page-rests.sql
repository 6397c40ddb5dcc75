-- A page that Meta holds back waits by itself, and its run goes on with others.
ALTER TABLE sync_step
  ADD COLUMN IF NOT EXISTS waits_until DATETIME(3) NULL COMMENT 'Meta holds its page back; NULL = not since it last answered',
  ADD COLUMN IF NOT EXISTS n_again INT NOT NULL DEFAULT 0 COMMENT 'how often it began again, since Meta had forgotten its cursor';
