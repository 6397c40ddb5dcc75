// The real programs, each started as a plain CGI process.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { Stack, password, app_secret } from '../web.mjs';
import { cgi, use, log_in, token_of, assert_valid, marker } from './kit.mjs';

const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'";
let stack, lead;

before(async () => {
	stack = use(await Stack.up({ limits: 'session_idle_minutes = 30' }));
	stack.user('root@example.com', 'superadmin', true, `Maeve ${marker}`);
	stack.user('mod@example.com', 'moderator');
	stack.user('sales@example.com', 'member', true, 'Tomasz');
	stack.user('plain@example.com', 'member');
	stack.connect('user', '--assignee', 'sales@example.com');
	await stack.ask_sim('/sim/leads', { form: '447333180259101', platform: 'ig', values: {
		full_name: `Ann ${marker}`, email: 'ann@example.com', phone_number: '+353209110187',
		which_treatment: `none ${marker}` } });
	stack.simulator('deliver');
	await stack.work();
	lead = stack.number('SELECT MAX(id) FROM `lead`');
});
after(() => stack.down());

test('every page carries the protective headers', async () => {
	const { cookie } = log_in('root@example.com');

	for (const [program, path] of [['login', ''], ['leads', ''], ['lead', `/${lead}`], ['lead', '/99999']]) {
		const answer = cgi(program, { path, cookie: program === 'login' ? '' : cookie });

		assert.ok(answer.head['content-security-policy'].startsWith(csp), program);
		assert.match(answer.head['content-security-policy'], /base-uri 'none'; frame-ancestors 'none'$/);
		assert.equal(answer.head['x-content-type-options'], 'nosniff');
		assert.equal(answer.head['referrer-policy'], 'no-referrer');
		assert.equal(answer.head['cache-control'], 'no-store');
		await assert_valid(answer);
		assert.doesNotMatch(answer.body, /<script>|style=|onclick=/);
	}
});

test('the session cookie is HttpOnly and SameSite, and changes at login', () => {
	const before = token_of(cgi('login', {}));
	const answer = log_in('root@example.com');

	assert.equal(answer.status, 303);
	assert.equal(answer.head.location, '/leads');
	assert.match(answer.head['set-cookie'], /^leadport=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
	assert.notEqual(answer.cookie, before.cookie);
});

test('under https the cookie is __Host- and Secure', () => {
	const conf = `${stack.state}/leadport/https.conf`;

	stack.run(['sh', '-c', `sed 's|base_url = http:|base_url = https:|' ${stack.home}/leadport.conf >${conf} && chmod 600 ${conf}`]);
	const answer = cgi('login', { env: { LEADPORT_CONF: conf } });
	assert.match(answer.head['set-cookie'], /^__Host-leadport=v\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
	assert.match(answer.head['strict-transport-security'], /max-age/);
});

test('wrong password and unknown address get the same answer', async () => {
	const wrong = log_in('root@example.com', 'not the password');
	const unknown = log_in('nobody@example.com', 'not the password');

	assert.equal(wrong.status, 401);
	assert.equal(unknown.status, 401);
	assert.match(wrong.body, /E-mail or password is not right\./);
	assert.match(wrong.body, /value="root@example.com"/);
	assert.equal(wrong.body.replace(/root@|nobody@|value="[0-9a-f]{64}"/g, ''),
		unknown.body.replace(/root@|nobody@|value="[0-9a-f]{64}"/g, ''));
	await assert_valid(wrong);
});

test('the time of an answer does not tell whether an account exists', () => {
	const { cookie, csrf } = token_of(cgi('login', {}));
	const fastest = { 'root@example.com': Infinity, 'nobody@example.com': Infinity };
	const near = ([a, b]) => a < 1.4 * b && b < 1.4 * a;

	// Twice the work never comes near, however often a busy machine is asked.
	for (let i = 0; i < 40 && (i < 4 || !near(Object.values(fastest))); i++)
		for (const email of Object.keys(fastest)) {
			const began = performance.now();
			const answer = cgi('login', { method: 'POST', cookie, env: { REMOTE_ADDR: `192.0.2.${i}` },
				body: new URLSearchParams({ csrf, email, password: 'not the password', to: '' }).toString() });

			assert.equal(answer.status, 401);
			fastest[email] = Math.min(fastest[email], performance.now() - began);
		}
	assert.ok(near(Object.values(fastest)), JSON.stringify(fastest));
	stack.sql('DELETE FROM login_attempt WHERE id > 0');
});

test('logging in anew ends the session that the browser had', () => {
	const { cookie } = log_in('mod@example.com');
	const csrf = /name="csrf" value="([^"]*)"/.exec(cgi('leads', { cookie }).body)[1];
	const answer = cgi('login', { method: 'POST', cookie, body: new URLSearchParams({ csrf,
		email: 'sales@example.com', password, to: '' }).toString() });

	assert.equal(answer.status, 303);
	assert.equal(cgi('leads', { cookie }).status, 303);
	assert.equal(cgi('leads', { cookie: answer.head['set-cookie'].split(';')[0] }).status, 200);
});

