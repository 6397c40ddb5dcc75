-- Leads as people work with them: lists by filter and search, stages, notes,
-- deletion, and the audit of who did what.

ALTER TABLE `lead`
  ADD COLUMN IF NOT EXISTS phone_e164  VARCHAR(16) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT '+ and digits; empty = the phone as given is no number we can read',
  ADD COLUMN IF NOT EXISTS worked_at   DATETIME(3) NOT NULL DEFAULT '1970-01-02' COMMENT 'a person changed something, latest; the second order of lists; that day = never',
  ADD COLUMN IF NOT EXISTS version     INT         NOT NULL DEFAULT 0 COMMENT 'counts edits of the contact: a stale edit is noticed',
  ADD COLUMN IF NOT EXISTS nobody_why  VARCHAR(16) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'why nobody has it: strategy, pool, target, person; empty = somebody has, or unknown',
  ADD COLUMN IF NOT EXISTS deleted_at  DATETIME(3) NULL COMMENT 'in no list any more; can be put back',
  ADD COLUMN IF NOT EXISTS deleted_by  BIGINT      NULL,
  ADD COLUMN IF NOT EXISTS erased_at   DATETIME(3) NULL COMMENT 'the person''s data is gone for good, here and in the answers',
  ADD COLUMN IF NOT EXISTS merged_into BIGINT      NULL COMMENT 'the lead that it became part of; in no list';

ALTER TABLE app_user
  ADD COLUMN IF NOT EXISTS lead_mail ENUM('at_once','digest','off') NOT NULL DEFAULT 'at_once' COMMENT 'letters about leads that were given to them; digest = once an hour';

ALTER TABLE lead_event
  MODIFY COLUMN kind VARCHAR(16) CHARACTER SET ascii NOT NULL COMMENT 'came, joined, assigned, unassigned, stage, note, edited, tagged, called …; timeline.h',
  ADD COLUMN IF NOT EXISTS note   TEXT   NOT NULL DEFAULT '' COMMENT 'what a person wrote, several lines',
  ADD COLUMN IF NOT EXISTS ref_id BIGINT NULL COMMENT 'the row that the kind speaks of: a merge, an import';

ALTER TABLE submission
  MODIFY COLUMN leadgen_id VARCHAR(32) CHARACTER SET ascii NULL COMMENT 'Meta''s lead id; unique for ever; NULL = a file or a person brought it',
  MODIFY COLUMN way ENUM('webhook','sync','history','import') NOT NULL DEFAULT 'webhook' COMMENT 'how it came';

