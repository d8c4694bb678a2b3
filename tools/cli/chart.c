// SPDX-License-Identifier: GPL-2.0
/*
 * Charts, as inline SVG: live is round and solid, shadow square and dashed, so that
 * they can be told apart without colour. Each has a title and a description; the
 * figures are in a table beside it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "sb.h"

#define WIDTH	340
#define HEIGHT	228
#define LEFT	56
#define RIGHT	(WIDTH - 14)
#define TOP	52
#define BOTTOM	(HEIGHT - 30)
#define DOT_ROW	26	/* height of a row of chart_dots() */

static const char *const series[] = { "live", "shadow" };

/**
 * struct axis - values to places
 * @log: powers of ten; @lo and @hi are exponents then
 * @lo:  value at the beginning
 * @hi:  at the end
 */
struct axis {
	bool log;
	double lo;
	double hi;
};

static bool usable(const struct axis *a, double v)
{
	return isfinite(v) && (a->log ? v > 0 : v >= 0);
}

/* From 0 to 1. */
static double part(const struct axis *a, double v)
{
	double at = ((a->log ? log10(v) : v) - a->lo) / (a->hi - a->lo);

	return at < 0 ? 0 : at > 1 ? 1 : at;
}

/* No time that was measured is below or above; a file may hold anything. */
static double exponent(double v)
{
	return fmin(fmax(v, -3), 12);
}

/* Whole powers of ten around all values. */
static struct axis log_axis(const struct chart *c)
{
	struct axis a = { .log = true, .lo = INFINITY, .hi = -INFINITY };
	int s, i;

	for (s = 0; s < 2; s++)
		for (i = 0; i < c->n; i++)
			if (usable(&a, c->v[s][i])) {
				a.lo = fmin(a.lo, exponent(floor(log10(c->v[s][i]))));
				a.hi = fmax(a.hi, exponent(ceil(log10(c->v[s][i]))));
			}
	if (a.lo > a.hi)
		a.lo = 0;
	if (!(a.hi > a.lo))
		a.hi = a.lo + 1;
	return a;
}

static int next_id(void)
{
	static int id;

	return ++id;
}

static void begin(FILE *f, const struct chart *c, int height)
{
	int id = next_id();

	fprintf(f, "<svg role=\"img\" viewBox=\"0 0 %d %d\" aria-labelledby=\"t%d d%d\">\n<title id=\"t%d\">",
		WIDTH, height, id, id, id);
	html_text(f, c->title);
	fprintf(f, "</title>\n<desc id=\"d%d\">", id);
	html_text(f, c->desc);
	fputs("</desc>\n<text class=\"title\" x=\"12\" y=\"18\">", f);
	html_text(f, c->title);
	fputs("</text>\n", f);
}

static void mark(FILE *f, int s, double x, double y)
{
	if (s)
		fprintf(f, "<rect class=\"shadow\" x=\"%.1f\" y=\"%.1f\" width=\"7\" height=\"7\"/>\n",
			x - 3.5, y - 3.5);
	else
		fprintf(f, "<circle class=\"live\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n", x, y);
}

static void legend(FILE *f)
{
	int s;

	for (s = 0; s < 2; s++) {
		mark(f, s, 16 + 60 * s, 31);
		fprintf(f, "<text class=\"%s\" x=\"%d\" y=\"35\">%s</text>\n", series[s],
			24 + 60 * s, series[s]);
	}
}

