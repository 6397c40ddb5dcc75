// What several scenarios do: leads that people send, a worker, buttons.
import { cork_form } from '../system/kit.mjs';

let people = 0;

export const next_person = () => ++people;

// One lead of a person, whose names no other lead has.
export async function lead_of(ground, person, { form = cork_form, ...more } = {})
{
	const { ids } = await ground.sim('leads', { form, count: 1, ...more,
		values: { full_name: `Person ${person}`, email: `${person}@example.com`, phone_number: '' } });

	return ids[0];
}

// Two persons, one of them twice: a new lead, another, and one that joins.
export async function three_leads(ground, silent)
{
	const ids = [], n = next_person();

	for (const person of [`ann${n}`, `noah${n}`, `ann${n}`])
		ids.push(await lead_of(ground, person, { silent }));
	return ids;
}

export const worker = ['leadport', (ground) => ground.worker_once()];

// A button of a page: where it leads to.
export async function press(ground, path, fields)
{
	const answer = await ground.root.send(path, fields);

	if (answer.status !== 303)
		throw new Error(`${path}: ${answer.status}`);
	return answer.headers.get('location');
}
