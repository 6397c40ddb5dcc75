// The host itself misbehaves: a clock that jumps, a disk that is full.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { Stack, Visitor, client, top, until } from '../web.mjs';
import { compare, settled } from './ledger.mjs';

async function stack_of(t, options, afterwards = () => {})
{
	const stack = await Stack.up(options);

	t.after(() => {
		stack.down();
		afterwards();
	});
	stack.user('a@example.com', 'member', true);
	stack.connect('user', '--assignee', 'a@example.com');
	await stack.ask_sim('/sim/faults', { repeat_percent: 0 });
	return stack;
}

const stored = (stack) => stack.number('SELECT COUNT(*) FROM submission');

// A worker of a host whose clock is wrong.
function worker_at(stack, offset)
{
	const done = spawnSync('faketime', ['-f', offset, `${stack.home}/bin/leadport`, 'worker', '--once'], { encoding: 'utf8', timeout: 60000,
		env: { ...stack.env, ASAN_OPTIONS: 'verify_asan_link_order=0' } });

	assert.equal(done.status, 0, done.stderr);
	return done.stderr;
}

for (const [words, offset] of [['a day ahead', '+1d'], ['a day behind', '-1d']])
	test(`a clock ${words}, and right again: leads come, once, in any order of the two`, async (t) => {
		const stack = await stack_of(t, { limits: 'retry_first_ms = 50' });
		const order = async (count) => {
			await stack.ask_sim('/sim/leads', { count });
			stack.simulator('deliver', '--batch', '5');
		};

		await order(10);
		await stack.work();
		assert.equal(stored(stack), 10);
		// While it is wrong: the lead of that hour, and one that Meta does not give out yet.
		stack.leadport(['worker', '--once']);
		await stack.ask_sim('/sim/leads', { count: 5 });
		stack.simulator('deliver');
		worker_at(stack, offset);
		await stack.ask_sim('/sim/faults', { kind: 'batch', error: 'html', times: 0 });
		await order(5);
		worker_at(stack, offset);
		await stack.ask_sim('/sim/reset', {});
		await order(5);
		await stack.work();
		// What was put off by the wrong clock is due a day later by the right one.
		stack.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE state = 'ready'");
		await stack.work();
		assert.equal(stored(stack), 25);
		assert.equal(stack.number('SELECT COUNT(DISTINCT leadgen_id) FROM submission'), 25);
		assert.equal(stack.number("SELECT COUNT(*) FROM job WHERE kind = 'lead' AND state <> 'done'"), 0);
		// Old is what is so by Meta's clock.
		assert.equal(stack.number("SELECT COUNT(*) FROM submission WHERE is_recovered AND way = 'webhook'"), 0);
		const { ids: [old] } = await stack.ask_sim('/sim/leads', { count: 1 });
		stack.run(client(`${stack.state}/db`, 'sim'), `UPDATE sim_lead SET created_at = created_at - INTERVAL 2 HOUR WHERE id = '${old}'`);
		stack.simulator('deliver');
		worker_at(stack, offset);
		stack.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE state = 'ready'");
		await stack.work();
		assert.deepEqual(stack.sql(`SELECT is_recovered FROM submission WHERE leadgen_id = '${old}'`), [['1']]);
	});

test('hosts whose clocks are hours apart keep house once an hour, not each in turn', async (t) => {
	const stack = await stack_of(t, {});
	const kept = () => stack.sql('SELECT kept_at FROM house')[0][0];

	stack.sql('UPDATE house SET kept_at = UTC_TIMESTAMP(3) - INTERVAL 61 MINUTE WHERE one = 1');
	worker_at(stack, '+2h');
	assert.equal(stack.number('SELECT kept_at BETWEEN UTC_TIMESTAMP(3) - INTERVAL 10 MINUTE AND UTC_TIMESTAMP(3) FROM house'), 1);
	const at = kept();

	for (const offset of ['-2h', '+2h', '-0s'])
		worker_at(stack, offset);
	assert.equal(kept(), at);
});

