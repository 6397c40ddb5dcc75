// Letters about connections: to whom, how often, and readable in any script.
import { test, before, after, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { Visitor, until } from '../web.mjs';
import { MailServer } from '../smtp.mjs';
import { Office, maeve, conor, aoife, havan, cork, coast, coast_form } from './kit.mjs';

const gate = '447333180259103';
let office, mail;

before(async () => {
	mail = await MailServer.up();
	office = await Office.up();
	office.stack.user('priya@example.com', 'admin');
	office.stack.user('jonas@example.com', 'moderator');
	office.stack.user('tomasz@example.com', 'member', true);
	appendFileSync(`${office.stack.home}/leadport.conf`,
		`\n[mail]\nsmtp_url = ${mail.url}\nfrom = Leadport <crm@example.com>\n`);
	// What runs knows of no mail server.
	office.stack.script('web.sh', 'stop', `${office.stack.state}/web`);
	office.stack.script('web.sh', 'start', 'lighttpd', `${office.stack.state}/web`, `${office.stack.state}/www`,
		String(office.stack.port));
	office.worker.kill();
	await once(office.worker, 'exit');
	await office.start_worker();
});
after(() => {
	mail?.down();
	office?.down();
});
beforeEach(async () => {
	await office.clean();
	office.sql('DELETE FROM mail');
	mail.letters = [];
	mail.refuse = '';
});

// The rounds that a worker makes when it begins; the letters that they bring.
async function rounds()
{
	const worker = spawn(`${office.stack.home}/bin/leadport`, ['worker', '--once'],
		{ env: office.stack.env, stdio: 'ignore' });

	assert.deepEqual(await once(worker, 'exit'), [0, null]);
	await until('every letter is sent', () => office.number('SELECT COUNT(*) FROM mail WHERE sent_at IS NULL') === 0);
	return mail.letters.splice(0);
}

test('a new error is mailed to Admins and SuperAdmins, once, with its name in its own script', async () => {
	const integration = await office.connect(maeve, [havan]);

	await rounds();
	await office.sim('kill', { token: `person:${maeve}`, subcode: 460 });
	const parked = await office.leads(gate, 1);
	await until('it is parked', () => office.jobs(parked)[0]?.[0] === 'parked');
	const letters = await rounds();
	assert.deepEqual(letters.map((l) => l.to).sort(), ['priya@example.com', 'root@example.com']);
	for (const l of letters) {
		assert.equal(l.from, 'crm@example.com');
		assert.match(l.subject, /^Harbour: Facebook password changed$/);
		assert.match(l.body, /The Facebook password of Maeve Brennan was changed/);
		assert.match(l.body, /Стоматологія «Гавань»/);
		assert.ok(l.body.includes(`Reconnect: ${office.stack.base}/integration/${integration}`));
	}
	assert.deepEqual(await rounds(), []);
	await office.health(integration);
	assert.deepEqual(await rounds(), []);
});

test('a page in another script: the subject decodes', async () => {
	const integration = await office.connect(maeve, [havan]);

	await office.sim('terms', { page: havan, accepted: false });
	await office.health(integration);
	const letters = await rounds();
	assert.equal(letters.length, 2);
	assert.equal(letters[0].subject, 'Стоматологія «Гавань»: Lead Ads terms open');
	assert.doesNotMatch(letters[0].head, /[^\x20-\x7e\r\n\t]/);
});

test('many pages of one dead login are one letter each', async () => {
	const integration = await office.connect(conor, [cork, coast]);

	await office.sim('kill', { token: `person:${conor}`, subcode: 463 });
	await office.health(integration);
	const letters = await rounds();
	assert.deepEqual(letters.map((l) => l.to).sort(), ['priya@example.com', 'root@example.com']);
	assert.match(letters[0].body, /Pages: Kite & Coast Cork, Kite & Coast Galway/);
});

test('a page that is refused to each login, whose rights are whole, is told once, and the other pages are read', async () => {
	const integration = await office.connect(conor, [cork, coast]);

	await office.reconnect(integration, aoife, [cork, coast], { more: [['login', 'stand-in']] });
	await office.sim('faults', { kind: 'subscribed_apps', object: cork, error: '10', times: 0 });
	const letters = [];
	for (let i = 0; i < 4; i++) {
		// Later, so that each login is asked again.
		office.sql('UPDATE trouble SET since = since - INTERVAL 1 HOUR; UPDATE page SET checked_at = checked_at - INTERVAL 1 HOUR;' +
			' UPDATE page SET asked_at = asked_at - INTERVAL 2 DAY');
		await office.health(integration);
		assert.deepEqual(office.troubles(integration), ['page permission 0']);
		letters.push(...await rounds());
	}
	assert.deepEqual(letters.map((l) => l.to).sort(), ['priya@example.com', 'root@example.com']);
	assert.match(letters[0].subject, /^Kite & Coast Cork: Permission missing/);
	const silent = await office.leads(coast_form, 1, { silent: true });
	office.sql('UPDATE page SET asked_at = asked_at - INTERVAL 2 DAY');
	await rounds();
	await office.arrived(silent);
});

test('the same page refused for the same cause again, after it was well, is told again', async () => {
	const integration = await office.connect(conor, [cork]);

	for (let i = 0; i < 2; i++) {
		await office.sim('terms', { page: cork, accepted: false });
		await office.health(integration);
		assert.equal((await rounds()).length, 2);
		await office.sim('terms', { page: cork, accepted: true });
		await office.health(integration);
		assert.deepEqual(await rounds(), []);
	}
});

test('a login that ends is told 14, 7 and 1 days before, each once', async () => {
	const integration = await office.connect(conor, [cork]);

	for (const [days, words] of [[14, '14 days'], [10, null], [7, '7 days'], [3, null], [1, '1 day']]) {
		await office.sim('expire', { token: `person:${conor}`, seconds: days * 86400 });
		await office.health(integration);
		const letters = await rounds();
		assert.equal(letters.length, words ? 2 : 0, `${days} days: ${letters.map((l) => l.subject)}`);
		if (words)
			assert.match(letters[0].subject, new RegExp(`^Harbour: Login ends in ${words}$`));
		assert.deepEqual(await rounds(), []);
	}
	// Renewed, it begins anew.
	await office.reconnect(integration, conor, [cork]);
	await office.sim('expire', { token: `person:${conor}`, seconds: 14 * 86400 });
	await office.health(integration);
	assert.equal((await rounds()).length, 2);
});

test('the clock of data access is told in the same way', async () => {
	await office.sim('faults', { data_access_days: 7 });
	const integration = await office.connect(conor, [cork]);

	await office.health(integration);
	const letters = await rounds();
	assert.equal(letters.length, 2);
	assert.match(letters[0].subject, /^Harbour: Data access ends in [67] days$/);
	assert.match(letters[0].body, /Meta asks every person to confirm after 90 days/);
});

test('a mail server that refuses for a while gets the letter later', async () => {
	const integration = await office.connect(conor, [cork]);

	mail.refuse = '451 later';
	await office.sim('terms', { page: cork, accepted: false });
	await office.health(integration);
	setTimeout(() => {
		mail.refuse = '';
	}, 500);
	assert.equal((await rounds()).length, 2);
});

test('an invitation and a forgotten password: links in letters, in no table, once', async () => {
	const link_of = (letter) => /(\/password\?key=\S+)/.exec(letter.body)[1];
	const answer = await office.root.send('/user-edit/new', { name: 'Zo\u00eb', email: 'zoe@example.com', role: 'member' });

	assert.match(answer.headers.get('location'), /\/user-edit\/\d+$/);
	const [invitation] = await rounds();
	assert.equal(invitation.to, 'zoe@example.com');
	assert.match(invitation.body, /Zo\u00eb/);
	const key = link_of(invitation).split('=')[1];
	for (const table of ['mail', 'one_time_link', 'audit'])
		assert.ok(!JSON.stringify(office.sql(`SELECT * FROM ${table}`)).includes(key), table);
	const door = new Visitor(office.stack.base);
	const forgot = async (email) => (await door.post('/password/letter',
		[['csrf', await door.csrf('/password')], ['email', email]])).body;
	const known = await forgot('Zoe@example.com'), unknown = await forgot('nobody@example.com');
	assert.match(known, /If this address is known, a link is on its way\. It works for 30 minutes\./);
	const plain = (body) => body.replace(/value="[0-9a-f]{64}"/g, '');
	assert.equal(plain(known), plain(unknown));
	const [reset, ...others] = await rounds();
	assert.deepEqual(others, []);
	assert.equal(reset.subject, 'Reset your password');
	const chosen = await door.post('/password', [['csrf', await door.csrf(link_of(reset))],
		['key', link_of(reset).split('=')[1]], ['password', 'zoes-own-password']]);
	assert.equal(chosen.status, 303);
	assert.equal((await door.ask('/leads')).status, 200);
	for (const link of [link_of(reset), link_of(invitation)])
		assert.equal((await door.ask(link)).status, 404);
	for (let i = 0; i < 5; i++)
		await forgot('zoe@example.com');
	assert.equal((await rounds()).length, 2, 'three letters within an hour, no more');
	office.sql("UPDATE app_user SET is_active = FALSE WHERE email = 'zoe@example.com'; DELETE FROM mail");
	await forgot('zoe@example.com');
	assert.deepEqual(await rounds(), []);
});
