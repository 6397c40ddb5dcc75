// The list of leads in a browser: filter, search, views, several at once, work
// on one.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Stack, until } from '../web.mjs';
import { open_browser, fresh, log_in, menu, assert_usable } from './kit.mjs';

let stack, browser;

before(async () => {
	stack = await Stack.up();
	stack.user('root@example.com', 'superadmin', true, 'Maeve');
	stack.sql("INSERT INTO `lead` (name, email, source, stage, created_at, latest_at) VALUES" +
		" ('Ann Byrne', 'ann@example.com', 'manual', 'new', NOW(3), NOW(3))," +
		" ('ליה כהן', 'lia@example.com', 'import', 'won', NOW(3), NOW(3))," +
		" ('José Núñez', 'jose@example.com', 'manual', 'won', NOW(3), NOW(3))");
	stack.leadport(['reindex']);
	browser = await open_browser();
});
after(async () => {
	await browser?.close();
	stack?.down();
});

const names = (page) => page.locator('a.name').allInnerTexts();
// A page is there before its last row is.
const are = (page, ...all) => until(`the rows are ${all}`, async () => (await names(page)).join() === all.join());
const open = async (options) => {
	const page = await fresh(browser, options);

	await log_in(page, stack, 'root@example.com');
	await page.waitForURL('**/leads');
	return page;
};

for (const javaScriptEnabled of [true, false])
	test(`filter, chips, a kept view${javaScriptEnabled ? '' : ', without script'}`, async () => {
		const page = await open({ javaScriptEnabled });

		await page.getByRole('link', { name: 'Filter' }).click();
		await page.getByLabel('Source').selectOption({ label: 'Manual' });
		await page.getByLabel('Stage').selectOption({ label: 'Won' });
		await page.getByRole('button', { name: 'Apply' }).click();
		await are(page, 'José Núñez');
		await page.getByText('Views').click();
		await page.getByLabel('Keep this view as').fill('Won by hand');
		await page.getByRole('button', { name: 'Keep view' }).click();
		await page.getByRole('link', { name: /Source: Manual/ }).click();
		await are(page, 'José Núñez', 'ליה כהן');
		await page.getByRole('link', { name: 'Clear all' }).click();
		await are(page, 'José Núñez', 'ליה כהן', 'Ann Byrne');
		await page.getByText('Views').click();
		await page.getByRole('link', { name: 'Won by hand' }).click();
		await are(page, 'José Núñez');
		assert.deepEqual(page.complaints, []);
		await page.context().close();
	});

test('search while typing; the pages are usable', async () => {
	const page = await open();

	await page.getByRole('searchbox', { name: 'Search leads' }).pressSequentially('nun');
	await are(page, 'José Núñez');
	await page.goto(`${stack.base}/leads?source=manual&stage=new`);
	await assert_usable(page, 'leads filtered');
	await page.goto(`${stack.base}/leads/filter?source=manual`);
	await assert_usable(page, 'leads filter');
	await page.goto(`${stack.base}/leads/select`);
	await assert_usable(page, 'leads select');
	await page.goto(`${stack.base}/lead-export?source=manual`);
	await assert_usable(page, 'lead export');
	await page.goto(`${stack.base}/leads?q=nun`);
	await page.getByRole('link', { name: 'José Núñez' }).click();
	await page.getByRole('link', { name: 'Edit' }).click();
	await assert_usable(page, 'lead edit');
	await page.getByLabel('Company (optional)').fill('Chá & Companhia');
	await page.getByRole('button', { name: 'Save Changes' }).click();
	await page.getByText('Edited: Company').waitFor();
	await page.goto(`${stack.base}/account`);
	await assert_usable(page, 'account');
	await page.goto(`${stack.base}/audit`);
	await page.getByRole('button', { name: 'Check the chain' }).click();
	await page.getByText(/^Chain intact/).waitFor();
	await assert_usable(page, 'audit');
	assert.deepEqual(page.complaints, []);
	await page.context().close();
});

for (const javaScriptEnabled of [true, false])
	test(`from the list to whoever shall have the lead${javaScriptEnabled ? '' : ', without script'}`, async () => {
		const page = await open({ javaScriptEnabled });
		const row = page.getByRole('row', { name: 'José Núñez' });
		const person = page.getByLabel('Assign to');

		await row.getByRole('link', { name: 'Assign', exact: true }).click();
		await until('the choice has the focus', () => person.evaluate((e) => e === document.activeElement));
		await person.selectOption('Maeve');
		await page.getByRole('button', { name: 'Save', exact: true }).click();
		await page.getByText('Assigned to Maeve').first().waitFor();
		await page.goto(`${stack.base}/leads`);
		await row.getByRole('link', { name: 'Maeve' }).click();
		await person.selectOption({ index: 0 });
		await page.getByRole('button', { name: 'Save', exact: true }).click();
		await page.goto(`${stack.base}/leads`);
		await row.getByRole('link', { name: 'Assign', exact: true }).waitFor();
		assert.deepEqual(page.complaints, []);
		await page.context().close();
	});

test('the filter opens with the focus in its first field, and Escape gives it back', async () => {
	const page = await open();
	const focused = (what) => until('it has the focus', () => what.evaluate((e) => e === document.activeElement));

	// So low that the dialog scrolls: browsers focus what scrolls.
	await page.setViewportSize({ width: 1280, height: 400 });
	await page.getByRole('link', { name: 'Filter' }).click();
	await focused(page.getByLabel('Source'));
	await page.keyboard.press('Escape');
	await page.waitForURL('**/leads');
	await focused(page.getByRole('link', { name: 'Filter' }));
	assert.deepEqual(page.complaints, []);
	await page.context().close();
});

