/* user: `leadport user add|list|set`. */
#include "crm/user.h"

#include "cli.h"

static int
add(struct cli *c)
{
	struct user u = { 0 };
	const char *role = NULL, *password;
	const struct option_spec specs[] = {
		{ "--name", &u.name, NULL },
		{ "--email", &u.email, NULL },
		{ "--role", &role, NULL },
		{ "--zone", &u.time_zone, NULL },
		{ "--manages-leads", NULL, &u.manages_leads },
		{ 0 },
	};
	int64_t id = 0;

	if (!options(c, specs, NULL, 0, NULL))
		return EXIT_USAGE;
	if (!u.name || !u.email || !role)
		return usage("user add needs --name, --email and --role");
	u.role = role_of(role);
	password = secret_line(c, "Password");
	if (!password)
		return usage("no password on standard input");
	if (user_add(&c->t, &u, text_of(password), &id))
		return failed(c);
	printf("added %s, %s\n", u.email, role_title(u.role));
	return 0;
}

static int
list(struct cli *c)
{
	struct user *users = NULL;
	size_t n = 0;

	if (!options(c, NULL, NULL, 0, NULL))
		return EXIT_USAGE;
	if (user_list(&c->t, &users, &n))
		return failed(c);
	for (size_t i = 0; i < n; i++)
		printf("%-10s  %-15s  %-8s  %s  %s\n",
		       role_title(users[i].role),
		       users[i].manages_leads ? "Lead Management" : "-",
		       users[i].is_active ? "active" : "inactive",
		       users[i].email, users[i].name);
	return 0;
}

/* Only what was named changes. */
static int
apply(struct cli *c, const char *email, const char *role, const char *manages,
      const char *active)
{
	struct user u;

	if (user_by_email(&c->t, email, &u))
		return failed(c);
	if (role)
		u.role = role_of(role);
	if (manages && !yes_no(manages, &u.manages_leads))
		return usage("--manages-leads is yes or no");
	if (active && !yes_no(active, &u.is_active))
		return usage("--active is yes or no");
	if (user_change(&c->t, &u))
		return failed(c);
	printf("changed %s\n", u.email);
	return 0;
}

static int
set(struct cli *c)
{
	const char *role = NULL, *manages = NULL, *active = NULL;
	const char *email = NULL;
	const struct option_spec specs[] = {
		{ "--role", &role, NULL },
		{ "--manages-leads", &manages, NULL },
		{ "--active", &active, NULL },
		{ 0 },
	};
	size_t n = 0;

	if (!options(c, specs, &email, 1, &n))
		return EXIT_USAGE;
	if (n != 1 || (!role && !manages && !active))
		return usage("user set needs an e-mail address and what to "
			     "change");
	return apply(c, email, role, manages, active);
}

static int
run_user(struct cli *c)
{
	static const struct {
		const char *name;
		int (*run)(struct cli *c);
	} acts[] = { { "add", add }, { "list", list }, { "set", set } };

	for (size_t i = 0; c->argc > 0 && i < COUNT(acts); i++)
		if (!strcmp(c->argv[0], acts[i].name)) {
			c->argc--;
			c->argv++;
			return acts[i].run(c);
		}
	return usage("user add, user list or user set; see --help");
}

const struct command cmd_user = {
	.name = "user",
	.run = run_user,
	.help = "usage: leadport user add --name NAME --email ADDRESS --role "
		"ROLE\n"
		"Add, list and change the people who log in\n\n"
		"  user add --name NAME --email ADDRESS --role ROLE\n"
		"           [--manages-leads] [--zone Europe/Dublin]\n"
		"           The password is the first line of standard input.\n"
		"  user list\n"
		"  user set ADDRESS [--role ROLE] [--manages-leads yes|no]\n"
		"           [--active yes|no]\n\n"
		"ROLE is member, moderator, admin or superadmin.",
};
