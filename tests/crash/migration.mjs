// A database that is brought up to date and struck at every step: afterwards
// it has to be the very one that nobody disturbed, rows and all.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { V, top } from '../web.mjs';
import { await_end, db_args } from './database.mjs';

// What the first version kept: one of each, so that later files have to change
// rows, too.
const rows = `INSERT INTO app_user (id, name, email, password_hash, role, created_at) VALUES (1, 'Maeve', 'm@example.com', '', 'superadmin', '2026-01-02');
INSERT INTO integration (id, name, created_at) VALUES (1, 'Harbour', '2026-01-02');
INSERT INTO page (id, meta_id, integration_id, name, token_sealed, connected_at) VALUES (1, '77', 1, 'Page', 'x', '2026-01-02');
INSERT INTO lead_form (id, meta_id, page_id, name, questions, read_at) VALUES (1, '88', 1, 'Form', '[]', '2026-01-02');
INSERT INTO \`lead\` (id, name, email, source, assignee_id, n_submissions, created_at, latest_at)
  VALUES (1, 'Ann', 'ann@example.com', 'meta', 1, 2, '2026-01-03', '2026-01-04'), (2, 'Noah', '', 'manual', NULL, 0, '2026-01-05', '2026-01-05');
INSERT INTO lead_identity VALUES ('email', 'ann@example.com', 1);
INSERT INTO submission (id, leadgen_id, lead_id, integration_id, page_meta_id, form_meta_id, platform, answers, raw, imported_at, assigned_at)
  VALUES (1, '901', 1, 1, '77', '88', 'fb', '[]', '{}', '2026-01-03', '2026-01-03'), (2, '902', 1, 1, '77', '88', 'ig', '[]', '{}', '2026-01-04', NULL);
INSERT INTO lead_tag VALUES (1, 'Facebook Lead Ad');
INSERT INTO lead_event (lead_id, at, kind, words) VALUES (1, '2026-01-03', 'came', 'Came'), (1, '2026-01-04', 'joined', 'Joined');
INSERT INTO job (kind, subject, received_at, run_at, created_at) VALUES ('lead', '903', '2026-01-05', '2026-01-05', '2026-01-05');`;

export class Migration
{
	static up()
	{
		const m = new Migration();

		m.state = mkdtempSync('/tmp/leadport-migrate-');
		m.folder = `${m.state}/steps`;
		mkdirSync(m.folder);
		m.serial = 0;
		process.env.DB_ARGS = db_args;
		m.db('start');
		return m;
	}

	down()
	{
		this.db('stop');
		rmSync(this.state, { recursive: true, force: true });
	}

	db(act, args = [], input = '')
	{
		return this.run([`${top}/tests/stack/db.sh`, act, `${this.state}/db`, ...args], input);
	}

	run(command, input = '')
	{
		const done = spawnSync(command[0], command.slice(1), { input, encoding: 'utf8', maxBuffer: 1 << 26 });

		if (done.status !== 0)
			throw new Error(`${command.join(' ')}: ${done.status} ${done.stderr}`);
		return done.stdout;
	}

	// A house whose schema grows file by file.
	house(name)
	{
		const home = `${this.state}/${name}`;

		mkdirSync(`${home}/sql`, { recursive: true });
		symlinkSync(`${top}/templates`, `${home}/templates`);
		writeFileSync(`${home}/leadport.conf`, '[site]\nbase_url = http://127.0.0.1:8080\n[database]\n' +
			`socket = ${this.state}/db/db.sock\nname = ${name}\nuser = ${name}\npassword = ${name}\n`, { mode: 0o600 });
		writeFileSync(`${home}/key`, '5a'.repeat(32), { mode: 0o600 });
		this.db('create', [name]);
		return { name, home };
	}

	migrate(house)
	{
		return spawnSync(`${top}/build/${V}/leadport`, ['migrate'], { encoding: 'utf8', timeout: 60000,
			env: { ...process.env, LEADPORT_CONF: `${house.home}/leadport.conf`, LEADPORT_DIE_AT: this.folder } });
	}

