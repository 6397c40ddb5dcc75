-- What Meta sent, as people look through it; own fields in a merge.

ALTER TABLE lead_merge_part
  MODIFY COLUMN kind ENUM('submission','event','tag','email','phone','custom','custom_was') NOT NULL,
  ADD COLUMN IF NOT EXISTS was TEXT NOT NULL DEFAULT '' COMMENT 'of custom_was: what the field held';

ALTER TABLE job
  ADD KEY IF NOT EXISTS of_receipt (receipt_id);

ALTER TABLE file_import
  ADD COLUMN IF NOT EXISTS is_put_away BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'the file, its samples and its refused rows are gone';
