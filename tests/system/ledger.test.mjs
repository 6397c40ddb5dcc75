// The ledger: what Meta has beside what is here, by form; what is missing has
// a name, one press fetches it, and alarms come and go.
import { test, before, after, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { MailServer } from '../smtp.mjs';
import { until } from '../web.mjs';
import { assert_valid } from '../cgi/kit.mjs';
import { Office, conor, cork, coast, cork_form, coast_form } from './kit.mjs';

let office, root, mail;

before(async () => {
	office = await Office.up();
	root = office.root;
	mail = await MailServer.up();
	await office.mail_by(mail);
});
after(() => {
	mail?.down();
	office?.down();
});
beforeEach(() => office.clean());

// A worker's hour, while letters are taken here.
function round()
{
	office.sql('UPDATE house SET kept_at = kept_at - INTERVAL 1 DAY WHERE one = 1');
	return new Promise((done) => spawn(`${office.stack.home}/bin/leadport`, ['worker', '--once'],
		{ env: office.stack.env, stdio: 'ignore' }).on('exit', done));
}

const form_id = (meta) => office.number(`SELECT id FROM lead_form WHERE meta_id = '${meta}'`);

// A line of the CSV by its name, as numbers where they are.
async function lines(path = '/ledger/csv')
{
	const rows = (await root.ask(path)).body.trim().split('\r\n').map((row) => row.split(',').map((cell) => cell.replace(/^"(.*)"$/, '$1')));

	return Object.fromEntries(rows.slice(1).map((row) => [row[0], Object.fromEntries(rows[0].map((name, i) => [name, row[i]]))]));
}

// Leads that are announced, but that Meta does not give out: their ids.
async function given_up(count)
{
	await office.sim('faults', { kind: 'lead', times: 0, error: '100/33' });
	const gone = await office.leads(cork_form, count);

	await until('they are given up', () => {
		office.hurry();
		return office.jobs_are(gone, ([state]) => state === 'dead');
	});
	return gone;
}

async function line_of(meta)
{
	const name = office.sql(`SELECT name FROM lead_form WHERE meta_id = '${meta}'`)[0][0];

	return (await lines())[name];
}

test('30 % dropped: the difference is counted, named where it can be, and one press brings it to 0', async () => {
	const integration = await office.connect(conor, [cork, coast]);
	const dropped = [], told = [];

	assert.match((await root.ask('/ledger')).body, />0 missing</);
	for (let i = 0; i < 10; i++) {
		dropped.push(...await office.leads(cork_form, 3, { silent: true }));
		told.push(...await office.leads(cork_form, 7));
	}
	await office.arrived(told);
	// Two more are announced, but Meta does not give them out.
	const gone = await given_up(2);
	// Meta is asked for its number while its lists do not show the dropped ones.
	await office.sim('faults', { kind: 'leads', times: 0, error: '100' });
	await office.sync(integration);
	const line = await line_of(cork_form);
	assert.deepEqual([line['At Meta'], line.Received, line.Stored, line['Given up'], line.Balance],
		['102', '72', '70', '2', '32 missing']);
	assert.equal((await line_of(coast_form)).Balance, '0 missing');
	const page = await root.ask(`/ledger/${form_id(cork_form)}`);
	assert_valid({ ...page, body: page.body });
	for (const id of gone)
		assert.ok(page.body.includes(id), 'it has a name');
	assert.match(page.body, /30 leads that Meta counts were not announced to us/);
	assert.match(page.body, /Fetch 32 missing/);

	await office.sim('reset');
	const answer = await root.send(`/ledger/fetch/${form_id(cork_form)}`);
	assert.equal(answer.status, 303);
	await office.arrived([...dropped, ...gone], 60);
	await office.quiet();
	await office.sync(integration);
	assert.equal((await line_of(cork_form)).Balance, '0 missing');
	assert.match((await root.ask(`/ledger/${form_id(cork_form)}`)).body, /Nothing is missing/);
	assert.equal(office.number('SELECT COUNT(*) - COUNT(DISTINCT leadgen_id) FROM submission'), 0);
});

test('the numbers are those of plain SQL, by form and by day', async () => {
	await office.connect(conor, [cork, coast]);
	await office.sim('faults', { repeat_percent: 40 });
	await office.arrived([...await office.leads(cork_form, 12), ...await office.leads(coast_form, 5),
		...await office.leads(cork_form, 2, { test: true })]);
	office.sql(`UPDATE submission SET imported_at = imported_at - INTERVAL 2 DAY WHERE form_meta_id = '${cork_form}' ORDER BY id LIMIT 4`);
	for (const form of [cork_form, coast_form]) {
		const line = await line_of(form);
		const [stored, joined, tests] = office.sql('SELECT SUM(NOT is_test), SUM(is_joined AND NOT is_test), SUM(is_test) FROM submission' +
			` WHERE form_meta_id = '${form}'`)[0];

		assert.deepEqual([line.Stored, line.Joined, line.Test], [stored, joined, tests]);
		assert.equal(line.Received, office.sql(`SELECT COUNT(*) FROM job WHERE form_meta_id = '${form}'`)[0][0]);
		const days = Object.values(await lines(`/ledger/csv/${form_id(form)}`));
		assert.equal(days.reduce((sum, day) => sum + Number(day.Stored), 0), Number(stored));
		assert.equal(days.length, form === cork_form ? 2 : 1);
	}
	assert.equal((await root.ask('/ledger?period=own&from=2026-09-02&to=2026-09-01')).status, 422);
	assert.equal((await root.ask('/ledger/999999')).status, 404);
	assert.equal((await root.ask('/ledger/csv?period=own')).status, 400);
});

test('leads that are missing after a sync, and silence, are alarms that end by themselves', async () => {
	const integration = await office.connect(conor, [cork]);
	const troubles = () => office.troubles(integration).map((tr) => tr.split(' ')[1]);

	await office.leads(cork_form, 2, { silent: true });
	// Meta counts them, but its list is empty: only the number tells.
	await office.sync(integration);
	office.sql(`UPDATE lead_form SET counted = counted + 3 WHERE meta_id = '${cork_form}'`);
	await round();
	assert.deepEqual(troubles(), ['leads_missing']);
	assert.match((await root.ask('/integrations')).body, /Leads missing/);
	const missing = async () => /Missing at Meta[^]*?href="\/ledger\?integration=[^>]*>([^<]*)</.exec(
		(await root.ask(`/integration/${integration}`)).body)[1];

	assert.equal(await missing(), '3');
	await until('the administrator is told', () => mail.letters.some((letter) => /Leads missing/.test(letter.subject)));
	await office.sync(integration);
	await until('none is missing', async () => troubles().length === 0 && await missing() === '0');

	// A lead every two hours, and then none for 25.
	const ids = await office.leads(cork_form, 8);
	await office.arrived(ids);
	for (const [i, id] of ids.entries())
		office.sql(`UPDATE submission SET submitted_at = UTC_TIMESTAMP(3) - INTERVAL ${25 + 2 * i} HOUR WHERE leadgen_id = '${id}'`);
	office.sql(`UPDATE submission SET form_meta_id = '' WHERE leadgen_id NOT IN (${ids.map((id) => `'${id}'`)})`);
	office.sql(`UPDATE lead_form SET base_at = UTC_TIMESTAMP(3) - INTERVAL 9 DAY, base_count = counted WHERE meta_id = '${cork_form}'`);
	await round();
	assert.deepEqual(troubles(), ['form_silent']);
	const said = office.doctor(integration).checks.find((c) => /usually a lead every 2 h; none for 25 h/.test(JSON.stringify(c)));
	assert.ok(said, JSON.stringify(office.doctor(integration).checks.filter((c) => /balance|silence/.test(c.id))));
	await office.arrived(await office.leads(cork_form, 1));
	await round();
	assert.deepEqual(troubles(), []);
});

