/* leadfields: types, keys and synonyms, then answers beside their questions. */
#include "meta/leadfields.h"

#include "base/buf.h"

enum { VALUE_MAX = 1 << 20 };

struct meaning {
	const char *word;
	enum lead_field field;
};

/* Question types (contract 3.4). */
static const struct meaning types[] = {
	{ "FULL_NAME", FIELD_FULL_NAME },
	{ "FIRST_NAME", FIELD_FIRST_NAME },
	{ "LAST_NAME", FIELD_LAST_NAME },
	{ "EMAIL", FIELD_EMAIL },
	{ "PHONE", FIELD_PHONE },
	{ "PHONE_OTP", FIELD_PHONE },
	{ "USER_PROVIDED_PHONE_NUMBER", FIELD_PHONE },
	{ "WORK_EMAIL", FIELD_WORK_EMAIL },
	{ "WORK_PHONE_NUMBER", FIELD_WORK_PHONE },
	{ "WHATSAPP_NUMBER", FIELD_WHATSAPP },
	{ "COMPANY_NAME", FIELD_COMPANY },
	{ "JOB_TITLE", FIELD_JOB_TITLE },
	{ "STREET_ADDRESS", FIELD_STREET },
	{ "CITY", FIELD_CITY },
	{ "STATE", FIELD_STATE },
	{ "PROVINCE", FIELD_STATE },
	{ "ZIP", FIELD_POST_CODE },
	{ "POST_CODE", FIELD_POST_CODE },
	{ "COUNTRY", FIELD_COUNTRY },
};

/* Keys that Meta gives standard questions in English. */
static const struct meaning keys[] = {
	{ "full_name", FIELD_FULL_NAME },
	{ "first_name", FIELD_FIRST_NAME },
	{ "last_name", FIELD_LAST_NAME },
	{ "email", FIELD_EMAIL },
	{ "phone_number", FIELD_PHONE },
	{ "work_email", FIELD_WORK_EMAIL },
	{ "work_phone_number", FIELD_WORK_PHONE },
	{ "whatsapp_number", FIELD_WHATSAPP },
	{ "company_name", FIELD_COMPANY },
	{ "job_title", FIELD_JOB_TITLE },
	{ "street_address", FIELD_STREET },
	{ "city", FIELD_CITY },
	{ "state", FIELD_STATE },
	{ "province", FIELD_STATE },
	{ "zip_code", FIELD_POST_CODE },
	{ "zip", FIELD_POST_CODE },
	{ "post_code", FIELD_POST_CODE },
	{ "country", FIELD_COUNTRY },
};

