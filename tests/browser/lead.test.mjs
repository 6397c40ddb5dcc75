// A person at a real browser: first start, login, a lead arrives, it is opened.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Stack, password } from '../web.mjs';
import { open_browser, fresh as fresh_page, log_in as log_in_at, assert_usable } from './kit.mjs';

let stack, browser;
const fresh = (options) => fresh_page(browser, options);
const log_in = (page, ...who) => log_in_at(page, stack, ...who);

before(async () => {
	stack = await Stack.up();
	browser = await open_browser();
});
after(async () => {
	await browser?.close();
	stack?.down();
});

test('first start: the one-time link makes the SuperAdmin', async () => {
	const link = /(http\S+)/.exec(stack.leadport(['init']))[1];
	const page = await fresh();

	await page.goto(link);
	await assert_usable(page, 'setup');
	await page.getByLabel('Name').fill('Maeve Brennan');
	await page.getByLabel('E-mail').fill('maeve@example.com');
	await page.getByLabel('Password').fill(password);
	await page.getByRole('button', { name: 'Make SuperAdmin' }).click();
	await page.getByText('Welcome. You are SuperAdmin').waitFor();
	// The app is next: nothing can be connected before.
	await page.getByRole('heading', { name: 'Your own Meta app, in five steps.' }).waitFor();
	await page.getByRole('link', { name: 'Leads', exact: true }).click();
	await page.getByText('No leads yet').waitFor();
	await assert_usable(page, 'no leads');
	assert.deepEqual(page.complaints, []);
	await page.goto(link);
	await page.getByText('This installation has its SuperAdmin already').waitFor();
	await page.context().close();
});

test('a wrong password is told calmly; the right one opens the door', async () => {
	const page = await fresh();

	await log_in(page, 'maeve@example.com', 'not the password');
	await page.getByText('E-mail or password is not right.').waitFor();
	assert.equal(await page.getByLabel('E-mail').inputValue(), 'maeve@example.com');
	await assert_usable(page, 'login');
	await page.getByLabel('Password').fill(password);
	await page.keyboard.press('Enter');
	await page.getByRole('heading', { name: 'Leads', exact: true }).waitFor();
	await page.context().close();
});

test('a lead arrives without reload, and is opened by keyboard', async () => {
	const page = await fresh();

	['Tomasz', 'Олена'].forEach((n, i) => stack.user(`p${i}@example.com`, 'member', true, n));
	stack.connect();
	await log_in(page, 'maeve@example.com');
	await page.getByText('No leads yet').waitFor();
	await page.evaluate(() => { window.same_page = true; });
	await stack.ask_sim('/sim/leads', { form: '447333180259101', platform: 'ig', values: {
		full_name: 'ليلى حداد', email: 'layla@example.com', phone_number: '+353209110187', which_treatment: 'white' } });
	stack.simulator('deliver');
	// Coming back to the window asks at once; otherwise it is every 20 s.
	const show = page.getByRole('link', { name: 'Show' });
	for (let i = 0; i < 100 && !await show.isVisible(); i++) {
		await page.evaluate(() => window.dispatchEvent(new Event('focus')));
		await page.waitForTimeout(100);
	}
	await page.getByText('1 new lead.').waitFor();
	await show.click();
	await page.getByRole('link', { name: 'ليلى حداد' }).waitFor();
	assert.equal(await page.evaluate(() => window.same_page), true);
	await assert_usable(page, 'leads');
	await page.getByRole('link', { name: 'ليلى حداد' }).focus();
	await page.keyboard.press('Enter');
	await page.getByRole('heading', { name: 'ليلى حداد' }).waitFor();
	await page.getByText('Instagram Lead Ad').first().waitFor();
	await page.getByText('Whitening', { exact: true }).waitFor();
	await page.getByText('Why?').click();
	await page.getByText(/It was the turn of/).waitFor();
	await assert_usable(page, 'lead');
	assert.deepEqual(page.complaints, []);
	await page.context().close();
});

