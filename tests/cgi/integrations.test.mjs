// The pages of Meta Integrations: who may open them, what they show at every
// step, and what they keep when something is wrong.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Stack, until } from '../web.mjs';
import { use, cgi, log_in, post, assert_valid, marker } from './kit.mjs';

const escaped = '&quot;&gt;&lt;i&gt;&#39;&amp;';
const planted = `'"><i>\\'&'`; // the marker as SQL
const forms_json = JSON.stringify([{ id: '447000000000001', name: marker, status: 'ACTIVE', leads: 7 },
	{ id: '447000000000002', name: 'Old', status: 'ARCHIVED', leads: 3 }]).replaceAll('\\', '\\\\').replaceAll("'", "\\'");
let stack, root, admin, integration;

before(async () => {
	stack = use(await Stack.up());
	stack.user('root@example.com', 'superadmin', false, 'Maeve');
	stack.user('admin@example.com', 'admin', false, 'Priya');
	stack.user('mod@example.com', 'moderator');
	stack.user('sales@example.com', 'member', true, 'Tomasz');
	root = log_in('root@example.com').cookie;
	admin = log_in('admin@example.com').cookie;
});
after(() => stack.down());

function user_id(email)
{
	return stack.number(`SELECT id FROM app_user WHERE email = '${email}'`);
}

// A draft of root's at this step, with one page for each thing it can lack.
function draft(step, more = {})
{
	const values = { user_id: user_id('root@example.com'), name: "'Draft'", step: `'${step}'`,
		meta_user_id: "'900'", meta_name: "'Conor'", scopes: "'leads_retrieval,pages_show_list'",
		created_at: 'UTC_TIMESTAMP(3)', changed_at: 'UTC_TIMESTAMP(3)', ...more };
	const id = stack.number(`INSERT INTO connect_draft (${Object.keys(values)}) VALUES (${Object.values(values)});` +
		' SELECT MAX(id) FROM connect_draft');

	const rows = ['', 'ads_missing', 'not_listed', 'tasks_missing', 'no_token', 'leads_access', 'terms_open', 'in_use']
		.map((reason, i) => `(${id}, '10${i}', 'Page ${i}', 1, 10, '${i < 3 || reason === 'in_use'
			? forms_json.replaceAll('4470', `447${i}`) : '[]'}', '${reason}', '${reason === 'in_use' ? 'Other' : ''}',` +
			` ${i < 2}, '${step === 'done' ? ['connected', 'failed'][i] || '' : ''}')`);
	stack.sql('INSERT INTO draft_page (draft_id, meta_id, name, n_forms, n_leads, forms, reason, detail, is_chosen,' +
		` result) VALUES ${rows}`);
	return id;
}

test('nothing yet: each role reads what it can do', async () => {
	const mod = log_in('mod@example.com').cookie;
	const pages = { root: cgi('integrations', { cookie: root }), admin: cgi('integrations', { cookie: admin }),
		mod: cgi('integrations', { cookie: mod }) };

	assert.match(pages.root.body, /The Meta app is not ready yet[^]*Go to Platform setup/);
	assert.match(pages.admin.body, /Ask <bdi>Maeve<\/bdi>/);
	const dialog = cgi('integration-connect', { cookie: admin });
	assert.match(dialog.body, /<button type="submit" disabled>Connect with Facebook/);
	await assert_valid(dialog);
	stack.connect('user', '--assignee', 'sales@example.com');
	integration = stack.number('SELECT MAX(id) FROM integration');
	stack.sql('UPDATE integration SET deleted_at = UTC_TIMESTAMP(3) WHERE id > 0');
	const ready = cgi('integrations', { cookie: admin });
	assert.match(ready.body, /Connect your first page[^]*about 3 minutes[^]*\+ Add Meta Account/);
	assert.doesNotMatch(cgi('integrations', { cookie: mod }).body, /Add Meta Account/);
	for (const page of [...Object.values(pages), ready])
		await assert_valid(page);
	stack.sql('UPDATE integration SET deleted_at = NULL WHERE id > 0');
});

