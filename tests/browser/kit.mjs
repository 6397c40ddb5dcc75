// What the browser tests share: a browser, a page that writes down its
// complaints, login, and the look at a page in both schemes and widths.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { password, until } from '../web.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export function open_browser()
{
	return chromium.launch({ executablePath: '/usr/bin/chromium',
		args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
			'--disable-background-networking', '--disable-component-update', '--disable-sync'] });
}

// No violation of WCAG, no sideways scroll, in both schemes and both widths.
// SHOTS=FOLDER keeps what was looked at.
export async function assert_usable(page, name)
{
	for (const colorScheme of ['light', 'dark'])
		for (const width of [1280, 360]) {
			await page.emulateMedia({ colorScheme });
			await page.setViewportSize({ width, height: 800 });
			// What has scrolled below the sticky bar is no target there.
			await page.evaluate(() => window.scrollTo(0, 0));
			// The policy of the page forbids a script tag: axe comes in as code.
			if (!await page.evaluate(() => 'axe' in window))
				await page.evaluate(axe + '; 0');
			// Colours glide from one scheme to the other: look until they stand.
			let found;
			await until('no violation', async () => {
				found = (await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a',
					'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))).violations;
				return found.length === 0;
			}, 20).catch(() => assert.deepEqual(found.map((v) =>
				`${name} ${colorScheme} ${width} ${v.id}: ${v.nodes[0].html}`), []));
			const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

			assert.ok(wide <= 0, `${name} ${width}: ${wide} px too wide`);
			if (process.env.SHOTS)
				await page.screenshot({ fullPage: true,
					path: `${process.env.SHOTS}/${name.replaceAll(' ', '-')}-${colorScheme}-${width}.png` });
		}
	await page.setViewportSize({ width: 1280, height: 800 });
}

export async function log_in(page, stack, email, secret = password)
{
	await page.goto(`${stack.base}/login`);
	await page.getByLabel('E-mail').fill(email);
	await page.getByLabel('Password').fill(secret);
	await page.getByRole('button', { name: 'Log in' }).click();
}

export async function fresh(browser, options = {})
{
	// What turns is drawn again and again, and the cores are shared.
	const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
	const page = await context.newPage();

	page.setDefaultTimeout(60000);
	page.complaints = [];
	page.on('console', (m) => ['error', 'warning'].includes(m.type()) && page.complaints.push(m.text()));
	page.on('pageerror', (e) => page.complaints.push(String(e)));
	return page;
}

// An entry of the dots' menu of an integration or a lead.
export async function menu(page, name, item)
{
	await page.locator('summary').and(page.getByLabel(`Menu for ${name}`, { exact: true })).click();
	await page.getByRole(item === 'Sync Now' ? 'button' : 'link', { name: item, exact: true }).click();
}

// A person without a mouse. to(what, key) presses Tab until WHAT has the focus,
// as a keyboard has it, then KEY.
export function keyboard(page)
{
	async function press(...keys)
	{
		for (const key of keys)
			await page.keyboard.press(key);
	}

	async function to(what, key)
	{
		await what.waitFor();
		for (let i = 0; !await what.evaluate((e) => e === document.activeElement); i++) {
			assert.ok(i < 80, `Tab does not lead to ${what}`);
			await press('Tab');
		}
		if (key)
			await press(key);
	}

	return { to, press, type: (text) => page.keyboard.type(text) };
}
