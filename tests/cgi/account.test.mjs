// What people choose for themselves.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Stack, password } from '../web.mjs';
import { cgi, use, log_in, assert_valid, marker } from './kit.mjs';

let stack, cookie;
const fresh = 'another-horse-battery';
const page = (c = cookie) => cgi('account', { cookie: c });
const send = (path, fields) => cgi('account', { method: 'POST', path, cookie,
	body: new URLSearchParams({ csrf: /name="csrf" value="([^"]*)"/.exec(page().body)[1], ...fields }).toString() });

before(async () => {
	stack = use(await Stack.up());
	stack.user('sales@example.com', 'member', true, `Tomasz ${marker}`);
	cookie = log_in('sales@example.com').cookie;
});
after(() => stack.down());

test('name, zone, look and letters are saved and shown again', async () => {
	const name = `Томаш ${marker}`;

	await assert_valid(page());
	assert.equal(send('/own', { name, zone: 'Europe/Dublin', theme: 'dark', lead_mail: 'off' }).status, 303);
	assert.deepEqual(stack.sql('SELECT time_zone, theme, lead_mail FROM app_user'), [['Europe/Dublin', 'dark', 'off']]);
	assert.match(page().body, /data-theme="dark"[\s\S]*Changes saved[\s\S]*value="off" selected/);
	const wrong = send('/own', { name, zone: `Mars/Base ${marker}`, theme: 'light', lead_mail: 'digest' });
	assert.equal(wrong.status, 422);
	assert.match(wrong.body, /value="Mars\/Base &quot;&gt;[\s\S]*not known[\s\S]*value="light" selected[\s\S]*value="digest" selected/);
	await assert_valid(wrong);
	assert.deepEqual(stack.sql('SELECT name FROM app_user'), [[name]]);
	assert.equal(send('/own', { name: ' ', zone: '', theme: 'dark', lead_mail: 'off' }).status, 422);
	assert.equal(send('/own', { name, zone: '', theme: 'pink', lead_mail: 'off' }).status, 400);
	assert.equal(send('/own', { name, zone: '', theme: 'dark', lead_mail: 'off', role: 'admin' }).status, 400);
});

test('the password: the old one is needed, other browsers are logged out', () => {
	const other = log_in('sales@example.com').cookie;

	assert.match(send('/password', { old: 'wrong', password: fresh }).body, /not the password you log in with/);
	assert.match(send('/password', { old: password, password: 'short' }).body, /12 characters/);
	assert.equal(page(other).status, 200);
	assert.equal(send('/password', { old: password, password: fresh }).status, 303);
	assert.equal(page(other).status, 303);
	assert.equal(page().status, 200);
	assert.equal(log_in('sales@example.com', fresh).status, 303);
	assert.equal(stack.number("SELECT COUNT(*) FROM audit WHERE act = 'user.password'"), 1);
	assert.doesNotMatch(JSON.stringify(stack.sql('SELECT words FROM audit')), /horse/);
});

test('browsers: one of the own is ended, or all others; nobody else\'s', async () => {
	const [one, two] = [log_in('sales@example.com', fresh).cookie, log_in('sales@example.com', fresh).cookie];

	stack.user('other@example.com', 'member', true);
	const stranger = log_in('other@example.com').cookie;
	const id_of = (who) => stack.number(`SELECT MAX(s.id) FROM login_session s JOIN app_user u ON u.id = s.user_id WHERE u.email = '${who}'`);
	stack.sql(`UPDATE login_session SET agent = 'Mozilla/5.0 (Windows NT 10.0; rv:140.0) Firefox/140.0' WHERE id = ${id_of('sales@example.com')}`);

	await assert_valid(page());
	assert.match(page().body, /Firefox on Windows[\s\S]*This browser|This browser[\s\S]*Firefox on Windows/);
	assert.equal(send('/end', { id: id_of('other@example.com') }).status, 404);
	assert.equal(page(stranger).status, 200);
	assert.equal(send('/end', { id: id_of('sales@example.com') }).status, 303);
	assert.deepEqual([page(one).status, page(two).status], [200, 303]);
	const listed = (who) => [...page(who).body.matchAll(/name="id" value="(\d+)"/g)].map((found) => found[1]);
	const own = listed(one).find((id) => !listed(cookie).includes(id));

	assert.equal(cgi('account', { method: 'POST', path: '/end', cookie, body: new URLSearchParams({ id: own }).toString() }).status, 403);
	assert.equal(send('/end', { id: own }).status, 400);
	assert.equal(send('/end-others', {}).status, 303);
	assert.deepEqual([page(one).status, page().status, page(stranger).status], [303, 200, 200]);
});

test('nobody else\'s page: a visitor is sent to the login', () => {
	assert.equal(cgi('account', {}).status, 303);
});
