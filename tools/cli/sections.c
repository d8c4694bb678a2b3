// SPDX-License-Identifier: GPL-2.0
/* What a report shows of each kind of result. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "sb.h"

#define LARGE_ORDER	9	/* 2 MiB: a pageblock on x86 */

/* ---- members, whatever a file has there ------------------------------------------ */

const char *result_text(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;
	const char *text;

	if (!json_object_object_get_ex(o, key, &v) || !v)
		return "-";
	text = json_object_get_string(v);
	return text ? text : "-";
}

/* NAN if there is none. */
double result_number(struct json_object *o, const char *key)
{
	const char *text = result_text(o, key);

	return sb_is_number(text) ? strtod(text, NULL) : NAN;
}

/* A list of objects; NULL if there is none. */
struct json_object *result_rows(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	if (!json_object_object_get_ex(o, key, &v) ||
	    !json_object_is_type(v, json_type_array) || !json_object_array_length(v))
		return NULL;
	return v;
}

static bool is(struct json_object *o, const char *key, const char *value)
{
	return !strcmp(result_text(o, key), value);
}

/* ---- commands -------------------------------------------------------------------- */

/* Only what a shell takes as it stands: a file may hold anything. */
static bool is_plain(const char *text)
{
	while (*text && (isalnum((unsigned char)*text) || strchr("=,.:%_/ -", *text)))
		text++;
	return !*text;
}

static char *add_word(char *command, const char *key, const char *value)
{
	char *more;

	if (!strcmp(value, "-") || !is_plain(value))
		return command;
	more = sb_printf("%s %s=%s", command, key, value);
	free(command);
	return more;
}

static char *bench_command(struct json_object *o)
{
	static const char *const keys[] = {
		"workload", "seed", "engine", "timing", "touch", "level",
	};
	char *c = sb_strdup("sudo shadowbuddy bench");
	size_t i;

	if (result_rows(o, "operations"))
		return add_word(c, "table", "1");
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		c = add_word(c, keys[i], result_text(o, keys[i]));
	return c;
}

static char *exact_command(struct json_object *o)
{
	static const char *const keys[] = {
		"orders", "types", "zones", "gfp", "ops", "free_ratio", "state", "verify",
		"seed", "hold", "pause_us", "bursts",
	};
	char *c = sb_strdup("sudo shadowbuddy exact"), *cpus = sb_strdup(result_text(o, "cpus"));
	char *of = strstr(cpus, " of ");
	size_t i;

	if (of)
		*of = '\0';
	c = add_word(c, "cpus", cpus);
	free(cpus);
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		c = add_word(c, keys[i], result_text(o, keys[i]));
	if (strcmp(result_text(o, "running"), "-") && strcmp(result_text(o, "modelled"), "-") &&
	    strncmp(result_text(o, "running"), result_text(o, "modelled"),
		    strlen(result_text(o, "modelled"))))
		c = add_word(c, "profile", result_text(o, "modelled"));
	return c;
}

static void show_command(FILE *f, char *command)
{
	html_command(f, command);
	free(command);
}

/* ---- bench: latency -------------------------------------------------------------- */

static const struct {
	const char *key;
	const char *label;
} percentiles[] = {
	{ "p50_ns", "p50" }, { "p90_ns", "p90" }, { "p99_ns", "p99" },
	{ "p999_ns", "p99.9" }, { "max_ns", "max" },
};

static struct json_object *find_row(struct json_object *rows, const char *engine,
				    const char *workload)
{
	size_t i;

	for (i = 0; rows && i < json_object_array_length(rows); i++) {
		struct json_object *r = json_object_array_get_idx(rows, i);

		if (is(r, "engine", engine) && is(r, "workload", workload))
			return r;
	}
	return NULL;
}

static void latency_chart(FILE *f, const char *phase, struct json_object *live,
			  struct json_object *shadow)
{
	char *title = sb_printf("%s: time of a request", phase);
	struct chart c = {
		.title = title,
		.desc = "Median, 90th, 99th, 99.9th percentile and maximum of the time of a request, live against shadow, on a logarithmic scale. The table beside it has the figures.",
		.n = sizeof(percentiles) / sizeof(*percentiles),
	};
	int i;

