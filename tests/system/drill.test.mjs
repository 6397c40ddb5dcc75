// The nightly fire drill: a marked test lead arrives, or admins are told.
import { test, before, after, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { until } from '../web.mjs';
import { MailServer } from '../smtp.mjs';
import { Office, conor, cork, coast, cork_form, coast_form, set_zone, zone_of_three } from './kit.mjs';

let office, root, mail;

async function restart(zone)
{
	set_zone(office.stack, zone);
	office.worker.kill();
	await until('it has ended', () => office.worker.exitCode !== null || office.worker.signalCode !== null);
	await office.start_worker();
}

before(async () => {
	office = await Office.up();
	root = office.root;
	office.stack.user('tomasz@example.com', 'member', true, 'Tomasz');
	mail = await MailServer.up();
	const conf = `${office.stack.home}/leadport.conf`;
	writeFileSync(conf, `${readFileSync(conf, 'utf8')}\n[mail]\nsmtp_url = ${mail.url}\nfrom = Leadport <crm@example.com>\n`);
	await restart(zone_of_three());
});
after(() => {
	mail?.down();
	office?.down();
});
beforeEach(async () => {
	await office.clean();
	office.sql('DELETE FROM drill WHERE id > 0; DELETE FROM test_run WHERE id > 0; DELETE FROM mail WHERE id > 0;' +
		' DELETE FROM worker WHERE beat_at < UTC_TIMESTAMP(3) - INTERVAL 1 MINUTE');
	mail.letters = [];
});

const drill = (integration, columns = 'state') => office.sql(`SELECT ${columns} FROM drill WHERE integration_id = ${integration}` +
	' ORDER BY id DESC LIMIT 1')[0];
const at_meta = async (id) => (await office.stack.ask_sim('/sim/ledger')).some((lead) => lead.id === id);
const alarms = () => mail.letters.filter((letter) => /Fire drill failed/.test(letter.subject));

// A worker's round; not waited for in the foreground, where nobody takes mail.
async function round()
{
	const worker = spawn(`${office.stack.home}/bin/leadport`, ['worker', '--once'], { env: office.stack.env, stdio: 'ignore' });

	assert.deepEqual((await once(worker, 'exit'))[0], 0);
}

function edit(integration, on)
{
	return root.send(`/integration-edit/${integration}`, [['name', 'Harbour'], ['description', ''], ['strategy', 'round_robin'],
		['on_known', 'join'], ...on ? [['drill', '1']] : []]);
}

// Whether it arrived is looked at when a test is ready for that.
function look_later()
{
	office.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR WHERE state = 'ready' AND kind = 'drill'");
}

// The drill of a night that was not yet, up to where Meta has made the lead.
async function made(integration)
{
	const before = office.number("SELECT COALESCE(MAX(id), 0) FROM drill WHERE state NOT IN ('making', 'waiting')");

	office.sql(`UPDATE drill SET night = night - INTERVAL 1 DAY WHERE id <= ${before} ORDER BY night`);
	await round();
	await until('it is made', () => {
		const now = drill(integration, 'id, state');

		return now && Number(now[0]) > before && now[1] === 'waiting';
	});
	look_later();
	return drill(integration, 'leadgen_id')[0];
}

async function over(integration)
{
	await until('it is over and cleared away', () => {
		office.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE state = 'ready' AND kind = 'drill'");
		return office.number("SELECT COUNT(*) FROM job WHERE kind = 'drill' AND state <> 'done'") === 0;
	});
	return drill(integration)[0];
}

// Its 15 minutes are over.
async function too_late(integration)
{
	office.sql("UPDATE drill SET made_at = made_at - INTERVAL 16 MINUTE WHERE state = 'waiting'");
	return over(integration);
}

async function drilled(pages)
{
	const integration = await office.connect(conor, pages, { fields: { strategy: 'round_robin' } });

	assert.equal((await edit(integration, true)).status, 303);
	return integration;
}

test('off unless it is asked for', async () => {
	const integration = await office.connect(conor, [cork]);

	await round();
	assert.equal(drill(integration), undefined);
	assert.match((await root.ask(`/integration/${integration}`)).body, /Nightly fire drill<\/dt><dd>Off</);
	assert.doesNotMatch((await root.ask(`/integration-edit/${integration}`)).body, /name="drill" value="1" checked/);
	await edit(integration, true);
	assert.match((await root.ask(`/integration-edit/${integration}`)).body, /name="drill" value="1" checked/);
	assert.match(office.sql('SELECT words FROM audit ORDER BY id DESC LIMIT 1')[0][0], /fire drill on/);
});

test('it arrives: marked, nobody\'s, no letter, and gone again here and at Meta', async () => {
	const integration = await drilled([cork]);
	const turn = () => office.number(`SELECT COALESCE(last_turn_id, 0) FROM integration WHERE id = ${integration}`);
	const page = () => office.sql(`SELECT n_leads, last_lead_at FROM page WHERE meta_id = '${cork}'`).join();
	const [turn_before, page_before] = [turn(), page()];
	const id = await made(integration);

	assert.ok(await at_meta(id));
	assert.equal(office.number('SELECT is_drill FROM test_run'), 1);
	// A sync meets it first and leaves it to the webhook.
	await office.sync(integration);
	assert.equal(office.stored([id]), 0);
	office.stack.simulator('deliver');
	await office.arrived([id]);
	assert.deepEqual(office.sql('SELECT l.is_test, l.assignee_id IS NULL, s.way FROM `lead` l JOIN submission s ON s.lead_id = l.id' +
		` WHERE s.leadgen_id = '${id}'`), [['1', '1', 'webhook']]);
	assert.equal(office.number("SELECT COUNT(*) FROM lead_tag t JOIN submission s ON s.lead_id = t.lead_id WHERE t.tag = 'Fire drill'" +
		` AND s.leadgen_id = '${id}'`), 1);
	assert.equal(await over(integration), 'arrived');
	assert.ok(!await at_meta(id));
	assert.equal(office.number(`SELECT COUNT(*) FROM \`lead\` l JOIN submission s ON s.lead_id = l.id WHERE s.leadgen_id = '${id}'`), 0);
	assert.equal(office.number('SELECT COUNT(*) FROM test_run'), 0);
	assert.equal(turn(), turn_before);
	assert.equal(page(), page_before);
	assert.deepEqual(office.troubles(integration), []);
	await office.quiet();
	assert.deepEqual(mail.letters, []);
	const seen = (await root.ask(`/integration/${integration}`)).body;
	assert.match(seen, /Nightly fire drill<\/dt><dd>On, between 2 and 5 at night\. The latest, [^:]*: Arrived within /);
	assert.doesNotMatch(seen, /Lead of a person/);
	const check = office.doctor(integration).checks.find((c) => c.id === 'drill');
	assert.deepEqual([check.state, check.title], ['pass', 'The latest fire drill arrived']);
	await round();
	assert.equal(office.number('SELECT COUNT(*) FROM drill'), 1, 'one a night');
});

test('deliveries are lost: the alarm is raised once, and a later good drill ends it', async () => {
	const integration = await drilled([cork]);
	const first = await made(integration);

	assert.equal(await too_late(integration), 'failed');
	assert.ok(!await at_meta(first));
	await office.quiet();
	assert.deepEqual(office.troubles(integration), ['integration drill_failed 0']);
	await round();
	await until('admins are told', () => alarms().length === 1);
	assert.equal(alarms()[0].to, 'root@example.com');
	assert.match(alarms()[0].body, /did not arrive: it was not stored within 15 minutes/);
	assert.match((await root.ask(`/integration/${integration}`)).body, /Fire drill failed[^]*Failed: it was not stored within 15 minutes/);
	assert.match((await root.ask('/integrations')).body, /Needs attention/);
	const check = office.doctor(integration).checks.find((c) => c.id === 'drill');
	assert.equal(check.state, 'warn');
	// A warning does not keep syncs from coming by themselves.
	office.sql('UPDATE page SET asked_at = asked_at - INTERVAL 1441 MINUTE WHERE id > 0');
	const runs = office.number('SELECT COUNT(*) FROM sync_run');
	await round();
	assert.equal(office.number('SELECT COUNT(*) FROM sync_run'), runs + 1);
	await office.quiet();
	// It comes after all, when it is gone: no lead job is left over from it.
	office.stack.simulator('deliver');
	await round();
	await office.quiet();
	assert.equal(office.stored([first]), 0);
	assert.deepEqual(office.sql(`SELECT state FROM job WHERE kind = 'lead' AND subject = '${first}'`), [['done']]);

	await made(integration);
	assert.equal(await too_late(integration), 'failed');
	await round();
	await office.quiet();
	assert.equal(alarms().length, 1, 'told once');
	const second = await made(integration);
	office.stack.simulator('deliver');
	await office.arrived([second]);
	assert.equal(await over(integration), 'arrived');
	assert.deepEqual(office.troubles(integration), []);
});

test('a form after the other; one that failed again, until it arrives', async () => {
	const integration = await drilled([cork, coast]);
	const form = () => drill(integration, 'form_meta_id')[0];
	const pass = async () => {
		const id = await made(integration);

		office.stack.simulator('deliver');
		await office.arrived([id]);
		assert.equal(await over(integration), 'arrived');
		return form();
	};

	assert.equal(await pass(), cork_form);
	await made(integration);
	assert.equal(await too_late(integration), 'failed');
	assert.equal(form(), coast_form);
	assert.equal(await pass(), coast_form);
	assert.equal(await pass(), cork_form);
});

test('Meta does not make it: tried again, then told with its reason', async () => {
	const integration = await drilled([cork]);

	await office.sim('faults', { kind: 'test_leads', error: '190/460', times: 0 });
	await round();
	assert.equal(await over(integration), 'failed');
	assert.notEqual(drill(integration, 'reason')[0], 'late');
	assert.ok(office.troubles(integration).includes('integration drill_failed 0'));
	await office.sim('reset');
	office.sql('UPDATE lead_form SET is_left_out = TRUE WHERE id > 0; UPDATE drill SET night = night - INTERVAL 1 DAY WHERE id > 0');
	await round();
	await until('there is another', () => office.number('SELECT COUNT(*) FROM drill') === 2);
	assert.equal(await over(integration), 'failed');
	assert.equal(drill(integration, 'reason')[0], 'no_form');
	// Switched off, the alarm goes.
	assert.equal((await edit(integration, false)).status, 303);
	assert.ok(!office.troubles(integration).includes('integration drill_failed 0'));
});

// A worker was killed when Meta had made the lead and before that was kept.
function forget_made()
{
	office.sql("UPDATE drill SET state = 'making', test_run_id = NULL, leadgen_id = NULL, made_at = NULL WHERE id > 0;" +
		' DELETE FROM test_run WHERE id > 0');
}

const marked = () => office.number("SELECT COUNT(*) FROM lead_tag WHERE tag = 'Fire drill'");
async function made_again(integration)
{
	office.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE state = 'ready' AND kind = 'drill'");
	await until('it is made again', () => drill(integration)[0] === 'waiting');
	look_later();
	return drill(integration, 'leadgen_id')[0];
}

test('a worker ends in the middle: what an earlier try made goes, too', async () => {
	const integration = await drilled([cork]);
	const real = await office.leads(cork_form, 1, { values: { full_name: 'Ann', email: 'ann@example.com' } });
	await office.arrived(real);
	const first = await made(integration);

	forget_made();
	office.stack.simulator('deliver');
	await office.arrived([first]);
	assert.equal(marked(), 1);
	const second = await made_again(integration);
	assert.notEqual(second, first);
	office.stack.simulator('deliver');
	await office.arrived([second]);
	assert.equal(await over(integration), 'arrived');
	for (const id of [first, second])
		assert.ok(!await at_meta(id), id);
	assert.equal(marked(), 0);
	assert.equal(office.number('SELECT COUNT(*) FROM test_run'), 0);
	assert.equal(office.number(`SELECT COUNT(*) FROM \`lead\` l JOIN submission s ON s.lead_id = l.id WHERE s.leadgen_id = '${real[0]}'`), 1);
});

test('a worker ends in the middle, and the webhook is late: nothing is given up', async () => {
	const integration = await drilled([cork]);
	const first = await made(integration);

	forget_made();
	// It is announced, and not read yet.
	office.sql('INSERT INTO job (kind, subject, page_meta_id, form_meta_id, received_at, run_at, created_at) VALUES' +
		` ('lead', '${first}', '${cork}', '${cork_form}', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, UTC_TIMESTAMP(3))`);
	const second = await made_again(integration);
	assert.ok(!await at_meta(first));
	office.stack.simulator('deliver');
	await office.arrived([second]);
	assert.equal(await over(integration), 'arrived');
	await round();
	office.hurry();
	await office.quiet();
	assert.deepEqual(office.jobs([first]), [['done', 'test_removed']]);
	assert.equal(office.stored([first]), 0);
});

test('Meta makes it and no answer comes: it is known by its time, and goes', async () => {
	const integration = await drilled([cork]);
	const id = await made(integration);

	forget_made();
	// All tries are over, and Meta is away while it is to be removed.
	await office.sim('faults', { kind: 'test_leads', error: '190/460', times: 0 });
	office.sql("UPDATE job SET attempts = 3 WHERE kind = 'drill'");
	assert.equal(await over(integration), 'failed');
	assert.ok(await at_meta(id));
	office.stack.simulator('deliver');
	await office.arrived([id]);
	assert.equal(marked(), 1, 'nobody takes it for a lead');
	assert.equal(office.number("SELECT COUNT(*) FROM `lead` WHERE is_test AND assignee_id IS NOT NULL"), 0);
	await office.sim('reset');
	// Also when no drill follows.
	assert.equal((await edit(integration, false)).status, 303);
	office.sql('UPDATE test_run SET created_at = created_at - INTERVAL 6 MINUTE WHERE id > 0');
	await until('a round has it cleared away', async () => {
		await round();
		return marked() === 0;
	});
	assert.ok(!await at_meta(id));
});

test('Meta does not remove it: it is tried again until it is gone', async () => {
	const integration = await drilled([cork]);
	const id = await made(integration);

	await office.sim('faults', { kind: 'lead', error: '2', object: id, nth: 2, times: 1 });
	office.stack.simulator('deliver');
	await office.arrived([id]);
	await until('it has arrived', () => {
		office.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE state = 'ready' AND kind = 'drill'");
		return drill(integration)[0] === 'arrived';
	});
	assert.equal(await over(integration), 'arrived');
	assert.ok(!await at_meta(id));
	assert.equal(marked(), 0);
	assert.equal(office.number('SELECT COUNT(*) FROM test_run'), 0);
});

const limit = (minutes) => office.sql('REPLACE INTO throttle (scope, subject, percent, until, seen_at) VALUES' +
	` ('page', '${cork}', 100, UTC_TIMESTAMP(3) + INTERVAL ${minutes} MINUTE, UTC_TIMESTAMP(3))`);
const words = async (integration) => /Nightly fire drill<\/dt><dd>([^<]*)</.exec((await root.ask(`/integration/${integration}`)).body)[1];

test('a limit of Meta: put off until it ends, without an alarm', async () => {
	const integration = await drilled([cork]);

	limit(20);
	await round();
	await until('it waits', () => drill(integration)?.[0] === 'making' && office.number("SELECT COUNT(*) FROM job WHERE kind = 'drill'" +
		" AND state = 'ready' AND run_at > UTC_TIMESTAMP(3) + INTERVAL 15 MINUTE AND attempts = 0"));
	assert.match(await words(integration), /Put off: Meta(’|&#8217;)s limit of calls is used up/);
	assert.ok(!office.troubles(integration).some((tr) => tr.includes('drill')));
	office.hurry();
	await until('it is made', () => drill(integration)[0] === 'waiting');
	const id = drill(integration, 'leadgen_id')[0];
	office.stack.simulator('deliver');
	await office.arrived([id]);
	assert.equal(await over(integration), 'arrived');
});

test('a limit of Meta for longer than the night: not run, and no alarm', async () => {
	const integration = await drilled([cork, coast]);

	limit(300);
	await round();
	await until('it is over', () => drill(integration)?.[0] === 'put_off');
	assert.match(await words(integration), /Not run: Meta(’|&#8217;)s limit of calls was used up/);
	await office.quiet();
	assert.ok(!office.troubles(integration).some((tr) => tr.includes('drill')));
	const check = office.doctor(integration).checks.find((c) => c.id === 'drill');
	assert.equal(check.state, 'pass');
	// The same form in the next night.
	office.hurry();
	await made(integration);
	assert.equal(drill(integration, 'form_meta_id')[0], cork_form);
	// Made, and then the limit keeps its lead from being read.
	limit(200);
	office.stack.simulator('deliver');
	await until('its lead waits', () => office.number("SELECT COUNT(*) FROM job WHERE kind = 'lead' AND state = 'ready' AND reason = 'throttled'"));
	office.sql("UPDATE drill SET made_at = made_at - INTERVAL 16 MINUTE WHERE state = 'waiting'");
	await until('it is over', () => {
		office.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE state = 'ready' AND kind = 'drill'");
		return drill(integration)[0] === 'put_off';
	});
	assert.ok(!office.troubles(integration).some((tr) => tr.includes('drill')));
	office.hurry();
	assert.equal(await over(integration), 'put_off');
});

test('a job that was lost: the drill has failed in the end', async () => {
	const integration = await drilled([cork]);

	await made(integration);
	office.sql("DELETE FROM job WHERE kind = 'drill'; UPDATE drill SET began_at = began_at - INTERVAL 7 HOUR WHERE id > 0");
	await round();
	await until('it has failed', () => drill(integration)[0] === 'failed');
	assert.equal(drill(integration, 'reason')[0], 'internal');
});

test('by day no drill begins', async () => {
	const integration = await drilled([cork]);
	const day = (new Date().getUTCHours() - 12 + 24) % 24;

	await restart(day <= 12 ? `Etc/GMT+${day}` : `Etc/GMT-${24 - day}`);
	await round();
	assert.equal(drill(integration), undefined);
	await restart(zone_of_three());
	await round();
	await until('now one does', () => drill(integration)?.[0] === 'waiting');
});
