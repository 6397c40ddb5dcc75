// The nightly fire drill: a test lead that goes the whole way beside a real one,
// and is cleared away.
import { set_zone, zone_of_three } from '../system/kit.mjs';
import { lead_of, next_person, worker } from './acts.mjs';

const latest = (ground) => ground.sql(`SELECT id, state FROM drill WHERE integration_id = ${ground.integration} ORDER BY id DESC LIMIT 1`)[0] ||
	['0', ''];

// A night that was not yet.
function next_night(ground)
{
	ground.sql('UPDATE drill SET night = night - INTERVAL 1 DAY WHERE id > 0 ORDER BY night;' +
		` UPDATE integration SET is_drilled = TRUE WHERE id = ${ground.integration}`);
	return { before: Number(latest(ground)[0]) };
}

// The webhook comes, time passes, a worker runs: until a drill of this night
// has ended and nothing is left to do.  How it ended.
async function over(ground, night)
{
	await ground.persist('the drill is over', () => {
		ground.stack.simulator('deliver');
		ground.hurry_jobs();
		const done = ground.worker_once();

		if (done.status !== 0)
			throw new Error(`worker: ${done.status} ${done.signal} ${done.stderr}`);
		return Number(latest(ground)[0]) > night.before && ground.is_quiet();
	});
	return latest(ground)[1];
}

export const drill = {
	name: 'drill',
	prepare: async (ground) => {
		set_zone(ground.stack, zone_of_three());
		return { ids: [await lead_of(ground, `ann${next_person()}`)], night: next_night(ground) };
	},
	acts: [worker, ['webhook.fcgi', (ground) => ground.stack.simulator('deliver', '--batch', '3', '--deadline', '1')], worker,
		['leadport', (ground) => {
			ground.hurry_jobs();
			return ground.worker_once();
		}]],
	// The night ends, and another one comes.
	heal: async (ground, ctx) => {
		await over(ground, ctx.night);
		ctx.next = await over(ground, next_night(ground));
		ground.sql('UPDATE integration SET is_drilled = FALSE WHERE id > 0');
	},
	bad: (ground, ctx) => [
		ctx.next !== 'arrived' && `the next drill: ${ctx.next}`,
		ground.at_meta('SELECT COUNT(*) FROM sim_lead WHERE is_test')[0][0] !== '0' && 'a test lead at Meta',
		ground.number("SELECT COUNT(*) FROM trouble WHERE reason = 'drill_failed'") && 'an alarm of nothing',
	].filter(Boolean),
};
