// Who may what: every address of every program, for every role, and leads of
// one's own and of others.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { Stack, top } from '../web.mjs';
import { cgi, use, log_in } from './kit.mjs';

// From the least right to the highest; plain is a Member without Lead Management.
const roles = ['visitor', 'plain', 'member', 'moderator', 'admin', 'superadmin'];
// Each address under the least of them that may use it.  A moderator has all
// leads without Lead Management.
const table = {
	visitor: ['GET /login', 'POST /login', 'GET /setup', 'POST /setup', 'GET /password', 'POST /password',
		'POST /password/letter', 'GET /data-deletion/{code}'],
	plain: ['GET /leads', 'GET /leads/list', 'GET /leads/filter', 'GET /leads/news', 'POST /leads/save', 'POST /leads/forget',
		'GET /lead/{id}', 'GET /lead-edit/{id}', 'POST /lead-edit', 'POST /lead-act/stage', 'POST /lead-act/tag',
		'POST /lead-act/untag', 'POST /lead-act/note', 'POST /lead-act/called', 'GET /account', 'POST /account/own',
		'POST /account/password', 'POST /account/end', 'POST /account/end-others', 'POST /logout'],
	member: ['GET /leads/select', 'GET /lead-edit/new', 'POST /lead-edit/new', 'POST /lead-act/assign',
		'GET /lead-act/delete/{id}', 'POST /lead-act/delete', 'GET /lead-export', 'POST /lead-export', 'POST /lead-bulk',
		'GET /lead-bulk/{id}', 'GET /lead-import', 'POST /lead-import', 'GET /lead-import/{id}',
		'GET /lead-import/columns/{id}', 'POST /lead-import/columns/{id}', 'GET /lead-import/run/{id}', 'GET /lead-import/refused/{id}',
		'POST /lead-import/go/{id}', 'POST /lead-import/stop/{id}', 'POST /lead-import/undo/{id}', 'GET /lead-merge/{id}', 'POST /lead-merge', 'POST /lead-merge/undo', 'POST /lead-merge/split', 'GET /lead-bulk/run/{id}', 'POST /lead-bulk/stop/{id}'],
	moderator: ['GET /moderation', 'GET /integrations', 'GET /integrations/{id}/card', 'GET /integration/{id}',
		'GET /integration-doctor', 'GET /integration-doctor/run', 'GET /integration-doctor/{id}', 'GET /integration-doctor/{id}/run',
		'GET /integration-history/progress/{id}', 'GET /integration-sync/{id}', 'POST /integration-sync/{id}', 'POST /integration-sync/stop/{id}',
		'GET /integration-test/{integration}', 'GET /integration-test/run/{id}', 'GET /integration-test/look/{id}',
		'GET /reports', 'GET /reports/csv', 'GET /ledger', 'GET /ledger/csv', 'GET /ledger/{id}', 'GET /ledger/csv/{id}', 'GET /deliveries', 'GET /deliveries/{id}', 'GET /deliveries/job/{id}'],
	admin: ['GET /lead-act/erase/{id}', 'POST /lead-act/erase', 'POST /lead-act/restore', 'GET /users', 'GET /user-edit/new',
		'POST /user-edit/new', 'GET /user-edit/{id}', 'POST /user-edit/{id}', 'POST /user-edit/link/{id}', 'POST /user-edit/end/{id}',
		'GET /audit', 'POST /audit/check', 'GET /deliveries/replay',
		'POST /ledger/fetch/{id}', 'POST /ledger/accept/{id}', 'POST /deliveries/replay', 'POST /deliveries/retry', 'GET /fieldmap/{id}', 'POST /fieldmap/{id}', 'POST /fieldmap/preview/{id}',
		'GET /fieldmap/apply/{id}', 'POST /fieldmap/apply/{id}', 'POST /fieldmap/stop/{id}', 'GET /fieldmap/run/{id}',
		'POST /fieldmap/custom/{id}', 'GET /integration-connect', 'POST /integration-connect', 'POST /integration-connect/remove',
		'GET /integration-delete/{id}', 'POST /integration-delete/{id}', 'GET /integration-edit/{id}', 'POST /integration-edit/{id}',
		'GET /integration-history/{id}', 'POST /integration-history/{id}', 'POST /integration-history/estimate/{id}',
		'POST /integration-history/pause/{id}', 'POST /integration-history/resume/{id}', 'POST /integration-history/cancel/{id}',
		'GET /integration-pages/{draft}', 'POST /integration-pages/{draft}', 'GET /integration-pages/progress/{draft}',
		'POST /integration-pages/again/{draft}', 'POST /integration-pages/facebook/{draft}',
		'POST /integration-reconnect/pages/{id}', 'GET /integration-reconnect/{id}', 'POST /integration-reconnect/{id}',
		'POST /integration-test/make', 'POST /integration-test/fetch', 'POST /integration-test/remove', 'GET /oauth-callback'],
	superadmin: ['GET /platform', 'GET /platform/checks', 'POST /platform/check', 'POST /platform/app', 'POST /platform/version',
		'POST /platform/subscribe'],
};
// Not for people: their sender is known by a signature.
const signed = ['GET /webhook', 'POST /webhook', 'POST /deauthorize', 'POST /data-deletion'];
let stack, cookies, csrf;

