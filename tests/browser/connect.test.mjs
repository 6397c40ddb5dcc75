// The way of an administrator who connects pages, at a real browser: platform
// set-up, login at the simulated Facebook, cards, details, test lead, sync,
// a login that dies and comes back, the end. Labels are those of the guide.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { Stack, app_secret, password, until } from '../web.mjs';
import { open_browser, fresh as fresh_page, log_in as log_in_at, assert_usable, keyboard, menu } from './kit.mjs';

const maeve = 'person:122100000000000011';
const whitening = '447333180259101';
let stack, browser, worker, sender;
const fresh = (options) => fresh_page(browser, options);
const log_in = (page, ...who) => log_in_at(page, stack, ...who);

before(async () => {
	stack = await Stack.up();
	browser = await open_browser();
	worker = stack.worker();
	sender = spawn(`${stack.state}/sim/leadport/bin/simulator`, ['run', '--every', '0'], { stdio: 'ignore',
		env: { ...stack.env, LEADPORT_CONF: `${stack.state}/sim/leadport/leadport.conf` } });
});
after(async () => {
	await browser?.close();
	worker?.kill('SIGCONT');
	worker?.kill();
	sender?.kill();
	stack?.down();
});

// While the worker stands still, a page that waits for it can be looked at.
async function while_still(look)
{
	worker.kill('SIGSTOP');
	try {
		await look();
	} finally {
		worker.kill('SIGCONT');
	}
}

// Nothing on the console but that a question was answered as a conflict.
function assert_quiet(page)
{
	assert.deepEqual(page.complaints.filter((c) => !/409 \(Conflict\)/.test(c)), []);
}

// Some words of the page stand there, by their role.
async function assert_heading(page, name)
{
	await page.getByRole('heading', { name, exact: typeof name === 'string' }).first().waitFor();
}

function card(page, name)
{
	return page.getByRole('article', { name });
}

async function status_is(page, name, word)
{
	await until(`${name} is ${word}`, async () => {
		await page.goto(`${stack.base}/integrations`);
		return card(page, name).locator('.status', { hasText: word }).isVisible();
	});
}

async function to_integrations(page)
{
	await page.locator('summary', { hasText: 'Profile of' }).click();
	await page.getByRole('link', { name: 'Moderation' }).click();
	await assert_heading(page, 'Moderation');
	await page.getByRole('navigation', { name: 'Moderation' }).getByRole('link', { name: 'Settings' }).click();
	await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Meta Integrations' }).click();
	await assert_heading(page, 'Meta Integrations');
}

// At the simulated Facebook: only these pages are shared.
async function share(page, ...names)
{
	await page.waitForURL(/dialog\/oauth/);
	for (const box of await page.getByRole('group', { name: /^Pages of/ }).getByRole('checkbox').all()) {
		const label = await box.evaluate((e) => e.labels[0].textContent);

		await box.setChecked(names.includes(label));
	}
	await page.getByRole('button', { name: 'Continue' }).click();
	await page.waitForURL(/integration-pages/);
}

const connect_button = (page) => page.getByRole('button', { name: /^Connect (\d+ )?pages?$/ });

// A sync and an import of history stand beside each other: one that is over
// says nothing of the other.
async function sync_is_over(page)
{
	await page.getByRole('heading', { name: /^Latest (sync|import of history)$/ }).first().waitFor({ timeout: 60000 });
	await page.getByRole('progressbar').first().waitFor({ state: 'detached', timeout: 60000 });
}

// What a person types goes to a field that was given the focus, some time after
// the page was there.
function has_focus(field)
{
	return until('it has the focus', () => field.evaluate((e) => e === document.activeElement));
}

const modal = (page, name) => page.locator('dialog:modal').and(page.getByRole('dialog', { name }));

