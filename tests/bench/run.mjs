#!/usr/bin/env node
// How fast the pages are, and how fast leads come in, with many leads.
//
//   [LEADS=10000,1000000] [DB_POOL=1G] [DATA=FOLDER] tests/bench/run.mjs
//
// For each size a stack of its own is started and filled (seed.sh), below FOLDER
// to be measured again by a later run, else thrown away.  Pages are
// asked for as a browser does it: through the web server, on one connection
// that is kept, one request after the other.  What the machine itself takes is
// measured beside it, in the same run and the same loop, and the time that the
// processors worked for it, which tells more where other work shares them.  The
// figures go to the terminal and, as Markdown, to build/bench.md; nothing is
// asserted.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Stack, Visitor, top, until } from '../web.mjs';

const ASKED = 200, AT_LEAST = 20, SECONDS = 15, WARM_UP = 20, IMPORTED = 1000;
const floor = '/leadport.css';
const targets = 'Targets: a list of 50 leads within 10 ms at 10,000 leads, and within 1.5 times that at 5,000,000.';

// ---- the loop --------------------------------------------------------------------

// One connection for all requests; fetch would choose by itself.
class Caller
{
	constructor(base, cookie)
	{
		this.base = base;
		this.cookie = cookie;
		this.agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
	}

	// The web server closes a connection after so many requests; that says
	// nothing of the page.
	async ask(path, body)
	{
		try {
			return await this.once(path, body);
		} catch (error) {
			if (error.code !== 'ECONNRESET')
				throw error;
			return this.once(path, body);
		}
	}