test('a clock three days ahead leaves no hole: the next sync is when it is due, and reads all', async (t) => {
	const stack = await stack_of(t, { limits: 'retry_first_ms = 50' });
	const runs = () => stack.number("SELECT COUNT(*) FROM sync_run WHERE state = 'done'");

	stack.leadport(['worker', '--once']);
	stack.sql('UPDATE page SET asked_at = asked_at - INTERVAL 25 HOUR, connected_at = connected_at - INTERVAL 9 DAY WHERE id > 0');
	const before = runs();
	worker_at(stack, '+3d');
	assert.equal(runs(), before + 1, 'it has synced');
	assert.equal(stack.number('SELECT COUNT(*) FROM lead_form WHERE synced_at > UTC_TIMESTAMP(3)'), 0);
	assert.equal(stack.number('SELECT COUNT(*) FROM page WHERE asked_at > UTC_TIMESTAMP(3)'), 0);
	// Not again at each round, whoever looks at which clock.
	for (const clock of ['+3d', '+2h', '-2h', '+0h'])
		worker_at(stack, clock);
	assert.equal(runs(), before + 1);
	await stack.ask_sim('/sim/leads', { count: 3, silent: true });
	stack.sql('UPDATE page SET asked_at = asked_at - INTERVAL 25 HOUR WHERE id > 0');
	stack.leadport(['worker', '--once']);
	assert.equal(runs(), before + 2);
	assert.equal(stored(stack), 3);
	// A database whose clock was wrong, too.
	stack.sql('UPDATE lead_form SET synced_at = UTC_TIMESTAMP(3) + INTERVAL 3 DAY WHERE id > 0;' +
		' UPDATE page SET asked_at = asked_at - INTERVAL 25 HOUR WHERE id > 0');
	await stack.ask_sim('/sim/leads', { count: 2, silent: true });
	stack.leadport(['worker', '--once']);
	assert.equal(stored(stack), 5);
});

// What somebody else at the same server has for itself.
function guest(stack, n)
{
	const all = Array.from({ length: n }, () => spawn('mariadb', ['--no-defaults', `--socket=${stack.state}/db/db.sock`, '--user=guest'],
		{ stdio: ['pipe', 'ignore', 'ignore'] }));

	all.forEach((one) => one.stdin.on('error', () => undefined));
	return { leave: () => all.forEach((one) => one.kill()) };
}

const connected = (stack, user) => stack.number(`SELECT COUNT(*) FROM information_schema.processlist WHERE user = '${user}'`);
// The processes that serve: whoever ends over it is another one afterwards.
const serving = (stack) => spawnSync('pgrep', ['-f', `^${stack.state}/www/cgi-bin/.*fcgi`], { encoding: 'utf8' }).stdout.trim().split('\n').sort();

// So few for all of the server, and its guest has them.
async function none_left(stack, most)
{
	stack.sql(`CREATE USER IF NOT EXISTS guest@localhost; SET GLOBAL max_connections = ${most}`);
	const guests = [];
	await until('no connection is left', () => {
		stack.sql('KILL USER leadport@localhost');
		const lacks = most - connected(stack, 'guest') - connected(stack, 'leadport');
		if (lacks > 0)
			guests.push(guest(stack, lacks));
		return connected(stack, 'guest') === most && connected(stack, 'leadport') === 0;
	});
	return () => {
		guests.forEach((one) => one.leave());
		stack.sql('SET GLOBAL max_connections = 100');
	};
}

test('the database has no connection left, then too few: 503, nobody ends over it, and all that Meta repeats comes, once', async (t) => {
	const stack = await stack_of(t, { apart: true, limits: 'retry_first_ms = 50' });
	const sim = (text) => stack.run(client(`${stack.state}/sim-db`, 'sim'), text).trim().split('\n');
	const once_more = () => spawnSync(`${stack.home}/bin/leadport`, ['worker', '--once'], { env: stack.env, encoding: 'utf8', timeout: 60000 });
	const receipts = () => stack.number('SELECT COUNT(*) FROM receipt');
	const visitor = new Visitor(stack.base);

	await visitor.login('a@example.com');
	await stack.ask_sim('/sim/leads', { count: 60 });
	await stack.end_workers();
	stack.script('stack.sh', 'web', 'stop');
	const enough = await none_left(stack, 10);
	try {
		// Programs that begin without a database, too.
		stack.script('stack.sh', 'web', 'start');
		const programs = readdirSync(`${stack.state}/www/cgi-bin`).length;
		await until('all programs are there', () => serving(stack).length === 2 * programs + 2);
		const before = serving(stack);
		assert.notEqual(await stack.delivery('--batch', '5', '--concurrency', '4', '--deadline', '2'), 0);
		const page = await visitor.ask('/leads');
		assert.equal(page.status, 503);
		assert.match(page.body, /The database does not answer/);
		assert.match(once_more().stderr, /Too many connections/);
		assert.match(readFileSync(`${stack.state}/web/programs.log`, 'utf8'), /Too many connections/);
		assert.deepEqual(sim('SELECT DISTINCT status, acked FROM sim_delivery'), ['503\t0']);
		assert.equal(receipts(), 0);
		assert.deepEqual(serving(stack), before);
	} finally {
		enough();
	}
	// Two for the webhook's processes, the pages and the workers.
	stack.sql('ALTER USER leadport@localhost WITH MAX_USER_CONNECTIONS 2');
	const before = serving(stack), refused = () => Number(sim('SELECT COUNT(*) FROM sim_delivery WHERE status = 503')[0]);
	const had = refused();
	await until('some are taken in, and some are refused', async () => {
		await stack.ask_sim('/sim/leads', { count: 20 });
		await stack.delivery('--batch', '1', '--concurrency', '4', '--deadline', '2');
		return receipts() > 0 && refused() > had;
	});
	assert.deepEqual(serving(stack), before);
	stack.sql('ALTER USER leadport@localhost WITH MAX_USER_CONNECTIONS 0');
	assert.equal(await stack.delivery(), 0);
	await until('all is stored', () => {
		once_more();
		stack.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE state = 'ready'");
		return settled(stack);
	}, 60);
	const { lost, doubled, half, words } = await compare(stack);
	assert.deepEqual({ lost, doubled, half, words }, { lost: 0, doubled: 0, half: 0, words: '' });
});

