// Who did what, and whether a change of it shows.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { Stack } from '../web.mjs';
import { cgi, use, log_in, post, assert_valid, marker } from './kit.mjs';

let stack, root, tomasz;
const page = (query = '', cookie = root) => cgi('audit', { cookie, query });
const numbers = (body) => [...body.matchAll(/<tr><td class="c-extra n">(\d+)<\/td>/g)].map((found) => Number(found[1]));
const check = () => {
	assert.equal(post('audit', '/check', root, {}).status, 303);
	return page().body;
};

before(async () => {
	stack = use(await Stack.up());
	stack.user('root@example.com', 'superadmin', true, `Maeve ${marker}`);
	stack.user('moderator@example.com', 'moderator', true, 'Aoife');
	stack.user('sales@example.com', 'member', true, 'Tomasz');
	root = log_in('root@example.com').cookie;
	tomasz = stack.number("SELECT id FROM app_user WHERE email = 'sales@example.com'");
});
after(() => stack.down());

test('accounts made on the server are told; names of any kind are safe', async () => {
	assert.match(page().body, /The system[\s\S]*Made sales@example\.com Member, with Lead Management[\s\S]*Made root@example\.com SuperAdmin, with Lead Management<\/bdi><span class="sub">user\.add, user 1</);
	stack.leadport(['user', 'set', 'sales@example.com', '--role', 'moderator']);
	assert.match(page().body, /Made sales@example\.com Moderator/);
	assert.match(page().body, /<td class="c-who mono">this machine/);
	stack.user(`${'x'.repeat(60)}'&@example.com`);
	await assert_valid(page());
	assert.doesNotMatch(page().body, /"><i>/);
});

test('by person, and page by page without loss', () => {
	const at = stack.number('SELECT id FROM audit_head');
	const leave = Array.from({ length: 60 }, () => ['user', 'set', 'sales@example.com', '--active', 'yes']);

	leave.forEach((words) => stack.leadport(words));
	const first = page(), older = /href="\/audit\?(before=\d+)" rel="next"/.exec(first.body)[1];

	assert.deepEqual([...numbers(first.body), ...numbers(page(older).body)],
		Array.from({ length: at + 60 }, (_, i) => at + 60 - i));
	assert.match(page(`user=${tomasz}`).body, /No entry here/);
	assert.equal(page('before=0x1').status, 400);
});

test('by kind, also of connections and of the Meta app', async () => {
	stack.connect('unassigned');
	post('integration-edit', '/1', root, { name: 'Other', description: '', strategy: 'round_robin', on_known: 'join' });
	const acts = (query) => [...page(query).body.matchAll(/<span class="sub">([a-z.]+)/g)].map(([, act]) => act);

	assert.deepEqual(acts('kind=integration'), ['integration.set', 'integration.add']);
	assert.match(page('kind=integration').body, /Changed Other: round_robin[^]*integration\.set, integration 1/);
	assert.ok(acts('kind=app').includes('app.set'));
	assert.deepEqual(acts(`kind=integration&user=${tomasz}`), []);
	assert.match(page('kind=form').body, /No entry here/);
	assert.equal(page('kind=all').status, 400);
	await assert_valid(page('kind=user'));
});

test('only Admins, and only they see the tab', () => {
	const aoife = log_in('moderator@example.com').cookie;

	assert.equal(page('', aoife).status, 403);
	assert.equal(post('audit', '/check', aoife, {}).status, 403);
	assert.doesNotMatch(cgi('moderation', { cookie: aoife }).body, /href="\/audit"/);
	assert.match(cgi('moderation', { cookie: root }).body, /href="\/audit"/);
});

test('a whole chain holds; a changed, a missing and a cut one is named', () => {
	const verify = (status) => {
		const done = spawnSync(`${stack.home}/bin/leadport`, ['audit', 'verify'], { encoding: 'utf8', env: stack.env });

		assert.equal(done.status, status, done.stderr);
		return done.stdout;
	};
	const n = stack.number('SELECT id FROM audit_head');

	assert.match(check(), new RegExp(`Chain intact, ${n} entries`));
	assert.match(verify(0), new RegExp(`chain intact, entries: ${n}`));
	const words = stack.sql('SELECT words FROM audit WHERE id = 6')[0][0];
	stack.sql("UPDATE audit SET words = 'Made Mallory SuperAdmin' WHERE id = 6");
	assert.match(check(), /role="alert"[\s\S]*broken at entry 6\. An entry was changed\. The 5 before it hold/);
	assert.match(verify(1), /broken at entry 6/);
	stack.sql(`UPDATE audit SET words = '${words}' WHERE id = 6`);
	stack.sql('CREATE TABLE kept AS SELECT * FROM audit WHERE id = 7; DELETE FROM audit WHERE id = 7');
	assert.match(verify(1), /broken at entry 7: An entry was taken out/);
	stack.sql('INSERT INTO audit SELECT * FROM kept; DROP TABLE kept');
	assert.match(verify(0), /chain intact/);
	stack.sql(`DELETE FROM audit WHERE id = ${n}`);
	assert.match(verify(1), new RegExp(`broken at entry ${n}: The newest entries are gone`));
});
