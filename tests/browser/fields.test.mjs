// An Admin gives a question a field of its own, sees it on a real lead, and
// fills in the leads that are here; with a script, and without.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Stack } from '../web.mjs';
import { open_browser, fresh, log_in, assert_usable } from './kit.mjs';

const whitening = '447333180259101';
let stack, browser, worker, form;

before(async () => {
	stack = await Stack.up();
	stack.user('root@example.com', 'superadmin', false, 'Maeve');
	stack.connect('unassigned');
	form = stack.number(`SELECT id FROM lead_form WHERE meta_id = '${whitening}'`);
	for (const [full_name, email, end] of [['ليلى حداد', 'layla@example.com', '0187'], ['Олена Коваль', 'olena@example.com', '0188']])
		await stack.ask_sim('/sim/leads', { form: whitening, platform: 'ig', values: { full_name, email,
			phone_number: `+35320911${end}`, which_treatment: 'white' } });
	stack.simulator('deliver');
	await stack.work();
	worker = stack.worker();
	browser = await open_browser();
});
after(async () => {
	await browser?.close();
	worker?.kill();
	stack?.down();
});

// The question about the treatment, among the others of the page.
function question(page)
{
	return page.locator('fieldset').filter({ hasText: 'Whitening' }).first();
}

test('a question gets a new field: preview, save, apply with progress', async () => {
	const page = await fresh(browser);

	await log_in(page, stack, 'root@example.com');
	await page.goto(`${stack.base}/integration/${stack.number('SELECT MAX(id) FROM integration')}`);
	await page.getByText(/^\d+ forms?/).first().click();
	await page.locator(`a[href="/fieldmap/${form}"]`).click();
	await page.getByRole('heading', { name: /^Fields of/ }).waitFor();
	await assert_usable(page, 'fields');
	await page.evaluate(() => { window.same_page = true; });
	assert.equal(await question(page).getByLabel('Name of the new field').isVisible(), false);
	await question(page).getByLabel('Field', { exact: true }).selectOption({ label: 'New field…' });
	await question(page).getByLabel('Name of the new field').fill('Бажане лікування');
	await question(page).getByLabel('How').selectOption({ label: 'Capitalise Words' });
	await page.locator('#preview').getByText('Бажане лікування').waitFor();
	assert.equal(await page.evaluate(() => window.same_page), true);
	await assert_usable(page, 'fields preview');
	await page.getByRole('button', { name: 'Save Changes' }).click();
	await page.getByText('Also apply to the 2 leads already here?').waitFor();
	await assert_usable(page, 'fields apply');
	await page.getByRole('button', { name: 'Apply', exact: true }).click();
	await page.getByText('Applied: 2 leads filled in').waitFor();
	await assert_usable(page, 'fields applied');
	assert.equal(stack.number('SELECT COUNT(*) FROM lead_custom'), 2);
	assert.deepEqual(page.complaints, []);
	await page.goto(`${stack.base}/lead/${stack.number("SELECT id FROM `lead` WHERE email = 'layla@example.com'")}`);
	await page.getByText('Бажане лікування').waitFor();
	await page.context().close();
});

test('without a script the same page does the same', async () => {
	const page = await fresh(browser, { javaScriptEnabled: false });

	await log_in(page, stack, 'root@example.com');
	await page.goto(`${stack.base}/fieldmap/${form}`);
	await question(page).getByLabel('Field', { exact: true }).selectOption({ label: 'Company' });
	await page.getByRole('button', { name: 'Preview' }).click();
	await page.locator('#preview').getByText('Company').waitFor();
	assert.equal(await question(page).getByLabel('Field', { exact: true }).inputValue(), 'company');
	await page.getByRole('button', { name: 'Save Changes' }).click();
	await page.getByRole('button', { name: 'Apply', exact: true }).click();
	// The page loads itself again until the run has ended.
	await page.getByText('Applied: 2 leads filled in').waitFor({ timeout: 60000 });
	assert.equal(stack.number("SELECT COUNT(*) FROM `lead` WHERE company LIKE 'Whitening%'"), 2);
	await page.context().close();
});
