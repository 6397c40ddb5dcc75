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

test('what a later answer says, too, stays, and is known by it', async () => {
	const kay = await answer({ full_name: 'Kay', phone_number: '+353209110601' });
	const first = await imported('phone,email,company\n+353209110601,kay@example.com,Inn\n');

	assert.equal(await answer({ full_name: 'Kay', email: 'kay@example.com' }), kay);
	const second = await imported('email,company\nkay@example.com,Inn\n', {}, undefined, 'more.csv');
	await undo(first);
	assert.deepEqual([column(kay, 'email'), column(kay, 'company'), column(kay, 'phone')], ['kay@example.com', 'Inn', '+353209110601']);
	assert.deepEqual(known('kay@example.com'), [kay]);
	assert.equal(await answer({ full_name: 'Kay', email: 'kay@example.com' }), kay, 'nobody is doubled');
	await undo(second);
	assert.deepEqual([column(kay, 'email'), column(kay, 'company')], ['kay@example.com', '']);
});

test('another address that a file told leads to nobody any more, unless another answer told it', async () => {
	const ned = await answer({ full_name: 'Ned', email: 'ned@example.com', phone_number: '+353209110602' });

	await answer({ full_name: 'Ned', email: 'ned.home@example.com', phone_number: '+353209110602' });
	const file = await imported('phone,email,company\n+353209110602,owner@example.com,Inn\n+353209110602,ned.home@example.com,\n');
	const bare = await imported('phone,email\n+353209110602,other@example.com\n', {}, undefined, 'bare.csv');

	assert.deepEqual([known('owner@example.com'), known('other@example.com')], [[ned], [ned]]);
	await undo(file);
	await undo(bare);
	assert.deepEqual([known('owner@example.com'), known('other@example.com')], [[], []]);
	assert.deepEqual([known('ned@example.com'), known('ned.home@example.com'), known('+353209110602')], [[ned], [ned], [ned]]);
	assert.deepEqual(stack.sql(`SELECT field, value FROM lead_other WHERE lead_id = ${ned}`), [['email', 'ned.home@example.com']]);
	assert.notEqual(await answer({ full_name: 'Owner', email: 'owner@example.com' }), ned);
});

test('what was said beside stays while another answer says so', async () => {
	const ola = await answer({ full_name: 'Ola', email: 'ola@example.com' });
	const file = await imported('email,name\nola@example.com,Aleksandra\n');

	await answer({ full_name: 'Aleksandra', email: 'ola@example.com' });
	await undo(file);
	assert.deepEqual(stack.sql(`SELECT field, value FROM lead_other WHERE lead_id = ${ola}`), [['name', 'Aleksandra']]);
});

test('a lead that was merged keeps its own, and so do both when they are parted', async () => {
	const lead = async (name, email, phone = '') => answer({ full_name: name, email, phone_number: phone });
	const own = own_field();
	const set = (id, value) => stack.sql(`INSERT INTO lead_custom (lead_id, field_id, value) VALUES (${id}, ${own}, '${value}')`);
	const [kept, gone] = [await lead('Pat', 'pat@example.com', '+353209110603'), await lead('Pat B', 'patb@example.com')];

	set(kept, '5000');
	post('lead-act', '/assign', root, { id: kept, user: tomasz });
	post('lead-act', '/tag', root, { id: kept, tag: 'Fair' });
	// The phone is given to the second alone: the e-mail comes first.
	const file = await imported('email,phone,money,also\npatb@example.com,+353209110603,5000,patb2@example.com\n',
		{ tag: 'Fair', assign: 'user', user: tomasz }, ['email', 'phone', `custom:${own}`, '']);
	assert.equal(column(gone, 'phone'), '+353209110603');
	merge(kept, gone);
	await undo(file);
	const is = (id) => [column(id, 'phone'), column(id, 'email'), texts(`SELECT value FROM lead_custom WHERE lead_id = ${id}`),
		texts(`SELECT tag FROM lead_tag WHERE lead_id = ${id} ORDER BY tag`), column(id, 'assignee_id')];
	assert.deepEqual(is(kept), ['+353209110603', 'pat@example.com', ['5000'], ['Facebook Lead Ad', 'Fair'], String(tomasz)]);
	assert.deepEqual(known('+353209110603'), [kept]);
	unmerge();
	assert.deepEqual(is(kept), ['+353209110603', 'pat@example.com', ['5000'], ['Facebook Lead Ad', 'Fair'], String(tomasz)]);
	assert.deepEqual(is(gone), ['', 'patb@example.com', [], ['Facebook Lead Ad'], 'NULL']);
	assert.deepEqual([known('+353209110603'), known('patb@example.com')], [[kept], [gone]]);
});

