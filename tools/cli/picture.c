// SPDX-License-Identifier: GPL-2.0
/*
 * A map as a slide: title, a grid a zone, legend. One drawing for SVG and PNG.
 *
 * The slide is 1600 wide and, where the memory is not too large, 900 high: cells
 * are as large as that allows.
 */
#include <cairo-svg.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "map.h"

#define WIDTH		1600
#define HEIGHT		900
#define MARGIN		60
#define LABEL		150	/* page frames, to the left of the cells */
#define HEAD		130	/* title */
#define ZONE_HEAD	46
#define ZONE_GAP	18
#define FOOT		90	/* legend */

/**
 * struct slide - where everything is
 * @cr:	     what draws
 * @m:	     what is drawn
 * @cell:    side of a pageblock
 * @per_row: pageblocks
 * @height:  of the slide
 */
struct slide {
	cairo_t *cr;
	const struct sb_map *m;
	double cell;
	size_t per_row;
	double height;
};

/* ---- layout ------------------------------------------------------------------------ */

static size_t rows_of(const struct sb_map_zone *z, size_t per_row)
{
	return (z->n + per_row - 1) / per_row;
}

static double height_of(const struct slide *s)
{
	double y = HEAD + FOOT;
	int i;

	for (i = 0; i < s->m->n; i++)
		y += ZONE_HEAD + ZONE_GAP + rows_of(&s->m->z[i], s->per_row) * s->cell;
	return y;
}

/* Pageblocks a row for cells of this side; many are rounded to a round number. */
static size_t fit_row(double cell)
{
	size_t n = (WIDTH - 2 * MARGIN - LABEL) / cell;

	return n > 64 ? n - n % 32 : n - n % 8;
}

/* The largest cells with which all fits on the slide; small ones, and it grows. */
static void lay_out(struct slide *s, int per_row)
{
	if (per_row) {
		s->per_row = per_row;
		s->cell = fmin(40, (WIDTH - 2.0 * MARGIN - LABEL) / per_row);
		s->height = fmax(HEIGHT, height_of(s));
		return;
	}
	for (s->cell = 40; s->cell > 5; s->cell--) {
		s->per_row = fit_row(s->cell);
		if (height_of(s) <= HEIGHT)
			break;
	}
	s->per_row = fit_row(s->cell);
	s->height = fmax(HEIGHT, height_of(s));
}

/* ---- drawing ----------------------------------------------------------------------- */

static void text_at(cairo_t *cr, double x, double y, double size, bool bold,
		    const char *text)
{
	cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
			       bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(cr, size);
	cairo_move_to(cr, x, y);
	cairo_show_text(cr, text);
}

static double text_width(cairo_t *cr, const char *text)
{
	cairo_text_extents_t e;

	cairo_text_extents(cr, text, &e);
	return e.x_advance;
}

/* Full colour where all is in use, a tint where all is free. */
static void cell_colour(cairo_t *cr, int type, char free)
{
	double full = 0.15 + 0.85 * ('9' - free) / 9;
	const unsigned char *c = sb_map_rgb[type];

	cairo_set_source_rgb(cr, 1 - full * (1 - c[0] / 255.0),
			     1 - full * (1 - c[1] / 255.0),
			     1 - full * (1 - c[2] / 255.0));
}

static void draw_cell(const struct slide *s, double x, double y, char letter,
		      char free)
{
	int type = sb_map_type(letter);
	double gap = s->cell >= 8 ? 1.5 : 0.5;

	if (type < 0) {
		/* A hole, and looks like one. */
		cairo_rectangle(s->cr, x + 0.5, y + 0.5, s->cell - gap - 1, s->cell - gap - 1);
		cairo_set_source_rgb(s->cr, 0.8, 0.8, 0.8);
		cairo_set_line_width(s->cr, 0.5);
		cairo_stroke(s->cr);
		return;
	}
	cairo_rectangle(s->cr, x, y, s->cell - gap, s->cell - gap);
	cell_colour(s->cr, type, free);
	cairo_fill(s->cr);
}

/* Rows of small cells are too close together for a label each. */
static void draw_label(const struct slide *s, const struct sb_map_zone *z,
		       size_t block, double y)
{
	size_t every = ceil(18 / s->cell);
	unsigned long frame = z->first + block * s->m->block_pages;
	char label[32];
	double size = fmin(16, fmax(12, s->cell * 0.6));

	if (block / s->per_row % every)
		return;
	if (z->has_first)
		snprintf(label, sizeof(label), "0x%lx", frame);
	else
		snprintf(label, sizeof(label), "%zu", block);
	cairo_set_source_rgb(s->cr, 0.35, 0.35, 0.35);
	cairo_set_font_size(s->cr, size);
	text_at(s->cr, MARGIN + LABEL - 12 - text_width(s->cr, label),
		y + s->cell / 2 + size * 0.35, size, false, label);
}

