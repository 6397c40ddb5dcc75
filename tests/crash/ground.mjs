// Where the crash matrix and the torture take place: real servers, a database
// that can be killed, a worker that is run step by step, and the simulator,
// whose ledger says what must be here in the end.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { V, Stack, breathe, client, top, until } from '../web.mjs';
import { Office, conor, cork, coast } from '../system/kit.mjs';
import { await_end, db_args, line_of } from './database.mjs';

// What no moment may leave behind, each as a count that has to be 0.
const halves = {
	'a lead of Meta without a submission': "SELECT COUNT(*) FROM `lead` l WHERE l.source = 'meta' AND NOT EXISTS" +
		' (SELECT 1 FROM submission s WHERE s.lead_id = l.id)',
	'a submission without its lead': 'SELECT COUNT(*) FROM submission s LEFT JOIN `lead` l ON l.id = s.lead_id WHERE l.id IS NULL' +
		' AND NOT s.is_test',
	'a wrong number of submissions': 'SELECT COUNT(*) FROM `lead` l WHERE n_submissions <>' +
		' (SELECT COUNT(*) FROM submission s WHERE s.lead_id = l.id)',
	'a submission that the timeline does not tell': 'SELECT COUNT(*) FROM `lead` l WHERE n_submissions <>' +
		" (SELECT COALESCE(SUM(IF(e.kind = 'split', -1, 1)), 0) FROM lead_event e WHERE e.lead_id = l.id" +
		" AND e.kind IN ('came', 'joined', 'split'))",
	'a lead that nobody decided about': "SELECT COUNT(*) FROM `lead` l WHERE l.source = 'meta' AND NOT EXISTS" +
		" (SELECT 1 FROM lead_event e WHERE e.lead_id = l.id AND e.kind IN ('assigned', 'unassigned'))",
	'a lead that no list has': 'SELECT COUNT(*) FROM `lead` l WHERE (SELECT COUNT(*) FROM lead_facet f WHERE' +
		" f.lead_id = l.id AND f.kind IN ('all', 'source', 'stage', 'assignee')) <> 4",
	'a list that shows an older state': 'SELECT COUNT(*) FROM lead_facet f JOIN `lead` l ON l.id = f.lead_id WHERE' +
		" f.at <> l.latest_at OR (f.kind = 'assignee' AND f.value <> COALESCE(l.assignee_id, 0))",
	'a lead that the search does not find': "SELECT COUNT(*) FROM `lead` l WHERE l.name <> '' AND NOT EXISTS" +
		' (SELECT 1 FROM lead_word w WHERE w.lead_id = l.id)',
	'an address that recognises nobody': "SELECT COUNT(*) FROM `lead` l WHERE l.email_norm <> '' AND NOT EXISTS" +
		" (SELECT 1 FROM lead_identity i WHERE i.kind = 'email' AND i.norm = l.email_norm)",
	'two leads of one address': 'SELECT COUNT(*) FROM (SELECT 1 FROM `lead` WHERE email_norm <> \'\' GROUP BY email_norm' +
		' HAVING COUNT(*) > 1) d',
	'a submission told twice to its assignee': 'SELECT COUNT(*) FROM (SELECT 1 FROM lead_news n JOIN `lead` l ON l.id = n.lead_id' +
		' GROUP BY n.lead_id HAVING COUNT(*) > MAX(l.n_submissions)) d',
	'work that never ends': "SELECT COUNT(*) FROM job WHERE state IN ('ready', 'running')",
	'a lead given up': "SELECT COUNT(*) FROM job WHERE kind = 'lead' AND state IN ('dead', 'parked')",
	'work done that left nothing': "SELECT COUNT(*) FROM job j WHERE j.kind = 'lead' AND j.state = 'done' AND j.reason = ''" +
		' AND NOT EXISTS (SELECT 1 FROM submission s WHERE s.leadgen_id = j.subject)',
	'a receipt that was not opened': "SELECT COUNT(*) FROM receipt WHERE state <> 'opened'",
	'a run that never ends': "SELECT COUNT(*) FROM sync_run WHERE state IN ('running', 'paused')",
	'a run that ended with a part of it open': "SELECT COUNT(*) FROM sync_run r WHERE r.state = 'done' AND EXISTS" +
		" (SELECT 1 FROM sync_step p WHERE p.run_id = r.id AND p.state <> 'done')",
	'a drill that never ends': "SELECT COUNT(*) FROM drill WHERE state IN ('making', 'waiting')",
	'a lead of a drill': 'SELECT (SELECT COUNT(*) FROM test_run) + (SELECT COUNT(*) FROM `lead` WHERE is_test)',
	'a connection half made': "SELECT COUNT(*) FROM page WHERE subscribed_at IS NULL OR token_sealed = ''",
	'a file half imported': "SELECT COUNT(*) FROM file_import WHERE state NOT IN ('done', 'columns', 'undone')",
};