test('alarms end when a form is left out; a lead that came by the second path is not missing any more', async () => {
	const integration = await office.connect(conor, [cork]);

	const gone = await given_up(1);
	await office.sim('faults', { kind: 'leads', times: 0, error: '100' });
	await office.sync(integration);
	await round();
	assert.equal(office.troubles(integration).filter((tr) => tr.startsWith('form leads_missing')).length, 1);
	assert.ok((await root.ask(`/ledger/${form_id(cork_form)}`)).body.includes(gone[0]));
	office.sql(`UPDATE lead_form SET is_left_out = TRUE WHERE meta_id = '${cork_form}'`);
	await round();
	assert.deepEqual(office.troubles(integration), []);
	office.sql(`UPDATE lead_form SET is_left_out = FALSE WHERE meta_id = '${cork_form}'`);

	// It was given up; the sync brings it all the same, and ends its job.
	await office.sim('reset');
	await office.sync(integration);
	await office.arrived(gone);
	await until('the alarm ends', () => office.troubles(integration).length === 0);
	const page = (await root.ask(`/ledger/${form_id(cork_form)}`)).body;
	assert.match(page, /Nothing is missing/);
	assert.doesNotMatch(page, /Fetch/);
	assert.deepEqual(office.jobs(gone), [['done', '']]);
});

