// One person, several answers: recognised, joined, told apart again.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { Stack } from '../web.mjs';
import { cgi, use, log_in, post, assert_valid, marker } from './kit.mjs';

const form = '447333180259101';
let stack, root, plain;

const page = (id, cookie = root) => cgi('lead', { path: `/${id}`, cookie });
const lead = (id) => {
	const [name, email, phone, city, company, n, merged, deleted] = stack.sql('SELECT name, email, phone, city, company,' +
		` n_submissions, merged_into, deleted_at FROM \`lead\` WHERE id = ${id}`)[0];
	return { name, email, phone, city, company, n: Number(n), merged, deleted };
};
const newest = () => stack.number('SELECT MAX(id) FROM `lead`');
const listed = (q) => [...cgi('leads', { cookie: root, query: `q=${encodeURIComponent(q)}` }).body.matchAll(/href="\/lead\/(\d+)"/g)]
	.map(([, id]) => Number(id));
const others = (id) => stack.sql(`SELECT field, value FROM lead_other WHERE lead_id = ${id} ORDER BY field, value`);
const known = () => stack.sql("SELECT CONCAT(kind, ' ', norm, ' ', lead_id) FROM lead_identity ORDER BY 1").flat();

// One answer of Meta's: the lead it ended in.
async function answer(values, platform = 'fb')
{
	const [id] = (await stack.ask_sim('/sim/leads', { form, platform, values: { full_name: '', email: '', phone_number: '',
		...values } })).ids;
	stack.simulator('deliver');
	await stack.work();
	return stack.number(`SELECT lead_id FROM submission WHERE leadgen_id = '${id}'`);
}

before(async () => {
	stack = use(await Stack.up());
	appendFileSync(`${stack.home}/leadport.conf`, '\n[people]\ndrop_plus = 1\n');
	stack.sql('SELECT 1');
	stack.user('root@example.com', 'superadmin', true, 'Maeve');
	stack.user('plain@example.com', 'member', false, 'Plain');
	stack.connect('unassigned');
	[root, plain] = ['root@example.com', 'plain@example.com'].map((who) => log_in(who).cookie);
});
after(() => stack.down());

test('by e-mail in any spelling, then by phone in any spelling', async () => {
	const ann = await answer({ full_name: 'Ann', email: 'ann@bücher.example', phone_number: '+353 20 911 0101' });

	assert.equal(await answer({ full_name: 'Ann B', email: ' ANN+x@XN--BCHER-KVA.example ' }), ann);
	assert.equal(await answer({ full_name: 'Ann', email: 'other@example.com', phone_number: '00353 (0)20 911 01 01' }), ann);
	assert.equal(await answer({ full_name: 'Ann', email: 'other@example.com' }), ann, 'known by the second address, too');
	assert.equal(lead(ann).n, 4);
	assert.match(page(ann).body, /joined this lead: same e-mail/);
	assert.match(page(ann).body, /joined this lead: same phone/);
	const bob = await answer({ full_name: 'Bob', email: 'bob@example.com', phone_number: 'call me' });
	assert.notEqual(bob, ann);
	assert.notEqual(await answer({ full_name: 'Eve', email: 'eve@example.com', phone_number: 'call me' }), bob);
});

test('nothing is blanked, what is empty is filled, what differs is kept and shown', async () => {
	const id = await answer({ full_name: `Cleo ${marker}`, email: 'cleo@example.com', phone_number: '+353209110102' });

	await answer({ full_name: 'Cleopatra', email: 'cleo@example.com', phone_number: '' });
	assert.equal(lead(id).name, `Cleo ${marker}`);
	assert.equal(lead(id).phone, '+353209110102');
	await answer({ full_name: `Cleo ${marker}`, email: 'CLEO@example.com', phone_number: '00353209110102' });
	await answer({ full_name: 'Cleopatra', email: 'cleo2@example.com', phone_number: '+353209110102' });
	assert.deepEqual(others(id), [['email', 'cleo2@example.com'], ['name', 'Cleopatra']]);
	const shown = page(id);
	assert.match(shown.body, /Also said[^]*Cleopatra/);
	await assert_valid(shown);
});

