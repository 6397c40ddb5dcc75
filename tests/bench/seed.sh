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
#
# Each table is filled by one INSERT into the empty table, without checks: then
# InnoDB sorts what belongs to each index and writes it page by page.  The
# server's innodb_sort_buffer_size is what it sorts at a time.  Where it is most,
# in lead_facet and lead_word, the other keys are added afterwards, which is
# quicker still.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '5,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$1 name=$2 n=${3:-1000000}
[[ $n =~ ^[1-9][0-9]{0,7}$ ]] || { echo "seed: no number of leads: $n" >&2; exit 2; }

quick='SET SESSION unique_checks = 0, foreign_key_checks = 0, sql_safe_updates = 0, join_cache_level = 0;'

sql() { "$top/tests/stack/db.sh" sql "$dir" "$name"; }
step() { # WHAT, statements on standard input
	local from=${EPOCHREALTIME/./}
	{ printf '%s\n' "$quick"; cat; } | sql
	printf '%-12s %6d ms\n' "$1" $(((${EPOCHREALTIME/./} - from) / 1000))
}

keys_of() { # TABLE, DROP or ADD: the statement for its keys but the primary one
	sql <<-END
		SET group_concat_max_len = 65536;
		SELECT CONCAT('ALTER TABLE $1 ', GROUP_CONCAT(IF('$2' = 'DROP', CONCAT('DROP KEY ', name),
		    CONCAT('ADD KEY ', name, ' (', columns, ')'))), ';') FROM (
		  SELECT index_name AS name, GROUP_CONCAT(column_name ORDER BY seq_in_index) AS columns
		  FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = '$1'
		    AND index_name <> 'PRIMARY' GROUP BY index_name) k;
	END
}

# The log need not reach the disk at each commit while it is filled, and a
# longer one has pages written once instead of many times.
sql <<<'SET GLOBAL innodb_flush_log_at_trx_commit = 0, GLOBAL innodb_log_file_size = 512 << 20'
finish() {
	wait || true
	sql <<<'SET GLOBAL innodb_flush_log_at_trx_commit = 1; DROP TABLE IF EXISTS seed'
}
trap finish EXIT

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

# What every table follows: one narrow row a lead.  Chance is CRC32 of its
# number.  The newest lead has the highest; Saturday's and Sunday's come on
# Monday.  A second answer is of another platform and campaign than the first.
step draw <<-END
	DROP TABLE IF EXISTS seed;
	CREATE TABLE seed (id INT NOT NULL, r INT UNSIGNED NOT NULL, r2 INT UNSIGNED NOT NULL, at DATETIME(3) NOT NULL,
	    first VARCHAR(8) NOT NULL, last VARCHAR(8) NOT NULL, assignee INT NULL, nobody VARCHAR(8) NOT NULL,
	    stage VARCHAR(12) NOT NULL, page TINYINT UNSIGNED NOT NULL, form TINYINT UNSIGNED NOT NULL,
	    is_test BOOLEAN NOT NULL, again BOOLEAN NOT NULL)
	  ENGINE=MyISAM DEFAULT CHARSET=utf8mb4
	  SELECT id, r, CRC32(id + 1) AS r2, day - INTERVAL IF(id % 5, GREATEST(WEEKDAY(day) - 4, 0), 0) DAY AS at,
	    ELT(1 + CRC32(id * 3) % 8, 'Mary', 'Олена', 'Tomasz', 'Layla', 'John', 'Noah', 'Sofia', 'Kenji') AS first,
	    ELT(1 + CRC32(id * 7) % 10, 'Byrne', 'Murphy', 'Nowak', 'Haddad', 'Costa', 'Weber', 'Lind', 'Kaya', 'Sato',
	      'Walsh') AS last,
	    IF(id % 4 = 3 AND r % 3, NULL, 1001 + r % 11) AS assignee, IF(id % 4 = 3 AND r % 3, 'strategy', '') AS nobody,
	    ELT(1 + LEAST(4, r % 9), 'new', 'contacted', 'qualified', 'won', 'new') AS stage,
	    CRC32(id * 11) % 20 AS page, CRC32(id * 11) % 20 + 20 * (CRC32(id * 13) % 10) AS form,
	    id % 997 = 0 AS is_test, id % 20 = 0 AS again
	  FROM (SELECT seq AS id, CRC32(seq) AS r,
	      UTC_TIMESTAMP(3) - INTERVAL FLOOR(($n - seq) * 31536000 / $n) SECOND AS day FROM seq_1_to_$n) s;
END

