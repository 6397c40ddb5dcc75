// Reports: who may read them, their numbers against a count by hand, days of
// a zone with daylight saving, CSV that no spreadsheet runs, empty periods.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Stack } from '../web.mjs';
import { use, cgi, log_in, assert_valid } from './kit.mjs';

const from = 'period=own&from=2026-03-01&to=2026-04-05';
let stack, mod;

before(async () => {
	stack = use(await Stack.up());
	stack.user('mod@example.com', 'moderator');
	stack.user('sales@example.com', 'member', true, 'Tomasz');
	stack.sql("UPDATE app_user SET time_zone = 'Europe/Dublin' WHERE email = 'mod@example.com'");
	mod = log_in('mod@example.com').cookie;
});
after(() => stack.down());

function rows(what, query)
{
	const answer = cgi('reports', { path: '/csv', query: `what=${what}&${query}`, cookie: mod });

	assert.equal(answer.status, 200, answer.log);
	assert.ok(answer.body.startsWith('\ufeff'));
	return answer.body.slice(1).trim().split('\r\n').map((line) => line.replaceAll('"', '').split(','));
}

test('nothing came: flat axes and a sentence; not for members', async () => {
	const page = cgi('reports', { cookie: mod });

	assert.equal(page.status, 200, page.log);
	assert.match(page.body, /No leads in these days\./);
	assert.match(page.body, /chart\.umd\.min\.js/);
	assert.equal(page.body.match(/<tr><th scope="row" data-short="\d+ \w+[^"]*">\d+ \w+ \d{4}</g).length, 30);
	await assert_valid(page);
	assert.equal(cgi('reports', { cookie: log_in('sales@example.com').cookie }).status, 403);
	assert.doesNotMatch(cgi('leads', { cookie: mod }).body, /chart\.umd/);
});

test('a period that is none is told beside its field', async () => {
	for (const [query, words] of [['from=&to=', 'Enter the first and the last day'],
		['from=2026-02-30&to=2026-03-01', 'Enter the first'],
		['from=2026-03-02&to=2026-03-01', 'lies before'], ['from=2020-01-01&to=2026-01-01', '366 days']]) {
		const page = cgi('reports', { query: `period=own&${query}`, cookie: mod });

		assert.equal(page.status, 422);
		assert.match(page.body, new RegExp(words));
		await assert_valid(page);
	}
});

test('numbers are those of a count by hand', async () => {
	const user = stack.number("SELECT id FROM app_user WHERE email = 'sales@example.com'");

	stack.sql(`INSERT INTO integration (id, name, strategy, created_at) VALUES (7, 'Main', 'round_robin', UTC_TIMESTAMP(3));
		INSERT INTO \`lead\` (id, name, source, stage, created_at, latest_at, touched_at, is_test)
		  SELECT seq, seq, 'meta', IF(seq % 2, 'won', 'new'), at, at, at + INTERVAL seq MINUTE, seq % 10 = 0
		  FROM (SELECT seq, '2026-03-28 12:30:00' + INTERVAL seq * 17 MINUTE AS at FROM seq_1_to_200) x;
		INSERT INTO submission (leadgen_id, lead_id, integration_id, page_meta_id, page_name, platform, is_test,
		    is_joined, given_id, answers, raw, submitted_at, imported_at)
		  SELECT CONCAT(9000 + id), id, 7, id % 7, CONCAT('=Page ', id % 7), IF(id % 3, 'fb', 'ig'), is_test, id % 9 = 0,
		    ${user}, '[]', '{}', created_at - INTERVAL id SECOND, created_at FROM \`lead\`;
		UPDATE \`lead\` SET deleted_at = UTC_TIMESTAMP(3) WHERE id = 3`);
	// In Dublin the clocks went forward on 29 March 2026, at 1:00 UTC.
	const day = "DATE(imported_at + INTERVAL (imported_at >= '2026-03-29 01:00:00') HOUR)";
	const days = Object.fromEntries(stack.sql(`SELECT ${day} d, SUM(platform = 'fb'), SUM(platform = 'ig')
		FROM submission WHERE NOT is_test GROUP BY d`).map(([d, ...n]) => [d, n]));
	const [head, ...lines] = rows('days', from);

	assert.deepEqual(head, ['Day', 'Facebook', 'Instagram']);
	assert.equal(lines.length, 36);
	for (const [d, ...n] of lines)
		assert.deepEqual(n, days[d] || ['0', '0'], d);
	assert.deepEqual(rows('pages', from).slice(1).sort(), stack.sql(`SELECT CONCAT("'=Page ", page_meta_id), COUNT(*)
		FROM submission WHERE NOT is_test GROUP BY page_meta_id`).sort());
	assert.deepEqual(rows('stages', from).slice(1).map(([stage, n]) => [stage.toLowerCase(), n]).sort(),
		stack.sql('SELECT stage, COUNT(*) FROM `lead` WHERE NOT is_test AND deleted_at IS NULL GROUP BY stage').sort());
	// Nearest rank of the new people.
	const spans = stack.sql('SELECT id FROM `lead` WHERE NOT is_test AND id % 9').map(([id]) => Number(id)).sort((a, b) => a - b);
	const rank = (part) => spans[Math.ceil(spans.length * part / 100) - 1];
	assert.deepEqual(rows('speed', from)[1].slice(2).map(Number), [spans.length, rank(50) * 1000, rank(90) * 1000,
		spans.length, rank(50) * 60000, rank(90) * 60000]);
	const page = cgi('reports', { query: `${from}&by=page&integration=7`, cookie: mod });
	assert.match(page.body, /<dt>Leads<\/dt><dd><b>180<[^]*<dt>Joined<\/dt><dd><b>20</);
	assert.match(page.body, /<bdi>Others<\/bdi>/);
	await assert_valid(page);
	assert.match(cgi('reports', { query: `${from}&integration=8`, cookie: mod }).body, /No leads in these days/);
});

test('turns of the last 30 days and their largest difference', () => {
	stack.user('olena@example.com', 'member', true, 'Олена');
	stack.sql('UPDATE submission SET imported_at = UTC_TIMESTAMP(3) - INTERVAL 1 DAY WHERE id > 0');
	const n = stack.number('SELECT COUNT(*) FROM submission WHERE NOT is_test AND NOT is_joined');

	assert.deepEqual(rows('turns', '').slice(1), [['Main', 'Tomasz', String(n)], ['Main', 'Олена', '0']]);
	assert.match(cgi('reports', { cookie: mod }).body, new RegExp(`<td class="n">${n}</td><td class="n">${n}</td>`));
});