test('a lead that was here at the first count hides none that came in the same second', async () => {
	await office.connect(conor, [cork]);
	await office.arrived(await office.leads(cork_form, 1));
	office.sql('UPDATE lead_form SET base_at = NULL');
	await office.sync(office.number('SELECT MAX(id) FROM integration'));
	// The beginning lies in the second of a lead that it counts.
	office.sql(`UPDATE lead_form SET base_at = (SELECT MAX(submitted_at) FROM submission WHERE form_meta_id = '${cork_form}')` +
		` WHERE meta_id = '${cork_form}'`);
	office.sql(`UPDATE lead_form SET counted = counted + 1 WHERE meta_id = '${cork_form}'`);
	assert.equal((await line_of(cork_form)).Balance, '1 missing');
});

test('a count whose clock is some seconds behind that of leads misses none', async () => {
	const integration = await office.connect(conor, [cork]);

	await office.leads(cork_form, 2, { silent: true });
	await office.sync(integration);
	office.sql('UPDATE lead_form SET counted_at = (SELECT MAX(submitted_at) FROM submission) - INTERVAL 2 SECOND');
	assert.equal((await line_of(cork_form)).Balance, '0 missing');
});

test('what Fetch finds is recovered: routed, tagged, and the letter says that it is old; a paused history sleeps on', async () => {
	const integration = await office.connect(conor, [cork, coast], { fields: { strategy: 'user', assignee: '1' } });

	office.sql(`INSERT INTO sync_run (integration_id, way, state, is_chosen, started_at, paused_at) VALUES (${integration}, 'history', 'paused', 1,` +
		' UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))');
	// Six days old, so that the hourly sync, which looks two days back, misses them.
	office.sql('UPDATE page SET connected_at = connected_at - INTERVAL 9 DAY');
	const old = await office.leads(cork_form, 2, { silent: true, days_ago: 6 });
	await office.sync(integration);
	assert.equal((await line_of(cork_form)).Balance, '2 missing');
	const letters = mail.letters.length;
	assert.equal((await root.send(`/ledger/fetch/${form_id(cork_form)}`)).status, 303);
	assert.match((await root.ask(`/ledger/${form_id(cork_form)}`)).body, /is read from the beginning of its ledger/);
	await office.arrived(old);
	await office.quiet();
	const ids = old.map((id) => `'${id}'`);
	assert.deepEqual(office.sql(`SELECT s.way, l.assignee_id, t.tag FROM submission s JOIN \`lead\` l ON l.id = s.lead_id` +
		` JOIN lead_tag t ON t.lead_id = l.id WHERE s.leadgen_id IN (${ids}) AND t.tag = 'Recovered'`),
	[['sync', '1', 'Recovered'], ['sync', '1', 'Recovered']]);
	await until('both letters say it', () => mail.letters.slice(letters).filter((letter) => /This answer is old/.test(letter.body)).length === 2);
	assert.equal((await line_of(cork_form)).Balance, '0 missing');
	assert.equal(office.number("SELECT COUNT(*) FROM sync_run WHERE state = 'paused'"), 1);
});

