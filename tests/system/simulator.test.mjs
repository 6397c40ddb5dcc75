// The simulated Meta itself, held against the contract, so that the product's
// tests stand on firm ground.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { spawn } from 'node:child_process';
import { Stack, app_secret, read, until } from '../web.mjs';

const app_id = '1234567890123';
const app_token = `${app_id}|${app_secret}`;
const system_token = 'SIM-SYSTEM-USER-TOKEN-1';
const maeve = '122100000000000011', conor = '122100000000000012', aoife = '122100000000000013';
const galway = '112233445566778', havan = '223344556677889', limerick = '445566778899001';
const studio = '556677889900112', portfolio = '667788990011223', cork = '990011223344556';
const whitening = '447333180259101';
const all_scopes = ['leads_retrieval', 'pages_show_list', 'pages_read_engagement', 'pages_manage_metadata',
	'pages_manage_ads', 'ads_management', 'business_management'];

let stack, redirect_uri;

before(async () => {
	stack = await Stack.up();
	redirect_uri = `${stack.base}/oauth-callback`;
});
after(() => stack?.down());

async function sim(path, body = {})
{
	return stack.ask_sim(`/sim/${path}`, body);
}

// One call of the Graph API: status, parsed body, headers.
async function graph(path, token, options = {})
{
	const url = new URL(`${stack.sim}/graph/v26.0/${path}`);

	if (token)
		url.searchParams.set('access_token', token);
	const answer = await fetch(url, options);
	const text = await answer.text();
	let body;

	try {
		body = JSON.parse(text);
	} catch {
		body = text;
	}
	return { status: answer.status, body, error: body?.error, headers: answer.headers };
}

function dialog_url(extra = {})
{
	return `${stack.sim}/dialog/v26.0/dialog/oauth?` + new URLSearchParams({ client_id: app_id, redirect_uri,
		state: 'st-1', response_type: 'code', scope: all_scopes.join(','), ...extra });
}

// The fields of the dialog as a browser would send them.
function fields_of(html)
{
	const fields = [];

	for (const m of html.matchAll(/<input type="(hidden|checkbox)"[^>]* name="([^"]*)" value="([^"]*)"([^>]*)>/g))
		if (m[1] === 'hidden' || m[4].includes('checked'))
			fields.push([m[2], m[3].replaceAll('&amp;', '&')]);
	return fields;
}

async function post_dialog(fields)
{
	const answer = await fetch(`${stack.sim}/dialog/v26.0/dialog/oauth`, { method: 'POST', redirect: 'manual',
		body: new URLSearchParams(fields) });

	return { status: answer.status, location: answer.headers.get('location'), html: await answer.text() };
}

// Log in; what is not ticked is left out.  Gives the callback's query.
async function log_in(person = maeve, { extra = {}, no_pages = [], no_permissions = [] } = {})
{
	const page = await (await fetch(dialog_url({ as: person, ...extra }))).text();
	const fields = fields_of(page).filter(([name, value]) =>
		!(name === 'page' && no_pages.includes(value)) &&
		!(name === 'permission' && no_permissions.includes(value)));
	const answer = await post_dialog([...fields, ['as', person], ['go', 'continue']]);

	assert.equal(answer.status, 303, answer.html);
	assert.ok(answer.location.startsWith(`${redirect_uri}?`), answer.location);
	assert.ok(answer.location.endsWith('#_=_'), answer.location);
	return new URL(answer.location).searchParams;
}

async function exchange(params)
{
	return graph('oauth/access_token', null, { method: 'POST', body: new URLSearchParams({
		client_id: app_id, client_secret: app_secret, ...params }) });
}

async function short_token(person, options)
{
	const query = await log_in(person, options);

	return (await exchange({ redirect_uri, code: query.get('code') })).body.access_token;
}

async function long_token(person, options)
{
	return (await exchange({ grant_type: 'fb_exchange_token',
		fb_exchange_token: await short_token(person, options) })).body.access_token;
}

async function page_token(user_token, page = galway)
{
	return (await graph(`${page}?fields=access_token`, user_token)).body.access_token;
}

async function debug(token)
{
	return graph(`debug_token?input_token=${encodeURIComponent(token)}`, app_token);
}

function assert_error(answer, status, code, subcode, words)
{
	assert.equal(answer.status, status, JSON.stringify(answer.body));
	assert.equal(answer.error?.code, code, JSON.stringify(answer.body));
	assert.equal(answer.error.error_subcode, subcode);
	if (words)
		assert.match(answer.error.message, words);
}