test('no permission: a page that says who can give it', async () => {
	const page = await fresh();

	stack.user('plain@example.com', 'member');
	await log_in(page, 'plain@example.com');
	await page.getByText('Mine', { exact: true }).waitFor();
	await page.goto(`${stack.base}/lead/1`);
	await page.getByRole('heading', { name: 'You cannot open this page' }).waitFor();
	await page.getByText('A SuperAdmin or Admin can give you the right.').waitFor();
	await assert_usable(page, 'refused');
	await page.getByRole('main').getByRole('link', { name: 'Leads' }).click();
	await page.getByRole('heading', { name: 'Leads', exact: true }).waitFor();
	await page.context().close();
});

test('what Meta sent: the list, one message, a range', async () => {
	const page = await fresh();

	await log_in(page, 'maeve@example.com');
	await page.waitForURL('**/leads');
	await page.goto(`${stack.base}/integrations`);
	await page.getByRole('link', { name: 'Deliveries' }).click();
	await assert_usable(page, 'deliveries');
	await page.locator('a.name').first().click();
	await page.getByRole('heading', { name: 'As Meta sent it' }).waitFor();
	await assert_usable(page, 'delivery');
	const job = stack.sql("SELECT id, subject FROM job WHERE kind = 'lead' AND state = 'done' ORDER BY id LIMIT 1")[0];
	const set = (words) => stack.sql(`UPDATE job SET ${words} WHERE id = ${job[0]}`);
	set("state = 'dead', attempts = 11, reason = 'unknown', receipt_id = NULL");
	await page.goto(`${stack.base}/deliveries`);
	await page.getByRole('definition').filter({ hasText: 'need you' }).getByRole('link', { name: '1', exact: true }).click();
	await page.getByRole('button', { name: `Retry 1 lead: ${job[1]}` }).waitFor();
	await assert_usable(page, 'deliveries given up');
	await page.locator('a.name').click();
	await page.getByRole('heading', { name: 'Step by step' }).waitFor();
	await assert_usable(page, 'delivery without message');
	set("state = 'done', attempts = 1, reason = ''");
	await page.goto(`${stack.base}/deliveries/replay`);
	const today = new Date().toISOString().slice(0, 10);
	await page.getByLabel('First day').fill(today);
	await page.getByLabel('Last day').fill(today);
	await page.getByRole('button', { name: 'Count' }).click();
	await page.getByText(/\d+ deliver(y|ies), 0 expected to be new/).waitFor();
	await assert_usable(page, 'delivery range');
	await page.getByRole('button', { name: 'Replay' }).click();
	await page.getByText(/opened again/).waitFor();
	assert.deepEqual(page.complaints, []);
	await page.context().close();
});

test('an expired session leads to the login page and back', async () => {
	const page = await fresh();

	await log_in(page, 'maeve@example.com');
	await page.getByRole('heading', { name: 'Leads', exact: true }).waitFor();
	stack.sql("UPDATE login_session SET seen_at = '2020-01-01' WHERE id > 0");
	await page.goto(`${stack.base}/lead/1`);
	await page.getByText('Your session has ended.').waitFor();
	await page.getByLabel('E-mail').fill('maeve@example.com');
	await page.getByLabel('Password').fill(password);
	await page.getByRole('button', { name: 'Log in' }).click();
	await page.getByRole('heading', { name: 'ليلى حداد' }).waitFor();
	await page.locator('header.bar details.menu > summary').click();
	await page.getByRole('button', { name: 'Log out' }).click();
	await page.getByText('You are logged out.').waitFor();
	await page.context().close();
});

test('with script off everything still works', async () => {
	const page = await fresh({ javaScriptEnabled: false });

	await log_in(page, 'maeve@example.com');
	await page.getByRole('link', { name: 'ليلى حداد' }).click();
	await page.getByRole('heading', { name: 'ليلى حداد' }).waitFor();
	await page.locator('header.bar details.menu > summary').click();
	await page.getByRole('button', { name: 'Log out' }).click();
	await page.getByText('You are logged out.').waitFor();
	await page.context().close();
});