	for (i = 0; i < c.n; i++) {
		c.label[i] = percentiles[i].label;
		c.v[0][i] = result_number(live, percentiles[i].key);
		c.v[1][i] = result_number(shadow, percentiles[i].key);
	}
	chart_lines(f, &c);
	free(title);
}

/* A chart for each phase; its rows go to @sorted, so that they stand together. */
static void latency_charts(FILE *f, struct json_object *rows, struct json_object *sorted)
{
	size_t i, n = json_object_array_length(rows);

	for (i = 0; i < n; i++) {
		struct json_object *r = json_object_array_get_idx(rows, i);
		const char *phase = result_text(r, "workload");
		struct json_object *live = find_row(rows, "live", phase);
		struct json_object *shadow = find_row(rows, "shadow", phase);

		if (r != (live ? live : shadow))
			continue;
		latency_chart(f, phase, live, shadow);
		if (live)
			json_object_array_add(sorted, json_object_get(live));
		if (shadow)
			json_object_array_add(sorted, json_object_get(shadow));
	}
}

static void show_latency(FILE *f, struct json_object *rows)
{
	static const struct column columns[] = {
		{ "workload", "phase" }, { "engine", NULL }, { "order", NULL },
		{ "threads", NULL }, { "ops", "requests" }, { "fail", "refused" },
		{ "mean_ns", "mean ns" }, { "p50_ns", "p50" }, { "p90_ns", "p90" },
		{ "p99_ns", "p99" }, { "p999_ns", "p99.9" }, { "max_ns", "max" }, { NULL, NULL },
	};

	struct json_object *sorted = json_object_new_array();

	html_begin_figure(f);
	latency_charts(f, rows, sorted);
	html_table(f, "Time of a request, ns", sorted, columns);
	html_end_figure(f);
	json_object_put(sorted);
}

static void show_operations(FILE *f, struct json_object *rows)
{
	static const struct column columns[] = {
		{ "operation", NULL }, { "ops", "requests" }, { "live_ns", "live ns" },
		{ "shadow_ns", "shadow ns" }, { "ratio", "shadow/live" }, { "loop_ns", "loop ns" },
		{ "live_fail", "live refused" }, { "shadow_fail", "shadow refused" },
		{ "live_fallbacks", "live fallbacks" }, { "shadow_fallbacks", "shadow fallbacks" },
		{ NULL, NULL },
	};
	struct chart c = {
		.title = "mean time of a request",
		.desc = "Mean time of each operation, live against shadow, on a logarithmic scale. The table beside it has the figures.",
	};
	size_t i;

	for (i = 0; i < json_object_array_length(rows) && c.n < CHART_POINTS; i++, c.n++) {
		struct json_object *r = json_object_array_get_idx(rows, i);

		c.label[c.n] = result_text(r, "operation");
		c.v[0][c.n] = result_number(r, "live_ns");
		c.v[1][c.n] = result_number(r, "shadow_ns");
	}
	html_begin_figure(f);
	chart_dots(f, &c);
	html_table(f, "Mean time of a request, less that of the loop", rows, columns);
	html_end_figure(f);
}

/* ---- free blocks ----------------------------------------------------------------- */

/**
 * struct free_blocks - what is free, of all zones of one allocator
 * @n:	   blocks by order
 * @pages: in all of them
 * @known: there was anything to read
 */
struct free_blocks {
	double n[SB_ORDERS];
	double pages;
	bool known;
};

static void add_blocks(struct free_blocks *b, int order, double n)
{
	if (!(n >= 0) || !isfinite(n))
		return;
	b->n[order] += n;
	b->pages += ldexp(n, order);
	b->known = true;
}

/* From bench: rows of an engine, a member an order. */
static void from_bench(struct free_blocks *b, struct json_object *o, const char *engine)
{
	struct json_object *rows = result_rows(o, "free_blocks");
	char order[12];
	size_t i;
	int k;

	for (i = 0; rows && i < json_object_array_length(rows); i++) {
		struct json_object *r = json_object_array_get_idx(rows, i);

		if (!is(r, "engine", engine) || !is(r, "what", "free"))
			continue;
		for (k = 0; k < SB_ORDERS; k++) {
			snprintf(order, sizeof(order), "%d", k);
			add_blocks(b, k, result_number(r, order));
		}
	}
}

