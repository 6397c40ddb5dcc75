// A mail server that keeps what it is given.
import { once } from 'node:events';
import { createServer } from 'node:net';

// Encoded words (RFC 2047) and folded lines as a person reads them.
export function decode_header(text)
{
	return text.replace(/\r\n[ \t]/g, ' ').replace(/\?= +=\?/g, '?==?')
		.replace(/(?:=\?UTF-8\?Q\?[^?]*\?=)+/gi, (words) => decodeURIComponent(words.replace(/\?==\?UTF-8\?Q\?/gi, '')
			.replace(/^=\?UTF-8\?Q\?|\?=$/gi, '').replaceAll('_', ' ').replaceAll('%', '%25').replace(/=/g, '%')));
}

// Quoted-printable (RFC 2045).
function decode_body(text)
{
	return decodeURIComponent(text.replace(/=\r\n/g, '').replaceAll('%', '%25').replace(/=([0-9A-F]{2})/g, '%$1'))
		.replaceAll('\r\n', '\n');
}

function letter(from, to, data)
{
	const cut = data.indexOf('\r\n\r\n');
	const head = data.slice(0, cut);
	const header = (name) => new RegExp(`^${name}: ((?:.*(?:\r\n[ \t])?)*)`, 'mi').exec(head)?.[1] || '';

	return { from, to, head, subject: decode_header(header('Subject')), body: decode_body(data.slice(cut + 4)) };
}

export class MailServer
{
	static async up()
	{
		const server = new MailServer();

		server.letters = [];
		server.refuse = '';
		server.server = createServer((socket) => server.serve(socket));
		server.server.listen(0, '127.0.0.1');
		await once(server.server, 'listening');
		server.url = `smtp://127.0.0.1:${server.server.address().port}`;
		return server;
	}

	serve(socket)
	{
		let text = '', from = '', to = '', in_data = false;
		const say = (line) => socket.write(`${line}\r\n`);
		const commands = {
			EHLO: () => say('250 sink'), HELO: () => say('250 sink'), QUIT: () => socket.end('221 bye\r\n'),
			MAIL: (line) => {
				from = /<([^>]*)>/.exec(line)[1];
				say('250 ok');
			},
			RCPT: (line) => {
				to = /<([^>]*)>/.exec(line)[1];
				say(this.refuse || '250 ok');
			},
			DATA: () => {
				in_data = true;
				say('354 go on');
			},
		};

		socket.on('error', () => undefined);
		socket.on('data', (part) => {
			text += part;
			for (;;) {
				const end = text.indexOf(in_data ? '\r\n.\r\n' : '\r\n');

				if (end < 0)
					return;
				const got = text.slice(0, end);
				text = text.slice(end + (in_data ? 5 : 2));
				if (in_data) {
					in_data = false;
					this.letters.push(letter(from, to, got.replace(/^\.\./gm, '.')));
					say('250 kept');
				} else {
					(commands[got.slice(0, 4).toUpperCase()] || (() => say('250 ok')))(got);
				}
			}
		});
		say('220 sink');
	}

	down()
	{
		this.server.close();
	}
}
