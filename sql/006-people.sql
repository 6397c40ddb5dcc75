-- People of the CRM: invitations, passwords forgotten, and leads that change
-- hands many at a time.

ALTER TABLE app_user
  ADD COLUMN IF NOT EXISTS seen_at DATETIME(3) NULL COMMENT 'a page was asked for, to the minute; NULL = never',
  MODIFY COLUMN password_hash VARCHAR(200) NOT NULL DEFAULT '' COMMENT 'argon2id, PHC string; empty = invited, none chosen yet';

ALTER TABLE one_time_link
  MODIFY COLUMN purpose ENUM('setup','invite','reset') NOT NULL,
  ADD COLUMN IF NOT EXISTS user_id BIGINT NULL COMMENT 'whose password it sets; NULL of setup',
  ADD KEY IF NOT EXISTS of_user (user_id, purpose);

ALTER TABLE one_time_link
  ADD CONSTRAINT FOREIGN KEY IF NOT EXISTS one_time_link_user (user_id) REFERENCES app_user (id) ON DELETE CASCADE;

ALTER TABLE `lead`
  ADD KEY IF NOT EXISTS open_of (assignee_id, stage, is_test, deleted_at, merged_into);

-- The link of such a letter is made when the letter goes, so that none stands
-- in a table.
ALTER TABLE mail
  ADD COLUMN IF NOT EXISTS link ENUM('','invite','reset') NOT NULL DEFAULT '' COMMENT 'what the link in it is for; its letter has a place for it';

CREATE TABLE IF NOT EXISTS bulk_run (
  id         BIGINT        NOT NULL AUTO_INCREMENT,
  act        ENUM('assign','share','stage','tag','untag') NOT NULL COMMENT 'share: to one eligible person after the other',
  stage      VARCHAR(16)   CHARACTER SET ascii NOT NULL DEFAULT '',
  tag        VARCHAR(64)   NOT NULL DEFAULT '',
  user_id    BIGINT        NOT NULL DEFAULT 0 COMMENT 'of assign: to whom, 0 = nobody; of share: who had the turn last',
  reason     VARCHAR(255)  NOT NULL DEFAULT '',
  filter     TEXT          NOT NULL COMMENT 'JSON: the leads, as the list finds them',
  only_open  BOOLEAN       NOT NULL DEFAULT FALSE COMMENT 'leave out what is won or lost',
  state      ENUM('running','done','stopped','failed') NOT NULL DEFAULT 'running',
  place_at   DATETIME(3)   NULL COMMENT 'the lead reached, newest first; NULL = none yet',
  place_id   BIGINT        NOT NULL DEFAULT 0,
  n_all      BIGINT        NOT NULL DEFAULT 0 COMMENT 'leads to look at, counted as far as lists count',
  more       BOOLEAN       NOT NULL DEFAULT FALSE COMMENT 'there are more than that',
  n_seen     BIGINT        NOT NULL DEFAULT 0,
  n_changed  BIGINT        NOT NULL DEFAULT 0,
  asked_by   BIGINT        NULL,
  started_at DATETIME(3)   NOT NULL,
  ended_at   DATETIME(3)   NULL,
  PRIMARY KEY (id),
  KEY running (state, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='one change to many leads, with progress';

ALTER TABLE job
  MODIFY COLUMN kind ENUM('lead','draft','sync','health','mail','remap','bulk') NOT NULL;
