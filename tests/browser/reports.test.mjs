// Reports in a real browser: plots are drawn from their tables, and without
// script the tables are there.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Stack, until } from '../web.mjs';
import { open_browser, fresh, log_in, assert_usable } from './kit.mjs';

let stack, browser;

before(async () => {
	stack = await Stack.up();
	stack.user('mod@example.com', 'moderator', true, 'Maeve');
	stack.sql(`INSERT INTO integration (id, name, strategy, created_at) VALUES (7, 'Main', 'round_robin', UTC_TIMESTAMP(3));
		INSERT INTO \`lead\` (id, name, source, created_at, latest_at, touched_at)
		  SELECT seq, seq, 'meta', at, at, at + INTERVAL seq MINUTE
		  FROM (SELECT seq, UTC_TIMESTAMP(3) - INTERVAL seq HOUR AS at FROM seq_1_to_300) x;
		INSERT INTO submission (leadgen_id, lead_id, integration_id, page_meta_id, page_name, platform, answers, raw,
		    submitted_at, imported_at)
		  SELECT 9000 + id, id, 7, id % 7, CONCAT('Стоматологія «Гавань» ', id % 7), IF(id % 3, 'fb', 'ig'), '[]', '{}',
		    created_at, created_at FROM \`lead\``);
	browser = await open_browser();
});
after(async () => {
	await browser?.close();
	stack?.down();
});

test('each plot has something drawn on it, and fits everywhere', async () => {
	const page = await fresh(browser);

	await log_in(page, stack, 'mod@example.com');
	await page.getByRole('link', { name: 'Reports' }).click();
	await page.getByRole('heading', { name: 'Reports' }).waitFor();
	await until('three plots are drawn', () => page.evaluate(() =>
		[...document.querySelectorAll('canvas')].filter((c) => c.width > 0 &&
			c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v !== 0)).length === 3));
	await assert_usable(page, 'reports');
	await page.getByText('Show as table').first().click();
	await page.getByLabel('Days by').selectOption('page');
	await page.getByLabel('Period').selectOption('90');
	await page.getByRole('button', { name: 'Show' }).click();
	await page.waitForURL(/by=page/);
	assert.equal(await page.locator('.legend li').count(), 5);
	assert.deepEqual(page.complaints, []);
	await page.context().close();
});

test('without script the numbers are in the tables', async () => {
	const page = await fresh(browser, { javaScriptEnabled: false });

	await log_in(page, stack, 'mod@example.com');
	await page.goto(`${stack.base}/reports`);
	await page.locator('.plot summary').first().click();
	await page.getByRole('columnheader', { name: 'Instagram' }).waitFor();
	await page.context().close();
});

test('the ledger: from Reports to a form that lacks leads, with their names, and back', async () => {
	const page = await fresh(browser);

	stack.sql(`INSERT INTO page (id, meta_id, integration_id, name, token_sealed, connected_at) VALUES (5, '77', 7, 'Стоматологія «Гавань»', 'x', UTC_TIMESTAMP(3));
		INSERT INTO lead_form (id, meta_id, page_id, name, questions, read_at, status, counted, counted_at, base_at, expired_count) VALUES
		  (3, '88', 5, 'Вибілювання зубів', '[]', UTC_TIMESTAMP(3), 'ACTIVE', 303, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) - INTERVAL 30 DAY, 12),
		  (4, '89', 5, 'Nothing yet', '[]', UTC_TIMESTAMP(3), 'ACTIVE', 0, NULL, NULL, 0);
		UPDATE submission SET form_meta_id = '88', form_name = 'Вибілювання зубів' WHERE id > 0;
		INSERT INTO job (kind, subject, form_meta_id, state, reason, received_at, submitted_at, run_at, created_at) VALUES
		  ('lead', '445566', '88', 'dead', 'not_readable', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)),
		  ('lead', '445567', '88', 'parked', 'page_unreadable', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`);
	await log_in(page, stack, 'mod@example.com');
	await page.getByRole('link', { name: 'Reports' }).click();
	await page.getByRole('link', { name: 'Ledger', exact: true }).click();
	await page.getByText('3 leads are missing').waitFor();
	await assert_usable(page, 'ledger');
	await page.getByRole('link', { name: 'Вибілювання зубів' }).click();
	await page.getByRole('rowheader', { name: '445566' }).waitFor();
	await page.getByText('1 lead that Meta counts was not announced to us. Only its list can name them.').waitFor();
	await page.getByText('12 are gone at Meta').waitFor();
	assert.equal(await page.getByRole('button', { name: /Fetch/ }).count(), 0, 'a Moderator only looks');
	await assert_usable(page, 'ledger-form');
	await page.getByRole('link', { name: 'All forms' }).click();
	await page.getByText('not counted yet').waitFor();
	await page.goto(`${stack.base}/ledger?period=own&from=2026-05-02&to=2026-05-01`);
	await page.getByText('The last day lies before the first.').waitFor();
	assert.deepEqual(page.complaints.filter((words) => !/422/.test(words)), []);
	await page.context().close();
});

test('the ledger: an Administrator fetches, sees it at work, and accepts what Meta does not give out', async () => {
	const page = await fresh(browser);

	stack.user('ledger@example.com', 'admin', false);
	await log_in(page, stack, 'ledger@example.com');
	await page.goto(`${stack.base}/ledger/3`);
	await page.getByRole('button', { name: 'Fetch 3 missing' }).click();
	await page.getByText('2 leads are tried again at once').waitFor();
	await page.getByRole('heading', { name: 'Syncing' }).waitFor();
	await assert_usable(page, 'ledger-fetch');
	// Neither the page nor the worker goes on asking for what is taken away.
	await page.goto('about:blank');
	await stack.end_workers();
	stack.sql(`DELETE FROM sync_run; UPDATE lead_form SET fetched_at = UTC_TIMESTAMP(3) WHERE id = 3;
		UPDATE job SET state = 'dead', reason = 'not_readable' WHERE subject = '445566';
		UPDATE job SET state = 'parked', reason = 'page_unreadable' WHERE subject = '445567'`);
	await page.goto(`${stack.base}/ledger/3`);
	await page.getByText(/not in Meta’s list as of \d/).waitFor();
	await assert_usable(page, 'ledger-accept');
	await page.getByRole('button', { name: 'Accept 2 as missing' }).click();
	await page.getByText('2 leads count as missing no more. One that comes later is stored all the same.').waitFor();
	await page.getByRole('rowheader', { name: '445567' }).waitFor();
	assert.equal(await page.getByRole('rowheader', { name: '445566' }).count(), 0);
	await page.getByRole('button', { name: 'Fetch 1 missing' }).waitFor();
	assert.deepEqual(page.complaints, []);
	await page.context().close();
});
