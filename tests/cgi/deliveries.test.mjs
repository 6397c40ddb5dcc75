// What Meta sent, what became of it, and what is tried again.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { Stack, app_secret } from '../web.mjs';
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
// A day of the site's zone, put together from its parts: how a language writes
// a date as a whole differs between versions of Node.
const zone = new Intl.DateTimeFormat('en', { timeZone: 'Europe/Dublin', year: 'numeric', month: '2-digit', day: '2-digit' });
const day = (shift) => {
	const part = Object.fromEntries(zone.formatToParts(Date.now() + shift * 86400000).map(({ type, value }) => [type, value]));

	return `${part.year}-${part.month}-${part.day}`;
};

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
	// It has moved on since it was seen: told where it was pressed.
	const late = post('deliveries', '/retry', root, { id: job, delivery });
	assert.deepEqual([late.status, late.head.location], [303, `/deliveries/${delivery}`]);
	assert.match(one(delivery).body, /It does not wait any more\./);
	assert.doesNotMatch(one(delivery).body, /It does not wait any more\./);
	assert.deepEqual(stack.sql(`SELECT state, attempts FROM job WHERE id = ${job}`), [['done', '1']]);
	assert.equal(post('deliveries', '/retry', root, { id: 999999, delivery }).status, 404);
	assert.equal(stored(), 3);
});

test('what no message is kept of is listed, found and tried again like the rest', async () => {
	const words = (answer) => answer.body.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
	const job = (id) => stack.number(`SELECT id FROM job WHERE subject = '${id}'`);
	const cases = {
		'set aside by a sync': (id) => stack.sql(`UPDATE job SET receipt_id = NULL WHERE subject = '${id}'`),
		'of a message that was purged': (id) => stack.sql(`DELETE FROM receipt WHERE id = ${receipt_of(id)}`),
	};
	const made = [], last = stack.number('SELECT MAX(id) FROM receipt');

	for (const [name, cut] of Object.entries(cases)) {
		const [id] = (await stack.ask_sim('/sim/leads', { form, platform: 'fb',
			values: { full_name: 'Dee', email: `${made.length}@example.org`, phone_number: '' } })).ids;

		stack.simulator('deliver');
		await stack.work();
		cut(id);
		stack.sql(`DELETE FROM submission WHERE leadgen_id = '${id}'`);
		made.push(id);
		for (const [state, sign] of [['parked', 'Parked'], ['dead', 'Given up']]) {
			set(id, state, 'password_changed');
			for (const query of [`state=${state}`, `lead=${id}`, `state=${state}&page=${stack.number(
				`SELECT page_meta_id FROM job WHERE subject = '${id}'`)}`]) {
				const list = page(query);

				assert.match(words(list), new RegExp(`1 lead: ${id}[^]*${sign}`), `${name}: ${query}`);
				await assert_valid(list);
			}
			assert.doesNotMatch(page('state=waiting').body, new RegExp(id));
		}
		const open = cgi('deliveries', { path: `/job/${job(id)}`, cookie: root });
		assert.equal(open.status, 200, open.log);
		await assert_valid(open);
		assert.match(page(`lead=${id}`).body, new RegExp(`href="/deliveries/job/${job(id)}"`));
		assert.doesNotMatch(cgi('deliveries', { path: `/job/${job(id)}`, cookie: moderator }).body, /Retry/);
	}
	// More than one page of them, and one page after the other shows each once.
	stack.sql('INSERT INTO job (kind, subject, page_meta_id, received_at, run_at, created_at, state) SELECT' +
		" 'lead', seq, '77', UTC_TIMESTAMP(3) - INTERVAL seq DIV 2 SECOND, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), 'dead' FROM seq_1_to_120");
	const seen = [];
	for (let query = 'state=dead&page=77'; query;) {
		const list = page(query);

		seen.push(...[...list.body.matchAll(/class="sub">1 lead: (\d+)/g)].map(([, id]) => Number(id)));
		query = /href="\/deliveries\?([^"]*)" rel="next"/.exec(list.body)?.[1].replaceAll('&amp;', '&');
	}
	assert.deepEqual(seen, Array.from({ length: 120 }, (_, i) => i + 1).sort((a, b) =>
		(a >> 1) - (b >> 1) || b - a));
	assert.match(words(page('state=dead&page=77')), /Page 77/);
	stack.sql("DELETE FROM job WHERE page_meta_id = '77'");
	for (const [i, id] of made.entries()) {
		const back = i ? { delivery: 0 } : { is_list: 1, query: 'state=dead' };
		const done = post('deliveries', '/retry', root, { id: job(id), ...back });

		assert.equal(done.head.location, i ? `/deliveries/job/${job(id)}` : '/deliveries?state=dead');
		await stack.work();
		assert.deepEqual(stack.sql(`SELECT state, reason FROM job WHERE subject = '${id}'`), [['done', '']]);
		assert.equal(stack.number(`SELECT COUNT(*) FROM submission WHERE leadgen_id = '${id}'`), 1);
		stack.sql(`DELETE FROM submission WHERE leadgen_id = '${id}'`);
		stack.sql(`DELETE FROM job WHERE subject = '${id}'`);
	}
	stack.sql(`DELETE FROM receipt WHERE id > ${last}`);
});

