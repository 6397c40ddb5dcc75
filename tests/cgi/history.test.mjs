// Import history: what is asked before, what is refused and in which words, and
// the card of one that is at work, paused or over.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { Stack } from '../web.mjs';
import { use, cgi, log_in, post, assert_valid, marker } from './kit.mjs';

const escaped = '&quot;&gt;&lt;i&gt;&#39;&amp;', planted = `'"><i>\\'&'`; // the marker as SQL
let stack, admin, mod, integration, pages, forms;

const page = (cookie = admin) => cgi('integration-history', { path: `/${integration}`, cookie });
const send = (fields, act = '', cookie = admin) => cgi('integration-history', { path: `${act}/${integration}`, method: 'POST',
	cookie, body: new URLSearchParams([['csrf', /name="csrf" value="([^"]*)"/.exec(cgi('leads', { cookie }).body)[1]],
		...fields]).toString() });
const all = () => [['days', '90'], ...pages.map((id) => ['pages', id]), ...forms.map((id) => ['forms', id])];
const fragment = (cookie = admin) => cgi('integration-history', { path: `/progress/${integration}`, cookie,
	headers: { HTTP_HX_REQUEST: 'true' } });
const runs = () => stack.number("SELECT COUNT(*) FROM sync_run WHERE way = 'history'");
const newest = (columns) => stack.sql(`SELECT ${columns} FROM sync_run WHERE way = 'history' ORDER BY id DESC LIMIT 1`)[0];

before(async () => {
	stack = use(await Stack.up());
	stack.user('root@example.com', 'superadmin', false, 'Maeve');
	stack.user('admin@example.com', 'admin', false, 'Priya');
	stack.user('mod@example.com', 'moderator');
	[admin, mod] = ['admin@example.com', 'mod@example.com'].map((who) => log_in(who).cookie);
	stack.connect('unassigned');
	await stack.work();
	integration = stack.number('SELECT MAX(id) FROM integration');
	pages = stack.sql('SELECT meta_id FROM page ORDER BY id').map(([id]) => id);
	forms = stack.sql('SELECT meta_id FROM lead_form ORDER BY id').map(([id]) => id);
	stack.sql('UPDATE lead_form SET leads_count = 240 WHERE id > 0; UPDATE page SET n_leads = 0 WHERE id > 0');
	await no_worker();
});
after(() => stack.down());

// Nothing is imported while the page is looked at: none starts, and the one that
// a program has started ends.
async function no_worker()
{
	renameSync(`${stack.home}/bin/leadport`, `${stack.home}/bin/leadport.off`);
	await stack.end_workers();
}

test('all is ticked, and the estimate is in words', async () => {
	const body = page().body, calls = forms.length * 3;

	await assert_valid(page());
	for (const id of [...pages, ...forms])
		assert.match(body, new RegExp(`value="${id}" checked>`));
	assert.match(body, /240 leads at Meta as of /);
	assert.match(body, new RegExp(`At most ${forms.length * 240} leads in ${forms.length} forms of ${pages.length} pages\\.`));
	// One lead is assumed for a page that brought none: 4,800 calls a day, 18 s each.
	const minutes = Math.floor(calls * 18 / 60);
	assert.match(body, new RegExp(`About ${calls} calls to Meta; within what Meta allows the pages that takes up to ${minutes} min`));
	assert.doesNotMatch(body, /name="share_out" value="1" checked/);
	assert.match(cgi('integration', { path: `/${integration}`, cookie: admin }).body, /integration-history\/\d+">[^<]*<svg[^]*?Import history/);
	assert.doesNotMatch(cgi('integration', { path: `/${integration}`, cookie: mod }).body, /Import history/);
	assert.equal(cgi('integration-history', { path: '/999999', cookie: admin }).status, 404);
});

test('the estimate follows the ticks, with and without a script', async () => {
	const one = send([['days', '7'], ['pages', pages[0]], ['forms', forms[0]], ['share_out', '1']], '/estimate');

	assert.equal(one.status, 200, one.log);
	await assert_valid(one);
	assert.match(one.body, /At most 240 leads in 1 form of 1 page\.[^]*About 3 calls to Meta; within what Meta allows the page/);
	assert.match(one.body, /name="share_out" value="1" checked/);
	assert.match(one.body, /name="days"[^>]* value="7"/);
	assert.match(one.body, new RegExp(`value="${forms[1]}">`));
	assert.match(one.body, /hx-post="\/integration-history\/estimate\/\d+" hx-trigger="change"/);
	// Nothing ticked is no error to a script, which shows it; without one it is.
	const csrf = /name="csrf" value="([^"]*)"/.exec(one.body)[1];
	const none = cgi('integration-history', { path: `/estimate/${integration}`, method: 'POST', cookie: admin,
		body: new URLSearchParams({ csrf, days: 90 }).toString(), headers: { HTTP_HX_REQUEST: 'true' } });
	assert.equal(none.status, 200);
	assert.match(none.body, /id="estimate"[^>]*><div><b>No form is chosen\./);
	assert.equal(send([['days', '90']], '/estimate').status, 422);
	assert.equal(runs(), 0);
});