test('roles: who opens which page', async () => {
	const id = draft('choosing');
	const cookies = { superadmin: root, admin, moderator: log_in('mod@example.com').cookie,
		member: log_in('sales@example.com').cookie };
	const table = [
		['integrations', '', 'moderator'], ['integrations', `/${integration}/card`, 'moderator'],
		['integration', `/${integration}`, 'moderator'], ['integration-connect', '', 'admin'],
		['integration-edit', `/${integration}`, 'admin'], ['integration-reconnect', `/${integration}`, 'admin'],
		['integration-delete', `/${integration}`, 'admin'], ['integration-pages', `/${id}`, 'superadmin', 404],
		['oauth-callback', '', 'admin'], ['integration-sync', `/${integration}`, 'moderator'],
	];
	const ranks = ['member', 'moderator', 'admin', 'superadmin'];

	for (const [program, path, least, other] of table) {
		for (const [role, cookie] of Object.entries(cookies)) {
			const answer = cgi(program, { path, cookie });
			const may = ranks.indexOf(role) >= ranks.indexOf(least);

			if (may)
				assert.ok([200, 303].includes(answer.status), `${role} ${program}${path} ${answer.status}`);
			else
				assert.equal(answer.status, role === 'admin' ? other : 403, `${role} ${program}${path}`);
			if (answer.status === 200 || answer.status === 403)
				await assert_valid(answer);
		}
		const visitor = cgi(program, { path });
		assert.match(visitor.head.location, /^\/login\?to=/, program);
	}
	stack.sql(`DELETE FROM connect_draft WHERE id = ${id}`);
});