export class Ground extends Office
{
	static async up()
	{
		const ground = new Ground();
		const folder = `/tmp/leadport-steps-${process.pid}`;

		mkdirSync(folder, { recursive: true });
		process.env.LEADPORT_DIE_AT = folder;
		process.env.DB_ARGS = db_args;
		ground.folder = folder;
		ground.serial = 0;
		const stack = await Stack.up({ limits: 'retry_first_ms = 1\nworker_seconds = 600\n', apart: true });

		ground.stack = stack;
		stack.user('root@example.com', 'superadmin', true, 'Maeve');
		stack.user('sales@example.com', 'member', true, 'Tomasz');
		ground.right_app();
		stack.leadport(['app', 'subscribe']);
		// Nobody but the runner starts a worker.
		chmodSync(`${stack.home}/bin/leadport`, 0o644);
		ground.root = await ground.visitor('root@example.com');
		await ground.sim('faults', { repeat_percent: 0 });
		ground.integration = await ground.connect(conor, [cork, coast], { fields: { strategy: 'round_robin' } });
		return ground;
	}

	down()
	{
		super.down();
		rmSync(this.folder, { recursive: true, force: true });
	}

	// ---- orders ----

	// PROGRAM is to do `act` at its n-th step; with `db` the database goes first.
	order(program, act, n, db = false)
	{
		const pid = this.struck = db ? readFileSync(`${this.stack.state}/db/db.pid`, 'utf8').trim() : 0;

		rmSync(`${this.folder}/reached`, { force: true });
		writeFileSync(`${this.folder}/order.new`, `${++this.serial} ${program} ${act} ${n} ${pid}\n`);
		renameSync(`${this.folder}/order.new`, `${this.folder}/order`);
	}

	// The step at which it was carried out; null: there are fewer steps.  One
	// after the answer's end may be at it still when the answer is here.
	reached()
	{
		try {
			rmSync(`${this.folder}/order`);
			return null;
		} catch {
			return line_of(`${this.folder}/reached`);
		}
	}

	// ---- the worker, in the foreground ----

	command(...args)
	{
		return spawnSync(`${top}/build/${V}/leadport`, args, { encoding: 'utf8', timeout: 60000,
			env: { ...this.stack.env, LEADPORT_CONF: `${this.stack.home}/leadport.conf` } });
	}

	worker_once()
	{
		return this.command('worker', '--once');
	}

	// The one that was killed may need a moment to go.
	start_database()
	{
		await_end(this.struck);
		this.stack.script('db.sh', 'start', `${this.stack.state}/db`);
	}

	// What waits for a time is due, what a dead worker holds is free.
	hurry_jobs()
	{
		this.sql("UPDATE job SET lease_until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE state = 'running';" +
			' UPDATE sync_step SET waits_until = UTC_TIMESTAMP(3) WHERE waits_until > UTC_TIMESTAMP(3);' +
			" UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE state = 'ready'");
	}

	no_limits()
	{
		this.sql('UPDATE throttle SET until = NULL, percent = 0 WHERE percent >= 0');
	}

	is_quiet()
	{
		return this.number("SELECT (SELECT COUNT(*) FROM job WHERE state IN ('ready', 'running')) +" +
			" (SELECT COUNT(*) FROM receipt WHERE state = 'new')") === 0;
	}

	// Until nothing is left.
	async quiet()
	{
		await until('all work is done', () => {
			this.hurry_jobs();
			const done = this.worker_once();

			if (done.status !== 0)
				throw new Error(`worker: ${done.status} ${done.signal} ${done.stderr}`);
			return this.is_quiet();
		});
	}

	async settled(draft = this.draft())
	{
		await this.quiet();
		return super.settled(draft);
	}

	// Meta tries again what was not answered with 200.
	async delivered()
	{
		await this.persist('all is delivered', () => {
			this.stack.simulator('deliver');
			return true;
		});
	}

	// What is here already is older than a sync looks back, or each would read
	// all of it again.
	age()
	{
		this.at_meta('UPDATE sim_lead SET created_at = created_at - INTERVAL 5 DAY WHERE created_at > UTC_TIMESTAMP() - INTERVAL 4 DAY');
	}

	// The simulator's own rows.
	at_meta(text)
	{
		return this.stack.run(client(`${this.stack.state}/sim-db`, 'sim'), text).split('\n').filter(Boolean).map((line) => line.split('\t'));
	}

	// A program that was killed is started anew by its web server.
	persist(what, act)
	{
		return until(what, async () => {
			try {
				return await act();
			} catch (error) {
				this.latest = error;
				return false;
			}
		}).catch((error) => {
			throw new Error(`${error.message}: ${this.latest?.message}`);
		});
	}

	// ---- the result ----

	// Against what Meta has: ids that are not here, that are here twice, and
	// what is half written.
	verdict(ids)
	{
		const list = ids.map((id) => `'${id}'`);
		const names = Object.keys(halves);
		const [there, all, ...counts] = this.sql(`SELECT ${[`SELECT COUNT(DISTINCT leadgen_id) FROM submission WHERE leadgen_id IN (${list})`,
			`SELECT COUNT(*) FROM submission WHERE leadgen_id IN (${list})`, ...Object.values(halves)].map((sql) => `(${sql})`)}`)[0].map(Number);
		const half = names.filter((_, i) => counts[i] > 0 && names[i] !== 'two leads of one address');

		return { lost: ids.length - there, half,
			doubled: all - there + counts[names.indexOf('two leads of one address')] };
	}

	// Everything that Meta ever had, at the end.
	async ledger()
	{
		await breathe();
		const answer = await this.stack.ask_sim('/sim/ledger');

		return (answer.leads || answer).map((lead) => lead.id);
	}
}
