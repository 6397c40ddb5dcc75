// What the tests of connections share: an administrator at a browser, a worker
// that runs, the simulated Facebook between them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { Stack, Visitor, app_secret, breathe, client, until } from '../web.mjs';

export const app_id = '1234567890123';
export const maeve = '122100000000000011', conor = '122100000000000012', aoife = '122100000000000013';
export const galway = '112233445566778', havan = '223344556677889', kids = '334455667788990';
export const limerick = '445566778899001', studio = '556677889900112', portfolio = '667788990011223';
export const fiacla = '889900112233445', cork = '990011223344556', coast = '991122334455667';
export const whitening = '447333180259101', cork_form = '447333180259201', coast_form = '447333180259202';

// Where it is 3 at night now, and not 5 for an hour: Etc/GMT+5 lies 5 hours west.
export function zone_of_three()
{
	const west = (new Date().getUTCHours() - 3 + 24) % 24;

	return west <= 12 ? `Etc/GMT+${west}` : `Etc/GMT-${24 - west}`;
}

// Read by what starts from now on.
export function set_zone(stack, zone)
{
	const conf = `${stack.home}/leadport.conf`;

	writeFileSync(conf, readFileSync(conf, 'utf8').replace(/time_zone = .*/, `time_zone = ${zone}`));
}

// The token of a user, a page or the app, and the app's secret.
const secrets = /EAAB[\w-]{8}|SIM-(?:PAGE|USER|SYSTEM)[\w-]*TOKEN|0123456789abcdef0123456789abcdef/;

// A visitor who remembers all that was seen.
class Reader extends Visitor
{
	constructor(base)
	{
		super(base);
		this.seen = [];
	}

	async ask(path, options)
	{
		await breathe();
		const answer = await super.ask(path, options);

		this.seen.push(path, answer.headers.get('location') || '', answer.body);
		return answer;
	}

	// A form of a page, sent with its token.
	async send(path, fields = {})
	{
		this.token ||= await this.csrf('/leads');
		return this.post(path, [['csrf', this.token], ...(Array.isArray(fields) ? fields : Object.entries(fields))]);
	}
}

// The fields of Facebook's dialog as a browser would send them.
function fields_of(html)
{
	const fields = [];

	for (const m of html.matchAll(/<input type="(hidden|checkbox)"[^>]* name="([^"]*)" value="([^"]*)"([^>]*)>/g))
		if (m[1] === 'hidden' || m[4].includes('checked'))
			fields.push([m[2], m[3].replaceAll('&amp;', '&')]);
	return fields;
}

// At the dialog: untick, then continue or cancel.  Where Facebook sends the
// browser to.
export async function at_facebook(location, person, { pages, no_pages = [], no_permissions = [], cancel = false } = {})
{
	await breathe();
	const headers = { connection: 'close' };
	const dialog = await (await fetch(`${location}&as=${person}`, { headers })).text();
	const fields = fields_of(dialog).filter(([name, value]) =>
		!(name === 'page' && (no_pages.includes(value) || (pages && !pages.includes(value)))) &&
		!(name === 'permission' && no_permissions.includes(value)));
	const answer = await fetch(location.split('?')[0], { method: 'POST', redirect: 'manual', headers,
		body: new URLSearchParams([...fields, ['as', person], ['go', cancel ? 'cancel' : 'continue']]) });

	assert.equal(answer.status, 303, await answer.text());
	return answer.headers.get('location').split('#')[0];
}

export class Office
{
	static async up(limits = '')
	{
		const office = new Office();
		const stack = await Stack.up({ limits: `retry_first_ms = 50\nworker_seconds = 600\n${limits}` });

		office.stack = stack;
		stack.user('root@example.com', 'superadmin', true, 'Maeve');
		office.right_app();
		stack.leadport(['app', 'subscribe']);
		await office.start_worker();
		office.root = await office.visitor('root@example.com');
		return office;
	}

	// From then on it hears whoever knocks, and no program starts another one.
	start_worker()
	{
		this.worker = spawn(`${this.stack.home}/bin/leadport`, ['worker'], { env: this.stack.env,
			stdio: ['ignore', 'ignore', openSync(`${this.stack.home}/var/worker.log`, 'a')] });
		return until('the worker listens', () => this.number(`SELECT COUNT(*) FROM worker WHERE name LIKE '%:${this.worker.pid}'`) === 1);
	}

	// What starts from now on sends its letters there.
	mail_by(mail)
	{
		const conf = `${this.stack.home}/leadport.conf`;

		writeFileSync(conf, `${readFileSync(conf, 'utf8')}\n[mail]\nsmtp_url = ${mail.url}\nfrom = Leadport <crm@example.com>\n`);
		this.worker.kill();
		return this.start_worker();
	}

	down()
	{
		this.worker?.kill();
		this.stack?.down();
	}

