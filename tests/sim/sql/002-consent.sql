-- The boxes of a form's legal text, with their words.

ALTER TABLE sim_form
  MODIFY COLUMN disclaimers TEXT NULL COMMENT 'JSON array of checkboxes, as the legal content of the node shows them';