test('Fetch while a sync runs is taken along by it', async () => {
	const integration = await office.connect(conor, [cork, coast]);

	office.sql('UPDATE page SET connected_at = connected_at - INTERVAL 9 DAY');
	const old = await office.leads(coast_form, 3, { silent: true, days_ago: 6 });
	await office.sync(integration);
	assert.equal((await line_of(coast_form)).Balance, '3 missing');
	// A sync that has read this form, and is not over.
	await office.sim('faults', { kind: 'leads', times: 1, error: '4' });
	await root.send(`/integration-sync/${integration}`);
	await until('it waits for Meta', () => office.number("SELECT COUNT(*) FROM sync_run WHERE state = 'running' AND waits_until > UTC_TIMESTAMP(3)") === 1);
	const runs = office.number('SELECT COUNT(*) FROM sync_run');
	await root.send(`/ledger/fetch/${form_id(coast_form)}`);
	const page = (await root.ask(`/ledger/${form_id(coast_form)}`)).body;
	assert.match(page, /Waiting until/);
	assert_valid({ status: 200, headers: new Headers(), body: page });
	office.hurry();
	await office.arrived(old);
	await office.quiet();
	assert.equal(office.number('SELECT COUNT(*) FROM sync_run'), runs);
	assert.equal(office.run(integration).state, 'done');
	assert.equal((await line_of(coast_form)).Balance, '0 missing');
});

test('what Meta counts and never gives out can be accepted, once its list was read', async () => {
	const integration = await office.connect(conor, [cork]);
	const id = form_id(cork_form), page = async () => (await root.ask(`/ledger/${id}`)).body;

	const gone = await given_up(1);
	await office.sim('faults', { kind: 'leads', times: 0, error: '100' });
	await office.sync(integration);
	// Meta counts two that it gives out to nobody.
	office.sql(`UPDATE lead_form SET base_count = base_count - 2 WHERE id = ${id}`);
	assert.match(await page(), /Fetch 3 missing/);
	assert.doesNotMatch(await page(), /Accept/);
	await root.send(`/ledger/accept/${id}`, { n: '3' });
	assert.match(await page(), /Nothing was accepted: the number has changed, or Meta’s list was not read yet/);
	assert.equal((await line_of(cork_form)).Balance, '3 missing');

	// Read whole, and one that was given up is given up again.
	await office.sim('reset');
	await office.sim('faults', { kind: 'lead', times: 0, error: '100/33' });
	await root.send(`/ledger/fetch/${id}`);
	await office.quiet();
	assert.match(await page(), /2 leads that Meta counts were not announced to us, and not in Meta’s list as of \d/);
	// Two at once accept once; a number that is not the page's is refused.
	await root.send(`/ledger/accept/${id}`, { n: '3' });
	assert.match(await page(), /Nothing was accepted/);
	await Promise.all([root.send(`/ledger/accept/${id}`, { n: '2' }), root.send(`/ledger/accept/${id}`, { n: '2' })]);
	assert.equal(office.number(`SELECT accepted_count FROM lead_form WHERE id = ${id}`), 2);
	assert.match(await page(), /Nothing is missing/);
	assert.equal((await line_of(cork_form)).Balance, '0 missing');
	assert.deepEqual(office.troubles(integration), []);
	assert.match((await root.ask('/audit')).body, /Accepted that 2 leads of/);
	// The next one is missing, and nobody has looked for it yet.
	await office.sim('faults', { kind: 'leads', times: 0, error: '100' });
	const next = await office.leads(cork_form, 1, { silent: true });
	await office.sync(integration);
	assert.equal((await line_of(cork_form)).Balance, '1 missing');
	assert.match(await page(), /1 lead that Meta counts was not announced to us. Only its list/);
	assert.doesNotMatch(await page(), /Accept/);
	// Two that were accepted come after all: they hide no other.
	await office.sim('reset');
	office.sql(`UPDATE lead_form SET base_count = base_count + 2 WHERE id = ${id}`);
	await office.sync(integration);
	await office.arrived(next);
	// Meta's clock may say that it counted in the second before that lead: the next count tells.
	await until('they hide no other', async () => {
		await office.sync(integration);
		return office.number(`SELECT accepted_count FROM lead_form WHERE id = ${id}`) === 0;
	});
	office.sql(`UPDATE lead_form SET counted = counted + 1 WHERE id = ${id}`);
	assert.equal((await line_of(cork_form)).Balance, '1 missing');
});