	async visitor(email)
	{
		const visitor = new Reader(this.stack.base);

		assert.equal((await visitor.login(email)).status, 303);
		return visitor;
	}

	right_app()
	{
		this.stack.leadport(['app', 'set', '--id', app_id], `${app_secret}\n`);
	}

	// Each lead is another person, unless a test wants otherwise: who counts leads
	// would find fewer now and then.
	async sim(what, body = {})
	{
		const answer = await this.stack.ask_sim(`/sim/${what}`, body);

		if (what === 'reset')
			await this.stack.ask_sim('/sim/faults', { repeat_percent: 0 });
		return answer;
	}

	// The Graph API asked by the test itself.
	async graph(path, token, options = {})
	{
		await breathe();
		const url = new URL(`${this.stack.sim}/graph/v26.0/${path}`);

		url.searchParams.set('access_token', token);
		return (await fetch(url, { headers: { connection: 'close' }, ...options })).json();
	}

	sql(text)
	{
		return this.stack.sql(text);
	}

	number(text)
	{
		return this.stack.number(text);
	}

	// What a statement locks, held until the answer is called; `met`: once
	// somebody waits for it.
	async hold(statement)
	{
		const [command, ...args] = this.stack.query;
		const session = spawn(command, [...args, '--unbuffered'], { stdio: ['pipe', 'pipe', 'ignore'] });
		let told = '';

		session.stdout.on('data', (data) => {
			told += data;
		});
		session.stdin.write(`BEGIN;\n${statement};\nSELECT 'it is held';\n`);
		await until('it is held', () => told.includes('it is held'));
		return {
			met: () => until('somebody waits for it', () =>
				this.number("SELECT variable_value FROM information_schema.global_status" +
					" WHERE variable_name = 'INNODB_ROW_LOCK_CURRENT_WAITS'") > 0),
			let_go: async () => {
				session.stdin.end('COMMIT;\n');
				if (session.exitCode === null)
					await once(session, 'exit');
			},
		};
	}

	// The simulator's own tables.
	sim_sql(text)
	{
		return this.stack.run(client(`${this.stack.state}/db`, 'sim'), text).trim().split('\n').map((row) => row.split('\t'));
	}

	// Nothing runs, and nothing is due within a moment.
	quiet(seconds = 30)
	{
		return until('the worker is done', () => this.number("SELECT COUNT(*) FROM job WHERE state = 'running'" +
			" OR (state = 'ready' AND run_at < UTC_TIMESTAMP(3) + INTERVAL 2 SECOND)") === 0, seconds);
	}

	// As at the beginning, but for leads and what people granted.
	async clean()
	{
		await this.sim('reset');
		for (const person of [maeve, conor, aoife])
			await this.sim('kill', { token: `person:${person}`, subcode: 458 }).catch(() => undefined);
		await this.sim('reset');
		this.sql('SET FOREIGN_KEY_CHECKS = 0; DELETE FROM job; DELETE FROM receipt; DELETE FROM connect_draft;' +
			' DELETE FROM draft_page; DELETE FROM draft_left_out; DELETE FROM sync_step; DELETE FROM sync_run;' +
			' DELETE FROM lead_form; DELETE FROM page; DELETE FROM integration_owner; DELETE FROM trouble;' +
			' DELETE FROM refused_delivery; DELETE FROM refused_streak; DELETE FROM throttle; UPDATE integration SET deleted_at = UTC_TIMESTAMP(3)');
	}

	// ---- step by step ----

	// The dialog sent off: where Facebook is.
	async begin(fields = {})
	{
		const answer = await this.root.send('/integration-connect', { name: 'Harbour', description: '',
			strategy: 'unassigned', ...fields });

		assert.equal(answer.status, 303, answer.body);
		return answer.headers.get('location');
	}

	draft()
	{
		return this.number('SELECT MAX(id) FROM connect_draft');
	}

	// Back at the callback, and on to wherever it leads.
	async back(location, visitor = this.root)
	{
		const answer = await visitor.ask(location.replace(this.stack.base, ''));

		assert.equal(answer.status, 303, answer.body);
		return this.follow(answer, visitor);
	}

	async follow(answer, visitor = this.root)
	{
		const to = answer.headers.get('location');

		assert.ok(to?.startsWith('/'), to);
		return { ...await visitor.ask(to), path: to };
	}

	// The draft's page, once the worker has done its part.
	async settled(draft = this.draft())
	{
		await until('the worker has done its part', () => this.number(`SELECT COUNT(*) FROM connect_draft WHERE id = ${
			draft} AND step IN ('listing', 'connecting')`) === 0);
		return this.root.ask(`/integration-pages/${draft}`);
	}

	// To Facebook and back: the page that shows what was found.
	async log_in(person = maeve, options = {}, location = null)
	{
		const there = location || await this.begin(options.fields);
		const page = await this.back(await at_facebook(there, person, options));

		assert.match(page.path, /^\/integration-pages\/\d+$/);
		return this.settled(Number(page.path.split('/')[2]));
	}