test('not the same person: an answer becomes a lead of its own', async () => {
	const mother = await answer({ full_name: 'Dora', email: 'dora@example.com' });
	const joined = await answer({ full_name: 'Emil', email: 'dora@example.com', phone_number: '+353209110103' });
	const submission = stack.number(`SELECT MAX(id) FROM submission WHERE lead_id = ${mother}`);

	assert.equal(joined, mother);
	assert.equal(lead(mother).phone, '+353209110103');
	assert.equal(post('lead-merge', '/split', plain, { id: submission }).status, 403);
	const answered = post('lead-merge', '/split', root, { id: submission });
	const emil = Number(/\/lead\/(\d+)$/.exec(answered.head.location)[1]);
	assert.deepEqual([lead(emil).name, lead(emil).phone, lead(emil).n], ['Emil', '+353209110103', 1]);
	assert.deepEqual([lead(mother).name, lead(mother).phone, lead(mother).n], ['Dora', '', 1]);
	assert.deepEqual(others(mother), []);
	assert.deepEqual(listed('Emil'), [emil]);
	assert.ok(known().includes(`email dora@example.com ${mother}`) && known().includes(`phone +353209110103 ${emil}`));
	assert.equal(post('lead-merge', '/split', root, { id: submission }).status, 400, 'the only one is not taken out');
	assert.match(page(emil).body, /Possible duplicates[^]*Dora[^]*the same e-mail/);
	assert.equal(await answer({ full_name: 'Emil', phone_number: '+353209110103' }), emil);
});

test('merged with a choice, and two again', async () => {
	const a = await answer({ full_name: 'Fay Byrne', email: 'fay@example.com' });
	const b = await answer({ full_name: 'F. Byrne', email: 'fay.work@example.com', phone_number: '+353209110104' });
	const before = [lead(a), lead(b), known().join()];

	post('lead-act', '/tag', root, { id: b, tag: 'Urgent' });
	post('lead-act', '/note', root, { id: b, note: `Call back ${marker}` });
	post('lead-act', '/stage', root, { id: b, stage: 'qualified' });
	const find = cgi('lead-merge', { path: `/${a}`, query: 'q=byrne', cookie: root });
	assert.match(find.body, new RegExp(`/lead-merge/${a}\\?with=${b}"`));
	await assert_valid(find);
	const choice = cgi('lead-merge', { path: `/${a}`, query: `with=${b}`, cookie: root });
	assert.match(choice.body, /E-mail<\/th><td[^>]*><bdi>fay@example\.com<\/bdi><\/td><td><input[^>]* value="email"[^]*?fay\.work@example\.com/);
	assert.match(choice.body, new RegExp(`lead-merge/${b}\\?with=${a}">Keep the other one instead`));
	await assert_valid(choice);
	assert.equal(cgi('lead-merge', { path: `/${a}`, query: `with=${b}`, cookie: plain }).status, 403);
	const merged = cgi('lead-merge', { method: 'POST', cookie: root, body: new URLSearchParams([
		['csrf', /name="csrf" value="([^"]*)"/.exec(choice.body)[1]], ['id', a], ['with', b],
		['take', ''], ['take', 'email'], ['take', 'stage']]).toString() });
	assert.equal(merged.head.location, `/lead/${a}`, merged.log);
	assert.deepEqual(lead(a), { ...lead(a), name: 'Fay Byrne', email: 'fay.work@example.com', phone: '+353209110104', n: 2 });
	assert.equal(stack.sql(`SELECT stage FROM \`lead\` WHERE id = ${a}`)[0][0], 'qualified');
	assert.deepEqual(others(a), [['email', 'fay@example.com'], ['name', 'F. Byrne']]);
	assert.deepEqual(listed('byrne'), [a]);
	assert.equal(cgi('lead', { path: `/${b}`, cookie: root }).head.location, `/lead/${a}`);
	assert.match(page(a).body, /Merged with F\. Byrne[^]*lead-merge\/undo[^]*Call back/);
	await assert_valid(page(a));
	for (const email of ['fay@example.com', 'fay.work@example.com'])
		assert.ok(known().includes(`email ${email} ${a}`));

	const later = await answer({ full_name: 'Fay Byrne', email: 'fay@example.com' });
	assert.equal(later, a);
	stack.sql(`UPDATE \`lead\` SET company = 'Byrne & Co' WHERE id = ${a}`);
	const undo = (fields = {}) => post('lead-merge', '/undo', root, {
		id: stack.number('SELECT MAX(id) FROM lead_merge'), ...fields });
	const asked = undo();
	assert.match(asked.body, /Changed since the two were merged: <b>Company<\/b>/);
	await assert_valid(asked);
	assert.deepEqual(lead(b).merged, String(a));
	assert.equal(undo({ sure: '1' }).head.location, `/lead/${a}`);
	assert.deepEqual([lead(a), lead(b), known().join()], [{ ...before[0], n: 2, company: 'Byrne & Co' }, before[1], before[2]]);
	assert.deepEqual(listed('byrne').sort(), [a, b].sort());
	assert.deepEqual(others(a), []);
	assert.match(page(b).body, /Call back/);
	assert.doesNotMatch(page(a).body, /Call back|Urgent/);
	assert.equal(undo({ sure: '1' }).status, 404);
});