CREATE TABLE IF NOT EXISTS lead_facet (
  kind      ENUM('all','source','stage','assignee','nobody','tag','integration','page','form','campaign','platform') NOT NULL,
  value     VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'real or test; meta; new; id of a user, 0 = nobody; the tag; ids',
  at        DATETIME(3) NOT NULL COMMENT 'the lead''s latest_at',
  lead_id   BIGINT      NOT NULL,
  worked_at DATETIME(3) NOT NULL COMMENT 'the lead''s',
  PRIMARY KEY (kind, value, at, lead_id) COMMENT 'every list is a walk along one value',
  KEY worked (kind, value, worked_at, lead_id),
  KEY of_lead (lead_id, kind, value)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='what leads can be filtered by, one row per value; derived from the lead, its tags and its submissions';

CREATE TABLE IF NOT EXISTS lead_word (
  word    VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL COMMENT 'of the name, company, e-mail; digits of the phone',
  lead_id BIGINT NOT NULL,
  PRIMARY KEY (word, lead_id),
  KEY of_lead (lead_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='what leads are searched by; derived from the lead';

CREATE TABLE IF NOT EXISTS saved_view (
  id         BIGINT        NOT NULL AUTO_INCREMENT,
  user_id    BIGINT        NOT NULL,
  name       VARCHAR(60)   NOT NULL,
  query      VARCHAR(2000) NOT NULL COMMENT 'the filter as it stands in the address',
  created_at DATETIME(3)   NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY of_user (user_id, name),
  CONSTRAINT saved_view_of FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='filters that people keep';

CREATE TABLE IF NOT EXISTS audit (
  id         BIGINT       NOT NULL COMMENT 'counted without gaps: a missing row shows',
  at         DATETIME(3)  NOT NULL,
  actor_id   BIGINT       NOT NULL DEFAULT 0 COMMENT '0 = the system, or the command line',
  address    VARCHAR(45)  CHARACTER SET ascii NOT NULL DEFAULT '',
  act        VARCHAR(32)  CHARACTER SET ascii NOT NULL COMMENT 'user.role, lead.export …; audit.h',
  subject    VARCHAR(64)  CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'lead 7, user 3 …',
  words      VARCHAR(500) NOT NULL COMMENT 'what was done; no lead''s own data',
  chain      CHAR(64)     CHARACTER SET ascii NOT NULL COMMENT 'SHA-256 over the row before''s chain and this row',
  PRIMARY KEY (id),
  KEY of_actor (actor_id, id),
  KEY of_act (act, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='who did what; rows are only added';

CREATE TABLE IF NOT EXISTS audit_head (
  one   TINYINT  NOT NULL COMMENT 'always 1',
  id    BIGINT   NOT NULL COMMENT 'of the newest row',
  chain CHAR(64) CHARACTER SET ascii NOT NULL COMMENT 'of the newest row',
  PRIMARY KEY (one)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='the end of the chain; locked while a row is added';

INSERT IGNORE INTO audit_head (one, id, chain) VALUES (1, 0, '');

-- Leads of earlier versions enter the lists by their facets; their search
-- words are made when they are next looked for (leadport reindex).
INSERT IGNORE INTO lead_facet (kind, value, at, lead_id, worked_at)
  SELECT 'all', IF(is_test, 'test', 'real'), latest_at, id, worked_at FROM `lead`;
INSERT IGNORE INTO lead_facet (kind, value, at, lead_id, worked_at)
  SELECT 'source', source, latest_at, id, worked_at FROM `lead`;
INSERT IGNORE INTO lead_facet (kind, value, at, lead_id, worked_at)
  SELECT 'stage', stage, latest_at, id, worked_at FROM `lead`;
INSERT IGNORE INTO lead_facet (kind, value, at, lead_id, worked_at)
  SELECT 'assignee', COALESCE(assignee_id, 0), latest_at, id, worked_at FROM `lead`;
INSERT IGNORE INTO lead_facet (kind, value, at, lead_id, worked_at)
  SELECT 'tag', t.tag, l.latest_at, l.id, l.worked_at FROM lead_tag t JOIN `lead` l ON l.id = t.lead_id;
INSERT IGNORE INTO lead_facet (kind, value, at, lead_id, worked_at)
  SELECT 'integration', s.integration_id, l.latest_at, l.id, l.worked_at FROM submission s JOIN `lead` l ON l.id = s.lead_id WHERE s.integration_id IS NOT NULL;
INSERT IGNORE INTO lead_facet (kind, value, at, lead_id, worked_at)
  SELECT 'page', s.page_meta_id, l.latest_at, l.id, l.worked_at FROM submission s JOIN `lead` l ON l.id = s.lead_id WHERE s.page_meta_id <> '';
INSERT IGNORE INTO lead_facet (kind, value, at, lead_id, worked_at)
  SELECT 'form', s.form_meta_id, l.latest_at, l.id, l.worked_at FROM submission s JOIN `lead` l ON l.id = s.lead_id WHERE s.form_meta_id <> '';
INSERT IGNORE INTO lead_facet (kind, value, at, lead_id, worked_at)
  SELECT 'campaign', s.campaign_id, l.latest_at, l.id, l.worked_at FROM submission s JOIN `lead` l ON l.id = s.lead_id WHERE s.campaign_id <> '';
INSERT IGNORE INTO lead_facet (kind, value, at, lead_id, worked_at)
  SELECT 'platform', s.platform, l.latest_at, l.id, l.worked_at FROM submission s JOIN `lead` l ON l.id = s.lead_id WHERE s.platform <> '';
