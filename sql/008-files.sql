-- Leads from files: Meta's own download, or any table.

CREATE TABLE IF NOT EXISTS file_import (
  id         BIGINT       NOT NULL AUTO_INCREMENT,
  name       VARCHAR(120) NOT NULL COMMENT 'of the file, as the browser called it',
  kind       ENUM('meta','table') NOT NULL COMMENT 'meta = the download of a form''s leads',
  state      ENUM('columns','checking','checked','running','done','stopped','failed','undoing','undone') NOT NULL DEFAULT 'columns',
  columns    MEDIUMTEXT   NOT NULL COMMENT 'JSON: [{name, target, samples}], in the order of the file',
  form_name  VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'of Meta''s file',
  assign     ENUM('nobody','user','share') NOT NULL DEFAULT 'nobody',
  user_id    BIGINT       NOT NULL DEFAULT 0 COMMENT 'of assign user; of share: who had the turn last',
  on_known   ENUM('join','new','skip') NOT NULL DEFAULT 'join',
  tag        VARCHAR(64)  NOT NULL DEFAULT '' COMMENT 'for every lead of it; empty = none',
  at_row     BIGINT       NOT NULL DEFAULT 0 COMMENT 'the last row done, header counted',
  n_rows     BIGINT       NOT NULL DEFAULT 0 COMMENT 'rows in all, known after the check',
  n_new      BIGINT       NOT NULL DEFAULT 0,
  n_joined   BIGINT       NOT NULL DEFAULT 0,
  n_skipped  BIGINT       NOT NULL DEFAULT 0,
  n_known    BIGINT       NOT NULL DEFAULT 0 COMMENT 'this very answer is here',
  n_faults   BIGINT       NOT NULL DEFAULT 0,
  n_undone   BIGINT       NOT NULL DEFAULT 0,
  n_kept     BIGINT       NOT NULL DEFAULT 0 COMMENT 'leads that an undo left, because somebody worked on them',
  made_by    BIGINT       NULL,
  made_at    DATETIME(3)  NOT NULL,
  ended_at   DATETIME(3)  NULL,
  PRIMARY KEY (id),
  KEY of_state (state, made_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='files of leads, from upload to undo';

CREATE TABLE IF NOT EXISTS file_import_fault (
  import_id BIGINT       NOT NULL,
  row_no    BIGINT       NOT NULL,
  line      BIGINT       NOT NULL,
  reason    VARCHAR(255) NOT NULL,
  raw       TEXT         NOT NULL COMMENT 'how the row begins',
  PRIMARY KEY (import_id, row_no),
  CONSTRAINT file_import_fault_of FOREIGN KEY (import_id) REFERENCES file_import (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='rows that were refused, the first 10,000 of a file';

ALTER TABLE submission
  ADD COLUMN IF NOT EXISTS import_id  BIGINT NULL COMMENT 'the file that brought it',
  ADD COLUMN IF NOT EXISTS import_row BIGINT NULL,
  ADD UNIQUE KEY IF NOT EXISTS of_import (import_id, import_row);

ALTER TABLE `lead`
  ADD COLUMN IF NOT EXISTS import_id BIGINT NULL COMMENT 'the file that made it';

ALTER TABLE job
  MODIFY COLUMN kind ENUM('lead','draft','sync','health','mail','remap','bulk','file') NOT NULL;
