// A database that is killed and started again, many times, and what the
// processes that were told to do so write down.
import { readFileSync } from 'node:fs';

const clock = new Int32Array(new SharedArrayBuffer(4));

// Beside no other work of this process.
function await_here(what, test)
{
	const end = Date.now() + 30000;

	for (;;) {
		const value = test();

		if (value)
			return value;
		if (Date.now() > end)
			throw new Error(`not within 30 s: ${what}`);
		Atomics.wait(clock, 0, 0, 5);
	}
}

// A process that was killed holds its files no more: it is gone, or only waits
// to be noticed by whoever started it, which may take seconds.
function has_ended(pid)
{
	try {
		return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
	} catch {
		return true;
	}
}

export function await_end(pid)
{
	await_here(`process ${pid} ends`, () => has_ended(pid));
}

// What somebody is about to write there, once it is a whole line.
export function line_of(file)
{
	return await_here(`a line in ${file}`, () => {
		try {
			return /^(.+)\n$/.exec(readFileSync(file, 'utf8'))?.[1];
		} catch {
			return null;
		}
	});
}

// It writes at each commit and does not wait for the disk: what a process has
// written outlives its SIGKILL.
export const db_args = '--innodb-flush-method=nosync';
