-- Lists of Meta whose cursors go in a circle come to an end.
ALTER TABLE sync_step
  ADD COLUMN IF NOT EXISTS n_moves INT NOT NULL DEFAULT 0 COMMENT 'cursors since it began',
  ADD COLUMN IF NOT EXISTS mark_cursor VARCHAR(500) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'a cursor that it was at before: who meets it again goes in a circle';
