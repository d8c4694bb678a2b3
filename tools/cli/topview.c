// SPDX-License-Identifier: GPL-2.0
/*
 * The screen of top: a line above, a line below, and between them a pad that is as
 * long as it has to be, of which the screen shows a part. What does not fit in width
 * is left out column by column.
 */
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "top.h"

#include <curses.h>

#define LABEL	17	/* "shadow 0 Movable " */

static SCREEN *screen;
static WINDOW *pad;
static int pad_row;
static bool row_full;
static bool coloured;

/* Pairs: those of types are their number and 1. */
enum { PAIR_GOOD = 7, PAIR_WARN, PAIR_BAD };

static const char *const side_names[] = { "live", "shadow" };

/* ---- the terminal ------------------------------------------------------------------ */

static void begin_colours(void)
{
	int t;

	coloured = env.colour && has_colors() && start_color() == OK && COLORS >= 8 &&
		   use_default_colors() == OK;
	if (!coloured)
		return;
	for (t = 0; t < 6; t++)
		init_pair(t + 1, sb_map_colour(t, COLORS), -1);
	init_pair(PAIR_GOOD, COLOR_GREEN, -1);
	init_pair(PAIR_WARN, COLOR_YELLOW, -1);
	init_pair(PAIR_BAD, COLOR_RED, -1);
}

bool top_view_open(void)
{
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return false;
	cbreak();
	noecho();
	curs_set(0);
	set_escdelay(50);
	begin_colours();
	pad = newpad(64, 300);
	keypad(pad, TRUE);
	/* An error in the middle that ends us, such as no memory. */
	atexit(top_view_close);
	return true;
}

void top_view_close(void)
{
	if (!screen)
		return;
	delwin(pad);
	endwin();
	delscreen(screen);
	screen = NULL;
}

/* A character, enum top_key, or TOP_NO_KEY after so long. */
int top_view_key(int ms)
{
	int c;

	wtimeout(pad, ms);
	c = wgetch(pad);
	switch (c) {
	case ERR:
		return TOP_NO_KEY;
	case KEY_UP:
		return TOP_UP;
	case KEY_DOWN:
		return TOP_DOWN;
	case KEY_PPAGE:
		return TOP_PAGE_UP;
	case KEY_NPAGE:
		return TOP_PAGE_DOWN;
	case KEY_RESIZE:
		/* What the terminal made of the old lines is not known. */
		clearok(curscr, TRUE);
		return TOP_RESIZE;
	default:
		return c < 0x100 ? c : TOP_NO_KEY;
	}
}

/* ---- lines ------------------------------------------------------------------------- */

static void next_line(void)
{
	pad_row++;
	row_full = false;
	if (pad_row >= getmaxy(pad))
		wresize(pad, getmaxy(pad) * 2, getmaxx(pad));
}

static int room(void)
{
	return row_full ? 0 : COLS - getcurx(pad);
}

/*
 * At the cursor, if all of it fits; else nothing, and nothing after it in this row,
 * or a number would stand below another one's name.
 */