test('dialog: continue, cancel, another person, and what is never sent back', async (t) => {
	await t.test('continue gives a code and the state', async () => {
		const query = await log_in();

		assert.equal(query.get('state'), 'st-1');
		assert.ok(query.get('code').length > 20);
		assert.equal(query.get('granted_scopes'), null);
	});
	await t.test('the policy lets the form lead to the app', async () => {
		const csp = (await fetch(dialog_url())).headers.get('content-security-policy');

		assert.match(csp, new RegExp(`form-action [^;]*${stack.base}(;| )`));
	});
	await t.test('cancel', async () => {
		const page = await (await fetch(dialog_url())).text();
		const { location } = await post_dialog([...fields_of(page), ['as', maeve], ['go', 'cancel']]);

		assert.equal(location, `${redirect_uri}?error=access_denied&error_code=200` +
			'&error_description=Permissions%20error&error_reason=user_denied&state=st-1#_=_');
	});
	await t.test('another person sees their own pages first', async () => {
		const page = await (await fetch(dialog_url())).text();
		const answer = await post_dialog([...fields_of(page), ['as', conor], ['go', 'continue']]);

		assert.equal(answer.status, 200);
		assert.match(answer.html, /Kite &amp; Coast Cork/);
		assert.doesNotMatch(answer.html, /Harbour Kids/);
	});
	for (const [name, extra, words] of [
		['wrong app', { client_id: '999' }, /Invalid app ID/],
		['unknown redirect URI', { redirect_uri: 'http://127.0.0.1/elsewhere' }, /URL blocked/],
		['other response type', { response_type: 'token' }, /Invalid response type/],
		['unknown scope', { scope: 'pages_show_list,pages_eat' }, /Invalid Scopes: pages_eat/],
		['unknown configuration', { config_id: '1' }, /Invalid configuration/],
	])
		await t.test(`${name} is shown, not sent back`, async () => {
			const answer = await fetch(dialog_url(extra), { redirect: 'manual' });

			assert.equal(answer.status, 400);
			assert.match(await answer.text(), words);
		});
	await t.test('valid redirect URIs are compared exactly', async () => {
		await sim('app', { redirect_uris: ['https://crm.example.com/oauth-callback'] });
		assert.equal((await fetch(dialog_url())).status, 400);
		assert.equal((await fetch(dialog_url({ redirect_uri: 'https://crm.example.com/oauth-callback' }))).status, 200);
		await sim('app', { redirect_uris: null });
		assert.equal((await fetch(dialog_url())).status, 200);
	});
	await t.test('an app that is not active', async () => {
		await sim('app', { active: false });
		assert.match(await (await fetch(dialog_url())).text(), /App not active/);
		await sim('app', { active: true });
	});
	await t.test('a configuration grants all or nothing', async () => {
		const page = await (await fetch(dialog_url({ scope: '', config_id: '700100200300400', as: aoife }))).text();

		assert.doesNotMatch(page, /name="permission"/);
		const token = await short_token(aoife, { extra: { scope: '', config_id: '700100200300400' } });
		const { data } = (await graph('me/permissions', token)).body;

		assert.deepEqual(data.map((p) => p.permission), [...all_scopes, 'public_profile'].sort());
	});
});

test('dialog: declined permissions', async (t) => {
	await t.test('are told by return_scopes and by /me/permissions', async () => {
		const query = await log_in(conor, { no_permissions: ['pages_manage_ads'], extra: { return_scopes: 'true' } });

		assert.equal(query.get('denied_scopes'), 'pages_manage_ads');
		const token = (await exchange({ redirect_uri, code: query.get('code') })).body.access_token;
		const { data } = (await graph('me/permissions', token)).body;

		assert.deepEqual(data.filter((p) => p.status === 'declined').map((p) => p.permission), ['pages_manage_ads']);
	});
	await t.test('are not offered again without rerequest', async () => {
		const plain = await (await fetch(dialog_url({ as: conor }))).text();
		const again = await (await fetch(dialog_url({ as: conor, auth_type: 'rerequest' }))).text();

		assert.doesNotMatch(plain, /value="pages_manage_ads"/);
		assert.match(again, /value="pages_manage_ads"/);
	});
	await t.test('leads_retrieval can silently not be offered', async () => {
		await sim('faults', { offer_leads_retrieval: false });
		const token = await short_token(aoife);
		const { data } = (await graph('me/permissions', token)).body;

		assert.equal(data.find((p) => p.permission === 'leads_retrieval'), undefined);
		await sim('faults', { offer_leads_retrieval: true });
	});
	await t.test('a login that asks for less loses what it does not ask for', async () => {
		const token = await short_token(aoife, { extra: { scope: 'pages_show_list' } });
		const { data } = (await debug(token)).body;

		assert.deepEqual(data.data?.scopes ?? data.scopes, ['pages_show_list', 'public_profile']);
	});
});

