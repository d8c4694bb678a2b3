// SPDX-License-Identifier: GPL-2.0
/* replay: serve a script of requests from the shadow's initial state. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sb.h"

struct args {
	const char *file;
	const char *profile;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'p':
		a->profile = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (a->file)
			argp_error(state, "one FILE");
		a->file = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which FILE?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "profile", 'p', "NAME", 0, "Under another kernel's rules, e.g. 6.1", 0 },
	{ 0 }
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE",
	.doc = "Serve a script of requests, the same answer every time.\v"
	       "A line is \"a ID ORDER TYPE [CPU]\" or \"f ID [CPU]\"; \"#\" begins a comment. "
	       "TYPE: unmovable, movable, reclaimable, or a gfp mask in hexadecimal. FILE may "
	       "be - for standard input.\n\n"
	       "EXAMPLES\n"
	       "  printf 'a 1 0 movable\\nf 1\\n' | sudo shadowbuddy replay -\n"
	       "  sudo shadowbuddy replay --profile=6.1 requests.txt",
	.children = (const struct argp_child[]) { { &sb_common_argp, 0, NULL, 0 }, { 0 } },
};

/* "ID OFFSET" lines, then buddyinfo. */
static struct json_object *to_json(const char *result)
{
	struct json_object *o = sb_json_new(), *answers = json_object_new_array();
	struct json_object *buddy = json_object_new_array(), *a;
	char *copy = sb_strdup(result), *rest = copy, *line, got[32];
	unsigned long id;

	while ((line = sb_line(&rest))) {
		if (!strncmp(line, "Node", 4)) {
			json_object_array_add(buddy, json_object_new_string(line));
		} else if (sscanf(line, "%lu %31s", &id, got) == 2) {
			a = json_object_new_object();
			json_object_object_add(a, "id", json_object_new_uint64(id));
			json_object_object_add(a, "offset", strcmp(got, "fail") ?
					       sb_value(got) : NULL);
			json_object_array_add(answers, a);
		}
	}
	free(copy);
	json_object_object_add(o, "answers", answers);
	json_object_object_add(o, "buddyinfo", buddy);
	return o;
}

static char *read_script(const char *file)
{
	return sb_read(strcmp(file, "-") ? file : "/dev/stdin");
}

enum status verb_replay(int argc, char **argv)
{
	struct args a = { 0 };
	char *script, *words, *result = NULL;
	enum status st;

	if (sb_parse(&argp, argc, argv, &a))
		return ST_USAGE;
	st = sb_need_module();
	if (st)
		return st;
	script = read_script(a.file);
	if (!script)
		return sb_fail(ST_CANNOT, "cannot read %s: %s", a.file,
			       errno == EILSEQ ? "not a text" : strerror(errno));
	words = a.profile ? sb_printf("profile=%s", a.profile) : sb_strdup("");
	st = sb_write("replay/script", script);
	if (!st)
		st = sb_run("replay", words, &result);
	if (!st && env.json)
		sb_print_json(to_json(result));
	else if (!st)
		fputs(result, stdout);
	free(result);
	free(words);
	free(script);
	return st;
}