test('platform set-up by the first SuperAdmin', async () => {
	const page = await fresh();
	const link = /(http\S+)/.exec(stack.leadport(['init']))[1];

	await page.goto(link);
	await page.getByLabel('Name').fill('Maeve Brennan');
	await page.getByLabel('E-mail').fill('maeve@example.com');
	await page.getByLabel('Password').fill(password);
	await page.getByRole('button', { name: 'Make SuperAdmin' }).click();
	await assert_heading(page, 'Your own Meta app, in five steps.');
	await assert_usable(page, 'platform first');
	await page.getByRole('textbox', { name: 'App ID' }).fill('1234567890123');
	await page.getByLabel('App secret').fill(app_secret);
	await page.getByLabel('App secret').press('Enter');
	await assert_heading(page, 'Platform setup');
	await page.locator('#step2', { hasText: 'Verified' }).waitFor();
	assert.ok(!(await page.content()).includes(app_secret));
	await page.getByRole('button', { name: 'Subscribe' }).click();
	await page.locator('#step4', { hasText: 'Subscribed' }).waitFor();
	await page.getByText(/\d of 5 are done/).waitFor();
	await assert_usable(page, 'platform');
	// Another environment takes the webhook over; it is not taken back unasked.
	await stack.ask_sim('/sim/steal', { callback_url: 'https://staging.example.com/webhook' });
	await page.getByRole('button', { name: 'Check again' }).click();
	await page.locator('#sent-to', { hasText: 'staging.example.com' }).waitFor();
	await page.getByRole('button', { name: 'Subscribe' }).click();
	await assert_heading(page, 'Take the webhook back here?');
	await assert_usable(page, 'platform stolen');
	await page.getByRole('link', { name: 'Leave it there' }).click();
	await page.locator('#sent-to', { hasText: 'staging.example.com' }).waitFor();
	await page.getByRole('button', { name: 'Subscribe' }).click();
	await page.getByRole('button', { name: 'Take it back' }).click();
	await page.locator('#sent-to', { hasText: `${stack.base}/webhook` }).waitFor();
	assert_quiet(page);
	await page.context().close();
});

test('the whole way: connect, choose, card, details', async () => {
	const page = await fresh();

	stack.user('tomasz@example.com', 'member', true, 'Tomasz Nowak');
	stack.user('olena@example.com', 'member', true, 'Олена Коваль');
	await log_in(page, 'maeve@example.com');
	await to_integrations(page);
	await page.getByText('Connect your first page').waitFor();
	await assert_usable(page, 'integrations empty');
	const add = page.getByRole('link', { name: '+ Add Meta Account' });
	await add.click();
	const dialog = page.getByRole('dialog', { name: 'Connect Meta Account' });
	await dialog.waitFor();
	assert.equal(await dialog.getByRole('combobox', { name: 'Assign To' }).count(), 0);
	await assert_usable(page, 'connect dialog');
	await page.keyboard.press('Escape');
	await page.waitForURL(`${stack.base}/integrations`);
	await until('the focus is back', () => add.evaluate((e) => e === document.activeElement));
	await add.click();
	await dialog.getByLabel('Account Name').fill('Harbour Dental');
	await dialog.getByLabel('Account Description').fill('All four practices');
	await dialog.getByRole('radio', { name: 'Assign to Specific User' }).check();
	await dialog.getByRole('combobox', { name: 'Assign To' }).selectOption('Tomasz Nowak');
	await assert_usable(page, 'connect dialog user');
	await dialog.getByRole('radio', { name: 'Round Robin' }).check();
	await dialog.getByRole('button', { name: 'Connect with Facebook' }).click();
	await page.waitForURL(/dialog\/oauth/);
	await while_still(async () => {
		await page.getByRole('button', { name: 'Continue' }).click();
		await page.getByRole('progressbar').waitFor();
		await assert_usable(page, 'listing');
	});
	await connect_button(page).waitFor();
	await assert_usable(page, 'choose pages');
	for (const name of [/عيادة/, /港口牙科/])
		await page.getByRole('checkbox', { name }).uncheck();
	await while_still(async () => {
		await connect_button(page).click();
		await page.getByRole('progressbar').waitFor();
		await assert_usable(page, 'connecting');
	});
	await assert_heading(page, 'Harbour Dental is connected');
	await sync_is_over(page);
	await assert_usable(page, 'connected');
	await page.getByRole('link', { name: 'Done' }).click();
	await page.goto(`${stack.base}/integrations`);
	await status_is(page, 'Harbour Dental', 'Active');
	for (const label of ['Connected Pages', 'Last Sync', 'Missing at Meta'])
		await card(page, 'Harbour Dental').getByText(label, { exact: true }).waitFor();
	await assert_usable(page, 'integrations');
	await page.getByRole('link', { name: 'View Details' }).click();
	await page.getByRole('rowheader', { name: 'Harbour Dental Galway' }).waitFor();
	await page.getByRole('columnheader', { name: 'Leads imported' }).waitFor();
	await page.getByRole('columnheader', { name: 'Last sync' }).waitFor();
	await assert_usable(page, 'details');
	assert_quiet(page);
	await page.context().close();
});