test('a sync of everything, asked for while Fetch waits, reads everything; a reconnect keeps what Fetch asked for', async () => {
	const integration = await office.connect(conor, [cork, coast]);

	office.sql('UPDATE page SET connected_at = connected_at - INTERVAL 9 DAY');
	const old = await office.leads(cork_form, 2, { silent: true, days_ago: 6 });
	await office.sim('faults', { kind: 'leads', times: 1, error: '4' });
	await root.send(`/ledger/fetch/${form_id(cork_form)}`);
	await until('Fetch waits for Meta', () => office.number("SELECT COUNT(*) FROM sync_run WHERE state = 'running' AND is_chosen AND waits_until > UTC_TIMESTAMP(3)") === 1);
	const fresh = await office.leads(coast_form, 2, { silent: true });
	await root.send(`/integration-sync/${integration}`);
	assert.equal(office.number("SELECT COUNT(*) FROM sync_run WHERE state = 'running' AND NOT is_chosen"), 1);
	office.hurry();
	await office.arrived([...fresh, ...old]);
	await office.quiet();
	assert.equal(office.run(integration).state, 'done');
	assert.equal(office.number('SELECT COUNT(*) FROM page WHERE last_sync_at IS NULL'), 0);

	const older = await office.leads(cork_form, 1, { silent: true, days_ago: 7 });
	await office.sim('faults', { kind: 'leads', times: 1, error: '4' });
	await root.send(`/ledger/fetch/${form_id(cork_form)}`);
	await until('Fetch waits for Meta', () => office.number("SELECT COUNT(*) FROM sync_run WHERE state = 'running' AND waits_until > UTC_TIMESTAMP(3)") === 1);
	office.sql('UPDATE throttle SET until = NULL, percent = 0 WHERE percent >= 0');
	await office.reconnect(integration, conor, [cork, coast]);
	await office.arrived(older);
});

