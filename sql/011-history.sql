-- History: forms that were chosen, as many days as wanted, paused and resumed.

ALTER TABLE sync_run
  MODIFY COLUMN state ENUM('running','done','stopped','failed','paused') NOT NULL DEFAULT 'running',
  ADD COLUMN IF NOT EXISTS is_chosen     BOOLEAN     NOT NULL DEFAULT FALSE COMMENT 'reads only forms that were chosen',
  ADD COLUMN IF NOT EXISTS is_shared_out BOOLEAN     NOT NULL DEFAULT FALSE COMMENT 'of history: its leads are assigned by the rule',
  ADD COLUMN IF NOT EXISTS paused_at     DATETIME(3) NULL COMMENT 'when the latest pause began; NULL = it is at work',
  ADD COLUMN IF NOT EXISTS paused_ms     BIGINT      NOT NULL DEFAULT 0 COMMENT 'of pauses that are over';
ALTER TABLE job
  ADD COLUMN IF NOT EXISTS way ENUM('webhook','history','shared') NOT NULL DEFAULT 'webhook' COMMENT 'of a lead that was set aside: history, or history that is shared out';

-- Nightly fire drills.
ALTER TABLE integration
  ADD COLUMN IF NOT EXISTS is_drilled BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'a test lead goes the whole path each night';
ALTER TABLE test_run
  ADD COLUMN IF NOT EXISTS is_drill BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'made by a fire drill',
  ADD KEY IF NOT EXISTS leadgen_id (leadgen_id);
ALTER TABLE job
  MODIFY COLUMN kind ENUM('lead','draft','sync','health','mail','remap','bulk','file','drill') NOT NULL;

CREATE TABLE IF NOT EXISTS drill (
  id             BIGINT      NOT NULL AUTO_INCREMENT,
  integration_id BIGINT      NOT NULL,
  night          DATE        NOT NULL COMMENT 'the day, where the site is',
  state          ENUM('making','waiting','arrived','failed') NOT NULL DEFAULT 'making',
  form_meta_id   VARCHAR(32) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'chosen before Meta is asked',
  test_run_id    BIGINT      NULL COMMENT 'its test lead, which goes when it is over',
  leadgen_id     VARCHAR(32) CHARACTER SET ascii NULL COMMENT 'Meta''s id of it',
  reason         VARCHAR(64) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'of a failed one: late, no_form, or a code of the reasons',
  began_at       DATETIME(3) NOT NULL,
  made_at        DATETIME(3) NULL COMMENT 'Meta was asked for the lead',
  arrived_at     DATETIME(3) NULL COMMENT 'it was stored here',
  ended_at       DATETIME(3) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY of_night (integration_id, night),
  KEY leadgen_id (leadgen_id),
  KEY state (state, form_meta_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='fire drills, kept for 90 days';

-- Headroom: who started the workers, so that a cron job that has stopped is seen.
CREATE TABLE IF NOT EXISTS worker_kind (
  kind    ENUM('service','cron','web','once') NOT NULL COMMENT 'how a worker was started',
  beat_at DATETIME(3) NOT NULL COMMENT 'latest heartbeat of one of them',
  PRIMARY KEY (kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='kept when workers have ended';
