/* SPDX-License-Identifier: GPL-2.0 */
/* What report is made of: saved results, HTML, charts as inline SVG. */
#ifndef REPORT_H
#define REPORT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

/**
 * struct result - one saved result
 * @file: where it came from
 * @verb: whose it is; "exact-table" for a table of scripts/exact
 * @o:	  as --json would print it
 */
struct result {
	const char *file;
	const char *verb;
	struct json_object *o;
};

/**
 * struct results - all of them, as they were given
 * @r: them
 * @n: how many
 */
struct results {
	struct result *r;
	size_t n;
};

/* html.c */

/**
 * struct column - of a table
 * @key:  of the rows' members
 * @head: what stands above; NULL: the key
 */
struct column {
	const char *key;
	const char *head;
};

void html_text(FILE *f, const char *text);
void html_cell(FILE *f, const char *text);
void html_begin(FILE *f, const char *title);
void html_end(FILE *f);
void html_section(FILE *f, const char *id, const char *title);
void html_result(FILE *f, const struct result *r, const char *what);
void html_command(FILE *f, const char *command);
void html_table(FILE *f, const char *caption, struct json_object *rows,
		const struct column *columns);
void html_keys(FILE *f, const char *caption, struct json_object *o);
void html_begin_figure(FILE *f);
void html_end_figure(FILE *f);

/* chart.c */
#define CHART_POINTS	64

/**
 * struct chart - two series, live and shadow, over the same places
 * @title: in a line
 * @desc:  for who cannot see it
 * @label: of each place
 * @n:	   how many places
 * @v:	   values; NAN where there is none
 */
struct chart {
	const char *title;
	const char *desc;
	const char *label[CHART_POINTS];
	int n;
	double v[2][CHART_POINTS];
};

void chart_lines(FILE *f, const struct chart *c);
void chart_bars(FILE *f, const struct chart *c);
void chart_dots(FILE *f, const struct chart *c);
void chart_shares(FILE *f, const struct chart *c);

/* sections.c */
const char *result_text(struct json_object *o, const char *key);
double result_number(struct json_object *o, const char *key);
struct json_object *result_rows(struct json_object *o, const char *key);
void report_sections(FILE *f, const struct results *rs);

#endif
