// Leads of forms that are not known yet: what may pass is waited for, what does
// not holds no lead back, and what came without its questions has them in the end.
import { test, before, after, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { until } from '../web.mjs';
import { Office, conor, cork, cork_form } from './kit.mjs';

// No name that says what it is: only the question's type does.
const key = 'where_do_we_write_to';
let office, root, integration;

before(async () => {
	office = await Office.up();
	root = office.root;
	office.sim_sql(`UPDATE sim_form SET questions = REPLACE(questions, '"key":"email"', '"key":"${key}"') WHERE id = '${cork_form}'`);
	assert.equal(office.sim_sql(`SELECT COUNT(*) FROM sim_form WHERE questions LIKE '%${key}%'`)[0][0], '1');
});
after(() => office?.down());
beforeEach(async () => {
	await office.clean();
	integration = await office.connect(conor, [cork]);
	office.sql('DELETE FROM remap_run WHERE id > 0');
});

const list = (ids) => ids.map((id) => `'${id}'`).join();
const new_form = () => office.sql('DELETE FROM lead_form');
const answers = (id) => JSON.parse(office.sql(`SELECT answers FROM submission WHERE leadgen_id = '${id}'`)[0][0]);
const lead_of = (id) => office.number(`SELECT lead_id FROM submission WHERE leadgen_id = '${id}'`);
const emails = (ids) => office.number(`SELECT COUNT(DISTINCT i.lead_id) FROM submission s JOIN lead_identity i ON i.lead_id = s.lead_id` +
	` AND i.kind = 'email' JOIN \`lead\` l ON l.id = s.lead_id AND l.email <> '' WHERE s.leadgen_id IN (${list(ids)})`);
// Each try that waits for the form is due at once.
const come_in_tries = (ids) => until('they come', () => {
	office.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE state = 'ready' AND reason = 'form_unknown'");
	return office.stored(ids) === ids.length;
});

// As if the form had been known when they came.
function assert_told(ids)
{
	for (const id of ids) {
		const all = answers(id), choice = all.find((a) => a.key === 'how_often_have_you_kited');

		assert.ok(all.every((a) => a.type), JSON.stringify(all));
		assert.equal(all.find((a) => a.key === key).question, 'Email');
		assert.equal(choice.question, 'How often have you kited?');
		assert.match(choice.value, /^(Never|A few times|Often)$/);
	}
	assert.equal(emails(ids), ids.length);
	assert.equal(office.number(`SELECT COUNT(*) FROM submission WHERE form_name <> 'Beginner kite course' AND leadgen_id IN (${list(ids)})`), 0);
}

function assert_untold(ids)
{
	for (const id of ids)
		assert.ok(answers(id).some((a) => a.key === key && a.question === key && !a.type));
	assert.equal(emails(ids), 0);
}

// A run that learns waits for what may still come without questions: that is over.
function begin_learning()
{
	office.sql("UPDATE remap_run SET started_at = started_at - INTERVAL 1 HOUR WHERE id > 0 AND state = 'running' AND asked_by IS NULL");
	office.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE kind = 'remap' AND state = 'ready'");
}

const is_told = (ids) => until('the answers have their questions', () => {
	begin_learning();
	return ids.every((id) => answers(id).every((a) => a.type)) && emails(ids) === ids.length;
});

test('a limit of Meta is used up by the leads of a new form: they wait for it, without a try', async () => {
	new_form();
	await office.sim('faults', { page_budget: 1 });
	const ids = await office.leads(cork_form, 1);
	await until('they wait', () => office.jobs_are(ids, ([state, reason]) => state === 'ready' && reason === 'throttled'));
	assert.equal(office.stored(ids), 0);
	assert.equal(office.number("SELECT MAX(attempts) FROM job WHERE kind = 'lead'"), 0);
	await office.sim('reset');
	office.hurry();
	await office.arrived(ids);
	assert_told(ids);
});

for (const error of ['2', '1', 'html', '190/459', '103', '100/33'])
	test(`the form is refused once (${error}): its leads are tried again, and come with its questions`, async () => {
		new_form();
		await office.sim('faults', { kind: 'form', error, times: 1 });
		const ids = await office.leads(cork_form, 2);
		await office.arrived(ids);
		assert_told(ids);
	});

test('a form that is known without its questions is asked for them', async () => {
	office.sql("UPDATE lead_form SET questions = '', confirmed = ''");
	await office.sim('faults', { kind: 'form', error: '2', times: 1 });
	const ids = await office.leads(cork_form, 2);
	await office.arrived(ids);
	assert_told(ids);
});

// A try that is far away, as the later ones are.
async function wait_for_form(ids)
{
	await until('they wait for their form', () => {
		office.sql(`UPDATE job SET run_at = UTC_TIMESTAMP(3) + INTERVAL 2 HOUR WHERE state = 'ready' AND reason = 'form_unknown'` +
			` AND attempts > 1 AND subject IN (${list(ids)})`);
		return office.number(`SELECT COUNT(*) FROM job WHERE state = 'ready' AND run_at > UTC_TIMESTAMP(3) + INTERVAL 1 HOUR AND subject IN (${list(ids)})`) === ids.length;
	});
}

test('a lead that waits for its form says so, and comes when a sync has met the form', async () => {
	new_form();
	await office.sim('faults', { kind: 'form', error: '2', times: 0 });
	const ids = await office.leads(cork_form, 2);
	await wait_for_form(ids);
	assert.equal(office.stored(ids), 0);
	assert.match((await root.ask('/deliveries')).body, /Waits until [^<]*: Form not told yet/);
	// The list of forms has it; the leads of it come by either path.
	assert.equal((await office.sync(integration)).state, 'done');
	await office.arrived(ids);
	await office.quiet();
	assert_told(ids);
	assert.ok(office.jobs_are(ids, ([state]) => state === 'done'));
});

test('a lead that waits for its form comes when another lead has met it', async () => {
	new_form();
	await office.sim('faults', { kind: 'form', error: '2', times: 0 });
	const ids = await office.leads(cork_form, 2);
	await wait_for_form(ids);
	await office.sim('reset');
	const more = await office.leads(cork_form, 1);
	await office.arrived([...ids, ...more]);
	assert_told([...ids, ...more]);
});

test('a form that Meta does not show: after four quick tries its leads come by their keys, and have their questions when it is met', async () => {
	new_form();
	await office.sim('faults', { kind: 'form', error: '100/33', times: 0 });
	const ids = await office.leads(cork_form, 3);
	await come_in_tries(ids);
	assert.equal(office.number(`SELECT MIN(attempts) FROM job WHERE subject IN (${list(ids)})`), 5);
	assert_untold(ids);
	assert.equal((await office.sync(integration)).state, 'done');
	await is_told(ids);
	await office.quiet();
	assert_told(ids);
	assert.equal(office.number(`SELECT COUNT(*) FROM lead_event WHERE kind = 'edited' AND lead_id IN (${ids.map(lead_of)})`), 3);
	assert.deepEqual(office.sql('SELECT state, asked_by IS NULL, n_seen >= 3, n_changed FROM remap_run'), [['done', '1', '1', '3']]);
	// Whoever answers again is known.
	const email = answers(ids[0]).find((a) => a.key === key).value;
	const again = await office.leads(cork_form, 1, { values: { [key]: email, full_name: 'Another Name', phone_number: '+353861234567' } });
	await office.arrived(again);
	assert.equal(lead_of(again[0]), lead_of(ids[0]));
	// What is told already is not read again: an emptied field stays empty.
	office.sql(`UPDATE \`lead\` SET name = '' WHERE id = ${lead_of(ids[1])}`);
	office.sql("UPDATE lead_form SET questions = ''");
	assert.equal((await office.sync(integration)).state, 'done');
	await until('it was looked at', () => {
		begin_learning();
		return office.number("SELECT COUNT(*) FROM remap_run WHERE state = 'done'") === 2;
	});
	assert.equal(office.number(`SELECT COUNT(*) FROM \`lead\` WHERE name = '' AND id = ${lead_of(ids[1])}`), 1);
});

test('a form that is never told: after six tries its leads come by their keys', async () => {
	new_form();
	await office.sim('faults', { kind: 'form', error: '2', times: 0 });
	const ids = await office.leads(cork_form, 1);
	await come_in_tries(ids);
	assert.equal(office.number(`SELECT attempts FROM job WHERE subject IN (${list(ids)})`), 7);
	assert_untold(ids);
});

test('a lead that is erased while its form is applied stays erased', async () => {
	const ids = await office.leads(cork_form, 2);
	await office.arrived(ids);
	await office.quiet();
	const form = office.number(`SELECT id FROM lead_form WHERE meta_id = '${cork_form}'`);
	const [first, second] = ids.map(lead_of).sort((a, b) => a - b);
	const held = await office.hold(`SELECT id FROM \`lead\` WHERE id = ${first} FOR UPDATE`);

	try {
		office.sql('UPDATE integration SET checked_at = UTC_TIMESTAMP(3)');
		assert.equal((await root.send(`/fieldmap/apply/${form}`)).status, 303);
		await held.met();
		assert.equal((await root.send('/lead-act/delete', { id: second })).status, 303);
		assert.equal((await root.send('/lead-act/erase', { id: second })).status, 303);
	} finally {
		await held.let_go();
	}
	await until('it was applied', () => office.number("SELECT COUNT(*) FROM remap_run WHERE state = 'done' AND asked_by IS NOT NULL") === 1);
	assert.deepEqual(office.sql(`SELECT name, email, phone FROM \`lead\` WHERE id = ${second} AND erased_at IS NOT NULL`), [['', '', '']]);
	assert.deepEqual(office.sql(`SELECT DISTINCT answers FROM submission WHERE lead_id = ${second}`), [['[]']]);
});

test('the right to read forms is missing: leads come at once by their keys, it is said, and they have their questions when it is there', async () => {
	new_form();
	await office.sim('faults', { kind: 'form', error: '200/pages_manage_ads', times: 0 });
	const ids = await office.leads(cork_form, 2);
	await office.arrived(ids);
	assert.equal(office.number(`SELECT MAX(attempts) FROM job WHERE subject IN (${list(ids)})`), 1);
	assert_untold(ids);
	assert.ok(office.troubles(integration).includes('page not_listed 0'));
	await office.sim('reset');
	await office.arrived(await office.leads(cork_form, 1));
	await is_told(ids);
	await office.quiet();
	assert_told(ids);
});

test('no secret was in any page, address or log', () => office.assert_no_secret());