// All of a small disk but nothing: what is left for the database is none.
function fill(folder)
{
	const fd = openSync(`${folder}/ballast`, 'w');
	const block = Buffer.alloc(1 << 20);

	for (let size = block.length; size >= 512;)
		try {
			writeSync(fd, block, 0, size);
		} catch (error) {
			assert.equal(error.code, 'ENOSPC');
			size >>= 1;
		}
	closeSync(fd);
	assert.equal(statfsSync(folder).bavail, 0);
}

test('the disk is full: said in the log and on the page, and with room all of it comes, once', async (t) => {
	const disk = '/tmp/leadport-disk-' + process.pid;
	const run = (...command) => {
		const done = spawnSync(command[0], command.slice(1), { encoding: 'utf8' });

		assert.equal(done.status, 0, `${command.join(' ')}: ${done.stderr}`);
	};

	mkdirSync(disk);
	// Root alone may mount: CI is root.
	run('mount', '-t', 'tmpfs', '-o', 'size=256m', 'tmpfs', disk);
	const stack = await stack_of(t, { apart: true, limits: 'retry_first_ms = 50', disk }, () => {
		run('umount', disk);
		rmSync(disk, { recursive: true });
	});
	const deliver = () => spawnSync(`${stack.state}/sim/leadport/bin/simulator`, ['deliver', '--deadline', '2', '--batch', '40'], { encoding: 'utf8',
		env: { ...stack.env, LEADPORT_CONF: `${stack.state}/sim/leadport/leadport.conf` } });
	const { ids } = await stack.ask_sim('/sim/leads', { count: 200, values: { full_name: 'x'.repeat(8000) } });
	const visitor = new Visitor(stack.base);

	stack.user('root@example.com');
	await visitor.login('root@example.com');
	fill(disk);
	const diagnosis = () => visitor.ask('/integration-doctor?now=1');
	const told = /The disk of the database is nearly full[^]*Make room/;
	// Whoever looks is told, before anything is lacking.
	const page = await diagnosis();
	assert.equal(page.status, 200);
	assert.match(page.body, told);
	let said = '';
	await until('there is no room for them', () => {
		deliver();
		said += spawnSync(`${stack.home}/bin/leadport`, ['worker', '--once'], { env: stack.env, encoding: 'utf8', timeout: 60000 }).stderr;
		return /database error/.test(said);
	});
	// The database server may have ended itself over it.
	const later = await diagnosis();
	assert.match(later.body, later.status === 200 ? told : /The database does not answer/);
	assert.ok([200, 503].includes(later.status), String(later.status));
	// There is room again.
	rmSync(`${disk}/ballast`);
	stack.script('db.sh', 'start', `${stack.state}/db`);
	await until('all are stored', () => {
		deliver();
		spawnSync(`${stack.home}/bin/leadport`, ['worker', '--once'], { env: stack.env, timeout: 60000 });
		stack.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE state = 'ready'");
		return stack.number(`SELECT COUNT(*) FROM submission WHERE leadgen_id IN (${ids.map((id) => `'${id}'`)})`) === ids.length;
	}, 120);
	assert.equal(stored(stack), ids.length);
	assert.equal(spawnSync(`${top}/tests/stack/db.sh`, ['sql', `${stack.state}/db`, 'leadport'], { input: 'CHECK TABLE receipt, job, submission, `lead`;',
		encoding: 'utf8' }).stdout.match(/\tOK/g)?.length, 4);
});
