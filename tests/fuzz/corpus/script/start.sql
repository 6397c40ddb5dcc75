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
  created_at    DATETIME(3)  NO