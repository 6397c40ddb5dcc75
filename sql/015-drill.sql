-- Drills that a limit of Meta puts off, and leads of theirs that come before Meta's answer.

ALTER TABLE drill
  MODIFY COLUMN state ENUM('making','waiting','arrived','failed','put_off') NOT NULL DEFAULT 'making';
-- Of two rows of one lead the later ones go.
ALTER IGNORE TABLE test_run
  ADD UNIQUE KEY IF NOT EXISTS one_lead (leadgen_id),
  DROP KEY IF EXISTS leadgen_id;
