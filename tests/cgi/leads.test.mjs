// The list of leads: filter, search, order, kept views, export.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Stack } from '../web.mjs';
import { cgi, use, log_in, assert_valid, marker } from './kit.mjs';

let stack, root, sales, plain, tomasz;

const names = (answer) => [...answer.body.matchAll(/class="name"[^>]*><bdi>([^<]*)</g)].map((m) => m[1]);
const list = (query, cookie = root) => cgi('leads', { cookie, query });
const found = (query, cookie) => names(list(query, cookie)).sort();
const further = (page) => /<a class="button quiet" href="\/leads\?([^"]*)" rel="next">Look further/.exec(page.body)[1]
	.replaceAll('&amp;', '&');
const csrf_of = (answer) => /name="csrf" value="([^"]*)"/.exec(answer.body)[1];

before(async () => {
	stack = use(await Stack.up());
	stack.user('root@example.com', 'superadmin', true, 'Maeve');
	stack.user('sales@example.com', 'member', true, 'Tomasz');
	stack.user('plain@example.com', 'member', false, 'Plain');
	[root, sales, plain] = ['root@example.com', 'sales@example.com', 'plain@example.com'].map((who) => log_in(who).cookie);
	tomasz = stack.number("SELECT id FROM app_user WHERE email = 'sales@example.com'");
	const plain_id = stack.number("SELECT id FROM app_user WHERE email = 'plain@example.com'");
	const rows = [
		// name, e-mail, phone, source, stage, assignee, why nobody, test, day, touched
		['Ann Byrne', 'ann@example.com', '086 123 4567', 'meta', 'new', tomasz, '', 0, '2026-10-01', null],
		['José Núñez', 'jose@example.org', '+34 600 123 456', 'meta', 'won', plain_id, '', 0, '2026-10-02', '2026-11-01'],
		['王小明', '', '', 'import', 'new', null, 'strategy', 0, '2026-10-03', '2026-11-02'],
		['Дарина Шевчук', 'daryna@example.com', '', 'manual', 'lost', null, 'pool', 0, '2026-10-04', null],
		[`=cmd|'x' ${marker}`, 'evil@example.com', '-1', 'meta', 'new', null, '', 0, '2026-10-05', null],
		['Test Lead', 'test@meta.com', '', 'meta', 'new', null, '', 1, '2026-10-06', null],
	];
	for (const [name, email, phone, source, stage, who, why, is_test, day, touched] of rows)
		stack.sql('INSERT INTO `lead` (name, email, phone, source, stage, assignee_id, nobody_why, is_test, created_at,' +
			` latest_at, worked_at) VALUES ('${name.replaceAll("'", "''")}', '${email}', '${phone}', '${source}', '${stage}',` +
			` ${who ?? 'NULL'}, '${why}', ${is_test}, '${day}', '${day} 12:00', '${touched ?? '1970-01-02'}')`);
	stack.sql("INSERT INTO lead_tag (lead_id, tag) SELECT id, 'Call back' FROM `lead` WHERE stage = 'won'");
	stack.sql('INSERT INTO submission (leadgen_id, lead_id, page_meta_id, page_name, form_meta_id, form_name, platform,' +
		" campaign_id, campaign_name, answers, raw, imported_at) SELECT CONCAT(77000, id), id, '11', 'Harbour', '22'," +
		` 'Autumn ${marker.replaceAll("'", "''")}', 'ig', '33', 'Braces', '[{"key":"a","question":"Which one?","value":"+1","type":"CUSTOM"}]',` +
		" '{}', NOW(3) FROM `lead` WHERE source = 'meta' AND NOT is_test");
	stack.sql('UPDATE `lead` l JOIN submission s ON s.lead_id = l.id SET l.latest_submission_id = s.id, l.n_submissions = 1');
	stack.leadport(['reindex']);
});
after(() => stack.down());

