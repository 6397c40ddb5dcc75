// A file taken back: what it gave goes, what others gave stays, and what Meta
// has comes again.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Stack } from '../web.mjs';
import { cgi, use, log_in, post, upload, assert_valid } from './kit.mjs';

const form = '447333180259101';
let stack, root, tomasz;

const number = (text) => stack.number(text);
const texts = (text) => stack.sql(text).flat();
const page = (path) => cgi('lead-import', { path, cookie: root });
const state = (id) => texts(`SELECT state FROM file_import WHERE id = ${id}`)[0];
// An empty text would be an empty line, which is no row.
const column = (id, name) => texts(`SELECT CONCAT('=', ${name}) FROM \`lead\` WHERE id = ${id}`)[0]?.replace(/^=/, '');
const known = (norm) => texts(`SELECT lead_id FROM lead_identity WHERE norm = '${norm}'`).map(Number);
const of_leadgen = (id) => number(`SELECT COALESCE(MAX(lead_id), 0) FROM submission WHERE leadgen_id = '${id}'`);
const own_field = () => number("SELECT id FROM custom_field WHERE name = 'Budget'");

// One answer at Meta: its lead id.
async function at_meta(values)
{
	return (await stack.ask_sim('/sim/leads', { form, platform: 'fb', values: { full_name: '', email: '', phone_number: '',
		...values } })).ids[0];
}

async function announced()
{
	stack.simulator('deliver');
	await stack.work();
}

// One answer of Meta's that came: the lead it ended in.
async function answer(values)
{
	const id = await at_meta(values);

	await announced();
	return of_leadgen(id);
}

// A file that was imported: its number.
async function imported(bytes, fields = {}, targets = undefined, name = 'leads.csv')
{
	const at = upload('lead-import', '', root, {}, name, bytes).head.location;
	const id = Number(/\/lead-import\/(\d+)$/.exec(at)[1]), { body } = page(`/${id}`);
	const guessed = [...body.matchAll(/<select id="t-\d+"[^]*?<option value="([^"]*)" selected/g)].map(([, value]) => value);
	const checked = cgi('lead-import', { path: `/columns/${id}`, method: 'POST', cookie: root, body: new URLSearchParams([
		['csrf', /name="csrf" value="([^"]*)"/.exec(body)[1]], ...(targets || guessed).map((target) => ['targets', target]),
		...Object.entries({ assign: 'nobody', on_known: 'join', tag: '', ...fields })]).toString() });

	assert.equal(checked.status, 303, checked.log);
	await stack.work();
	post('lead-import', `/go/${id}`, root, {});
	await stack.work();
	assert.equal(state(id), 'done');
	return id;
}

async function undo(id)
{
	assert.equal(post('lead-import', `/undo/${id}`, root, {}).status, 303);
	await stack.work();
	assert.equal(state(id), 'undone');
}

// As Meta writes it: rows of id, name, e-mail, phone and the time.
const meta_file = (rows) => Buffer.from('\ufeff' + ['id\tcreated_time\tad_id\tad_name\tadset_id\tadset_name\tcampaign_id\t' +
	'campaign_name\tform_id\tform_name\tis_organic\tplatform\tfull_name\temail\tphone_number',
...rows.map(([id, name, email, phone, at]) => `l:${id}\t${at || new Date().toISOString()}\tag:1\tVideo\tas:2\tWomen\tc:3\t` +
	`Spring\tf:${form}\tFree whitening check\tfalse\tfb\t${name}\t${email}\t${phone ? `p:${phone}` : ''}`)].join('\n'), 'utf16le');

function merge(kept, gone, take = '')
{
	assert.equal(post('lead-merge', '', root, { id: kept, with: gone, take }).status, 303);
}

function unmerge()
{
	assert.equal(post('lead-merge', '/undo', root, { id: number('SELECT MAX(id) FROM lead_merge'), sure: '1' }).status, 303);
}

before(async () => {
	stack = use(await Stack.up());
	stack.user('root@example.com', 'superadmin', true, 'Maeve');
	stack.user('sales@example.com', 'member', true, 'Tomasz');
	stack.connect('unassigned');
	root = log_in('root@example.com').cookie;
	tomasz = number("SELECT id FROM app_user WHERE email = 'sales@example.com'");
	stack.sql("INSERT INTO custom_field (name, created_at) VALUES ('Budget', NOW(3))");
});
after(() => stack.down());

