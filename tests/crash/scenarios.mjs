// What happens to leads, as acts that may each be cut short at every step.
//   prepare  what goes before; what it returns is handed on
//   acts     [the program that is struck, what is done]; others run untouched
//   heal     what people, Meta or time do afterwards
//   bad      what is wrong besides, in words
// ctx.ids are the leads of Meta that must be here in the end.
import { breathe } from '../web.mjs';
import { at_facebook, conor, cork, coast, coast_form } from '../system/kit.mjs';
import { next_person, press, three_leads, worker } from './acts.mjs';
import { drill } from './drill.mjs';
import { fetching, history } from './history.mjs';

export const webhook = {
	name: 'webhook',
	prepare: async (ground) => ({ ids: await three_leads(ground, false) }),
	acts: [['webhook.fcgi', (ground) => ground.stack.simulator('deliver', '--batch', '3', '--deadline', '1')]],
	heal: async (ground) => {
		await ground.delivered();
		await ground.quiet();
	},
};

export const working = {
	name: 'worker',
	prepare: async (ground) => {
		const ids = await three_leads(ground, false);

		await ground.delivered();
		return { ids };
	},
	acts: [worker],
	heal: (ground) => ground.quiet(),
};

const sync_now = (ground) => press(ground, `/integration-sync/${ground.integration}`);

export const sync = {
	name: 'sync',
	prepare: async (ground) => ({ ids: await three_leads(ground, true) }),
	acts: [['integration-sync.fcgi', sync_now], worker],
	heal: async (ground) => {
		await ground.persist('a sync has begun', async () => {
			await sync_now(ground);
			return true;
		});
		await ground.quiet();
	},
};

// ---- a login that died, and the way back ----

async function way_back(ground, ctx)
{
	ctx.there = await press(ground, `/integration-reconnect/${ground.integration}`);
	ctx.here = await at_facebook(ctx.there, conor);
}

async function come_back(ground, ctx)
{
	const answer = await ground.root.ask(ctx.here.replace(ground.stack.base, ''));

	if (answer.status !== 303)
		throw new Error(`callback: ${answer.status}`);
	ctx.draft = Number(/(\d+)$/.exec(answer.headers.get('location'))[1]);
}

const choose = (ground, ctx) => press(ground, `/integration-pages/${ctx.draft}`, [['pages', cork], ['pages', coast]]);

export const reconnect = {
	name: 'reconnect',
	prepare: async (ground) => {
		await ground.sim('kill', { token: `person:${conor}`, subcode: 460 });
		return { ids: await three_leads(ground, true) };
	},
	acts: [['integration-reconnect.fcgi', way_back], ['oauth-callback.fcgi', come_back], worker,
		['integration-pages.fcgi', choose], worker],
	// The person begins again, unless all was done.
	heal: async (ground, ctx) => {
		await ground.quiet();
		await ground.persist('connected again', async () => {
			const again = {};

			await way_back(ground, again);
			await come_back(ground, again);
			await ground.quiet();
			await choose(ground, again);
			await ground.quiet();
			return true;
		});
		return ctx;
	},
};

// ---- a file ----

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

export const file = {
	name: 'CSV import',
	prepare: async (ground) => {
		const ids = Array.from({ length: 5 }, () => `8${String(next_person()).padStart(11, '0')}`);

		return { ids, file: file_of(ids), before: ground.number('SELECT COALESCE(MAX(id), 0) FROM file_import') };
	},
	acts: [['lead-import.fcgi', upload], ['lead-import.fcgi', columns], worker, ['lead-import.fcgi', go], worker],
	// The person goes on where the page says that the file is.
	heal: async (ground, ctx) => {
		await ground.persist('imported', async () => {
			await ground.quiet();
			const state = newest(ground, ctx);

			if (!state)
				await upload(ground, ctx);
			else if (state === 'columns')
				await columns(ground, ctx);
			else if (state === 'checked')
				await go(ground, ctx);
			return state === 'done';
		});
	},
};

export const scenarios = [webhook, working, sync, reconnect, file, history, fetching, drill];
