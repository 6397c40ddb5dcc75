/*
 * raw: requests that nobody has to answer for: a simulator lets everybody in.
 */
#ifndef SIM_RAW_H
#define SIM_RAW_H
#include "web/app.h"

/* The `verify` of every route of the simulator. */
handler accept_all;

#endif
