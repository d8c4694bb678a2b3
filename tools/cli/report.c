// SPDX-License-Identifier: GPL-2.0
/*
 * report: saved results as one HTML file.
 *
 * A result is what a verb prints with --json, or the text of one of the module's
 * result files, or the table that scripts/exact keeps; it is told by what is in it.
 * A file that is none of them, or has something else where its kind has a table, is
 * refused: half a report would look like a whole one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "sb.h"

struct args {
	const char *out;
	char **files;
	int n;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'o':
		a->out = strcmp(arg, "-") ? arg : NULL;
		return 0;
	case ARGP_KEY_ARGS:
		a->files = state->argv + state->next;
		a->n = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which RESULT?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "Write to FILE, not to standard output", 0 },
	{ 0 }
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "RESULT...",
	.doc = "Saved results as one HTML file, which needs nothing else to be read.\v"
	       "A RESULT is a file with what bench, exact, compare, replay or status printed with "
	       "--json, a copy of one of the module's result files, or the table of make exact. "
	       "Several that tell of free blocks are taken as points in time, in their order. "
	       "--json prints what was put in.\n\n"
	       "EXAMPLES\n"
	       "  sudo shadowbuddy bench --json workload=frag level=1 >frag.json\n"
	       "  sudo shadowbuddy exact --json >exact.json\n"
	       "  shadowbuddy report -o report.html frag.json exact.json",
	.children = (const struct argp_child[]) { { &sb_common_argp, 0, NULL, 0 }, { 0 } },
};

/* ---- reading --------------------------------------------------------------------- */

static enum status no_result(const char *file, const char *why)
{
	return sb_fail(ST_CANNOT, "%s: %s", file, why);
}

/* All of a text is one object.  NULL: it is not. */
static struct json_object *parse_json(const char *text, const char **why)
{
	struct json_tokener *t = json_tokener_new();
	struct json_object *o;

	if (!t)
		return NULL;
	json_tokener_set_flags(t, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(t, text, strlen(text) + 1);
	*why = json_tokener_get_error(t) == json_tokener_success ? "no object" :
	       json_tokener_error_desc(json_tokener_get_error(t));
	if (json_tokener_get_error(t) != json_tokener_success ||
	    !json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		o = NULL;
	}
	json_tokener_free(t);
	return o;
}

static enum status load_json(struct result *r, const char *text)
{
	const char *why = "out of memory";
	struct json_object *verb = NULL;

	r->o = parse_json(text, &why);
	if (!r->o)
		return sb_fail(ST_CANNOT, "%s: not JSON, or cut off (%s): save it anew",
			       r->file, why);
	if (!json_object_object_get_ex(r->o, "verb", &verb) ||
	    !json_object_is_type(verb, json_type_string))
		return no_result(r->file, "JSON, but not what shadowbuddy prints with --json");
	r->verb = json_object_get_string(verb);
	return ST_DONE;
}

/* A table with a line of names: rows of objects. */
static struct json_object *read_table(char *text, bool *whole)
{
	char *rest = text, *line, *head = sb_line(&rest), *names, *name, *cell;
	struct json_object *rows = json_object_new_array(), *row;

	*whole = true;
	while ((line = sb_line(&rest))) {
		row = json_object_new_object();
		names = sb_strdup(head);
		for (char *n = names; (cell = strsep(&line, "\t"));) {
			name = n ? strsep(&n, "\t") : NULL;
			if (!name) {
				*whole = false;
				break;
			}
			json_object_object_add(row, name, sb_value(cell));
			*whole &= line || !n;
		}
		free(names);
		json_object_array_add(rows, row);
	}
	*whole &= json_object_array_length(rows) > 0;
	return rows;
}

static enum status load_exact_table(struct result *r, char *text)
{
	bool whole;

	r->o = json_object_new_object();
	r->verb = "exact-table";
	json_object_object_add(r->o, "verb", json_object_new_string(r->verb));
	json_object_object_add(r->o, "rows", read_table(text, &whole));
	return whole ? ST_DONE :
		       no_result(r->file, "a line of the table is cut off, or there is none");
}

/* "ID OFFSET" or "ID fail" on the first line. */
static bool is_replay(const char *text)
{
	char got[24], more;
	unsigned long id;
	int n = sscanf(text, "%lu %23s%c", &id, got, &more);

	return n == 3 && more == '\n' && (!strcmp(got, "fail") || sb_is_number(got));
}

/* As the verb replay has it in JSON. */
static enum status load_replay(struct result *r, char *text)
{
	struct json_object *answers = json_object_new_array(), *a;
	struct json_object *buddy = json_object_new_array();
	char *rest = text, *line, got[24];
	enum status st = ST_DONE;
	unsigned long id;

	while (!st && (line = sb_line(&rest))) {
		if (!strncmp(line, "Node", 4)) {
			json_object_array_add(buddy, json_object_new_string(line));
		} else if (sscanf(line, "%lu %23s", &id, got) == 2) {
			a = json_object_new_object();
			json_object_object_add(a, "id", json_object_new_uint64(id));
			json_object_object_add(a, "offset", strcmp(got, "fail") ?
					       sb_value(got) : NULL);
			json_object_array_add(answers, a);
		} else if (*line) {
			st = no_result(r->file, "begins as a replay's result, but does not go on as one");
		}
	}
	r->o = json_object_new_object();
	r->verb = "replay";
	json_object_object_add(r->o, "verb", json_object_new_string(r->verb));
	json_object_object_add(r->o, "answers", answers);
	json_object_object_add(r->o, "buddyinfo", buddy);
	if (!st && !json_object_array_length(buddy))
		st = no_result(r->file, "a replay's result, but cut off: no free blocks at its end");
	return st;
}

/* The text of a result file; what is in it says of which experiment. */
static enum status load_keys(struct result *r, const char *text)
{
	struct json_object *o = sb_result_json(text);

