// Letters to people who are given leads: at once, as a list, none; to nobody
// who left; and whatever a person calls themself.
import { test, before, after, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { Stack, Visitor, client, until } from '../web.mjs';
import { MailServer } from '../smtp.mjs';

const form = '447333180259101';
let stack, mail, seller, asked = 0, people = 0;

before(async () => {
	mail = await MailServer.up();
	stack = await Stack.up({ limits: 'retry_first_ms = 50' });
	stack.user('tomasz@example.com', 'member', true, 'Tomasz');
	stack.user('root@example.com');
	stack.connect('user', '--assignee', 'tomasz@example.com');
	seller = stack.number("SELECT id FROM app_user WHERE email = 'tomasz@example.com'");
	appendFileSync(`${stack.home}/leadport.conf`,
		`\n[mail]\nsmtp_url = ${mail.url}\nfrom = Leadport <crm@example.com>\n`);
	// What runs knows of no mail server.
	stack.script('web.sh', 'stop', `${stack.state}/web`);
	stack.script('web.sh', 'start', 'lighttpd', `${stack.state}/web`, `${stack.state}/www`, String(stack.port));
});
after(() => {
	mail?.down();
	stack?.down();
});
beforeEach(() => {
	wish('at_once');
	stack.sql(`UPDATE app_user SET is_active = TRUE WHERE id = ${seller}; DELETE FROM mail WHERE id > 0;` +
		" DELETE FROM lead_news WHERE id > 0; DELETE FROM job WHERE kind = 'mail'");
	mail.letters = [];
	mail.refuse = '';
});

function wish(how)
{
	stack.sql(`UPDATE app_user SET lead_mail = '${how}' WHERE id = ${seller}`);
}

// Nothing is left to do, also for the worker that a webhook started, or all of
// it waits.
async function work()
{
	const worker = spawn(`${stack.home}/bin/leadport`, ['worker', '--once'], { env: stack.env, stdio: 'ignore' });

	assert.deepEqual(await once(worker, 'exit'), [0, null]);
	await until('nothing is left to do', () => stack.number("SELECT (SELECT COUNT(*) FROM job WHERE state = 'running'" +
		" OR (state = 'ready' AND run_at < UTC_TIMESTAMP(3) + INTERVAL 2 SECOND)) + (SELECT COUNT(*) FROM receipt" +
		" WHERE state = 'new')") === 0);
	return mail.letters.splice(0).filter((l) => l.to === 'tomasz@example.com');
}

// A lead that the webhook announces, so late: its id here, and the letters it brings.
async function lead(name = 'Mary Byrne', email = `mary${++asked}@example.com`, minutes = 0)
{
	const { ids } = await stack.ask_sim('/sim/leads', { form, values: { full_name: name, email,
		phone_number: `+35320911${String(++people).padStart(4, '0')}`,
		which_treatment: 'white' } });

	stack.run(client(`${stack.state}/db`, 'sim'),
		`UPDATE sim_lead SET created_at = created_at - INTERVAL ${minutes} MINUTE WHERE id = '${ids[0]}'`);
	stack.simulator('deliver');
	const letters = await work();

	return { id: stack.number('SELECT MAX(lead_id) FROM submission'), email, letters };
}

test('at once: the answers and the way to the lead, then a second answer', async () => {
	const { id, email, letters: [first, ...more] } = await lead();

	assert.deepEqual(more, []);
	assert.equal(first.subject, 'New lead: Mary Byrne');
	assert.ok(first.body.includes(`${stack.base}/lead/${id}\n`), first.body);
	assert.match(first.body, /Phone: \+35320911\d{4}\n[^]*Answers\n[^]*Full name\n {2}Mary Byrne\n/);
	const again = await lead('Mary Byrne', email);

	assert.deepEqual(again.letters.map((l) => l.subject), ['Answered again: Mary Byrne']);
	assert.deepEqual(stack.sql(`SELECT is_joined, given_id FROM submission WHERE lead_id = ${id} ORDER BY id`),
		[['0', String(seller)], ['1', String(seller)]]);
	assert.equal(stack.number(`SELECT COUNT(*) FROM mail WHERE user_id = ${seller} AND lead_id = ${id}`), 2);
});

test('a name in any script, with lines and marks, is one subject', async () => {
	const { letters: [letter] } = await lead('Ольга\r\nBcc: x@example.com "><i>\'&');

	assert.match(letter.subject, /^New lead: Ольга +Bcc: x@example\.com "><i>'&$/);
	assert.doesNotMatch(letter.head, /^Bcc:/mi);
	assert.doesNotMatch(letter.head, /[^\x20-\x7e\r\n\t]/);
});

test('what was recovered is called so, in letters and lists, with its own time; what came at once is not', async () => {
	const { id, email, letters: [letter] } = await lead('Niamh', undefined, 15);
	const tags = () => stack.sql(`SELECT tag FROM lead_tag WHERE lead_id = ${id} AND tag = 'Recovered'`).flat();

	assert.equal(letter.subject, 'Recovered lead: Niamh');
	assert.match(letter.body, /\nSubmitted: [^]*\nThis answer is old: it was recovered only on \d+ \w+ 2\d{3}, [\d:]+ /);
	assert.deepEqual(tags(), ['Recovered']);
	assert.deepEqual((await lead('Niamh', email)).letters.map((l) => l.subject), ['Answered again: Niamh']);
	assert.deepEqual((await lead('Niamh', email, 15)).letters.map((l) => l.subject), ['Recovered answer: Niamh']);
	wish('digest');
	await lead('Niamh', email);
	await lead('Olha', undefined, 72 * 60);
	stack.sql('UPDATE lead_news SET at = at - INTERVAL 1 HOUR WHERE id > 0');
	const [list] = await work();

	assert.equal(list.subject, '2 leads have news for you, some recovered');
	assert.match(list.body, /\nRecovered ones are not new: they were submitted some time before they came in\.\n/);
	assert.match(list.body, /\nNiamh, answered again\n[^]*\nOlha, recovered\n/);
	const [, day] = /\nOlha, recovered\n.*, submitted (\d+ \w+ 2\d{3}), /.exec(list.body);
	assert.ok(Date.now() - Date.parse(`${day} UTC`) > 2 * 86400000, `${day}: not when it was given`);
	await lead('Aoife', undefined, 15);
	stack.sql('UPDATE lead_news SET at = at - INTERVAL 1 HOUR WHERE id > 0');
	assert.deepEqual((await work()).map((l) => l.subject), ['1 recovered lead for you']);
});

// The list of what has waited: its subject, and each item as name, form and time.
async function told()
{
	stack.sql('UPDATE lead_news SET at = at - INTERVAL 1 HOUR WHERE id > 0');
	const [list, ...more] = await work();

	assert.deepEqual(more, []);
	return [list.subject, ...[...list.body.matchAll(/\n\n(.+)\n {2}(.+)\n {2}http/g)].map(([, name, what]) => [name, what])];
}

const days_ago = (what) => Math.floor((Date.now() - Date.parse(`${/submitted:? (\d+ \w+ 2\d{3}, [\d:]+)/i.exec(what)?.[1]} UTC`)) / 86400000 + 0.5);

test('each item of a list tells of its own answer, whichever came last', async () => {
	wish('digest');
	const jane = await lead('Jane'), olha = await lead('Olha', undefined, 72 * 60);

	// What the webhook lost comes after the new answer, and the other way round.
	await lead('Jane', jane.email, 72 * 60);
	await lead('Olha', olha.email);
	const [subject, ...items] = await told();

	assert.equal(subject, '4 leads have news for you, some recovered');
	assert.deepEqual(items.map(([name, what]) => [name, days_ago(what)]), [['Jane', 0], ['Olha, recovered', 3],
		['Jane, answered again, recovered', 3], ['Olha, answered again', 0]]);
});

// By whoever may: to nobody, then to the seller.
async function hand_over(id)
{
	const visitor = new Visitor(stack.base);

	assert.equal((await visitor.login('root@example.com')).status, 303);
	const csrf = await visitor.csrf(`/lead/${id}`);
	for (const user of [0, seller])
		assert.equal((await visitor.post('/lead-act/assign', { csrf, id, user, reason: '' })).status, 303);
}

test('a lead that a colleague hands over is not recovered now, however late its answer was', async () => {
	const { id } = await lead('Siobhan', undefined, 72 * 60);

	await work();
	await hand_over(id);
	const [letter] = await work();
	assert.equal(letter.subject, 'New lead: Siobhan');
	assert.match(letter.body, /\nSubmitted: /);
	assert.doesNotMatch(letter.body, /recovered/i);
	wish('digest');
	await hand_over(id);
	const [subject, ...items] = await told();
	assert.deepEqual([subject, items.length, items[0][0]], ['1 lead has news for you', 1, 'Siobhan']);
});

test('a lead that a colleague hands over is told with the answer that was submitted last', async () => {
	const { id, email } = await lead('Nora');

	await lead('Nora', email, 72 * 60);
	await hand_over(id);
	const [letter] = await work();
	assert.deepEqual([letter.subject, days_ago(letter.body)], ['New lead: Nora', 0]);
	wish('digest');
	await hand_over(id);
	const [subject, ...items] = await told();
	assert.deepEqual([subject, items.length, days_ago(items[0][1])], ['1 lead has news for you', 1, 0]);
});

test('an answer that was taken out of the lead is not told as that of the lead', async () => {
	wish('digest');
	const { id, email } = await lead('Ewa');

	await lead('Ewa', email, 72 * 60);
	const visitor = new Visitor(stack.base), [first, second] = stack.sql(`SELECT id FROM submission WHERE lead_id = ${id} ORDER BY id`).flat();

	await visitor.login('root@example.com');
	assert.equal((await visitor.post('/lead-merge/split', { csrf: await visitor.csrf(`/lead/${id}`), id: second })).status, 303);
	assert.deepEqual(stack.sql(`SELECT id FROM submission WHERE lead_id = ${id}`), [[first]]);
	const [subject, ...items] = await told();
	assert.deepEqual([subject, items.length, items[0][0], days_ago(items[0][1])], ['1 lead has news for you', 1, 'Ewa', 0]);
});

test('a list: nothing within the hour, then one letter; off: none', async () => {
	wish('digest');
	assert.deepEqual((await lead('Aoife')).letters, []);
	assert.deepEqual((await lead('Олена')).letters, []);
	assert.deepEqual(await work(), []);
	stack.sql('UPDATE lead_news SET at = at - INTERVAL 1 HOUR WHERE id > 0');
	const [list, ...more] = await work();

	assert.deepEqual(more, []);
	assert.equal(list.subject, '2 leads have news for you');
	assert.match(list.body, /\nAoife\n[^]*\nОлена\n/);
	assert.deepEqual(await work(), []);
	wish('off');
	assert.deepEqual((await lead()).letters, []);
	assert.equal(stack.number('SELECT COUNT(*) FROM lead_news WHERE mail_id IS NULL'), 0);
});

test('whoever left before the letter went does not get it', async () => {
	mail.refuse = '451 later';
	stack.sql("UPDATE job SET state = 'done' WHERE kind = 'mail'");
	await stack.ask_sim('/sim/leads', { form, values: { full_name: 'Late', email: 'late@example.com' } });
	stack.simulator('deliver');
	await work();
	assert.equal(stack.number('SELECT COUNT(*) FROM mail WHERE sent_at IS NULL'), 1);
	stack.sql(`UPDATE app_user SET is_active = FALSE WHERE id = ${seller}`);
	mail.refuse = '';
	stack.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE kind = 'mail'");
	assert.deepEqual(await work(), []);
	assert.deepEqual(stack.sql("SELECT state FROM job WHERE kind = 'mail'"), [['done']]);
});

test('a mail server that is away for a while gets the letter later', async () => {
	mail.refuse = '451 later';
	assert.deepEqual((await lead('Patience')).letters, []);
	mail.refuse = '';
	stack.sql("UPDATE job SET run_at = UTC_TIMESTAMP(3) WHERE kind = 'mail'");
	assert.deepEqual((await work()).map((l) => l.subject), ['New lead: Patience']);
});

test('a storm: what follows 20 letters is one list', async () => {
	stack.sql(`INSERT INTO mail (address, subject, body, user_id, created_at, sent_at) SELECT 'x', 'x', 'x', ${seller},
		UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM seq_1_to_20`);
	assert.deepEqual((await lead('Twentyfirst')).letters, []);
	stack.sql('UPDATE lead_news SET at = at - INTERVAL 10 MINUTE WHERE id > 0');
	assert.deepEqual((await work()).map((l) => l.subject), ['1 lead has news for you']);
});
