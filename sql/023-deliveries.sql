-- Leads of one page, newest first: what is looked for in Deliveries.
ALTER TABLE job
  ADD KEY IF NOT EXISTS of_page (page_meta_id, received_at);
