// Meta's limits: seen early, kept for all workers and over restarts, waited
// out without asking, and nothing lost by them.
import { test, before, after, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { until } from '../web.mjs';
import { Office, at_facebook, conor, cork, coast, cork_form, coast_form } from './kit.mjs';

let office;

before(async () => {
	office = await Office.up();
	await office.sim('faults', { repeat_percent: 0 });
});
after(() => office?.down());
beforeEach(() => office.clean());

const calls = async () => (await office.stack.ask_sim('/sim/calls'))
	.filter((c) => /^(batch|lead|leads|forms|form|page)$/.test(c.kind)).reduce((sum, c) => sum + Number(c.calls), 0);
const limits = () => office.sql("SELECT scope, subject, percent >= 100, TIMESTAMPDIFF(MINUTE, UTC_TIMESTAMP(3), until) >= 14 FROM throttle" +
	' WHERE until > UTC_TIMESTAMP(3) ORDER BY scope');

// Time passes: the worker has made a round and nothing of this was asked.
async function nothing_is_asked(ids)
{
	const had = await calls();

	office.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE state = 'ready'");
	await until('it was tried and put off', () => office.number("SELECT COUNT(*) FROM job WHERE kind = 'lead' AND state = 'ready'" +
		` AND run_at > UTC_TIMESTAMP(3) + INTERVAL 10 MINUTE AND subject IN (${ids.map((id) => `'${id}'`)})`) === ids.length);
	assert.equal(await calls(), had);
}

test('80005 on a fresh page: it alone waits, over a restart, and unasked; then all of it comes', async () => {
	const integration = await office.connect(conor, [cork, coast]);

	await office.sim('faults', { kind: 'lead', error: '80005', object: cork, times: 0 });
	const blocked = await office.leads(cork_form, 3);
	await until('they wait', () => limits().length > 0);
	assert.deepEqual(limits(), [['page', cork, '1', '1']]);
	await office.arrived(await office.leads(coast_form, 2));
	assert.ok(office.troubles(integration).some((tr) => tr.startsWith('page throttled')));
	await nothing_is_asked(blocked);
	office.worker.kill('SIGKILL');
	await until('the worker has ended', () => office.worker.signalCode !== null);
	await office.start_worker();
	await nothing_is_asked(blocked);
	assert.deepEqual(office.jobs(blocked).map(([state, reason]) => `${state} ${reason}`), Array(3).fill('ready throttled'));
	await office.sim('reset');
	office.hurry();
	await office.arrived(blocked);
	await office.quiet();
	assert.deepEqual(office.troubles(integration), []);
	assert.equal(office.number("SELECT MAX(attempts) FROM job WHERE kind = 'lead'"), 1, 'a wait is no try');
});

test('the limit of the app holds back every page, and says so to who logs in', async () => {
	await office.connect(conor, [cork, coast]);
	await office.sim('faults', { kind: 'batch', error: '4', times: 1 });
	const ids = [...await office.leads(cork_form, 2), ...await office.leads(coast_form, 2)];

	await until('the app waits', () => limits().length > 0);
	assert.deepEqual(limits().map(([scope, subject]) => [scope, subject]), [['app', '']]);
	await nothing_is_asked(ids);
	const page = await office.back(await at_facebook(await office.begin({ name: 'Second' }), conor));
	assert.match(page.body, /Meta’s limit of calls is used up; it ends in 1[567] minutes[^]*value="Second"/);
	await office.sim('reset');
	// Another app has limits of its own, and nothing of this one's.
	office.right_app();
	assert.deepEqual(limits(), []);
	office.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE state = 'ready'");
	await office.arrived(ids);
});

test('at 75 % a sync yields, what the webhook announces goes on; at 95 % both wait', async () => {
	const integration = await office.connect(conor, [cork]);

	office.sql(`INSERT INTO throttle (scope, subject, percent, seen_at) VALUES ('page', '${cork}', 80, UTC_TIMESTAMP(3))` +
		' ON DUPLICATE KEY UPDATE percent = 80, until = NULL, seen_at = UTC_TIMESTAMP(3)');
	const silent = await office.leads(cork_form, 2, { silent: true });
	await office.sim('faults', { page_budget: 100 });
	assert.equal((await office.root.send(`/integration-sync/${integration}`)).status, 303);
	await until('the sync waits', () => office.number('SELECT COUNT(*) FROM sync_run WHERE waits_until > UTC_TIMESTAMP(3)') === 1);
	await office.arrived(await office.leads(cork_form, 1));
	assert.equal(office.stored(silent), 0);
	assert.ok(office.number(`SELECT percent FROM throttle WHERE subject = '${cork}'`) < 75, 'what Meta says now is believed');
	// Each lead is a call; the answer says how many of the hundred are used.
	const many = [];
	for (let i = 0; i < 12 && limits().length === 0; i++) {
		many.push(...await office.leads(cork_form, 10));
		await until('they are read or wait', () => office.stored(many) === many.length || limits().length > 0);
	}
	assert.deepEqual(limits().map(([scope, subject]) => [scope, subject]), [['page', cork]]);
	await office.sim('reset');
	office.hurry();
	await office.arrived([...silent, ...many], 60);
	assert.equal(office.number('SELECT COUNT(*) - COUNT(DISTINCT leadgen_id) FROM submission'), 0);
});

test('usage headers that are broken stop nothing', async () => {
	await office.connect(conor, [cork]);
	await office.sim('faults', { usage_malformed: 1 });
	await office.arrived(await office.leads(cork_form, 3));
	assert.deepEqual(limits(), []);
});

test('a limit that a host with a wrong clock noted hides none that is true, and is forgotten', async () => {
	const wrong = (page) => office.sql('INSERT INTO throttle (scope, subject, percent, until, seen_at) VALUES' +
		` ('page', '${page}', 100, UTC_TIMESTAMP(3) + INTERVAL 3 DAY, UTC_TIMESTAMP(3) + INTERVAL 2 DAY)`);
	const far = () => office.number('SELECT COUNT(*) FROM throttle WHERE until > UTC_TIMESTAMP(3) + INTERVAL 27 HOUR');

	await office.connect(conor, [cork]);
	wrong(cork);
	wrong(coast);
	await office.sim('faults', { page_budget: 1 });
	const ids = await office.leads(cork_form, 3);

	await until('the page waits', () => office.number(`SELECT COUNT(*) FROM throttle WHERE subject = '${cork}' AND percent >= 95` +
		' AND until BETWEEN UTC_TIMESTAMP(3) AND UTC_TIMESTAMP(3) + INTERVAL 27 HOUR') === 1);
	assert.equal(far(), 1);
	office.sql('UPDATE house SET kept_at = kept_at - INTERVAL 1 DAY WHERE one = 1');
	office.stack.leadport(['worker', '--once']);
	await until('the house is kept', () => far() === 0);
	await office.sim('reset');
	office.hurry();
	await office.arrived(ids);
});
