-- How far each form is read, so that one that Meta refuses holds no other back.
ALTER TABLE lead_form
  ADD COLUMN IF NOT EXISTS synced_at DATETIME(3) NULL COMMENT 'the latest sync that has read all of its leads began then; NULL = none has';
UPDATE lead_form SET synced_at = (SELECT p.last_sync_at FROM page p WHERE p.id = lead_form.page_id) WHERE id > 0 AND synced_at IS NULL;

-- Nodes of a cluster see that they decide about the same only when both write a row.
ALTER TABLE integration
  ADD COLUMN IF NOT EXISTS n_begun BIGINT NOT NULL DEFAULT 0 COMMENT 'counts who begins or joins a run';
ALTER TABLE sync_run
  ADD COLUMN IF NOT EXISTS n_met BIGINT NOT NULL DEFAULT 0 COMMENT 'counts who joins it or leaves it as it is';