test('roles: who changes what', () => {
	const mod = log_in('mod@example.com').cookie, member = log_in('sales@example.com').cookie;
	const count = () => stack.sql('SELECT (SELECT COUNT(*) FROM connect_draft), (SELECT COUNT(*) FROM integration' +
		' WHERE deleted_at IS NULL), (SELECT COUNT(*) FROM sync_run)')[0].join();
	const before_all = count();

	for (const [program, path, fields] of [['integration-connect', '', { name: 'X', strategy: 'unassigned' }],
		['integration-connect', '/remove', { id: 1 }], ['integration-edit', `/${integration}`, { name: 'X', strategy: 'unassigned' }],
		['integration-reconnect', `/${integration}`, {}], ['integration-reconnect', `/pages/${integration}`, {}],
		['integration-delete', `/${integration}`, {}], ['integration-pages', '/1', {}]]) {
		assert.equal(post(program, path, mod, fields).status, 403, program);
		assert.equal(post(program, path, member, fields).status, 403, program);
	}
	assert.equal(post('integration-sync', `/${integration}`, member, {}).status, 403);
	assert.equal(count(), before_all);
	const menu = cgi('integrations', { cookie: mod }).body;
	assert.match(menu, /Sync Now/);
	assert.doesNotMatch(menu, />Edit<|>Delete<|\/integration-reconnect\//);
});

test('connect: faults keep what was typed', async () => {
	for (const [fields, words] of [[{ name: '' }, /Fill in this field/], [{ strategy: 'user' }, /Choose who receives/],
		[{ strategy: 'user', assignee: user_id('mod@example.com') }, /must be active and have Lead Management/],
		[{ strategy: 'none' }, /Choose one of the list/], [{ name: 'n'.repeat(121) }, /120 characters or fewer/]]) {
		const again = post('integration-connect', '', root, { name: 'Kept', description: marker, strategy: 'unassigned', ...fields });

		assert.equal(again.status, 422);
		assert.match(again.body, words);
		assert.ok(again.body.includes(`value="${escaped}"`));
		await assert_valid(again);
	}
	assert.equal(stack.number("SELECT COUNT(*) FROM connect_draft WHERE step <> 'done'"), 0);
});

test('connect: to Facebook, also with a second click; go on; remove', async () => {
	const send = (more = {}) => post('integration-connect', '', root, { name: marker, description: '', strategy: 'round_robin', ...more });
	const first = send(), second = send();
	const state = new URL(second.head.location).searchParams.get('state');

	assert.equal(first.status, 303);
	assert.match(first.head.location, /^http:\/\/127\.0\.0\.1:\d+\/dialog\/v[\d.]+\/dialog\/oauth\?/);
	assert.equal(stack.number("SELECT COUNT(*) FROM connect_draft WHERE step <> 'done'"), 1);
	const id = stack.number('SELECT MAX(id) FROM connect_draft');
	const card = cgi('integrations', { cookie: root });
	assert.match(card.body, /Not finished[^]*logged in to Facebook as someone else/);
	assert.ok(card.body.includes(escaped));
	await assert_valid(card);
	await assert_valid(cgi('integration-pages', { path: `/${id}`, cookie: root }));
	const go_on = cgi('integration-connect', { query: `draft=${id}`, cookie: root });
	assert.ok(go_on.body.includes(`value="${escaped}"`));
	await assert_valid(go_on);

	// Another browser's session does not use the state up; the own one does, once.
	assert.equal(cgi('oauth-callback', { query: `state=${state}&error=access_denied`, cookie: log_in('root@example.com').cookie })
		.head.location, '/integrations');
	const back = cgi('oauth-callback', { cookie: root,
		query: `state=${state}&error=access_denied&error_code=200&error_description=No&error_reason=user_denied` });
	assert.equal(back.head.location, `/integration-connect?draft=${id}`);
	assert.match(cgi('integration-connect', { query: `draft=${id}`, cookie: root }).body, /You stopped at Facebook\. Nothing was changed/);
	assert.equal(cgi('oauth-callback', { cookie: root, query: `state=${state}&error=access_denied` }).head.location, '/integrations');
	assert.match(cgi('integrations', { cookie: root }).body, /already used or too old/);
	// Whatever Facebook may add is no error page; a reload goes nowhere.
	assert.equal(cgi('oauth-callback', { cookie: root, query: 'code=x&state=y&granted_scopes=a&denied_scopes=b' }).status, 303);
	assert.equal(cgi('oauth-callback', { cookie: root, query: `state=${'s'.repeat(3000)}` }).status, 303);

	assert.equal(cgi('integration-connect', { query: `draft=${id}`, cookie: admin }).status, 404);
	assert.equal(post('integration-connect', '/remove', admin, { id }).status, 303);
	assert.equal(stack.number("SELECT COUNT(*) FROM connect_draft WHERE step <> 'done'"), 1);
	for (let i = 0; i < 2; i++)
		assert.equal(post('integration-connect', '/remove', root, { id }).status, 303);
	assert.equal(stack.number("SELECT COUNT(*) FROM connect_draft WHERE step <> 'done'"), 0);
});

test('connect: a token that Meta does not take stays unseen', async () => {
	const again = post('integration-connect', '', root, { name: 'T', strategy: 'unassigned', token: 'SECRET-TOKEN-9' });

	assert.equal(again.status, 422);
	assert.match(again.body, /Meta does not accept this token/);
	assert.doesNotMatch(again.body + again.log, /SECRET-TOKEN-9/);
	await assert_valid(again);
	stack.sql('DELETE FROM connect_draft WHERE id > 0');
});

test('choosing pages: every step of a draft is a valid page', async () => {
	for (const step of ['facebook', 'listing', 'choosing', 'connecting', 'done'])
		for (const reason of ['', 'permission']) {
			const id = draft(step, { reason: `'${reason}'`, integration_id: step === 'done' ? integration : 'NULL' });
			const answer = cgi('integration-pages', { path: `/${id}`, cookie: root });

			assert.equal(answer.status, 200, answer.log);
			await assert_valid(answer);
			assert.doesNotMatch(answer.body, /style=|onclick=/);
			const part = cgi('integration-pages', { path: `/progress/${id}`, cookie: root, headers: { HTTP_HX_REQUEST: 'true' } });
			if (['listing', 'connecting'].includes(step))
				assert.match(part.body, /hx-get="\/integration-pages\/progress/);
			else
				assert.equal(part.head['hx-redirect'], `/integration-pages/${id}`);
			stack.sql(`DELETE FROM connect_draft WHERE id = ${id}`);
		}
});

test('choosing pages: ready, warned, lacking, in use', async () => {
	const id = draft('choosing');
	const page = cgi('integration-pages', { path: `/${id}`, cookie: root });
	const box = (n, name) => new RegExp(`name="${name}" value="10${n}"( checked)?>`).exec(page.body);

	assert.equal(box(0, 'pages')[1], ' checked');
	assert.equal(box(1, 'pages')[1], undefined);
	assert.equal(box(2, 'pages')[1], undefined);
	assert.equal(box(3, 'pages'), null);
	assert.equal(box(7, 'pages'), null);
	assert.equal(box(7, 'move')[1], undefined);
	assert.match(page.body, /Needs a right first[^]*Advertise task missing[^]*Leads access blocked[^]*Lead Ads terms open/);
	assert.match(page.body, /Manage your Pages[^]*to be told of each new lead at once[^]*Ask again/);
	const nothing = post('integration-pages', `/${id}`, root, { forms_shown: '447000000000001', history: 1 });
	assert.equal(nothing.status, 422);
	assert.match(nothing.body, /Tick at least one page/);
	assert.match(nothing.body, /value="447000000000001">/);
	assert.match(nothing.body, /name="history" value="1" checked/);
	await assert_valid(nothing);
	// Another integration's page without its own question, and a page that is not ready.
	assert.match(post('integration-pages', `/${id}`, root, { pages: '107' }).body, /Tick at least one page/);
	assert.equal(post('integration-pages', `/${id}`, root, { pages: '103' }).status, 422);
	assert.equal(post('integration-pages', `/${id}`, admin, { pages: '100' }).status, 404);
	const again = post('integration-pages', `/facebook/${id}`, root, {});
	assert.match(again.head.location, /auth_type=rerequest/);
	stack.sql(`UPDATE draft_page SET reason = 'tasks_missing' WHERE draft_id = ${id}`);
	const none = cgi('integration-pages', { path: `/${id}`, cookie: root });
	assert.match(none.body, /Facebook shared no page that can bring leads\.[^]*Choose again at Facebook/);
	await assert_valid(none);
	stack.sql(`DELETE FROM connect_draft WHERE id = ${id}`);
});

test('choosing pages: another person, and pages that were not shared', async () => {
	const id = draft('choosing', { integration_id: integration });
	const page = cgi('integration-pages', { path: `/${id}`, cookie: root });

	assert.match(page.body, /You came back as <bdi>Conor<\/bdi>[^]*As stand-in[^]*Instead of/);
	assert.match(page.body, /Connected, and not shared by this login[^]*Harbour Dental Galway/);
	await assert_valid(page);
	stack.sql(`DELETE FROM connect_draft WHERE id = ${id}`);
});

test('sixty pages with twenty forms each can be sent', () => {
	const id = draft('choosing');
	const form = (i) => `4480000000${String(i).padStart(5, '0')}`;
	const csrf = /name="csrf" value="([^"]*)"/.exec(cgi('leads', { cookie: root }).body)[1];
	const fields = [['csrf', csrf]];

	for (let i = 0; i < 1200; i++)
		fields.push(['forms_shown', form(i)], ['forms', form(i)]);
	assert.equal(cgi('integration-pages', { path: `/${id}`, method: 'POST', cookie: root,
		body: new URLSearchParams(fields).toString() }).status, 422);
	stack.sql(`DELETE FROM connect_draft WHERE id = ${id}`);
});

