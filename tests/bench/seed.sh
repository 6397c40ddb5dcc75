#!/usr/bin/env bash
# Fills a database that has the schema with leads in a plausible spread, and
# prints how long each table took.
#
#   seed.sh DIR NAME [LEADS]    the server of tests/stack/db.sh in DIR, its
#                               database NAME; default 1000000 leads
#
# The leads came over the last year, most of them on working days, through 4
# integrations, 20 pages, 200 forms and 60 campaigns to 12 people; one of 20
# answered before, and 1,000 carry the tag "Trade fair".  The same number gives
# the same rows, but for the clock.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '5,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$1 name=$2 n=${3:-1000000}
[[ $n =~ ^[1-9][0-9]{0,7}$ ]] || { echo "seed: no number of leads: $n" >&2; exit 2; }

# Chance is CRC32 of the row's number.
quick='SET SESSION unique_checks = 0, foreign_key_checks = 0, sql_safe_updates = 0;'

sql() { "$top/tests/stack/db.sh" sql "$dir" "$name"; }
step() { # WHAT, statements on standard input
	local from=${EPOCHREALTIME/./}
	{ printf '%s\n' "$quick"; cat; } | sql
	printf '%-12s %6d ms\n' "$1" $(((${EPOCHREALTIME/./} - from) / 1000))
}

# The log need not reach the disk at each commit while it is filled, and a
# longer one has pages written once instead of many times.
sql <<<'SET GLOBAL innodb_flush_log_at_trx_commit = 0, GLOBAL innodb_log_file_size = 512 << 20'
trap 'sql <<<"SET GLOBAL innodb_flush_log_at_trx_commit = 1"' EXIT

step people <<-'END'
	INSERT IGNORE INTO app_user (id, email, name, role, manages_leads, is_active, password_hash, created_at)
	  SELECT 1000 + seq, CONCAT('seller', seq, '@example.com'),
	    ELT(seq, 'Tomasz Nowak', 'Олена Коваль', 'Aoife Byrne', 'Jonas Weber', 'Priya Rao', 'Luís Costa',
	      'Mehmet Kaya', 'Sara Lind', 'Yuki Tanaka', 'Layla Haddad', 'Conor Walsh', 'Maeve Brennan'),
	    'member', TRUE, seq <> 12, '', UTC_TIMESTAMP(3) FROM seq_1_to_12;
	INSERT IGNORE INTO integration (id, name, strategy, last_turn_id, created_at)
	  SELECT 1000 + seq, CONCAT('Business ', seq), IF(seq = 4, 'unassigned', 'round_robin'), 1000, UTC_TIMESTAMP(3)
	  FROM seq_1_to_4;
	INSERT IGNORE INTO page (id, meta_id, integration_id, name, token_sealed, connected_at)
	  SELECT 1000 + seq, 700000000000000 + seq, 1001 + seq % 4, CONCAT('Page ', seq), '', UTC_TIMESTAMP(3)
	  FROM seq_1_to_20;
	INSERT IGNORE INTO lead_form (id, meta_id, page_id, name, status, questions, read_at)
	  SELECT 1000 + seq, 800000000000000 + seq, 1001 + seq % 20, CONCAT('Form ', seq), 'ACTIVE', '[]',
	    UTC_TIMESTAMP(3) FROM seq_1_to_200;
END

