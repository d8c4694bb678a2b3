// SPDX-License-Identifier: GPL-2.0
/*
 * The module's map files: two lines a zone, the types of its pageblocks and how
 * free each is.
 *
 *	Node 0, zone    DMA32 types MMMUUM
 *	Node 0, zone    DMA32 free  999009
 *
 * What is not of that form is refused as a whole: half a picture is no picture.
 */
#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"

static const char letters[] = "UMRHCI";

/* The colours of Okabe and Ito, which most eyes can tell apart; grey. */
const unsigned char sb_map_rgb[6][3] = {
	{ 213, 94, 0 }, { 0, 114, 178 }, { 0, 158, 115 },
	{ 230, 159, 0 }, { 204, 121, 167 }, { 96, 96, 96 },
};

/* Of sb_types[]; -1 where there is no memory. */
int sb_map_type(char letter)
{
	const char *at = letter ? strchr(letters, letter) : NULL;

	return at ? at - letters : -1;
}

/* As the module's pageblocks file has it: small where all of it is free. */
char sb_map_letter(const struct sb_map_zone *z, size_t block)
{
	char c = z->types[block];

	return z->free[block] == '9' && c != '.' ? c | 0x20 : c;
}

/* A block character, the darker the fuller; NULL if the terminal has none. */
const char *sb_map_shade(char free)
{
	static const char *const shades[] = {
		"█", "█", "█", "▓", "▓", "▒", "▒", "░", "░", "·",
	};

	if (strcmp(nl_langinfo(CODESET), "UTF-8"))
		return NULL;
	return shades[free - '0'];
}

/* A colour of a terminal that has so many. */
short sb_map_colour(int type, int colours)
{
	static const short of_256[] = { 166, 74, 36, 220, 175, 245 };
	static const short of_8[] = { 1, 6, 2, 3, 5, 7 };

	return colours >= 256 ? of_256[type] : of_8[type];
}

static struct sb_map_zone *add_zone(struct sb_map *m, int node, const char *name)
{
	struct sb_map_zone *z;

	m->z = realloc(m->z, (m->n + 1) * sizeof(*m->z));
	if (!m->z)
		exit(sb_fail(ST_CANNOT, "out of memory"));
	z = &m->z[m->n++];
	*z = (struct sb_map_zone) { .node = node };
	snprintf(z->name, sizeof(z->name), "%s", name);
	return z;
}

static bool set_types(struct sb_map *m, int node, const char *name,
		      const char *cells)
{
	struct sb_map_zone *z = m->n ? &m->z[m->n - 1] : NULL;

	if ((z && !z->free) || strspn(cells, "UMRHCI.") != strlen(cells))
		return false;
	z = add_zone(m, node, name);
	z->n = strlen(cells);
	z->types = sb_strdup(cells);
	return true;
}

static bool set_free(struct sb_map *m, int node, const char *name,
		     const char *cells)
{
	struct sb_map_zone *z = m->n ? &m->z[m->n - 1] : NULL;

	if (!z || z->free || z->node != node || strcmp(z->name, name) ||
	    strlen(cells) != z->n || strspn(cells, "0123456789") != z->n)
		return false;
	z->free = sb_strdup(cells);
	return true;
}

static bool parse_line(struct sb_map *m, const char *line)
{
	char name[16], what[8];
	int node, used = 0;

	if (*line == '#') {
		line += strspn(line, "# ");
		free(m->note);
		m->note = sb_strdup(line);
		return true;
	}
	if (sscanf(line, "Node %d, zone %15s %7s %n", &node, name, what, &used) != 3 ||
	    !used || !line[used])
		return false;
	if (!strcmp(what, "types"))
		return set_types(m, node, name, line + used);
	return !strcmp(what, "free") && set_free(m, node, name, line + used);
}

/* @text is changed.  @m is to be freed whatever is returned. */
char *sb_map_parse(struct sb_map *m, char *text)
{
	bool good = true;
	int at = 0;
	char *line;

	*m = (struct sb_map) { 0 };
	while (good && (line = sb_line(&text))) {
		at++;
		good = parse_line(m, line);
	}
	if (!good)
		return sb_printf("line %d is not of a map", at);
	if (m->n && !m->z[m->n - 1].free)
		return sb_printf("the last zone has no line \"free\"");
	if (!m->n && m->note)
		return sb_strdup(m->note);
	return m->n ? NULL : sb_strdup("it names no zone");
}

/* Pages of a pageblock, as the module says; 0 if it does not. */
static unsigned long block_pages(void)
{
	char *text = sb_file("version");
	char *v = text ? sb_key(text, "pageblock_order") : NULL;
	unsigned long order = v && sb_is_number(v) ? strtoul(v, NULL, 10) : 64;

	free(v);
	free(text);
	return order < 32 ? 1UL << order : 0;
}

/* Where the zones begin.  Without it a picture counts blocks, that is all. */
static void add_frames(struct sb_map *m, bool live)
{
	const struct sb_zone_sets *s;
	struct sb_pagesets p;
	int i;

	m->block_pages = block_pages();
	if (!m->block_pages || sb_pagesets_read(&p, !live))
		return;
	for (i = 0; i < m->n; i++) {
		s = sb_pagesets_of(&p, m->z[i].node, m->z[i].name);
		if (!s || !s->has_start)
			continue;
		m->z[i].first = s->start_pfn & ~(m->block_pages - 1);
		m->z[i].has_first = true;
	}
	sb_pagesets_free(&p);
}

/* The file is opened, read and closed: nobody keeps the module from going. */
char *sb_map_read(struct sb_map *m, bool live)
{
	const char *name = live ? "live/map" : "map";
	char *text = sb_file(name), *why, *said;

	*m = (struct sb_map) { 0 };
	if (!text && !sb_loaded())
		return sb_strdup("the module is not loaded: sudo shadowbuddy load");
	if (!text)
		return sb_printf("cannot read %s/%s: %s", env.dir, name, strerror(errno));
	why = sb_map_parse(m, text);
	free(text);
	if (!why) {
		add_frames(m, live);
		return NULL;
	}
	if (!m->n && m->note)
		said = sb_printf("no picture now: %s; try again, or later", why);
	else
		said = sb_printf("%s/%s: %s; is the module of this version?", env.dir,
				 name, why);
	free(why);
	return said;
}

void sb_map_free(struct sb_map *m)
{
	int i;

	for (i = 0; i < m->n; i++) {
		free(m->z[i].types);
		free(m->z[i].free);
	}
	free(m->z);
	free(m->note);
	*m = (struct sb_map) { 0 };
}
