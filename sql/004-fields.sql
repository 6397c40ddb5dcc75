-- Where the answers of each form go: fields of people's own making, the choice
-- per question, and the choice applied to leads that are here already.

CREATE TABLE IF NOT EXISTS custom_field (
  id         BIGINT      NOT NULL AUTO_INCREMENT,
  name       VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci NOT NULL,
  position   INT         NOT NULL DEFAULT 0 COMMENT 'order on the lead; the same = by id',
  is_hidden  BOOLEAN     NOT NULL DEFAULT FALSE COMMENT 'not shown and not offered; its values are kept',
  created_at DATETIME(3) NOT NULL,
  created_by BIGINT      NULL COMMENT 'NULL = the system',
  PRIMARY KEY (id),
  UNIQUE KEY name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='fields of a lead that people made';

CREATE TABLE IF NOT EXISTS lead_custom (
  lead_id  BIGINT        NOT NULL,
  field_id BIGINT        NOT NULL,
  value    VARCHAR(2000) NOT NULL COMMENT 'never empty: no value is no row',
  PRIMARY KEY (lead_id, field_id),
  KEY of_field (field_id, lead_id),
  CONSTRAINT lead_custom_of FOREIGN KEY (lead_id) REFERENCES `lead` (id) ON DELETE CASCADE,
  CONSTRAINT lead_custom_field FOREIGN KEY (field_id) REFERENCES custom_field (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='values of these fields';

CREATE TABLE IF NOT EXISTS field_map (
  form_id      BIGINT      NOT NULL COMMENT 'lead_form.id',
  key_hash     CHAR(64)    CHARACTER SET ascii NOT NULL COMMENT 'SHA-256 of question_key, which may have any length',
  question_key TEXT        NOT NULL COMMENT 'the question as Meta names it in field_data',
  target       VARCHAR(32) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'email, company …, custom:7; empty = keep as answer only',
  transform    ENUM('','trim','words','digits') NOT NULL DEFAULT '' COMMENT 'empty = as written',
  position     INT         NOT NULL DEFAULT 0 COMMENT 'of the question in its form: the order of joining',
  PRIMARY KEY (form_id, key_hash),
  CONSTRAINT field_map_of FOREIGN KEY (form_id) REFERENCES lead_form (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='which field a question fills; no row = as its kind suggests';

ALTER TABLE lead_form
  ADD COLUMN IF NOT EXISTS confirmed MEDIUMTEXT NOT NULL DEFAULT '' COMMENT 'the questions as a person last confirmed them, or as first read';

UPDATE lead_form SET confirmed = questions WHERE id > 0 AND confirmed = '' AND questions NOT IN ('', '[]');

ALTER TABLE submission
  ADD KEY IF NOT EXISTS of_form (form_meta_id, id);

CREATE TABLE IF NOT EXISTS remap_run (
  id         BIGINT      NOT NULL AUTO_INCREMENT,
  form_id    BIGINT      NOT NULL COMMENT 'lead_form.id',
  state      ENUM('running','done','stopped','failed') NOT NULL DEFAULT 'running',
  up_to      BIGINT      NOT NULL COMMENT 'submissions that came later were mapped when they came',
  at_id      BIGINT      NOT NULL DEFAULT 0 COMMENT 'the submission reached',
  n_all      BIGINT      NOT NULL DEFAULT 0 COMMENT 'submissions to look at',
  n_seen     BIGINT      NOT NULL DEFAULT 0,
  n_changed  BIGINT      NOT NULL DEFAULT 0 COMMENT 'leads that something was filled in of',
  asked_by   BIGINT      NULL,
  started_at DATETIME(3) NOT NULL,
  ended_at   DATETIME(3) NULL,
  PRIMARY KEY (id),
  KEY form_id (form_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='mappings applied to leads that were here already, with progress';

ALTER TABLE job
  MODIFY COLUMN kind ENUM('lead','draft','sync','health','mail','remap') NOT NULL;
