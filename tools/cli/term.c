// SPDX-License-Identifier: GPL-2.0
/* A progress bar on standard error, where that is a terminal. */
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "sb.h"

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static int width(void)
{
	struct winsize w;

	return !ioctl(STDERR_FILENO, TIOCGWINSZ, &w) && w.ws_col > 40 ? w.ws_col : 80;
}

/* "[#####.....] 42 %  1234/s  12 s left" */
void sb_bar_draw(struct sb_bar *b, unsigned long long done,
		 unsigned long long total)
{
	int cells = width() - 42, full, i;
	double rate, took;
	char bar[512];

	if (!b->shown)
		b->began = now();
	b->shown = true;
	if (!total)
		return;
	if (done > total)
		done = total;
	if (cells > (int)sizeof(bar) - 1)
		cells = sizeof(bar) - 1;
	if (cells < 0)
		cells = 0;
	took = now() - b->began;
	rate = took > 0 ? done / took : 0;
	full = done * cells / total;
	for (i = 0; i < cells; i++)
		bar[i] = i < full ? '#' : '.';
	bar[cells] = '\0';
	fprintf(stderr, "\r[%s] %3llu %%  %.0f/s  ", bar, done * 100 / total, rate);
	if (rate > 0)
		fprintf(stderr, "%.0f s left ", (total - done) / rate);
	fprintf(stderr, "\033[K");
	fflush(stderr);
}

void sb_bar_end(struct sb_bar *b)
{
	if (b->shown)
		fprintf(stderr, "\r\033[K");
}
