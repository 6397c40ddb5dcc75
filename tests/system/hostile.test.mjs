// Answers that Meta should not give, and leads that nobody should send: each
// among good ones, none of which it may stop.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { readFileSync, writeFileSync, chmodSync } from 'node:fs';
import { Stack } from '../web.mjs';

let stack, pages, form;

// A Graph API that answers batches by a function from lead id to lead.
class Graph
{
	static async up(t, lead_of, { delay = 0 } = {})
	{
		const graph = new Graph();

		graph.asked = [];
		graph.server = createServer(async (request, answer) => {
			let body = '';

			for await (const part of request)
				body += part;
			const batch = JSON.parse(new URLSearchParams(body).get('batch') || '[]');
			const ids = batch.map((b) => /\/(\d+)\?/.exec(b.relative_url)[1]);

			graph.asked.push(ids);
			setTimeout(() => answer.end(graph.reply(ids, lead_of)), delay);
		});
		t.after(() => {
			graph.down();
			stack.sql("DELETE FROM job WHERE state <> 'done'");
		});
		graph.server.listen(0, '127.0.0.1');
		await once(graph.server, 'listening');
		graph.url = `http://127.0.0.1:${graph.server.address().port}`;
		return graph;
	}

	reply(ids, lead_of)
	{
		const items = ids.map((id) => JSON.stringify({ code: 200, body: lead_of(id) }));

		return Buffer.from(`[${items.join(',')}]`, 'latin1');
	}

	down()
	{
		this.server.closeAllConnections();
		this.server.close();
	}
}

// Bytes as they are: what is sent is UTF-8 only when it is made so.
const utf8 = (text) => Buffer.from(text, 'utf8').toString('latin1');

function node(id, fields = {}, more = {})
{
	return utf8(JSON.stringify({ id, form_id: form, created_time: '2026-09-28T12:00:00+0000',
		platform: 'fb', is_organic: true, field_data: Object.entries({ email: `p${id}@example.com`,
			full_name: `Person ${id}`, ...fields }).map(([name, value]) => ({ name, values: [value] })),
		...more }));
}

function settle(file, changes)
{
	const before = readFileSync(file, 'utf8');
	let text = before;

	for (const [from, to] of changes)
		text = text.replace(from, to);
	// A worker that was just started may be reading it.
	if (text === before)
		return;
	writeFileSync(file, text);
	chmodSync(file, 0o600);
}

function add_jobs(page, ids)
{
	stack.sql(ids.map((id) => 'INSERT INTO job (kind, subject, page_meta_id, received_at, run_at, created_at)' +
		` VALUES ('lead', '${id}', '${page}', NOW(3), '2020-01-01', NOW(3));`).join('\n'));
}

function start_worker(graph, limits, args)
{
	settle(`${stack.home}/leadport.conf`, [[/^graph_url = .*$/m, `graph_url = ${graph.url}`],
		[/\[limits\][^]*/, `[limits]\n${limits}\n`]]);
	const worker = spawn(`${stack.home}/bin/leadport`, ['worker', ...args],
		{ env: stack.env, stdio: ['ignore', 'ignore', 'pipe'] });
	let said = '';

	worker.stderr.on('data', (part) => said += part);
	return once(worker, 'exit').then(([status]) => {
		assert.doesNotMatch(said, /Sanitizer|runtime error/);
		assert.equal(status, 0, said);
	});
}

function work(graph)
{
	return start_worker(graph, '', ['--once']);
}

function stored(ids)
{
	const all = new Set(stack.sql('SELECT leadgen_id FROM submission').map((r) => r[0]));

	return ids.filter((id) => all.has(id));
}

let last = 70000;
const new_ids = (n) => Array.from({ length: n }, () => String(++last));

before(async () => {
	stack = await Stack.up();
	stack.user('root@example.com', 'superadmin', true);
	stack.connect();
	pages = stack.sql('SELECT meta_id FROM page ORDER BY meta_id').map((r) => r[0]);
	form = stack.sql('SELECT meta_id FROM lead_form ORDER BY meta_id')[0][0];
});
after(() => stack.down());