/* The same questions as Meta localises their keys. */
static const struct meaning synonyms[] = {
	{ "e-mail", FIELD_EMAIL },
	{ "email_address", FIELD_EMAIL },
	{ "e-mail-adresse", FIELD_EMAIL },
	{ "e-mailadres", FIELD_EMAIL },
	{ "correo_electr\u00f3nico", FIELD_EMAIL },
	{ "correo", FIELD_EMAIL },
	{ "adresse_e-mail", FIELD_EMAIL },
	{ "indirizzo_e-mail", FIELD_EMAIL },
	{ "adres_e-mail", FIELD_EMAIL },
	{ "e-posta", FIELD_EMAIL },
	{ "\u044d\u043b._\u0430\u0434\u0440\u0435\u0441", FIELD_EMAIL },
	{ "\u044d\u043b\u0435\u043a\u0442\u0440\u043e\u043d\u043d\u0430\u044f_"
	  "\u043f\u043e\u0447\u0442\u0430",
	  FIELD_EMAIL },
	{ "\u0435\u043b._\u043f\u043e\u0448\u0442\u0430", FIELD_EMAIL },
	{ "\u0435\u043b\u0435\u043a\u0442\u0440\u043e\u043d\u043d\u0430_"
	  "\u043f\u043e\u0448\u0442\u0430",
	  FIELD_EMAIL },
	{ "\u96fb\u5b50\u90f5\u4ef6", FIELD_EMAIL },
	{ "\u7535\u5b50\u90ae\u4ef6", FIELD_EMAIL },
	{ "\u30e1\u30fc\u30eb\u30a2\u30c9\u30ec\u30b9", FIELD_EMAIL },
	{ "\uc774\uba54\uc77c", FIELD_EMAIL },
	{ "\u0627\u0644\u0628\u0631\u064a\u062f_"
	  "\u0627\u0644\u0625\u0644\u0643\u062a\u0631\u0648\u0646\u064a",
	  FIELD_EMAIL },
	{ "\u0908\u092e\u0947\u0932", FIELD_EMAIL },
	{ "phone", FIELD_PHONE },
	{ "telefon", FIELD_PHONE },
	{ "telefone", FIELD_PHONE },
	{ "telefonnummer", FIELD_PHONE },
	{ "telefoonnummer", FIELD_PHONE },
	{ "tel\u00e9fono", FIELD_PHONE },
	{ "n\u00famero_de_tel\u00e9fono", FIELD_PHONE },
	{ "n\u00famero_de_telefone", FIELD_PHONE },
	{ "num\u00e9ro_de_t\u00e9l\u00e9phone", FIELD_PHONE },
	{ "numero_di_telefono", FIELD_PHONE },
	{ "numer_telefonu", FIELD_PHONE },
	{ "telefon_numaras\u0131", FIELD_PHONE },
	{ "\u0442\u0435\u043b\u0435\u0444\u043e\u043d", FIELD_PHONE },
	{ "\u043d\u043e\u043c\u0435\u0440_"
	  "\u0442\u0435\u043b\u0435\u0444\u043e\u043d\u0430",
	  FIELD_PHONE },
	{ "\u043d\u043e\u043c\u0435\u0440_"
	  "\u0442\u0435\u043b\u0435\u0444\u043e\u043d\u0443",
	  FIELD_PHONE },
	{ "\u96fb\u8a71\u865f\u78bc", FIELD_PHONE },
	{ "\u7535\u8bdd\u53f7\u7801", FIELD_PHONE },
	{ "\u96fb\u8a71\u756a\u53f7", FIELD_PHONE },
	{ "\uc804\ud654\ubc88\ud638", FIELD_PHONE },
	{ "\u0631\u0642\u0645_\u0627\u0644\u0647\u0627\u062a\u0641",
	  FIELD_PHONE },
	{ "\u092b\u093c\u094b\u0928_\u0928\u0902\u092c\u0930", FIELD_PHONE },
	{ "whatsapp", FIELD_WHATSAPP },
	{ "n\u00famero_do_whatsapp", FIELD_WHATSAPP },
	{ "n\u00famero_de_whatsapp", FIELD_WHATSAPP },
	{ "name", FIELD_FULL_NAME },
	{ "nombre_completo", FIELD_FULL_NAME },
	{ "nome_completo", FIELD_FULL_NAME },
	{ "nom_complet", FIELD_FULL_NAME },
	{ "vollst\u00e4ndiger_name", FIELD_FULL_NAME },
	{ "volledige_naam", FIELD_FULL_NAME },
	{ "imi\u0119_i_nazwisko", FIELD_FULL_NAME },
	{ "ad_soyad", FIELD_FULL_NAME },
	{ "\u043f\u043e\u043b\u043d\u043e\u0435_\u0438\u043c\u044f",
	  FIELD_FULL_NAME },
	{ "\u0438\u043c\u044f_\u0438_"
	  "\u0444\u0430\u043c\u0438\u043b\u0438\u044f",
	  FIELD_FULL_NAME },
	{ "\u043f\u043e\u0432\u043d\u0435_\u0456\u043c'\u044f",
	  FIELD_FULL_NAME },
	{ "\u5168\u540d", FIELD_FULL_NAME },
	{ "\u59d3\u540d", FIELD_FULL_NAME },
	{ "\u6c0f\u540d", FIELD_FULL_NAME },
	{ "\uc774\ub984", FIELD_FULL_NAME },
	{ "\u0627\u0644\u0627\u0633\u0645_"
	  "\u0627\u0644\u0643\u0627\u0645\u0644",
	  FIELD_FULL_NAME },
	{ "\u092a\u0942\u0930\u093e_\u0928\u093e\u092e", FIELD_FULL_NAME },
	{ "nombre", FIELD_FIRST_NAME },
	{ "nome", FIELD_FIRST_NAME },
	{ "pr\u00e9nom", FIELD_FIRST_NAME },
	{ "vorname", FIELD_FIRST_NAME },
	{ "voornaam", FIELD_FIRST_NAME },
	{ "\u0438\u043c\u044f", FIELD_FIRST_NAME },
	{ "\u0456\u043c'\u044f", FIELD_FIRST_NAME },
	{ "apellido", FIELD_LAST_NAME },
	{ "apellidos", FIELD_LAST_NAME },
	{ "sobrenome", FIELD_LAST_NAME },
	{ "cognome", FIELD_LAST_NAME },
	{ "nachname", FIELD_LAST_NAME },
	{ "achternaam", FIELD_LAST_NAME },
	{ "\u0444\u0430\u043c\u0438\u043b\u0438\u044f", FIELD_LAST_NAME },
	{ "\u043f\u0440\u0456\u0437\u0432\u0438\u0449\u0435", FIELD_LAST_NAME },
	{ "ciudad", FIELD_CITY },
	{ "cidade", FIELD_CITY },
	{ "ville", FIELD_CITY },
	{ "stadt", FIELD_CITY },
	{ "citt\u00e0", FIELD_CITY },
	{ "miasto", FIELD_CITY },
	{ "\u0433\u043e\u0440\u043e\u0434", FIELD_CITY },
	{ "\u043c\u0456\u0441\u0442\u043e", FIELD_CITY },
	{ "\u57ce\u5e02", FIELD_CITY },
	{ "company", FIELD_COMPANY },
	{ "empresa", FIELD_COMPANY },
	{ "nombre_de_la_empresa", FIELD_COMPANY },
	{ "nome_da_empresa", FIELD_COMPANY },
	{ "nom_de_l'entreprise", FIELD_COMPANY },
	{ "firma", FIELD_COMPANY },
	{ "firmenname", FIELD_COMPANY },
};

