// Fields of a form: who may choose them, what a choice does to leads that come
// and to those that are here, and what the form asks anew.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Stack } from '../web.mjs';
import { use, cgi, log_in, post, assert_valid, marker } from './kit.mjs';

const escaped = '&quot;&gt;&lt;i&gt;&#39;&amp;';
const whitening = '447333180259101';
let stack, admin, form, calls = 0;

before(async () => {
	stack = use(await Stack.up());
	stack.user('root@example.com', 'superadmin', false, 'Maeve');
	stack.user('admin@example.com', 'admin', false, 'Priya');
	stack.user('mod@example.com', 'moderator');
	stack.connect('unassigned');
	admin = log_in('admin@example.com').cookie;
	form = stack.number(`SELECT id FROM lead_form WHERE meta_id = '${whitening}'`);
	await arrive('Olena Koval', 'olena@example.com', 'white');
});
after(() => stack.down());

async function arrive(full_name, email, which_treatment)
{
	await stack.ask_sim('/sim/leads', { form: whitening, platform: 'fb', values: { full_name, email,
		phone_number: `+35320911${String(++calls).padStart(4, '0')}`, which_treatment } });
	stack.simulator('deliver');
	await stack.work();
}

function custom(email)
{
	return stack.sql(`SELECT f.name, c.value FROM lead_custom c JOIN custom_field f ON f.id = c.field_id JOIN \`lead\` l
		ON l.id = c.lead_id WHERE l.email = '${email}' ORDER BY f.id`);
}

// The fields of the page as a browser would send them, some of them changed.
function choice(page, changes = {})
{
	const rows = [...page.matchAll(/<legend><bdi>([^<]*)<\/bdi>[^]*?<\/fieldset>/g)].filter((m) => m[0].includes('name="question"'));
	const chosen = (html, name) => /value="([^"]*)" selected/.exec(
		html.split(`name="${name}"`)[1].split('</select>')[0])?.[1] ?? '';

	return rows.flatMap(([html, label]) => {
		const change = changes[label] || {};

		return [['question', /name="question" value="([^"]*)"/.exec(html)[1]],
			['target', change.target ?? chosen(html, 'target')],
			['transform', change.transform ?? chosen(html, 'transform')], ['field', change.field ?? '']];
	});
}

function send(path, pairs)
{
	const csrf = /name="csrf" value="([^"]*)"/.exec(cgi('leads', { cookie: admin }).body)[1];

	return cgi('fieldmap', { path, method: 'POST', cookie: admin,
		body: new URLSearchParams([['csrf', csrf], ...pairs]).toString() });
}

function open(query = '')
{
	return cgi('fieldmap', { path: `/${form}`, query, cookie: admin });
}

function label_of(key)
{
	return JSON.parse(stack.sql(`SELECT questions FROM lead_form WHERE id = ${form}`)[0][0].replaceAll('\\\\', '\\'))
		.find((q) => q.key === key).label.replaceAll('\'', '&#39;');
}

