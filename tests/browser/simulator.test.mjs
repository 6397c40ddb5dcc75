// The pages of the simulated Facebook, as a person meets them: the dialog by
// keyboard and without script, the lead form, the start page.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { HtmlValidate } from 'html-validate';
import { Stack } from '../web.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const whitening = '447333180259101';
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

async function fresh(options = {})
{
	const page = await (await browser.newContext(options)).newPage();

	page.setDefaultTimeout(15000);
	page.complaints = [];
	page.on('console', (m) => ['error', 'warning'].includes(m.type()) && page.complaints.push(m.text()));
	return page;
}

function dialog_url(extra = {})
{
	return `${stack.sim}/dialog/v26.0/dialog/oauth?` + new URLSearchParams({ client_id: '1234567890123',
		redirect_uri: `${stack.base}/oauth-callback`, state: 'st', response_type: 'code',
		scope: 'leads_retrieval,pages_show_list,pages_manage_ads', ...extra });
}

const rules = new HtmlValidate({ extends: ['html-validate:standard'], rules: { 'long-title': 'off' } });

async function assert_sound(page, name)
{
	const report = await rules.validateString(await (await page.request.get(page.url())).text());

	assert.deepEqual(report.results.flatMap((r) => r.messages.map((m) => `${name}:${m.line} ${m.message}`)), []);
	for (const colorScheme of ['light', 'dark'])
		for (const width of [1280, 360]) {
			await page.emulateMedia({ colorScheme });
			await page.setViewportSize({ width, height: 800 });
			await page.evaluate(readFileSync(axe, 'utf8') + '; 0');
			const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa',
				'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));

			assert.deepEqual(violations.map((v) => `${name} ${colorScheme} ${width} ${v.id}: ${v.nodes[0].html}`), []);
			assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${name} ${width}`);
		}
}

test('dialog, form and start page are sound', async () => {
	const page = await fresh();

	for (const [name, url] of [['dialog', dialog_url()], ['form', `${stack.sim}/form/${whitening}`],
		['start', `${stack.sim}/sim`]]) {
		await page.goto(url);
		await assert_sound(page, name);
	}
	assert.deepEqual(page.complaints, []);
	await page.goto(dialog_url({ client_id: '1' }));
	await page.getByRole('heading', { name: 'Invalid app ID' }).waitFor();
	await page.context().close();
});

for (const javaScriptEnabled of [true, false])
	test(`the dialog by keyboard, script ${javaScriptEnabled ? 'on' : 'off'}`, async () => {
		const page = await fresh({ javaScriptEnabled });

		await page.goto(dialog_url({ auth_type: 'rerequest' }));
		await page.getByLabel('Log in as').selectOption('Aoife Byrne');
		await page.getByRole('button', { name: 'Continue' }).focus();
		await page.keyboard.press('Enter');
		await page.getByText('You are Aoife Byrne now.').waitFor();
		await page.getByLabel('Kite & Coast Cork').focus();
		await page.keyboard.press('Space');
		assert.equal(await page.getByLabel('Kite & Coast Cork').isChecked(), false);
		await page.getByLabel('pages_manage_ads').uncheck();
		await page.getByRole('button', { name: 'Continue' }).focus();
		// Nobody is logged in there, and the form was let through to the app's origin.
		const back = page.waitForRequest(/\/oauth-callback\?code=/);

		await page.keyboard.press('Enter');
		const url = (await back).url();
		assert.ok(url.startsWith(`${stack.base}/`) && url.endsWith('&state=st'), url);
		await page.waitForURL(/#_=_$/);
		assert.deepEqual(page.complaints.filter((m) => /Content Security/.test(m)), []);
		await page.context().close();
	});

test('Enter in the dialog continues, Cancel says so', async () => {
	const page = await fresh();

	await page.goto(dialog_url({ as: '122100000000000012' }));
	await Promise.all([page.waitForRequest(/\/oauth-callback\?code=/),
		page.getByLabel('Kite & Coast Galway').press('Enter')]);
	await page.waitForURL(/\/login/);
	await page.goto(dialog_url());
	await Promise.all([page.waitForRequest(/\/oauth-callback\?error=access_denied/),
		page.getByRole('button', { name: 'Cancel' }).click()]);
	await page.context().close();
});

test('a lead form filled in', async () => {
	const page = await fresh();

	await page.goto(`${stack.sim}/sim`);
	await page.getByRole('link', { name: 'Free whitening check' }).click();
	await page.getByLabel('Full name').fill('Нора');
	await page.getByLabel('Email').fill('nora@example.com');
	await page.getByLabel('Whitening').check();
	await page.getByLabel('Instagram').check();
	await page.getByRole('button', { name: 'Submit' }).click();
	await page.getByRole('heading', { name: 'Thank you' }).waitFor();
	const ledger = await (await fetch(`${stack.sim}/sim/ledger`)).json();

	assert.deepEqual(ledger.map((l) => [l.name, l.email, l.platform]), [['Нора', 'nora@example.com', 'ig']]);
	await page.context().close();
});