	r->o = json_object_new_object();
	if (json_object_object_get_ex(o, "latency", NULL) ||
	    json_object_object_get_ex(o, "operations", NULL))
		r->verb = "bench";
	/* exact has a key of that name, which is no table */
	if (json_object_object_get_ex(o, "divergences", NULL))
		r->verb = "exact";
	if (r->verb) {
		json_object_object_add(r->o, "verb", json_object_new_string(r->verb));
		json_object_object_foreach(o, key, v)
			json_object_object_add(r->o, key, json_object_get(v));
	}
	json_object_put(o);
	return r->verb ? ST_DONE : no_result(r->file, "not a result of shadowbuddy");
}

/* ---- is it what it says it is? --------------------------------------------------- */

/* Members that have to be lists of objects, if they are there at all. */
static const struct {
	const char *verb;
	const char *key;
	bool needed;
} lists[] = {
	{ "bench", "latency", false },
	{ "bench", "operations", false },
	{ "bench", "free_blocks", false },
	{ "bench", "locks", false },
	{ "compare", "live", true },
	{ "compare", "shadow", true },
	{ "compare", "differences", true },
	{ "replay", "answers", true },
	{ "exact-table", "rows", true },
};

static bool all_objects(struct json_object *list)
{
	size_t i;

	if (!json_object_is_type(list, json_type_array))
		return false;
	for (i = 0; i < json_object_array_length(list); i++)
		if (!json_object_is_type(json_object_array_get_idx(list, i), json_type_object))
			return false;
	return true;
}

static enum status check(const struct result *r)
{
	struct json_object *v;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		if (strcmp(r->verb, lists[i].verb))
			continue;
		v = NULL;
		if (!json_object_object_get_ex(r->o, lists[i].key, &v) && !lists[i].needed)
			continue;
		if (!all_objects(v))
			return sb_fail(ST_CANNOT, "%s: a result of %s, but \"%s\" is not a table",
				       r->file, r->verb, lists[i].key);
	}
	if (!strcmp(r->verb, "bench") && !result_rows(r->o, "latency") &&
	    !result_rows(r->o, "operations"))
		return no_result(r->file, "a result of bench, but without figures");
	if (!strcmp(r->verb, "exact") && !json_object_object_get_ex(r->o, "divergences", NULL))
		return no_result(r->file, "a result of exact, but without an outcome");
	return ST_DONE;
}

static enum status load(struct result *r, const char *file)
{
	enum status st;
	char *text = sb_read(file);

	r->file = file;
	if (!text)
		return sb_fail(ST_CANNOT, "cannot read %s: %s", file,
			       errno == EILSEQ ? "not a text" : strerror(errno));
	if (text[strspn(text, " \t\r\n")] == '{')
		st = load_json(r, text);
	else if (!strncmp(text, "kernel\tmachine\tstate\t", 21))
		st = load_exact_table(r, text);
	else if (is_replay(text))
		st = load_replay(r, text);
	else
		st = load_keys(r, text);
	free(text);
	return st ? st : check(r);
}

/* ---- writing --------------------------------------------------------------------- */

static enum status write_report(const struct args *a, const struct results *rs)
{
	struct sb_out o;
	enum status st = sb_out_open(&o, a->out);

	if (st)
		return st;
	html_begin(o.f, "shadowbuddy report");
	report_sections(o.f, rs);
	html_end(o.f);
	if (sb_stopped)
		st = sb_fail(ST_CANNOT, "interrupted");
	return sb_out_close(&o, st);
}

static void print_json(const struct args *a, const struct results *rs)
{
	struct json_object *o = sb_json_new(), *list = json_object_new_array(), *r;
	size_t i;

	if (a->out)
		json_object_object_add(o, "file", json_object_new_string(a->out));
	for (i = 0; i < rs->n; i++) {
		r = json_object_new_object();
		json_object_object_add(r, "file", json_object_new_string(rs->r[i].file));
		json_object_object_add(r, "result", json_object_get(rs->r[i].o));
		json_object_array_add(list, r);
	}
	json_object_object_add(o, "results", list);
	sb_print_json(o);
}

enum status verb_report(int argc, char **argv)
{
	struct results rs = { 0 };
	struct args a = { 0 };
	enum status st;
	size_t i;

	if (sb_parse(&argp, argc, argv, &a))
		return ST_USAGE;
	rs.n = a.n;
	rs.r = sb_alloc(rs.n * sizeof(*rs.r));
	for (st = ST_DONE, i = 0; !st && i < rs.n; i++)
		st = load(&rs.r[i], a.files[i]);
	if (!st && (a.out || !env.json))
		st = write_report(&a, &rs);
	if (!st && env.json)
		print_json(&a, &rs);
	for (i = 0; i < rs.n; i++)
		json_object_put(rs.r[i].o);
	free(rs.r);
	return st;
}
