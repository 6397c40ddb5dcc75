// Platform setup, diagnosis, test lead, overview, and Meta's callbacks: the
// real programs, each started as a plain CGI process.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createHmac } from 'node:crypto';
import { Stack, app_secret, breathe, until } from '../web.mjs';
import { cgi, use, log_in, post, assert_valid, marker } from './kit.mjs';

const app_id = '1234567890123';
const escaped = /&quot;&gt;&lt;i&gt;&#39;&amp;/;
const people = { superadmin: 'root@example.com', admin: 'admin@example.com', moderator: 'mod@example.com',
	member: 'sales@example.com' };
const cookies = { visitor: '' };
const fragment = { HTTP_HX_REQUEST: 'true' };
let stack, integration, form;

// No page may hold a secret, whoever looks.
function assert_no_secret(answer, secret = app_secret)
{
	assert.ok(!answer.body.includes(secret), 'a secret on a page');
	assert.doesNotMatch(answer.body, /SIM-SYSTEM-USER-TOKEN|EAA\w{20}/);
	assert.ok(!answer.log.includes(secret), 'a secret in the log');
}

before(async () => {
	stack = use(await Stack.up());
	stack.user(people.superadmin, 'superadmin', true, `Maeve ${marker}`);
	stack.user(people.admin, 'admin');
	stack.user(people.moderator, 'moderator');
	stack.user(people.member, 'member', true, 'Tomasz');
	for (const [role, email] of Object.entries(people))
		cookies[role] = log_in(email).cookie;
});
after(() => stack.down());

// ---- first start ------------------------------------------------------------------

test('first start: five steps, the addresses, nothing to check yet', async () => {
	const page = cgi('platform', { cookie: cookies.superadmin });

	assert.equal(page.status, 200, page.log);
	await assert_valid(page);
	assert.match(page.body, /<h1>Your own Meta app, in five steps\.<\/h1>/);
	for (const address of ['oauth-callback', 'webhook', 'deauthorize', 'data-deletion'])
		assert.ok(page.body.includes(`readonly value="${stack.base}/${address}"`), address);
	assert.match(page.body, /Capture &amp; manage ad leads with Marketing API/);
	assert.match(page.body, /<span class="mono quiet-text">leads_retrieval<\/span>/);
	assert.doesNotMatch(page.body, /Check again|Subscribe</);
	const checks = cgi('platform', { path: '/checks', cookie: cookies.superadmin, headers: fragment });
	assert.equal(checks.status, 200);
});

test('a wrong app ID is told beside its field; what was typed stays, but not the secret', async () => {
	for (const id of ['', 'not digits', marker, '1'.repeat(21)]) {
		const answer = post('platform', '/app', cookies.superadmin,
			{ app_id: id, secret: app_secret, config_id: '77' });

		assert.equal(answer.status, 422, `${id}: ${answer.log}`);
		assert.match(answer.body, /id="app-id"[^>]* aria-invalid="true"/);
		assert.match(answer.body, /class="fault" id="app-id-hint"/);
		assert.match(answer.body, /id="config-id"[^>]* value="77"/);
		assert.doesNotMatch(answer.body, /<i>/);
		assert_no_secret(answer);
		await assert_valid(answer);
	}
	assert.equal(stack.number("SELECT COUNT(*) FROM setting WHERE name = 'meta.app_id'"), 0);
});

test('ID and secret are kept, the secret sealed, and both verified at Meta', async () => {
	const saved = post('platform', '/app', cookies.superadmin, { app_id, secret: app_secret, config_id: '' });

	assert.equal(saved.status, 303, saved.log);
	assert.equal(saved.head.location, '/platform?checked=1');
	const sealed = stack.sql("SELECT value FROM setting WHERE name = 'meta.app_secret.sealed'")[0][0];
	assert.match(sealed, /^1\.[\w-]+$/);
	const page = cgi('platform', { query: 'checked=1', cookie: cookies.superadmin });
	assert.match(page.body, /Saved\./);
	assert.match(page.body, /<noscript><meta http-equiv="refresh" content="0;url=\?now=1"><\/noscript>/);
	assert.match(page.body, /placeholder="Stored and sealed"/);
	assert.ok(!page.body.includes(sealed));
	assert_no_secret(page);
	await assert_valid(page);
	const whole = cgi('platform', { query: 'now=1', cookie: cookies.superadmin });
	assert.equal(whole.status, 200, whole.log);
	assert.match(whole.body, /id="step2"><svg.*Verified<\/span>/);
	assert.match(whole.body, /\d of 5 (is|are) done\./);
	await assert_valid(whole);
	assert_no_secret(whole);
});