	async choose(pages, more = [], draft = this.draft())
	{
		const answer = await this.root.send(`/integration-pages/${draft}`,
			[...pages.map((page) => ['pages', page]), ...more]);

		assert.equal(answer.status, 303, answer.body);
		return this.settled(draft);
	}

	// All of it: the integration's id.
	async connect(person, pages, options = {})
	{
		await this.log_in(person, options);
		assert.match((await this.choose(pages, options.more)).body, / is connected<\/h1>|<bdi>[^<]*<\/bdi> is connected/);
		await this.quiet();
		return this.number('SELECT MAX(id) FROM integration');
	}

	async reconnect(integration, person, pages, options = {})
	{
		const answer = await this.root.send(`/integration-reconnect/${integration}`);

		assert.equal(answer.status, 303, answer.body);
		await this.log_in(person, options, answer.headers.get('location'));
		const page = await this.choose(pages, options.more);

		await this.quiet();
		return page;
	}

	// ---- leads ----

	// Leads that a webhook announces, or silent ones: their ids.
	async leads(form, count = 1, more = {})
	{
		const { ids } = await this.sim('leads', { form, count, ...more });

		// A lead of an earlier day, made only now: the ledger had begun by then.
		if (more.days_ago)
			this.sql(`UPDATE lead_form SET base_at = base_at - INTERVAL ${more.days_ago + 1} DAY WHERE meta_id = '${form}'`);
		if (!more.silent)
			this.stack.simulator('deliver');
		return ids;
	}

	stored(ids)
	{
		if (ids.length === 0)
			return 0;
		return this.number(`SELECT COUNT(*) FROM submission WHERE leadgen_id IN (${ids.map((id) => `'${id}'`)})`);
	}

	arrived(ids, seconds = 30)
	{
		return until(`${ids.length} leads are stored`, () => this.stored(ids) === ids.length, seconds);
	}

	jobs(ids)
	{
		return this.sql(`SELECT state, reason FROM job WHERE kind = 'lead' AND subject IN (${
			ids.map((id) => `'${id}'`)}) ORDER BY id`);
	}

	// Each of them has a job by now, and all of these are so.
	jobs_are(ids, is)
	{
		const jobs = this.jobs(ids);

		return jobs.length === ids.length && jobs.every(is);
	}

	troubles(integration)
	{
		return this.sql(`SELECT scope, reason, subcode FROM trouble WHERE ${
			integration ? `integration_id = ${integration}` : 'integration_id IS NULL'} ORDER BY scope, reason`)
			.map((row) => row.join(' '));
	}

	// ---- looking after it ----

	// A health check now, by a job as the rounds make it.
	async health(integration)
	{
		this.sql('INSERT INTO job (kind, subject, received_at, run_at, created_at) VALUES' +
			` ('health', '${integration}', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)) ON DUPLICATE KEY UPDATE` +
			" state = 'ready', run_at = UTC_TIMESTAMP(3), attempts = 0");
		await this.quiet();
	}

	// What waits for a time is due now.
	hurry()
	{
		this.sql('UPDATE throttle SET until = NULL, percent = 0 WHERE percent >= 0');
		this.sql("UPDATE sync_step SET waits_until = UTC_TIMESTAMP(3) WHERE waits_until > UTC_TIMESTAMP(3)");
		this.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE state = 'ready'");
	}

	async sync(integration)
	{
		const answer = await this.root.send(`/integration-sync/${integration}`);

		assert.equal(answer.status, 303, answer.body);
		await this.quiet();
		return this.run(integration);
	}

	// The latest run.
	run(integration)
	{
		const [state, reason, read, fresh, known] = this.sql('SELECT state, reason, n_read, n_new + n_joined, n_known' +
			` FROM sync_run WHERE integration_id = ${integration} ORDER BY id DESC LIMIT 1`)[0];

		return { state, reason, read: Number(read), fresh: Number(fresh), known: Number(known) };
	}

	// `leadport doctor`: exit status and its checks.
	doctor(integration)
	{
		try {
			return { status: 0, checks: JSON.parse(this.stack.leadport(['doctor', '--integration',
				String(integration), '--json'])) };
		} catch (error) {
			const text = /\[\{.*\}\]/.exec(error.message);

			assert.ok(text, error.message);
			return { status: 1, checks: JSON.parse(text[0]) };
		}
	}

	// No secret in anything that the browser saw, nor in any log of ours.
	assert_no_secret()
	{
		for (const text of this.root.seen)
			assert.doesNotMatch(text, secrets);
		for (const log of ['web/programs.log', 'web/error.log', 'web/access.log', 'leadport/var/worker.log', 'init.log'])
			if (existsSync(`${this.stack.state}/${log}`))
				assert.doesNotMatch(readFileSync(`${this.stack.state}/${log}`, 'utf8'), secrets, log);
	}
}
