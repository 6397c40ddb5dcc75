-- The world that the simulator plays: an app, pages, forms, leads, and what
-- was asked of it.  All times are UTC.  Ids are ASCII text, never numbers.

CREATE TABLE IF NOT EXISTS sim_app (
  id             VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  secret         VARCHAR(64)  CHARACTER SET ascii NOT NULL,
  name           VARCHAR(120) NOT NULL,
  callback_url   VARCHAR(1000) NULL COMMENT 'of object page; NULL = not subscribed',
  stolen_url     VARCHAR(1000) NULL COMMENT 'of another environment that took the subscription over',
  fields         VARCHAR(500) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'comma list',
  include_values BOOLEAN      NOT NULL DEFAULT TRUE,
  redirect_uris  TEXT         NULL COMMENT 'valid OAuth redirect URIs, one a line; NULL = any loopback one that ends in /oauth-callback',
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='apps; the first one is ours';

CREATE TABLE IF NOT EXISTS sim_page (
  number       BIGINT       NOT NULL AUTO_INCREMENT COMMENT 'order in /me/accounts of a system user',
  id           VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  name         VARCHAR(120) NOT NULL,
  category     VARCHAR(60)  NOT NULL,
  tasks        VARCHAR(500) CHARACTER SET ascii NOT NULL COMMENT 'JSON array: of a system user',
  terms        BOOLEAN      NOT NULL DEFAULT TRUE COMMENT 'the terms of lead ads are accepted',
  leads_access BOOLEAN      NOT NULL DEFAULT TRUE COMMENT 'Leads Access Manager lets our app read leads',
  PRIMARY KEY (number),
  UNIQUE KEY id (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='pages: of the demo world, and fillers';

CREATE TABLE IF NOT EXISTS sim_member (
  id   VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  name VARCHAR(120) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='people with an account at Facebook';

CREATE TABLE IF NOT EXISTS sim_business (
  id   VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  name VARCHAR(120) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='business portfolios';

CREATE TABLE IF NOT EXISTS sim_role (
  member_id   VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  page_id     VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  position    BIGINT       NOT NULL COMMENT 'order in /me/accounts',
  tasks       VARCHAR(500) CHARACTER SET ascii NOT NULL COMMENT 'JSON array',
  business_id VARCHAR(32)  CHARACTER SET ascii NULL COMMENT 'held only through this portfolio',
  edge        VARCHAR(20)  CHARACTER SET ascii NULL COMMENT 'owned_pages or client_pages',
  PRIMARY KEY (member_id, page_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='who may do what on which page';

CREATE TABLE IF NOT EXISTS sim_permission (
  member_id  VARCHAR(32) CHARACTER SET ascii NOT NULL,
  permission VARCHAR(60) CHARACTER SET ascii NOT NULL,
  status     ENUM('granted','declined','expired') NOT NULL,
  PRIMARY KEY (member_id, permission)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='what a member lets our app do';

CREATE TABLE IF NOT EXISTS sim_ticked (
  member_id VARCHAR(32) CHARACTER SET ascii NOT NULL,
  page_id   VARCHAR(32) CHARACTER SET ascii NOT NULL,
  PRIMARY KEY (member_id, page_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='pages that a member chose in the dialog';

CREATE TABLE IF NOT EXISTS sim_code (
  code         VARCHAR(190)  CHARACTER SET ascii NOT NULL,
  member_id    VARCHAR(32)   CHARACTER SET ascii NOT NULL,
  redirect_uri VARCHAR(1000) NOT NULL,
  made_at      DATETIME(3)   NOT NULL,
  used_at      DATETIME(3)   NULL,
  PRIMARY KEY (code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='authorisation codes of the dialog';

CREATE TABLE IF NOT EXISTS sim_token (
  token        VARCHAR(190) CHARACTER SET ascii NOT NULL,
  type         ENUM('user','system_user','page') NOT NULL,
  app_id       VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  user_id      VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  page_id      VARCHAR(32)  CHARACTER SET ascii NULL COMMENT 'of type page',
  parent       VARCHAR(190) CHARACTER SET ascii NULL COMMENT 'token that a page token was derived from',
  issued_at    DATETIME(3)  NOT NULL,
  login_at     DATETIME(3)  NOT NULL COMMENT 'the clock of data access runs from here',
  expires_at   DATETIME(3)  NULL COMMENT 'NULL = never',
  is_long      BOOLEAN      NOT NULL COMMENT 'exchanged, or never short',
  dead_subcode BIGINT       NULL COMMENT 'NULL = alive; 0 = dead without subcode',
  PRIMARY KEY (token),
  KEY page_id (page_id),
  KEY parent (parent),
  KEY user_id (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='access tokens, alive and dead';

CREATE TABLE IF NOT EXISTS sim_subscription (
  page_id VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  app_id  VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  fields  VARCHAR(500) CHARACTER SET ascii NOT NULL COMMENT 'comma list',
  PRIMARY KEY (page_id, app_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='which app hears what of a page';

CREATE TABLE IF NOT EXISTS sim_form (
  number      BIGINT       NOT NULL AUTO_INCREMENT,
  id          VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  page_id     VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  name        VARCHAR(120) NOT NULL,
  status      ENUM('ACTIVE','ARCHIVED','DELETED','DRAFT') NOT NULL DEFAULT 'ACTIVE',
  locale      VARCHAR(10)  CHARACTER SET ascii NOT NULL,
  created_at  DATETIME(3)  NOT NULL,
  questions   MEDIUMTEXT   NOT NULL COMMENT 'JSON array as the node shows it',
  tracking    TEXT         NULL COMMENT 'JSON array of key and value',
  disclaimers TEXT         NULL COMMENT 'JSON array of checkbox keys',
  PRIMARY KEY (number),
  UNIQUE KEY id (id),
  KEY page_id (page_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='lead forms';

CREATE TABLE IF NOT EXISTS sim_ad (
  id            VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  form_id       VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  name          VARCHAR(120) NOT NULL,
  adset_id      VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  adset_name    VARCHAR(120) NOT NULL,
  campaign_id   VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  campaign_name VARCHAR(120) NOT NULL,
  PRIMARY KEY (id),
  KEY form_id (form_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='advertisements that lead to a form';

CREATE TABLE IF NOT EXISTS sim_lead (
  number      BIGINT       NOT NULL COMMENT 'from sim_counter; also the order of making',
  id          VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  form_id     VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  page_id     VARCHAR(32)  CHARACTER SET ascii NOT NULL,
  ad_id       VARCHAR(32)  CHARACTER SET ascii NULL COMMENT 'NULL = organic',
  created_at  DATETIME(3)  NOT NULL COMMENT 'submission, whole seconds',
  made_at     DATETIME(3)  NOT NULL COMMENT 'when this row was made',
  platform    VARCHAR(10)  CHARACTER SET ascii NOT NULL,
  is_test     BOOLEAN      NOT NULL DEFAULT FALSE,
  person      BIGINT       NOT NULL COMMENT 'number of the lead that first was this person; 0 = given by hand',
  name        TEXT         NULL COMMENT 'the answers as the ledger shows them',
  email       TEXT         NULL,
  phone       TEXT         NULL,
  field_data  MEDIUMTEXT   NOT NULL COMMENT 'JSON array',
  disclaimers TEXT         NULL COMMENT 'JSON array',
  state       ENUM('waiting','acked','dropped','silent') NOT NULL DEFAULT 'waiting'
              COMMENT 'of its webhook; dropped = nobody was subscribed; silent = made to be lost',
  deliveries  BIGINT       NOT NULL DEFAULT 0 COMMENT 'times sent',
  acks        BIGINT       NOT NULL DEFAULT 0 COMMENT 'times acknowledged',
  PRIMARY KEY (number),
  UNIQUE KEY id (id),
  KEY form (form_id, created_at, number),
  KEY state (state, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='every lead ever made: the ledger';

CREATE TABLE IF NOT EXISTS sim_counter (
  name VARCHAR(20) CHARACTER SET ascii NOT NULL,
  n    BIGINT      NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='numbers given out so far';

CREATE TABLE IF NOT EXISTS sim_switch (
  name  VARCHAR(40) CHARACTER SET ascii NOT NULL,
  value VARCHAR(60) CHARACTER SET ascii NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='switches that are not at their default';

CREATE TABLE IF NOT EXISTS sim_fault (
  id    BIGINT      NOT NULL AUTO_INCREMENT,
  kind  VARCHAR(20) CHARACTER SET ascii NOT NULL COMMENT 'kind of call, or any',
  nth   BIGINT      NOT NULL COMMENT 'first call that fails, counted from 1',
  times BIGINT      NOT NULL COMMENT 'how many fail; 0 = all from then on',
  object VARCHAR(32) CHARACTER SET ascii NULL COMMENT 'only calls about this page, form or lead',
  error VARCHAR(60) CHARACTER SET ascii NOT NULL,
  seen  BIGINT      NOT NULL DEFAULT 0 COMMENT 'calls of this kind since',
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='errors to give at chosen calls';

CREATE TABLE IF NOT EXISTS sim_usage (
  scope ENUM('app','page','token') NOT NULL,
  id    VARCHAR(64) CHARACTER SET ascii NOT NULL,
  calls BIGINT      NOT NULL,
  since DATETIME(3) NOT NULL COMMENT 'start of the window',
  PRIMARY KEY (scope, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='what the usage headers tell';

CREATE TABLE IF NOT EXISTS sim_call (
  id       BIGINT       NOT NULL AUTO_INCREMENT,
  at       DATETIME(3)  NOT NULL,
  kind     VARCHAR(20)  CHARACTER SET ascii NOT NULL,
  method   VARCHAR(8)   CHARACTER SET ascii NOT NULL,
  path     VARCHAR(190) NOT NULL,
  status   BIGINT       NOT NULL COMMENT 'HTTP status, also of one item of a batch',
  code     BIGINT       NOT NULL COMMENT 'error code, 0 = none',
  ms       BIGINT       NOT NULL,
  in_batch BOOLEAN      NOT NULL,
  PRIMARY KEY (id),
  KEY kind (kind, status)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='every call of the Graph API';

CREATE TABLE IF NOT EXISTS sim_delivery (
  id      BIGINT      NOT NULL AUTO_INCREMENT,
  sent_at DATETIME(3) NOT NULL,
  changes BIGINT      NOT NULL COMMENT 'updates in the body',
  status  BIGINT      NOT NULL COMMENT 'HTTP status of the answer, 0 = none came',
  acked   BOOLEAN     NOT NULL,
  ms      BIGINT      NOT NULL,
  PRIMARY KEY (id),
  KEY acked (acked)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='every webhook that was posted';