	must(house)
	{
		const done = this.migrate(house);

		if (done.status !== 0)
			throw new Error(`migrate: ${done.status} ${done.stderr}`);
	}

	// Struck at the n-th step of this run.  The step, or null: it ran through.
	strike(house, act, n, with_db)
	{
		const pid = with_db ? readFileSync(`${this.state}/db/db.pid`, 'utf8').trim() : 0;

		writeFileSync(`${this.folder}/order`, `${++this.serial} leadport ${act} ${n} ${pid}\n`);
		this.migrate(house);
		if (existsSync(`${this.folder}/order`)) {
			rmSync(`${this.folder}/order`);
			return null;
		}
		if (with_db) {
			await_end(pid);
			this.db('start');
		}
		// Whoever was killed holds its file for a while: that while passes.
		if (this.db('sql', [house.name], "SHOW TABLES LIKE 'schema_change'"))
			this.db('sql', [house.name], 'UPDATE schema_change SET started_at = started_at - INTERVAL 1 DAY WHERE finished_at IS NULL');
		return readFileSync(`${this.folder}/reached`, 'utf8').trim();
	}

	// Files that are done.
	finished(house)
	{
		const there = this.db('sql', [house.name], "SHOW TABLES LIKE 'schema_change'");

		return there ? Number(this.db('sql', [house.name], 'SELECT COUNT(finished_at) FROM schema_change')) : 0;
	}

	dump(house)
	{
		return this.run(['mariadb-dump', '--no-defaults', `--socket=${this.state}/db/db.sock`, '--user=root', '--skip-dump-date', '--skip-comments',
			'--order-by-primary', '--skip-extended-insert', `--ignore-table=${house.name}.schema_change`, house.name])
			.replaceAll(/ AUTO_INCREMENT=\d+/g, '');
	}
}

// A run begins with the file that is not done; with a new one from its first
// step again.
function strike_all(m, house, { act, db, stride, said, sum })
{
	let done = -1;

	for (let n = 1; ; n += stride) {
		const of = m.finished(house);
		const step = m.strike(house, act, n, db);

		said({ scenario: 'migration', act, db, index: of, n, step, verdict: { lost: 0, doubled: 0, half: [] } });
		if (!step)
			break;
		sum.strikes++;
		sum.steps.add(`${of} ${step}`);
		const now = m.finished(house);

		if (now !== done)
			n = 1 - stride;
		done = now;
	}
}

// Each file is begun again at each of its steps, until a run goes through.
export function walk_migration(m, name, act, { db = false, stride = 1, said = () => {} } = {})
{
	const sum = { strikes: 0, steps: new Set(), lost: 0, doubled: 0, half: 0 };
	const calm = m.house(`calm_${name}`), struck = m.house(`struck_${name}`);
	const files = readdirSync(`${top}/sql`).filter((file) => file.endsWith('.sql')).sort();

	// What follows the files needs all of them where there are leads.
	for (const [place, group] of [files.slice(0, 3), files.slice(3)].entries()) {
		for (const house of [calm, struck])
			for (const file of group)
				copyFileSync(`${top}/sql/${file}`, `${house.home}/sql/${file}`);
		m.must(calm);
		strike_all(m, struck, { act, db, stride, said, sum });
		m.must(struck);
		if (place === 0)
			for (const house of [calm, struck])
				m.db('sql', [house.name], rows);
	}
	const [want, got] = [m.dump(calm), m.dump(struck)].map((text) => text.split('\n'));
	sum.lost = want.filter((line) => line.startsWith('INSERT') && !got.includes(line)).length;
	sum.doubled = got.filter((line) => line.startsWith('INSERT') && !want.includes(line)).length;
	sum.half = want.filter((line) => !line.startsWith('INSERT') && !got.includes(line)).length;
	return sum;
}
