// SPDX-License-Identifier: GPL-2.0
/* exact: hold the host's allocator against a clone of it, frame by frame. */
#include <stdlib.h>
#include <string.h>

#include "sb.h"

static const char doc[] =
	"Stop all CPUs for moments, ask the kernel's allocator, and hold each answer and "
	"the state afterwards against a clone that is asked the same.\v"
	"Keys: ops bursts cpus orders types gfp free_ratio hold seed pause_us zones verify "
	"state profile; shadowbuddy(4) describes them. Exit status 1 if there was a "
	"difference: it is explained then.\n\n"
	"EXAMPLES\n"
	"  sudo shadowbuddy exact\n"
	"  sudo shadowbuddy exact bursts=1000 pause_us=500\n"
	"  sudo shadowbuddy exact profile=6.1      # how another kernel would answer";

static void print_text(struct json_object *o)
{
	bool same = !strcmp(sb_get(o, "divergences"), "0");

	sb_print_keys(o);
	printf("\n%s%s%s\n", sb_paint(same ? "32" : "31"),
	       same ? "no difference" : "a difference:", sb_paint("0"));
	if (!same)
		fputs(sb_get(o, "text"), stdout);
}

enum status verb_exact(int argc, char **argv)
{
	struct json_object *o;
	enum status st = sb_run_words("exact", doc, argc, argv, &o);

	if (st)
		return st;
	if (!sb_member(o, "divergences", json_type_int)) {
		json_object_put(o);
		return sb_fail(ST_CANNOT, "%s/exact/result is not a result of exact", env.dir);
	}
	st = strcmp(sb_get(o, "divergences"), "0") ? ST_DIFFERENT : ST_DONE;
	if (env.json) {
		sb_print_json(o);
		return st;
	}
	print_text(o);
	json_object_put(o);
	return st;
}
