/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Following the host, or a recording of one: what the verbs mirror and whatif share.
 *
 * follow.c has the module do it, mirrored.c reads what came of it.
 */
#ifndef MIRROR_H
#define MIRROR_H

#include "sb.h"

#define MIRROR_WHATIFS	4	/* SBD_FOLLOW_WHATIFS */

/**
 * struct following - how the host is to be followed, and for how long it was
 * @seconds:   to follow it for; 0: it was not said
 * @ring:      records of a CPU's ring; 0: as the module has it, like the next three
 * @pause_us:  that a snapshot may take
 * @hooks:     names, with commas; NULL
 * @resnap:    distance in percent at which to begin anew
 * @record_mb: MiB of a recording; 0: none
 * @asked:     some option was given that is about following
 * @took:      seconds
 */
struct following {
	double seconds;
	unsigned long ring;
	unsigned long pause_us;
	const char *hooks;
	unsigned long resnap;
	unsigned long record_mb;
	bool asked;
	double took;
};

/* follow.c */
extern const struct argp follow_argp;	/* its input is a struct following */
enum status follow_need(bool *on);
enum status follow_run(struct following *f);
void follow_add(const struct following *f, struct json_object *o);
enum status follow_save(FILE *to);
enum status follow_replay(const char *file);

/* mirrored.c */
enum status mirrored_add(struct json_object *o);
void mirrored_print(struct json_object *o);

#endif
