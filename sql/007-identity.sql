-- Recognising people: by e-mail, then by phone; what several answers say of one
-- person; leads that became one, and two again.

ALTER TABLE `lead`
  ADD COLUMN IF NOT EXISTS email_norm VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '' COMMENT 'normal form of the e-mail; empty = none that can be read',
  ADD KEY IF NOT EXISTS of_email (email_norm(191)),
  ADD KEY IF NOT EXISTS of_phone (phone_e164),
  ADD KEY IF NOT EXISTS of_merged (merged_into);

UPDATE `lead` SET email_norm = COALESCE((SELECT norm FROM lead_identity i WHERE i.lead_id = `lead`.id AND i.kind = 'email' LIMIT 1), '')
  WHERE id > 0 AND email_norm = '';

ALTER TABLE integration
  ADD COLUMN IF NOT EXISTS on_known ENUM('join','new','skip') NOT NULL DEFAULT 'join' COMMENT 'when the person is here already: join that lead, make another, or only keep the answer with it';

ALTER TABLE submission
  ADD COLUMN IF NOT EXISTS is_skipped BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'kept with the lead, but changed nothing of it',
  ADD COLUMN IF NOT EXISTS filled VARCHAR(255) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'fields of the lead that were empty until it came, with blanks between';

CREATE TABLE IF NOT EXISTS lead_other (
  id            BIGINT       NOT NULL AUTO_INCREMENT,
  lead_id       BIGINT       NOT NULL,
  field         VARCHAR(32)  CHARACTER SET ascii NOT NULL COMMENT 'email, phone, company …',
  value         VARCHAR(320) NOT NULL,
  value_hash    CHAR(64)     CHARACTER SET ascii NOT NULL,
  submission_id BIGINT       NULL COMMENT 'the answer that says so; NULL = a lead that became part of this one',
  at            DATETIME(3)  NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY one_each (lead_id, field, value_hash),
  CONSTRAINT lead_other_of FOREIGN KEY (lead_id) REFERENCES `lead` (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='what else was said of a person, where a field has a value already';

CREATE TABLE IF NOT EXISTS lead_merge (
  id         BIGINT      NOT NULL AUTO_INCREMENT,
  kept_id    BIGINT      NOT NULL,
  gone_id    BIGINT      NOT NULL,
  was        TEXT        NOT NULL COMMENT 'JSON: the kept lead''s fields, stage and person before',
  made       TEXT        NOT NULL COMMENT 'JSON: the same after',
  merged_at  DATETIME(3) NOT NULL,
  merged_by  BIGINT      NULL,
  undone_at  DATETIME(3) NULL,
  PRIMARY KEY (id),
  KEY of_kept (kept_id, id),
  KEY of_gone (gone_id, id),
  CONSTRAINT lead_merge_kept FOREIGN KEY (kept_id) REFERENCES `lead` (id) ON DELETE CASCADE,
  CONSTRAINT lead_merge_gone FOREIGN KEY (gone_id) REFERENCES `lead` (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='two leads that became one';

CREATE TABLE IF NOT EXISTS lead_merge_part (
  merge_id BIGINT       NOT NULL,
  kind     ENUM('submission','event','tag','email','phone','custom') NOT NULL,
  ref      VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'id, tag or normal form',
  PRIMARY KEY (merge_id, kind, ref),
  CONSTRAINT lead_merge_part_of FOREIGN KEY (merge_id) REFERENCES lead_merge (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='what the kept lead got from the other one, for the way back';
