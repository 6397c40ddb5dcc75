// Every way in which a login at Facebook can end.
import { test, before, after, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { app_secret } from '../web.mjs';
import { Office, at_facebook, app_id, maeve, conor, galway, havan, kids, limerick, studio, portfolio, fiacla, cork,
	coast, whitening } from './kit.mjs';

const permissions = {
	leads_retrieval: 'Access Lead Ads forms', pages_show_list: 'Show a list of your Pages',
	pages_read_engagement: 'Read engagement on your Pages', pages_manage_metadata: 'Manage your Pages',
	pages_manage_ads: 'Manage ads of your Pages', ads_management: 'Manage your ads',
	business_management: 'Manage your business',
};
let office, root;

before(async () => {
	office = await Office.up();
	root = office.root;
});
after(() => office?.down());
beforeEach(() => office.clean());

// The dialog again, with these words, and with what was entered.
function assert_way_back(page, words, draft)
{
	assert.equal(page.path, `/integration-connect?draft=${draft}`);
	assert.equal(page.status, 200);
	assert.match(page.body, words);
	assert.match(page.body, /value="Kept words"/);
	assert.match(page.body, /<button type="submit">Connect with Facebook/);
	assert.equal(office.number('SELECT COUNT(*) FROM integration WHERE deleted_at IS NULL'), 0);
	assert.equal(office.number(`SELECT COUNT(*) FROM connect_draft WHERE id = ${draft} AND token_sealed IS NULL`), 1);
}

// A login that ends before it has begun, for a cause that is set in between.
async function ends_with(words, cause)
{
	const location = await office.begin({ name: 'Kept words' });
	const draft = office.draft();
	const callback = await at_facebook(location, maeve);

	await cause(new URL(callback).searchParams);
	assert_way_back(await office.back(callback), words, draft);
	// The same draft goes on, once the cause is gone.
	await office.sim('reset');
	office.right_app();
	const again = await office.log_in(maeve, {}, await office.begin({ name: 'Kept words', draft }));
	assert.match(again.body, /Choose pages for <bdi>Kept words<\/bdi>/);
}

function faults(error, more = {})
{
	return office.sim('faults', { kind: 'oauth', error, ...more });
}

test('accepting everything lists all pages, and connects those that are ticked', async () => {
	const page = await office.log_in(maeve);
	const box = (id) => page.body.includes(`name="pages" value="${id}"`);

	assert.deepEqual([galway, havan, kids, portfolio].map(box), [true, true, true, true]);
	assert.deepEqual([limerick, studio, fiacla].map(box), [false, false, false]);
	assert.match(page.body, /Leads access blocked/);
	assert.match(page.body, /Lead Ads terms open/);
	assert.doesNotMatch(page.body, /Facebook was not given every permission/);
	const done = await office.choose([galway, havan]);
	assert.match(done.body, /Connected: 2 pages\./);
	await office.quiet();
	const ids = await office.leads(whitening, 2);
	await office.arrived(ids);
	assert.equal(office.number('SELECT COUNT(*) FROM page WHERE subscribed_at IS NOT NULL'), 2);
	assert.deepEqual(office.troubles(office.number('SELECT MAX(id) FROM integration')), []);
	assert.match((await root.ask('/integrations')).body, /Active/);
});

test('the login lasts: its token is the long-lived one, that of a page has no end', async () => {
	await office.connect(conor, [cork, coast]);
	assert.ok(office.number('SELECT TIMESTAMPDIFF(DAY, UTC_TIMESTAMP(3), expires_at) FROM integration_owner') > 50);
	assert.ok(office.number('SELECT TIMESTAMPDIFF(DAY, UTC_TIMESTAMP(3), data_expires_at) FROM integration_owner') > 80);
});

test('cancel: you stopped, nothing was changed', async () => {
	const location = await office.begin({ name: 'Kept words' });
	const draft = office.draft();
	const page = await office.back(await at_facebook(location, maeve, { cancel: true }));

	assert_way_back(page, /You stopped at Facebook\. Nothing was changed\./, draft);
});

for (const [name, plain] of Object.entries(permissions))
	if (!['pages_show_list', 'leads_retrieval'].includes(name))
		test(`${name} unticked: the page says “${plain}”, and asks again`, async () => {
			const page = await office.log_in(maeve, { no_permissions: [name] });
			const draft = office.draft();

			assert.match(page.body, new RegExp(`Facebook was not given every permission[^]*<b>${plain}</b>[^]*Ask again`));
			const again = await root.send(`/integration-pages/facebook/${draft}`);
			const to = again.headers.get('location');
			assert.match(to, /auth_type=rerequest/);
			const better = await office.log_in(maeve, {}, to);
			assert.equal(office.draft(), draft);
			assert.doesNotMatch(better.body, /Facebook was not given every permission/);
			assert.match(better.body, new RegExp(`name="pages" value="${galway}" checked`));
		});

test('pages_show_list unticked: no page can be listed, the page says why and goes back to Facebook', async () => {
	const page = await office.log_in(maeve, { no_permissions: ['pages_show_list'] });

	assert.match(page.body, /Show a list of your Pages/);
	const draft = office.draft();
	const again = /Ask again/.test(page.body) ? await root.send(`/integration-pages/facebook/${draft}`)
		: await root.send('/integration-connect', { name: 'Harbour', description: '', strategy: 'unassigned', draft });
	assert.match(again.headers.get('location'), /auth_type=rerequest/);
	assert.match((await office.log_in(maeve, {}, again.headers.get('location'))).body, /Ready<\/legend>/);
});

test('leads_retrieval unticked: named, and asked for again', async () => {
	const page = await office.log_in(maeve, { no_permissions: ['leads_retrieval'] });

	assert.match(page.body, /<b>Access Lead Ads forms<\/b>[^]*Ask again/);
});

test('leads_retrieval not offered: the app lacks a use case', async () => {
	await office.sim('faults', { offer_leads_retrieval: 0 });
	const page = await office.log_in(maeve);

	assert.match(page.body, /Permission not offered[^]*Capture &amp; manage ad leads/);
	assert.match(page.body, /href="\/platform"/);
});

test('pages that were not ticked at Facebook are not in the list', async () => {
	const page = await office.log_in(maeve, { pages: [galway] });

	assert.match(page.body, new RegExp(`name="pages" value="${galway}"`));
	assert.doesNotMatch(page.body, /Harbour Kids/);
	assert.match(page.body, /A page is missing from this list/);
});

test('no page ticked at Facebook: said so, and the way is back to Facebook', async () => {
	const page = await office.log_in(maeve, { pages: [] });

	assert.match(page.body, /Facebook shared no page that can bring leads\./);
	assert.match(page.body, /Choose again at Facebook|Back to Facebook/);
});

test('a callback loaded again changes nothing, and says so calmly', async () => {
	const callback = await at_facebook(await office.begin(), maeve);

	await office.back(callback);
	await office.settled();
	const before = office.sql('SELECT id, step, state_hash FROM connect_draft').join();
	const page = await office.back(callback);
	assert.equal(page.path, '/integrations');
	assert.match(page.body, /This Facebook login was already used or too old\. Nothing was\s+changed\./);
	assert.equal(office.sql('SELECT id, step, state_hash FROM connect_draft').join(), before);
	await office.choose([galway]);
	await office.back(callback);
	await office.quiet();
	assert.equal(office.number('SELECT COUNT(*) FROM integration WHERE deleted_at IS NULL'), 1);
	assert.equal(office.number('SELECT COUNT(*) FROM integration_owner'), 1);
});

test('a state of another session is not taken, and not used up by it', async () => {
	const callback = await at_facebook(await office.begin(), maeve);
	const other = await office.visitor('root@example.com');
	const page = await office.back(callback, other);

	assert.equal(page.path, '/integrations');
	assert.match(page.body, /already used or too old/);
	assert.equal(office.number("SELECT COUNT(*) FROM connect_draft WHERE step <> 'facebook'"), 0);
	assert.match((await office.back(callback)).path, /^\/integration-pages\//);
});

test('a forged state is not taken', async () => {
	const callback = new URL(await at_facebook(await office.begin(), maeve));

	callback.searchParams.set('state', 'A'.repeat(43));
	assert.equal((await office.back(callback.href)).path, '/integrations');
	callback.searchParams.delete('state');
	assert.equal((await office.back(callback.href)).path, '/integrations');
	assert.equal(office.number("SELECT COUNT(*) FROM connect_draft WHERE step <> 'facebook'"), 0);
});

test('a state older than ten minutes is not taken', async () => {
	const callback = await at_facebook(await office.begin(), maeve);
	const left = office.number('SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(3), state_ends_at) FROM connect_draft');

	assert.ok(left > 580 && left <= 600, String(left));
	office.sql('UPDATE connect_draft SET state_ends_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND');
	const page = await office.back(callback);
	assert.equal(page.path, '/integrations');
	assert.match(page.body, /already used or too old/);
	// The draft is still there to go on with.
	assert.match(page.body, /Not finished/);
});

test('a code that has expired (36007)', () => ends_with(/Login took too long/, () =>
	office.sim('faults', { code_seconds: 0 })));

test('a code that was used (36009)', () => ends_with(/Login took too long/, (query) =>
	office.graph('oauth/access_token', '', { method: 'POST', body: new URLSearchParams({ client_id: app_id,
		client_secret: app_secret, redirect_uri: `${office.stack.base}/oauth-callback`, code: query.get('code') }) })
		.then((answer) => assert.ok(answer.access_token))));

test('another redirect address than in the dialog (36008)', () =>
	ends_with(/Facebook refused the address we come back to/, () => faults('100/36008')));

test('a redirect address that is not allowed (191)', () =>
	ends_with(/Facebook refused the address we come back to/, () => faults('191')));

test('the wrong app secret', () => ends_with(/App secret does not match/, () =>
	office.stack.leadport(['app', 'set', '--id', app_id], `${'f'.repeat(32)}\n`)));

test('the wrong app id', () => ends_with(/Meta does not know this app ID/, () =>
	office.stack.leadport(['app', 'set', '--id', '9999999999999'], `${app_secret}\n`)));

test('Facebook does not answer the exchange: whatever comes instead of JSON', async () => {
	for (const error of ['html', 'html200', 'unavailable', 'empty', 'empty500', 'truncated', 'list']) {
		const location = await office.begin({ name: 'Kept words' });
		const draft = office.draft();

		await faults(error);
		assert_way_back(await office.back(await at_facebook(location, maeve)),
			/Facebook did not answer in time, and its code works only once/, draft);
	}
});

test('the connection breaks in the exchange, which is not tried again', () =>
	ends_with(/Facebook did not answer in time, and its code works only once/, () => faults('reset')));

test('Facebook does not answer the exchange for the long-lived token', () =>
	ends_with(/Facebook did not answer in time/, () => faults('empty', { nth: 2 })));

test('Facebook does not answer who logged in', () =>
	ends_with(/Facebook did not answer in time/, () => office.sim('faults', { kind: 'debug_token', error: 'html' })));

test('what Facebook says instead of a code is shown as text', async () => {
	const location = await office.begin({ name: 'Kept words' });
	const draft = office.draft();
	const state = new URL(location).searchParams.get('state');
	const page = await office.back(`/oauth-callback?${new URLSearchParams({ state, error_code: '1349048',
		error_message: '<i>Can\'t load URL</i>' })}`);

	assert_way_back(page, /Facebook refused the login[^]*&lt;i&gt;Can/, draft);
	assert.doesNotMatch(page.body, /<i>Can/);
});

test('a login that was cut off while pages were listed goes on by itself', async () => {
	await office.sim('faults', { kind: 'accounts', error: '2', times: 2 });
	assert.match((await office.log_in(maeve)).body, /Ready<\/legend>/);
});

test('no secret was in any page, address or log', () => office.assert_no_secret());