test('Sync Now is safe to press twice; a card asks only while it syncs', async () => {
	for (let i = 0; i < 2; i++)
		assert.equal(post('integration-sync', `/${integration}`, root, {}).head.location, `/integration/${integration}`);
	await until('the worker is done', () => stack.number("SELECT COUNT(*) FROM job WHERE kind = 'sync' AND state <> 'done'") === 0);
	stack.sql(`UPDATE sync_run SET state = 'running', ended_at = NULL, stop_asked = 0, n_forms = 7, forms_done = 2,` +
		` n_read = 412, n_new = 4, words = ${planted} WHERE id > 0`);
	stack.sql('DELETE FROM sync_run WHERE id < (SELECT * FROM (SELECT MAX(id) FROM sync_run) AS newest)');
	const card = cgi('integrations', { path: `/${integration}/card`, cookie: root, headers: { HTTP_HX_REQUEST: 'true' } });
	assert.match(card.body, /hx-get="\/integrations\/\d+\/card"[^]*Syncing[^]*Reading form 3 of 7[^]*412 leads read: 4 new/);
	const page = cgi('integration', { path: `/${integration}`, cookie: root });
	assert.match(page.body, /<title>\(28 %\)[^]*hx-get="\/integration-sync\/\d+"[^]*Stop after this form/);
	assert.match(page.body, /http-equiv="refresh"/);
	await assert_valid(page);
	await assert_valid(cgi('integrations', { cookie: root }));
	assert.equal(post('integration-sync', `/stop/${integration}`, root, {}).status, 303);
	assert.equal(post('integration-sync', `/stop/${integration}`, root, {}).status, 303);
	stack.sql("UPDATE sync_run SET state = 'done', ended_at = UTC_TIMESTAMP(3) WHERE id > 0");
	const end = cgi('integration-sync', { path: `/${integration}`, cookie: root, headers: { HTTP_HX_REQUEST: 'true' } });
	assert.equal(end.status, 286);
	assert.match(end.body, /Sync done[^]*4 new/);
	assert.doesNotMatch(end.body, /hx-get/);
	assert.doesNotMatch(cgi('integrations', { path: `/${integration}/card`, cookie: root,
		headers: { HTTP_HX_REQUEST: 'true' } }).body, /hx-get/);
});