test('what cannot be begun says why, and keeps what was ticked', async () => {
	const with_days = (days) => [['days', days], ['pages', pages[0]], ['forms', forms[0]]];

	for (const [fields, words] of [
		[[['days', '90']], /Tick a page and at least one of its forms/],
		[[['days', '90'], ['pages', pages[0]]], /Tick a page and at least one of its forms/],
		[[['days', '90'], ['forms', forms[0]]], /Tick a page and at least one of its forms/],
		[[['days', '90'], ['pages', '1'], ['forms', forms[0]]], /One of these forms is not here any more/],
		[[['days', '90'], ['pages', pages[0]], ['forms', '447000000000009']], /One of these forms is not here any more/],
		[with_days('0'), /id="days-fault">[^<]*1[^<]*90/], [with_days('91'), /id="days-fault">[^<]*1[^<]*90/],
		[with_days('x'), /id="days-fault">[^<]+</], [with_days(''), /id="days-fault">[^<]+</],
	]) {
		const again = send([...fields, ['share_out', '1']]);

		assert.equal(again.status, 422, JSON.stringify(fields) + again.log);
		assert.match(again.body, words);
		assert.match(again.body, /name="share_out" value="1" checked/);
		await assert_valid(again);
	}
	assert.equal(send([...all(), ['other', '1']]).status, 400);
	stack.sql(`UPDATE lead_form SET is_left_out = TRUE WHERE meta_id = '${forms[0]}'`);
	assert.doesNotMatch(page().body, new RegExp(`value="${forms[0]}"`));
	assert.equal(send(all()).status, 422);
	stack.sql('UPDATE lead_form SET is_left_out = FALSE WHERE id > 0');
	assert.equal(runs(), 0);
});

test('a login that is broken: refused in words, with the way that mends it', async () => {
	const owner = stack.number('SELECT owner_id FROM page ORDER BY id LIMIT 1');
	const broken = (scope, subject, reason) => stack.sql('DELETE FROM trouble WHERE since IS NOT NULL LIMIT 100; INSERT INTO trouble' +
		` (scope, subject_id, integration_id, reason, since, seen_at) VALUES ('${scope}', ${subject}, ${integration}, '${reason}',` +
		' UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))');

	for (const [scope, subject, reason, words] of [['owner', owner, 'password_changed', /Not begun: <bdi>Facebook password changed<\/bdi>/],
		['page', stack.number('SELECT MIN(id) FROM page'), 'leads_access', /Not begun: <bdi>Leads access blocked<\/bdi>/]]) {
		broken(scope, subject, reason);
		const answer = send(all());
		assert.equal(answer.status, 409);
		assert.match(answer.body, words);
		await assert_valid(answer);
		assert.match(page().body, /Cannot be read until this is mended/);
	}
	assert.match(send(all()).body, /business\.facebook\.com/);
	assert.equal(runs(), 0);
	broken('page', stack.number('SELECT MIN(id) FROM page'), 'not_subscribed');
	assert.doesNotMatch(page().body, /Cannot be read/);
	stack.sql('DELETE FROM trouble WHERE since IS NOT NULL LIMIT 100');
});

test('without forms there is nothing to choose', async () => {
	stack.sql('UPDATE lead_form SET is_left_out = TRUE WHERE id > 0');
	assert.match(page().body, /No form is known[^]*Sync Now/);
	await assert_valid(page());
	stack.sql('UPDATE lead_form SET is_left_out = FALSE WHERE id > 0');
});

