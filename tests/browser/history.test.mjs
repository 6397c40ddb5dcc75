// Import history at a browser: the estimate follows the ticks, the card is paused
// and resumed; headroom and the fire drill are on their pages.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Stack, until } from '../web.mjs';
import { open_browser, fresh, log_in, assert_usable } from './kit.mjs';

let stack, browser, page, integration;

before(async () => {
	stack = await Stack.up({ limits: 'retry_first_ms = 50' });
	stack.user('root@example.com', 'superadmin', true, 'Maeve');
	stack.connect('round_robin');
	await stack.work();
	integration = stack.number('SELECT MAX(id) FROM integration');
	browser = await open_browser();
	page = await fresh(browser);
	await log_in(page, stack, 'root@example.com');
});
after(async () => {
	await browser?.close();
	stack?.down();
});

test('the estimate follows the ticks', async () => {
	stack.sql('UPDATE lead_form SET leads_count = 240 WHERE id > 0');
	await page.goto(`${stack.base}/integration/${integration}`);
	await page.getByLabel(/^Menu for/).click();
	await page.getByRole('link', { name: 'Import history' }).click();
	await page.getByRole('heading', { level: 1, name: 'Import history' }).waitFor();
	await page.getByText(/^At most \d+ leads in [2-9] forms of 2 pages\.$/).waitFor();
	await assert_usable(page, 'history');
	const boxes = await page.locator('input[name=forms]').all();
	for (const box of boxes.slice(1))
		await box.uncheck();
	await page.getByText('At most 240 leads in 1 form of 1 page.').waitFor();
	await boxes[0].uncheck();
	await page.getByText('No form is chosen.').waitFor();
	await page.getByRole('button', { name: 'Import history' }).click();
	await page.getByRole('alert').getByText('Tick a page and at least one of its forms.').waitFor();
	await assert_usable(page, 'history fault');
	assert.deepEqual(page.complaints, ['Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)']);
	page.complaints.length = 0;
});

test('at work, paused, resumed, over', async () => {
	const form = stack.sql('SELECT meta_id FROM lead_form ORDER BY id LIMIT 1')[0][0];

	await stack.ask_sim('/sim/leads', { form, count: 250, silent: true, days_ago: 20 });
	await stack.ask_sim('/sim/faults', { answer_ms: 2000 });
	await page.goto(`${stack.base}/integration-history/${integration}`);
	await page.getByRole('button', { name: 'Import history' }).click();
	await page.getByRole('heading', { name: 'Importing history' }).waitFor();
	await page.getByRole('button', { name: 'Pause' }).click();
	await page.getByRole('heading', { name: 'The import of history is paused' }).waitFor();
	await assert_usable(page, 'history paused');
	await stack.ask_sim('/sim/reset', {});
	await page.getByRole('button', { name: 'Resume' }).click();
	await page.getByText('History imported', { exact: true }).first().waitFor();
	await until('all is in', () => stack.number("SELECT COUNT(*) FROM submission WHERE way = 'history'") >= 250);
	assert.deepEqual(page.complaints, []);
});

test('headroom and the fire drill', async () => {
	await page.goto(`${stack.base}/deliveries`);
	await page.getByRole('heading', { name: 'Headroom' }).waitFor();
	await assert_usable(page, 'headroom');
	await page.goto(`${stack.base}/integration-edit/${integration}`);
	await page.getByText('Nightly fire drill').click();
	await assert_usable(page, 'fire drill');
	await page.getByRole('button', { name: 'Save Changes' }).click();
	await page.getByText('On, between 2 and 5 at night').waitFor();
	assert.deepEqual(page.complaints, []);
});
