/*
 * Executes sequences of file operations on the current directory and prints what each one did.
 *
 *   execute [EXTENTS]            how many extents an inode holds before it has a tree of one block
 *
 *   stdin    #NAME              a new sequence: a directory of its own is the root, nothing is open
 *            pwrite 0 4096 100  one operation in words; numbers are decimal
 *   stdout   #NAME
 *            ret errno [key=value …]       one line for each operation
 *
 * Keys: h hash of the bytes read; f size:links of the file behind the descriptor, b sectors of its data, x
 * its extents (blocks, merged; u = unwritten); s where data and holes begin, c hash of the content,
 * both after a sync; m mode:size:links of stat; l names of a directory; t target of a link; B signal.
 *
 * Bytes written are a function of the operation's number and the place in the file; hashes leave
 * zeros out, so that it does not matter which holes were read.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define SLOTS 6
#define MAPS 4
#define PAGE 4096
#define BUFFER_BYTES (8 << 20)
#define SEEKS_MAX 200

struct mapping { unsigned char *p; size_t bytes; off_t offset; int fd; };

static int fds[SLOTS];
static struct mapping maps[MAPS];
static unsigned inline_extents, tree_sectors; /* what an inode holds, and a tree beside it */
static int top, proc_fds; /* directories outside the root of a sequence */
static unsigned char *buffer;
static sigjmp_buf jump;
static volatile sig_atomic_t signalled;
static char *words[16];
static int count;
static unsigned number;

static void on_signal(int n) { signalled = n; siglongjmp(jump, 1); }

static long long value(int at) { return at < count ? strtoll(words[at], 0, 10) : 0; }
static char *word(int at) { return at < count ? words[at] : ""; }

static unsigned char pattern(uint64_t offset)
{
	uint64_t p = offset & 0xfffff;
	return (number * 131 + (p >> 9) * 17 + p * 3) | 1;
}
void fill(unsigned char *to, uint64_t offset, size_t length)
{
	for (size_t i = 0; i < length; i++) to[i] = pattern(offset + i);
}
uint32_t hash(uint32_t so_far, const unsigned char *bytes, uint64_t offset, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		uint64_t at = offset + i;
		so_far += (uint32_t)bytes[i] * ((uint32_t)at * 2654435761u + (uint32_t)(at >> 32) * 40503u + 97);
	}
	return so_far;
}

static int slot_of(int at)
{
	long long slot = value(at);
	return slot >= 0 && slot < SLOTS ? fds[slot] : -1;
}
static int *slot_place(int at)
{
	static int none;
	long long slot = value(at);
	none = -1;
	return slot >= 0 && slot < SLOTS ? &fds[slot] : &none;
}
int on_people(char **words, int count, int fd, int *slot); /* execute-people.c */
void people_reset(void);

static int is_direct(int fd) { int flags = fcntl(fd, F_GETFL); return flags >= 0 && (flags & O_DIRECT); }
static int is_append(int fd) { int flags = fcntl(fd, F_GETFL); return flags >= 0 && (flags & O_APPEND); }

void answer(long long ret) { printf("%lld %d", ret, ret < 0 ? errno : 0); }

/* Runs of blocks with the same state, wherever they lie; sets the sectors of the tree. */
static int print_extents(int fd)
{
	static struct { struct fiemap head; struct fiemap_extent list[512]; } map;
	uint64_t start = 0, end = 0;
	int state = -1;
	memset(&map, 0, sizeof map);
	map.head.fm_length = ~0ULL;
	map.head.fm_extent_count = 512;
	if (ioctl(fd, FS_IOC_FIEMAP, &map.head)) return 0;
	printf(" x=");
	tree_sectors = map.head.fm_mapped_extents > inline_extents ? PAGE / 512 : 0;
	for (unsigned i = 0; i <= map.head.fm_mapped_extents; i++) {
		struct fiemap_extent *e = &map.list[i];
		int is_end = i == map.head.fm_mapped_extents;
		int next = is_end ? -1 : !!(e->fe_flags & FIEMAP_EXTENT_UNWRITTEN);
		if (!is_end && next == state && e->fe_logical == end) { end = e->fe_logical + e->fe_length; continue; }
		if (state >= 0) printf("%" PRIu64 "+%" PRIu64 "%s;", start / PAGE, (end - start) / PAGE, state ? "u" : "");
		if (is_end) break;
		start = e->fe_logical; end = start + e->fe_length; state = next;
	}
	return 1;
}

