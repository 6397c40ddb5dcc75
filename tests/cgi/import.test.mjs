// Leads from files: Meta's own download, any table, and what is no table.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { Stack, until } from '../web.mjs';
import { cgi, use, log_in, post, upload, assert_valid, marker } from './kit.mjs';

const form = '447333180259101';
let stack, root, plain, tomasz;

const number = (text) => stack.number(text);
const page = (path, cookie = root) => cgi('lead-import', { path, cookie });
const send = (name, bytes, cookie = root, more = {}) => upload('lead-import', '', cookie, {}, name, bytes, more);
const id_of = (answer) => Number(/\/lead-import\/(\d+)$/.exec(answer.head.location)?.[1]);
const files = () => readdirSync(`${stack.home}/var`).filter((name) => /^(upload|import)/.test(name));
const targets = (body) => [...body.matchAll(/<select id="t-\d+"[^]*?<option value="([^"]*)" selected/g)].map(([, value]) => value);
const state = (id) => stack.sql(`SELECT state FROM file_import WHERE id = ${id}`)[0][0];
const counts = (id) => stack.sql('SELECT n_new, n_joined, n_skipped, n_known, n_faults FROM file_import WHERE id = ' + id)[0].map(Number);
const leads = () => number('SELECT COUNT(*) FROM `lead`');

// The columns chosen and every row looked at.
async function check(id, fields = {}, chosen = targets(page(`/${id}`).body))
{
	const csrf = /name="csrf" value="([^"]*)"/.exec(page(`/${id}`).body)[1];
	const answer = cgi('lead-import', { path: `/columns/${id}`, method: 'POST', cookie: root, body: new URLSearchParams([
		['csrf', csrf], ...chosen.map((target) => ['targets', target]),
		...Object.entries({ assign: 'nobody', on_known: 'join', tag: '', ...fields })]).toString() });

	if (answer.status === 303)
		await stack.work();
	return answer;
}

async function act(id, what)
{
	const answer = post('lead-import', `/${what}/${id}`, root, {});

	await stack.work();
	return answer;
}

// As Meta writes it: UTF-16LE with its mark, tabs, prefixes.
const meta_file = (rows) => Buffer.from('\ufeff' + ['id\tcreated_time\tad_id\tad_name\tadset_id\tadset_name\tcampaign_id\t' +
	'campaign_name\tform_id\tform_name\tis_organic\tplatform\tfull_name\temail\tphone_number\twhich_treatment',
...rows.map(([id, name, email, phone]) => `l:${id}\t2026-05-04T13:55:17+02:00\tag:1\tVideo\tas:2\tWomen\tc:3\tSpring\tf:${form}\t` +
		`Free whitening check\tfalse\tig\t${name}\t${email}\tp:${phone}\twhite`)].join('\n'), 'utf16le');

before(async () => {
	stack = use(await Stack.up());
	stack.user('root@example.com', 'superadmin', true, 'Maeve');
	stack.user('sales@example.com', 'member', true, 'Tomasz');
	stack.user('plain@example.com', 'member', false, 'Plain');
	stack.connect('unassigned');
	[root, plain] = ['root@example.com', 'plain@example.com'].map((who) => log_in(who).cookie);
	tomasz = number("SELECT id FROM app_user WHERE email = 'sales@example.com'");
});
after(() => stack.down());

