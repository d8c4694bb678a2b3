// SPDX-License-Identifier: GPL-2.0
/* map: memory as a picture, a cell a pageblock. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "map.h"

/* ---- what was asked for ------------------------------------------------------------ */

struct args {
	bool live;
	double watch;		/* seconds, 0 for once */
	const char *svg;
	const char *png;
	int width;
};

static error_t parse_number(struct argp_state *state, const char *what,
			    const char *arg, double low, double high, double *to)
{
	*to = sb_is_number(arg) ? strtod(arg, NULL) : -1;
	if (*to >= low && *to <= high)
		return 0;
	argp_error(state, "%s is a number from %g to %g, not '%s'", what, low, high, arg);
	return EINVAL;
}

static error_t check(const struct args *a, struct argp_state *state)
{
	if (a->watch && (a->svg || a->png))
		argp_error(state, "--watch draws on the screen, --svg and --png once: not both");
	else if (a->svg && a->png && !strcmp(a->svg, "-") && !strcmp(a->png, "-"))
		argp_error(state, "--svg and --png cannot both go to standard output");
	else if (env.json && (a->svg || a->png))
		argp_error(state, "--json prints, --svg and --png draw: not both");
	else
		return 0;
	return EINVAL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	double v;

	switch (key) {
	case 'l':
		a->live = true;
		return 0;
	case 'w':
		a->watch = 1;
		return arg ? parse_number(state, "--watch", arg, 0.1, 3600, &a->watch) : 0;
	case 's':
		a->svg = arg;
		return 0;
	case 'p':
		a->png = arg;
		return 0;
	case 'c':
		if (parse_number(state, "--width", arg, 16, 4096, &v))
			return EINVAL;
		a->width = v;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "no argument is wanted: '%s'", arg);
		return EINVAL;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = NULL;
		return 0;
	case ARGP_KEY_SUCCESS:
		return check(a, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "live", 'l', NULL, 0, "The host's zones; all CPUs rest for up to 5 ms", 0 },
	{ "watch", 'w', "SECONDS", OPTION_ARG_OPTIONAL, "Draw again every SECONDS (1)", 0 },
	{ "svg", 's', "FILE", 0, "Draw it for a slide", 0 },
	{ "png", 'p', "FILE", 0, "Likewise", 0 },
	{ "width", 'c', "N", 0, "Columns; of a slide: pageblocks a row", 0 },
	{ 0 }
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Memory as a picture, a cell a pageblock.\v"
	       "A cell's colour is the type of its pageblock, its shade how much of it is in "
	       "use. Without colour (a pipe, NO_COLOR, TERM=dumb) it is the type's letter, "
	       "small where all of the pageblock is free. To the left is the row's first page "
	       "frame.\n\n"
	       "EXAMPLES\n"
	       "  sudo shadowbuddy map --watch\n"
	       "  sudo shadowbuddy map --live --width 100 | less\n"
	       "  sudo shadowbuddy map --svg arena.svg --png arena.png\n"
	       "  sudo shadowbuddy map --json | jq -r .zones[0].types",
	.children = (const struct argp_child[]) { { &sb_common_argp, 0, NULL, 0 }, { 0 } },
};

/* ---- text -------------------------------------------------------------------------- */

#define LABEL	12	/* columns to the left of a row: " 0x12345678 " */

static void colour_on(FILE *f, int type, int colours)
{
	short c = sb_map_colour(type, colours);

	if (colours >= 256)
		fprintf(f, "\033[38;5;%dm", c);
	else
		fprintf(f, "\033[3%dm", c);
}

/* Cells of one row.  A colour holds until the type changes. */
static void print_cells(FILE *f, const struct sb_map_zone *z, size_t from,
			size_t to, int colours)
{
	int type, before = -1;
	const char *shade;
	size_t i;

	for (i = from; i < to; i++) {
		type = sb_map_type(z->types[i]);
		shade = colours && type >= 0 ? sb_map_shade(z->free[i]) : NULL;
		if (colours && type != before) {
			fputs("\033[0m", f);
			if (type >= 0)
				colour_on(f, type, colours);
			before = type;
		}
		if (shade)
			fputs(shade, f);
		else
			fputc(sb_map_letter(z, i), f);
	}
	if (colours)
		fputs("\033[0m", f);
}

static void print_label(FILE *f, const struct sb_map *m,
			const struct sb_map_zone *z, size_t block)
{
	unsigned long frame = z->first + block * m->block_pages;
	char label[32];

	if (z->has_first)
		snprintf(label, sizeof(label), "0x%lx", frame);
	else
		snprintf(label, sizeof(label), "%zu", block);
	fprintf(f, "%*s ", LABEL - 1, label);
}

/* Pageblocks of a type; of no memory if it is -1. */
static size_t count(const struct sb_map_zone *z, int type)
{
	size_t i, n = 0;

	for (i = 0; i < z->n; i++)
		n += sb_map_type(z->types[i]) == type;
	return n;
}

