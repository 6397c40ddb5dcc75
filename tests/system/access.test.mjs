// Rights, terms, the app and its webhook: what is refused while the login is
// fine, what is said of it, and that it ends by itself.
import { test, before, after, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { app_secret, until } from '../web.mjs';
import { Office, app_id, conor, cork, coast, cork_form, coast_form } from './kit.mjs';

const elsewhere = 'https://other.example.com/webhook';
let office, root;

before(async () => {
	office = await Office.up();
	root = office.root;
});
after(() => office?.down());
beforeEach(() => office.clean());

function waiting(ids, reason)
{
	return until(`leads wait for ${reason}`, () => office.jobs_are(ids, ([, why]) => why === reason));
}

async function assert_cause(card)
{
	assert.match((await root.ask('/integrations')).body, new RegExp(`<dt>Cause</dt><dd><bdi>${card}`));
}

async function assert_well(integration, ids)
{
	await office.arrived(ids);
	await office.quiet();
	assert.deepEqual([...office.troubles(integration), ...office.troubles()], []);
	assert.match((await root.ask('/integrations')).body, /Active</);
}

// Nobody presses anything: a worker makes its rounds, six minutes after the last look.
function come_by_rounds(ids)
{
	return until('the rounds bring them', () => {
		office.sql('UPDATE integration SET checked_at = UTC_TIMESTAMP(3) - INTERVAL 6 MINUTE');
		office.stack.leadport(['worker', '--once']);
		return office.stored(ids) === ids.length;
	});
}

// The rounds do not look at it while a test does.
async function connect(person, pages)
{
	const integration = await office.connect(person, pages);

	office.sql('UPDATE integration SET checked_at = UTC_TIMESTAMP(3)');
	return integration;
}

test('reading leads needs leads_retrieval: parked and named in plain words, over by itself when it is given back', async () => {
	const integration = await connect(conor, [cork]);

	await office.sim('faults', { kind: 'lead', error: '200/leads_retrieval', times: 0 });
	const ids = await office.leads(cork_form, 2);
	await waiting(ids, 'permission');
	assert.deepEqual(office.jobs(ids), Array(2).fill(['parked', 'permission']));
	assert.equal(office.number("SELECT MAX(attempts) FROM job WHERE state = 'parked'"), 1, 'no try is burnt');
	assert.ok(office.troubles(integration).includes('page permission 0'));
	await assert_cause('Permission missing: Access Lead Ads forms');
	assert.match((await root.ask(`/integration/${integration}`)).body, /\(leads_retrieval\)/);
	const page = (await root.ask('/deliveries')).body;
	assert.match(page, /Parked<\/dt><dd><b><a [^>]*>2<\/a>[^]*until somebody mends something/);
	assert.match(page, /Parked: Permission missing/);
	await office.sim('reset');
	await come_by_rounds(ids);
	await assert_well(integration, ids);
});

test('a right that is given back is found by the next lead, too: those that were parked come with it', async () => {
	const integration = await connect(conor, [cork]);

	await office.sim('faults', { kind: 'lead', error: '200/leads_retrieval', times: 0 });
	const ids = await office.leads(cork_form, 2);
	await waiting(ids, 'permission');
	await office.sim('reset');
	await office.arrived(await office.leads(cork_form, 1));
	await assert_well(integration, ids);
});

test('a right that only one lead lacks holds no other back', async () => {
	const integration = await connect(conor, [cork]);
	const { ids } = await office.sim('leads', { form: cork_form, count: 3 });

	await office.sim('faults', { kind: 'lead', object: ids[1], error: '200/leads_retrieval', times: 0 });
	office.stack.simulator('deliver');
	await office.arrived([ids[0], ids[2]]);
	// Where the others were read after it a sync has been asked for, and has it.
	await until('it is parked, or came by the list', () => office.jobs_are([ids[1]], ([state]) => /parked|done/.test(state)));
	await office.sim('reset');
	await come_by_rounds(ids);
	await assert_well(integration, ids);
});

test('listing forms needs pages_manage_ads: leads are read all the same', async () => {
	const integration = await office.connect(conor, [cork]);

	await office.sim('faults', { kind: 'forms', error: '200/pages_manage_ads', times: 0 });
	const silent = await office.leads(cork_form, 2, { silent: true });
	assert.equal((await office.sync(integration)).state, 'done');
	await office.arrived(silent);
	assert.ok(office.troubles(integration).includes('page not_listed 0'));
	assert.match((await root.ask(`/integration/${integration}`)).body, /Forms not listed[^]*Manage ads of your Pages/);
	await office.arrived(await office.leads(cork_form, 1));
	await office.sim('reset');
	assert.equal((await office.sync(integration)).state, 'done');
	await assert_well(integration, silent);
});

test('a form that was made while forms are not listed brings its leads by webhook', async () => {
	const integration = await office.connect(conor, [coast]);

	office.sql('DELETE FROM lead_form');
	await office.sim('faults', { kind: 'forms', error: '200/pages_manage_ads', times: 0 });
	await assert_well(integration, await office.leads(coast_form, 1));
});

test('Leads Access Manager blocks a page: said, looked at again by itself, and its leads come in', async () => {
	const integration = await office.connect(conor, [cork, coast]);

	await office.sim('leads-access', { page: cork, allowed: false });
	const ids = await office.leads(cork_form, 2);
	await waiting(ids, 'leads_access');
	assert.ok(office.troubles(integration).includes('page leads_access 0'));
	await assert_cause('Leads access blocked');
	assert.equal(office.doctor(integration).status, 1);
	assert.match((await root.ask('/deliveries')).body, /Waits until [^<]*: Leads access blocked/);
	// Another page is not concerned.
	await office.arrived(await office.leads(coast_form, 1));
	const left = office.number('SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(3), MIN(run_at)) FROM job' +
		" WHERE reason = 'leads_access'");
	assert.ok(left > 200 && left <= 300, String(left));
	const silent = await office.leads(cork_form, 2, { silent: true });
	await office.sim('leads-access', { page: cork, allowed: true });
	await office.health(integration);
	office.hurry();
	await assert_well(integration, [...ids, ...silent]);
});

test('Leads Access Manager blocks a page during a sync: the others are read', async () => {
	const integration = await office.connect(conor, [cork, coast]);

	await office.sim('leads-access', { page: cork, allowed: false });
	const silent = await office.leads(coast_form, 2, { silent: true });
	const run = await office.sync(integration);
	assert.equal(run.state, 'failed');
	assert.equal(run.reason, 'leads_access');
	await office.arrived(silent);
	await office.sim('leads-access', { page: cork, allowed: true });
	assert.equal((await office.sync(integration)).state, 'done');
	await assert_well(integration, silent);
});

test('terms of lead ads not accepted: said until they are', async () => {
	const integration = await office.connect(conor, [cork]);

	await office.sim('terms', { page: cork, accepted: false });
	await office.health(integration);
	assert.ok(office.troubles(integration).includes('page terms_open 0'));
	await assert_cause('Lead Ads terms open');
	await office.sim('terms', { page: cork, accepted: true });
	await office.health(integration);
	await assert_well(integration, []);
});

test('a permission taken back at Facebook is found by the health check', async () => {
	const integration = await office.connect(conor, [cork]);

	await office.sim('faults', { missing_scope: 'pages_manage_metadata' });
	await office.health(integration);
	assert.ok(office.troubles(integration).some((tr) => tr.startsWith('owner permission')), office.troubles(integration).join());
	await assert_cause('Permission missing: Manage your Pages');
	await office.sim('reset');
	await office.health(integration);
	await assert_well(integration, []);
});

test('unsubscribed in silence: the health check subscribes again', async () => {
	const integration = await office.connect(conor, [cork]);

	await office.sim('unsubscribe', { page: cork, app: app_id });
	await office.health(integration);
	await assert_well(integration, await office.leads(cork_form, 1));
});

test('unsubscribed, and subscribing is refused: the card says so', async () => {
	const integration = await office.connect(conor, [cork]);

	await office.sim('unsubscribe', { page: cork, app: app_id });
	// The first call looks, the second would subscribe.
	await office.sim('faults', { kind: 'subscribed_apps', nth: 2, error: '2' });
	await office.health(integration);
	assert.ok(office.troubles(integration).includes('page not_subscribed 0'));
	await assert_cause('Page not subscribed');
	await office.sim('reset');
	await office.sync(integration);
	await office.health(integration);
	await assert_well(integration, []);
});

test('the wrong app secret: webhooks are refused, said once for all, over when it is right', async () => {
	const integration = await office.connect(conor, [cork]);

	// Twice: the one before the last is still accepted beside the new one.
	for (const secret of ['e', 'f'])
		office.stack.leadport(['app', 'set', '--id', app_id], `${secret.repeat(32)}\n`);
	try {
		const attempt = async (count) => {
			const { ids } = await office.sim('leads', { form: cork_form, count });

			try {
				office.stack.simulator('deliver', '--deadline', '1');
			} catch { /* refused, as it should be */ }
			return ids;
		};

		// The webhook looks for a new secret every few seconds.
		await until('messages are refused', async () => {
			await attempt(1);
			return office.number('SELECT COALESCE(SUM(n), 0) FROM refused_delivery') > 0;
		});
		const ids = await attempt(3);

		assert.equal(office.stored(ids), 0);
		await office.health(integration);
		assert.ok(office.troubles().includes('app app_secret 0'), office.troubles().join());
		assert.match((await root.ask('/integrations')).body, /App secret does not match/);
		const failed = office.doctor(integration).checks.filter((c) => c.state === 'fail').map((c) => c.id);
		assert.ok(failed.includes('app_secret') && failed.includes('signatures'), failed.join());
		office.right_app();
		await office.health(integration);
		office.stack.simulator('deliver');
		await office.arrived(ids);
		assert.deepEqual(office.troubles(), []);
	} finally {
		office.right_app();
	}
});

test('another environment takes the webhook: said with its host, taken back only on demand', async () => {
	const integration = await office.connect(conor, [cork]);

	await office.sim('steal', { callback_url: elsewhere });
	await office.health(integration);
	assert.ok(office.troubles().includes('app callback_elsewhere 0'));
	assert.match((await root.ask('/integrations')).body, /Leads go elsewhere[^]*other\.example\.com/);
	const there = async () => (await office.graph(`${app_id}/subscriptions`, `${app_id}|${app_secret}`)).data[0].callback_url;

	await office.sync(integration);
	await office.health(integration);
	assert.equal(await there(), elsewhere);
	const asked = await root.send('/platform/subscribe');
	assert.equal(asked.status, 409);
	assert.match(asked.body, /other\.example\.com/);
	assert.equal(await there(), elsewhere);
	assert.equal((await root.send('/platform/subscribe', { take_over: '1' })).status, 303);
	assert.equal(await there(), `${office.stack.base}/webhook`);
	await assert_well(integration, await office.leads(cork_form, 1));
});

test('Meta blocks the app: leads wait, and come in when it is over', async () => {
	const integration = await connect(conor, [cork]);

	await office.sim('faults', { kind: 'batch', error: '200/blocked', times: 0 });
	const ids = await office.leads(cork_form, 1);
	await waiting(ids, 'api_blocked');
	assert.deepEqual(office.jobs(ids), [['parked', 'api_blocked']]);
	await assert_cause('Meta blocks this app');
	await office.sim('reset');
	await come_by_rounds(ids);
	await assert_well(integration, ids);
});

test('Meta in trouble says nothing on the card, and nothing is lost', async () => {
	const integration = await office.connect(conor, [cork]);

	await office.sim('faults', { kind: 'batch', error: '2', times: 3 });
	const ids = await office.leads(cork_form, 2);
	await assert_well(integration, ids);
});

test('no secret was in any page, address or log', () => office.assert_no_secret());