test('a merge that brought something of a file alone loses it', async () => {
	const [kept, gone] = [await answer({ full_name: 'Quin', email: 'quin@example.com' }), await answer({ full_name: 'Quin', email: 'quinb@example.com' })];
	const file = await imported('email,phone,company\nquinb@example.com,+353209110604,Inn\n');

	merge(kept, gone);
	assert.deepEqual([column(kept, 'phone'), column(kept, 'company')], ['+353209110604', 'Inn']);
	await undo(file);
	assert.deepEqual([column(kept, 'phone'), column(kept, 'company'), known('+353209110604')], ['', '', []]);
	unmerge();
	assert.deepEqual([column(gone, 'phone'), column(gone, 'company'), known('+353209110604')], ['', '', []]);
});

test('whoever got a later answer of the lead keeps it', async () => {
	const rory = await answer({ full_name: 'Rory', email: 'rory@example.com' });
	const file = await imported('email\nrory@example.com\n', { assign: 'user', user: tomasz });

	await answer({ full_name: 'Rory', email: 'rory@example.com' });
	await undo(file);
	assert.equal(column(rory, 'assignee_id'), String(tomasz));
	const sean = await answer({ full_name: 'Sean', email: 'sean@example.com' });
	const [first, second] = [await imported('email\nsean@example.com\n', { assign: 'user', user: tomasz }),
		await imported('email\nsean@example.com\n', { assign: 'share' }, undefined, 'second.csv')];
	await undo(first);
	assert.equal(column(sean, 'assignee_id'), String(tomasz), 'the second file stayed with that person');
	await undo(second);
	assert.deepEqual([column(sean, 'assignee_id'), column(sean, 'nobody_why')], ['NULL', 'strategy']);
});

test('of a lead that the file made, what Meta\'s answer says stays', async () => {
	const own = own_field();
	const file = await imported('email,name,company,money\ntess@example.com,Theresa,Inn,5000\n', { tag: 'Fair', assign: 'user', user: tomasz },
		['email', 'name', 'company', `custom:${own}`]);
	const tess = number("SELECT id FROM `lead` WHERE email = 'tess@example.com'");

	assert.equal(await answer({ full_name: 'Tess', email: 'tess@example.com', phone_number: '+353209110605' }), tess);
	await undo(file);
	assert.deepEqual(['name', 'email', 'phone', 'company', 'source', 'n_submissions'].map((name) => column(tess, name)),
		['Tess', 'tess@example.com', '+353209110605', '', 'meta', '1']);
	assert.deepEqual([known('tess@example.com'), known('+353209110605')], [[tess], [tess]]);
	assert.deepEqual(texts(`SELECT CONCAT(tag, '') FROM lead_tag WHERE lead_id = ${tess}`), ['Facebook Lead Ad']);
	assert.deepEqual(texts(`SELECT value FROM lead_custom WHERE lead_id = ${tess}`), []);
	assert.deepEqual(stack.sql(`SELECT * FROM lead_other WHERE lead_id = ${tess}`), []);
	assert.deepEqual(texts(`SELECT is_joined FROM submission WHERE lead_id = ${tess}`), ['0']);
	assert.equal(column(tess, 'assignee_id'), String(tomasz), 'Meta\'s answer went to him');
});

test('a lead of the file that somebody merged with another stays in it', async () => {
	const file = await imported('email,company\numa.file@example.com,Inn\n'), uma = await answer({ full_name: 'Uma', email: 'uma@example.com' });

	merge(uma, number("SELECT id FROM `lead` WHERE email = 'uma.file@example.com'"));
	await undo(file);
	assert.match(page(`/${file}`).body, /Undone: 0 taken back, 1 kept/);
	assert.deepEqual([column(uma, 'n_submissions'), column(uma, 'company'), known('uma.file@example.com')], ['2', 'Inn', [uma]]);
});

test('a deleted lead is not known by what a file that is undone left it', async () => {
	const vera = await answer({ full_name: 'Vera', email: 'vera@example.com' });
	const file = await imported('email,company\nvera@example.com,Inn\n');

	post('lead-act', '/delete', root, { id: vera });
	await undo(file);
	assert.deepEqual(known('vera@example.com'), []);
	post('lead-act', '/restore', root, { id: vera });
	assert.deepEqual([column(vera, 'company'), known('vera@example.com')], ['', [vera]]);
});

