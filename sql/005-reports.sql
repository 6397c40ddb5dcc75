-- Reports: what a submission was when it came, and indexes to count along.
-- Letters to the people who are given leads.

ALTER TABLE submission
  ADD COLUMN IF NOT EXISTS is_joined BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'its person was known already when it came',
  ADD COLUMN IF NOT EXISTS given_id  BIGINT  NULL COMMENT 'who got it when it came; NULL = nobody';

UPDATE submission SET given_id = (SELECT assignee_id FROM `lead` WHERE `lead`.id = submission.lead_id)
  WHERE assigned_at IS NOT NULL AND given_id IS NULL LIMIT 1000000000;
UPDATE submission SET is_joined = TRUE
  WHERE NOT is_joined AND id NOT IN (SELECT first_id FROM (SELECT MIN(id) AS first_id FROM submission GROUP BY lead_id) f) LIMIT 1000000000;

-- Reports read these and never the rows, which carry whole answers.
ALTER TABLE submission
  ADD KEY IF NOT EXISTS report (imported_at, is_test, is_joined, integration_id, given_id, platform, page_meta_id, form_meta_id, campaign_id, way, lead_id, submitted_at);
ALTER TABLE `lead`
  ADD KEY IF NOT EXISTS report (created_at, is_test, deleted_at, merged_into, stage, assignee_id);

ALTER TABLE mail
  ADD COLUMN IF NOT EXISTS user_id BIGINT NULL COMMENT 'of a letter about leads: whom it is for',
  ADD COLUMN IF NOT EXISTS lead_id BIGINT NULL COMMENT 'of a letter about one lead; it goes with the lead''s data',
  ADD KEY IF NOT EXISTS of_user (user_id, created_at),
  ADD KEY IF NOT EXISTS of_lead (lead_id);

CREATE TABLE IF NOT EXISTS lead_news (
  id       BIGINT      NOT NULL AUTO_INCREMENT,
  user_id  BIGINT      NOT NULL COMMENT 'who is to be told',
  lead_id  BIGINT      NOT NULL,
  is_again BOOLEAN     NOT NULL DEFAULT FALSE COMMENT 'a further answer to a lead that the person has',
  at       DATETIME(3) NOT NULL,
  mail_id  BIGINT      NULL COMMENT 'the letter that tells it; NULL = it waits for the next',
  PRIMARY KEY (id),
  KEY waiting (mail_id, user_id, at),
  KEY of_user (user_id, mail_id, id),
  KEY of_lead (lead_id),
  CONSTRAINT lead_news_user FOREIGN KEY (user_id) REFERENCES app_user (id) ON DELETE CASCADE,
  CONSTRAINT lead_news_mail FOREIGN KEY (mail_id) REFERENCES mail (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='what letters that tell of several leads are made of';