# The newest lead has the highest id; Saturday's and Sunday's come on Monday.
step lead <<-END
	INSERT INTO \`lead\` (id, name, first_name, last_name, email, email_norm, phone, phone_e164, company, source, stage,
	    assignee_id, nobody_why, is_test, n_submissions, created_at, latest_at, touched_at)
	  SELECT id, CONCAT(first, ' ', last), first, last, CONCAT(LOWER(first), '.', id, '@example.com'),
	    CONCAT(LOWER(first), '.', id, '@example.com'), CONCAT('+353 ', 200000000 + id), CONCAT('+353', 200000000 + id), IF(id % 3, '', CONCAT(last, ' Ltd')), 'meta',
	    ELT(1 + LEAST(4, r % 9), 'new', 'contacted', 'qualified', 'won', 'new'),
	    IF(id % 4 = 3 AND r % 3, NULL, 1001 + r % 11), IF(id % 4 = 3 AND r % 3, 'strategy', ''), id % 997 = 0,
	    1 + (id % 20 = 0), at, at, IF(r % 9 AND r % 9 < 4, at + INTERVAL 2 + r % 5000 MINUTE, NULL)
	  FROM (SELECT id, CRC32(id) AS r,
	      ELT(1 + CRC32(id * 3) % 8, 'Mary', 'Олена', 'Tomasz', 'Layla', 'John', 'Noah', 'Sofia', 'Kenji') AS first,
	      ELT(1 + CRC32(id * 7) % 10, 'Byrne', 'Murphy', 'Nowak', 'Haddad', 'Costa', 'Weber', 'Lind', 'Kaya', 'Sato',
	        'Walsh') AS last,
	      day - INTERVAL IF(id % 5, GREATEST(WEEKDAY(day) - 4, 0), 0) DAY AS at
	    FROM (SELECT seq AS id, UTC_TIMESTAMP(3) - INTERVAL FLOOR(($n - seq) * 31536000 / $n) SECOND AS day
	      FROM seq_1_to_$n) s) x;
END
step submission <<-END
	INSERT INTO submission (leadgen_id, lead_id, integration_id, page_meta_id, page_name, form_meta_id, form_name,
	    platform, is_test, is_joined, given_id, ad_id, ad_name, campaign_id, campaign_name, answers, raw, way,
	    submitted_at, received_at, fetched_at, imported_at, assigned_at)
	  SELECT CONCAT(500000000000000 + id, is_joined), id, 1001 + page % 4, 700000000000001 + page,
	    CONCAT('Page ', 1 + page), 800000000000001 + form, CONCAT('Form ', 1 + form), IF(r % 3, 'fb', 'ig'), is_test,
	    is_joined, IF(assignee_id, assignee_id, NULL), 600000000000000 + r % 600, CONCAT('Ad ', r % 600),
	    650000000000000 + r % 60, CONCAT('Campaign ', r % 60),
	    JSON_ARRAY(JSON_OBJECT('key', 'email', 'question', 'E-mail', 'type', 'EMAIL', 'value', email),
	      JSON_OBJECT('key', 'full_name', 'question', 'Full name', 'type', 'FULL_NAME', 'value', name),
	      JSON_OBJECT('key', 'when', 'question', 'When shall we call?', 'type', 'CUSTOM', 'value', 'In the morning')),
	    '{}', ELT(1 + (r % 50 = 0), 'webhook', 'sync'), at - INTERVAL 1 + r % IF(r % 50, 8, 90000) SECOND,
	    at - INTERVAL 1 SECOND, at, at, IF(assignee_id, at, NULL)
	  FROM (SELECT id, is_joined, is_test, assignee_id, email, name, created_at AS at, CRC32(id + is_joined) AS r,
	      CRC32(id * 11) % 20 AS page, CRC32(id * 11) % 20 + 20 * (CRC32(id * 13) % 10) AS form
	    FROM \`lead\` JOIN (SELECT 0 AS is_joined UNION SELECT 1) a ON a.is_joined < n_submissions
	    WHERE id <= $n) x ORDER BY is_joined, id;
	UPDATE \`lead\` l JOIN submission s ON s.lead_id = l.id SET l.latest_submission_id = s.id
	  WHERE l.id <= $n AND s.is_joined = l.n_submissions - 1;
END
step identity <<-END
	INSERT INTO lead_identity (kind, norm, lead_id)
	  SELECT 'email', email_norm, id FROM \`lead\` WHERE id <= $n AND NOT is_test ORDER BY email_norm;
	INSERT INTO lead_identity (kind, norm, lead_id)
	  SELECT 'phone', phone_e164, id FROM \`lead\` WHERE id <= $n AND NOT is_test ORDER BY phone_e164;
END
step tag <<-END
	INSERT INTO lead_tag (lead_id, tag)
	  SELECT id, ELT(1 + (CRC32(id) % 3 = 0), 'Facebook Lead Ad', 'Instagram Lead Ad') FROM \`lead\` WHERE id <= $n;
	INSERT INTO lead_tag (lead_id, tag) SELECT $((n < 1000 ? 1 : n / 1000)) * seq, 'Trade fair' FROM seq_1_to_1000
	  WHERE $((n < 1000 ? 1 : n / 1000)) * seq <= $n;
	INSERT INTO lead_tag (lead_id, tag) SELECT id, 'Call back' FROM \`lead\` WHERE id <= $n AND id % 30 = 0;
END
step event <<-END
	INSERT INTO lead_event (lead_id, at, kind, words)
	  SELECT id, created_at, 'came', 'Came from the Facebook form' FROM \`lead\` WHERE id <= $n;
	INSERT INTO lead_event (lead_id, at, kind, words)
	  SELECT id, created_at, IF(assignee_id, 'assigned', 'unassigned'),
	    IF(assignee_id, 'Assigned by Round Robin', 'Left unassigned') FROM \`lead\` WHERE id <= $n;
END
# One kind after the other, each in the order of its key.
facets() { # KIND, FROM the select of value, at, lead_id, worked_at
	step "facet $1" <<-END
		INSERT INTO lead_facet (kind, value, at, lead_id, worked_at)
		  SELECT DISTINCT '$1', value, at, lead_id, worked_at FROM ($2) x WHERE value <> '' ORDER BY value, at, lead_id;
	END
}
of_lead="latest_at AS at, id AS lead_id, worked_at FROM \`lead\` WHERE id <= $n"
of_answer="l.latest_at AS at, l.id AS lead_id, l.worked_at FROM submission s JOIN \`lead\` l ON l.id = s.lead_id WHERE l.id <= $n"
facets all "SELECT IF(is_test, 'test', 'real') AS value, $of_lead"
facets source "SELECT source AS value, $of_lead"
facets stage "SELECT CAST(stage AS CHAR) AS value, $of_lead"
facets assignee "SELECT CAST(COALESCE(assignee_id, 0) AS CHAR) AS value, $of_lead"
facets nobody "SELECT nobody_why AS value, $of_lead"
facets tag "SELECT t.tag AS value, l.latest_at AS at, l.id AS lead_id, l.worked_at FROM lead_tag t JOIN \`lead\` l ON l.id = t.lead_id WHERE l.id <= $n"
facets integration "SELECT CAST(s.integration_id AS CHAR) AS value, $of_answer"
facets page "SELECT s.page_meta_id AS value, $of_answer"
facets form "SELECT s.form_meta_id AS value, $of_answer"
facets campaign "SELECT s.campaign_id AS value, $of_answer"
facets platform "SELECT s.platform AS value, $of_answer"
step word <<-END
	INSERT INTO lead_word (word, lead_id)
	  SELECT word, lead_id FROM (
	    SELECT first_name AS word, id AS lead_id FROM \`lead\` WHERE id <= $n
	    UNION ALL SELECT last_name, id FROM \`lead\` WHERE id <= $n
	    UNION ALL SELECT SUBSTRING_INDEX(company, ' ', -1), id FROM \`lead\` WHERE id <= $n AND company <> ''
	    UNION ALL SELECT SUBSTRING(CONCAT('353', 200000000 + id), seq), id FROM \`lead\`, seq_1_to_4 WHERE id <= $n
	    UNION ALL SELECT email, id FROM \`lead\` WHERE id <= $n
	    UNION ALL SELECT id, id FROM \`lead\` WHERE id <= $n
	    UNION ALL SELECT 'example', id FROM \`lead\` WHERE id <= $n
	    UNION ALL SELECT 'com', id FROM \`lead\` WHERE id <= $n
	  ) w ORDER BY word COLLATE utf8mb4_unicode_520_ci, lead_id;
END
step statistics >/dev/null <<-END
	ANALYZE TABLE \`lead\`, submission, lead_facet, lead_word, lead_tag, lead_identity;
END
