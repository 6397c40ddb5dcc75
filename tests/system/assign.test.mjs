// Turns that several workers take at once: nobody is passed over, nobody gets
// two, and who is no longer active gets none from that moment on.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Stack, until } from '../web.mjs';

const people = ['ann', 'ben', 'cleo', 'dara'].map((name) => `${name}@example.com`);
const WORKERS = 4, FIRST = 4000, SECOND = 400;
const turns = 'SELECT u.email, COUNT(l.id) FROM app_user u LEFT JOIN (submission s JOIN `lead` l' +
	' ON l.id = s.lead_id AND s.integration_id = (SELECT MAX(id) FROM integration)) ON l.assignee_id = u.id' +
	' WHERE u.manages_leads GROUP BY u.id;';
let stack, workers = [];

const stored = () => stack.number('SELECT COUNT(*) FROM submission');
const by_person = (rows) => Object.fromEntries(rows.map(([email, n]) => [email, Number(n)]));

// The count of each person while nobody takes a turn: whoever chose before has
// stored the choice.
function standing()
{
	return by_person(stack.sql('START TRANSACTION; DO (SELECT COUNT(*) FROM (SELECT id FROM integration FOR UPDATE) i);' +
		` ${turns} COMMIT`));
}

function assert_even(counts)
{
	assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, String(counts));
}

// By 1,000, the most that the simulator makes and delivers in one go.
async function order(count)
{
	for (let left = count; left > 0; left -= 1000)
		await stack.ask_sim('/sim/leads', { count: Math.min(left, 1000) });
}

before(async () => {
	stack = await Stack.up();
	people.forEach((email) => stack.user(email, 'member', true));
	stack.connect();
	// Each lead is another person, so that each takes a turn.
	await stack.ask_sim('/sim/faults', { repeat_percent: 0 });
	// Before the first delivery: the webhook starts no further one then.
	workers = Array.from({ length: WORKERS }, () => stack.worker());
	await until('all workers are there', () => stack.number('SELECT COUNT(*) FROM worker') >= WORKERS);
});

after(async () => {
	const ended = workers.map((w) => w.exitCode ?? once(w, 'exit'));

	workers.forEach((w) => w.kill());
	await Promise.all(ended);
	stack?.down();
});

test('4,000 leads, four workers at once: each of four people gets 1,000', async () => {
	await order(FIRST);
	stack.simulator('deliver', '--batch', '50', '--concurrency', '4');
	await until('all are stored', () => stored() === FIRST);
	assert.equal(stack.number('SELECT COUNT(DISTINCT leadgen_id) FROM submission'), FIRST);
	assert.equal(stack.number('SELECT COUNT(*) FROM `lead` WHERE n_submissions = 1'), FIRST);
	assert.equal(stack.number("SELECT COUNT(*) FROM lead_event WHERE kind = 'assigned'"), FIRST);
	const counts = by_person(stack.sql(turns));

	assert.deepEqual(Object.keys(counts).sort(), people);
	assert_even(Object.values(counts));
});

test('made not active in the middle: no further turn, and the others stay even', async () => {
	const [gone, ...others] = people;
	const deliver = () => stack.delivery('--batch', '50', '--concurrency', '4');

	await order(SECOND / 2);
	const first = deliver();
	await until('some are stored', () => stored() >= FIRST + 20);
	stack.leadport(['user', 'set', gone, '--active', 'no']);
	const then = standing();

	assert.equal(await first, 0);
	await order(SECOND / 2);
	assert.equal(await deliver(), 0);
	await until('all are stored', () => stored() === FIRST + SECOND);
	const now = by_person(stack.sql(turns));
	const further = others.map((email) => now[email] - then[email]);

	assert.ok(Math.min(...further) > 0, String(further));
	assert.equal(now[gone], then[gone]);
	assert.ok(then[gone] > FIRST / people.length, 'no turn of the second batch before');
	assert_even(further);
	assert.equal(stack.number('SELECT COUNT(*) FROM `lead` WHERE assignee_id IS NULL'), 0);
});

// Turns are counted from here on: nobody catches up with what the others had before.
test('who joins later, and who comes back, gets one turn in each round', async () => {
	const [back, ...rest] = people, late = 'eve@example.com', all = [...people, late].sort();

	stack.leadport(['user', 'set', back, '--active', 'yes']);
	stack.user(late, 'member', true);
	const then = standing();

	assert.ok(then[late] === 0 && rest.every((email) => then[email] > then[back]), JSON.stringify(then));
	await order(SECOND);
	stack.simulator('deliver', '--batch', '50', '--concurrency', '4');
	await until('all are stored', () => stored() === FIRST + 2 * SECOND);
	const now = by_person(stack.sql(turns)), further = all.map((email) => now[email] - then[email]);

	assert.deepEqual(further, all.map(() => SECOND / all.length));
});