static bool add(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static bool add(const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	row_full = row_full || len > room() || len >= (int)sizeof(text);
	if (!row_full)
		waddstr(pad, text);
	return !row_full;
}

/* Likewise, but cut to what fits: sentences. */
static void say(const char *text)
{
	waddnstr(pad, text, room());
}

static void new_row(void)
{
	row_full = false;
	wmove(pad, pad_row, 0);
}

static void head(const char *title)
{
	new_row();
	wattron(pad, A_BOLD);
	say(title);
	wattroff(pad, A_BOLD);
}

/* A number in so many columns, the last of which is always used. */
static const char *number(double v, int width)
{
	static char text[4][32];
	static unsigned int turn;
	static const char units[] = " kMGT";
	char *s = text[turn++ % 4];
	int unit = 0, len;

	len = snprintf(s, sizeof(text[0]), v > 0 && v < 9.95 ? "%.1f" : "%.0f", v);
	while (len >= width && unit < 4) {
		v /= 1000;
		unit++;
		len = snprintf(s, sizeof(text[0]), v < 9.95 ? "%.1f%c" : "%.0f%c", v,
			       units[unit]);
	}
	return s;
}

/* Whole numbers have no tenths. */
static const char *count(unsigned long v, int width)
{
	static char text[4][32];
	static unsigned int turn;
	char *s = text[turn++ % 4];

	if (snprintf(s, sizeof(text[0]), "%lu", v) < width)
		return s;
	return number(v, width);
}

static bool cell(int width, const char *text)
{
	return add("%*s", width, text);
}

/* ---- zones ------------------------------------------------------------------------- */

/* All that either has, once; the number of @zone in it, or how many there are. */
static int zone_number(const struct top_sample *s, const struct sb_zone *zone)
{
	const struct sb_zones *live = &s->side[LIVE].zones;
	const struct sb_zones *shadow = &s->side[SHADOW].zones;
	int n = live->n, i, l;

	for (l = 0; zone && l < live->n; l++)
		if (zone->node == live->z[l].node && !strcmp(zone->name, live->z[l].name))
			return l;
	for (i = 0; i < shadow->n; i++) {
		for (l = 0; l < live->n; l++)
			if (shadow->z[i].node == live->z[l].node &&
			    !strcmp(shadow->z[i].name, live->z[l].name))
				break;
		if (l < live->n)
			continue;
		if (zone && zone->node == shadow->z[i].node &&
		    !strcmp(zone->name, shadow->z[i].name))
			return n;
		n++;
	}
	return n;
}

int top_view_zones(const struct top_sample *s)
{
	return zone_number(s, NULL);
}

static bool wanted(const struct top_ui *ui, const struct top_sample *s,
		   const struct sb_zone *z)
{
	return ui->zone < 0 || zone_number(s, z) == ui->zone;
}

/* The selected zone's name. */
static void zone_name(const struct top_ui *ui, const struct top_sample *s,
		      char *to, size_t size)
{
	int side, i;

	snprintf(to, size, "all");
	for (side = 0; side < 2; side++)
		for (i = 0; i < s->side[side].zones.n; i++)
			if (ui->zone >= 0 &&
			    zone_number(s, &s->side[side].zones.z[i]) == ui->zone)
				snprintf(to, size, "%d %s", s->side[side].zones.z[i].node,
					 s->side[side].zones.z[i].name);
}

static void zone_label(int side, const struct sb_zone *z)
{
	char text[32];

	new_row();
	snprintf(text, sizeof(text), "%s %d %s", side_names[side], z->node, z->name);
	add("%-*s", LABEL, text);
}

/* @show for every wanted zone of either. */
static void each_zone(const struct top_ui *ui, const struct top_sample *s,
		      void (*show)(const struct top_ui *ui, const struct top_side *side,
				   const struct sb_zone *z))
{
	const struct sb_zone *z;
	int side, i;

	for (side = 0; side < 2; side++) {
		for (i = 0; s->side[side].there && i < s->side[side].zones.n; i++) {
			z = &s->side[side].zones.z[i];
			if (!wanted(ui, s, z))
				continue;
			zone_label(side, z);
			show(ui, &s->side[side], z);
			next_line();
		}
	}
	next_line();
}

/* ---- requests ---------------------------------------------------------------------- */

/**
 * struct column - of the table of requests
 * @name: above it
 * @side: whose
 * @base: enum top_count of order 0
 * @step: to the next order
 * @sort: by this column; SORT_ORDER: one cannot
 * @wide: only where there is room
 */
struct column {
	const char *name;
	int side, base, step, sort;
	bool wide;
};

static const struct column columns[] = {
	{ "unmovab", LIVE, TOP_TYPE + 0, TOP_TYPES, SORT_ORDER, true },
	{ "movable", LIVE, TOP_TYPE + 1, TOP_TYPES, SORT_ORDER, true },
	{ "reclaim", LIVE, TOP_TYPE + 2, TOP_TYPES, SORT_ORDER, true },
	{ "highato", LIVE, TOP_TYPE + 3, TOP_TYPES, SORT_ORDER, true },
	{ "allocs", LIVE, TOP_ALLOC, 1, SORT_LIVE_ALLOC, false },
	{ "frees", LIVE, TOP_FREE, 1, SORT_LIVE_FREE, false },
	{ "allocs", SHADOW, TOP_ALLOC, 1, SORT_SHADOW_ALLOC, false },
	{ "frees", SHADOW, TOP_FREE, 1, SORT_SHADOW_FREE, false },
	{ "fails", SHADOW, TOP_FAIL, 1, SORT_SHADOW_FAIL, false },
};

#define COLUMNS	(sizeof(columns) / sizeof(*columns))
#define WIDE	79	/* all of them, 8 wide, with the order and a gap */

static bool shown(const struct column *c)
{
	return !c->wide || COLS >= WIDE;
}

static const char *rate_text(const struct top_sample *s, const struct column *c,
			     double rate)
{
	const struct top_side *side = &s->side[c->side];

	if (!side->there || !side->by_order || (c->base >= TOP_TYPE && !side->by_type))
		return "-";
	return number(rate, 8);
}

static int side_width(int side)
{
	int width = 0;
	size_t i;

	for (i = 0; i < COLUMNS; i++)
		width += columns[i].side == side && shown(&columns[i]) ? 8 : 0;
	return width;
}

static void request_heads(const struct top_ui *ui)
{
	size_t i;

	head("REQUESTS A SECOND, ALL ZONES");
	next_line();
	new_row();
	add("%5s", "");
	add("%*s", side_width(LIVE), "live");
	add("  %*s", side_width(SHADOW), "shadow");
	next_line();
	new_row();
	wattron(pad, ui->sort == SORT_ORDER ? A_REVERSE : A_NORMAL);
	add("order");
	wattroff(pad, A_REVERSE);
	for (i = 0; i < COLUMNS; i++) {
		if (!shown(&columns[i]))
			continue;
		if (i && columns[i].side != columns[i - 1].side)
			add("  ");
		add(" ");
		wattron(pad, columns[i].sort && columns[i].sort == ui->sort ? A_REVERSE :
									       A_NORMAL);
		cell(7, columns[i].name);
		wattroff(pad, A_REVERSE);
	}
	next_line();
}

/* @order: SB_ORDERS is the sum. */
static double rate_of(const struct top_sample *s, const struct column *c, int order)
{
	const double *rate = s->side[c->side].rate + c->base;
	double sum = 0;
	int o;

	if (order < SB_ORDERS)
		return rate[order * c->step];
	for (o = 0; o < SB_ORDERS; o++)
		sum += rate[o * c->step];
	return sum;
}

static void request_row(const struct top_sample *s, int order)
{
	const struct column *c;

	new_row();
	if (order < SB_ORDERS)
		add("%5d", order);
	else
		add("%5s", "all");
	for (c = columns; c < columns + COLUMNS; c++) {
		if (!shown(c))
			continue;
		if (c > columns && c->side != c[-1].side && !add("  "))
			break;
		if (!cell(8, rate_text(s, c, rate_of(s, c, order))))
			break;
	}
	next_line();
}

static double sort_value(const struct top_ui *ui, const struct top_sample *s,
			 int order)
{
	const struct column *c;

	for (c = columns; c < columns + COLUMNS; c++)
		if (c->sort && c->sort == ui->sort)
			return rate_of(s, c, order);
	return -order;
}

/* Orders, the greatest value first; of equal ones the lower order. */
static void sort_orders(const struct top_ui *ui, const struct top_sample *s,
			int *list)
{
	int i, j;

	for (i = 0; i < SB_ORDERS; i++) {
		for (j = i; j && sort_value(ui, s, list[j - 1]) < sort_value(ui, s, i); j--)
			list[j] = list[j - 1];
		list[j] = i;
	}
}

static void requests(const struct top_ui *ui, const struct top_sample *s)
{
	int list[SB_ORDERS], i;

	sort_orders(ui, s, list);
	request_heads(ui);
	for (i = 0; i < SB_ORDERS; i++)
		request_row(s, list[i]);
	request_row(s, SB_ORDERS);
	for (i = 0; i < 2; i++) {
		if (s->side[i].by_order || !s->side[i].there)
			continue;
		new_row();
		add("%s: %s pages allocated, %s freed", side_names[i],
		    number(s->side[i].rate[TOP_PAGES_ALLOC], 8),
		    number(s->side[i].rate[TOP_PAGES_FREE], 8));
		next_line();
	}
	next_line();
}

/* ---- fallbacks --------------------------------------------------------------------- */

/* Who was served by whom, as far as it fits. */
static void pairs(const struct top_side *s)
{
	double rate;
	int w, f;

	for (w = 0; w < TOP_PAIRS; w++) {
		for (f = 0; f < TOP_PAIRS; f++) {
			rate = s->rate[TOP_PAIR + w * TOP_PAIRS + f];
			if (w != f && rate > 0 &&
			    !add("  %c by %c %s", sb_types[w][0], sb_types[f][0],
				 number(rate, 6)))
				return;
		}
	}
}

static void fallbacks(const struct top_sample *s)
{
	const struct top_side *side;
	int i;

	head("FALLBACKS A SECOND");
	next_line();
	for (i = 0; i < 2; i++) {
		side = &s->side[i];
		if (!side->there || !side->by_order)
			continue;
		new_row();
		add("%-*s", LABEL, side_names[i]);
		cell(8, number(side->rate[TOP_FALLBACK], 8));
		add("  claims %s", number(side->rate[TOP_CLAIM], 8));
		add("  steals %s", number(side->rate[TOP_STEAL], 8));
		pairs(side);
		next_line();
	}
	next_line();
}

/* ---- free blocks, marks, lists ------------------------------------------------------ */

static int order_width(void)
{
	int w = (COLS - LABEL) / SB_ORDERS;

	return w < 5 ? 5 : w > 8 ? 8 : w;
}

static void free_blocks(const struct top_ui *ui, const struct top_side *side,
			const struct sb_zone *z)
{
	int o;

	(void)ui;
	(void)side;
	for (o = 0; o < SB_ORDERS; o++)
		if (!cell(order_width(), count(z->nr_free[o], order_width())))
			break;
}

static void free_heads(void)
{
	int o;

	head("FREE BLOCKS");
	wmove(pad, pad_row, LABEL);
	for (o = 0; o < SB_ORDERS; o++)
		if (!add("%*d", order_width(), o))
			break;
	next_line();
}

/* "[####m##l..h....]", of what is between 0 and @most; "+" if there is more. */
static void gauge(double v, double most, int width, const char *marks,
		  const unsigned long *mark)
{
	char text[128];
	int full, i, at;

	if (width > (int)sizeof(text) - 4)
		width = sizeof(text) - 4;
	if (width < 6 || room() < width + 3)
		return;
	full = most > 0 ? v * width / most : 0;
	for (i = 0; i < width; i++)
		text[i] = i < full ? '#' : '.';
	for (i = 0; marks[i]; i++) {
		at = most > 0 ? mark[i] * width / most : 0;
		if (at < width && mark[i])
			text[at] = marks[i];
	}
	text[width] = '\0';
	add(" [%s]%s", text, full > width ? "+" : "");
}

/* Below min is bad, below low is when kswapd works. */
static int mark_pair(const struct sb_zone *z)
{
	if (z->free < z->min)
		return PAIR_BAD;
	return z->free < z->low ? PAIR_WARN : PAIR_GOOD;
}

static void marks(const struct top_ui *ui, const struct top_side *side,
		  const struct sb_zone *z)
{
	const unsigned long mark[] = { z->min, z->low, z->high };
	chtype attr = coloured ? COLOR_PAIR(mark_pair(z)) :
				 z->free < z->low ? A_BOLD : A_NORMAL;

	(void)ui;
	(void)side;
	cell(9, count(z->free, 9));
	cell(8, count(z->min, 8));
	cell(8, count(z->low, 8));
	cell(8, count(z->high, 8));
	cell(7, count(z->boost, 7));
	wattron(pad, attr);
	gauge(z->free, 3.0 * z->high, room() < 40 ? room() - 14 : 28, "mlh", mark);
	wattroff(pad, attr);
	if (z->high)
		add(" %sx high", number((double)z->free / z->high, 6));
}

static void mark_heads(void)
{
	head("WATERMARKS");
	wmove(pad, pad_row, LABEL);
	if (cell(9, "free") && cell(8, "min") && cell(8, "low") && cell(8, "high") &&
	    cell(7, "boost"))
		add("  marks m l h");
	next_line();
}

static void one_cpu(const struct sb_pageset *c)
{
	char name[16];

	next_line();
	new_row();
	snprintf(name, sizeof(name), "cpu %d", c->cpu);
	add("%*s", LABEL - 1, name);
	add(" ");
	cell(8, count(c->count, 8));
	cell(8, count(c->high, 8));
	cell(7, count(c->batch, 7));
	gauge(c->count, c->high, 24, "", NULL);
}

/* One zone alone has a line for each CPU. */
static void lists(const struct top_ui *ui, const struct top_side *side,
		  const struct sb_zone *z)
{
	const struct sb_zone_sets *sets = sb_pagesets_of(&side->sets, z->node, z->name);
	int i;

	cell(8, count(z->pcp, 8));
	cell(8, count(z->pcp_high, 8));
	cell(7, count(z->pcp_batch, 7));
	gauge(z->pcp, z->pcp_high, 24, "", NULL);
	for (i = 0; sets && i < sets->n; i++) {
		if (ui->zone >= 0)
			one_cpu(&sets->set[i]);
		else if (!add(" %d:%s/%s", sets->set[i].cpu, count(sets->set[i].count, 6),
			      count(sets->set[i].high, 6)))
			break;
	}
}

static void list_heads(const struct top_ui *ui)
{
	head("PER-CPU LISTS");
	wmove(pad, pad_row, LABEL);
	if (cell(8, "count") && cell(8, "high") && cell(7, "batch") && ui->zone < 0)
		add("  0 to high%18s", "cpu:count/high");
	next_line();
}

/* ---- pageblocks -------------------------------------------------------------------- */

/* Of some pageblocks the type that most have, and how free they are together. */
static int sum_up(const struct sb_map_zone *z, size_t from, size_t to, char *free)
{
	int n[6] = { 0 }, most = -1, t;
	unsigned long sum = 0, all = 0;
	size_t i;

	for (i = from; i < to; i++) {
		t = sb_map_type(z->types[i]);
		if (t < 0)
			continue;
		n[t]++;
		sum += z->free[i] - '0';
		all++;
	}
	for (t = 0; t < 6; t++)
		if (n[t] && (most < 0 || n[t] > n[most]))
			most = t;
	*free = '0' + (all ? sum / all : 0);
	return most;
}

static void strip_cell(const struct sb_map_zone *z, size_t from, size_t to)
{
	char free, letter[2] = ".";
	int type = sum_up(z, from, to, &free);
	const char *shade = coloured && type >= 0 ? sb_map_shade(free) : NULL;

	if (type >= 0)
		letter[0] = "UMRHCI"[type] | (free == '9' ? 0x20 : 0);
	if (coloured && type >= 0)
		wattron(pad, COLOR_PAIR(type + 1));
	waddstr(pad, shade ? shade : letter);
	if (coloured && type >= 0)
		wattroff(pad, COLOR_PAIR(type + 1));
}

static void strip(int side, const struct sb_map_zone *z)
{
	size_t width, each, i;
	char text[32];

	new_row();
	snprintf(text, sizeof(text), "%s %d %s", side_names[side], z->node, z->name);
	add("%-*s", LABEL, text);
	if (room() < 1)
		return;
	width = room();
	each = (z->n + width - 1) / width;
	for (i = 0; i < z->n; i += each)
		strip_cell(z, i, i + each < z->n ? i + each : z->n);
}

static void pageblocks(const struct top_ui *ui, const struct top_sample *s)
{
	int side = ui->live_map ? LIVE : SHADOW, i;
	const struct top_side *t = &s->side[side];
	struct sb_zone z = { 0 };

	head(ui->live_map ? "PAGEBLOCKS of the host" : "PAGEBLOCKS of the arena");
	next_line();
	if (t->map_why) {
		new_row();
		say(t->map_why);
		next_line();
	}
	for (i = 0; i < t->map.n; i++) {
		z.node = t->map.z[i].node;
		memcpy(z.name, t->map.z[i].name, sizeof(z.name));
		if (!wanted(ui, s, &z))
			continue;
		strip(side, &t->map.z[i]);
		next_line();
	}
}

/* ---- all --------------------------------------------------------------------------- */

static const char *const help[] = {
	"q        quit",
	"p        pause: no new samples",
	"s        sort the table of requests by the next column",
	"z        the next zone, or all; one alone shows its per-CPU lists CPU by CPU",
	"m        pageblocks of the arena or of the host; for the host's all CPUs",
	"         rest for up to 5 ms at each refresh",
	"+ -      refresh less or more often",
	"up down  scroll, as PgUp and PgDn do",
	"h ?      this text, or back",
	"",
	"Requests of the host are counted by its kmem tracepoints, since top began, by",
	"order and by type. The shadow's come from its vmstat, which has no types: the",
	"kernel warns if a module goes whose tracepoints are counted, and top never",
	"keeps the module from being unloaded.",
	"",
	"U by M: a request for unmovable memory was served by a movable block. Claims",
	"changed the pageblock's type, steals did not.",
	"Marks are m min, l low, h high, a boost included; a gauge of them goes from 0 to",
	"three times high, and the number beside it is free memory as times high.",
	"A pageblock's colour or letter is its type; small, or a dot: all of it is free.",
};

static void draw_help(void)
{
	size_t i;

	head("HELP");
	next_line();
	next_line();
	for (i = 0; i < sizeof(help) / sizeof(*help); i++) {
		new_row();
		say(help[i]);
		next_line();
	}
}

static void draw_why(const struct top_sample *s)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (!s->side[i].why)
			continue;
		new_row();
		wattron(pad, A_BOLD);
		say(side_names[i]);
		say(": ");
		say(s->side[i].why);
		wattroff(pad, A_BOLD);
		next_line();
	}
}

