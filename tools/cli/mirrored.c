// SPDX-License-Identifier: GPL-2.0
/*
 * What the mirrors made of a host: the module's text as JSON, and that for people.
 *
 * The text has blocks with a blank line between: the stream, each instance, and a
 * table in which each what-if has two columns.
 */
#include <stdlib.h>
#include <string.h>

#include "mirror.h"

/* Columns of the table: figure host baseline error, {NAME change}..., kind */
#define FIXED		4
#define MOST_WORDS	(FIXED + 2 * MIRROR_WHATIFS + 1)

/* ---- the module's text --------------------------------------------------------------- */

/* Cut a line up.  Return: its words; more than @max if there are. */
static int words_of(char *line, char **words, int max)
{
	char *save = NULL, *w;
	int n = 0;

	for (w = strtok_r(line, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		if (n < max)
			words[n] = w;
		n++;
	}
	return n;
}

/* "-" is what nobody knows. */
static bool number_or_none(const char *text)
{
	return !strcmp(text, "-") || sb_is_number(text);
}

static struct json_object *number(const char *text)
{
	return strcmp(text, "-") ? sb_value(text) : NULL;
}

/* With as many decimals as they have. */
static struct json_object *difference(const char *value, const char *base)
{
	char text[64];

	snprintf(text, sizeof(text), "%.*f", strchr(value, '.') ? 2 : 0,
		 strtod(value, NULL) - strtod(base, NULL));
	return sb_value(text);
}

/* A what-if's two columns; NULL if that is not what they are. */
static struct json_object *what_if(const char *name, const char *value,
				   const char *change, const char *base)
{
	struct json_object *o;
	bool known = !strcmp(change, "same") || !strcmp(change, "within_error");

	if (!sb_is_number(value) || (!known && !sb_is_number(change)))
		return NULL;
	o = json_object_new_object();
	json_object_object_add(o, "instance", json_object_new_string(name));
	json_object_object_add(o, "value", sb_value(value));
	json_object_object_add(o, "change", difference(value, base));
	json_object_object_add(o, "verdict",
			       json_object_new_string(known ? change : "different"));
	return o;
}

static bool row_ok(char **row, int n)
{
	return number_or_none(row[1]) && sb_is_number(row[2]) && number_or_none(row[3]) &&
	       (!strcmp(row[n - 1], "sound") || !strcmp(row[n - 1], "open_loop"));
}

/* A row of @n words under a head of as many; NULL if it is none. */
static struct json_object *figure(char **head, char **row, int n)
{
	struct json_object *o, *list, *w;
	bool good = row_ok(row, n);
	int i;

	o = json_object_new_object();
	list = json_object_new_array();
	json_object_object_add(o, "figure", json_object_new_string(row[0]));
	json_object_object_add(o, "host", number(row[1]));
	json_object_object_add(o, "baseline", number(row[2]));
	json_object_object_add(o, "error", number(row[3]));
	json_object_object_add(o, "kind", json_object_new_string(row[n - 1]));
	json_object_object_add(o, "what_if", list);
	for (i = FIXED; good && i + 1 < n; i += 2) {
		w = what_if(head[i], row[i], row[i + 1], row[2]);
		good = w;
		json_object_array_add(list, w);
	}
	if (good)
		return o;
	json_object_put(o);
	return NULL;
}

/* The table; NULL if it is none. */
static struct json_object *figures(char *block)
{
	struct json_object *rows = json_object_new_array(), *f = NULL;
	char *head[MOST_WORDS], *row[MOST_WORDS], *line = sb_line(&block);
	int n = words_of(line, head, MOST_WORDS);
	bool good = n > FIXED && n <= MOST_WORDS && (n - FIXED) % 2;

	while (good && (line = sb_line(&block))) {
		f = words_of(line, row, MOST_WORDS) == n ? figure(head, row, n) : NULL;
		good = f;
		json_object_array_add(rows, f);
	}
	if (good && f)
		return rows;
	json_object_put(rows);
	return NULL;
}

static bool is_instance(struct json_object *o)
{
	return sb_member(o, "requests", json_type_int) &&
	       sb_member(o, "distribution_err_pct", json_type_double);
}

/* An instance, or the table: into @o.  Return: false if it is neither. */
static bool add_block(struct json_object *o, struct json_object *instances, char *block)
{
	struct json_object *b;
	bool good;

	if (!strncmp(block, "figure ", 7)) {
		b = figures(block);
		json_object_object_add(o, "figures", b);
		return b;
	}
	b = sb_result_json(block);
	good = sb_member(b, "instance", json_type_string) && is_instance(b);
	json_object_array_add(instances, b);
	return good;
}

/* The first block is of the stream. */
static bool add_stream(struct json_object *o, const char *block)
{
	struct json_object *r = sb_result_json(block);

	json_object_object_foreach(r, key, v)
		json_object_object_add(o, key, json_object_get(v));
	json_object_put(r);
	return sb_member(o, "events", json_type_int) && sb_member(o, "dropped", json_type_int);
}

/* The next block, cut off at its blank line; NULL at the end. */
static char *next_block(char **rest)
{
	char *block = *rest, *end;

	if (!block || !*block)
		return NULL;
	end = strstr(block, "\n\n");
	*rest = end ? end + 2 : NULL;
	if (end)
		end[1] = '\0';
	return block;
}

/* A result into @o; false if it is none. */
static bool parse(struct json_object *o, const char *result)
{
	struct json_object *instances = json_object_new_array();
	char *copy = sb_strdup(result), *rest = copy, *block = next_block(&rest);
	bool good = block && add_stream(o, block);

	json_object_object_add(o, "instances", instances);
	while (good && (block = next_block(&rest)))
		good = add_block(o, instances, block);
	free(copy);
	return good && sb_rows(o, "figures") && json_object_array_length(instances);
}

/* What is other than the host's; a version of the kernel is no number. */
static void add_settings(struct json_object *instance)
{
	const char *name = sb_get(instance, "instance");
	char *file = sb_printf("mirror/instances/%s/tunables", name);
	char *text = strchr(name, '/') ? NULL : sb_file(file);
	struct json_object *o, *profile;

	if (text) {
		o = sb_result_json(text);
		if (json_object_object_get_ex(o, "profile", &profile)) {
			profile = json_object_new_string(json_object_get_string(profile));
			json_object_object_add(o, "profile", profile);
		}
		json_object_object_add(instance, "settings", o);
	}
	free(text);
	free(file);
}

/* What mirror/result says, into @o, and the settings of the instances. */
enum status mirrored_add(struct json_object *o)
{
	char *result = sb_file("mirror/result");
	struct json_object *list;
	bool good = result && parse(o, result);
	size_t i;

	free(result);
	if (!good)
		return sb_fail(ST_CANNOT, "%s/mirror/result is not a result of the mirror",
			       env.dir);
	list = sb_rows(o, "instances");
	for (i = 1; i < json_object_array_length(list); i++)
		add_settings(json_object_array_get_idx(list, i));
	return ST_DONE;
}

/* ---- for people: the stream ---------------------------------------------------------- */

static bool has(struct json_object *o, const char *key)
{
	return json_object_object_get_ex(o, key, NULL);
}

/* Where the events are from. */
static void print_origin(struct json_object *o)
{
	if (has(o, "recorded_on"))
		printf("recorded on %s, of %s CPUs, profile %s\n", sb_get(o, "recorded_on"),
		       sb_get(o, "cpus"), sb_get(o, "profile"));
	else if (has(o, "seconds"))
		printf("followed for %s s%s\n", sb_get(o, "seconds"),
		       strcmp(sb_get(o, "interrupted"), "yes") ? "" : ", ended by a signal");
	else
		printf("the mirror was on and stays on; echo 0 >%s/mirror/enable ends it\n",
		       env.dir);
}

static bool any(struct json_object *o, const char *key)
{
	return has(o, key) && strcmp(sb_get(o, key), "0");
}

static void print_events(struct json_object *o)
{
	bool lost = any(o, "dropped");

	printf("%s events, %s%s dropped%s", sb_get(o, "events"), sb_paint(lost ? "31" : "0"),
	       sb_get(o, "dropped"), sb_paint("0"));
	if (has(o, "lag_max_us"))
		printf(", lag %s us, %s at most", sb_get(o, "lag_us"), sb_get(o, "lag_max_us"));
	putchar('\n');
	if (has(o, "snapshots"))
		printf("snapshots: %s, all CPUs at rest for %s us at most; all counts are since the last\n",
		       sb_get(o, "snapshots"), sb_get(o, "pause_max_us"));
	printf("hooks: %s\n", sb_get(o, "hooks"));
	if (lost && has(o, "lag_max_us"))
		puts("a larger ring (-r) loses fewer");
}

static void print_recording(struct json_object *o)
{
	if (has(o, "file") && has(o, "recorded"))
		printf("%s: %s records, %s bytes\n", sb_get(o, "file"), sb_get(o, "recorded"),
		       sb_get(o, "recording_bytes"));
	if (any(o, "not_recorded"))
		printf("%s%s events had no room in the recording%s\n", sb_paint("31"),
		       sb_get(o, "not_recorded"), sb_paint("0"));
}

/* ---- for people: the baseline ---------------------------------------------------------- */

static void print_share(struct json_object *o, const char *what, const char *key,
			const char *of)
{
	printf("  %-14s %6s %s  %s\n", what, sb_get(o, key), has(o, key) ? "%" : " ", of);
}

/* No share without what is not in it. */
static void print_fidelity(struct json_object *o, struct json_object *base)
{
	char *requests = sb_printf("of %s requests", sb_get(base, "requests"));
	char *fell = sb_printf("of %s", sb_get(base, "fell_back"));
	char *worst = sb_printf("apart by order, %s %% at worst",
				sb_get(base, "distribution_worst_pct"));

	printf("\nthe baseline against the host, with %s events lost:\n", sb_get(o, "dropped"));
	print_share(base, "same frame", "exact_pct", requests);
	print_share(base, "same zone", "zone_pct", requests);
	print_share(base, "same path", "path_pct", "of those of order 0");
	print_share(base, "same fallback", "fallback_pct", fell);
	print_share(base, "free blocks", "distribution_err_pct", worst);
	if (any(o, "states_compared"))
		printf("  same state at %s of %s later snapshots\n", sb_get(o, "states_alike"),
		       sb_get(o, "states_compared"));
	if (any(base, "first_difference"))
		printf("  first difference at request %s: %s\n",
		       sb_get(base, "first_difference"), sb_get(base, "first"));
	free(worst);
	free(fell);
	free(requests);
}

static void print_words(struct json_object *o)
{
	json_object_object_foreach(o, key, v)
		printf(" %s=%s", key, json_object_get_string(v));
	putchar('\n');
}

/* "NAME: KEY=VALUE ...", for each what-if */
static void print_settings(struct json_object *instances)
{
	size_t i, n = json_object_array_length(instances);
	struct json_object *one, *s;

	for (i = 1; i < n; i++) {
		one = json_object_array_get_idx(instances, i);
		printf("%s%s:", i == 1 ? "\n" : "", sb_get(one, "instance"));
		s = sb_member(one, "settings", json_type_object);
		if (s && json_object_object_length(s))
			print_words(s);
		else
			puts(" as the host");
	}
}

/* ---- for people: the table ------------------------------------------------------------ */

/**
 * struct grid - a table that is to be printed
 * @row:   cells
 * @width: of each column
 * @rows:  how many
 * @cols:  likewise
 */
struct grid {
	char *(*row)[MOST_WORDS];
	int width[MOST_WORDS];
	int rows;
	int cols;
};

static void put(struct grid *g, int row, int col, char *text)
{
	int len = strlen(text);

	g->row[row][col] = text;
	if (len > g->width[col])
		g->width[col] = len;
}

static void put_member(struct grid *g, int row, int col, struct json_object *o,
		       const char *key)
{
	const char *text = sb_get(o, key);

	put(g, row, col, sb_strdup(text ? text : "-"));
}

static char *change_of(struct json_object *w)
{
	const char *verdict = sb_get(w, "verdict"), *change = sb_get(w, "change");

	if (!strcmp(verdict, "different"))
		return sb_printf("%s%s", *change == '-' ? "" : "+", change);
	return sb_strdup(strcmp(verdict, "within_error") ? verdict : "within error");
}

static void put_figure(struct grid *g, int row, struct json_object *f)
{
	struct json_object *list = sb_rows(f, "what_if"), *w;
	size_t i, n = json_object_array_length(list);
	bool open = n && !strcmp(sb_get(f, "kind"), "open_loop");

	put(g, row, 0, sb_printf("%s%s", sb_get(f, "figure"), open ? " *" : ""));
	put_member(g, row, 1, f, "host");
	put_member(g, row, 2, f, "baseline");
	put_member(g, row, 3, f, "error");
	for (i = 0; i < n; i++) {
		w = json_object_array_get_idx(list, i);
		put_member(g, row, FIXED + 2 * i, w, "value");
		put(g, row, FIXED + 2 * i + 1, change_of(w));
	}
}

static void put_head(struct grid *g, struct json_object *f)
{
	static const char *const names[FIXED] = { "figure", "host", "baseline", "error" };
	struct json_object *list = sb_rows(f, "what_if");
	int i, n = json_object_array_length(list);

	for (i = 0; i < FIXED; i++)
		put(g, 0, i, sb_strdup(names[i]));
	for (i = 0; i < n; i++) {
		put_member(g, 0, FIXED + 2 * i, json_object_array_get_idx(list, i), "instance");
		put(g, 0, FIXED + 2 * i + 1, sb_strdup("change"));
	}
	g->cols = FIXED + 2 * n;
}

/* Print and let go. */
static void print_grid(struct grid *g)
{
	int r, c;

	for (r = 0; r < g->rows; r++) {
		for (c = 0; c < g->cols; c++) {
			printf("%s%*s", c ? "  " : "", c ? g->width[c] : -g->width[c],
			       g->row[r][c]);
			free(g->row[r][c]);
		}
		putchar('\n');
	}
	free(g->row);
}

/* Return: how many what-ifs it is about. */
static int print_table(struct json_object *rows)
{
	struct grid g = { .rows = json_object_array_length(rows) + 1 };
	int i;

	g.row = sb_alloc(g.rows * sizeof(*g.row));
	put_head(&g, json_object_array_get_idx(rows, 0));
	for (i = 1; i < g.rows; i++)
		put_figure(&g, i, json_object_array_get_idx(rows, i - 1));
	putchar('\n');
	print_grid(&g);
	return (g.cols - FIXED) / 2;
}

/* A whole result. */
void mirrored_print(struct json_object *o)
{
	struct json_object *instances = sb_rows(o, "instances");

	print_origin(o);
	print_events(o);
	print_recording(o);
	print_fidelity(o, json_object_array_get_idx(instances, 0));
	print_settings(instances);
	if (!print_table(sb_rows(o, "figures")))
		return;
	puts("\nwithin error: no further from the baseline than that is from the host\n"
	     "-: the host does not tell, so that the error is not known\n"
	     "* open loop: pages are requested and freed when the host does, under its own settings; what\n"
	     "  the setting would change in that is not in this figure");
}