test('the page itself asks Meta nothing; its checks come as a fragment', async () => {
	const calls = JSON.stringify(await stack.ask_sim('/sim/calls'));
	const page = cgi('platform', { cookie: cookies.superadmin });

	assert.equal(JSON.stringify(await stack.ask_sim('/sim/calls')), calls);
	assert.match(page.body, /hx-get="\/platform\/checks" hx-trigger="load"/);
	const part = cgi('platform', { path: '/checks', cookie: cookies.superadmin, headers: fragment });
	assert.equal(part.status, 200, part.log);
	assert.notEqual(JSON.stringify(await stack.ask_sim('/sim/calls')), calls);
	assert.doesNotMatch(part.body, /<html/);
	assert.equal([...part.body.matchAll(/id="step\d" hx-swap-oob="true"/g)].length, 6);
	const loud = /<button type="submit" id="subscribe"( class="quiet")?( hx-swap-oob="true")?>Subscribe</;
	assert.equal(loud.exec(part.body)[2], ' hx-swap-oob="true"');
	assert_no_secret(part);
});

test('a wrong secret is found', () => {
	const wrong = 'f'.repeat(32);

	assert.equal(post('platform', '/app', cookies.superadmin, { app_id, secret: wrong, config_id: '' }).status, 303);
	const page = cgi('platform', { query: 'now=1', cookie: cookies.superadmin });
	assert.match(page.body, /id="step2"><svg.*Not right<\/span>/);
	assert_no_secret(page, wrong);
	assert.equal(post('platform', '/app', cookies.superadmin, { app_id, secret: app_secret, config_id: '' }).status, 303);
	// An empty secret keeps the one that is there.
	assert.equal(post('platform', '/app', cookies.superadmin, { app_id, secret: '', config_id: '' }).status, 303);
	assert.match(cgi('platform', { query: 'now=1', cookie: cookies.superadmin }).body,
		/id="step2"><svg.*Verified<\/span>/);
});

test('Check again, and the Graph version', async () => {
	const checked = post('platform', '/check', cookies.superadmin, {});
	const page = cgi('platform', { cookie: cookies.superadmin });
	const versions = [...page.body.matchAll(/<option value="(v[\d.]+)"/g)].map((m) => m[1]);

	assert.equal(checked.head.location, '/platform?checked=1');
	assert.ok(versions.length > 0);
	assert.equal(post('platform', '/version', cookies.superadmin, { graph_version: versions[0] }).status, 303);
	const wrong = post('platform', '/version', cookies.superadmin, { graph_version: 'v1.0' });
	assert.equal(wrong.status, 422, wrong.log);
	assert.match(wrong.body, /id="graph-version"[^>]* aria-invalid="true"/);
	await assert_valid(wrong);
});

// ---- the webhook --------------------------------------------------------------------

// Another installation takes the webhook of this app.
async function steal()
{
	const thief = createServer((request, answer) => {
		answer.end(new URL(request.url, 'http://x').searchParams.get('hub.challenge'));
	});

	await new Promise((done) => thief.listen(0, '127.0.0.1', done));
	const url = `http://127.0.0.1:${thief.address().port}/hook`;
	await breathe();
	const answer = await fetch(`${stack.sim}/graph/v26.0/${app_id}/subscriptions`, { method: 'POST',
		headers: { authorization: `Bearer ${app_id}|${app_secret}` },
		body: new URLSearchParams({ object: 'page', callback_url: url, fields: 'leadgen', verify_token: 'x' }) });
	const words = await answer.text();
	thief.close();
	assert.equal(answer.status, 200, words);
	return url;
}