static double number_at(struct json_object *list, size_t i)
{
	return json_object_get_double(json_object_array_get_idx(list, i));
}

/* From compare: zones of an engine, each with a list. */
static void from_compare(struct free_blocks *b, struct json_object *o, const char *engine)
{
	struct json_object *zones = result_rows(o, engine), *list;
	size_t i, k;

	for (i = 0; zones && i < json_object_array_length(zones); i++) {
		list = NULL;
		json_object_object_get_ex(json_object_array_get_idx(zones, i), "free_blocks",
					  &list);
		if (!json_object_is_type(list, json_type_array))
			continue;
		for (k = 0; k < json_object_array_length(list) && k < SB_ORDERS; k++)
			add_blocks(b, k, number_at(list, k));
	}
}

static struct free_blocks blocks_of(const struct result *r, const char *engine)
{
	struct free_blocks b = { .known = false };

	if (!strcmp(r->verb, "bench"))
		from_bench(&b, r->o, engine);
	else if (!strcmp(r->verb, "compare"))
		from_compare(&b, r->o, engine);
	return b;
}

/* Percent of the free pages that lie in blocks of @low to @high. */
static double share(const struct free_blocks *b, int low, int high)
{
	double pages = 0;
	int k;

	for (k = low; k <= high; k++)
		pages += ldexp(b->n[k], k);
	return b->pages > 0 ? 100 * pages / b->pages : NAN;
}

static void add_number(struct json_object *o, const char *key, double v, int digits)
{
	char *text = isfinite(v) ? sb_printf("%.*f", digits, v) : sb_strdup("-");

	json_object_object_add(o, key, sb_value(text));
	free(text);
}

/* The figures of the chart below, a row an order. */
static struct json_object *blocks_rows(const struct free_blocks *live,
				       const struct free_blocks *shadow)
{
	struct json_object *rows = json_object_new_array(), *r;
	int k;

	for (k = 0; k < SB_ORDERS; k++) {
		r = json_object_new_object();
		json_object_object_add(r, "order", json_object_new_int(k));
		add_number(r, "live", live->known ? live->n[k] : NAN, 0);
		add_number(r, "shadow", shadow->known ? shadow->n[k] : NAN, 0);
		add_number(r, "live_share", share(live, k, k), 1);
		add_number(r, "shadow_share", share(shadow, k, k), 1);
		json_object_array_add(rows, r);
	}
	return rows;
}

static void show_blocks(FILE *f, const struct result *res)
{
	static const struct column columns[] = {
		{ "order", NULL }, { "live", "live blocks" }, { "live_share", "% of free pages" },
		{ "shadow", "shadow blocks" }, { "shadow_share", "% of free pages" },
		{ NULL, NULL },
	};
	static const char *const orders[] = {
		"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10",
	};
	struct free_blocks live = blocks_of(res, "live"), shadow = blocks_of(res, "shadow");
	struct chart c = {
		.title = "free pages by order of their block, %",
		.desc = "How the free pages are spread over blocks of each order, all zones together, live against shadow. The table beside it has the figures.",
		.n = SB_ORDERS,
	};
	struct json_object *rows;
	int k;

	if (!live.known && !shadow.known)
		return;
	for (k = 0; k < SB_ORDERS; k++) {
		c.label[k] = orders[k];
		c.v[0][k] = share(&live, k, k);
		c.v[1][k] = share(&shadow, k, k);
	}
	rows = blocks_rows(&live, &shadow);
	html_begin_figure(f);
	chart_bars(f, &c);
	html_table(f, "Free blocks by order, all zones", rows, columns);
	html_end_figure(f);
	json_object_put(rows);
}

/* ---- fragmentation over time ----------------------------------------------------- */

