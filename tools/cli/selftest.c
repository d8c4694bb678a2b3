// SPDX-License-Identifier: GPL-2.0
/* selftest: is what is loaded in order? A few checks of each part, in seconds. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sb.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	argp_error(state, "no argument is wanted: '%s'", arg);
	return 0;
}

static const struct argp argp = {
	.parser = parse,
	.doc = "Is what is loaded in order?\v"
	       "Reads the files and adds them up, has something refused, serves a script twice, "
	       "runs a short bench and a few bursts. The replay script and the results of the "
	       "experiments are other ones afterwards, the shadow is in its initial state. Exit "
	       "status 1 if a check fails.\n\n"
	       "EXAMPLES\n"
	       "  sudo shadowbuddy selftest\n"
	       "  sudo shadowbuddy selftest --json | jq '.tests[] | select(.ok | not)'",
	.children = (const struct argp_child[]) { { &sb_common_argp, 0, NULL, 0 }, { 0 } },
};

/* ---- the checks: NULL if all is well, else why not ------------------------------- */

static char *check_files(void)
{
	static const char *const names[] = {
		"version", "arena", "buddyinfo", "pagetypeinfo", "zoneinfo", "vmstat",
		"extfrag_index", "unusable_index", "pageblocks", "map", "live/map",
	};
	char *text, *why = NULL;
	size_t i;

	for (i = 0; !why && i < sizeof(names) / sizeof(*names); i++) {
		text = sb_file(names[i]);
		if (!text)
			why = sb_printf("%s: %s", names[i], strerror(errno));
		else if (!*text)
			why = sb_printf("%s: nothing in it", names[i]);
		free(text);
	}
	return why;
}

/* Free blocks of a zone hold as many pages as the zone says are free. */
static char *check_sums(void)
{
	struct sb_zones *zs = sb_alloc(sizeof(*zs));
	unsigned long pages;
	char *why = NULL;
	int i, o;

	if (sb_zones_read(zs, true))
		why = sb_strdup("the files cannot be read");
	for (i = 0; !why && i < zs->n; i++) {
		for (pages = 0, o = 0; o < SB_ORDERS; o++)
			pages += zs->z[i].nr_free[o] << o;
		if (pages != zs->z[i].free)
			why = sb_printf("zone %s: buddyinfo has %lu free pages, zoneinfo %lu",
					zs->z[i].name, pages, zs->z[i].free);
	}
	free(zs);
	return why;
}

/* Not by sb_write(): that a refusal is reported is not to be seen here. */
static char *check_refusal(void)
{
	char *path = sb_printf("%s/bench/run", env.dir), word[32], *log, *why = NULL;
	FILE *f = fopen(path, "we");

	free(path);
	if (!f)
		return sb_printf("bench/run: %s", strerror(errno));
	fprintf(f, "selftest%d=1\n", getpid());
	if (!fclose(f))
		return sb_strdup("a key that does not exist was accepted");
	/* Not one that an earlier selftest had refused. */
	snprintf(word, sizeof(word), "word=\"selftest%d\"", getpid());
	log = sb_file("error_log");
	if (!log || !strstr(log, word))
		why = sb_strdup("error_log does not tell of a refused write");
	free(log);
	return why;
}

/* What a script is answered; NULL if it is not. */
static char *serve(void)
{
	enum status st = sb_write("replay/script",
				  "a 1 0 unmovable\na 2 3 movable\na 3 0 reclaimable\nf 1\n"
				  "a 4 0 unmovable\na 5 9 movable\nf 3\nf 2\na 6 1 movable\n");
	char *result = NULL;

	return !st && !sb_run("replay", "", &result) ? result : NULL;
}

static char *check_replay(void)
{
	char *a = serve(), *b = serve(), *why = NULL;

	if (!a || !b)
		why = sb_strdup("the script was not served");
	else if (strncmp(a, "1 ", 2))
		why = sb_printf("not an answer: %.20s", a);
	else if (strcmp(a, b))
		why = sb_strdup("the same script got other answers");
	free(a);
	free(b);
	return why;
}

