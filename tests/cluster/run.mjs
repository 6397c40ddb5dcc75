#!/usr/bin/env node
// Leadport on two web hosts and a Galera cluster of three nodes, all on this
// machine: does a lead get lost, or twice into the CRM, while a node is killed,
// comes back, and workers are in each other's way?
//
//   [KEEP=1] tests/cluster/run.mjs
//
// Each web host has its own node first in its list, and the others after it.
// The simulator sends every lead to both.  After each play the CRM is held
// against the simulator's ledger, and the nodes against each other.  The table
// goes to the terminal and to build/cluster.md; the last line is what counts,
// and the exit status says the same.
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { Stack, top, until } from '../web.mjs';
import { compare, settled } from '../system/ledger.mjs';
import { Cluster, nodes } from './cluster.mjs';

const DEADLINE_S = 600, PLAY_S = 150, patience = 90;
const limits = 'lease_seconds = 5\nretry_first_ms = 100\nworker_seconds = 600';
const columns = ['play', 'leads', 'deliveries', 'answered 503 or cut', 'slowest answer, s', 'seconds', 'certification failures', 'aborts by another node',
	'tried again', 'lost', 'doubled', 'half-written', 'tables apart'];

let cluster, first, second, seed = 0;
const workers = [], rows = [];

// ---- up and down -----------------------------------------------------------------

function start_worker(stack)
{
	const log = openSync(`${stack.home}/var/worker.log`, 'a');

	workers.push(spawn(`${stack.home}/bin/leadport`, ['worker'], { env: stack.env, stdio: ['ignore', 'ignore', log] }));
}

async function up()
{
	cluster = await Cluster.up();
	cluster.boot();
	first = await Stack.up({ apart: true, limits, patience, database: cluster.hosts(1, 2, 3), query: cluster.query(1) });
	['a', 'b', 'c'].forEach((n) => first.user(`${n}@example.com`, 'member', true));
	first.user('root@example.com');
	first.connect();
	second = await Stack.up({ beside: first, limits, patience, database: cluster.hosts(2, 3, 1) });
	for (const stack of [first, second])
		start_worker(stack);
}

// Another order of nodes, and programs and workers that know it.
function move(stack, hosts)
{
	const conf = `${stack.home}/leadport.conf`;

	for (const worker of workers.splice(0))
		worker.kill();
	writeFileSync(conf, readFileSync(conf, 'utf8').replace(/^host = .*$/m, hosts));
	stack.script('stack.sh', 'web', 'stop');
	stack.script('stack.sh', 'web', 'start');
	for (const host of [first, second, first, second])
		start_worker(host);
}

// Whatever happens: the programs and servers that were started here.
function down()
{
	const failures = [];

	for (const worker of workers.splice(0))
		worker.kill('SIGKILL');
	for (const part of [second, first, cluster]) {
		try {
			part?.down();
		} catch (error) {
			failures.push(error.message);
		}
	}
	second = first = cluster = undefined;
	failures.forEach((words) => console.error(words));
	return failures.length === 0;
}

function give_up(words, status)
{
	console.error(`cluster: ${words}`);
	down();
	process.exit(status);
}

// ---- one play --------------------------------------------------------------------

// How often the library tried again, by its own word.
function tries_again()
{
	return [first, second].flatMap((s) => [`${s.state}/web/programs.log`, `${s.home}/var/worker.log`])
		.filter(existsSync).map((file) => readFileSync(file, 'utf8').split('again after:').length - 1)
		.reduce((sum, n) => sum + n, 0);
}

// One number of the simulator's own database.
function at_meta(what)
{
	return Number(first.run([`${top}/tests/stack/db.sh`, 'sql', `${first.state}/sim-db`, 'sim'],
		`SELECT COALESCE(${what}, 0) FROM sim_delivery`));
}

async function measure()
{
	const ledger = await first.ask_sim('/sim/ledger');
	const sum = (of) => ledger.reduce((n, lead) => n + lead[of], 0);

	return { conflicts: cluster.conflicts(), tries: tries_again(), leads: ledger.length, sent: sum('deliveries'),
		acked: sum('acks'), latest: at_meta('MAX(id)') };
}

// The simulator's deliveries of one portion: whether each was acknowledged.
async function deliver({ repeat = 1, batch = 1 }, seed)
{
	return await first.delivery('--batch', String(batch), '--repeat', String(repeat), '--shuffle', '--seed', String(seed),
		'--concurrency', '4', '--deadline', String(PLAY_S),
		'--to', `${first.base}/webhook`, '--to', `${second.base}/webhook`) === 0;
}

// Leads come in, portion by portion, until there are `count` and `act` is over.
async function feed({ count, portion, ...way }, act)
{
	const end = Date.now() + PLAY_S * 1000;
	let acting = true, acked = true, note, failure;
	const done = act().then((words) => note = words, (error) => failure = error).finally(() => acting = false);

	for (let sent = 0; (sent < count || acting) && Date.now() < end; sent += portion) {
		await first.ask_sim('/sim/leads', { count: portion, seed: ++seed });
		acked = await deliver(way, seed) && acked;
	}
	await done;
	if (failure)
		throw failure;
	return [acked ? 'all acknowledged' : 'NOT ALL ACKNOWLEDGED', note];
}