static void draw_figures(const struct top_ui *ui, const struct top_sample *s)
{
	draw_why(s);
	requests(ui, s);
	fallbacks(s);
	free_heads();
	each_zone(ui, s, free_blocks);
	mark_heads();
	each_zone(ui, s, marks);
	list_heads(ui);
	each_zone(ui, s, lists);
	pageblocks(ui, s);
}

/* Above and below; in reverse over the whole width. */
static void bar(int y, const char *text)
{
	attron(A_REVERSE);
	mvprintw(y, 0, "%-*.*s", COLS, COLS, text);
	attroff(A_REVERSE);
}

static void draw_bars(const struct top_ui *ui, const struct top_sample *s, int below)
{
	time_t now = time(NULL);
	char clock[16], zone[32], text[256];

	strftime(clock, sizeof(clock), "%H:%M:%S", localtime(&now));
	zone_name(ui, s, zone, sizeof(zone));
	snprintf(text, sizeof(text), "shadowbuddy top  %s  every %g s  zone %s%s%s", clock,
		 ui->interval, zone, ui->paused ? "  PAUSED" : "",
		 s->side[SHADOW].there ? "" : "  NO MODULE");
	bar(0, text);
	if (LINES < 2)
		return;
	snprintf(text, sizeof(text), "q quit  p pause  s sort  z zone  m map  + - interval  h help%s",
		 below > 0 ? "  down: more" : "");
	bar(LINES - 1, text);
}

void top_view_draw(struct top_ui *ui, const struct top_sample *s)
{
	int inside = LINES - 2;

	werase(pad);
	/* A column more, or the cursor would go on in the next row. */
	if (getmaxx(pad) <= COLS)
		wresize(pad, getmaxy(pad), COLS + 1);
	pad_row = 0;
	if (ui->help)
		draw_help();
	else
		draw_figures(ui, s);
	if (ui->scroll > pad_row - inside)
		ui->scroll = pad_row - inside;
	if (ui->scroll < 0)
		ui->scroll = 0;
	erase();
	draw_bars(ui, s, pad_row - inside - ui->scroll);
	wnoutrefresh(stdscr);
	if (inside > 0)
		pnoutrefresh(pad, ui->scroll, 0, 1, 0, inside, COLS - 1);
	doupdate();
}