test('a test lead and its five steps', async () => {
	const page = await fresh();

	await log_in(page, 'maeve@example.com');
	await page.goto(`${stack.base}/integrations`);
	await page.getByRole('link', { name: 'View Details' }).click();
	await page.getByRole('link', { name: 'Send a test lead' }).click();
	await page.getByLabel('Page and form').selectOption(whitening);
	await assert_usable(page, 'test lead');
	await while_still(async () => {
		await page.getByRole('button', { name: 'Send a test lead' }).click();
		await page.getByText('Webhook received').waitFor();
		await assert_usable(page, 'test lead under way');
	});
	await assert_heading(page, /^Works\./);
	for (const step of ['Created at Meta', 'Webhook received', 'Read from Meta', 'Stored', 'Assigned'])
		await page.getByRole('listitem').filter({ hasText: step }).getByText(/\d+ ms|\d s/).first().waitFor();
	await assert_usable(page, 'test lead works');
	await page.getByRole('link', { name: 'Done' }).click();
	await page.getByRole('link', { name: 'Send a test lead' }).click();
	await page.getByLabel('Page and form').selectOption(whitening);
	await page.getByRole('button', { name: 'Send a test lead' }).click();
	await assert_heading(page, 'Replace the old one?');
	await assert_usable(page, 'test lead replace');
	await page.getByRole('button', { name: 'Replace it' }).click();
	await assert_heading(page, /^Works\./);
	await page.getByRole('link', { name: 'Open the lead' }).click();
	await page.getByText('Harbour Dental Galway').first().waitFor();
	assert_quiet(page);
	await page.context().close();
});

test('Edit is for future leads only; Sync Now shows its progress', async () => {
	const page = await fresh();

	await log_in(page, 'maeve@example.com');
	await stack.ask_sim('/sim/leads', { form: whitening, values: { full_name: 'Ada Byrne', email: 'ada@example.com' } });
	await until('the lead came', () => stack.number("SELECT COUNT(*) FROM lead WHERE email = 'ada@example.com'") === 1);
	const owner = () => stack.sql("SELECT assignee_id FROM lead WHERE email = 'ada@example.com'").join();
	const first = owner();
	await page.goto(`${stack.base}/integrations`);
	await menu(page, 'Harbour Dental', 'Edit');
	await assert_heading(page, 'Edit Harbour Dental');
	await page.getByText(/from now on/).waitFor();
	await assert_usable(page, 'edit');
	await page.getByLabel('Account Name').fill('Harbour Dental Group');
	await page.getByRole('radio', { name: 'Unassigned' }).check();
	await page.getByRole('button', { name: 'Save Changes' }).click();
	await assert_heading(page, 'Harbour Dental Group');
	await stack.ask_sim('/sim/leads', { form: whitening, silent: true,
		values: { full_name: 'Bran Kelly', email: 'bran@example.com' } });
	await while_still(async () => {
		await menu(page, 'Harbour Dental Group', 'Sync Now');
		await page.getByRole('progressbar').waitFor();
		await assert_usable(page, 'syncing');
		await page.goto(`${stack.base}/integrations`);
		await card(page, 'Harbour Dental Group').getByText('Syncing').waitFor();
		await assert_usable(page, 'integrations syncing');
		await page.getByRole('link', { name: 'View Details' }).click();
	});
	await sync_is_over(page);
	assert.equal(owner(), first);
	assert.equal(stack.sql("SELECT IFNULL(assignee_id, 'nobody') FROM lead WHERE email = 'bran@example.com'").join(), 'nobody');
	await assert_usable(page, 'details synced');
	assert_quiet(page);
	await page.context().close();
});