static struct json_object *time_row(const struct result *r, int n, double *live,
				    double *shadow)
{
	struct free_blocks l = blocks_of(r, "live"), s = blocks_of(r, "shadow");
	struct json_object *o = json_object_new_object();
	const char *what;

	*live = share(&l, LARGE_ORDER, SB_ORDERS - 1);
	*shadow = share(&s, LARGE_ORDER, SB_ORDERS - 1);
	json_object_object_add(o, "n", json_object_new_int(n));
	json_object_object_add(o, "file", json_object_new_string(r->file));
	what = strcmp(r->verb, "bench") ? r->verb : result_text(r->o, "workload");
	json_object_object_add(o, "what",
			       json_object_new_string_len(what, strcspn(what, " ")));
	add_number(o, "live_pages", l.known ? l.pages : NAN, 0);
	add_number(o, "live_share", *live, 1);
	add_number(o, "shadow_pages", s.known ? s.pages : NAN, 0);
	add_number(o, "shadow_share", *shadow, 1);
	return o;
}

static bool has_blocks(const struct result *r)
{
	return blocks_of(r, "live").known || blocks_of(r, "shadow").known;
}

/* How many results have free blocks, as far as a chart has room. */
static int time_points(const struct results *rs)
{
	size_t i;
	int n = 0;

	for (i = 0; i < rs->n; i++)
		n += has_blocks(&rs->r[i]);
	return n < CHART_POINTS ? n : CHART_POINTS;
}

static void show_over_time(FILE *f, const struct results *rs)
{
	static const struct column columns[] = {
		{ "n", NULL }, { "file", "result" }, { "what", NULL },
		{ "live_pages", "live free pages" }, { "live_share", "% in large blocks" },
		{ "shadow_pages", "shadow free pages" }, { "shadow_share", "% in large blocks" },
		{ NULL, NULL },
	};
	struct json_object *rows = json_object_new_array();
	struct chart c = {
		.title = "free pages in blocks of 2 MiB or more, %",
		.desc = "The share of the free pages that lie in blocks of order 9 or more at the end of each result, in the order in which they were given, live against shadow. The table beside it has the figures.",
	};
	char label[CHART_POINTS][12];
	size_t i;

	for (i = 0; i < rs->n && c.n < CHART_POINTS; i++) {
		if (!has_blocks(&rs->r[i]))
			continue;
		snprintf(label[c.n], sizeof(label[0]), "%d", c.n + 1);
		c.label[c.n] = label[c.n];
		json_object_array_add(rows, time_row(&rs->r[i], c.n + 1, &c.v[0][c.n],
						     &c.v[1][c.n]));
		c.n++;
	}
	fputs("<p>What is left in large blocks after each result, in the order in which the "
	      "results were given: the less, the more fragmented is the memory.</p>\n", f);
	html_begin_figure(f);
	chart_shares(f, &c);
	html_table(f, "Free memory at the end of each result", rows, columns);
	html_end_figure(f);
	json_object_put(rows);
}

/* ---- one result each ------------------------------------------------------------- */

static void show_bench(FILE *f, const struct result *r)
{
	static const struct column locks[] = {
		{ "lock", NULL }, { "taken", NULL }, { "timed", NULL }, { "contended", NULL },
		{ "wait_mean_ns", "wait mean ns" }, { "wait_max_ns", "wait max ns" },
		{ "hold_mean_ns", "hold mean ns" }, { "hold_max_ns", "hold max ns" },
		{ NULL, NULL },
	};
	static const struct column blocks[] = {
		{ "engine", NULL }, { "node", NULL }, { "zone", NULL }, { "what", NULL },
		{ "0", NULL }, { "1", NULL }, { "2", NULL }, { "3", NULL }, { "4", NULL },
		{ "5", NULL }, { "6", NULL }, { "7", NULL }, { "8", NULL }, { "9", NULL },
		{ "10", NULL }, { NULL, NULL },
	};
	struct json_object *latency = result_rows(r->o, "latency");
	struct json_object *operations = result_rows(r->o, "operations");
	const char *workload = operations ? "all operations" : result_text(r->o, "workload");
	char *what = sb_printf("bench: %.*s", operations ? 99 : (int)strcspn(workload, " "),
			       workload);

	html_result(f, r, what);
	free(what);
	show_command(f, bench_command(r->o));
	if (latency)
		show_latency(f, latency);
	if (operations)
		show_operations(f, operations);
	show_blocks(f, r);
	html_table(f, "Free blocks and fragmentation index (thousandths; -1000: would be served) by order",
		   result_rows(r->o, "free_blocks"), blocks);
	html_table(f, "Zone locks of the shadow", result_rows(r->o, "locks"), locks);
	html_keys(f, "Conditions", r->o);
}

