// Old leads of chosen forms: exactly those, nobody's unless shared out, no
// letters; paused over a worker's end, resumed, cancelled; syncs go on beside.
import { test, before, after, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { appendFileSync } from 'node:fs';
import { until } from '../web.mjs';
import { Office, maeve, conor, galway, havan, cork, whitening, cork_form } from './kit.mjs';

const second = '447333180259102', third = '447333180259103';
let office, root, mail_server;

before(async () => {
	office = await Office.up();
	root = office.root;
	office.stack.user('tomasz@example.com', 'member', true, 'Tomasz');
	await office.sim('faults', { repeat_percent: 0 });
});
after(() => {
	mail_server?.close();
	office?.down();
});
beforeEach(async () => {
	await office.clean();
	await office.sim('faults', { repeat_percent: 0 });
});

const begin = (integration, fields) => root.send(`/integration-history/${integration}`, [['days', '90'], ...fields]);
const act = (integration, what) => root.send(`/integration-history/${what}/${integration}`);
const quoted = (ids) => ids.map((id) => `'${id}'`).join();
const history = (integration, columns = 'state') => office.sql(`SELECT ${columns} FROM sync_run WHERE way = 'history'` +
	` AND integration_id = ${integration} ORDER BY id DESC LIMIT 1`)[0];
const old = (form, count, more = {}) => office.leads(form, count, { silent: true, days_ago: 20, ...more });
const assigned = (ids) => office.number('SELECT COUNT(*) FROM `lead` WHERE assignee_id IS NOT NULL AND id IN (SELECT lead_id' +
	` FROM submission WHERE leadgen_id IN (${quoted(ids)}))`);

async function begun(integration, fields)
{
	const answer = await begin(integration, fields);

	assert.equal(answer.status, 303, answer.body);
}

const one_form = [['pages', cork], ['forms', cork_form]];
function in_the_middle(integration)
{
	return until('it is in the middle', () => {
		const [state, read] = history(integration, 'state, n_read');

		return state === 'running' && Number(read) > 0;
	});
}

test('two forms of three: exactly their leads, nobody\'s, and no letter', async () => {
	const letters = office.number('SELECT COUNT(*) FROM mail');
	const integration = await office.connect(maeve, [galway, havan], { fields: { strategy: 'round_robin' } });
	const wanted = [...await old(whitening, 30), ...await old(third, 12)];
	const unwanted = [...await old(second, 5), ...await old(whitening, 3, { days_ago: 60 })];
	const synced = office.sql('SELECT last_sync_at FROM page ORDER BY id').join();
	const turn = office.number(`SELECT COALESCE(last_turn_id, 0) FROM integration WHERE id = ${integration}`);

	const answer = await root.send(`/integration-history/${integration}`, [['days', '30'], ['pages', galway], ['pages', havan],
		['forms', whitening], ['forms', third]]);
	assert.equal(answer.status, 303, answer.body);
	await office.arrived(wanted);
	await office.quiet();
	assert.deepEqual(history(integration, 'state, n_forms, forms_done'), ['done', '2', '2']);
	assert.equal(office.stored(unwanted), 0);
	assert.deepEqual(office.sql(`SELECT DISTINCT way FROM submission WHERE leadgen_id IN (${quoted(wanted)})`), [['history']]);
	assert.equal(assigned(wanted), 0);
	assert.equal(office.number(`SELECT COALESCE(last_turn_id, 0) FROM integration WHERE id = ${integration}`), turn, 'no turn is taken');
	assert.deepEqual(office.sql("SELECT DISTINCT e.words FROM lead_event e WHERE e.kind = 'unassigned' AND e.lead_id IN (SELECT lead_id" +
		` FROM submission WHERE leadgen_id IN (${quoted(wanted)}))`), [['Left unassigned']]);
	assert.equal(office.number('SELECT COUNT(*) FROM mail'), letters);
	// It read a part: the next sync begins where it would have begun.
	assert.equal(office.sql('SELECT last_sync_at FROM page ORDER BY id').join(), synced);
	const seen = (await root.ask(`/integration/${integration}`)).body;
	assert.match(seen, /History imported/);
	assert.match(seen, /imported as history/);
});

test('shared out: each is assigned by the rule, and still no letter', async () => {
	// A mail server is there: without one no letter is ever written.
	mail_server = createServer((socket) => socket.end('421 closed\r\n'));
	await new Promise((ready) => mail_server.listen(0, '127.0.0.1', ready));
	const integration = await office.connect(conor, [cork], { fields: { strategy: 'round_robin' } });
	appendFileSync(`${office.stack.home}/leadport.conf`, `\n[mail]\nsmtp_url = smtp://127.0.0.1:${mail_server.address().port}\n` +
		'from = crm@example.com\n');
	office.worker.kill();
	await until('it has ended', () => office.worker.exitCode !== null || office.worker.signalCode !== null);
	await office.start_worker();
	const letters = () => office.number('SELECT (SELECT COUNT(*) FROM mail WHERE lead_id IS NOT NULL) + (SELECT COUNT(*) FROM lead_news)');
	const ids = await old(cork_form, 8);

	await begun(integration, [...one_form, ['share_out', '1']]);
	await office.arrived(ids);
	await office.quiet();
	assert.equal(assigned(ids), 8);
	assert.equal(letters(), 0);
	// One that comes by itself is told: so letters would have been seen.
	await office.arrived(await office.leads(cork_form, 1));
	await until('a letter is written', () => letters() === 1);
	office.sql("DELETE FROM lead_news WHERE id > 0; DELETE FROM mail WHERE id > 0; DELETE FROM job WHERE kind = 'mail'");
});

test('paused in the middle: survives a worker\'s end, syncs go on, resume finishes', async () => {
	const integration = await office.connect(conor, [cork]);
	const ids = await old(cork_form, 350);

	await office.sim('faults', { answer_ms: 2000 });
	await begun(integration, one_form);
	await in_the_middle(integration);
	assert.equal((await act(integration, 'pause')).status, 303);
	await office.quiet();
	const here = office.stored(ids);
	assert.ok(here > 0 && here < ids.length, String(here));
	assert.equal(history(integration)[0], 'paused');

	office.worker.kill('SIGKILL');
	await until('it has ended', () => office.worker.exitCode !== null || office.worker.signalCode !== null);
	office.sql("UPDATE job SET lease_until = UTC_TIMESTAMP(3) WHERE state = 'running'");
	await office.start_worker();
	await office.sim('reset');
	// Rounds of a worker do not wake it, and syncs are not held up by it.
	const lost = await office.leads(cork_form, 2, { silent: true });
	office.sql('UPDATE page SET asked_at = asked_at - INTERVAL 1441 MINUTE WHERE id > 0;' +
		' UPDATE sync_run SET paused_at = paused_at - INTERVAL 1441 MINUTE WHERE id > 0');
	office.stack.leadport(['worker', '--once']);
	await office.arrived(lost);
	await office.quiet();
	assert.equal(history(integration)[0], 'paused');
	assert.equal(office.stored(ids), here);
	assert.match((await root.ask(`/integration/${integration}`)).body, /The import of history is paused/);

	assert.equal((await act(integration, 'resume')).status, 303);
	await office.arrived(ids, 60);
	await office.quiet();
	assert.equal(history(integration)[0], 'done');
	assert.equal(office.number(`SELECT COUNT(*) FROM submission WHERE leadgen_id IN (${quoted(ids)})`), ids.length);
});

test('paused and resumed at once, again and again: it never gets stuck', async () => {
	const integration = await office.connect(conor, [cork]);
	const ids = await old(cork_form, 220);

	await office.sim('faults', { answer_ms: 50 });
	await begun(integration, one_form);
	for (let i = 0; i < 6; i++)
		await Promise.all([act(integration, 'pause'), act(integration, 'resume')]);
	await act(integration, 'resume');
	await office.sim('reset');
	await office.arrived(ids, 60);
	await office.quiet();
	assert.equal(history(integration)[0], 'done');
});

test('cancelled, at work and paused: what came stays, nothing more comes', async () => {
	const integration = await office.connect(conor, [cork]);
	const ids = await old(cork_form, 350);

	for (const paused of [false, true]) {
		await office.sim('faults', { answer_ms: 2000 });
		await begun(integration, one_form);
		await in_the_middle(integration);
		if (paused)
			await act(integration, 'pause');
		assert.equal((await act(integration, 'cancel')).status, 303);
		await until('it has ended', () => history(integration)[0] === 'stopped');
		await office.sim('reset');
		await office.quiet();
		const here = office.stored(ids);
		assert.ok(here > 0 && here < ids.length, String(here));
		office.stack.leadport(['worker', '--once']);
		assert.equal(office.stored(ids), here);
	}
	assert.match((await root.ask(`/integration/${integration}`)).body, /History cancelled/);
	await begun(integration, one_form);
	await office.arrived(ids, 60);
	await office.quiet();
});

test('one that cannot be stored at first is history, too, when it is read by itself', async () => {
	const integration = await office.connect(conor, [cork], { fields: { strategy: 'round_robin' } });

	for (const shared of [false, true]) {
		const ids = await old(cork_form, 3);

		office.sql(`CREATE TRIGGER refuse BEFORE INSERT ON submission FOR EACH ROW SET NEW.lead_id =` +
			` IF(NEW.leadgen_id = '${ids[1]}', NULL, NEW.lead_id)`);
		await begun(integration, [...one_form, ...shared ? [['share_out', '1']] : []]);
		await until('it is over', () => history(integration)[0] === 'done');
		assert.deepEqual(history(integration, 'n_new + n_joined, n_failed'), ['2', '1']);
		office.sql('DROP TRIGGER refuse');
		office.hurry();
		await office.arrived(ids);
		assert.deepEqual(office.sql(`SELECT DISTINCT way FROM submission WHERE leadgen_id IN (${quoted(ids)})`), [['history']]);
		assert.equal(assigned(ids), shared ? 3 : 0);
		assert.equal(office.number('SELECT (SELECT COUNT(*) FROM mail WHERE lead_id IS NOT NULL) + (SELECT COUNT(*) FROM lead_news)'), 0);
	}
	await office.quiet();
});

test('a login that died: refused in words, and nothing begins', async () => {
	const integration = await office.connect(conor, [cork]);

	await office.sim('kill', { token: `person:${conor}`, subcode: 460 });
	await office.health(integration);
	const answer = await begin(integration, one_form);
	assert.equal(answer.status, 409);
	assert.match(answer.body, /Not begun: <bdi>[^<]+<\/bdi>[^]*Reconnect/);
	assert.equal(office.number("SELECT COUNT(*) FROM sync_run WHERE way = 'history'"), 0);
});

test('paused ones end with their integration, and when Meta has none of their leads any more', async () => {
	const integration = await office.connect(conor, [cork]);
	const pause = async () => {
		await office.sim('faults', { answer_ms: 3000 });
		await begun(integration, one_form);
		await act(integration, 'pause');
		await office.sim('reset');
		await office.quiet();
		assert.equal(history(integration)[0], 'paused');
	};

	await old(cork_form, 3);
	await pause();
	office.sql("UPDATE sync_run SET paused_at = paused_at - INTERVAL 91 DAY WHERE state = 'paused'");
	office.stack.leadport(['worker', '--once']);
	await until('it has ended', () => history(integration)[0] === 'stopped');
	await pause();
	await root.send(`/integration-delete/${integration}`);
	office.stack.leadport(['worker', '--once']);
	await until('it has ended', () => history(integration)[0] === 'stopped');
});

test('by the command line: so many days, shared out or not', async () => {
	const integration = await office.connect(conor, [cork], { fields: { strategy: 'round_robin' } });
	const wanted = await old(cork_form, 3, { days_ago: 5 }), older = await old(cork_form, 2, { days_ago: 40 });
	const sync = (...more) => office.stack.leadport(['sync', String(integration), ...more]);

	assert.throws(() => sync('--days', '5'), /go with --history/);
	assert.throws(() => sync('--history', '--days', '91'), /from 1 to 90/);
	assert.match(sync('--history', '--days', '10', '--share-out'), /starts/);
	await office.arrived(wanted);
	await office.quiet();
	assert.equal(assigned(wanted), 3);
	assert.equal(office.stored(older), 0);
	sync('--history');
	await office.arrived(older);
	await office.quiet();
	assert.equal(assigned(older), 0);
});
