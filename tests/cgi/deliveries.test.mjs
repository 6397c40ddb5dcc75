// What Meta sent, what became of it, and what is tried again.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Stack } from '../web.mjs';
import { cgi, use, log_in, post, assert_valid } from './kit.mjs';

const form = '447333180259101';
let stack, root, moderator, ids;

const page = (query = '', cookie = root) => cgi('deliveries', { cookie, query });
const one = (id, cookie = root) => cgi('deliveries', { path: `/${id}`, cookie });
const rows = (body) => [...body.matchAll(/href="\/deliveries\/(\d+)"/g)].map(([, id]) => Number(id));
const receipt_of = (lead) => stack.number(`SELECT receipt_id FROM job WHERE subject = '${lead}'`);
const set = (lead, state, reason = '') => stack.sql(`UPDATE job SET state = '${state}', reason = '${reason}', attempts = 11,` +
	` ended_at = UTC_TIMESTAMP(3) WHERE subject = '${lead}'`);
const stored = () => stack.number('SELECT COUNT(*) FROM submission');

before(async () => {
	stack = use(await Stack.up());
	stack.user('root@example.com', 'superadmin', true, 'Maeve');
	stack.user('moderator@example.com', 'moderator');
	[root, moderator] = ['root@example.com', 'moderator@example.com'].map((who) => log_in(who).cookie);
});
after(() => stack.down());

test('nothing yet, then each message with its result', async () => {
	await assert_valid(page());
	assert.match(page().body, /Nothing from Meta yet/);
	stack.connect('unassigned');
	ids = [];
	for (const name of ['Ann', 'Bea', 'Cleo']) {
		ids.push(...(await stack.ask_sim('/sim/leads', { form, platform: 'fb',
			values: { full_name: name, email: `${name}@example.com`, phone_number: '' } })).ids);
		stack.simulator('deliver');
		await stack.work();
	}
	const all = page();

	await assert_valid(all);
	assert.equal((all.body.match(/<\/svg>Stored</g) || []).length, 3);
	assert.match(all.body, /Harbour Dental Galway<\/bdi><\/a><span class="sub">1 lead: \d+/);
	set(ids[1], 'parked', 'password_changed');
	set(ids[2], 'dead', 'unknown');
	assert.match(page().body, /Parked: Facebook password changed</);
	assert.match(page().body, />Given up</);
	assert.deepEqual(rows(page('state=parked').body), [receipt_of(ids[1])]);
	assert.deepEqual(rows(page('state=dead').body), [receipt_of(ids[2])]);
	assert.deepEqual(rows(page(`lead=${ids[0]}`).body), [receipt_of(ids[0])]);
	assert.match(page('lead=1').body, /No delivery here/);
	for (const query of ['state=lost', 'before=x'])
		assert.equal(page(query).status, 400);
});

test('one message: its leads, its bytes for Admins only', async () => {
	const id = receipt_of(ids[0]), full = one(id);

	await assert_valid(full);
	assert.match(full.body, new RegExp(`<a href="/lead/\\d+">${ids[0]}</a>`));
	assert.match(full.body, /As Meta sent it[^]*leadgen_id[^]*SHA-256/);
	const less = one(id, moderator);
	assert.equal(less.status, 200);
	assert.doesNotMatch(less.body, /As Meta sent it|SHA-256/);
	assert.doesNotMatch(one(receipt_of(ids[2]), moderator).body, /Retry/);
	assert.equal(one(999999).status, 404);
});

test('retried: by hand, once', async () => {
	const job = stack.number(`SELECT id FROM job WHERE subject = '${ids[2]}'`), delivery = receipt_of(ids[2]);

	assert.match(one(delivery).body, new RegExp(`Retry ${ids[2]}`));
	assert.equal(post('deliveries', '/retry', moderator, { id: job, delivery }).status, 403);
	assert.equal(post('deliveries', '/retry', root, { id: job, delivery }).head.location, `/deliveries/${delivery}`);
	await stack.work();
	assert.deepEqual(stack.sql(`SELECT state, reason FROM job WHERE id = ${job}`), [['done', '']]);
	assert.equal(post('deliveries', '/retry', root, { id: job, delivery }).status, 404);
	assert.equal(stored(), 3);
});

