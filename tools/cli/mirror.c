// SPDX-License-Identifier: GPL-2.0
/* mirror: follow the host's own requests in a clone of its allocator. */
#include <stdlib.h>
#include <string.h>

#include "mirror.h"

/**
 * struct args - what is wanted
 * @f:	  how to follow
 * @file: for the recording; NULL: none
 */
struct args {
	struct following f;
	const char *file;
};

#define RECORD_MB	64	/* unless it is said */

enum { KEY_RESNAP = 0x200, KEY_SIZE };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->f;
		return 0;
	case KEY_RESNAP:
		a->f.resnap = sb_arg_uint(state, "--resnap", arg, 1, 100);
		a->f.asked = true;
		return 0;
	case KEY_SIZE:
		a->f.record_mb = sb_arg_uint(state, "--size", arg, 1, 1024);
		return 0;
	case 'o':
		if (!strcmp(arg, "-"))
			argp_error(state, "-o: into a file, not to standard output");
		a->file = arg;
		a->f.asked = true;
		return 0;
	case ARGP_KEY_END:
		if (a->f.record_mb && !a->file)
			argp_error(state, "--size is of a recording: -o FILE");
		if (a->file && !a->f.record_mb)
			a->f.record_mb = RECORD_MB;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "Keep the events, for whatif -i FILE", 0 },
	{ "size", KEY_SIZE, "MB", 0, "Room for a recording (64)", 0 },
	{ "resnap", KEY_RESNAP, "PERCENT", 0,
	  "Begin anew when the free blocks are so far apart (1-100); a recording ends there", 0 },
	{ 0 }
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Follow the host's own requests in a clone of its allocator, and tell how well.\v"
	       "The clone begins as the host is, serves what the host is asked, and is held "
	       "against the host. Ctrl-C ends it early. With the mirror already on, and no "
	       "option, it tells how things stand and leaves it on.\n\n"
	       "Hooks: bulk drain vmstat balance isolate putback unreserve.\n\n"
	       "EXAMPLES\n"
	       "  sudo shadowbuddy mirror -t 30\n"
	       "  sudo shadowbuddy mirror -t 60 -r 1000000 --resnap 5\n"
	       "  sudo shadowbuddy mirror -o busy.rec --size 256\n"
	       "  sudo shadowbuddy mirror --json | jq '.instances[0].exact_pct, .dropped'",
	.children = (const struct argp_child[]) {
		{ &follow_argp, 0, NULL, 0 }, { &sb_common_argp, 0, NULL, 0 }, { 0 }
	},
};

/* Switch it on, wait, and off; the recording goes to its file. */
static enum status follow(struct args *a)
{
	struct sb_out out;
	enum status st;

	if (!a->file)
		return follow_run(&a->f);
	st = sb_out_open(&out, a->file);
	if (st)
		return st;
	st = follow_run(&a->f);
	if (!st)
		st = follow_save(out.f);
	return sb_out_close(&out, st);
}

static struct json_object *begin_json(const struct args *a, bool on)
{
	struct json_object *o = sb_json_new();

	json_object_object_add(o, "on", json_object_new_boolean(on));
	if (!on)
		follow_add(&a->f, o);
	if (a->file)
		json_object_object_add(o, "file", json_object_new_string(a->file));
	return o;
}

static enum status show(const struct args *a, bool on)
{
	struct json_object *o = begin_json(a, on);
	enum status st = mirrored_add(o);

	if (!st && env.json) {
		sb_print_json(o);
		return ST_DONE;
	}
	if (!st)
		mirrored_print(o);
	json_object_put(o);
	return st;
}

enum status verb_mirror(int argc, char **argv)
{
	struct args a = { 0 };
	enum status st;
	bool on;

	if (sb_parse(&argp, argc, argv, &a))
		return ST_USAGE;
	st = follow_need(&on);
	if (!st && on && a.f.asked)
		st = sb_fail(ST_CANNOT, "the mirror is on: see how it stands with no option, or end it: echo 0 >%s/mirror/enable",
			     env.dir);
	if (!st && !on)
		st = follow(&a);
	return st ? st : show(&a, on);
}