test('a login dies: Error with its reason; Reconnect; the gap is fetched', async () => {
	const page = await fresh();
	const name = 'Harbour Dental Group';

	await log_in(page, 'maeve@example.com');
	await stack.ask_sim('/sim/kill', { token: maeve, subcode: 460 });
	await stack.ask_sim('/sim/leads', { form: whitening,
		values: { full_name: 'Cara Quinn', email: 'cara@example.com' } });
	await status_is(page, name, 'Error');
	await card(page, name).getByText(/password/i).first().waitFor();
	await assert_usable(page, 'integrations error');
	await page.getByRole('link', { name: 'View Details' }).click();
	await page.getByRole('alert').getByText('About 1 lead is waiting at Meta; it comes in when you reconnect.').waitFor();
	await assert_usable(page, 'details error');
	await page.goto(`${stack.base}/moderation`);
	await assert_usable(page, 'moderation error');
	await page.goto(`${stack.base}/integrations`);
	await card(page, name).getByRole('link', { name: 'Reconnect' }).click();
	await page.getByRole('dialog', { name: `Reconnect ${name}` }).waitFor();
	await assert_usable(page, 'reconnect');
	await page.getByRole('button', { name: 'Connect with Facebook' }).click();
	await page.waitForURL(/dialog\/oauth/);
	await page.getByRole('button', { name: 'Continue' }).click();
	await connect_button(page).waitFor();
	// What was connected is ticked, and only that.
	for (const [name, was] of [[/Galway/, true], [/Kids/, true], [/عيادة/, false]])
		assert.equal(await page.getByRole('checkbox', { name }).isChecked(), was, String(name));
	await assert_usable(page, 'reconnect pages');
	await connect_button(page).click();
	await sync_is_over(page);
	await assert_usable(page, 'reconnected');
	await until('the gap is fetched', () => stack.number("SELECT COUNT(*) FROM lead WHERE email = 'cara@example.com'") === 1);
	await status_is(page, name, 'Active');
	await page.goto(`${stack.base}/leads`);
	await page.getByRole('link', { name: 'Cara Quinn' }).waitFor();
	assert_quiet(page);
	await page.context().close();
});

test('Diagnose, from the details and from Platform', async () => {
	const page = await fresh();

	await log_in(page, 'maeve@example.com');
	await page.goto(`${stack.base}/integrations`);
	await page.getByRole('link', { name: 'View Details' }).click();
	await page.getByRole('link', { name: 'Diagnose' }).click();
	await page.getByText(/\d+ passed/).first().waitFor();
	await assert_usable(page, 'diagnosis');
	await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	await page.getByRole('button', { name: 'Copy report' }).click();
	await page.getByText('Copied', { exact: true }).waitFor();
	const report = await page.evaluate(() => navigator.clipboard.readText());
	assert.ok(report.length > 200);
	assert.ok(!report.includes(app_secret) && !report.includes('ada@example.com'));
	await stack.ask_sim('/sim/leads-access', { page: '112233445566778', allowed: false });
	await page.getByRole('link', { name: 'Run again' }).click();
	await page.getByText(/Leads Access/).first().waitFor();
	await page.getByText(/\d+ passed/).first().waitFor();
	await assert_usable(page, 'diagnosis failing');
	await stack.ask_sim('/sim/leads-access', { page: '112233445566778', allowed: true });
	await page.goto(`${stack.base}/platform`);
	await page.getByRole('link', { name: 'Diagnose' }).click();
	await page.getByText(/\d+ passed/).first().waitFor();
	await page.getByRole('link', { name: 'Run again' }).click();
	await page.getByText(/\d+ passed/).first().waitFor();
	assert_quiet(page);
	await page.context().close();
});