test('codes and tokens', async (t) => {
	await t.test('short, then long', async () => {
		const query = await log_in();
		const short = await exchange({ redirect_uri, code: query.get('code') });

		assert.equal(short.body.token_type, 'bearer');
		assert.equal(short.body.expires_in, 5400);
		const long = await exchange({ grant_type: 'fb_exchange_token', fb_exchange_token: short.body.access_token });

		assert.equal(long.body.expires_in, 5183944);
		assert.notEqual(long.body.access_token, short.body.access_token);
	});
	await t.test('GET works too', async () => {
		const query = await log_in();
		const answer = await graph('oauth/access_token?' + new URLSearchParams({ client_id: app_id,
			client_secret: app_secret, redirect_uri, code: query.get('code') }));

		assert.equal(answer.status, 200);
	});
	await t.test('a code is used once', async () => {
		const code = (await log_in()).get('code');

		assert.equal((await exchange({ redirect_uri, code })).status, 200);
		assert_error(await exchange({ redirect_uri, code }), 400, 100, 36009, /has been used/);
	});
	await t.test('another redirect_uri', async () => {
		const code = (await log_in()).get('code');

		assert_error(await exchange({ redirect_uri: `${redirect_uri}/`, code }), 400, 100, 36008, /identical/);
	});
	await t.test('an old code', async () => {
		const code = (await log_in()).get('code');

		await sim('faults', { code_seconds: 0 });
		assert_error(await exchange({ redirect_uri, code }), 400, 100, 36007, /expired/);
		await sim('faults', { code_seconds: 600 });
	});
	await t.test('wrong secret, wrong app, no code', async () => {
		const code = (await log_in()).get('code');

		assert_error(await exchange({ redirect_uri, code, client_secret: 'x' }), 400, 1, undefined, /client secret/);
		assert_error(await exchange({ redirect_uri, code, client_id: '1' }), 400, 101, undefined, /application ID/);
		assert_error(await exchange({ redirect_uri, code: 'made-up' }), 400, 100, undefined);
	});
	await t.test('an app token', async () => {
		assert.equal((await exchange({ grant_type: 'client_credentials' })).body.access_token, app_token);
		assert_error(await exchange({ grant_type: 'client_credentials', client_secret: 'x' }), 400, 1);
	});
	await t.test('an expired token is not exchanged', async () => {
		const token = await short_token();

		await sim('expire', { token, seconds: -1 });
		assert_error(await exchange({ grant_type: 'fb_exchange_token', fb_exchange_token: token }), 400, 190, 463);
		assert_error(await graph('me', token), 400, 190, 463, /Session has expired/);
	});
});

test('debug_token', async (t) => {
	const seconds = () => Math.floor(Date.now() / 1000);

	await t.test('a long user token', async () => {
		const { data } = (await debug(await long_token(maeve, { no_pages: [havan] }))).body;

		assert.equal(data.type, 'USER');
		assert.equal(data.user_id, maeve);
		assert.equal(data.app_id, app_id);
		assert.equal(data.is_valid, true);
		assert.ok(Math.abs(data.expires_at - seconds() - 5183944) < 60);
		assert.ok(Math.abs(data.data_access_expires_at - seconds() - 90 * 86400) < 60);
		assert.ok(data.issued_at > 0);
		const leads = data.granular_scopes.find((s) => s.scope === 'leads_retrieval');

		assert.ok(leads.target_ids.includes(galway));
		assert.ok(!leads.target_ids.includes(havan));
	});
	await t.test('a short one has no issued_at', async () => {
		const { data } = (await debug(await short_token())).body;

		assert.equal(data.issued_at, undefined);
		assert.ok(Math.abs(data.expires_at - seconds() - 5400) < 60);
	});
	await t.test('page tokens: for ever from a long one, an hour from a short one', async () => {
		const of_long = (await debug(await page_token(await long_token()))).body.data;
		const of_short = (await debug(await page_token(await short_token()))).body.data;

		assert.equal(of_long.type, 'PAGE');
		assert.equal(of_long.profile_id, galway);
		assert.equal(of_long.expires_at, 0);
		assert.ok(Math.abs(of_short.expires_at - seconds() - 3600) < 60);
	});
	await t.test('a system user', async () => {
		const { data } = (await debug(system_token)).body;

		assert.equal(data.type, 'SYSTEM_USER');
		assert.equal(data.expires_at, 0);
		assert.equal(data.data_access_expires_at, 0);
	});
	await t.test('the app itself', async () => {
		assert.equal((await debug(app_token)).body.data.type, 'APP');
	});
	await t.test('a dead one: 200, with subcode', async () => {
		const token = await short_token();

		await sim('kill', { token, subcode: 460 });
		const answer = await debug(token);

		assert.equal(answer.status, 200);
		assert.equal(answer.body.data.is_valid, false);
		assert.equal(answer.body.data.error.subcode, 460);
		assert.deepEqual(answer.body.data.scopes, []);
	});
	await t.test('one of another app', async () => {
		assert_error(await debug('SIM-OTHER-APP-TOKEN-1'), 400, 100, undefined, /did not match the Viewing App/);
	});
	await t.test('190 at the top: the app token is wrong', async () => {
		assert_error(await graph(`debug_token?input_token=${system_token}`, `${app_id}|wrong`), 400, 190);
	});
	await t.test('the clock of data access, by switch', async () => {
		await sim('faults', { data_access_days: 3 });
		const { data } = (await debug(await long_token())).body;

		assert.ok(Math.abs(data.data_access_expires_at - seconds() - 3 * 86400) < 60);
		await sim('faults', { data_access_days: 90 });
	});
});

