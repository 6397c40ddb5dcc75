-- The ledger counts and sums a form's submissions from one key, and reads no row.
-- Its former key was never made: another had its name (of_form, which stays).

ALTER TABLE submission
  ADD KEY IF NOT EXISTS ledger (form_meta_id, submitted_at, imported_at, is_test, is_joined, leadgen_id, lead_id);
