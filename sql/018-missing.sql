-- What the ledger's last look found, for pages that must not count every lead.

ALTER TABLE lead_form
  ADD COLUMN IF NOT EXISTS missing_count BIGINT NOT NULL DEFAULT 0 COMMENT 'at Meta, and neither here nor accepted, when the ledger last looked';