test('only Admins choose fields', async () => {
	const mod = log_in('mod@example.com').cookie;
	const page = open();

	assert.equal(page.status, 200);
	assert.match(page.body, /Preview[^]*Olena Koval[^]*E-mail<\/bdi><\/dt><dd><bdi>olena@example.com/);
	await assert_valid(page);
	assert.equal(cgi('fieldmap', { path: `/${form}`, cookie: mod }).status, 403);
	for (const path of [`/${form}`, `/preview/${form}`, `/apply/${form}`, `/stop/${form}`])
		assert.equal(post('fieldmap', path, mod, {}).status, 403, path);
	assert.equal(cgi('fieldmap', { path: '/999999', cookie: admin }).status, 404);
	const integration = stack.number('SELECT MAX(id) FROM integration');
	assert.match(cgi('integration', { path: `/${integration}`, cookie: admin }).body, new RegExp(`/fieldmap/${form}"[^>]*>Fields<`));
	assert.doesNotMatch(cgi('integration', { path: `/${integration}`, cookie: mod }).body, /\/fieldmap\//);
});

test('a new field: named, previewed, saved, filled by leads that come', async () => {
	const label = label_of('which_treatment');
	const unnamed = send(`/${form}`, choice(open().body, { [label]: { target: 'new' } }));

	assert.equal(unnamed.status, 422);
	assert.match(unnamed.body, /Name the new field\./);
	await assert_valid(unnamed);
	const changes = { [label]: { target: 'new', field: marker, transform: 'words' } };
	const preview = send(`/preview/${form}`, choice(open().body, changes));
	assert.equal(preview.status, 200);
	assert.match(preview.body, new RegExp(`<dt><bdi>${escaped}</bdi></dt><dd><bdi>Whitening`));
	await assert_valid(preview);
	assert.equal(stack.number('SELECT (SELECT COUNT(*) FROM custom_field) + (SELECT COUNT(*) FROM field_map)'), 0);
	const saved = send(`/${form}`, choice(open().body, changes));
	assert.equal(saved.head.location, `/fieldmap/apply/${form}`);
	await arrive('Tom Nowak', 'tom@example.com', 'white');
	assert.deepEqual(custom('tom@example.com'), [[marker, 'Whitening']]);
	assert.deepEqual(custom('olena@example.com'), []);
	const lead = stack.number("SELECT id FROM `lead` WHERE email = 'tom@example.com'");
	const shown = cgi('lead', { path: `/${lead}`, cookie: admin });
	assert.match(shown.body, new RegExp(`<dt><bdi>${escaped}</bdi></dt><dd><bdi>Whitening`));
	await assert_valid(shown);
});

test('applied to leads that are here: what is empty is filled, once', async () => {
	const asked = cgi('fieldmap', { path: `/apply/${form}`, cookie: admin });

	assert.match(asked.body, /Also apply to the 2 leads already here\?[^]*Empty fields are filled, filled ones stay\./);
	await assert_valid(asked);
	stack.sql("UPDATE `lead` SET name = 'Kept' WHERE email = 'olena@example.com'");
	for (let i = 0; i < 2; i++) {
		assert.equal(post('fieldmap', `/apply/${form}`, admin, {}).head.location, `/fieldmap/${form}`);
		await assert_valid(open());
		await stack.work();
	}
	assert.deepEqual(custom('olena@example.com'), [[marker, 'Whitening']]);
	assert.equal(stack.sql("SELECT name FROM `lead` WHERE email = 'olena@example.com'")[0][0], 'Kept');
	assert.deepEqual(stack.sql('SELECT state, n_seen, n_changed FROM remap_run ORDER BY id').filter((r) => r[0] === 'done').map((r) => r[2]).sort(), ['0', '1']);
	assert.equal(stack.number("SELECT COUNT(*) FROM lead_event WHERE kind = 'edited'"), 1);
	assert.deepEqual(stack.sql("SELECT act, subject FROM audit WHERE act LIKE 'form.%' ORDER BY id").map((row) => row.join(' ')),
		[`form.fields form ${form}`, `form.apply form ${form}`, `form.apply form ${form}`]);
	assert.match(open().body, /Applied: 0 leads filled in/);
	assert.equal(post('fieldmap', `/stop/${form}`, admin, {}).status, 303);
	const run = cgi('fieldmap', { path: `/run/${form}`, cookie: admin, headers: { HTTP_HX_REQUEST: 'true' } });
	assert.equal(run.status, 286);
});

test('a new question, a renamed and a vanished one: told until the fields are saved', async () => {
	const before_all = stack.sql(`SELECT questions FROM lead_form WHERE id = ${form}`)[0][0];
	const integration = stack.number('SELECT MAX(id) FROM integration');
	const asked = JSON.stringify([{ key: 'gone', label: 'Gone?', type: 'CUSTOM' }]);

	// As if the form had been read before it got its questions of today.
	stack.sql(`UPDATE lead_form SET confirmed = '${asked}' WHERE id = ${form}`);
	assert.equal(post('integration-sync', `/${integration}`, admin, {}).status, 303);
	await stack.work();
	assert.equal(stack.sql(`SELECT questions FROM lead_form WHERE id = ${form}`)[0][0], before_all);
	assert.deepEqual(stack.sql('SELECT scope, subject_id, reason FROM trouble'), [['form', String(form), 'form_changed']]);
	const details = cgi('integration', { path: `/${integration}`, cookie: admin });
	assert.match(details.body, new RegExp(`Form changed[^]*The form has a new question[^]*href="/fieldmap/${form}">Check its fields`));
	const page = open();
	assert.match(page.body, /<span class="tag">New<\/span>[^]*Gone\?<\/bdi> <span class="tag">Not asked any more/);
	await assert_valid(page);
	send(`/${form}`, choice(page.body));
	assert.deepEqual(stack.sql('SELECT reason FROM trouble'), []);
	assert.doesNotMatch(open().body, /class="tag">New</);
});

test('copied from another form; own fields renamed and hidden', async () => {
	const field = stack.number('SELECT MAX(id) FROM custom_field');
	const other = stack.number(`SELECT MIN(id) FROM lead_form WHERE id <> ${form} AND questions NOT IN ('', '[]')`);
	const copied = cgi('fieldmap', { path: `/${other}`, query: `from=${form}`, cookie: admin });

	assert.match(copied.body, /Copied from[^]*Save Changes keeps it/);
	await assert_valid(copied);
	stack.sql("INSERT INTO custom_field (name, created_at) VALUES ('Taken', UTC_TIMESTAMP(3))");
	const taken = post('fieldmap', `/custom/${form}`, admin, { field, name: 'TAKEN' });
	assert.equal(taken.status, 422);
	assert.match(taken.body, /Another field has this name already\./);
	assert.equal(post('fieldmap', `/custom/${form}`, admin, { field, name: 'Treatment', hidden: '1' }).status, 303);
	assert.deepEqual(stack.sql(`SELECT name, is_hidden FROM custom_field WHERE id = ${field}`), [['Treatment', '1']]);
	const lead = stack.number("SELECT id FROM `lead` WHERE email = 'tom@example.com'");
	assert.doesNotMatch(cgi('lead', { path: `/${lead}`, cookie: admin }).body, /<dt><bdi>Treatment/);
});
