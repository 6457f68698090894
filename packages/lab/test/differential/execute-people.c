/*
 * Operations of `execute.c` that ask who may do what and what inodes say about themselves: users,
 * permissions, owners, stamps, extended attributes, files without names, vectored transfers.
 *
 *   as UID GID · umask M · creat SLOT NAME FLAGS MODE · mkdirm NAME MODE · tmpfile SLOT NAME FLAGS MODE
 *   linkfd SLOT NAME · access NAME MASK · chmod|lchmod NAME MODE · fchmod SLOT MODE
 *   chown|lchown NAME UID GID · fchown SLOT UID GID · utimens|lutimens NAME A M · futimens SLOT A M
 *   who NAME · [l|f]setxattr WHAT NAME BYTES FLAGS · [l|f]getxattr WHAT NAME BYTES
 *   [l|f]listxattr WHAT BYTES · [l|f]removexattr WHAT NAME
 *   writev SLOT OFFSET LENGTH RWF · readv SLOT OFFSET LENGTH RWF
 *
 * Keys: w mode:uid:gid:links:atime:mtime; a stamp later than 1970 is `n`, for now. Names of extended
 * attributes are those with the prefixes user., trusted. and security.t; `-` is the empty name.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#define VALUE_MAX 200000
#define YEAR_1971 31536000

void fill(unsigned char *to, uint64_t offset, size_t length);
uint32_t hash(uint32_t so_far, const unsigned char *bytes, uint64_t offset, size_t length);
void answer(long long ret);
void print_file(int fd);

static unsigned char bytes[VALUE_MAX];
static char **words;
static int count;

static long long value(int at) { return at < count ? strtoll(words[at], 0, 10) : 0; }
static char *word(int at) { return at < count ? words[at] : ""; }
static char *attribute(int at) { return strcmp(word(at), "-") ? word(at) : ""; }
static int is(const char *name) { return !strcmp(words[0], name); }

static void become(unsigned uid, unsigned gid)
{
	if (seteuid(0) || setgroups(0, 0) || setegid(gid) || seteuid(uid)) exit(4);
}
/* A new sequence begins: everybody is the superuser again. */
void people_reset(void) { become(0, 0); umask(0); }

static struct timespec stamp(long long ns)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };
	if (ns == -1) t.tv_nsec = UTIME_NOW;
	if (ns == -2) t.tv_nsec = UTIME_OMIT;
	if (ns < 0) t.tv_sec = 0;
	return t;
}
static void print_stamp(struct timespec t)
{
	if (t.tv_sec > YEAR_1971) printf(":n");
	else printf(":%lld", (long long)t.tv_sec * 1000000000 + t.tv_nsec);
}
static void who(void)
{
	struct stat st;
	int ret = lstat(word(1), &st);
	answer(ret);
	if (ret) return;
	printf(" w=%o:%u:%u:%lu", st.st_mode, st.st_uid, st.st_gid, (unsigned long)st.st_nlink);
	/* Following or reading a link is a read of it. */
	if (!S_ISLNK(st.st_mode)) print_stamp(st.st_atim);
	print_stamp(st.st_mtim);
}

static int compare_texts(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }
static void print_list(ssize_t got)
{
	char *names[512];
	int n = 0;
	for (char *at = (char *)bytes; at < (char *)bytes + got && n < 512; at += strlen(at) + 1)
		if (!strncmp(at, "user.", 5) || !strncmp(at, "trusted.", 8) || !strncmp(at, "security.t", 10)) names[n++] = at;
	qsort(names, n, sizeof *names, compare_texts);
	printf(" l=");
	for (int i = 0; i < n; i++) printf("%s;", names[i]);
}
static void on_attributes(int fd)
{
	const char *op = words[0];
	int form = *op == 'l' && strncmp(op, "list", 4) ? 'l' : *op == 'f' ? 'f' : 0;
	if (form) op++;
	ssize_t ret;
	size_t length = strstr(op, "list") ? value(2) : value(3);
	if (length > VALUE_MAX) length = VALUE_MAX;
	if (!strcmp(op, "setxattr")) {
		fill(bytes, 0, length);
		if (form == 'f') ret = fsetxattr(fd, attribute(2), bytes, length, value(4));
		else ret = (form ? lsetxattr : setxattr)(word(1), attribute(2), bytes, length, value(4));
		answer(ret);
	} else if (!strcmp(op, "getxattr")) {
		if (form == 'f') ret = fgetxattr(fd, attribute(2), bytes, length);
		else ret = (form ? lgetxattr : getxattr)(word(1), attribute(2), bytes, length);
		answer(ret);
		if (ret >= 0 && length > 0) printf(" h=%u", hash(0, bytes, 0, ret));
	} else if (!strcmp(op, "removexattr")) {
		if (form == 'f') ret = fremovexattr(fd, attribute(2));
		else ret = (form ? lremovexattr : removexattr)(word(1), attribute(2));
		answer(ret);
	} else {
		if (form == 'f') ret = flistxattr(fd, (char *)bytes, VALUE_MAX);
		else ret = (form ? llistxattr : listxattr)(word(1), (char *)bytes, VALUE_MAX);
		/* How long the list is depends on what security modules add. */
		answer(ret < 0 ? ret : 0);
		if (ret >= 0) print_list(ret);
	}
}