test('each filter finds its leads, alone and together', () => {
	const evil = '=cmd|&#39;x&#39; &quot;&gt;&lt;i&gt;&#39;&amp;';

	assert.deepEqual(found(''), ['Ann Byrne', 'José Núñez', evil, 'Дарина Шевчук', '王小明'].sort());
	assert.deepEqual(found('source=import'), ['王小明']);
	assert.deepEqual(found('stage=won'), ['José Núñez']);
	assert.deepEqual(found(`assignee=${tomasz}`), ['Ann Byrne']);
	assert.deepEqual(found('assignee=0').length, 3);
	assert.deepEqual(found('nobody=pool'), ['Дарина Шевчук']);
	assert.deepEqual(found('tag=Call%20back'), ['José Núñez']);
	assert.deepEqual(found('page=11&form=22&campaign=33&platform=ig').length, 3);
	assert.deepEqual(found('form=22&stage=new&source=meta'), ['Ann Byrne', evil].sort());
	assert.deepEqual(found('source=import&stage=won'), []);
	assert.deepEqual(found('test=1'), ['Test Lead']);
	assert.deepEqual(found('from=2026-10-03&until=2026-10-04'), ['Дарина Шевчук', '王小明'].sort());
	assert.deepEqual(found('assignee=me'), []);
	assert.deepEqual(found('assignee=me', sales), ['Ann Byrne']);
});

test('search by the beginning of any word, in any script, by address and by number', () => {
	for (const [q, name] of [['byr', 'Ann Byrne'], ['BYRNE ann', 'Ann Byrne'], ['jose nu', 'José Núñez'],
		['王小', '王小明'], ['шев', 'Дарина Шевчук'], ['daryna@exam', 'Дарина Шевчук'], ['0861234567', 'Ann Byrne'],
		['086 123', 'Ann Byrne'], ['+34 600', 'José Núñez'], ['0034600123', 'José Núñez']])
		assert.deepEqual(found(`q=${encodeURIComponent(q)}`), [name], q);
	assert.deepEqual(found('q=example&stage=lost'), ['Дарина Шевчук']);
	assert.deepEqual(found('q=nobody'), []);
	assert.deepEqual(found('q=%25'), found(''));
	assert.match(list('q=nobody').body, /No lead matches[\s\S]*Clear filters/);
});

test('last touched first is another order', () => {
	assert.deepEqual(names(list('sort=touched')).slice(0, 2), ['王小明', 'José Núñez']);
	assert.deepEqual(names(list(''))[4], 'Ann Byrne');
});

test('the page keeps its place in a filtered list, both ways', () => {
	stack.sql("INSERT INTO `lead` (name, source, stage, created_at, latest_at) SELECT CONCAT('P', seq), 'manual'," +
		" IF(seq % 2, 'qualified', 'contacted'), '2026-01-01', '2026-01-01' + INTERVAL seq DIV 3 SECOND FROM seq_1_to_260");
	stack.leadport(['reindex']);
	const way = (answer, rel) => new RegExp(`href="/leads\\?([^"]*)" rel="${rel}"`).exec(answer.body)?.[1].replaceAll('&amp;', '&');
	const first = list('stage=qualified&source=manual');
	const second = list(way(first, 'next'));
	const third = list(way(second, 'next'));

	assert.match(first.body, /130 leads, newest first/);
	assert.equal(new Set([first, second, third].flatMap(names)).size, 130);
	assert.equal(way(third, 'next'), undefined);
	assert.match(way(second, 'prev'), /stage=qualified/);
	assert.deepEqual(names(list(way(third, 'prev'))), names(second));
	assert.equal(way(list(way(second, 'prev')), 'prev'), undefined);
	assert.match(list('sort=touched').body, /265 leads, last touched first/);
	stack.sql("DELETE FROM `lead` WHERE name LIKE 'P%' AND id > 0; DELETE f FROM lead_facet f LEFT JOIN `lead` l ON l.id = f.lead_id" +
		' WHERE l.id IS NULL');
});

