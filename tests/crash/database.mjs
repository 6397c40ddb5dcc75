// A database that is killed and started again, many times.
import { readFileSync } from 'node:fs';

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
	const end = Date.now() + 30000, clock = new Int32Array(new SharedArrayBuffer(4));

	while (!has_ended(pid)) {
		if (Date.now() > end)
			throw new Error(`process ${pid} does not end`);
		Atomics.wait(clock, 0, 0, 5);
	}
}

// It writes at each commit and does not wait for the disk: what a process has
// written outlives its SIGKILL.
export const db_args = '--innodb-flush-method=nosync';