test('what Meta announced or would list comes again when its own file is undone; what is older does not', async () => {
	const [told, late] = [await at_meta({ full_name: 'Told', email: 'told@example.com' }), await at_meta({ full_name: 'Late', email: 'late@example.com' })];
	const id = await imported(meta_file([[told, 'Told', 'told@example.com', ''], ['66001', 'Old', 'old@example.com', '', '2020-05-04T13:55:17+02:00'],
		[late, 'Late', 'late@example.com', '']]), { tag: 'Fair' });

	assert.match(page(`/${id}`).body, /Meta has them, too[^]*come again by themselves/);
	await assert_valid(page(`/${id}`));
	await announced();
	assert.equal(number('SELECT COUNT(*) FROM `lead`'), 3, 'they were known');
	// As if it had not been announced: a sync alone met it.
	stack.sql(`DELETE FROM job WHERE subject = '${late}'`);
	stack.leadport(['sync', '1']);
	await stack.work();
	await undo(id);
	assert.deepEqual(stack.sql('SELECT leadgen_id, way FROM submission ORDER BY leadgen_id'),
		[[told, 'webhook'], [late, 'webhook']].sort());
	assert.deepEqual(texts('SELECT name FROM `lead` ORDER BY name'), ['Late', 'Told']);
	assert.equal(number("SELECT COUNT(*) FROM lead_tag WHERE tag = 'Fair'"), 0);
	assert.deepEqual(texts(`SELECT DISTINCT state FROM job WHERE kind = 'lead'`), ['done']);
	assert.match(page(`/${id}`).body, /Undone: 3 taken back, 0 kept/);
	stack.leadport(['sync', '1']);
	await stack.work();
	assert.equal(number('SELECT COUNT(*) FROM submission'), 2);
});

test('an answer that is being read while its file is undone is not lost', async () => {
	const told = await at_meta({ full_name: 'Read', email: 'read@example.com' });
	const id = await imported(meta_file([[told, 'Read', 'read@example.com', '']]));

	await announced();
	// Its worker looked before the undo, and ends its job behind it.
	stack.sql(`UPDATE job SET state = 'running', lease_owner = 'slow', lease_until = '2099-01-01' WHERE subject = '${told}'`);
	await undo(id);
	assert.equal(texts(`SELECT way FROM submission WHERE leadgen_id = '${told}'`)[0], 'webhook');
});

test('what an import of history met comes again, too, as history', async () => {
	const run = (days) => stack.sql("INSERT INTO sync_run (integration_id, way, state, since, started_at, ended_at) VALUES (1, 'history', 'done'," +
		` NOW(3) - INTERVAL ${days} DAY, NOW(3), NOW(3)); INSERT INTO sync_step (run_id, page_meta_id, form_meta_id, state)` +
		` SELECT LAST_INSERT_ID(), p.meta_id, f.meta_id, 'done' FROM lead_form f JOIN page p ON p.id = f.page_id WHERE f.meta_id = '${form}'`);
	const met = await at_meta({ full_name: 'Met', email: 'met@example.com' });
	const file = await imported(meta_file([[met, 'Met', 'met@example.com', ''], ['66002', 'Older', 'older@example.com', '',
		new Date(Date.now() - 20 * 86400000).toISOString()]]));

	stack.sql(`DELETE FROM job WHERE subject = '${met}'; UPDATE page SET connected_at = connected_at + INTERVAL 1 DAY`);
	run(10);
	await undo(file);
	stack.sql('UPDATE page SET connected_at = connected_at - INTERVAL 1 DAY; DELETE FROM sync_run WHERE way = \'history\'');
	assert.deepEqual(stack.sql("SELECT leadgen_id, way, assigned_at FROM submission WHERE form_meta_id = '" + form + "' AND way <> 'webhook'"),
		[[met, 'history', 'NULL']]);
	assert.equal(number("SELECT COUNT(*) FROM job WHERE subject = '66002'"), 0);
});

test('a test lead that was removed, and what somebody deleted or erased, do not come again', async () => {
	const kim = await answer({ full_name: 'Kim', email: 'kim@example.com' }), lou = await answer({ full_name: 'Lou', email: 'lou@example.com' });
	const ids = [];

	for (const email of ['kim@example.com', 'lou@example.com', 'max@example.com'])
		ids.push(await at_meta({ full_name: 'Again', email }));
	const file = await imported(meta_file([[ids[0], 'Kim B', 'kim@example.com', '+353209110401'],
		[ids[1], 'Lou B', 'lou@example.com', '+353209110402'], [ids[2], 'Max', 'max@example.com', '']]));
	await announced();
	for (const lead of [kim, lou])
		post('lead-act', '/delete', root, { id: lead });
	post('lead-act', '/erase', root, { id: lou });
	stack.sql(`UPDATE job SET reason = 'test_removed' WHERE subject = '${ids[2]}'`);
	await undo(file);
	assert.deepEqual([of_leadgen(ids[0]), of_leadgen(ids[1]), of_leadgen(ids[2])], [kim, lou, 0]);
	stack.leadport(['sync', '1']);
	await stack.work();
	assert.deepEqual(known('kim@example.com').concat(known('+353209110401'), known('lou@example.com')), [],
		'a deleted lead is known by nothing');
	assert.match(page(`/${file}`).body, /Undone: 1 taken back, 2 kept/);
});