test('edit: faults keep what was typed, a save says from when it counts', async () => {
	const form = stack.sql('SELECT meta_id FROM lead_form ORDER BY id LIMIT 1')[0][0];
	const again = post('integration-edit', `/${integration}`, admin, { on_known: 'join', name: '', description: marker, strategy: 'user',
		forms_shown: form });

	assert.equal(again.status, 422);
	assert.ok(again.body.includes(`value="${escaped}"`));
	assert.match(again.body, /Some fields need another look/);
	assert.match(again.body, new RegExp(`name="forms" value="${form}">`));
	await assert_valid(again);
	await assert_valid(cgi('integration-edit', { path: `/${integration}`, cookie: admin }));
	assert.equal(post('integration-edit', `/${integration}`, admin, { on_known: 'join', name: 'Renamed', description: '',
		strategy: 'round_robin', assignee: user_id('sales@example.com'), forms_shown: form }).status, 303);
	assert.deepEqual(stack.sql(`SELECT name, strategy, assignee_id IS NULL FROM integration WHERE id = ${integration}`)[0],
		['Renamed', 'round_robin', '1']);
	assert.equal(stack.number(`SELECT is_left_out FROM lead_form WHERE meta_id = '${form}'`), 1);
	const page = cgi('integration', { path: `/${integration}`, cookie: admin });
	assert.match(page.body, /Changes saved\. They apply to leads from now on/);
	assert.match(page.body, /left out/);
	await assert_valid(page);
});