	once(path, body)
	{
		const headers = { cookie: this.cookie, ...body && {
			'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) } };

		return new Promise((done, failed) => {
			const request = http.request(this.base + path, { agent: this.agent, method: body ? 'POST' : 'GET', headers },
				async (answer) => {
					const parts = [];

					for await (const part of answer)
						parts.push(part);
					if (answer.statusCode === 200)
						done(Buffer.concat(parts).toString());
					else
						failed(new Error(`${path}: status ${answer.statusCode}`));
				});

			request.on('error', failed);
			request.end(body);
		});
	}
}

function text_of(file)
{
	try {
		return readFileSync(file, 'utf8');
	} catch {
		return '';	// it has just ended
	}
}

// Milliseconds that the database, the web server and the programs of a stack
// have worked so far; the system counts hundredths of a second.
function worked(stack)
{
	let ticks = 0;

	for (const pid of readdirSync('/proc'))
		if (/^[0-9]+$/.test(pid) && text_of(`/proc/${pid}/cmdline`).includes(stack.state)) {
			const stat = text_of(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') || [];

			ticks += Number(stat[11] || 0) + Number(stat[12] || 0);
		}
	return ticks * 10;
}

// Milliseconds.  What is slow is asked less often, or a run would take hours.
async function timed(stack, act)
{
	const times = [], end = performance.now() + SECONDS * 1000;

	for (let i = 0; i < WARM_UP; i++)
		if (performance.now() < end)
			await act(i);
	const before = worked(stack);

	while (times.length < AT_LEAST || (times.length < ASKED && performance.now() < end)) {
		const from = performance.now();

		await act(WARM_UP + times.length);
		times.push(performance.now() - from);
	}
	const cpu = (worked(stack) - before) / times.length;

	times.sort((a, b) => a - b);
	return { median: times[times.length >> 1], p99: times[Math.floor(times.length * 0.99)], cpu };
}

// ---- what is asked for -------------------------------------------------------------

const filters = {
	'leads list, first page': '',
	'by source': 'source=meta',
	'by stage': 'stage=won',
	'by assignee': 'assignee=1003',
	'by tag': 'tag=Call+back',
	'by integration': 'integration=1002',
	'by page': 'page=700000000000007',
	'by form': 'form=800000000000027',
	'by campaign': 'campaign=650000000000007',
	'by platform': 'platform=ig',
	'by stage, page and platform': 'stage=won&page=700000000000007&platform=ig',
	'by stage, tag and assignee': 'stage=won&tag=Call+back&assignee=1003',
	'search: first and last name': 'q=Mary+Byrne',
	'search: the beginning of a name': 'q=Mur',
};

// Other leads each time, all over the years: none is found because it was just
// asked for.
function spread(stack, leads)
{
	return stack.sql(`SELECT id, email, phone FROM \`lead\` WHERE NOT is_test AND id IN (SELECT 1 + FLOOR(seq * ${
		leads / 250}) FROM seq_1_to_249)`).map(([id, email, phone]) => ({ id, email, phone }));
}

async function tenth_page(caller)
{
	let way = '/leads';

	for (let page = 1; page < 10; page++)
		way = /href="([^"]*before=[^"]*)" rel="next"/.exec(await caller.ask(way))[1].replaceAll('&amp;', '&');
	return way;
}

// Name and act; an act takes the number of its turn.
async function acts(stack, caller, leads)
{
	const some = spread(stack, leads), one = (i) => some[i % some.length];
	const nobody = new Caller(caller.base, '');
	const tenth = await tenth_page(caller);
	const csrf = /name="csrf" value="([^"]*)"/.exec(await caller.ask('/leads'))[1];
	const wanted = new URLSearchParams({ csrf, tag: 'Trade fair', format: 'csv' }).toString();

	return [
		['limit: a static file', () => caller.ask(floor)],
		['limit: the smallest page, /login', () => nobody.ask('/login')],
		...Object.entries(filters).map(([name, query]) => [name, () => caller.ask(`/leads?${query}`)]),
		['search: an e-mail address', (i) => caller.ask(`/leads?q=${encodeURIComponent(one(i).email)}`)],
		['search: a phone number', (i) => caller.ask(`/leads?q=${encodeURIComponent(one(i).phone)}`)],
		['leads list, page 10', () => caller.ask(tenth)],
		['count up to 1,000', () => caller.ask('/lead-export')],
		['a lead', (i) => caller.ask(`/lead/${one(i).id}`)],
		['export of 1,000 leads', () => caller.ask('/lead-export', wanted)],
		['reports', () => caller.ask('/reports')],
	];
}

// ---- what else is measured ---------------------------------------------------------

// A question that asks nothing, by the database's own client; mean, since the
// client tells no times.
function empty_question(stack)
{
	const n = 5000;
	const took = (text) => {
		const from = performance.now();

		stack.sql(text);
		return performance.now() - from;
	};
	const start = took('SELECT 1');

	return { median: (took('SELECT 1;\n'.repeat(n)) - start) / n };
}

// Leads a second from a webhook to the list, by one worker.
async function importing(stack)
{
	if (stack.number("SELECT COUNT(*) FROM integration WHERE name = 'Main'"))
		stack.leadport(['app', 'subscribe', '--take-over']);	// the address is another
	else
		stack.connect();
	await stack.ask_sim('/sim/faults', { repeat_percent: 0 });
	await stack.ask_sim('/sim/leads', { count: IMPORTED });
	const last = stack.number('SELECT MAX(id) FROM submission');
	const worker = stack.worker();

	try {
		// The webhook starts none of its own then.
		await until('the worker is there', () => stack.number('SELECT COUNT(*) FROM worker') > 0);
		stack.simulator('deliver', '--batch', '50');
		await until('all are stored', () =>
			stack.number(`SELECT COUNT(*) FROM submission WHERE id > ${last}`) >= IMPORTED, 600);
	} finally {
		worker.kill();
	}
	return stack.number('SELECT COUNT(*) / (TIMESTAMPDIFF(MICROSECOND, MIN(imported_at), MAX(imported_at)) / 1e6)' +
		` FROM submission WHERE id > ${last}`);
}

// The folder of a size, or none: the stack then makes one.
function state_of(leads)
{
	if (!process.env.DATA)
		return undefined;
	const state = path.resolve(process.env.DATA, String(leads));

	mkdirSync(state, { recursive: true });
	return state;
}

function fill(stack, leads)
{
	const mark = `${stack.state}/seeded`;

	if (existsSync(mark))
		return;
	stack.user('boss@example.com', 'superadmin', true, 'Maeve');
	console.error(stack.run([`${top}/tests/bench/seed.sh`, `${stack.state}/db`, 'leadport', String(leads)]));
	writeFileSync(mark, '');
}

async function measure(leads)
{
	const figures = new Map();
	const stack = await Stack.up({ state: state_of(leads) });

	try {
		console.error(`${leads} leads:`);
		fill(stack, leads);
		const visitor = new Visitor(stack.base);

		await visitor.login('boss@example.com');
		figures.set('limit: SELECT 1', empty_question(stack));
		for (const [name, act] of await acts(stack, new Caller(stack.base, visitor.cookie), leads)) {
			figures.set(name, await timed(stack, act));
			console.error(`${name}: ${ms(figures.get(name).median)} ms, processor ${ms(figures.get(name).cpu)}`);
		}
		figures.set('import, leads a second', { rate: await importing(stack) });
	} finally {
		stack.down();
	}
	return figures;
}

// ---- the table -----------------------------------------------------------------------

function ms(value)
{
	return value === undefined ? '' : value.toFixed(value < 1 ? 3 : value < 10 ? 2 : 1);
}

function cells(f, static_file)
{
	if (f.rate)
		return [Math.round(f.rate), '', '', ''];
	return [ms(f.median), ms(f.p99), (f.median / static_file.median).toFixed(1), ms(f.cpu)];
}

function table(all, sizes)
{
	const first = all[0], last = all[all.length - 1];
	const rows = [['what', ...sizes.flatMap((n) => [`${n.toLocaleString('en')}: median ms`, 'p99 ms', 'to a static file',
		'processor ms']), 'largest to smallest', 'by processor']];

	for (const name of first.keys()) {
		const a = first.get(name), b = last.get(name);
		const ratio = (b.rate || b.median) / (a.rate || a.median);

		rows.push([name, ...all.flatMap((f) => cells(f.get(name), f.get('limit: a static file'))), ratio.toFixed(2),
			a.cpu ? (b.cpu / a.cpu).toFixed(2) : '']);
	}
	return rows;
}

function markdown(rows)
{
	const width = rows[0].map((_, i) => Math.max(3, ...rows.map((row) => String(row[i]).length)));
	const line = (row) => `| ${row.map((cell, i) =>
		i ? String(cell).padStart(width[i]) : String(cell).padEnd(width[i])).join(' | ')} |`;

	return [line(rows[0]), `|${width.map((n, i) => i ? `${'-'.repeat(n + 1)}:` : '-'.repeat(n + 2)).join('|')}|`,
		...rows.slice(1).map(line)].join('\n');
}

const sizes = (process.env.LEADS || '1000000').split(',').map(Number).sort((a, b) => a - b);

if (!sizes.every((n) => Number.isInteger(n) && n >= 1000 && n <= 99999999)) {
	console.error('bench: LEADS takes numbers from 1000 to 99999999, with commas between');
	process.exit(2);
}
// What a small server gives its database; tests do with less.
process.env.DB_POOL ||= '1G';
// What it sorts at a time while indexes are made, by seed.sh; nothing else.
process.env.DB_ARGS ||= '--innodb-sort-buffer-size=64M';
const all = [];

for (const leads of sizes)
	all.push(await measure(leads));
const text = `${markdown(table(all, sizes))}\n\n${targets}\n`;

mkdirSync(`${top}/build`, { recursive: true });
writeFileSync(`${top}/build/bench.md`, text);
console.log(text);
