// What people do with a lead from its page, and what stays of it.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Stack } from '../web.mjs';
import { cgi, use, log_in, assert_valid, marker } from './kit.mjs';

let stack, root, sales, plain, lead, tomasz, plain_id;

const page = (cookie = root, id = lead) => cgi('lead', { path: `/${id}`, cookie });
const csrf_of = (cookie) => /name="csrf" value="([^"]*)"/.exec(cgi('leads', { cookie }).body)[1];
const act = (verb, fields = {}, cookie = root) => cgi('lead-act', { method: 'POST', path: `/${verb}`, cookie,
	body: new URLSearchParams({ csrf: csrf_of(cookie), id: lead, ...fields }).toString() });
// An empty text would be an empty line, which is no row.
const value = (column) => stack.sql(`SELECT CONCAT('=', ${column}) FROM \`lead\` WHERE id = ${lead}`)[0][0].replace(/^=/, '');
const listed = (query) => cgi('leads', { cookie: root, query }).body.includes(`href="/lead/${lead}"`);

before(async () => {
	stack = use(await Stack.up());
	stack.user('root@example.com', 'superadmin', true, `Maeve ${marker}`);
	stack.user('sales@example.com', 'member', true, 'Tomasz');
	stack.user('plain@example.com', 'member', false, 'Plain');
	stack.connect('unassigned');
	[root, sales, plain] = ['root@example.com', 'sales@example.com', 'plain@example.com'].map((who) => log_in(who).cookie);
	tomasz = stack.number("SELECT id FROM app_user WHERE email = 'sales@example.com'");
	plain_id = stack.number("SELECT id FROM app_user WHERE email = 'plain@example.com'");
	await stack.ask_sim('/sim/leads', { form: '447333180259101', platform: 'fb', values: {
		full_name: `Ann ${marker}`, email: 'ann@example.com', phone_number: '+353209110187' } });
	stack.simulator('deliver');
	await stack.work();
	lead = stack.number('SELECT MAX(id) FROM `lead`');
});
after(() => stack.down());

test('why nobody has it is kept, and a filter', () => {
	assert.equal(value('nobody_why'), 'strategy');
	assert.ok(listed('nobody=strategy'));
});

