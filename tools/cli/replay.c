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

/* "ID OFFSET", or "ID fail": as an object; NULL if it is something else. */
static struct json_object *answer(const char *line)
{
	struct json_object *a;
	unsigned long id;
	char got[32];
	int used = 0;

	if (sscanf(line, "%lu %31s%n", &id, got, &used) != 2 || line[used] ||
	    (strcmp(got, "fail") && !sb_is_number(got)))
		return NULL;
	a = json_object_new_object();
	json_object_object_add(a, "id", json_object_new_uint64(id));
	json_object_object_add(a, "offset", strcmp(got, "fail") ? sb_value(got) : NULL);
	return a;
}

/* Answers, then buddyinfo.  Return: NULL if that is not what it is. */
static struct json_object *to_json(const char *result)
{
	struct json_object *o = sb_json_new(), *answers = json_object_new_array();
	struct json_object *buddy = json_object_new_array(), *a;
	char *copy = sb_strdup(result), *rest = copy, *line;
	bool good = true;

	while (good && (line = sb_line(&rest))) {
		a = NULL;
		if (!strncmp(line, "Node ", 5))
			json_object_array_add(buddy, json_object_new_string(line));
		else if (*line)
			good = (a = answer(line));
		if (a)
			json_object_array_add(answers, a);
	}
	free(copy);
	good = good && json_object_array_length(buddy);
	json_object_object_add(o, "answers", answers);
	json_object_object_add(o, "buddyinfo", buddy);
	if (good)
		return o;
	json_object_put(o);
	return NULL;
}

static enum status print_result(const char *result)
{
	struct json_object *o = to_json(result);

	if (!o)
		return sb_fail(ST_CANNOT, "%s/replay/result is not a result of replay", env.dir);
	if (env.json) {
		sb_print_json(o);
		return ST_DONE;
	}
	json_object_put(o);
	fputs(result, stdout);
	return ST_DONE;
}

/*
 * The whole script, its last line complete.  The module would keep the script that it
 * has, were nothing written; that is not what who gives an empty one is to find out
 * from the answers.
 */
static enum status read_script(const char *file, char **script)
{
	char *text = sb_read(strcmp(file, "-") ? file : "/dev/stdin");
	size_t len = text ? strlen(text) : 0;

	if (!text)
		return sb_fail(ST_CANNOT, "cannot read %s: %s", file,
			       errno == EILSEQ ? "not a text" : strerror(errno));
	if (strspn(text, " \t\n") == len) {
		free(text);
		return sb_fail(ST_USAGE, "%s is empty: a script has a request a line", file);
	}
	*script = text[len - 1] == '\n' ? sb_strdup(text) : sb_printf("%s\n", text);
	free(text);
	return ST_DONE;
}

enum status verb_replay(int argc, char **argv)
{
	struct args a = { 0 };
	char *script = NULL, *words, *result = NULL;
	enum status st;

	if (sb_parse(&argp, argc, argv, &a))
		return ST_USAGE;
	st = sb_need_module();
	if (st)
		return st;
	st = read_script(a.file, &script);
	if (st)
		return st;
	words = a.profile ? sb_printf("profile=%s", a.profile) : sb_strdup("");
	st = sb_write("replay/script", script);
	if (!st)
		st = sb_run("replay", words, &result);
	if (!st)
		st = print_result(result);
	free(result);
	free(words);
	free(script);
	return st;
}
