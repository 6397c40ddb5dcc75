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

test('zone, look and letters are saved and shown again', async () => {
	await assert_valid(page());
	assert.equal(send('/own', { zone: 'Europe/Dublin', theme: 'dark', lead_mail: 'off' }).status, 303);
	assert.deepEqual(stack.sql('SELECT time_zone, theme, lead_mail FROM app_user'), [['Europe/Dublin', 'dark', 'off']]);
	assert.match(page().body, /data-theme="dark"[\s\S]*Changes saved[\s\S]*value="off" selected/);
	const wrong = send('/own', { zone: `Mars/Base ${marker}`, theme: 'light', lead_mail: 'digest' });
	assert.equal(wrong.status, 422);
	assert.match(wrong.body, /value="Mars\/Base &quot;&gt;[\s\S]*not known[\s\S]*value="light" selected[\s\S]*value="digest" selected/);
	await assert_valid(wrong);
	assert.equal(send('/own', { zone: '', theme: 'pink', lead_mail: 'off' }).status, 400);
	assert.equal(send('/own', { zone: '', theme: 'dark', lead_mail: 'off', role: 'admin' }).status, 400);
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

test('nobody else\'s page: a visitor is sent to the login', () => {
	assert.equal(cgi('account', {}).status, 303);
});