void print_file(int fd)
{
	struct stat st;
	if (fd < 0 || fstat(fd, &st)) return;
	if (!S_ISREG(st.st_mode)) return;
	printf(" f=%lld:%lu", (long long)st.st_size, (unsigned long)st.st_nlink);
	if (print_extents(fd)) printf(" b=%lld", (long long)st.st_blocks - tree_sectors);
}

/* Where data and holes begin, and the content, of a file that was just synced. */
static void print_synced(int synced)
{
	char name[16];
	snprintf(name, sizeof name, "%d", synced);
	int fd = openat(proc_fds, name, O_RDONLY);
	struct stat st;
	off_t at = 0;
	uint32_t sum = 0;
	if (fd < 0) return;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) { close(fd); return; }
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	printf(" s=");
	for (int i = 0; i < SEEKS_MAX; i++) {
		off_t data = lseek(fd, at, SEEK_DATA);
		if (data < 0) break;
		off_t hole = lseek(fd, data, SEEK_HOLE);
		printf("%lld-%lld;", (long long)data, (long long)hole);
		for (off_t from = data; from < hole;) {
			size_t length = hole - from < BUFFER_BYTES ? hole - from : BUFFER_BYTES;
			ssize_t got = pread(fd, buffer, length, from);
			if (got <= 0) break;
			sum = hash(sum, buffer, from, got);
			from += got;
		}
		at = hole;
	}
	printf(" c=%u", sum);
	close(fd);
}
static int compare_names(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }
static void list(const char *path)
{
	DIR *dir = opendir(path);
	char *names[512];
	int n = 0;
	struct dirent *entry;
	if (!dir) { answer(-1); return; }
	while ((entry = readdir(dir)) && n < 512)
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) names[n++] = strdup(entry->d_name);
	closedir(dir);
	qsort(names, n, sizeof *names, compare_names);
	answer(n);
	printf(" l=");
	for (int i = 0; i < n; i++) { printf("%s;", names[i]); free(names[i]); }
}

static struct mapping *mapping_of(int at)
{
	long long slot = value(at);
	return slot >= 0 && slot < MAPS && maps[slot].p ? &maps[slot] : 0;
}

/* Bytes of an access that lie inside the file or behind its last page; others are left out. */
static long long clipped(struct mapping *m, long long offset, long long length)
{
	struct stat st;
	long long from = m->offset + offset;
	if (fstat(m->fd, &st)) return 0;
	if (offset + length > (long long)m->bytes) length = m->bytes - offset;
	if (length <= 0) return 0;
	if (from >= (st.st_size + PAGE - 1) / PAGE * PAGE) return length;
	if (from + length > st.st_size) length = st.st_size - from;
	return length > 0 ? length : 0;
}

static void map_file(void)
{
	struct mapping *m = &maps[value(1) & (MAPS - 1)];
	int fd = slot_of(2), flags = value(6) ? MAP_PRIVATE : MAP_SHARED;
	if (m->p) { munmap(m->p, m->bytes); close(m->fd); m->p = 0; }
	size_t length = value(4);
	void *p = mmap(0, length, value(5) ? PROT_READ | PROT_WRITE : PROT_READ, flags, fd, value(3));
	if (p == MAP_FAILED) { answer(-1); return; }
	madvise(p, length, MADV_RANDOM);
	m->p = p; m->bytes = (length + PAGE - 1) / PAGE * PAGE; m->offset = value(3); m->fd = dup(fd);
	answer(0);
}

