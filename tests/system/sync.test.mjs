// The second path of leads: read from Meta, beside the webhook, stopped, cut
// off, throttled, and never doubled.
import { test, before, after, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { until } from '../web.mjs';
import { Office, conor, galway, cork, coast, cork_form, coast_form } from './kit.mjs';

let office, root;

before(async () => {
	office = await Office.up();
	root = office.root;
	await office.sim('faults', { repeat_percent: 0 });
});
after(() => office?.down());
beforeEach(() => office.clean());

function start(integration)
{
	return root.send(`/integration-sync/${integration}`);
}

function under_way(integration)
{
	return until('it is under way', () => office.number('SELECT COUNT(*) FROM sync_run WHERE state = \'running\'' +
		` AND integration_id = ${integration} AND n_read > 0`) === 1);
}

// What the form has brought is history.
function long_ago(form)
{
	office.sql(`UPDATE submission SET submitted_at = submitted_at - INTERVAL 91 DAY WHERE form_meta_id = '${form}'`);
}

function assert_once(ids)
{
	const list = ids.map((id) => `'${id}'`);

	assert.equal(office.stored(ids), ids.length);
	assert.equal(office.number('SELECT COUNT(*) FROM lead_event e WHERE e.kind IN (\'came\', \'joined\') AND e.lead_id IN' +
		` (SELECT lead_id FROM submission WHERE leadgen_id IN (${list}))`),
	office.number(`SELECT COUNT(*) FROM submission WHERE lead_id IN (SELECT lead_id FROM submission WHERE leadgen_id IN (${
		list}))`));
}

test('webhook and sync meet: one submission each', async () => {
	const integration = await office.connect(conor, [cork, coast]);
	const { ids } = await office.sim('leads', { form: cork_form, count: 150 });

	await start(integration);
	office.stack.simulator('deliver', '--batch', '25', '--repeat', '2', '--shuffle', '--seed', '3');
	await office.arrived(ids, 60);
	await office.quiet(60);
	assert_once(ids);
	assert.equal(office.run(integration).state, 'done');
	assert.equal(office.number("SELECT COUNT(*) FROM job WHERE state NOT IN ('done')"), 0);
});

test('what no webhook announced is fetched by itself within an hour, and marked', async () => {
	const integration = await office.connect(conor, [cork]);
	const runs = () => office.number(`SELECT COUNT(*) FROM sync_run WHERE integration_id = ${integration}`);
	const rounds = async () => {
		office.stack.leadport(['worker', '--once']);
		await office.quiet();
	};
	const older = (minutes) => office.sql(`UPDATE page SET asked_at = asked_at - INTERVAL ${minutes} MINUTE,` +
		' connected_at = connected_at - INTERVAL 9 DAY');

	await office.arrived(await office.leads(cork_form, 1));
	await rounds();
	assert.equal(runs(), 1, 'not while the last run is young');
	const lost = await office.leads(cork_form, 2, { silent: true, days_ago: 1 });
	office.sql(`INSERT INTO trouble (scope, subject_id, integration_id, reason, since, seen_at) SELECT 'owner', MAX(id), ${integration},` +
		" 'password_changed', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM integration_owner");
	older(61);
	await rounds();
	assert.equal(runs(), 1, 'not while something is broken');
	office.sql('DELETE FROM trouble');
	await rounds();
	await office.arrived(lost);
	await office.quiet();
	assert.equal(runs(), 2);
	assert.deepEqual(office.sql("SELECT COUNT(*) FROM lead_tag WHERE tag = 'Recovered'" +
		` AND lead_id IN (SELECT lead_id FROM submission WHERE leadgen_id IN ('${lost.join("','")}'))`), [['2']]);
	// A page that has brought nobody may be read only a few times.
	long_ago(cork_form);
	older(120);
	await rounds();
	assert.equal(runs(), 2);
	older(24 * 60);
	await rounds();
	assert.equal(runs(), 3);
});

test('a page that is broken is left out, which is no whole sync; one that looks well again is tried', async () => {
	const integration = await office.connect(conor, [cork, coast]);
	const latest = () => office.number(`SELECT MAX(id) FROM sync_run WHERE integration_id = ${integration}`);
	const synced = () => office.sql(`SELECT last_sync_at FROM integration WHERE id = ${integration}`)[0][0];
	const asked = () => office.sql(`SELECT DISTINCT page_meta_id FROM sync_step WHERE run_id = ${latest()}`).flat();

	await office.arrived(await office.leads(coast_form, 1));
	const silent = await office.leads(cork_form, 1, { silent: true });
	const first = latest(), before = synced();

	office.sql('INSERT INTO trouble (scope, subject_id, integration_id, reason, since, seen_at)' +
		` SELECT 'page', id, integration_id, 'page_unreadable', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM page WHERE meta_id = '${cork}';` +
		' UPDATE page SET asked_at = asked_at - INTERVAL 61 MINUTE');

	office.stack.leadport(['worker', '--once']);
	await until('it has synced', () => latest() > first);
	await office.quiet();
	assert.deepEqual(asked(), [coast]);
	assert.equal(synced(), before, 'not all of it');
	await office.health(integration);
	await office.arrived(silent);
	await office.quiet();
	assert.deepEqual(office.troubles(integration), []);
	assert.notEqual(synced(), before);
});

test('Sync Now pressed twice at once is one run', async () => {
	const integration = await office.connect(conor, [cork]);

	await office.leads(cork_form, 5, { silent: true });
	await office.sim('faults', { answer_ms: 3000 });
	const before = office.number('SELECT COUNT(*) FROM sync_run');
	const answers = await Promise.all([start(integration), start(integration), start(integration)]);
	assert.deepEqual(answers.map((a) => a.status), [303, 303, 303]);
	assert.equal(office.number('SELECT COUNT(*) FROM sync_run'), before + 1);
	await office.sim('reset');
	await office.quiet(60);
});

test('stop: ends after the step at hand, what was read stays', async () => {
	const integration = await office.connect(conor, [cork, coast]);
	const ids = await office.leads(cork_form, 250, { silent: true });

	await office.sim('faults', { answer_ms: 2000 });
	await start(integration);
	await under_way(integration);
	assert.equal((await root.send(`/integration-sync/stop/${integration}`)).status, 303);
	await until('it has stopped', () => office.run(integration).state === 'stopped');
	await office.sim('reset');
	assert.ok(office.stored(ids) > 0);
	assert.match((await root.ask(`/integration/${integration}`)).body, /[Ss]topped/);
	assert.equal((await root.send(`/integration-sync/stop/${integration}`)).status, 303);
	await office.sync(integration);
	await office.arrived(ids, 60);
	assert_once(ids);
});

test('delete during a sync: it ends, leads stay with page and form, tokens are gone', async () => {
	const integration = await office.connect(conor, [cork, coast]);
	const ids = await office.leads(cork_form, 250, { silent: true });

	await office.sim('faults', { answer_ms: 2000 });
	await start(integration);
	await under_way(integration);
	await root.send(`/integration-delete/${integration}`);
	await office.sim('reset');
	await until('it has ended', () => office.run(integration).state !== 'running');
	await office.quiet();
	assert.ok(['stopped', 'failed'].includes(office.run(integration).state), office.run(integration).state);
	const stored = office.stored(ids);
	assert.ok(stored > 0 && stored <= ids.length, String(stored));
	assert.equal(office.number(`SELECT COUNT(*) FROM submission WHERE leadgen_id IN (${ids.map((id) => `'${id}'`)})` +
		" AND (page_name = '' OR form_name = '')"), 0);
	assert.equal(office.number('SELECT (SELECT COUNT(*) FROM page) + (SELECT COUNT(*) FROM integration_owner)' +
		' + (SELECT COUNT(*) FROM connect_draft WHERE token_sealed IS NOT NULL)'), 0);
	assert.deepEqual(office.troubles(integration), []);
	assert.match((await root.ask('/integrations')).body, /Connect your first page|Add Meta Account/);
});

test('history: 250 leads of one and the same second, all of them once', async () => {
	const ids = await office.leads(cork_form, 250, { silent: true, days_ago: 30, apart_ms: 0 });
	const integration = await office.connect(conor, [cork], { more: [['history', '1']] });

	await office.quiet(60);
	assert.equal(office.run(integration).state, 'done');
	assert_once(ids);
	assert.deepEqual(office.sql(`SELECT DISTINCT way FROM submission WHERE leadgen_id IN (${
		ids.map((id) => `'${id}'`)})`), [['history']]);
});

test('history is not imported without being asked for', async () => {
	const ids = await office.leads(coast_form, 3, { silent: true, days_ago: 40 });
	const integration = await office.connect(conor, [coast]);

	assert.equal(office.run(integration).state, 'done');
	assert.equal(office.stored(ids), 0);
});

test('a filter that Meta ignores: older leads are not taken in', async () => {
	const old = await office.leads(coast_form, 3, { silent: true, days_ago: 20 });
	const integration = await office.connect(conor, [coast]);
	const silent = await office.leads(coast_form, 2, { silent: true });

	await office.sim('faults', { ignore_filter: 1 });
	assert.equal((await office.sync(integration)).state, 'done');
	assert_once(silent);
	assert.equal(office.stored(old), 0);
});

test('the oldest first, and the filter ignored: what came last is reached', async () => {
	const old = await office.leads(coast_form, 130, { silent: true, days_ago: 20, apart_ms: 1000 });
	const integration = await office.connect(conor, [coast]);
	const silent = await office.leads(coast_form, 2, { silent: true });

	await office.sim('faults', { ignore_filter: 1, oldest_first: 1 });
	assert.equal((await office.sync(integration)).state, 'done');
	assert_once(silent);
	assert.equal(office.stored(old), 0);
});

test('a form that was left out brings nothing, by neither way', async () => {
	const page = await office.log_in(conor);
	const shown = [...page.body.matchAll(/name="forms_shown" value="(\d+)"/g)].map((m) => m[1]);

	assert.ok(shown.includes(coast_form), shown.join());
	await office.choose([coast, cork], [...shown.map((form) => ['forms_shown', form]),
		...shown.filter((form) => form !== coast_form).map((form) => ['forms', form])]);
	await office.quiet();
	const integration = office.number('SELECT MAX(id) FROM integration');
	const unwanted = [...await office.leads(coast_form, 1), ...await office.leads(coast_form, 2, { silent: true })];
	const wanted = await office.leads(cork_form, 1);
	await office.arrived(wanted);
	await office.sync(integration);
	assert.equal(office.stored(unwanted), 0);
	assert.match((await root.ask(`/integration/${integration}`)).body, /left out/);
});

test('throttled (80005): the run waits as long as Meta says, and goes on', async () => {
	const integration = await office.connect(conor, [cork, coast]);
	const ids = await office.leads(cork_form, 3, { silent: true });

	await office.sim('faults', { kind: 'leads', error: '80005', times: 1 });
	await start(integration);
	await until('it waits', () => office.number('SELECT COUNT(*) FROM sync_run WHERE waits_until IS NOT NULL') === 1);
	const wait = office.number('SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(3), waits_until) FROM sync_run' +
		' ORDER BY id DESC LIMIT 1');
	assert.ok(wait > 60 && wait <= 990, String(wait));
	assert.ok(office.troubles(integration).some((tr) => tr.startsWith('page throttled')));
	assert.match((await root.ask('/integrations')).body, /Syncing|Waiting/);
	office.hurry();
	await office.arrived(ids);
	await office.quiet();
	assert.equal(office.run(integration).state, 'done');
	assert.deepEqual(office.troubles(integration), []);
	assert_once(ids);
});

test('a page that Meta holds back holds no other: not in its run, not the next hour, and its own place is kept', async () => {
	const integration = await office.connect(conor, [cork, coast]);
	const running = () => office.number(`SELECT COUNT(*) FROM sync_run WHERE state = 'running' AND integration_id = ${integration}`);
	const silent = await office.leads(cork_form, 3, { silent: true });
	const first = await office.leads(coast_form, 2, { silent: true });

	assert.ok(cork < coast, 'the one that waits comes first');
	await office.arrived(await office.leads(coast_form, 1));
	await office.sim('faults', { kind: 'leads', object: cork_form, error: '80005', times: 0 });
	await start(integration);
	await office.arrived(first);
	await until('the rest waits', () => office.number('SELECT COUNT(*) FROM sync_run WHERE waits_until > UTC_TIMESTAMP(3)') === 1);
	// A person asks for what waits not.
	const second = await office.leads(coast_form, 2, { silent: true });
	await start(integration);
	await office.arrived(second);
	await until('what was asked for is done', () => running() === 1);
	// And nobody does.
	const third = await office.leads(coast_form, 2, { silent: true });
	office.sql('UPDATE page SET asked_at = asked_at - INTERVAL 61 MINUTE');
	office.stack.leadport(['worker', '--once']);
	await office.arrived(third);
	await until('the hour\'s sync is done', () => running() === 1);
	assert.equal(office.stored(silent), 0);
	assert.match((await root.ask(`/integration/${integration}`)).body, /[Ww]aiting/);
	await office.sim('reset');
	office.hurry();
	await office.arrived(silent);
	await office.quiet();
	assert.equal(running(), 0);
	assert_once([...silent, ...first, ...second, ...third]);
	assert.deepEqual(office.troubles(integration), []);
});

test('what Meta holds back is stopped by a press, and no second run asks for it', async () => {
	const integration = await office.connect(conor, [cork]);
	const runs = () => office.number(`SELECT COUNT(*) FROM sync_run WHERE integration_id = ${integration}`);

	await office.sim('faults', { kind: 'leads', object: cork_form, error: '80005', times: 0 });
	await start(integration);
	await until('it waits', () => office.number('SELECT COUNT(*) FROM sync_run WHERE waits_until > UTC_TIMESTAMP(3)') === 1);
	const before = runs();
	await start(integration);
	assert.equal(runs(), before, 'there is no page that could be read');
	assert.equal((await root.send(`/integration-sync/stop/${integration}`)).status, 303);
	await until('it has stopped', () => office.run(integration).state === 'stopped');
});

test('a page without leads is asked once a day, one that has some each hour', async () => {
	const integration = await office.connect(conor, [cork, coast]);
	const asked = () => office.sql(`SELECT DISTINCT page_meta_id FROM sync_step WHERE run_id =
		(SELECT MAX(id) FROM sync_run WHERE integration_id = ${integration}) ORDER BY 1`).flat();
	const synced = () => office.sql(`SELECT last_sync_at FROM integration WHERE id = ${integration}`)[0][0];
	const hours_later = async (hours) => {
		const last = office.number('SELECT MAX(id) FROM sync_run');

		office.sql(`UPDATE page SET asked_at = asked_at - INTERVAL ${hours} HOUR - INTERVAL 1 MINUTE`);
		office.stack.leadport(['worker', '--once']);
		await until('it has begun', () => office.number('SELECT MAX(id) FROM sync_run') > last);
		await office.quiet();
	};

	long_ago(cork_form);
	await office.arrived(await office.leads(coast_form, 1));
	for (const before of [synced(), null]) {
		await hours_later(1);
		assert.deepEqual(asked(), [coast]);
		assert.notEqual(synced(), before, 'the other was not due');
	}
	await hours_later(22);
	assert.deepEqual(asked(), [cork, coast]);
});

test('too much data (500): asked for half as many until it goes', async () => {
	const integration = await office.connect(conor, [coast]);
	const ids = await office.leads(coast_form, 60, { silent: true });

	await office.sim('faults', { kind: 'leads', object: coast_form, error: '1/reduce', times: 2 });
	await start(integration);
	await office.arrived(ids);
	await office.quiet();
	assert.equal(office.run(integration).state, 'done');
	assert.equal(office.number(`SELECT page_size FROM sync_step WHERE form_meta_id = '${coast_form}'` +
		' ORDER BY run_id DESC LIMIT 1'), 25);
	assert_once(ids);
});

test('cursors that go in a circle: told as a failure, and what lay behind comes with the next sync', async () => {
	const integration = await office.connect(conor, [cork]);
	const ids = await office.leads(cork_form, 250, { silent: true });
	const synced = () => office.sql(`SELECT synced_at FROM lead_form WHERE meta_id = '${cork_form}'`)[0][0];
	const before = synced();

	// Each third answer leads to the first page again.
	for (let nth = 3; nth <= 90; nth += 3)
		await office.sim('faults', { kind: 'leads', object: cork_form, nth, times: 1, error: 'nothing_yet' });
	const run = await office.sync(integration);
	assert.deepEqual([run.state, run.reason], ['failed', 'circle']);
	assert.match((await root.ask(`/integration/${integration}`)).body, /led back to where it had been/);
	assert.ok(office.number(`SELECT MAX(n_moves) FROM sync_step WHERE form_meta_id = '${cork_form}'`) < 12);
	assert.equal(office.stored(ids), 200);
	assert.equal(synced(), before);
	await office.sim('reset');
	await office.sync(integration);
	await office.arrived(ids);
	assert_once(ids);
});

test('a cursor that Meta has forgotten (2642): from the beginning, nothing doubled', async () => {
	const integration = await office.connect(conor, [cork]);
	const ids = await office.leads(cork_form, 150, { silent: true });

	await office.sim('faults', { kind: 'leads', nth: 2, error: '2642', times: 1 });
	assert.equal((await office.sync(integration)).state, 'done');
	assert_once(ids);
});

test('a call that fails at any place in a sync only delays it', async () => {
	const integration = await office.connect(conor, [cork]);

	for (const [kind, error, nth] of [['forms', 'html', 1], ['forms', '2', 1], ['leads', 'truncated', 1],
		['leads', 'empty', 2], ['leads', 'reset', 1], ['leads', '429', 1]]) {
		const ids = await office.leads(cork_form, 2, { silent: true });

		await office.sim('faults', { kind, error, nth });
		const run = await office.sync(integration);
		assert.equal(run.state, 'done', `${kind} ${error}`);
		assert_once(ids);
		await office.sim('reset');
	}
});

test('a worker killed in the middle of a sync: another goes on where it was', async () => {
	office.sql('DELETE FROM worker');
	const integration = await office.connect(conor, [cork]);
	const ids = await office.leads(cork_form, 250, { silent: true });

	await office.sim('faults', { answer_ms: 2000 });
	await start(integration);
	await under_way(integration);
	office.worker.kill('SIGKILL');
	await office.sim('reset');
	// Its lease would run out by itself; this is the same, sooner.
	await until('it has ended', () => office.worker.signalCode !== null || office.worker.exitCode !== null);
	office.sql("UPDATE job SET lease_until = UTC_TIMESTAMP(3) WHERE state = 'running'");
	await office.start_worker();
	await office.arrived(ids, 60);
	await office.quiet(60);
	assert.equal(office.run(integration).state, 'done');
	assert_once(ids);
});

test('a form that Meta knows and does not list is read all the same', async () => {
	const integration = await office.connect(conor, [cork, coast]);
	const lost = await office.leads(cork_form, 3, { silent: true });

	await office.sim('faults', { kind: 'forms', object: cork, error: 'nothing' });
	assert.equal((await office.sync(integration)).state, 'done');
	assert_once(lost);
	assert.equal(office.number('SELECT n_forms FROM sync_run ORDER BY id DESC LIMIT 1'),
		office.number('SELECT COUNT(*) FROM lead_form'), 'each is counted, once');
});

test('a form that Meta neither lists nor shows is gone: the sync is done, and should it come back, nothing is lost', async () => {
	const integration = await office.connect(conor, [coast]);
	const page_of_form = (page) => office.sql(`UPDATE sim.sim_form SET page_id = '${page}' WHERE id = '${coast_form}'`);
	const lost = await office.leads(coast_form, 2, { silent: true });

	await office.sim('faults', { kind: 'leads', object: coast_form, error: '100/33', times: 2 });
	page_of_form(galway);
	assert.equal((await office.sync(integration)).state, 'done');
	assert.deepEqual(office.sql(`SELECT state, reason FROM sync_step WHERE form_meta_id = '${coast_form}' ORDER BY run_id DESC LIMIT 1`),
		[['done', 'not_listed']]);
	// Days later, and the page was synced again and again.
	office.sql('UPDATE page SET connected_at = connected_at - INTERVAL 9 DAY;' +
		` UPDATE lead_form SET synced_at = synced_at - INTERVAL 5 DAY WHERE meta_id = '${coast_form}'`);
	assert.equal((await office.sync(integration)).state, 'done');
	assert.equal(office.stored(lost), 0);
	page_of_form(coast);
	lost.push(...await office.leads(coast_form, 2, { silent: true, days_ago: 4 }));
	assert.equal((await office.sync(integration)).state, 'done');
	assert_once(lost);
});

test('a form that Meta refuses holds no other back', async () => {
	const integration = await office.connect(conor, [coast]);
	const forms = () => office.sql('SELECT meta_id, synced_at FROM lead_form ORDER BY meta_id');
	const earlier = forms();

	assert.ok(earlier.length > 1);
	await office.sim('faults', { kind: 'leads', object: coast_form, error: '100', times: 0 });
	assert.equal((await office.sync(integration)).state, 'failed');
	const later = forms();
	for (const [i, [form, synced]] of later.entries())
		assert.equal(synced === earlier[i][1], form === coast_form, `${form}: ${earlier[i][1]}, ${synced}`);
});

test('a form whose calls fail waits by itself: others are read meanwhile', async () => {
	const integration = await office.connect(conor, [cork, coast]);
	const late = await office.leads(cork_form, 2, { silent: true });
	const silent = await office.leads(coast_form, 2, { silent: true });
	const came = (ids, which) => office.sql(`SELECT ${which}(imported_at) FROM submission WHERE leadgen_id IN (${ids.map((id) => `'${id}'`)})`)[0][0];

	await office.sim('faults', { kind: 'leads', object: cork_form, error: '2', times: 4 });
	await start(integration);
	await office.arrived([...late, ...silent], 60);
	await office.quiet();
	assert.equal(office.run(integration).state, 'done');
	assert.ok(came(silent, 'MAX') < came(late, 'MIN'));
	assert_once([...late, ...silent]);
});

test('where the list of forms is refused, those that are known are read', async () => {
	const integration = await office.connect(conor, [cork]);
	const lost = await office.leads(cork_form, 3, { silent: true });

	await office.sim('faults', { kind: 'forms', object: cork, error: '100', times: 0 });
	assert.equal((await office.sync(integration)).state, 'failed');
	assert_once(lost);
});

test('a page that breaks here holds no other up', async () => {
	const integration = await office.connect(conor, [cork, coast]);
	const silent = await office.leads(coast_form, 2, { silent: true });

	office.sql(`UPDATE page SET token_sealed = 'broken' WHERE meta_id = '${cork}'`);
	await start(integration);
	await office.arrived(silent);
	assert_once(silent);
});

test('nothing, and more to come: the list of leads is read on', async () => {
	const integration = await office.connect(conor, [cork]);
	const ids = await office.leads(cork_form, 3, { silent: true });

	await office.sim('faults', { kind: 'leads', error: 'nothing_yet' });
	assert.equal((await office.sync(integration)).state, 'done');
	assert_once(ids);
});

test('a page of three thousand forms: listed an answer at a time, and shown', async () => {
	const n = 3000, form = (i) => String(500000000000000 + i);
	const integration = await office.connect(conor, [cork]);

	office.sql('INSERT INTO sim.sim_form (id, page_id, name, locale, created_at, questions)' +
		` SELECT 500000000000000 + seq, '${cork}', CONCAT('Form ', seq), 'en_IE', UTC_TIMESTAMP(3),` +
		" (SELECT CONCAT('[', GROUP_CONCAT(JSON_OBJECT('key', CONCAT('question_', q.seq), 'label'," +
		" CONCAT('What would you like to know of number ', q.seq, '?'), 'type', 'CUSTOM')), ']') FROM seq_1_to_20 q)" +
		` FROM seq_1_to_${n}`);
	// All but the first and the last are listed and not read.
	office.sql('INSERT INTO lead_form (meta_id, page_id, name, questions, is_left_out, read_at) SELECT id, (SELECT id FROM page WHERE' +
		` meta_id = '${cork}'), name, '', 1, UTC_TIMESTAMP(3) FROM sim.sim_form WHERE id > '${form(1)}' AND id < '${form(n)}'`);
	try {
		const lost = [...await office.leads(form(1), 1, { silent: true }), ...await office.leads(form(n), 1, { silent: true })];

		await start(integration);
		await office.arrived(lost, 120);
		await until('it is over', () => office.run(integration).state !== 'running', 120);
		assert.equal(office.run(integration).state, 'done');
		assert.deepEqual(office.sql('SELECT n_forms, forms_done FROM sync_run ORDER BY id DESC LIMIT 1'), [['3', '3']]);
		assert.equal(office.number("SELECT COUNT(*) FROM lead_form WHERE questions <> ''"), n + 1);
		for (const path of ['integration', 'integration-history', 'integration-edit', 'integration-test'])
			assert.equal((await root.ask(`/${path}/${integration}`)).status, 200, path);
		await office.reconnect(integration, conor, [cork]);
		await office.quiet(60);
		assert.equal(office.run(integration).state, 'done');
		assert.equal(office.worker.exitCode ?? office.worker.signalCode, null, 'the worker lives');
	} finally {
		office.sql("DELETE FROM sim.sim_form WHERE id LIKE '5000000%'");
	}
});

test('a long form is read to its end though a call fails now and then', async () => {
	const integration = await office.connect(conor, [cork]);
	const ids = await office.leads(cork_form, 900, { silent: true });

	for (let nth = 2; nth <= 30; nth += 2)
		await office.sim('faults', { kind: 'leads', object: cork_form, nth, times: 1, error: '2' });
	await start(integration);
	await office.arrived(ids, 120);
	await office.quiet(60);
	assert.equal(office.run(integration).state, 'done');
	assert_once(ids);
	// A cursor that is refused again and again is no way to the end.
	await office.leads(cork_form, 150, { silent: true });
	for (let nth = 2; nth <= 30; nth += 2)
		await office.sim('faults', { kind: 'leads', object: cork_form, nth, times: 1, error: '2642' });
	const run = await office.sync(integration);
	assert.deepEqual([run.state, run.reason], ['failed', 'cursor']);
});