test('Meta\'s own file is recognised; what came by webhook is not doubled; all of it is undone', async () => {
	const [known] = (await stack.ask_sim('/sim/leads', { form, platform: 'fb',
		values: { full_name: 'Ann', email: 'ann@example.com', phone_number: '+353209110201' } })).ids;
	stack.simulator('deliver');
	await stack.work();
	const [ann] = stack.sql('SELECT * FROM `lead` ORDER BY id DESC LIMIT 1'), had = leads();
	const id = id_of(send('leads.csv', meta_file([[known, 'Ann', 'ann@example.com', '+353209110201'],
		['77001', 'Ann Byrne', 'ann@example.com', '+353209110202'], ['77002', 'Олена Коваль', 'olena@example.com', '+353209110203'],
		['77003', 'Олена', 'olena@example.com', ''], ['oops', 'No Id', 'x@example.com', '']])));
	const first = page(`/${id}`);

	assert.match(first.body, /This is Meta’s file of the form “Free whitening check”\. Columns are set\./);
	await assert_valid(first);
	assert.equal((await check(id, { assign: 'user', user: tomasz, tag: 'Spring fair' })).status, 303);
	assert.deepEqual(counts(id), [2, 1, 0, 1, 1]);
	assert.equal(leads(), had, 'a check stores nothing');
	const preview = page(`/${id}`);
	assert.match(preview.body, /2 new, 1 of a known person, 1 already here, 1 cannot be read[^]*Import 3 leads/);
	assert.match(preview.body, /Line 6/);
	await assert_valid(preview);
	await act(id, 'go');
	assert.equal(state(id), 'done');
	assert.deepEqual(counts(id), [1, 2, 0, 1, 1], 'two rows of one new person are one lead');
	assert.equal(leads(), had + 1);
	const [olena] = stack.sql("SELECT id, source, assignee_id, n_submissions FROM `lead` WHERE email = 'olena@example.com'");
	assert.deepEqual(olena.slice(1), ['import', String(tomasz), '2']);
	assert.deepEqual(stack.sql(`SELECT tag FROM lead_tag WHERE lead_id = ${olena[0]} ORDER BY tag`), [['Instagram Lead Ad'], ['Spring fair']]);
	assert.deepEqual(stack.sql("SELECT platform, campaign_name, form_name, page_name <> '', integration_id, submitted_at, way FROM submission" +
		" WHERE leadgen_id = '77002'"), [['ig', 'Spring', 'Free whitening check', '1', '1', '2026-05-04 11:55:17.000', 'import']]);
	const shown = cgi('lead', { path: `/${olena[0]}`, cookie: root });
	assert.match(shown.body, /Came from the file “leads\.csv”[^]*Source<\/dt><dd><bdi>Import/);
	await assert_valid(shown);
	assert.equal(number('SELECT COUNT(*) FROM mail'), 0, 'nobody gets letters');
	await assert_valid(page(`/${id}`));
	assert.deepEqual(stack.sql('SELECT field, value FROM lead_other ORDER BY field, value'),
		[['name', 'Ann Byrne'], ['name', 'Олена'], ['phone', '+353209110202']]);
	await act(id, 'undo');
	assert.equal(state(id), 'undone');
	assert.equal(leads(), had);
	const [again] = stack.sql('SELECT * FROM `lead` ORDER BY id DESC LIMIT 1');
	assert.deepEqual([again[1], again[4], again[5], again[17]], [ann[1], ann[4], ann[5], ann[17]]);
	assert.equal(number("SELECT COUNT(*) FROM submission WHERE way = 'import'") + number('SELECT COUNT(*) FROM lead_other'), 0);
	assert.equal(number('SELECT COUNT(*) FROM lead_facet WHERE lead_id NOT IN (SELECT id FROM `lead`)') +
		number('SELECT COUNT(*) FROM lead_word WHERE lead_id NOT IN (SELECT id FROM `lead`)'), 0);
	await stack.work();
	assert.equal((await act(id, 'undo')).status, 409);
});

