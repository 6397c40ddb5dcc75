-- The first schema: people, connection to Meta, the inbox, leads.
-- All times are UTC.  Meta's ids are ASCII text, never numbers.

CREATE TABLE IF NOT EXISTS app_user (
  id            BIGINT       NOT NULL AUTO_INCREMENT,
  email         VARCHAR(254) NOT NULL COMMENT 'login, normal form: lower case, trimmed',
  name          VARCHAR(120) NOT NULL,
  role          ENUM('member','moderator','admin','superadmin') NOT NULL DEFAULT 'member',
  manages_leads BOOLEAN      NOT NULL DEFAULT FALSE COMMENT 'Lead Management: may be given leads and sees all',
  is_active     BOOLEAN      NOT NULL DEFAULT TRUE,
  password_hash VARCHAR(200) NOT NULL COMMENT 'argon2id, PHC string',
  time_zone     VARCHAR(64)  NOT NULL DEFAULT '' COMMENT 'tz database name; empty = the site''s',
  theme         ENUM('','light','dark') NOT NULL DEFAULT '' COMMENT 'empty = as the device',
  created_at    DATETIME(3)  NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY email (email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='people who log in';

CREATE TABLE IF NOT EXISTS login_session (
  id             BIGINT      NOT NULL AUTO_INCREMENT,
  token_hash     CHAR(64)    CHARACTER SET ascii NOT NULL COMMENT 'SHA-256 of the cookie''s token',
  user_id        BIGINT      NOT NULL,
  created_at     DATETIME(3) NOT NULL COMMENT 'absolute end counts from here',
  seen_at        DATETIME(3) NOT NULL COMMENT 'end by rest counts from here; kept to the minute',
  address        VARCHAR(45) CHARACTER SET ascii NOT NULL,
  agent          VARCHAR(200) NOT NULL COMMENT 'User-Agent, shortened',
  flash          VARCHAR(500) NULL COMMENT 'words for the next page',
  flash_is_error BOOLEAN     NOT NULL DEFAULT FALSE,
  PRIMARY KEY (id),
  UNIQUE KEY token_hash (token_hash),
  KEY user_id (user_id),
  CONSTRAINT login_session_user FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='browsers that are logged in';

CREATE TABLE IF NOT EXISTS login_attempt (
  id         BIGINT      NOT NULL AUTO_INCREMENT,
  email_hash CHAR(64)    CHARACTER SET ascii NOT NULL COMMENT 'SHA-256 of the normal form: also unknown addresses are counted',
  address    VARCHAR(45) CHARACTER SET ascii NOT NULL,
  at         DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  KEY address_at (address, at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='failed logins of the last hour';

CREATE TABLE IF NOT EXISTS one_time_link (
  id         BIGINT      NOT NULL AUTO_INCREMENT,
  purpose    ENUM('setup') NOT NULL,
  token_hash CHAR(64)    CHARACTER SET ascii NOT NULL,
  expires_at DATETIME(3) NOT NULL,
  used_at    DATETIME(3) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY token_hash (token_hash)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='links that work once; only their hash is kept';

CREATE TABLE IF NOT EXISTS setting (
  name   VARCHAR(64) CHARACTER SET ascii NOT NULL,
  value  TEXT        NOT NULL COMMENT 'sealed where the name ends in .sealed',
  set_at DATETIME(3) NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='what the platform page sets';

CREATE TABLE IF NOT EXISTS integration (
  id             BIGINT       NOT NULL AUTO_INCREMENT,
  name           VARCHAR(120) NOT NULL,
  description    VARCHAR(500) NOT NULL DEFAULT '',
  strategy       ENUM('unassigned','user','round_robin') NOT NULL DEFAULT 'unassigned',
  assignee_id    BIGINT       NULL COMMENT 'of strategy user',
  last_turn_id   BIGINT       NOT NULL DEFAULT 0 COMMENT 'rotation pointer: the user who had the latest turn',
  status         ENUM('active','error') NOT NULL DEFAULT 'active',
  reason         VARCHAR(64)  CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'reason code while in error',
  reason_words   VARCHAR(255) NOT NULL DEFAULT '',
  created_at     DATETIME(3)  NOT NULL,
  created_by     BIGINT       NULL,
  PRIMARY KEY (id),
  KEY assignee_id (assignee_id),
  CONSTRAINT integration_assignee FOREIGN KEY (assignee_id) REFERENCES app_user (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='connections to Meta accounts';

CREATE TABLE IF NOT EXISTS integration_owner (
  id              BIGINT      NOT NULL AUTO_INCREMENT,
  integration_id  BIGINT      NOT NULL,
  meta_user_id    VARCHAR(32) CHARACTER SET ascii NOT NULL,
  kind            ENUM('user','system_user') NOT NULL,
  token_sealed    TEXT        CHARACTER SET ascii NOT NULL,
  expires_at      DATETIME(3) NULL COMMENT 'NULL = never',
  data_expires_at DATETIME(3) NULL COMMENT 'end of data access; NULL = does not apply',
  connected_at    DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY of_user (integration_id, meta_user_id),
  CONSTRAINT integration_owner_of FOREIGN KEY (integration_id) REFERENCES integration (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='Meta users whose tokens serve an integration';

CREATE TABLE IF NOT EXISTS page (
  id             BIGINT       NOT NULL AUTO_INCREMENT,
  meta_id        VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  integration_id BIGINT       NOT NULL,
  name           VARCHAR(255) NOT NULL,
  token_sealed   TEXT         CHARACTER SET ascii NOT NULL,
  tasks          VARCHAR(500) CHARACTER SET ascii NOT NULL DEFAULT '',
  subscribed_at  DATETIME(3)  NULL COMMENT 'NULL = not subscribed to leadgen',
  connected_at   DATETIME(3)  NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY meta_id (meta_id) COMMENT 'a page belongs to one integration',
  KEY integration_id (integration_id),
  CONSTRAINT page_integration FOREIGN KEY (integration_id) REFERENCES integration (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='connected Facebook pages';

CREATE TABLE IF NOT EXISTS lead_form (
  id         BIGINT       NOT NULL AUTO_INCREMENT,
  meta_id    VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  page_id    BIGINT       NOT NULL,
  name       VARCHAR(255) NOT NULL,
  status     VARCHAR(32)  CHARACTER SET ascii NOT NULL DEFAULT '',
  locale     VARCHAR(16)  CHARACTER SET ascii NOT NULL DEFAULT '',
  questions  MEDIUMTEXT   NOT NULL COMMENT 'JSON array as Meta gives it',
  read_at    DATETIME(3)  NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY meta_id (meta_id),
  KEY page_id (page_id),
  CONSTRAINT lead_form_page FOREIGN KEY (page_id) REFERENCES page (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='lead forms of connected pages';

CREATE TABLE IF NOT EXISTS receipt (
  id          BIGINT      NOT NULL AUTO_INCREMENT,
  received_at DATETIME(3) NOT NULL,
  verdict     ENUM('good','escaped') NOT NULL COMMENT 'how the signature held',
  body        LONGBLOB    NOT NULL COMMENT 'the raw bytes, as signed',
  state       ENUM('new','opened','refused') NOT NULL DEFAULT 'new',
  opened_at   DATETIME(3) NULL,
  n_leads     INT         NOT NULL DEFAULT 0 COMMENT 'updates that name a lead',
  n_tests     INT         NOT NULL DEFAULT 0 COMMENT 'of the dashboard''s Test button',
  n_other     INT         NOT NULL DEFAULT 0 COMMENT 'updates of other kinds, recorded only',
  PRIMARY KEY (id),
  KEY state_id (state, id),
  KEY received_at (received_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='what Meta posted, before anyone looked inside';

CREATE TABLE IF NOT EXISTS refused_delivery (
  day     DATE        NOT NULL,
  reason  ENUM('missing','wrong') NOT NULL,
  n       BIGINT      NOT NULL,
  last_at DATETIME(3) NOT NULL,
  PRIMARY KEY (day, reason)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='bad signatures as counts; their bodies are not kept';

CREATE TABLE IF NOT EXISTS job (
  id          BIGINT      NOT NULL AUTO_INCREMENT,
  kind        ENUM('lead') NOT NULL,
  subject     VARCHAR(64) CHARACTER SET ascii NOT NULL COMMENT 'leadgen id',
  page_meta_id VARCHAR(32) CHARACTER SET ascii NULL,
  form_meta_id VARCHAR(32) CHARACTER SET ascii NULL,
  receipt_id  BIGINT      NULL COMMENT 'the first receipt that named it',
  received_at DATETIME(3) NOT NULL COMMENT 'when that receipt came',
  submitted_at DATETIME(3) NULL COMMENT 'created_time of the webhook',
  state       ENUM('ready','running','done','parked','dead') NOT NULL DEFAULT 'ready',
  attempts    INT         NOT NULL DEFAULT 0,
  run_at      DATETIME(3) NOT NULL,
  lease_owner VARCHAR(64) CHARACTER SET ascii NULL COMMENT 'mark of the claim that holds it',
  lease_until DATETIME(3) NULL,
  reason      VARCHAR(64) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'of the latest failure',
  reason_words VARCHAR(255) NOT NULL DEFAULT '',
  created_at  DATETIME(3) NOT NULL,
  ended_at    DATETIME(3) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY kind_subject (kind, subject),
  KEY state_run (state, run_at),
  KEY lease_owner (lease_owner)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='work to do, one row per lead id';

CREATE TABLE IF NOT EXISTS worker (
  name       VARCHAR(64)  CHARACTER SET ascii NOT NULL COMMENT 'host:pid',
  started_at DATETIME(3)  NOT NULL,
  beat_at    DATETIME(3)  NOT NULL,
  version    VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='heartbeats';

CREATE TABLE IF NOT EXISTS `lead` (
  id           BIGINT       NOT NULL AUTO_INCREMENT,
  name         VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'whole name as given',
  first_name   VARCHAR(255) NOT NULL DEFAULT '',
  last_name    VARCHAR(255) NOT NULL DEFAULT '',
  email        VARCHAR(320) NOT NULL DEFAULT '' COMMENT 'as given',
  phone        VARCHAR(64)  NOT NULL DEFAULT '' COMMENT 'as given',
  company      VARCHAR(255) NOT NULL DEFAULT '',
  job_title    VARCHAR(255) NOT NULL DEFAULT '',
  street       VARCHAR(255) NOT NULL DEFAULT '',
  city         VARCHAR(255) NOT NULL DEFAULT '',
  state        VARCHAR(255) NOT NULL DEFAULT '',
  post_code    VARCHAR(64)  NOT NULL DEFAULT '',
  country      VARCHAR(64)  NOT NULL DEFAULT '',
  source       ENUM('meta','import','manual') NOT NULL,
  stage        ENUM('new','contacted','qualified','won','lost') NOT NULL DEFAULT 'new',
  assignee_id  BIGINT       NULL,
  is_test      BOOLEAN      NOT NULL DEFAULT FALSE,
  n_submissions INT         NOT NULL DEFAULT 0,
  created_at   DATETIME(3)  NOT NULL,
  latest_at    DATETIME(3)  NOT NULL COMMENT 'when the latest submission was stored; lists are ordered by it',
  latest_submission_id BIGINT NULL,
  touched_at   DATETIME(3)  NULL COMMENT 'first touch by a person',
  PRIMARY KEY (id),
  KEY newest (latest_at, id),
  KEY of_assignee (assignee_id, latest_at, id),
  CONSTRAINT lead_assignee FOREIGN KEY (assignee_id) REFERENCES app_user (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='people who answered';

CREATE TABLE IF NOT EXISTS lead_identity (
  kind    ENUM('email','phone') NOT NULL,
  norm    VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'normal form',
  lead_id BIGINT       NOT NULL,
  PRIMARY KEY (kind, norm) COMMENT 'makes deduplication safe between workers',
  KEY lead_id (lead_id),
  CONSTRAINT lead_identity_of FOREIGN KEY (lead_id) REFERENCES `lead` (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='how a person is recognised';

CREATE TABLE IF NOT EXISTS submission (
  id            BIGINT       NOT NULL AUTO_INCREMENT,
  leadgen_id    VARCHAR(32)  CHARACTER SET ascii NOT NULL COMMENT 'Meta''s lead id; unique for ever',
  lead_id       BIGINT       NOT NULL,
  integration_id BIGINT      NULL,
  page_meta_id  VARCHAR(32)  CHARACTER SET ascii NOT NULL DEFAULT '',
  page_name     VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'as it was then',
  form_meta_id  VARCHAR(32)  CHARACTER SET ascii NOT NULL DEFAULT '',
  form_name     VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'as it was then',
  platform      VARCHAR(16)  CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'fb, ig or what Meta says',
  is_organic    BOOLEAN      NOT NULL DEFAULT FALSE,
  is_test       BOOLEAN      NOT NULL DEFAULT FALSE,
  ad_id         VARCHAR(32)  CHARACTER SET ascii NOT NULL DEFAULT '',
  ad_name       VARCHAR(255) NOT NULL DEFAULT '',
  adset_id      VARCHAR(32)  CHARACTER SET ascii NOT NULL DEFAULT '',
  adset_name    VARCHAR(255) NOT NULL DEFAULT '',
  campaign_id   VARCHAR(32)  CHARACTER SET ascii NOT NULL DEFAULT '',
  campaign_name VARCHAR(255) NOT NULL DEFAULT '',
  partner_name  VARCHAR(255) NOT NULL DEFAULT '',
  answers       MEDIUMTEXT   NOT NULL COMMENT 'JSON: [{key, question, type, value}]',
  disclaimers   TEXT         NOT NULL DEFAULT '' COMMENT 'JSON array as Meta sent it, or empty',
  raw           MEDIUMTEXT   NOT NULL COMMENT 'the lead node as Meta sent it',
  submitted_at  DATETIME(3)  NULL,
  received_at   DATETIME(3)  NULL COMMENT 'webhook',
  fetched_at    DATETIME(3)  NULL COMMENT 'read from Meta',
  imported_at   DATETIME(3)  NOT NULL,
  assigned_at   DATETIME(3)  NULL,
  PRIMARY KEY (id),
  UNIQUE KEY leadgen_id (leadgen_id),
  KEY lead_id (lead_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='one answer of one form; no foreign key to lead: it outlives it';

CREATE TABLE IF NOT EXISTS lead_tag (
  lead_id BIGINT      NOT NULL,
  tag     VARCHAR(64) NOT NULL,
  PRIMARY KEY (lead_id, tag),
  KEY tag (tag, lead_id),
  CONSTRAINT lead_tag_of FOREIGN KEY (lead_id) REFERENCES `lead` (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='Facebook Lead Ad, Instagram Lead Ad, and own';

CREATE TABLE IF NOT EXISTS lead_event (
  id       BIGINT       NOT NULL AUTO_INCREMENT,
  lead_id  BIGINT       NOT NULL,
  at       DATETIME(3)  NOT NULL,
  kind     ENUM('came','joined','assigned','unassigned') NOT NULL,
  actor_id BIGINT       NULL COMMENT 'NULL = the system',
  words    VARCHAR(500) NOT NULL COMMENT 'the sentence of the timeline',
  why      TEXT         NOT NULL DEFAULT '' COMMENT 'JSON: [{mark, words}], the reasons one by one',
  PRIMARY KEY (id),
  KEY lead_id (lead_id, id),
  CONSTRAINT lead_event_of FOREIGN KEY (lead_id) REFERENCES `lead` (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='timeline';
