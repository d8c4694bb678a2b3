// SPDX-License-Identifier: GPL-2.0
/* The module's files: is it there, what does it say, what does it refuse. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sb.h"

bool sb_loaded(void)
{
	return !access(env.module, F_OK) || !access(env.dir, F_OK);
}

static enum status other_version(void)
{
	char *text = sb_file("version"), *v = text ? sb_key(text, "module") : NULL;
	enum status st = ST_DONE;

	if (!text)
		st = sb_fail(ST_CANNOT, "cannot read %s/version: %s", env.dir,
			     strerror(errno));
	else if (!v)
		st = sb_fail(ST_CANNOT, "%s/version names no module: is this shadowbuddy's folder?",
			     env.dir);
	else if (strcmp(v, SB_VERSION))
		st = sb_fail(ST_CANNOT, "the module is version %s, this program %s: load the module that came with it",
			     v, SB_VERSION);
	free(v);
	free(text);
	return st;
}

/* The module can be talked to; if not, say what is in the way and what to do. */
enum status sb_need_module(void)
{
	if (!sb_loaded())
		return sb_fail(ST_CANNOT, "the module is not loaded: sudo shadowbuddy load");
	if (geteuid() && access(env.dir, R_OK | X_OK))
		return sb_fail(ST_CANNOT, "only root can read the module's files: sudo shadowbuddy %s",
			       env.verb);
	if (access(env.dir, F_OK))
		return sb_fail(ST_CANNOT, "no %s: sudo mount -t debugfs debugfs /sys/kernel/debug",
			       env.dir);
	return other_version();
}

/* What a file of the module says; NULL and errno. */
char *sb_file(const char *name)
{
	char *path = sb_printf("%s/%s", env.dir, name);
	char *text = sb_read(path);
	int err = errno;

	free(path);
	errno = err;
	return text;
}

/* The value of a "key: value" line; NULL if there is none. */
char *sb_key(const char *text, const char *key)
{
	size_t n = strlen(key), len;
	const char *at = text;

	while (at && *at) {
		if (!strncmp(at, key, n) && at[n] == ':' && at[n + 1] == ' ') {
			at += n + 2;
			len = strcspn(at, "\n");
			return sb_printf("%.*s", (int)len, at);
		}
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	return NULL;
}

/* Is it the module that refused, rather than the way to it? */
static bool from_module(int err)
{
	return err != ENOENT && err != EACCES && err != EPERM && err != EIO;
}

/* Why the last write was refused, in the module's words. */
enum status sb_last_error(const char *name, int err)
{
	char *log = sb_file("error_log"), *line = NULL, *rest = log, *l;
	char *word = NULL, *why = NULL, *end;

	while (from_module(err) && (l = sb_line(&rest)))
		line = l;
	/* A disk may be full, too. */
	if (err == ENOSPC && line && !strstr(line, ": ENOSPC "))
		line = NULL;
	if (line && strstr(line, name)) {
		word = strstr(line, " word=\"");
		why = strstr(line, " why=\"");
	}
	if (word && why) {
		word += strlen(" word=\"");
		why += strlen(" why=\"");
		end = strstr(word, "\" why=\"");
		if (end)
			*end = '\0';
		end = strstr(why, "\" bytes=");
		if (end)
			*end = '\0';
		sb_fail(ST_CANNOT, "%s: refused%s%s: %s", name, *word ? ": " : "",
			word, why);
	} else {
		sb_fail(ST_CANNOT, "%s: %s", name, strerror(err));
	}
	free(log);
	return err == EINVAL || err == ERANGE ? ST_USAGE : ST_CANNOT;
}

/* Write to a file of the module at once. */
enum status sb_write(const char *name, const char *text)
{
	char *path = sb_printf("%s/%s", env.dir, name);
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC), err = 0;
	size_t len = strlen(text);

	if (fd < 0)
		err = errno;
	else if (write(fd, text, len) != (ssize_t)len)
		err = errno ? errno : EIO;
	if (fd >= 0 && close(fd) && !err)
		err = errno;
	free(path);
	return err ? sb_last_error(name, err) : ST_DONE;
}