test('any table: columns guessed, chosen, own fields, preview, shared out', async () => {
	stack.sql("INSERT INTO custom_field (name, created_at) VALUES ('Budget', NOW(3))");
	const own = `custom:${number("SELECT id FROM custom_field WHERE name = 'Budget'")}`;
	const id = id_of(send(`"><i>.csv`, 'Full Name;E-mail;Phone Number;Notes;Money\n' +
		`"Byrne; Mary ${marker.replaceAll('"', '""')}";mary@example.com;+353 20 911 0301;"two\nlines";5000\n` +
		'Noah;noah@example.com;;;\n;;;only a note;\nToo;many@example.com;;;;x\n'));
	const first = page(`/${id}`);

	await assert_valid(first);
	assert.deepEqual(targets(first.body), ['name', 'email', 'phone', '', '']);
	assert.match(first.body, /two\s+lines/);
	await check(id, { assign: 'share' }, ['name', 'email', 'phone', '', own]);
	assert.deepEqual(counts(id), [2, 0, 0, 0, 2]);
	const preview = page(`/${id}`);
	assert.match(preview.body, /Byrne; Mary &quot;&gt;&lt;i&gt;/);
	assert.match(preview.body, /Line 5 has no name, e-mail address or phone number[^]*Line 6 has more cells/);
	await assert_valid(preview);
	await act(id, 'go');
	const rows = stack.sql("SELECT email, assignee_id, phone_e164 FROM `lead` WHERE source = 'import' ORDER BY email");
	assert.deepEqual(rows.map(([email, , phone]) => [email, phone]), [['mary@example.com', '+353209110301'], ['noah@example.com', '']]);
	assert.equal(new Set(rows.map(([, who]) => who)).size, 2, 'one each');
	assert.deepEqual(stack.sql('SELECT value FROM lead_custom'), [['5000']]);
	assert.match(cgi('leads', { cookie: root, query: 'source=import' }).body, /2 leads/);
	const refused = page(`/refused/${id}`);
	assert.match(refused.body, /^\ufeffline,reason,row\r\n"?5"?,"Line 5 has no[^\r]*\r\n"?6"?,/);
	// Somebody works on one of them: that one stays.
	post('lead-act', '/note', root, { id: number("SELECT id FROM `lead` WHERE email = 'mary@example.com'"), note: 'Called' });
	await act(id, 'undo');
	assert.deepEqual(stack.sql("SELECT email FROM `lead` WHERE source = 'import'"), [['mary@example.com']]);
	assert.match(page(`/${id}`).body, /Undone: 1 taken back, 1 kept/);
});

test('known people: a new lead, or only the answer', async () => {
	const had = leads(), file = 'email,city\nann@example.com,Cork\n';
	const skip = id_of(send('a.csv', file));
	await check(skip, { on_known: 'skip' });
	await act(skip, 'go');
	assert.deepEqual([counts(skip).slice(0, 3), leads()], [[0, 0, 1], had]);
	const fresh = id_of(send('b.csv', file));
	await check(fresh, { on_known: 'new' });
	await act(fresh, 'go');
	assert.deepEqual([counts(fresh).slice(0, 3), leads()], [[1, 0, 0], had + 1]);
});

test('each page says which step it is', async () => {
	const steps = (answer) => [...(/<ol class="steps"[^]*?<\/ol>/.exec(answer.body)?.[0] ?? '')
		.matchAll(/<li( class="done")?( aria-current="step")?>([^<]*)/g)].map(([, done, now, title]) => `${now ? '> ' : done ? '+ ' : ''}${title}`).join(', ');
	const bad = send('x.csv', '');

	assert.equal(steps(page('')), '> File, Columns, Preview, Import');
	assert.equal(steps(bad), '> File, Columns, Preview, Import');
	const id = id_of(send('steps.csv', 'email\nsteps@example.com\n'));
	assert.equal(steps(page(`/${id}`)), '+ File, > Columns, Preview, Import');
	await check(id);
	assert.equal(steps(page(`/${id}`)), '+ File, + Columns, > Preview, Import');
	assert.equal(steps(page(`/columns/${id}`)), '+ File, > Columns, Preview, Import', 'again');
	stack.sql(`UPDATE file_import SET state = 'running' WHERE id = ${id}`);
	assert.equal(steps(page(`/${id}`)), '+ File, + Columns, + Preview, > Import');
	stack.sql(`UPDATE file_import SET state = 'checked' WHERE id = ${id}`);
	await act(id, 'go');
	assert.equal(steps(page(`/${id}`)), '+ File, + Columns, + Preview, + Import');
	await act(id, 'undo');
	assert.equal(steps(page(`/${id}`)), '');
});

test('undo takes back what a file gave a lead that was here, but for what somebody changed since', async () => {
	const enter = (name, email) => {
		assert.equal(post('lead-edit', '/new', root, { name, email, phone: '', company: '', job_title: '', street: '', post_code: '',
			city: '', state: '', country: '' }).status, 303);
		const id = number(`SELECT id FROM \`lead\` WHERE email = '${email}'`);

		post('lead-act', '/assign', root, { id, user: 0 });
		return id;
	};
	const own = number("SELECT id FROM custom_field WHERE name = 'Budget'");
	const [calm, busy] = [enter('Calm', 'calm@example.com'), enter('Busy', 'busy@example.com')];
	const had = (id) => JSON.stringify([stack.sql(`SELECT company, assignee_id, nobody_why FROM \`lead\` WHERE id = ${id}`),
		stack.sql(`SELECT value FROM lead_custom WHERE lead_id = ${id}`), stack.sql(`SELECT tag FROM lead_tag WHERE lead_id = ${id} ORDER BY tag`)]);
	const before = [had(calm), had(busy)];
	const file = 'email,company,money\ncalm@example.com,Inn,5000\nbusy@example.com,Bakery,7000\n';
	const [first, second] = [id_of(send('one.csv', file)), id_of(send('two.csv', 'email\ncalm@example.com\n'))];

	await check(first, { assign: 'user', user: tomasz, tag: 'Fair' }, ['email', 'company', `custom:${own}`]);
	await act(first, 'go');
	await check(second, { tag: 'Fair' });
	await act(second, 'go');
	assert.equal(had(calm), JSON.stringify([[['Inn', String(tomasz), '']], [['5000']], [['Fair']]]));
	// Somebody changes what the file gave to one of them.
	stack.sql(`UPDATE \`lead\` SET company = 'Mill' WHERE id = ${busy}`);
	stack.sql(`UPDATE lead_custom SET value = '8000' WHERE lead_id = ${busy}`);
	post('lead-act', '/assign', root, { id: busy, user: number("SELECT id FROM app_user WHERE email = 'root@example.com'") });
	await act(first, 'undo');
	assert.equal(had(calm), before[0].replace('[]]', '[["Fair"]]]'), 'the tag is the other file\'s, too');
	assert.match(page(`/${first}`).body, /Undone: 2 taken back, 0 kept, 3 values that somebody changed since left/);
	assert.deepEqual(stack.sql(`SELECT company, assignee_id = ${tomasz} FROM \`lead\` WHERE id = ${busy}`), [['Mill', '0']]);
	assert.deepEqual(stack.sql(`SELECT value FROM lead_custom WHERE lead_id = ${busy}`), [['8000']]);
	assert.deepEqual(stack.sql(`SELECT tag FROM lead_tag WHERE lead_id = ${busy}`), []);
	assert.match(cgi('lead', { path: `/${busy}`, cookie: root }).body,
		/The import of “one\.csv” was undone; what was changed since stays: Company, Budget, Assigned to/);
	await act(second, 'undo');
	assert.equal(had(calm), before[0]);
});

test('what is no table is refused with the reason, and leaves nothing', async () => {
	const had = number('SELECT COUNT(*) FROM file_import'), kept = files();

	for (const [name, bytes, words] of [['x.xlsx', Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0]), /Excel workbook/],
		['x.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), /picture|binary|PNG/i], ['x.csv', '', /empty/],
		['x.csv', 'name,email\n', /no row behind the first one/], ['x.csv', Buffer.from([0, 1, 2, 3, 0, 0, 9]), /./]]) {
		const answer = send(name, bytes);

		assert.equal(answer.status, 422, `${name} ${answer.log}`);
		assert.match(/role="alert"><div>([^<]*)/.exec(answer.body)[1], words);
		await assert_valid(answer);
	}
	assert.equal(send('x.csv', 'name\nAnn\n', root, { end: false }).status, 400);
	assert.equal(send('x.csv', 'name\nAnn\n', root, { csrf: 'none' }).status, 403);
	assert.equal(send('x.csv', 'name\nAnn\n', plain).status, 403);
	assert.equal(send('x.csv', 'name\nAnn\n', '', { csrf: '' }).status, 303);
	assert.equal(post('lead-import', '', root, { file: 'name' }).status, 400);
	assert.equal(number('SELECT COUNT(*) FROM file_import'), had);
	assert.deepEqual(files(), kept);
});

