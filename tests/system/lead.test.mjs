// A lead travels: simulator, web server, database, worker, all real.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { Stack, Visitor, app_secret, until } from '../web.mjs';

for (const server of ['lighttpd', 'apache']) {
	test(`the way of a lead under ${server}`, async (t) => {
		const stack = await Stack.up({ server, limits: 'worker_seconds = 60' });

		t.after(() => stack.down());
		stack.user('root@example.com', 'superadmin', true, 'Maeve');
		stack.connect();

		await t.test('a webhook starts a worker, and the lead is on the page', async () => {
			const { ids } = await stack.ask_sim('/sim/leads', { count: 1, platform: 'ig',
				form: '447333180259101' });
			const visitor = new Visitor(stack.base);

			stack.simulator('deliver');
			await until('the lead is stored', () =>
				stack.number(`SELECT COUNT(*) FROM submission WHERE leadgen_id = '${ids[0]}'`) === 1);
			await visitor.login('root@example.com');
			const page = await visitor.ask('/leads');
			assert.equal(page.status, 200);
			assert.match(page.body, /Free whitening check/);
			assert.match(page.body, /Maeve/);
			const lead = await visitor.ask(/href="(\/lead\/\d+)"/.exec(page.body)[1]);
			assert.equal(lead.status, 200);
			assert.match(lead.body, /Instagram Lead Ad/);
			assert.match(lead.body, /Which treatment interests you\?/);
			assert.match(lead.body, /It was the turn of Maeve/);
		});

		await t.test('a batch of 1,000 changes, 300 KB, is taken in', async () => {
			const before = stack.number('SELECT COUNT(*) FROM submission');

			await stack.ask_sim('/sim/leads', { count: 1000, seed: 5 });
			stack.simulator('deliver', '--batch', '1000');
			await until('all are stored', () =>
				stack.number('SELECT COUNT(*) FROM submission') === before + 1000);
		});

		await t.test('wrong and missing signatures are refused and counted', async () => {
			const body = '{"object":"page","entry":[]}';
			const wrong = await fetch(`${stack.base}/webhook`, { method: 'POST', body,
				headers: { 'X-Hub-Signature-256': `sha256=${'0'.repeat(64)}` } });
			const missing = await fetch(`${stack.base}/webhook`, { method: 'POST', body });

			assert.equal(wrong.status, 401);
			assert.equal(missing.status, 401);
			assert.equal(stack.number('SELECT SUM(n) FROM refused_delivery'), 2);
		});

		await t.test('an unknown program is 404, with a page', async () => {
			const answer = await fetch(`${stack.base}/nothing-such`);

			assert.equal(answer.status, 404);
			assert.match(await answer.text(), /Nothing here/);
		});

		await t.test('a body over the limit is 413', async () => {
			const body = 'x'.repeat((3 << 20) + 1);
			const mac = createHmac('sha256', app_secret).update(body).digest('hex');
			const answer = await fetch(`${stack.base}/webhook`, { method: 'POST', body,
				headers: { 'X-Hub-Signature-256': `sha256=${mac}` } });

			assert.equal(answer.status, 413);
		});
	});
}

test('1,000 leads, each delivered three times in random order', async (t) => {
	const stack = await Stack.up();
	const workers = [];

	t.after(() => {
		workers.forEach((w) => w.kill());
		stack.down();
	});
	['a', 'b', 'c'].forEach((n) => stack.user(`${n}@example.com`, 'member', true));
	stack.connect();
	await stack.ask_sim('/sim/faults', { repeat_percent: 0 });
	workers.push(stack.worker(), stack.worker());
	await stack.ask_sim('/sim/leads', { count: 1000, seed: 42 });
	stack.simulator('deliver', '--batch', '25', '--repeat', '3', '--shuffle', '--seed', '7',
		'--concurrency', '4');
	await until('the queue is empty', () => stack.number(
		"SELECT (SELECT COUNT(*) FROM submission) = 1000 AND NOT EXISTS (SELECT 1 FROM job WHERE state <> 'done')") === 1);

	await t.test('one submission each, none doubled, none lost', async () => {
		const ledger = await stack.ask_sim('/sim/ledger');
		const stored = new Set(stack.sql('SELECT leadgen_id FROM submission').map((r) => r[0]));

		assert.equal(ledger.length, 1000);
		assert.deepEqual(ledger.filter((l) => !stored.has(l.id)), []);
		assert.equal(stored.size, 1000);
		assert.equal(stack.number('SELECT COUNT(*) FROM `lead`'), 1000);
	});

	await t.test('every one is mapped as the person answered', async () => {
		const ledger = await stack.ask_sim('/sim/ledger');
		const leads = new Map(stack.sql('SELECT s.leadgen_id, l.email, l.name, l.phone FROM submission s' +
			' JOIN `lead` l ON l.id = s.lead_id').map((r) => [r[0], r]));

		for (const l of ledger) {
			const [, email, name, phone] = leads.get(l.id);

			assert.equal(email, l.email);
			if (l.name)
				assert.equal(name, l.name);
			if (l.phone)
				assert.equal(phone, l.phone);
			assert.notEqual(name, '');
		}
	});

	await t.test('assigned evenly, within one', () => {
		const counts = stack.sql('SELECT COUNT(*) FROM `lead` GROUP BY assignee_id').map((r) => Number(r[0]));

		assert.equal(counts.length, 3);
		assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, String(counts));
	});
});

