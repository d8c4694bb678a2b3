// SPDX-License-Identifier: GPL-2.0
/*
 * What an experiment prints, as JSON, and JSON as tables.
 *
 * A result is "key: value" lines, then blocks with a blank line before each: a
 * table if the first line is a known head, else a text.
 */
#include <stdlib.h>
#include <string.h>

#include "sb.h"

/* Heads of tables, and what the table is called. */
static const struct {
	const char *head;
	const char *name;
} tables[] = {
	{ "engine workload ", "latency" },
	{ "engine node ", "free_blocks" },
	{ "lock ", "locks" },
	{ "operation ", "operations" },
	{ "policy ", "policies" },
	{ "round ", "rounds" },
};

static const char *table_name(const char *head)
{
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		if (!strncmp(head, tables[i].head, strlen(tables[i].head)))
			return tables[i].name;
	return NULL;
}

/* A number if it is one, else a string. */
struct json_object *sb_value(const char *text)
{
	if (!sb_is_number(text))
		return json_object_new_string(text);
	if (strpbrk(text, ".eE"))
		return json_object_new_double_s(strtod(text, NULL), text);
	if (*text == '-')
		return json_object_new_int64(strtoll(text, NULL, 10));
	return json_object_new_uint64(strtoull(text, NULL, 10));
}

/* "min 1 median 2 p99 3 max 4": an object, if it is all names and numbers. */
static struct json_object *value_of(char *text)
{
	struct json_object *o = json_object_new_object();
	char *copy = sb_strdup(text), *save = NULL, *name, *number;
	bool good = strchr(text, ' ');

	for (name = strtok_r(copy, " ", &save); good && name;
	     name = strtok_r(NULL, " ", &save)) {
		number = strtok_r(NULL, " ", &save);
		good = number && !sb_is_number(name) && sb_is_number(number);
		if (good)
			json_object_object_add(o, name, sb_value(number));
	}
	free(copy);
	if (good)
		return o;
	json_object_put(o);
	return sb_value(text);
}

/* A row by its head's names; what is left over has the last name, in an array. */
static struct json_object *row(const char *head, char *line)
{
	struct json_object *o = json_object_new_object();
	char *names = sb_strdup(head), *sn = NULL, *sv = NULL, *name, *v;

	name = strtok_r(names, " ", &sn);
	for (v = strtok_r(line, " ", &sv); v && name; v = strtok_r(NULL, " ", &sv)) {
		json_object_object_add(o, name, sb_value(v));
		name = strtok_r(NULL, " ", &sn);
	}
	free(names);
	return o;
}

/* The key of a line, cut off; NULL if it has none. */
static char *cut_key(char **line)
{
	char *key = *line, *colon = strstr(*line, ": ");

	if (!colon || strcspn(*line, " ") < (size_t)(colon - *line))
		return NULL;
	*colon = '\0';
	*line = colon + 2;
	return key;
}

static void add_text(struct json_object *o, const char *line)
{
	struct json_object *old = NULL;
	char *text;

	json_object_object_get_ex(o, "text", &old);
	text = sb_printf("%s%s\n", old ? json_object_get_string(old) : "", line);
	json_object_object_add(o, "text", json_object_new_string(text));
	free(text);
}

/* "12 (of 34)": the number by its key, the rest by KEY_note. */
static bool add_noted(struct json_object *o, const char *key, char *value)
{
	char *note = strstr(value, " ("), *end = note ? strrchr(note, ')') : NULL;
	char *name;

	if (!end || end[1])
		return false;
	*note = '\0';
	if (!sb_is_number(value)) {
		*note = ' ';
		return false;
	}
	*end = '\0';
	name = sb_printf("%s_note", key);
	json_object_object_add(o, key, sb_value(value));
	json_object_object_add(o, name, json_object_new_string(note + 2));
	free(name);
	return true;
}

/* A key that comes again has a list of values. */
static void add_value(struct json_object *o, const char *key, char *value)
{
	struct json_object *old = NULL, *list;

	if (add_noted(o, key, value))
		return;
	if (!json_object_object_get_ex(o, key, &old)) {
		json_object_object_add(o, key, value_of(value));
		return;
	}
	if (!json_object_is_type(old, json_type_array)) {
		list = json_object_new_array();
		json_object_array_add(list, json_object_get(old));
		json_object_object_add(o, key, list);
		old = list;
	}
	json_object_array_add(old, value_of(value));
}

