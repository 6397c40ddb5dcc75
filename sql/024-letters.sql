-- A letter that tells of several leads says of each what its own answer was.
ALTER TABLE lead_news
  ADD COLUMN IF NOT EXISTS submission_id BIGINT NULL COMMENT 'the answer that brought it; NULL = a person gave the lead, or from before this column';
