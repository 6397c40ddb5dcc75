// Old leads, by an import of history; and those that the ledger misses, by its
// Fetch.
import { coast, cork, coast_form, cork_form } from '../system/kit.mjs';
import { lead_of, next_person, press, worker } from './acts.mjs';

// ---- begun, paused, resumed, ended ----

const act = (ground, what) => press(ground, `/integration-history/${what}/${ground.integration}`);

const begin = (ground) => press(ground, `/integration-history/${ground.integration}`,
	[['days', '3'], ['pages', cork], ['pages', coast], ['forms', cork_form], ['forms', coast_form]]);

// The second page waits for Meta, so that a worker stops in the middle.
const limit = (ground) => ground.sql('REPLACE INTO throttle (scope, subject, percent, until, seen_at) VALUES' +
	` ('page', '${coast}', 100, UTC_TIMESTAMP(3) + INTERVAL 30 MINUTE, UTC_TIMESTAMP(3))`);

// The state of the import that was begun, if it was.
const state_of = (ground, ctx) => ground.sql(`SELECT state FROM sync_run WHERE way = 'history' AND id > ${
	ctx.before} ORDER BY id DESC LIMIT 1`)[0]?.[0];

function work_due(ground)
{
	ground.hurry_jobs();
	return ground.worker_once();
}

export const history = {
	name: 'history',
	prepare: async (ground) => {
		const n = next_person(), ids = [];

		for (const [person, form] of [[`ann${n}`, cork_form], [`noah${n}`, cork_form], [`ann${n}`, coast_form], [`aine${n}`, coast_form]])
			ids.push(await lead_of(ground, person, { form, silent: true, days_ago: 2 }));
		limit(ground);
		return { ids, before: ground.number('SELECT COALESCE(MAX(id), 0) FROM sync_run') };
	},
	acts: [['integration-history.fcgi', begin], worker, ['integration-history.fcgi', (ground) => act(ground, 'pause')],
		['leadport', work_due], ['integration-history.fcgi', (ground) => act(ground, 'resume')],
		['leadport', (ground) => {
			ground.no_limits();
			return work_due(ground);
		}]],
	// The person goes on where the page says that the import is.
	heal: async (ground, ctx) => {
		ground.no_limits();
		await ground.persist('imported', async () => {
			await ground.quiet();
			const state = state_of(ground, ctx);

			if (state === 'paused')
				await act(ground, 'resume');
			else if (state !== 'done')
				await begin(ground);
			return state === 'done';
		});
	},
};

// ---- what is missing ----

// The ledger of a form, even as of now; what it takes is in submission alone.
function balanced(ground)
{
	ground.sql('UPDATE lead_form SET base_at = UTC_TIMESTAMP(3) - INTERVAL 1 MINUTE, counted_at = UTC_TIMESTAMP(3),' +
		` counted = ${at_meta(ground)}, base_count = ${at_meta(ground)} - (SELECT COUNT(*) FROM submission WHERE form_meta_id =` +
		` '${cork_form}' AND submitted_at >= UTC_TIMESTAMP(3) - INTERVAL 1 MINUTE) WHERE meta_id = '${cork_form}'`);
}

const at_meta = (ground) => Number(ground.at_meta(`SELECT COUNT(*) FROM sim_lead WHERE form_id = '${cork_form}'`)[0][0]);

// Announced, but Meta does not give them out: given up after the last try.
async function given_up(ground, ids)
{
	await ground.sim('faults', { kind: 'lead', times: 0, error: '100/33' });
	await ground.delivered();
	ground.worker_once();
	ground.sql(`UPDATE job SET attempts = 9, run_at = UTC_TIMESTAMP(3) WHERE kind = 'lead' AND subject IN (${ids})`);
	ground.worker_once();
	await ground.sim('reset');
}

const ledger_page = (ground) => `/ledger/${ground.cork_form_id}`;

export const fetching = {
	name: 'fetch',
	prepare: async (ground) => {
		const n = next_person();

		ground.cork_form_id ||= ground.number(`SELECT id FROM lead_form WHERE meta_id = '${cork_form}'`);
		balanced(ground);
		const named = [await lead_of(ground, `ann${n}`), await lead_of(ground, `noah${n}`)];
		const dropped = [await lead_of(ground, `ann${n}`, { silent: true }), await lead_of(ground, `aine${n}`, { silent: true })];

		await given_up(ground, named);
		// Meta is asked for its number.
		ground.sql(`UPDATE lead_form SET counted = ${at_meta(ground)}, counted_at = UTC_TIMESTAMP(3) + INTERVAL 1 SECOND` +
			` WHERE meta_id = '${cork_form}'`);
		return { ids: [...named, ...dropped] };
	},
	acts: [['ledger.fcgi', (ground) => press(ground, `/ledger/fetch/${ground.cork_form_id}`)], worker],
	// Pressed again while the page says that some are missing.
	heal: (ground) => ground.persist('nothing is missing', async () => {
		await ground.quiet();
		const page = (await ground.root.ask(ledger_page(ground))).body;

		if (/Nothing is missing/.test(page))
			return true;
		if (/Fetch \d+ missing/.test(page))
			await press(ground, `/ledger/fetch/${ground.cork_form_id}`);
		return false;
	}),
};
