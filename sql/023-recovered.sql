-- Answers that came in late are told from new ones, in tags and letters alike.
ALTER TABLE submission
  ADD COLUMN IF NOT EXISTS is_recovered BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'came in long after it was submitted';