/* Three parts, the second one empty. */
static void vectored(int fd)
{
	size_t length = value(3) > VALUE_MAX ? VALUE_MAX : value(3), first = length / 3;
	struct iovec parts[3] = { { bytes, first }, { bytes, 0 }, { bytes + first, length - first } };
	struct stat st;
	int flags = value(4), writes = is("writev");
	if (writes) {
		long long place = value(2) == -1 ? lseek(fd, 0, SEEK_CUR) : value(2);
		int open_flags = fcntl(fd, F_GETFL);
		if (((open_flags > 0 && (open_flags & O_APPEND) && !(flags & RWF_NOAPPEND)) || (flags & RWF_APPEND)) && !fstat(fd, &st)) place = st.st_size;
		fill(bytes, place, length);
	}
	ssize_t ret = writes ? pwritev2(fd, parts, 3, value(2), flags) : preadv2(fd, parts, 3, value(2), flags);
	answer(ret);
	if (!writes && ret >= 0) printf(" h=%u", hash(0, bytes, 0, ret));
	print_file(fd);
}

static int on_owners(int fd)
{
	struct timespec times[2] = { stamp(value(2)), stamp(value(3)) };
	if (is("chmod")) answer(chmod(word(1), value(2)));
	else if (is("fchmod")) answer(fchmod(fd, value(2)));
	else if (is("chown")) answer(chown(word(1), value(2), value(3)));
	else if (is("lchown")) answer(lchown(word(1), value(2), value(3)));
	else if (is("fchown")) answer(fchown(fd, value(2), value(3)));
	else if (is("utimens")) answer(utimensat(AT_FDCWD, word(1), times, 0));
	else if (is("lutimens")) answer(utimensat(AT_FDCWD, word(1), times, AT_SYMLINK_NOFOLLOW));
	else if (is("futimens")) answer(syscall(SYS_utimensat, fd, (char *)0, times, 0));
	else return 0;
	return 1;
}

/* Carries an operation out, if it is one of these. `slot` is where its descriptor is. */
int on_people(char **of, int of_count, int fd, int *slot)
{
	words = of;
	count = of_count;
	if (is("as")) { become(value(1), value(2)); answer(0); }
	else if (is("umask")) { umask(value(1)); answer(0); }
	else if (is("creat") || is("tmpfile")) {
		int flags = value(3) | (is("tmpfile") ? O_TMPFILE : 0);
		if (*slot >= 0) close(*slot);
		*slot = open(word(2), flags, value(4));
		answer(*slot < 0 ? -1 : 0);
		print_file(*slot);
	}
	else if (is("linkfd")) {
		/* Only the superuser may name any file by its descriptor alone. */
		unsigned uid = geteuid(), gid = getegid();
		become(0, 0);
		int ret = linkat(fd, "", AT_FDCWD, word(2), AT_EMPTY_PATH), error = errno;
		become(uid, gid);
		errno = error;
		answer(ret);
	}
	else if (is("mkdirm")) answer(mkdir(word(1), value(2)));
	else if (is("access")) answer(syscall(SYS_faccessat2, AT_FDCWD, word(1), (int)value(2), AT_EACCESS));
	else if (is("who")) who();
	else if (is("writev") || is("readv")) vectored(fd);
	else if (strstr(words[0], "xattr")) on_attributes(fd);
	else return on_owners(fd);
	return 1;
}
