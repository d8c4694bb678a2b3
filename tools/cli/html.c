// SPDX-License-Identifier: GPL-2.0
/*
 * HTML that is well-formed XML too, so that any parser can check it. Everything that
 * comes from a result goes through html_text().
 */
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "sb.h"

static const char style[] =
	":root{color-scheme:light dark;--bg:#fff;--fg:#1c2024;--soft:#59636e;--line:#d3d9df;\n"
	"--box:#f5f7f9;--live:#1b62b5;--shadow:#b3500b;--good:#1a7f37;--bad:#b42318}\n"
	"@media screen and (prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e4e8ec;\n"
	"--soft:#9aa5b1;--line:#363d45;--box:#1d2227;--live:#7db4f5;--shadow:#f0a35e;\n"
	"--good:#5dc878;--bad:#ff8a7a}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;padding:1.5rem;max-width:76rem;background:var(--bg);color:var(--fg);\n"
	"font:1rem/1.5 system-ui,sans-serif}\n"
	"h1{margin:0 0 .25rem;line-height:1.2}\n"
	"h2{margin:2.5rem 0 .5rem;padding-bottom:.25rem;border-bottom:1px solid var(--line)}\n"
	"h3{margin:1.75rem 0 .25rem}\n"
	"p{margin:.4rem 0;max-width:48rem}\n"
	".soft,footer{color:var(--soft)}\n"
	"nav ul{padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none}\n"
	"a{color:var(--live)}\n"
	"pre{margin:.5rem 0;padding:.5rem .75rem;overflow-x:auto;background:var(--box);\n"
	"border:1px solid var(--line);border-radius:4px}\n"
	"pre,code{font:.85rem/1.45 ui-monospace,monospace}\n"
	"pre.command{white-space:pre-wrap}\n"
	".scroll{overflow-x:auto;margin:.75rem 0;max-width:100%}\n"
	".charts .scroll{margin:0}\n"
	"table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}\n"
	"caption{padding:.25rem 0;text-align:left;color:var(--soft)}\n"
	"th,td{padding:.2rem .6rem;border-bottom:1px solid var(--line);text-align:left;\n"
	"vertical-align:top}\n"
	"thead th{white-space:nowrap;background:var(--box)}\n"
	"td.n,th.n{text-align:right;white-space:nowrap}\n"
	"tbody th{font-weight:600}\n"
	"table.wide{font-size:.75rem}\n"
	".wide td,.wide th{padding:.15rem .35rem}\n"
	".wide td{white-space:nowrap}\n"
	".wide thead th{white-space:normal}\n"
	"figure{margin:.75rem 0}\n"
	".charts{display:flex;flex-wrap:wrap;align-items:flex-start;gap:1rem}\n"
	"svg{flex:0 1 23rem;min-width:17rem;max-width:23rem;height:auto;background:var(--box);\n"
	"border:1px solid var(--line);border-radius:4px}\n"
	"svg text{fill:var(--fg);font:11px system-ui,sans-serif}\n"
	"svg .title{font-weight:600;font-size:12px}\n"
	"svg .tick{fill:var(--soft)}\n"
	"svg .grid{stroke:var(--line)}\n"
	"svg .live{fill:var(--live);stroke:var(--live)}\n"
	"svg .shadow{fill:var(--shadow);stroke:var(--shadow)}\n"
	"svg path.live,svg path.shadow{fill:none;stroke-width:2}\n"
	"svg path.shadow{stroke-dasharray:6 3}\n"
	"svg text.live,svg text.shadow{stroke:none}\n"
	".good{color:var(--good);font-weight:600}\n"
	".bad{color:var(--bad);font-weight:600}\n"
	"@media print{body{max-width:none;padding:0;font-size:9pt}nav{display:none}\n"
	".scroll,pre{overflow:visible}table{font-size:7pt}th,td{padding:.1rem .3rem}\n"
	"figure,svg,tr{break-inside:avoid}h2,h3{break-after:avoid}}\n";

