// SPDX-License-Identifier: GPL-2.0
/* whatif: the host's own requests, or recorded ones, under other settings. */
#include <stdlib.h>
#include <string.h>

#include "mirror.h"

/**
 * struct args - what is wanted
 * @f:	      how to follow
 * @settings: "NAME key=value ..." of each instance
 * @nr:	      how many
 * @file:     a recording; NULL: the host is followed
 */
struct args {
	struct following f;
	const char *settings[MIRROR_WHATIFS];
	int nr;
	const char *file;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->f;
		return 0;
	case 's':
		if (!arg[strspn(arg, " \t\n")])
			argp_error(state, "-s 'NAME KEY=VALUE...'");
		if (a->nr == MIRROR_WHATIFS)
			argp_error(state, "-s: up to %d of them", MIRROR_WHATIFS);
		a->settings[a->nr++] = arg;
		return 0;
	case 'i':
		a->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->nr)
			argp_error(state, "what if what? -s 'NAME KEY=VALUE...'");
		if (a->file && a->f.asked)
			argp_error(state, "-i is a recording: -t, -r, -p and --hooks are for the host");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "settings", 's', "SETTINGS", 0, "'NAME KEY=VALUE...', up to four times", 0 },
	{ "input", 'i', "FILE", 0, "Serve a recording (mirror -o FILE) instead", 0 },
	{ 0 }
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Serve the host's own requests under other settings, and tell what came of it.\v"
	       "Keys: profile (6.1, 6.12, ...) min_free_kbytes watermark_scale_factor "
	       "watermark_boost_factor percpu_pagelist_high_fraction stat_interval; what is not "
	       "named is as the host has it. The baseline has the host's settings: how far it is "
	       "from the host is the error that the others have, too. Ctrl-C ends it early.\n\n"
	       "EXAMPLES\n"
	       "  sudo shadowbuddy whatif -s 'noboost watermark_boost_factor=0'\n"
	       "  sudo shadowbuddy whatif -t 60 -s 'old profile=6.1' -s 'calm stat_interval=5'\n"
	       "  sudo shadowbuddy mirror -t 60 -o busy.rec\n"
	       "  sudo shadowbuddy whatif -i busy.rec -s 'more min_free_kbytes=65536'",
	.children = (const struct argp_child[]) {
		{ &follow_argp, 0, NULL, 0 }, { &sb_common_argp, 0, NULL, 0 }, { 0 }
	},
};

/* ---- instances ----------------------------------------------------------------------- */

static char *added[MIRROR_WHATIFS];	/* names of those that are ours */
static int nr_added;

/* However we end.  Those that others have added stay. */
static enum status remove_added(void)
{
	enum status st = ST_DONE, one;

	while (nr_added) {
		one = sb_write("mirror/instances/remove", added[--nr_added]);
		free(added[nr_added]);
		st = st ? st : one;
	}
	return st;
}

static void clean_up(void)
{
	remove_added();
}

static enum status add_one(const char *settings)
{
	const char *name = settings + strspn(settings, " \t\n");
	enum status st = sb_write("mirror/instances/add", settings);

	if (!st)
		added[nr_added++] = sb_printf("%.*s", (int)strcspn(name, " \t\n"), name);
	return st;
}

static enum status add_all(const struct args *a)
{
	enum status st = ST_DONE;
	int i;

	atexit(clean_up);
	for (i = 0; !st && i < a->nr; i++)
		st = add_one(a->settings[i]);
	return st;
}

/* ---- the verb ------------------------------------------------------------------------ */

/* With the instances there. */
static enum status run(struct args *a, struct json_object *o)
{
	enum status st = a->file ? follow_replay(a->file) : follow_run(&a->f);

	if (st)
		return st;
	if (a->file)
		json_object_object_add(o, "file", json_object_new_string(a->file));
	else
		follow_add(&a->f, o);
	return mirrored_add(o);
}

static enum status answer(struct args *a)
{
	struct json_object *o = sb_json_new();
	enum status st = add_all(a), removed;

	if (!st)
		st = run(a, o);
	removed = remove_added();
	st = st ? st : removed;
	if (!st && env.json) {
		sb_print_json(o);
		return ST_DONE;
	}
	if (!st)
		mirrored_print(o);
	json_object_put(o);
	return st;
}

enum status verb_whatif(int argc, char **argv)
{
	struct args a = { 0 };
	enum status st;
	bool on;

	if (sb_parse(&argp, argc, argv, &a))
		return ST_USAGE;
	st = follow_need(&on);
	if (!st && on)
		st = sb_fail(ST_CANNOT, "the mirror is on, and what it serves cannot change: echo 0 >%s/mirror/enable ends it",
			     env.dir);
	return st ? st : answer(&a);
}