static void verdict(FILE *f, bool good, const char *text)
{
	fprintf(f, "<p class=\"%s\">", good ? "good" : "bad");
	html_text(f, text);
	fputs("</p>\n", f);
}

static void show_exact(FILE *f, const struct result *r)
{
	bool same = is(r->o, "divergences", "0");
	char *text = sb_printf("%s requests compared, %s states: %s",
			       result_text(r->o, "operations"),
			       result_text(r->o, "states_compared"),
			       same ? "no difference" : "a difference");

	html_result(f, r, "exact");
	show_command(f, exact_command(r->o));
	verdict(f, same, text);
	free(text);
	if (strcmp(result_text(r->o, "text"), "-")) {
		fputs("<pre>", f);
		html_text(f, result_text(r->o, "text"));
		fputs("</pre>\n", f);
	}
	html_keys(f, "Result", r->o);
}

/* A table that scripts/exact keeps: its columns are what the first row has. */
static void show_exact_table(FILE *f, const struct result *r)
{
	struct json_object *rows = result_rows(r->o, "rows"), *first;
	double requests = 0, divergences = 0;
	struct column columns[64] = { { NULL, NULL } };
	size_t i, n = 0;
	char *text;

	first = json_object_array_get_idx(rows, 0);
	json_object_object_foreach(first, key, v) {
		(void)v;
		if (n < 63)
			columns[n++].key = key;
	}
	for (i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		requests += fmax(result_number(row, "requests"), 0);
		divergences += fmax(result_number(row, "divergences"), 0);
	}
	text = sb_printf("%zu machines and states, %.0f requests compared, %.0f differences",
			 json_object_array_length(rows), requests, divergences);
	html_result(f, r, "scripts/exact");
	html_command(f, "make exact");
	verdict(f, divergences <= 0, text);
	free(text);
	html_table(f, "Frame by frame, by kernel, machine and state", rows, columns);
}

static void show_compare(FILE *f, const struct result *r)
{
	static const struct column zones[] = {
		{ "node", NULL }, { "zone", NULL }, { "free", NULL }, { "min", NULL },
		{ "low", NULL }, { "high", NULL }, { "boost", NULL }, { "managed", NULL },
		{ "per_cpu", "per-CPU" }, { "per_cpu_high", "per-CPU high" },
		{ "per_cpu_batch", "batch" }, { NULL, NULL },
	};
	static const struct column differences[] = {
		{ "node", NULL }, { "zone", NULL }, { "what", NULL }, { "column", NULL },
		{ "live", NULL }, { "shadow", NULL }, { NULL, NULL },
	};
	char *command = sb_strdup("sudo shadowbuddy compare");

	html_result(f, r, "compare");
	if (isfinite(result_number(r->o, "threshold"))) {
		free(command);
		command = sb_printf("sudo shadowbuddy compare --threshold=%g",
				    result_number(r->o, "threshold"));
	}
	show_command(f, command);
	show_blocks(f, r);
	html_table(f, "Live zones, pages", result_rows(r->o, "live"), zones);
	html_table(f, "Shadow zones, pages", result_rows(r->o, "shadow"), zones);
	html_table(f, "Further apart than the threshold", result_rows(r->o, "differences"),
		   differences);
}

/* ---- replay ---------------------------------------------------------------------- */

static size_t refused(struct json_object *answers)
{
	size_t i, n = 0;

	for (i = 0; answers && i < json_object_array_length(answers); i++)
		n += is(json_object_array_get_idx(answers, i), "offset", "-");
	return n;
}

static bool same_answer(struct json_object *a, struct json_object *b)
{
	return is(a, "id", result_text(b, "id")) && is(a, "offset", result_text(b, "offset"));
}

/* How many answers are not the first replay's. */
static size_t other_answers(struct json_object *first, struct json_object *answers)
{
	size_t a = first ? json_object_array_length(first) : 0;
	size_t b = answers ? json_object_array_length(answers) : 0, i, n;

	for (n = a > b ? a - b : b - a, i = 0; i < a && i < b; i++)
		n += !same_answer(json_object_array_get_idx(first, i),
				  json_object_array_get_idx(answers, i));
	return n;
}