test('a later answer that says something else of a field fills it then', async () => {
	const own = own_field(), wim = await answer({ full_name: 'Wim', phone_number: '+353209110606' });
	const file = await imported('phone,email,money\n+353209110606,wim.file@example.com,5000\n', {}, ['phone', 'email', `custom:${own}`]);
	const later = await imported('phone,email,money\n+353209110606,wim@example.com,7000\n', {}, ['phone', 'email', `custom:${own}`], 'later.csv');
	const is = () => [column(wim, 'email'), known('wim@example.com'), known('wim.file@example.com'),
		texts(`SELECT value FROM lead_custom WHERE lead_id = ${wim}`), stack.sql(`SELECT value FROM lead_other WHERE lead_id = ${wim}`)];

	assert.deepEqual(is(), ['wim.file@example.com', [wim], [wim], ['5000'], [['wim@example.com']]]);
	await undo(file);
	assert.deepEqual(is(), ['wim@example.com', [wim], [], ['7000'], []]);
	await undo(later);
	assert.deepEqual(is(), ['', [], [], [], []]);
});

// The answer `nth` from the newest of a lead, taken out of it: the new lead.
function split(lead, nth = 0)
{
	const id = number(`SELECT id FROM submission WHERE lead_id = ${lead} ORDER BY id DESC LIMIT 1 OFFSET ${nth}`);
	const answered = post('lead-merge', '/split', root, { id });

	assert.equal(answered.status, 303, answered.log);
	return Number(/\/lead\/(\d+)$/.exec(answered.head.location)[1]);
}

test('an answer of any table is taken out by the columns that were chosen', async () => {
	const xena = await answer({ full_name: 'Xena', email: 'xena@example.com' });

	await imported('Kontakt,Wer,Firma\nxena@example.com,Xaver,Inn\n', {}, ['email', 'name', 'company']);
	assert.equal(column(xena, 'company'), 'Inn');
	const xaver = split(xena);
	assert.deepEqual(['name', 'email', 'company'].map((name) => column(xaver, name)), ['Xaver', 'xena@example.com', 'Inn']);
	assert.deepEqual(['name', 'email', 'company'].map((name) => column(xena, name)), ['Xena', 'xena@example.com', '']);
});

test('what another answer says, too, stays where an answer is taken out', async () => {
	const yann = await answer({ full_name: 'Yann', phone_number: '+353209110607' });

	await answer({ full_name: 'Yann', phone_number: '+353209110607', email: 'yann@example.com' });
	assert.equal(await answer({ full_name: 'Yann', email: 'yann@example.com' }), yann);
	const other = split(yann, 1);
	assert.deepEqual([column(yann, 'email'), known('yann@example.com'), known('+353209110607')], ['yann@example.com', [yann], [yann]]);
	assert.equal(column(other, 'email'), 'yann@example.com');
	split(yann);
	assert.equal(column(yann, 'email'), '', 'that one told it, too');
});

test('an answer that came with a merge takes nothing of the lead\'s own', async () => {
	const [kept, gone] = [await answer({ full_name: 'Zoe', email: 'zoe@example.com', phone_number: '+353209110608' }),
		await answer({ full_name: 'Zora', email: 'zora@example.com' })];

	assert.equal(await answer({ full_name: 'Zora', email: 'zora@example.com', phone_number: '+353209110608' }), gone);
	merge(kept, gone);
	const own = split(kept);
	assert.deepEqual([column(kept, 'phone'), column(own, 'phone'), known('+353209110608')],
		['+353209110608', '+353209110608', [kept]]);
	unmerge();
	assert.deepEqual([column(kept, 'phone'), column(gone, 'phone')], ['+353209110608', '']);
});

test('parted again, a lead has what answers said that came to it since', async () => {
	const own = own_field();
	const [kept, gone] = [await answer({ full_name: 'Abe', email: 'abe@example.com' }),
		await answer({ full_name: 'Abel', email: 'abel@example.com', phone_number: '+353209110609' })];
	const values = (id) => texts(`SELECT value FROM lead_custom WHERE lead_id = ${id}`);

	stack.sql(`INSERT INTO lead_custom (lead_id, field_id, value) VALUES (${gone}, ${own}, '5000');` +
		` UPDATE \`lead\` SET company = 'Inn' WHERE id = ${gone}`);
	merge(kept, gone);
	assert.equal(await answer({ full_name: 'Abe', email: 'abe@example.com', phone_number: '+353209110609' }), kept);
	const file = await imported('email,money,company\nabe@example.com,7000,Inn\n', {}, ['email', `custom:${own}`, 'company']);
	assert.deepEqual([column(kept, 'company'), values(kept)], ['Inn', ['5000']]);
	unmerge();
	assert.deepEqual([column(kept, 'phone'), column(kept, 'company'), values(kept)], ['', 'Inn', ['7000']], 'the phone leads to the other one');
	assert.deepEqual([column(gone, 'phone'), column(gone, 'company'), values(gone)], ['+353209110609', 'Inn', ['5000']]);
	assert.deepEqual([known('abe@example.com'), known('+353209110609')], [[kept], [gone]]);
	await undo(file);
	assert.deepEqual([column(kept, 'company'), values(kept)], ['', []]);
});