static void access_mapping(const char *op)
{
	struct mapping *m = mapping_of(1);
	if (!m) { printf("NOMAP"); return; }
	if (!strcmp(op, "munmap")) {
		int ret = munmap(m->p, m->bytes);
		close(m->fd); m->p = 0;
		answer(ret);
		return;
	}
	long long offset = value(2), length = value(3);
	if (offset >= (long long)m->bytes) { printf("SKIP"); return; }
	if (!strcmp(op, "msync") || !strcmp(op, "dontneed"))
		if (offset + length > (long long)m->bytes) length = m->bytes - offset;
	if (!strcmp(op, "msync")) { answer(msync(m->p + offset, length, MS_SYNC)); return; }
	if (!strcmp(op, "dontneed")) { answer(madvise(m->p + offset, length, MADV_DONTNEED)); return; }
	length = clipped(m, offset, length);
	/* A fault on a large folio would allocate all of it. */
	if (length > 0) { fsync(m->fd); posix_fadvise(m->fd, 0, 0, POSIX_FADV_DONTNEED); }
	volatile unsigned char *p = m->p + offset;
	volatile long long done = 0;
	signalled = 0;
	if (!sigsetjmp(jump, 1)) {
		for (; done < length; done++) {
			if (!strcmp(op, "load")) buffer[done] = p[done];
			else p[done] = pattern(m->offset + offset + done);
		}
	}
	printf("%lld 0", (long long)done);
	if (signalled) printf(" B=%d", (int)signalled);
	if (!strcmp(op, "load")) printf(" h=%u", hash(0, buffer, 0, done));
	print_file(m->fd);
}

/* Reads and writes of direct descriptors are cut to whole sectors. */
static void transfer(const char *op)
{
	int fd = slot_of(1), direct = is_direct(fd), is_position = op[0] != 'p';
	long long offset = is_position ? 0 : value(2), length = value(is_position ? 2 : 3);
	struct stat st;
	if (direct) { length &= ~511LL; if (offset > 0) offset &= ~511LL; }
	off_t place = is_position ? lseek(fd, 0, SEEK_CUR) : offset;
	int writes = strstr(op, "write") != 0;
	if (writes && is_append(fd) && !fstat(fd, &st)) place = st.st_size;
	if (direct && (place & 511)) { printf("SKIP"); return; }
	if (writes) fill(buffer, place, length);
	ssize_t ret;
	if (!strcmp(op, "pwrite")) ret = pwrite(fd, buffer, length, offset);
	else if (!strcmp(op, "pread")) ret = pread(fd, buffer, length, offset);
	else if (writes) ret = write(fd, buffer, length);
	else ret = read(fd, buffer, length);
	answer(ret);
	if (!writes && ret >= 0) printf(" h=%u", hash(0, buffer, 0, ret));
	print_file(fd);
}

/* Where data begins is asked of a synced file without cached pages, and moves nothing. */
static void seek(int fd)
{
	struct stat st;
	if (value(3) >= SEEK_END && !fstat(fd, &st) && S_ISDIR(st.st_mode)) { printf("SKIP"); return; }
	int asks = value(3) == SEEK_DATA || value(3) == SEEK_HOLE;
	off_t before = asks ? lseek(fd, 0, SEEK_CUR) : 0;
	if (asks && before >= 0) {
		fsync(fd);
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	}
	answer(lseek(fd, value(2), value(3)));
	if (asks && before >= 0) lseek(fd, before, SEEK_SET);
}

static void copy(void)
{
	int from = slot_of(1), to = slot_of(3);
	if (is_direct(from) || is_direct(to)) { printf("SKIP"); return; }
	off_t from_at = value(2), to_at = value(4);
	answer(copy_file_range(from, &from_at, to, &to_at, value(5), 0));
	print_file(to);
}
static void clone(void)
{
	int from = slot_of(1), to = slot_of(3);
	struct file_clone_range range = { from, value(2), value(5), value(4) };
	answer(ioctl(to, FICLONERANGE, &range));
	print_file(to);
}

static void open_file(void)
{
	int *fd = &fds[value(1)];
	if (*fd >= 0) close(*fd);
	*fd = open(word(2), value(3), 0644);
	answer(*fd < 0 ? -1 : 0);
	print_file(*fd);
}
static void close_file(void)
{
	long long slot = value(1);
	answer(close(slot_of(1)));
	if (slot >= 0 && slot < SLOTS) fds[slot] = -1;
}
static void stat_name(void)
{
	struct stat st;
	int ret = lstat(word(1), &st);
	answer(ret);
	if (ret) return;
	long long size = S_ISDIR(st.st_mode) ? 0 : st.st_size;
	printf(" m=%o:%lld:%lu", st.st_mode, size, (unsigned long)st.st_nlink);
}
static void read_target(void)
{
	char target[4096];
	ssize_t ret = readlink(word(1), target, sizeof target - 1);
	answer(ret);
	if (ret >= 0) { target[ret] = 0; printf(" t=%s", target); }
}