test('subscribing: one click; taken from another address only when told to', async () => {
	const first = post('platform', '/subscribe', cookies.superadmin, {});

	assert.equal(first.status, 303, first.log);
	assert.match(cgi('platform', { cookie: cookies.superadmin }).body, /Subscribed\. Meta tells us of new leads\./);
	const elsewhere = await steal();
	const asked = post('platform', '/subscribe', cookies.superadmin, {});
	assert.equal(asked.status, 409, asked.log);
	assert.match(asked.body, /127\.0\.0\.1/);
	assert.match(asked.body, />Take it back</);
	await assert_valid(asked);
	assert.ok(cgi('platform', { path: '/checks', cookie: cookies.superadmin, headers: fragment })
		.body.includes(elsewhere));
	assert.equal(post('platform', '/subscribe', cookies.superadmin, { take_over: '1' }).status, 303);
	assert.match(cgi('platform', { query: 'now=1', cookie: cookies.superadmin }).body,
		/id="step4"><svg.*Subscribed<\/span>/);
});

// ---- connected ------------------------------------------------------------------------

test('overview: figures of today, and what waits', async () => {
	stack.connect('user', '--assignee', people.member);
	integration = stack.number('SELECT MAX(id) FROM integration');
	form = '447333180259101';
	await stack.ask_sim('/sim/leads', { form, platform: 'fb', values: { full_name: 'Ann', email: 'ann@example.com' } });
	stack.simulator('deliver');
	await stack.work();
	// The one of this call has left; the one that the delivery started stays.
	await until('a worker is seen', () => stack.number('SELECT COUNT(*) FROM worker') > 0);
	const page = cgi('moderation', { cookie: cookies.moderator });

	assert.equal(page.status, 200, page.log);
	assert.match(page.body, /Leads today<\/dt><dd><b>1<\/b>/);
	assert.match(page.body, /Last seen \d+ s ago\./);
	assert.match(page.body, /Every lead has somebody/);
	await assert_valid(page);
	stack.sql('UPDATE `lead` SET assignee_id = NULL WHERE id > 0');
	assert.match(cgi('moderation', { cookie: cookies.moderator }).body, /1 lead has nobody yet\.[\s\S]*The timeline tells why: <a href="\/leads\?assignee=0">1</);
	stack.sql("UPDATE `lead` SET nobody_why = 'pool' WHERE id > 0");
	const why = cgi('moderation', { cookie: cookies.moderator });
	assert.match(why.body, /No active person in Round Robin: <a href="\/leads\?assignee=0&amp;nobody=pool">1<\/a>, <a href="\/leads\/select\?assignee=0&amp;nobody=pool">Assign these<\/a>, <a href="\/integrations">Change the rule/);
	await assert_valid(why);
});

test('diagnosis: the page at once, its result as a fragment or in place', async () => {
	for (const path of ['', `/${integration}`]) {
		const page = cgi('integration-doctor', { path, cookie: cookies.moderator });

		assert.equal(page.status, 200, page.log);
		assert.match(page.body, new RegExp(`hx-get="/integration-doctor${path}/run" hx-trigger="load"`));
		assert.match(page.body, /<noscript><meta http-equiv="refresh" content="0;url=\?now=1"><\/noscript>/);
		await assert_valid(page);
		const part = cgi('integration-doctor', { path: `${path}/run`, cookie: cookies.moderator, headers: fragment });
		assert.equal(part.status, 200, part.log);
		assert.doesNotMatch(part.body, /<html/);
		assert.match(part.body, /\d+ checks took [\d.]+ m?s\. \d+ passed\./);
		const whole = cgi('integration-doctor', { path, query: 'now=1', cookie: cookies.moderator });
		assert.match(whole.body, /<textarea id="report" readonly/);
		await assert_valid(whole);
		assert_no_secret(whole);
		// The SuperAdmin's ways are not a Moderator's.
		assert.doesNotMatch(whole.body, /href="\/platform"|integration-reconnect/);
	}
	assert.equal(cgi('integration-doctor', { path: '/99999', cookie: cookies.moderator }).status, 404);
	assert.equal(cgi('integration-doctor', { path: '/x', cookie: cookies.moderator }).status, 400);
});

