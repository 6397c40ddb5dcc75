-- How much of Meta's limits is used up, and until when nothing is asked: one
-- row for each app, page and token, seen by all workers and kept over restarts.

CREATE TABLE IF NOT EXISTS throttle (
  scope   ENUM('app','page','token') NOT NULL,
  subject VARCHAR(64) CHARACTER SET ascii NOT NULL COMMENT 'page: Meta''s id; token: its SHA-256; app: empty',
  percent INT         NOT NULL COMMENT 'of the limit, as Meta said last; 100 and more = blocked',
  until   DATETIME(3) NULL COMMENT 'nothing is asked before; NULL = go on',
  seen_at DATETIME(3) NOT NULL,
  PRIMARY KEY (scope, subject),
  KEY seen_at (seen_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='limits of the Graph API';