test('stage: saved, told in the timeline, the first touch', () => {
	assert.equal(value('touched_at'), 'NULL');
	assert.equal(act('stage', { stage: 'qualified' }).head.location, `/lead/${lead}`);
	assert.equal(value('stage'), 'qualified');
	assert.notEqual(value('touched_at'), 'NULL');
	assert.match(page().body, /Maeve &quot;&gt;&lt;i&gt;&#39;&amp;<\/bdi><\/b>: <bdi>Stage: Qualified, was New/);
	assert.ok(listed('stage=qualified') && !listed('stage=new'));
	assert.equal(act('stage', { stage: 'best' }).status, 400);
	const n = stack.number('SELECT COUNT(*) FROM lead_event');
	act('stage', { stage: 'qualified' });
	assert.equal(stack.number('SELECT COUNT(*) FROM lead_event'), n);
});

test('assigning by hand: with a reason, only to who takes leads', () => {
	assert.match(page().body, /<option value="0" selected>Nobody/);
	act('assign', { user: tomasz, reason: `Speaks Polish ${marker}` });
	assert.equal(value('assignee_id'), String(tomasz));
	assert.equal(value('nobody_why'), '');
	assert.match(page().body, /Assigned to Tomasz by hand[\s\S]*<blockquote dir="auto">Speaks Polish &quot;/);
	act('assign', { user: plain_id });
	assert.equal(value('assignee_id'), String(tomasz));
	assert.match(page().body, /role="alert"[\s\S]*takes no leads/);
	act('assign', { user: 0 });
	assert.equal(value('nobody_why'), 'person');
	assert.ok(listed('assignee=0&nobody=person'));
});

test('tags: added, found by, removed; a limit', () => {
	act('tag', { tag: marker });
	assert.ok(listed(`tag=${encodeURIComponent(marker)}`));
	assert.equal(act('tag', { tag: 'x'.repeat(65) }).status, 400);
	act('untag', { tag: marker });
	assert.ok(!listed(`tag=${encodeURIComponent(marker)}`));
	stack.sql(`INSERT INTO lead_tag SELECT ${lead}, CONCAT('t', seq) FROM seq_1_to_49`);
	act('tag', { tag: 'one more' });
	assert.match(page().body, /50 tags already/);
	stack.sql(`DELETE FROM lead_tag WHERE tag LIKE 't%' AND lead_id = ${lead}`);
});

test('notes keep their lines and anyone\'s script; calls are noted', async () => {
	act('note', { note: `First line\nзвонила ${marker}` });
	assert.match(page().body, /<blockquote dir="auto">First line\nзвонила &quot;&gt;&lt;i&gt;/);
	assert.equal(act('note', { note: ' ' }).status, 400);
	assert.equal(act('note', { note: 'x'.repeat(4001) }).status, 400);
	act('stage', { stage: 'new' });
	act('called');
	assert.equal(value('stage'), 'new');
	act('called', { reached: '1' });
	assert.equal(value('stage'), 'contacted');
	await assert_valid(page());
});

test('consent: each box of the form, given or not; what is no list is left out', async () => {
	const keep = (json) => stack.sql(`UPDATE submission SET disclaimers = '${json}' WHERE lead_id = ${lead}`);

	keep('[{"checkbox_key":"news \\\\"><i>","is_checked":"1"},{"checkbox_key":"calls","is_checked":""},{"text":"x"},7]');
	assert.match(page().body, /<bdi>news &quot;&gt;&lt;i&gt;<\/bdi><\/dt><dd>Given<[\s\S]*<bdi>calls<\/bdi><\/dt><dd>Not given</);
	await assert_valid(page());
	for (const other of ['', '{}', '[', '[]', `[{"checkbox_key":"${'x'.repeat(9000)}"}]`]) {
		keep(other);
		assert.equal(page().status, 200);
		assert.doesNotMatch(page().body, /<h3>Consent/);
	}
});

test('consent: the words of the form beside each box; without them its key; a form whose words are refused is read without', async () => {
	const autumn = '447333180259102';
	const deliver = async (values) => {
		await stack.ask_sim('/sim/leads', { form: autumn, values });
		stack.simulator('deliver');
		await stack.work();
		return stack.sql('SELECT id, lead_id FROM submission ORDER BY id DESC LIMIT 1')[0];
	};
	const shown = (id) => cgi('lead', { path: `/${id}`, cookie: root });
	const [submission, id] = await deliver({ first_name: 'Nora', last_name: 'Daly', email: 'nora@example.com', city: 'Cork',
		'when_may_we_call?': 'Noon', optional_1: '1' });
	const boxes = (body) => [...body.matchAll(/<dt>(?:<bdi>([^<]*)<\/bdi><br><small class="quiet-text">)?<bdi>([^<]*)<\/bdi>(?:<\/small>)?<\/dt><dd>((?:Not g|G)iven)/g)]
		.map(([, text, key, given]) => [text, key, given]);

	assert.deepEqual(boxes(shown(id).body), [['I have read how Harbour Dental keeps my data.', 'terms', 'Given'],
		['Write to me about offers, at most once a month.', 'optional_1', 'Given']]);
	assert.match(shown(id).body, /The words are those of the form, read from Meta on <time/);
	await assert_valid(shown(id));
	stack.sql(`UPDATE lead_form SET consents = '[{"key":"terms","text":${JSON.stringify(marker).replaceAll('\\', '\\\\').replaceAll("'", "''")}}]'` +
		` WHERE meta_id = '${autumn}'`);
	assert.match(shown(id).body, /<dt><bdi>&quot;&gt;&lt;i&gt;[^<]*<\/bdi><br>/);
	assert.deepEqual(boxes(shown(id).body)[1], [undefined, 'optional_1', 'Given']);
	// A version of Meta's without the field: the form is read all the same.
	stack.sql(`UPDATE submission SET form_meta_id = 'gone' WHERE id = ${submission}`);
	assert.deepEqual(boxes(shown(id).body).map(([text]) => text), [undefined, undefined]);
	assert.doesNotMatch(shown(id).body, /The words are those of the form/);
	stack.sql(`DELETE FROM lead_form WHERE meta_id = '${autumn}'`);
	await stack.ask_sim('/sim/faults', { kind: 'form', error: '100/field', times: 1 });
	await deliver({ first_name: 'Una', last_name: 'Daly', email: 'una@example.com', city: 'Cork', 'when_may_we_call?': 'Noon' });
	assert.deepEqual(stack.sql(`SELECT name, consents FROM lead_form WHERE meta_id = '${autumn}'`), [['Autumn check-up', '']]);
});

test('edit: saved, searched by, recognised by; a stale edit asks field by field', async () => {
	const form = (cookie = root) => cgi('lead-edit', { path: `/${lead}`, cookie });
	const fields = (body) => Object.fromEntries([...body.matchAll(/name="([a-z_]+)"(?: type="[a-z]+")? value="([^"]*)"/g)]
		.map((found) => [found[1], found[2].replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>')
			.replaceAll('&#39;', "'").replaceAll('&amp;', '&')]));
	const save = (what, cookie = root) => cgi('lead-edit', { method: 'POST', cookie,
		body: new URLSearchParams({ ...what, csrf: csrf_of(cookie) }).toString() });
	const mine = fields(form().body), theirs = { ...mine };

	await assert_valid(form());
	assert.equal(mine.name, `Ann ${marker}`);
	assert.equal(save({ ...mine, email: 'ann.new@example.com', city: 'Łódź' }).head.location, `/lead/${lead}`);
	assert.match(page().body, /Edited: E-mail, City[\s\S]*/);
	assert.ok(listed('q=ann.new'));
	assert.deepEqual(stack.sql(`SELECT norm FROM lead_identity WHERE kind = 'email' AND lead_id = ${lead}`), [['ann.new@example.com']]);

	const late = save({ ...theirs, city: '', company: `Tea ${marker}` });
	assert.equal(late.status, 409);
	assert.match(late.body, /<legend>Company<\/legend>[^]*Stored meanwhile: nothing[^]*Keep mine<\/b><small><bdi>Tea &quot;&gt;/);
	assert.match(late.body, /Stored meanwhile: <b><bdi>Łódź<[^]*Keep mine<\/b><small>nothing/);
	assert.match(late.body, /Stored meanwhile: <b><bdi>ann.new@example.com[^]*Keep mine<\/b><small><bdi>ann@example.com/);
	assert.doesNotMatch(late.body, /Stored meanwhile[^]*<legend>Phone/);
	await assert_valid(late);
	assert.equal(value('city'), 'Łódź');
	// Theirs, but for what is ticked; what was saved once more meanwhile is asked about once more.
	const answer = (body, ...mine) => cgi('lead-edit', { method: 'POST', cookie: root, body: new URLSearchParams([
		...Object.entries({ ...fields(body), csrf: csrf_of(root) }).filter(([name]) => !['asked', 'mine'].includes(name)),
		...[...body.matchAll(/name="asked" value="([^"]*)"/g)].map(([, name]) => ['asked', name]),
		...mine.map((name) => ['mine', name])]).toString() });
	assert.equal(save({ ...fields(form().body), city: 'Gdańsk' }).status, 303);
	const later = answer(late.body, 'email', 'city');
	assert.equal(later.status, 409);
	assert.deepEqual([...later.body.matchAll(/<legend>([^<]*)/g)].map(([, label]) => label), ['E-mail', 'City']);
	assert.match(later.body, /Stored meanwhile: <b><bdi>Gdańsk/);
	assert.equal(answer(later.body, 'email').status, 303);
	assert.deepEqual([value('email'), value('city'), value('company')], ['ann@example.com', 'Gdańsk', '']);
	// A fault in between does not make an old form a new one.
	const old = fields(form().body);
	assert.equal(save({ ...old, city: 'Sopot' }).status, 303);
	const faulty = save({ ...old, phone: '0'.repeat(65) });
	assert.equal(faulty.status, 422);
	assert.equal(save({ ...fields(faulty.body), phone: old.phone }).status, 409);
	assert.equal(value('city'), 'Sopot');

	const wrong = save({ ...fields(form().body), email: 'no address' });
	assert.equal(wrong.status, 422);
	assert.match(wrong.body, /value="no address"[\s\S]*Enter an e-mail address/);
	await assert_valid(wrong);
	assert.equal(save({ ...fields(form().body), phone: '0'.repeat(65) }).status, 422);
	assert.equal(form(plain).status, 403);
	assert.equal(save({ ...fields(form().body), name: 'Mine' }, plain).status, 403);
	assert.equal(value('name'), `Ann ${marker}`);
	// Nothing differs: nothing is told.
	const n = stack.number('SELECT COUNT(*) FROM lead_event');
	assert.equal(save(fields(form().body)).status, 303);
	assert.equal(stack.number('SELECT COUNT(*) FROM lead_event'), n);
	stack.sql(`UPDATE \`lead\` SET company = '', city = '' WHERE id = ${lead}`);
});

test('own fields are edited with the rest; a stale edit asks there, too', async () => {
	stack.sql("INSERT INTO custom_field (name, created_at) VALUES ('Budget', NOW(3)), ('Size', NOW(3))");
	const ids = stack.sql('SELECT id FROM custom_field ORDER BY id').flat();
	const form = () => cgi('lead-edit', { path: `/${lead}`, cookie: root });
	const version = () => /name="version" value="(\d+)"/.exec(form().body)[1];
	const save = (own, at, own_ids = ids) => cgi('lead-edit', { method: 'POST', cookie: root, body: new URLSearchParams([
		['csrf', csrf_of(root)], ['id', lead], ['version', at], ...['name', 'first_name', 'last_name', 'email', 'phone', 'company',
			'job_title', 'street', 'post_code', 'city', 'state', 'country'].map((field) => [field, value(field)]),
		...own_ids.map((id) => ['own_ids', id]), ...own.map((text) => ['own', text])]).toString() });
	const stored = () => stack.sql(`SELECT field_id, value FROM lead_custom WHERE lead_id = ${lead} ORDER BY field_id`);
	const before = version();

	assert.match(form().body, /<bdi>Budget<\/bdi> \(optional\)/);
	assert.equal(save([`5000 ${marker}`, ''], before).status, 303);
	assert.deepEqual(stored(), [[ids[0], `5000 ${marker}`]]);
	assert.match(page().body, /Edited: own fields/);
	const late = save(['6000', 'L'], before);
	assert.equal(late.status, 409);
	assert.match(late.body, /name="own" value="6000"[^]*Stored meanwhile: <b><bdi>5000 &quot;[^]*Keep mine<\/b><small><bdi>6000/);
	await assert_valid(late);
	const answer = (...mine) => cgi('lead-edit', { method: 'POST', cookie: root, body: new URLSearchParams([...[['csrf', csrf_of(root)],
		...[...late.body.matchAll(/name="([a-z_]+)"(?: type="[a-z]+")? value="([^"]*)"/g)].map(([, name, text]) => [name, text])]
		.filter(([name], i) => (name !== 'csrf' || i === 0) && name !== 'mine').map(([name, text]) => [name, text
			.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&#39;', "'").replaceAll('&amp;', '&')]),
	...mine.map((name) => ['mine', name])]).toString() });
	assert.equal(answer(`own-${ids[1]}`).status, 303);
	assert.deepEqual(stored(), [[ids[0], `5000 ${marker}`], [ids[1], 'L']]);
	assert.equal(save(['', 'L'], version()).status, 303);
	assert.deepEqual(stored(), [[ids[1], 'L']]);
	assert.equal(save(['x'], version()).status, 400);
	assert.equal(save(['x', 'y'], version(), ['77', ids[1]]).status, 400);
	assert.deepEqual(stored(), [[ids[1], 'L']]);
	stack.sql('DELETE FROM lead_custom; DELETE FROM custom_field');
});

test('an answer that fills something in makes an open edit stale; one that fills nothing does not', async () => {
	const deliver = async (values) => {
		await stack.ask_sim('/sim/leads', { form: '447333180259101', platform: 'fb', values });
		stack.simulator('deliver');
		await stack.work();
	};
	const person = { full_name: 'Moya', email: '', phone_number: '+353209110501' };
	// The first of each name, as the browser would send them; nothing is ticked.
	const fields = (body) => [...new Map([...body.matchAll(/name="([a-z_]+)"(?: type="[a-z]+")? value="([^"]*)"/g)].reverse()
		.map(([, name, text]) => [name, text]))].filter(([name]) => name !== 'mine');
	const save = (pairs) => cgi('lead-edit', { method: 'POST', cookie: root, body: new URLSearchParams(pairs).toString() });

	await deliver(person);
	const id = stack.number("SELECT id FROM `lead` WHERE name = 'Moya'");
	const form = () => cgi('lead-edit', { path: `/${id}`, cookie: root });
	const email = () => stack.sql(`SELECT email FROM \`lead\` WHERE id = ${id}`)[0];
	const city = (pairs, value) => pairs.map(([name, text]) => [name, name === 'city' ? value : text]);

	const open = fields(form().body);
	await deliver({ ...person, email: 'moya@example.com' });
	assert.deepEqual(email(), ['moya@example.com']);
	const late = save(city(open, 'Cork'));
	assert.equal(late.status, 409);
	assert.match(late.body, /or an answer that came filled it in[^]*<legend>E-mail<\/legend>[^]*<b><bdi>moya@example\.com</);
	assert.equal(save(fields(late.body)).status, 303);
	assert.deepEqual(email(), ['moya@example.com']);
	assert.equal(stack.number("SELECT lead_id FROM lead_identity WHERE norm = 'moya@example.com'"), id);

	const calm = fields(form().body);
	await deliver({ ...person, email: 'moya@example.com' });
	assert.equal(stack.number(`SELECT n_submissions FROM \`lead\` WHERE id = ${id}`), 3);
	assert.equal(save(city(calm, 'Galway')).status, 303, 'nothing was filled in');
	// A field of one's own, filled by a question.
	stack.sql("INSERT INTO custom_field (name, created_at) VALUES ('Treatment', NOW(3));" +
		" INSERT INTO field_map (form_id, key_hash, question_key, target, position) SELECT f.id, SHA2('full_name', 256), 'full_name'," +
		" CONCAT('custom:', c.id), 0 FROM lead_form f, custom_field c WHERE f.meta_id = '447333180259101' AND c.name = 'Treatment'");
	const old = fields(form().body);
	await deliver({ ...person, email: 'moya@example.com' });
	const again = save(city(old, 'Sligo'));
	assert.equal(again.status, 409);
	assert.match(again.body, /<legend><bdi>Treatment<\/bdi><\/legend>[^]*<b><bdi>Moya</);
	stack.sql('DELETE FROM field_map; DELETE FROM lead_custom; DELETE FROM custom_field');
});

test('entered by hand: found, given to who entered it, once per address', async () => {
	const form = (cookie = root) => cgi('lead-edit', { path: '/new', cookie });
	const save = (fields, cookie = root) => cgi('lead-edit', { method: 'POST', path: '/new', cookie, body: new URLSearchParams({
		csrf: csrf_of(cookie), ...Object.fromEntries(['name', 'first_name', 'last_name', 'email', 'phone', 'company',
			'job_title', 'street', 'post_code', 'city', 'state', 'country'].map((name) => [name, ''])), ...fields }).toString() });

	await assert_valid(form());
	assert.equal(form(plain).status, 403);
	assert.equal(save({ name: 'X' }, plain).status, 403);
	assert.equal(save({ company: 'Only Ltd' }).status, 422);
	assert.match(save({ email: 'nobody', name: marker }).body, /value="&quot;&gt;&lt;i&gt;[\s\S]*Enter an e-mail address/);
	const made = save({ name: `Bea ${marker}`, email: 'Bea@Example.com', phone: '0871234567' }, sales);
	assert.equal(made.status, 303);
	const id = Number(made.head.location.split('/').pop());
	assert.deepEqual(stack.sql(`SELECT source, assignee_id, stage FROM \`lead\` WHERE id = ${id}`), [['manual', String(tomasz), 'new']]);
	assert.match(page(sales, id).body, /Tomasz<\/bdi><\/b>: <bdi>Entered by hand/);
	await assert_valid(page(root, id));
	assert.match(cgi('leads', { cookie: root, query: 'source=manual&q=bea' }).body, new RegExp(`href="/lead/${id}"`));
	const again = save({ name: 'Bea', email: 'bea@example.com' });
	assert.equal(again.status, 409);
	assert.match(again.body, new RegExp(`href="/lead/${id}">Open that lead`));
	await assert_valid(again);
	assert.equal(stack.number("SELECT COUNT(*) FROM `lead` WHERE source = 'manual'"), 1);
});

test('whoever sees only own leads works only on those', () => {
	for (const verb of ['stage', 'tag', 'untag', 'note', 'called'])
		assert.equal(act(verb, { ...verb === 'stage' && { stage: 'won' }, ...verb.endsWith('tag') && { tag: 'x' },
			...verb === 'note' && { note: 'x' } }, plain).status, 403, verb);
	assert.equal(act('assign', { user: plain_id }, plain).status, 403);
	assert.equal(act('delete', {}, plain).status, 403);
	stack.sql(`UPDATE \`lead\` SET assignee_id = ${plain_id} WHERE id = ${lead}`);
	assert.equal(act('note', { note: 'mine' }, plain).status, 303);
	assert.doesNotMatch(page(plain).body, /lead-act\/(assign|delete)/);
	assert.equal(act('assign', { user: 0 }, plain).status, 403);
	stack.sql(`UPDATE \`lead\` SET assignee_id = NULL WHERE id = ${lead}`);
});

test('deleted: in no list, not brought back by a sync; put back whole', async () => {
	await assert_valid(cgi('lead-act', { path: `/delete/${lead}`, cookie: root }));
	act('delete', {}, sales);
	assert.ok(!listed('') && !listed('q=ann'));
	assert.match(page().body, /This lead was deleted on [^<]* by Tomasz\.[\s\S]*Put it back/);
	assert.doesNotMatch(page().body, /lead-act\/note/);
	assert.equal(act('note', { note: 'late' }).status, 404);
	assert.equal(act('restore', {}, sales).status, 403);
	const n = stack.number('SELECT COUNT(*) FROM `lead`');
	stack.leadport(['sync', '1']);
	await stack.work();
	assert.equal(stack.number('SELECT COUNT(*) FROM `lead`'), n);
	act('restore');
	assert.ok(listed('') && listed('q=ann'));
	assert.equal(stack.number(`SELECT lead_id FROM lead_identity WHERE norm = 'ann@example.com'`), lead);
	await assert_valid(page());
});

// Every text column of the database that says something of Ann.
function traces()
{
	return stack.sql("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()"
		+ " AND data_type IN ('varchar', 'text', 'mediumtext', 'longtext', 'longblob', 'char')")
		.filter(([table, column]) => stack.number(`SELECT COUNT(*) FROM \`${table}\` WHERE`
			+ ` CONVERT(\`${column}\` USING utf8mb4) REGEXP '(^|[^a-z])[Aa]nn[@ ]|353209110187'`) > 0)
		.map((found) => found.join('.'));
}

test('erased for good: nothing of the person is left in any table', async () => {
	const ask = () => cgi('lead-act', { path: `/erase/${lead}`, cookie: root });

	assert.equal(ask().status, 404);
	assert.equal(act('erase').status, 404);
	act('note', { note: 'Ann likes tea' });
	act('tag', { tag: 'friend of Ann' });
	act('assign', { user: tomasz, reason: 'knows Ann' });
	act('delete');
	assert.ok(traces().length > 5);
	assert.equal(act('erase', {}, sales).status, 403);
	await assert_valid(ask());
	assert.match(page().body, /href="\/lead-act\/erase\/\d+"/);
	assert.equal(act('erase').status, 303);
	await assert_valid(page());
	assert.match(page().body, /This person was erased for good on/);
	assert.doesNotMatch(page().body, /Put it back|Erase for good|ann@|Ann /);

	assert.deepEqual(traces(), []);

	const n = stack.number('SELECT COUNT(*) FROM `lead`');
	for (const verb of ['restore', 'erase'])
		assert.equal(act(verb).status, 404);
	stack.leadport(['sync', '1']);
	await stack.work();
	assert.equal(stack.number('SELECT COUNT(*) FROM `lead`'), n);
	assert.equal(stack.number("SELECT COUNT(*) FROM audit WHERE act = 'lead.erase'"), 1);
});