static void print_zone(FILE *f, const struct sb_map *m,
		       const struct sb_map_zone *z, int width, int colours)
{
	size_t row = width - LABEL, i, n;
	int t;

	row -= row > 8 ? row % 8 : 0;
	fprintf(f, "Node %d, zone %s: %zu pageblocks", z->node, z->name, z->n);
	for (t = 0; t < 6; t++) {
		n = count(z, t);
		if (n)
			fprintf(f, ", %s %zu", sb_types[t], n);
	}
	fputc('\n', f);
	for (i = 0; i < z->n; i += row) {
		print_label(f, m, z, i);
		print_cells(f, z, i, i + row < z->n ? i + row : z->n, colours);
		fputc('\n', f);
	}
}

/* One line of the legend's; @x: the column, which wraps. */
static void legend_item(FILE *f, int type, int colours, int width, int *x)
{
	int len = strlen(sb_types[type]) + 2;

	if (*x && *x + 2 + len > width) {
		fputc('\n', f);
		*x = 0;
	}
	*x += fprintf(f, "%s", *x ? "  " : "") + len;
	if (colours)
		colour_on(f, type, colours);
	if (colours && sb_map_shade('0'))
		fputs(sb_map_shade('0'), f);
	else
		fputc("UMRHCI"[type], f);
	fprintf(f, "%s %s", colours ? "\033[0m" : "", sb_types[type]);
}

static void print_legend(FILE *f, int width, int colours)
{
	const char *digit;
	int t, x = 0;

	for (t = 0; t < 6; t++)
		legend_item(f, t, colours, width, &x);
	fputc('\n', f);
	if (!colours || !sb_map_shade('0')) {
		fputs("small letter: all of it is free   .: no memory\n", f);
		return;
	}
	for (digit = "03579"; *digit; digit++)
		fputs(sb_map_shade(*digit), f);
	fputs(" in use to free   .: no memory\n", f);
}

static void print_map(FILE *f, const struct sb_map *m, int width, int colours)
{
	int i;

	for (i = 0; i < m->n; i++)
		print_zone(f, m, &m->z[i], width, colours);
	if (m->note)
		fprintf(f, "%s\n", m->note);
	print_legend(f, width, colours);
}

/* ---- JSON -------------------------------------------------------------------------- */

static struct json_object *zone_json(const struct sb_map_zone *z)
{
	struct json_object *o = json_object_new_object();
	struct json_object *counts = json_object_new_object();
	int t;

	json_object_object_add(o, "node", json_object_new_int(z->node));
	json_object_object_add(o, "zone", json_object_new_string(z->name));
	json_object_object_add(o, "first_pfn",
			       z->has_first ? json_object_new_uint64(z->first) : NULL);
	json_object_object_add(o, "types", json_object_new_string(z->types));
	json_object_object_add(o, "free", json_object_new_string(z->free));
	for (t = 0; t < 6; t++)
		json_object_object_add(counts, sb_types[t],
				       json_object_new_uint64(count(z, t)));
	json_object_object_add(o, "pageblocks", counts);
	return o;
}

struct json_object *sb_map_json(const struct sb_map *m)
{
	struct json_object *zones = json_object_new_array();
	int i;

	for (i = 0; i < m->n; i++)
		json_object_array_add(zones, zone_json(&m->z[i]));
	return zones;
}

static struct json_object *map_json(const struct sb_map *m, bool live)
{
	struct json_object *o = sb_json_new();

	json_object_object_add(o, "of", json_object_new_string(live ? "live" : "arena"));
	json_object_object_add(o, "pageblock_pages",
			       json_object_new_uint64(m->block_pages));
	json_object_object_add(o, "zones", sb_map_json(m));
	return o;
}

/* ---- once -------------------------------------------------------------------------- */

static int columns_here(const struct args *a)
{
	struct winsize w;

	if (a->width)
		return a->width;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) || !w.ws_col)
		return 80;
	return w.ws_col < LABEL + 4 ? LABEL + 4 : w.ws_col;
}

/* "kernel 6.12.117, rules of 6.12.117, pageblocks of 2048 KiB" */
static char *subtitle(const struct sb_map *m, bool live)
{
	char *version = sb_file("version"), *s;
	char *kernel = version ? sb_key(version, "running") : NULL;
	char *profile = version && !live ? sb_key(version, "profile") : NULL;

	s = sb_printf("kernel %s%s%s, pageblocks of %lu KiB", kernel ? kernel : "?",
		      profile ? ", rules of " : "", profile ? profile : "",
		      m->block_pages * (sysconf(_SC_PAGESIZE) / 1024));
	free(profile);
	free(kernel);
	free(version);
	return s;
}