// A node that was killed takes its counters along, and begins anew.
function counted(before, after, what)
{
	let sum = 0;

	for (const [node, now] of after.conflicts) {
		const then = before.conflicts.get(node)?.[what] || 0;

		sum += now[what] >= then ? now[what] - then : now[what];
	}
	return sum;
}

// One play, and what came of it.
async function play(name, leads, act = async () => undefined)
{
	const before = await measure(), began = Date.now();
	const [words, note] = await feed(leads, act);

	await until(`${name}: all is stored and done`, () => settled(first), PLAY_S);
	const seconds = (Date.now() - began) / 1000, after = await measure(), found = await compare(first);
	await until(`${name}: the nodes hold the same`, () => cluster.apart().length === 0, 30).catch(() => undefined);
	rows.push([note ? `${name} ${note}` : name, after.leads - before.leads, after.acked - before.acked,
		after.sent - after.acked - before.sent + before.acked,
		(at_meta(`MAX(IF(id > ${before.latest}, ms, 0))`) / 1000).toFixed(1), seconds.toFixed(1),
		counted(before, after, 'failures'), counted(before, after, 'aborts'),
		after.tries - before.tries, found.lost, found.doubled, found.half, cluster.apart().length]);
	console.log(`${name}: ${words}, ${seconds.toFixed(1)} s${found.words && `; ${found.words}`}`);
}

function receipts(n)
{
	const before = first.number('SELECT COUNT(*) FROM receipt');

	return until(`${n} deliveries have come`, () => first.number('SELECT COUNT(*) FROM receipt') >= before + n, PLAY_S);
}

async function plays()
{
	await play('node 2 is killed', { count: 600, portion: 30 }, async () => {
		await receipts(300);
		if (cluster.connections(2) === 0)
			throw new Error('nobody was at the node that was to be killed');
		cluster.kill(2);
	});
	await play('node 2 comes back', { count: 100, portion: 20 }, async () => {
		await receipts(50);
		return `(${await cluster.start(2)})`;
	});
	await play('node 3 loses its disk and comes back', { count: 100, portion: 20 }, async () => {
		await receipts(50);
		cluster.kill(3);
		cluster.wipe(3);
		return `(${await cluster.start(3)})`;
	});
	move(second, cluster.hosts(3, 1, 2));
	await play('node 3 is cut off for a while', { count: 100, portion: 20 }, async () => {
		await receipts(50);
		cluster.cut_off(3, true);
		await until('it refuses work', () => !cluster.serves(3), PLAY_S);
		await receipts(100);
		cluster.cut_off(3, false);
		await until('it is back', () => cluster.serves(3), PLAY_S);
	});
	await first.ask_sim('/sim/faults', { repeat_percent: 30 });
	move(second, cluster.hosts(2, 3, 1));
	const race = { count: 600, portion: 300, repeat: 2, batch: 5 };
	await play('four workers at two nodes, leads twice to both', race);
	move(second, cluster.hosts(1, 2, 3));
	await play('the same with both hosts at node 1', race);
}

// ---- all of it -------------------------------------------------------------------

function table()
{
	const all = [columns, ...rows.map((row) => row.map(String))];
	const widths = columns.map((_, i) => Math.max(...all.map((row) => row[i].length)));
	const line = (row) => `| ${row.map((cell, i) => i ? cell.padStart(widths[i]) : cell.padEnd(widths[i])).join(' | ')} |`;

	return [line(columns), `|${widths.map((w, i) => i ? `${'-'.repeat(w + 1)}:` : '-'.repeat(w + 2)).join('|')}|`,
		...all.slice(1).map(line)].join('\n');
}

// Each play compares everything there is: the last one has the latest word, but
// what was wrong on the way counts too.
function worst(column)
{
	return Math.max(...rows.map((row) => row[columns.indexOf(column)]));
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.once(signal, () => give_up(signal, 130));
setTimeout(() => give_up(`not done within ${DEADLINE_S} s`, 1), DEADLINE_S * 1000).unref();
try {
	await up();
	console.log(`cluster of ${nodes.length} nodes and two web hosts are up`);
	await plays();
} catch (error) {
	give_up(error.message, 1);
}
const clean = down();

mkdirSync(`${top}/build`, { recursive: true });
writeFileSync(`${top}/build/cluster.md`, `${table()}\n`);
console.log(table());
const lost = worst('lost'), doubled = worst('doubled'), half = worst('half-written'), apart = worst('tables apart');
if (half || apart)
	console.log(`half-written ${half}, tables apart ${apart}`);
console.log(`lost ${lost}, doubled ${doubled}`);
process.exitCode = lost || doubled || half || apart || !clean ? 1 : 0;