static void text_at(FILE *f, double x, double y, const char *anchor, const char *text)
{
	fprintf(f, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
	html_text(f, text);
	fputs("</text>\n", f);
}

static void grid_line(FILE *f, double x1, double y1, double x2, double y2)
{
	fprintf(f, "<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
		x1, y1, x2, y2);
}

/* 10^@exponent ns, in the unit that a person would use. */
static char *time_label(int exponent)
{
	static const char *const units[] = { "ns", "\302\265s", "ms", "s" };
	int unit = exponent < 0 ? 0 : exponent / 3 > 3 ? 3 : exponent / 3;

	return sb_printf("%g %s", pow(10, exponent - 3 * unit), units[unit]);
}

static double y_of(const struct axis *a, double v)
{
	return BOTTOM - part(a, v) * (BOTTOM - TOP);
}

static void log_grid(FILE *f, const struct axis *a)
{
	char *text;
	int e;

	for (e = a->lo; e <= a->hi; e++) {
		grid_line(f, LEFT, y_of(a, pow(10, e)), RIGHT, y_of(a, pow(10, e)));
		text = time_label(e);
		text_at(f, LEFT - 6, y_of(a, pow(10, e)) + 4, "end", text);
		free(text);
	}
}

static void percent_grid(FILE *f, const struct axis *a)
{
	char *text;
	int v;

	for (v = 0; v <= a->hi; v += a->hi > 50 ? 25 : 10) {
		grid_line(f, LEFT, y_of(a, v), RIGHT, y_of(a, v));
		text = sb_printf("%d %%", v);
		text_at(f, LEFT - 6, y_of(a, v) + 4, "end", text);
		free(text);
	}
}

static double x_of(const struct chart *c, int i)
{
	return LEFT + (i + 0.5) * (RIGHT - LEFT) / c->n;
}

/* Where there are many places, some of their names. */
static void places(FILE *f, const struct chart *c)
{
	int step = (c->n + 11) / 12, i;

	for (i = 0; i < c->n; i += step)
		text_at(f, x_of(c, i), BOTTOM + 16, "middle", c->label[i]);
}

static void one_line(FILE *f, const struct chart *c, const struct axis *a, int s)
{
	char verb = 'M';
	int i, n = 0;

	for (i = 0; i < c->n; i++) {
		if (!usable(a, c->v[s][i])) {
			verb = 'M';
			continue;
		}
		fprintf(f, "%s%c%.1f %.1f", n++ ? " " : "<path d=\"", verb, x_of(c, i),
			y_of(a, c->v[s][i]));
		verb = 'L';
	}
	if (n)
		fprintf(f, "\" class=\"%s\"/>\n", series[s]);
	for (i = 0; i < c->n; i++)
		if (usable(a, c->v[s][i]))
			mark(f, s, x_of(c, i), y_of(a, c->v[s][i]));
}

static void lines(FILE *f, const struct chart *c, const struct axis *a,
		  void (*grid)(FILE *f, const struct axis *a))
{
	begin(f, c, HEIGHT);
	legend(f);
	grid(f, a);
	places(f, c);
	one_line(f, c, a, 0);
	one_line(f, c, a, 1);
	fputs("</svg>\n", f);
}

/* Times, on a logarithmic scale. */
void chart_lines(FILE *f, const struct chart *c)
{
	struct axis a = log_axis(c);

	lines(f, c, &a, log_grid);
}

/* Shares, from 0 to 100 percent. */
void chart_shares(FILE *f, const struct chart *c)
{
	struct axis a = { .hi = 100 };

	lines(f, c, &a, percent_grid);
}

static struct axis percent_axis(const struct chart *c)
{
	struct axis a = { .hi = 10 };
	int s, i;

	for (s = 0; s < 2; s++)
		for (i = 0; i < c->n; i++)
			while (isfinite(c->v[s][i]) && c->v[s][i] > a.hi && a.hi < 100)
				a.hi += a.hi < 50 ? 10 : 25;
	return a;
}

/* Shares too, but of parts of one whole: two bars a place. */
void chart_bars(FILE *f, const struct chart *c)
{
	struct axis a = percent_axis(c);
	double width = (RIGHT - LEFT) / (double)c->n * 0.38, y;
	int s, i;

	begin(f, c, HEIGHT);
	legend(f);
	percent_grid(f, &a);
	places(f, c);
	for (s = 0; s < 2; s++) {
		for (i = 0; i < c->n; i++) {
			if (!usable(&a, c->v[s][i]))
				continue;
			y = y_of(&a, c->v[s][i]);
			fprintf(f, "<rect class=\"%s\" stroke-width=\"0\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
				series[s], x_of(c, i) + (s - 1) * width, y, width, BOTTOM - y);
		}
	}
	fputs("</svg>\n", f);
}

static double dot_x(const struct axis *a, double v)
{
	return 120 + part(a, v) * (RIGHT - 130);
}

static void dot_row(FILE *f, const struct chart *c, const struct axis *a, int i)
{
	double y = TOP + 16 + i * DOT_ROW;
	int s;

	text_at(f, 110, y + 4, "end", c->label[i]);
	if (usable(a, c->v[0][i]) && usable(a, c->v[1][i]))
		grid_line(f, dot_x(a, c->v[0][i]), y, dot_x(a, c->v[1][i]), y);
	for (s = 0; s < 2; s++)
		if (usable(a, c->v[s][i]))
			mark(f, s, dot_x(a, c->v[s][i]), y);
}

/* Times, a row each, on a logarithmic scale. */
void chart_dots(FILE *f, const struct chart *c)
{
	int bottom = TOP + 16 + c->n * DOT_ROW, e, i;
	struct axis a = log_axis(c);
	char *text;

	begin(f, c, bottom + 20);
	legend(f);
	for (e = a.lo; e <= a.hi; e++) {
		grid_line(f, dot_x(&a, pow(10, e)), TOP, dot_x(&a, pow(10, e)), bottom - 8);
		text = time_label(e);
		text_at(f, dot_x(&a, pow(10, e)), bottom + 8, "middle", text);
		free(text);
	}
	for (i = 0; i < c->n; i++)
		dot_row(f, c, &a, i);
	fputs("</svg>\n", f);
}