test('pages of a person', async (t) => {
	const token = await long_token(maeve, { no_pages: [havan], extra: { auth_type: 'rerequest' } });

	await t.test('me/accounts: what was ticked, tasks, no token where nothing may be done', async () => {
		const { data } = (await graph('me/accounts?limit=100', token)).body;

		assert.ok(data.some((p) => p.id === galway && p.access_token && p.tasks.includes('MANAGE')));
		assert.ok(!data.some((p) => p.id === havan));
		assert.ok(!data.some((p) => p.id === portfolio));
		assert.equal(data.find((p) => p.id === studio).access_token, undefined);
		assert.ok(data.some((p) => p.tasks.includes('PROFILE_PLUS_ADVERTISE') && p.access_token));
	});
	await t.test('a page that was not ticked is not there', async () => {
		assert_error(await graph(`${havan}?fields=name`, token), 400, 100, 33);
		assert_error(await graph(`${cork}?fields=name`, token), 400, 100, 33);
	});
	await t.test('through a portfolio', async () => {
		const [business] = (await graph('me/businesses', token)).body.data;
		const { data } = (await graph(`${business.id}/owned_pages?fields=id,name,access_token`, token)).body;

		assert.deepEqual(data.map((p) => p.id), [portfolio]);
		assert.ok(data[0].access_token);
		assert.deepEqual((await graph(`${business.id}/client_pages`, token)).body.data, []);
	});
	await t.test('without business_management there are no portfolios', async () => {
		const less = await long_token(maeve, { no_permissions: ['business_management'] });

		assert_error(await graph('me/businesses', less), 403, 200, undefined, /Requires business_management/);
		assert_error(await graph(`${portfolio}?fields=name`, less), 400, 100, 33);
		await long_token(maeve, { extra: { auth_type: 'rerequest' } });
	});
	await t.test('60 pages come by cursors', async () => {
		await sim('faults', { person_pages: 60 });
		const many = await long_token(maeve, { extra: { auth_type: 'rerequest' } });
		const ids = [];

		for (let after = ''; ;) {
			const { body } = await graph(`me/accounts?limit=25${after}`, many);

			ids.push(...body.data.map((p) => p.id));
			if (!body.paging.next)
				break;
			after = `&after=${body.paging.cursors.after}`;
		}
		assert.equal(new Set(ids).size, 60);
		await sim('faults', { person_pages: -1 });
		assert.deepEqual((await graph('me/accounts', many)).body, { data: [] });
		await sim('faults', { person_pages: 0 });
	});
	await t.test('Leads Access', async () => {
		const fresh = await long_token(maeve, { extra: { auth_type: 'rerequest' } });
		const ask = (page, user = `.user_id(${maeve})`) =>
			graph(`${page}?fields=has_lead_access${user}.app_id(${app_id}),leadgen_tos_accepted`, fresh);

		assert.equal((await ask(galway)).body.has_lead_access.can_access_lead, true);
		const blocked = (await ask(limerick)).body.has_lead_access;

		assert.equal(blocked.can_access_lead, false);
		assert.equal(blocked.app_has_leads_permission, false);
		assert.match(blocked.failure_reason, /Lead Access Manager/);
		assert_error(await ask(galway, ''), 400, 100, undefined, /user_id is required/);
		assert_error(await ask(galway, '.user_id(122100000000000001)'), 400, 100, undefined, /not available/);
		assert.equal((await ask('889900112233445')).body.leadgen_tos_accepted, false);
		await sim('terms', { page: galway, accepted: false });
		await sim('leads-access', { page: galway, allowed: false });
		assert.equal((await ask(galway)).body.leadgen_tos_accepted, false);
		assert.equal((await ask(galway)).body.has_lead_access.can_access_lead, false);
		await sim('reset');
		assert.equal((await ask(galway)).body.has_lead_access.can_access_lead, true);
		assert.equal((await ask(limerick)).body.has_lead_access.can_access_lead, false);
	});
});