test('begun: paused, resumed, cancelled; each also twice', async () => {
	const answer = send([['days', '30'], ['pages', pages[0]], ['forms', forms[0]], ['share_out', '1']]);
	const look = () => cgi('integration', { path: `/${integration}`, cookie: admin });

	assert.equal(answer.head.location, `/integration/${integration}`, answer.log);
	assert.deepEqual(newest('state, is_chosen, is_shared_out, n_forms, n_expected, DATEDIFF(started_at, since)'),
		['running', '1', '1', '1', '240', '30']);
	assert.deepEqual(stack.sql('SELECT form_meta_id FROM sync_step WHERE run_id = (SELECT MAX(id) FROM sync_run)'), [[forms[0]]]);
	stack.sql(`UPDATE sync_run SET n_read = 60, n_new = 4, words = ${planted} WHERE way = 'history'`);
	const running = look();
	assert.match(running.body, /hx-get="\/integration-history\/progress\/\d+"[^]*Importing the last 30 days: form 1 of 1[^]*60 of about 240 leads/);
	assert.match(running.body, /history\/pause[^]*>Pause<[^]*history\/cancel[^]*Cancel the import/);
	await assert_valid(running);
	await assert_valid(page());
	const second = send(all());
	assert.equal(second.status, 409);
	assert.match(second.body, /An import of history is under way already/);
	assert.equal(runs(), 1);
	const seen = cgi('integration', { path: `/${integration}`, cookie: mod });
	assert.match(seen.body, /Importing the last 30 days/);
	assert.doesNotMatch(seen.body, /integration-history\/(pause|cancel|resume)/);

	for (let i = 0; i < 2; i++)
		assert.equal(send([], '/pause').head.location, `/integration/${integration}`);
	assert.equal(newest('state')[0], 'paused');
	// The card of the list says so, too, and leads there; a sync that runs beside it is shown beside it.
	const card = () => cgi('integrations', { cookie: mod }).body;
	const link = new RegExp(`href="/integration/${integration}#history">The import of history is paused<[^]*Paused\\. It goes on from here`);
	assert.match(card(), link);
	assert.doesNotMatch(card(), /hx-trigger="every 2s"|Syncing/);
	stack.sql("INSERT INTO sync_run (integration_id, way, state, n_forms, forms_done, started_at) VALUES" +
		` (${integration}, 'sync', 'running', 7, 2, NOW(3))`);
	assert.match(card(), /hx-trigger="every 2s"[^]*Syncing[^]*Reading form 3 of 7[^]*#history">The import of history is paused</);
	await assert_valid(cgi('integrations', { cookie: mod }));
	stack.sql("DELETE FROM sync_run WHERE way = 'sync' AND state = 'running'");
	assert.match(look().body, /The import of history is paused[^]*Paused\. It goes on from here[^]*history\/resume[^]*>Resume</);
	assert.doesNotMatch(look().body, /history\/pause|history\/progress/);
	await assert_valid(look());
	assert.equal(fragment().status, 286);
	// A sync is not held up by it.
	assert.equal(post('integration-sync', `/${integration}`, admin, {}).status, 303);
	assert.equal(stack.number("SELECT COUNT(*) FROM sync_run WHERE way = 'sync' AND state = 'running'"), 1);
	stack.sql("UPDATE sync_run SET state = 'done', ended_at = UTC_TIMESTAMP(3) WHERE way = 'sync'");

	stack.sql("UPDATE sync_run SET paused_at = paused_at - INTERVAL 60 SECOND WHERE way = 'history'");
	for (let i = 0; i < 2; i++)
		assert.equal(send([], '/resume').status, 303);
	assert.equal(newest('state')[0], 'running');
	assert.equal(newest('paused_ms DIV 60000')[0], '1');
	assert.equal(fragment().status, 200);

	send([], '/pause');
	for (let i = 0; i < 2; i++)
		assert.equal(send([], '/cancel').status, 303);
	assert.deepEqual(newest('state, ended_at IS NOT NULL'), ['stopped', '1']);
	const over = look();
	assert.match(over.body, /Latest import of history[^]*History cancelled[^]*4 new/);
	await assert_valid(over);
	assert.match(page().body, /Estimate again/);
});

test('who may: Admins; a Moderator watches', () => {
	for (const act of ['', '/estimate', '/pause', '/resume', '/cancel'])
		assert.equal(send(all(), act, mod).status, 403, act);
	assert.equal(page(mod).status, 403);
	assert.equal(fragment(mod).status, 286);
	assert.equal(cgi('integration-history', { path: `/progress/${integration}`, cookie: mod }).head.location, `/integration/${integration}`);
});

test('names that are planted come out escaped', async () => {
	stack.sql(`UPDATE page SET name = ${planted} WHERE id > 0; UPDATE lead_form SET name = ${planted} WHERE id > 0;` +
		` UPDATE integration SET name = ${planted} WHERE id > 0`);
	const answer = page();

	assert.ok(answer.body.includes(escaped));
	assert.ok(!answer.body.includes(marker));
	await assert_valid(answer);
});