test('own fields: one is chosen, the other kept beside it, and the way back', async () => {
	stack.sql("INSERT INTO custom_field (name, created_at) VALUES ('Budget', NOW(3)), ('Size', NOW(3)), ('Pet', NOW(3))");
	const [budget, size, pet] = stack.sql('SELECT id FROM custom_field ORDER BY id').flat();
	const a = await answer({ full_name: 'Kim', email: 'kim@example.com' }), b = await answer({ full_name: 'Kim', email: 'kim.b@example.com' });
	const own = () => stack.sql(`SELECT lead_id, field_id, value FROM lead_custom WHERE lead_id IN (${a}, ${b}) ORDER BY lead_id, field_id`);
	const long = 'x'.repeat(2000);

	stack.sql(`INSERT INTO lead_custom (lead_id, field_id, value) VALUES (${a}, ${budget}, '${long}'), (${a}, ${size}, 'L'),` +
		` (${b}, ${budget}, '9000'), (${b}, ${size}, 'M'), (${b}, ${pet}, 'Cat')`);
	const before = own();
	const merged = cgi('lead-merge', { method: 'POST', cookie: root, body: new URLSearchParams([
		['csrf', /name="csrf" value="([^"]*)"/.exec(cgi('leads', { cookie: root }).body)[1]], ['id', a], ['with', b],
		['take', `custom:${budget}`]]).toString() });
	assert.equal(merged.status, 303, merged.log);
	assert.deepEqual(own().filter(([id]) => id === String(a)).map(([, , value]) => value), ['9000', 'L', 'Cat']);
	assert.deepEqual(others(a).filter(([field]) => field.startsWith('custom')),
		[[`custom:${budget}`, 'x'.repeat(320)], [`custom:${size}`, 'M']]);
	assert.match(page(a).body, /Also said[^]*<dt>Size<\/dt><dd><bdi>M</);
	assert.equal(post('lead-merge', '/undo', root, { id: stack.number('SELECT MAX(id) FROM lead_merge') }).status, 303);
	assert.deepEqual(own(), before);
	assert.deepEqual(others(a), []);
});

test('only the latest merge of a lead is undone; deleted and put back, it is known by all it was', async () => {
	const c = await answer({ full_name: 'Cy', phone_number: '+353209110301' });
	const a = await answer({ full_name: 'Cy A', email: 'cya@example.com' }), b = await answer({ full_name: 'Cy B', email: 'cyb@example.com' });
	const merge = (gone, take = '') => post('lead-merge', '', root, { id: c, with: gone, take });
	const undo = (n) => post('lead-merge', '/undo', root, { id: n, sure: '1' });

	merge(a);
	const first = stack.number('SELECT MAX(id) FROM lead_merge');
	merge(b, 'email');
	assert.equal(undo(first).status, 404);
	assert.equal((page(c).body.match(/lead-merge\/undo/g) || []).length, 1);
	post('lead-act', '/delete', root, { id: c });
	post('lead-act', '/restore', root, { id: c });
	for (const email of ['cya@example.com', 'cyb@example.com'])
		assert.equal(await answer({ full_name: 'Cy', email }), c, email);
	assert.equal(undo(first + 1).status, 303);
	assert.equal(undo(first).status, 303);
	assert.equal(lead(c).email, '');
	for (const email of ['cya@example.com', 'cyb@example.com'])
		assert.ok(known().includes(`email ${email} ${email.includes('cya') ? a : b}`), email);
});

test('parted again, a lead keeps the tags of answers that came since', async () => {
	const [a, b] = [await answer({ full_name: 'Mia', email: 'mia@example.com' }), await answer({ full_name: 'Mia', email: 'mia.b@example.com' }, 'ig')];
	const tags = (id) => stack.sql(`SELECT tag FROM lead_tag WHERE lead_id = ${id} ORDER BY tag`).flat();
	const part = () => post('lead-merge', '/undo', root, { id: stack.number('SELECT MAX(id) FROM lead_merge'), sure: '1' });

	post('lead-merge', '', root, { id: a, with: b, take: '' });
	part();
	assert.deepEqual(tags(a), ['Facebook Lead Ad']);
	post('lead-merge', '', root, { id: a, with: b, take: '' });
	assert.equal(await answer({ full_name: 'Mia', email: 'mia@example.com' }, 'ig'), a);
	assert.equal(part().status, 303);
	assert.deepEqual([tags(a), tags(b)], [['Facebook Lead Ad', 'Instagram Lead Ad'], ['Instagram Lead Ad']]);
});

