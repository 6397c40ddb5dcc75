// A person at a real browser: first start, login, a lead arrives, it is opened.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { Stack, password, until } from '../web.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
let stack, browser;

before(async () => {
	stack = await Stack.up();
	browser = await chromium.launch({ executablePath: '/usr/bin/chromium',
		args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
			'--disable-background-networking', '--disable-component-update', '--disable-sync'] });
});
after(async () => {
	await browser?.close();
	stack?.down();
});

// No violation of WCAG, no sideways scroll, in both schemes and both widths.
async function assert_usable(page, name)
{
	for (const colorScheme of ['light', 'dark'])
		for (const width of [1280, 360]) {
			await page.emulateMedia({ colorScheme });
			await page.setViewportSize({ width, height: 800 });
			// What has scrolled below the sticky bar is no target there.
			await page.evaluate(() => window.scrollTo(0, 0));
			// The policy of the page forbids a script tag: axe comes in as code.
			await page.evaluate(readFileSync(axe, 'utf8') + '; 0');
			// Colours glide from one scheme to the other: look until they stand.
			let found;
			await until('no violation', async () => {
				found = (await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a',
					'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))).violations;
				return found.length === 0;
			}, 5).catch(() => assert.deepEqual(found.map((v) =>
				`${name} ${colorScheme} ${width} ${v.id}: ${v.nodes[0].html}`), []));
			const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

			assert.ok(wide <= 0, `${name} ${width}: ${wide} px too wide`);
		}
	await page.setViewportSize({ width: 1280, height: 800 });
}

async function log_in(page, email, secret = password)
{
	await page.goto(`${stack.base}/login`);
	await page.getByLabel('E-mail').fill(email);
	await page.getByLabel('Password').fill(secret);
	await page.getByRole('button', { name: 'Log in' }).click();
}

async function fresh(options = {})
{
	const context = await browser.newContext({ ...options });
	const page = await context.newPage();

	page.setDefaultTimeout(15000);
	page.complaints = [];
	page.on('console', (m) => ['error', 'warning'].includes(m.type()) && page.complaints.push(m.text()));
	page.on('pageerror', (e) => page.complaints.push(String(e)));
	return page;
}

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
	await page.locator('details.menu > summary').click();
	await page.getByRole('button', { name: 'Log out' }).click();
	await page.getByText('You are logged out.').waitFor();
	await page.context().close();
});

test('with script off everything still works', async () => {
	const page = await fresh({ javaScriptEnabled: false });

	await log_in(page, 'maeve@example.com');
	await page.getByRole('link', { name: 'ليلى حداد' }).click();
	await page.getByRole('heading', { name: 'ليلى حداد' }).waitFor();
	await page.locator('details.menu > summary').click();
	await page.getByRole('button', { name: 'Log out' }).click();
	await page.getByText('You are logged out.').waitFor();
	await page.context().close();
});