static struct json_object *replay_rows(const struct results *rs)
{
	struct json_object *rows = json_object_new_array(), *first = NULL, *o, *answers;
	size_t i;

	for (i = 0; i < rs->n; i++) {
		if (strcmp(rs->r[i].verb, "replay"))
			continue;
		answers = result_rows(rs->r[i].o, "answers");
		first = first ? first : answers;
		o = json_object_new_object();
		json_object_object_add(o, "file", json_object_new_string(rs->r[i].file));
		add_number(o, "requests", answers ? json_object_array_length(answers) : 0, 0);
		add_number(o, "refused", refused(answers), 0);
		add_number(o, "other", other_answers(first, answers), 0);
		json_object_array_add(rows, o);
	}
	return rows;
}

static void show_replays(FILE *f, const struct results *rs)
{
	static const struct column columns[] = {
		{ "file", "result" }, { "requests", "allocations" }, { "refused", NULL },
		{ "other", "answers other than the first's" }, { NULL, NULL },
	};
	struct json_object *rows = replay_rows(rs);

	fputs("<p>A script of requests, served from the initial state. Under the same rules the "
	      "answers are the same page for page.</p>\n", f);
	html_command(f, "sudo shadowbuddy replay SCRIPT");
	html_table(f, "Replays", rows, columns);
	json_object_put(rows);
}

static void show_buddyinfo(FILE *f, const struct result *r)
{
	struct json_object *list = result_rows(r->o, "buddyinfo");
	size_t i;

	if (!list)
		return;
	html_result(f, r, "free blocks at the end");
	fputs("<pre>", f);
	for (i = 0; i < json_object_array_length(list); i++) {
		struct json_object *line = json_object_array_get_idx(list, i);

		html_text(f, line ? json_object_get_string(line) : "-");
		fputc('\n', f);
	}
	fputs("</pre>\n", f);
}

/* ---- the whole ------------------------------------------------------------------- */

static void show_status(FILE *f, const struct result *r)
{
	html_result(f, r, "status");
	html_command(f, "sudo shadowbuddy status");
	html_keys(f, "What was loaded, on what memory", r->o);
}

static void show_other(FILE *f, const struct result *r)
{
	html_result(f, r, r->verb);
	html_keys(f, "Result", r->o);
}

/**
 * struct section - results of some verbs
 * @id:	    to link to
 * @title:  above
 * @verb:   whose results; NULL: all that no other section has
 * @intro:  what stands before them
 * @show:   one
 */
struct section {
	const char *id;
	const char *title;
	const char *verb;
	void (*intro)(FILE *f, const struct results *rs);
	void (*show)(FILE *f, const struct result *r);
};

static const struct section sections[] = {
	{ "machine", "Machine and module", "status", NULL, show_status },
	{ "bench", "How long a request takes", "bench", NULL, show_bench },
	{ "compare", "Zones side by side", "compare", NULL, show_compare },
	{ "exact", "Frame by frame", "exact", NULL, show_exact },
	{ "exact-table", "Frame by frame, on many machines", "exact-table", NULL,
	  show_exact_table },
	{ "replay", "Replays", "replay", show_replays, show_buddyinfo },
	{ "other", "Other results", NULL, NULL, show_other },
};

#define NR_SECTIONS (sizeof(sections) / sizeof(*sections))

static bool belongs(const struct section *s, const struct result *r)
{
	size_t i;

	if (s->verb)
		return !strcmp(s->verb, r->verb);
	for (i = 0; i < NR_SECTIONS; i++)
		if (sections[i].verb && !strcmp(sections[i].verb, r->verb))
			return false;
	return true;
}

static bool wanted(const struct section *s, const struct results *rs)
{
	size_t i;

	for (i = 0; i < rs->n; i++)
		if (belongs(s, &rs->r[i]))
			return true;
	return false;
}

static void link_to(FILE *f, const char *id, const char *title)
{
	fprintf(f, "<li><a href=\"#%s\">%s</a></li>\n", id, title);
}

static void contents(FILE *f, const struct results *rs)
{
	size_t i;

	fputs("<nav aria-label=\"Contents\">\n<ul>\n", f);
	link_to(f, "results", "Results");
	for (i = 0; i < NR_SECTIONS; i++) {
		if (wanted(&sections[i], rs))
			link_to(f, sections[i].id, sections[i].title);
		if (i == 1 && time_points(rs) > 1)
			link_to(f, "over-time", "Fragmentation over time");
	}
	fputs("</ul>\n</nav>\n</header>\n<main>\n", f);
}