test('broken rows cost themselves: quotes, NUL, another encoding, a line of 10 MB', async () => {
	const had = leads();
	const id = id_of(send('broken.csv', Buffer.concat([Buffer.from('name,email\nGood One,one@example.com\n"Open,two@example.com\n' +
		'Good Two,three@example.com\nNul\0,four@example.com\n'), Buffer.from([0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72, 0x2c, 0x0a]),
	Buffer.from(`${'x'.repeat(10 << 20)},five@example.com\nGood Three,six@example.com\n`)])));

	await check(id);
	assert.deepEqual(counts(id), [3, 0, 0, 0, 4]);
	assert.deepEqual(stack.sql(`SELECT line, reason FROM file_import_fault WHERE import_id = ${id} ORDER BY line`), [
		['3', 'Line 3 has a quote that is not closed.'], ['5', 'Line 5 holds a zero byte, which no text has.'],
		['6', 'Line 6 is not readable as UTF-8. Save the file as "CSV UTF-8" and choose it again.'],
		['7', 'Line 7 is longer than 256 KiB.']]);
	await act(id, 'go');
	assert.equal(leads(), had + 3);
	assert.equal(number(`SELECT COUNT(*) FROM file_import_fault WHERE import_id = ${id}`), 4);
});

test('a row that the database does not take costs itself alone', async () => {
	const file = meta_file([['88001', 'Before', 'before@example.com', ''], ['88002', 'Far off', 'far@example.com', ''],
		['88003', 'Behind', 'behind@example.com', '']]).toString('utf16le').split('\n');

	file[2] = file[2].replace('2026-05-04T13:55:17+02:00', '9999-12-31T23:59:59-12:00');
	const id = id_of(send('dates.csv', Buffer.from(file.join('\n'), 'utf16le')));
	await check(id);
	await act(id, 'go');
	assert.deepEqual([state(id), counts(id)], ['done', [2, 0, 0, 0, 1]]);
	assert.deepEqual(stack.sql(`SELECT line, reason FROM file_import_fault WHERE import_id = ${id}`), [['3', 'Line 3 cannot be stored.']]);
	await until('the file is not kept', () => !files().includes(`import-${id}.csv`));
	await act(id, 'undo');
	assert.equal(state(id), 'undone');
});

