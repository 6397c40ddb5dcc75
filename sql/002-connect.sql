-- Connecting through the browser: Facebook logins, drafts of a connection,
-- open troubles, syncs, test leads, mails.

ALTER TABLE integration
  DROP COLUMN IF EXISTS status,
  DROP COLUMN IF EXISTS reason,
  DROP COLUMN IF EXISTS reason_words,
  ADD COLUMN IF NOT EXISTS last_sync_at DATETIME(3) NULL COMMENT 'end of the latest complete sync',
  ADD COLUMN IF NOT EXISTS checked_at   DATETIME(3) NULL COMMENT 'latest health check',
  ADD COLUMN IF NOT EXISTS deleted_at   DATETIME(3) NULL COMMENT 'the row stays: leads name it';

ALTER TABLE integration_owner
  ADD COLUMN IF NOT EXISTS name       VARCHAR(255)  NOT NULL DEFAULT '' COMMENT 'of the person at Facebook',
  ADD COLUMN IF NOT EXISTS scopes     VARCHAR(2000) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'granted permissions, comma list',
  ADD COLUMN IF NOT EXISTS checked_at DATETIME(3)   NULL COMMENT 'latest answer of debug_token',
  ADD COLUMN IF NOT EXISTS warned_days INT          NOT NULL DEFAULT 0 COMMENT 'days left that the latest mail told; 0 = none yet';

ALTER TABLE page
  ADD COLUMN IF NOT EXISTS owner_id     BIGINT      NULL COMMENT 'whose login the token comes from',
  ADD COLUMN IF NOT EXISTS n_leads      BIGINT      NOT NULL DEFAULT 0 COMMENT 'submissions stored, kept by the import',
  ADD COLUMN IF NOT EXISTS last_lead_at DATETIME(3) NULL COMMENT 'when the latest of them was stored',
  ADD COLUMN IF NOT EXISTS last_sync_at DATETIME(3) NULL COMMENT 'end of its latest complete sync',
  ADD COLUMN IF NOT EXISTS checked_at   DATETIME(3) NULL COMMENT 'latest look at its subscription and rights';

ALTER TABLE lead_form
  ADD COLUMN IF NOT EXISTS leads_count BIGINT  NOT NULL DEFAULT 0 COMMENT 'as Meta counts',
  ADD COLUMN IF NOT EXISTS is_left_out BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'its leads are not wanted';

ALTER TABLE submission
  ADD COLUMN IF NOT EXISTS way ENUM('webhook','sync','history') NOT NULL DEFAULT 'webhook' COMMENT 'how it came',
  ADD KEY IF NOT EXISTS of_integration (integration_id, imported_at);

-- Jobs of further kinds; leads are claimed apart from them.
ALTER TABLE job
  MODIFY COLUMN kind ENUM('lead','draft','sync','health','mail') NOT NULL,
  MODIFY COLUMN subject VARCHAR(64) CHARACTER SET ascii NOT NULL COMMENT 'leadgen id, or the id of a row',
  ADD KEY IF NOT EXISTS state_kind_run (state, kind, run_at),
  DROP KEY IF EXISTS state_run;

