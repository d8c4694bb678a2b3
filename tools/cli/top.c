// SPDX-License-Identifier: GPL-2.0
/* top: both allocators at work, on the whole screen, or a line of JSON a tick. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "top.h"

struct args {
	double delay;
	unsigned long ticks;	/* 0: no end */
};

static error_t parse_delay(const char *arg, struct args *a, struct argp_state *state)
{
	a->delay = sb_is_number(arg) ? strtod(arg, NULL) : 0;
	if (a->delay >= 0.1 && a->delay <= 3600)
		return 0;
	argp_error(state, "--delay is a number from 0.1 to 3600, not '%s'", arg);
	return EINVAL;
}

static error_t parse_ticks(const char *arg, struct args *a, struct argp_state *state)
{
	double v = sb_is_number(arg) ? strtod(arg, NULL) : 0;

	a->ticks = v >= 1 && v <= 1e9 ? v : 0;
	if (a->ticks && a->ticks == v)
		return 0;
	argp_error(state, "--ticks is a number from 1, not '%s'", arg);
	return EINVAL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'd':
		return parse_delay(arg, a, state);
	case 'n':
		return parse_ticks(arg, a, state);
	case ARGP_KEY_ARG:
		argp_error(state, "no argument is wanted: '%s'", arg);
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "delay", 'd', "SECONDS", 0, "Between refreshes (1)", 0 },
	{ "ticks", 'n', "N", 0, "End after so many", 0 },
	{ 0 }
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Both allocators at work, on the whole screen.\v"
	       "Rates of requests by order and type, fallbacks, free blocks, watermarks, "
	       "per-CPU lists, pageblocks; h lists the keys. The host's requests are counted "
	       "by histograms in a tracefs instance of its own, which goes when top ends. "
	       "With --json a line, which is an object, for each refresh.\n\n"
	       "EXAMPLES\n"
	       "  sudo shadowbuddy top\n"
	       "  sudo shadowbuddy top -d 5\n"
	       "  sudo shadowbuddy top --json -n 10 | jq .live.fallbacks.all",
	.children = (const struct argp_child[]) { { &sb_common_argp, 0, NULL, 0 }, { 0 } },
};

/* ---- JSON -------------------------------------------------------------------------- */

static void rest(double seconds)
{
	const struct timespec ts = {
		.tv_sec = seconds,
		.tv_nsec = (seconds - (long)seconds) * 1e9,
	};

	if (seconds > 0)
		nanosleep(&ts, NULL);
}

static void print_line(const struct top_sample *s)
{
	struct json_object *o = top_json(s);

	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
	fflush(stdout);
}

static void lines(const struct args *a, struct top_sample *s)
{
	struct top_sample *next;
	unsigned long n;

	for (n = 0; (!a->ticks || n < a->ticks) && !ferror(stdout); n++) {
		rest(s->at + a->delay - top_now());
		if (sb_stopped)
			break;
		next = top_take(s, false);
		top_drop(s);
		s = next;
		print_line(s);
	}
	top_drop(s);
}

/* ---- the screen -------------------------------------------------------------------- */

static const double intervals[] = { 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60 };

#define INTERVALS	((int)(sizeof(intervals) / sizeof(*intervals)))

static void change_interval(struct top_ui *ui, int by)
{
	int i;

	if (by > 0) {
		for (i = 0; i < INTERVALS - 1 && intervals[i] <= ui->interval; i++)
			;
		ui->interval = intervals[i] > ui->interval ? intervals[i] : ui->interval;
	} else {
		for (i = INTERVALS - 1; i > 0 && intervals[i] >= ui->interval; i--)
			;
		ui->interval = intervals[i] < ui->interval ? intervals[i] : ui->interval;
	}
}

/* Return: false to end. */
static bool on_key(struct top_ui *ui, int key, const struct top_sample *s)
{
	switch (key) {
	case 'q':
		return false;
	case 'p':
		ui->paused = !ui->paused;
		break;
	case 's':
		ui->sort = (ui->sort + 1) % SORTS;
		break;
	case 'z':
		if (++ui->zone >= top_view_zones(s))
			ui->zone = -1;
		break;
	case 'm':
		ui->live_map = !ui->live_map;
		break;
	case 'h':
	case '?':
		ui->help = !ui->help;
		ui->scroll = 0;
		break;
	case '+':
	case '-':
		change_interval(ui, key == '+' ? 1 : -1);
		break;
	case TOP_UP:
	case TOP_DOWN:
		ui->scroll += key == TOP_UP ? -1 : 1;
		break;
	case TOP_PAGE_UP:
	case TOP_PAGE_DOWN:
		ui->scroll += key == TOP_PAGE_UP ? -10 : 10;
		break;
	default:
		break;
	}
	return true;
}

/* Keys until the next sample is due; they show at once.  Return: false to end. */
static bool keys(struct top_ui *ui, const struct top_sample *s)
{
	double left;
	int key;

	top_view_draw(ui, s);
	while (!sb_stopped) {
		left = ui->paused ? 1 : s->at + ui->interval - top_now();
		if (left <= 0)
			return true;
		key = top_view_key(left * 1000 + 1);
		if (key == TOP_NO_KEY)
			continue;
		if (!on_key(ui, key, s))
			return false;
		if (key == 'm' && !ui->paused)
			return true;
		top_view_draw(ui, s);
	}
	return false;
}

static void show(const struct args *a, struct top_sample *s)
{
	struct top_ui ui = { .zone = -1, .interval = a->delay };
	struct top_sample *next;
	unsigned long n;

	for (n = 0; !a->ticks || n < a->ticks; n++) {
		if (!keys(&ui, s))
			break;
		next = top_take(s, ui.live_map);
		top_drop(s);
		s = next;
		if (ui.zone >= top_view_zones(s))
			ui.zone = -1;
	}
	top_drop(s);
}

enum status verb_top(int argc, char **argv)
{
	struct args a = { .delay = 1 };
	struct top_sample *first;
	enum status st;

	if (sb_parse(&argp, argc, argv, &a))
		return ST_USAGE;
	st = sb_need_module();
	if (st)
		return st;
	if (!env.json && (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO)))
		return sb_fail(ST_CANNOT, "this is no terminal: sudo shadowbuddy top --json");
	top_hist_open();
	first = top_take(NULL, false);
	if (!first->side[LIVE].there)
		st = sb_fail(ST_CANNOT, "%s", first->side[LIVE].why);
	else if (!env.json && !top_view_open())
		st = sb_fail(ST_CANNOT, "this terminal is not known: set TERM, or top --json");
	if (st)
		top_drop(first);
	else if (env.json)
		lines(&a, first);
	else
		show(&a, first);
	top_view_close();
	top_hist_close();
	return st;
}
