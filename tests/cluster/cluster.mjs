// Three nodes of a Galera cluster, as tests/stack/cluster.sh makes them.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { port_is_free, top } from '../web.mjs';

const script = `${top}/tests/stack/cluster.sh`, PATIENCE_S = 90;
export const nodes = [1, 2, 3];

// What programs read and write; `worker` and `login_session` change by the clock.
const tables = ['app_user', 'audit', 'audit_head', 'integration', 'job', 'lead', 'lead_event', 'lead_facet',
	'lead_identity', 'lead_other', 'lead_tag', 'lead_word', 'page', 'receipt', 'submission'];

async function free_block()
{
	for (;;) {
		const port = 20000 + 50 * Math.floor(Math.random() * 200);
		const used = [0, 10, 20, 30].flatMap((part) => nodes.map((n) => port + part + n));

		if ((await Promise.all(used.map(port_is_free))).every(Boolean))
			return port;
	}
}

export class Cluster
{
	static async up()
	{
		const cluster = new Cluster();

		cluster.dir = mkdtempSync('/tmp/leadport-cluster-');
		cluster.port = await free_block();
		cluster.alive = new Set(nodes);
		return cluster;
	}

	run(command, input = '')
	{
		const done = spawnSync(command[0], command.slice(1), { input, encoding: 'utf8', timeout: PATIENCE_S * 1000 });

		if (done.status !== 0)
			throw new Error(`${command.join(' ')}: ${done.error?.message || `status ${done.status}`}\n${done.stderr}`);
		return done.stdout;
	}

	boot()
	{
		this.run([script, 'boot', this.dir, String(this.port)]);
		this.run([`${top}/tests/stack/db.sh`, 'create', `${this.dir}/1`, 'leadport']);
	}

	// Lines for [database]: in this order.
	hosts(...order)
	{
		return `host = ${order.map((n) => `127.0.0.1:${this.port + n}`).join(', ')}`;
	}

	query(node)
	{
		return [script, 'sql', this.dir, String(node), 'leadport'];
	}

	sql(node, text)
	{
		return this.run(this.query(node), text).split('\n').filter(Boolean).map((line) => line.split('\t'));
	}

	kill(node)
	{
		this.alive.delete(node);
		this.run([script, 'kill', this.dir, String(node)]);
	}

	// A disk that is lost with its node.
	wipe(node)
	{
		this.run([script, 'wipe', this.dir, String(node)]);
	}

	// A node that cannot hear the others still takes connections.
	cut_off(node, is)
	{
		this.sql(node, `SET GLOBAL wsrep_provider_options = 'gmcast.isolate=${is ? 1 : 0}'`);
	}

	serves(node)
	{
		return this.sql(node, "SHOW STATUS LIKE 'wsrep_ready'")[0][1] === 'ON';
	}

	// Beside other things.  How the others brought it up to date: by what it
	// missed (IST), or by a copy of everything (SST).
	async start(node)
	{
		const log = `${this.dir}/${node}/db.log`, had = readFileSync(log).length;
		const child = spawn(script, ['start', this.dir, String(node)], { stdio: ['ignore', 'ignore', 'inherit'],
			timeout: PATIENCE_S * 1000 });
		const [status] = await once(child, 'exit');

		if (status !== 0)
			throw new Error(`node ${node} does not come back`);
		this.alive.add(node);
		return /rsync SST completed/.test(readFileSync(log).subarray(had).toString()) ? 'SST' : 'IST';
	}

	// What each node alive has counted since it started.
	conflicts()
	{
		return new Map([...this.alive].map((node) => {
			const status = Object.fromEntries(this.sql(node, "SHOW STATUS LIKE 'wsrep_local_%'"));

			return [node, { failures: Number(status.wsrep_local_cert_failures),
				aborts: Number(status.wsrep_local_bf_aborts) }];
		}));
	}

	// Who serves the programs.
	connections(node)
	{
		return Number(this.sql(node, "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'leadport'")[0][0]);
	}

	// Tables that are not the same on every node alive.
	apart()
	{
		const sums = [...this.alive].map((node) => this.sql(node, `CHECKSUM TABLE ${tables.map((t) => `\`${t}\``)}`));

		return tables.filter((table, i) => new Set(sums.map((of_node) => of_node[i][1])).size > 1);
	}

	down()
	{
		try {
			this.run([script, 'stop', this.dir]);
		} finally {
			if (!process.env.KEEP)
				rmSync(this.dir, { recursive: true, force: true });
		}
	}
}