test('several at once, then one: note, stage, deleted and put back', async () => {
	const page = await open({ javaScriptEnabled: false });

	await page.getByRole('link', { name: 'Select' }).click();
	await page.getByLabel('Select Ann Byrne').check();
	await page.getByLabel('Select ליה כהן').check();
	// Enter in a field presses no button of another act.
	await page.getByPlaceholder('Tag').fill('Autumn');
	await page.getByPlaceholder('Tag').press('Enter');
	await page.getByText('Press the button of what to do. Nothing was changed.').waitFor();
	await page.getByRole('button', { name: 'Add tag' }).click();
	await page.getByText('Add the tag Autumn: changed 2 leads of 2.').waitFor();
	await page.getByRole('link', { name: 'Ann Byrne' }).click();
	await page.getByLabel('Add a note').fill('Calls back on Monday');
	await page.getByRole('button', { name: 'Add note' }).click();
	await page.getByText('Calls back on Monday').waitFor();
	await page.getByLabel('Stage').selectOption('qualified');
	await page.getByRole('button', { name: 'Save stage' }).click();
	await page.getByText('Stage: Qualified, was New').waitFor();
	await menu(page, 'Ann Byrne', 'Delete');
	await page.getByRole('button', { name: 'Delete Ann Byrne' }).click();
	await page.getByText('This lead was deleted on').waitFor();
	await page.getByRole('button', { name: 'Put it back' }).click();
	await page.getByText('The lead is back.').waitFor();
	await page.context().close();
	const seen = await open();

	await seen.getByRole('link', { name: 'Ann Byrne' }).click();
	await assert_usable(seen, 'lead worked on');
	await menu(seen, 'Ann Byrne', 'Delete');
	await assert_usable(seen, 'lead delete');
	assert.deepEqual(seen.complaints, []);
});

test('two leads merged with a choice, and parted again', async () => {
	const page = await open();

	stack.sql("INSERT INTO `lead` (name, email, email_norm, source, stage, created_at, latest_at) VALUES ('Fay Byrne'," +
		" 'fay@example.com', 'fay@example.com', 'manual', 'new', NOW(3), NOW(3)), ('F. Byrne', 'fay@example.com'," +
		" 'fay@example.com', 'manual', 'won', NOW(3), NOW(3))");
	stack.leadport(['reindex']);
	await page.goto(`${stack.base}/leads?q=fay`);
	await page.getByRole('link', { name: 'Fay Byrne' }).click();
	await assert_usable(page, 'lead with a duplicate');
	await menu(page, 'Fay Byrne', 'Merge');
	await assert_usable(page, 'merge find');
	await page.getByRole('link', { name: 'F. Byrne' }).click();
	await page.getByLabel('Name: take F. Byrne').check();
	await assert_usable(page, 'merge');
	await page.getByRole('button', { name: 'Merge' }).click();
	await page.getByRole('heading', { name: 'F. Byrne' }).waitFor();
	await assert_usable(page, 'lead merged');
	await page.getByRole('button', { name: 'Undo' }).click();
	await page.getByText('Two leads again.').waitFor();
	await page.getByRole('heading', { name: 'Fay Byrne' }).waitFor();
	assert.deepEqual(page.complaints, []);
	await page.context().close();
});

test('several at once, refused: the ticks stay', async () => {
	const page = await open();

	await page.goto(`${stack.base}/leads/select?source=manual`);
	await page.getByLabel('Select Ann Byrne').check();
	await page.getByLabel('Tag', { exact: true }).fill('Spring fair');
	await page.getByRole('button', { name: 'Assign' }).click();
	await page.getByText('Choose a person. Nothing was changed.').waitFor();
	assert.ok(await page.getByLabel('Select Ann Byrne').isChecked());
	assert.ok(!await page.getByLabel('Select José Núñez').isChecked());
	await assert_usable(page, 'leads select refused');
	await page.getByRole('button', { name: 'Add tag' }).click();
	await page.getByText('Add the tag Spring fair: changed 1 lead of 1.').waitFor();
	assert.deepEqual(page.complaints, []);
	await page.context().close();
});

for (const javaScriptEnabled of [true, false])
	test(`two people edit one lead: a choice for each field${javaScriptEnabled ? '' : ', without script'}`, async () => {
		const page = await open({ javaScriptEnabled }), other = await open({ javaScriptEnabled });
		const edit = async (who) => {
			await who.goto(`${stack.base}/leads?source=import`);
			await who.getByRole('link', { name: 'ליה כהן' }).click();
			await who.getByRole('link', { name: 'Edit' }).click();
		};

		await edit(page);
		await edit(other);
		await other.getByLabel('City').fill('Łódź');
		await other.getByLabel('Street').fill('Piotrkowska 1');
		await other.getByRole('button', { name: 'Save Changes' }).click();
		await other.getByText('Changes saved.').waitFor();
		await page.getByLabel('City').fill('Cork');
		await page.getByRole('button', { name: 'Save Changes' }).click();
		await page.getByText('Somebody else saved this lead meanwhile').waitFor();
		if (javaScriptEnabled)
			await assert_usable(page, 'lead edit stale');
		await page.getByRole('group', { name: 'City' }).getByLabel('Keep mine').check();
		await page.getByRole('button', { name: 'Save Changes' }).click();
		await page.getByText('Changes saved.').waitFor();
		assert.deepEqual(stack.sql("SELECT city, street FROM `lead` WHERE email = 'lia@example.com'"), [['Cork', 'Piotrkowska 1']]);
		stack.sql("UPDATE `lead` SET city = '', street = '', version = version + 1 WHERE email = 'lia@example.com'");
		// The answer that asks is a 409, of which the browser says so.
		assert.deepEqual(page.complaints.filter((words) => !words.includes('409')), []);
		await page.context().close();
		await other.context().close();
	});
