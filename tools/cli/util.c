// SPDX-License-Identifier: GPL-2.0
/* Errors, strings, files. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sb.h"

/* One line on standard error; returns @st, so that callers can return it. */
enum status sb_fail(enum status st, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "shadowbuddy%s%s: ", env.verb ? " " : "",
		env.verb ? env.verb : "");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return st;
}

void *sb_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p) {
		sb_fail(ST_CANNOT, "out of memory");
		exit(ST_CANNOT);
	}
	return p;
}

char *sb_strdup(const char *s)
{
	size_t size = strlen(s) + 1;

	return memcpy(sb_alloc(size), s, size);
}

char *sb_printf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	s = sb_alloc(n + 1);
	va_start(ap, fmt);
	vsnprintf(s, n + 1, fmt, ap);
	va_end(ap);
	return s;
}

/* Words with blanks between. */
char *sb_join(char **words, int n)
{
	size_t len = 1;
	char *s, *at;
	int i;

	for (i = 0; i < n; i++)
		len += strlen(words[i]) + 1;
	s = sb_alloc(len);
	for (at = s, i = 0; i < n; i++)
		at += sprintf(at, "%s%s", i ? " " : "", words[i]);
	return s;
}

/* All that can be read, with a NUL; the caller looks for errors. */
static char *read_all(FILE *f, size_t *len)
{
	size_t size = 65536;
	char *text = sb_alloc(size), *more;

	*len = 0;
	while (!feof(f) && !ferror(f)) {
		*len += fread(text + *len, 1, size - *len - 1, f);
		if (*len + 1 < size)
			continue;
		more = realloc(text, size * 2);
		if (!more) {
			free(text);
			return NULL;
		}
		text = more;
		size *= 2;
	}
	text[*len] = '\0';
	return text;
}

/* A whole text, with a NUL; NULL and errno, EILSEQ if there is a NUL in it. */
char *sb_read(const char *path)
{
	FILE *f = fopen(path, "re");
	size_t len;
	char *text;
	int err = 0;

	if (!f)
		return NULL;
	errno = 0;
	text = read_all(f, &len);
	if (!text)
		err = ENOMEM;
	else if (ferror(f))
		err = errno ? errno : EIO;
	else if (memchr(text, '\0', len))
		err = EILSEQ;
	fclose(f);
	if (!err)
		return text;
	free(text);
	errno = err;
	return NULL;
}

/* The next line of a text that may be changed; NULL at its end. */
char *sb_line(char **rest)
{
	char *line = *rest, *end;

	if (!line || !*line)
		return NULL;
	end = strchr(line, '\n');
	*rest = end ? end + 1 : NULL;
	if (end)
		*end = '\0';
	return line;
}

bool sb_is_number(const char *s)
{
	char *end;

	if (!isdigit((unsigned char)*s) && *s != '-')
		return false;
	strtod(s, &end);
	return !*end && end != s && strncmp(s, "0x", 2);
}

/* The value of an option, which has to be a number from @min to @max. */
unsigned long sb_arg_uint(struct argp_state *state, const char *what, const char *arg,
			  unsigned long min, unsigned long max)
{
	char *end;
	unsigned long v = strtoul(arg, &end, 10);

	if (!isdigit((unsigned char)*arg) || *end || v < min || v > max)
		argp_error(state, "%s is a number from %lu to %lu, not '%s'", what, min, max,
			   arg);
	return v;
}

/* Likewise, a time; up to a day. */
double sb_arg_seconds(struct argp_state *state, const char *arg)
{
	char *end;
	double v = strtod(arg, &end);

	if (end == arg || *end || !(v > 0 && v <= 86400))
		argp_error(state, "SECONDS is a number above 0, up to 86400, not '%s'", arg);
	return v;
}

/* An escape sequence where colour is wanted, else nothing. */
const char *sb_paint(const char *sgr)
{
	static char buf[4][32];
	static unsigned int turn;
	char *s = buf[turn++ % 4];

	if (!env.colour)
		return "";
	snprintf(s, sizeof(buf[0]), "\033[%sm", sgr);
	return s;
}

/* The permissions that a new file gets. */
static mode_t new_mode(void)
{
	mode_t mask = umask(022);

	umask(mask);
	return 0666 & ~mask;
}

/* Where a path leads to: a name that is a link stays one. */
static char *target_of(const char *path)
{
	char *real = realpath(path, NULL), *s = sb_strdup(real ? real : path);

	free(real);
	return s;
}

/* A file of another name, to be renamed when it is whole. */
static FILE *open_tmp(struct sb_out *o)
{
	int fd, err;
	FILE *f;

	o->tmp = sb_printf("%s.XXXXXX", o->path);
	fd = mkstemp(o->tmp);
	if (fd < 0)
		return NULL;
	f = fdopen(fd, "w");
	if (f)
		return f;
	err = errno;
	close(fd);
	unlink(o->tmp);
	errno = err;
	return NULL;
}

/*
 * Begin a file; it has its name only once it is complete. A pipe or a device has no
 * other name to be written under, and is no file to be replaced.
 */
enum status sb_out_open(struct sb_out *o, const char *path)
{
	struct stat st;
	bool there;

	*o = (struct sb_out) { .f = stdout };
	if (!path || !strcmp(path, "-"))
		return ST_DONE;
	there = !stat(path, &st);
	o->path = target_of(path);
	o->mode = there ? st.st_mode & 0777 : new_mode();
	o->f = there && !S_ISREG(st.st_mode) ? fopen(path, "we") : open_tmp(o);
	if (o->f)
		return ST_DONE;
	sb_fail(ST_CANNOT, "cannot write %s: %s", path, strerror(errno));
	free(o->tmp);
	free(o->path);
	return ST_CANNOT;
}

/* Give it its name if all went well, else remove it.  Return: @st or worse. */
enum status sb_out_close(struct sb_out *o, enum status st)
{
	bool bad;

	if (!o->path)
		return st;
	bad = fflush(o->f) || ferror(o->f) || (o->tmp && fchmod(fileno(o->f), o->mode));
	bad |= fclose(o->f) != 0;
	if (bad && st < ST_USAGE)
		st = sb_fail(ST_CANNOT, "cannot write %s: %s", o->path,
			     strerror(errno));
	if (st < ST_USAGE && o->tmp && rename(o->tmp, o->path))
		st = sb_fail(ST_CANNOT, "cannot write %s: %s", o->path,
			     strerror(errno));
	if (st >= ST_USAGE && o->tmp)
		unlink(o->tmp);
	free(o->tmp);
	free(o->path);
	return st;
}

/*
 * At the end: was all of the output written? A reader who left is no failure. That it
 * was not is said once, though argp's exit may come here again.
 */
enum status sb_flush(enum status st)
{
	static bool told;

	if (told || (!fflush(stdout) && !ferror(stdout)))
		return st;
	if (errno == EPIPE)
		return st;
	told = true;
	return sb_fail(ST_CANNOT, "cannot write the output: %s", strerror(errno));
}