/* Length of the UTF-8 character at @s that XML allows; 0 if it is none. */
static int utf8_length(const unsigned char *s)
{
	int n = *s < 0x80 ? 1 : (*s & 0xe0) == 0xc0 ? 2 : (*s & 0xf0) == 0xe0 ? 3 :
		(*s & 0xf8) == 0xf0 ? 4 : 0, i;
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int c = n > 1 ? *s & (0x7f >> n) : *s;

	if (n == 1)
		return c >= 0x20 && c != 0x7f ? 1 : c == '\t' || c == '\n';
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff || c >= 0xfffe)
		return c >= 0x10000 && c <= 0x10ffff && n == 4 ? n : 0;
	return c >= 0x80 && c < 0xa0 ? 0 : n;
}

/* Text, whatever is in it; bytes that are none become U+FFFD. */
void html_text(FILE *f, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	int n;

	for (; *s; s += n ? n : 1) {
		n = utf8_length(s);
		if (!n)
			fputs("\357\277\275", f);
		else if (*s == '&')
			fputs("&amp;", f);
		else if (*s == '<')
			fputs("&lt;", f);
		else if (*s == '>')
			fputs("&gt;", f);
		else if (*s == '"')
			fputs("&quot;", f);
		else
			fwrite(s, 1, n, f);
	}
}

void html_begin(FILE *f, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	      "<title>", f);
	html_text(f, title);
	fprintf(f, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n<h1>", style);
	html_text(f, title);
	fputs("</h1>\n", f);
}

void html_end(FILE *f)
{
	fprintf(f, "</section>\n</main>\n<footer><p>Written by shadowbuddy %s.</p></footer>\n</body>\n</html>\n",
		SB_VERSION);
}

/* A section; the caller ends the one before it. */
void html_section(FILE *f, const char *id, const char *title)
{
	fprintf(f, "<section id=\"%s\">\n<h2>%s</h2>\n", id, title);
}

/* The heading of one result. */
void html_result(FILE *f, const struct result *r, const char *what)
{
	fputs("<h3>", f);
	html_text(f, what);
	fputs(" <span class=\"soft\">(", f);
	html_text(f, r->file);
	fputs(")</span></h3>\n", f);
}

void html_command(FILE *f, const char *command)
{
	fputs("<p class=\"soft\">To repeat it:</p>\n<pre class=\"command\"><code>", f);
	html_text(f, command);
	fputs("</code></pre>\n", f);
}

static const char *class_of(const char *text)
{
	return sb_is_number(text) ? " class=\"n\"" : "";
}

void html_cell(FILE *f, const char *text)
{
	fprintf(f, "<td%s>", class_of(text));
	html_text(f, text);
	fputs("</td>", f);
}

/* A table of many columns is set smaller, for a page of paper. */
static void begin_table(FILE *f, const char *caption, const struct column *columns)
{
	int n = 0;

	while (columns && columns[n].key)
		n++;
	fprintf(f, "<div class=\"scroll\">\n<table%s>\n<caption>", n > 15 ? " class=\"wide\"" : "");
	html_text(f, caption);
	fputs("</caption>\n", f);
}

/* A line may be broken where a name has a "_". */
static void head_text(FILE *f, const char *text)
{
	char *copy = sb_strdup(text), *c;

	for (c = copy; *c; c++)
		if (*c == '_')
			*c = ' ';
	html_text(f, copy);
	free(copy);
}

static void table_head(FILE *f, const struct column *columns, struct json_object *first)
{
	const struct column *c;

	fputs("<thead><tr>", f);
	for (c = columns; c->key; c++) {
		fprintf(f, "<th scope=\"col\"%s>", class_of(result_text(first, c->key)));
		head_text(f, c->head ? c->head : c->key);
		fputs("</th>", f);
	}
	fputs("</tr></thead>\n<tbody>\n", f);
}

