// Makes the pictures of docs/admin-guide.md anew:
//   node tests/browser/pictures.mjs
// A stack of its own, the simulated Meta, names that belong to nobody.  Names are
// in many scripts: fonts-noto-core and fonts-noto-cjk show them all.
import { spawn } from 'node:child_process';
import { Stack, top, until } from '../web.mjs';
import { open_browser, fresh, log_in } from './kit.mjs';

const whitening = '447333180259101', white = { which_treatment: 'white' };
const stack = await Stack.up();
const browser = await open_browser();
const worker = stack.worker();
const sender = spawn(`${stack.state}/sim/leadport/bin/simulator`, ['run', '--every', '0'], { stdio: 'ignore',
	env: { ...stack.env, LEADPORT_CONF: `${stack.state}/sim/leadport/leadport.conf` } });
const page = await fresh(browser);

// The page as far down as WHAT, which is the last thing to be seen; no more
// than `most` pixels of it.
async function picture(name, what, most = 1000)
{
	await page.mouse.move(0, 0); // nothing is pointed at
	await page.evaluate(() => { document.activeElement.blur(); window.scrollTo(0, 0); });
	await page.setViewportSize({ width: 1280, height: 800 });
	const box = await what.boundingBox();

	await page.screenshot({ path: `${top}/docs/pictures/${name}.png`, fullPage: true,
		clip: { x: 0, y: 0, width: 1280, height: Math.min(Math.round(box.y + box.height + 24), most) } });
}

async function leads(n)
{
	const before = stack.number('SELECT COUNT(*) FROM submission');

	await stack.ask_sim('/sim/leads', { count: n, platform: 'mix', apart_ms: 0 });
	await until('the leads came', () => stack.number('SELECT COUNT(*) FROM submission') >= before + n);
}

const card = () => page.getByRole('article').first();

async function connect()
{
	await page.getByRole('link', { name: '+ Add Meta Account' }).click();
	await page.getByLabel('Account Name').fill('Harbour Dental');
	await page.getByLabel('Account Description').fill('All clinics, autumn campaign');
	await page.getByRole('radio', { name: 'Assign to Specific User' }).check();
	await page.getByRole('combobox', { name: 'Assign To' }).selectOption('Tomasz Nowak');
	await picture('connect', page.getByRole('dialog'));
	await page.getByRole('radio', { name: 'Round Robin' }).check();
	await page.getByRole('button', { name: 'Connect with Facebook' }).click();
	await page.waitForURL(/dialog\/oauth/);
	await page.getByRole('checkbox', { name: '港口牙科' }).uncheck();
	await page.getByRole('button', { name: 'Continue' }).click();
	const button = page.getByRole('button', { name: /^Connect \d+ pages$/ });
	await button.waitFor();
	await picture('choose-pages', button);
	await button.click();
	await page.getByRole('heading', { name: /^Latest (sync|import of history)$/ }).first().waitFor({ timeout: 60000 });
}

async function test_lead()
{
	await page.getByRole('link', { name: 'Send a test lead' }).click();
	await page.getByRole('button', { name: 'Send a test lead' }).click();
	await page.getByRole('heading', { name: /^Works\./ }).waitFor();
	await picture('test-lead', page.getByRole('link', { name: 'Done' }));
}

async function living()
{
	await leads(9);
	await page.goto(`${stack.base}/leads`);
	await picture('leads', page.getByRole('region', { name: 'Leads' }));
	await leads(15);
	await page.goto(`${stack.base}/integrations`);
	await picture('integrations', card());
	await card().locator('summary').click();
	await picture('menu', card());
	await page.goto(`${stack.base}/integrations`);
	await page.getByRole('link', { name: 'View Details' }).click();
	await picture('details', page.getByRole('region', { name: 'Facebook logins behind it' }), 1200);
	await page.getByRole('link', { name: 'Edit', exact: true }).first().click();
	await picture('edit', page.getByRole('button', { name: 'Save Changes' }), 900);
	const id = /\d+$/.exec(page.url())[0];
	await page.goto(`${stack.base}/integrations`);
	await card().locator('summary').click();
	await page.getByRole('button', { name: 'Sync Now' }).click();
	await page.getByRole('heading', { name: 'Latest sync' }).waitFor({ timeout: 60000 });
	await page.goto(`${stack.base}/ledger`);
	await picture('ledger', page.getByRole('region', { name: 'Forms', exact: true }));
	await page.goto(`${stack.base}/integration-delete/${id}`);
	await picture('delete', page.getByRole('dialog'));
	return id;
}

async function trouble(id)
{
	await stack.ask_sim('/sim/kill', { token: 'person:122100000000000011', subcode: 460 });
	await stack.ask_sim('/sim/leads', { form: whitening, values: { full_name: 'Cara Quinn', ...white } });
	await until('the error shows', async () => {
		await page.goto(`${stack.base}/integrations`);
		return card().locator('.status', { hasText: 'Error' }).isVisible();
	});
	await picture('error', card());
	await page.goto(`${stack.base}/integration-doctor/${id}`);
	await page.getByRole('link', { name: 'Run again' }).waitFor();
	await picture('diagnose', page.getByRole('region', { name: 'This CRM' }), 900);
}

try {
	stack.user('maeve@example.com', 'superadmin', true, 'Maeve Brennan');
	stack.user('tomasz@example.com', 'member', true, 'Tomasz Nowak');
	stack.user('olena@example.com', 'member', true, 'Олена Коваль');
	stack.leadport(['app', 'set', '--id', '1234567890123'], '0123456789abcdef0123456789abcdef\n');
	stack.leadport(['app', 'subscribe']);
	await log_in(page, stack, 'maeve@example.com');
	await page.getByRole('heading', { name: 'Leads', exact: true }).waitFor();
	await page.goto(`${stack.base}/integrations`);
	await picture('integrations-empty', page.getByRole('region', { name: 'Connect your first page' }));
	await connect();
	await test_lead();
	await trouble(await living());
} finally {
	worker.kill();
	sender.kill();
	await browser.close();
	stack.down();
}