test('a Moderator sees and syncs; a Member is told whom to ask', async () => {
	const page = await fresh();

	stack.user('mod@example.com', 'moderator', false, 'Nora Fitz');
	await log_in(page, 'mod@example.com');
	await to_integrations(page);
	assert.equal(await page.getByRole('link', { name: '+ Add Meta Account' }).count(), 0);
	await card(page, 'Harbour Dental Group').locator('summary').click();
	assert.deepEqual(await card(page, 'Harbour Dental Group').locator('details.menu li').allInnerTexts()
		.then((all) => all.map((t) => t.trim())), ['Sync Now', 'Diagnose']);
	await assert_usable(page, 'integrations moderator');
	await page.getByRole('button', { name: 'Sync Now' }).click();
	await sync_is_over(page);
	assert.equal(await page.getByRole('link', { name: /^Edit|Add or remove|stand-in/ }).count(), 0);
	await assert_usable(page, 'details moderator');
	assert_quiet(page);
	await page.context().clearCookies();
	await log_in(page, 'tomasz@example.com');
	await assert_heading(page, 'Leads');
	await page.locator('summary', { hasText: 'Profile of' }).click();
	assert.equal(await page.getByRole('link', { name: 'Moderation' }).count(), 0);
	assert.equal((await page.goto(`${stack.base}/integrations`)).status(), 403);
	await page.getByText(/contact your system administrator/i).waitFor();
	await assert_usable(page, 'integrations refused');
	await page.context().close();
});

test('Delete says what stays, and keeps it', async () => {
	const page = await fresh();
	const name = 'Harbour Dental Group';

	await log_in(page, 'maeve@example.com');
	await page.goto(`${stack.base}/integrations`);
	await menu(page, name, 'Delete');
	const dialog = page.getByRole('dialog', { name: `Delete ${name}?` });
	await dialog.getByText('New leads stop coming.').waitFor();
	await assert_usable(page, 'delete');
	await page.keyboard.press('Escape');
	await page.waitForURL(`${stack.base}/integrations`);
	// A reconnect that was left half way ends with the integration.
	await menu(page, name, 'Reconnect');
	await page.getByRole('button', { name: 'Connect with Facebook' }).click();
	await page.waitForURL(/dialog\/oauth/);
	await page.goto(`${stack.base}/integrations`);
	await page.getByText('Not finished').waitFor();
	await menu(page, name, 'Delete');
	await dialog.getByRole('button', { name: `Delete ${name}` }).click();
	await page.getByText('Connect your first page').waitFor();
	await assert_usable(page, 'deleted');
	await page.getByRole('link', { name: 'Leads', exact: true }).click();
	await page.getByRole('link', { name: 'Cara Quinn' }).click();
	await page.getByText('Harbour Dental Galway').first().waitFor();
	await page.getByText('Free whitening check').first().waitFor();
	assert_quiet(page);
	await page.context().close();
});

