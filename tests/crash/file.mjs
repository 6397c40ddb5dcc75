// A file of leads, and its undo.
import { breathe } from '../web.mjs';
import { coast_form } from '../system/kit.mjs';
import { lead_of, next_person, press, worker } from './acts.mjs';

async function csrf_of(ground)
{
	ground.root.token ||= await ground.root.csrf('/leads');
	return ground.root.token;
}

const file_of = (ids) => ['id,created_time,ad_id,ad_name,adset_id,adset_name,campaign_id,campaign_name,form_id,form_name,is_organic,' +
	'platform,full_name,email,phone_number', ...ids.map((id) => `l:${id},2026-05-04T13:55:17+02:00,,,,,,,f:${coast_form},Coast,true,fb,` +
	`Person ${id},${id}@example.com,`)].join('\n');

async function upload(ground, ctx)
{
	const body = new FormData();

	body.append('csrf', await csrf_of(ground));
	body.append('file', new Blob([ctx.file], { type: 'text/csv' }), 'leads.csv');
	await breathe();
	const answer = await ground.root.ask('/lead-import', { method: 'POST', body });

	if (answer.status !== 303)
		throw new Error(`upload: ${answer.status}`);
	ctx.run = Number(/(\d+)$/.exec(answer.headers.get('location'))[1]);
}

async function columns(ground, ctx)
{
	const page = await ground.root.ask(`/lead-import/${ctx.run}`);
	const targets = [...page.body.matchAll(/<select id="t-\d+"[^]*?<option value="([^"]*)" selected/g)].map((m) => ['targets', m[1]]);

	await press(ground, `/lead-import/columns/${ctx.run}`, [...targets, ['assign', 'nobody'], ['on_known', 'join'], ['tag', '']]);
}

const go = (ground, ctx) => press(ground, `/lead-import/go/${ctx.run}`);

// The newest file, if it is this one.
function newest(ground, ctx)
{
	const [run, state] = ground.sql(`SELECT id, state FROM file_import WHERE id > ${ctx.before} ORDER BY id DESC LIMIT 1`)[0] || [];

	ctx.run = Number(run);
	return state;
}

// Until the newest file is in this state, doing what leads there.
function until_it_is(ground, ctx, end, next)
{
	return ground.persist(`the file is ${end}`, async () => {
		await ground.quiet();
		const state = newest(ground, ctx);

		if (state !== end)
			await next[state || 'none']?.(ground, ctx);
		return state === end;
	});
}

export const file = {
	name: 'CSV import',
	asks_no_meta: true,
	prepare: async (ground) => {
		const ids = Array.from({ length: 5 }, () => `8${String(next_person()).padStart(11, '0')}`);

		return { ids, file: file_of(ids), before: ground.number('SELECT COALESCE(MAX(id), 0) FROM file_import') };
	},
	acts: [['lead-import.fcgi', upload], ['lead-import.fcgi', columns], worker, ['lead-import.fcgi', go], worker],
	// The person goes on where the page says that the file is.
	heal: (ground, ctx) => until_it_is(ground, ctx, 'done', { none: upload, columns, checked: go }),
};

// ---- its undo ----

const undo = (ground, ctx) => press(ground, `/lead-import/undo/${ctx.run}`);

export const undone = {
	name: 'undo of a file',
	asks_no_meta: true,
	// One of its rows joins a lead of Meta, which stays.
	prepare: async (ground) => {
		const n = next_person(), id = await lead_of(ground, `una${n}`), before = ground.number('SELECT COALESCE(MAX(id), 0) FROM file_import');
		const rows = ['una', 'file-a', 'file-b', 'file-c'].map((name) => `Person ${name}${n},${name}${n}@example.com`);
		const ctx = { n, ids: [id], before, file: ['Name,Email', ...rows].join('\n') };

		await ground.delivered();
		await ground.quiet();
		await upload(ground, ctx);
		await until_it_is(ground, ctx, 'done', { columns, checked: go });
		return ctx;
	},
	acts: [['lead-import.fcgi', undo], worker],
	heal: (ground, ctx) => until_it_is(ground, ctx, 'undone', { done: undo }),
	bad: (ground, { n }) => [
		[`SELECT COUNT(*) = 0 FROM \`lead\` WHERE email LIKE 'file-_${n}@example.com'`, 'a lead of a file that was undone'],
		[`SELECT COUNT(*) = 1 FROM \`lead\` WHERE email = 'una${n}@example.com' AND n_submissions = 1`, 'the lead that it had joined'],
	].filter(([sql]) => !ground.number(sql)).map(([, words]) => words),
};
