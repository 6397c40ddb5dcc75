#!/usr/bin/env node
// make crash-matrix: every step of every scenario, as a table.
//   run.mjs [SCENARIO,… [KIND,…]]   KIND: die, die+database, db, http, answer
// STRIDE=4 looks at every fourth step, VERBOSE=1 names each.
import { Ground } from './ground.mjs';
import { Migration, walk_migration } from './migration.mjs';
import { scenarios } from './scenarios.mjs';
import { walk } from './walk.mjs';

const kinds = [['killed', 'die', {}], ['killed, the database too', 'die', { db: true }], ['database call fails', 'db', {}],
	['call to Meta fails', 'http', {}], ["Meta's answer is lost", 'answer', {}]];
const only = process.argv[2]?.split(',');
const chosen = process.argv[3]?.split(',');
const stride = Number(process.env.STRIDE || 1);
const total = { lost: 0, doubled: 0, half: 0 };
const all_steps = new Set();

function said({ scenario, act, db, index, n, step, verdict })
{
	const bad = verdict.lost || verdict.doubled || verdict.half.length;

	if (bad || process.env.VERBOSE)
		process.stderr.write(`${scenario} ${act}${db ? '+database' : ''} ${index}.${n} ${step}: ${JSON.stringify(verdict)}\n`);
}

const row = (cells) => process.stdout.write(`| ${cells.map((cell, i) => (i < 2 ? String(cell).padEnd(i ? 24 : 10) :
	String(cell).padStart(12))).join(' | ')} |\n`);

function report(name, words, sum)
{
	row([name, words, sum.strikes, sum.steps.size, sum.lost, sum.doubled, sum.half]);
	for (const key of Object.keys(total))
		total[key] += sum[key];
	sum.steps.forEach((step) => all_steps.add(step));
}

const is_chosen = ([, act, options]) => !chosen || chosen.includes(options.db ? 'die+database' : act);
const wanted = (name) => !only || only.includes(name);
const ground = await Ground.up();

try {
	row(['scenario', 'at each step', 'strikes', 'named steps', 'lost', 'doubled', 'half-written']);
	row(['---', '---', '---:', '---:', '---:', '---:', '---:']);
	for (const scenario of scenarios.filter((s) => wanted(s.name)))
		for (const [words, act, options] of kinds.filter(is_chosen))
			report(scenario.name, words, await walk(ground, scenario, act, { ...options, stride, said }));
} finally {
	ground.down();
}
if (wanted('migration')) {
	const m = Migration.up();

	try {
		for (const [i, [words, act, options]] of kinds.slice(0, 3).filter(is_chosen).entries())
			report('migration', words, walk_migration(m, String.fromCharCode(97 + i), act, { ...options, stride, said }));
	} finally {
		m.down();
	}
}
process.stdout.write(`${all_steps.size} named steps\n`);
process.stdout.write(`lost ${total.lost}, doubled ${total.doubled}, half-written ${total.half}\n`);
process.exitCode = total.lost + total.doubled + total.half === 0 ? 0 : 1;