static enum lead_field
look_up(const struct meaning *table, size_t n, const char *word)
{
	struct text wanted = text_of(word);

	for (size_t i = 0; word && i < n; i++)
		if (text_eq_nocase(wanted, text_of(table[i].word)))
			return table[i].field;
	return FIELD_NONE;
}

enum lead_field
leadfield_of(const char *type, const char *key)
{
	bool custom = type && strcmp(type, "CUSTOM") == 0;
	enum lead_field field = look_up(types, COUNT(types), type);

	if (field == FIELD_NONE && (!type || custom))
		field = look_up(keys, COUNT(keys), key);
	if (field == FIELD_NONE && !type)
		field = look_up(synonyms, COUNT(synonyms), key);
	return field;
}

/* ---- answers beside their questions ------------------------------------------------- */

static const struct json *
question_of(const struct json *questions, const char *key)
{
	const struct json *q = json_first(questions);

	for (; q; q = json_next(q)) {
		const char *its = json_text(json_get(q, "key"));

		if (its && strcmp(its, key) == 0)
			return q;
	}
	return NULL;
}

/* Choices arrive as the option's key; people saw its label, which Meta calls
 * its value. */
static const char *
label_of(const struct json *question, const char *value)
{
	const struct json *o = json_first(json_get(question, "options"));

	for (; o; o = json_next(o)) {
		const char *key = json_text(json_get(o, "key"));
		const char *label = json_text(json_get(o, "value"));

		if (key && label && strcmp(key, value) == 0)
			return label;
	}
	return value;
}

static void
add_value(struct task *t, const struct json *question, const struct json *v,
	  struct buf *to)
{
	const char *value = json_text(v);
	struct buf number = buf_in(t->mem, 64);
	bool yes;

	/* Texts by the contract; numbers and switches are kept all the same. */
	if (!value && (json_id(v) || json_bool(v, &yes))) {
		json_print(v, &number);
		value = buf_str(&number);
	}
	if (!value)
		return;
	if (to->len > 0)
		buf_puts(to, ", ");
	buf_puts(to, label_of(question, value));
}

static const char *
join_values(struct task *t, const struct json *question,
	    const struct json *values)
{
	struct buf b = buf_in(t->mem, VALUE_MAX);

	if (json_is_array(values))
		for (const struct json *v = json_first(values); v;
		     v = json_next(v))
			add_value(t, question, v, &b);
	else
		add_value(t, question, values, &b);
	return buf_str(&b);
}

static struct lead_answer
read_answer(struct task *t, const char *key, const struct json *datum,
	    const struct json *questions)
{
	const struct json *q = question_of(questions, key);
	const char *type = json_text(json_get(q, "type"));
	const char *label = json_text(json_get(q, "label"));

	return (struct lead_answer){
		.key = key,
		.question = label && label[0] ? label : key,
		.type = type,
		.value = join_values(t, q, json_get(datum, "values")),
		.field = leadfield_of(type, key),
	};
}

enum rc
leadfields_read(struct task *t, const struct json *lead,
		const struct json *questions, struct lead_answer **out,
		size_t *n)
{
	const struct json *data = json_get(lead, "field_data"), *d;
	struct lead_answer *answers;
	size_t count = 0;

	if (!json_is_array(data))
		data = NULL;
	for (d = json_first(data); d; d = json_next(d))
		count++;
	answers = NEW_ARRAY(t->mem, struct lead_answer, count);
	count = 0;
	for (d = json_first(data); d; d = json_next(d)) {
		const char *key = json_text(json_get(d, "name"));

		if (key)
			answers[count++] = read_answer(t, key, d, questions);
	}
	*out = answers;
	*n = count;
	return OK;
}

bool
leadfields_is_test(const struct lead_answer *answers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct text v = text_of(answers[i].value);

		if (text_starts(v, "<test lead: dummy data for ") ||
		    text_is(v, "test@fb.com") || text_is(v, "test@meta.com"))
			return true;
	}
	return false;
}
