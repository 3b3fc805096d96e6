/* Stands between a process and its disk, loaded with LD_PRELOAD: what changes files under one folder is counted,
 * and the n-th of those calls goes wrong: the process dies before it, or in the middle of a write; there is no space;
 * the disk fails. A record of every such call, with its bytes, lets a power cut be played afterwards.
 *
 * Nothing happens until fault_arm is called, from within the process. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { NOTHING, KILL, TORN, ENOSPACE, EFAIL };

static char folder[PATH_MAX];
static size_t folder_length;
static long count, moment;
static enum kind kind;
static int record = -1;
static int busy;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* How many calls in a row find no space: the program has time to try again, and to give up. */
#define NO_SPACE_FOR 15

static int within(const char *path)
{
	char whole[PATH_MAX];
	if (!folder_length || busy)
		return 0;
	if (path[0] != '/') {
		char here[PATH_MAX];
		if (!getcwd(here, sizeof here) || snprintf(whole, sizeof whole, "%s/%s", here, path) >= PATH_MAX)
			return 0;
		path = whole;
	}
	return !strncmp(path, folder, folder_length);
}

static int path_of(int fd, char *path)
{
	char link[64];
	if (!folder_length || busy)
		return 0;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, PATH_MAX - 1);
	if (length < 0)
		return 0;
	path[length] = 0;
	return within(path);
}

/* One line of text, then the bytes: "write offset length path" and what was written. */
static void note(const char *what, long a, long b, const char *path, const char *other, const void *bytes)
{
	char line[2 * PATH_MAX + 100];
	if (record < 0)
		return;
	int length = snprintf(line, sizeof line, "%s\t%ld\t%ld\t%s\t%s\n", what, a, b, path, other);
	struct iovec parts[2] = {{line, length}, {(void *)bytes, bytes ? (size_t)b : 0}};
	busy++;
	if (REAL(writev)(record, parts, 2) < 0)
		abort();
	busy--;
}

/* Whether this call has to fail, with errno set; dies where that is what was asked for. */
static int fails(int tearable)
{
	long now = ++count;
	if (kind == NOTHING || now < moment)
		return 0;
	if (kind == ENOSPACE && now < moment + NO_SPACE_FOR) {
		errno = ENOSPC;
		return 1;
	}
	if (kind == EFAIL && now == moment) {
		errno = EIO;
		return 1;
	}
	if (now == moment && (kind == KILL || (kind == TORN && !tearable)))
		kill(getpid(), SIGKILL);
	return 0;
}

static int torn(void)
{
	return kind == TORN && count == moment;
}

/* -- Called from within the process ---------------------------------------------------------------------- */

void fault_arm(const char *under, int what, long when, const char *into)
{
	snprintf(folder, sizeof folder, "%s", under);
	folder_length = strlen(folder);
	kind = what;
	moment = when;
	count = 0;
	if (into && *into)
		record = REAL(open)(into, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

long fault_count(void)
{
	return count;
}

void fault_note(const char *told)
{
	note("told", 0, 0, "", told, NULL);
}

/* -- In the place of the system's ------------------------------------------------------------------------ */

static ssize_t half(int fd, const void *bytes, size_t length, off_t offset, int placed)
{
	if (placed)
		(void)!REAL(pwrite)(fd, bytes, length / 2, offset);
	else
		(void)!REAL(write)(fd, bytes, length / 2);
	kill(getpid(), SIGKILL);
	return -1;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
	char path[PATH_MAX];
	if (!path_of(fd, path))
		return REAL(pwrite)(fd, bytes, length, offset);
	if (fails(1))
		return -1;
	if (torn())
		return half(fd, bytes, length, offset, 1);
	ssize_t done = REAL(pwrite)(fd, bytes, length, offset);
	if (done > 0)
		note("write", offset, done, path, "", bytes);
	return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset)
{
	return pwrite(fd, bytes, length, offset);
}

ssize_t write(int fd, const void *bytes, size_t length)
{
	char path[PATH_MAX];
	if (!path_of(fd, path))
		return REAL(write)(fd, bytes, length);
	if (fails(1))
		return -1;
	if (torn())
		return half(fd, bytes, length, 0, 0);
	off_t offset = lseek(fd, 0, SEEK_CUR);
	ssize_t done = REAL(write)(fd, bytes, length);
	if (done > 0)
		note("write", offset, done, path, "", bytes);
	return done;
}

static int synced(int fd, int (*real)(int))
{
	char path[PATH_MAX];
	if (!path_of(fd, path))
		return real(fd);
	if (fails(0))
		return -1;
	int done = real(fd);
	if (!done)
		note("sync", 0, 0, path, "", NULL);
	return done;
}

int fsync(int fd)
{
	return synced(fd, REAL(fsync));
}

int fdatasync(int fd)
{
	return synced(fd, REAL(fdatasync));
}

int ftruncate(int fd, off_t length)
{
	char path[PATH_MAX];
	if (!path_of(fd, path))
		return REAL(ftruncate)(fd, length);
	if (fails(0))
		return -1;
	int done = REAL(ftruncate)(fd, length);
	if (!done)
		note("truncate", length, 0, path, "", NULL);
	return done;
}

int ftruncate64(int fd, off64_t length)
{
	return ftruncate(fd, length);
}

int unlink(const char *path)
{
	if (!within(path))
		return REAL(unlink)(path);
	if (access(path, F_OK))
		return REAL(unlink)(path);
	if (fails(0))
		return -1;
	int done = REAL(unlink)(path);
	if (!done)
		note("unlink", 0, 0, path, "", NULL);
	return done;
}

int rename(const char *from, const char *to)
{
	if (!within(to))
		return REAL(rename)(from, to);
	if (fails(0))
		return -1;
	int done = REAL(rename)(from, to);
	if (!done)
		note("rename", 0, 0, from, to, NULL);
	return done;
}

int link(const char *from, const char *to)
{
	if (!within(to))
		return REAL(link)(from, to);
	if (fails(0))
		return -1;
	int done = REAL(link)(from, to);
	if (!done)
		note("link", 0, 0, from, to, NULL);
	return done;
}

static int opened(const char *path, int flags, mode_t mode, int (*real)(const char *, int, ...))
{
	int there = !access(path, F_OK);
	int changes = (flags & O_CREAT && !there) || (flags & O_TRUNC && there);
	if (!changes || !within(path))
		return real(path, flags, mode);
	if (fails(0))
		return -1;
	int done = real(path, flags, mode);
	if (done >= 0)
		note(there ? "empty" : "create", 0, 0, path, "", NULL);
	return done;
}

#define MODE(flags) \
	mode_t mode = 0; \
	if (flags & (O_CREAT | O_TMPFILE)) { \
		va_list more; \
		va_start(more, flags); \
		mode = va_arg(more, mode_t); \
		va_end(more); \
	}

int open(const char *path, int flags, ...)
{
	MODE(flags)
	return opened(path, flags, mode, REAL(open));
}

int open64(const char *path, int flags, ...)
{
	MODE(flags)
	return opened(path, flags, mode, REAL(open64));
}
