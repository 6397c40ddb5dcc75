#!/usr/bin/env node
// make crash-matrix: every step of every scenario, as a table.
//   run.mjs [SCENARIO,… [KIND,…]]   KIND: die, die+database, db, http, answer
// STRIDE=4 looks at every fourth step, VERBOSE=1 names each, LANES=2 grounds are
// struck at the same time.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { scenarios } from './scenarios.mjs';
import { proves_nothing } from './walk.mjs';

const kinds = [['killed', 'die', {}], ['killed, the database too', 'die', { db: true }], ['database call fails', 'db', {}],
	['call to Meta fails', 'http', {}], ["Meta's answer is lost", 'answer', {}]];
const only = process.argv[2]?.split(',');
const chosen = process.argv[3]?.split(',');
const stride = Number(process.env.STRIDE || 1);

const is_chosen = ([, act, options]) => !chosen || chosen.includes(options.db ? 'die+database' : act);
const wanted = (name) => !only || only.includes(name);

// A migration makes no call to Meta.
function all_rows()
{
	const rows = scenarios.map((s) => s.name).flatMap((name) => kinds.map((kind) => [name, kind]));

	rows.push(...kinds.slice(0, 3).map((kind) => ['migration', kind]));
	return rows.filter(([name, kind]) => wanted(name) && is_chosen(kind))
		.map(([name, [words, act, options]], place) => ({ place, name, words, act, options: { ...options, stride } }));
}

const print = (cells) => process.stdout.write(`| ${cells.map((cell, i) => (i < 2 ? String(cell).padEnd(i ? 24 : 10) :
	String(cell).padStart(12))).join(' | ')} |\n`);

// Lines in the order of the table, each as soon as those before it are there.
class Table
{
	constructor()
	{
		this.total = { lost: 0, doubled: 0, half: 0 };
		this.steps = new Set();
		this.waiting = new Map();
		this.next = 0;
		this.failed = 0;
		this.unproved = 0;
		print(['scenario', 'at each step', 'strikes', 'named steps', 'lost', 'doubled', 'half-written']);
		print(['---', '---', '---:', '---:', '---:', '---:', '---:']);
	}

	add(row, { sum, error })
	{
		const nothing = sum && proves_nothing(scenarios.find((s) => s.name === row.name) || {}, row.act, sum);

		if (nothing) {
			this.unproved++;
			process.stderr.write(`${row.name}, ${row.words}: ${nothing}\n`);
		}
		this.waiting.set(row.place, [row, sum]);
		if (error) {
			this.failed++;
			process.stderr.write(`${row.name}, ${row.words}: ${error}\n`);
		}
		for (; this.waiting.has(this.next); this.next++)
			this.line(...this.waiting.get(this.next));
	}

	line(row, sum)
	{
		if (!sum) {
			print([row.name, row.words, 'not ended', '', '', '', '']);
			return;
		}
		print([row.name, row.words, sum.strikes, sum.steps.length, sum.lost, sum.doubled, sum.half]);
		for (const key of Object.keys(this.total))
			this.total[key] += sum[key];
		sum.steps.forEach((step) => this.steps.add(step));
	}

	close()
	{
		const { lost, doubled, half } = this.total;

		process.stdout.write(`${this.steps.size} named steps\n`);
		if (this.failed + this.unproved)
			process.stdout.write(`${this.failed} lines did not end, ${this.unproved} prove nothing\n`);
		else
			process.stdout.write(`lost ${lost}, doubled ${doubled}, half-written ${half}\n`);
		return this.failed + this.unproved + lost + doubled + half === 0 ? 0 : 1;
	}
}

// A lane takes one line of the table after the other.
function lane(rows, table)
{
	return new Promise((done) => {
		const child = fork(fileURLToPath(new URL('lane.mjs', import.meta.url)));
		let row = null;
		const hand_out = () => {
			row = rows.shift() || null;
			child.send({ row });
		};

		child.on('message', (answer) => {
			table.add(row, answer);
			hand_out();
		});
		child.on('exit', () => {
			if (row)
				table.add(row, { error: 'its lane ended' });
			done();
		});
		hand_out();
	});
}

const rows = all_rows(), table = new Table();
const lanes = Math.min(Number(process.env.LANES || 2), rows.length);

await Promise.all(Array.from({ length: lanes }, () => lane(rows, table)));
process.exitCode = table.close();
