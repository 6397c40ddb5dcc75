// What the node tests share: a stack of its own per test file, the real
// programs as plain CGI, a small HTTP client that keeps cookies, SQL.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, readFileSync, existsSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const top = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
export const V = process.env.V || 'release';
export const password = 'correct-horse-battery';
export const app_secret = '0123456789abcdef0123456789abcdef';

// Wait for a condition, with a deadline; never for a length of time.
export async function until(what, test, seconds = 60)
{
	const end = Date.now() + seconds * 1000;

	for (;;) {
		const value = await test();

		if (value)
			return value;
		if (Date.now() > end)
			throw new Error(`not within ${seconds} s: ${what}`);
		await new Promise((wake) => setTimeout(wake, 50));
	}
}

// Programs run in the foreground, and meanwhile a server may have closed a
// connection that is kept for the next request: time to notice it.
export function breathe()
{
	return new Promise((wake) => setTimeout(wake, 10));
}

// What asks a database of db.sh, as that does it, without a shell each time.
export const client = (folder, name) => ['mariadb', '--no-defaults', '--default-character-set=utf8mb4', `--socket=${folder}/db.sock`,
	'--user=root', '--batch', '--raw', '--skip-column-names', name];

export function port_is_free(port)
{
	return new Promise((done) => {
		const server = createServer();

		server.once('error', () => done(false));
		server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
	});
}

// Below those that the kernel gives to whoever connects, which would take one
// before its server does.
async function free_ports()
{
	for (;;) {
		const port = 11000 + 2 * Math.floor(Math.random() * 10000);

		if (await port_is_free(port) && await port_is_free(port + 1))
			return port;
	}
}

export class Stack
{
	// `beside` another stack: a further web host of its site, with the same
	// database, key and simulator.  `database`: lines for [database], of one
	// that is there; `query`: the command that asks it; `patience`: seconds that
	// a command may take; `state`: a folder that was used before, or will be
	// again.
	static async up(options = {})
	{
		for (let tries = 1; ; tries++)
			try {
				return await Stack.up_at_some_port(options);
			} catch (error) { // another stack may have been quicker
				if (tries === 3 || !/port \d+ is taken|Address already in use/.test(error.message))
					throw error;
			}
	}

	static async up_at_some_port(options)
	{
		const stack = new Stack(), { beside } = options;

		stack.keeps = Boolean(options.state || process.env.KEEP);
		stack.state = options.state || mkdtempSync('/tmp/leadport-test-');
		stack.port = await free_ports();
		stack.base = `http://127.0.0.1:${stack.port}`;
		stack.sim = `http://127.0.0.1:${stack.port + 1}`;
		stack.env = { ...process.env, STATE: stack.state, PORT: String(stack.port),
			SERVER: options.server || 'lighttpd', V, LIMITS: options.limits || '',
			APART: options.apart ? '1' : '', DISK: options.disk || '' };
		delete stack.env.GRAPH_URL;
		stack.home = `${stack.state}/leadport`;
		stack.patience = options.patience && options.patience * 1000;
		stack.query = options.query || beside?.query || client(`${stack.state}/db`, 'leadport');
		stack.env.DATABASE = options.database || (beside ? beside.env.DATABASE ||
			`socket = ${beside.state}/db/db.sock` : '');
		if (beside) {
			stack.sim = beside.sim;
			Object.assign(stack.env, { KEY: `${beside.home}/key`, GRAPH_URL: `${beside.sim}/graph`,
				DIALOG_URL: `${beside.sim}/dialog` });
		}
		try {
			stack.script('stack.sh', 'up');
		} catch (error) {
			stack.down();
			throw error;
		}
		return stack;
	}

	script(name, ...args)
	{
		return this.run([`${top}/tests/stack/${name}`, ...args]);
	}

	run(command, input = '', env = {})
	{
		const done = spawnSync(command[0], command.slice(1), { input, encoding: 'utf8',
			env: { ...this.env, ...env }, maxBuffer: 1 << 28, timeout: this.patience });

		if (done.status !== 0)
			throw new Error(`${command.join(' ')}: ${done.error?.message || `status ${done.status}`}\n${done.stderr}${done.stdout}`);
		return done.stdout;
	}

	leadport(args, input = '')
	{
		return this.run([`${this.home}/bin/leadport`, ...args], input);
	}

	simulator(...args)
	{
		return this.run([`${this.state}/sim/leadport/bin/simulator`, ...args], '',
			{ LEADPORT_CONF: `${this.state}/sim/leadport/leadport.conf` });
	}

	// The simulator's deliveries beside other things: its exit status.
	async delivery(...args)
	{
		const child = spawn(`${this.state}/sim/leadport/bin/simulator`, ['deliver', ...args], { stdio: 'ignore',
			env: { ...this.env, LEADPORT_CONF: `${this.state}/sim/leadport/leadport.conf` } });

		return (await once(child, 'exit'))[0];
	}

