/*
 * leadwork: what people do with a lead.  Each verb locks the lead, changes it,
 * writes its timeline and brings it up in the order "last touched", in the
 * caller's transaction or its own.
 *
 * Who may is the caller's to judge.  E_NOTFOUND: there is no such lead, or it is
 * deleted or part of another by now.
 */
#ifndef CRM_LEADWORK_H
#define CRM_LEADWORK_H
#include "crm/customfield.h"
#include "crm/lead.h"

/* The stages in their order, NULL at the end. */
extern const char *const lead_stages[];

/* A stage that it has already changes nothing; *changed (may be NULL) tells.
 * Any stage behind "new" is the first touch, too. */
NODISCARD enum rc leadwork_stage(struct task *t, int64_t lead_id,
				 const char *stage, bool *changed);
/* To a person, or to nobody (0).  `reason`: the person's words for the
 * timeline, maybe "".  E_INPUT unless that person is active and has Lead
 * Management. */
NODISCARD enum rc leadwork_assign(struct task *t, int64_t lead_id,
				  int64_t user_id, const char *reason,
				  bool *changed);
enum { LEAD_TAGS_MAX = 50, LEAD_TAG_CHARS = 64 };
/* E_INPUT: LEAD_TAGS_MAX are there already. */
NODISCARD enum rc leadwork_tag(struct task *t, int64_t lead_id, const char *tag,
			       bool *changed);
NODISCARD enum rc leadwork_untag(struct task *t, int64_t lead_id,
				 const char *tag, bool *changed);
NODISCARD enum rc leadwork_note(struct task *t, int64_t lead_id,
				const char *note);
/* A lead entered by hand: to the person who enters it, if that person takes
 * leads.  E_CONFLICT unless `anyway`: lead *id is known by this, *by "e-mail"
 * or "phone". */
NODISCARD enum rc leadwork_enter(struct task *t, const struct lead *l,
				 bool anyway, int64_t *id, const char **by);
/* The contact becomes that of `l`, also where it is empty there, and own fields
 * what `own` says, "" = nothing.  E_CONFLICT: somebody else saved it since
 * l->version.  The person is known by the new
 * address from now on, unless another lead is known by it already. */
NODISCARD enum rc leadwork_edit(struct task *t, const struct lead *l,
				const struct custom_value *own, size_t n_own,
				bool *changed);
/* A call or a letter: somebody was reached (then a new lead is contacted), or
 * not.  The first one is the first touch. */
NODISCARD enum rc leadwork_called(struct task *t, int64_t lead_id,
				  bool reached);

/* Out of every list; the submissions keep their ids, so that no sync brings it
 * back, and who answers again is a new lead. */
NODISCARD enum rc leadwork_delete(struct task *t, int64_t lead_id);
/* E_NOTFOUND unless it is deleted.  An address that another lead has by now
 * stays there. */
NODISCARD enum rc leadwork_restore(struct task *t, int64_t lead_id);
/* For good: contact, own fields, tags, timeline and notes, and of every
 * submission the answers, the consent and what Meta sent.  What stays says
 * nothing of the person: Meta's lead id, so that no sync brings it back, page,
 * form, ad and times.  Letters are leadmail_forget's.  The audit is told.
 * E_NOTFOUND unless it is deleted. */
NODISCARD enum rc leadwork_erase(struct task *t, int64_t lead_id);

#endif