test('other work that was given up is told, and tried again', async () => {
	const count = () => /(\d+) other pieces? of work/.exec(page().body)?.[1];

	assert.equal(count(), undefined);
	stack.sql("INSERT INTO job (kind, subject, state, reason, reason_words, received_at, run_at, created_at, ended_at) VALUES" +
		" ('mail', '4711', 'dead', 'mail', 'The mail server did not take it', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))," +
		" ('draft', '4711', 'dead', '', 'told to whoever waits for it', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))");
	assert.equal(count(), '1');
	const list = page('state=other');
	await assert_valid(list);
	assert.match(list.body, /A letter[^]*The mail server did not take it/);
	assert.doesNotMatch(list.body, /whoever waits/);
	const job = stack.number("SELECT id FROM job WHERE kind = 'mail' AND subject = '4711'");
	const open = (cookie = root) => cgi('deliveries', { path: `/job/${job}`, cookie });
	await assert_valid(open());
	// A letter is deleted after some time: there is nothing to send any more.
	assert.match(open().body, /The letter is not kept any more/);
	assert.doesNotMatch(open().body + list.body, /Retry/);
	stack.sql("INSERT INTO mail (id, address, subject, body, created_at) VALUES (4711, 'liam@example.com', 'Galway: <Login> expired', 'x', UTC_TIMESTAMP(3))");
	await assert_valid(open());
	assert.match(open().body, /To liam@example\.com: Galway: &lt;Login&gt; expired/);
	for (const answer of [open(), page('state=other')])
		assert.match(answer.body, />Retry</);
	assert.doesNotMatch(open(moderator).body, /liam|expired|Retry/);
	stack.sql(`UPDATE mail SET address = '', user_id = ${stack.number("SELECT id FROM app_user WHERE role = 'moderator'")} WHERE id = 4711`);
	assert.match(open().body, />Retry<[^]*To moderator@example\.com: Galway/);
	stack.sql("UPDATE app_user SET is_active = 0 WHERE role = 'moderator'");
	assert.doesNotMatch(open().body + page('state=other').body, /Retry/);
	stack.sql("UPDATE app_user SET is_active = 1 WHERE role = 'moderator'");
	// Other work is of no page.
	assert.match(page('state=other&page=77').body, /A letter/);
	assert.doesNotMatch(page('state=other&page=77').body, /value="77"/);
	assert.equal(post('deliveries', '/retry', root, { id: job, is_list: 1, query: 'state=other' }).head.location, '/deliveries?state=other');
	await stack.work();
	// No mail server is set up here: it waits for one.
	assert.deepEqual(stack.sql(`SELECT state, reason_words FROM job WHERE id = ${job}`), [['ready', 'No mail server is configured']]);
	assert.equal(count(), undefined);
	stack.sql("DELETE FROM mail WHERE id = 4711; DELETE FROM job WHERE subject = '4711'");
});

