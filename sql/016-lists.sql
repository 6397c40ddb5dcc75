-- Lists ask of each lead whether it is a test: the row says it by itself.

ALTER TABLE lead_facet
  ADD COLUMN IF NOT EXISTS is_test BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'the lead''s';

INSERT INTO lead_facet (kind, value, at, lead_id, worked_at, is_test)
  SELECT g.kind, g.value, g.at, g.lead_id, g.worked_at, TRUE FROM lead_facet t JOIN lead_facet g ON g.lead_id = t.lead_id
  WHERE t.kind = 'all' AND t.value = 'test'
  ON DUPLICATE KEY UPDATE is_test = TRUE;