static void draw_zone_head(const struct slide *s, const struct sb_map_zone *z,
			   double y)
{
	char text[96];

	snprintf(text, sizeof(text), "Node %d, zone %s", z->node, z->name);
	cairo_set_source_rgb(s->cr, 0.1, 0.1, 0.1);
	text_at(s->cr, MARGIN, y + 30, 22, true, text);
	snprintf(text, sizeof(text), "%zu pageblocks", z->n);
	text_at(s->cr, MARGIN + 330, y + 30, 18, false, text);
}

/* Return: where the next one begins. */
static double draw_zone(const struct slide *s, const struct sb_map_zone *z,
			double y)
{
	size_t i, col;

	draw_zone_head(s, z, y);
	y += ZONE_HEAD;
	for (i = 0; i < z->n; i++) {
		col = i % s->per_row;
		if (!col)
			draw_label(s, z, i, y + i / s->per_row * s->cell);
		draw_cell(s, MARGIN + LABEL + col * s->cell,
			  y + i / s->per_row * s->cell, z->types[i], z->free[i]);
	}
	return y + rows_of(z, s->per_row) * s->cell + ZONE_GAP;
}

static void swatch(const struct slide *s, double x, double y, int type, char free)
{
	cairo_rectangle(s->cr, x, y - 17, 22, 22);
	cell_colour(s->cr, type, free);
	cairo_fill(s->cr);
}

static void draw_legend(const struct slide *s)
{
	double x = MARGIN, y = s->height - 40;
	char digit;
	int t;

	for (t = 0; t < 6; t++) {
		swatch(s, x, y, t, '0');
		cairo_set_source_rgb(s->cr, 0.1, 0.1, 0.1);
		text_at(s->cr, x + 30, y, 18, false, sb_types[t]);
		x += 30 + text_width(s->cr, sb_types[t]) + 34;
	}
	x = WIDTH - MARGIN - 430;
	text_at(s->cr, x, y, 18, false, "in use");
	x += text_width(s->cr, "in use") + 12;
	for (digit = '0'; digit <= '9'; digit++, x += 24)
		swatch(s, x, y, 1, digit);
	cairo_set_source_rgb(s->cr, 0.1, 0.1, 0.1);
	text_at(s->cr, x + 10, y, 18, false, "free");
}

static void draw(const struct slide *s, const char *title, const char *subtitle)
{
	double y = HEAD;
	int i;

	cairo_set_source_rgb(s->cr, 1, 1, 1);
	cairo_paint(s->cr);
	cairo_set_source_rgb(s->cr, 0.1, 0.1, 0.1);
	text_at(s->cr, MARGIN, 72, 38, true, title);
	cairo_set_source_rgb(s->cr, 0.35, 0.35, 0.35);
	text_at(s->cr, MARGIN, 106, 20, false, subtitle);
	for (i = 0; i < s->m->n; i++)
		y = draw_zone(s, &s->m->z[i], y);
	draw_legend(s);
}

/* ---- files ------------------------------------------------------------------------- */

static cairo_status_t put(void *to, const unsigned char *data, unsigned int n)
{
	return fwrite(data, 1, n, to) == n ? CAIRO_STATUS_SUCCESS :
					     CAIRO_STATUS_WRITE_ERROR;
}

static cairo_surface_t *surface_for(enum picture kind, FILE *f, double height)
{
	cairo_surface_t *surface;

	if (kind == PICTURE_PNG)
		return cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, height);
	surface = cairo_svg_surface_create_for_stream(put, f, WIDTH, height);
	cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
	return surface;
}

/* Draw and write.  Return: cairo's opinion of all of it. */
static cairo_status_t render(struct slide *s, const char *title,
			     const char *subtitle, enum picture kind, FILE *f)
{
	cairo_surface_t *surface = surface_for(kind, f, s->height);
	cairo_status_t bad;

	s->cr = cairo_create(surface);
	draw(s, title, subtitle);
	bad = cairo_status(s->cr);
	cairo_destroy(s->cr);
	if (!bad && kind == PICTURE_PNG)
		bad = cairo_surface_write_to_png_stream(surface, put, f);
	cairo_surface_finish(surface);
	if (!bad)
		bad = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	/* Its cache of fonts, or valgrind takes that for ours. */
	cairo_debug_reset_static_data();
	return bad;
}

/* @per_row: pageblocks, 0 for what suits. */
enum status sb_picture(const struct sb_map *m, const char *title,
		       const char *subtitle, enum picture kind,
		       const char *path, int per_row)
{
	struct slide s = { .m = m };
	struct sb_out out;
	enum status st = sb_out_open(&out, path);
	cairo_status_t bad;

	if (st)
		return st;
	lay_out(&s, per_row);
	bad = render(&s, title, subtitle, kind, out.f);
	if (bad == CAIRO_STATUS_WRITE_ERROR && !out.path && errno == EPIPE)
		return ST_DONE;	/* a reader who left, as in sb_flush() */
	if (bad == CAIRO_STATUS_WRITE_ERROR)
		st = sb_fail(ST_CANNOT, "cannot write %s: %s", path, strerror(errno));
	else if (bad)
		st = sb_fail(ST_CANNOT, "cannot draw %s: %s", path,
			     cairo_status_to_string(bad));
	return sb_out_close(&out, st);
}
