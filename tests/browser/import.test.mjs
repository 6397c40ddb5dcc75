// A file of leads in a browser, from the first click to Undo.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Stack } from '../web.mjs';
import { open_browser, fresh, log_in, assert_usable } from './kit.mjs';

let stack, browser;

before(async () => {
	stack = await Stack.up();
	stack.user('root@example.com', 'superadmin', true, 'Maeve');
	browser = await open_browser();
});
after(async () => {
	await browser?.close();
	stack?.down();
});

for (const javaScriptEnabled of [true, false])
	test(`a table: columns, preview, import, undo${javaScriptEnabled ? '' : ', without script'}`, async () => {
		const page = await fresh(browser, { javaScriptEnabled });
		const seen = async (name) => javaScriptEnabled && assert_usable(page, name);
		const rows = Array.from({ length: 300 }, (_, i) => `Персона ${i};person${i}${javaScriptEnabled}@example.com;`).join('\n');

		await log_in(page, stack, 'root@example.com');
		await page.getByRole('link', { name: 'Import Leads' }).click();
		await seen('import file');
		await page.getByLabel('File', { exact: true }).setInputFiles({ name: 'осень.csv', mimeType: 'text/csv',
			buffer: Buffer.from(`Who;E-mail;Colour\n${rows}\n;;red\n`) });
		await page.getByRole('button', { name: 'Read the file' }).click();
		await page.getByLabel('Who').selectOption('name');
		await seen('import columns');
		await page.getByLabel('New leads').selectOption('share');
		await page.getByRole('button', { name: 'Preview' }).click();
		await page.getByText('300 new').waitFor();
		await seen('import preview');
		await page.getByRole('button', { name: 'Import 300 leads' }).click();
		await page.getByRole('heading', { name: /^Imported: 300 new/ }).waitFor();
		await seen('import result');
		await page.getByRole('button', { name: 'Undo this import' }).click();
		await page.getByRole('heading', { name: 'Undone: 300 taken back, 0 kept' }).waitFor();
		assert.deepEqual(page.complaints, []);
		await page.context().close();
	});