test('diagnosis: a database that does not wait for its disk is a warning, here and on the command line', async () => {
	// It exits with 1 when a check fails.
	const found = () => JSON.parse(stack.run(['sh', '-c', `${stack.home}/bin/leadport doctor --json || :`]))
		.find(({ id }) => id === 'durable');
	const page = () => cgi('integration-doctor', { query: 'now=1', cookie: cookies.moderator });

	assert.deepEqual([found().state, found().aside], ['pass', '']);
	try {
		stack.sql('SET GLOBAL innodb_flush_log_at_trx_commit = 2');
		const check = found(), shown = page();

		assert.equal(check.state, 'warn');
		assert.match(check.words, /innodb_flush_log_at_trx_commit is 2[^]*Set it to 1/);
		assert.match(shown.body, /The database does not wait for its disk[^]*Set it to 1/);
		await assert_valid(shown);
		stack.sql('SET GLOBAL innodb_flush_log_at_trx_commit = 0');
		assert.match(found().words, /commit is 0/);
		stack.sql('SET GLOBAL innodb_flush_log_at_trx_commit = 3');
		assert.equal(found().state, 'pass', '3 waits as 1 does');
	} finally {
		stack.sql('SET GLOBAL innodb_flush_log_at_trx_commit = 1');
	}
});

test('diagnosis: failures speak first', async () => {
	await steal();
	const page = cgi('integration-doctor', { path: `/${integration}`, query: 'now=1', cookie: cookies.superadmin });

	assert.match(page.body, /<h1>\d+ things? to fix/);
	assert.ok(page.body.indexOf('Failed: ') < page.body.indexOf('Passed: '));
	assert.match(page.body, /class="button" href="\/platform#s4"/);
	await assert_valid(page);
	assert.equal(post('platform', '/subscribe', cookies.superadmin, { take_over: '1' }).status, 303);
});

test('test lead: made, watched step by step, asked about when there is one, removed', async () => {
	const choice = cgi('integration-test', { path: `/${integration}`, cookie: cookies.admin });

	assert.equal(choice.status, 200, choice.log);
	assert.ok(choice.body.includes(`<option value="${form}"`));
	await assert_valid(choice);
	const looked = cgi('integration-test', { path: `/${integration}`, cookie: cookies.moderator });
	assert.equal(looked.status, 200);
	assert.doesNotMatch(looked.body, /Send a test lead<\/button>/);

	const made = post('integration-test', '/make', cookies.admin, { integration, form });
	assert.equal(made.status, 303, made.log);
	const id = /^\/integration-test\/run\/(\d+)$/.exec(made.head.location)[1];
	const run = cgi('integration-test', { path: `/run/${id}`, cookie: cookies.moderator });
	assert.match(run.body, /<h1><bdi>Test lead on its way<\/bdi><\/h1>/);
	assert.match(run.body, /<noscript><meta http-equiv="refresh" content="2;url=\?"><\/noscript>/);
	assert.doesNotMatch(run.body, /Remove it/);
	await assert_valid(run);
	const seen = /look\/\d+\?seen=(\d+)"/.exec(run.body)[1];
	assert.equal(cgi('integration-test', { path: `/look/${id}`, query: `seen=${seen}`, cookie: cookies.admin,
		headers: fragment }).status, 204);

	stack.simulator('deliver');
	await stack.work();
	const end = cgi('integration-test', { path: `/look/${id}`, query: `seen=${seen}`, cookie: cookies.admin,
		headers: fragment });
	assert.equal(end.status, 286, end.log);
	assert.match(end.body, /<h1><bdi>Works\. [\d.]+ \w+ from Meta to Tomasz\.<\/bdi><\/h1>/);
	assert.equal([...end.body.split('<ol class="passage">')[1].matchAll(/<li class="done">/g)].length, 5);
	assert.doesNotMatch(end.body, /hx-get/);
	await assert_valid(cgi('integration-test', { path: `/run/${id}`, cookie: cookies.admin }));

	const again = post('integration-test', '/make', cookies.admin, { integration, form });
	assert.equal(again.status, 409, again.log);
	assert.match(again.body, /Replace the old one\?/);
	await assert_valid(again);
	const replaced = post('integration-test', '/make', cookies.admin, { integration, form, replace: '1' });
	assert.equal(replaced.status, 303, replaced.log);
	const second = /(\d+)$/.exec(replaced.head.location)[1];
	assert.equal(post('integration-test', '/fetch', cookies.admin, { id: second }).status, 303);
	assert.equal(post('integration-test', '/remove', cookies.admin, { id: second }).head.location,
		`/integration/${integration}`);

	for (const unknown of ['', 'x', '999'])
		assert.equal(post('integration-test', '/make', cookies.admin, { integration, form: unknown }).status, 422);
	assert.equal(post('integration-test', '/make', cookies.admin, { integration: '99999', form }).status, 404);
	assert.equal(cgi('integration-test', { path: '/run/99999', cookie: cookies.admin }).status, 404);
});