const email = (role) => `${role}@example.com`;

before(async () => {
	stack = use(await Stack.up());
	stack.user(email('superadmin'), 'superadmin');
	stack.user(email('admin'), 'admin');
	stack.user(email('moderator'), 'moderator');
	stack.user(email('member'), 'member', true);
	stack.user(email('plain'), 'member');
	cookies = Object.fromEntries(roles.slice(1).map((role) => [role, log_in(email(role)).cookie]));
	csrf = Object.fromEntries(Object.entries(cookies).map(([role, cookie]) =>
		[role, /name="csrf" value="([^"]*)"/.exec(cgi('account', { cookie }).body)[1]]));
});
after(() => stack.down());

function ask(route, role, { id = '999999', token = true } = {}) {
	const [method, address] = route.split(' ');
	const [, program, path] = /^\/([a-z-]+)(.*)$/.exec(address.replace(/\{\w+\}/g, id));
	const body = new URLSearchParams({ ...token && role !== 'visitor' && { csrf: csrf[role] },
		...!/\{|logout/.test(address) && method === 'POST' && { id } }).toString();

	return cgi(program, { method, path, cookie: cookies[role] || '', body: method === 'POST' ? body : '' });
}
const shut = (answer) => answer.status === 403 ||
	(answer.status === 303 && /^\/login(\?to=.*)?$/.test(answer.head.location));

test('every address is listed here, and none that is not there', () => {
	const listed = new Set([...Object.values(table).flat(), ...signed].map((route) => route.split(' ')[1]));
	const there = new Set(readdirSync(`${top}/cgi-bin`).flatMap((file) => {
		const source = readFileSync(`${top}/cgi-bin/${file}`, 'utf8');
		const routes = source.slice(source.indexOf('static const struct route routes[]'));

		return [...routes.matchAll(/"(\/[^"]*)"/g)].map(([, address]) => address.replace(/\/?\*$/, ''));
	}));

	assert.deepEqual([...listed].sort(), [...there].sort());
});

for (const [least, routes] of Object.entries(table))
	test(`${least} and up`, () => {
		const allowed = roles.slice(roles.indexOf(least));

		for (const route of routes.filter((one) => one !== 'POST /logout'))
			for (const role of roles) {
				const answer = ask(route, role);

				assert.ok(answer.status < 500, `${role} ${route}: ${answer.status} ${answer.log}`);
				if (least === 'visitor') // a login without the token of its form is refused in its own way
					assert.notEqual(answer.head.location?.startsWith('/login'), true, `${role} ${route}`);
				else
					assert.equal(!shut(answer), allowed.includes(role), `${role} ${route}: ${answer.status} ${answer.log}`);
			}
	});

test('nothing is changed without the token of a form of the same session', () => {
	for (const route of Object.values(table).flat().filter((one) => one.startsWith('POST ')))
		assert.ok([400, 403].includes(ask(route, 'superadmin', { token: false }).status), route);
});

test('leads of one\'s own, and of others', () => {
	const on_leads = ['GET /lead/{id}', 'GET /lead-edit/{id}', 'POST /lead-edit', 'POST /lead-act/stage', 'POST /lead-act/tag',
		'POST /lead-act/untag', 'POST /lead-act/note', 'POST /lead-act/called'];
	const bodies = { stage: { stage: 'won' }, tag: { tag: 'T' }, untag: { tag: 'T' }, note: { note: 'N' }, called: {},
		'/lead-edit': { version: '0', ...Object.fromEntries(['name', 'first_name', 'last_name', 'email', 'phone', 'company',
			'job_title', 'street', 'post_code', 'city', 'state', 'country'].map((field) => [field, 'Changed'])) } };
	const plain = stack.number(`SELECT id FROM app_user WHERE email = '${email('plain')}'`);
	const kept = (id) => stack.sql(`SELECT stage, name, version FROM \`lead\` WHERE id = ${id}`)[0].join();

	stack.sql("INSERT INTO `lead` (id, name, source, stage, assignee_id, created_at, latest_at) VALUES" +
		` (1, 'Own', 'manual', 'new', ${plain}, '2026-01-01', '2026-01-01'), (2, 'Other', 'manual', 'new', NULL, '2026-01-01', '2026-01-01')`);
	for (const route of on_leads)
		for (const [id, role, open] of [[1, 'plain', true], [2, 'plain', false], [2, 'member', true], [2, 'moderator', true]]) {
			const [method, address] = route.split(' ');
			const [, program, path] = /^\/([a-z-]+)(.*)$/.exec(address.replace('{id}', id));
			const before = kept(id);
			const answer = cgi(program, { method, path, cookie: cookies[role], body: method === 'GET' ? '' :
				new URLSearchParams({ ...bodies[address] || bodies[address.split('/')[2]], id, csrf: csrf[role] }).toString() });

			assert.equal(answer.status !== 403, open, `${role} ${route} ${id}: ${answer.status} ${answer.log}`);
			if (!open)
				assert.equal(kept(id), before);
		}
});

test('whoever logs out is out', () => {
	for (const role of roles.slice(1)) {
		assert.equal(ask('POST /logout', role).status, 303);
		assert.ok(shut(ask('GET /leads', role)), role);
	}
});