test('an original answer is not taken out of its lead', async () => {
	const id = await answer({ full_name: 'Lou', email: 'lou@example.com' });

	await answer({ full_name: 'Lou', email: 'lou@example.com' });
	assert.equal(post('lead-merge', '/split', root, { id: stack.number(`SELECT MIN(id) FROM submission WHERE lead_id = ${id}`) }).status, 400);
});

test('what cannot be merged is not', async () => {
	const id = await answer({ full_name: 'Gus', email: 'gus@example.com' });
	const merge = (with_, cookie = root) => post('lead-merge', '', cookie, { id, with: with_ });

	assert.equal(merge(id).status, 400);
	assert.equal(merge(999999).status, 404);
	const gone = await answer({ full_name: 'Hal', email: 'hal@example.com' });
	post('lead-act', '/delete', root, { id: gone });
	assert.equal(merge(gone).status, 404);
	assert.equal(lead(id).merged, 'NULL');
});

test('an integration may make a new lead of a known person, or only keep the answer', async () => {
	const set = (how) => stack.sql(`UPDATE integration SET on_known = '${how}'`);
	const id = await answer({ full_name: 'Ida', email: 'ida@example.com', phone_number: '+353209110105' });

	set('new');
	const again = await answer({ full_name: 'Ida', email: 'ida@example.com' });
	assert.notEqual(again, id);
	assert.match(page(again).body, /Possible duplicates[^]*the same e-mail/);
	assert.ok(known().includes(`email ida@example.com ${id}`));
	set('skip');
	const was = [lead(id), newest(), stack.number('SELECT COUNT(*) FROM mail')];
	assert.equal(await answer({ full_name: 'Ida Other', email: 'ida@example.com', phone_number: '+353209110199' }), id);
	assert.deepEqual([lead(id), newest(), stack.number('SELECT COUNT(*) FROM mail')], was);
	const shown = page(id);
	assert.match(shown.body, /Skipped[^]*known already \(same e-mail\), so only the answer is kept/);
	await assert_valid(shown);
	stack.leadport(['sync', '1']);
	await stack.work();
	assert.equal(newest(), was[1]);
	set('join');
});

test('at Edit of an integration it is chosen', () => {
	const edit = cgi('integration-edit', { path: '/1', cookie: root });
	assert.match(edit.body, /When the person is here already/);
	const fields = { name: 'Main', description: '', strategy: 'unassigned', on_known: 'skip' };
	const kept = Object.fromEntries([...edit.body.matchAll(/type="checkbox" name="([a-z_]+)" value="([^"]*)" checked/g)].map(([, n, v]) => [n, v]));

	assert.equal(post('integration-edit', '/1', root, { ...kept, ...fields }).status, 303);
	assert.equal(stack.sql('SELECT on_known FROM integration')[0][0], 'skip');
	assert.equal(post('integration-edit', '/1', root, { ...kept, ...fields, on_known: 'maybe' }).status, 422);
});

test('whoever is erased is gone from merges and from what else was said', async () => {
	stack.sql("UPDATE integration SET on_known = 'join'");
	const a = await answer({ full_name: 'Jan Secretname', email: 'jan.secret@example.com' });
	const b = await answer({ full_name: 'Jana Secretname', email: 'jana.secret@example.com' });

	const other = await answer({ full_name: 'Kept', email: 'kept@example.com' });

	post('lead-merge', '', root, { id: other, with: b });
	post('lead-merge', '/undo', root, { id: stack.number('SELECT MAX(id) FROM lead_merge'), sure: '1' });
	post('lead-merge', '', root, { id: a, with: b });
	post('lead-act', '/delete', root, { id: a });
	const erased = post('lead-act', '/erase', root, { id: a });
	assert.equal(erased.status, 303, erased.log);
	for (const table of ['lead', 'lead_other', 'lead_merge', 'lead_merge_part', 'lead_identity', 'submission', 'lead_event'])
		assert.doesNotMatch(JSON.stringify(stack.sql(`SELECT * FROM \`${table}\``)), /[Ss]ecretname|\.secret@/, table);
});
