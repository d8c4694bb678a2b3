// SPDX-License-Identifier: GPL-2.0
/*
 * Files of text in debugfs.
 *
 * A file's text is made when it is opened, so it reads the same at any offset and in
 * any portion.  An open file holds the module: nothing here can vanish under a
 * reader.
 */
#include <linux/ctype.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "errlog.h"
#include "files.h"
#include "text.h"

#define MOST_WRITTEN	1024	/* bytes of a write */

static int text_open(struct inode *inode, struct file *file)
{
	const struct sbd_file *kind = inode->i_private;
	struct sbd_text *t = kzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;
	if (kind->show && (file->f_mode & FMODE_READ))
		kind->show(t, kind->arg);
	if (t->error) {
		sbd_text_free(t);
		kfree(t);
		return -ENOMEM;
	}
	file->private_data = t;
	return 0;
}

static ssize_t text_read(struct file *file, char __user *to, size_t len,
			 loff_t *pos)
{
	const struct sbd_text *t = file->private_data;

	return simple_read_from_buffer(to, len, pos, t->buf, t->len);
}

static int text_release(struct inode *inode, struct file *file)
{
	sbd_text_free(file->private_data);
	kfree(file->private_data);
	return 0;
}

/**
 * sbd_files_is_text() - can it be text at all?
 * @text: what was written
 * @len:  bytes of it
 *
 * Context: any.
 */
bool sbd_files_is_text(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isascii(text[i]) || (!isprint(text[i]) && !isspace(text[i])))
			return false;
	return true;
}

/* A copy of what is written, if it can be text at all. */
static char *copy_text(const char __user *from, size_t len, loff_t pos,
		       struct sbd_error *err)
{
	char *text;

	if (pos)
		return ERR_PTR(sbd_error(err, -EINVAL, "",
					 "write it at once, from the beginning"));
	if (len > MOST_WRITTEN)
		return ERR_PTR(sbd_error(err, -EINVAL, "",
					 "longer than %d bytes", MOST_WRITTEN));
	text = memdup_user_nul(from, len);
	if (!IS_ERR(text) && !sbd_files_is_text(text, len)) {
		kfree(text);
		return ERR_PTR(sbd_error(err, -EINVAL, "", "not a text"));
	}
	return text;
}

/* Remember why; @from is what user space wrote. */
static void log_refusal(const char *name, const char __user *from, size_t len,
			const struct sbd_error *err, int errno)
{
	char text[MOST_WRITTEN / 8];

	len = min(len, sizeof(text));
	if (copy_from_user(text, from, len))
		len = 0;
	sbd_errlog_add(name, text, len, err, errno);
}

static ssize_t text_write(struct file *file, const char __user *from,
			  size_t len, loff_t *pos)
{
	const struct sbd_file *kind = file_inode(file)->i_private;
	struct sbd_error err = { };
	char *text;
	int e;

	text = copy_text(from, len, *pos, &err);
	e = IS_ERR(text) ? PTR_ERR(text) : kind->write(text, kind->arg, &err);
	if (!IS_ERR(text))
		kfree(text);
	if (e && e != -EINTR)
		log_refusal(kind->name, from, len, &err, e);
	if (e)
		return e;
	*pos += len;
	return len;
}

static const struct file_operations text_fops = {
	.owner = THIS_MODULE,
	.open = text_open,
	.read = text_read,
	.write = text_write,
	.release = text_release,
	.llseek = default_llseek,
};

/**
 * sbd_files_create() - make files
 * @dir:   their folder
 * @kinds: them; stay as long as the files do
 * @n:	   how many
 *
 * Readable and writable for root alone, as they can be.
 * Context: process.
 */
void sbd_files_create(struct dentry *dir, const struct sbd_file *kinds, int n)
{
	const struct sbd_file *k;
	umode_t mode;

	for (k = kinds; k < kinds + n; k++) {
		mode = (k->show ? 0400 : 0) | (k->write ? 0200 : 0);
		debugfs_create_file(kbasename(k->name), mode, dir, (void *)k,
				    &text_fops);
	}
}

/**
 * sbd_files_folder() - make a folder for root alone
 * @name:   of it
 * @parent: where; NULL: in debugfs itself
 *
 * Context: process.  Return: the folder, or an error as debugfs has it.
 */
struct dentry *sbd_files_folder(const char *name, struct dentry *parent)
{
	struct dentry *dir = debugfs_create_dir(name, parent);

	if (!IS_ERR(dir))
		d_inode(dir)->i_mode = S_IFDIR | 0700;
	return dir;
}

/**
 * sbd_files_check_one() - "1", and nothing else
 * @text: what was written
 * @err:  filled, if it is not
 *
 * Context: any.  Return: 0 or -EINVAL.
 */
int sbd_files_check_one(const char *text, struct sbd_error *err)
{
	unsigned int v;

	if (kstrtouint(text, 0, &v) || v != 1)
		return sbd_error(err, -EINVAL, "", "write 1");
	return 0;
}
