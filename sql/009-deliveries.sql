-- What Meta sent, as people look through it.

ALTER TABLE job
  ADD KEY IF NOT EXISTS of_receipt (receipt_id);