CREATE TABLE IF NOT EXISTS connect_draft (
  id               BIGINT       NOT NULL AUTO_INCREMENT,
  user_id          BIGINT       NOT NULL COMMENT 'whose draft it is',
  session_id       BIGINT       NULL COMMENT 'the browser that went to Facebook',
  integration_id   BIGINT       NULL COMMENT 'of a reconnect; NULL = a new integration',
  name             VARCHAR(120) NOT NULL,
  description      VARCHAR(500) NOT NULL DEFAULT '',
  strategy         ENUM('unassigned','user','round_robin') NOT NULL DEFAULT 'unassigned',
  assignee_id      BIGINT       NULL,
  state_hash       CHAR(64)     CHARACTER SET ascii NULL COMMENT 'SHA-256 of the state that Facebook brings back; NULL = used',
  state_ends_at    DATETIME(3)  NULL,
  step             ENUM('facebook','listing','choosing','connecting','done') NOT NULL DEFAULT 'facebook',
  reason           VARCHAR(64)  CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'what went wrong last, a code of the reasons',
  detail           VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'what its sentence names',
  meta_user_id     VARCHAR(32)  CHARACTER SET ascii NOT NULL DEFAULT '',
  meta_name        VARCHAR(255) NOT NULL DEFAULT '',
  kind             ENUM('user','system_user') NOT NULL DEFAULT 'user',
  token_sealed     TEXT         CHARACTER SET ascii NULL,
  expires_at       DATETIME(3)  NULL COMMENT 'of the token; NULL = never',
  data_expires_at  DATETIME(3)  NULL,
  scopes           VARCHAR(2000) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'granted permissions',
  instead          BOOLEAN      NOT NULL DEFAULT FALSE COMMENT 'of a reconnect by another person: instead of the logins before',
  history          BOOLEAN      NOT NULL DEFAULT FALSE COMMENT 'also import the last 90 days',
  sync_run_id      BIGINT       NULL COMMENT 'started at its end',
  created_at       DATETIME(3)  NOT NULL,
  changed_at       DATETIME(3)  NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY state_hash (state_hash),
  KEY user_id (user_id),
  KEY changed_at (changed_at),
  CONSTRAINT connect_draft_user FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='connections in the making, kept for a day';

CREATE TABLE IF NOT EXISTS draft_page (
  draft_id     BIGINT       NOT NULL,
  meta_id      VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  name         VARCHAR(255) NOT NULL,
  token_sealed TEXT         CHARACTER SET ascii NULL COMMENT 'NULL = Meta gave none',
  tasks        VARCHAR(500) CHARACTER SET ascii NOT NULL DEFAULT '',
  of_portfolio BOOLEAN      NOT NULL DEFAULT FALSE COMMENT 'found through a business portfolio',
  n_forms      INT          NOT NULL DEFAULT 0 COMMENT 'active ones',
  n_leads      BIGINT       NOT NULL DEFAULT 0 COMMENT 'at Meta, of all forms',
  forms        MEDIUMTEXT   NOT NULL DEFAULT '' COMMENT 'JSON: [{id, name, status, leads}]',
  reason       VARCHAR(64)  CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'what it lacks, a code of the reasons; empty = ready',
  detail       VARCHAR(255) NOT NULL DEFAULT '',
  is_chosen    BOOLEAN      NOT NULL DEFAULT FALSE,
  result       ENUM('','connected','failed') NOT NULL DEFAULT '',
  PRIMARY KEY (draft_id, meta_id),
  CONSTRAINT draft_page_of FOREIGN KEY (draft_id) REFERENCES connect_draft (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='pages that a login shared';

CREATE TABLE IF NOT EXISTS draft_left_out (
  draft_id BIGINT      NOT NULL,
  form_id  VARCHAR(32) CHARACTER SET ascii NOT NULL COMMENT 'Meta id of a form whose leads are not wanted',
  PRIMARY KEY (draft_id, form_id),
  CONSTRAINT draft_left_out_of FOREIGN KEY (draft_id) REFERENCES connect_draft (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='forms that were unticked';

CREATE TABLE IF NOT EXISTS trouble (
  scope          ENUM('app','owner','integration','page','form') NOT NULL,
  subject_id     BIGINT       NOT NULL COMMENT 'row of the scope; 0 with app',
  reason         VARCHAR(64)  CHARACTER SET ascii NOT NULL COMMENT 'a code of the reasons',
  integration_id BIGINT       NULL COMMENT 'whose card shows it; NULL with app',
  detail         VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'what the sentence names: permission, host, question',
  code           BIGINT       NOT NULL DEFAULT 0 COMMENT 'Meta''s',
  subcode        BIGINT       NOT NULL DEFAULT 0,
  since          DATETIME(3)  NOT NULL,
  seen_at        DATETIME(3)  NOT NULL COMMENT 'met again, latest',
  until          DATETIME(3)  NULL COMMENT 'ends by itself then',
  mailed_at      DATETIME(3)  NULL COMMENT 'admins were told',
  PRIMARY KEY (scope, subject_id, reason),
  KEY integration_id (integration_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='what is wrong now; a row goes when its cause is gone';

CREATE TABLE IF NOT EXISTS sync_run (
  id             BIGINT      NOT NULL AUTO_INCREMENT,
  integration_id BIGINT      NOT NULL,
  way            ENUM('sync','history') NOT NULL DEFAULT 'sync',
  since          DATETIME(3) NULL COMMENT 'leads submitted before are not asked for; NULL = from what is stored',
  state          ENUM('running','done','stopped','failed') NOT NULL DEFAULT 'running',
  stop_asked     BOOLEAN     NOT NULL DEFAULT FALSE,
  n_pages        INT         NOT NULL DEFAULT 0,
  n_forms        INT         NOT NULL DEFAULT 0 COMMENT 'known so far',
  forms_done     INT         NOT NULL DEFAULT 0,
  n_expected     BIGINT      NOT NULL DEFAULT 0 COMMENT 'leads at Meta in these forms, an upper bound',
  n_read         BIGINT      NOT NULL DEFAULT 0,
  n_new          BIGINT      NOT NULL DEFAULT 0,
  n_joined       BIGINT      NOT NULL DEFAULT 0,
  n_known        BIGINT      NOT NULL DEFAULT 0 COMMENT 'were here already',
  n_failed       BIGINT      NOT NULL DEFAULT 0,
  reason         VARCHAR(64) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'the worst that was met',
  words          VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'the form or page at work',
  waits_until    DATETIME(3) NULL COMMENT 'Meta asked for a pause',
  asked_by       BIGINT      NULL COMMENT 'NULL = by itself',
  started_at     DATETIME(3) NOT NULL,
  ended_at       DATETIME(3) NULL,
  PRIMARY KEY (id),
  KEY integration_id (integration_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='forms read from Meta, with progress';

CREATE TABLE IF NOT EXISTS sync_step (
  run_id       BIGINT       NOT NULL,
  page_meta_id VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  form_meta_id VARCHAR(32)  CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'empty = list the forms of the page',
  state        ENUM('ready','done','failed') NOT NULL DEFAULT 'ready',
  page_size    INT          NOT NULL DEFAULT 100 COMMENT 'halved when Meta finds it too much',
  next_cursor  VARCHAR(500) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'where the next call goes on',
  reason       VARCHAR(64)  CHARACTER SET ascii NOT NULL DEFAULT '',
  PRIMARY KEY (run_id, page_meta_id, form_meta_id),
  CONSTRAINT sync_step_of FOREIGN KEY (run_id) REFERENCES sync_run (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='what a sync has to do, and how far it is';

CREATE TABLE IF NOT EXISTS test_run (
  id             BIGINT      NOT NULL AUTO_INCREMENT,
  integration_id BIGINT      NOT NULL,
  page_meta_id   VARCHAR(32) CHARACTER SET ascii NOT NULL,
  form_meta_id   VARCHAR(32) CHARACTER SET ascii NOT NULL,
  leadgen_id     VARCHAR(32) CHARACTER SET ascii NOT NULL,
  asked_at       DATETIME(3) NOT NULL,
  created_at     DATETIME(3) NOT NULL COMMENT 'Meta answered that it is made',
  asked_by       BIGINT      NULL,
  PRIMARY KEY (id),
  KEY integration_id (integration_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='test leads made from here';

CREATE TABLE IF NOT EXISTS mail (
  id         BIGINT       NOT NULL AUTO_INCREMENT,
  address    VARCHAR(254) NOT NULL,
  subject    VARCHAR(255) NOT NULL,
  body       TEXT         NOT NULL COMMENT 'plain text',
  created_at DATETIME(3)  NOT NULL,
  sent_at    DATETIME(3)  NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='letters; a job each carries them out';

CREATE TABLE IF NOT EXISTS deletion_request (
  id           BIGINT      NOT NULL AUTO_INCREMENT,
  code         VARCHAR(32) CHARACTER SET ascii NOT NULL COMMENT 'shown to the person who asked',
  meta_user_id VARCHAR(32) CHARACTER SET ascii NULL COMMENT 'NULL once it is done',
  asked_at     DATETIME(3) NOT NULL,
  done_at      DATETIME(3) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY code (code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='Facebook users who want their login data gone';
