// SPDX-License-Identifier: GPL-2.0
/* How many colours the terminal has: apart, as term.h takes many names. */
#include <unistd.h>

#include "map.h"

#include <curses.h>
#include <term.h>

/* 0: none that are wanted, or too few to tell the types apart; use letters. */
int sb_map_colours(void)
{
	int err, n;

	if (!env.colour || setupterm(NULL, STDOUT_FILENO, &err) != OK)
		return 0;
	n = tigetnum("colors");
	del_curterm(cur_term);
	return n < 8 ? 0 : n;
}
