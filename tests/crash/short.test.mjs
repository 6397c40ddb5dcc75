// The crash matrix, a sample of it: `make crash-matrix` walks through every
// step, this through one of several.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Ground } from './ground.mjs';
import { Migration, walk_migration } from './migration.mjs';
import { scenarios } from './scenarios.mjs';
import { proves_nothing, walk } from './walk.mjs';

const strides = { webhook: 1, worker: 9, sync: 18, reconnect: 26, 'CSV import': 14 };
const kinds = [['killed', 'die', {}, 1], ['killed with the database', 'die', { db: true, first: 5 }, 3],
	['a database call fails', 'db', { first: 3 }, 3], ['an answer of Meta is lost', 'answer', {}, 1]];
// Of the long ones some steps: of each act one, where the work is.
const few = [['undo of a file', 'killed with the database', 'die', { db: true, first: 46, most: 1 }],
	['history', 'killed', 'die', { first: 11, most: 1 }], ['history', 'killed with the database', 'die', { db: true, first: 60, most: 1 }],
	['fetch', 'killed', 'die', { first: 9, stride: 70, most: 2 }], ['fetch', 'a database call fails', 'db', { first: 40, most: 1 }],
	['drill', 'killed', 'die', { first: 58, most: 1 }], ['drill', 'an answer of Meta is lost', 'answer', { most: 1 }]];
const rows = scenarios.filter(({ name }) => strides[name]).flatMap(({ name }) => kinds.map(([words, act, options, times]) =>
	[name, words, act, { ...options, first: name === 'webhook' && act === 'db' ? 1 : options.first,
		stride: act === 'answer' ? 1 : strides[name] * times }]));
let ground;

before(async () => {
	ground = await Ground.up();
});
after(() => ground?.down());

for (const [name, words, act, options] of [...rows, ...few])
	test(`${name}: ${words}`, async () => {
		const bad = [];
		const scenario = scenarios.find((s) => s.name === name);
		const sum = await walk(ground, scenario, act, { ...options, said: (one) => {
			if (one.verdict.lost || one.verdict.doubled || one.verdict.half.length)
				bad.push(`${one.step}: ${JSON.stringify(one.verdict)}`);
		} });

		assert.deepEqual(bad, []);
		assert.equal(proves_nothing(scenario, act, sum, false), null);
	});

test('all that Meta has is here, once', async () => {
	const ids = await ground.ledger();

	assert.ok(ids.length > 100, String(ids.length));
	assert.deepEqual(ground.verdict(ids), { lost: 0, doubled: 0, half: [] });
});

test('migration: killed, alone and with the database', () => {
	const m = Migration.up();

	try {
		for (const [name, db, stride] of [['a', false, 17], ['b', true, 43]]) {
			const sum = walk_migration(m, name, 'die', { db, stride });

			assert.ok(sum.strikes > 5);
			assert.deepEqual([sum.lost, sum.doubled, sum.half], [0, 0, 0]);
		}
	} finally {
		m.down();
	}
});