test('a file is its bringer\'s and Admins\'; the right is judged while it runs', async () => {
	const sales = log_in('sales@example.com').cookie, id = id_of(send('own.csv', 'name\nAnn\n'));

	for (const what of ['go', 'stop', 'undo'])
		assert.equal(post('lead-import', `/${what}/${id}`, sales, {}).status, 403, what);
	const own = id_of(send('sales.csv', 'name\nOnly One\n', sales));
	await check(own, {}, ['name']);
	stack.sql(`UPDATE app_user SET manages_leads = FALSE WHERE id = ${tomasz}`);
	await act(own, 'go');
	stack.sql(`UPDATE app_user SET manages_leads = TRUE WHERE id = ${tomasz}`);
	assert.equal(state(own), 'stopped');
	assert.equal(number("SELECT COUNT(*) FROM `lead` WHERE name = 'Only One'"), 0);
});

test('bad choices are told beside the form, and what was typed stays', async () => {
	const id = id_of(send('c.csv', 'colour,size\nred,9\n'));
	const nobody = await check(id, { tag: 'Kept' });

	assert.equal(nobody.status, 422);
	assert.match(nobody.body, /Choose the column of the name[^]*value="Kept"/);
	await assert_valid(nobody);
	assert.equal((await check(id, { assign: 'user' }, ['name', ''])).status, 422);
	assert.equal((await check(id, { assign: 'me' }, ['name', ''])).status, 400);
	assert.equal((await check(id, {}, ['password_hash', 'name'])).status, 422);
	assert.equal((await act(id, 'go')).status, 409, 'not before it was checked');
});

test('files go after a day, refused rows after 30, however many there are', () => {
	const left = () => files().filter((name) => /^import-9\d{3}/.test(name)).length;

	for (let i = 0; i < 25; i++) {
		stack.sql(`INSERT INTO file_import (id, name, kind, state, columns, made_at) VALUES (${9000 + i}, 'old', 'table', 'undone',` +
			` '[{"name":"a","target":"","samples":["Secret","",""]}]', '2026-01-01');` +
			` INSERT INTO file_import_fault (import_id, row_no, line, reason, raw) VALUES (${9000 + i}, 2, 2, 'x', 'Secret')`);
		writeFileSync(`${stack.home}/var/import-${9000 + i}.csv`, 'Secret');
	}
	stack.leadport(['worker', '--once']);
	stack.leadport(['worker', '--once']);
	assert.equal(left(), 0);
	assert.equal(number("SELECT COUNT(*) FROM file_import WHERE columns LIKE '%Secret%'") +
		number("SELECT COUNT(*) FROM file_import_fault WHERE raw = 'Secret'"), 0);
});

test('what a killed upload left is swept away after a day', () => {
	const left = (name, days) => {
		writeFileSync(`${stack.home}/var/${name}`, 'x');
		utimesSync(`${stack.home}/var/${name}`, Date.now() / 1000 - days * 86400, Date.now() / 1000 - days * 86400);
	};

	left('upload.old001', 2);
	left('upload.new001', 0);
	stack.leadport(['worker', '--once']);
	assert.deepEqual(files().filter((name) => name.startsWith('upload')), ['upload.new001']);
	stack.run(['rm', `${stack.home}/var/upload.new001`]);
});