test('chips name the filter, and each is a way to be rid of it', async () => {
	const page = list('source=meta&form=22&assignee=0&from=2026-10-01');

	assert.match(page.body, /<bdi>Source: Meta<\/bdi>/);
	assert.match(page.body, /<bdi>Form: Autumn &quot;&gt;&lt;i&gt;&#39;&amp;<\/bdi>/);
	assert.match(page.body, /<bdi>Assigned to: Nobody yet<\/bdi>/);
	assert.match(page.body, /<bdi>From: 1 Oct 2026<\/bdi>/);
	assert.match(page.body, /href="\/leads\?assignee=0&amp;form=22&amp;from=2026-10-01"/);
	await assert_valid(page);
	await assert_valid(cgi('leads', { cookie: root, path: '/filter', query: 'source=meta&tag=gone' }));
	assert.match(cgi('leads', { cookie: root, path: '/filter', query: 'tag=gone' }).body, /<option value="gone" selected>gone/);
});

test('what is no filter is refused', () => {
	for (const query of ['sort=best', 'from=2026-02-30', `q=${'x'.repeat(121)}`, 'stage=new&stage=won', 'colour=red', 'before=1', 'test=22'])
		assert.equal(list(query).status, 400, query);
	assert.equal(list('stage=none').status, 200);
});

test('who sees only own leads filters only those', () => {
	assert.deepEqual(found('', plain), ['José Núñez']);
	assert.deepEqual(found(`assignee=${tomasz}`, plain), ['José Núñez']);
	assert.deepEqual(found('q=ann', plain), []);
	assert.doesNotMatch(cgi('leads', { cookie: plain, path: '/filter' }).body, /f-assignee/);
	assert.equal(cgi('lead-export', { cookie: plain }).status, 403);
});

test('a view is kept under a name, opened, and removed', () => {
	const token = csrf_of(list(''));
	const post = (path, fields, cookie = root) => cgi('leads', { method: 'POST', path, cookie,
		body: new URLSearchParams({ csrf: token, ...fields }).toString() });

	assert.equal(post('/save', { name: marker, query: 'source=meta&stage=new' }).head.location, '/leads?source=meta&stage=new');
	assert.equal(post('/save', { name: 'Bad', query: 'a=%zz&stage=won&x' }).head.location, '/leads?stage=won');
	const page = list('');
	assert.match(page.body, /href="\/leads\?source=meta&amp;stage=new"><bdi>&quot;&gt;&lt;i&gt;&#39;&amp;</);
	assert.doesNotMatch(list('', sales).body, /<bdi>&quot;&gt;/);
	const id = stack.number("SELECT id FROM saved_view WHERE name = 'Bad'");
	post('/forget', { id });
	assert.equal(stack.number('SELECT COUNT(*) FROM saved_view'), 1);
	assert.equal(post('/save', { name: 'x' }, sales).status, 403);
});

test('export: the filter\'s leads, no formula, marked as UTF-8, written into the audit', async () => {
	const ask = cgi('lead-export', { cookie: root, query: 'source=meta' });
	const send = (fields) => cgi('lead-export', { method: 'POST', cookie: root,
		body: new URLSearchParams({ csrf: csrf_of(ask), source: 'meta', ...fields }).toString() });

	await assert_valid(ask);
	assert.match(ask.body, /Export 3 leads/);
	const csv = send({ format: 'csv', bom: '1' });
	assert.match(csv.head['content-type'], /^text\/csv/);
	assert.match(csv.head['content-disposition'], /filename="leads.csv"/);
	assert.ok(csv.body.startsWith('\ufeff"ID","Name"'));
	assert.match(csv.body, /"'=cmd\|'x' ""><i>'&"/);
	assert.match(csv.body, /,"'-1",/);
	assert.match(csv.body, /"Which one\?: \+1"\r\n/);
	assert.equal(csv.body.trimEnd().split('\r\n').length, 4);
	assert.ok(!send({ format: 'csv' }).body.startsWith('\ufeff'));
	const lines = send({ format: 'ndjson' }).body.trimEnd().split('\n').map((l) => JSON.parse(l));
	assert.deepEqual(lines.map((l) => l.email), ['evil@example.com', 'jose@example.org', 'ann@example.com']);
	assert.equal(lines[0].submissions[0].answers[0].value, '+1');
	assert.match(stack.sql("SELECT words FROM audit WHERE act = 'lead.export' LIMIT 1")[0][0], /Exported leads as csv: source=meta/);
	assert.equal(send({ format: 'xls' }).status, 400);
	// Fields of one's own: a column each, hidden ones none.
	stack.sql("INSERT INTO custom_field (name, is_hidden, created_at) VALUES ('=Budget', FALSE, NOW(3)), ('Old', TRUE, NOW(3));" +
		" INSERT INTO lead_custom (lead_id, field_id, value) SELECT l.id, f.id, '=5000' FROM `lead` l, custom_field f" +
		" WHERE l.email = 'evil@example.com'");
	const own = send({ format: 'csv' }).body.split('\r\n');
	assert.match(own[0], /"Last touched \(UTC\)","'=Budget","Newest answers"$/);
	assert.match(own[1], /"'=5000","Which one/);
	assert.match(own[2], /,"","/);
	assert.deepEqual(JSON.parse(send({ format: 'ndjson' }).body.split('\n')[0]).own_fields, { '=Budget': '=5000' });
	stack.sql('DELETE FROM lead_custom; DELETE FROM custom_field');
});

test('several leads at once: stage, tag, person; the ticked ones only', async () => {
	const page = cgi('leads', { cookie: root, path: '/select', query: 'source=meta' });
	const ids = [...page.body.matchAll(/name="ids" value="(\d+)"/g)].map((m) => m[1]);
	const send = (fields, tick = ids.slice(0, 2), cookie = root) => cgi('lead-bulk', { method: 'POST', cookie,
		body: new URLSearchParams([...Object.entries({ csrf: csrf_of(list('', cookie)), query: 'source=meta', user: 0, to_stage: 'new',
			to_tag: '', reason: '', ...fields }), ...tick.map((id) => ['ids', id])]).toString() });

	await assert_valid(page);
	assert.equal(ids.length, 3);
	assert.equal(send({ act: 'stage', to_stage: 'lost' }).head.location, '/leads?source=meta');
	assert.match(list('source=meta').body, /Set the stage to Lost: changed 2 leads of 2\./);
	assert.equal(found('stage=lost&source=meta').length, 2);
	send({ act: 'tag', to_tag: 'Autumn' }, [...ids, '999999']);
	assert.match(list('').body, /Add the tag Autumn: changed 3 leads of 4\./);
	assert.equal(found('tag=Autumn').length, 3);
	send({ act: 'untag', to_tag: 'Autumn' });
	assert.equal(found('tag=Autumn').length, 1);
	send({ act: 'assign', user: tomasz, reason: 'Holiday' }, ids);
	assert.equal(found(`assignee=${tomasz}&source=meta`).length, 3);
	send({ act: 'tag' });
	assert.match(list('').body, /The tag is empty\. Nothing was changed\./);
	send({ act: 'stage' }, []);
	assert.match(list('').body, /No lead was ticked/);
	assert.match(send({ act: '' }).head.location, /^\/leads\/select\?source=meta&/);
	assert.match(list('').body, /Press the button of what to do\. Nothing was changed/);
	send({ act: 'assign', user: '' }, ids);
	assert.match(list('').body, /Choose a person\. Nothing was changed/);
	assert.equal(found(`assignee=${tomasz}&source=meta`).length, 3);
	// What was refused keeps its ticks and what was typed.
	const again = cgi('leads', { cookie: root, path: '/select', query: new URL(send({ act: 'assign', user: '', to_stage: 'won',
		to_tag: 'Fair & “more”', reason: 'Holiday', all: '1' }).head.location, 'http://x').search.slice(1) });
	const ticked = (body) => [...body.matchAll(/name="ids" value="(\d+)" checked/g)].map(([, id]) => id);
	assert.deepEqual(ticked(again.body), ids.slice(0, 2));
	assert.match(again.body, /name="all" value="1" checked/);
	assert.match(again.body, /<option value="won" selected>/);
	assert.match(again.body, /name="reason" value="Holiday"[^]*name="to_tag" value="Fair &amp; “more”"/);
	await assert_valid(again);
	assert.deepEqual(ticked(page.body), []);
	// So it is when a person lost the right meanwhile, and nothing was changed.
	const plain_id = stack.sql("SELECT id FROM app_user WHERE email = 'plain@example.com'")[0][0];
	assert.match(send({ act: 'assign', user: plain_id }).head.location, new RegExp(`&ids=${ids[0]}&ids=${ids[1]}&user=${plain_id}`));
	assert.match(list('').body, /This person takes no leads\. Nothing was changed/);
	assert.equal(found(`assignee=${tomasz}&source=meta`).length, 3);
	assert.equal(send({ act: 'stage' }, ['x']).status, 400);
	assert.equal(send({ act: 'stage' }, ids, plain).status, 403);
});

test('where nothing fits for thousands of leads the page ends early and goes on from there', async () => {
	const facet = (kind, value, from) => stack.sql('INSERT INTO lead_facet (kind, value, at, lead_id, worked_at) SELECT' +
		` '${kind}', '${value}', '2026-11-01' - INTERVAL seq SECOND, ${from} + seq, '1970-01-02' FROM seq_1_to_4500`);

	for (const [kind, value, from] of [['all', 'real', 1e6], ['source', 'import', 1e6], ['all', 'real', 2e6],
		['stage', 'qualified', 2e6]])
		facet(kind, value, from);
	stack.sql("INSERT INTO `lead` (name, source, stage, created_at, latest_at) VALUES ('Far down', 'import', 'qualified'," +
		" '2026-01-01', '2026-01-01')");
	stack.leadport(['reindex']);
	const first = list('source=import&stage=qualified');
	let page = first;

	assert.deepEqual(names(first), []);
	assert.match(first.body, /Thousands of leads were looked at/);
	await assert_valid(first);
	for (let i = 0; i < 2; i++) {
		page = list(further(page));
		await assert_valid(page);
		assert.deepEqual(names(page), i < 1 ? [] : ['Far down']);
	}
	// With some at the top it says so, and does not count as far from the end.
	stack.sql("INSERT INTO `lead` (name, source, stage, created_at, latest_at) SELECT 'Near', 'import', 'qualified'," +
		" '2026-11-20', '2026-11-20' FROM seq_1_to_2");
	stack.leadport(['reindex']);
	assert.match(list('source=import&stage=qualified').body, /At least 2 leads/);
});

test('days bound the walk by the newest answer, and are looked for on the walk by the last touch', () => {
	const day = 'from=2026-01-01&until=2026-01-01';
	let page = list(`sort=touched&${day}`), pages = 1;

	assert.deepEqual(found(day), ['Far down']);
	assert.deepEqual(names(page), []);
	for (; !names(page).length; pages++)
		page = list(further(page));
	assert.deepEqual(names(page), ['Far down']);
	assert.ok(pages <= 4, `${pages} pages`);
});

// Last: it makes thousands of leads.
test('an address, and a rare word beside a common one, are found behind thousands', () => {
	stack.sql("INSERT INTO `lead` (id, name, email, source, created_at, latest_at) SELECT 100000 + seq, 'Ann Example'," +
		" 'ann@example.net', 'manual', '2026-10-20', '2026-10-20' FROM seq_1_to_5000;" +
		" INSERT INTO lead_facet (kind, value, at, lead_id, worked_at) SELECT 'all', 'real', latest_at, id, worked_at" +
		' FROM `lead` WHERE id > 100000;' +
		" INSERT INTO lead_word (word, lead_id) SELECT word, id FROM `lead` JOIN (SELECT 'ann' AS word UNION" +
		" SELECT 'example' UNION SELECT 'net' UNION SELECT 'ann@example.net') w WHERE id > 100000");
	assert.deepEqual(found('q=ann@example.com'), ['Ann Byrne']);
	assert.deepEqual(found('q=example+byrne'), ['Ann Byrne']);
	assert.deepEqual(found('q=nobody+ann'), []);
});

test('of words that thousands share, those who have both are found behind all others', () => {
	stack.sql("INSERT INTO lead_word (word, lead_id) SELECT 'kowalski', 300000 + seq FROM seq_1_to_1500;" +
		" INSERT INTO `lead` (id, name, source, created_at, latest_at) VALUES (300001, 'Ann Kowalski', 'manual'," +
		" '2026-01-02', '2026-01-02'); INSERT INTO lead_word (word, lead_id) VALUES ('ann', 300001);" +
		" INSERT INTO lead_facet (kind, value, at, lead_id, worked_at) VALUES ('all', 'real', '2026-01-02', 300001, '1970-01-02')");
	assert.deepEqual(found('q=ann+kowalski'), ['Ann Kowalski']);
	assert.deepEqual(found('q=kowalski'), ['Ann Kowalski']);
	assert.deepEqual(found('q=ann+kowalski&sort=touched&source=manual'), []);
});
