// What the tests of the programs share: one request, a login, valid HTML.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { HtmlValidate } from 'html-validate';
import { password } from '../web.mjs';

// Planted in every text; escaped it reads &quot;&gt;&lt;i&gt;&#39;&amp;
export const marker = '"><i>\'&';

const validator = new HtmlValidate({ extends: ['html-validate:standard'],
	rules: { 'no-inline-style': 'error', 'long-title': 'off' } });
let stack;

// The stack whose programs are run from now on.
export function use(another)
{
	stack = another;
	return stack;
}

// One request as a server that only speaks CGI makes it.
export function cgi(program, { path = '', query = '', method = 'GET', body = '', cookie = '', headers = {}, env = {} } = {})
{
	const done = spawnSync(`${stack.state}/www/cgi-bin/${program}.fcgi`, [], { input: body,
		maxBuffer: 1 << 26, env: { PATH: process.env.PATH, ...process.env.ASAN_OPTIONS &&
			{ ASAN_OPTIONS: process.env.ASAN_OPTIONS }, GATEWAY_INTERFACE: 'CGI/1.1',
		SERVER_PROTOCOL: 'HTTP/1.1', REQUEST_METHOD: method, SCRIPT_NAME: `/cgi-bin/${program}.fcgi`,
		PATH_INFO: path, QUERY_STRING: query, REMOTE_ADDR: '127.0.0.9', HTTP_COOKIE: cookie,
		...(method === 'POST' ? { CONTENT_LENGTH: String(Buffer.byteLength(body)),
			CONTENT_TYPE: 'application/x-www-form-urlencoded' } : {}), ...headers, ...env } });
	const out = done.stdout.toString();

	assert.doesNotMatch(done.stderr.toString(), /Sanitizer|runtime error/);
	const cut = out.indexOf('\r\n\r\n');
	const head = Object.fromEntries(out.slice(0, cut).split('\r\n').map((line) => {
		const at = line.indexOf(': ');
		return [line.slice(0, at).toLowerCase(), line.slice(at + 2)];
	}));

	return { status: Number(head.status?.split(' ')[0]), head, body: out.slice(cut + 4),
		log: done.stderr.toString() };
}

export async function assert_valid(answer)
{
	const report = await validator.validateString(answer.body);

	assert.deepEqual(report.results.flatMap((r) => r.messages.map((m) => `${m.ruleId}: ${m.message} @${m.line}`)), []);
}

export function token_of(answer)
{
	return { cookie: answer.head['set-cookie'].split(';')[0],
		csrf: /name="csrf" value="([^"]*)"/.exec(answer.body)?.[1] };
}

export function log_in(email, secret = password)
{
	const { cookie, csrf } = token_of(cgi('login', {}));
	const answer = cgi('login', { method: 'POST', cookie,
		body: new URLSearchParams({ csrf, email, password: secret, to: '' }).toString() });

	return { ...answer, cookie: answer.head['set-cookie']?.split(';')[0] };
}

// A form with a file, as a browser packs it: the file last.
export function upload(program, path, cookie, fields, name, bytes, { end = true, csrf } = {})
{
	const boundary = '----leadport7f3a';
	const token = csrf ?? /name="csrf" value="([^"]*)"/.exec(cgi('leads', { cookie }).body)?.[1];
	const parts = Object.entries({ csrf: token, ...fields }).map(([key, value]) =>
		`--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`).join('');
	const body = Buffer.concat([Buffer.from(`${parts}--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${
		name}"\r\nContent-Type: text/csv\r\n\r\n`), Buffer.from(bytes), Buffer.from(end ? `\r\n--${boundary}--\r\n` : '')]);

	return cgi(program, { path, method: 'POST', cookie, body,
		headers: { CONTENT_TYPE: `multipart/form-data; boundary=${boundary}` } });
}

// A form sent by somebody who is logged in.
export function post(program, path, cookie, fields)
{
	const csrf = /name="csrf" value="([^"]*)"/.exec(cgi('leads', { cookie }).body)?.[1];

	return cgi(program, { path, method: 'POST', cookie, body: new URLSearchParams({ csrf, ...fields }).toString() });
}