test('a page whose token cannot be opened stops no other page', async (t) => {
	const graph = await Graph.up(t, (id) => node(id));
	const sealed = stack.sql(`SELECT token_sealed FROM page WHERE meta_id = '${pages[0]}'`)[0][0];
	const [shut, open] = [new_ids(50), new_ids(5)];

	stack.sql(`UPDATE page SET token_sealed = '1.AAAA' WHERE meta_id = '${pages[0]}'`);
	add_jobs(pages[0], shut);
	add_jobs(pages[1], open);
	await work(graph);
	assert.deepEqual(stored(open), open);
	assert.equal(stack.number("SELECT COUNT(*) FROM job WHERE state = 'ready' AND reason = 'internal'"), 50);
	stack.sql(`UPDATE page SET token_sealed = '${sealed}' WHERE meta_id = '${pages[0]}'; UPDATE job SET run_at = NOW(3)`
		+ " WHERE state = 'ready'");
	await work(graph);
	assert.deepEqual(stored(shut), shut);
});

test('values that no column, no C string and no page expects', async (t) => {
	const hostile = {
		platform: (id) => node(id, {}, { platform: '\u65e5\u672c\u8a9e' }),
		disclaimers: (id) => node(id, {}, { custom_disclaimer_responses: [{ text: 'x'.repeat(100000) }] }),
		nul: (id) => node(id, { full_name: 'Ann\u0000Admin' }),
		surrogate: (id) => node(id, { full_name: 'Cut emoji \ud83d' }),
		controls: (id) => node(id, { full_name: 'a\u0001\u0008\u007f\u0085\u202eb' }),
		long: (id) => node(id, { full_name: '\u{1f600}'.repeat(10000), phone_number: '1'.repeat(10000),
			city: 'x'.repeat(10000), note: 'y'.repeat(10000) }),
		blank: (id) => node(id, { full_name: '\u00a0\u200b\u3000' }),
		empty: (id) => utf8(JSON.stringify({ id, field_data: [{ name: '', values: [''] }, { values: ['x'] },
			{ name: 'full_name' }, { name: 'email', values: null }, 7] })),
		types: (id) => utf8(JSON.stringify({ id, form_id: 1.5, ad_name: { a: 1 }, platform: 3, created_time: 'soon',
			is_organic: 'perhaps', field_data: { name: 'email' } })),
		nothing: (id) => utf8(JSON.stringify({ id })),
	};
	const names = Object.keys(hostile);
	const ids = new_ids(50);
	const bad = new Map(names.map((name, i) => [ids[5 * i + 2], name]));
	const graph = await Graph.up(t, (id) => bad.has(id) ? hostile[bad.get(id)](id) : node(id));

	add_jobs(pages[0], ids);
	await work(graph);
	assert.deepEqual(ids.filter((id) => !stored([id]).length).map((id) => bad.get(id) || id), []);
	const name = (what) => stack.sql('SELECT l.name FROM `lead` l JOIN submission s ON s.lead_id = l.id' +
		` WHERE s.leadgen_id = '${[...bad].find((b) => b[1] === what)[0]}'`)[0]?.[0];
	assert.equal(name('nul'), 'Ann\ufffdAdmin');
	assert.equal(name('surrogate'), 'Cut emoji \ufffd');
	assert.equal(name('blank'), undefined);
});

test('an answer that is no UTF-8 spoils its own lead only', async (t) => {
	const ids = new_ids(50);
	const graph = await Graph.up(t, (id) => id === ids[17] ? node(id).replace('Person', 'P\xff\xfe') : node(id));

	add_jobs(pages[0], ids);
	await work(graph);
	assert.deepEqual(stored(ids), ids.filter((id) => id !== ids[17]));
	assert.equal(stack.number(`SELECT COUNT(*) FROM job WHERE subject = '${ids[17]}' AND state = 'ready'`), 1);
});

test('fifty leads too large for one answer are read in smaller parts', async (t) => {
	const ids = new_ids(50);
	const long = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`question_${i}`, '<'.repeat(10000)]));
	const graph = await Graph.up(t, (id) => node(id, long));

	add_jobs(pages[0], ids);
	await work(graph);
	assert.deepEqual(stored(ids), ids);
});

test('slow pages outlast a lease, and no lead is read twice', async (t) => {
	const graph = await Graph.up(t, (id) => node(id), { delay: 5000 });
	const ids = pages.map(() => new_ids(2));

	ids.forEach((of_page, i) => add_jobs(pages[i], of_page));
	await Promise.all([1, 2].map(() => start_worker(graph, 'lease_seconds = 9', ['--for', '12'])));
	assert.deepEqual(stored(ids.flat()), ids.flat());
	assert.deepEqual(graph.asked.flat().sort(), ids.flat().sort());
});