test('a file whose run was put away by another host goes after a day, one that is needed stays', () => {
	const id = id_of(send('needed.csv', 'name,email\nAnn,ann.needed@example.com\n'));
	const age = (name, days) => utimesSync(`${stack.home}/var/${name}`, Date.now() / 1000 - days * 86400,
		Date.now() / 1000 - days * 86400);
	const had = files();

	age(`import-${id}.csv`, 2);
	for (const [name, days] of [['import-900001.csv', 2], ['import-900002.csv', 0]]) {
		writeFileSync(`${stack.home}/var/${name}`, 'x');
		age(name, days);
	}
	stack.leadport(['worker', '--once']);
	assert.deepEqual(files().sort(), [...had, 'import-900002.csv'].sort());
	stack.run(['rm', `${stack.home}/var/import-900002.csv`]);
});

test('a file that is not here is left to another host; one that nobody has ends its run', async () => {
	const id = id_of(send('elsewhere.csv', 'name,email\nAnn,ann.elsewhere@example.com\n'));
	const path = `${stack.home}/var/import-${id}.csv`;
	const job = () => stack.sql(`SELECT state, reason, attempts FROM job WHERE kind = 'file' AND subject = '${id}'`)[0];
	// A worker that has just looked writes down what it knew of the job.
	const tried = (end, attempts) => until(`it is ${end}`, async () => {
		stack.sql(`UPDATE job SET run_at = UTC_TIMESTAMP(3), attempts = ${attempts} WHERE kind = 'file' AND subject = '${id}'`);
		await stack.work();
		return state(id) === end;
	});

	renameSync(path, `${path}.away`);
	await check(id);
	assert.equal(state(id), 'checking');
	await until('it is left to another host', () => job().slice(0, 2).join() === 'ready,other_host');
	renameSync(`${path}.away`, path);
	await tried('checked', 58);
	stack.run(['rm', path]);
	await act(id, 'go');
	assert.equal(state(id), 'running');
	await tried('failed', 59);
});

test('a boundary within the file, and every length around the pieces it is read in', () => {
	const path = (id) => `${stack.home}/var/import-${id}.csv`;

	for (const size of [0, 1, 16383, 16384, 16385, 65535, 65536, 70000]) {
		const text = `name\n${'x'.repeat(size)}\r\n------leadport7f3\r\n--\r\ny\n`;

		assert.equal(readFileSync(path(id_of(send('d.csv', text))), 'utf8'), text, String(size));
	}
});

test('a worker that is killed in the middle stores each row once', async () => {
	const rows = Array.from({ length: 400 }, (_, i) => `Person ${i},person${i}@example.com`).join('\n');
	const id = id_of(send('many.csv', `name,email\n${rows}\n`));

	await check(id);
	// The job looks lost again and again, as if its worker had died behind each batch.
	stack.sql(`UPDATE file_import SET state = 'running', at_row = 0, n_new = 0 WHERE id = ${id};` +
		` UPDATE job SET state = 'ready', attempts = 0, run_at = UTC_TIMESTAMP(3) WHERE kind = 'file' AND subject = '${id}'`);
	for (let i = 0; i < 4; i++) {
		const worker = stack.worker();

		while (number(`SELECT at_row FROM file_import WHERE id = ${id}`) < (i + 1) * 90)
			await new Promise((wake) => setImmediate(wake));
		worker.kill('SIGKILL');
		stack.sql("UPDATE job SET lease_until = '2020-01-01' WHERE state = 'running'");
	}
	await stack.work();
	assert.deepEqual([state(id), counts(id)[0]], ['done', 400]);
	assert.equal(number("SELECT COUNT(*) FROM `lead` WHERE email LIKE 'person%'"), 400);
	assert.equal(number(`SELECT COUNT(*) FROM submission WHERE import_id = ${id}`), 400);
	const undone = await act(id, 'undo');
	assert.equal(undone.status, 303, undone.log);
	assert.equal(state(id), 'undone');
	assert.equal(number("SELECT COUNT(*) FROM `lead` WHERE email LIKE 'person%'"), 0);
});
