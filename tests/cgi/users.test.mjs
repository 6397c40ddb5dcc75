// The people of the CRM: invited, changed, relieved of their leads, let back in.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Stack, until } from '../web.mjs';
import { cgi, use, log_in, post, token_of, assert_valid, marker } from './kit.mjs';

const password = 'a-new-password-2026';
let stack, root, admin, id;

const users = (query = '', cookie = root) => cgi('users', { cookie, query });
const page = (who, cookie = root) => cgi('user-edit', { path: `/${who}`, cookie });
const save = (who, fields, cookie = root) => post('user-edit', `/${who}`, cookie, Object.fromEntries(Object.entries({
	name: 'Somebody', email: 'somebody@example.com', role: 'member', ...fields }).filter(([, value]) => value !== undefined)));
const row = (who) => stack.sql(`SELECT name, email, role, manages_leads, is_active FROM app_user WHERE id = ${who}`)[0];
const link_of = (body) => /value="[^"]*\/password\?(key=[^"]+)"/.exec(body)[1];
const open = (link) => cgi('password', { query: link });
function choose(link, secret)
{
	const { cookie, csrf } = token_of(open(link));

	return cgi('password', { method: 'POST', cookie,
		body: new URLSearchParams({ csrf, key: link.slice(4), password: secret }).toString() });
}
const leads_of = (who) => stack.number(`SELECT COUNT(*) FROM \`lead\` WHERE assignee_id = ${who}`);

before(async () => {
	stack = use(await Stack.up());
	stack.user('root@example.com', 'superadmin', true, `Maeve ${marker}`);
	stack.user('admin@example.com', 'admin', false, 'Priya');
	stack.user('moderator@example.com', 'moderator', true, 'Aoife');
	stack.user('sales@example.com', 'member', true, 'Tomasz');
	stack.user('late@example.com', 'member', true, 'Олена Коваль');
	root = log_in('root@example.com').cookie;
	admin = log_in('admin@example.com').cookie;
	id = Object.fromEntries(stack.sql("SELECT SUBSTRING_INDEX(email, '@', 1), id FROM app_user"));
});
after(() => stack.down());

test('the list: role, rights, state, leads, last seen; by role; only for Admins', async () => {
	const all = users();

	assert.equal(all.status, 200, all.log);
	await assert_valid(all);
	assert.match(all.body, /5 people/);
	assert.match(all.body, /Олена Коваль[\s\S]*?Member[\s\S]*?Yes[\s\S]*?Active[\s\S]*?>0<[\s\S]*?Never/);
	assert.match(users('role=moderator').body, /1 person</);
	assert.doesNotMatch(users('role=moderator').body, /Tomasz/);
	assert.match(users('page=2').body, /Nobody here/);
	assert.equal(users('role=king').status, 400);
	for (const who of ['moderator', 'sales']) {
		const { cookie } = log_in(`${who}@example.com`);

		assert.equal(users('', cookie).status, 403);
		assert.equal(page(id.late, cookie).status, 403);
		assert.equal(save(id.late, { role: 'admin' }, cookie).status, 403);
		assert.doesNotMatch(cgi('leads', { cookie }).body, /href="\/users"/);
	}
	assert.match(cgi('moderation', { cookie: admin }).body, /href="\/users"/);
});

test('somebody new follows the link once, chooses a password and is in', async () => {
	await assert_valid(page('new'));
	for (const [fields, words] of [[{ name: '' }, /Enter a name/], [{ email: 'x' }, /Enter an e-mail address/]]) {
		const answer = save('new', fields, admin);

		assert.equal(answer.status, 422);
		assert.match(answer.body, words);
	}
	const made = save('new', { name: `Niamh ${marker}`, email: ' Niamh@Example.com ', manages: '1' }, admin);
	assert.equal(made.status, 200, made.log);
	await assert_valid(made);
	const link = link_of(made.body), who = stack.number("SELECT id FROM app_user WHERE email = 'niamh@example.com'");

	assert.match(users().body, /niamh@example\.com[\s\S]*?Invited/);
	assert.equal(save('new', { email: 'NIAMH@example.com' }, admin).status, 409);
	assert.equal(log_in('niamh@example.com', '').status, 422);
	assert.equal(log_in('niamh@example.com', 'x').status, 401);
	assert.equal(stack.number(`SELECT COUNT(*) FROM one_time_link WHERE token_hash = '${link.slice(4)}'`), 0);
	await assert_valid(open(link));
	assert.equal(choose(link, 'short').status, 422);
	const entered = choose(link, password);
	assert.equal(entered.head.location, '/leads', entered.log);
	assert.equal(cgi('leads', { cookie: entered.head['set-cookie'].split(';')[0] }).status, 200);
	assert.equal(open(link).status, 404);
	assert.match(open(link).body, /used or is too old/);
	assert.equal(log_in('niamh@example.com', password).status, 303);
	assert.deepEqual(row(who).slice(2), ['member', '1', '1']);
	const other = link_of(post('user-edit', `/link/${who}`, admin, {}).body);
	stack.sql(`UPDATE one_time_link SET expires_at = '2020-01-01' WHERE user_id = ${who}`);
	assert.equal(open(other).status, 404);
	assert.match(users().body, /niamh@example\.com[\s\S]*?<time [^>]*>now</);
});

test('nobody raises himself, and SuperAdmins are changed by SuperAdmins alone', () => {
	const as_is = (who) => {
		const [name, email, role, manages, active] = row(who);

		return { name, email, role, ...manages === '1' && { manages }, ...active === '1' && { active } };
	};
	for (const [who, change, by, status] of [
		[id.admin, { role: 'superadmin' }, admin, 403], [id.admin, { role: 'member' }, admin, 403],
		[id.admin, { manages: '1' }, admin, 403], [id.sales, { role: 'superadmin' }, admin, 403],
		[id.root, { name: 'Mine now' }, admin, 403], [id.root, { email: 'mine@example.com' }, admin, 403],
		[id.root, { role: 'admin' }, root, 403], [id.root, { active: undefined }, root, 403]]) {
		const before = row(who).join();

		assert.equal(save(who, { ...as_is(who), ...change }, by).status, status, JSON.stringify(change));
		assert.equal(row(who).join(), before);
	}
	assert.equal(post('user-edit', `/link/${id.root}`, admin, {}).status, 403);
	assert.match(page(id.root, admin).body, /Only a SuperAdmin/);
	assert.equal(save(id.sales, { ...as_is(id.sales), role: 'king' }, root).status, 422);
	assert.equal(save(id.admin, { ...as_is(id.admin), name: 'Priya N' }, admin).status, 303);
	assert.equal(row(id.admin)[0], 'Priya N');
	assert.equal(save(id.sales, { ...as_is(id.sales), email: 'admin@example.com' }, root).status, 409);
	assert.equal(save(999, as_is(id.sales), root).status, 404);
});

test('a link ends with the rights and the address it was made for', () => {
	const made = save('new', { name: 'Eve', email: 'eve@example.com' }, admin), link = link_of(made.body);
	const eve = stack.number("SELECT id FROM app_user WHERE email = 'eve@example.com'");

	assert.equal(open(link).status, 200);
	save(eve, { name: 'Eve R', email: 'eve@example.com', active: '1' });
	assert.equal(open(link).status, 200, 'another name changes nothing');
	save(eve, { name: 'Eve R', email: 'eve@example.com', active: '1', role: 'superadmin' });
	assert.equal(open(link).status, 404, 'an Admin made it for a Member');
	const again = link_of(post('user-edit', `/link/${eve}`, root, {}).body);
	save(eve, { name: 'Eve R', email: 'eve.right@example.com', active: '1', role: 'superadmin' });
	assert.equal(open(again).status, 404, 'it went to another address');
	stack.sql(`DELETE FROM app_user WHERE id = ${eve}`);
});

test('a change of rights ends the sessions; browsers are ended one by one', () => {
	const tomasz = log_in('sales@example.com').cookie;
	const seen = () => cgi('leads', { cookie: tomasz }).status;

	assert.equal(seen(), 200);
	save(id.sales, { name: 'Tomasz', email: 'sales@example.com', role: 'member', manages: '1', active: '1' });
	assert.equal(seen(), 200);
	const session = stack.number(`SELECT id FROM login_session WHERE user_id = ${id.sales} ORDER BY id DESC LIMIT 1`);
	assert.equal(post('user-edit', `/end/${id.late}`, root, { session }).status, 404);
	assert.equal(post('user-edit', `/end/${id.sales}`, admin, { session }).status, 303);
	assert.equal(seen(), 303);
	const again = log_in('sales@example.com').cookie;
	save(id.sales, { name: 'Tomasz', email: 'sales@example.com', role: 'moderator', manages: '1', active: '1' });
	assert.equal(cgi('leads', { cookie: again }).status, 303);
});

test('whoever leaves is asked for, and the open leads are kept, given or shared out', async () => {
	const leave = (who, more = {}) => save(who, { name: 'Gone', email: `gone${who}@example.com`, manages: '1', ...more });

	stack.sql("INSERT INTO `lead` (name, source, stage, assignee_id, created_at, latest_at) SELECT CONCAT('L', seq), 'manual'," +
		` IF(seq > 120, 'won', 'new'), ${id.late}, '2026-01-01', '2026-01-01' FROM seq_1_to_130`);
	stack.leadport(['reindex']);
	const asked = leave(id.late);
	assert.match(asked.body, /has 120 open leads/);
	await assert_valid(asked);
	assert.equal(row(id.late)[4], '1');
	assert.equal(leave(id.late, { leads: 'give', to: id.admin }).status, 422);
	assert.equal(leave(id.late, { leads: 'give', to: id.late }).status, 422);
	assert.equal(leave(id.late, { leads: 'all' }).status, 422);
	const given = leave(id.late, { leads: 'share' });
	const run = /\/lead-bulk\/(\d+)$/.exec(given.head.location)[1];

	await stack.work();
	assert.equal(leads_of(id.late), 10);
	const shares = ['root', 'moderator', 'sales'].map((who) => leads_of(id[who])).concat(
		leads_of(stack.number("SELECT id FROM app_user WHERE email = 'niamh@example.com'")));
	assert.deepEqual(shares, [30, 30, 30, 30]);
	const shown = cgi('lead-bulk', { path: `/${run}`, cookie: root });
	assert.match(shown.body, /Share out by Round Robin[\s\S]*Done: 120 leads changed/);
	await assert_valid(shown);
	assert.equal(log_in(`gone${id.late}@example.com`).status, 401);
	assert.match(stack.sql("SELECT note FROM lead_event WHERE kind = 'assigned' LIMIT 1")[0][0], /Gone takes no leads any more/);
	leave(id.sales, { leads: 'give', to: id.root });
	await stack.work();
	assert.deepEqual([leads_of(id.sales), leads_of(id.root)], [0, 60]);
	leave(id.moderator, { leads: 'keep' });
	await stack.work();
	assert.equal(leads_of(id.moderator), 30);
});

test('all leads of a filter: asked first, done by a worker, stopped', async () => {
	const bulk = (fields, cookie = root) => post('lead-bulk', '', cookie, { all: '1', query: '', user: 0, to_stage: 'lost',
		to_tag: '', reason: '', act: 'stage', ...fields });
	const n = () => stack.number("SELECT COUNT(*) FROM `lead` WHERE stage = 'lost'");
	const asked = bulk({ stage: 'new' });

	assert.match(asked.body, /Change 120 leads\?[\s\S]*Set the stage to Lost[\s\S]*<li><bdi>Stage: New/);
	await assert_valid(asked);
	assert.equal(n(), 0);
	// Enough of them that a worker is still at it when it is told to stop.
	stack.sql("INSERT INTO `lead` (name, source, stage, created_at, latest_at) SELECT CONCAT('Q', seq), 'manual', 'qualified'," +
		" '2026-01-01', '2026-01-01' FROM seq_1_to_3000");
	stack.leadport(['reindex']);
	const begun = bulk({ stage: 'qualified', sure: '1' });
	const run = /(\/\d+)$/.exec(begun.head.location)[1];
	assert.equal(cgi('lead-bulk', { path: run, cookie: log_in('niamh@example.com', password).cookie }).status, 403);
	post('lead-bulk', `/stop${run}`, root, {});
	await stack.work();
	assert.match(cgi('lead-bulk', { path: run, cookie: root }).body, /Stopped: /);
	assert.ok(n() < 3000);
	// Whoever lost the right meanwhile changes nothing more.
	stack.sql(`UPDATE bulk_run SET state = 'running', asked_by = ${id.sales}, place_at = NULL, place_id = 0 WHERE id = ${run.slice(1)};` +
		` UPDATE job SET state = 'ready', run_at = UTC_TIMESTAMP(3) WHERE kind = 'bulk' AND subject = '${run.slice(1)}'`);
	const had = n();
	await stack.work();
	assert.deepEqual([n(), stack.sql(`SELECT state FROM bulk_run WHERE id = ${run.slice(1)}`)[0][0]], [had, 'stopped']);
	stack.sql("DELETE FROM `lead` WHERE name LIKE 'Q%'; DELETE FROM lead_facet WHERE lead_id NOT IN (SELECT id FROM `lead`)");
	bulk({ stage: 'new', sure: '1' });
	await stack.work();
	assert.equal(n(), 120);
	assert.equal(stack.number("SELECT COUNT(*) FROM lead_facet WHERE kind = 'stage' AND value = 'lost'"), 120);
	assert.match(bulk({ act: 'tag', stage: 'lost' }).head.location, /\/leads/);
	bulk({ act: 'tag', to_tag: 'Autumn', sure: '1', stage: 'lost' });
	await stack.work();
	assert.equal(stack.number("SELECT COUNT(*) FROM lead_tag WHERE tag = 'Autumn'"), 120);
	assert.equal(bulk({ from: 'x' }).status, 400);
	assert.match(stack.sql("SELECT words FROM audit WHERE act = 'lead.bulk' ORDER BY id DESC LIMIT 1")[0][0], /Began tag of 120 leads/);
	await until('nothing runs', () => stack.number("SELECT COUNT(*) FROM bulk_run WHERE state = 'running'") === 0);
});

test('no letters here: the page says where a link comes from', async () => {
	const answer = open('');

	assert.match(answer.body, /sends no mails/);
	await assert_valid(answer);
	assert.match(cgi('login', {}).body, /href="\/password"/);
	assert.equal(open('key=nothing').status, 404);
});