test('kill -9 of worker and database in the middle: nothing lost, nothing doubled', async (t) => {
	const stack = await Stack.up({ limits: 'lease_seconds = 2\nretry_first_ms = 50\nworker_seconds = 60' });
	let worker;

	t.after(() => {
		worker?.kill();
		stack.down();
	});
	['a', 'b', 'c'].forEach((n) => stack.user(`${n}@example.com`, 'member', true));
	stack.connect();
	await stack.ask_sim('/sim/faults', { repeat_percent: 0 });
	await stack.ask_sim('/sim/leads', { count: 600, seed: 9 });
	worker = stack.worker();
	const sending = new Promise((done, failed) => {
		import('node:child_process').then(({ spawn }) => {
			const child = spawn(`${stack.state}/sim/leadport/bin/simulator`, ['deliver', '--batch', '3',
				'--repeat', '2', '--shuffle', '--concurrency', '2', '--deadline', '90'],
			{ env: { ...stack.env, LEADPORT_CONF: `${stack.state}/sim/leadport/leadport.conf` },
				stdio: 'ignore' });

			child.on('exit', (code) => code === 0 || code === 1 ? done(code) : failed(new Error(String(code))));
		});
	});
	const stored = () => stack.number('SELECT COUNT(*) FROM submission');

	await until('some leads are stored', () => stored() > 50);
	worker.kill('SIGKILL');
	worker = stack.worker();
	await until('more leads are stored', () => stored() > 150);
	stack.script('db.sh', 'kill', `${stack.state}/db`);
	stack.script('db.sh', 'start', `${stack.state}/db`);
	await sending;
	// What could not be acknowledged while the database was away comes again.
	for (let i = 0; i < 3; i++)
		stack.simulator('deliver', '--batch', '50');
	await until('all are stored', () => stored() === 600);
	assert.equal(stack.number('SELECT COUNT(DISTINCT leadgen_id) FROM submission'), 600);
	assert.equal(stack.number('SELECT COUNT(*) FROM `lead` WHERE n_submissions <> 1'), 0);
	assert.equal(stack.number("SELECT COUNT(*) FROM lead_event WHERE kind = 'came'"), 600);
	const counts = stack.sql('SELECT COUNT(*) FROM `lead` GROUP BY assignee_id').map((r) => Number(r[0]));
	assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, String(counts));
});

test('a login with a hundred pages connects all that can be', async (t) => {
	const stack = await Stack.up();

	t.after(() => stack.down());
	await stack.ask_sim('/sim/faults', { accounts_pages: 100 });
	stack.connect('unassigned');
	const connected = stack.number("SELECT COUNT(*) FROM draft_page WHERE result = 'connected'");

	// Some of the made-up pages lack the tasks that leads need.
	assert.ok(connected > 70, `${connected} pages`);
	assert.equal(stack.number('SELECT COUNT(*) FROM page WHERE subscribed_at IS NOT NULL'), connected);
	assert.equal(stack.number("SELECT COUNT(*) FROM draft_page WHERE reason = 'tasks_missing'"), 100 - connected);
});

test('the same person twice is one lead with two submissions', async (t) => {
	const stack = await Stack.up();

	t.after(() => stack.down());
	stack.user('a@example.com', 'member', true);
	stack.connect();
	await stack.ask_sim('/sim/leads', { form: '447333180259101', platform: 'fb',
		values: { email: 'Ann@Example.com', full_name: 'Ann', phone_number: '+353209110187' } });
	stack.simulator('deliver');
	await stack.work();
	await stack.ask_sim('/sim/leads', { form: '447333180259102', platform: 'ig',
		values: { email: '  ann@example.COM ', first_name: '', last_name: '', city: 'Galway' } });
	stack.simulator('deliver');
	await until('both are stored', () => stack.number('SELECT COUNT(*) FROM submission') === 2);
	assert.deepEqual(stack.sql('SELECT name, phone, city, n_submissions FROM `lead`'),
		[['Ann', '+353209110187', 'Galway', '2']]);
	assert.equal(stack.number('SELECT COUNT(*) FROM lead_tag'), 2);
});

