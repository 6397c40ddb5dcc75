// The ledger's pages: what they say of many forms, of old times, of causes.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Stack } from '../web.mjs';
import { cgi, use, log_in, assert_valid } from './kit.mjs';

let stack, root;

const page = (path = '', query = '') => cgi('ledger', { cookie: root, path, query });
const links = (body) => [...body.matchAll(/href="\/ledger\/(\d+)\?/g)].map(([, id]) => Number(id));
// Where days begin at 5:00 UTC.
const day = (ago) => stack.sql(`SELECT DATE_FORMAT(UTC_TIMESTAMP() - INTERVAL 5 HOUR - INTERVAL ${ago} DAY, '%e %b %Y')`)[0][0];
// Without the year, where it is this one.
const point = (ago) => `${day(ago).replace(/ (\d{4})$/, '(?: $1)?')}, \\d\\d:\\d\\d`;

before(async () => {
	stack = use(await Stack.up());
	stack.user('root@example.com', 'superadmin', true, 'Maeve');
	stack.sql("UPDATE app_user SET time_zone = 'Etc/GMT+5' WHERE id > 0");
	root = log_in('root@example.com').cookie;
	stack.sql("INSERT INTO integration (id, name, strategy, created_at) VALUES (1, 'Main', 'unassigned', UTC_TIMESTAMP(3));" +
		" INSERT INTO page (id, meta_id, integration_id, name, token_sealed, connected_at) VALUES (1, '71', 1, 'Harbour', '', UTC_TIMESTAMP(3));" +
		' INSERT INTO lead_form (id, meta_id, page_id, name, status, questions, read_at, counted_at, base_at)' +
		" SELECT seq, 1000 + seq, 1, CONCAT('Form ', 1000 + seq), 'ACTIVE', '[]', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)," +
		' UTC_TIMESTAMP(3) - INTERVAL 40 DAY FROM seq_1_to_500');
});
after(() => stack.down());

test('all forms of one page are whole; of more it says which they are, and the rest is a link away', async () => {
	const whole = page();

	assert.match(whole.body, /status ok">[^]{0,200}>0 missing</);
	assert.doesNotMatch(whole.body, /Next forms/);
	assert.equal(links(whole.body).length, 500);

	// Of one that is not on the first page a lead is missing.
	stack.sql("INSERT INTO lead_form (id, meta_id, page_id, name, status, questions, read_at, counted, counted_at, base_at) VALUES" +
		" (501, 1501, 1, 'Form 1501', 'ACTIVE', '[]', UTC_TIMESTAMP(3), 1, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) - INTERVAL 40 DAY)," +
		" (502, 1502, 1, 'Form 0', 'ACTIVE', '[]', UTC_TIMESTAMP(3), 7, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) - INTERVAL 40 DAY);" +
		' UPDATE lead_form SET is_left_out = TRUE WHERE id = 502');
	const first = page('', 'period=7');

	assert.match(first.body, /<p><span class="status idle">[^]{0,200}>Of these forms: 0 missing</);
	assert.match(first.body, /Forms 1 to 500, by page and name/);
	const next = /href="\/ledger\?([^"]*)" rel="next"/.exec(first.body)[1].replaceAll('&amp;', '&');
	assert.match(next, /period=7/);
	const second = page('', next);

	await assert_valid(second);
	assert.deepEqual(links(second.body), [501]);
	assert.match(second.body, />Of these forms: 1 lead is missing</);
	assert.match(second.body, /Forms 501 to 501/);
	assert.match(second.body, /rel="prev"/);
	assert.doesNotMatch(second.body, /rel="next"/);
	const rows = page('/csv').body.trim().split('\r\n');

	assert.equal(rows.length, 502);
	assert.match(rows[501], /^"Form 1501",.*,"1 missing"$/);
	assert.equal(page('', 'page=0').status, 400);
});

test('what is old has its date, and a cause is in whole words', async () => {
	stack.sql("UPDATE lead_form SET counted = 9, counted_at = UTC_TIMESTAMP(3) - INTERVAL 3 DAY, fetched_at = UTC_TIMESTAMP(3) - INTERVAL 5 DAY" +
		' WHERE id = 1;' +
		' INSERT INTO job (kind, subject, form_meta_id, received_at, submitted_at, state, reason, run_at, created_at) VALUES' +
		" ('lead', '901', '1001', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) - INTERVAL 21 DAY, 'ready', 'throttled', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))," +
		" ('lead', '902', '1001', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) - INTERVAL 20 DAY, 'parked', 'permission', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))");
	const one = page('/1');

	await assert_valid(one);
	assert.match(one.body, new RegExp(`<td>${day(21)}, \\d\\d:\\d\\d:\\d\\d`));
	assert.match(one.body, new RegExp(`Meta counted 9 since [^.]*, as of ${point(3)}`));
	assert.match(one.body, new RegExp(`not in Meta’s list as of ${point(5)}`));
	assert.match(one.body, /<td>Waiting<\/td><td>Waiting until [^{<]+<\/td>/);
	assert.match(one.body, /<td>Permission missing<\/td>/);
	assert.doesNotMatch(one.body, /\{(time|plain)\}/);
});

test('days are those of the visitor, the latest first', async () => {
	stack.sql('INSERT INTO submission (leadgen_id, lead_id, form_meta_id, answers, raw, submitted_at, imported_at)' +
		" SELECT 700 + seq, seq, '1002', '[]', '{}', UTC_TIMESTAMP(3) - INTERVAL 20 DAY, DATE(UTC_TIMESTAMP() - INTERVAL 5 HOUR) + INTERVAL 5 HOUR - INTERVAL IF(seq < 4, 3, 5) DAY" +
		" - INTERVAL IF(seq = 3, 1, 0) SECOND FROM seq_1_to_5");
	const rows = page('/csv/2').body.trim().split('\r\n').slice(1);

	assert.deepEqual(rows, [`"${day(3)}",0,2,0,0,0,0,0`, `"${day(4)}",0,1,0,0,0,0,0`, `"${day(5)}",0,2,0,0,0,0,0`]);
});
