// A part of run.mjs: grounds of its own, on which it walks through what it is
// told, one line of the table after the other.
import { Ground } from './ground.mjs';
import { Migration, walk_migration } from './migration.mjs';
import { scenarios } from './scenarios.mjs';
import { walk } from './walk.mjs';

let ground = null, on = '';

function said({ scenario, act, db, index, n, step, verdict })
{
	const bad = verdict.lost || verdict.doubled || verdict.half.length;

	if (bad || process.env.VERBOSE)
		process.stderr.write(`${scenario} ${act}${db ? '+database' : ''} ${index}.${n} ${step}: ${JSON.stringify(verdict)}\n`);
}

function leave()
{
	const old = ground;

	ground = null;
	old?.down();
}

// Each scenario begins on new ground: whoever looks at all leads after each
// strike takes the longer the more there are.
async function enter(name)
{
	if (ground && on === name)
		return;
	leave();
	on = name;
	ground = await Ground.up();
}

function migrate({ place, act, options })
{
	const m = Migration.up();

	try {
		return walk_migration(m, `m${place}`, act, { ...options, said });
	} finally {
		m.down();
	}
}

async function walk_row(row)
{
	if (row.name === 'migration')
		return migrate(row);
	await enter(row.name);
	return walk(ground, scenarios.find((s) => s.name === row.name), row.act, { ...row.options, said });
}

process.on('message', async ({ row }) => {
	if (!row) {
		leave();
		process.disconnect();
		return;
	}
	try {
		const sum = await walk_row(row);

		process.send({ sum: { ...sum, steps: [...sum.steps] } });
	} catch (error) {
		const why = error.stack;

		on = '';
		process.send({ error: why });
	}
});