static int is(const char *name) { return !strcmp(words[0], name); }
static void on_names(void)
{
	if (is("rename")) answer(syscall(SYS_renameat2, AT_FDCWD, word(1), AT_FDCWD, word(2), (unsigned)value(3)));
	else if (is("link")) answer(link(word(1), word(2)));
	else if (is("unlink")) answer(unlink(word(1)));
	else if (is("mkdir")) answer(mkdir(word(1), 0755));
	else if (is("rmdir")) answer(rmdir(word(1)));
	else if (is("symlink")) answer(symlink(word(1), word(2)));
	else if (is("readlink")) read_target();
	else if (is("stat")) stat_name();
	else if (is("truncate")) answer(truncate(word(1), value(2)));
	else if (is("list")) list(word(1));
	else if (is("content")) { int fd = open(word(1), O_RDONLY); answer(fd < 0 ? -1 : fsync(fd)); if (fd >= 0) { print_synced(fd); close(fd); } }
	else printf("UNKNOWN");
}
static void operate(void)
{
	errno = 0;
	if (is("open")) { open_file(); return; }
	if (is("close")) { close_file(); return; }
	if (is("pwrite") || is("pread") || is("write") || is("read")) { transfer(words[0]); return; }
	if (is("mmap")) { map_file(); return; }
	if (is("munmap") || is("msync") || is("load") || is("store") || is("dontneed")) { access_mapping(words[0]); return; }
	if (is("copy")) { copy(); return; }
	if (is("clone")) { clone(); return; }
	int fd = slot_of(1);
	if (is("ftruncate")) { answer(ftruncate(fd, value(2))); print_file(fd); }
	else if (is("fallocate")) { answer(fallocate(fd, value(2), value(3), value(4))); print_file(fd); }
	else if (is("fsync") || is("fdatasync")) {
		int ret = is("fsync") ? fsync(fd) : fdatasync(fd);
		answer(ret); print_file(fd); if (!ret) print_synced(fd);
	} else if (is("syncrange")) answer(sync_file_range(fd, value(2), value(3), value(4)));
	else if (is("lseek")) seek(fd);
	else if (!on_people(words, count, fd, slot_place(1))) on_names();
}

static void close_all(void)
{
	for (int i = 0; i < SLOTS; i++) { if (fds[i] >= 0) close(fds[i]); fds[i] = -1; }
	for (int i = 0; i < MAPS; i++) if (maps[i].p) { munmap(maps[i].p, maps[i].bytes); close(maps[i].fd); maps[i].p = 0; }
}
static int drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st; (void)kind; (void)at;
	return remove(path);
}
static void next_sequence(const char *name)
{
	static char last[32];
	close_all();
	people_reset();
	if (*last && (fchdir(top) || chroot(".") || nftw(last, drop, 16, FTW_DEPTH | FTW_PHYS))) exit(3);
	snprintf(last, sizeof last, "%.31s", name);
	if (mkdir(last, 0755) || chroot(last) || chdir("/")) exit(3);
	number = 0;
	printf("#%s\n", name);
}

int main(int words_given, char **given)
{
	static char line[16384];
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_NODEFER };
	sigaction(SIGBUS, &action, 0);
	sigaction(SIGSEGV, &action, 0);
	if (posix_memalign((void **)&buffer, PAGE, BUFFER_BYTES)) return 3;
	inline_extents = words_given > 1 ? strtoul(given[1], 0, 10) : ~0u;
	top = open(".", O_RDONLY | O_DIRECTORY);
	proc_fds = open("/proc/self/fd", O_RDONLY | O_DIRECTORY);
	if (top < 0 || proc_fds < 0) return 3;
	for (int i = 0; i < SLOTS; i++) fds[i] = -1;
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = 0;
		if (line[0] == '#') { next_sequence(line + 1); continue; }
		count = 0;
		for (char *t = strtok(line, " "); t && count < 16; t = strtok(0, " ")) words[count++] = t;
		if (!count) continue;
		number++;
		operate();
		putchar('\n');
	}
	return 0;
}