test('the matrix of tokens and permissions', async (t) => {
	const user = await long_token(maeve, { extra: { auth_type: 'rerequest' } });
	const token = await page_token(user);

	await t.test('page edges want the page\'s own token', async () => {
		for (const edge of ['leadgen_forms', 'subscribed_apps']) {
			assert_error(await graph(`${galway}/${edge}`, user), 400, 190, 2069032);
			assert_error(await graph(`${galway}/${edge}`, system_token), 400, 190, 2069032);
			assert_error(await graph(`${havan}/${edge}`, token), 400, 10, undefined, /Does Not Match/);
			assert.equal((await graph(`${galway}/${edge}`, token)).status, 200);
		}
	});
	await t.test('in three other manners, by switch', async () => {
		await sim('faults', { page_token_error: '210' });
		assert_error(await graph(`${galway}/leadgen_forms`, user), 400, 210);
		await sim('faults', { page_token_error: '190' });
		assert_error(await graph(`${galway}/leadgen_forms`, user), 400, 190, undefined, /Page Access Token/);
		await sim('faults', { page_token_error: 'empty' });
		assert.deepEqual((await graph(`${galway}/leadgen_forms`, user)).body, { data: [] });
		await sim('faults', { page_token_error: '2069032' });
	});
	for (const [scope, path] of [['pages_manage_ads', `${galway}/leadgen_forms`],
		['pages_manage_metadata', `${galway}/subscribed_apps`], ['leads_retrieval', `${whitening}/leads`]])
		await t.test(`without ${scope}: 403 that names it`, async () => {
			await sim('faults', { missing_scope: scope });
			assert_error(await graph(path, token), 403, 200, undefined,
				new RegExp(`^\\(#200\\) Requires ${scope} permission to manage the object$`));
			assert_error(await graph(path, await page_token(system_token)), 403, 200);
			await sim('faults', { missing_scope: 'none' });
			assert.equal((await graph(path, token)).status, 200);
		});
	await t.test('listing forms wants pages_read_engagement, in words of its own', async () => {
		await sim('faults', { missing_scope: 'pages_read_engagement' });
		assert_error(await graph(`${galway}/leadgen_forms`, token), 400, 100, undefined, /'pages_read_engagement'/);
		await sim('faults', { missing_scope: 'none' });
	});
	await t.test('a permission taken back afterwards', async () => {
		const answer = await graph('me/permissions/leads_retrieval', user, { method: 'DELETE' });

		assert.equal(answer.body.success, true);
		assert_error(await graph(`${whitening}/leads`, token), 403, 200, undefined, /leads_retrieval/);
	});
	await t.test('the app removed: all tokens of the person are dead', async () => {
		const again = await long_token(maeve, { extra: { auth_type: 'rerequest' } });
		const paged = await page_token(again);

		assert.equal((await graph('me/permissions', again, { method: 'DELETE' })).body.success, true);
		assert_error(await graph('me', again), 400, 190, 458);
		assert_error(await graph(`${galway}/leadgen_forms`, paged), 400, 190, 458);
	});
	await t.test('proof, plain and timed', async () => {
		const proof = (data) => createHmac('sha256', app_secret).update(data).digest('hex');
		const now = Math.floor(Date.now() / 1000);

		assert.equal((await graph(`me?appsecret_proof=${proof(system_token)}`, system_token)).status, 200);
		assert.equal((await graph(`me?appsecret_time=${now}&appsecret_proof=${proof(`${system_token}|${now}`)}`,
			system_token)).status, 200);
		assert_error(await graph('me?appsecret_proof=00', system_token), 400, 100, undefined, /Invalid appsecret_proof/);
		await sim('faults', { require_proof: true });
		assert_error(await graph('me', system_token), 400, 100, undefined, /require an appsecret_proof/);
		await sim('faults', { require_proof: false });
	});
});

test('every death of a token, for user, page and person', async () => {
	const subcodes = [458, 459, 460, 461, 463, 464, 466, 467, 468, 483, 492, 2069032, 0];

	for (const subcode of subcodes) {
		const user = await long_token(conor, { extra: { auth_type: 'rerequest' } });
		const token = await page_token(user, cork);

		await sim('kill', { token: `page:${cork}`, subcode });
		assert_error(await graph(`${cork}/leadgen_forms`, token), 400, 190, subcode || undefined);
		assert.equal((await graph('me', user)).status, 200);
		const renewed = await page_token(user, cork);

		assert.notEqual(renewed, token);
		await sim('kill', { token: user, subcode });
		assert_error(await graph('me', user), 400, 190, subcode || undefined);
		assert_error(await graph(`${cork}/leadgen_forms`, renewed), 400, 190, subcode || undefined);
	}
	const user = await long_token(conor, { extra: { auth_type: 'rerequest' } });

	await sim('kill', { token: `person:${conor}`, subcode: 467 });
	assert_error(await graph('me', user), 400, 190, 467, /logged out/);
	await sim('reset');
	assert.equal((await graph('me', user)).status, 200);
});