test('test lead: what is told when the webhook does not come', async () => {
	stack.sql('INSERT INTO test_run (integration_id, page_meta_id, form_meta_id, leadgen_id, asked_at, created_at)' +
		` SELECT ${integration}, p.meta_id, '${form}', '900000000000001', UTC_TIMESTAMP(3) - INTERVAL 31 SECOND,` +
		' UTC_TIMESTAMP(3) - INTERVAL 30 SECOND FROM page p JOIN lead_form f ON f.page_id = p.id' +
		` WHERE f.meta_id = '${form}'`);
	const id = stack.number('SELECT MAX(id) FROM test_run');
	const look = () => cgi('integration-test', { path: `/run/${id}`, cookie: cookies.admin });

	assert.match(look().body, /Meta usually needs 2 to 10 s\. Still waiting\./);
	assert.doesNotMatch(look().body, /Fetch it by sync/);
	stack.sql(`UPDATE test_run SET created_at = UTC_TIMESTAMP(3) - INTERVAL 150 SECOND WHERE id = ${id}`);
	const lost = look();
	assert.match(lost.body, /<li class="fail"><b>Webhook received/);
	assert.match(lost.body, /Meta made the lead but did not send it\./);
	assert.match(lost.body, />Fetch it by sync</);
	assert.match(lost.body, new RegExp(`href="/integration-doctor/${integration}">Diagnose`));
	await assert_valid(lost);
	assert.doesNotMatch(cgi('integration-test', { path: `/run/${id}`, cookie: cookies.moderator }).body, /Fetch it/);
});

test('a marker planted in every text comes out escaped', async () => {
	const quoted = marker.replaceAll("'", "''");

	stack.sql(`UPDATE integration SET name = '${quoted}', description = '${quoted}' WHERE id > 0;` +
		` UPDATE page SET name = '${quoted}' WHERE id > 0; UPDATE lead_form SET name = '${quoted}' WHERE id > 0;` +
		' INSERT INTO trouble (scope, subject_id, reason, integration_id, detail, since, seen_at) VALUES' +
		` ('app', 0, 'callback_elsewhere', NULL, '${quoted}', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`);
	const run = stack.number('SELECT MAX(id) FROM test_run');

	for (const [program, path, query] of [['moderation', '', ''], ['platform', '', ''],
		['integration-doctor', `/${integration}`, 'now=1'], ['integration-test', `/${integration}`, ''],
		['integration-test', `/run/${run}`, '']]) {
		const answer = cgi(program, { path, query, cookie: cookies.superadmin });

		assert.equal(answer.status, 200, answer.log);
		assert.doesNotMatch(answer.body, /<i>/, program);
		assert.match(answer.body, escaped, program);
		await assert_valid(answer);
	}
	stack.sql("DELETE FROM trouble WHERE scope = 'app' AND subject_id = 0 AND reason = 'callback_elsewhere'");
});

