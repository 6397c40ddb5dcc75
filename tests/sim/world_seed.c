/* world_seed: the demo business: two pages, four forms, their ads. */
#include "world.h"

STATEMENT(sim_app_add, "INSERT INTO sim_app (id, secret, name) VALUES (?, ?, ?)"
		       " ON DUPLICATE KEY UPDATE name = VALUES(name)");

#define TASKS                                                                  \
	"[\"ADVERTISE\",\"ANALYZE\",\"CREATE_CONTENT\",\"MANAGE\","            \
	"\"MESSAGING\",\"MODERATE\"]"

static const struct sim_page pages[] = {
	{ 1, "112233445566778", "Harbour Dental Galway", "Dentist", TASKS },
	{ 2, "223344556677889",
	  "\u0421\u0442\u043e\u043c\u0430\u0442\u043e\u043b\u043e\u0433"
	  "\u0456\u044f \u00ab\u0413\u0430\u0432\u0430\u043d\u044c\u00bb",
	  "Dentist", TASKS },
};

#define QUESTION(id, key, label, type)                                         \
	"{\"id\":\"" id "\",\"key\":\"" key "\",\"label\":\"" label            \
	"\",\"type\":\"" type "\"}"

static const struct sim_form forms[] = {
	{ .id = "447333180259101",
	  .page_id = "112233445566778",
	  .name = "Free whitening check",
	  .status = "ACTIVE",
	  .locale = "en_US",
	  .questions = "[" QUESTION(
		  "9001", "full_name", "Full name",
		  "FULL_NAME") "," QUESTION("9002", "email", "Email",
					    "EMAIL") "," QUESTION("9003",
								  "phone_"
								  "number",
								  "Phone "
								  "number",
								  "PHONE") ","
									   "{\""
									   "id"
									   "\":"
									   "\"9"
									   "004"
									   "\","
									   "\"k"
									   "ey"
									   "\":"
									   "\"w"
									   "hic"
									   "h_"
									   "tre"
									   "atm"
									   "ent"
									   "\","
									   "\"l"
									   "abe"
									   "l\""
									   ":\""
									   "Whi"
									   "ch "
									   "tre"
									   "atm"
									   "ent"
									   " in"
									   "ter"
									   "est"
									   "s "
									   "you"
									   "?\""
									   ","
									   "\"t"
									   "ype"
									   "\":"
									   "\"C"
									   "UST"
									   "OM"
									   "\","
									   "\"o"
									   "pti"
									   "ons"
									   "\":"
									   "["
									   "{\""
									   "key"
									   "\":"
									   "\"w"
									   "hit"
									   "e\""
									   ",\""
									   "val"
									   "ue"
									   "\":"
									   "\"W"
									   "hit"
									   "eni"
									   "ng"
									   "\"}"
									   ","
									   "{\""
									   "key"
									   "\":"
									   "\"b"
									   "rac"
									   "es"
									   "\","
									   "\"v"
									   "alu"
									   "e\""
									   ":\""
									   "Inv"
									   "isi"
									   "ble"
									   " br"
									   "ace"
									   "s\""
									   "},"
									   "{\""
									   "key"
									   "\":"
									   "\"c"
									   "hec"
									   "k\""
									   ",\""
									   "val"
									   "ue"
									   "\":"
									   "\"A"
									   " ch"
									   "eck"
									   "-up"
									   "\"}"
									   "]}"
									   "]" },
	{ .id = "447333180259102",
	  .page_id = "112233445566778",
	  .name = "Autumn check-up",
	  .status = "ACTIVE",
	  .locale = "ga_IE",
	  .questions = "[" QUESTION("9011", "first_name", "First name", "FIRST_NAME") "," QUESTION(
		  "9012", "last_name", "Last name",
		  "LAST_NAME") "," QUESTION("9013", "email", "Email",
					    "EMAIL") "," QUESTION("9014",
								  "city",
								  "City",
								  "CITY") "," QUESTION("9015",
										       "when_may_we_call?",
										       "When may we call?",
										       "CUSTOM") "]",
	  .tracking = "[{\"key\":\"utm_source\",\"value\":\"meta\"}]" },
	{ .id = "447333180259103",
	  .page_id = "223344556677889",
	  .name = "\u0406\u043c\u043f\u043b\u0430\u043d\u0442\u0430\u0446"
		  "\u0456\u044f: \u0437\u0430\u043f\u0438\u0441",
	  .status = "ACTIVE",
	  .locale = "uk_UA",
	  .questions = "[" QUESTION(
		  "9021",
		  "\u043f\u043e\u0432\u043d\u0435_\u0456\u043c'"
		  "\u044f",
		  "\u041f\u043e\u0432\u043d\u0435 \u0456\u043c'"
		  "\u044f",
		  "FULL_NAME") "," QUESTION("9022", "email",
					    "\u0415\u043b. "
					    "\u043f\u043e\u0448\u0442\u0430",
					    "EMAIL") "," QUESTION("9023",
								  "\u0442\u0435"
								  "\u043b\u0435"
								  "\u0444\u043e"
								  "\u043d",
								  "\u0422\u0435"
								  "\u043b\u0435"
								  "\u0444\u043e"
								  "\u043d",
								  "PHONE") "]" },
	{ .id = "447333180259104",
	  .page_id = "223344556677889",
	  .name = "\u062d\u062c\u0632 \u0645\u0648\u0639\u062f",
	  .status = "ACTIVE",
	  .locale = "xx_XX",
	  .questions = "[" QUESTION(
		  "9031", "full_name",
		  "\u0627\u0644\u0627\u0633\u0645 "
		  "\u0627\u0644\u0643\u0627\u0645\u0644",
		  "FULL_NAME") "," QUESTION("9032", "email", "Email",
					    "EMAIL") "," QUESTION("9033",
								  "\u8acb\u554f"
								  "\u60a8\u65b9"
								  "\u4fbf\u7684"
								  "\u6642"
								  "\u9593",
								  "\u8acb\u554f"
								  "\u60a8\u65b9"
								  "\u4fbf\u7684"
								  "\u6642"
								  "\u9593",
								  "CUSTOM") "]" },
};