test('a marker planted in every text comes out escaped', async () => {
	const id = draft('choosing', { integration_id: integration });
	const page_id = stack.number('SELECT MIN(id) FROM page'), owner = stack.number('SELECT MIN(id) FROM integration_owner');

	stack.sql(`UPDATE integration SET name = ${planted}, description = ${planted} WHERE id > 0;` +
		` UPDATE page SET name = ${planted}, tasks = ${planted} WHERE id > 0;` +
		` UPDATE lead_form SET name = ${planted}, status = ${planted}, locale = ${planted} WHERE id > 0;` +
		` UPDATE connect_draft SET name = ${planted}, description = ${planted}, reason = 'login_refused', detail = ${planted},` +
		` meta_name = ${planted}, meta_user_id = ${planted}, scopes = ${planted} WHERE id > 0;` +
		` UPDATE draft_page SET name = ${planted}, tasks = ${planted}, detail = ${planted} WHERE draft_id > 0;` +
		` UPDATE integration_owner SET name = ${planted}, scopes = ${planted} WHERE id > 0;` +
		` UPDATE sync_run SET words = ${planted}, reason = ${planted} WHERE id > 0;` +
		` UPDATE app_user SET name = ${planted} WHERE id > 0;` +
		` INSERT INTO trouble (scope, subject_id, reason, integration_id, detail, code, subcode, since, seen_at) VALUES` +
		` ('page', ${page_id}, 'role_lost', ${integration}, ${planted}, 190, 492, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)),` +
		` ('owner', ${owner}, 'permission', ${integration}, ${planted}, 200, 0, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)),` +
		` ('integration', ${integration}, ${planted}, ${integration}, ${planted}, 0, 0, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)),` +
		` ('page', ${page_id}, 'not_subscribed', ${integration}, ${planted}, 0, 0, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)),` +
		` ('app', 0, 'callback_elsewhere', NULL, ${planted}, 0, 0, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`);
	const look = async (program, path, query = '') => {
		const answer = cgi(program, { path, query, cookie: root });

		assert.equal(answer.status, 200, `${program}${path} ${answer.log}`);
		assert.doesNotMatch(answer.body, /<i>/, program);
		assert.ok(answer.body.includes(escaped), program);
		await assert_valid(answer);
		return answer;
	};
	const cards = await look('integrations', '');
	assert.match(cards.body, /class="status err"[^]*Error[^]*Cause/);
	assert.match((await look('integration', `/${integration}`)).body, /Meta: 190 \/ 492/);
	for (const program of ['integration-edit', 'integration-reconnect', 'integration-delete'])
		await look(program, `/${integration}`);
	for (const step of ['facebook', 'listing', 'choosing', 'connecting', 'done']) {
		stack.sql(`UPDATE connect_draft SET step = '${step}' WHERE id = ${id}`);
		await look('integration-pages', `/${id}`);
	}
	stack.sql(`UPDATE connect_draft SET step = 'facebook', integration_id = NULL WHERE id = ${id}`);
	await look('integration-connect', '', `draft=${id}`);
	await look('integration-reconnect', `/${integration}`, `draft=${id}`);
	stack.sql(`DELETE FROM trouble WHERE subject_id >= 0 LIMIT 100; DELETE FROM connect_draft WHERE id > 0;` +
		` UPDATE integration SET name = 'Renamed' WHERE id = ${integration}`);
});

test('an error: Reconnect is the button, and goes to Facebook', () => {
	stack.sql("INSERT INTO trouble (scope, subject_id, reason, integration_id, since, seen_at) VALUES ('integration'," +
		` ${integration}, 'password_changed', ${integration}, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`);
	const cards = cgi('integrations', { cookie: admin });

	assert.match(cards.body, /Renamed stopped receiving leads/);
	assert.equal(cards.body.match(/stopped receiving leads/g).length, 1);
	assert.match(cards.body, /<a class="button" href="\/integration-reconnect\/\d+">Reconnect<\/a>/);
	const there = post('integration-reconnect', `/${integration}`, admin, {});
	assert.match(there.head.location, /\/dialog\/oauth\?/);
	post('integration-reconnect', `/${integration}`, admin, {});
	assert.equal(stack.number(`SELECT COUNT(*) FROM connect_draft WHERE integration_id = ${integration}`), 1);
});

test('delete: asks with numbers, keeps the leads, twice does no harm', async () => {
	const ask = cgi('integration-delete', { path: `/${integration}`, cookie: admin });

	assert.match(ask.body, /Delete <bdi>Renamed<\/bdi>\?[^]*New leads stop coming[^]*0 leads that came through it stay/);
	await assert_valid(ask);
	assert.equal(post('integration-delete', `/${integration}`, admin, {}).head.location, '/integrations');
	assert.match(cgi('integrations', { cookie: admin }).body, /Deleted: Renamed\. Its leads are still here/);
	assert.equal(post('integration-delete', `/${integration}`, admin, {}).head.location, '/integrations');
	assert.equal(stack.number('SELECT COUNT(*) FROM page'), 0);
	assert.equal(cgi('integration', { path: `/${integration}`, cookie: admin }).status, 404);
	assert.equal(cgi('integration-edit', { path: `/${integration}`, cookie: admin }).status, 404);
});
