// Logins that die, each in its own way, and what comes of their leads.
import { test, before, after, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { client, until } from '../web.mjs';
import { Office, maeve, conor, aoife, cork, coast, cork_form, coast_form, galway } from './kit.mjs';

// Subcode, reason, what the card says, and whether Facebook lets the same
// token in again once the person has done something there.
const deaths = [
	[458, 'app_removed', 'Leadport removed at Facebook'],
	[459, 'checkpoint', 'Facebook wants a check', 'revives'],
	[460, 'password_changed', 'Facebook password changed'],
	[461, 'session_ended', 'Logged out at Facebook'],
	[463, 'token_expired', 'Facebook login expired'],
	[464, 'unconfirmed', 'Account not confirmed', 'revives'],
	[466, 'session_ended', 'Logged out at Facebook'],
	[467, 'session_ended', 'Logged out at Facebook'],
	[468, 'session_ended', 'Logged out at Facebook'],
	[483, 'consent_blocked', 'Facebook blocked the consent'],
	[492, 'role_lost', 'Page role lost', 'revives'],
	[2069032, 'page_token', 'Page access lost', 'revives'],
	[0, 'token_invalid', 'Facebook login not valid'],
];
let office, root;

before(async () => {
	office = await Office.up();
	root = office.root;
});
after(() => office?.down());
beforeEach(() => office.clean());

// Everything that says so: job, trouble, card, details, doctor.
async function assert_error(integration, ids, [subcode, reason, card])
{
	assert.deepEqual(office.jobs(ids), ids.map(() => ['parked', reason]));
	const troubles = office.troubles(integration);
	assert.ok(troubles.some((tr) => tr.endsWith(` ${reason} ${subcode}`)), troubles.join());
	assert.match((await root.ask('/integrations')).body, new RegExp(`Error<[^]*<dt>Cause</dt><dd><bdi>${card}`));
	assert.match((await root.ask(`/integration/${integration}`)).body, new RegExp(`role="alert"[^]*${card}`));
	const { status, checks } = office.doctor(integration);
	assert.equal(status, 1);
	const aside = subcode ? `Meta: 190 / ${subcode}` : 'Meta: 190';
	const failed = checks.filter((c) => c.state === 'fail');
	assert.ok(failed.some((c) => c.id === 'logins' && c.aside === aside), JSON.stringify(failed));
	// Meta takes some of them for valid logins, so that it is the pages that fail.
	const pages = checks.find((c) => c.id === 'pages');
	assert.ok(pages.state === 'unknown' || pages.aside === aside, JSON.stringify(pages));
	assert.ok(failed.every((c) => ['status', 'logins', 'pages'].includes(c.id)), JSON.stringify(failed));
	assert.doesNotMatch(JSON.stringify(failed), /the person who connected it/);
}

// The login was dead for that long, and everything else is older still.
function hours_pass(ids)
{
	office.stack.run(client(`${office.stack.state}/db`, 'sim'), 'UPDATE sim_lead SET created_at = created_at - INTERVAL 2 HOUR' +
		` WHERE id IN (${ids.map((id) => `'${id}'`)})`);
	office.sql('UPDATE page SET connected_at = connected_at - INTERVAL 9 DAY WHERE id > 0;' +
		' UPDATE lead_form SET base_at = base_at - INTERVAL 1 DAY WHERE id > 0');
}

// Whichever path brought them: the job that had waited, or the sync that began beside it.
function assert_recovered(ids)
{
	assert.deepEqual(office.sql('SELECT s.leadgen_id FROM submission s JOIN lead_tag t ON t.lead_id = s.lead_id AND t.tag = \'Recovered\'' +
		` WHERE s.is_recovered AND s.leadgen_id IN (${ids.map((id) => `'${id}'`)}) ORDER BY s.leadgen_id`).flat(), [...ids].sort());
}

async function assert_active(integration, ids)
{
	await office.arrived(ids);
	await office.quiet();
	assert.deepEqual(office.troubles(integration), []);
	assert.match((await root.ask('/integrations')).body, /Active</);
	assert.equal(office.number('SELECT COUNT(*) - COUNT(DISTINCT leadgen_id) FROM submission'), 0);
	// Two of them may be one person's: each answer is told once on its lead.
	const leads = `SELECT lead_id FROM submission WHERE leadgen_id IN (${ids.map((id) => `'${id}'`)})`;
	assert.equal(office.number(`SELECT COUNT(*) FROM lead_event WHERE kind IN ('came', 'joined') AND lead_id IN (${leads})`),
		office.number(`SELECT COUNT(*) FROM submission WHERE lead_id IN (${leads})`));
	assert.equal(office.doctor(integration).checks.filter((c) => c.state === 'fail' && c.id !== 'mail').length, 0);
}

for (const death of deaths) {
	const [subcode, reason, , revives] = death;

	test(`190/${subcode || 'none'}, ${reason}: parked, said everywhere, and over after ${
		revives ? 'what the person did' : 'a reconnect'}`, async () => {
		const integration = await office.connect(conor, [cork, coast]);

		await office.sim('faults', { repeat_percent: 0 });
		await office.sim('kill', { token: `person:${conor}`, subcode });
		const parked = await office.leads(cork_form, 2);
		await until('they are parked', () => office.jobs_are(parked, ([state]) => state === 'parked'));
		const silent = await office.leads(coast_form, 3, { silent: true });
		await assert_error(integration, parked, death);
		hours_pass([...parked, ...silent]);

		if (revives) {
			await office.sim('reset');
			await office.health(integration);
		} else {
			await office.reconnect(integration, conor, [cork, coast]);
		}
		await assert_active(integration, [...parked, ...silent]);
		assert_recovered([...parked, ...silent]);
		assert.equal(office.number('SELECT COUNT(*) FROM integration_owner'), 1);
	});
}

test('the page token alone is dead: fetched anew, nobody notices', async () => {
	const integration = await office.connect(conor, [cork, coast]);

	await office.sim('kill', { token: `page:${cork}`, subcode: 460 });
	const ids = await office.leads(cork_form, 2);
	await office.arrived(ids);
	assert.equal(office.number('SELECT COUNT(*) FROM submission s JOIN lead_tag t ON t.lead_id = s.lead_id AND t.tag = \'Recovered\'' +
		` WHERE s.leadgen_id IN (${ids.map((id) => `'${id}'`)})`), 0, 'they did not wait');
	assert.deepEqual(office.troubles(integration), []);
});

test('the page token alone is dead during a sync: fetched anew', async () => {
	const integration = await office.connect(conor, [cork, coast]);
	const silent = await office.leads(cork_form, 2, { silent: true });

	await office.sim('kill', { token: `page:${cork}`, subcode: 463 });
	assert.equal((await office.sync(integration)).state, 'done');
	await office.arrived(silent);
	assert.deepEqual(office.troubles(integration), []);
});

test('the health check alone finds a dead login, and later that it lives again', async () => {
	const integration = await office.connect(conor, [cork]);

	await office.sim('kill', { token: `person:${conor}`, subcode: 460 });
	await office.health(integration);
	assert.ok(office.troubles(integration).includes('owner password_changed 460'));
	await office.sim('reset');
	await office.health(integration);
	assert.deepEqual(office.troubles(integration), []);
});

test('a gap of three days is fetched by a reconnect', async () => {
	const integration = await office.connect(conor, [cork]);

	office.sql('UPDATE page SET connected_at = connected_at - INTERVAL 9 DAY,' +
		' last_sync_at = last_sync_at - INTERVAL 3 DAY; UPDATE lead_form SET synced_at = synced_at - INTERVAL 3 DAY;' +
		' UPDATE integration SET last_sync_at = last_sync_at - INTERVAL 3 DAY');
	await office.sim('kill', { token: `person:${conor}`, subcode: 463 });
	const silent = [...await office.leads(cork_form, 3, { silent: true, days_ago: 3 }),
		...await office.leads(cork_form, 2, { silent: true, days_ago: 1 })];
	await office.reconnect(integration, conor, [cork]);
	await assert_active(integration, silent);
	assert.deepEqual(office.sql(`SELECT DISTINCT way FROM submission WHERE leadgen_id IN (${
		silent.map((id) => `'${id}'`)})`), [['sync']]);
});

// The person of a login, and what Facebook holds against it from then on.
async function refuse(person, why)
{
	await office.sim('reset');
	if (typeof why === 'number')
		return office.sim('kill', { token: `person:${person}`, subcode: why });
	const [[token]] = office.sim_sql(`SELECT token FROM sim_token WHERE user_id = '${person}' AND type = 'user'` +
		' AND dead_subcode IS NULL ORDER BY issued_at DESC LIMIT 1');

	assert.equal((await office.graph(`me/permissions/${why}`, token, { method: 'DELETE' })).success, true);
}

// Whoever is refused, the other one reads: leads that are announced, leads that
// a sync finds, the pages of a health check.
async function assert_taken_over(integration, owner)
{
	const ids = await office.leads(cork_form, 2);

	await office.arrived(ids);
	assert.ok(office.jobs_are(ids, ([state]) => state === 'done'));
	assert.equal(office.number(`SELECT MAX(attempts) FROM job WHERE kind = 'lead' AND subject IN (${ids.map((id) => `'${id}'`)})`), 1);
	assert.deepEqual(office.sql(`SELECT o.meta_user_id FROM page p JOIN integration_owner o ON o.id = p.owner_id WHERE p.meta_id = '${cork}'`),
		[[owner]]);
	const silent = await office.leads(coast_form, 2, { silent: true });
	assert.equal((await office.sync(integration)).state, 'done');
	await office.arrived(silent);
	await office.health(integration);
	const troubles = office.troubles(integration);
	assert.ok(!troubles.some((tr) => tr.startsWith('page ')), troubles.join());
	assert.ok(troubles.some((tr) => tr.startsWith('owner ')), 'whose login is refused is told');
}

for (const why of [459, 460, 464, 'leads_retrieval'])
	test(`a stand-in takes over when the first login is refused (${why}), and the first one when the stand-in is`, async () => {
		const integration = await office.connect(conor, [cork, coast]);
		const page = await office.reconnect(integration, aoife, [cork, coast], { more: [['login', 'stand-in']] });

		assert.match(page.body, /Connected again: 2 pages\./);
		assert.equal(office.number('SELECT COUNT(*) FROM integration_owner'), 2);
		// The page is read by who connected it last.
		await refuse(aoife, why);
		await assert_taken_over(integration, conor);
		if (typeof why === 'number') {
			await refuse(conor, why);
			await assert_taken_over(integration, aoife);
		}
	});

test('each login is refused: leads wait without a try, said once, and come when one is not', async () => {
	const integration = await office.connect(conor, [cork]);

	await office.reconnect(integration, aoife, [cork], { more: [['login', 'stand-in']] });
	office.sql('UPDATE integration SET checked_at = UTC_TIMESTAMP(3)');
	await office.sim('kill', { token: `person:${conor}`, subcode: 459 });
	await office.sim('kill', { token: `person:${aoife}`, subcode: 464 });
	const ids = await office.leads(cork_form, 2);
	await until('they are parked', () => office.jobs_are(ids, ([state]) => state === 'parked'));
	assert.deepEqual(office.jobs(ids), Array(2).fill(['parked', 'unconfirmed']));
	assert.equal(office.number("SELECT MAX(attempts) FROM job WHERE state = 'parked'"), 1);
	await office.sim('reset');
	await office.health(integration);
	await office.arrived(ids);
});

test('a page that no login reads is looked at often, and its stand-ins are asked once an hour', async () => {
	const integration = await office.connect(conor, [cork]);
	const calls = () => Number(office.sim_sql("SELECT MAX(seen) FROM sim_fault WHERE kind = 'subscribed_apps'")[0][0]);
	const look = async () => {
		const before = calls();

		await office.health(integration);
		return calls() - before;
	};

	await office.reconnect(integration, aoife, [cork], { more: [['login', 'stand-in']] });
	office.sql('UPDATE integration SET checked_at = UTC_TIMESTAMP(3)');
	await office.sim('faults', { kind: 'subscribed_apps', object: cork, error: '200/pages_manage_metadata', times: 0 });
	assert.equal(await look(), 2, 'both are asked when it begins');
	assert.equal(await look(), 1);
	assert.equal(await look(), 1);
	office.sql('UPDATE trouble SET since = since - INTERVAL 1 HOUR; UPDATE page SET checked_at = checked_at - INTERVAL 5 MINUTE');
	assert.equal(await look(), 2, 'and an hour later');
	assert.equal(await look(), 1);
	await office.sim('reset');
	await office.health(integration);
	assert.equal(office.number(`SELECT COUNT(*) FROM page WHERE meta_id = '${cork}' AND subscribed_at IS NOT NULL`), 1);
});

test('a look that has lost its lease ends there: the next page is left to whoever has it', async () => {
	const integration = await office.connect(conor, [cork, coast]);
	const job = `kind = 'health' AND subject = '${integration}'`;

	office.sql('UPDATE integration SET checked_at = UTC_TIMESTAMP(3)');
	office.sql("UPDATE page SET checked_at = '2000-01-01'");
	const held = await office.hold(`SELECT id FROM page WHERE meta_id = '${cork}' FOR UPDATE`);
	try {
		office.sql(`UPDATE job SET state = 'ready', run_at = UTC_TIMESTAMP(3), attempts = 0 WHERE ${job}`);
		await held.met();
		office.sql(`UPDATE job SET lease_owner = 'another', lease_until = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR WHERE ${job}`);
	} finally {
		await held.let_go();
	}
	await until('the first page is seen', () => office.number("SELECT COUNT(*) FROM page WHERE checked_at > '2000-01-02'") > 0);
	// The worker is free again when it does what comes next.
	await office.arrived(await office.leads(coast_form, 1));
	assert.deepEqual(office.sql("SELECT meta_id FROM page WHERE checked_at > '2000-01-02'"), [[cork]]);
	assert.deepEqual(office.sql(`SELECT state, lease_owner FROM job WHERE ${job}`), [['running', 'another']]);
});

test('a stand-in that cannot be asked just now is asked again: leads are not parked', async () => {
	const integration = await office.connect(conor, [cork]);

	await office.reconnect(integration, aoife, [cork], { more: [['login', 'stand-in']] });
	await office.sim('kill', { token: `person:${aoife}`, subcode: 459 });
	await office.sim('faults', { kind: 'page', error: '2', times: 1 });
	const ids = await office.leads(cork_form, 2);
	await office.arrived(ids);
	assert.ok(office.jobs_are(ids, ([state]) => state === 'done'));
});

test('instead of the logins before: they are forgotten', async () => {
	const integration = await office.connect(conor, [cork, coast]);

	await office.reconnect(integration, aoife, [cork, coast], { more: [['login', 'instead']] });
	assert.deepEqual(office.sql('SELECT meta_user_id FROM integration_owner'), [[aoife]]);
	await office.arrived(await office.leads(cork_form, 1));
});

test('the login of another app\u2019s making is not taken', async () => {
	const answer = await root.send('/integration-connect', { name: 'T', description: '', strategy: 'unassigned',
		token: 'SIM-OTHER-APP-TOKEN-1' });

	assert.equal(answer.status, 422);
	assert.match(answer.body, /This token belongs to another Meta app/);
	assert.doesNotMatch(answer.body, /SIM-OTHER-APP/);
});

test('a system-user token needs no Facebook, and its pages are chosen in the same way', async () => {
	const answer = await root.send('/integration-connect', { name: 'System', description: '', strategy: 'unassigned',
		token: 'SIM-SYSTEM-USER-TOKEN-1' });

	assert.equal(answer.status, 303, answer.body);
	const page = await office.settled();
	assert.match(page.body, new RegExp(`name="pages" value="${galway}"`));
	assert.match((await office.choose([galway])).body, /Connected: 1 page\./);
});

test('no secret was in any page, address or log', () => office.assert_no_secret());
