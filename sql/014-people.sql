-- What else a file gave to leads that were here before, for the way back; what
-- the boxes of a form's legal text say.

ALTER TABLE submission
  ADD COLUMN IF NOT EXISTS gave TEXT NOT NULL DEFAULT '' COMMENT 'what a file''s answer gave a lead that was here, beside filled; a line each: custom ID, person ID WHY-NOBODY-HAD-IT, tag TAG';

ALTER TABLE file_import
  ADD COLUMN IF NOT EXISTS n_left BIGINT NOT NULL DEFAULT 0 COMMENT 'values that an undo left, because somebody changed them since';

ALTER TABLE lead_form
  ADD COLUMN IF NOT EXISTS consents TEXT NOT NULL DEFAULT '' COMMENT 'JSON: [{key, text}], the boxes of its legal text; empty = none, or not read';