/* Rows of objects, some of their members as columns. */
void html_table(FILE *f, const char *caption, struct json_object *rows,
		const struct column *columns)
{
	size_t n = rows ? json_object_array_length(rows) : 0, i;
	const struct column *c;

	if (!n)
		return;
	begin_table(f, caption, columns);
	table_head(f, columns, json_object_array_get_idx(rows, 0));
	for (i = 0; i < n; i++) {
		fputs("<tr>", f);
		for (c = columns; c->key; c++)
			html_cell(f, result_text(json_object_array_get_idx(rows, i), c->key));
		fputs("</tr>\n", f);
	}
	fputs("</tbody>\n</table>\n</div>\n", f);
}

static void key_row(FILE *f, const char *prefix, const char *key, const char *value,
		    const char *note)
{
	fputs("<tr><th scope=\"row\">", f);
	html_text(f, prefix);
	html_text(f, key);
	fputs("</th><td>", f);
	html_text(f, value);
	if (note) {
		fputs(" <span class=\"soft\">(", f);
		html_text(f, note);
		fputs(")</span>", f);
	}
	fputs("</td></tr>\n", f);
}

/* "min 1, median 2": an object that has only scalars; a list of scalars likewise. */
static char *inline_text(struct json_object *v)
{
	bool list = json_object_is_type(v, json_type_array);
	char *text = sb_strdup(""), *more;
	size_t i;

	for (i = 0; list && i < json_object_array_length(v); i++) {
		struct json_object *x = json_object_array_get_idx(v, i);

		more = sb_printf("%s%s%s", text, i ? "; " : "", x ? json_object_get_string(x) : "null");
		free(text);
		text = more;
	}
	if (list)
		return text;
	json_object_object_foreach(v, name, n) {
		more = sb_printf("%s%s%s %s", text, *text ? ", " : "", name,
				 n ? json_object_get_string(n) : "null");
		free(text);
		text = more;
	}
	return text;
}

static bool is_list_of_objects(struct json_object *v)
{
	return json_object_is_type(v, json_type_array) && json_object_array_length(v) &&
	       json_object_is_type(json_object_array_get_idx(v, 0), json_type_object);
}

static bool is_shown(const char *key, struct json_object *v)
{
	size_t len = strlen(key);

	return strcmp(key, "verb") && strcmp(key, "version") && strcmp(key, "text") &&
	       !is_list_of_objects(v) && !(len > 5 && !strcmp(key + len - 5, "_note"));
}

/* An object in an object that has names of its own, as "module" of status. */
static bool is_group(const char *key)
{
	return !strcmp(key, "module") || !strcmp(key, "arena") || !strcmp(key, "parameters");
}

static void key_rows(FILE *f, const char *prefix, struct json_object *o)
{
	char *name, *text;

	json_object_object_foreach(o, key, v) {
		if (!is_shown(key, v))
			continue;
		if (json_object_is_type(v, json_type_object) && is_group(key)) {
			name = sb_printf("%s ", key);
			key_rows(f, name, v);
			free(name);
			continue;
		}
		name = sb_printf("%s_note", key);
		text = json_object_is_type(v, json_type_object) ||
		       json_object_is_type(v, json_type_array) ? inline_text(v) :
		       sb_strdup(result_text(o, key));
		key_row(f, prefix, key, text,
			json_object_object_get_ex(o, name, NULL) ? result_text(o, name) : NULL);
		free(text);
		free(name);
	}
}

/* Names and values, a row each; tables in the object are left out. */
void html_keys(FILE *f, const char *caption, struct json_object *o)
{
	begin_table(f, caption, NULL);
	fputs("<tbody>\n", f);
	key_rows(f, "", o);
	fputs("</tbody>\n</table>\n</div>\n", f);
}

void html_begin_figure(FILE *f)
{
	fputs("<figure>\n<div class=\"charts\">\n", f);
}

void html_end_figure(FILE *f)
{
	fputs("</div>\n</figure>\n", f);
}