test('step by step, with the times that are known; one that waits can be hurried', async () => {
	const id = ids[1], delivery = receipt_of(id), job = stack.number(`SELECT id FROM job WHERE subject = '${id}'`);
	const steps = (answer) => [.../<ol class="passage[^]*?<\/ol>/.exec(answer.body)[0].matchAll(/<li class="(\w+)"><b>([^<]*)<\/b>(<time)?/g)]
		.map(([, ...found]) => found.join(' ').trim());
	const came = ["done Meta's message came <time", 'done Message opened <time'].map((step) => step.replace("'", '&#39;'));

	set(id, 'parked', 'password_changed');
	assert.deepEqual(steps(one(delivery)), [...came, 'now Parked <time']);
	assert.match(one(delivery).body, /after 11 tries: Facebook password changed/);
	set(id, 'dead', 'unknown');
	assert.deepEqual(steps(one(delivery)), [...came, 'fail Given up <time']);
	stack.sql(`UPDATE job SET state = 'ready', attempts = 9, reason = 'password_changed', ended_at = NULL,` +
		` run_at = UTC_TIMESTAMP(3) + INTERVAL 20 HOUR WHERE id = ${job}`);
	assert.deepEqual(steps(one(delivery)), [...came, 'now Next try <time']);
	assert.match(one(delivery).body, /after 9 tries: Facebook password changed/);
	await assert_valid(one(delivery));
	const why = ': Facebook password changed', times = (answer) => answer.body.split(why.slice(2)).length - 1;
	for (const list of [page(), page('state=waiting')]) {
		assert.equal(times(list), 1);
		assert.match(list.body, new RegExp(`Waits until [^<]*\\d\\d:\\d\\d${why}<[^]*?name="id" value="${job}"[^]*?Retry 1 lead: ${id}`));
		await assert_valid(list);
	}
	assert.doesNotMatch(one(delivery, moderator).body + page('state=waiting', moderator).body, /Retry/);
	assert.equal(post('deliveries', '/retry', root, { id: job, delivery }).status, 303);
	await stack.work();
	assert.deepEqual(steps(one(delivery)), [...came, 'done Stored <time']);
	assert.match(one(delivery).body, /after 1 try</);
	const late = post('deliveries', '/retry', root, { id: job, is_list: 1, query: 'state=waiting' });
	assert.equal(late.head.location, '/deliveries?state=waiting');
	assert.match(page('state=waiting').body, /It does not wait any more\./);
});

test('what waits is what its link lists; messages that nobody opened stand beside it', async () => {
	const words = (answer) => answer.body.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
	const figures = () => [page(), cgi('moderation', { cookie: root })].map((answer) => /Waiting (.*?) Parked/.exec(words(answer))[1].trim());
	const both = (pattern) => figures().forEach((figure) => assert.match(figure, pattern));

	await stack.end_workers();
	both(/^0 nothing to read from Meta$/);
	stack.sql("INSERT INTO receipt (received_at, verdict, body) SELECT UTC_TIMESTAMP(3), 'good', '{\"left\":1}' FROM seq_1_to_20");
	both(/^0 20 messages not opened yet$/);
	await assert_valid(page());
	await assert_valid(cgi('moderation', { cookie: root }));
	stack.sql("INSERT INTO job (kind, subject, received_at, run_at, created_at) VALUES ('lead', '77', UTC_TIMESTAMP(3)," +
		' UTC_TIMESTAMP(3) - INTERVAL 20 MINUTE, UTC_TIMESTAMP(3))');
	both(/^1 the oldest for 20 min and 20 messages not opened yet$/);
	stack.sql("DELETE FROM receipt WHERE body = '{\"left\":1}'");
	stack.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) + INTERVAL 1 DAY WHERE subject = '77'");
	both(/^1 next try [^{]*\d\d:\d\d$/);
	stack.sql("UPDATE job SET state = 'running', lease_until = UTC_TIMESTAMP(3) + INTERVAL 1 DAY WHERE subject = '77'");
	both(/^1 being read$/);
	stack.sql("DELETE FROM job WHERE subject = '77'");
});

test('a lead that is due is read when a worker has it, and waits for one before', async () => {
	const id = ids[0], delivery = receipt_of(id), job = stack.number(`SELECT id FROM job WHERE subject = '${id}'`);
	const row = (list) => new RegExp(`1 lead: ${id}<[^]*?class="status[^]*?</svg>([^<]*)</span>`).exec(list.body)[1];
	const words = () => [row(page()), row(page('state=waiting')), row(page(`lead=${id}`)),
		/<header><h2 id="h-leads">[^]*?<\/svg>([^<]*)</.exec(one(delivery).body)[1],
		/<li class="now"><b>([^<]*)</.exec(one(delivery).body)[1],
		/<header><h2 id="h-leads">[^]*?<\/svg>([^<]*)</.exec(cgi('deliveries', { path: `/job/${job}`, cookie: root }).body)[1]];

	await stack.end_workers();
	stack.sql(`UPDATE job SET state = 'ready', reason = '', run_at = UTC_TIMESTAMP(3) - INTERVAL 1 MINUTE WHERE id = ${job}`);
	assert.deepEqual(words(), Array(6).fill('Waits for a worker'));
	stack.sql(`UPDATE job SET state = 'running', lease_until = UTC_TIMESTAMP(3) + INTERVAL 1 DAY WHERE id = ${job}`);
	assert.deepEqual(words(), Array(6).fill('Being read'));
	stack.sql(`UPDATE job SET state = 'done', lease_until = NULL WHERE id = ${job}`);
});

test('a lead that no message brought is found by its ID, with the way it came', async () => {
	const id = ids[0], lead = stack.number(`SELECT lead_id FROM submission WHERE leadgen_id = '${id}'`);
	const ways = { sync: 'It was read by a sync', history: 'It was read by an import of history', import: 'It came with a file', webhook: 'It is stored' };

	stack.sql(`UPDATE job SET subject = 'aside' WHERE subject = '${id}'`);
	for (const [way, words] of Object.entries(ways)) {
		stack.sql(`UPDATE submission SET way = '${way}' WHERE leadgen_id = '${id}'`);
		const list = page(`lead=${id}`);

		assert.match(list.body, new RegExp(`No delivery here[^]*${words}: <a href="/lead/${lead}">${id}</a>`));
		await assert_valid(list);
	}
	stack.sql(`UPDATE job SET subject = '${id}' WHERE subject = 'aside'`);
	for (const query of [`lead=${id}`, 'lead=1', 'lead=%C3%A9', 'state=parked'])
		assert.doesNotMatch(page(query).body, /It is stored/, query);
	await assert_valid(page('lead=%C3%A9'));
});

test('by days, and by page', () => {
	const first = receipt_of(ids[0]), all = [...ids].reverse().map(receipt_of);
	const of_page = stack.number(`SELECT page_meta_id FROM job WHERE subject = '${ids[0]}'`);

	stack.sql(`UPDATE receipt SET received_at = received_at - INTERVAL 5 DAY WHERE id = ${first}`);
	stack.sql(`UPDATE job SET received_at = received_at - INTERVAL 5 DAY WHERE receipt_id = ${first}`);
	for (const also of ['', `&page=${of_page}`]) {
		assert.deepEqual(rows(page(also.slice(1)).body), all);
		assert.deepEqual(rows(page(`from=${day(-6)}&until=${day(-4)}${also}`).body), [first]);
		assert.deepEqual(rows(page(`from=${day(-1)}${also}`).body), all.slice(0, 2));
		assert.deepEqual(rows(page(`until=${day(-4)}${also}`).body), [first]);
	}
	assert.deepEqual(rows(page('page=1').body), []);
	assert.match(page('page=1').body, /<option value="1" selected>Page 1</);
	for (const query of ['from=2026-13-01', 'page=%C3%A9', 'state=dead&page=x', `page=${'1'.repeat(21)}`])
		assert.equal(page(query).status, 400, query);
	stack.sql(`UPDATE receipt SET received_at = received_at + INTERVAL 5 DAY WHERE id = ${first}`);
	stack.sql(`UPDATE job SET received_at = received_at + INTERVAL 5 DAY WHERE receipt_id = ${first}`);
	// As many as fill a page and more, several of one moment: each once.
	stack.sql(`INSERT INTO receipt (received_at, verdict, body, state) SELECT '${day(-10)} 10:00:00' - INTERVAL seq DIV 3 SECOND,` +
		" 'good', '{}', 'opened' FROM seq_1_to_130");
	const seen = [];
	for (let query = `from=${day(-10)}&until=${day(-10)}`; query;) {
		const list = page(query).body;

		seen.push(...rows(list));
		query = /href="\/deliveries\?([^"]*)" rel="next"/.exec(list)?.[1].replaceAll('&amp;', '&');
	}
	assert.deepEqual([seen.length, new Set(seen).size], [130, 130]);
	stack.sql(`DELETE FROM receipt WHERE received_at < '${day(-9)}'`);
});

