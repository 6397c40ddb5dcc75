-- What else a file gave to leads that were here before, for the way back.

ALTER TABLE submission
  ADD COLUMN IF NOT EXISTS gave TEXT NOT NULL DEFAULT '' COMMENT 'what a file''s answer gave a lead that was here, beside filled; a line each: custom ID, person ID WHY-NOBODY-HAD-IT, tag TAG';

ALTER TABLE file_import
  ADD COLUMN IF NOT EXISTS n_left BIGINT NOT NULL DEFAULT 0 COMMENT 'values that an undo left, because somebody changed them since';
