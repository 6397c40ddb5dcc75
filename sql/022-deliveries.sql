-- Leads of one page, newest first: what is looked for in Deliveries.
ALTER TABLE job
  ADD KEY IF NOT EXISTS of_page (page_meta_id, received_at);

-- Wrong signatures in a row: the app secret is not the one at Meta.
CREATE TABLE IF NOT EXISTS refused_streak (
  id      TINYINT     NOT NULL COMMENT 'always 1',
  n       BIGINT      NOT NULL COMMENT 'wrong signatures without one that held between them',
  since   DATETIME(3) NOT NULL COMMENT 'the first of them',
  last_at DATETIME(3) NOT NULL COMMENT 'the last; a receipt after it ends them',
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='deliveries refused since the last good one';
