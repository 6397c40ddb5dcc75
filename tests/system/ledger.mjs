// The CRM held against the simulator's ledger: what is missing, what is there
// twice, what was begun and not finished.

// Each query counts rows that only a half-written lead leaves.
const halves = {
	'answers of nobody': 'SELECT COUNT(*) FROM submission s LEFT JOIN `lead` l ON l.id = s.lead_id WHERE l.id IS NULL',
	'leads that miscount their answers': 'SELECT COUNT(*) FROM `lead` l WHERE n_submissions <>' +
		' (SELECT COUNT(*) FROM submission s WHERE s.lead_id = l.id)',
	'answers without a line in the timeline': 'SELECT COUNT(*) FROM `lead` l WHERE n_submissions <>' +
		" (SELECT COUNT(*) FROM lead_event e WHERE e.lead_id = l.id AND e.kind IN ('came', 'joined'))",
	'leads that nobody was chosen for': 'SELECT COUNT(*) FROM `lead` l WHERE NOT EXISTS (SELECT 1 FROM lead_event e' +
		" WHERE e.lead_id = l.id AND e.kind IN ('assigned', 'unassigned'))",
	'leads without a tag': 'SELECT COUNT(*) FROM `lead` l WHERE NOT EXISTS (SELECT 1 FROM lead_tag g WHERE g.lead_id = l.id)',
	'leads in no list': "SELECT COUNT(*) FROM `lead` l WHERE NOT EXISTS (SELECT 1 FROM lead_facet f WHERE f.kind = 'all'" +
		' AND f.lead_id = l.id)',
	'jobs that are not done': "SELECT COUNT(*) FROM job WHERE kind = 'lead' AND state <> 'done'",
	'pages that miscount their answers': 'SELECT COUNT(*) FROM page p WHERE n_leads <>' +
		' (SELECT COUNT(*) FROM submission s WHERE s.page_meta_id = p.meta_id)',
};

async function leads_at_meta(stack)
{
	const all = [];

	for (;;) {
		const some = await stack.ask_sim('/sim/ledger', { after: all.at(-1)?.number || 0 });

		if (some.length === 0)
			return all;
		all.push(...some);
	}
}

// Where a stack's database stands against its simulator.
export async function compare(stack)
{
	const ledger = await leads_at_meta(stack);
	const people = new Set(ledger.map((l) => l.person)).size;
	const stored = stack.sql('SELECT leadgen_id FROM submission').map((r) => r[0]);
	const known = new Set(ledger.map((l) => l.id)), there = new Set(stored);
	const leads = stack.number('SELECT COUNT(*) FROM `lead`');
	const half = Object.entries(halves).map(([what, query]) => [what, stack.number(query)]).filter(([, n]) => n > 0);

	return {
		leads: ledger.length,
		lost: ledger.filter((l) => !there.has(l.id)).length + Math.max(0, people - leads),
		doubled: stored.length - there.size + stored.filter((id) => !known.has(id)).length + Math.max(0, leads - people),
		half: half.reduce((sum, [, n]) => sum + n, 0),
		words: half.map(([what, n]) => `${n} ${what}`).join(', '),
	};
}

// Every lead is stored and every job has ended.
export async function settled(stack)
{
	return stack.number("SELECT NOT EXISTS (SELECT 1 FROM job WHERE kind = 'lead' AND state IN ('ready', 'running'))" +
		" AND NOT EXISTS (SELECT 1 FROM receipt WHERE state = 'new')") === 1 &&
		stack.number('SELECT COUNT(*) FROM submission') >= (await leads_at_meta(stack)).length;
}