test('a range: counted first, then opened again; nothing is doubled', async () => {
	const days = 'from=2020-01-01&until=2020-12-31';
	// Days are those of the site's zone.
	const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Dublin' }).format();
	const range = (query) => cgi('deliveries', { path: '/replay', cookie: root, query });

	await assert_valid(range(''));
	assert.match(range(days).body, /0 deliveries, 0 expected to be new/);
	set(ids[0], 'dead', 'unknown');
	stack.sql(`DELETE FROM submission WHERE leadgen_id = '${ids[0]}'`);
	const asked = range(`from=${today}&until=${today}`);
	assert.match(asked.body, /3 deliveries, 2 expected to be new/);
	await assert_valid(asked);
	for (const query of ['from=2026-01-02&until=2026-01-01', 'from=x&until=y', 'from=2024-01-01&until=2026-01-01'])
		assert.equal(range(query).status, 422, query);
	assert.equal(cgi('deliveries', { path: '/replay', cookie: moderator }).status, 403);
	const done = post('deliveries', '/replay', root, { from: today, until: today });
	assert.equal(done.status, 303, done.log);
	await stack.work();
	assert.match(page().body, /3 deliveries are opened again/);
	assert.equal(stored(), 3);
	assert.equal(stack.number('SELECT COUNT(*) - COUNT(DISTINCT leadgen_id) FROM submission'), 0);
	assert.match(stack.sql("SELECT words FROM audit WHERE act = 'delivery.replay'")[0][0], /Replayed 3 deliveries/);
});

test('bad signatures are counted, and told', () => {
	stack.sql("INSERT INTO refused_delivery (day, reason, n, last_at) VALUES (UTC_DATE(), 'wrong', 7, UTC_TIMESTAMP(3))");
	assert.match(page().body, /7 messages were refused within 7 days/);
});

test('headroom: disks, size, work that waits, worker and cron, each with what to do', async () => {
	const room = (cookie = root) => /<details[^>]*class="card flush gap room"[^]*?<\/details>/.exec(page('', cookie).body)[0];
	const checks = () => JSON.parse(stack.leadport(['doctor', '--json']));
	const beat = (kind, ago) => stack.sql(`REPLACE INTO worker_kind (kind, beat_at) VALUES ('${kind}', UTC_TIMESTAMP(3) - INTERVAL ${
		ago} SECOND)`);

	// One that a page woke would do what is to be overdue.
	await stack.end_workers();
	stack.sql("DELETE FROM refused_delivery WHERE n > 0; DELETE FROM worker_kind WHERE kind <> ''");
	const first = room(moderator);
	assert.match(first, /The disk of uploads (has room|gets full)[^]*\d+ [MG]B free, \d+ %/);
	assert.match(first, /The disk of the database (has room|gets full)[^]*\d+ [MG]B free, \d+ %/);
	assert.match(first, /The size of the database is fine[^]*?>\s*<bdi>[1-9]\d* MB</);
	assert.match(first, /No work is overdue/);
	assert.match(first, /No cron job starts a worker[^]*Add it at the web host: \* \* \* \* \* leadport worker --for 55/);
	await assert_valid(page());
	assert.doesNotMatch(page('state=dead').body, /Headroom/);

	beat('web', 1);
	assert.match(room(), /No cron job starts a worker/);
	beat('cron', 30);
	assert.match(room(), />Cron starts a worker<[^]*seen /);
	beat('cron', 600);
	assert.match(room(), /Cron starts no worker any more[^]*seen 10 min ago/);
	beat('service', 30);
	assert.match(room(), /A worker runs all the time, cron is not needed/);
	beat('service', 600);
	assert.match(room(), /Cron starts no worker any more/);

	stack.sql("INSERT INTO job (kind, subject, received_at, run_at, created_at) VALUES ('health', '999', UTC_TIMESTAMP(3)," +
		' UTC_TIMESTAMP(3) - INTERVAL 20 MINUTE, UTC_TIMESTAMP(3) - INTERVAL 20 MINUTE)');
	assert.match(room(), /Work is overdue[^]*several at once are safe[^]*the oldest for 20 min/);
	const waiting = checks().find((c) => c.id === 'waiting');
	assert.deepEqual([waiting.state, waiting.title], ['warn', 'Work is overdue']);
	for (const id of ['cron', 'var', 'data', 'size'])
		assert.ok(checks().some((c) => c.id === id), id);
	// What is not due yet does not wait.
	stack.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) + INTERVAL 1 DAY WHERE subject = '999'");
	assert.match(room(), /No work is overdue/);
	stack.sql("DELETE FROM job WHERE subject = '999'; INSERT INTO receipt (received_at, verdict, body) VALUES" +
		" (UTC_TIMESTAMP(3) - INTERVAL 9 MINUTE, 'good', '{}')");
	assert.match(room(), /Work is overdue[^]*the oldest for 9 min/);
	stack.sql("DELETE FROM receipt WHERE body = '{}'");
});

test('a worker says how it was started', () => {
	stack.sql("DELETE FROM worker_kind WHERE kind <> ''");
	const kinds = () => stack.sql('SELECT kind FROM worker_kind ORDER BY kind').map(([kind]) => kind);

	stack.leadport(['worker', '--for', '1', '--woken']);
	assert.deepEqual(kinds(), ['web']);
	stack.leadport(['worker', '--for', '1']);
	assert.deepEqual(kinds(), ['cron', 'web']);
	stack.leadport(['worker', '--once']);
	assert.deepEqual(kinds(), ['cron', 'web', 'once']);
});