	// A statement alone is done again when the database made it give way to a
	// worker's.
	sql(text)
	{
		const out = this.query_out(text);

		return out.split('\n').filter((line) => line !== '').map((line) => line.split('\t'));
	}

	query_out(text)
	{
		for (let tries = 1; ; tries++)
			try {
				return this.run(this.query, text);
			} catch (error) {
				if (tries === 5 || text.includes(';') || !/ERROR 1213 /.test(error.message))
					throw error;
			}
	}

	number(text)
	{
		return Number(this.sql(text)[0][0]);
	}

	user(email, role = 'superadmin', manages = false, name = email)
	{
		this.leadport(['user', 'add', '--name', name, '--email', email, '--role', role,
			...(manages ? ['--manages-leads'] : [])], `${password}\n`);
	}

	// Somebody has to be behind a connection.
	connect(strategy = 'round_robin', ...more)
	{
		if (!this.number("SELECT COUNT(*) FROM app_user WHERE role = 'superadmin'"))
			this.user('boss@example.com');
		this.leadport(['app', 'set', '--id', '1234567890123'], `${app_secret}\n`);
		this.leadport(['app', 'subscribe']);
		this.leadport(['connect', '--name', 'Main', '--strategy', strategy, ...more],
			'SIM-SYSTEM-USER-TOKEN-1\n');
		// The first sync and the first look at its health.
		this.leadport(['worker', '--once']);
	}

	// All that is due, done: by a worker of this call or by one that a webhook
	// has just started, which may hold a job or a receipt that this one then does
	// not see.
	async work()
	{
		this.leadport(['worker', '--once']);
		await until('nothing is due', () => this.number("SELECT (SELECT COUNT(*) FROM job WHERE state = 'running'" +
			" OR (state = 'ready' AND run_at <= UTC_TIMESTAMP(3)))" +
			" + (SELECT COUNT(*) FROM receipt WHERE state = 'new')") === 0);
	}

	// Those that programs have started: all that run here.
	end_workers()
	{
		return until('no worker is alive', () => {
			const alive = this.sql('SELECT name FROM worker').map(([name]) => Number(name.split(':')[1]));

			for (const pid of alive)
				try {
					process.kill(pid);
				} catch { // it has ended, and its row goes with the next look
					this.sql(`DELETE FROM worker WHERE name LIKE '%:${pid}'`);
				}
			return alive.length === 0;
		});
	}

	async ask_sim(path, body)
	{
		await breathe();
		const answer = await fetch(this.sim + path, { headers: { connection: 'close' },
			...body !== undefined && { method: 'POST', body: JSON.stringify(body) } });

		if (!answer.ok)
			throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
		return answer.json();
	}

	worker()
	{
		return spawn(`${this.home}/bin/leadport`, ['worker'], { env: this.env, stdio: 'ignore' });
	}

	// What the sanitizers said of programs that nobody watched.
	complaints()
	{
		return ['web/programs.log', 'web/error.log', 'leadport/var/worker.log', 'sim/web/programs.log']
			.map((name) => `${this.state}/${name}`).filter(existsSync)
			.map((file) => readFileSync(file, 'utf8'))
			.filter((text) => /Sanitizer|runtime error/.test(text));
	}

	down()
	{
		try {
			this.script('stack.sh', 'stop');
			const said = this.complaints();

			if (said.length)
				throw new Error(said.join('\n').slice(0, 10000));
		} finally {
			if (!this.keeps)
				rmSync(this.state, { recursive: true, force: true });
		}
	}
}

// A person at a browser without script: cookies, forms, redirects by hand.
export class Visitor
{
	constructor(base)
	{
		this.base = base;
		this.cookie = '';
	}

	async ask(path, options = {})
	{
		const answer = await fetch(this.base + path, { redirect: 'manual', ...options,
			headers: { connection: 'close', ...(this.cookie ? { cookie: this.cookie } : {}), ...options.headers } });
		const set = answer.headers.get('set-cookie');

		if (set)
			this.cookie = set.split(';')[0];
		return { status: answer.status, headers: answer.headers, body: await answer.text() };
	}

	async post(path, fields, headers = {})
	{
		return this.ask(path, { method: 'POST', headers,
			body: new URLSearchParams(fields) });
	}

	async csrf(path = '/login')
	{
		const page = await this.ask(path);

		return /name="csrf" value="([^"]*)"/.exec(page.body)?.[1];
	}

	async login(email, secret = password)
	{
		return this.post('/login', { csrf: await this.csrf(), email, password: secret, to: '' });
	}
}

export function read(file)
{
	return readFileSync(path.join(top, file), 'utf8');
}

export { existsSync };