test('faults strike where they are told to', async (t) => {
	const token = await page_token(system_token);

	await t.test('by kind, by number, by object', async () => {
		await sim('faults', { kind: 'me', nth: 2, times: 1, error: '4/1349210' });
		assert.equal((await graph('me', system_token)).status, 200);
		const second = await graph('me', system_token);

		assert_error(second, 403, 4, 1349210);
		assert.equal(second.error.is_transient, true);
		assert.equal((await graph('me', system_token)).status, 200);
		await sim('faults', { kind: 'page', times: 0, error: '80005', object: havan });
		assert.equal((await graph(galway, system_token)).status, 200);
		assert_error(await graph(havan, system_token), 400, 80005);
		await sim('reset');
	});
	await t.test('an unknown one is refused', async () => {
		await assert.rejects(sim('faults', { kind: 'me', error: 'nonsense' }), /400/);
	});
	for (const [error, status, code, subcode] of [['1', 500, 1], ['1/reduce', 500, 1], ['2', 500, 2], ['3', 400, 3],
		['10', 400, 10], ['17', 400, 17], ['17/2446079', 400, 17, 2446079], ['32', 400, 32], ['33', 400, 33],
		['100/33', 400, 100, 33], ['102', 400, 102], ['103', 403, 103], ['104', 400, 104], ['190', 400, 190],
		['190/459', 400, 190, 459], ['200', 403, 200], ['200/pages_manage_ads', 403, 200], ['200/blocked', 400, 200],
		['210', 400, 210], ['278', 403, 278], ['294', 403, 294], ['341', 400, 341], ['368', 400, 368], ['415', 400, 415],
		['506', 400, 506], ['613', 400, 613], ['613/1996', 400, 613, 1996], ['803', 400, 803], ['2500', 400, 2500],
		['2635', 400, 2635], ['2642', 400, 2642], ['80000', 400, 80000], ['80001', 400, 80001], ['80002', 400, 80002],
		['80003', 400, 80003], ['80004', 400, 80004], ['80006', 400, 80006], ['80008', 400, 80008]])
		await t.test(`error ${error}`, async () => {
			await sim('faults', { kind: 'me', error });
			assert_error(await graph('me', system_token), status, code, subcode);
		});
	for (const [error, status, body] of [['html', 502, /<html>/], ['html200', 200, /<html>/], ['empty500', 500, /^$/],
		['unavailable200', 200, /^Service Unavailable$/], ['unavailable', 503, /Service/], ['429', 429, /Too Many/],
		['truncated', 200, /^\{"id":"12$/], ['empty', 200, /^$/]])
		await t.test(`no JSON: ${error}`, async () => {
			await sim('faults', { kind: 'me', error });
			const answer = await graph('me', system_token);

			assert.equal(answer.status, status);
			assert.match(answer.body, body);
		});
	await t.test('the connection is cut off', async () => {
		await sim('faults', { kind: 'me', error: 'reset', times: 10 });
		for (let i = 0; i < 10; i++)
			await assert.rejects(graph('me', system_token));
		assert.equal((await graph('me', system_token)).status, 200);
	});
	await t.test('a slow answer', async () => {
		const began = Date.now();

		await sim('faults', { answer_ms: 300 });
		await graph('me', system_token);
		assert.ok(Date.now() - began >= 300);
		await sim('reset');
	});
	await t.test('budgets: 4 for the app, 80005 for a page, 17 for a token', async () => {
		await sim('faults', { page_budget: 4, regain_minutes: 9 });
		let last;

		for (let i = 0; i < 5; i++)
			last = await graph(`${galway}/leadgen_forms`, token);
		assert_error(last, 400, 80005);
		const [usage] = JSON.parse(last.headers.get('x-business-use-case-usage'))[galway];

		assert.equal(usage.call_count, 125);
		assert.equal(usage.estimated_time_to_regain_access, 9);
		assert.equal((await graph(`${galway}/subscribed_apps`, token)).status, 200);
		await sim('reset');
		await sim('faults', { app_budget: 2 });
		for (let i = 0; i < 3; i++)
			last = await graph('me', system_token);
		assert_error(last, 400, 4);
		assert.equal(JSON.parse(last.headers.get('x-app-usage')).call_count, 150);
		await sim('reset');
		await sim('faults', { token_budget: 2, usage_malformed: true });
		for (let i = 0; i < 3; i++)
			last = await graph('me', system_token);
		assert_error(last, 400, 17);
		assert.throws(() => JSON.parse(last.headers.get('x-app-usage')));
		await sim('reset');
	});
});

test('batch: methods, tokens and proofs of each item, nulls, errors', async (t) => {
	const token = await page_token(system_token), other = await page_token(system_token, havan);
	const send = async (items, outer = token, more = {}) => graph('', null, { method: 'POST',
		body: new URLSearchParams({ access_token: outer, batch: JSON.stringify(items), include_headers: 'false', ...more }) });
	const get = (path, more = {}) => ({ method: 'GET', relative_url: `v26.0/${path}`, ...more });

	await t.test('each item for itself', async () => {
		const { body } = await send([get(`${galway}?fields=name`), get(`${havan}?fields=name`, { access_token: other }),
			get(`${havan}?fields=name`),
			{ method: 'POST', relative_url: `v26.0/${galway}/subscribed_apps`, body: 'subscribed_fields=leadgen,feed' },
			get(`${galway}/subscribed_apps`),
			{ method: 'DELETE', relative_url: `v26.0/${galway}/subscribed_apps` }]);

		assert.deepEqual(body.map((i) => i.code), [200, 200, 400, 200, 200, 200]);
		assert.equal(JSON.parse(body[1].body).id, havan);
		assert.deepEqual(JSON.parse(body[4].body).data[0].subscribed_fields, ['leadgen', 'feed']);
	});
	await t.test('the proof belongs to the token', async () => {
		const proof = (of) => createHmac('sha256', app_secret).update(of).digest('hex');
		const { body } = await send([get(`${galway}?fields=name`),
			get(`${havan}?fields=name&appsecret_proof=${proof(other)}`, { access_token: other }),
			get(`${havan}?fields=name&appsecret_proof=${proof(token)}`, { access_token: other })], token,
		{ appsecret_proof: proof(token) });

		assert.deepEqual(body.map((i) => i.code), [200, 200, 400]);
	});
	await t.test('a null, and an error of one', async () => {
		await sim('faults', { kind: 'page', nth: 1, times: 1, error: 'null' });
		await sim('faults', { kind: 'page', nth: 3, times: 1, error: '190/460' });
		const { body } = await send([1, 2, 3].map(() => get(`${galway}?fields=name`)));

		assert.equal(body[0], null);
		assert.equal(body[1].code, 200);
		assert.equal(JSON.parse(body[2].body).error.error_subcode, 460);
		await sim('reset');
	});
	await t.test('51 are too many; a bad token outside is one error', async () => {
		const many = await send(Array.from({ length: 51 }, () => get(galway)));

		assert.match(many.error.message, /Maximum batch size is 50/);
		assert_error(await send([get(galway)], 'nonsense'), 400, 190);
	});
});

test('who hears of a page, and of the app', async (t) => {
	const token = await page_token(system_token);
	const list = async () => (await graph(`${galway}/subscribed_apps?fields=subscribed_fields`, token)).body.data;
	const post = (fields) => graph(`${galway}/subscribed_apps`, token, { method: 'POST',
		body: new URLSearchParams({ subscribed_fields: fields }) });

	await t.test('a POST replaces the list of this app only', async () => {
		await sim('subscribe', { page: galway, app: '995722365981850', fields: 'feed' });
		await post('leadgen,feed');
		await post('leadgen');
		assert.deepEqual(await list(), [{ id: app_id, subscribed_fields: ['leadgen'] },
			{ id: '995722365981850', subscribed_fields: ['feed'] }]);
	});
	await t.test('an unknown field', async () => {
		assert_error(await post('leadgen,nonsense'), 400, 100, undefined, /subscribed_fields\[1\] must be one of/);
	});
	await t.test('silently unsubscribed', async () => {
		await sim('unsubscribe', { page: galway });
		assert.deepEqual((await list()).map((a) => a.id), ['995722365981850']);
	});
	await t.test('another environment takes the app\'s subscription over', async () => {
		stack.connect();
		const urls = async () => (await graph(`${app_id}/subscriptions`, app_token)).body.data.map((s) => s.callback_url);

		assert.deepEqual(await urls(), [`${stack.base}/webhook`]);
		await sim('steal', { callback_url: 'https://staging.example.com/webhook' });
		assert.deepEqual(await urls(), ['https://staging.example.com/webhook']);
		await sim('reset');
		assert.deepEqual(await urls(), [`${stack.base}/webhook`]);
	});
	await t.test('it wants an app token', async () => {
		assert_error(await graph(`${app_id}/subscriptions`, system_token), 400, 15);
	});
});

test('signed requests reach the callbacks', async (t) => {
	const got = [];
	const server = createServer((request, answer) => {
		let body = '';

		request.on('data', (piece) => { body += piece; });
		request.on('end', () => {
			got.push(new URLSearchParams(body).get('signed_request'));
			answer.end('{"url":"x","confirmation_code":"abc"}');
		});
	});

	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	t.after(() => server.close());
	const url = `http://127.0.0.1:${server.address().port}/x`;
	const user = await long_token(aoife, { extra: { auth_type: 'rerequest' } });

	assert.equal((await sim('deletion', { person: aoife, url })).body, '{"url":"x","confirmation_code":"abc"}');
	assert.equal((await graph('me', user)).status, 200);
	assert.equal((await sim('deauthorize', { person: aoife, url })).status, 200);
	assert_error(await graph('me', user), 400, 190, 458);
	for (const signed of got) {
		const [mac, payload] = signed.split('.');

		assert.equal(mac, createHmac('sha256', app_secret).update(payload).digest('base64url'));
		assert.equal(JSON.parse(Buffer.from(payload, 'base64url')).user_id, aoife);
	}
	assert.equal(got.length, 2);
});

test('leads: the form page, run, test leads, development mode', async (t) => {
	const count = (id) => stack.number(`SELECT COUNT(*) FROM submission WHERE leadgen_id = '${id}'`);
	const state = async (id) => (await (await fetch(`${stack.sim}/sim/ledger`)).json()).find((l) => l.id === id).state;
	const runner = spawn(`${stack.state}/sim/leadport/bin/simulator`, ['run', '--every', '0'],
		{ env: { ...stack.env, LEADPORT_CONF: `${stack.state}/sim/leadport/leadport.conf` }, stdio: 'ignore' });

	t.after(() => runner.kill());
	stack.user('root@example.com', 'superadmin', true, 'Maeve');
	await t.test('the start page leads to the form, whose answers arrive', async () => {
		const start = await (await fetch(`${stack.sim}/sim`)).text();

		assert.match(start, new RegExp(`href="/form/${whitening}"`));
		const form = await (await fetch(`${stack.sim}/form/${whitening}`)).text();

		assert.match(form, /<label for="q3-0">Whitening<\/label>/);
		const thanks = await (await fetch(`${stack.sim}/form/${whitening}`, { method: 'POST',
			body: new URLSearchParams({ q0: 'Нора', q1: 'nora@example.com', q2: '', q3: 'white', platform: 'ig' }) })).text();
		const [, id] = /Lead (\d+)/.exec(thanks);

		await until('it is delivered', async () => await state(id) === 'acked');
		await until('it is stored', () => count(id) === 1);
		assert.deepEqual(stack.sql(`SELECT platform FROM submission WHERE leadgen_id = '${id}'`), [['ig']]);
	});
	await t.test('an unknown form is 404', async () => {
		assert.equal((await fetch(`${stack.sim}/form/1`)).status, 404);
		assert.equal((await fetch(`${stack.sim}/form/x`)).status, 404);
	});
	await t.test('in development mode real leads are lost, test leads come', async () => {
		const token = await page_token(system_token);

		await sim('app', { live: false });
		const { ids: [real] } = await sim('leads', { form: whitening });
		const made = await graph(`${whitening}/test_leads`, token, { method: 'POST' });

		await until('one is dropped', async () => await state(real) === 'dropped');
		await until('the other arrives', () => count(made.body.id) === 1);
		assert_error(await graph(`${whitening}/test_leads`, token, { method: 'POST' }), 400, 2, 1892058);
		assert.equal((await graph(`${whitening}/test_leads`, token)).body.data[0].id, made.body.id);
		assert.equal((await graph(made.body.id, token, { method: 'DELETE' })).body.success, true);
		await sim('app', { live: true });
	});
	await t.test('a stolen subscription loses leads; a silent one makes no webhook', async () => {
		await sim('steal', { callback_url: 'https://staging.example.com/webhook' });
		const { ids: [lost] } = await sim('leads', { form: whitening });

		await until('it is lost', async () => await state(lost) === 'dropped');
		await sim('reset');
		const { ids: [silent] } = await sim('leads', { form: whitening, silent: true, days_ago: 2 });

		assert.equal(await state(silent), 'silent');
		const token = await page_token(system_token);

		assert.equal((await graph(`${silent}?fields=id,created_time`, token)).body.id, silent);
	});
	await t.test('Leads Access Manager refuses to read', async () => {
		const token = await page_token(system_token);

		await sim('leads-access', { page: galway, allowed: false });
		assert_error(await graph(`${whitening}/leads`, token), 403, 103, undefined, /Lead Access Manager/);
		await sim('reset');
		assert.equal((await graph(`${whitening}/leads?limit=1`, token)).status, 200);
	});
	await t.test('leads of 91 days ago are gone', async () => {
		const { ids: [old] } = await sim('leads', { form: whitening, silent: true, days_ago: 91 });
		const token = await page_token(system_token);

		assert_error(await graph(old, token), 400, 100, 33);
		const { data } = (await graph(`${whitening}/leads?limit=500`, token)).body;

		assert.ok(!data.some((l) => l.id === old));
		assert.equal((await graph(`${whitening}?fields=expired_leads_count`, token)).body.expired_leads_count, 1);
	});
});

test('the README knows every switch, and no fault that is not there', async () => {
	const readme = read('tests/sim/README.md');
	const switches = [...(await (await fetch(`${stack.sim}/sim`)).text()).matchAll(/<tr><td>(\w+)<\/td>/g)].map((m) => m[1]);
	const faults = readme.slice(readme.indexOf('| error | what |')).split('\n').slice(2)
		.flatMap((row) => [...row.split('|')[1]?.matchAll(/`([^`]+)`/g) ?? []].map((m) => m[1]));

	assert.ok(switches.length > 30 && faults.length > 60);
	assert.deepEqual(switches.filter((name) => !readme.includes(`| \`${name}\` |`)), []);
	for (const error of faults)
		await sim('faults', { kind: 'unknown', nth: 1000,
			error: error.replace('/S', '/460').replace('/NAME', '/pages_manage_ads') });
	await sim('reset');
});