test('a range: counted first, then opened again; nothing is doubled', async () => {
	const days = 'from=2020-01-01&until=2020-12-31';
	const today = day(0);
	const range = (query) => cgi('deliveries', { path: '/replay', cookie: root, query });

	await assert_valid(range(''));
	assert.match(range(days).body, /0 deliveries, 0 expected to be new/);
	set(ids[0], 'dead', 'unknown');
	stack.sql(`DELETE FROM submission WHERE leadgen_id = '${ids[0]}'`);
	// What waits goes on by itself, what is parked when something is mended.
	set(ids[1], 'parked', 'password_changed');
	stack.sql(`UPDATE job SET state = 'ready', run_at = UTC_TIMESTAMP(3) + INTERVAL 1 DAY WHERE subject = '${ids[2]}'`);
	const asked = range(`from=${today}&until=${today}`);
	assert.match(asked.body, />3 deliveries, 1 expected to be new/);
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

test('a day of more deliveries than are opened in one go: the rest after them', async () => {
	const then = day(-12), days = { from: then, until: then };
	const range = (query) => cgi('deliveries', { path: '/replay', cookie: root, query: new URLSearchParams(query).toString() });
	const seen = () => stack.number(`SELECT COUNT(*) FROM receipt WHERE received_at < '${then}' + INTERVAL 1 DAY` +
		" AND (state = 'new' OR opened_at IS NOT NULL)");
	const again = () => stack.number("SELECT COUNT(*) FROM job WHERE page_meta_id = '77' AND state <> 'dead'");

	// Many of one moment, and not in the order of their ids.
	stack.sql(`INSERT INTO receipt (received_at, verdict, body, state) SELECT '${then} 12:00:00' - INTERVAL seq DIV 100 SECOND,` +
		" 'good', '{}', 'opened' FROM seq_1_to_6000;" +
		" INSERT INTO job (kind, subject, page_meta_id, receipt_id, received_at, run_at, created_at, state)" +
		` SELECT 'lead', id, '77', id, received_at, received_at, received_at, 'dead' FROM receipt WHERE received_at < '${then}' + INTERVAL 1 DAY`);
	const first = range(days);
	await assert_valid(first);
	assert.match(first.body, /The first 5,000 deliveries[^<]*, 5,000 expected to be new/);
	const done = post('deliveries', '/replay', root, days), next = done.head.location;
	assert.equal(done.status, 303, done.log);
	assert.match(next, /^\/deliveries\/replay\?/);
	assert.deepEqual([seen(), again()], [5000, 5000]);
	const where = Object.fromEntries(new URLSearchParams(next.split('?')[1]));
	const last = range(where);
	await assert_valid(last);
	assert.match(last.body, /5,000 deliveries are opened again/);
	assert.match(last.body, /The last 1,000 deliveries, 1,000 expected to be new/);
	for (const name of ['at', 'id'])
		assert.match(last.body, new RegExp(`name="${name}" value="${where[name]}"`));
	assert.equal(post('deliveries', '/replay', root, where).head.location, '/deliveries');
	assert.deepEqual([seen(), again()], [6000, 6000]);
	assert.equal(range({ ...days, at: 1, id: 1 }).status, 400);
	// One that a page woke would go on opening them.
	await stack.end_workers();
	stack.sql(`DELETE FROM receipt WHERE received_at < '${then}' + INTERVAL 1 DAY`);
	stack.sql("DELETE FROM job WHERE page_meta_id = '77'");
});

test('bad signatures are counted; wrong ones in a row say that the app secret is wrong', async () => {
	const body = '{"object":"page","entry":[]}';
	const send = (headers) => cgi('webhook', { method: 'POST', body, headers }).status;
	const wrong = (n) => Array.from({ length: n }, () => send({ HTTP_X_HUB_SIGNATURE_256: `sha256=${'0'.repeat(64)}` }));
	const good = () => send({ HTTP_X_HUB_SIGNATURE_256: `sha256=${createHmac('sha256', app_secret).update(body).digest('hex')}` });
	const words = (answer) => answer.body.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
	const refused = (cookie) => /App secret does not match .*? ([\d,]+) messages were refused since/.exec(words(page('', cookie)))?.[1];
	// It exits with 1 when a check fails.
	const diagnosis = () => JSON.parse(stack.run(['sh', '-c', `${stack.home}/bin/leadport doctor --json || :`]))
		.find((check) => check.id === 'signatures');

	assert.doesNotMatch(page().body, /refused within 7 days/);
	for (let i = 0; i < 4; i++)
		assert.equal(send({}), 401);
	assert.deepEqual(wrong(2), [401, 401]);
	assert.equal(refused(), undefined);
	assert.equal(diagnosis().state, 'pass');
	wrong(3);
	assert.equal(refused(), '5');
	// Meta knows this secret: who signs with another is not the app that it is of.
	assert.equal(diagnosis().state, 'warn');
	assert.match(diagnosis().title, /^Somebody else, or another app, posts here$/);
	assert.match(diagnosis().words, /5 messages .*were refused since/);
	await assert_valid(page());
	assert.match(page().body, /href="\/platform">Platform setup</);
	assert.equal(refused(moderator), '5');
	assert.doesNotMatch(page('', moderator).body, /href="\/platform"[^>]*>Platform setup</);
	// A good one ends them, and what comes then begins anew.
	assert.equal(good(), 200);
	assert.equal(refused(), undefined);
	assert.equal(diagnosis().state, 'pass');
	assert.match(page().body, /9 messages were refused within 7 days/);
	wrong(1);
	assert.equal(refused(), undefined);
	assert.equal(diagnosis().state, 'pass');
	wrong(2);
	assert.equal(refused(), '3');
	// Days do not part them.  The good one was before, and so was the secret entered.
	stack.sql('UPDATE setting SET set_at = set_at - INTERVAL 3 DAY');
	stack.sql('UPDATE refused_streak SET since = since - INTERVAL 2 DAY, last_at = last_at - INTERVAL 1 DAY');
	stack.sql('UPDATE receipt SET received_at = received_at - INTERVAL 3 DAY');
	wrong(1);
	assert.equal(refused(), '4');
	// A secret that was entered is not known to be wrong.
	stack.leadport(['app', 'set', '--id', '1234567890123'], `${app_secret}\n`);
	assert.equal(refused(), undefined);
	wrong(2);
	assert.equal(refused(), undefined);
	assert.equal(stack.number('SELECT n FROM refused_streak'), 2);
	wrong(1);
	assert.equal(refused(), '3');
	// Nor is one that Meta does not know made right by that.
	stack.leadport(['app', 'set', '--id', '1234567890123'], `${'f'.repeat(32)}\n`);
	wrong(3);
	assert.deepEqual([diagnosis().state, /3 messages were refused since/.test(diagnosis().words)], ['fail', true]);
	stack.leadport(['app', 'set', '--id', '1234567890123'], `${app_secret}\n`);
	await stack.work();
	stack.sql('DELETE FROM refused_delivery');
	stack.sql('DELETE FROM refused_streak');
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