test('guessing is slowed down, for this account from this address only', () => {
	for (let i = 0; i < 5; i++)
		log_in('mod@example.com', 'not the password');
	const slowed = log_in('mod@example.com');

	assert.equal(slowed.status, 429);
	assert.match(slowed.body, /Too many tries\. Go on at \d\d:\d\d/);
	assert.equal(log_in('sales@example.com').status, 303);
	stack.sql('DELETE FROM login_attempt WHERE id > 0');
	assert.equal(log_in('mod@example.com').status, 303);
});

test('a POST without its csrf value changes nothing', () => {
	const { cookie } = log_in('root@example.com');

	for (const body of ['', 'csrf=wrong', `csrf=${'0'.repeat(64)}`]) {
		const answer = cgi('logout', { method: 'POST', cookie, body });

		assert.equal(answer.status, 403);
		assert.match(answer.body, /open too long/);
	}
	assert.equal(cgi('leads', { cookie }).status, 200);
});

test('logout ends the session at once', () => {
	const { cookie } = log_in('root@example.com');
	const csrf = /name="csrf" value="([^"]*)"/.exec(cgi('leads', { cookie }).body)[1];
	const out = cgi('logout', { method: 'POST', cookie, body: `csrf=${csrf}` });

	assert.equal(out.status, 303);
	assert.equal(out.head.location, '/login?out=1');
	assert.match(out.head['set-cookie'], /Max-Age=0/);
	assert.equal(cgi('leads', { cookie }).status, 303);
	assert.match(cgi('login', { query: 'out=1' }).body, /You are logged out\./);
});

test('a visitor is sent to the login page, and back', () => {
	const sent = cgi('lead', { path: `/${lead}` });

	assert.equal(sent.status, 303);
	assert.equal(sent.head.location, `/login?to=%2Flead%2F${lead}`);
	const { cookie, csrf } = token_of(cgi('login', { query: `to=%2Flead%2F${lead}` }));
	const answer = cgi('login', { method: 'POST', cookie, body: new URLSearchParams({ csrf,
		email: 'root@example.com', password, to: `/lead/${lead}` }).toString() });
	assert.equal(answer.head.location, `/lead/${lead}`);
	const evil = cgi('login', { method: 'POST', cookie, body: new URLSearchParams({ csrf,
		email: 'root@example.com', password, to: '//evil.example/' }).toString() });
	assert.equal(evil.head.location, '/leads');
});

test('an ended session says so; a deactivated person is out at once', () => {
	const { cookie } = log_in('plain@example.com');

	assert.equal(cgi('leads', { cookie }).status, 200);
	stack.sql("UPDATE login_session SET seen_at = '2020-01-01' WHERE id > 0");
	const sent = cgi('leads', { cookie });
	assert.equal(sent.head.location, '/login?to=%2Fleads&ended=1');
	const again = log_in('plain@example.com').cookie;
	stack.leadport(['user', 'set', 'plain@example.com', '--active', 'no']);
	assert.equal(cgi('leads', { cookie: again }).status, 303);
	assert.equal(log_in('plain@example.com').status, 401);
	stack.leadport(['user', 'set', 'plain@example.com', '--active', 'yes']);
});