leads() {
	step lead <<-END
		INSERT INTO \`lead\` (id, name, first_name, last_name, email, email_norm, phone, phone_e164, company, source, stage,
		    assignee_id, nobody_why, is_test, n_submissions, created_at, latest_at, latest_submission_id, touched_at)
		  SELECT id, CONCAT(first, ' ', last), first, last, CONCAT(LOWER(first), '.', id, '@example.com'),
		    CONCAT(LOWER(first), '.', id, '@example.com'), CONCAT('+353 ', 200000000 + id), CONCAT('+353', 200000000 + id),
		    IF(id % 3, '', CONCAT(last, ' Ltd')), 'meta', stage, assignee, nobody, is_test, 1 + again, at, at,
		    IF(again, $n + id DIV 20, id), IF(r % 9 AND r % 9 < 4, at + INTERVAL 2 + r % 5000 MINUTE, NULL) FROM seed;
	END
}
# Second answers have the higher numbers.
submissions() {
	step submission <<-END
		INSERT INTO submission (id, leadgen_id, lead_id, integration_id, page_meta_id, page_name, form_meta_id, form_name,
		    platform, is_test, is_joined, given_id, ad_id, ad_name, campaign_id, campaign_name, answers, raw, way,
		    submitted_at, received_at, fetched_at, imported_at, assigned_at)
		  SELECT IF(is_joined, $n + id DIV 20, id), CONCAT(500000000000000 + id, is_joined), id, 1001 + page % 4,
		    700000000000001 + page, CONCAT('Page ', 1 + page), 800000000000001 + form, CONCAT('Form ', 1 + form),
		    IF(r % 3, 'fb', 'ig'), is_test, is_joined, assignee, 600000000000000 + r % 600, CONCAT('Ad ', r % 600),
		    650000000000000 + r % 60, CONCAT('Campaign ', r % 60),
		    JSON_ARRAY(JSON_OBJECT('key', 'email', 'question', 'E-mail', 'type', 'EMAIL', 'value',
		        CONCAT(LOWER(first), '.', id, '@example.com')),
		      JSON_OBJECT('key', 'full_name', 'question', 'Full name', 'type', 'FULL_NAME', 'value',
		        CONCAT(first, ' ', last)),
		      JSON_OBJECT('key', 'when', 'question', 'When shall we call?', 'type', 'CUSTOM', 'value', 'In the morning')),
		    '{}', ELT(1 + (r % 50 = 0), 'webhook', 'sync'), at - INTERVAL 1 + r % IF(r % 50, 8, 90000) SECOND,
		    at - INTERVAL 1 SECOND, at, at, IF(assignee, at, NULL)
		  FROM (SELECT a.seq AS is_joined, IF(a.seq, r2, r) AS r, id, at, first, last, assignee, page, form, is_test
		    FROM seq_0_to_1 a STRAIGHT_JOIN seed ON a.seq <= again) x;
	END
}
others() {
	step identity <<-END
		INSERT INTO lead_identity (kind, norm, lead_id)
		  SELECT ELT(k.seq, 'email', 'phone'), ELT(k.seq, CONCAT(LOWER(first), '.', id, '@example.com'),
		    CONCAT('+353', 200000000 + id)), id FROM seq_1_to_2 k STRAIGHT_JOIN seed WHERE NOT is_test;
	END
	step tag <<-END
		INSERT INTO lead_tag (lead_id, tag)
		  SELECT id, ELT(k.seq, IF(r % 3, 'Facebook Lead Ad', 'Instagram Lead Ad'), 'Trade fair', 'Call back')
		  FROM seq_1_to_3 k STRAIGHT_JOIN seed WHERE ELT(k.seq, TRUE, $fair, id % 30 = 0);
	END
	step event <<-END
		INSERT INTO lead_event (lead_id, at, kind, words)
		  SELECT id, at, ELT(k.seq, 'came', IF(assignee, 'assigned', 'unassigned')),
		    ELT(k.seq, 'Came from the Facebook form', IF(assignee, 'Assigned by Round Robin', 'Left unassigned'))
		  FROM seq_1_to_2 k STRAIGHT_JOIN seed;
	END
}
facets() {
	local add
	add=$(keys_of lead_facet ADD)
	step facet <<-END
		$(keys_of lead_facet DROP)
		INSERT INTO lead_facet (kind, value, at, lead_id, worked_at, is_test)
		  SELECT kind, value, at, id, '1970-01-02', is_test FROM (
		    SELECT id, at, is_test, ELT(k.seq, 'all', 'source', 'stage', 'assignee', 'nobody', 'tag', 'tag', 'tag', 'integration',
		        'page', 'form', 'campaign', 'campaign', 'platform', 'platform') AS kind,
		      ELT(k.seq, IF(is_test, 'test', 'real'), 'meta', stage, COALESCE(assignee, 0), nobody,
		        IF(r % 3, 'Facebook Lead Ad', 'Instagram Lead Ad'), IF($fair, 'Trade fair', ''),
		        IF(id % 30, '', 'Call back'), 1001 + page % 4, 700000000000001 + page, 800000000000001 + form,
		        650000000000000 + r % 60, IF(again AND r % 60 <> r2 % 60, 650000000000000 + r2 % 60, ''),
		        IF(r % 3, 'fb', 'ig'), IF(again AND (r % 3 = 0) <> (r2 % 3 = 0), IF(r2 % 3, 'fb', 'ig'), '')) AS value
		    FROM seq_1_to_15 k STRAIGHT_JOIN seed) x WHERE value <> '';
	END
	step "facet keys" <<<"$add"
}
words() {
	local add
	add=$(keys_of lead_word ADD)
	step word <<-END
		$(keys_of lead_word DROP)
		INSERT INTO lead_word (word, lead_id)
		  SELECT word, id FROM (
		    SELECT id, ELT(k.seq, first, last, IF(id % 3, '', 'Ltd'), CONCAT('353', 200000000 + id),
		      CONCAT('53', 200000000 + id), CONCAT('3', 200000000 + id), 200000000 + id,
		      CONCAT(LOWER(first), '.', id, '@example.com'), id, 'example', 'com') AS word
		    FROM seq_1_to_11 k STRAIGHT_JOIN seed) x WHERE word <> '';
	END
	step "word keys" <<<"$add"
}

part=$((n < 1000 ? 1 : n / 1000))
fair="(id % $part = 0 AND id <= 1000 * $part)"
# Two at a time.
{ leads; submissions; others; } &
facets
words
wait $!
step statistics >/dev/null <<-END
	ANALYZE TABLE \`lead\`, submission, lead_facet, lead_word, lead_tag, lead_identity;
END