static char *check_bench(void)
{
	char *result = NULL, *why = NULL;
	struct json_object *o, *rows;

	if (sb_run("bench", "allocs=1000 rounds=2", &result))
		return sb_strdup("it did not run");
	o = sb_result_json(result);
	rows = sb_rows(o, "latency");
	if (!rows || json_object_array_length(rows) < 2)
		why = sb_strdup("the result has no rows of both engines");
	else if (strcmp(sb_get(o, "shadow_lost_pages"), "0"))
		why = sb_printf("%s pages of the shadow were lost", sb_get(o, "shadow_lost_pages"));
	json_object_put(o);
	free(result);
	return why;
}

static char *check_exact(void)
{
	char *result = NULL, *why = NULL;
	struct json_object *o;

	if (sb_run("exact", "bursts=4 ops=500 pause_us=20000", &result))
		return sb_strdup("it did not run");
	o = sb_result_json(result);
	if (strcmp(sb_get(o, "divergences"), "0"))
		why = sb_strdup("the clone differs from the host: cat exact/result");
	else if (!atoi(sb_get(o, "operations")))
		why = sb_strdup("no request could be compared: the machine is too busy, or too large for the pause");
	json_object_put(o);
	free(result);
	return why;
}

/* After all of that every page of the arena is free again. */
static char *check_returned(void)
{
	struct sb_zones *zs = sb_alloc(sizeof(*zs));
	unsigned long pages = 0, managed = 0;
	int i;

	if (sb_write("reset", "1") || sb_zones_read(zs, true)) {
		free(zs);
		return sb_strdup("the shadow could not be reset");
	}
	for (i = 0; i < zs->n; i++) {
		pages += zs->z[i].free;
		managed += zs->z[i].managed;
	}
	free(zs);
	return pages == managed ? NULL :
		sb_printf("%lu of %lu pages are not free after all", managed - pages, managed);
}

static const struct {
	const char *name;
	char *(*run)(void);
} checks[] = {
	{ "files", check_files },
	{ "sums", check_sums },
	{ "refusal", check_refusal },
	{ "replay", check_replay },
	{ "bench", check_bench },
	{ "exact", check_exact },
	{ "returned", check_returned },
};

/* ---- the verb -------------------------------------------------------------------- */

static void print_check(const char *name, const char *why)
{
	printf("%s%s%s %s%s%s\n", sb_paint(why ? "31" : "32"), why ? "not ok" : "ok",
	       sb_paint("0"), name, why ? ": " : "", why ? why : "");
	fflush(stdout);
}

static void add_check(struct json_object *tests, const char *name, const char *why)
{
	struct json_object *t = json_object_new_object();

	json_object_object_add(t, "name", json_object_new_string(name));
	json_object_object_add(t, "ok", json_object_new_boolean(!why));
	if (why)
		json_object_object_add(t, "why", json_object_new_string(why));
	json_object_array_add(tests, t);
}

static enum status finish(struct json_object *tests, int failed)
{
	int passed = json_object_array_length(tests) - failed;
	struct json_object *o;

	if (sb_stopped) {
		json_object_put(tests);
		return sb_interrupted ? ST_CANNOT : sb_fail(ST_CANNOT, "interrupted");
	}
	if (env.json) {
		o = sb_json_new();
		json_object_object_add(o, "passed", json_object_new_int(passed));
		json_object_object_add(o, "failed", json_object_new_int(failed));
		json_object_object_add(o, "tests", tests);
		sb_print_json(o);
	} else {
		printf("%d passed, %d failed\n", passed, failed);
		json_object_put(tests);
	}
	return failed ? ST_DIFFERENT : ST_DONE;
}

enum status verb_selftest(int argc, char **argv)
{
	struct json_object *tests;
	enum status st;
	int failed = 0;
	char *why;
	size_t i;

	if (sb_parse(&argp, argc, argv, NULL))
		return ST_USAGE;
	st = sb_need_module();
	if (st)
		return st;
	tests = json_object_new_array();
	for (i = 0; i < sizeof(checks) / sizeof(*checks) && !sb_stopped; i++) {
		why = checks[i].run();
		failed += !!why;
		add_check(tests, checks[i].name, why);
		if (!env.json)
			print_check(checks[i].name, why);
		free(why);
	}
	return finish(tests, failed);
}