test('roles: who sees which lead', () => {
	const table = [['root@example.com', 200, true], ['mod@example.com', 200, false],
		['sales@example.com', 200, false], ['plain@example.com', 403, false]];

	for (const [email, status, raw] of table) {
		const { cookie } = log_in(email);
		const answer = cgi('lead', { path: `/${lead}`, cookie });

		assert.equal(answer.status, status, email);
		assert.equal(/As Meta sent it/.test(answer.body), raw, email);
		assert.equal(/class="chip">Mine/.test(cgi('leads', { cookie }).body), status === 403, email);
	}
	const { cookie } = log_in('plain@example.com');
	assert.match(cgi('leads', { cookie }).body, /No leads yet/);
	assert.match(cgi('lead', { path: `/${lead}`, cookie }).body, /You cannot open this page/);
});

test('a marker planted in every text comes out escaped', async () => {
	const { cookie } = log_in('root@example.com');

	stack.sql("UPDATE `lead` SET first_name = name, company = name, job_title = name, street = name, city = name," +
		' state = name, post_code = name, country = name, phone = name WHERE id = ' + lead + ';' +
		' UPDATE submission SET page_name = form_name, ad_name = campaign_name WHERE id > 0;' +
		" UPDATE submission SET form_name = '\"><i>\\'&', page_name = '\"><i>\\'&', campaign_name = '\"><i>\\'&'," +
		" adset_name = '\"><i>\\'&', ad_name = '\"><i>\\'&', platform = 'x><i>' WHERE id > 0;" +
		" UPDATE lead_event SET words = '\"><i>\\'&', why = '[{\"mark\":\"ok\",\"words\":\"\\\\\"><i>\\'&\"}]' WHERE id > 0;" +
		" INSERT INTO lead_tag (lead_id, tag) VALUES (" + lead + ", '\"><i>\\'&')");
	for (const answer of [cgi('leads', { cookie }), cgi('lead', { path: `/${lead}`, cookie }),
		cgi('leads', { path: '/list', cookie, headers: { HTTP_HX_REQUEST: 'true' } })]) {
		assert.equal(answer.status, 200, answer.log);
		assert.doesNotMatch(answer.body, /<i>/);
		assert.match(answer.body, /&quot;&gt;&lt;i&gt;&#39;&amp;/);
	}
	await assert_valid(cgi('lead', { path: `/${lead}`, cookie }));
});

test('bad requests have their own status and lose nothing', () => {
	const { cookie } = log_in('root@example.com');
	const cases = [
		['leads', { cookie, method: 'DELETE' }, 405],
		['leads', { cookie, method: 'POST', body: 'a=1' }, 405],
		['logout', { cookie }, 405],
		['leads', { cookie, path: '/nothing' }, 404],
		['lead', { cookie, path: '/0' }, 400],
		['lead', { cookie, path: '/x' }, 400],
		['lead', { cookie, path: '/9223372036854775808' }, 400],
		['lead', { cookie, path: '/1/2' }, 404],
		['lead', { cookie, path: `/%3${lead}` }, 400],
		['leads', { cookie, query: 'before=x' }, 400],
		['leads', { cookie, query: 'before=1-1&before=1-1' }, 400],
		['leads', { cookie, query: 'unknown=1' }, 400],
		['leads', { cookie, query: `before=${'9'.repeat(20000)}` }, 413],
		['login', { method: 'POST', body: 'x'.repeat(70000) }, 413],
		['login', { method: 'POST', body: 'abc', env: { CONTENT_LENGTH: '4' } }, 400],
		['login', { method: 'POST', body: 'abc', env: { CONTENT_LENGTH: '' } }, 411],
		['login', { method: 'POST', body: 'abc', env: { CONTENT_LENGTH: '-3' } }, 400],
		['login', { method: 'BREW' }, 405],
	];

	for (const [program, request, status] of cases)
		assert.equal(cgi(program, request).status, status, `${program} ${JSON.stringify(request).slice(0, 90)}`);
});

test('a person who answers 200 times at length is still one page', async () => {
	const { cookie } = log_in('root@example.com');
	const id = stack.number("INSERT INTO `lead` (name, source, created_at, latest_at) VALUES ('Many', 'manual'," +
		" NOW(3), NOW(3)); SELECT LAST_INSERT_ID()");

	stack.sql('INSERT INTO submission (leadgen_id, lead_id, answers, raw, imported_at) SELECT CONCAT(9000, seq), ' + id +
		`, CONCAT('[{"key":"k","question":"Question ', seq, '","type":null,"value":"', REPEAT('\\\\u003c', 10000), '"}]'),` +
		" CONCAT('{\"a\":\"', REPEAT('<', 80000), '\"}'), NOW(3) FROM seq_1_to_200");
	const page = cgi('lead', { path: `/${id}`, cookie });

	assert.equal(page.status, 200, page.log);
	assert.match(page.body, /Question 200</);
	assert.match(page.body, /too long to show here/);
	assert.match(page.body, /As Meta sent it/);
	await assert_valid(page);
	stack.sql(`DELETE FROM submission WHERE lead_id = ${id}; DELETE FROM \`lead\` WHERE id = ${id}`);
});

test('paging by key goes down and up again', () => {
	const { cookie } = log_in('root@example.com');

	stack.sql("INSERT INTO `lead` (name, source, created_at, latest_at) SELECT CONCAT('P', seq), 'manual'," +
		" '2026-01-01' + INTERVAL seq DIV 3 SECOND, '2026-01-01' + INTERVAL seq DIV 3 SECOND FROM seq_1_to_120");
	stack.leadport(['reindex']);
	const names = (answer) => [...answer.body.matchAll(/class="name"[^>]*><bdi>(P\d+)/g)].map((m) => m[1]);
	const way = (answer, rel) => new RegExp(`href="/leads\\?([^"]*)" rel="${rel}"`).exec(answer.body)?.[1];
	const first = cgi('leads', { cookie });
	const second = cgi('leads', { cookie, query: way(first, 'next') });
	const third = cgi('leads', { cookie, query: way(second, 'next') });

	assert.equal(way(first, 'prev'), undefined);
	assert.equal(way(third, 'next'), undefined);
	const all = [...names(first), ...names(second), ...names(third)];
	assert.equal(all.length, 120);
	assert.equal(new Set(all).size, 120);
	const back = cgi('leads', { cookie, query: way(third, 'prev') });
	assert.deepEqual(names(back), names(second));
	stack.sql("DELETE FROM lead_facet WHERE kind <> '' AND lead_id IN (SELECT id FROM `lead` WHERE source = 'manual');" +
		" DELETE FROM `lead` WHERE id > 0 AND source = 'manual'");
});

test('webhook: challenge as text, signature before JSON', () => {
	const verify = /Verify token\s+(\S+)/.exec(stack.leadport(['app', 'show']))[1];
	const good = cgi('webhook', { query: `hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${verify}&x=y` });
	const sign = (body) => ({ HTTP_X_HUB_SIGNATURE_256:
		`sha256=${createHmac('sha256', app_secret).update(body).digest('hex')}` });

	assert.equal(good.status, 200);
	assert.equal(good.body, '1158201444');
	assert.match(good.head['content-type'], /^text\/plain/);
	assert.equal(cgi('webhook', { query: 'hub.mode=subscribe&hub.challenge=1&hub.verify_token=no' }).status, 403);
	assert.equal(cgi('webhook', { query: `hub.challenge=1&hub.verify_token=${verify}` }).status, 403);
	assert.equal(cgi('webhook', { query: `hub.mode=subscribe&hub.challenge=%0a&hub.verify_token=${verify}` }).status, 400);
	assert.equal(cgi('webhook', { method: 'POST', body: 'not json' }).status, 401);
	assert.equal(cgi('webhook', { method: 'POST', body: 'not json', headers: sign('not json') }).status, 400);
	assert.equal(cgi('webhook', { method: 'POST', body: '{}', headers: sign('{}') }).status, 200);
	assert.equal(cgi('webhook', { method: 'DELETE' }).status, 405);
});

test('setup: one link makes one SuperAdmin', async () => {
	const fresh = await Stack.up();
	const old = stack;

	try {
		stack = use(fresh);
		const first = /key=(\S+)/.exec(fresh.leadport(['init']))[1];
		const key = /key=(\S+)/.exec(fresh.leadport(['init']))[1];
		const post = (fields) => {
			const { cookie, csrf } = token_of(cgi('login', {}));
			return cgi('setup', { method: 'POST', cookie, body: new URLSearchParams({ csrf, key,
				name: 'Maeve', email: 'maeve@example.com', password, zone: 'Europe/Dublin', ...fields }).toString() });
		};

		assert.equal(cgi('setup', { query: `key=${first}` }).status, 404);
		await assert_valid(cgi('setup', { query: `key=${key}` }));
		for (const [fields, words] of [[{ password: 'short' }, /12 characters or more/],
			[{ email: 'maeve' }, /Enter an e-mail address/], [{ name: '' }, /Fill in this field/],
			[{ zone: 'Nowhere' }, /not known/]]) {
			const again = post(fields);

			assert.equal(again.status, 422);
			assert.match(again.body, words);
			await assert_valid(again);
		}
		const made = post({});
		assert.equal(made.status, 303, made.log);
		const page = cgi('leads', { cookie: made.head['set-cookie'].split(';')[0] });
		assert.match(page.body, /You are SuperAdmin of this/);
		assert.equal(post({ email: 'second@example.com' }).status, 409);
		assert.equal(fresh.number("SELECT COUNT(*) FROM app_user WHERE role = 'superadmin'"), 1);
	} finally {
		stack = use(old);
		fresh.down();
	}
});

test('start: a wrong configuration or key refuses, and says where', () => {
	const broken = `${stack.home}/broken.conf`;

	stack.run(['sh', '-c', `sed 's|^name =|nam =|' ${stack.home}/leadport.conf >${broken} && chmod 600 ${broken}`]);
	assert.match(cgi('login', { env: { LEADPORT_CONF: broken } }).log, /broken\.conf:\d+: unknown key nam/);
	stack.run(['sh', '-c', `mkdir -p ${stack.state}/nokey && cp ${stack.home}/leadport.conf ${stack.state}/nokey/ && chmod 600 ${stack.state}/nokey/leadport.conf`]);
	const nokey = cgi('login', { env: { LEADPORT_CONF: `${stack.state}/nokey/leadport.conf` } });
	assert.match(nokey.log, /nokey\/key: .*leadport init/);
	assert.equal(nokey.body, '');
});

test('without the database: 503 with a reference, and nothing is acknowledged', () => {
	const body = '{"object":"page","entry":[]}';
	const { cookie } = log_in('root@example.com');

	stack.script('db.sh', 'stop', `${stack.state}/db`);
	try {
		const page = cgi('leads', { cookie });
		const hook = cgi('webhook', { method: 'POST', body, headers: { HTTP_X_HUB_SIGNATURE_256:
			`sha256=${createHmac('sha256', app_secret).update(body).digest('hex')}` } });

		assert.equal(page.status, 503);
		assert.match(page.body, /The database does not answer/);
		const reference = /reference <span class="mono">(\w{6})</.exec(page.body)[1];
		assert.match(page.log, new RegExp(`r=${reference}.*503`));
		assert.equal(hook.status, 503);
	} finally {
		stack.script('db.sh', 'start', `${stack.state}/db`);
	}
});