static const struct sim_ad ads[] = {
	{ "6798698439990", "447333180259101", "Video B, before and after",
	  "6798698439980", "Women 25 to 45, 20 km", "6798698439970",
	  "Autumn smiles" },
	{ "6798698439991", "447333180259103", "Carousel A", "6798698439981",
	  "Kyiv", "6798698439971", "Implants" },
};

static enum rc
seed_forms(struct task *t)
{
	enum rc rc = OK;

	for (size_t i = 0; !rc && i < COUNT(forms); i++) {
		struct sim_form f = forms[i];

		f.created_at = t->now;
		rc = world_add_form(t, &f);
	}
	for (size_t i = 0; !rc && i < COUNT(ads); i++)
		rc = world_add_ad(t, &ads[i]);
	return rc;
}

enum rc
world_seed(struct task *t)
{
	enum rc rc = db_exec(
		t, &sim_app_add,
		INS(IN(SIM_APP_ID), IN(SIM_APP_SECRET), IN("Leadport demo")),
		NULL);

	if (!rc)
		rc = db_exec(t, &sim_app_add,
			     INS(IN(SIM_OTHER_APP_ID), IN("another-secret"),
				 IN("Another app")),
			     NULL);
	if (!rc)
		rc = world_add_token(t, SIM_SYSTEM_TOKEN, "system_user",
				     SIM_APP_ID);
	if (!rc)
		rc = world_add_token(t, SIM_USER_TOKEN, "user", SIM_APP_ID);
	for (size_t i = 0; !rc && i < COUNT(pages); i++)
		rc = world_add_page(t, &pages[i]);
	return rc ? rc : seed_forms(t);
}