test('the main way by keyboard alone', async () => {
	const page = await fresh();
	const { to, type, press } = keyboard(page);

	await page.goto(`${stack.base}/login`);
	await has_focus(page.getByLabel('E-mail'));
	await type('maeve@example.com');
	await to(page.getByLabel('Password'));
	await type(password);
	await press('Enter');
	await assert_heading(page, 'Leads');
	await to(page.locator('summary', { hasText: 'Profile of' }), 'Enter');
	await to(page.getByRole('link', { name: 'Moderation' }), 'Enter');
	await assert_heading(page, 'Moderation');
	await to(page.getByRole('link', { name: 'Settings' }), 'Enter');
	await assert_heading(page, 'Meta Integrations');
	await to(page.getByRole('link', { name: '+ Add Meta Account' }), 'Enter');
	await modal(page, 'Connect Meta Account').waitFor();
	await has_focus(page.getByLabel('Account Name'));
	await type('Kite & Coast');
	await to(page.getByRole('radio', { name: 'Round Robin' }));
	await press('ArrowUp');
	await to(page.getByRole('combobox', { name: 'Assign To' }));
	await type('Tom');
	await to(page.getByRole('button', { name: 'Connect with Facebook' }), 'Enter');
	await page.waitForURL(/dialog\/oauth/);
	await to(page.getByLabel('Log in as'));
	await type('Con');
	await to(page.getByRole('button', { name: 'Continue' }), 'Enter');
	await page.getByText('You are Conor Walsh now.').waitFor();
	await to(page.getByRole('checkbox', { name: 'Kite & Coast Galway' }), 'Space');
	await to(page.getByRole('button', { name: 'Continue' }), 'Enter');
	await connect_button(page).waitFor();
	await to(connect_button(page), 'Enter');
	await assert_heading(page, 'Kite & Coast is connected');
	assert.equal(stack.sql("SELECT u.name FROM integration i JOIN app_user u ON u.id = i.assignee_id" +
		" WHERE i.name = 'Kite & Coast'").join(), 'Tomasz Nowak');
	await sync_is_over(page);
	await to(page.getByRole('link', { name: 'Send a test lead' }), 'Enter');
	await to(page.getByRole('button', { name: 'Send a test lead' }), 'Enter');
	await assert_heading(page, /^Works\./);
	await to(page.getByRole('link', { name: 'Done' }), 'Enter');
	await assert_heading(page, 'Kite & Coast');
	const dots = page.locator('summary').and(page.getByLabel('Menu for Kite & Coast'));
	await to(dots, 'Enter');
	await to(page.getByRole('button', { name: 'Sync Now' }));
	await press('Escape');
	assert.equal(await dots.evaluate((e) => e === document.activeElement && !e.parentNode.open), true);
	await press('Space');
	await to(page.getByRole('link', { name: 'Edit', exact: true }).first(), 'Enter');
	await assert_heading(page, 'Edit Kite & Coast');
	await to(page.getByRole('button', { name: 'Save Changes' }), 'Enter');
	await assert_heading(page, 'Kite & Coast');
	await to(dots, 'Enter');
	// A key waits for no page, and the one that is left looks the same.
	const next = page.waitForEvent('load');
	await to(page.getByRole('button', { name: 'Sync Now' }), 'Enter');
	await next;
	await sync_is_over(page);
	await to(dots, 'Enter');
	await to(page.getByRole('link', { name: 'Delete' }), 'Enter');
	await modal(page, 'Delete Kite & Coast?').waitFor();
	await to(page.getByRole('button', { name: 'Delete Kite & Coast' }), 'Enter');
	await page.getByText('Connect your first page').waitFor();
	assert_quiet(page);
	await page.context().close();
});

test('with script off: connect, choose, details, sync, delete', async () => {
	const page = await fresh({ javaScriptEnabled: false });

	await log_in(page, 'maeve@example.com');
	await to_integrations(page);
	await page.getByRole('link', { name: '+ Add Meta Account' }).click();
	await page.getByLabel('Account Name').fill('Harbour Kids');
	await page.getByRole('button', { name: 'Connect with Facebook' }).click();
	await share(page, 'Harbour Dental Galway');
	await connect_button(page).waitFor();
	await connect_button(page).click();
	await assert_heading(page, 'Harbour Kids is connected');
	await page.getByRole('link', { name: 'Done' }).click();
	await page.getByRole('rowheader', { name: 'Harbour Dental Galway' }).waitFor();
	// Until then the page loads itself anew, and closes a menu.
	await sync_is_over(page);
	await page.getByRole('link', { name: 'Diagnose' }).click();
	await page.getByText(/\d+ passed/).first().waitFor();
	await page.goto(`${stack.base}/integrations`);
	await menu(page, 'Harbour Kids', 'Sync Now');
	await sync_is_over(page);
	await menu(page, 'Harbour Kids', 'Delete');
	await page.getByRole('button', { name: 'Delete Harbour Kids' }).click();
	await page.getByText('Connect your first page').waitFor();
	await page.context().close();
});