test('a dead page token is fetched anew; a dead connection parks, and says so', async (t) => {
	const stack = await Stack.up({ limits: 'retry_first_ms = 50' });

	t.after(() => stack.down());
	stack.user('a@example.com', 'member', true);
	stack.connect();
	await stack.ask_sim('/sim/kill', { token: 'page:112233445566778', subcode: 460 });
	await stack.ask_sim('/sim/leads', { form: '447333180259101', count: 3 });
	stack.simulator('deliver', '--batch', '3');
	await until('they are stored', () => stack.number('SELECT COUNT(*) FROM submission') === 3);

	await stack.ask_sim('/sim/kill', { token: 'page:112233445566778', subcode: 460 });
	await stack.ask_sim('/sim/kill', { token: 'SIM-SYSTEM-USER-TOKEN-1', subcode: 460 });
	await stack.ask_sim('/sim/leads', { form: '447333180259101', count: 2 });
	stack.simulator('deliver', '--batch', '2');
	await until('they are parked', () =>
		stack.number("SELECT COUNT(*) FROM job WHERE state = 'parked' AND reason = 'password_changed'") === 2);
	await until('the login is in trouble', () =>
		stack.number("SELECT COUNT(*) FROM trouble WHERE reason = 'password_changed'") > 0);
});

test('Meta in trouble: HTML, throttling, a null item; every lead still arrives', async (t) => {
	const stack = await Stack.up({ limits: 'retry_first_ms = 50' });

	t.after(() => stack.down());
	stack.user('a@example.com', 'member', true);
	stack.connect();
	for (const error of ['html', 'unavailable200', '2', 'truncated'])
		await stack.ask_sim('/sim/faults', { kind: 'any', nth: 1, times: 3, error });
	await stack.ask_sim('/sim/leads', { count: 40 });
	stack.simulator('deliver', '--batch', '10');
	await until('all are stored', () => stack.number('SELECT COUNT(*) FROM submission') === 40);
});

test('advertising fields withheld, ids as numbers: leads come all the same', async (t) => {
	const stack = await Stack.up();

	t.after(() => stack.down());
	stack.user('a@example.com', 'member', true);
	stack.connect('user', '--assignee', 'a@example.com');
	await stack.ask_sim('/sim/faults', { withhold_ad_fields: true, webhook_ids: 'numbers' });
	await stack.ask_sim('/sim/leads', { count: 30 });
	stack.simulator('deliver', '--batch', '7');
	await until('all are stored', () => stack.number('SELECT COUNT(*) FROM submission') === 30);
	assert.equal(stack.number('SELECT COUNT(*) FROM `lead` WHERE assignee_id IS NULL'), 0);
});

test('values switched off at Meta: a change without a lead has the forms read', async (t) => {
	const stack = await Stack.up();
	let expected = 0;

	t.after(() => stack.down());
	stack.user('a@example.com', 'member', true);
	stack.connect('user', '--assignee', 'a@example.com');
	for (const webhook_values of ['none', 'changed_fields']) {
		await stack.ask_sim('/sim/faults', { webhook_values });
		await stack.ask_sim('/sim/leads', { count: 9 });
		stack.simulator('deliver', '--batch', '3');
		expected += 9;
		await until('all are stored', () => stack.number('SELECT COUNT(*) FROM submission') === expected);
		await until('the sync is over', () => stack.number("SELECT COUNT(*) FROM sync_run WHERE state = 'running'") === 0);
	}
});

test('changes twice in a body, among unknown ones, escaped: every lead once', async (t) => {
	const stack = await Stack.up();
	let expected = 0;

	t.after(() => stack.down());
	stack.user('a@example.com', 'member', true);
	stack.connect('user', '--assignee', 'a@example.com');
	for (const webhook_extra of ['unknown', 'accents']) {
		await stack.ask_sim('/sim/faults', { duplicate_percent: 100, webhook_extra });
		await stack.ask_sim('/sim/leads', { count: 12 });
		stack.simulator('deliver', '--batch', '5');
		expected += 12;
		await until('all are stored', () => stack.number('SELECT COUNT(*) FROM submission') === expected);
	}
	assert.equal(stack.number('SELECT COUNT(*) FROM receipt'), 6);
	assert.equal(stack.number("SELECT COUNT(*) FROM job WHERE kind = 'lead' AND state <> 'done'"), 0);
});