test('a count that is old is not green, and a limit that has ended stops no sync', async () => {
	const integration = await office.connect(conor, [cork]);

	office.sql('UPDATE lead_form SET counted_at = counted_at - INTERVAL 3 DAY, base_at = base_at - INTERVAL 3 DAY');
	assert.match((await root.ask('/ledger')).body, /0 missing, but not every form was counted lately[^]*status idle">[^]*not counted since/);
	const said = office.doctor(integration).checks.find((c) => c.id === 'balance');
	assert.deepEqual([said.state, said.title], ['warn', 'Not every form was counted lately']);
	office.sql(`INSERT INTO trouble (scope, subject_id, integration_id, reason, since, seen_at, until) VALUES ('page', 1, ${integration}, 'throttled',` +
		' UTC_TIMESTAMP(3) - INTERVAL 2 HOUR, UTC_TIMESTAMP(3) - INTERVAL 2 HOUR, UTC_TIMESTAMP(3) - INTERVAL 1 HOUR);' +
		' UPDATE page SET asked_at = asked_at - INTERVAL 25 HOUR');
	const runs = office.number('SELECT COUNT(*) FROM sync_run');
	await round();
	await office.quiet();
	assert.equal(office.number('SELECT COUNT(*) FROM sync_run'), runs + 1);
});

test('a form of which Meta tells no number begins no ledger, and ends none', async () => {
	await office.sim('faults', { withhold_counts: true });
	const integration = await office.connect(conor, [cork]);
	const balance = async () => [(await line_of(cork_form))['At Meta'], (await line_of(cork_form)).Balance];

	assert.deepEqual(await balance(), ['\u2013', 'not counted yet']);
	await office.sim('faults', { withhold_counts: false });
	await office.sync(integration);
	assert.deepEqual(await balance(), ['0', '0 missing']);
	office.sql(`UPDATE lead_form SET counted = counted + 3, accepted_count = 2 WHERE meta_id = '${cork_form}'`);
	await office.sim('faults', { withhold_counts: true });
	await office.sync(integration);
	assert.deepEqual(await balance(), ['3', '1 missing']);
	assert.equal(office.number(`SELECT accepted_count FROM lead_form WHERE meta_id = '${cork_form}'`), 2);
});

test('two forms with one cause are one letter, and what has ended long ago is forgotten', async () => {
	const integration = await office.connect(conor, [cork, coast]);
	const letters = mail.letters.length;

	office.sql(`UPDATE lead_form SET counted = counted + 3 WHERE meta_id IN ('${cork_form}', '${coast_form}')`);
	office.sql('INSERT INTO trouble (scope, subject_id, integration_id, reason, since, seen_at, until) VALUES' +
		` ('page', 1, ${integration}, 'throttled', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) - INTERVAL 25 HOUR)`);
	await round();
	assert.deepEqual(office.troubles(integration), ['form leads_missing 0', 'form leads_missing 0']);
	await until('the administrator is told', () => mail.letters.length > letters);
	await office.quiet();
	const told = mail.letters.slice(letters);
	assert.equal(told.length, 1);
	assert.match(told[0].body, /3 of “[^”]*”[^]*Also:\n3 of “[^”]*”/);
	// The next worker within the hour does not look again.
	office.sql(`UPDATE lead_form SET counted = counted - 3 WHERE meta_id = '${cork_form}'`);
	office.stack.leadport(['worker', '--once']);
	assert.equal(office.troubles(integration).length, 2);
	await round();
	assert.equal(office.troubles(integration).length, 1);
});

for (const offset of ['-300s', '+300s'])
	test(`a worker whose clock is off by ${offset} counts by that of Meta`, async () => {
		const integration = await office.connect(conor, [cork]);

		office.worker.kill();
		await until('the worker has ended', () => office.worker.exitCode !== null || office.worker.signalCode !== null);
		try {
			await office.leads(cork_form, 3, { silent: true });
			// The hourly sync is due; a press would start a worker with the right clock.
			office.sql('UPDATE page SET asked_at = asked_at - INTERVAL 30 HOUR');
			const done = spawnSync('faketime', ['-f', offset, `${office.stack.home}/bin/leadport`, 'worker', '--once'], { encoding: 'utf8',
				timeout: 60000, env: { ...office.stack.env, ASAN_OPTIONS: 'verify_asan_link_order=0' } });

			assert.equal(done.status, 0, done.stderr);
			assert.equal(office.run(integration).fresh, 3, done.stderr);
			assert.equal((await line_of(cork_form)).Balance, '0 missing');
			office.sql(`UPDATE lead_form SET counted = counted + 1 WHERE meta_id = '${cork_form}'`);
			assert.equal((await line_of(cork_form)).Balance, '1 missing');
		} finally {
			await office.start_worker();
		}
	});