/* A line of a block: of its table if it has one, a key's, or text. */
static void add_line(struct json_object *o, const char *head, char *line,
		     bool first_block)
{
	struct json_object *list = NULL;
	char *key;

	if (head) {
		json_object_object_get_ex(o, table_name(head), &list);
		json_object_array_add(list, row(head, line));
		return;
	}
	key = first_block ? cut_key(&line) : NULL;
	if (key)
		add_value(o, key, line);
	else
		add_text(o, line);
}

/* A whole result. */
struct json_object *sb_result_json(const char *result)
{
	struct json_object *o = json_object_new_object();
	char *copy = sb_strdup(result), *rest = copy, *line, *head = NULL;
	bool first_block = true, begins = true;

	while ((line = sb_line(&rest))) {
		if (!*line) {
			head = NULL;
			begins = true;
			first_block = false;
			continue;
		}
		if (begins && table_name(line)) {
			head = line;
			json_object_object_add(o, table_name(head),
					       json_object_new_array());
		} else {
			add_line(o, head, line, first_block);
		}
		begins = false;
	}
	free(copy);
	return o;
}

struct json_object *sb_json_new(void)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "verb", json_object_new_string(env.verb));
	json_object_object_add(o, "version", json_object_new_string(SB_VERSION));
	return o;
}

/* A result with the verb's own members before it. */
struct json_object *sb_result_verb(const char *result)
{
	struct json_object *o = sb_json_new(), *r = sb_result_json(result);

	json_object_object_foreach(r, key, v)
		json_object_object_add(o, key, json_object_get(v));
	json_object_put(r);
	return o;
}

/* A member as text; "-" if there is none. */
const char *sb_get(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : "-";
}

/* A member of that type; NULL if there is none. */
struct json_object *sb_member(struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *v = NULL;

	json_object_object_get_ex(o, key, &v);
	return json_object_is_type(v, type) ? v : NULL;
}

/* The rows of a table; NULL if that is not what the member is. */
struct json_object *sb_rows(struct json_object *o, const char *key)
{
	struct json_object *rows = sb_member(o, key, json_type_array);
	size_t i, n = rows ? json_object_array_length(rows) : 0;

	for (i = 0; i < n; i++)
		if (!json_object_is_type(json_object_array_get_idx(rows, i),
					 json_type_object))
			return NULL;
	return rows;
}

/* A member of sb_print_keys(): objects as names and values. */
static void print_member(struct json_object *v)
{
	const char *gap = "";

	if (!json_object_is_type(v, json_type_object)) {
		fputs(json_object_get_string(v), stdout);
		return;
	}
	json_object_object_foreach(v, name, n) {
		printf("%s%s %s", gap, name, json_object_get_string(n));
		gap = "  ";
	}
}

static bool is_note(const char *key)
{
	size_t len = strlen(key);

	return len > 5 && !strcmp(key + len - 5, "_note");
}

/* Members that are neither tables nor about the program, a line each. */
void sb_print_keys(struct json_object *o)
{
	struct json_object *note;
	char *name;

	json_object_object_foreach(o, key, v) {
		if (json_object_is_type(v, json_type_array) || !strcmp(key, "verb") ||
		    !strcmp(key, "version") || !strcmp(key, "text") || is_note(key))
			continue;
		printf("%s: ", key);
		print_member(v);
		name = sb_printf("%s_note", key);
		if (json_object_object_get_ex(o, name, &note))
			printf(" (%s)", json_object_get_string(note));
		free(name);
		putchar('\n');
	}
}

/* Print and let go. */
void sb_print_json(struct json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

static size_t column_width(struct json_object *rows, const char *column)
{
	size_t width = strlen(column), n = json_object_array_length(rows), i, len;

	for (i = 0; i < n; i++) {
		len = strlen(sb_get(json_object_array_get_idx(rows, i), column));
		width = len > width ? len : width;
	}
	return width;
}

static void print_cell(const char *text, size_t width, bool first)
{
	if (first)
		printf("%-*s", (int)width, text);
	else
		printf("  %*s", (int)width, text);
}

/* Rows of objects, some of their members as columns; words to the left. */
void sb_print_table(struct json_object *rows, const char *const *columns)
{
	size_t n = json_object_array_length(rows), i;
	const char *const *c;

	for (c = columns; *c; c++)
		print_cell(*c, column_width(rows, *c), c == columns);
	putchar('\n');
	for (i = 0; i < n; i++) {
		for (c = columns; *c; c++)
			print_cell(sb_get(json_object_array_get_idx(rows, i), *c),
				   column_width(rows, *c), c == columns);
		putchar('\n');
	}
}
