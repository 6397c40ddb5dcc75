/*
 * sim_page: the start page of the simulator, for people: pages with links to
 * their lead forms, people of Facebook, the state of the switches.
 */
#ifndef SIM_PAGE_H
#define SIM_PAGE_H
#include "web/app.h"

extern const struct tmpl_field sim_page_fields[];
handler sim_page;

#endif
