// What can go wrong outside, played through: afterwards everything that Meta
// has is here once.
import { test, before, after, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { MailServer } from '../smtp.mjs';
import { client, until } from '../web.mjs';
import { Office, conor, cork, coast, cork_form, coast_form } from './kit.mjs';

let office, mail;

before(async () => {
	office = await Office.up();
	mail = await MailServer.up();
	await office.mail_by(mail);
});
after(() => {
	mail?.down();
	office?.down();
});
beforeEach(() => office.clean());

const list = (ids) => ids.map((id) => `'${id}'`).join();
const tagged = (ids) => office.number("SELECT COUNT(DISTINCT s.leadgen_id) FROM submission s JOIN lead_tag t ON t.lead_id = s.lead_id" +
	` WHERE t.tag = 'Recovered' AND s.leadgen_id IN (${list(ids)})`);

function assert_once(ids)
{
	assert.deepEqual(office.sql(`SELECT COUNT(*), COUNT(DISTINCT leadgen_id), COUNT(DISTINCT lead_id) FROM submission WHERE leadgen_id IN (${
		list(ids)})`)[0].map(Number), [ids.length, ids.length, ids.length]);
	assert.equal(office.number(`SELECT COUNT(*) FROM lead_event WHERE kind IN ('came', 'joined') AND lead_id IN (SELECT lead_id FROM submission` +
		` WHERE leadgen_id IN (${list(ids)}))`), ids.length);
}

async function worker_ends()
{
	office.worker.kill();
	await until('the worker has ended', () => office.worker.signalCode !== null || office.worker.exitCode !== null);
}

test('the host was away for three days: 500 leads are fetched by themselves, marked, and nobody is told that they are new', async () => {
	const integration = await office.connect(conor, [cork, coast], { fields: { strategy: 'round_robin' } });

	await worker_ends();
	office.stack.script('stack.sh', 'web', 'stop');
	const lost = [];
	for (const [form, count, days_ago] of [[cork_form, 200, 3], [coast_form, 100, 2], [cork_form, 200, 1]])
		lost.push(...await office.leads(form, count, { silent: true, days_ago }));
	office.sql('UPDATE page SET last_sync_at = last_sync_at - INTERVAL 3 DAY, asked_at = asked_at - INTERVAL 3 DAY, connected_at = connected_at - INTERVAL 9 DAY;' +
		' UPDATE lead_form SET synced_at = synced_at - INTERVAL 3 DAY;' +
		' UPDATE integration SET last_sync_at = last_sync_at - INTERVAL 3 DAY; UPDATE sync_run SET started_at = started_at - INTERVAL 3 DAY,' +
		' ended_at = ended_at - INTERVAL 3 DAY');
	office.stack.script('stack.sh', 'web', 'start');
	await office.start_worker();
	await office.arrived(lost, 120);
	await office.quiet(60);
	assert_once(lost);
	assert.equal(tagged(lost), 500);
	assert.equal(office.run(integration).state, 'done');
	assert.equal(office.number(`SELECT COUNT(*) FROM submission WHERE leadgen_id IN (${list(lost)}) AND assigned_at IS NULL`), 0);
	await assert_told_as_old();
});

// One person has them all: twenty letters, and a list of the others when the storm has passed.
async function assert_told_as_old()
{
	// Others are of what was wrong.
	const letters = (is) => mail.letters.filter(({ subject, body }) => is.test(subject) && /Which of these mails you get/.test(body));

	await until('twenty letters came', () => letters(/./).length >= 20);
	office.sql('UPDATE lead_news SET at = at - INTERVAL 11 MINUTE WHERE id > 0');
	// Lists are looked for once a minute, and by a worker that begins.
	await once(spawn(`${office.stack.home}/bin/leadport`, ['worker', '--once'], { env: office.stack.env, stdio: 'ignore' }), 'exit');
	await until('the list came', () => letters(/for you/).length > 0);
	await office.quiet();
	assert.deepEqual([...new Set(letters(/./).map(({ subject }) => subject.replace(/:.*/, '')))].sort(),
		['More than 200 recovered leads for you', 'Recovered lead']);
	assert.equal(letters(/^Recovered lead: /).length, 20);
	assert.ok(letters(/^Recovered lead: /).every(({ body }) => /\nSubmitted: [^]*\nThis answer is old: it was recovered only on /.test(body)));
	const [{ body }] = letters(/for you/);

	assert.match(body, /\nRecovered ones are not new: /);
	assert.equal(body.match(/\n.+, recovered\n {2}.+, submitted \d+ \w+ 2\d{3}, [\d:]+ \w+\n/g).length, 200, body);
	assert.equal(office.number('SELECT COUNT(*) FROM lead_news WHERE mail_id IS NULL'), 0);
}

test('30 % of the deliveries never come: one sync, and nothing is missing', async () => {
	const integration = await office.connect(conor, [cork]);
	const ids = [], dropped = [];

	office.sql('UPDATE page SET connected_at = connected_at - INTERVAL 9 DAY, last_sync_at = last_sync_at - INTERVAL 1 DAY;' +
		' UPDATE lead_form SET synced_at = synced_at - INTERVAL 1 DAY');
	for (let i = 0; i < 10; i++) {
		dropped.push(...await office.leads(cork_form, 3, { silent: true, days_ago: 1 }));
		ids.push(...await office.leads(cork_form, 7));
	}
	await office.sync(integration);
	await office.arrived([...ids, ...dropped]);
	assert_once([...ids, ...dropped]);
	assert.deepEqual([tagged(ids), tagged(dropped)], [0, 30]);
});

test('each delivered three times within 36 hours, out of order: once', async () => {
	await office.connect(conor, [cork, coast]);
	const ids = [...await office.leads(cork_form, 40), ...await office.leads(coast_form, 40)];

	await office.arrived(ids);
	for (let round = 0; round < 2; round++) {
		office.sql('UPDATE receipt SET received_at = received_at - INTERVAL 18 HOUR; UPDATE job SET received_at = received_at - INTERVAL 18 HOUR,' +
			' created_at = created_at - INTERVAL 18 HOUR, ended_at = ended_at - INTERVAL 18 HOUR');
		office.stack.run(client(`${office.stack.state}/db`, 'sim'),
			`UPDATE sim_lead SET state = 'waiting' WHERE id IN (${list(ids)})`);
		const had = office.number('SELECT COUNT(*) FROM receipt');
		office.stack.simulator('deliver', '--batch', '7', '--shuffle', '--seed', String(round + 1));
		assert.ok(office.number('SELECT COUNT(*) FROM receipt') > had);
		await until('all are opened', () => office.number("SELECT COUNT(*) FROM receipt WHERE state = 'new'") === 0);
		await office.quiet();
	}
	assert_once(ids);
});

for (const subcode of [0, 458, 459, 460, 461, 463, 464, 466, 467, 468, 483, 492, 2069032])
	test(`the token dies in the middle of a batch (190/${subcode}): what was read stays, the rest waits and comes`, async () => {
		const integration = await office.connect(conor, [cork]);

		await office.sim('faults', { kind: 'lead', nth: 4, times: 0, error: subcode ? `190/${subcode}` : '190' });
		await office.sim('faults', { kind: 'page', nth: 1, times: 0, error: subcode ? `190/${subcode}` : '190' });
		const ids = await office.leads(cork_form, 8);
		await until('each has its end', () => office.jobs_are(ids, ([state]) => /done|parked/.test(state)));
		const parked = office.jobs(ids).filter(([state]) => state === 'parked').length;
		assert.ok(parked > 0, 'those after it wait for a person');
		assert.equal(office.stored(ids), 8 - parked);
		assert.equal(office.number('SELECT COALESCE(MAX(attempts), 1) FROM job WHERE state = \'parked\''), 1, 'no try is burnt');
		await office.sim('reset');
		await office.health(integration);
		await office.arrived(ids);
		await office.quiet();
		assert_once(ids);
		assert.deepEqual(office.troubles(integration), []);
	});

test('Leads Access off and on again: said, waited for, nothing lost', async () => {
	const integration = await office.connect(conor, [cork]);

	await office.sim('leads-access', { page: cork, allowed: false });
	const ids = await office.leads(cork_form, 5);
	await until('it is said', () => office.troubles(integration).some((tr) => /leads_access/.test(tr)) &&
		office.jobs_are(ids, ([, reason]) => reason === 'leads_access'));
	assert.equal(office.stored(ids), 0);
	await office.sim('leads-access', { page: cork, allowed: true });
	office.hurry();
	await office.arrived(ids);
	await office.quiet();
	assert_once(ids);
	assert.deepEqual(office.troubles(integration), []);
});

test('answers that are none: HTML, half a body, nothing, a list, a cut connection, for the batch and for the form', async () => {
	await office.connect(conor, [cork]);
	const ids = [];

	for (const error of ['html', 'html200', 'unavailable', 'unavailable200', '429', 'truncated', 'empty', 'empty500', 'list', 'reset', 'null', '1', '2']) {
		await office.sim('faults', { kind: error === 'null' ? 'lead' : 'batch', times: 2, error });
		ids.push(...await office.leads(cork_form, 3));
		await until(`over: ${error}`, () => {
			office.hurry();
			return office.stored(ids) === ids.length;
		});
	}
	assert_once(ids);
});

test('a thousand leads, twenty of them poisonous: the others are not held up, and these come once they can', async () => {
	await office.connect(conor, [cork]);
	const long = 'x\u202e\u0000<script>&"\'🎈'.repeat(900).replaceAll('\u0000', ''), bad = [], odd = [], good = [];

	for (let i = 0; i < 20; i++) {
		good.push(...(await office.sim('leads', { form: cork_form, count: 49 })).ids);
		if (i % 2)
			bad.push(...(await office.sim('leads', { form: cork_form, count: 1 })).ids);
		else
			odd.push(...(await office.sim('leads', { form: cork_form, count: 1, values: i % 4 ? { full_name: long, email: long } :
				{ full_name: '', email: `@${i}`, phone_number: '\ud83c\udf88' } })).ids);
	}
	for (const [i, id] of bad.entries())
		await office.sim('faults', { kind: 'lead', object: id, times: 0, error: ['html200', '100/33', 'list', '100', 'truncated'][i % 5] });
	office.stack.simulator('deliver', '--batch', '100', '--shuffle', '--seed', '5');
	await office.arrived([...good, ...odd], 120);
	assert_once(good);
	assert.equal(office.stored(bad), 0);
	await office.sim('reset');
	// Some were given up, and one may be while Meta heals.
	await until('they come', () => {
		office.sql("UPDATE job SET state = 'ready', attempts = 0, run_at = UTC_TIMESTAMP(3) WHERE state IN ('ready', 'dead')" +
			` AND subject IN (${list(bad)})`);
		return office.stored(bad) === bad.length;
	});
	assert_once(bad);
});

test('a lead that comes back while it is asked why: it is not given up', async () => {
	await office.connect(conor, [cork]);
	const { ids } = await office.sim('leads', { form: cork_form, count: 1 });

	// Of the last try, too: page and form can be read then.
	await office.sim('faults', { kind: 'lead', object: ids[0], times: 5, error: '100/33' });
	office.stack.simulator('deliver');
	await until('it comes', () => {
		office.hurry();
		assert.notEqual(office.jobs(ids)[0]?.[0], 'dead');
		return office.stored(ids) === 1;
	});
	assert_once(ids);
});

test('a lead that is not shown: four quick tries, then the page is asked why', async () => {
	const integration = await office.connect(conor, [cork]);
	const tries = async (ids, state) => until(`they are ${state}`, () => {
		office.hurry();
		return office.jobs_are(ids, ([s]) => s === state);
	});

	await office.sim('faults', { readable_after_ms: 1500 });
	await office.arrived(await office.leads(cork_form, 2));
	await office.sim('faults', { readable_after_ms: 0 });
	// The page itself can be read: the lead is gone.
	await office.sim('faults', { kind: 'lead', times: 0, error: '100/33' });
	const deleted = await office.leads(cork_form, 1), old = await office.leads(cork_form, 1);
	await until('it has a job', () => office.jobs(old).length === 1);
	office.sql(`UPDATE job SET submitted_at = submitted_at - INTERVAL 91 DAY WHERE subject = '${old[0]}'`);
	await tries([...deleted, ...old], 'dead');
	assert.deepEqual(office.jobs(deleted), [['dead', 'not_readable']]);
	assert.deepEqual(office.jobs(old), [['dead', 'lead_expired']]);
	assert.equal(office.number(`SELECT attempts FROM job WHERE subject = '${deleted[0]}'`), 5);
	// The page cannot: the login has lost it, and the leads wait for that.
	await office.sim('faults', { kind: 'page', times: 0, error: '100/33' });
	const waiting = await office.leads(cork_form, 2);
	await tries(waiting, 'parked');
	assert.deepEqual(office.jobs(waiting), Array(2).fill(['parked', 'page_unreadable']));
	await office.sim('reset');
	await office.reconnect(integration, conor, [cork]);
	await office.arrived(waiting);

	// The page can, the form's leads cannot: Leads Access, perhaps.  It is tried on, and somebody looks.
	await office.sim('faults', { kind: 'lead', times: 0, error: '100/33' });
	await office.sim('faults', { kind: 'leads', times: 0, error: '100/33' });
	office.sql("DELETE FROM job WHERE kind = 'health'");
	const kept = await office.leads(cork_form, 2);
	await until('they are tried on', () => {
		office.hurry();
		return office.jobs_are(kept, ([state, reason]) => state === 'ready' && reason === 'leads_access');
	});
	await until('Leads Access is looked at', () => office.number("SELECT COUNT(*) FROM job WHERE kind = 'health' AND state = 'done'") === 1);
	await office.sim('reset');
	await until('they come', () => {
		office.hurry();
		return office.stored(kept) === kept.length;
	});
});