// ---- Meta's callbacks ---------------------------------------------------------------------

function signed(payload, secret = app_secret)
{
	const body = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)).toString('base64url');

	return `${createHmac('sha256', secret).update(body).digest('base64url')}.${body}`;
}

function send(program, request, more = '')
{
	return cgi(program, { method: 'POST', body: new URLSearchParams({ signed_request: request }).toString() + more });
}

test('signed requests: a good one is taken, everything else refused', () => {
	const person = { algorithm: 'HMAC-SHA256', issued_at: 1790000000, user_id: '218471' };
	const good = '2GvnSP_aY6zr-wNgj137CwUax1a8UzKAZZqlm1HqEBw.' +
		'eyJ1c2VyX2lkIjoiMjE4NDcxIiwiYWxnb3JpdGhtIjoiSE1BQy1TSEEyNTYiLCJpc3N1ZWRfYXQiOjEyOTE4MzY4MDB9';
	const bad = [
		[signed(person, 'e'.repeat(32)), 403],
		[good.replace('2Gvn', '3Gvn'), 403],
		[good.replace(/9$/, '8'), 403],
		[signed({ ...person, algorithm: 'none' }), 400],
		[signed({ ...person, user_id: undefined }), 400],
		[signed({ ...person, user_id: '../x' }), 400],
		[signed('not json'), 400],
		['', 400], ['x', 400], ['a.b.c', 400], ['!!.??', 400], [`${good}.`, 400],
	];

	for (const program of ['deauthorize', 'data-deletion']) {
		for (const request of [good, signed(person), signed({ ...person, user_id: '0' })]) {
			const answer = send(program, request);

			assert.equal(answer.status, 200, `${program} ${answer.log}`);
		}
		for (const [request, status] of bad)
			assert.equal(send(program, request).status, status, `${program} ${request}`);
		assert.equal(send(program, good, `&signed_request=${good}`).status, 400, 'twice');
		assert.equal(cgi(program, { method: 'POST', body: '' }).status, 400);
		assert.equal(cgi(program, { method: 'POST', body: 'x'.repeat(70000) }).status, 413);
		assert.equal(cgi(program, {}).status, 405);
	}
});

test('data deletion: an address where anybody can look, and nothing about the person', async () => {
	const answer = send('data-deletion', signed({ algorithm: 'HMAC-SHA256', issued_at: 1790000000, user_id: '555001' }));
	const { url, confirmation_code } = JSON.parse(answer.body);

	assert.match(answer.head['content-type'], /^application\/json/);
	assert.match(confirmation_code, /^[A-Za-z0-9]{8,32}$/);
	assert.equal(url, `${stack.base}/data-deletion/${confirmation_code}`);
	const page = cgi('data-deletion', { path: `/${confirmation_code}` });
	assert.equal(page.status, 200, page.log);
	assert.match(page.body, /(Done|Received) on <time/);
	assert.doesNotMatch(page.body, /555001|<nav/);
	await assert_valid(page);
	for (const code of ['unknown', '%22%3E%3Ci%3E', 'x'.repeat(200)]) {
		const none = cgi('data-deletion', { path: `/${code}` });

		assert.equal(none.status, 404, code);
		assert.match(none.body, /This code is not known\./);
		assert.doesNotMatch(none.body, /<i>/);
		await assert_valid(none);
	}
});

test('deauthorize: the integrations of that person stop', () => {
	stack.sql("UPDATE integration_owner SET meta_user_id = '777001' WHERE id > 0");
	assert.equal(send('deauthorize', signed({ algorithm: 'HMAC-SHA256', issued_at: 1790000000, user_id: '777001' })).status, 200);
	assert.ok(stack.number("SELECT COUNT(*) FROM trouble WHERE reason = 'app_removed'") > 0);
	const page = cgi('moderation', { cookie: cookies.admin });
	assert.match(page.body, /Leadport removed at Facebook/);
	assert.match(page.body, new RegExp(`href="/integration-reconnect/${integration}"`));
});