static enum status draw_files(const struct args *a, const struct sb_map *m)
{
	const char *title = a->live ? "The host's memory, by pageblock" :
				      "The arena's memory, by pageblock";
	char *sub = subtitle(m, a->live);
	enum status st = ST_DONE;

	if (a->svg)
		st = sb_picture(m, title, sub, PICTURE_SVG, a->svg, a->width);
	if (a->png && st == ST_DONE)
		st = sb_picture(m, title, sub, PICTURE_PNG, a->png, a->width);
	free(sub);
	return st;
}

static enum status show_once(const struct args *a)
{
	enum status st = ST_DONE;
	struct sb_map m;
	char *why = sb_map_read(&m, a->live);

	if (why)
		st = sb_fail(ST_CANNOT, "%s", why);
	else if (a->svg || a->png)
		st = draw_files(a, &m);
	else if (env.json)
		sb_print_json(map_json(&m, a->live));
	else
		print_map(stdout, &m, columns_here(a), sb_map_colours());
	free(why);
	sb_map_free(&m);
	return st;
}

/* ---- again and again --------------------------------------------------------------- */

static int rows_here(void)
{
	struct winsize w;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) || !w.ws_row ? 24 : w.ws_row;
}

/*
 * The whole screen as one write, each line over what was there before: nothing
 * is ever empty in between, so nothing flickers.
 */
static void put_screen(char *text)
{
	int left = rows_here() - 1;
	char *rest = text, *line;

	fputs("\033[H", stdout);
	while (left > 0 && (line = sb_line(&rest))) {
		printf("%s\033[K\r\n", line);
		left--;
	}
	printf("\033[J%s", rest && *rest ? "(the screen is too small for more)" : "");
	fflush(stdout);
}

static char *stamp(void)
{
	time_t now = time(NULL);
	char text[32];

	strftime(text, sizeof(text), "%H:%M:%S", localtime(&now));
	return sb_strdup(text);
}

/* What the screen shall show, also if there is no map to be had. */
static char *frame_text(const struct args *a)
{
	char *text = NULL, *why, *at = stamp();
	size_t size;
	struct sb_map m;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		exit(sb_fail(ST_CANNOT, "out of memory"));
	why = sb_map_read(&m, a->live);
	fprintf(f, "%s, %s, every %g s; Ctrl-C ends it\n",
		a->live ? "host" : "arena", at, a->watch);
	if (why)
		fprintf(f, "%s\n", why);
	else
		print_map(f, &m, columns_here(a), sb_map_colours());
	fclose(f);
	free(at);
	free(why);
	sb_map_free(&m);
	return text;
}

/* A line; without zones, and with the reason, if there is no map to be had. */
static void print_json_line(const struct args *a)
{
	struct json_object *o;
	struct sb_map m;
	char *why = sb_map_read(&m, a->live);

	if (why)
		sb_map_free(&m);
	o = map_json(&m, a->live);
	if (why)
		json_object_object_add(o, "error", json_object_new_string(why));
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
	free(why);
	sb_map_free(&m);
}

static void print_frame(const struct args *a, bool screen)
{
	char *text;

	if (env.json) {
		print_json_line(a);
	} else {
		text = frame_text(a);
		if (screen)
			put_screen(text);
		else
			puts(text);
		free(text);
	}
	fflush(stdout);
}

/*
 * What cannot be drawn at first is an error; later, it is shown and may pass, as
 * do lists that are too long just now.
 */
static enum status first_look(const struct args *a)
{
	struct sb_map m;
	char *why = sb_map_read(&m, a->live);
	enum status st = ST_DONE;

	if (why && (m.n || !m.note))
		st = sb_fail(ST_CANNOT, "%s", why);
	free(why);
	sb_map_free(&m);
	return st;
}

/* Only so that a new size of the terminal ends the wait. */
static void wake(int sig)
{
	(void)sig;
}

static enum status watch(const struct args *a)
{
	const struct timespec tick = {
		.tv_sec = a->watch,
		.tv_nsec = (a->watch - (long)a->watch) * 1e9,
	};
	struct sigaction sa = { .sa_handler = wake };
	bool screen = !env.json && isatty(STDOUT_FILENO);
	enum status st = first_look(a);

	if (st)
		return st;
	sigaction(SIGWINCH, &sa, NULL);
	if (screen)
		fputs("\033[?1049h\033[?25l\033[?7l", stdout);
	while (!sb_stopped && !ferror(stdout)) {
		print_frame(a, screen);
		if (!sb_stopped)
			nanosleep(&tick, NULL);
	}
	if (screen)
		fputs("\033[?7h\033[?25h\033[?1049l", stdout);
	return ST_DONE;
}

enum status verb_map(int argc, char **argv)
{
	struct args a = { 0 };
	enum status st;

	if (sb_parse(&argp, argc, argv, &a))
		return ST_USAGE;
	st = sb_need_module();
	if (st)
		return st;
	return a.watch ? watch(&a) : show_once(&a);
}
