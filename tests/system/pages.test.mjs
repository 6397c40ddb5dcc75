// Many pages, pages in two integrations, pages that come and go.
import { test, before, after, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { Office, app_id, maeve, conor, aoife, galway, portfolio, cork, coast, cork_form, coast_form } from './kit.mjs';

let office, root;

before(async () => {
	office = await Office.up();
	root = office.root;
});
after(() => office?.down());
beforeEach(() => office.clean());

// Whom the page tells, as Facebook has it.
async function subscribed(page)
{
	const { access_token } = await office.graph(`${page}?fields=access_token`, 'SIM-SYSTEM-USER-TOKEN-1');
	const apps = await office.graph(`${page}/subscribed_apps`, access_token);

	return apps.data.some((app) => app.id === app_id && app.subscribed_fields.includes('leadgen'));
}

function ready(page)
{
	return [...page.body.matchAll(/name="pages" value="(\d+)"/g)].map((m) => m[1]);
}

test('sixty pages in one login: all listed, all connected, but for one that fails', async () => {
	await office.sim('faults', { person_pages: 60, accounts_pages: 60 });
	const page = await office.log_in(maeve);
	const pages = ready(page);

	assert.equal(office.number('SELECT COUNT(*) FROM draft_page'), 60);
	assert.ok(pages.length >= 50, office.sql('SELECT reason, COUNT(*) FROM draft_page GROUP BY reason').join(' '));
	assert.match(page.body, /Find a page/);
	await office.sim('faults', { kind: 'subscribed_apps', object: pages[7], error: '200/pages_manage_metadata', times: 0 });
	const done = await office.choose(pages);
	assert.match(done.body, new RegExp(`Connected: ${pages.length - 1} pages\\.`));
	assert.match(done.body, /Not connected[^]*Manage your Pages/);
	assert.equal(office.number('SELECT COUNT(*) FROM page WHERE subscribed_at IS NOT NULL'), pages.length - 1);
	await office.quiet(60);
	assert.equal(office.run(office.number('SELECT MAX(id) FROM integration')).state, 'done');
	assert.match((await root.ask('/integrations')).body, new RegExp(`<dt>Connected Pages</dt><dd>${pages.length - 1}<`));
});

test('every page fails: nothing is kept, and the page list says why', async () => {
	await office.log_in(conor);
	await office.sim('faults', { kind: 'subscribed_apps', error: '200/pages_manage_metadata', times: 0 });
	const page = await office.choose([cork, coast]);

	assert.match(page.body, /Choose pages for/);
	assert.match(page.body, /Permission missing: Manage your Pages/);
	assert.equal(office.number('SELECT COUNT(*) FROM integration WHERE deleted_at IS NULL'), 0);
	assert.equal(office.number('SELECT COUNT(*) FROM integration_owner'), 0);
	await office.sim('reset');
	await root.send(`/integration-pages/again/${office.draft()}`);
	await office.settled();
	assert.match((await office.choose([cork, coast])).body, /Connected: 2 pages\./);
});

test('a page that is held only through a portfolio is found and connected', async () => {
	const integration = await office.connect(maeve, [portfolio]);

	assert.deepEqual(office.sql(`SELECT meta_id FROM page WHERE integration_id = ${integration}`), [[portfolio]]);
	assert.equal(await subscribed(portfolio), true);
});

test('a page of another integration: in use, moved only when asked for, its leads stay where they came', async () => {
	const first = await office.connect(conor, [cork, coast], { fields: { name: 'First' } });
	const before = await office.leads(cork_form, 2);

	await office.arrived(before);
	const page = await office.log_in(aoife, { fields: { name: 'Second' } });
	assert.match(page.body, /In use[^]*Already connected in <bdi>First<\/bdi>/);
	assert.deepEqual(ready(page).filter((id) => [cork, coast].includes(id)), []);
	const done = await office.choose([galway], [['move', cork]]);
	assert.match(done.body, /Connected: 2 pages\./);
	await office.quiet();
	const second = office.number('SELECT MAX(id) FROM integration');
	const later = await office.leads(cork_form, 2);
	await office.arrived(later);
	const of = (ids) => office.sql(`SELECT DISTINCT integration_id FROM submission WHERE leadgen_id IN (${
		ids.map((id) => `'${id}'`)})`).join();
	assert.equal(of(before), String(first));
	assert.equal(of(later), String(second));
	assert.deepEqual(office.sql(`SELECT meta_id FROM page WHERE integration_id = ${first}`), [[coast]]);
	await office.arrived(await office.leads(coast_form, 1));
});

test('a reconnect that drops a page unsubscribes it at Meta', async () => {
	const integration = await office.connect(conor, [cork, coast]);

	assert.deepEqual([await subscribed(cork), await subscribed(coast)], [true, true]);
	await office.reconnect(integration, conor, [cork]);
	assert.deepEqual([await subscribed(cork), await subscribed(coast)], [true, false]);
	assert.deepEqual(office.sql(`SELECT meta_id FROM page WHERE integration_id = ${integration}`), [[cork]]);
});

test('a reconnect that does not share a connected page leaves it as it is', async () => {
	const integration = await office.connect(conor, [cork, coast]);
	const answer = await root.send(`/integration-reconnect/${integration}`);
	const page = await office.log_in(conor, { pages: [cork] }, answer.headers.get('location'));

	assert.match(page.body, /Connected, and not shared by this login[^]*Galway/);
	await office.choose([cork]);
	await office.quiet();
	assert.equal(office.number('SELECT COUNT(*) FROM page'), 2);
});

test('pages are added and removed with the login there is, without Facebook', async () => {
	const integration = await office.connect(conor, [cork]);
	const answer = await root.send(`/integration-reconnect/pages/${integration}`);

	assert.match(answer.headers.get('location'), /^\/integration-pages\/\d+$/);
	await office.settled();
	await office.choose([cork, coast]);
	await office.quiet();
	assert.equal(office.number('SELECT COUNT(*) FROM page'), 2);
	assert.equal(office.number('SELECT COUNT(*) FROM integration_owner'), 1);
	await office.arrived(await office.leads(coast_form, 1));
});

test('delete: unsubscribed at Meta, no token left, leads keep page and form', async () => {
	const integration = await office.connect(conor, [cork, coast]);
	const ids = await office.leads(cork_form, 2);

	await office.arrived(ids);
	const page = await office.follow(await root.send(`/integration-delete/${integration}`));
	assert.match(page.body, /Deleted: Harbour\. Its leads are still here\./);
	assert.deepEqual([await subscribed(cork), await subscribed(coast)], [false, false]);
	assert.equal(office.number('SELECT (SELECT COUNT(*) FROM page) + (SELECT COUNT(*) FROM integration_owner)'), 0);
	assert.equal(office.number(`SELECT COUNT(*) FROM submission WHERE leadgen_id IN (${ids.map((id) => `'${id}'`)})` +
		" AND page_name = 'Kite & Coast Cork' AND form_name <> ''"), 2);
	assert.equal(office.number('SELECT COUNT(*) FROM connect_draft WHERE token_sealed IS NOT NULL'), 0);
	assert.equal((await office.follow(await root.send(`/integration-delete/${integration}`))).path, '/integrations');
});

test('delete when Meta refuses: gone here, and said so', async () => {
	const integration = await office.connect(conor, [cork, coast]);

	await office.sim('kill', { token: `person:${conor}`, subcode: 460 });
	const page = await office.follow(await root.send(`/integration-delete/${integration}`));
	assert.match(page.body, /Meta did not unsubscribe 2 pages/);
	assert.equal(office.number('SELECT COUNT(*) FROM integration_owner'), 0);
});

// ---- Meta's callbacks ----

test('a person removes the app at Facebook: the card says so at once, leads stay', async () => {
	const integration = await office.connect(conor, [cork]);
	const ids = await office.leads(cork_form, 1);

	await office.arrived(ids);
	const { status } = await office.sim('deauthorize', { person: conor, url: `${office.stack.base}/deauthorize` });
	assert.equal(status, 200);
	assert.ok(office.troubles(integration).some((tr) => tr.startsWith('owner app_removed')));
	assert.match((await root.ask('/integrations')).body, /<dt>Cause<\/dt><dd><bdi>Leadport removed at Facebook/);
	await office.reconnect(integration, conor, [cork]);
	assert.deepEqual(office.troubles(integration), []);
	assert.equal(office.stored(ids), 1);
});

test('a person asks for deletion: name and token go, a page tells when', async () => {
	const integration = await office.connect(conor, [cork]);
	const { status, body } = await office.sim('deletion', { person: conor, url: `${office.stack.base}/data-deletion` });
	const answer = typeof body === 'string' ? JSON.parse(body) : body;

	assert.equal(status, 200);
	assert.match(answer.confirmation_code, /^[A-Za-z0-9]+$/);
	await office.quiet();
	assert.equal(office.number("SELECT COUNT(*) FROM integration_owner WHERE name <> ''"), 0);
	const page = await root.ask(answer.url.replace(office.stack.base, ''));
	assert.match(page.body, /(Done|Received) on/);
	assert.doesNotMatch(page.body, /Conor/);
	assert.ok(office.doctor(integration).status === 1);
	assert.doesNotMatch((await root.ask(`/integration/${integration}`)).body, /Conor/);
});

test('callbacks signed with another secret change nothing', async () => {
	const integration = await office.connect(conor, [cork]);

	office.stack.leadport(['app', 'set', '--id', app_id], `${'e'.repeat(32)}\n`);
	office.stack.leadport(['app', 'set', '--id', app_id], `${'f'.repeat(32)}\n`);
	try {
		const { status } = await office.sim('deauthorize', { person: conor, url: `${office.stack.base}/deauthorize` });

		assert.equal(status, 403);
		assert.deepEqual(office.troubles(integration).filter((tr) => /app_removed/.test(tr)), []);
	} finally {
		office.right_app();
	}
});

test('no secret was in any page, address or log', () => office.assert_no_secret());
