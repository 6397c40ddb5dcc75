// The people of the CRM in a browser: invited, in, and gone again.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Stack } from '../web.mjs';
import { open_browser, fresh, log_in, assert_usable } from './kit.mjs';

let stack, browser;

before(async () => {
	stack = await Stack.up();
	stack.user('root@example.com', 'superadmin', true, 'Maeve');
	stack.user('layla@example.com', 'member', true, 'ليلى حداد');
	stack.sql("INSERT INTO `lead` (name, source, stage, assignee_id, created_at, latest_at) SELECT CONCAT('L', seq), 'manual'," +
		" 'new', 2, NOW(3), NOW(3) FROM seq_1_to_60");
	stack.leadport(['reindex']);
	browser = await open_browser();
});
after(async () => {
	await browser?.close();
	stack?.down();
});

for (const javaScriptEnabled of [true, false])
	test(`invited, a password chosen, made not active with the leads shared out${javaScriptEnabled ? '' : ', without script'}`, async () => {
		const page = await fresh(browser, { javaScriptEnabled });
		const seen = async (name) => javaScriptEnabled && assert_usable(page, name);

		await log_in(page, stack, 'root@example.com');
		await page.goto(`${stack.base}/moderation`);
		await page.getByRole('link', { name: 'Users' }).click();
		await seen('users');
		await page.getByRole('link', { name: 'Add user' }).click();
		await seen('user new');
		await page.getByLabel('Name').fill('Олена Коваль');
		await page.getByLabel('E-mail').fill(`olena${javaScriptEnabled}@example.com`);
		await page.getByRole('button', { name: 'Add user' }).click();
		const link = await page.getByRole('textbox', { name: 'Link' }).inputValue();
		await seen('user link');
		if (javaScriptEnabled) {
			await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
			await page.getByRole('button', { name: 'Copy link' }).click();
			await page.getByText('Copied').waitFor();
			assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link);
		} else {
			assert.equal(await page.getByRole('button', { name: 'Copy' }).count(), 0, 'nothing to press that does nothing');
			assert.equal(await page.getByRole('textbox', { name: 'Link' }).getAttribute('readonly'), '');
		}

		const guest = await fresh(browser, { javaScriptEnabled });
		await guest.goto(link);
		if (javaScriptEnabled)
			await assert_usable(guest, 'password');
		await guest.getByLabel('New password').fill('quite-a-long-password');
		await guest.getByRole('button', { name: 'Save password' }).click();
		await guest.getByRole('heading', { name: 'Leads' }).waitFor();
		await guest.goto(`${stack.base}/password`);
		if (javaScriptEnabled)
			await assert_usable(guest, 'password letter');
		assert.deepEqual(guest.complaints, []);
		await guest.context().close();

		await page.getByLabel('Moderation').getByRole('link', { name: 'Users' }).click();
		await page.getByRole('link', { name: javaScriptEnabled ? 'ليلى حداد' : 'Олена Коваль' }).first().click();
		await seen('user edit');
		await page.getByLabel('Active').uncheck();
		await page.getByRole('button', { name: 'Save Changes' }).click();
		if (javaScriptEnabled) {
			await page.getByRole('heading', { name: /has 60 open leads/ }).waitFor();
			await seen('user leave');
			await page.getByLabel('Share out by Round Robin').check();
			await page.getByRole('button', { name: 'Make not active' }).click();
			await seen('bulk run');
			await page.getByText('Done: 60 leads changed.').waitFor();
		} else {
			await page.getByRole('heading', { name: /open lead/ }).waitFor();
			await page.getByRole('button', { name: 'Make not active' }).click();
			await page.getByText('Changes saved.').waitFor();
		}
		assert.deepEqual(page.complaints, []);
		await page.context().close();
	});

test('all leads of a filter are asked about first', async () => {
	const page = await fresh(browser);

	await log_in(page, stack, 'root@example.com');
	await page.goto(`${stack.base}/leads/select?source=manual`);
	await page.getByLabel('All leads of this filter').check();
	await page.getByLabel('Stage').selectOption('contacted');
	await page.getByRole('button', { name: 'Set stage' }).click();
	await page.getByRole('heading', { name: 'Change 60 leads?' }).waitFor();
	await assert_usable(page, 'bulk question');
	await page.getByRole('button', { name: 'Change them' }).click();
	await page.getByText('Done: 60 leads changed.').waitFor();
	assert.deepEqual(page.complaints, []);
	await page.context().close();
});

test('the list of users fits a phone', async () => {
	const long = 'a-rather-long-address-of-somebody@subdomain.example.com';

	stack.user(long, 'admin', true, 'Wolfeschlegelsteinhausenbergerdorff');
	const page = await fresh(browser, { viewport: { width: 360, height: 800 } });

	await log_in(page, stack, 'root@example.com');
	await page.goto(`${stack.base}/users`);
	for (const width of [360, 320]) {
		await page.setViewportSize({ width, height: 800 });
		assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('main section.card, main section.card *')]
			.filter((e) => e.scrollWidth > e.clientWidth && getComputedStyle(e).overflowX !== 'visible' ||
				e.getBoundingClientRect().right > window.innerWidth).map((e) => e.outerHTML.slice(0, 80))), [], `${width} px`);
	}
	const row = page.getByRole('row', { name: long });
	assert.match(await row.innerText(), /Admin[^]*Active/);
	assert.deepEqual(page.complaints, []);
	await page.context().close();
});
