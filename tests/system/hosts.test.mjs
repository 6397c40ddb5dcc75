// One site on two web hosts: each with its own web server, programs and
// workers, both with the same database.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Stack, Visitor, until } from '../web.mjs';
import { compare, settled } from './ledger.mjs';

// LEADS=10000 is the promise; by itself a sample of it.
const many = Number(process.env.LEADS || 1000);
const limits = 'lease_seconds = 2\nretry_first_ms = 50\nworker_seconds = 600';
const stacks = [], workers = [];
let first, second;

before(async () => {
	stacks.push(first = await Stack.up({ apart: true, limits }));
	['a', 'b', 'c'].forEach((n) => first.user(`${n}@example.com`, 'member', true));
	first.user('root@example.com');
	first.connect();
	stacks.push(second = await Stack.up({ beside: first, limits }));
	for (const stack of stacks)
		workers.push(stack.worker(), stack.worker());
	await until('four workers are at work', () => first.number('SELECT COUNT(*) FROM worker') === 4);
});
after(() => {
	workers.forEach((w) => w.kill());
	stacks.reverse().forEach((stack) => stack.down());
});

// The simulator's arguments: each lead to both of them.
const to_both = () => stacks.flatMap((stack) => ['--to', `${stack.base}/webhook`]);

async function assert_all_there(leads, seconds = 60)
{
	await until('all is stored and done', () => settled(first), seconds);
	assert.deepEqual(await compare(first), { leads, lost: 0, doubled: 0, half: 0, words: '' });
}

test(`${many} leads, each delivered three times to both hosts in random order, four workers`, async (t) => {
	const began = Date.now();

	// The simulator sends so many at a time.
	for (let left = many; left > 0; left -= 5000) {
		const count = Math.min(left, 5000);

		await first.ask_sim('/sim/leads', { count, seed: 42 + left });
		assert.equal(await first.delivery('--repeat', '3', '--shuffle', '--seed', '7', '--concurrency', '4',
			'--deadline', String(60 + Math.ceil(count / 5)), ...to_both()), 0);
	}
	assert.equal(first.number('SELECT COUNT(*) FROM receipt'), 6 * many);
	await assert_all_there(many, 60 + many / 10);
	t.diagnostic(`${Math.round((Date.now() - began) / 1000)} s`);
	const turns = first.sql('SELECT COUNT(*) FROM `lead` GROUP BY assignee_id').map((r) => Number(r[0]));
	assert.equal(turns.length, 3);
	assert.ok(Math.max(...turns) - Math.min(...turns) <= 1, String(turns));
});

test('whoever logged in at one host is known at the other', async () => {
	const visitor = new Visitor(first.base);

	assert.equal((await visitor.login('root@example.com')).status, 303);
	visitor.base = second.base;
	const page = await visitor.ask('/leads');
	assert.equal(page.status, 200);
	assert.match(page.body, /leads, newest first/);
});

// Its bytes lie where it was uploaded; four workers of two hosts may get its job.
test('a file is read whichever worker gets its job, and checked at the other host', async () => {
	const visitor = new Visitor(first.base), rows = Array.from({ length: 300 }, (_, i) => `P ${i},p${i}@import.example.com`);
	const form = new FormData();
	const state = () => first.sql('SELECT state FROM file_import')[0][0];

	await visitor.login('root@example.com');
	form.append('csrf', await visitor.csrf('/lead-import'));
	form.append('file', new Blob([`name,email\n${rows.join('\n')}\n`]), 'people.csv');
	const made = await visitor.ask('/lead-import', { method: 'POST', body: form });
	assert.equal(made.status, 303, made.body);
	const id = /\/lead-import\/(\d+)$/.exec(made.headers.get('location'))[1];
	visitor.base = second.base;
	const csrf = await visitor.csrf(`/lead-import/${id}`);
	const post = (path, fields) => visitor.post(`/lead-import/${path}/${id}`, [['csrf', csrf], ...fields]);
	assert.equal((await post('columns', [['targets', 'name'], ['targets', 'email'], ['assign', 'nobody'], ['on_known', 'join'],
		['tag', '']])).status, 303);
	await until('it is checked', () => state() === 'checked');
	assert.equal((await post('go', [])).status, 303);
	await until('it is done', () => state() === 'done');
	assert.equal(first.number("SELECT COUNT(*) FROM `lead` WHERE email LIKE '%@import.example.com'"), 300);
	first.sql("DELETE FROM `lead` WHERE source = 'import'; DELETE FROM submission WHERE way = 'import'");
});

// Stopped and killed in turn, each time when deliveries have begun to come in.
test('the database goes away five times while 100 leads arrive at both hosts', async () => {
	const receipts = () => first.number('SELECT COUNT(*) FROM receipt');

	for (let round = 0; round < 5; round++) {
		const had = receipts();

		await first.ask_sim('/sim/leads', { count: 20, seed: 100 + round });
		const sending = first.delivery('--shuffle', '--concurrency', '2', ...to_both());
		await until('some are stored', () => receipts() > had);
		first.script('db.sh', round % 2 ? 'stop' : 'kill', `${first.state}/db`);
		first.script('db.sh', 'start', `${first.state}/db`);
		assert.equal(await sending, 0);
	}
	await assert_all_there(many + 100);
});
