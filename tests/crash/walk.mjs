// A walk through all steps of all scenarios: each is struck in turn, what
// follows is healed, and the CRM is compared with Meta's ledger.

const add = (sum, one) => Object.assign(sum, { lost: sum.lost + one.lost, doubled: sum.doubled + one.doubled,
	half: sum.half + one.half.length });

// One strike: at the n-th step of an act.  Null when the act has fewer.
async function strike(ground, scenario, index, act, n, db)
{
	ground.age();
	const ctx = await scenario.prepare(ground);
	const [program, run] = scenario.acts[index];

	for (const [, before] of scenario.acts.slice(0, index))
		await ground.persist('what goes before', async () => {
			await before(ground, ctx);
			return true;
		});
	ground.order(program, act, n, db);
	try {
		await run(ground, ctx);
	} catch {
		// What the person or Meta saw; the healing begins there.
	}
	const step = ground.reached();

	if (db && step)
		ground.start_database();
	await scenario.heal(ground, ctx);
	const verdict = ground.verdict(ctx.ids);

	verdict.half.push(...scenario.bad?.(ground, ctx) || []);
	return { step, verdict };
}

// Every step of a scenario.  `said` hears of each; `stride` > 1 looks at a
// sample only, beginning at `first`, `most` at so many of each act.
export async function walk(ground, scenario, act, { db = false, stride = 1, first = 1, most = Infinity, said = () => {} } = {})
{
	const sum = { strikes: 0, steps: new Set(), lost: 0, doubled: 0, half: 0, unmet: [] };

	for (let index = 0; index < scenario.acts.length; index++)
		for (let n = first; n < first + most * stride; n += stride) {
			const { step, verdict } = await strike(ground, scenario, index, act, n, db);

			said({ scenario: scenario.name, act, db, index, n, step, verdict });
			add(sum, verdict);
			if (!step) {
				if (n === first)
					sum.unmet.push(index);
				break;
			}
			sum.strikes++;
			sum.steps.add(step);
		}
	return sum;
}

// Why a walk proves nothing, or null.  Each act asks the database and writes;
// some scenarios ask nothing of Meta (asks_no_meta).  `whole`: begun at the
// first step, so that no act is without one.
export function proves_nothing(scenario, act, sum, whole = true)
{
	const asks = act !== 'http' && act !== 'answer';

	if (sum.strikes === 0 && (asks || !scenario.asks_no_meta))
		return 'no step was met';
	if (whole && asks && sum.unmet?.length)
		return `no step of acts ${sum.unmet.join(', ')} was met`;
	return null;
}
