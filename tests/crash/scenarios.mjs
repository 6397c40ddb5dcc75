// What happens to leads, as acts that may each be cut short at every step.
//   prepare  what goes before; what it returns is handed on
//   acts     [the program that is struck, what is done]; others run untouched
//   heal     what people, Meta or time do afterwards
//   bad      what is wrong besides, in words
//   asks_no_meta  no act calls Meta
// ctx.ids are the leads of Meta that must be here in the end.
import { at_facebook, conor, cork, coast } from '../system/kit.mjs';
import { press, three_leads, worker } from './acts.mjs';
import { drill } from './drill.mjs';
import { file, undone } from './file.mjs';
import { fetching, history } from './history.mjs';

export const webhook = {
	name: 'webhook',
	asks_no_meta: true,
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

export const scenarios = [webhook, working, sync, reconnect, file, undone, history, fetching, drill];