/* The mean of the last row of an engine: of the whole workload. */
static double mean(struct json_object *rows, const char *engine)
{
	size_t i;

	for (i = rows ? json_object_array_length(rows) : 0; i; i--) {
		struct json_object *r = json_object_array_get_idx(rows, i - 1);

		if (is(r, "engine", engine))
			return result_number(r, "mean_ns");
	}
	return NAN;
}

/* In a few words. */
static char *finding(const struct result *r)
{
	struct json_object *rows = result_rows(r->o, "latency");
	double ratio = mean(rows, "shadow") / mean(rows, "live");
	const char *workload = result_text(r->o, "workload");

	if (!strcmp(r->verb, "bench") && isfinite(ratio))
		return sb_printf("%.*s: shadow/live %.2f in the mean",
				 (int)strcspn(workload, " "), workload, ratio);
	if (!strcmp(r->verb, "bench"))
		return sb_strdup(result_rows(r->o, "operations") ? "all operations" : workload);
	if (!strcmp(r->verb, "exact"))
		return sb_printf("%s requests compared, %s", result_text(r->o, "operations"),
				 is(r->o, "divergences", "0") ? "no difference" : "a difference");
	if (!strcmp(r->verb, "compare"))
		return sb_printf("%zu differences", result_rows(r->o, "differences") ?
				 json_object_array_length(result_rows(r->o, "differences")) : 0);
	return sb_strdup("");
}

static const char *kernel_of(struct json_object *o)
{
	return strcmp(result_text(o, "kernel"), "-") ? result_text(o, "kernel") :
	       result_text(o, "running");
}

static const char *profile_of(struct json_object *o)
{
	return strcmp(result_text(o, "profile"), "-") ? result_text(o, "profile") :
	       result_text(o, "modelled");
}

static struct json_object *summary_row(const struct result *r)
{
	struct json_object *o = json_object_new_object();
	char *text = finding(r);

	json_object_object_add(o, "file", json_object_new_string(r->file));
	json_object_object_add(o, "verb", json_object_new_string(r->verb));
	json_object_object_add(o, "kernel", json_object_new_string(kernel_of(r->o)));
	json_object_object_add(o, "profile", json_object_new_string(profile_of(r->o)));
	json_object_object_add(o, "finding", json_object_new_string(text));
	free(text);
	return o;
}

static void summary(FILE *f, const struct results *rs)
{
	static const struct column columns[] = {
		{ "file", "result" }, { "verb", NULL }, { "kernel", NULL },
		{ "profile", "rules of" }, { "finding", NULL }, { NULL, NULL },
	};
	struct json_object *rows = json_object_new_array();
	size_t i;

	for (i = 0; i < rs->n; i++)
		json_object_array_add(rows, summary_row(&rs->r[i]));
	html_section(f, "results", "Results");
	fputs("<p>Live is the kernel's own allocator, at work on the kernel's memory. Shadow is "
	      "the module's re-implementation of it, at work on memory that the module "
	      "reserved.</p>\n", f);
	html_table(f, "What this report was made from", rows, columns);
	json_object_put(rows);
}

static void section(FILE *f, const struct section *s, const struct results *rs)
{
	size_t i;

	html_section(f, s->id, s->title);
	if (s->intro)
		s->intro(f, rs);
	for (i = 0; i < rs->n; i++)
		if (belongs(s, &rs->r[i]))
			s->show(f, &rs->r[i]);
}

/* All of it, but for what every HTML file has. */
void report_sections(FILE *f, const struct results *rs)
{
	size_t i;

	contents(f, rs);
	summary(f, rs);
	for (i = 0; i < NR_SECTIONS; i++) {
		if (wanted(&sections[i], rs)) {
			fputs("</section>\n", f);
			section(f, &sections[i], rs);
		}
		if (i == 1 && time_points(rs) > 1) {
			fputs("</section>\n", f);
			html_section(f, "over-time", "Fragmentation over time");
			show_over_time(f, rs);
		}
	}
}
